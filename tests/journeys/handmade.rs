//! Shares whose manifest is written by hand and committed through the API, as any publisher may: for files of several
//! extents, and for sizes and names that no test would put on a disk.

use crate::bucket;
use crate::world::{Published, json, world};
use serde_json::json as object;
use vitrine_protocol::listing::Entries;
use vitrine_protocol::manifest::{BlobRow, Inventory, RootKind};
use vitrine_protocol::{
    ContentType, EntryName, Extent, File, Kind, Listing, Manifest, ManifestId, ObjectKey, Scope, Sha256,
    ShareId,
};

/// A file of those extents; its hash and CRC-32 are the caller's word.
pub(crate) fn file(name: &str, hash: Sha256, crc32: u32, extents: Vec<Extent>) -> File {
    File {
        name: EntryName::new(name).unwrap(),
        hash,
        size: extents.iter().map(|extent| extent.length).sum(),
        mtime: 1_700_000_000_000,
        crc32,
        content_type: ContentType::octet_stream(),
        kind: Kind::Binary,
        extents: Some(extents),
        chunks: None,
    }
}

/// Stores the blobs, and commits a snapshot of those files as a new public share.
pub(crate) fn publish(files: Vec<File>, blobs: &[&[u8]]) -> Published {
    let world = world();
    let created = json(world.call(&world.token, "shares/create", &object!({ "scope": "public" })));
    let share: ShareId = created["share_id"].as_str().unwrap().parse().unwrap();
    let ticket = json(world.call(&world.token, "publish/begin", &object!({ "share_id": share })));
    let mut rows: Vec<BlobRow> = blobs
        .iter()
        .map(|blob| {
            let name = Sha256::of(blob);
            bucket::put(ObjectKey::blob(share, name), blob);
            BlobRow { blob: name, size: blob.len() as u64, live_bytes: blob.len() as u64 }
        })
        .collect();
    rows.sort();
    rows.dedup();
    let manifest = Manifest {
        share_id: share,
        manifest_id: ManifestId::from_parts(1_700_000_000_000, [9; 10]),
        created_at: 0,
        root_path: String::new(),
        root_kind: RootKind::Dir,
        scope: Scope::Public,
        indexing_opt_in: false,
        file_count: files.len() as u64,
        size_bytes: files.iter().map(|file| file.size).sum(),
        entry_count: None,
        root: Listing::Inline(Entries::new(files, Vec::new(), Vec::new()).unwrap()),
        index: None,
        blobs: Inventory::Inline(rows),
    };
    let bytes = manifest.to_json();
    bucket::put(ObjectKey::manifest(share, manifest.manifest_id), &bytes);
    let commit = object!({
        "share_id": share,
        "epoch": ticket["epoch"],
        "manifest_id": manifest.manifest_id,
        "manifest_hash": Sha256::of(&bytes),
    });
    let committed = world.call(&world.token, "publish/commit", &commit);
    assert_eq!(committed.status(), 200, "{}", committed.text().unwrap());
    let url = created["url"].as_str().unwrap().to_owned();
    Published { share, manifest: manifest.manifest_id, url, event: object!({}) }
}
