//! Wrong input gets a clear error that names the thing and the way out, and changes nothing.

use crate::bucket;
use crate::world::{publish_again, publish_new, vitrine, world, write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use vitrine_protocol::{Latest, ObjectKey, Sha256, ShareId};

/// Runs a publish that must fail and returns what it said on standard error.
fn refused(mut command: Command, code: i32) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "stdout: {}\nstderr: {stderr}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(!stderr.contains("panicked") && !stderr.contains(&world().token), "{stderr}");
    stderr
}

fn publish(folder: &Path, flags: &[&str]) -> Command {
    let mut command = vitrine();
    command.arg("publish").arg(folder).arg("--yes").args(flags);
    command
}

fn assert_says(stderr: &str, words: &[&str]) {
    for word in words {
        assert!(stderr.contains(word), "`{word}` is not in:\n{stderr}");
    }
}

#[test]
fn what_the_person_typed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let path = folder.path();
    assert_says(&refused(publish(&path.join("nothing-here"), &[]), 1), &["error:", "nothing-here"]);
    assert_says(&refused(publish(path, &["--share", "nonsense"]), 2), &["error:", "nonsense"]);
    assert_says(&refused(publish(path, &["--scope", "everyone"]), 2), &["error:", "everyone", "public"]);
    assert_says(&refused(publish(path, &["--no-such-flag"]), 2), &["--no-such-flag"]);
    let unknown = "e0000000000000000000000000";
    assert_says(&refused(publish(path, &["--share", unknown]), 1), &["error:", unknown, "hint:"]);
}

#[test]
fn tokens_that_open_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let first = publish_new(folder.path());
    let latest = world().latest(first.share);
    let with_token = |token: &str| {
        let mut command = publish(folder.path(), &["--share", first.share.as_str()]);
        command.env("VITRINE_TOKEN", token);
        command
    };
    assert_says(&refused(with_token("nonsense"), 1), &["error:", "token", "VITRINE_TOKEN"]);
    assert_says(&refused(with_token(&world().expired_token), 1), &["error:", "expired"]);
    assert_says(&refused(with_token(&world().other_token), 1), &["error:", first.share.as_str()]);
    let mut none = publish(folder.path(), &[]);
    none.env_remove("VITRINE_TOKEN");
    assert_says(&refused(none, 1), &["VITRINE_TOKEN"]);
    assert_eq!(world().latest(first.share), latest);
}

#[test]
fn a_server_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    // Port 1 of the loopback address: nothing listens, and nothing may.
    assert_says(
        &refused(publish(folder.path(), &["--api", "http://127.0.0.1:1"]), 1),
        &["127.0.0.1:1", "hint:"],
    );
    assert_says(&refused(publish(folder.path(), &["--api", "nonsense"]), 2), &["nonsense"]);
}

/// The program, run by somebody whom file permissions bind: root reads everything.
fn as_nobody(folder: &Path) -> Command {
    let program = std::env::var("VITRINE_TEST_PROGRAM").unwrap();
    let probe = folder.join(".probe");
    std::fs::write(&probe, "").unwrap();
    std::fs::set_permissions(&probe, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&probe).is_err() {
        return Command::new(program);
    }
    // Nobody may read the folder and a copy of the program in it.
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.join(".program");
    std::fs::copy(program, &copy).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(copy);
    command
}

#[test]
fn an_unreadable_file_is_reported_and_the_rest_published() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    write(folder.path(), "secret.txt", "two");
    let first = publish_new(folder.path());
    write(folder.path(), "a.txt", "changed");
    std::fs::set_permissions(folder.path().join("secret.txt"), std::fs::Permissions::from_mode(0o000))
        .unwrap();
    write(folder.path(), "secret.txt.new", "x");
    std::fs::set_permissions(folder.path().join("secret.txt.new"), std::fs::Permissions::from_mode(0o000))
        .unwrap();
    let mut command = as_nobody(folder.path());
    command.arg("publish").arg(folder.path()).args(["--yes", "--checksum", "--share", first.share.as_str()]);
    command.env("VITRINE_TOKEN", &world().token).env("VITRINE_API", &world().app);
    let stderr = refused(command, 3);
    assert_says(&stderr, &["secret.txt.new"]);
    assert_eq!(world().get(&world().raw(first.share, "a.txt")).send().unwrap().text().unwrap(), "changed");
}

#[test]
fn a_full_disk_under_the_output() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let mut command = publish(folder.path(), &["--json"]);
    command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    assert_says(&refused(command, 1), &["error:", "output"]);
}

/// Replaces the share's manifest by other bytes, and `latest.json` to match them.
fn replace_manifest(share: ShareId, bytes: &[u8], matching: bool) {
    let latest = bucket::get("", ObjectKey::latest(share)).unwrap();
    let mut latest = Latest::from_json(&latest).unwrap();
    bucket::put(ObjectKey::manifest(share, latest.manifest_id), bytes);
    if matching {
        latest.manifest_hash = Sha256::of(bytes);
        bucket::put(ObjectKey::latest(share), &latest.to_json());
    }
}

#[test]
fn a_damaged_or_newer_base() {
    for (bytes, matching, words) in [
        (b"not json".as_slice(), true, ["error:", "published snapshot", "--ignore-base"]),
        (b"not json".as_slice(), false, ["error:", "published snapshot", "--ignore-base"]),
        (br#"{"version":2}"#.as_slice(), true, ["error:", "version 2", "hint:"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.txt", "one");
        let first = publish_new(folder.path());
        replace_manifest(first.share, bytes, matching);
        let latest = world().latest(first.share);
        assert_says(&refused(publish(folder.path(), &["--share", first.share.as_str()]), 1), &words);
        assert_eq!(world().latest(first.share), latest);
        let reader = world().get(&world().raw(first.share, "a.txt")).send().unwrap();
        assert!(matches!(reader.status().as_u16(), 500 | 501), "{}", reader.status());
        // The way out that the error names.
        let output =
            publish(folder.path(), &["--share", first.share.as_str(), "--ignore-base"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(world().get(&world().raw(first.share, "a.txt")).send().unwrap().text().unwrap(), "one");
        publish_again(folder.path(), first.share);
    }
}

#[test]
fn a_blob_that_was_lost_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "what is lost");
    write(folder.path(), "b.txt", "what stays");
    let first = publish_new(folder.path());
    let pack = Sha256::of(b"what is lostwhat stays");
    bucket::put(ObjectKey::blob(first.share, pack), b"short");
    let read = || world().get(&world().raw(first.share, "a.txt")).send().unwrap();
    let problem = crate::world::json(read());
    assert_eq!(problem["code"], "corrupt");
    assert!(problem["detail"].as_str().unwrap().contains("--ignore-base"), "{problem}");
    let output =
        publish(folder.path(), &["--share", first.share.as_str(), "--ignore-base"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(read().text().unwrap(), "what is lost");
}

#[test]
fn a_damaged_latest_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let first = publish_new(folder.path());
    bucket::put(ObjectKey::latest(first.share), b"damaged");
    let read = || world().get(&world().raw(first.share, "a.txt")).send().unwrap();
    assert_eq!(read().status(), 500);
    publish_again(folder.path(), first.share);
    assert_eq!(read().text().unwrap(), "one");
}
