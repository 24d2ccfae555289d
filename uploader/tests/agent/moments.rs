//! Publishes of projects on btrfs: of one moment, from a snapshot that is gone afterwards.

use crate::mounted::Mounted;
use crate::site::{Site, wait_until};
use std::fs;
use vitrine::btrfs::SNAPSHOTS_DIR;
use vitrine_protocol::Sha256;

#[test]
fn a_project_is_published_as_it_was_and_its_snapshots_go_even_after_a_crash() {
    let Some(mounted) = Mounted::new() else { return };
    mounted.subvolume("project-p");
    let site = Site::on(mounted.at(""));
    let snapshots = || {
        let Ok(entries) = fs::read_dir(site.project(SNAPSHOTS_DIR)) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    site.desk.begins_held.shut();
    let first = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("it has begun", || site.desk.begins_held.count() > 0);
    let left = snapshots();
    assert!(left.contains(&format!("job-{job}-1")), "{left:?}");
    drop(first);
    assert_eq!(snapshots(), left, "the dead keep theirs");

    let _second = site.start();
    wait_until("it has begun again", || site.desk.begins_held.count() > 1);
    assert!(!snapshots().iter().any(|name| left.contains(name)), "{:?}", snapshots());
    site.write("a/one.txt", "too late for this publish");
    site.desk.begins_held.open();
    assert_eq!(site.succeeded(job).files, 3);
    let latest = site.latest('e').unwrap();
    let key = vitrine_protocol::ObjectKey::manifest(latest.share_id, latest.manifest_id).to_string();
    let manifest = site.desk.server.memory.state().objects[&key].clone();
    let text = String::from_utf8(manifest.to_vec()).unwrap();
    assert!(text.contains(&Sha256::of(b"one").to_string()), "{text}");
    assert_eq!(snapshots(), Vec::<String>::new());
}
