//! `vitrine publish` as a person or a script meets it: exit codes, standard output, standard error.

use crate::server::{BUCKET, Server, Trouble, share};
use serde_json::Value;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A folder to publish and a home of its own.
struct Place {
    temp: tempfile::TempDir,
    server: Server,
}

struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new() -> Self {
        let place = Self { temp: tempfile::tempdir().unwrap(), server: Server::start() };
        for (path, content) in
            [("README.md", "# Hello"), ("a/one.txt", "one"), ("a/two.txt", "two"), (".hidden", "x")]
        {
            place.write(path, content);
        }
        place
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let time = std::time::SystemTime::now() - Duration::from_hours(1);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }

    fn folder(&self) -> std::path::PathBuf {
        self.temp.path().join("folder")
    }

    /// The program in a clean environment: no home but this, no terminal, 100 columns.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.temp.path())
            .env("COLUMNS", "100")
            .current_dir(self.temp.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        let output = self.command(args).envs(env.iter().copied()).output().unwrap();
        self.outcome(&output)
    }

    fn outcome(&self, output: &std::process::Output) -> Outcome {
        let text = |bytes: &[u8]| self.settle(std::str::from_utf8(bytes).unwrap());
        Outcome { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Publishes `folder` through the control plane with a good token.
    fn publish(&self, args: &[&str]) -> Outcome {
        self.run(
            &[&["publish", "folder"], args].concat(),
            &[("VITRINE_API", &self.server.url), ("VITRINE_TOKEN", "good")],
        )
    }

    /// Publishes `folder` straight into the bucket.
    fn store(&self, args: &[&str], key: &str) -> Outcome {
        let (bucket, endpoint) = (format!("s3://{BUCKET}"), self.server.endpoint());
        let store = ["publish", "folder", "--store", &bucket, "--endpoint", &endpoint];
        self.run(&[&store, args].concat(), &[("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", "secret")])
    }

    /// Takes out of a text what differs each time.
    fn settle(&self, text: &str) -> String {
        let text = text.replace(&self.server.url, "[server]");
        let text = text.replace(self.server.url.trim_start_matches("http://"), "[host]");
        let words = text.split_inclusive([' ', '\n', '"', '/', '`', '.']).map(|word| {
            let end = word.len() - word.trim_end_matches([' ', '\n', '"', '/', '`', '.']).len();
            let (bare, rest) = word.split_at(word.len() - end);
            let random = bare.len() == 26
                && bare.bytes().all(|b| b.is_ascii_alphanumeric())
                && bare != share('e').to_string();
            let hash = bare.len() == 64 && bare.bytes().all(|b| b.is_ascii_hexdigit());
            format!(
                "{}{rest}",
                if random {
                    "[id]"
                } else if hash {
                    "[hash]"
                } else {
                    bare
                }
            )
        });
        let text: String = words.collect();
        regex_seconds(&text)
    }
}

/// `in 0.1 s` differs with the machine's mood.
fn regex_seconds(text: &str) -> String {
    let mut settled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(" in ") {
        let (before, after) = rest.split_at(at + 4);
        settled.push_str(before);
        let digits = after.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let is_time = digits > 0 && after[digits..].starts_with(" s");
        settled.push_str(if is_time { "[time]" } else { "" });
        rest = if is_time { &after[digits..] } else { after };
    }
    settled + rest
}

fn shown(outcome: &Outcome) -> String {
    let code = outcome.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
    format!("exit {code}\n--- stdout\n{}--- stderr\n{}", outcome.stdout, outcome.stderr)
}

/// Each case's command line and what came of it, one after the other.
fn shown_all(cases: &[(&str, Outcome)]) -> String {
    let each: Vec<_> =
        cases.iter().map(|(name, outcome)| format!("### {name}\n{}", shown(outcome))).collect();
    each.join("\n")
}

fn last_json(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.stdout.lines().last().unwrap()).unwrap()
}

#[test]
fn help_teaches() {
    let place = Place::new();
    insta::assert_snapshot!("help", place.run(&["--help"], &[]).stdout);
    insta::assert_snapshot!("publish_help", place.run(&["publish", "--help"], &[]).stdout);
    insta::assert_snapshot!("publish_short_help", place.run(&["publish", "-h"], &[]).stdout);
}

#[test]
fn completions_are_written_for_every_shell() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = place.run(&["completions", shell], &[]);
        assert_eq!(outcome.code, Some(0));
        assert!(outcome.stdout.contains("dry-run"), "{shell}");
    }
}

#[test]
fn a_publish_again_and_a_change() {
    let place = Place::new();
    let id = share('e').to_string();
    let first = place.publish(&["--share", &id]);
    let again = place.publish(&["--share", &id]);
    place.write("a/one.txt", "eins");
    fs::remove_file(place.folder().join("a/two.txt")).unwrap();
    let plan = place.publish(&["--share", &id, "--dry-run"]);
    let changed = place.publish(&["--share", &id, "--title", "T", "-v"]);
    let quiet = place.publish(&["--share", &id, "--quiet"]);
    let unasked = place.publish(&[]);
    insta::assert_snapshot!(shown_all(&[
        ("first", first),
        ("again", again),
        ("planned", plan),
        ("changed", changed),
        ("quiet", quiet),
        ("a new share", unasked),
    ]));
}

