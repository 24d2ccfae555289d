//! Large files: each goes its own way, beside the small ones, and tells at its end where it is stored.
//!
//! One reading hashes and chunks it. If the base has an older content of it with a chunk table, what is new goes into one
//! blob and the rest is referred to where it is; otherwise the whole file is one blob, sent in parts.

use super::consent::{Consent, ask_about};
use super::local::Local;
use super::step::Examine;
use super::{Job, PublishError, SendError};
use crate::base::{Base, Stored, TABLE_BYTES_MAX};
use crate::content::chunk::{self, Chunk};
use crate::content::delta::Delta;
use crate::content::hash::Fingerprint;
use crate::content::parts::{Parts, read_pieces};
use crate::content::read::{ATTEMPTS, ReadError, Reopened};
use crate::content::survey::{Survey, hash_parts_of, survey};
use crate::filter::caution;
use crate::progress::{Event, Progress};
use crate::remote::s3::part_size;
use crate::remote::{PutPartsError, RemoteError, Session};
use crate::room::Room;
use crate::scan::{Source, Stamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OnceCell, Semaphore};
use vitrine_protocol::limits::MULTIPART_THRESHOLD;
use vitrine_protocol::{Extent, ObjectKey, Sha256};

/// How many large files are read and hashed together: each keeps three threads busy.
const SURVEYS_AT_ONCE: usize = 2;

/// How many are on their way together, from the reading to the end: each holds a descriptor and its table of chunks.
const FILES_AT_ONCE: usize = 8;

/// What became of a large file.
pub(super) enum Outcome {
    /// It is stored.
    Stored(Box<Large>),
    /// It could not be read.
    Omitted(ReadError),
}

/// A large file that is stored.
pub(super) struct Large {
    /// What was found out about it.
    pub(super) print: Fingerprint,
    /// Its state at that moment.
    pub(super) stamp: Stamp,
    /// Where it is.
    pub(super) stored: Stored,
    /// Blobs that it added: name, length, whether it was sent.
    pub(super) blobs: Vec<(Sha256, u64, bool)>,
    /// How many bytes of it did not have to be sent, where it is put together from what was stored.
    pub(super) reused: Option<u64>,
}

enum Failure {
    Read(ReadError),
    Remote(RemoteError),
    Base(PublishError),
}

/// What all large files of a publish share.
pub(super) struct LargeFiles<S> {
    session: Arc<S>,
    base: Arc<Base<S>>,
    source: Arc<Source>,
    progress: Arc<dyn Progress>,
    local: Arc<Local>,
    /// Whether blobs are sent even if the store has one of that name and length: it may be damaged.
    resend: bool,
    room: Room,
    surveys: Semaphore,
    turns: Semaphore,
    consent: Arc<dyn Consent>,
    /// One cell for each content on its way: whoever comes second waits for the first.
    claims: Mutex<HashMap<Sha256, Arc<OnceCell<Arc<Stored>>>>>,
}

impl<S: Session> LargeFiles<S> {
    /// Prepares to send large files of `source`; parts in memory take room from `room`.
    pub(super) fn new(
        (session, base, source): (Arc<S>, Arc<Base<S>>, Arc<Source>),
        job: &Job,
        local: Arc<Local>,
        room: Room,
    ) -> Self {
        let (surveys, turns) = (Semaphore::new(SURVEYS_AT_ONCE), Semaphore::new(FILES_AT_ONCE));
        let (progress, consent) = (Arc::clone(&job.progress), Arc::clone(&job.consent));
        let (resend, claims) = (job.options.ignore_base, Mutex::default());
        Self { session, base, source, progress, local, resend, room, surveys, turns, consent, claims }
    }

    /// Makes sure that a file is stored. What changes between its two readings is read anew.
    pub(super) async fn store(&self, item: &Examine) -> Result<Outcome, PublishError> {
        let _turn = self.turns.acquire().await.map_err(|_| PublishError::Thread)?;
        let mut last = ReadError::unstable(&item.path);
        for _ in 0..ATTEMPTS {
            match self.attempt(item).await {
                Ok(large) => return Ok(Outcome::Stored(Box::new(large))),
                Err(Failure::Remote(source)) => {
                    return Err(SendError { path: item.path.to_string(), source }.into());
                }
                Err(Failure::Base(error)) => return Err(error),
                Err(Failure::Read(error @ ReadError::Unstable { .. })) => last = error,
                Err(Failure::Read(error)) => return Ok(Outcome::Omitted(error)),
            }
        }
        Ok(Outcome::Omitted(last))
    }

