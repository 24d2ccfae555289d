//! Each rule of the collector by itself. `model` has them all at once.

use super::marks::{Mark, MemoryMarks};
use super::policy::{GRACE_MAX_MS, GRACE_MIN_MS};
use super::sample::{HOUR, Snapshot, blob_key, content, put_meta, share};
use super::*;
use crate::store::memory::{Fault, MemoryStore};
use std::cell::Cell;
use vitrine_protocol::{Sha256, State};

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
        assert_eq!(report.kept.objects as usize, expected.len());
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
            (real, _) = (real + wait, place.wait(wait));
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

#[test]
fn a_grace_that_cannot_be_meant_is_refused() {
    for ms in [i64::MIN, -1, 0, 48, GRACE_MIN_MS - 1, GRACE_MAX_MS + 1, i64::MAX] {
        let error = Policy::new(ms, 1).unwrap_err();
        let expected = format!("a grace period of {ms} ms is not one: at least an hour, at most 366 days");
        assert_eq!(error.to_string(), expected);
    }
    assert!(matches!(Policy::new(GRACE_MIN_MS, 0), Err(CollectError::NoDeletions)));
    assert!(Policy::new(GRACE_MIN_MS, 1).is_ok() && Policy::new(GRACE_MAX_MS, 1).is_ok());
}

/// Runs long enough under damage; the error, after nothing was changed.
async fn refusal(damage: impl FnOnce(&Place, &Snapshot)) -> String {
    let mut place = Place::new();
    let current = snapshot(2, &[1, 2]);
    current.publish(&place.store, None).await;
    place.orphan(5);
    place.runs(RUNS - 1).await;
    damage(&place, &current);
    let (keys, marks) = (place.store.keys(), place.marks.marks.borrow().clone());
    let error = place.run().await.unwrap_err().to_string();
    assert_eq!((place.store.keys(), &*place.marks.marks.borrow()), (keys, &marks));
    error.replace(&share().to_string(), "SHARE").replace(&current.id.to_string(), "ID")
}

