//! Takes the steps in the order of the paths and puts the snapshot together: packs, blobs, listings.
//!
//! A file is ready when it is known where it is stored. One in a pack waits until the pack is full and has its name, a
//! large one until it is sent; what comes after waits in a queue, so that listings are built in order. The queue is bounded:
//! when it is full, the pack is sealed early, or the large file in front is waited for.

use super::consent::{Consent, ask_about};
use super::describe::{Description, describe};
use super::large::{Large, LargeFiles, Outcome};
use super::step::{Batch, Examine, Step};
use super::tally::Tally;
use super::uploads::{Put, Uploads};
use super::{Job, PublishError};
use crate::base::{Base, Half, Stored, half};
use crate::content::hash::Fingerprint;
use crate::content::pack::{PACK_BYTES, PACKED_BELOW, Pack};
use crate::content::read::{Content, ReadError};
use crate::progress::{Event, Progress};
use crate::remote::Session;
use crate::room::Room;
use crate::scan::Stamp;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::{AbortHandle, JoinHandle};
use vitrine_protocol::kind::classify;
use vitrine_protocol::tree::ListingBuilder;
use vitrine_protocol::{EntryName, Extent, File, Link};

/// How many entries may wait: some 12 MB. Without the bound, one small file and then a million unchanged ones would all wait
/// for a pack to fill.
const QUEUE_MAX: usize = 32 * 1024;

/// A blob of listings is sealed at about this length: worth a request, and small enough to be fetched whole.
const LISTING_BLOB_BYTES: usize = 8 << 20;

/// An entry on its way into the listings.
enum Slot {
    Enter(EntryName, i64),
    Leave,
    Link(Link),
    File(Box<File>),
    /// In the pack that is being filled, or one after it: by number, and where.
    Packed(Box<File>, u32, u64),
    Large(Box<Examine>, Task<Result<Outcome, PublishError>>),
}

/// A task that ends with whoever waits for it.
struct Task<T>(JoinHandle<T>, AbortHandle);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.1.abort();
    }
}

/// Where a content is that this publish brought.
#[derive(Clone, Copy)]
enum Place {
    /// In a pack: its number, and where in it.
    Pack(u32, u32),
    /// In a blob of its own.
    Whole,
}

/// Puts a snapshot together.
pub(super) struct Assembler<S> {
    base: Arc<Base<S>>,
    progress: Arc<dyn Progress>,
    consent: Arc<dyn Consent>,
    large: Arc<LargeFiles<S>>,
    uploads: Uploads<S>,
    room: Room,
    builder: ListingBuilder,
    queue: VecDeque<Slot>,
    pack: Pack,
    pack_room: Option<OwnedSemaphorePermit>,
    /// The names of the packs that are full.
    packs: Vec<Extent>,
    fresh: HashMap<Half, (u64, Place)>,
    inventory_bytes_max: u64,
    list: bool,
    tally: Tally,
}

impl<S: Session> Assembler<S> {
    /// Prepares to assemble what is sent by `uploads` and `large`. Packs take room from `room`.
    pub(super) fn new(
        base: Arc<Base<S>>,
        job: &Job,
        (uploads, large): (Uploads<S>, LargeFiles<S>),
        room: Room,
    ) -> Self {
        let options = &job.options;
        Self {
            base,
            progress: Arc::clone(&job.progress),
            consent: Arc::clone(&job.consent),
            large: Arc::new(large),
            uploads,
            room,
            builder: ListingBuilder::new(LISTING_BLOB_BYTES),
            queue: VecDeque::new(),
            pack: Pack::default(),
            pack_room: None,
            packs: Vec::new(),
            fresh: HashMap::new(),
            inventory_bytes_max: options.inventory_bytes_max,
            list: options.dry_run,
            tally: Tally::default(),
        }
    }

