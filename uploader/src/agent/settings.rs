//! The agent's configuration: a TOML file, read once and refused whole when something in it is wrong.

use crate::size;
use serde::Deserialize;
use serde::de::Error as _;
use std::io;
use std::path::{Path, PathBuf};
use vitrine_protocol::limits::HOST_CAPACITY_MAX;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("Could not read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("`{}` is not right{at}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// In which line, and what that says; empty for what is missing.
        at: String,
        /// What is wrong.
        message: String,
    },
    /// A folder that it names is not there.
    #[error("`{key}` in `{}` is `{}`, which is no folder", path.display(), folder.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// The folder.
        folder: PathBuf,
    },
}

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the server.
    #[serde(deserialize_with = "address")]
    pub api: String,
    /// Where the host's key is, and what survives a restart.
    #[serde(deserialize_with = "absolute")]
    pub state_dir: PathBuf,
    /// The folder that holds the projects, each as `project-<id>`.
    #[serde(deserialize_with = "absolute")]
    pub projects_root: PathBuf,
    /// How many jobs at once.
    #[serde(default = "jobs", deserialize_with = "some_jobs")]
    pub jobs: u32,
    /// How many bytes a second all publishes together may send.
    #[serde(default, deserialize_with = "bytes")]
    pub bwlimit: Option<u64>,
    /// How many bytes one copy may bring into a project.
    #[serde(default, deserialize_with = "bytes")]
    pub quota: Option<u64>,
    /// How many files, folders and links one copy may bring into a project.
    #[serde(default)]
    pub quota_files: Option<u64>,
    /// How many more files the file system can hold when copies end, where it has a limit (inodes).
    #[serde(default = "keep_free_files")]
    pub keep_free_files: u64,
    /// How many bytes copies leave free where the projects are.
    #[serde(default = "keep_free", deserialize_with = "bytes")]
    pub keep_free: Option<u64>,
    /// How long running jobs may go on after SIGTERM, in seconds.
    #[serde(default = "drain_seconds", deserialize_with = "some_seconds")]
    pub drain_seconds: u32,
    /// Whether projects on btrfs are published from a snapshot.
    #[serde(default = "yes")]
    pub snapshots: bool,
}

impl Settings {
    /// Reads the file. The state folder need not be there yet, the projects must.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SettingsError::File { path: path.to_owned(), source })?;
        let settings: Self = toml::from_str(&text).map_err(|error| SettingsError::Content {
            path: path.to_owned(),
            at: place(&text, &error),
            message: error.message().trim_end().replace('\n', ", "),
        })?;
        let folder = &settings.projects_root;
        if !folder.is_dir() {
            let (path, folder) = (path.to_owned(), folder.clone());
            return Err(SettingsError::Folder { path, key: "projects_root", folder });
        }
        Ok(settings)
    }
}

/// The line that an error is about.
fn place(text: &str, error: &toml::de::Error) -> String {
    // What is missing has no line; the parser names the first one.
    if error.message().starts_with("missing") {
        return String::new();
    }
    let start = error.span().map_or(0, |span| span.start);
    let number = text.get(..start).unwrap_or_default().matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default().trim();
    format!(", line {} (`{line}`)", number + 1)
}

fn jobs() -> u32 {
    4
}

/// 256 MiB: a full disk stops more than the copy, and btrfs wants room to make room.
#[expect(clippy::unnecessary_wraps, reason = "the type of the field")]
fn keep_free() -> Option<u64> {
    Some(256 << 20)
}

/// Enough for the host's own logs and databases, and for publishing.
fn keep_free_files() -> u64 {
    10_000
}

/// Most jobs are done in a minute, and systemd's own patience is a minute and a half.
fn drain_seconds() -> u32 {
    60
}

fn yes() -> bool {
    true
}

fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match url::Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text),
        _ => {
            Err(D::Error::custom("it must be an http or https URL, such as \"https://vitrine.example.org\""))
        }
    }
}

fn absolute<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let path = PathBuf::deserialize(deserializer)?;
    if path.is_absolute() { Ok(path) } else { Err(D::Error::custom("it must be a path that begins with /")) }
}

fn some_jobs<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let count = u32::deserialize(deserializer)?;
    let good = (1..=HOST_CAPACITY_MAX).contains(&count);
    good.then_some(count)
        .ok_or_else(|| D::Error::custom(format!("it must be a number from 1 to {HOST_CAPACITY_MAX}")))
}

fn some_seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = u32::deserialize(deserializer)?;
    (seconds <= 86_400).then_some(seconds).ok_or_else(|| D::Error::custom("it must be at most 86400, a day"))
}

fn bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    const WHAT: &str = "it must be a number of bytes, such as 1048576, \"500M\" or \"2G\"";
    match Written::deserialize(deserializer).map_err(|_| D::Error::custom(WHAT))? {
        Written::Number(number) => Ok(Some(number)),
        Written::Text(text) => size::parse(&text).map(Some).ok_or_else(|| D::Error::custom(WHAT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "api = \"https://a.example\"\nstate_dir = \"/s\"\nprojects_root = \"/\"\n";

    #[test]
    fn the_least_and_the_most() {
        let least: Settings = toml::from_str(LEAST).unwrap();
        assert_eq!((least.jobs, least.drain_seconds, least.quota), (4, 60, None));
        assert_eq!((least.keep_free, least.snapshots), (Some(256 << 20), true));
        assert_eq!((least.quota_files, least.keep_free_files), (None, 10_000));
        let most = format!(
            "{LEAST}jobs = 2\nbwlimit = \"2M\"\nquota = 1000\nkeep_free = \"1.5G\"\ndrain_seconds = 0\nsnapshots = false\n"
        );
        let most: Settings = toml::from_str(&most).unwrap();
        assert_eq!((most.bwlimit, most.quota, most.keep_free), (Some(2 << 20), Some(1000), Some(3 << 29)));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("agent.toml");
        let said = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let error = Settings::read(&path).unwrap_err().to_string();
            error.replace(&path.display().to_string(), "agent.toml")
        };
        let cases = [
            said(&format!("{LEAST}job = 3\n")),
            said(&format!("{LEAST}jobs = 0\n")),
            said(&format!("{LEAST}quota = \"much\"\n")),
            said(&LEAST.replace("https", "ftp")),
            said(&LEAST.replace("/s", "s")),
            said("api = \n"),
            said(&LEAST.replace("api = \"https://a.example\"\n", "")),
            said(&LEAST.replace("\"/\"", "\"/nowhere/at/all\"")),
        ];
        insta::assert_snapshot!(cases.join("\n---\n"));
    }
}
