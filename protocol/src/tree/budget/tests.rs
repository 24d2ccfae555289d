//! Trees that are graphs are refused early and by name; what honest programs write passes.

use super::*;
use crate::listing::{Dir, Extent, File, Link};
use crate::{ContentType, Kind, Sha256};

fn name(text: &str) -> EntryName {
    EntryName::new(text).expect("a name")
}

fn file(text: &str, size: u64) -> File {
    File {
        name: name(text),
        hash: Sha256::of(text.as_bytes()),
        size,
        mtime: 0,
        crc32: 0,
        content_type: ContentType::parse("text/plain").expect("a type"),
        kind: Kind::Text,
        extents: None,
        chunks: None,
    }
}

fn at(n: u64, length: u64) -> Extent {
    Extent { blob: Sha256::of(&n.to_le_bytes()), offset: 0, length }
}

fn dirs(count: usize, listing: &Listing) -> Entries {
    let dir = |n: usize| Dir {
        name: name(&format!("d{n:06}")),
        file_count: 0,
        size_bytes: 0,
        mtime: 0,
        listing: listing.clone(),
    };
    Entries::new(Vec::new(), (0..count).map(dir).collect(), Vec::new()).expect("sorted")
}

/// Walks as the gateway and the program do; `read` stands for what a listing holds.
fn walk(
    budget: &mut TreeBudget,
    root: &Listing,
    read: impl Fn(&Listing) -> Entries,
) -> Result<u64, TreeError> {
    let (mut todo, mut listings) = (vec![(EntryPath::root(), root.clone())], 0);
    while let Some((folder, listing)) = todo.pop() {
        budget.listing(&folder, &listing)?;
        let entries = read(&listing);
        listings += 1;
        budget.entries(&folder, &entries)?;
        for dir in entries.dirs {
            todo.push((budget.enter(&folder, &dir.name)?, dir.listing));
        }
    }
    Ok(listings)
}

/// `levels` listings of `width` folders each, every one of which has the next listing.
fn graph(levels: u64, width: usize) -> (Listing, impl Fn(&Listing) -> Entries) {
    let read = move |listing: &Listing| match listing {
        Listing::At(extent) if extent.length < levels => dirs(width, &Listing::At(at(0, extent.length + 1))),
        Listing::Inline(entries) => entries.clone(),
        _ => Entries::default(),
    };
    (Listing::At(at(0, 0)), read)
}

fn claim(files: u64, bytes: u64, entries: Option<u64>) -> Claim {
    Claim { files, bytes, entries }
}

#[test]
fn a_graph_of_listings_ends_at_what_is_claimed() {
    for (levels, width) in [(4, 50), (8, 64), (20, 2)] {
        let (root, read) = graph(levels, width);
        let mut budget = TreeBudget::new(claim(0, 0, Some(1000)));
        let error = walk(&mut budget, &root, &read).expect_err("refused");
        assert!(budget.entries_seen() <= 1000 + width as u64, "{levels} x {width}");
        assert!(
            matches!(&error, TreeError::Beyond { what: Counted::Entries, max: 1000, why: Why::Claim, .. }),
            "{error}"
        );
        assert!(error.to_string().contains(&error.folder().to_string()), "{error}");
    }
    let (root, read) = graph(4, 50);
    let mut budget = TreeBudget::new(claim(0, 0, None));
    assert!(walk(&mut budget, &root, &read).is_err(), "6.4 million folders without a file");
    assert!(budget.entries_seen() <= OTHERS_FREE + 50);
}

#[test]
fn a_cycle_ends_at_the_limits_of_paths() {
    let own = Listing::At(at(7, 90));
    let mut budget = TreeBudget::new(claim(1_000_000, 0, Some(9_000_000)));
    let error = walk(&mut budget, &own, |_| dirs(1, &own)).expect_err("refused");
    assert!(matches!(&error, TreeError::Path { source: PathError::PathTooLong, .. }), "{error}");
    assert_eq!(error.folder().names().len(), crate::limits::PATH_DEPTH_MAX);
}

