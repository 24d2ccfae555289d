//! Checks of shares in memory, whole and damaged in every way.

use super::*;
use crate::reading::shelf::{Draft, Layout, Shelf};
use vitrine_protocol::index::{IndexPage, PathIndex};
use vitrine_protocol::{Extent, Listing, Manifest};

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; length];
    random.fill(&mut bytes);
    bytes
}

fn draft() -> Draft {
    let mut files: Vec<_> =
        (0..50u64).map(|n| (format!("d{}/{n}", n % 3), noise(n, 2000), Layout::Pack)).collect();
    files.push(("large".to_owned(), noise(100, 20_000_000), Layout::Whole));
    files.push(("split".to_owned(), noise(101, 10_000), Layout::Split(3000)));
    files.push(("empty".to_owned(), Vec::new(), Layout::Whole));
    Draft { files, pack: 30_000, ..Draft::default() }
}

async fn check(shelf: &Shelf) -> Result<Verified, VerifyError> {
    let counts = Arc::new(Counts::default());
    let snapshot = Snapshot::open(shelf.clone(), Arc::clone(&counts)).await?;
    verify(snapshot, counts, 4).await
}

fn shelf() -> (Shelf, Manifest) {
    let shelf = Shelf::default();
    let manifest = shelf.publish(&draft());
    (shelf, manifest)
}

