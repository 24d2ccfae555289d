//! How many requests are under way together: more while that makes the link faster, fewer when the store is overloaded.
//!
//! It climbs as one climbs a hill in fog: a step up, and if the next window brought no more bytes, the step back and a rest.
//! 429, 5xx and timeouts halve it at once, and once for all requests that were under way together. Time is handed in, so
//! that tests need none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Where it begins: enough to hide the round trips of small requests, little enough for a weak link.
const FIRST: usize = 8;

/// Where it ends. Beyond, memory and sockets are spent for nothing.
pub const MAX: usize = 64;

/// How long a window is at least: a few round trips.
const WINDOW: Duration = Duration::from_millis(400);

/// A window must bring so much more than the one before for the step up to count as worth it.
const GAIN: f64 = 1.05;

/// For how many windows it rests after a step that was not worth it, and after an overload.
const REST: u32 = 8;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It moved so many bytes.
    Well(u64),
    /// The store, or the link, could not keep up: 429, 5xx, a timeout, a connection that broke.
    Overloaded,
    /// Something that says nothing about either.
    Otherwise,
}

struct State {
    limit: usize,
    flying: usize,
    /// The window: when it began, what it brought, whether all turns were taken at some moment of it.
    since: Option<Instant>,
    bytes: u64,
    full: bool,
    /// Bytes a second before the last step up, and the limit then.
    before: Option<(f64, usize)>,
    rest: u32,
    /// Requests that were begun before this moment say nothing new about an overload.
    halved: Option<Instant>,
}

/// Turns for requests. Clones share them.
#[derive(Clone)]
pub struct Limiter {
    state: Arc<Mutex<State>>,
    freed: Arc<Notify>,
}

impl Default for Limiter {
    fn default() -> Self {
        let state = State {
            limit: FIRST,
            flying: 0,
            since: None,
            bytes: 0,
            full: false,
            before: None,
            rest: 0,
            halved: None,
        };
        Self { state: Arc::new(Mutex::new(state)), freed: Arc::default() }
    }
}

/// A turn; given back when dropped.
pub struct Turn {
    limiter: Limiter,
    begun: Instant,
    ended: Ended,
}

impl Turn {
    /// Says how the request ended, and gives the turn back.
    pub fn end(mut self, ended: Ended) {
        self.ended = ended;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.limiter.lock().end(self.begun, Instant::now(), self.ended);
        self.limiter.freed.notify_waiters();
    }
}

impl Limiter {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Turn {
        loop {
            let freed = self.freed.notified();
            let begun = Instant::now();
            if self.lock().begin(begun) {
                return Turn { limiter: self.clone(), begun, ended: Ended::Otherwise };
            }
            freed.await;
        }
    }
}

impl State {
    fn begin(&mut self, now: Instant) -> bool {
        self.since.get_or_insert(now);
        if self.flying >= self.limit {
            self.full = true;
            return false;
        }
        self.flying += 1;
        true
    }

    fn end(&mut self, begun: Instant, now: Instant, ended: Ended) {
        self.flying = self.flying.saturating_sub(1);
        match ended {
            Ended::Well(bytes) => self.bytes += bytes,
            Ended::Overloaded if self.halved.is_none_or(|halved| begun >= halved) => {
                self.limit = (self.limit / 2).max(1);
                (self.halved, self.before, self.rest) = (Some(now), None, REST);
                self.next_window(now);
            }
            Ended::Overloaded | Ended::Otherwise => {}
        }
        if self.since.is_some_and(|since| now.duration_since(since) >= WINDOW) {
            self.judge(now);
        }
    }

    fn next_window(&mut self, now: Instant) {
        (self.since, self.bytes, self.full) = (Some(now), 0, false);
    }

