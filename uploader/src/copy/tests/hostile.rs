//! Snapshots and folders made to lead a copy astray: nothing is ever written outside.

use super::*;
use crate::reading::Source as _;
use std::os::unix::fs::symlink;
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::{Entries, EntryName, Extent, Link, Listing, ObjectKey};

/// A bench whose neighbour folder must stay as it is.
fn beside(draft: &Draft) -> (Bench, PathBuf) {
    let bench = Bench::new(draft);
    let outside = bench.temp.path().join("outside");
    fs::create_dir_all(outside.join("a")).unwrap();
    fs::write(outside.join("a/one.txt"), "precious").unwrap();
    fs::create_dir_all(bench.dest()).unwrap();
    (bench, outside)
}

fn one() -> Draft {
    Draft {
        files: vec![file("a/one.txt", "one", Layout::Pack), file("a/b/two.txt", "two", Layout::Pack)],
        ..Draft::default()
    }
}

fn assert_untouched(outside: &Path) {
    let things: Vec<_> =
        seen(outside).into_iter().filter(|(_, thing)| !matches!(thing, Thing::Dir(_))).collect();
    assert_eq!(things.len(), 1);
    assert!(matches!(&things[0].1, Thing::File(bytes, _) if bytes == b"precious"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_there_leads_nowhere() {
    let (mut bench, outside) = beside(&one());
    symlink(outside.join("a"), bench.at("a")).unwrap();
    assert!(matches!(bench.copy().await, Err(CopyError::InTheWay { count: 1, .. })));
    assert_untouched(&outside);
    bench.options.force = true;
    bench.copy().await.unwrap();
    assert_untouched(&outside);
    assert_eq!(bench.seen(), wanted(&one()), "the link made way for a folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_the_place_of_a_file_is_replaced_and_not_followed() {
    let (mut bench, outside) = beside(&one());
    fs::create_dir_all(bench.at("a")).unwrap();
    symlink(outside.join("a/one.txt"), bench.at("a/one.txt")).unwrap();
    bench.options.force = true;
    bench.copy().await.unwrap();
    assert_untouched(&outside);
    assert_eq!(bench.seen(), wanted(&one()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_swapped_for_a_link_meanwhile_ends_in_failures() {
    let (bench, outside) = beside(&one());
    fs::create_dir_all(bench.at("a")).unwrap();
    let dest = Dest::open(&bench.dest()).unwrap();
    let path = EntryPath::parse("a").unwrap();
    let open = dest.folder(&path).unwrap();
    fs::rename(bench.at("a"), bench.at("moved")).unwrap();
    symlink(outside.join("a"), bench.at("a")).unwrap();
    // What is open stays where it was; what is opened now is refused.
    assert!(dest.folder(&path).is_err());
    assert!(dest.folder(&EntryPath::parse("a/b").unwrap()).is_err());
    let name = EntryName::new("one.txt").unwrap();
    open.create("temporary").unwrap();
    open.publish("temporary", &name, false).unwrap();
    assert!(bench.at("moved/one.txt").exists());
    assert_untouched(&outside);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_name_that_is_taken_by_a_link_is_not_written_through() {
    let content = noise(1, 20_000_000);
    let draft = Draft {
        files: vec![file("one.txt", "one", Layout::Pack), file("big", &content, Layout::Whole)],
        ..Draft::default()
    };
    let (bench, outside) = beside(&draft);
    for (name, content) in [("one.txt", b"one".as_slice()), ("big", &content)] {
        let temporary =
            dest::temporary(&EntryName::new(name).unwrap(), &vitrine_protocol::Sha256::of(content));
        symlink(outside.join("a/one.txt"), bench.at(&temporary)).unwrap();
    }
    bench.copy().await.unwrap();
    assert_untouched(&outside);
    assert!(bench.seen() == wanted(&draft));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_out_and_hidden_names_are_left_out() {
    let draft = one();
    let bench = Bench::new(&draft);
    let mut manifest = bench.shelf.publish(&draft);
    let link =
        |name: &str, target: &str| Link { name: EntryName::new(name).unwrap(), target: target.to_owned() };
    let bytes = b"key".as_slice();
    let hidden = crate::reading::shelf::entry(EntryName::new(".bashrc").unwrap(), bytes, None);
    bench.shelf.blob(bytes);
    // `..` behind a link is another folder to the system than to a share.
    let links = vec![link("l", "."), link("out", "../../etc"), link("trick", "l/../l/..")];
    manifest.root = Listing::Inline(Entries::new(vec![hidden], vec![], links).unwrap());
    manifest.blobs = Inventory::Inline(vec![]);
    bench.shelf.commit(&manifest);
    let copied = bench.copy().await.unwrap();
    let failures: Vec<_> = copied.failures.iter().map(|f| (f.path.as_str(), f.reason)).collect();
    assert_eq!(failures, [(".bashrc", Reason::Hidden), ("out", Reason::Outside)]);
    let link = |name: &str, target: &str| (name.to_owned(), Thing::Link(target.to_owned()));
    let straight = [link("l", "."), link("trick", ".")];
    assert_eq!(bench.seen(), straight.into(), "what the share means is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_becomes_a_folder_and_back_follows_the_rules() {
    let first = Draft { files: vec![file("x", "file", Layout::Whole)], ..Draft::default() };
    let second = Draft { files: vec![file("x/y", "inside", Layout::Whole)], ..Draft::default() };
    let mut bench = Bench::new(&first);
    bench.copy().await.unwrap();
    bench.shelf.publish(&second);
    assert!(matches!(bench.copy().await, Err(CopyError::InTheWay { count: 1, .. })));
    bench.options.force = true;
    bench.copy().await.unwrap();
    assert_eq!(bench.seen(), wanted(&second));
    bench.shelf.publish(&first);
    assert!(matches!(bench.copy().await, Err(CopyError::InTheWay { count: 1, .. })), "a folder stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_of_another_hash_or_share_is_refused() {
    let bench = Bench::new(&one());
    let key = bench.shelf.state().objects.keys().find(|key| key.contains("/manifests/")).unwrap().clone();
    bench.shelf.state().objects.insert(key, "{}".into());
    assert!(matches!(bench.copy().await, Err(CopyError::Reading(ReadingError::Hash { .. }))));
    assert!(!bench.dest().exists());
}

/// How many things are below a folder.
fn things_below(folder: &Path) -> u64 {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| 1 + things_below(&entry.path())).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_is_a_graph_makes_no_more_than_may_be() {
    let mut bench = Bench::new(&one());
    // 64^3 folders with a file in each of the last, in three kilobytes.
    bench.shelf.publish_graph(3, 64, 0);
    bench.options.entries_max = Some(500);
    let refused = bench.copy().await.unwrap_err();
    assert!(matches!(&refused, CopyError::Reading(crate::reading::ReadingError::Tree { .. })), "{refused:?}");
    let made = things_below(&bench.dest());
    assert!(made <= 500 + 64, "{made}");
    // Without a bound of the walker's own the snapshot's claims hold.
    bench.options.entries_max = None;
    assert!(matches!(bench.copy().await, Err(CopyError::Reading(crate::reading::ReadingError::Tree { .. }))));
    bench.options.dry_run = true;
    assert!(matches!(bench.copy().await, Err(CopyError::Reading(crate::reading::ReadingError::Tree { .. }))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_is_heard_before_anything_is_written() {
    let bench = Bench::new(&one());
    bench.shelf.publish_graph(3, 64, 1_000_000);
    let counts = Arc::new(Counts::default());
    let snapshot = Snapshot::open(bench.shelf.clone(), Arc::clone(&counts)).await.unwrap();
    let options = Options { dry_run: true, ..Options::default() };
    let progress = Arc::new(Silent);
    let job = Job { dest: bench.dest(), opened: None, paths: Vec::new(), options, counts, progress };
    assert!(matches!(copy(snapshot, job, std::future::ready(())).await, Err(CopyError::Interrupted)));
}

/// The copy ended, or went on without the folder, and nothing was written.
fn is_refused(outcome: &Result<Copied, CopyError>) -> bool {
    match outcome {
        Err(CopyError::Reading(error)) => error.is_damage(),
        Ok(copied) => copied.failed > 0 && copied.written == 0,
        Err(_) => false,
    }
}

/// Whoever had a ticket a while ago can write over what is stored; nobody is given other content for it.
#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_in_the_place_of_what_describes_a_share_are_refused() {
    let files = (0..2000).map(|n| file(&format!("wide/{n}"), "x", Layout::Pack)).collect();
    let draft = Draft { files, pack: 1 << 20, ..Draft::default() };
    let bench = Bench::new(&draft);
    let mut manifest = bench.shelf.publish(&draft);
    let Inventory::Inline(rows) = &manifest.blobs else { panic!("few blobs") };
    let list = serde_json::to_vec(rows).unwrap();
    let inventory = bench.shelf.blob(&list);
    manifest.blobs = Inventory::At(Extent { blob: inventory, offset: 0, length: list.len() as u64 });
    let Listing::Inline(root) = &manifest.root else { panic!("one folder") };
    let Listing::Pages(pages) = &root.dirs[0].listing else { panic!("2,000 files are wide") };
    let listing = pages[0].at.blob;
    bench.shelf.commit(&manifest);
    let blob = |blob| ObjectKey::blob(bench.shelf.share(), blob).to_string();
    let keys = [
        ObjectKey::manifest(bench.shelf.share(), manifest.manifest_id).to_string(),
        blob(inventory),
        blob(listing),
    ];
    let open_at = async || {
        let counts = Arc::new(Counts::default());
        Snapshot::open_at(bench.shelf.clone(), manifest.manifest_id, counts).await.map(drop)
    };
    for key in keys {
        let good = bench.shelf.state().objects[&key].clone();
        let same = String::from_utf8(good.to_vec()).unwrap().replacen('1', "2", 1).into_bytes();
        let longer = [b" ", &good[..]].concat();
        for bad in [same, longer, good[..good.len() - 1].to_vec(), vec![b' '; 40 << 20], Vec::new()] {
            bench.shelf.state().objects.insert(key.clone(), bad.into());
            let outcome = bench.copy().await;
            assert!(is_refused(&outcome), "{key}: {outcome:?}");
            assert!(bench.seen().values().all(|thing| !matches!(thing, Thing::File(..))));
            // So is a copy job's, which names the snapshot.
            assert_eq!(open_at().await.is_err(), key != blob(listing), "{key}");
        }
        bench.shelf.state().objects.insert(key, good);
    }
    open_at().await.unwrap();
    bench.copy().await.unwrap();
    assert!(bench.seen() == wanted(&draft));
}

/// A listing in a blob that the list of blobs does not name is taken with its hash all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_listing_in_a_blob_that_is_not_listed_has_its_hash_too() {
    let files = (0..2000).map(|n| file(&format!("wide/{n}"), "x", Layout::Pack)).collect();
    let draft = Draft { files, pack: 1 << 20, ..Draft::default() };
    let bench = Bench::new(&draft);
    let mut manifest = bench.shelf.publish(&draft);
    let Listing::Inline(root) = &manifest.root else { panic!("one folder") };
    let Listing::Pages(pages) = &root.dirs[0].listing else { panic!("2,000 files are wide") };
    let listing = pages[0].at.blob;
    manifest.blobs = Inventory::Inline(vec![]);
    bench.shelf.commit(&manifest);
    bench.shelf.damage(listing, |mut bytes| {
        bytes.push(b' ');
        Some(bytes)
    });
    let outcome = bench.copy().await;
    assert!(is_refused(&outcome), "{outcome:?}");
}
