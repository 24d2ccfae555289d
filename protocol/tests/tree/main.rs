//! Trees are built, split and looked up again, up to 100,000 entries; small publishes stay small.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop here")]

mod index;
mod memory;

use memory::{Memory, NoBlob, TreeDir, file, name, tree};
use proptest::prelude::*;
use vitrine_protocol::listing::{Link, ListingError};
use vitrine_protocol::manifest::Manifest;
use vitrine_protocol::tree::{Claim, Found, ListingBuilder, LookupError, TreeBudget, entries, lookup};
use vitrine_protocol::{EntryPath, Listing};

async fn find(memory: &Memory, manifest: &Manifest, path: &str) -> Result<Found, LookupError<NoBlob>> {
    lookup(manifest, &EntryPath::parse(path).unwrap(), memory).await
}

#[tokio::test]
async fn a_small_tree_is_one_manifest() {
    let memory = Memory::default();
    let manifest = memory.publish(tree(["a.txt", "b/c.txt", "b/d/e.txt"].map(str::to_owned)));
    assert_eq!(memory.written.get(), 0);
    assert_eq!((manifest.file_count, manifest.size_bytes), (3, 15));
    let Ok(Found::File { path, file }) = find(&memory, &manifest, "b/d/e.txt").await else {
        panic!("not a file")
    };
    assert_eq!((path.to_string().as_str(), file.name.as_str()), ("b/d/e.txt", "e.txt"));
    let Ok(Found::Dir(dir)) = find(&memory, &manifest, "b/").await else { panic!("not a directory") };
    assert_eq!((dir.file_count, dir.size_bytes, dir.mtime), (2, 10, Some(5)));
    assert!(matches!(find(&memory, &manifest, "").await, Ok(Found::Dir(dir)) if dir.path.is_root()));
    for missing in ["x", "a.txt/x", "b/d/e.txt/", "b/x/y"].map(|text| text.trim_end_matches('/')) {
        let found = find(&memory, &manifest, missing).await;
        assert_eq!(missing == "b/d/e.txt", found.is_ok(), "{missing}");
    }
}

#[tokio::test]
async fn a_hundred_thousand_entries_are_found_in_one_read_each() {
    let memory = Memory::default();
    let paths = (0..100_000).map(|n| format!("wide/file-{n:06}.dat"));
    let manifest = memory.publish(tree(paths));
    assert!(manifest.to_json().len() < 64 * 1024, "the manifest stays small: {}", manifest.to_json().len());
    for n in [0, 1, 49_999, 99_999] {
        memory.reads.set(0);
        assert!(find(&memory, &manifest, &format!("wide/file-{n:06}.dat")).await.is_ok());
        assert!(memory.reads.get() <= 2, "{} reads", memory.reads.get());
    }
    assert!(find(&memory, &manifest, "wide/aaa").await.is_err());
    assert!(find(&memory, &manifest, "wide/zzz").await.is_err());
    let Ok(Found::Dir(dir)) = find(&memory, &manifest, "wide").await else { panic!("not a directory") };
    memory.reads.set(0);
    let all = entries(&dir.listing, &memory).await.unwrap();
    assert_eq!(all.files.len(), 100_000);
    assert!(memory.reads.get() < 10, "neighbouring pages are read together: {}", memory.reads.get());
}

#[tokio::test]
async fn one_added_file_rewrites_one_page() {
    let memory = Memory::default();
    let paths = |extra: Option<&str>| {
        (0..20_000)
            .map(|n| format!("wide/file-{n:06}.dat"))
            .chain(extra.map(|name| format!("wide/{name}")))
            .collect::<Vec<_>>()
    };
    memory.publish(tree(paths(None)));
    let first = memory.written.replace(0);
    memory.publish(tree(paths(None)));
    assert_eq!(memory.written.get(), 0, "unchanged listings are referred to again");
    let manifest = memory.publish(tree(paths(Some("file-010000-and-a-half.dat"))));
    assert!(memory.written.get() * 5 < first, "{} of {first} bytes were written again", memory.written.get());
    assert!(find(&memory, &manifest, "wide/file-010000-and-a-half.dat").await.is_ok());
}

