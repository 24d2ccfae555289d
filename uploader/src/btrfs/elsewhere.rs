//! Systems without btrfs: there are no snapshots.

use super::SnapshotError;
use std::convert::Infallible;
use std::path::Path;

/// Sweeps nothing.
pub fn sweep_left(_path: &Path) -> Result<(), SnapshotError> {
    Ok(())
}

/// A snapshot that cannot be.
#[derive(Debug)]
pub struct FsSnapshot(Infallible);

impl FsSnapshot {
    /// Always `None`.
    pub fn take(_path: &Path, _tag: &str) -> Result<Option<Self>, SnapshotError> {
        Ok(None)
    }

    /// Never called.
    pub fn path(&self) -> &Path {
        match self.0 {}
    }

    /// Never called.
    pub fn open(&self) -> Result<std::fs::File, SnapshotError> {
        match self.0 {}
    }

    /// Never called.
    pub fn remove(self) -> Result<(), SnapshotError> {
        match self.0 {}
    }
}
