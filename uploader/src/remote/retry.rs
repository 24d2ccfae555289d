//! Trying again, for the store and the control plane alike: which failures, how often, and how long to wait between.
//!
//! Exponential back-off with full jitter (each wait is a random part of the window), so that sixteen requests refused
//! together do not come back together. What the server says in `Retry-After` is a floor.
//!
//! Until a server has answered once, a few attempts are all: an address may be mistyped. From then on an outage is waited out:
//! all requests to one server share the clock of it, a [`Patience`].

use crate::progress::{Event, Progress};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often and how patiently requests are repeated.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// How many attempts in all.
    pub attempts: u32,
    /// The first window; it doubles after each attempt.
    pub base: Duration,
    /// The widest window, and the most that a `Retry-After` is obeyed.
    pub cap: Duration,
    /// How long an outage of a server that has answered before is waited out.
    pub patience: Duration,
}

/// The widest window of the program's own: the end of an outage is noticed that soon.
const WINDOW_MAX: Duration = Duration::from_secs(10);

/// After so much of an outage the person is told that it is waited for.
const SAID_AFTER: Duration = Duration::from_secs(3);

impl Default for RetryPolicy {
    /// Seven attempts: waits of up to 0.3, 0.6, 1.2, 2.4, 4.8 and 9.6 s, some 9 s on average. Long enough for a store
    /// that restarts, short enough for a person who mistyped a host. A server that has answered before is waited for: 90 s.
    fn default() -> Self {
        Self {
            attempts: 7,
            base: Duration::from_millis(300),
            cap: Duration::from_secs(30),
            patience: Duration::from_secs(90),
        }
    }
}

impl RetryPolicy {
    /// How long to wait after `failed` attempts.
    pub fn pause(&self, failed: u32, retry_after: Option<Duration>) -> Duration {
        let window =
            self.base.saturating_mul(1 << failed.saturating_sub(1).min(16)).min(self.cap).min(WINDOW_MAX);
        let jittered = window.mul_f64(fastrand::f64());
        jittered.max(retry_after.unwrap_or_default().min(self.cap))
    }
}

/// Linux lets a socket's send buffer grow to this (`net.ipv4.tcp_wmem`).
const SOCKET_BUFFER_MAX: u64 = 4 << 20;

/// How long a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// For the connection, TLS included.
    pub connect: Duration,
    /// Without a byte moving in either direction; also how long the peer may leave bytes unacknowledged.
    pub idle: Duration,
    /// For the whole of it, apart from its bytes.
    pub total: Duration,
    /// The slowest link that is worth waiting for, in bytes a second: added to `total` for each byte.
    pub bytes_per_second_min: u64,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            idle: Duration::from_mins(1),
            total: Duration::from_mins(2),
            bytes_per_second_min: 16 * 1024,
        }
    }
}

impl Deadlines {
    /// How long nothing may move. What the system's socket buffer took counts as moved, so there must be time to
    /// send that much.
    pub fn idle_for(&self, bytes: u64) -> Duration {
        self.idle + Duration::from_secs(bytes.min(SOCKET_BUFFER_MAX) / self.bytes_per_second_min.max(1))
    }

    /// The deadline of a request that moves so many bytes.
    pub fn for_bytes(&self, bytes: u64) -> Duration {
        self.total + Duration::from_secs(bytes / self.bytes_per_second_min.max(1))
    }
}

/// The clock of one server's outages, shared by all requests to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patience(Arc<Mutex<Health>>);

#[derive(Debug, Default)]
struct Health {
    /// Whether the server has answered as it should, ever.
    reached: bool,
    /// Since when nothing but failures came.
    outage: Option<Instant>,
    /// Whether the person knows of this outage.
    said: bool,
}

impl Patience {
    /// Whatever the server said, it is there.
    pub(crate) fn answered(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Health { reached: true, ..Health::default() };
    }

    /// Takes note of a failure that may pass. Returns since when there were only such, if the server was ever there.
    fn failed(&self, now: Instant) -> Option<Instant> {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *health.outage.get_or_insert(now);
        health.reached.then_some(since)
    }

    /// Whether this is the moment to say that an outage which began at `since` is waited for: once in each.
    fn is_to_be_said(&self, since: Instant, now: Instant) -> bool {
        let mut health = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now - since >= SAID_AFTER && !std::mem::replace(&mut health.said, true)
    }
}

/// One failed attempt.
pub(crate) struct Attempt<E> {
    pub(crate) error: E,
    pub(crate) passing: bool,
    pub(crate) retry_after: Option<Duration>,
}

