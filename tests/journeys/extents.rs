//! Files whose bytes are ranges of several blobs: what packs and deltas will be made of. The manifest is written by hand
//! and committed through the API.

use crate::handmade::{file, publish};
use crate::world::{header, json, noise, world};
use crate::{bucket, world::Published};
use vitrine_protocol::{Extent, ObjectKey, Sha256};

const BLOB: usize = 3_000_000;

/// A committed share with one file of three extents, and the file's content.
fn share_with_extents() -> (Published, Vec<u8>) {
    let blobs = [noise(1, BLOB), noise(2, BLOB)];
    let ranges = [(0, 1000, 2_500_000), (1, 0, 7), (0, 0, 1_000_000)];
    let content: Vec<u8> = ranges
        .iter()
        .flat_map(|(blob, offset, length): &(usize, usize, usize)| &blobs[*blob][*offset..offset + length])
        .copied()
        .collect();
    let extents = ranges
        .iter()
        .map(|(blob, offset, length)| Extent {
            blob: Sha256::of(&blobs[*blob]),
            offset: *offset as u64,
            length: *length as u64,
        })
        .collect();
    let joined = file("joined.bin", Sha256::of(&content), 0, extents);
    (publish(vec![joined], &[&blobs[0], &blobs[1]]), content)
}

#[test]
fn any_range_across_extents_has_its_length_and_bytes() {
    let (share, content) = share_with_extents();
    let world = world();
    let url = world.raw(share.share, "joined.bin");
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
    bucket::put(ObjectKey::blob(share.share, Sha256::of(&noise(1, BLOB))), b"short");
    let world = world();
    let whole = world.get(&world.raw(share.share, "joined.bin")).send().unwrap();
    assert_eq!(whole.status(), 500);
    assert_eq!(json(whole)["code"], "corrupt");
    let inside = world
        .get(&world.raw(share.share, "joined.bin"))
        .header("range", "bytes=2500000-2500006")
        .send()
        .unwrap();
    assert!(inside.bytes().unwrap() == content[2_500_000..2_500_007], "what is whole is served");
    let crossing = world
        .get(&world.raw(share.share, "joined.bin"))
        .header("range", "bytes=2500000-2500100")
        .send()
        .unwrap();
    // The connection breaks off before Content-Length, or the answer had not begun and is an error.
    assert!(crossing.status() == 500 || crossing.bytes().is_err());
}
