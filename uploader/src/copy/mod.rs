//! Copies a published snapshot, or parts of it, into a folder on this machine.
//!
//! Read in this order: [`copy`] is the whole story; `select` and `survey` say what is wanted and what is in the way, before
//! anything is written; `walk` goes through the share, `folder` prepares each folder in it; `groups`, `small` and `large` fetch
//! and write, `local` takes what is on the machine already; `dest` is all that touches the disk.
//!
//! A file has its name only when it is whole and has the hash that the share says. Nothing is written outside the folder,
//! whatever the snapshot says and whoever swaps links into it meanwhile; nothing that is there is replaced unless that is
//! asked for, and never a folder. What goes wrong with one file is a [`Failure`], and the others are still copied.

mod dest;
mod engine;
mod failure;
mod folder;
mod groups;
mod judge;
mod large;
mod links;
mod local;
mod place;
mod select;
mod small;
mod survey;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use dest::give_to_owner_of;
pub use failure::{Failure, Reason};
pub use judge::Obstacle;
pub use survey::InTheWay;

use crate::progress::Progress;
use crate::reading::tree_walk::TreeWalk;
use crate::reading::{Counts, ReadingError, Snapshot, Source};
use dest::Dest;
use engine::{Disk, Engine, Tally};
use failure::Failures;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use select::Selection;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use survey::{Look, Survey};
use vitrine_protocol::{EntryPath, ManifestId, ShareId};

/// Why nothing, or not everything, was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The snapshot cannot be read.
    #[error(transparent)]
    Reading(#[from] ReadingError),
    /// A path that is not in the snapshot.
    #[error("`{path}` is not in the share")]
    NotFound {
        /// The path.
        path: String,
    },
    /// The folder cannot be made or opened.
    #[error("Could not open the folder `{}`", path.display())]
    Folder {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another copy writes into the folder.
    #[error("Another copy into `{}` is under way", path.display())]
    Busy {
        /// The path as it was given.
        path: PathBuf,
    },
    /// Names of the share that are taken. Nothing was written.
    #[error("{count} {} in the way, and nothing was copied", if *count == 1 { "thing is" } else { "things are" })]
    InTheWay {
        /// The first of them.
        named: Vec<InTheWay>,
        /// How many there are.
        count: u64,
    },
    /// There is more to copy than may be. Nothing was written.
    #[error("There are {bytes} bytes to copy, and at most {max} may be")]
    TooLarge {
        /// How many.
        bytes: u64,
        /// How many may be.
        max: u64,
    },
    /// The disk takes nothing more.
    #[error("Could not write `{path}`")]
    Write {
        /// The file's path in the share.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// It was told to stop.
    #[error("Interrupted")]
    Interrupted,
    /// A thread ended before its time.
    #[error("A thread of the copy failed")]
    Thread,
}

/// How to copy.
#[derive(Debug, Clone)]
pub struct Options {
    /// Look, and write nothing.
    pub dry_run: bool,
    /// Replace files and links that are in the way.
    pub force: bool,
    /// How many requests at a time.
    pub jobs: usize,
    /// How many threads write.
    pub threads: usize,
    /// A folder that may have some of the files already.
    pub seed: Option<PathBuf>,
    /// How many bytes there may be to copy, those that are there already included.
    pub bytes_max: Option<u64>,
    /// How many files, folders and links there may be to copy, those that are there already included: each costs an inode, also where it has
    /// no bytes.
    pub entries_max: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dry_run: false,
            force: false,
            jobs: 16,
            threads: 4,
            seed: None,
            bytes_max: None,
            entries_max: None,
        }
    }
}

