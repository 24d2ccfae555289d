//! What a person is told when something is wrong, and that nothing changed by it.

use crate::place::{Place, shown, shown_all};
use crate::server::share;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use vitrine_protocol::Sha256;

#[test]
fn what_should_not_be_left_out_makes_the_code_3() {
    let place = Place::new();
    let name = std::ffi::OsStr::from_bytes(b"bad\xff\x1b[31m");
    fs::write(place.folder().join(name), "x").unwrap();
    symlink("/etc/passwd", place.folder().join("out")).unwrap();
    let outcome = place.publish(&["--share", &share('e').to_string()]);
    assert_eq!(outcome.code, Some(3));
    insta::assert_snapshot!(shown(&outcome));
}

#[test]
fn unreadable_things_are_named() {
    if !rustix::process::geteuid().is_root() {
        return; // Only the superuser can become someone who may not read.
    }
    let place = Place::new();
    let mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    place.write("locked/file", "x");
    place.write("secret", "x");
    mode(place.temp.path(), 0o755);
    mode(&place.folder().join("locked"), 0o700);
    mode(&place.folder().join("secret"), 0o600);
    let program = place.temp.path().join("vitrine");
    fs::copy(env!("CARGO_BIN_EXE_vitrine"), &program).unwrap();
    mode(&program, 0o755);
    let run = |path: &str| {
        let mut command = Command::new(&program);
        command.args(["publish", path]).env_clear().current_dir(place.temp.path()).uid(65534).gid(65534);
        command.env("VITRINE_API", &place.server.url).env("VITRINE_TOKEN", "good");
        place.outcome(&command.output().unwrap())
    };
    insta::assert_snapshot!(shown_all(&[
        ("parts of a folder", run("folder")),
        ("the folder itself", run("folder/locked")),
        ("a file", run("folder/secret")),
    ]));
}

#[test]
fn wrong_command_lines_are_explained() {
    let place = Place::new();
    let run = |args: &[&str]| place.run(args, &[]);
    insta::assert_snapshot!(shown_all(&[
        ("no path", run(&["publish"])),
        ("nowhere to publish to", run(&["publish", "folder"])),
        (
            "two places",
            run(&["publish", "folder", "--api", "http://x", "--store", "s3://b", "--endpoint", "http://y"])
        ),
        ("no endpoint", run(&["publish", "folder", "--store", "s3://b"])),
        ("not a bucket", place.run(&["publish", "folder", "--store", "b", "--endpoint", "http://y"], &[])),
        ("not a share", run(&["publish", "folder", "--share", "../x"])),
        ("not a scope", run(&["publish", "folder", "--scope", "secret"])),
        ("a typo", run(&["publish", "folder", "--dryrun"])),
        ("a long title", run(&["publish", "folder", "--title", &"x".repeat(301)])),
    ]));
}

#[test]
fn wrong_input_is_explained_and_changes_nothing() {
    let place = Place::new();
    let id = share('e').to_string();
    let fifo = place.temp.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    let url = place.server.url.clone();
    let with = |token: &'static str, args: &[&str]| {
        place
            .run(&[&["publish", "folder"], args].concat(), &[("VITRINE_API", &url), ("VITRINE_TOKEN", token)])
    };
    let unknown = share('z').to_string();
    let at = |api: &str| place.run(&["publish", "folder", "--api", api], &[("VITRINE_TOKEN", "good")]);
    let cases = [
        ("a missing path", place.run(&["publish", "nowhere"], &[])),
        ("a pipe", place.run(&["publish", "pipe"], &[])),
        ("no token", with("", &[])),
        ("a bad token", with("bad", &["--share", &id])),
        ("a token of two lines", with("a\nb", &["--share", &id])),
        ("an expired token", with("expired", &["--share", &id])),
        ("another project's share", with("other", &["--share", &id])),
        ("no such share", with("good", &["--share", &unknown])),
        ("not a URL", at("vitrine.example")),
        ("not Vitrine", at(&format!("{url}/s3"))),
        ("no server", at("http://127.0.0.1:1")),
        ("no credentials", place.run(&["publish", "folder", "--store", "s3://b", "--endpoint", &url], &[])),
        ("wrong credentials", place.store(&[], "bad")),
    ];
    assert!(place.server.memory.state().objects.is_empty());
    insta::assert_snapshot!(shown_all(&cases));
}

#[test]
fn a_damaged_base_is_explained() {
    let place = Place::new();
    let id = share('e').to_string();
    place.publish(&["--share", &id]);
    let key =
        place.server.memory.state().objects.keys().find(|key| key.contains("/manifests/")).unwrap().clone();
    let good = place.server.memory.state().objects[&key].clone();
    place.server.memory.state().objects.insert(key.clone(), b"garbage".as_slice().into());
    let garbage = place.publish(&["--share", &id]);
    place.server.memory.state().objects.remove(&key);
    let missing = place.publish(&["--share", &id]);
    let newer = String::from_utf8(good.to_vec()).unwrap().replace("\"version\":1", "\"version\":9");
    let latest = format!("share/{id}/latest.json");
    let text = String::from_utf8(place.server.memory.state().objects[&latest].to_vec()).unwrap();
    let hash = |bytes: &[u8]| Sha256::of(bytes).to_string();
    let relabelled = text.replace(&hash(&good), &hash(newer.as_bytes()));
    place.server.memory.state().objects.insert(key, newer.into());
    place.server.memory.state().objects.insert(latest, relabelled.into());
    let newer = place.publish(&["--share", &id]);
    let anew = place.publish(&["--share", &id, "--ignore-base"]);
    insta::assert_snapshot!(shown_all(&[
        ("garbage", garbage),
        ("missing", missing),
        ("newer", newer),
        ("published anew", anew),
    ]));
}

#[test]
fn the_token_is_never_printed() {
    let place = Place::new();
    let env = [("VITRINE_API", place.server.url.as_str()), ("VITRINE_TOKEN", "hunter2-hunter2")];
    let outcome = place.run(&["publish", "folder", "-v", "--json"], &env);
    assert_eq!(outcome.code, Some(1));
    assert!(!shown(&outcome).contains("hunter2"));
}
