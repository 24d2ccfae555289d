//! The path index: written only where paths change, and only what changed of it.

use super::*;
use vitrine_protocol::index::{IndexPage, PathIndex, inline_page, page, read_stored};
use vitrine_protocol::manifest::Inventory;

impl Bench {
    /// The pages of the path index; none where the manifest lists everything itself.
    fn index_pages(&self) -> Vec<IndexPage> {
        match self.manifest().index {
            None => Vec::new(),
            Some(PathIndex::Pages(pages)) => pages,
            Some(PathIndex::At(at)) => panic!("a short list is inline, not at {at:?}"),
        }
    }

    /// What the finder sees: paths of files and their kinds.
    async fn findable(&self) -> Vec<String> {
        let (manifest, reader) = (self.manifest(), Reader(&self.memory));
        let mut lines = Vec::new();
        match inline_page(&manifest.root) {
            Some(text) => lines = page::read(&text).unwrap(),
            None => {
                for page in self.index_pages() {
                    lines.extend(read_stored(&reader.read(page.at).await.unwrap()).unwrap());
                }
            }
        }
        let files = lines.into_iter().filter(|line| line.kind != page::DIR && line.kind != page::LINK);
        files.map(|line| line.path.to_string()).collect()
    }

    async fn assert_findable(&self) {
        let mut found = self.findable().await;
        found.sort();
        assert_eq!(found, self.on_disk().into_keys().collect::<Vec<_>>());
    }
}

/// A folder whose listings are not all in its manifest.
fn course() -> Bench {
    let bench = Bench::new();
    for n in 0..600 {
        bench.write(&format!("week-{:02}/exercise-{n:03}.py", n % 10), format!("# {n}"));
    }
    bench.write(".hidden/secret.txt", "never");
    bench
}

#[tokio::test]
async fn every_file_is_findable_in_a_small_share_and_in_a_large_one() {
    let small = sample();
    small.publish().await.unwrap();
    assert!(small.manifest().index.is_none(), "everything is in the manifest");
    small.assert_findable().await;
    let large = course();
    let published = large.publish().await.unwrap();
    assert_eq!((published.packs, published.uploaded_objects), (1, 3), "a pack, the listings, the index");
    large.assert_findable().await;
    assert!(!large.findable().await.iter().any(|path| path.contains("secret")));
}

#[tokio::test]
async fn nothing_changed_and_changed_contents_write_no_index() {
    let bench = course();
    bench.publish().await.unwrap();
    let before = bench.index_pages();
    let puts = bench.blob_puts();
    assert!(!bench.publish().await.unwrap().changed);
    assert_eq!(bench.blob_puts(), puts);
    bench.write("week-03/exercise-003.py", "# another");
    let published = bench.publish().await.unwrap();
    assert_eq!((published.changed_files, published.uploaded_objects), (1, 2), "the pack and the listing");
    assert_eq!(bench.index_pages(), before);
}

#[tokio::test]
async fn an_added_path_writes_one_page() {
    let bench = course();
    bench.publish().await.unwrap();
    let before = bench.index_pages();
    for (path, content) in [("week-03/new.md", "# new"), ("week-09/zz.txt", "z")] {
        bench.write(path, content);
        let published = bench.publish().await.unwrap();
        assert_eq!(published.uploaded_objects, 3, "the pack, the listing, the page");
        bench.assert_findable().await;
        bench.assert_whole().await;
        assert!(!bench.publish().await.unwrap().changed);
    }
    fs::remove_file(bench.folder.path().join("week-03/new.md")).unwrap();
    fs::remove_file(bench.folder.path().join("week-09/zz.txt")).unwrap();
    bench.publish().await.unwrap();
    bench.assert_findable().await;
    let hashes = |pages: &[IndexPage]| pages.iter().map(|page| page.hash).collect::<Vec<_>>();
    assert_eq!(hashes(&bench.index_pages()), hashes(&before), "the same paths have the same pages");
}

#[tokio::test]
async fn its_blobs_are_in_the_inventory_with_their_live_bytes() {
    let bench = course();
    bench.publish().await.unwrap();
    let pages = bench.index_pages();
    let live: u64 = pages.iter().map(|page| page.at.length).sum();
    let Inventory::Inline(rows) = bench.manifest().blobs else { panic!("few blobs") };
    let row = rows.iter().find(|row| row.blob == pages[0].at.blob).unwrap();
    assert_eq!((row.size, row.live_bytes), (live, live), "its blob holds the index and nothing else");
}

#[tokio::test]
async fn a_lost_or_missing_index_is_made_again_and_one_of_an_older_program_is_added_once() {
    let mut bench = course();
    bench.publish().await.unwrap();
    let blob = bench.index_pages()[0].at.blob;
    bench.memory.state().objects.remove(&ObjectKey::blob(share(), blob).to_string());
    bench.options.distrust = [blob].into();
    let repaired = bench.publish().await.unwrap();
    assert_eq!(repaired.uploaded_objects, 1, "the index alone");
    bench.assert_findable().await;
    bench.options.distrust.clear();
    bench.options.checksum = true;
    bench.memory.state().objects.remove(&ObjectKey::blob(share(), blob).to_string());
    assert_eq!(bench.publish().await.unwrap().uploaded_objects, 1, "its blob was asked for");
    bench.assert_findable().await;
    bench.options.checksum = false;
    // As a program wrote it that knew nothing of an index.
    let manifest = Manifest { index: None, ..bench.manifest() };
    let json = manifest.to_json();
    let latest = Latest { manifest_hash: Sha256::of(&json), ..bench.memory.latest(share()).unwrap() };
    {
        let mut state = bench.memory.state();
        state.objects.insert(ObjectKey::manifest(share(), manifest.manifest_id).to_string(), json.into());
        state.objects.insert(ObjectKey::latest(share()).to_string(), latest.to_json().into());
    }
    assert!(bench.publish().await.unwrap().changed);
    bench.assert_findable().await;
    assert!(!bench.publish().await.unwrap().changed);
}