    fn judge(&mut self, now: Instant) {
        let took = self.since.map_or(WINDOW, |since| now.duration_since(since)).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate to compare with another")]
        let rate = self.bytes as f64 / took.max(0.001);
        let full = self.full;
        self.next_window(now);
        match self.before {
            Some((before, limit)) if rate < before * GAIN => {
                (self.limit, self.before, self.rest) = (limit, None, REST);
            }
            _ if self.rest > 0 => (self.before, self.rest) = (None, self.rest - 1),
            // More turns than are taken would tell nothing.
            _ if !full || self.limit >= MAX => self.before = None,
            _ => {
                self.before = Some((rate, self.limit));
                self.limit = (self.limit + (self.limit / 4).max(1)).min(MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEBI: u64 = 1 << 20;

    /// A link on which a request of 1 MiB takes `latency`, and all together move at most `rate` MiB a second.
    struct Link {
        latency: Duration,
        rate: u32,
    }

    impl Link {
        /// How long one of so many requests takes.
        fn takes(&self, flying: usize) -> Duration {
            self.latency.max(Duration::from_secs(1) * u32::try_from(flying).unwrap() / self.rate)
        }
    }

    /// Keeps all turns taken for some seconds; returns the limits at the end of each second.
    fn run(state: &mut State, link: &Link, seconds: u64, fail: impl Fn(u64) -> bool) -> Vec<usize> {
        let begin = Instant::now();
        let (mut now, mut flying, mut limits, mut count) = (begin, Vec::new(), Vec::new(), 0);
        for second in 1..=seconds {
            while now < begin + Duration::from_secs(second) {
                while state.begin(now) {
                    flying.push((now, now + link.takes(state.flying)));
                }
                flying.sort_by_key(|(_, ends)| *ends);
                let (begun, ends) = flying.remove(0);
                now = ends.max(now);
                count += 1;
                state.end(begun, now, if fail(count) { Ended::Overloaded } else { Ended::Well(MEBI) });
            }
            limits.push(state.limit);
        }
        limits
    }

    fn fresh() -> State {
        Arc::into_inner(Limiter::default().state).unwrap().into_inner().unwrap()
    }

    #[test]
    fn a_link_of_long_round_trips_is_filled() {
        // 30 requests at a time fill it.
        let link = Link { latency: Duration::from_millis(200), rate: 150 };
        let limits = run(&mut fresh(), &link, 40, |_| false);
        assert!(limits.last().is_some_and(|limit| (24..=48).contains(limit)), "{limits:?}");
    }

    #[test]
    fn a_link_that_is_full_already_is_not_crowded() {
        let link = Link { latency: Duration::from_millis(10), rate: 20 };
        let limits = run(&mut fresh(), &link, 40, |_| false);
        assert!(limits.iter().all(|limit| *limit <= FIRST + 2), "{limits:?}");
    }

    #[test]
    fn an_overload_halves_it_once_and_it_recovers() {
        let link = Link { latency: Duration::from_millis(200), rate: 1000 };
        let mut state = fresh();
        run(&mut state, &link, 30, |_| false);
        assert_eq!(state.limit, MAX);
        let now = Instant::now();
        while state.begin(now) {}
        for _ in 0..10 {
            state.end(now, now + Duration::from_millis(1), Ended::Overloaded);
        }
        assert_eq!(state.limit, MAX / 2);
        state.flying = 0;
        let limits = run(&mut state, &link, 40, |_| false);
        assert_eq!(limits.last(), Some(&MAX));
    }

    #[test]
    fn a_store_that_keeps_failing_is_asked_one_at_a_time() {
        let link = Link { latency: Duration::from_millis(200), rate: 1000 };
        let limits = run(&mut fresh(), &link, 20, |_| true);
        assert_eq!(limits.last(), Some(&1));
    }

    #[tokio::test]
    async fn turns_are_bounded_and_given_back() {
        let limiter = Limiter::default();
        let mut turns = Vec::new();
        for _ in 0..FIRST {
            turns.push(limiter.turn().await);
        }
        let waiting = tokio::spawn({
            let limiter = limiter.clone();
            async move { limiter.turn().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        turns.pop();
        waiting.await.unwrap().end(Ended::Well(1));
    }
}