    async fn attempt(&self, item: &Examine) -> Result<Large, Failure> {
        let survey = self.survey(item).await.map_err(Failure::Read)?;
        let (print, stamp) = (survey.print.clone(), survey.stamp);
        let mut blobs = Vec::new();
        if let Some(mut stored) = self.known(item, &print).await? {
            if stored.chunks.is_none() {
                stored.chunks = self.put_table(&survey.chunks, &mut blobs).await?;
            }
            return Ok(Large { print, stamp, stored, blobs, reused: None });
        }
        let cell = {
            let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(claims.entry(print.hash).or_default())
        };
        let mut reused = None;
        // When the first fails because its file changed, the next one tries with its own.
        let put = async {
            let stored = self.put(item, &survey, &mut blobs, &mut reused).await?;
            Ok(Arc::new(stored))
        };
        let stored = cell.get_or_try_init(|| put).await?.as_ref().clone();
        Ok(Large { print, stamp, stored, blobs, reused })
    }

    async fn survey(&self, item: &Examine) -> Result<Survey, ReadError> {
        let unstable = || ReadError::unstable(&item.path);
        let _turn = self.surveys.acquire().await.map_err(|_| unstable())?;
        let (source, path) = (Arc::clone(&self.source), item.path.clone());
        let progress = Arc::clone(&self.progress);
        let job = tokio::task::spawn_blocking(move || {
            survey(source.root(), &path, part_size, &|bytes| progress.on(Event::Hashed { bytes }))
        });
        job.await.map_err(|_| unstable())?
    }

    /// Where the content is stored already.
    async fn known(&self, item: &Examine, print: &Fingerprint) -> Result<Option<Stored>, Failure> {
        if let Some(prior) = &item.prior
            && prior.hash == print.hash
            && self.base.has_content(prior)
            && !prior.is_scattered()
        {
            let chunks = prior.chunks.filter(|at| !self.base.is_blob_lost(&at.blob));
            return Ok(Some(Stored { chunks, ..Stored::of(prior) }));
        }
        if let Some(caution) = caution::by_content(&print.head) {
            let asked = ask_about(&self.consent, &item.path, print.size, item.stamp.mtime_ms(), caution);
            asked.await.map_err(Failure::Base)?;
        }
        let found = self.base.content(&print.hash, print.size).await;
        found.map_err(|error| Failure::Base(error.into()))
    }

    async fn put(
        &self,
        item: &Examine,
        survey: &Survey,
        blobs: &mut Vec<(Sha256, u64, bool)>,
        reused: &mut Option<u64>,
    ) -> Result<Stored, Failure> {
        let chunks = self.put_table(&survey.chunks, blobs).await?;
        let file = Reopened::open(self.source.root(), &item.path, survey.stamp).map_err(Failure::Read)?;
        let (hash, size) = (survey.print.hash, survey.print.size);
        let Some(delta) = self.delta(item, survey).await? else {
            let sent = self.put_ranges(item, file, vec![(0, size)], hash, (survey, true)).await?;
            blobs.push((hash, size, sent));
            return Ok(Stored { extents: None, chunks });
        };
        *reused = Some(size - delta.new_bytes);
        let ranges = delta.new_ranges();
        if ranges.is_empty() {
            return Ok(Stored { extents: Some(delta.extents(hash)), chunks });
        }
        let (file, name) = self.name_of(item, file, ranges.clone()).await?;
        let sent = self.put_ranges(item, file, ranges, name, (survey, false)).await?;
        blobs.push((name, delta.new_bytes, sent));
        Ok(Stored { extents: Some(delta.extents(name)), chunks })
    }

    async fn put_table(
        &self,
        chunks: &[Chunk],
        blobs: &mut Vec<(Sha256, u64, bool)>,
    ) -> Result<Option<Extent>, Failure> {
        // A file that shrank meanwhile is not worth a table.
        if chunks.len() < 2 || chunk::table_length(chunks) > TABLE_BYTES_MAX {
            return Ok(None);
        }
        let table = chunk::to_table(chunks);
        let (blob, length) = (Sha256::of(&table), table.len() as u64);
        if !self.base.has_blob(&blob, length) {
            let asks = self.local.asks_first() && !self.base.is_blob_lost(&blob);
            let sent = super::uploads::send(self.session.as_ref(), asks, blob, table.into()).await;
            let sent = sent.map_err(Failure::Remote)?;
            if sent {
                self.progress.on(Event::Sent { bytes: length });
            }
            blobs.push((blob, length, sent));
        }
        Ok(Some(Extent { blob, offset: 0, length }))
    }

