//! Copies from a share in memory onto a real disk: what comes back, what is refused, what survives.

mod hostile;
mod resuming;
mod rules;

use super::*;
use crate::progress::Silent;
use crate::reading::shelf::{Draft, Layout, MTIME, Shelf};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;

/// What is at a path, as far as a copy cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Thing {
    Dir(i64),
    File(Vec<u8>, i64),
    Link(String),
}

/// A share and a folder to copy it into.
pub(super) struct Bench {
    pub(super) shelf: Shelf,
    pub(super) temp: tempfile::TempDir,
    pub(super) paths: Vec<&'static str>,
    pub(super) options: Options,
}

impl Bench {
    pub(super) fn new(draft: &Draft) -> Self {
        let bench = Self {
            shelf: Shelf::default(),
            temp: tempfile::tempdir().unwrap(),
            paths: Vec::new(),
            options: Options::default(),
        };
        bench.shelf.publish(draft);
        bench
    }

    pub(super) fn dest(&self) -> PathBuf {
        self.temp.path().join("dest")
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.dest().join(path)
    }

    pub(super) async fn copy(&self) -> Result<Copied, CopyError> {
        let counts = Arc::new(Counts::default());
        let snapshot = Snapshot::open(self.shelf.clone(), Arc::clone(&counts)).await?;
        let job = Job {
            dest: self.dest(),
            opened: None,
            paths: self.paths.iter().map(|path| EntryPath::parse(path).unwrap()).collect(),
            options: self.options.clone(),
            counts,
            progress: Arc::new(Silent),
        };
        copy(snapshot, job, std::future::pending()).await
    }

    /// The gets of blobs since the last time.
    pub(super) fn blob_gets(&self) -> Vec<(String, Option<(u64, u64)>)> {
        let gets = std::mem::take(&mut self.shelf.state().gets);
        gets.into_iter().filter(|(key, _)| key.contains("/blobs/")).collect()
    }

    pub(super) fn seen(&self) -> BTreeMap<String, Thing> {
        seen(&self.dest())
    }
}

fn mtime(path: &Path) -> i64 {
    let meta = fs::symlink_metadata(path).unwrap();
    meta.mtime() * 1000 + meta.mtime_nsec() / 1_000_000
}

/// Everything below a folder.
pub(super) fn seen(root: &Path) -> BTreeMap<String, Thing> {
    fn walk(root: &Path, dir: &Path, all: &mut BTreeMap<String, Thing>) {
        for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let kind = entry.file_type().unwrap();
            let thing = if kind.is_dir() {
                walk(root, &path, all);
                Thing::Dir(mtime(&path))
            } else if kind.is_symlink() {
                Thing::Link(fs::read_link(&path).unwrap().to_str().unwrap().to_owned())
            } else {
                Thing::File(fs::read(&path).unwrap(), mtime(&path))
            };
            all.insert(name, thing);
        }
    }
    let mut all = BTreeMap::new();
    if root.exists() {
        walk(root, root, &mut all);
    }
    all
}

/// What a draft should look like on a disk.
pub(super) fn wanted(draft: &Draft) -> BTreeMap<String, Thing> {
    let mut all = BTreeMap::new();
    let mut with_parents = |path: &str, thing: Thing| {
        for (at, _) in path.match_indices('/') {
            all.insert(path[..at].to_owned(), Thing::Dir(MTIME));
        }
        all.insert(path.to_owned(), thing);
    };
    draft.dirs.iter().for_each(|dir| with_parents(dir, Thing::Dir(MTIME)));
    draft.links.iter().for_each(|(path, target)| with_parents(path, Thing::Link(target.clone())));
    for (path, content, _) in &draft.files {
        with_parents(path, Thing::File(content.clone(), MTIME));
    }
    all
}

pub(super) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; length];
    random.fill(&mut bytes);
    bytes
}

pub(super) fn file(path: &str, content: impl AsRef<[u8]>, layout: Layout) -> (String, Vec<u8>, Layout) {
    (path.to_owned(), content.as_ref().to_vec(), layout)
}

