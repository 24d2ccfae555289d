//! The path index of a snapshot outlives every run, also where its pages lie in the blobs of an earlier publish, and where
//! only a stored list names them.

use super::*;
use crate::share_do::collect::sample::file;
use std::collections::{BTreeMap, HashMap};
use vitrine_protocol::index::{IndexPage, PathIndex, read_stored};
use vitrine_protocol::manifest::{BlobRow, Inventory, RootKind};
use vitrine_protocol::tree::ListingBuilder;
use vitrine_protocol::{EntryName, Extent, Manifest, Scope, Sha256};

const FILES: usize = 40_000;

fn bytes_at(blobs: &BTreeMap<Sha256, Vec<u8>>, at: Extent) -> &[u8] {
    &blobs[&at.blob][usize::try_from(at.offset).unwrap()..usize::try_from(at.end()).unwrap()]
}

/// The pages of a snapshot, and the list's own extent.
fn pages(snapshot: &Snapshot) -> (Vec<IndexPage>, Extent) {
    let manifest = Manifest::from_json(&snapshot.manifest).unwrap();
    let Some(PathIndex::At(at)) = manifest.index else { panic!("too many pages for a manifest") };
    (PathIndex::pages_from_json(bytes_at(&snapshot.blobs, at)).unwrap(), at)
}

/// A snapshot of one folder with many files, and one more; built upon `base` as a publisher does.
fn wide(number: u64, extra: &str, base: Option<&Snapshot>) -> Snapshot {
    let pages = base.map(|base| pages(base).0).unwrap_or_default();
    let known: HashMap<Sha256, Extent> = pages.iter().map(|page| (page.hash, page.at)).collect();
    let known = &mut |hash: &Sha256| known.get(hash).copied();
    let mut builder = ListingBuilder::new(8 << 20);
    let mut blobs = BTreeMap::from([(Sha256::of(&content(1)), content(1))]);
    builder.enter(EntryName::new("wide").unwrap(), 0, known);
    for n in 0..FILES {
        builder.file(file(&format!("measurement-{n:06}.dat"), 1), known).unwrap();
        blobs.extend(builder.take_blobs());
    }
    builder.file(file(extra, 1), known).unwrap();
    builder.leave(known).unwrap();
    let (built, last) = builder.finish(known).unwrap();
    blobs.extend(last);
    // Those of the base that it still refers to.
    for (blob, bytes) in base.iter().flat_map(|base| &base.blobs) {
        if built.live.contains_key(blob) {
            blobs.insert(*blob, bytes.clone());
        }
    }
    let row = |(blob, bytes): (&Sha256, &Vec<u8>)| BlobRow {
        blob: *blob,
        size: bytes.len() as u64,
        live_bytes: built.live[blob].min(bytes.len() as u64),
    };
    let id = vitrine_protocol::ManifestId::from_parts(number, [0; 10]);
    let manifest = Manifest {
        share_id: share(),
        manifest_id: id,
        created_at: 0,
        root_path: String::new(),
        root_kind: RootKind::Dir,
        scope: Scope::Public,
        indexing_opt_in: false,
        file_count: built.file_count,
        size_bytes: built.size_bytes,
        entry_count: None,
        root: built.root,
        index: built.index,
        blobs: Inventory::Inline(blobs.iter().map(row).collect()),
    };
    let manifest = manifest.to_json();
    Snapshot { id, hash: Sha256::of(&manifest), manifest, blobs }
}

#[tokio::test]
async fn its_pages_are_kept_with_the_snapshot_and_go_with_it() {
    let mut place = Place::new();
    let first = wide(1, "z-first.md", None);
    first.publish(&place.store, None).await;
    let second = wide(2, "z-second.md", Some(&first));
    second.publish(&place.store, Some(&first)).await;
    let (old, old_list) = pages(&first);
    let (new, new_list) = pages(&second);
    assert_eq!(new.iter().filter(|page| !old.contains(page)).count(), 1, "one path, one page");
    let report = place.runs(RUNS + 2).await;
    assert_eq!(report.missing_blobs, 0);
    let key = |at: Extent| ObjectKey::blob(share(), at.blob).to_string();
    assert!(place.has(&key(new_list)) && !place.has(&key(old_list)));
    let mut found = 0;
    for page in &new {
        assert!(place.has(&key(page.at)), "a page in a blob of {}", page.at.blob);
        found += read_stored(bytes_at(&second.blobs, page.at)).unwrap().len();
    }
    assert_eq!(found, FILES + 2, "the folder and the one file more");
    // What replaces it needs none of it.
    snapshot(5, &[1]).publish(&place.store, Some(&second)).await;
    place.runs(RUNS + 2).await;
    assert!(new.iter().all(|page| !place.has(&key(page.at))));
}