    /// How to put the file together from what the base has at its path, if that is worth it.
    async fn delta(&self, item: &Examine, survey: &Survey) -> Result<Option<Delta>, Failure> {
        let Some(prior) = item.prior.as_ref().filter(|prior| self.base.has_content(prior)) else {
            return Ok(None);
        };
        let table = self.base.chunks(prior).await.map_err(|error| Failure::Base(error.into()))?;
        let old = table.and_then(|table| chunk::from_table(&table, prior.size));
        let Some(old) = old else { return Ok(None) };
        Ok(Delta::plan(&survey.chunks, prior, &old, |blob| self.base.blob_size(blob)))
    }

    /// The name of the blob that holds these ranges end to end.
    async fn name_of(
        &self,
        item: &Examine,
        file: Reopened,
        ranges: Vec<(u64, u64)>,
    ) -> Result<(Reopened, Sha256), Failure> {
        let job = tokio::task::spawn_blocking(move || {
            let names = hash_parts_of(&file, &ranges, u64::MAX)?;
            Ok::<_, ReadError>((file, names))
        });
        let unstable = || ReadError::unstable(&item.path);
        let (file, names) = job.await.map_err(|_| Failure::Read(unstable()))?.map_err(Failure::Read)?;
        let name = names.first().copied().ok_or_else(|| Failure::Read(unstable()))?;
        Ok((file, name))
    }

    /// Sends ranges of a file as the blob `name`; returns whether they had to be sent. Beside its survey stands whether they
    /// are the whole file, whose parts are hashed already.
    async fn put_ranges(
        &self,
        item: &Examine,
        file: Reopened,
        ranges: Vec<(u64, u64)>,
        name: Sha256,
        survey: (&Survey, bool),
    ) -> Result<bool, Failure> {
        let size: u64 = ranges.iter().map(|(_, length)| length).sum();
        let key = ObjectKey::blob(self.session.grant().share_id, name);
        // One cheap question can save sending gigabytes again that an interrupted publish left behind. The commit
        // checks that what it adds is still there.
        let worth_it = size >= chunk::CHUNKED_MIN || self.local.asks_first();
        let asks = worth_it && !self.resend && !self.base.is_blob_lost(&name);
        if asks && self.session.size_of(key).await.map_err(Failure::Remote)? == Some(size) {
            return Ok(false);
        }
        if size > MULTIPART_THRESHOLD {
            self.put_parts(item, file, ranges, key, size, survey).await?;
            return Ok(true);
        }
        let room = self.room.take(size).await;
        let unstable = || Failure::Read(ReadError::unstable(&item.path));
        let job = tokio::task::spawn_blocking(move || {
            let bytes = read_pieces(&file, &ranges)?;
            file.check()?;
            Ok::<_, ReadError>(bytes)
        });
        let bytes = job.await.map_err(|_| unstable())?.map_err(Failure::Read)?;
        self.session.put(key, bytes, name).await.map_err(|error| self.blame(item, survey.0, error))?;
        drop(room);
        self.progress.on(Event::Sent { bytes: size });
        Ok(true)
    }

    async fn put_parts(
        &self,
        item: &Examine,
        file: Reopened,
        ranges: Vec<(u64, u64)>,
        key: ObjectKey,
        size: u64,
        (survey, is_whole): (&Survey, bool),
    ) -> Result<(), Failure> {
        let part = part_size(size);
        let unstable = || Failure::Read(ReadError::unstable(&item.path));
        let (file, hashes) = if is_whole {
            (file, survey.parts.clone())
        } else {
            let ranges = ranges.clone();
            let job = tokio::task::spawn_blocking(move || {
                let hashes = hash_parts_of(&file, &ranges, part)?;
                Ok::<_, ReadError>((file, hashes))
            });
            job.await.map_err(|_| unstable())?.map_err(Failure::Read)?
        };
        let mut parts = Parts::new(file, item.path.clone(), ranges, part, hashes, self.room.clone());
        match self.session.put_parts(key, size, &mut parts).await {
            Ok(()) => Ok(()),
            Err(PutPartsError::Source(error)) => Err(Failure::Read(error)),
            Err(PutPartsError::Put(error)) => Err(self.blame(item, survey, error)),
        }
    }

    /// Whose fault it is that a body was refused: a file that changed since it was hashed is read anew.
    fn blame(&self, item: &Examine, survey: &Survey, error: RemoteError) -> Failure {
        match Reopened::open(self.source.root(), &item.path, survey.stamp) {
            Err(changed @ ReadError::Unstable { .. }) => Failure::Read(changed),
            _ => Failure::Remote(error),
        }
    }
}
