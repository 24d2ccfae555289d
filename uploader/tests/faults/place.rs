//! A server, a folder and the program between them.

use crate::folder::{Contents, Folder};
use crate::front::{ACCESS_KEY, BUCKET, SECRET_KEY, Server};
use crate::snapshot;
use std::process::{Child, Command, Output, Stdio};
use vitrine_protocol::ShareId;

/// Everything that one journey has; gone with it.
pub(crate) struct Place {
    pub(crate) server: Server,
    pub(crate) folder: Folder,
    pub(crate) share: ShareId,
    directory: tempfile::TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn of(output: &Output) -> Self {
        Self { code: output.status.code(), stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }
}

impl Place {
    pub(crate) fn new(seed: u64, small: usize, own: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("folder");
        std::fs::create_dir(&path).unwrap();
        Self {
            server: Server::start(),
            folder: Folder::new(path, seed, small, own),
            share: "e0123456789abcdefghjkmnpqr".parse().unwrap(),
            directory,
        }
    }

    /// The program, about to publish the folder. `machine` names the state that survives a crash.
    pub(crate) fn command(&self, machine: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        let store = format!("s3://{BUCKET}");
        let share = self.share.to_string();
        command
            .arg("publish")
            .arg(&self.folder.path)
            .args(["--store", &store, "--endpoint", &self.server.url, "--share", &share, "--quiet"])
            .env("VITRINE_STATE_DIR", self.directory.path().join(machine))
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env_remove("AWS_SESSION_TOKEN")
            .env("NO_PROXY", "*")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn spawn(&self, machine: &str) -> Child {
        self.command(machine).spawn().unwrap()
    }

    pub(crate) fn publish(&self) -> Outcome {
        Outcome::of(&self.command("state").output().unwrap())
    }

    /// What readers see now; a snapshot that is not whole fails the test.
    pub(crate) fn seen(&self) -> Option<Contents> {
        snapshot::check(&self.server.store.state(), self.share).unwrap()
    }

    /// Publishes without faults, and asserts that readers then see what is on the disk.
    pub(crate) fn converge(&self, said: &str) {
        self.server.set(crate::faults::Plan::calm());
        let outcome = self.publish();
        assert_eq!(outcome.code, Some(0), "{said}: {}", outcome.stderr);
        assert_eq!(self.seen().as_ref(), Some(&self.folder.contents()), "{said}");
    }
}
