//! The stored formats, byte for byte: what version 1 wrote must be read and written again by every later version.
//!
//! A change that makes these fail is a change of the format, and needs a new version.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop here")]

use vitrine_protocol::documents::FormatError;
use vitrine_protocol::index::page::PageWriter;
use vitrine_protocol::index::{DIR, LINK, PathIndex, inflate, read_stored};
use vitrine_protocol::listing::{Extent, Listing};
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::{EntryName, EntryPath, Kind, Latest, Manifest, Meta};

fn golden(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes.pop(), Some(b'\n'), "{path} ends with a newline, for editors");
    bytes
}

#[test]
fn manifests_of_version_1() {
    for name in [
        "manifest-inline.json",
        "manifest-extents.json",
        "manifest-pages.json",
        "manifest-one-file.json",
        "manifest-index.json",
        "manifest-index-stored.json",
        "manifest-entry-count.json",
    ] {
        let stored = golden(name);
        let manifest = Manifest::from_json(&stored).unwrap();
        assert_eq!(
            String::from_utf8(manifest.to_json()).unwrap(),
            String::from_utf8(stored).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn the_three_forms_are_read_as_such() {
    let extents = Manifest::from_json(&golden("manifest-extents.json")).unwrap();
    let Listing::Inline(root) = &extents.root else { panic!("inline root") };
    assert!(matches!(root.dirs[0].listing, Listing::At(Extent { offset: 20480, length: 17000, .. })));
    assert_eq!(root.files[0].extents().len(), 2);
    assert!(matches!(&extents.blobs, Inventory::Inline(rows) if rows[0].live_bytes < rows[0].size));
    let pages = Manifest::from_json(&golden("manifest-pages.json")).unwrap();
    assert!(matches!(&pages.root, Listing::Pages(pages) if pages.len() == 2));
    assert!(matches!(&pages.blobs, Inventory::At(_)));
    assert_eq!(pages.index, None, "as every program wrote it before there was an index");
    let index = Manifest::from_json(&golden("manifest-index.json")).unwrap();
    let Some(PathIndex::Pages(pages)) = &index.index else { panic!("inline pages") };
    assert!(pages.iter().all(|page| index.own_extents().contains(&page.at)));
    let stored = Manifest::from_json(&golden("manifest-index-stored.json")).unwrap();
    let Some(PathIndex::At(at)) = stored.index else { panic!("a stored list") };
    assert!(stored.own_extents().contains(&at));
}

#[test]
fn documents_of_version_1() {
    let latest = golden("latest.json");
    assert_eq!(Latest::from_json(&latest).unwrap().to_json(), latest);
    let meta = golden("meta.json");
    assert_eq!(Meta::from_json(&meta).unwrap().to_json(), meta);
    let public = serde_json::to_string(&Meta::from_json(&meta).unwrap().public_view()).unwrap();
    assert!(!public.contains("org_id") && !public.contains("tokens_valid_after"), "{public}");
}

#[test]
fn a_newer_version_and_other_damage_are_told_apart() {
    let newer = String::from_utf8(golden("manifest-inline.json"))
        .unwrap()
        .replace(r#""version":1"#, r#""version":2"#);
    assert!(matches!(Manifest::from_json(newer.as_bytes()), Err(FormatError::NewerVersion { found: 2 })));
    let altogether_new = br#"{"version":9,"tree":{}}"#;
    assert!(matches!(Manifest::from_json(altogether_new), Err(FormatError::NewerVersion { found: 9 })));
    for damaged in ["", "{}", "[]", "null", r#"{"version":1}"#, r#"{"version":"1"}"#, "\u{0}"] {
        assert!(matches!(Manifest::from_json(damaged.as_bytes()), Err(FormatError::Json(_))), "{damaged}");
    }
    let unsorted = String::from_utf8(golden("manifest-extents.json")).unwrap();
    let (first, second) = (unsorted.find(r#"["0a"#).unwrap(), unsorted.find(r#"["0b"#).unwrap());
    assert!(first < second);
    let swapped = unsorted.replace("[[\"0a", "[[\"ff");
    assert!(matches!(Manifest::from_json(swapped.as_bytes()), Err(FormatError::Inventory(_))));
}

/// Every line of the big list of naughty strings either is a name and survives a URL and JSON, or is refused for what
/// no file system holds either.
#[test]
fn naughty_strings_are_names_or_refused() {
    let corpus = std::env::var("VITRINE_CORPUS").unwrap_or_else(|_| "../../shared/corpus".into());
    let Ok(list) = std::fs::read_to_string(format!("{corpus}/hostile/blns.txt")) else {
        // The list is not ours to ship; `path.rs` has a table of our own that always runs.
        return;
    };
    let mut taken = 0;
    for line in list.lines() {
        let Ok(name) = EntryName::new(line) else {
            let impossible = line.is_empty() || line == "." || line == ".." || line.len() > 255;
            assert!(impossible || line.contains(['/', '\0']), "{line:?} was refused");
            continue;
        };
        taken += 1;
        let path = EntryPath::root().join(&name).unwrap();
        assert_eq!(EntryPath::from_url(&path.to_url()).unwrap().names(), std::slice::from_ref(&name));
        let json = serde_json::to_string(&name).unwrap();
        assert_eq!(serde_json::from_str::<EntryName>(&json).unwrap(), name);
    }
    assert!(taken > 300, "only {taken} names were read");
}

#[test]
fn a_page_of_the_path_index() {
    let stored =
        std::fs::read(format!("{}/tests/golden/index-page.deflate", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let expected = String::from_utf8(golden("index-page.txt")).unwrap();
    let lines = read_stored(&stored).unwrap();
    let read: Vec<String> = lines.iter().map(|line| format!("{}\t{}", line.path, line.kind)).collect();
    assert_eq!(read.join("\n"), expected);
    let mut page = PageWriter::default();
    for line in &lines {
        page.push(&line.path.to_string(), kind_named(&line.kind));
    }
    assert_eq!(page.finish(), inflate(&stored).unwrap(), "written as before");
}

fn kind_named(name: &str) -> &'static str {
    let kinds = [DIR, LINK, Kind::Markdown.as_str(), Kind::Notebook.as_str(), Kind::Image.as_str()];
    kinds.into_iter().find(|kind| *kind == name).unwrap()
}
