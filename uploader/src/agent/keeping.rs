//! What an agent remembers over a restart: the ends that no server has recorded yet, and which folder a copy writes to. And
//! the lock that keeps a second agent off the same state folder.

use super::identity::replace;
use crate::clock;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use vitrine_protocol::JobId;
use vitrine_protocol::api::JobReport;
use vitrine_protocol::limits::JOB_QUEUED_MS_MAX;

const FILE: &str = "agent.json";
const LOCK: &str = "agent.lock";

/// The format of the file.
const VERSION: u32 = 1;

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeepingError {
    /// Another agent works with it.
    #[error("Another vitrine uses the state folder `{}`", path.display())]
    Held {
        /// The folder.
        path: PathBuf,
    },
    /// A file in it cannot be read or written.
    #[error("Could not use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The lock on a state folder, let go when dropped.
#[derive(Debug)]
pub struct StateLock(#[expect(dead_code, reason = "it is held")] File);

impl StateLock {
    /// Takes the lock of `dir`, which is there.
    pub fn take(dir: &Path) -> Result<Self, KeepingError> {
        let path = dir.join(LOCK);
        let failed = |source| KeepingError::File { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let file =
            options.write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(file)),
            Err(Errno::WOULDBLOCK) => Err(KeepingError::Held { path: dir.to_owned() }),
            Err(errno) => Err(failed(errno.into())),
        }
    }
}

/// The folder that a copy writes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Folder {
    path: String,
    /// When it was chosen: what is older than any job is dropped.
    at: i64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    version: u32,
    ended: Vec<JobReport>,
    folders: BTreeMap<JobId, Folder>,
}

/// What is remembered.
#[derive(Debug)]
pub struct Keeping {
    path: PathBuf,
    content: Mutex<Content>,
}

impl Keeping {
    /// Reads what is in `dir`. A file that is damaged, or of another version, is set aside.
    pub fn open(dir: &Path) -> Result<Self, KeepingError> {
        let path = dir.join(FILE);
        let failed = |source| KeepingError::File { path: path.clone(), source };
        let mut content = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Content::default(),
            Err(error) => return Err(failed(error)),
            Ok(bytes) => {
                if let Ok(content @ Content { version: VERSION, .. }) = serde_json::from_slice(&bytes) {
                    content
                } else {
                    std::fs::rename(&path, path.with_extension("damaged")).map_err(failed)?;
                    tracing::warn!("`{}` was damaged, and is begun anew", path.display());
                    Content::default()
                }
            }
        };
        content.version = VERSION;
        let oldest = clock::now_ms().saturating_sub(i64::try_from(2 * JOB_QUEUED_MS_MAX).unwrap_or(i64::MAX));
        content.folders.retain(|_, folder| folder.at >= oldest);
        Ok(Self { path, content: Mutex::new(content) })
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, content: &Content) -> Result<(), KeepingError> {
        let failed = |source| KeepingError::File { path: self.path.clone(), source };
        let json = serde_json::to_vec(content).map_err(|error| failed(error.into()))?;
        replace(&self.path, &json).map_err(failed)
    }

    /// The ends that are not recorded yet.
    pub fn ended(&self) -> Vec<JobReport> {
        self.content().ended.clone()
    }

    /// Remembers these ends and no others.
    pub fn set_ended(&self, ended: Vec<JobReport>) -> Result<(), KeepingError> {
        let mut content = self.content();
        if content.ended == ended {
            return Ok(());
        }
        content.ended = ended;
        self.save(&content)
    }

    /// The folder that an earlier attempt of the job wrote to, below its project.
    pub fn folder(&self, job: JobId) -> Option<String> {
        self.content().folders.get(&job).map(|folder| folder.path.clone())
    }

    /// Remembers the folder that a job writes to.
    pub fn set_folder(&self, job: JobId, path: &str) -> Result<(), KeepingError> {
        let mut content = self.content();
        content.folders.insert(job, Folder { path: path.to_owned(), at: clock::now_ms() });
        self.save(&content)
    }

    /// Nobody asks for that job again.
    pub fn forget(&self, job: JobId) -> Result<(), KeepingError> {
        let mut content = self.content();
        if content.folders.remove(&job).is_none() {
            return Ok(());
        }
        self.save(&content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::api::JobStatus;

    #[test]
    fn what_was_remembered_is_there_again_and_damage_is_set_aside() {
        let temp = tempfile::tempdir().unwrap();
        let job = JobId::from_parts(1, [1; 10]);
        let ended = vec![JobReport { job_id: job, attempt: 2, status: JobStatus::Canceled }];
        let keeping = Keeping::open(temp.path()).unwrap();
        keeping.set_ended(ended.clone()).unwrap();
        keeping.set_folder(job, "Thesis (2)").unwrap();
        let again = Keeping::open(temp.path()).unwrap();
        assert_eq!((again.ended(), again.folder(job).as_deref()), (ended, Some("Thesis (2)")));
        again.forget(job).unwrap();
        assert_eq!(Keeping::open(temp.path()).unwrap().folder(job), None);
        std::fs::write(temp.path().join(FILE), r#"{"version":2}"#).unwrap();
        assert_eq!(Keeping::open(temp.path()).unwrap().ended(), []);
        assert!(temp.path().join("agent.damaged").exists());
    }

    #[test]
    fn one_agent_per_folder() {
        let temp = tempfile::tempdir().unwrap();
        let _first = StateLock::take(temp.path()).unwrap();
        assert!(matches!(StateLock::take(temp.path()), Err(KeepingError::Held { .. })));
    }
}
