//! Reads, hashes and sends the files that may have changed, many at a time.
//!
//! Small files are read once: the bytes that were hashed are the bytes that are sent. Large ones are read twice, and the
//! second reading must hash to what the first did. A content that the base has, or that another file of this publish
//! brought already, is not sent. Of what an interrupted publish sent, only large files are found; there is no journal of
//! the rest yet. What cannot be read is left out and reported; what cannot be sent ends the publish.

use crate::base::{Base, Stored};
use crate::bounds::Gauge;
use crate::omission::Omissions;
use crate::plan::Examine;
use crate::progress::{Event, Progress};
use crate::publish::{Options, PublishError};
use crate::read::{self, ATTEMPTS, Content, FileParts, ReadError};
use crate::remote::s3::part_size;
use crate::remote::{PutPartsError, RemoteError, Session};
use crate::room::Room;
use crate::scan::Source;
use futures_util::stream::{self, StreamExt as _};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use vitrine_protocol::kind::classify;
use vitrine_protocol::limits::MULTIPART_THRESHOLD;
use vitrine_protocol::{File, ObjectKey, Sha256};

/// Up to this size a file's bytes are kept from its hashing to its sending. Above, a second reading (from the page
/// cache, mostly) costs less than the memory.
const READ_ONCE_MAX: u64 = 8 << 20;

/// How many bytes of files are in memory together: four times the largest that is sent in one piece.
const ROOM_BYTES: u64 = 4 * MULTIPART_THRESHOLD;

/// A file that could not be sent.
#[derive(Debug, thiserror::Error)]
#[error("Could not send `{path}`")]
pub struct SendError {
    /// Its path below the root.
    pub path: String,
    /// Why not.
    pub source: RemoteError,
}

/// What came of the files that were read.
#[derive(Debug, Default)]
pub struct Contents {
    /// The files of the coming snapshot, each with the index of its directory in the plan.
    pub files: Vec<(usize, File)>,
    /// The blobs that the base does not have.
    pub blobs: NewBlobs,
    /// The paths whose bytes were sent, when they were asked for.
    pub sent_paths: Vec<(String, u64)>,
    /// Files that could not be read.
    pub omissions: Omissions,
    /// How many files turned out new, changed or the same.
    pub counts: BTreeMap<Fate, u64>,
}

/// The blobs that a publish adds to what its base has.
#[derive(Debug, Default)]
pub struct NewBlobs {
    /// Their lengths, whether they were sent now or found to be there already.
    pub sizes: BTreeMap<Sha256, u64>,
    /// How many were sent.
    pub sent: u64,
    /// The bytes of those.
    pub sent_bytes: u64,
}

impl NewBlobs {
    /// Takes note of one.
    pub fn add(&mut self, blob: Sha256, size: u64, sent: bool) {
        self.sizes.insert(blob, size);
        if sent {
            self.sent += 1;
            self.sent_bytes += size;
        }
    }
}

/// What a file that was read is to the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The base has nothing at its path.
    New,
    /// The base has another content at its path.
    Changed,
    /// The base has the same content at its path.
    Same,
}

/// Sends files to one session.
pub struct Sender<'a, S> {
    session: &'a S,
    base: &'a Base,
    source: Arc<Source>,
    progress: Arc<dyn Progress>,
    jobs: usize,
    /// Whether blobs are sent even if the store has one of that name and length: it may be damaged.
    resend: bool,
    room: Room,
    /// One cell for each content on its way: whoever comes second waits for the first.
    claims: Mutex<HashMap<Sha256, Arc<OnceCell<()>>>>,
}

enum Outcome {
    File { dir: usize, file: Box<File>, fate: Fate, store: Store },
    Omitted(ReadError),
}

/// What storing a file's content took.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Store {
    /// Nothing: it is empty, or the base has it.
    Known,
    /// It is new, but another file brought it, or an interrupted publish did.
    There,
    /// It was sent.
    Sent,
}

enum Failure {
    Read(ReadError),
    Remote(RemoteError),
}

impl<'a, S: Session> Sender<'a, S> {
    /// Prepares to send to `session` what `base` does not have, as `options` say.
    pub fn new(
        session: &'a S,
        base: &'a Base,
        source: Arc<Source>,
        progress: Arc<dyn Progress>,
        options: &Options,
    ) -> Self {
        let (jobs, resend) = (options.jobs.max(1), options.ignore_base);
        let (room, claims) = (Room::of(ROOM_BYTES), Mutex::default());
        Self { session, base, source, progress, jobs, resend, room, claims }
    }

    /// Goes through `items`. With `list`, the paths that were sent are named in the result. Ends as soon as the new blobs
    /// are more than `gauge` has room for.
    pub async fn send(
        &self,
        items: Vec<Examine>,
        list: bool,
        mut gauge: Gauge,
    ) -> Result<Contents, PublishError> {
        let mut contents = Contents::default();
        let mut outcomes = stream::iter(items).map(|item| self.one(item)).buffer_unordered(self.jobs);
        while let Some(outcome) = outcomes.next().await {
            let (path, outcome) = outcome?;
            match outcome {
                Outcome::Omitted(error) => {
                    let (reason, detail) = error.reason();
                    contents.omissions.add(path, reason, detail);
                }
                Outcome::File { dir, file, fate, store } => {
                    *contents.counts.entry(fate).or_default() += 1;
                    let sent = store == Store::Sent;
                    if store != Store::Known {
                        if !contents.blobs.sizes.contains_key(&file.hash) {
                            gauge.add(file.size)?;
                        }
                        contents.blobs.add(file.hash, file.size, sent);
                    }
                    if sent && list {
                        contents.sent_paths.push((path, file.size));
                    }
                    contents.files.push((dir, *file));
                }
            }
        }
        contents.sent_paths.sort();
        Ok(contents)
    }

