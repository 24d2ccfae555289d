//! Archives of hostile trees: graphs, cycles, long paths, many pieces, links that lead out, names that meet.

use super::*;
use crate::gateway::data::tests::file_named;
use crate::gateway::snapshot::{Library, READS_MAX};
use crate::memory::Memory;
use crate::store::memory::MemoryStore;
use vitrine_protocol::limits::PATH_DEPTH_MAX;
use vitrine_protocol::listing::{Dir, Page};
use vitrine_protocol::manifest::{Inventory, RootKind};
use vitrine_protocol::{ManifestId, ObjectKey, Scope, Sha256};

const TIME: i64 = 1_700_000_000_000;

fn share() -> ShareId {
    "e0123456789abcdefghjkmnpqr".parse().unwrap()
}

fn name(text: &str) -> EntryName {
    EntryName::new(text).unwrap()
}

fn manifest(root: Listing, claimed: (u64, u64, Option<u64>)) -> Manifest {
    Manifest {
        share_id: share(),
        manifest_id: ManifestId::from_parts(1, [0; 10]),
        created_at: TIME,
        root_path: String::new(),
        root_kind: RootKind::Dir,
        scope: Scope::Public,
        indexing_opt_in: false,
        file_count: claimed.0,
        size_bytes: claimed.1,
        entry_count: claimed.2,
        root,
        index: None,
        blobs: Inventory::Inline(Vec::new()),
    }
}

fn dir(text: &str, listing: Listing) -> Dir {
    Dir { name: name(text), file_count: 0, size_bytes: 0, mtime: 5, listing }
}

fn dirs(count: usize, listing: &Listing) -> Entries {
    let all = (0..count).map(|n| dir(&format!("d{n:04}"), listing.clone())).collect();
    Entries::new(Vec::new(), all, Vec::new()).unwrap()
}

fn inline(files: Vec<File>, dirs: Vec<Dir>, links: &[(&str, &str)]) -> Listing {
    let link = |(own, target): &(&str, &str)| Link { name: name(own), target: (*target).into() };
    Listing::Inline(Entries::new(files, dirs, links.iter().map(link).collect()).unwrap())
}

/// Stores a listing in a blob of its own.
fn put(store: &MemoryStore, entries: &Entries) -> Listing {
    let json = entries.to_json();
    let extent = Extent { blob: Sha256::of(&json), offset: 0, length: json.len() as u64 };
    store.insert(ObjectKey::blob(share(), extent.blob), json);
    Listing::At(extent)
}

async fn zipped(store: &MemoryStore, manifest: &Manifest) -> Result<Collected, Failure> {
    let (memory, policy) = (Memory::new(1 << 20), crate::access::tests::policy());
    let library = Library::new(store, &memory, &policy, 1000);
    let folder = FoundDir {
        path: EntryPath::root(),
        file_count: manifest.file_count,
        size_bytes: manifest.size_bytes,
        mtime: None,
        listing: manifest.root.clone(),
    };
    collect(&Listings::of(&library, share()), (share(), manifest), &folder, ("top", manifest.created_at))
        .await
}

/// Every folder of a level has the same listing below it: some kilobytes stored, millions of folders.
#[tokio::test]
async fn a_graph_of_listings_is_refused_after_a_few_reads() {
    for (levels, width) in [(4, 50), (8, 64), (255, 2), (3, 140)] {
        for claimed in [(0, 0, None), (0, 0, Some(1 << 40)), (1 << 50, 1 << 50, Some(1 << 50))] {
            let store = MemoryStore::default();
            let mut listing = put(&store, &Entries::default());
            for _ in 0..levels {
                listing = put(&store, &dirs(width, &listing));
            }
            store.reads.set(0);
            let failure = zipped(&store, &manifest(listing, claimed)).await.unwrap_err();
            assert_eq!((failure.problem.status, failure.problem.code.as_str()), (413, "too_large"));
            let detail = &failure.problem.detail;
            assert!(
                detail.contains("20000 files, folders") || detail.contains("bytes of listings"),
                "{detail}"
            );
            assert!(store.reads.get() <= 16, "{levels} x {width}: {} reads", store.reads.get());
        }
    }
}

