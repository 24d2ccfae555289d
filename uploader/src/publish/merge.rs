//! Walks the folder and the base side by side, in the order of the paths, and hands on what is to be kept and what is read.
//!
//! It runs ahead of the assembly as far as the channel and the room for bytes allow. Small files are read many to a
//! batch, so that a thread is woken for a hundred of them and not for each.

use super::decide::Rules;
use super::local::{Local, remembered};
use super::step::{Batch, Examine, Step};
use super::{Options, PublishError};
use crate::base::{Base, Cursor, Prior};
use crate::content::chunk::CHUNKED_MIN;
use crate::content::pack::PACKED_BELOW;
use crate::content::read::{self, ReadError, is_exhausted};
use crate::filter::caution;
use crate::omission::Omissions;
use crate::progress::{Event, Progress};
use crate::remote::Session;
use crate::room::Room;
use crate::scan::{Found, Listed, Source, Stamp, Walk, omit_failed};
use crate::state::DirStamps;
use std::sync::Arc;
use tokio::sync::mpsc;
use vitrine_protocol::{EntryName, EntryPath, File, Link, Listing};

/// How many batches may wait for the assembly.
pub(super) const BATCHES_AHEAD: usize = 16;

/// A batch is handed on at so many steps, files to read, or bytes of them.
const STEPS_MAX: usize = 1024;
const READS_MAX: usize = 128;
const BYTES_MAX: u64 = 2 << 20;

/// What the walk found out beside the steps.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// What was left out.
    pub(super) omissions: Omissions,
    /// How many files the base has that are no longer there.
    pub(super) removed: u64,
}

/// A directory that the walk is in.
struct Frame {
    path: EntryPath,
    listed: Arc<Listed>,
    at: usize,
    cursor: Cursor,
    remembered: Option<DirStamps>,
}

/// The walk of one publish.
pub(super) struct Merger<S> {
    /// What to compare with.
    pub(super) base: Arc<Base<S>>,
    /// The folder.
    pub(super) source: Arc<Source>,
    /// Who listens.
    pub(super) progress: Arc<dyn Progress>,
    /// What this machine remembers.
    pub(super) local: Arc<Local>,
    rules: Rules,
    room: Room,
    sender: mpsc::Sender<Batch>,
    pending: Vec<Pending>,
    reads: usize,
    bytes: u64,
    walked: Walked,
}

enum Pending {
    Step(Step),
    Read(Box<Examine>),
}

impl<S: Session> Merger<S> {
    /// Prepares the walk. What it reads takes room from `room`; `started_at` is when the scan began.
    pub(super) fn new(
        (base, source, progress): (Arc<Base<S>>, Arc<Source>, Arc<dyn Progress>),
        local: Arc<Local>,
        started_at: i64,
        options: &Options,
        room: Room,
        sender: mpsc::Sender<Batch>,
    ) -> Self {
        let rules = Rules::new(base.scanned_at(), started_at, options.racy_ms, options.checksum);
        let (pending, walked) = (Vec::new(), Walked::default());
        Self { base, source, progress, local, rules, room, sender, pending, reads: 0, bytes: 0, walked }
    }

    /// Walks. Ends early, without an error, when nobody takes what it hands on: who stopped knows why.
    pub(super) async fn run(mut self, walk: Walk) -> Result<Walked, PublishError> {
        let root = self.base.manifest.as_ref().map(|manifest| manifest.root.clone());
        let mut stack = Vec::new();
        if let Some(frame) = self.enter(&walk, EntryPath::root(), root).await? {
            stack.push(frame);
        }
        while let Some(frame) = stack.last_mut() {
            if frame.at >= frame.listed.len() {
                self.base.drain(&mut frame.cursor).await?;
                self.walked.removed += frame.cursor.passed_files;
                stack.pop();
                if !stack.is_empty() {
                    self.push(Pending::Step(Step::Leave)).await;
                }
            } else if let Some(below) = self.step(&walk, frame).await? {
                stack.push(below);
            }
            if self.sender.is_closed() {
                break;
            }
        }
        self.flush().await;
        self.progress.on(Event::Scanned);
        Ok(self.walked)
    }

    /// Opens the directory at `path`, which the base has as `listing`; `None` when it cannot be read.
    async fn enter(
        &mut self,
        walk: &Walk,
        path: EntryPath,
        listing: Option<Listing>,
    ) -> Result<Option<Frame>, PublishError> {
        let cursor = self.base.cursor(listing);
        match walk.take(&path).await {
            Ok(listed) => {
                self.walked.omissions.append(listed.omissions.clone());
                let remembered = self.local.dir(&path);
                self.local.saw_dir(&path, &listed, remembered.as_ref());
                Ok(Some(Frame { path, listed, at: 0, cursor, remembered }))
            }
            Err(errno) if is_exhausted(errno) => {
                let path = path.to_string();
                Err(PublishError::Exhausted(ReadError::Exhausted { path, source: errno.into() }))
            }
            Err(errno) => {
                omit_failed(&mut self.walked.omissions, path.to_string(), errno);
                Ok(None)
            }
        }
    }

