//! Each rule of the collector by itself. `model` has them all at once.

use super::marks::{Mark, MemoryMarks};
use super::sample::{HOUR, Snapshot, blob_key, content, put_meta, share};
use super::*;
use crate::store::memory::MemoryStore;
use std::cell::Cell;
use vitrine_protocol::State;

mod deleting;
mod doubt;
mod path_index;

const START: i64 = 1_700_000_000_000;

/// Runs until what was marked in the first is due: the grace and a step more.
const RUNS: usize = 10;

struct Place {
    store: MemoryStore,
    marks: MemoryMarks,
    ticket: Ticket,
    /// How often the gate opens still.
    opens: Cell<usize>,
    max_deletes: usize,
    now: i64,
}

impl Gate for Place {
    fn enter(&self) -> Option<impl Sized> {
        self.opens.get().checked_sub(1).map(|left| self.opens.set(left))
    }
}

impl Place {
    fn new() -> Self {
        let store = MemoryStore::default();
        store.clock.set(START);
        put_meta(&store, State::Active, START);
        let opens = Cell::new(usize::MAX);
        Self {
            store,
            marks: MemoryMarks::default(),
            ticket: Ticket::None,
            opens,
            max_deletes: 1000,
            now: START,
        }
    }

    async fn published(files: &[u8]) -> (Self, Snapshot) {
        let (place, snapshot) = (Self::new(), snapshot(1, files));
        snapshot.publish(&place.store, None).await;
        (place, snapshot)
    }

    fn wait(&mut self, ms: i64) {
        self.now += ms;
        self.store.clock.set(self.store.clock.get() + ms);
    }

    fn ask(&self) -> Ask {
        let policy = Policy::new(48 * HOUR, self.max_deletes).unwrap();
        Ask { share: share(), ticket: self.ticket, policy, now: self.now, dry_run: false }
    }

    async fn run(&self) -> Result<Report, CollectError> {
        collect(&self.store, &self.marks, self, &self.ask()).await
    }

    /// Runs a step apart; the last report.
    async fn runs(&mut self, count: usize) -> Report {
        let mut report = Report::default();
        for _ in 0..count {
            report = self.run().await.unwrap();
            self.wait(6 * HOUR);
        }
        report
    }

    fn has(&self, key: &str) -> bool {
        self.store.keys().iter().any(|found| found == key)
    }

    fn orphan(&self, n: u8) {
        self.store.insert_at(&blob_key(n), content(n));
    }
}

fn snapshot(number: u64, files: &[u8]) -> Snapshot {
    Snapshot::of(number, &files.iter().copied().collect())
}

#[tokio::test]
async fn what_the_current_snapshot_needs_is_kept_and_nothing_else() {
    // The inventory inline and in a blob, a listing inline and in a blob.
    for number in [1, 2, 3, 6] {
        let mut place = Place::new();
        let current = snapshot(number, &[1, 2]);
        current.publish(&place.store, None).await;
        place.store.insert_at(&current.artifact_key(), "thumbnail");
        let expected = place.store.keys();
        let other = snapshot(7, &[2, 3]);
        other.upload(&place.store);
        place.store.insert_at(&other.artifact_key(), "thumbnail");
        let report = place.runs(RUNS).await;
        assert_eq!(place.store.keys(), expected);
        assert_eq!(report.deleted.objects, 3, "manifest, thumbnail, blob");
        assert_eq!(report.kept.objects, expected.len() as u64);
        assert_eq!(report.missing_blobs, 0);
        assert_eq!(report.next_run_at, None, "there is nothing to wait for");
    }
}

#[tokio::test]
async fn the_base_of_a_live_ticket_is_a_root() {
    let (mut place, first) = Place::published(&[1, 2]).await;
    let second = snapshot(2, &[2, 3]);
    second.publish(&place.store, Some(&first)).await;
    place.ticket = Ticket::Live { base: Some(first.base()) };
    let report = place.runs(RUNS).await;
    assert_eq!((report.marked, report.waiting), (Tally::default(), Tally::default()));
    place.store.remove_at(&first.manifest_key());
    let error = place.run().await.unwrap_err();
    assert!(matches!(&error, CollectError::Store(StoreError::Missing { .. })), "{error}");
}

#[tokio::test]
async fn the_first_time_marks_and_the_grace_deletes() {
    let (mut place, _) = Place::published(&[1]).await;
    place.orphan(5);
    let report = place.runs(1).await;
    assert_eq!((report.marked.objects, report.waiting.objects, report.deleted.objects), (1, 1, 0));
    assert_eq!(report.next_run_at, Some(START + 6 * HOUR));
    let report = place.runs(RUNS - 2).await;
    assert_eq!((report.marked.objects, report.waiting.objects, report.deleted.objects), (0, 1, 0));
    assert!(place.has(&blob_key(5)), "48 hours have passed, and a step has not");
    let report = place.runs(1).await;
    assert_eq!(
        (report.waiting.objects, report.deleted),
        (0, Tally { objects: 1, bytes: content(5).len() as u64 })
    );
    assert!(!place.has(&blob_key(5)));
    assert!(place.marks.marks.borrow().is_empty());
}