#[test]
fn files_bytes_and_extents_are_counted() {
    let folder = EntryPath::parse("data/raw").expect("a path");
    let spend = |claim: Claim, files: Vec<File>| {
        let entries = Entries::new(files, Vec::new(), Vec::new()).expect("sorted");
        TreeBudget::new(claim).entries(&folder, &entries).map_err(|error| error.to_string())
    };
    assert_eq!(spend(claim(2, 5, None), vec![file("a", 2), file("b", 3)]), Ok(()));
    let text = "the folder `data/raw` brings the tree to more than";
    let why = "which is all that the snapshot says there is";
    assert_eq!(
        spend(claim(1, 5, None), vec![file("a", 2), file("b", 3)]),
        Err(format!("{text} 1 files, {why}"))
    );
    assert_eq!(spend(claim(1, 1, None), vec![file("a", 2)]), Err(format!("{text} 1 bytes of files, {why}")));
    let shreds = File { extents: Some(vec![at(1, 1); 4096]), ..file("a", 4096) };
    assert_eq!(spend(claim(1, 4096, None), vec![shreds]), Err(format!("{text} 64 pieces of files, {why}")));
    assert!(spend(claim(u64::MAX, u64::MAX, None), vec![file("a", (1 << 53) - 1)]).is_ok(), "no overflow");
}

#[test]
fn listings_and_their_bytes_are_counted_before_they_are_read() {
    let pages = |count: usize| {
        let page = |n| crate::listing::Page { from: name(&format!("p{n:06}")), at: at(1, 2) };
        Listing::Pages((0..count).map(page).collect())
    };
    let root = EntryPath::root();
    let mut budget = TreeBudget::new(claim(10, 0, Some(10)));
    assert_eq!(budget.listing(&root, &pages(11)), Ok(()));
    assert!(budget.listing(&root, &pages(1)).is_err(), "pages that hold nothing");
    let mut budget = TreeBudget::new(claim(1, 1, Some(1)));
    assert!(budget.listing(&root, &Listing::At(at(1, 8 << 20))).is_err(), "a listing of 8 MiB for one file");
}

#[test]
fn a_walker_may_take_less() {
    let mut budget = TreeBudget::new(claim(50, 0, Some(50)))
        .at_most(Counted::Entries, 20)
        .at_most(Counted::Files, 1 << 40);
    let error = budget.entries(&EntryPath::root(), &dirs(21, &Listing::Inline(Entries::default())));
    assert_eq!(
        error.map_err(|error| error.to_string()),
        Err("the top folder brings the tree to more than 20 files, folders and links, which is all that is taken at a time"
            .to_owned())
    );
}

/// The longest names, the deepest paths, only links, only empty folders: as the program itself writes them.
#[test]
fn what_is_honest_passes() {
    let long = |n: usize| format!("{}{n:03}", "\u{1}".repeat(252));
    let extents: Vec<Extent> = (0..64).map(|n| at(n, (1 << 53) / 256)).collect();
    let files: Vec<File> = (0..30)
        .map(|n| File {
            extents: Some(extents.clone()),
            chunks: Some(extents[0]),
            ..file(&long(n), 64 * ((1 << 53) / 256))
        })
        .collect();
    let bytes = files.iter().map(|file| file.size).sum();
    let entries = Entries::new(files, Vec::new(), Vec::new()).expect("sorted");
    let json = entries.to_json().len() as u64;
    let mut budget = TreeBudget::new(claim(30, bytes, Some(30)));
    let root = EntryPath::root();
    budget.listing(&root, &Listing::At(at(1, json))).expect("long names");
    budget.entries(&root, &entries).expect("many pieces");
    for (entries, older) in [(Some(90_000), false), (None, true)] {
        let mut budget = TreeBudget::new(claim(0, 0, entries));
        let empty = dirs(45_000, &Listing::Inline(Entries::default()));
        budget.entries(&root, &empty).unwrap_or_else(|error| panic!("empty folders, {older}: {error}"));
        let link = |n| Link { name: name(&format!("l{n:06}")), target: "x".into() };
        let links = Entries::new(Vec::new(), Vec::new(), (0..45_000).map(link).collect()).expect("sorted");
        budget.entries(&root, &links).unwrap_or_else(|error| panic!("links, {older}: {error}"));
    }
}
