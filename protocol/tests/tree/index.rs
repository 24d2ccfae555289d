//! The index of all paths: complete, in order, and as little of it written again as can be.

use super::memory::{Memory, tree};
use std::collections::BTreeSet;
use vitrine_protocol::Manifest;
use vitrine_protocol::index::page;
use vitrine_protocol::index::{IndexPage, PathIndex, Searchable, inline_page, read_stored, searchable};
use vitrine_protocol::limits::INDEX_PAGE_TARGET;
use vitrine_protocol::listing::Link;

/// All pages, in order.
fn pages(memory: &Memory, manifest: &Manifest) -> Vec<IndexPage> {
    manifest.index.as_ref().map(|index| memory.index_pages(index)).unwrap_or_default()
}

/// What a finder sees: paths and kinds.
fn lines(memory: &Memory, manifest: &Manifest) -> Vec<(String, String)> {
    let lines = if let Some(text) = inline_page(&manifest.root) {
        assert_eq!(manifest.index, None, "what the manifest lists needs no index");
        page::read(&text).unwrap()
    } else {
        let stored = pages(memory, manifest);
        assert!(!stored.is_empty());
        stored.iter().flat_map(|page| read_stored(&memory.bytes(page.at)).unwrap()).collect()
    };
    lines.into_iter().map(|line| (line.path.to_string(), line.kind)).collect()
}

pub(crate) fn paths(memory: &Memory, manifest: &Manifest) -> Vec<String> {
    lines(memory, manifest).into_iter().map(|(path, _)| path).collect()
}

/// These paths and the folders on the way, in the order of the walk.
pub(crate) fn in_order(paths: &[String]) -> Vec<String> {
    let mut all: BTreeSet<Vec<&str>> = BTreeSet::new();
    for path in paths {
        let names: Vec<&str> = path.split('/').collect();
        all.extend((1..=names.len()).map(|length| names[..length].to_vec()));
    }
    all.into_iter().map(|names| names.join("/")).collect()
}

/// The paths of a project with many folders.
fn project(files: usize) -> Vec<String> {
    (0..files).map(|n| format!("src/module-{:03}/part-{:02}/file-{n:06}.py", n % 400, n % 7)).collect()
}

#[test]
fn folders_and_links_are_in_it_and_kinds_are_named() {
    let memory = Memory::default();
    for filler in [0, 400] {
        let filler: Vec<String> = (0..filler).map(|n| format!("z/{n:03}")).collect();
        let mut root = tree(["a/b.md".to_owned(), "a-b.ipynb".to_owned()].into_iter().chain(filler));
        root.links.push(Link { name: super::memory::name("c"), target: "a/b.md".into() });
        let manifest = memory.publish(root);
        let expected = [("a", "dir"), ("a/b.md", "markdown"), ("a-b.ipynb", "notebook"), ("c", "link")];
        let found = lines(&memory, &manifest);
        assert_eq!(
            found.iter().take(4).map(|(path, kind)| (path.as_str(), kind.as_str())).collect::<Vec<_>>(),
            expected
        );
    }
}

#[test]
fn a_folder_that_fits_into_its_manifest_writes_no_index() {
    let memory = Memory::default();
    let manifest = memory.publish(tree((0..40).map(|n| format!("d{}/{n}", n % 3))));
    assert_eq!((memory.written.get(), &manifest.index), (0, &None));
    assert!(!String::from_utf8(manifest.to_json()).unwrap().contains("index\":"));
    assert_eq!(paths(&memory, &manifest).len(), 43);
}

#[test]
fn what_the_finder_gets() {
    let memory = Memory::default();
    let small = memory.publish(tree(["a.md".to_owned()]));
    let Some(Searchable::Page(text)) = searchable(&small) else { panic!("one page") };
    assert_eq!(page::read(&text).unwrap().len(), 1);
    let large = memory.publish(tree(project(1000)));
    let Some(Searchable::Index(json)) = searchable(&large) else { panic!("an index") };
    assert!(json.starts_with(r#"{"pages":[{"at":[""#), "{json}");
    let of_an_older_program = Manifest { index: None, ..large };
    assert_eq!(searchable(&of_an_older_program), None);
}

#[test]
fn one_added_file_rewrites_one_page_and_the_list() {
    let memory = Memory::default();
    let before = memory.publish(tree(project(60_000)));
    let pages_before = pages(&memory, &before);
    assert!(matches!(before.index, Some(PathIndex::At(_))), "{} pages", pages_before.len());
    let known: BTreeSet<_> = pages_before.iter().map(|page| page.hash).collect();
    let mut rewritten = 0;
    for n in 0..6 {
        let added = format!("src/module-{:03}/new-{n}.md", n * 61);
        let after = memory.publish(tree(project(60_000).into_iter().chain([added])));
        let pages_after = pages(&memory, &after);
        let new = pages_after.iter().filter(|page| !known.contains(&page.hash)).count();
        assert!((1..=2).contains(&new), "{new} pages for one path");
        rewritten += new;
        for page in pages_after.iter().filter(|page| known.contains(&page.hash)) {
            assert!(pages_before.contains(page), "what has not changed stays where it is");
        }
    }
    assert!(rewritten <= 7, "{rewritten} pages for 6 paths: a path that begins a page splits one");
}

#[test]
fn other_contents_leave_it_alone() {
    let memory = Memory::default();
    let first = memory.publish(tree(project(3000)));
    let mut changed = tree(project(3000));
    let file = &mut changed.dirs[0].2.dirs[5].2.dirs[0].2.files[0];
    (file.size, file.mtime) = (file.size + 1, 7);
    let second = memory.publish(changed);
    assert_ne!(first.root, second.root);
    assert_eq!(first.index, second.index);
}

#[test]
fn pages_are_of_the_size_that_they_should_be() {
    let memory = Memory::default();
    let manifest = memory.publish(tree(project(200_000)));
    let pages = pages(&memory, &manifest);
    let texts = pages
        .iter()
        .map(|page| miniz_oxide::inflate::decompress_to_vec(&memory.bytes(page.at)).unwrap().len() as u64);
    let average = texts.sum::<u64>() / pages.len() as u64;
    assert!((INDEX_PAGE_TARGET / 2..INDEX_PAGE_TARGET * 2).contains(&average), "{average}");
    let stored: u64 = pages.iter().map(|page| page.at.length).sum();
    let blobs: BTreeSet<_> = pages.iter().map(|page| page.at.blob).collect();
    assert!(stored < 200_000 * 8, "{stored} bytes for 200,000 paths");
    assert_eq!(blobs.len(), 1, "they lie end to end, to be fetched together");
}

#[test]
fn very_long_paths_are_cut_into_pages_that_readers_accept() {
    let memory = Memory::default();
    let deep = vec!["n".repeat(250); 15].join("/");
    let all: Vec<String> = (0..5000).map(|n| format!("{deep}/{n:04}")).collect();
    let manifest = memory.publish(tree(all.clone()));
    assert!(pages(&memory, &manifest).len() > 2);
    assert_eq!(paths(&memory, &manifest), in_order(&all));
}