    /// Takes all batches; ends when everything is stored but the manifest.
    pub(super) async fn run(
        mut self,
        mut batches: mpsc::Receiver<Batch>,
    ) -> Result<(Description, Tally), PublishError> {
        let mut ended = false;
        loop {
            self.release().await?;
            self.uploads.check()?;
            self.check_bounds()?;
            if self.queue.is_empty() && ended {
                break;
            }
            if ended || self.queue.len() >= QUEUE_MAX {
                self.unblock().await?;
                continue;
            }
            match batches.recv().await {
                None => ended = true,
                Some(Batch::Steps(steps)) => self.take_all(steps, None).await?,
                Some(Batch::Reading(reading, permit)) => {
                    let steps = reading.await.map_err(|_| PublishError::Thread)?;
                    self.take_all(steps, Some(permit)).await?;
                }
                Some(Batch::Large(item)) => self.begin_large(item),
            }
        }
        self.seal();
        self.finish().await
    }

    async fn finish(mut self) -> Result<(Description, Tally), PublishError> {
        let base = Arc::clone(&self.base);
        let (built, blobs) =
            self.builder.finish(&mut |hash| base.listing(hash)).map_err(PublishError::Tree)?;
        for (blob, bytes) in blobs {
            put_listing(&mut self.uploads, &self.base, &self.room, blob, bytes).await;
        }
        let max = self.inventory_bytes_max;
        let description = describe(&self.base, &mut self.uploads, &self.room, built, max).await?;
        self.uploads.finish().await?;
        self.tally.blobs = std::mem::take(&mut self.uploads.blobs);
        Ok((description, self.tally))
    }

    /// Fails early when the blobs that are new already are more than a snapshot's list may name.
    fn check_bounds(&self) -> Result<(), PublishError> {
        super::bounds::check_new_blobs(self.uploads.blobs.sizes.len(), self.inventory_bytes_max)?;
        Ok(())
    }

    /// Does what the first in the queue waits for.
    async fn unblock(&mut self) -> Result<(), PublishError> {
        match self.queue.front_mut() {
            Some(Slot::Packed(..)) => {
                self.seal();
                Ok(())
            }
            Some(Slot::Large(_, task)) => {
                let outcome = tokio::select! {
                    outcome = &mut task.0 => outcome.map_err(|_| PublishError::Thread)??,
                    error = self.uploads.failure() => return Err(error),
                };
                self.end_large(outcome)
            }
            _ => Ok(()),
        }
    }

    async fn take_all(
        &mut self,
        steps: Vec<Step>,
        mut permit: Option<OwnedSemaphorePermit>,
    ) -> Result<(), PublishError> {
        for step in steps {
            match step {
                Step::Enter(name, mtime) => self.queue.push_back(Slot::Enter(name, mtime)),
                Step::Leave => self.queue.push_back(Slot::Leave),
                Step::Link(link) => self.queue.push_back(Slot::Link(link)),
                Step::Keep(file) => self.queue.push_back(Slot::File(file)),
                Step::Read(item, Err(error)) => self.omit(&item, error)?,
                Step::Read(item, Ok((content, caution))) => {
                    if let Some(caution) = caution {
                        let (size, mtime) = (content.print.size, content.stamp.mtime_ms());
                        ask_about(&self.consent, &item.path, size, mtime, caution).await?;
                    }
                    self.read(&item, content, &mut permit).await?;
                }
            }
        }
        Ok(())
    }

    /// Leaves a file out that could not be read; fails when that says nothing about the file.
    fn omit(&mut self, item: &Examine, error: ReadError) -> Result<(), PublishError> {
        if matches!(error, ReadError::Exhausted { .. }) {
            return Err(PublishError::Exhausted(error));
        }
        let (reason, detail) = error.reason();
        let path = item.path.to_string();
        self.progress.on(Event::Done { path: &path, bytes: item.stamp.size, sent: false });
        self.tally.omissions.add(path, reason, detail);
        Ok(())
    }