#[tokio::test]
async fn a_cycle_ends_at_the_limits_of_paths() {
    let store = MemoryStore::default();
    let at = Extent { blob: Sha256::of(b"overwritten"), offset: 0, length: 0 };
    // An extent knows its length, so the text is found by trying.
    let text = (1..999_u64).find_map(|length| {
        let own = Listing::At(Extent { length, ..at });
        let json = dirs(1, &own).to_json();
        (json.len() as u64 == length).then_some((json, own))
    });
    let (json, own) = text.unwrap();
    store.insert(ObjectKey::blob(share(), at.blob), json);
    let failure = zipped(&store, &manifest(own, (0, 0, None))).await.unwrap_err();
    assert_eq!(failure.problem.status, 413);
    assert!(
        failure.problem.detail.contains(&format!("deeper than {PATH_DEPTH_MAX}")),
        "{}",
        failure.problem.detail
    );
    assert_eq!(store.reads.get(), 1, "the isolate remembers a listing");
}

#[tokio::test]
async fn what_lies_in_too_many_places_is_refused() {
    for (places, is_taken) in [(60, true), (70, false)] {
        let store = MemoryStore::default();
        let own = |n: usize| {
            let file = file_named(&format!("f{n}"), b"", "text/plain", None);
            dir(&format!("d{n:03}"), put(&store, &Entries::new(vec![file], vec![], vec![]).unwrap()))
        };
        let root = inline(Vec::new(), (0..places).map(own).collect(), &[]);
        let got = zipped(&store, &manifest(root, (places as u64, 0, None))).await;
        assert_eq!(got.is_ok(), is_taken, "{places}");
        assert!(store.reads.get() <= READS_MAX as usize);
        if let Err(failure) = got {
            assert_eq!(failure.problem.code, "too_large");
        }
    }
}

#[tokio::test]
async fn listings_that_lie_close_together_are_one_read() {
    let store = MemoryStore::default();
    let (mut blob, mut at) = (Vec::new(), Vec::new());
    for n in 0..3000 {
        let file = file_named(&format!("f{n:04}"), b"", "text/plain", None);
        let json = Entries::new(vec![file], vec![], vec![]).unwrap().to_json();
        at.push((blob.len() as u64, json.len() as u64));
        blob.extend(json);
    }
    let hash = Sha256::of(&blob);
    store.insert(ObjectKey::blob(share(), hash), blob);
    let extent = |(offset, length): (u64, u64)| Extent { blob: hash, offset, length };
    let folders = at[..1000].iter().enumerate();
    let folders = folders.map(|(n, at)| dir(&format!("d{n:04}"), Listing::At(extent(*at))));
    let pages = at[1000..].iter().enumerate();
    let pages =
        pages.map(|(n, at)| Page { from: name(&format!("f{:04}", n + 1000)), at: extent(*at) }).collect();
    let root = inline(vec![], folders.chain([dir("wide", Listing::Pages(pages))]).collect(), &[]);
    let got = zipped(&store, &manifest(root, (3000, 0, None))).await.unwrap();
    assert_eq!((got.entries.len(), store.reads.get()), (1 + 1001 + 3000, 1));
    assert!(got.entries.iter().any(|entry| entry.path == "top/wide/f2999"));
}

