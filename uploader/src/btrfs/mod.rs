//! Read-only snapshots where the folder lies on btrfs: what is published is then one moment of it, however much is
//! written meanwhile.
//!
//! A snapshot is made inside its subvolume, at `.vitrine-snapshots/TAG`, which no publish ever contains. A lock file beside
//! it is held while the snapshot is used; one that nobody holds was left by a crash, and goes when the next is made.
//! Whoever cannot have a snapshot is told why and may go on without.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod lock;
#[cfg(target_os = "linux")]
mod subvolume;

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{FsSnapshot, sweep_left};
#[cfg(target_os = "linux")]
pub use linux::{FsSnapshot, sweep_left};

use std::io;
use std::path::PathBuf;

/// The folder of snapshots in a subvolume. It stays: making it anew each time would change the time of its parent, which
/// is published.
pub const SNAPSHOTS_DIR: &str = ".vitrine-snapshots";

/// `BTRFS_EMPTY_SUBVOL_DIR_OBJECTID`: what stands in a snapshot where a subvolume lay.
const PLACEHOLDER_INODE: u64 = 2;

/// Why there is no snapshot, or why it is still there.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The user may not make snapshots here, or not remove them again.
    #[error("Not allowed to make and remove snapshots in `{}`", path.display())]
    NotPermitted {
        /// The subvolume.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The subvolume or its file system is read-only.
    #[error("`{}` is read-only, so that no snapshot fits into it", path.display())]
    ReadOnly {
        /// The subvolume.
        path: PathBuf,
    },
    /// The subvolume's root is not above the path, as where a folder of it is mounted alone.
    #[error("The subvolume that holds `{}` is out of reach", path.display())]
    OutOfReach {
        /// The path.
        path: PathBuf,
    },
    /// The snapshot has something else there: another file system is mounted on the way, or it was moved just now.
    #[error("`{}` is not in the snapshot of its subvolume", path.display())]
    Elsewhere {
        /// The path.
        path: PathBuf,
    },
    /// Another living program has a snapshot of this name.
    #[error("Another vitrine uses the snapshot `{}`", path.display())]
    Held {
        /// The snapshot.
        path: PathBuf,
    },
    /// The tag is not a plain name.
    #[error("`{tag}` cannot name a snapshot")]
    Tag {
        /// The tag.
        tag: String,
    },
    /// Anything else.
    #[error("Could not {what} `{}`", path.display())]
    System {
        /// What was to be done.
        what: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Whether an entry of a snapshot is the empty folder that stands for a subvolume inside the one that was snapshotted: what
/// that holds is not in the snapshot.
pub fn is_nested_placeholder(inode: u64, is_dir: bool) -> bool {
    is_dir && inode == PLACEHOLDER_INODE
}