    /// Takes a file that was read: says where its content is, or stores it.
    async fn read(
        &mut self,
        item: &Examine,
        content: Content,
        permit: &mut Option<OwnedSemaphorePermit>,
    ) -> Result<(), PublishError> {
        let Content { print, stamp, bytes } = content;
        self.tally.count(item, &print);
        let mut file = Box::new(draft(item, &print, stamp));
        let known = match self.known(item, &print).await? {
            Some(stored) => Some(stored),
            None => match self.fresh.get(&half(&print.hash)).copied().filter(|(size, _)| *size == print.size)
            {
                Some((_, Place::Pack(number, offset))) => {
                    self.tally.found(item, &print);
                    self.tell_done(item, print.size, false);
                    self.queue.push_back(Slot::Packed(file, number, offset.into()));
                    return Ok(());
                }
                Some((_, Place::Whole)) => Some(Stored { extents: None, chunks: None }),
                None => None,
            },
        };
        if let Some(stored) = known {
            self.tally.found(item, &print);
            (file.extents, file.chunks) = (stored.extents, stored.chunks);
            self.tell_done(item, print.size, false);
            self.queue.push_back(Slot::File(file));
            return Ok(());
        }
        self.tell_done(item, print.size, true);
        if print.size < PACKED_BELOW {
            self.add_to_pack(file, &bytes).await;
        } else {
            self.fresh.insert(half(&print.hash), (print.size, Place::Whole));
            let held = permit.take().into_iter().collect();
            let (what, inside) = (item.path.to_string(), vec![(print.hash, 0, print.size)]);
            self.uploads.put(Put { what, blob: print.hash, bytes, inside, held });
            self.queue.push_back(Slot::File(file));
        }
        Ok(())
    }

    fn tell_done(&mut self, item: &Examine, bytes: u64, sent: bool) {
        let path = item.path.to_string();
        self.progress.on(Event::Done { path: &path, bytes, sent });
        if sent && self.list {
            self.progress.on(Event::WouldSend { path: &path, bytes });
        }
    }

    async fn known(&self, item: &Examine, print: &Fingerprint) -> Result<Option<Stored>, PublishError> {
        if print.size == 0 {
            return Ok(Some(Stored { extents: None, chunks: None }));
        }
        if let Some(prior) = &item.prior
            && prior.hash == print.hash
            && self.base.is_usable(prior)
        {
            return Ok(Some(Stored::of(prior)));
        }
        Ok(self.base.content(&print.hash, print.size).await?)
    }

    async fn add_to_pack(&mut self, file: Box<File>, bytes: &[u8]) {
        if self.pack.is_full_for(bytes.len()) {
            self.seal();
        }
        if self.pack_room.is_none() {
            self.pack_room = Some(self.room.take(PACK_BYTES as u64).await);
        }
        let offset = self.pack.add(file.hash, bytes);
        let number = u32::try_from(self.packs.len()).unwrap_or(u32::MAX);
        let place = Place::Pack(number, u32::try_from(offset).unwrap_or(u32::MAX));
        self.fresh.insert(half(&file.hash), (file.size, place));
        self.queue.push_back(Slot::Packed(file, number, offset));
    }

    /// Ends the pack that is being filled and sends it.
    fn seal(&mut self) {
        if self.pack.is_empty() {
            return;
        }
        let sealed = self.pack.seal();
        let length = sealed.bytes.len() as u64;
        self.packs.push(Extent { blob: sealed.blob, offset: 0, length });
        self.tally.packs += 1;
        let what = format!("a pack of {} small files", sealed.inside.len());
        let held = self.pack_room.take().into_iter().collect();
        self.uploads.put(Put { what, blob: sealed.blob, bytes: sealed.bytes, inside: sealed.inside, held });
    }

    fn begin_large(&mut self, item: Box<Examine>) {
        let (large, asked) = (Arc::clone(&self.large), item.as_ref().clone());
        let task = tokio::spawn(async move { large.store(&asked).await });
        let abort = task.abort_handle();
        self.queue.push_back(Slot::Large(item, Task(task, abort)));
    }