#[tokio::test]
async fn links_are_followed_and_stay_inside() {
    let memory = Memory::default();
    let mut root = tree(["a/b/file.txt".to_owned(), "top.txt".to_owned()]);
    for (link, target) in [
        ("to-dir", "a/b"),
        ("to-file", "a/b/file.txt"),
        ("chain", "to-dir"),
        ("out", "../x"),
        ("out-far", "a/../../x"),
        ("loop", "loop"),
        ("ping", "pong"),
        ("pong", "ping"),
        ("missing", "nowhere"),
    ] {
        root.links.push(Link { name: name(link), target: target.into() });
    }
    root.dirs[0].2.links.push(Link { name: name("up"), target: "../top.txt".into() });
    let manifest = memory.publish(root);
    for (path, real) in [
        ("to-dir/file.txt", "a/b/file.txt"),
        ("to-file", "a/b/file.txt"),
        ("chain/file.txt", "a/b/file.txt"),
        ("a/up", "top.txt"),
    ] {
        let Ok(Found::File { path: found, .. }) = find(&memory, &manifest, path).await else {
            panic!("{path}")
        };
        assert_eq!(found.to_string(), real);
    }
    for path in ["out", "out-far", "missing", "to-file/x", "to-dir/none"] {
        assert!(matches!(find(&memory, &manifest, path).await, Err(LookupError::NotFound(_))), "{path}");
    }
    for path in ["loop", "ping", "loop/x"] {
        assert!(matches!(find(&memory, &manifest, path).await, Err(LookupError::LinkLoop(_))), "{path}");
    }
}

#[tokio::test]
async fn damage_is_told_from_absence() {
    let memory = Memory::default();
    let manifest = memory.publish(tree((0..500).map(|n| format!("d/{n}"))));
    let Listing::Inline(root) = &manifest.root else { panic!("a root with one folder is inline") };
    let Listing::At(at) = root.dirs[0].listing else { panic!("500 files are a listing of their own") };
    memory.blobs.borrow_mut().get_mut(&at.blob).unwrap()[0] = b'!';
    assert!(matches!(find(&memory, &manifest, "d/1").await, Err(LookupError::Corrupt { .. })));
    memory.blobs.borrow_mut().clear();
    assert!(matches!(find(&memory, &manifest, "d/1").await, Err(LookupError::Source { .. })));
}

#[tokio::test]
async fn a_deep_wide_mixed_tree_keeps_every_file() {
    let memory = Memory::default();
    let paths: Vec<String> = (0..30_000u32).map(|n| format!("{}/{}/{}-{n}", n % 7, n % 90, n % 3)).collect();
    let manifest = memory.publish(tree(paths.clone()));
    assert_eq!(manifest.file_count, 30_000);
    for path in paths.iter().step_by(997) {
        assert!(find(&memory, &manifest, path).await.is_ok(), "{path}");
    }
}

#[tokio::test]
async fn chains_of_any_depth_are_read_back() {
    for depth in [1, 16, 17, 18, 41, 42, 43, 100, 254] {
        let memory = Memory::default();
        let path = format!("{}file", "d/".repeat(depth));
        let manifest = memory.publish(tree([path.clone()]));
        let read_back =
            Manifest::from_json(&manifest.to_json()).unwrap_or_else(|error| panic!("{depth}: {error}"));
        assert!(matches!(find(&memory, &read_back, &path).await, Ok(Found::File { .. })), "{depth}");
    }
}

#[tokio::test]
async fn links_do_not_read_a_listing_twice() {
    let memory = Memory::default();
    let mut root = tree((0..500).map(|n| format!("d/{n}")));
    for n in 0..30 {
        let link = Link { name: name(&format!("link{n:02}")), target: format!("../d/link{:02}", n + 1) };
        root.dirs[0].2.links.push(link);
    }
    root.dirs[0].2.links.push(Link { name: name("link30"), target: "7".into() });
    let manifest = memory.publish(root);
    memory.reads.set(0);
    assert!(find(&memory, &manifest, "d/link00").await.is_ok());
    assert_eq!(memory.reads.get(), 1);
}