/// What to copy, and where to.
pub struct Job {
    /// The folder to copy into; it is made when it is not there.
    pub dest: PathBuf,
    /// The same, open already: then `dest` is only its name.
    pub opened: Option<OwnedFd>,
    /// What to copy, with all that is below; everything when there is none.
    pub paths: Vec<EntryPath>,
    /// How.
    pub options: Options,
    /// Counts what is done.
    pub counts: Arc<Counts>,
    /// Hears of each file.
    pub progress: Arc<dyn Progress>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// The share and the snapshot.
    pub snapshot: Option<(ShareId, ManifestId)>,
    /// Files that were fetched and written.
    pub written: u64,
    /// Their bytes.
    pub written_bytes: u64,
    /// Files that were there as they should be.
    pub kept: u64,
    /// Files that were taken from this machine.
    pub adopted: u64,
    /// Bytes that were fetched, listings included.
    pub fetched_bytes: u64,
    /// Folders that were made.
    pub dirs: u64,
    /// Links that were made.
    pub links: u64,
    /// The first of what is missing, in the order of the paths.
    pub failures: Vec<Failure>,
    /// How much is missing.
    pub failed: u64,
    /// In a dry run: the files and links that would be written, and their sizes.
    pub would_write: Vec<(String, u64)>,
}

/// Copies. When `interrupt` ends first, so does the copy; run again, it goes on.
pub async fn copy<S: Source>(
    snapshot: Snapshot<S>,
    mut job: Job,
    interrupt: impl Future<Output = ()>,
) -> Result<Copied, CopyError> {
    let mut interrupt = pin!(interrupt);
    let selection = Arc::new(Selection::of(job.paths.clone()));
    tokio::select! {
        expected = expect(&snapshot, &selection, &job.counts) => expected?,
        () = &mut interrupt => return Err(CopyError::Interrupted),
    }
    let (bytes, max) = (job.counts.now().bytes_all, job.options.bytes_max.unwrap_or(u64::MAX));
    if bytes > max {
        return Err(CopyError::TooLarge { bytes, max });
    }
    let tree = TreeWalk::new(&snapshot, job.options.entries_max);
    let dest = match job.opened.take() {
        Some(dir) => {
            let failed = |errno: Errno| CopyError::Folder { path: job.dest.clone(), source: errno.into() };
            Some(held(Dest::of(dir).map_err(failed)?, &job.dest)?)
        }
        None => open(&job)?,
    };
    let survey = tokio::select! {
        survey = look(&snapshot, &selection, dest.as_ref(), &job.options, tree.clone()) => survey?,
        () = &mut interrupt => return Err(CopyError::Interrupted),
    };
    if survey.in_the_way_count > 0 {
        return Err(CopyError::InTheWay { named: survey.in_the_way, count: survey.in_the_way_count });
    }
    let ids = Some((snapshot.share(), snapshot.latest().manifest_id));
    let (Some(dest), false) = (dest, job.options.dry_run) else {
        let (kept, would_write) = (survey.kept, survey.would_write);
        let fetched_bytes = job.counts.now().fetched;
        return Ok(Copied { snapshot: ids, kept, would_write, fetched_bytes, ..Copied::default() });
    };
    let fresh = dest.is_empty().unwrap_or(false);
    let engine = Arc::new(Engine::new(snapshot, disk(&job, dest)?, &job.options));
    let walk = walk::Walk::new(Arc::clone(&engine), selection, tree);
    let outcome = tokio::select! {
        outcome = walk.run(fresh) => outcome,
        () = &mut interrupt => Err(CopyError::Interrupted),
    };
    // Threads that write stop at the next file.
    engine.disk.stop.store(outcome.is_err(), Ordering::Relaxed);
    outcome?;
    Ok(copied(&engine.disk, ids))
}

fn copied(disk: &Disk, snapshot: Option<(ShareId, ManifestId)>) -> Copied {
    let Tally { written, written_bytes, kept, adopted, dirs, links } = &disk.tally;
    let (failures, failed) = disk.failures.take();
    let load = |value: &std::sync::atomic::AtomicU64| value.load(Ordering::Relaxed);
    Copied {
        snapshot,
        written: load(written),
        written_bytes: load(written_bytes),
        kept: load(kept),
        adopted: load(adopted),
        fetched_bytes: disk.counts.now().fetched,
        dirs: load(dirs),
        links: load(links),
        failures,
        failed,
        would_write: Vec::new(),
    }
}

