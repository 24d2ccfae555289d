//! How contents are stored: packs that are rewritten when most of them is dead, large files as deltas, blobs that are not
//! relied on.

use super::*;
use vitrine_protocol::File;
use vitrine_protocol::manifest::{BlobRow, Inventory};

/// Bytes without a pattern, the same for the same seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; length];
    random.fill(&mut bytes);
    bytes
}

impl Bench {
    async fn file(&self, path: &str) -> File {
        let path = EntryPath::parse(path).unwrap();
        let Ok(Found::File { file, .. }) = lookup(&self.manifest(), &path, &Reader(&self.memory)).await
        else {
            panic!("no file at {path}")
        };
        *file
    }

    /// No file lies in more pieces than a commit takes.
    async fn assert_committable(&self) {
        for path in self.seen().await.keys() {
            assert!(!self.file(path).await.is_scattered(), "{path}");
        }
    }

    fn dir(&self, path: &str) -> vitrine_protocol::Dir {
        let Listing::Inline(root) = self.manifest().root else { panic!("a small root") };
        root.dirs.into_iter().find(|dir| dir.name.as_str() == path).unwrap()
    }

    /// Makes a file of the root lie in pieces of that length, by turns in its blob and in another, as no commit takes it today.
    async fn scatter(&self, path: &str, piece: u64) {
        let (mut manifest, file) = (self.manifest(), self.file(path).await);
        let old = file.extents()[0];
        let key = |blob| ObjectKey::blob(share(), blob).to_string();
        let twin = [&self.memory.state().objects[&key(old.blob)], &b"+"[..]].concat();
        let (name, size) = (Sha256::of(&twin), twin.len() as u64);
        self.memory.state().objects.insert(key(name), twin.into());
        let starts = (0..file.size).step_by(usize::try_from(piece).unwrap()).enumerate();
        let extents = starts.map(|(index, from)| Extent {
            blob: if index % 2 == 0 { old.blob } else { name },
            offset: old.offset + from,
            length: piece.min(file.size - from),
        });
        let (Listing::Inline(root), Inventory::Inline(rows)) = (&mut manifest.root, &mut manifest.blobs)
        else {
            panic!("a small share")
        };
        let entry = root.files.iter_mut().find(|entry| entry.name == file.name).unwrap();
        entry.extents = Some(extents.collect());
        assert!(entry.is_scattered());
        rows.push(BlobRow { blob: name, size, live_bytes: size });
        rows.sort_by_key(|row| row.blob);
        let json = manifest.to_json();
        let mut latest = self.memory.latest(share()).unwrap();
        latest.manifest_hash = Sha256::of(&json);
        let mut state = self.memory.state();
        state.objects.insert(ObjectKey::manifest(share(), latest.manifest_id).to_string(), json.into());
        state.objects.insert(ObjectKey::latest(share()).to_string(), latest.to_json().into());
    }

    /// The blobs of the snapshot, and how many of their bytes live.
    fn inventory(&self) -> BTreeMap<Sha256, (u64, u64)> {
        let Inventory::Inline(rows) = self.manifest().blobs else { panic!("few blobs") };
        rows.into_iter().map(|row| (row.blob, (row.size, row.live_bytes))).collect()
    }
}

#[tokio::test]
async fn small_files_share_packs_of_eight_mebibytes_in_the_order_of_their_paths() {
    let bench = Bench::new();
    for index in 0..100_u64 {
        bench.write(&format!("{index:02}/f"), noise(index, 200_000));
    }
    let published = bench.publish().await.unwrap();
    assert_eq!((published.packs, published.uploaded_objects), (3, 5), "the listings and the path index, too");
    bench.assert_whole().await;
    let extents = [bench.file("00/f").await, bench.file("01/f").await].map(|file| file.extents()[0]);
    assert_eq!((extents[0].offset, extents[1].offset), (0, 200_000));
    assert!(bench.inventory().values().all(|(size, live)| size == live && *size <= 8 << 20), "none is dead");
}

