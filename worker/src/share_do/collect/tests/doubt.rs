//! What the collector refuses, and what it never touches.

use super::*;
use crate::share_do::collect::policy::{GRACE_MAX_MS, GRACE_MIN_MS};
use crate::store::memory::Fault;
use vitrine_protocol::Sha256;

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
    let said = said.iter().map(|text| {
        let digits: String = text.chars().skip_while(|c| *c != '/').collect();
        digits
            .split(['`', '/'])
            .filter(|part| part.len() == 64)
            .fold(text.clone(), |text, hash| text.replace(hash, "HASH"))
    });
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"));
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
        for _ in 0..=RUNS {
            assert!(matches!(place.run().await, Err(CollectError::NoLatest { .. })));
            place.wait(6 * HOUR);
        }
        assert_eq!(place.store.keys(), keys);
    }
}

#[tokio::test]
async fn names_that_nobody_knows_are_counted_and_kept() {
    let (mut place, first) = Place::published(&[1]).await;
    let prefix = ObjectKey::share_prefix(share());
    let strange = ["notes.txt", "blobs/README", "manifests/old.json", "artifacts/x.webp", "zz"]
        .map(|name| format!("{prefix}{name}"));
    for key in &strange {
        place.store.insert_at(key, "whose?");
    }
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
