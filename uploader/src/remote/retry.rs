//! Trying again, for the store and the control plane alike: which failures, how often, and how long to wait between.
//!
//! Exponential back-off with full jitter (each wait is a random part of the window), so that sixteen requests refused
//! together do not come back together. What the server says in `Retry-After` is a floor.

use crate::progress::{Event, Progress};
use std::future::Future;
use std::time::Duration;

/// How often and how patiently requests are repeated.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// How many attempts in all.
    pub attempts: u32,
    /// The first window; it doubles after each attempt.
    pub base: Duration,
    /// The widest window, and the most that a `Retry-After` is obeyed.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    /// Seven attempts: waits of up to 0.3, 0.6, 1.2, 2.4, 4.8 and 9.6 s, some 9 s on average. Long enough for a store
    /// that restarts, short enough for a person who mistyped a host.
    fn default() -> Self {
        Self { attempts: 7, base: Duration::from_millis(300), cap: Duration::from_secs(30) }
    }
}

impl RetryPolicy {
    /// How long to wait after `failed` attempts.
    pub fn pause(&self, failed: u32, retry_after: Option<Duration>) -> Duration {
        let window = self.base.saturating_mul(1 << failed.saturating_sub(1).min(16)).min(self.cap);
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

/// One failed attempt.
pub(crate) struct Attempt<E> {
    pub(crate) error: E,
    pub(crate) passing: bool,
    pub(crate) retry_after: Option<Duration>,
}

/// Runs `attempt` until it succeeds, fails for good, or has failed often enough.
pub(crate) async fn retry<T, E: std::fmt::Display, F: Future<Output = Result<T, Attempt<E>>>>(
    policy: &RetryPolicy,
    progress: &dyn Progress,
    mut attempt: impl FnMut() -> F,
) -> Result<T, E> {
    let mut failed = 0;
    loop {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(failure) => {
                failed += 1;
                if !failure.passing || failed >= policy.attempts {
                    return Err(failure.error);
                }
                progress.on(Event::Retrying { what: &failure.error.to_string(), attempts: failed });
                tokio::time::sleep(policy.pause(failed, failure.retry_after)).await;
            }
        }
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

    #[tokio::test(start_paused = true)]
    async fn passing_failures_are_tried_again_and_others_are_not() {
        let policy = RetryPolicy::default();
        let run = async |fail_times: u32, passing: bool| {
            let mut calls = 0;
            let outcome = retry(&policy, &Silent, || {
                calls += 1;
                let failure = Attempt { error: "no", passing, retry_after: None };
                std::future::ready(if calls <= fail_times { Err(failure) } else { Ok(calls) })
            })
            .await;
            (outcome, calls)
        };
        assert_eq!(run(3, true).await, (Ok(4), 4));
        assert_eq!(run(1, false).await, (Err("no"), 1));
        assert_eq!(run(99, true).await, (Err("no"), policy.attempts));
    }
}
