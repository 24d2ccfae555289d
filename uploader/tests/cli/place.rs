//! A folder, a server and the program in a clean environment, with what differs from run to run taken out of its words.

use crate::server::{BUCKET, Server, share};
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::{Latest, Manifest, Sha256};

/// A folder to publish and a home of its own.
pub(crate) struct Place {
    pub(crate) temp: tempfile::TempDir,
    pub(crate) server: Server,
}

pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self { temp: tempfile::tempdir().unwrap(), server: Server::start() };
        for (path, content) in
            [("README.md", "# Hello"), ("a/one.txt", "one"), ("a/two.txt", "two"), (".hidden", "x")]
        {
            place.write(path, content);
        }
        place
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let time = std::time::SystemTime::now() - Duration::from_hours(1);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }

    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.temp.path().join("folder")
    }

    /// Checks that what readers see is a manifest with the hash it should have, and that all its blobs are there.
    pub(crate) fn assert_whole(&self, share: &str) {
        let state = self.server.memory.state();
        let object = |key: String| state.objects.get(&key).unwrap_or_else(|| panic!("no {key}")).clone();
        let latest = Latest::from_json(&object(format!("share/{share}/latest.json"))).unwrap();
        let bytes = object(format!("share/{share}/manifests/{}.json", latest.manifest_id));
        assert_eq!(Sha256::of(&bytes), latest.manifest_hash);
        let Inventory::Inline(rows) = Manifest::from_json(&bytes).unwrap().blobs else {
            panic!("a small share")
        };
        for row in rows {
            let blob = object(format!("share/{share}/blobs/{}", row.blob));
            assert_eq!((Sha256::of(&blob), blob.len() as u64), (row.blob, row.size));
        }
    }

    /// The program in a clean environment: no home but this, no terminal, 100 columns.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
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

    pub(crate) fn run(&self, args: &[&str], env: &[(&str, &str)]) -> Outcome {
        let output = self.command(args).envs(env.iter().copied()).output().unwrap();
        self.outcome(&output)
    }

    pub(crate) fn outcome(&self, output: &std::process::Output) -> Outcome {
        let text = |bytes: &[u8]| self.settle(std::str::from_utf8(bytes).unwrap());
        Outcome { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Publishes `folder` through the control plane with a good token.
    pub(crate) fn publish(&self, args: &[&str]) -> Outcome {
        self.run(
            &[&["publish", "folder"], args].concat(),
            &[("VITRINE_API", &self.server.url), ("VITRINE_TOKEN", "good")],
        )
    }

    /// Publishes `folder` straight into the bucket.
    pub(crate) fn store(&self, args: &[&str], key: &str) -> Outcome {
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
        settle_seconds(&text)
    }
}

/// `in 0.1 s` differs with the machine's mood.
fn settle_seconds(text: &str) -> String {
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

pub(crate) fn shown(outcome: &Outcome) -> String {
    let code = outcome.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
    format!("exit {code}\n--- stdout\n{}--- stderr\n{}", outcome.stdout, outcome.stderr)
}

/// Each case's command line and what came of it, one after the other.
pub(crate) fn shown_all(cases: &[(&str, Outcome)]) -> String {
    let each: Vec<_> =
        cases.iter().map(|(name, outcome)| format!("### {name}\n{}", shown(outcome))).collect();
    each.join("\n")
}

pub(crate) fn last_json(outcome: &Outcome) -> Value {
    serde_json::from_str(outcome.stdout.lines().last().unwrap()).unwrap()
}
