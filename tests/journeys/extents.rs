//! Files whose bytes are ranges of several blobs: what packs and deltas will be made of. The manifest is written by hand
//! and committed through the API, as any publisher may.

use crate::bucket;
use crate::world::{header, json, noise, world};
use serde_json::json as object;
use vitrine_protocol::listing::Entries;
use vitrine_protocol::manifest::{BlobRow, Inventory, RootKind};
use vitrine_protocol::{
    ContentType, EntryName, Extent, File, Kind, Listing, Manifest, ManifestId, ObjectKey, Scope, Sha256,
    ShareId,
};

const BLOB: usize = 3_000_000;

/// A committed share with one file of three extents: (its id, the file's content).
fn share_with_extents() -> (ShareId, Vec<u8>) {
    let world = world();
    let created = json(world.call(&world.token, "shares/create", &object!({ "scope": "public" })));
    let share: ShareId = created["share_id"].as_str().unwrap().parse().unwrap();
    let ticket = json(world.call(&world.token, "publish/begin", &object!({ "share_id": share })));

    let blobs = [noise(1, BLOB), noise(2, BLOB)];
    let names = blobs.each_ref().map(|blob| Sha256::of(blob));
    for (name, blob) in names.iter().zip(&blobs) {
        bucket::put(ObjectKey::blob(share, *name), blob);
    }
    let ranges = [(0, 1000, 2_500_000), (1, 0, 7), (0, 0, 1_000_000)];
    let content: Vec<u8> = ranges
        .iter()
        .flat_map(|(blob, offset, length): &(usize, usize, usize)| &blobs[*blob][*offset..offset + length])
        .copied()
        .collect();
    let extents = ranges
        .iter()
        .map(|(blob, offset, length)| Extent {
            blob: names[*blob],
            offset: *offset as u64,
            length: *length as u64,
        })
        .collect();
    let file = File {
        name: EntryName::new("joined.bin").unwrap(),
        hash: Sha256::of(&content),
        size: content.len() as u64,
        mtime: 0,
        crc32: 0,
        content_type: ContentType::octet_stream(),
        kind: Kind::Binary,
        extents: Some(extents),
        chunks: None,
    };
    let mut rows = names.map(|blob| BlobRow { blob, size: BLOB as u64, live_bytes: BLOB as u64 });
    rows.sort();
    let manifest = Manifest {
        share_id: share,
        manifest_id: ManifestId::from_parts(1_700_000_000_000, [9; 10]),
        created_at: 0,
        root_path: String::new(),
        root_kind: RootKind::Dir,
        scope: Scope::Public,
        indexing_opt_in: false,
        file_count: 1,
        size_bytes: content.len() as u64,
        root: Listing::Inline(Entries::new(vec![file], Vec::new(), Vec::new()).unwrap()),
        blobs: Inventory::Inline(rows.to_vec()),
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
    (share, content)
}

#[test]
fn any_range_across_extents_has_its_length_and_bytes() {
    let (share, content) = share_with_extents();
    let world = world();
    let url = world.raw(share, "joined.bin");
    let whole = world.get(&url).send().unwrap();
    assert_eq!(header(&whole, "content-length"), content.len().to_string());
    assert_eq!(header(&whole, "etag"), format!("\"{}\"", Sha256::of(&content)));
    assert!(whole.bytes().unwrap() == content);
    for (first, last) in [
        (0, 0),
        (2_499_999, 2_500_007),
        (2_500_003, 2_500_003),
        (1_234_567, 3_400_000),
        (3_500_000, content.len() - 1),
    ] {
        let part = world.get(&url).header("range", format!("bytes={first}-{last}")).send().unwrap();
        assert_eq!(
            (part.status().as_u16(), header(&part, "content-length")),
            (206, (last - first + 1).to_string())
        );
        assert!(part.bytes().unwrap() == content[first..=last], "{first}-{last}");
    }
}

#[test]
fn a_blob_that_went_missing_is_an_error_and_not_other_bytes() {
    let (share, content) = share_with_extents();
    // The second blob's object is replaced by a short one: its extent can no longer be served.
    bucket::put(ObjectKey::blob(share, Sha256::of(&noise(1, BLOB))), b"short");
    let world = world();
    let whole = world.get(&world.raw(share, "joined.bin")).send().unwrap();
    assert_eq!(whole.status(), 500);
    assert_eq!(json(whole)["code"], "corrupt");
    let inside =
        world.get(&world.raw(share, "joined.bin")).header("range", "bytes=2500000-2500006").send().unwrap();
    assert!(inside.bytes().unwrap() == content[2_500_000..2_500_007], "what is whole is served");
    let crossing =
        world.get(&world.raw(share, "joined.bin")).header("range", "bytes=2500000-2500100").send().unwrap();
    // The connection breaks off before Content-Length, or the answer had not begun and is an error.
    assert!(crossing.status() == 500 || crossing.bytes().is_err());
}