#[tokio::test]
async fn a_pack_of_mostly_dead_bytes_is_rewritten_at_the_next_publish() {
    let bench = Bench::new();
    for index in 0..10_u64 {
        bench.write(&format!("{index}"), noise(index, 100_000));
    }
    bench.publish().await.unwrap();
    let pack = bench.file("9").await.extents()[0].blob;
    for index in 0..4_u64 {
        bench.write(&format!("{index}"), noise(100 + index, 100_000));
    }
    assert_eq!(bench.publish().await.unwrap().uploaded_bytes, 400_000);
    assert!(!bench.publish().await.unwrap().changed, "six of ten live still");
    for index in 4..6_u64 {
        bench.write(&format!("{index}"), noise(100 + index, 100_000));
    }
    bench.publish().await.unwrap();
    assert_eq!(bench.inventory()[&pack], (1_000_000, 400_000));
    let rewritten = bench.publish().await.unwrap();
    assert_eq!((rewritten.uploaded_bytes, rewritten.changed_files), (400_000, 0));
    assert!(!bench.inventory().contains_key(&pack));
    bench.assert_whole().await;
    assert!(!bench.publish().await.unwrap().changed);
}

#[tokio::test]
async fn a_little_waste_is_left_alone() {
    let bench = Bench::new();
    bench.write("a", noise(1, 40_000));
    bench.write("b", noise(2, 1000));
    bench.publish().await.unwrap();
    bench.write("a", noise(3, 40_000));
    bench.publish().await.unwrap();
    assert!(!bench.publish().await.unwrap().changed, "40 KB are not worth a snapshot");
}

#[tokio::test]
async fn what_is_inserted_into_a_large_file_is_all_that_is_sent() {
    let bench = Bench::new();
    let mut content = noise(1, 40 << 20);
    bench.write("data", &content);
    let first = bench.publish().await.unwrap();
    assert_eq!(first.uploaded_objects, 2, "the file, and its table");
    for round in 2..5 {
        let at = usize::try_from(round * 9_000_000 + 17).unwrap();
        content.splice(at..at, noise(round, 1 << 20));
        bench.write("data", &content);
        let published = bench.publish().await.unwrap();
        assert_eq!((published.deltas, published.changed_files), (1, 1));
        assert!(published.uploaded_bytes < 4 << 20, "{}", published.uploaded_bytes);
        bench.assert_whole().await;
    }
    assert!(bench.file("data").await.extents().len() >= 4);
    // Renamed, it is found with its table, and the next delta works from there.
    fs::rename(bench.folder.path().join("data"), bench.folder.path().join("moved")).unwrap();
    assert_eq!(bench.publish().await.unwrap().uploaded_bytes, 0);
    content.truncate(35 << 20);
    bench.write("moved", &content);
    let published = bench.publish().await.unwrap();
    assert!(published.deltas == 1 && published.uploaded_bytes < 2 << 20, "{}", published.uploaded_bytes);
    bench.assert_whole().await;
}

#[tokio::test]
async fn a_large_file_that_changed_throughout_is_stored_whole() {
    let bench = Bench::new();
    bench.write("data", noise(1, 33 << 20));
    bench.publish().await.unwrap();
    let mut content = noise(1, 33 << 20);
    content[..20 << 20].copy_from_slice(&noise(2, 20 << 20));
    bench.write("data", &content);
    let published = bench.publish().await.unwrap();
    assert_eq!(published.deltas, 0);
    assert_eq!(bench.file("data").await.extents, None);
    bench.assert_whole().await;
}

#[tokio::test]
async fn blobs_that_are_not_relied_on_are_replaced() {
    let mut bench = sample();
    bench.write("medium", noise(1, 300_000));
    bench.write("large", noise(2, 33 << 20));
    for index in 0..200 {
        bench.write(&format!("wide/{index}"), format!("{index}"));
    }
    bench.publish().await.unwrap();
    let before = bench.inventory();
    bench.options.distrust = before.keys().copied().collect();
    let repaired = bench.publish().await.unwrap();
    assert_eq!((repaired.new_files, repaired.changed_files, repaired.removed_files), (0, 0, 0));
    assert_eq!(repaired.uploaded_objects, before.len() as u64, "everything was sent again");
    bench.assert_whole().await;
    // A listing that is lost in truth is made anew from the folder.
    let listing = match &bench.dir("wide").listing {
        Listing::At(at) => at.blob,
        other => panic!("{other:?}"),
    };
    bench
        .memory
        .state()
        .objects
        .insert(ObjectKey::blob(share(), listing).to_string(), Bytes::from_static(b"x"));
    assert!(bench.publish().await.is_ok(), "distrusted");
    bench.assert_whole().await;
    // Only what is in a lost blob is sent, even if it is as big as the rest.
    let medium = Sha256::of(&noise(1, 300_000));
    bench.options.distrust = [medium].into();
    assert_eq!(bench.publish().await.unwrap().uploaded_bytes, 300_000);
}

