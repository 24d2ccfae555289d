//! What this isolate has counted and not yet handed on. Pure; the isolate's own is in [`super`].

use super::counters::Counters;

/// An isolate hands on at most once in this time. With a thousand isolates that is a hundred calls a second for the one
/// object, which takes some hundreds.
const INTERVAL_MS: i64 = 10_000;

/// Counts that wait.
pub(crate) struct Pending {
    counters: Counters,
    /// When it was last handed on.
    since: i64,
}

impl Pending {
    pub(crate) const fn new() -> Self {
        Self { counters: Counters::new(), since: 0 }
    }

    /// What is counted into.
    pub(crate) fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    /// All of it, when it is time and there is something.
    pub(crate) fn due(&mut self, now: i64) -> Option<Counters> {
        // A clock that has gone back does not stop it.
        let early = (self.since..self.since.saturating_add(INTERVAL_MS)).contains(&now);
        (!early && !self.counters.is_empty()).then(|| self.take(now))
    }

    /// All of it, whenever.
    pub(crate) fn take(&mut self, now: i64) -> Counters {
        self.since = now;
        std::mem::take(&mut self.counters)
    }

    /// Takes back what could not be handed on. An answer that was lost on its way makes it count twice; dropping it would
    /// lose the counts of every outage, which are those that are looked at.
    pub(crate) fn take_back(&mut self, counters: Counters) {
        self.counters.merge(counters);
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::Metric;
    use super::*;

    fn count(pending: &mut Pending, amount: u64) {
        pending.counters().add(Metric::PublishBytes, &[], amount);
    }

    fn sum(counters: &Counters) -> u64 {
        counters.counts_of(Metric::PublishBytes).map(|(_, count)| count).sum()
    }

    #[test]
    fn it_is_handed_on_at_once_and_then_every_ten_seconds() {
        let now = 1_700_000_000_000;
        let mut pending = Pending::new();
        assert_eq!(pending.due(now), None, "nothing was counted");
        count(&mut pending, 1);
        assert_eq!(pending.due(now).as_ref().map(sum), Some(1));
        count(&mut pending, 2);
        count(&mut pending, 3);
        assert_eq!(pending.due(now + INTERVAL_MS - 1), None);
        assert_eq!(pending.due(now + INTERVAL_MS).as_ref().map(sum), Some(5));
        assert_eq!(pending.due(now + 3 * INTERVAL_MS), None);
        count(&mut pending, 1);
        assert_eq!(pending.due(now).as_ref().map(sum), Some(1), "the clock went back");
    }

    #[test]
    fn what_could_not_be_handed_on_is_not_lost() {
        let mut pending = Pending::new();
        count(&mut pending, 1);
        let taken = pending.due(INTERVAL_MS).unwrap();
        count(&mut pending, 2);
        pending.take_back(taken);
        assert_eq!(pending.due(INTERVAL_MS + 1), None, "the next try waits");
        assert_eq!(sum(&pending.take(INTERVAL_MS + 1)), 3);
    }
}