/// Runs `attempt` until it succeeds, fails for good, or has failed often and long enough.
pub(crate) async fn retry<T, E: std::fmt::Display, F: Future<Output = Result<T, Attempt<E>>>>(
    policy: &RetryPolicy,
    patience: &Patience,
    progress: &dyn Progress,
    mut attempt: impl FnMut() -> F,
) -> Result<T, E> {
    let (mut failed, mut first) = (0, None);
    loop {
        let failure = match attempt().await {
            Ok(done) => {
                patience.answered();
                return Ok(done);
            }
            Err(failure) => failure,
        };
        if !failure.passing {
            return Err(failure.error);
        }
        failed += 1;
        let now = Instant::now();
        // What this request alone meets ends too, while others succeed.
        let first = *first.get_or_insert(now);
        let since = patience.failed(now);
        let over = since.is_none_or(|since| now - since.min(first) >= policy.patience);
        if failed >= policy.attempts && over {
            return Err(failure.error);
        }
        let what = failure.error.to_string();
        progress.on(Event::Retrying { what: &what, attempts: failed });
        if let Some(since) = since.filter(|since| !over && patience.is_to_be_said(*since, now)) {
            let left = policy.patience.saturating_sub(now - since).as_secs();
            progress.on(Event::Note { text: &format!("{what}; it is tried again for up to {left} s") });
        }
        tokio::time::sleep(policy.pause(failed, failure.retry_after)).await;
    }
}

/// Reads `Retry-After` in seconds; the form with a date is left to the back-off.
pub(crate) fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<Duration> {
    let text = headers.get(reqwest::header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn pauses_grow_stay_random_and_obey_the_server() {
        let policy = RetryPolicy::default();
        for failed in 1..40 {
            assert!(policy.pause(failed, None) <= policy.cap);
        }
        assert!(policy.pause(1, None) <= policy.base);
        assert!(policy.pause(1, Some(Duration::from_secs(7))) >= Duration::from_secs(7));
        assert!(policy.pause(1, Some(Duration::from_secs(9999))) <= policy.cap);
    }

    fn failure<T>(passing: bool) -> Result<T, Attempt<&'static str>> {
        Err(Attempt { error: "no", passing, retry_after: None })
    }

    #[tokio::test(start_paused = true)]
    async fn passing_failures_are_tried_again_and_others_are_not() {
        let policy = RetryPolicy::default();
        let run = async |fail_times: u32, passing: bool| {
            let mut calls = 0;
            let outcome = retry(&policy, &Patience::default(), &Silent, || {
                calls += 1;
                std::future::ready(if calls <= fail_times { failure(passing) } else { Ok(calls) })
            })
            .await;
            (outcome, calls)
        };
        assert_eq!(run(3, true).await, (Ok(4), 4));
        assert_eq!(run(1, false).await, (Err("no"), 1));
        assert_eq!(run(99, true).await, (Err("no"), policy.attempts));
    }

    /// Counts what a person is told.
    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl Progress for Notes {
        fn on(&self, event: Event<'_>) {
            if let Event::Note { text } = event {
                self.0.lock().unwrap().push(text.to_owned());
            }
        }
    }

    /// Sixteen requests to a server that is away until `back`, after one that succeeded.
    async fn outage(back: Duration) -> (usize, Duration, usize) {
        let (policy, patience, notes) = (RetryPolicy::default(), Patience::default(), Notes::default());
        retry(&policy, &patience, &notes, || std::future::ready(Ok::<_, Attempt<&str>>(()))).await.unwrap();
        // A long request may have been under way: what was long ago is no outage.
        tokio::time::sleep(Duration::from_hours(1)).await;
        let start = Instant::now();
        let one = || async {
            retry(&policy, &patience, &notes, || async {
                if start.elapsed() >= back { Ok(()) } else { failure(true) }
            })
            .await
        };
        let outcomes = futures_util::future::join_all((0..16).map(|_| one())).await;
        let succeeded = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let said = notes.0.lock().unwrap().len();
        (succeeded, start.elapsed(), said)
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_waited_out_after_something_succeeded_and_said_once() {
        for seconds in [5, 12, 60, 75] {
            let (succeeded, took, said) = outage(Duration::from_secs(seconds)).await;
            assert!(
                succeeded == 16 && took <= Duration::from_secs(seconds) + WINDOW_MAX,
                "{seconds} {took:?}"
            );
            assert!(said <= 1 && (seconds == 5 || said == 1), "{seconds}: said {said} times");
        }
        let (succeeded, took, said) = outage(Duration::MAX).await;
        assert!(
            succeeded == 0 && took >= Duration::from_secs(90) && took <= Duration::from_secs(101),
            "{took:?}"
        );
        assert_eq!(said, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_request_meets_for_ever_ends_while_others_succeed() {
        let (policy, patience) = (RetryPolicy::default(), Patience::default());
        let start = Instant::now();
        let outcome = retry(&policy, &patience, &Silent, || {
            patience.answered();
            std::future::ready(failure::<()>(true))
        })
        .await;
        assert_eq!(outcome, Err("no"));
        assert!(start.elapsed() >= Duration::from_secs(90) && start.elapsed() <= Duration::from_secs(101));
    }
}
