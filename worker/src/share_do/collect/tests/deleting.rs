//! How it deletes: held back by publishers, in what order, how much at once; whole shares; and not in a dry run.

use super::*;
use crate::store::memory::Fault;
use vitrine_protocol::Sha256;

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
    for key in &orphans {
        place.store.insert_at(key, "x");
    }
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

/// A gate that lets somebody by at one of its openings: `latest.json` is another one then.
struct Leaky<'a> {
    store: &'a MemoryStore,
    until: Cell<usize>,
}

impl Gate for Leaky<'_> {
    fn enter(&self) -> Option<impl Sized> {
        match self.until.get().checked_sub(1) {
            Some(left) => self.until.set(left),
            None => self.store.insert(ObjectKey::latest(share()), "another"),
        }
        Some(())
    }
}

#[tokio::test]
async fn another_latest_stops_it_even_where_the_gate_does_not() {
    let (mut place, _) = Place::published(&[1]).await;
    place.orphan(5);
    place.runs(RUNS - 1).await;
    let pages = place.store.keys().len().div_ceil(3);
    let gate = Leaky { store: &place.store, until: Cell::new(1 + pages) };
    let report = collect(&place.store, &place.marks, &gate, &place.ask()).await.unwrap();
    assert_eq!((report.deleted.objects, report.waiting.objects, report.held_back), (0, 1, true));
    assert!(place.has(&blob_key(5)));
}

#[tokio::test]
async fn a_lease_that_is_granted_in_the_survey_keeps_manifests_from_their_marks() {
    let (place, _) = Place::published(&[1]).await;
    let uploaded = snapshot(5, &[6]);
    uploaded.upload(&place.store);
    place.opens.set(1);
    let report = place.run().await.unwrap();
    assert_eq!((report.marked.objects, report.waiting.objects), (1, 2), "the blob, not the manifest");
}