#[test]
fn a_publish_into_a_bucket() {
    let place = Place::new();
    let id = share('e').to_string();
    let origin = ["--share", &id, "--share-origin", "https://share.example/"];
    insta::assert_snapshot!(shown_all(&[
        ("made under the given id", place.store(&["--share", &id, "--title", "T"], "good")),
        ("with an origin", place.store(&origin, "good")),
        ("a new title alone", place.store(&["--share", &id, "--title", "U"], "good")),
        ("a new share", place.store(&[], "good")),
    ]));
    let meta = place.server.memory.state().objects[&format!("share/{id}/meta.json")].clone();
    let meta: Value = serde_json::from_slice(&meta).unwrap();
    assert_eq!((meta["title"].as_str(), meta["scope"].as_str()), (Some("U"), Some("unlisted")));
}

#[test]
fn json_lines_end_with_the_result() {
    let place = Place::new();
    let id = share('e').to_string();
    let outcome = place.publish(&["--share", &id, "--json"]);
    assert_eq!(outcome.code, Some(0));
    for line in outcome.stdout.lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["event"].is_string(), "{line}");
    }
    insta::assert_json_snapshot!("published_event", last_json(&outcome));
    let planned = place.publish(&["--json", "--dry-run"]);
    insta::assert_json_snapshot!("planned_event", last_json(&planned));
    let failed = place.run(&["publish", "nowhere", "--json"], &[]);
    assert_eq!(failed.code, Some(1));
    insta::assert_json_snapshot!("failed_event", last_json(&failed));
}

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
    let hash = |bytes: &[u8]| vitrine_protocol::Sha256::of(bytes).to_string();
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
fn trouble_on_the_way_is_got_over() {
    for trouble in [Trouble::FailsOnce, Trouble::LosesReplies] {
        let place = Place::new();
        place.server.set(trouble);
        let outcome = place.publish(&["--share", &share('e').to_string()]);
        assert_eq!(outcome.code, Some(0), "{trouble:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("sent 3 blobs"), "{}", outcome.stderr);
    }
}

#[test]
fn colours_come_only_when_wanted() {
    let place = Place::new();
    let run = |args: &[&str], env: &[(&str, &str)]| {
        place.run(&[&["publish", "nowhere"], args].concat(), env).stderr
    };
    assert!(!run(&[], &[]).contains('\u{1b}'));
    assert!(run(&["--color", "always"], &[("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(!run(&["--color", "never"], &[]).contains('\u{1b}'));
}

#[test]
fn the_token_is_never_printed() {
    let place = Place::new();
    let env = [("VITRINE_API", place.server.url.as_str()), ("VITRINE_TOKEN", "hunter2-hunter2")];
    let outcome = place.run(&["publish", "folder", "-v", "--json"], &env);
    assert_eq!(outcome.code, Some(1));
    assert!(!shown(&outcome).contains("hunter2"));
}

#[test]
fn a_share_that_was_made_in_vain_is_named() {
    let place = Place::new();
    place.server.hold_puts();
    let child = place
        .command(&["publish", "folder"])
        .env("VITRINE_API", &place.server.url)
        .env("VITRINE_TOKEN", "good")
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(|| place.server.memory.state().lease.is_some());
    std::thread::sleep(Duration::from_millis(200));
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    let outcome = place.outcome(&child.wait_with_output().unwrap());
    assert!(outcome.stderr.contains("Go on with --share "), "{}", outcome.stderr);
}

#[test]
fn an_interrupt_gives_the_lease_back() {
    let place = Place::new();
    // A server that never answers a put: the folder's first blob hangs.
    let id = share('e').to_string();
    place.server.hold_puts();
    let child = place
        .command(&["publish", "folder", "--share", &id])
        .env("VITRINE_API", &place.server.url)
        .env("VITRINE_TOKEN", "good")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(|| place.server.memory.state().lease.is_some());
    let pid = rustix::process::Pid::from_child(&child);
    std::thread::sleep(Duration::from_millis(300));
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let outcome = place.outcome(&child.wait_with_output().unwrap());
    insta::assert_snapshot!(shown(&outcome));
    assert!(place.server.memory.state().lease.is_none());
}

#[test]
fn a_killed_publish_does_not_keep_the_next_one_waiting() {
    let place = Place::new();
    let id = share('e').to_string();
    place.server.hold_puts();
    let start = || {
        place
            .command(&["publish", "folder", "--share", &id])
            .env("VITRINE_API", &place.server.url)
            .env("VITRINE_TOKEN", "good")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut first = start();
    wait_until(|| place.server.memory.state().lease.is_some());
    let second = place.publish(&["--share", &id]);
    insta::assert_snapshot!("a_second_publisher_on_this_machine", shown(&second));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(place.server.memory.state().lease.is_some(), "the dead keep their lease");
    place.server.release_puts();
    let third = place.publish(&["--share", &id]);
    assert_eq!(third.code, Some(0), "{}", third.stderr);
}

fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come to pass in 5 s");
}

#[test]
fn a_single_file_can_be_published() {
    let place = Place::new();
    let path = Path::new("folder/README.md");
    let env = [("VITRINE_API", place.server.url.as_str()), ("VITRINE_TOKEN", "good")];
    let outcome = place.run(&["publish", path.to_str().unwrap(), "--json"], &env);
    assert_eq!((outcome.code, last_json(&outcome)["files"].as_u64()), (Some(0), Some(1)));
}
