//! Snapshots on a real btrfs, made in a sparse file and mounted as a loop device.
//!
//! Runs as root; where nobody may mount it says so and passes. Where mounting is possible and fails, it fails.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "what serves only tests may end them")]

use mounted::{Mounted, run};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use vitrine::btrfs::{FsSnapshot, SNAPSHOTS_DIR, SnapshotError, is_nested_placeholder};

#[path = "agent/mounted.rs"]
mod mounted;

fn take(path: &Path, tag: &str) -> FsSnapshot {
    FsSnapshot::take(path, tag).unwrap().expect("it is on btrfs")
}

fn snapshots(subvolume: &Path) -> Vec<String> {
    let entries = fs::read_dir(subvolume.join(SNAPSHOTS_DIR)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_snapshot_is_one_moment() {
    let Some(fs) = Mounted::new() else { return };
    let project = fs.subvolume("project");
    fs::create_dir_all(project.join("thesis/data")).unwrap();
    fs::write(project.join("thesis/data/a.txt"), "before").unwrap();
    // Links in the path that is named are followed.
    std::os::unix::fs::symlink(project.join("thesis"), fs.at("link")).unwrap();

    let snapshot = take(&fs.at("link"), "one");
    assert_eq!(snapshot.path(), project.join(SNAPSHOTS_DIR).join("one/thesis"));
    fs::write(project.join("thesis/data/a.txt"), "after").unwrap();
    fs::write(project.join("thesis/new.txt"), "new").unwrap();
    assert_eq!(fs::read_to_string(snapshot.path().join("data/a.txt")).unwrap(), "before");
    assert!(!snapshot.path().join("new.txt").exists());
    assert!(fs::write(snapshot.path().join("x"), "").is_err(), "it is read-only");
    let (live, inside) = (fs::metadata(project.join("thesis")), snapshot.open().unwrap().metadata());
    assert_eq!(live.unwrap().ino(), inside.unwrap().ino());

    let before = fs::metadata(&project).unwrap().mtime_nsec();
    snapshot.remove().unwrap();
    assert_eq!(snapshots(&project), Vec::<String>::new());
    // Of a single file, and dropped instead of removed.
    let of_file = take(&project.join("thesis/data/a.txt"), "two");
    assert_eq!(fs::read_to_string(of_file.path()).unwrap(), "after");
    drop(of_file);
    assert_eq!(snapshots(&project), Vec::<String>::new());
    // Of the subvolume itself, whose time must not change with each snapshot: it is published.
    let whole = take(&project, "three");
    assert_eq!(whole.path().as_os_str(), project.join(SNAPSHOTS_DIR).join("three").as_os_str());
    assert_eq!(fs::metadata(whole.path()).unwrap().mtime_nsec(), before);
}

#[test]
fn elsewhere_there_is_none() {
    if !Path::new("/proc").exists() {
        return;
    }
    assert!(FsSnapshot::take(Path::new("/proc"), "a").unwrap().is_none());
    assert!(FsSnapshot::take(Path::new("/nowhere"), "a").is_err());
}

#[test]
fn nested_subvolumes_leave_a_mark() {
    let Some(fs) = Mounted::new() else { return };
    let project = fs.subvolume("project");
    fs::create_dir(project.join("plain")).unwrap();
    let nested = fs.subvolume("project/nested");
    fs::write(nested.join("inner.txt"), "inner").unwrap();
    let snapshot = take(&project, "outer");
    let mark = fs::metadata(snapshot.path().join("nested")).unwrap();
    assert!(is_nested_placeholder(mark.ino(), mark.is_dir()), "inode {}", mark.ino());
    assert_eq!(fs::read_dir(snapshot.path().join("nested")).unwrap().count(), 0);
    let plain = fs::metadata(snapshot.path().join("plain")).unwrap();
    assert!(!is_nested_placeholder(plain.ino(), plain.is_dir()));
    // The nested one has snapshots of its own.
    let inner = take(&nested.join("inner.txt"), "inner");
    assert_eq!(inner.path(), nested.join(SNAPSHOTS_DIR).join("inner/inner.txt"));
}

/// Set for the process that holds a snapshot until it is killed.
const HOLD: &str = "VITRINE_TEST_HOLD";

/// Runs this test binary's `hold` as another process.
fn holder(binary: &Path, path: &Path, uid: u32) -> Child {
    let mut command = Command::new(binary);
    command.args(["--exact", "hold", "--nocapture"]).env(HOLD, path).uid(uid).gid(uid);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// What the holder says when it holds, or why it does not; and the pipe, which must stay open for what it says later.
fn said(child: &mut Child) -> (String, BufReader<ChildStdout>) {
    let mut pipe = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    while pipe.read_line(&mut line).expect("it is text") > 0 {
        if let Some((_, said)) = line.trim_end().split_once("HOLD ") {
            return (said.to_owned(), pipe);
        }
        line.clear();
    }
    panic!("the holder ended without a word")
}

#[test]
fn hold() {
    let Ok(path) = std::env::var(HOLD) else { return };
    let taken = FsSnapshot::take(Path::new(&path), "held");
    match &taken {
        Ok(Some(snapshot)) => println!("HOLD {}", snapshot.path().display()),
        Ok(None) => println!("HOLD nothing"),
        Err(error) => println!("HOLD error: {error}"),
    }
    // Until the parent closes it or kills us.
    std::io::stdin().read_line(&mut String::new()).unwrap();
    if let Ok(Some(snapshot)) = taken {
        snapshot.remove().unwrap();
    }
}

#[test]
fn what_a_crash_leaves_is_swept_and_what_is_used_is_not() {
    let Some(fs) = Mounted::new() else { return };
    let project = fs.subvolume("project");
    fs::write(project.join("a.txt"), "a").unwrap();
    let mut child = holder(&std::env::current_exe().unwrap(), &project, 0);
    let (where_held, _pipe) = said(&mut child);
    assert_eq!(where_held, project.join(SNAPSHOTS_DIR).join("held").display().to_string());

    // While it lives, it is kept, and its name is taken.
    let living = take(&project, "mine");
    assert_eq!(snapshots(&project), ["held", "held.lock", "mine", "mine.lock"]);
    let taken = FsSnapshot::take(&project, "held");
    assert!(matches!(taken, Err(SnapshotError::Held { .. })), "{taken:?}");

    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(snapshots(&project), ["held", "held.lock", "mine", "mine.lock"]);
    let next = take(&project, "next");
    assert_eq!(snapshots(&project), ["mine", "mine.lock", "next", "next.lock"]);
    drop((living, next));
    assert_eq!(snapshots(&project), Vec::<String>::new());
}

#[test]
fn only_our_own_snapshots_are_swept() {
    let Some(fs) = Mounted::new() else { return };
    let project = fs.subvolume("project");
    drop(take(&project, "first"));
    let dir = project.join(SNAPSHOTS_DIR);
    fs.subvolume(&format!("project/{SNAPSHOTS_DIR}/subvolume"));
    fs.subvolume("other");
    run(Command::new("btrfs")
        .args(["-q", "subvolume", "snapshot", "-r"])
        .arg(fs.at("other"))
        .arg(dir.join("foreign")));
    run(Command::new("btrfs").args(["-q", "subvolume", "snapshot"]).arg(&project).arg(dir.join("writable")));
    fs::create_dir(dir.join("folder")).unwrap();
    fs::write(dir.join("stale.lock"), "").unwrap();
    drop(take(&project, "second"));
    assert_eq!(snapshots(&project), ["folder", "foreign", "subvolume", "writable"]);
}

#[test]
fn a_link_in_place_of_the_folder_is_not_followed() {
    let Some(fs) = Mounted::new() else { return };
    let (project, other) = (fs.subvolume("project"), fs.subvolume("other"));
    std::os::unix::fs::symlink(&other, project.join(SNAPSHOTS_DIR)).unwrap();
    assert!(FsSnapshot::take(&project, "a").is_err());
    assert_eq!(fs::read_dir(&other).unwrap().count(), 0);
}

#[test]
fn what_is_read_only_or_mounted_in_part_is_refused() {
    let Some(fs) = Mounted::new() else { return };
    let project = fs.subvolume("project");
    fs::create_dir_all(project.join("a/b")).unwrap();
    fs::create_dir(fs.temp.path().join("bound")).unwrap();
    let bound = fs.temp.path().join("bound");
    run(Command::new("mount").arg("--bind").arg(project.join("a")).arg(&bound));
    let refused = FsSnapshot::take(&bound.join("b"), "a");
    run(Command::new("umount").arg(&bound));
    assert!(matches!(refused, Err(SnapshotError::OutOfReach { .. })), "{refused:?}");
    run(Command::new("btrfs").args(["property", "set"]).arg(&project).args(["ro", "true"]));
    let refused = FsSnapshot::take(&project, "a");
    assert!(matches!(refused, Err(SnapshotError::ReadOnly { .. })), "{refused:?}");
}

#[test]
fn who_may_not_remove_a_snapshot_makes_none() {
    const NOBODY: u32 = 65_534;
    let Some(fs) = Mounted::new() else { return };
    let project = fs.subvolume("project");
    // Where another user can run it.
    let binary = fs.at("test-binary");
    fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    let as_nobody = || {
        let mut child = holder(&binary, &project, NOBODY);
        let (said, _pipe) = said(&mut child);
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        said
    };
    let refused = format!("error: Not allowed to make and remove snapshots in `{}`", project.display());
    // Someone else's subvolume; then their own, where they could make one and never remove it.
    assert_eq!(as_nobody(), refused);
    assert!(!project.join(SNAPSHOTS_DIR).exists());
    chown(&project, Some(NOBODY), Some(NOBODY)).unwrap();
    assert_eq!(as_nobody(), refused);
    assert!(snapshots(&project).iter().all(|name| name == "held.lock"), "{:?}", snapshots(&project));
    // Where the system's owner lets them.
    run(Command::new("mount").args(["-o", "remount,user_subvol_rm_allowed"]).arg(fs.at("")));
    assert_eq!(as_nobody(), project.join(SNAPSHOTS_DIR).join("held").display().to_string());
    assert_eq!(snapshots(&project), Vec::<String>::new());
}
