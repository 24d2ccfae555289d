//! Copies by jobs: where they go, what is in their way, what they may take.

use crate::site::{Site, copy_of, wait_until};
use std::fs;
use vitrine_protocol::Scope;
use vitrine_protocol::api::Work;

#[test]
fn copies_go_into_folders_of_their_own() {
    let site = Site::new("");
    let _agent = site.start();
    let first = site.publish(1, 'e');
    site.write("a/one.txt", "one, changed");
    assert_ne!(site.publish(2, 'e'), first);
    // The snapshot that was current when the copy was asked for, though another is by now.
    let copied = site.succeeded(site.ask(3, 'e', copy_of(first, None, Scope::Unlisted)));
    assert_eq!(copied.path.as_deref(), Some("My: course-1"));
    assert_eq!((copied.manifest_id, copied.files, copied.bytes), (Some(first), 3, 13));
    assert_eq!(fs::read_to_string(site.project("My: course-1/one.txt")).unwrap(), "one");
    let again = site.succeeded(site.ask(4, 'e', copy_of(first, None, Scope::Unlisted)));
    assert_eq!(again.path.as_deref(), Some("My: course-1 (2)"));
    let named = site.succeeded(site.ask(5, 'e', copy_of(first, Some("in/to"), Scope::Unlisted)));
    assert_eq!((named.path.as_deref(), named.files), (Some("in/to"), 3));
    let part = Work::Copy {
        manifest_id: first,
        path: "b".to_owned(),
        target_path: Some("part".to_owned()),
        title: String::new(),
        scope: Scope::Unlisted,
    };
    assert_eq!(site.succeeded(site.ask(6, 'e', part)).files, 1);
    assert!(site.project("part/b/two.txt").exists() && !site.project("part/one.txt").exists());
}

#[test]
fn nothing_is_replaced_and_nothing_is_written_outside() {
    let site = Site::new("");
    let _agent = site.start();
    let manifest = site.publish(1, 'e');
    site.write("taken/one.txt", "mine");
    fs::create_dir(site.at("outside")).unwrap();
    std::os::unix::fs::symlink(site.at("outside"), site.project("link")).unwrap();
    let said: Vec<String> = ["taken", "link", "link/x", "../project-q", ".git/hooks", "a/one.txt"]
        .iter()
        .zip(2..)
        .map(|(target, number)| {
            site.failed(site.ask(number, 'e', copy_of(manifest, Some(target), Scope::Unlisted)))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n---\n"));
    assert_eq!(fs::read_to_string(site.project("taken/one.txt")).unwrap(), "mine");
    assert!(!site.project("taken/README.md").exists());
    assert_eq!(fs::read_dir(site.at("outside")).unwrap().count(), 0);
}

#[test]
fn a_quota_is_kept_before_anything_is_written() {
    let site = Site::new("quota = 12");
    let _agent = site.start();
    let manifest = site.publish(1, 'e');
    insta::assert_snapshot!(site.failed(site.ask(2, 'e', copy_of(manifest, None, Scope::Unlisted))));
    assert!(!site.project("My: course-1").exists());
}

#[test]
fn room_is_left_on_the_disk() {
    let site = Site::new("keep_free = \"4096T\"");
    let _agent = site.start();
    let manifest = site.publish(1, 'e');
    let said = site.failed(site.ask(2, 'e', copy_of(manifest, None, Scope::Unlisted)));
    assert!(said.starts_with("quota: "), "{said}");
}

#[test]
fn a_gated_share_is_read_with_the_jobs_own_token() {
    let site = Site::new("");
    let _agent = site.start();
    let manifest = site.publish(1, 'g');
    let copied = site.succeeded(site.ask(2, 'g', copy_of(manifest, None, Scope::Org)));
    assert_eq!(copied.files, 3);
    assert!(!site.log().contains("viewer"), "{}", site.log());
}

#[test]
fn a_copy_that_was_killed_goes_on_in_the_same_folder() {
    let site = Site::new("");
    let first = site.start();
    let manifest = site.publish(1, 'e');
    site.desk.server.gets_held.shut();
    let job = site.ask(2, 'e', copy_of(manifest, None, Scope::Unlisted));
    wait_until("its folder is there", || site.project("My: course-1").exists());
    wait_until("it fetches", || site.desk.server.gets_held.count() > 0);
    drop(first);
    site.desk.server.gets_held.open();
    let _second = site.start();
    let copied = site.succeeded(job);
    assert_eq!((copied.path.as_deref(), site.desk.books().stand(job).1), (Some("My: course-1"), 2));
    assert!(!site.project("My: course-1 (2)").exists());
    assert_eq!(fs::read_to_string(site.project("My: course-1/b/two.txt")).unwrap(), "two");
}

#[test]
fn what_the_superuser_writes_is_the_projects_owners() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    if !rustix::process::geteuid().is_root() {
        return; // Only the superuser can write as another.
    }
    let site = Site::new("");
    chown(site.project(""), Some(65534), Some(65533)).unwrap();
    let _agent = site.start();
    let manifest = site.publish(1, 'e');
    site.succeeded(site.ask(2, 'e', copy_of(manifest, Some("to/here"), Scope::Unlisted)));
    for path in ["to", "to/here", "to/here/one.txt", "to/here/b", "to/here/b/two.txt"] {
        let found = fs::metadata(site.project(path)).unwrap();
        assert_eq!((found.uid(), found.gid()), (65534, 65533), "{path}");
    }
}