#[tokio::test]
async fn doubt_about_the_roots_deletes_nothing() {
    let latest = ObjectKey::latest(share());
    let meta = ObjectKey::meta(share());
    let mut said = Vec::new();
    for text in ["", "damaged", r#"{"version":2}"#] {
        said.push(refusal(|place, _| place.store.insert(latest, text)).await);
        said.push(refusal(|place, _| place.store.insert(meta, text)).await);
        said.push(refusal(|place, current| place.store.insert_at(&current.manifest_key(), text)).await);
    }
    said.push(refusal(|place, _| place.store.remove(latest)).await);
    said.push(refusal(|place, _| place.store.remove(meta)).await);
    said.push(refusal(|place, current| place.store.remove_at(&current.manifest_key())).await);
    said.push(refusal(|place, _| place.store.break_keys("latest", Fault::Fails)).await);
    said.push(refusal(|place, _| place.store.break_keys("share/", Fault::Fails)).await);
    said.push(refusal(|place, _| place.store.insert(latest, vec![b' '; 70_000])).await);
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn doubt_about_the_inventory_deletes_nothing() {
    let inventory = |current: &Snapshot| {
        let found = current.blobs.iter().find(|(_, bytes)| bytes.starts_with(b"[["));
        ObjectKey::blob(share(), *found.unwrap().0)
    };
    let mut said = Vec::new();
    said.push(refusal(|place, current| place.store.remove(inventory(current))).await);
    said.push(refusal(|place, current| place.store.insert(inventory(current), "short")).await);
    let long = "x".repeat(4096);
    said.push(refusal(|place, current| place.store.insert(inventory(current), long)).await);
    // A manifest that forgot a blob in its inventory, and `latest.json` names it.
    said.push(
        refusal(|place, current| {
            let text = String::from_utf8(snapshot(3, &[1, 2]).manifest).unwrap();
            let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
            manifest["manifest_id"] = current.id.to_string().into();
            manifest["blobs"] = serde_json::Value::Array(Vec::new());
            let manifest = manifest.to_string();
            let latest = format!(
                r#"{{"version":1,"share_id":"{}","manifest_id":"{}","manifest_hash":"{}","published_at":0,"file_count":0,"size_bytes":0}}"#,
                share(), current.id, Sha256::of(manifest.as_bytes())
            );
            place.store.insert_at(&current.manifest_key(), manifest);
            place.store.insert(ObjectKey::latest(share()), latest);
        })
        .await,
    );
    let hex = said.iter().map(|text| {
        let digits: String = text.chars().skip_while(|c| *c != '/').collect();
        digits
            .split(['`', '/'])
            .filter(|part| part.len() == 64)
            .fold(text.clone(), |text, hash| text.replace(hash, "HASH"))
    });
    insta::assert_snapshot!(hex.collect::<Vec<_>>().join("\n"));
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
async fn a_lost_latest_is_not_a_first_publish() {
    // Known from the commit, from a run, or from the ticket.
    for way in 0..3 {
        let (mut place, first) = Place::published(&[1, 2]).await;
        match way {
            0 => committed(&place.marks, share(), first.id, None).unwrap(),
            1 => drop(place.run().await.unwrap()),
            _ => place.ticket = Ticket::Live { base: Some(first.base()) },
        }
        place.store.remove(ObjectKey::latest(share()));
        let keys = place.store.keys();
        for _ in 0..RUNS + 1 {
            assert!(matches!(place.run().await, Err(CollectError::NoLatest { .. })));
            place.wait(6 * HOUR);
        }
        assert_eq!(place.store.keys(), keys);
    }
}

#[tokio::test]
async fn while_a_lease_is_live_nothing_is_deleted_only_marked() {
    let (mut place, first) = Place::published(&[1]).await;
    place.ticket = Ticket::Live { base: Some(first.base()) };
    place.orphan(5);
    let uploaded = snapshot(5, &[6]);
    uploaded.upload(&place.store);
    let report = place.runs(RUNS + 3).await;
    assert!(report.held_back);
    assert_eq!((report.waiting.objects, report.deleted.objects), (3, 0));
    let marks = place.marks.marks.borrow().keys().cloned().collect::<Vec<_>>();
    assert_eq!(marks.len(), 2, "blobs; the manifest may be committed any moment: {marks:?}");
    place.ticket = Ticket::None;
    let report = place.runs(1).await;
    assert_eq!(report.marked.objects, 2, "the manifest, and its blob anew");
    assert_eq!(report.deleted.objects, 1);
    assert!(!place.has(&blob_key(5)) && place.has(&blob_key(6)));
}

#[tokio::test]
async fn a_lease_that_is_granted_meanwhile_stops_the_next_batch() {
    let (mut place, _) = Place::published(&[1]).await;
    let orphans: Vec<String> =
        (0..1200u32).map(|n| ObjectKey::blob(share(), Sha256::of(&n.to_be_bytes())).to_string()).collect();
    orphans.iter().for_each(|key| place.store.insert_at(key, "x"));
    place.max_deletes = 2000;
    place.runs(RUNS - 1).await;
    let pages = place.store.keys().len().div_ceil(3);
    // Once for the snapshots, for each page of the survey, and for one batch.
    place.opens.set(1 + pages + 1);
    let report = place.run().await.unwrap();
    assert_eq!((report.deleted.objects, report.waiting.objects, report.held_back), (1000, 200, true));
    assert!(report.next_run_at.is_some());
    place.opens.set(usize::MAX);
    assert_eq!(place.runs(1).await.deleted.objects, 200);
}

#[tokio::test]
async fn old_manifests_go_before_blobs_and_a_run_has_a_limit() {
    let (mut place, first) = Place::published(&[1, 2, 3]).await;
    place.store.insert_at(&first.artifact_key(), "thumbnail");
    snapshot(3, &[9]).publish(&place.store, Some(&first)).await;
    place.runs(RUNS - 1).await;
    place.max_deletes = 2;
    let report = place.run().await.unwrap();
    assert_eq!((report.deleted.objects, report.waiting.objects, report.more), (2, 3, true));
    assert_eq!(report.next_run_at, Some(place.now + GO_ON_MS));
    assert!(!place.has(&first.manifest_key()) && !place.has(&first.artifact_key()));
    assert!([1, 2, 3].iter().all(|n| place.has(&blob_key(*n))));
    let report = place.run().await.unwrap();
    assert_eq!((report.deleted.objects, report.more), (2, true));
    let report = place.run().await.unwrap();
    assert_eq!((report.deleted.objects, report.more, report.next_run_at), (1, false, None));
}

#[tokio::test]
async fn a_run_that_dies_anywhere_is_made_good_by_the_next() {
    for fault in [Fault::Fails, Fault::LandsUnheard, Fault::LandsPartly] {
        let mut died = 0;
        for skip in 0..40 {
            let (mut place, first) = Place::published(&[1, 2, 3, 4]).await;
            let second = snapshot(6, &[3]);
            second.publish(&place.store, Some(&first)).await;
            place.runs(RUNS - 1).await;
            place.max_deletes = 2;
            place.store.break_later(skip, fault);
            died += usize::from(place.run().await.is_err());
            place.store.heal();
            assert!(second.keys().all(|key| place.has(&key)));
            let first_is_read = place.has(&first.manifest_key());
            assert!(!first_is_read || first.keys().all(|key| place.has(&key)));
            place.runs(3).await;
            let mut expected: Vec<String> = second.keys().collect();
            expected.extend([ObjectKey::latest(share()).to_string(), ObjectKey::meta(share()).to_string()]);
            expected.sort();
            assert_eq!(place.store.keys(), expected);
            assert!(place.marks.marks.borrow().is_empty());
        }
        assert!(died > 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_deleted_share_goes_as_a_whole_after_its_grace() {
    let (mut place, first) = Place::published(&[1, 2]).await;
    place.orphan(5);
    place.runs(RUNS - 1).await;
    put_meta(&place.store, State::Deleted, place.now);
    let all = place.store.keys();
    place.runs(RUNS - 1).await;
    assert_eq!(place.store.keys(), all, "not even what was due: it can be undeleted as it was");
    assert!(!place.marks.progress.get().destroying);
    place.max_deletes = 1;
    let mut gone = Vec::new();
    for _ in 0..all.len() {
        let before = place.store.keys();
        place.run().await.unwrap();
        assert!(place.marks.progress.get().destroying);
        let after = place.store.keys();
        gone.extend(before.into_iter().filter(|key| !after.contains(key)));
    }
    assert_eq!(gone.first(), Some(&first.manifest_key()));
    let end = [ObjectKey::latest(share()).to_string(), ObjectKey::meta(share()).to_string()];
    assert_eq!(gone[gone.len() - 2..], end);
    let report = place.run().await.unwrap();
    assert!(report.gone && place.store.keys().is_empty() && place.marks.marks.borrow().is_empty());
    assert_eq!(report.next_run_at, None);
}

#[tokio::test]
async fn what_is_sent_to_a_share_after_its_end_goes_too() {
    let (mut place, _) = Place::published(&[1]).await;
    put_meta(&place.store, State::Deleted, place.now);
    assert!(place.runs(RUNS).await.gone);
    place.orphan(5);
    assert!(!place.runs(RUNS - 1).await.gone);
    assert!(place.has(&blob_key(5)));
    let report = place.runs(1).await;
    assert!(report.gone && report.next_run_at.is_none() && place.store.keys().is_empty());
}

#[tokio::test]
async fn an_undelete_stops_it_and_another_delete_begins_anew() {
    let (mut place, first) = Place::published(&[1, 2]).await;
    put_meta(&place.store, State::Deleted, place.now);
    place.runs(RUNS - 1).await;
    put_meta(&place.store, State::Active, place.now);
    place.runs(1).await;
    put_meta(&place.store, State::Deleted, place.now);
    place.runs(RUNS - 1).await;
    assert!(first.keys().all(|key| place.has(&key)));
    put_meta(&place.store, State::Active, place.now);
    place.runs(RUNS).await;
    assert!(first.keys().all(|key| place.has(&key)));
    assert!(place.marks.marks.borrow().is_empty());
}

#[tokio::test]
async fn a_share_that_was_deleted_and_undeleted_unseen_waits_anew() {
    let (mut place, first) = Place::published(&[1, 2]).await;
    put_meta(&place.store, State::Deleted, START);
    place.runs(RUNS - 1).await;
    put_meta(&place.store, State::Active, place.now);
    // By a clock that says the same time.
    put_meta(&place.store, State::Deleted, START);
    place.runs(RUNS - 1).await;
    assert!(first.keys().all(|key| place.has(&key)));
    let report = place.runs(1).await;
    assert!(report.gone);
}

#[tokio::test]
async fn a_dry_run_says_all_and_does_nothing() {
    let (mut place, _) = Place::published(&[1]).await;
    place.orphan(5);
    place.runs(RUNS - 1).await;
    place.orphan(6);
    let state = (place.store.keys(), place.marks.progress.get(), place.marks.marks.borrow().clone());
    let ask = Ask { dry_run: true, ..place.ask() };
    let report = collect(&place.store, &place.marks, &place, &ask).await.unwrap();
    assert_eq!((place.store.keys(), place.marks.progress.get(), place.marks.marks.borrow().clone()), state);
    let real = place.run().await.unwrap();
    assert_eq!(report, Report { dry_run: true, ..real });
    assert_eq!((report.deleted.objects, report.marked.objects), (1, 1));
}

#[tokio::test]
async fn names_that_nobody_knows_are_counted_and_kept() {
    let (mut place, first) = Place::published(&[1]).await;
    let prefix = ObjectKey::share_prefix(share());
    let strange = ["notes.txt", "blobs/README", "manifests/old.json", "artifacts/x.webp", "zz"]
        .map(|name| format!("{prefix}{name}"));
    strange.iter().for_each(|key| place.store.insert_at(key, "whose?"));
    // Another share whose id differs in the last character.
    let other = blob_key(7).replace("npqr/", "npqs/");
    place.store.insert_at(&other, "whose?");
    let report = place.runs(RUNS).await;
    assert_eq!((report.unknown.objects, report.kept.objects), (5, 4));
    assert_eq!(report.next_run_at, None);
    put_meta(&place.store, State::Deleted, place.now);
    let report = place.runs(RUNS).await;
    assert!(report.gone && !place.has(&first.manifest_key()));
    assert!(strange.iter().all(|key| place.has(key)) && place.has(&other));
}

#[tokio::test]
async fn blobs_that_the_snapshot_lacks_are_counted() {
    let (place, _) = Place::published(&[1, 2, 3]).await;
    place.store.remove_at(&blob_key(2));
    assert_eq!(place.run().await.unwrap().missing_blobs, 1);
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