    /// Reads one file and makes sure that its content is stored. What changes between its two readings is read anew.
    async fn one(&self, item: Examine) -> Result<(String, Outcome), SendError> {
        let path = item.path.to_string();
        let mut last = ReadError::Unstable { path: path.clone() };
        for _ in 0..ATTEMPTS {
            match self.attempt(&item).await {
                Ok(outcome) => {
                    if let Outcome::File { file, store, .. } = &outcome {
                        let sent = *store == Store::Sent;
                        self.progress.on(Event::Done { path: &path, bytes: file.size, sent });
                    }
                    return Ok((path, outcome));
                }
                Err(Failure::Remote(source)) => return Err(SendError { path, source }),
                Err(Failure::Read(error @ ReadError::Unstable { .. })) => last = error,
                Err(Failure::Read(error)) => return Ok((path, Outcome::Omitted(error))),
            }
        }
        Ok((path, Outcome::Omitted(last)))
    }

    async fn attempt(&self, item: &Examine) -> Result<Outcome, Failure> {
        let keep = if item.stamp.size <= READ_ONCE_MAX { item.stamp.size } else { 0 };
        let held = self.room.take(keep).await;
        let content = self.examine(item, keep).await.map_err(Failure::Read)?;
        let Content { print, stamp, bytes } = content;
        let fate = fate(item, &print.hash);
        let (stored, store) = match self.base.content(&print.hash, print.size) {
            Some(stored) => (stored, Store::Known),
            None if print.size == 0 => (Stored { extents: None, chunks: None }, Store::Known),
            None => {
                // Without bytes in hand the room is given back first: waiting for more while holding some could
                // block everyone.
                let held = bytes.is_some().then_some(held);
                let sent = self.store(item, print.hash, print.size, bytes).await?;
                drop(held);
                (Stored { extents: None, chunks: None }, if sent { Store::Sent } else { Store::There })
            }
        };
        let (content_type, kind) = classify(item.name.as_str(), &print.head);
        let file = File {
            name: item.name.clone(),
            hash: print.hash,
            size: print.size,
            mtime: stamp.mtime_ms(),
            crc32: print.crc32,
            content_type,
            kind,
            extents: stored.extents,
            chunks: stored.chunks,
        };
        Ok(Outcome::File { dir: item.dir, file: Box::new(file), fate, store })
    }

    async fn examine(&self, item: &Examine, keep: u64) -> Result<Content, ReadError> {
        let (source, path) = (Arc::clone(&self.source), item.path.clone());
        let progress = Arc::clone(&self.progress);
        let job = tokio::task::spawn_blocking(move || {
            read::examine(source.root(), &path, keep, &|bytes| progress.on(Event::Hashed { bytes }))
        });
        job.await.map_err(|_| ReadError::Unstable { path: item.path.to_string() })?
    }

    /// Sends a content unless another file brings it; returns whether it was sent here.
    async fn store(
        &self,
        item: &Examine,
        hash: Sha256,
        size: u64,
        bytes: Option<bytes::Bytes>,
    ) -> Result<bool, Failure> {
        let cell = {
            let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(claims.entry(hash).or_default())
        };
        let mut sent = false;
        // When the first fails because its file changed, the next one tries with its own.
        let put = async {
            sent = self.put(item, hash, size, bytes).await?;
            Ok(())
        };
        cell.get_or_try_init(|| put).await?;
        Ok(sent)
    }

    async fn put(
        &self,
        item: &Examine,
        hash: Sha256,
        size: u64,
        bytes: Option<bytes::Bytes>,
    ) -> Result<bool, Failure> {
        let key = ObjectKey::blob(self.session.grant().share_id, hash);
        if size > MULTIPART_THRESHOLD {
            return self.put_parts(item, key, hash, size).await;
        }
        let room = if bytes.is_none() { Some(self.room.take(size).await) } else { None };
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => self.read_again(item, size, hash).await.map_err(Failure::Read)?,
        };
        self.session.put(key, bytes, hash).await.map_err(Failure::Remote)?;
        drop(room);
        self.progress.on(Event::Sent { bytes: size });
        Ok(true)
    }

    async fn read_again(&self, item: &Examine, size: u64, hash: Sha256) -> Result<bytes::Bytes, ReadError> {
        let (source, path) = (Arc::clone(&self.source), item.path.clone());
        let job = tokio::task::spawn_blocking(move || read::read_again(source.root(), &path, size, &hash));
        job.await.map_err(|_| ReadError::Unstable { path: item.path.to_string() })?
    }

    async fn put_parts(
        &self,
        item: &Examine,
        key: ObjectKey,
        hash: Sha256,
        size: u64,
    ) -> Result<bool, Failure> {
        // One cheap question can save sending gigabytes again that an interrupted publish left behind. The commit
        // checks that what it adds is still there.
        if !self.resend && self.session.size_of(key).await.map_err(Failure::Remote)? == Some(size) {
            return Ok(false);
        }
        let part = part_size(size);
        let parts = FileParts::open(self.source.root(), &item.path, size, hash, part, self.room.clone());
        let mut parts = parts.map_err(Failure::Read)?;
        match self.session.put_parts(key, size, &mut parts).await {
            Ok(()) => Ok(true),
            Err(PutPartsError::Source(error)) => Err(Failure::Read(error)),
            Err(PutPartsError::Put(error)) => Err(Failure::Remote(error)),
        }
    }
}

/// What the content says about a file that was read: a `touch` changes nothing.
fn fate(item: &Examine, hash: &Sha256) -> Fate {
    match &item.prior {
        None => Fate::New,
        Some(prior) if prior.hash == *hash => Fate::Same,
        Some(_) => Fate::Changed,
    }
}