#[test]
fn one_name_twice_is_refused() {
    let root = TreeDir { files: vec![file("a"), file("a")], ..TreeDir::default() };
    let memory = Memory::default();
    assert!(matches!(memory.walk(&mut ListingBuilder::new(1 << 20), root), Err(ListingError::Order(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_built_is_found(
        names in prop::collection::btree_set("[a-c]{1,2}(/[a-e]{1,3}){0,3}/[^/\0]{1,10}\\.f", 1..200),
        wide in 0usize..3000,
        blob_max in 1usize..200_000,
    ) {
        let paths: Vec<String> = names
            .into_iter()
            .filter(|path| EntryPath::parse(path).is_ok())
            .chain((0..wide).map(|n| format!("w/{n}")))
            .collect();
        let memory = Memory::of(blob_max);
        let manifest = memory.publish(tree(paths.clone()));
        let written = memory.written.get();
        let again = memory.publish(tree(paths.clone()));
        prop_assert_eq!(&again.root, &manifest.root);
        prop_assert_eq!(&again.index, &manifest.index);
        prop_assert_eq!(index::paths(&memory, &manifest), index::in_order(&paths));
        prop_assert_eq!(memory.written.get(), written, "what did not change is not written again");
        let read_back = Manifest::from_json(&manifest.to_json()).unwrap();
        prop_assert_eq!(&read_back, &manifest);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for path in paths.iter().step_by(1 + paths.len() / 64) {
                let found = find(&memory, &manifest, path).await;
                prop_assert!(matches!(&found, Ok(Found::File { path: at, .. }) if at.to_string() == *path), "{} {:?}", path, found);
            }
            Ok(())
        })?;
        prop_assert_eq!(manifest.file_count, paths.len() as u64);
    }
}

/// Walks a whole tree within the budget of what its manifest claims.
async fn walked(memory: &Memory, manifest: &Manifest) -> (u64, u64) {
    let mut budget = TreeBudget::new(Claim::of(manifest));
    let (mut todo, mut files) = (vec![(EntryPath::root(), manifest.root.clone())], 0);
    while let Some((folder, listing)) = todo.pop() {
        budget.listing(&folder, &listing).unwrap();
        let listed = entries(&listing, memory).await.unwrap();
        budget.entries(&folder, &listed).unwrap();
        files += listed.files.len() as u64;
        todo.extend(
            listed.dirs.iter().map(|dir| (budget.enter(&folder, &dir.name).unwrap(), dir.listing.clone())),
        );
    }
    (files, budget.entries_seen())
}

#[tokio::test]
async fn what_is_published_stays_within_its_budget() {
    let deep = |depth: usize| vec!["d"; depth].join("/");
    let trees: [Vec<String>; 5] = [
        vec!["a.txt".into()],
        (0..20_000).map(|n| format!("wide/file-{n:06}.dat")).collect(),
        (0..5000).map(|n| format!("{:02x}/{:02x}/{n:05}/one", n % 256, n / 256 % 256)).collect(),
        (1..256).map(|depth| format!("{}/f", deep(depth))).collect(),
        (0..500).map(|n| format!("{n:04}/{}/f", deep(30))).collect(),
    ];
    for paths in trees {
        let memory = Memory::of(1 << 20);
        let (count, first) = (paths.len() as u64, paths[0].clone());
        let manifest = memory.publish(tree(paths));
        let (files, all) = walked(&memory, &manifest).await;
        assert_eq!((files, Some(all)), (count, manifest.entry_count), "{first}");
        let older = Manifest { entry_count: None, ..manifest };
        assert_eq!(walked(&memory, &older).await.0, count, "{first}, by an older program");
    }
}

#[tokio::test]
async fn empty_folders_and_links_are_counted_by_the_builder() {
    let memory = Memory::of(1 << 20);
    let dir = |n| (name(&format!("d{n:06}")), 5, TreeDir::default());
    let link = |n| Link { name: name(&format!("l{n}")), target: "d000000".into() };
    let root = TreeDir {
        files: Vec::new(),
        dirs: (0..110_000).map(dir).collect(),
        links: (0..9).map(link).collect(),
    };
    let manifest = memory.publish(root);
    assert_eq!((manifest.file_count, manifest.entry_count), (0, Some(110_009)));
    assert_eq!(walked(&memory, &manifest).await, (0, 110_009));
}
