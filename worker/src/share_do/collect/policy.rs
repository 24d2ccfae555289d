//! How long something must have been unneeded, and why no clock can make that shorter. Pure; called by the rest of
//! `collect`.
//!
//! The object has one clock, the wall's, which may be wrong at any time; nothing in it counts on between two runs, when it
//! may not even be in memory. If a mark held the time of day and `now - marked` were its age, one run under a clock that is
//! a year ahead would delete everything marked a minute before. So:
//!
//! - Marks are aged by the collector's own clock, [`Progress::age_ms`], which only runs move: each adds the time since
//!   the one before, at least nothing and at most one step, an eighth of the grace. Back in time adds nothing. A jump
//!   forward, however far, adds one step at most; a jump back and the return are one such jump.
//! - A mark must have aged a step more than the grace. So the clock may be wrong once while something waits, and the
//!   grace is whole all the same; each further time costs an eighth of it, at most. That also pays for the minutes between
//!   the beginning of a run, which is the time of its marks, and the reading of its roots.
//! - Hence nine runs, at least, have found an object unneeded before it goes, each with roots of its own reading.
//! - A mark holds when its object was put, by the store's clock. Once that has changed, somebody has sent the object
//!   again, and it waits anew; this compares two answers of the same clock for equality, whatever `now` is.
//! - Besides, the object must be older than the grace by `now`, against a store whose clock runs ahead, and as the design has
//!   it. This can only keep more.
//!
//! Rejected: to give no credit for an interval that looks too long, because an alarm that always comes late would then
//! never delete anything; and to never move the last time back, because one jump into next year would stop collection until
//! then.

use super::CollectError;
use super::marks::{Mark, Progress};
use super::roots::Roots;

const HOUR_MS: i64 = 3_600_000;

/// The shortest grace that can be meant. Whoever types 48 for hours gets an error, not 48 ms.
pub(crate) const GRACE_MIN_MS: i64 = HOUR_MS;

/// The longest. A leap year; above, it is a mistake in the unit, and 2^63 would overflow.
pub(crate) const GRACE_MAX_MS: i64 = 366 * 24 * HOUR_MS;

/// The default (design §4.6).
pub(crate) const GRACE_MS: i64 = 48 * HOUR_MS;

/// How many deletions one run makes by default: ten calls, and a megabyte of names in memory.
pub(crate) const DELETES_PER_RUN: usize = 10_000;

/// A mark ages at most by this part of the grace in one run.
const STEPS: i64 = 8;

/// How long to wait, and how much to do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    grace_ms: i64,
    max_deletes: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self { grace_ms: GRACE_MS, max_deletes: DELETES_PER_RUN }
    }
}

impl Policy {
    pub(crate) fn new(grace_ms: i64, max_deletes_per_run: usize) -> Result<Self, CollectError> {
        if !(GRACE_MIN_MS..=GRACE_MAX_MS).contains(&grace_ms) {
            return Err(CollectError::Grace { ms: grace_ms });
        }
        if max_deletes_per_run == 0 {
            return Err(CollectError::NoDeletions);
        }
        Ok(Self { grace_ms, max_deletes: max_deletes_per_run })
    }

    /// One that waits for nothing, to see that the model notices.
    #[cfg(test)]
    pub(super) fn without_grace() -> Self {
        Self { grace_ms: 0, max_deletes: DELETES_PER_RUN }
    }

    pub(crate) fn max_deletes(&self) -> usize {
        self.max_deletes
    }

    /// How far apart runs should be, and how much one can age a mark.
    pub(crate) fn step_ms(&self) -> i64 {
        self.grace_ms / STEPS
    }
}

impl Progress {
    /// Moves the collector's clock.
    pub(super) fn begin_run(&mut self, now: i64, policy: &Policy, roots: &Roots) {
        let passed = self.last_run_at.map_or(0, |last| now.saturating_sub(last));
        self.age_ms = self.age_ms.saturating_add(passed.clamp(0, policy.step_ms()));
        self.last_run_at = Some(now);
        self.published |= roots.is_published();
        self.destroying &= roots.is_deleted();
    }
}

/// A run's idea of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    pub(super) age: i64,
    pub(super) now: i64,
    pub(super) policy: Policy,
}

impl Timing {
    /// Whether an object has waited long enough.
    pub(super) fn is_due(&self, mark: Mark) -> bool {
        let aged = self.age.saturating_sub(mark.since_age) >= self.policy.grace_ms + self.policy.step_ms();
        aged && self.now.saturating_sub(mark.uploaded) >= self.policy.grace_ms
    }
}