fn hurt(verified: &Verified) -> Vec<(&str, Hurt)> {
    verified.hurt_files.iter().map(|(path, hurt)| (path.as_str(), *hurt)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_snapshot_is_whole_and_each_blob_is_fetched_once() {
    let (shelf, manifest) = shelf();
    let verified = check(&shelf).await.unwrap();
    assert!(verified.is_whole(), "{verified:?}");
    assert_eq!((verified.files, verified.bytes), (manifest.file_count, manifest.size_bytes));
    let gets = shelf.state().gets.clone();
    let whole: Vec<_> =
        gets.iter().filter(|(key, range)| key.contains("/blobs/") && range.is_none()).collect();
    // The listings and the index are read once more than the blobs that hold them are checked.
    assert!(whole.len() <= usize::try_from(verified.blobs).unwrap() + 2, "{whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_hurts_its_file_alone() {
    let (shelf, _) = shelf();
    let large = Sha256::of(&noise(100, 20_000_000));
    shelf.damage(large, |mut bytes| {
        bytes[9_000_000] ^= 1;
        Some(bytes)
    });
    let pack: Vec<u8> = (0..15).flat_map(|n| noise(n, 2000)).collect();
    shelf.damage(Sha256::of(&pack), |mut bytes| {
        bytes[2500] ^= 1;
        Some(bytes)
    });
    let verified = check(&shelf).await.unwrap();
    assert_eq!(hurt(&verified), [("d1/1", Hurt::Hash), ("large", Hurt::Hash)]);
    assert_eq!(verified.distrusted(), [large, Sha256::of(&pack)].into());
    assert!(verified.bad_blobs.iter().all(|(_, wrong)| *wrong == Damage::Hash));
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_short_and_long_blobs_are_told_apart() {
    type Change = fn(Vec<u8>) -> Option<Vec<u8>>;
    let longer: Change = |mut bytes| {
        bytes.push(0);
        Some(bytes)
    };
    let shorter: Change = |mut bytes| bytes.pop().map(|_| bytes);
    let cases: [(Change, Damage); 3] =
        [(|_| None, Damage::Missing), (shorter, Damage::Short), (longer, Damage::Long)];
    for (change, damage) in cases {
        for blob in [noise(100, 20_000_000), noise(101, 10_000)[..3000].to_vec()] {
            let (shelf, _) = shelf();
            let blob = Sha256::of(&blob);
            shelf.damage(blob, change);
            let verified = check(&shelf).await.unwrap();
            assert_eq!(verified.bad_blobs, [(blob, damage)]);
            assert_eq!(
                verified.hurt_files.len(),
                usize::from(damage != Damage::Long),
                "{damage:?} {verified:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_add_up_is_said() {
    let (shelf, mut manifest) = shelf();
    manifest.file_count += 1;
    let Listing::Inline(entries) = &mut manifest.root else { panic!("a small root") };
    entries.files[0].crc32 ^= 1;
    let name = entries.files[0].name.to_string();
    if let Inventory::Inline(rows) = &mut manifest.blobs {
        let large = Sha256::of(&noise(100, 20_000_000));
        rows.retain(|row| row.blob != large);
    }
    shelf.commit(&manifest);
    let verified = check(&shelf).await.unwrap();
    assert_eq!(verified.contradictions.len(), 1, "{verified:?}");
    assert_eq!(hurt(&verified), [(name.as_str(), Hurt::Crc32), ("large", Hurt::Unlisted)]);
    assert!(!verified.is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_listing_is_a_finding_and_a_dead_link_an_error() {
    let shelf = Shelf::default();
    let files = (0..2000u64).map(|n| (format!("wide/{n}"), vec![1], Layout::Pack)).collect();
    let manifest = shelf.publish(&Draft { files, pack: 1 << 20, ..Draft::default() });
    let Listing::Inline(root) = &manifest.root else { panic!("one folder") };
    let Listing::Pages(pages) = &root.dirs[0].listing else { panic!("2,000 files are wide") };
    let listing = pages[0].at.blob;
    shelf.damage(listing, |mut bytes| {
        bytes[100] ^= 1;
        Some(bytes)
    });
    let verified = check(&shelf).await.unwrap();
    assert_eq!(verified.hurt_folders, ["wide"]);
    assert_eq!(verified.bad_blobs, [(listing, Damage::Hash)]);
    assert!(verified.contradictions.is_empty(), "what is unknown contradicts nothing");
    shelf.state().left = Some(3);
    assert!(check(&shelf).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_index_is_read_and_counted_and_its_blobs_are_checked() {
    let shelf = Shelf::default();
    let files = (0..2000u64).map(|n| (format!("wide/{n}"), vec![1], Layout::Pack)).collect();
    let manifest = shelf.publish(&Draft { files, pack: 1 << 20, ..Draft::default() });
    let Some(PathIndex::Pages(pages)) = &manifest.index else { panic!("a few pages") };
    assert!(check(&shelf).await.unwrap().is_whole());
    let refer = |at: Extent, hash: Sha256| {
        let index = Some(PathIndex::Pages(vec![IndexPage { at, hash }]));
        shelf.commit(&Manifest { index, ..manifest.clone() });
    };
    let IndexPage { at, hash } = pages[0];
    for (at, hash, said) in [
        (at, Sha256::of(b"another"), "does not have its hash"),
        (Extent { length: at.length - 1, ..at }, hash, "cannot be decompressed"),
        (Extent { length: at.length + 99, ..at }, hash, "behind the end"),
        (Extent { blob: hash, ..at }, hash, "not in the inventory"),
    ] {
        refer(at, hash);
        let verified = check(&shelf).await.unwrap();
        assert!(verified.contradictions.iter().any(|text| text.contains(said)), "{said}: {verified:?}");
    }
    let index = Some(PathIndex::Pages(Vec::new()));
    shelf.commit(&Manifest { index, ..manifest.clone() });
    let verified = check(&shelf).await.unwrap();
    assert_eq!(verified.contradictions, ["the path index lists 0 files, and there are 2000"]);
    shelf.commit(&manifest);
    shelf.damage(at.blob, |mut bytes| {
        bytes[9] ^= 1;
        Some(bytes)
    });
    let verified = check(&shelf).await.unwrap();
    assert_eq!(verified.distrusted(), [at.blob].into());
    assert!(verified.hurt_files.is_empty(), "readers lose the finder, and no file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_is_a_graph_is_refused_and_the_folder_is_named() {
    let shelf = Shelf::default();
    // 4096^2 folders; the snapshot says that there is nothing in it.
    shelf.publish_graph(8, 8, 0);
    let refused = check(&shelf).await.unwrap_err();
    let VerifyError::Reading(error @ crate::reading::ReadingError::Tree { source, .. }) = &refused else {
        panic!("{refused:?}")
    };
    assert!(source.to_string().contains("files, which is all that the snapshot says there is"), "{source}");
    assert!(!error.is_damage(), "nobody goes on without the folder");
    // So many files are claimed that the folders are what there is too much of.
    shelf.publish_graph(8, 16, 100);
    let refused = check(&shelf).await.unwrap_err().to_string();
    assert!(refused.contains("cannot be read as a whole"), "{refused}");
}
