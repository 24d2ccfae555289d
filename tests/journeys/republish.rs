//! Publishing again sends what changed and nothing else, and readers see one whole snapshot or the other.

use crate::world::{assert_same_bytes, noise, publish, publish_again, publish_new, world, write};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use vitrine_protocol::Sha256;

fn make(folder: &Path) {
    for n in 0..40 {
        write(folder, &format!("dir {}/file {n}.bin", n % 4), noise(n, 1000 + usize::try_from(n).unwrap()));
    }
    write(folder, "README.md", "# First");
}

#[test]
fn nothing_changed_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let first = publish_new(folder.path());
    assert_eq!((first.number("uploaded_objects"), first.number("packs")), (1, 1));
    let latest = world().latest(first.share);
    let again = publish_again(folder.path(), first.share);
    assert_eq!((again.number("uploaded_objects"), again.number("uploaded_bytes")), (0, 0));
    assert_eq!(again.manifest, first.manifest);
    assert_eq!(world().latest(first.share), latest);
    let thorough = publish(folder.path(), &["--share", first.share.as_str(), "--checksum"]);
    assert_eq!(thorough.number("uploaded_objects"), 0);
}

#[test]
fn one_changed_file_sends_one_blob() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let first = publish_new(folder.path());
    write(folder.path(), "dir 2/file 2.bin", noise(99, 5000));
    let second = publish_again(folder.path(), first.share);
    assert_eq!((second.number("uploaded_objects"), second.number("uploaded_bytes")), (1, 5000));
    assert_ne!(second.manifest, first.manifest);
    assert_same_bytes(folder.path(), &second);
    let world = world();
    // The old snapshot is still whole under its own name.
    let old = world.get(&world.file(&first, "dir 2/file 2.bin")).send().unwrap().bytes().unwrap();
    assert!(old == noise(2, 1002));
}

#[test]
fn renames_and_removals_send_nothing() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let first = publish_new(folder.path());
    std::fs::rename(folder.path().join("dir 1"), folder.path().join("dir renamed")).unwrap();
    std::fs::remove_file(folder.path().join("dir 0/file 0.bin")).unwrap();
    let second = publish_again(folder.path(), first.share);
    assert_eq!(second.number("uploaded_objects"), 0);
    assert_same_bytes(folder.path(), &second);
    let gone = world().get(&world().raw(first.share, "dir 0/file 0.bin")).send().unwrap();
    assert_eq!(gone.status(), 404);
}

#[test]
fn a_change_within_the_same_second_and_size_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let first = publish_new(folder.path());
    write(folder.path(), "a.txt", "two");
    publish_again(folder.path(), first.share);
    assert_eq!(world().get(&world().raw(first.share, "a.txt")).send().unwrap().text().unwrap(), "two");
}

#[test]
fn readers_see_one_snapshot_or_the_other() {
    const FILES: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let write_all = |version: u32| {
        for n in 0..FILES {
            write(folder.path(), &format!("{n}.txt"), format!("v{version} of {n}"));
        }
    };
    write_all(0);
    let first = publish_new(folder.path());
    let world = world();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            loop {
                let last_round = done.load(Ordering::Relaxed);
                seen.insert(whole_version(&world.latest(first.share), FILES));
                if last_round {
                    return seen;
                }
            }
        });
        for version in 1..4 {
            write_all(version);
            publish_again(folder.path(), first.share);
        }
        done.store(true, Ordering::Relaxed);
        let seen = reader.join().unwrap();
        assert!(seen.len() > 1 && seen.contains("v3"), "the reader saw {seen:?}");
    });
}

/// Reads everything that `latest` names: its manifest has the hash it says, and all files are of one version.
fn whole_version(latest: &serde_json::Value, files: usize) -> String {
    let world = world();
    let share = latest["share_id"].as_str().unwrap().parse().unwrap();
    let id = latest["manifest_id"].as_str().unwrap();
    let manifest =
        world.get(&world.data(share, &format!("manifests/{id}.json"))).send().unwrap().bytes().unwrap();
    assert_eq!(Sha256::of(&manifest).to_string(), latest["manifest_hash"].as_str().unwrap());
    let versions: BTreeSet<String> = (0..files)
        .map(|n| {
            let text =
                world.get(&world.data(share, &format!("files/{id}/{n}.txt"))).send().unwrap().text().unwrap();
            text.strip_suffix(&format!(" of {n}")).unwrap_or_else(|| panic!("{n}.txt is `{text}`")).to_owned()
        })
        .collect();
    assert_eq!(versions.len(), 1, "one snapshot has files of {versions:?}");
    versions.into_iter().next().unwrap()
}

#[test]
fn five_thousand_files_again_send_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..5000 {
        write(folder.path(), &format!("many/{n}"), format!("file {n}"));
    }
    let first = publish_new(folder.path());
    let again = publish_again(folder.path(), first.share);
    assert_eq!((again.number("uploaded_objects"), again.manifest), (0, first.manifest));
}
