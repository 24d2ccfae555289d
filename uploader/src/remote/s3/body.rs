//! A request body that says how far it got, so that a stalled upload can be told from a slow one.

use bytes::Bytes;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

/// Small enough that a slow link shows movement, large enough to cost nothing.
const CHUNK: usize = 64 * 1024;

/// How many bytes of a body the connection has taken.
#[derive(Clone, Default)]
pub(super) struct Meter(Arc<AtomicU64>);

impl Meter {
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

/// Bytes in memory, handed out in chunks with a known total length.
pub(super) struct Metered {
    rest: Bytes,
    meter: Meter,
}

impl Metered {
    pub(super) fn new(bytes: Bytes, meter: Meter) -> Self {
        Self { rest: bytes, meter }
    }
}

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(CHUNK);
        let chunk = self.rest.split_to(length);
        self.meter.0.fetch_add(length as u64, Ordering::Relaxed);
        Poll::Ready(Some(Ok(http_body::Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.rest.len() as u64)
    }
}
