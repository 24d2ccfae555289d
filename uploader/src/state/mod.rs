//! What this machine remembers between publishes, in one SQLite file: how files looked when they were last published,
//! which blobs arrived for a publish that did not end, which multipart uploads are under way.
//!
//! Losing it costs time, and the notice of a change that sets a file's size and time back; so every error here is one that a
//! publish goes on without. It holds no secrets and no content. Several processes may have it open. The caller hands in the path; nothing here reads the environment.

mod arrived;
mod open;
mod stamp_writer;
mod stamps;
mod uploads;

pub use arrived::{Arrived, PackedContent};
pub use stamp_writer::StampWriter;
pub use stamps::DirStamps;
pub use uploads::{Place, Upload, UploadPart};

use rusqlite::Connection;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use vitrine_protocol::ShareId;

/// Why what was remembered cannot be used, or a thing not be remembered.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file or a folder above it cannot be made or opened.
    #[error("Could not open `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A newer vitrine made the file; this one must not touch it.
    #[error("`{}` was made by a newer vitrine (format {version})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: i64,
    },
    /// SQLite refused: a full disk, a lock held too long, a damaged page.
    #[error("Could not {what} in `{}`", path.display())]
    Query {
        /// What was to be done.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Another publish of the same share began to write its stamps after this one did.
    #[error("Another publish of the share {share} writes what its files look like")]
    Superseded {
        /// The share.
        share: ShareId,
    },
}

/// The file, open. Clones share the connection; calls are short and may come from any thread.
#[derive(Debug, Clone)]
pub struct State {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    shelf: Mutex<Shelf>,
}

/// What the mutex guards.
#[derive(Debug)]
struct Shelf {
    connection: Connection,
    /// For each share whose stamps were found to match: the set's row and its generation then.
    pinned: HashMap<ShareId, Generation>,
}

/// One state of a share's stamps. A set counts its generations up; they are never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Generation {
    set: i64,
    number: i64,
}

impl State {
    /// Opens the file at `path`, and makes it and the folders above it when they are not there.
    ///
    /// A damaged file is renamed to end in `.damaged` and begun anew.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let connection = open::open(path)?;
        let shelf = Mutex::new(Shelf { connection, pinned: HashMap::new() });
        Ok(Self { inner: Arc::new(Inner { path: path.to_owned(), shelf }) })
    }

    /// Runs `work` on the connection. Damage that shows only now is noted for the next one who opens the file.
    fn with<T>(
        &self,
        what: &'static str,
        work: impl FnOnce(&mut Shelf) -> rusqlite::Result<T>,
    ) -> Result<T, StateError> {
        // A panic elsewhere leaves no half-done change behind: SQLite rolls back what was not committed.
        let mut shelf = self.inner.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut shelf).map_err(|source| {
            if open::is_damage(&source) {
                open::mark_damaged(&self.inner.path);
            }
            StateError::Query { what, path: self.inner.path.clone(), source }
        })
    }
}

/// A number without sign as SQLite keeps it; the bits stay the same.
fn stored(number: u64) -> i64 {
    number.cast_signed()
}

/// The way back.
fn loaded(number: i64) -> u64 {
    number.cast_unsigned()
}

#[cfg(test)]
mod tests;
