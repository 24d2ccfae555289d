//! What all parts of a running copy share: the snapshot, the folder, the limits, the counts.

use super::dest::{Dest, set_mtime, temporary};
use super::failure::{Failures, Reason, is_final};
use super::place::Wanted;
use super::{CopyError, Options};
use crate::progress::{Event, Progress};
use crate::reading::budget::Budget;
use crate::reading::{Counts, Snapshot};
use rustix::io::Errno;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::Semaphore;

/// Bytes that were fetched and not yet written.
const MEMORY: u64 = 64 << 20;

/// Shared by every task of one copy.
pub(super) struct Engine<S> {
    pub(super) snapshot: Snapshot<S>,
    pub(super) disk: Arc<Disk>,
    pub(super) budget: Budget,
    pub(super) requests: Semaphore,
    pub(super) writers: Semaphore,
    /// How many large files are under way: each has a window of requests of its own.
    pub(super) large: Semaphore,
}

/// The part of it that threads which write need.
pub(super) struct Disk {
    pub(super) dest: Arc<Dest>,
    pub(super) seed: Option<Dest>,
    pub(super) force: bool,
    pub(super) failures: Failures,
    pub(super) counts: Arc<Counts>,
    pub(super) progress: Arc<dyn Progress>,
    pub(super) stop: AtomicBool,
    pub(super) tally: Tally,
}

/// What was done, by kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) written: AtomicU64,
    pub(super) written_bytes: AtomicU64,
    pub(super) kept: AtomicU64,
    pub(super) adopted: AtomicU64,
    pub(super) dirs: AtomicU64,
    pub(super) links: AtomicU64,
}

impl<S> Engine<S> {
    pub(super) fn new(snapshot: Snapshot<S>, disk: Disk, options: &Options) -> Self {
        let jobs = options.jobs.max(1);
        Self {
            snapshot,
            disk: Arc::new(disk),
            budget: Budget::of(MEMORY),
            requests: Semaphore::new(jobs),
            writers: Semaphore::new(options.threads.max(1)),
            large: Semaphore::new(jobs.div_ceil(4)),
        }
    }

    /// Runs what blocks on a thread of its own, so many at a time.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, CopyError> {
        let _one = self.writers.acquire().await.map_err(|_| CopyError::Thread)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| CopyError::Thread)
    }
}

impl Disk {
    /// Whether nothing more should be begun.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A file that failed: noted, or the end of the copy when no other file would fare better.
    pub(super) fn failed(&self, wanted: &Wanted, errno: Errno) -> Result<(), CopyError> {
        if is_final(errno) {
            return Err(CopyError::Write { path: wanted.path(), source: errno.into() });
        }
        let reason = if errno == Errno::EXIST { Reason::InTheWay } else { Reason::System(errno) };
        self.failures.add(wanted.path(), reason);
        Ok(())
    }

    /// A file that is as it should be.
    pub(super) fn done(&self, wanted: &Wanted, fetched: bool) {
        self.counts.file();
        let Tally { written, written_bytes, adopted, .. } = &self.tally;
        let (count, bytes) = (if fetched { written } else { adopted }, wanted.file.size);
        count.fetch_add(1, Ordering::Relaxed);
        if fetched {
            written_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        self.progress.on(Event::Done { path: &wanted.path(), bytes, sent: fetched });
    }

    /// Gives a temporary file that is whole its time and its name.
    pub(super) fn finish(
        folder: &super::dest::Folder,
        wanted: &Wanted,
        file: File,
        temporary: &str,
    ) -> Result<(), Errno> {
        let named = set_mtime(&file, wanted.file.mtime)
            .and_then(|()| folder.publish(temporary, &wanted.file.name, wanted.replace));
        drop(file);
        if named.is_err() {
            // The reason to tell is the first one.
            let _ = folder.remove(temporary);
        }
        named
    }
}

impl Wanted {
    /// The name it has until it is whole.
    pub(super) fn temporary(&self) -> String {
        temporary(&self.file.name, &self.file.hash)
    }
}

/// The number of a system's error, for those that come wrapped.
pub(super) fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