#[tokio::test]
async fn files_are_bounded_by_the_claim_pieces_and_headers() {
    let store = MemoryStore::default();
    let refused = async |root: Listing, claimed| {
        let failure = zipped(&store, &manifest(root, claimed)).await.map(drop).unwrap_err();
        assert_eq!(failure.problem.status, 413);
        failure.problem.detail
    };
    let file = |n: usize| file_named(&format!("f{n:05}"), b"x", "text/plain", None);
    let two = || inline(vec![file(0), file(1)], vec![], &[]);
    assert!(refused(two(), (1, 2, None)).await.contains("1 files, which is all that the snapshot says"));
    assert!(refused(two(), (2, 1, None)).await.contains("1 bytes of files"));
    let many = inline((0..9_001).map(file).collect(), vec![], &[]);
    assert!(refused(many, (9_001, 9_001, None)).await.contains("9000 pieces of files"));
    let shreds = |n: usize| {
        let extents = (0..4096).map(|at| Extent { blob: Sha256::of(b"x"), offset: 2 * at, length: 1 });
        File { size: 4096, extents: Some(extents.collect()), ..file(n) }
    };
    let three = inline((0..3).map(shreds).collect(), vec![], &[]);
    assert!(refused(three, (3, 3 * 4096, None)).await.contains("pieces of files"));
    let long = |depth: usize| {
        let files: Vec<File> = (0..2500)
            .map(|n| file_named(&format!("{}{n:04}", "n".repeat(250)), b"", "text/plain", None))
            .collect();
        (0..depth).fold(inline(files, vec![], &[]), |below, _| {
            inline(vec![], vec![dir(&"d".repeat(255), below)], &[])
        })
    };
    assert!(zipped(&store, &manifest(long(2), (2500, 0, None))).await.is_ok());
    assert!(refused(long(14), (2500, 0, None)).await.contains("too long for one archive"));
}

#[tokio::test]
async fn links_stay_inside_the_archive() {
    let store = MemoryStore::default();
    let links = [
        ("crooked", "../a/../b.txt"),
        ("far", "../../../etc/hostname"),
        ("fine", "b.txt"),
        ("here", "."),
        ("long", "./x//y/"),
        ("out", ".."),
        ("renamed", "../we:ird/n\\l"),
        ("through", "../here/l/../../b.txt"),
        ("top", "../b.txt"),
    ];
    let below = inline(vec![], vec![], &links);
    let odd = inline(vec![file_named("n\\l", b"", "text/plain", None)], vec![], &[]);
    let root = inline(
        vec![file_named("b.txt", b"", "text/plain", None)],
        vec![dir("a", below), dir("we:ird", odd)],
        &[("out", "../x"), ("passwd", "a/../../../etc/passwd")],
    );
    let got = zipped(&store, &manifest(root, (2, 0, None))).await.unwrap();
    let targets: Vec<(&str, &str)> = got
        .entries
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Link(target) => Some((entry.path.as_str(), target.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        targets,
        [
            ("top/a/crooked", "../b.txt"),
            ("top/a/fine", "b.txt"),
            ("top/a/here", "."),
            ("top/a/long", "x/y"),
            ("top/a/out", ".."),
            ("top/a/renamed", "../we_ird/n_l"),
            ("top/a/through", "../b.txt"),
            ("top/a/top", "../b.txt"),
        ]
    );
    assert_eq!((got.left_out, got.renamed), (3, 2));
    insta::assert_snapshot!(got.comment(), @r"
    Names that not every system can unpack, written with `_`: 2.
    Symbolic links that lead out of the folder, left out: 3.
    ");
}

#[tokio::test]
async fn names_are_written_so_that_they_can_be_unpacked() {
    let store = MemoryStore::default();
    let file = |text: &str| file_named(text, b"", "text/plain", None);
    let inner = || inline(vec![file("con.txt"), file("x")], vec![], &[]);
    let root = inline(
        vec![file("..\\..\\evil.bat"), file("a:b"), file("a_b"), file("bell\u{7}"), file("notes.")],
        vec![dir("d", inner()), dir("d ", inner()), dir("d_", inner())],
        &[],
    );
    let got = zipped(&store, &manifest(root, (11, 0, None))).await.unwrap();
    let paths: Vec<&str> = got.entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "top/",
            "top/.._.._evil.bat",
            "top/a_b",
            "top/a_b (2)",
            "top/bell_",
            "top/d/",
            "top/d/con_.txt",
            "top/d/x",
            "top/d_ (2)/",
            "top/d_ (2)/con_.txt",
            "top/d_ (2)/x",
            "top/d_/",
            "top/d_/con_.txt",
            "top/d_/x",
            "top/notes_",
        ]
    );
    assert!(
        got.entries.iter().all(|entry| entry.path != "top/" || entry.mtime == TIME),
        "the snapshot's time"
    );
}
