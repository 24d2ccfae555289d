//! The parallel walk: threads read directories ahead of whoever asks for them, in the order in which they will be asked for.
//!
//! The order is that of the paths, deep first. What was read and not yet asked for is bounded; the directory that is
//! waited for is read in any case, so the walk cannot stand still.

use super::listed::Listed;
use super::read::Above;
use super::{Root, read};
use crate::filter::Filter;
use crate::progress::{Event, Progress};
use rustix::io::Errno;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use vitrine_protocol::{EntryName, EntryPath};

/// How many entries may be read ahead: some 4 MB.
const AHEAD_MAX: usize = 64 * 1024;

/// A directory that was read, or why it could not be.
type Outcome = Result<Arc<Listed>, Errno>;

/// Directories still to be read below one that was: from `next` on.
struct Frame {
    dir: EntryPath,
    listed: Arc<Listed>,
    next: usize,
}

#[derive(Default)]
struct State {
    /// By the path of the next directory to be read: the first is the one that will be asked for first.
    frames: BTreeMap<EntryPath, Frame>,
    ready: HashMap<EntryPath, Outcome>,
    ahead: usize,
    /// What the other side waits for.
    wanted: Option<EntryPath>,
    closed: bool,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes the threads.
    changed: Condvar,
    /// Wakes who waits for a directory.
    arrived: Notify,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked holds no half-done change: the lock covers single steps.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next directory to read; `None` when the walk is over.
    fn next(&self) -> Option<(EntryPath, Arc<Listed>)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(next) = state.start() {
                return Some(next);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, path: EntryPath, outcome: Outcome) {
        let mut state = self.lock();
        if let Ok(listed) = &outcome {
            state.ahead += listed.len() + 1;
            state.queue(path.clone(), Arc::clone(listed), 0);
        }
        state.ready.insert(path, outcome);
        drop(state);
        self.arrived.notify_one();
        self.changed.notify_all();
    }
}

impl State {
    /// The next directory to read, and the one that it is in.
    fn start(&mut self) -> Option<(EntryPath, Arc<Listed>)> {
        let first = self.frames.first_key_value().map(|(path, _)| path)?;
        if self.ahead >= AHEAD_MAX && self.wanted.as_ref() != Some(first) {
            return None;
        }
        let (path, frame) = self.frames.pop_first()?;
        self.queue(frame.dir, Arc::clone(&frame.listed), frame.next + 1);
        Some((path, frame.listed))
    }

    /// Takes note of the directories of `listed` from `from` on.
    fn queue(&mut self, dir: EntryPath, listed: Arc<Listed>, from: usize) {
        let Some(next) = listed.next_dir(from) else { return };
        let path = listed.get(next).and_then(|(name, _)| dir.join(&EntryName::new(name).ok()?).ok());
        if let Some(path) = path {
            self.frames.insert(path, Frame { dir, listed, next });
        }
    }
}

/// A walk under way; its threads end with it.
pub struct Walk {
    shared: Arc<Shared>,
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Walk {
    /// Reads the root, and begins to read what is below with so many threads. Fails when the root cannot be read.
    pub(super) fn start(
        root: &Arc<Root>,
        threads: usize,
        filter: &Filter,
        progress: &Arc<dyn Progress>,
    ) -> Result<Self, Errno> {
        let top = Arc::new(read::read(root, &EntryPath::root(), &Above::Root(filter))?);
        tell(progress.as_ref(), &top);
        let walk = Self::of_root(top);
        for _ in 0..threads.max(1) {
            let (shared, root, progress) = (Arc::clone(&walk.shared), Arc::clone(root), Arc::clone(progress));
            std::thread::spawn(move || {
                while let Some((path, above)) = shared.next() {
                    let listed = read::read(&root, &path, &Above::Dir(&above.rules)).map(Arc::new);
                    if let Ok(listed) = &listed {
                        tell(progress.as_ref(), listed);
                    }
                    shared.finish(path, listed);
                }
            });
        }
        Ok(walk)
    }

    /// A walk whose root is known and has no directories, or whose threads come.
    pub(super) fn of_root(top: Arc<Listed>) -> Self {
        let mut state = State::default();
        state.queue(EntryPath::root(), Arc::clone(&top), 0);
        state.ready.insert(EntryPath::root(), Ok(top));
        let shared = Shared { state: Mutex::new(state), changed: Condvar::new(), arrived: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    /// How many directories were read and not yet asked for.
    #[cfg(test)]
    pub(crate) fn ahead(&self) -> usize {
        self.shared.lock().ready.len()
    }

    /// The directory at `path`, each once and in the order of the paths; waits until it is read.
    pub async fn take(&self, path: &EntryPath) -> Outcome {
        loop {
            let arrived = self.shared.arrived.notified();
            {
                let mut state = self.shared.lock();
                if let Some(outcome) = state.ready.remove(path) {
                    if let Ok(listed) = &outcome {
                        state.ahead = state.ahead.saturating_sub(listed.len() + 1);
                    }
                    state.wanted = None;
                    drop(state);
                    self.shared.changed.notify_all();
                    return outcome;
                }
                state.wanted = Some(path.clone());
            }
            self.shared.changed.notify_all();
            arrived.await;
        }
    }
}

fn tell(progress: &dyn Progress, listed: &Listed) {
    let (files, bytes) = listed.totals();
    progress.on(Event::Found { files, bytes });
}

#[cfg(test)]
mod tests;
