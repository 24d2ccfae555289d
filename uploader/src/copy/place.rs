//! Where a file is to go: its folder, which gets its time when the last file in it is done.

use super::dest::{Dest, Folder};
use rustix::io::Errno;
use std::sync::Arc;
use vitrine_protocol::{EntryPath, File};

/// A folder that files are still being written to. When the last of them is done, and so the last reference gone, it is
/// given its modification time.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) dest: Arc<Dest>,
    pub(super) path: EntryPath,
    /// The time to give it; `None` leaves it.
    pub(super) mtime: Option<i64>,
}

impl Drop for Place {
    fn drop(&mut self) {
        // A time that cannot be set is no loss of content, and there is nobody left to tell.
        if let Some(mtime) = self.mtime {
            let _ = self.dest.folder(&self.path).and_then(|folder| folder.set_mtime(mtime));
        }
    }
}

/// A file that is to be written.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) place: Arc<Place>,
    pub(super) file: File,
    /// Whether what has its name may be replaced.
    pub(super) replace: bool,
}

impl Wanted {
    /// Its path, for messages.
    pub(super) fn path(&self) -> String {
        if self.place.path.is_root() {
            return self.file.name.to_string();
        }
        format!("{}/{}", self.place.path, self.file.name)
    }

    /// Opens its folder.
    pub(super) fn folder(&self) -> Result<Folder, Errno> {
        self.place.dest.folder(&self.place.path)
    }
}
