//! What a copy could not do, and goes on without.

use crate::reading::Damage;
use rustix::io::Errno;
use std::io;
use std::sync::{Mutex, PoisonError};

/// So many failures are kept by name; the rest is counted.
const NAMED_MAX: usize = 1000;

/// Why an entry is not on the disk as it is in the share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A blob that it needs is damaged.
    Blob(Damage),
    /// Its bytes do not have the hash that the share says.
    Hash,
    /// Its folder's listing is damaged.
    Listing,
    /// The system refused to write it.
    System(Errno),
    /// Something that has its name appeared while the copy ran.
    InTheWay,
    /// A symbolic link that would lead out of the folder.
    Outside,
    /// A name that begins with a dot: no publish makes one, and such names steer programs.
    Hidden,
    /// A path that is longer or deeper than the system takes.
    TooLong,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Blob(damage) => write!(f, "a blob that it needs is damaged: {damage}"),
            Self::Hash => f.write_str("its bytes do not have the hash that the share says"),
            Self::Listing => f.write_str("the listing of this folder is damaged"),
            Self::System(Errno::LOOP | Errno::NOTDIR | Errno::XDEV) => {
                f.write_str("a folder on the way to it became something else")
            }
            Self::System(errno) => {
                let text = io::Error::from(*errno).to_string();
                f.write_str(&text.split(" (os error").next().unwrap_or_default().to_lowercase())
            }
            Self::InTheWay => f.write_str("something else has its name by now"),
            Self::Outside => f.write_str("the link would lead out of the folder"),
            Self::Hidden => f.write_str("its name begins with a dot"),
            Self::TooLong => f.write_str("its path is too long"),
        }
    }
}

/// An entry that is not on the disk as it is in the share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its path in the share.
    pub path: String,
    /// Why.
    pub reason: Reason,
}

/// All failures of a copy.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<(Vec<Failure>, u64)>);

impl Failures {
    pub(super) fn add(&self, path: String, reason: Reason) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.1 += 1;
        if all.0.len() < NAMED_MAX {
            all.0.push(Failure { path, reason });
        }
    }

    /// The named ones in the order of their paths, and how many there were.
    pub(super) fn take(&self) -> (Vec<Failure>, u64) {
        let (mut named, count) = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        named.sort_by(|a, b| a.path.cmp(&b.path));
        (named, count)
    }
}

/// Whether the disk takes nothing more, whatever the file.
pub(super) fn is_final(errno: Errno) -> bool {
    matches!(errno, Errno::NOSPC | Errno::DQUOT | Errno::ROFS)
}