/// A bit of everything: packs, a blob of its own, extents, a large file, its twin, links, an empty folder.
pub(super) fn sample() -> Draft {
    let large = noise(1, 20_000_000);
    Draft {
        files: vec![
            file("README.md", "# Hello", Layout::Pack),
            file("a/one.txt", "one", Layout::Pack),
            file("a/b/two.txt", "two", Layout::Pack),
            file("a/b/same.txt", "one", Layout::Pack),
            file("a/empty", "", Layout::Whole),
            file("a/own.bin", noise(2, 50_000), Layout::Whole),
            file("delta.bin", noise(3, 9000), Layout::Split(1000)),
            file("large.bin", &large, Layout::Whole),
            file("other/large again.bin", &large, Layout::Whole),
        ],
        links: vec![("a/link".to_owned(), "b/two.txt".to_owned()), ("up".to_owned(), "a/../a/b".to_owned())],
        dirs: ["nothing here".to_owned(), "a/nothing".to_owned()].into(),
        pack: 1 << 20,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back() {
    let draft = sample();
    let bench = Bench::new(&draft);
    let copied = bench.copy().await.unwrap();
    let mut expected = wanted(&draft);
    // A target that is crooked is straightened; see `links`.
    expected.insert("up".to_owned(), Thing::Link("a/b".to_owned()));
    assert_eq!(bench.seen(), expected);
    assert_eq!((copied.written + copied.adopted, copied.failed, copied.links), (9, 0, 2));
    assert_eq!(copied.adopted, 1, "the large one is fetched once");
    let again = bench.copy().await.unwrap();
    assert_eq!((again.written, again.kept, again.links, again.failed), (0, 9, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_fetched_once_and_a_part_of_it_by_neighbouring_ranges() {
    let files = (0..400).map(|n| file(&format!("d{}/{n}", n % 7), noise(n, 5000), Layout::Pack)).collect();
    let draft = Draft { files, pack: 500_000, ..Draft::default() };
    let bench = Bench::new(&draft);
    bench.copy().await.unwrap();
    let mut gets = bench.blob_gets();
    gets.retain(|(_, range)| range.is_none());
    gets.sort();
    let count = gets.len();
    gets.dedup();
    assert_eq!(
        (count, gets.len()),
        (4 + listing_blobs(&bench, &draft), count),
        "each pack and each listing once"
    );
    let mut part = Bench::new(&draft);
    part.paths = vec!["d3/3", "d3/10", "d3/395"];
    part.copy().await.unwrap();
    let ranged: Vec<_> = part.blob_gets().into_iter().filter(|(_, range)| range.is_some()).collect();
    assert_eq!(ranged.len(), 2, "two neighbours and one far away: {ranged:?}");
    assert_eq!(part.seen().len(), 4);
}

/// How many blobs hold nothing but listings: those beside the packs and the path index, which only the viewer reads.
fn listing_blobs(bench: &Bench, draft: &Draft) -> usize {
    let index = Shelf::default().publish(draft).index.expect("an index");
    let index: BTreeSet<_> = index.own_extents().iter().map(|extent| extent.blob).collect();
    let blobs = bench.shelf.state().objects.keys().filter(|key| key.contains("/blobs/")).count();
    blobs - 4 - index.len()
}

fn arbitrary_draft() -> impl Strategy<Value = Draft> {
    // A file of 6,000 bytes has 15 pieces at most: as many as any file may.
    let layout =
        prop_oneof![Just(Layout::Whole), Just(Layout::Pack), (400usize..3000).prop_map(Layout::Split)];
    let path = "[a-c]{1,2}(/[a-c]{1,2}){0,3}/f[0-9é ]{1,3}";
    let files = prop::collection::btree_map(path, (0usize..6000, 0u64..6, layout), 0..60);
    let links = prop::collection::btree_map("[a-c](/[a-c]){0,2}/l[0-9]", "(\\.\\./)?[a-c]{1,3}", 0..6);
    let dirs = prop::collection::btree_set("[a-c]{1,2}(/[a-c]{1,2}){0,4}", 0..8);
    (files, links, dirs, 1usize..40_000).prop_map(|(files, links, dirs, pack)| Draft {
        files: files
            .into_iter()
            .map(|(path, (size, seed, layout))| (path, noise(seed, size), layout))
            .collect(),
        links: links.into_iter().filter(|(path, target)| is_inside(path, target)).collect(),
        dirs,
        pack,
    })
}

fn is_inside(path: &str, target: &str) -> bool {
    EntryPath::parse(path).unwrap().parent().unwrap().resolve(target).is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_tree_comes_back_identical(draft in arbitrary_draft()) {
        let bench = Bench::new(&draft);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let copied = runtime.block_on(bench.copy()).unwrap();
        prop_assert_eq!(copied.failed, 0);
        prop_assert_eq!(bench.seen(), wanted(&draft));
    }
}