#[tokio::test]
async fn what_is_needed_again_is_unmarked_and_waits_anew() {
    let (mut place, first) = Place::published(&[1]).await;
    place.orphan(5);
    place.runs(RUNS - 1).await;
    let second = snapshot(3, &[1, 5]);
    second.publish(&place.store, Some(&first)).await;
    let report = place.runs(1).await;
    assert_eq!((report.unmarked.objects, report.deleted.objects), (1, 0));
    snapshot(5, &[1]).publish(&place.store, Some(&second)).await;
    place.runs(RUNS - 1).await;
    assert!(place.has(&blob_key(5)) && place.has(&second.manifest_key()), "its readers have their time");
    place.runs(1).await;
    assert!(!place.has(&blob_key(5)) && !place.has(&second.manifest_key()));
}

#[tokio::test]
async fn a_snapshot_that_no_run_saw_as_the_current_one_has_its_time_too() {
    for marked_before_its_commit in [false, true] {
        let (mut place, first) = Place::published(&[1]).await;
        let second = snapshot(3, &[1, 5]);
        if marked_before_its_commit {
            second.upload(&place.store);
        } else {
            place.orphan(5);
        }
        place.runs(RUNS - 1).await;
        second.publish(&place.store, Some(&first)).await;
        committed(&place.marks, share(), second.id, Some(first.id)).unwrap();
        snapshot(5, &[1]).publish(&place.store, Some(&second)).await;
        let report = place.runs(1).await;
        assert_eq!(report.deleted.objects, 0);
        place.runs(RUNS - 2).await;
        assert!(second.keys().all(|key| place.has(&key)));
        place.runs(1).await;
        assert!(!place.has(&blob_key(5)));
    }
}

#[tokio::test]
async fn what_is_sent_again_waits_anew() {
    let (mut place, _) = Place::published(&[1]).await;
    place.orphan(5);
    place.runs(RUNS - 1).await;
    place.orphan(5);
    let report = place.runs(1).await;
    assert_eq!((report.marked.objects, report.deleted.objects), (1, 0));
    place.runs(RUNS - 2).await;
    assert!(place.has(&blob_key(5)));
    place.runs(1).await;
    assert!(!place.has(&blob_key(5)));
}

#[tokio::test]
async fn no_clock_shortens_the_grace() {
    let year = 365 * 24 * HOUR;
    // Of single runs: the minutes really passed, the clock's error in it.
    for errors in
        [[0, year, year], [0, year, 0], [0, -year, 0], [year, 0, 0], [-year, 0, 0], [0, 5 * HOUR, 0]]
    {
        let (mut place, _) = Place::published(&[1]).await;
        place.orphan(5);
        let mut real = 0;
        for run in 0.. {
            let error = *errors.get(run).unwrap_or(&errors[2]);
            place.now = START + real + error;
            let report = place.run().await.unwrap();
            if report.deleted.objects > 0 {
                break;
            }
            // The first runs follow one another at once: an operator asks for them.
            let wait = if run < 3 { 60_000 } else { 6 * HOUR };
            real += wait;
            place.wait(wait);
            assert!(run < 30, "it goes in the end");
        }
        assert!(real >= 48 * HOUR, "{} hours with {errors:?}", real / HOUR);
    }
}

#[tokio::test]
async fn a_store_whose_clock_runs_ahead_keeps_more() {
    let (mut place, _) = Place::published(&[1]).await;
    place.store.clock.set(START + 30 * HOUR);
    place.orphan(5);
    place.runs(RUNS + 3).await;
    assert!(place.has(&blob_key(5)));
    place.runs(1).await;
    assert!(!place.has(&blob_key(5)));
}

#[tokio::test]
async fn leftovers_of_a_first_publish_that_never_ended_go() {
    let mut place = Place::new();
    let first = snapshot(6, &[1, 2]);
    first.upload(&place.store);
    place.ticket = Ticket::Live { base: None };
    place.runs(RUNS + 1).await;
    assert!(first.keys().all(|key| place.has(&key)), "it may still end");
    place.ticket = Ticket::None;
    place.runs(RUNS).await;
    assert_eq!(place.store.keys(), [ObjectKey::meta(share()).to_string()]);
}

#[tokio::test]
async fn marks_of_what_others_deleted_go() {
    let (mut place, _) = Place::published(&[1]).await;
    for n in 20..30 {
        place.orphan(n);
    }
    place.marks.marks.borrow_mut().insert("zzz".into(), Mark { since_age: 0, uploaded: 0 });
    place.runs(1).await;
    assert_eq!(place.marks.marks.borrow().len(), 10);
    for n in 20..30 {
        place.store.remove_at(&blob_key(n));
    }
    let report = place.runs(1).await;
    assert_eq!((report.unmarked.objects, place.marks.marks.borrow().len()), (10, 0));
}
