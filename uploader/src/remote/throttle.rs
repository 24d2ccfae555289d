//! `--bwlimit`: at most so many bytes a second go out, over all requests together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far the bytes may run ahead: a second's worth at once, after a pause.
const BURST: Duration = Duration::from_secs(1);

/// A rate that requests share.
#[derive(Debug, Clone)]
pub struct Throttle {
    per_second: u64,
    /// When everything that was let through so far is paid for.
    paid: Arc<Mutex<Option<Instant>>>,
}

impl Throttle {
    /// At most `per_second` bytes a second; at least one.
    pub fn new(per_second: u64) -> Self {
        Self { per_second: per_second.max(1), paid: Arc::default() }
    }

    /// The rate.
    pub fn per_second(&self) -> u64 {
        self.per_second
    }

    /// Takes note of bytes that want to go out at `now`; returns when they may.
    pub fn take(&self, bytes: usize, now: Instant) -> Instant {
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let begin = paid.map_or(now, |paid| paid.max(earliest));
        let nanos = u128::from(bytes as u64) * 1_000_000_000 / u128::from(self.per_second);
        let cost = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        *paid = Some(begin + cost);
        begin.max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_out_at_the_rate_and_pauses_are_not_saved_up() {
        let throttle = Throttle::new(1000);
        let start = Instant::now();
        let at = |when: Instant| when.duration_since(start).as_millis();
        let times: Vec<u128> = (0..4).map(|_| at(throttle.take(500, start))).collect();
        assert_eq!(times, [0, 500, 1000, 1500]);
        let later = start + Duration::from_secs(100);
        let times: Vec<u128> = (0..4).map(|_| at(throttle.take(500, later))).collect();
        assert_eq!(times, [100_000, 100_000, 100_000, 100_500], "a second's worth at once");
    }
}
