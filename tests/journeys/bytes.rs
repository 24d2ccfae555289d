//! Every file's bytes come back identical, whatever its name and size, whole and in ranges.

use crate::world::{assert_same_bytes, header, noise, publish_new, world, write};
use std::io::Read as _;

const HOSTILE_NAMES: &[&str] = &[
    "plain.txt",
    "with space.txt",
    " leading and trailing ",
    "quote's \"double\".txt",
    "100%.txt",
    "%2e%2e%2f.txt",
    "hash#tag.txt",
    "what?.txt",
    "a+b=c&d;e.txt",
    "back\\slash.txt",
    "emoji 🏳️‍🌈 🌊.txt",
    "e\u{301} combining.txt",
    "é composed.txt",
    "<script>alert(1)</script>.html",
    "new\nline.txt",
    "tab\tbed.txt",
    "עברית.txt",
    "~cap",
    "latest.json",
    "...dots",
];

#[test]
fn hostile_names_and_empty_files() {
    let folder = tempfile::tempdir().unwrap();
    for (index, name) in HOSTILE_NAMES.iter().filter(|name| !name.starts_with('.')).enumerate() {
        write(folder.path(), name, format!("content {index}"));
        write(folder.path(), &format!("dir {name}/{name}"), if index % 3 == 0 { "" } else { "x" });
    }
    write(folder.path(), "empty", "");
    std::fs::create_dir(folder.path().join("empty folder")).unwrap();
    let published = publish_new(folder.path());
    assert_same_bytes(folder.path(), &published);
    assert_eq!(published.event["skipped"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_directory_of_five_thousand_files() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..5000 {
        write(folder.path(), &format!("many/file {n:04}.txt"), format!("{n}"));
    }
    let published = publish_new(folder.path());
    assert_eq!(published.number("files"), 5000);
    let world = world();
    for n in (0..5000).step_by(97).chain([4999]) {
        let path = format!("many/file {n:04}.txt");
        for url in [world.raw(published.share, &path), world.file(&published, &path)] {
            assert_eq!(world.get(&url).send().unwrap().text().unwrap(), n.to_string());
        }
    }
    let missing = world.get(&world.raw(published.share, "many/file 5000.txt")).send().unwrap();
    assert_eq!(missing.status(), 404);
    // The manifest of a wide share stays small: its listings are pages in blobs.
    let manifest = world.get(&world.data(published.share, &format!("manifests/{}.json", published.manifest)));
    assert!(manifest.send().unwrap().bytes().unwrap().len() < 16 * 1024);
}

#[test]
fn a_file_of_300_mb() {
    const SIZE: usize = 300 * 1024 * 1024;
    let folder = tempfile::tempdir().unwrap();
    let content = noise(300, SIZE);
    write(folder.path(), "large.bin", &content);
    let published = publish_new(folder.path());
    let world = world();
    let url = world.raw(published.share, "large.bin");

    for (first, last) in
        [(0, 0), (SIZE / 2, SIZE / 2 + 1_000_000), (SIZE - 10, SIZE - 1), (64 << 20, (64 << 20) + 9)]
    {
        let response = world.get(&url).header("range", format!("bytes={first}-{last}")).send().unwrap();
        assert_eq!(response.status(), 206);
        assert_eq!(header(&response, "content-range"), format!("bytes {first}-{last}/{SIZE}"));
        assert!(response.bytes().unwrap() == content[first..=last], "bytes {first}-{last} differ");
    }

    for url in [url, world.file(&published, "large.bin")] {
        let mut response = world.get(&url).send().unwrap();
        assert_eq!(header(&response, "content-length"), SIZE.to_string());
        let (mut at, mut buffer) = (0, vec![0; 1 << 20]);
        loop {
            let read = response.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            assert!(buffer[..read] == content[at..at + read], "bytes differ after {at}");
            at += read;
        }
        assert_eq!(at, SIZE);
    }
}

#[test]
fn one_file_is_a_share_too() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "only one.md", "# Alone");
    let published = publish_new(&folder.path().join("only one.md"));
    let world = world();
    let get = |path: &str| world.get(&world.raw(published.share, path)).send().unwrap().text().unwrap();
    assert_eq!(get("only one.md"), "# Alone");
    assert_eq!(get(""), "# Alone", "the root of a one-file share is that file");
}

#[test]
fn links_lead_to_files_and_never_out() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "real/file.txt", "inside");
    let link =
        |target: &str, name: &str| std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
    link("real/file.txt", "to-file");
    link("real", "to-dir");
    link("/etc/passwd", "absolute");
    link("../../../../../../etc/passwd", "climbing");
    let published = publish_new(folder.path());
    let world = world();
    let get = |path: &str| world.get(&world.raw(published.share, path)).send().unwrap();
    assert_eq!(get("to-file").text().unwrap(), "inside");
    assert_eq!(get("to-dir/file.txt").text().unwrap(), "inside");
    for path in ["absolute", "climbing"] {
        assert_eq!(get(path).status(), 404, "{path}");
        assert!(
            published.event["skipped"].to_string().contains(path),
            "{path} is reported: {}",
            published.event
        );
    }
}

#[test]
fn folders_nested_as_deep_as_paths_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = format!("{}file.txt", "d/".repeat(250));
    write(folder.path(), &path, "deep down");
    write(folder.path(), &format!("{}file.txt", "e/".repeat(42)), "deep");
    let published = publish_new(folder.path());
    assert_same_bytes(folder.path(), &published);
}