#[tokio::test]
async fn a_table_of_chunks_that_is_lost_is_made_again() {
    let mut bench = Bench::new();
    let mut content = noise(1, 33 << 20);
    bench.write("data", &content);
    bench.publish().await.unwrap();
    let table = bench.file("data").await.chunks.unwrap().blob;
    let key = ObjectKey::blob(share(), table).to_string();
    bench.memory.state().objects.remove(&key);
    // Nobody knows yet: the file is sent whole when it changes, and its table with it.
    content[5] ^= 1;
    bench.write("data", &content);
    assert_eq!(bench.publish().await.unwrap().deltas, 0);
    let table = bench.file("data").await.chunks.unwrap().blob;
    let key = ObjectKey::blob(share(), table).to_string();
    bench.memory.state().objects.remove(&key);
    bench.options.distrust = [table].into();
    let repaired = bench.publish().await.unwrap();
    assert_eq!((repaired.changed, repaired.uploaded_objects), (false, 1), "the table alone");
    assert!(bench.memory.state().objects.contains_key(&key));
}

#[tokio::test]
async fn a_store_that_refuses_is_no_fault_of_the_file() {
    let bench = Bench::new();
    let mut content = noise(1, 33 << 20);
    bench.write("data", &content);
    bench.publish().await.unwrap();
    content[5] ^= 1;
    bench.write("data", &content);
    let error = bench.publish_with(Fault::Denied).await.unwrap_err();
    assert!(matches!(error, PublishError::Send(_)), "{error:?}");
}

#[tokio::test]
async fn what_an_older_snapshot_has_in_too_many_pieces_is_written_anew() {
    let bench = Bench::new();
    let large = noise(2, 33 << 20);
    for path in ["kept", "touched", "moved"] {
        bench.write(path, noise(u64::from(path.as_bytes()[0]), 3000));
        bench.write("beside it in the pack", path);
        bench.publish().await.unwrap();
        bench.scatter(path, 50).await;
        // A copy of it is no reason to refer to the pieces, and neither are another time and another name.
        bench.write("copy", fs::read(bench.folder.path().join(path)).unwrap());
        match path {
            "touched" => bench.write_aged(path, noise(u64::from(b't'), 3000), 7200),
            "moved" => fs::rename(bench.folder.path().join(path), bench.folder.path().join("name")).unwrap(),
            _ => {}
        }
        let published = bench.publish().await.unwrap();
        assert!(published.changed && published.uploaded_bytes >= 3000, "{path}");
        bench.assert_committable().await;
        bench.assert_whole().await;
        assert!(!bench.publish().await.unwrap().changed, "{path}");
    }
    bench.write("large", &large);
    bench.publish().await.unwrap();
    bench.scatter("large", 500_000).await;
    let published = bench.publish().await.unwrap();
    assert!(published.changed && published.uploaded_bytes < 34 << 20, "{}", published.uploaded_bytes);
    bench.assert_committable().await;
    bench.assert_whole().await;
    assert!(!bench.publish().await.unwrap().changed);
}

#[tokio::test]
async fn a_large_file_with_changes_everywhere_stays_in_few_pieces() {
    let bench = Bench::new();
    let mut content = noise(1, 33 << 20);
    bench.write("data", &content);
    bench.publish().await.unwrap();
    // Thirty changes: sixty-one pieces, where forty-nine are allowed.
    for change in 0..30 {
        content[change * (1 << 20) + 5000] ^= 1;
    }
    bench.write("data", &content);
    let published = bench.publish().await.unwrap();
    assert_eq!(published.deltas, 1);
    assert!(bench.file("data").await.extents().len() > 16);
    bench.assert_committable().await;
    bench.assert_whole().await;
}