/// Looks up every path that is wanted, and so how much there is to do.
async fn expect<S: Source>(
    snapshot: &Snapshot<S>,
    selection: &Selection,
    counts: &Counts,
) -> Result<(), CopyError> {
    let manifest = snapshot.manifest();
    if selection.paths().is_empty() {
        counts.expect(manifest.file_count, manifest.size_bytes);
        return Ok(());
    }
    let (mut files, mut bytes) = (0_u64, 0_u64);
    for path in selection.paths() {
        let found = find(snapshot, path).await?;
        let (more_files, more_bytes) = found.ok_or_else(|| CopyError::NotFound { path: path.to_string() })?;
        (files, bytes) = (files.saturating_add(more_files), bytes.saturating_add(more_bytes));
    }
    counts.expect(files, bytes);
    Ok(())
}

/// How many files there are at and below a path, and their bytes. Links are not followed: one may be copied itself.
async fn find<S: Source>(snapshot: &Snapshot<S>, path: &EntryPath) -> Result<Option<(u64, u64)>, CopyError> {
    let mut listing = snapshot.manifest().root.clone();
    let mut found = None;
    for (index, name) in path.names().iter().enumerate() {
        let entries = snapshot.dir(&listing).await?;
        let is_last = index + 1 == path.names().len();
        if let Some(dir) = entries.dir(name) {
            found = Some((dir.file_count, dir.size_bytes));
            listing = dir.listing.clone();
        } else if is_last {
            let file = entries.file(name).map(|file| (1, file.size));
            return Ok(file.or_else(|| entries.link(name).map(|_| (0, 0))));
        } else {
            return Ok(None);
        }
    }
    Ok(found)
}

/// Makes and opens the folder; nothing is made for a dry run, which may so have none.
fn open(job: &Job) -> Result<Option<Arc<Dest>>, CopyError> {
    let path = &job.dest;
    let error = |source: io::Error| CopyError::Folder { path: path.clone(), source };
    if !job.options.dry_run {
        std::fs::create_dir_all(path).map_err(error)?;
    }
    let dest = match Dest::open(path) {
        Err(Errno::NOENT) if job.options.dry_run => return Ok(None),
        dest => dest.map_err(|errno| error(errno.into()))?,
    };
    if job.options.dry_run { Ok(Some(Arc::new(dest))) } else { held(dest, path).map(Some) }
}

/// Keeps other copies out of the folder.
fn held(dest: Dest, path: &Path) -> Result<Arc<Dest>, CopyError> {
    if dest.lock() { Ok(Arc::new(dest)) } else { Err(CopyError::Busy { path: path.to_owned() }) }
}

/// Looks at what is there; into an empty folder, only when someone wants the list.
async fn look<S: Source>(
    snapshot: &Snapshot<S>,
    selection: &Arc<Selection>,
    dest: Option<&Arc<Dest>>,
    options: &Options,
    tree: TreeWalk,
) -> Result<Survey, CopyError> {
    let empty = dest.is_none_or(|dest| dest.is_empty().unwrap_or(false));
    if empty && !options.dry_run {
        return Ok(Survey::default());
    }
    let look = Look {
        dest: dest.cloned(),
        selection: Arc::clone(selection),
        force: options.force,
        list: options.dry_run,
    };
    survey::survey(snapshot, look, tree).await
}

fn disk(job: &Job, dest: Arc<Dest>) -> Result<Disk, CopyError> {
    let seed = |path: &Path| {
        let path = path.to_owned();
        Dest::open(&path).map_err(|errno| CopyError::Folder { path, source: errno.into() })
    };
    Ok(Disk {
        dest,
        seed: job.options.seed.as_deref().map(seed).transpose()?,
        force: job.options.force,
        failures: Failures::default(),
        counts: Arc::clone(&job.counts),
        progress: Arc::clone(&job.progress),
        stop: AtomicBool::new(false),
        tally: Tally::default(),
    })
}
