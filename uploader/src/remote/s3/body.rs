//! Bytes counted as they move, so that a stalled request can be told from a slow one.

use crate::remote::throttle::Throttle;
use bytes::Bytes;
use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::Sleep;

/// Small enough that a slow link shows movement, large enough to cost nothing.
const CHUNK: usize = 64 * 1024;

/// How many bytes of a request have moved, in either direction.
#[derive(Clone, Default)]
pub(super) struct Meter(Arc<AtomicU64>);

impl Meter {
    /// Takes note of bytes that moved.
    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Ends when nothing moved for `idle`.
    pub(super) async fn stalled(&self, idle: Duration) {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            tokio::time::sleep(idle).await;
            let now = self.0.load(Ordering::Relaxed);
            if now == seen {
                return;
            }
            seen = now;
        }
    }
}

/// Who waits for its share of a rate shows so often that it is alive: waiting for a turn is not a stall.
const ALIVE: Duration = Duration::from_secs(5);

/// Bytes in memory, handed out in chunks with a known total length, as fast as the throttle allows.
pub(super) struct Metered {
    rest: Bytes,
    meter: Meter,
    throttle: Option<Throttle>,
    /// Until when the next chunk has to wait, once that is known.
    wait: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Metered {
    pub(super) fn new(bytes: Bytes, meter: Meter, throttle: Option<Throttle>) -> Self {
        Self { rest: bytes, meter, throttle, wait: None }
    }

    /// Waits until the next `length` bytes may go out.
    fn poll_turn(&mut self, length: usize, context: &mut Context<'_>) -> Poll<()> {
        let Some(throttle) = &self.throttle else { return Poll::Ready(()) };
        let sleep = |until: Instant| {
            let next = until.min(Instant::now() + ALIVE);
            Box::pin(tokio::time::sleep_until(next.into()))
        };
        let (until, slept) = self.wait.get_or_insert_with(|| {
            let until = throttle.take(length, Instant::now());
            (until, sleep(until))
        });
        while slept.as_mut().poll(context).is_ready() {
            if *until <= Instant::now() {
                self.wait = None;
                return Poll::Ready(());
            }
            self.meter.add(1);
            *slept = sleep(*until);
        }
        Poll::Pending
    }
}

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(CHUNK);
        if self.poll_turn(length, context).is_pending() {
            return Poll::Pending;
        }
        let chunk = self.rest.split_to(length);
        self.meter.add(length);
        Poll::Ready(Some(Ok(http_body::Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.rest.len() as u64)
    }
}