    /// Takes the next entry of a directory; returns the directory that it goes down into.
    async fn step(&mut self, walk: &Walk, frame: &mut Frame) -> Result<Option<Frame>, PublishError> {
        let listed = Arc::clone(&frame.listed);
        let Some((text, found)) = listed.get(frame.at) else { return Ok(None) };
        frame.at += 1;
        let prior = self.base.seek(&mut frame.cursor, text).await?;
        // The walk made sure that names and paths are good.
        let Ok(name) = EntryName::new(text) else { return Ok(None) };
        match found {
            Found::File(stamp) => {
                let prior = self.prior_file(prior);
                self.file(frame, name, stamp, prior).await;
                Ok(None)
            }
            Found::Link(target) => {
                self.gone(prior);
                let target = target.to_owned();
                self.push(Pending::Step(Step::Link(Link { name, target }))).await;
                Ok(None)
            }
            Found::Dir => {
                let Ok(path) = frame.path.join(&name) else { return Ok(None) };
                let (listing, files) = match prior {
                    Some(Prior::Dir(dir)) => (Some(dir.listing), dir.file_count),
                    other => {
                        self.gone(other);
                        (None, 0)
                    }
                };
                let below = self.enter(walk, path, listing).await?;
                match &below {
                    Some(below) => {
                        let mtime = below.listed.mtime;
                        self.push(Pending::Step(Step::Enter(name, mtime))).await;
                    }
                    None => self.walked.removed += files,
                }
                Ok(below)
            }
        }
    }

    fn prior_file(&mut self, prior: Option<Prior>) -> Option<Box<File>> {
        match prior {
            Some(Prior::File(file)) => Some(file),
            other => {
                self.gone(other);
                None
            }
        }
    }

    /// Counts the files of what something else has taken the name of.
    fn gone(&mut self, prior: Option<Prior>) {
        self.walked.removed += match prior {
            Some(Prior::File(_)) => 1,
            Some(Prior::Dir(dir)) => dir.file_count,
            Some(Prior::Link(_)) | None => 0,
        };
    }

    async fn file(&mut self, frame: &Frame, name: EntryName, stamp: Stamp, prior: Option<Box<File>>) {
        // Of a large file only what changed is worth storing anew, and that is decided when it changes. What lies in too many
        // pieces is stored anew, changed or not.
        let usable = prior.as_ref().is_none_or(|prior| {
            let large = prior.size >= PACKED_BELOW && !self.base.is_lost(prior) && !prior.is_scattered();
            large || self.base.is_usable(prior)
        });
        let remembered = remembered(frame.remembered.as_ref(), name.as_str());
        let why = self.rules.decide(&stamp, prior.as_deref(), usable, remembered);
        match (why, prior) {
            (None, Some(prior)) => self.push(Pending::Step(Step::Keep(prior))).await,
            (why, prior) => {
                let Ok(path) = frame.path.join(&name) else { return };
                let why = why.unwrap_or(super::decide::Why::New);
                self.examine(Box::new(Examine { path, name, stamp, why, prior })).await;
            }
        }
    }

    async fn examine(&mut self, item: Box<Examine>) {
        let size = item.stamp.size;
        self.progress.on(Event::Queued { bytes: size });
        if size >= CHUNKED_MIN {
            self.flush().await;
            _ = self.sender.send(Batch::Large(item)).await;
            return;
        }
        // A file that is not packed keeps its room until it is sent, so it goes alone.
        if size >= PACKED_BELOW {
            self.flush().await;
        }
        self.reads += 1;
        self.bytes += size;
        self.push(Pending::Read(item)).await;
        if size >= PACKED_BELOW {
            self.flush().await;
        }
    }

    async fn push(&mut self, pending: Pending) {
        self.pending.push(pending);
        if self.pending.len() >= STEPS_MAX || self.reads >= READS_MAX || self.bytes >= BYTES_MAX {
            self.flush().await;
        }
    }

    async fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let batch = if std::mem::take(&mut self.reads) == 0 {
            Batch::Steps(pending.into_iter().map(Pending::unread).collect())
        } else {
            // Taken here and not by who reads: the room goes to batches in their order, so the first can always go on.
            let permit = self.room.take(bytes).await;
            let (source, progress) = (Arc::clone(&self.source), Arc::clone(&self.progress));
            let reading = tokio::task::spawn_blocking(move || {
                pending.into_iter().map(|pending| pending.read(&source, progress.as_ref())).collect()
            });
            Batch::Reading(reading, permit)
        };
        // Nobody takes it: the publish has ended, and `run` sees that.
        _ = self.sender.send(batch).await;
    }
}

impl Pending {
    fn read(self, source: &Source, progress: &dyn Progress) -> Step {
        match self {
            Self::Step(step) => step,
            Self::Read(item) => {
                // A file may have grown since the scan, but not so much that the batch has no room for it.
                let max = if item.stamp.size < PACKED_BELOW { 4 * PACKED_BELOW } else { CHUNKED_MIN };
                let content = read::read(source.root(), &item.path, max, &|bytes| {
                    progress.on(Event::Hashed { bytes });
                });
                let content = content.map(|content| {
                    // What is published already need not be asked about.
                    let same = item.prior.as_ref().is_some_and(|prior| prior.hash == content.print.hash);
                    let caution = if same { None } else { caution::by_content(&content.print.head) };
                    (content, caution)
                });
                Step::Read(item, content)
            }
        }
    }

    /// The step of a batch in which nothing is to be read.
    fn unread(self) -> Step {
        match self {
            Self::Step(step) => step,
            Self::Read(item) => {
                let error = read::ReadError::unstable(&item.path);
                Step::Read(item, Err(error))
            }
        }
    }
}
