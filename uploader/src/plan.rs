//! What a publish is going to do, decided by comparing the scan with the base: no file is opened for it.
//!
//! A file whose size and modification time are those of the base is kept as it stands there, extents and all. It is not
//! trusted when it was modified so shortly before the base was scanned that a second change could bear the same time
//! (what git calls racily clean), nor when its time lies in the future.

use crate::base::Base;
use crate::scan::{FoundFile, FoundLink, Scan, Stamp};
use vitrine_protocol::{EntryName, EntryPath, File};

/// How long before a scan a modification must lie to be told from one after it: the coarsest clock of a file system
/// in use (FAT, some network mounts) ticks every two seconds.
pub const RACY_MS: i64 = 2000;

/// Why a file has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The base has nothing of that name.
    New,
    /// Its size or modification time differ from the base's.
    Changed,
    /// They are the same, but its modification time is too recent to be trusted.
    Racy,
    /// They are the same; everything is to be read (`--checksum`).
    Asked,
}

/// A file that has to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examine {
    /// Its path.
    pub path: EntryPath,
    /// Its directory: an index of [`Plan::dirs`].
    pub dir: usize,
    /// Its name.
    pub name: EntryName,
    /// Its state when it was scanned.
    pub stamp: Stamp,
    /// Why it is read.
    pub why: Why,
    /// What the base has at its path.
    pub prior: Option<File>,
}

/// A directory of the coming snapshot, without the files that are still to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedDir {
    /// Where it is.
    pub path: EntryPath,
    /// Its modification time in milliseconds since the epoch.
    pub mtime: i64,
    /// Files that are kept as the base has them.
    pub kept: Vec<File>,
    /// Symbolic links.
    pub links: Vec<FoundLink>,
}

/// What a publish is going to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Directories in the order of their paths, the root first.
    pub dirs: Vec<PlannedDir>,
    /// Files to be read, in the same order.
    pub examine: Vec<Examine>,
    /// How many files the base has that are no longer there.
    pub removed: u64,
}

impl Plan {
    /// Compares. With `checksum`, nothing is believed unread.
    pub fn new(scan: Scan, base: &Base, checksum: bool) -> Self {
        let horizon = base.scanned_at().min(scan.started_at).saturating_sub(RACY_MS);
        let mut plan = Self::default();
        let mut met = 0;
        for (dir, found) in scan.dirs.into_iter().enumerate() {
            let mut kept = Vec::new();
            for file in found.files {
                let prior = base.file(&found.path, &file.name);
                met += u64::from(prior.is_some());
                match decide(&file, prior, horizon, checksum) {
                    Decision::Keep(file) => kept.push(file.clone()),
                    // The scan made sure that the path can be joined.
                    Decision::Examine(why) => plan.examine.push(Examine {
                        path: found.path.join(&file.name).unwrap_or_default(),
                        dir,
                        name: file.name,
                        stamp: file.stamp,
                        why,
                        prior: prior.cloned(),
                    }),
                }
            }
            plan.dirs.push(PlannedDir { path: found.path, mtime: found.mtime, kept, links: found.links });
        }
        plan.removed = base.file_count().saturating_sub(met);
        plan
    }

    /// How many files have to be read, and their bytes when they were scanned.
    pub fn to_read(&self) -> (u64, u64) {
        (self.examine.len() as u64, self.examine.iter().map(|item| item.stamp.size).sum())
    }
}

enum Decision<'a> {
    Keep(&'a File),
    Examine(Why),
}

fn decide<'a>(found: &FoundFile, prior: Option<&'a File>, horizon: i64, checksum: bool) -> Decision<'a> {
    let Some(prior) = prior else { return Decision::Examine(Why::New) };
    let mtime = found.stamp.mtime_ms();
    if prior.size != found.stamp.size || prior.mtime != mtime {
        Decision::Examine(Why::Changed)
    } else if checksum {
        Decision::Examine(Why::Asked)
    } else if mtime > horizon {
        Decision::Examine(Why::Racy)
    } else {
        Decision::Keep(prior)
    }
}