    /// Puts a large file in the place of the task in front of the queue.
    fn end_large(&mut self, outcome: Outcome) -> Result<(), PublishError> {
        let Some(Slot::Large(item, _)) = self.queue.pop_front() else { return Ok(()) };
        match outcome {
            Outcome::Omitted(error) => return self.omit(&item, error),
            Outcome::Stored(large) => {
                let Large { print, stamp, stored, blobs, reused } = *large;
                self.tally.count(&item, &print);
                let mut file = Box::new(draft(&item, &print, stamp));
                (file.extents, file.chunks) = (stored.extents, stored.chunks);
                if blobs.is_empty() {
                    self.tally.found(&item, &print);
                }
                let sent = blobs.iter().any(|(_, _, sent)| *sent);
                for (blob, size, sent) in blobs {
                    self.uploads.blobs.add(blob, size, sent);
                }
                self.tally.deltas += u64::from(reused.is_some());
                self.tally.delta_bytes += reused.unwrap_or(0);
                let reused = reused.unwrap_or(0).min(print.size);
                self.tell_done(&item, print.size - reused, sent);
                if reused > 0 {
                    self.progress.on(Event::Reused { bytes: reused });
                }
                self.queue.push_front(Slot::File(file));
            }
        }
        Ok(())
    }

    /// Hands on from the queue what is ready, and sends the listings that are complete.
    async fn release(&mut self) -> Result<(), PublishError> {
        loop {
            if let Some(Slot::Large(_, task)) = self.queue.front_mut()
                && task.0.is_finished()
            {
                let outcome = (&mut task.0).await.map_err(|_| PublishError::Thread)??;
                self.end_large(outcome)?;
                continue;
            }
            let Some(front) = self.queue.pop_front() else { break };
            if let Some(back) = self.build(front)? {
                self.queue.push_front(back);
                break;
            }
        }
        for (blob, bytes) in self.builder.take_blobs() {
            put_listing(&mut self.uploads, &self.base, &self.room, blob, bytes).await;
        }
        Ok(())
    }

    /// Adds an entry to the listings; gives it back when it is not ready.
    fn build(&mut self, slot: Slot) -> Result<Option<Slot>, PublishError> {
        let base = Arc::clone(&self.base);
        let known = &mut |hash: &vitrine_protocol::Sha256| base.listing(hash);
        let built = match slot {
            Slot::Enter(name, mtime) => {
                self.builder.enter(name, mtime, known);
                Ok(())
            }
            Slot::Leave => self.builder.leave(known),
            Slot::Link(link) => self.builder.link(link, known),
            Slot::File(file) => self.builder.file(*file, known),
            Slot::Packed(mut file, number, offset) => match self.packs.get(number as usize) {
                None => return Ok(Some(Slot::Packed(file, number, offset))),
                Some(pack) => {
                    file.extents = extents_in(*pack, &file, offset);
                    self.builder.file(*file, known)
                }
            },
            waiting @ Slot::Large(..) => return Ok(Some(waiting)),
        };
        built.map_err(PublishError::Tree)?;
        Ok(None)
    }
}

/// A file in a pack; one that is alone in it is the whole blob.
fn extents_in(pack: Extent, file: &File, offset: u64) -> Option<Vec<Extent>> {
    let alone = pack.blob == file.hash && pack.length == file.size;
    (!alone).then(|| vec![Extent { blob: pack.blob, offset, length: file.size }])
}

/// Sends a blob of listings, unless the base has it.
async fn put_listing<S: Session>(
    uploads: &mut Uploads<S>,
    base: &Base<S>,
    room: &Room,
    blob: vitrine_protocol::Sha256,
    bytes: Vec<u8>,
) {
    let length = bytes.len() as u64;
    if base.has_blob(&blob, length) {
        return;
    }
    let held = vec![room.take(length).await];
    let what = "the listings of the folders".to_owned();
    uploads.put(Put { what, blob, bytes: bytes.into(), inside: Vec::new(), held });
}

/// The file as it will be listed, but for where it is stored.
fn draft(item: &Examine, print: &Fingerprint, stamp: Stamp) -> File {
    let (content_type, kind) = classify(item.name.as_str(), &print.head);
    File {
        name: item.name.clone(),
        hash: print.hash,
        size: print.size,
        mtime: stamp.mtime_ms(),
        crc32: print.crc32,
        content_type,
        kind,
        extents: None,
        chunks: None,
    }
}
