//! Times as the format has them: integer milliseconds since the epoch.

use std::time::{SystemTime, UNIX_EPOCH};

/// The present, by this machine's clock. A clock set before 1970 counts as 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Nanoseconds as milliseconds, rounded down also before the epoch, so that a time has one spelling.
pub fn ms_of_ns(ns: i128) -> i64 {
    i64::try_from(ns.div_euclid(1_000_000)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_the_epoch_round_down() {
        assert_eq!(ms_of_ns(1_999_999), 1);
        assert_eq!(ms_of_ns(-1), -1);
        assert_eq!(ms_of_ns(i128::MAX), 0);
    }
}
