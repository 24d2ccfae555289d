//! The snapshot to compare with: what its files are, which contents and listings are already stored.
//!
//! Everything read here is checked against the hash that named it; a base that is damaged is refused, never half
//! believed, because a reused blob that is not there would be a hole in the new snapshot. The listings are read along with
//! the walk ([`Cursor`]), not loaded: memory does not grow with the share.

mod cursor;
mod index;
mod reader;

pub use cursor::{Cursor, Prior};
pub use index::{Half, Index, Stored, half};

use crate::content::chunk::CHUNKED_MIN;
use crate::remote::{RemoteError, Session};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use reader::Reader;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use vitrine_protocol::api;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::manifest::BlobRow;
use vitrine_protocol::{Entries, Extent, File, Manifest, ManifestId, ObjectKey, Sha256};

/// Up to so many blobs are asked for one by one: 1,000 questions, 16 at a time, take some seconds.
pub const CHECKED_BLOBS_MAX: usize = 1000;

/// How many questions are asked together.
const QUESTIONS_AT_ONCE: usize = 16;

/// What came of asking whether the blobs are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// Each was asked for.
    All {
        /// How many are not there, or have another length, and are now forgotten.
        missing: usize,
    },
    /// Nothing was asked: there are too many.
    TooMany {
        /// How many there are.
        blobs: usize,
    },
}

/// Why the base cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// It could not be fetched.
    #[error("Could not fetch the published snapshot {id}")]
    Fetch {
        /// The snapshot.
        id: ManifestId,
        /// Why not.
        source: RemoteError,
    },
    /// An object that it needs is not there.
    #[error("The published snapshot {id} is damaged: `{key}` is missing")]
    Missing {
        /// The snapshot.
        id: ManifestId,
        /// The object.
        key: String,
    },
    /// An object's bytes do not have the hash they are known by.
    #[error("The published snapshot {id} is damaged: `{key}` does not have the hash it should")]
    Hash {
        /// The snapshot.
        id: ManifestId,
        /// The object.
        key: String,
    },
    /// Its JSON is not what it should be, or of a newer version.
    #[error("The published snapshot {id} cannot be read")]
    Format {
        /// The snapshot.
        id: ManifestId,
        /// What is wrong.
        source: FormatError,
    },
}

impl BaseError {
    /// Whether something of the snapshot is missing or not what it should be.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Hash { .. } | Self::Format { .. }) && !self.is_newer()
    }

    /// Whether a newer program could read it.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Format { source: FormatError::NewerVersion { .. }, .. })
    }
}

/// A blob with more dead bytes than this, and more dead than live ones, is not used any longer: what lives in it is
/// written anew. Below, the waste costs less than the requests and the snapshot that would remove it.
const DEAD_BYTES_MIN: u64 = 64 * 1024;

/// The longest chunk table that is written and read: that of a file of some 116 GiB. A larger one is always sent whole.
pub const TABLE_BYTES_MAX: u64 = 16 << 20;

/// A blob of the base.
#[derive(Debug, Clone, Copy)]
struct Blob {
    size: u64,
    /// Whether it may be referred to again.
    usable: bool,
    /// Whether it is missing or distrusted.
    lost: bool,
}

/// The snapshot to compare with, or nothing.
pub struct Base<S> {
    session: Arc<S>,
    /// Its root; absent before the first publish.
    pub manifest: Option<Manifest>,
    reader: Option<Arc<Reader<S>>>,
    blobs: HashMap<Sha256, Blob>,
    /// The blob that is the inventory and nothing else, and its length.
    inventory: Option<(Sha256, u64)>,
    /// Where the texts of the listings are that were read so far.
    listings: Mutex<HashMap<Sha256, Extent>>,
    index: OnceCell<Index>,
    /// Contents that an unfinished publish brought.
    arrived: Index,
}

impl<S: Session> Base<S> {
    /// Fetches a snapshot's manifest and inventory; nothing when there is none. Blobs that are `distrusted`, and those that
    /// are mostly dead, are not used.
    pub async fn load(
        session: Arc<S>,
        base: Option<api::Base>,
        distrusted: &HashSet<Sha256>,
    ) -> Result<Self, BaseError> {
        let mut loaded = Self {
            session: Arc::clone(&session),
            manifest: None,
            reader: None,
            blobs: HashMap::new(),
            inventory: None,
            listings: Mutex::default(),
            index: OnceCell::new(),
            arrived: Index::default(),
        };
        let Some(base) = base else { return Ok(loaded) };
        let reader = Reader::new(session, base.manifest_id);
        let manifest = reader.manifest(base.manifest_hash).await?;
        let (rows, inventory) = reader.inventory(&manifest.blobs).await?;
        let blob = |row: &BlobRow| {
            let dead = row.size.saturating_sub(row.live_bytes);
            let lost = distrusted.contains(&row.blob);
            let usable = !lost && (dead < DEAD_BYTES_MIN || dead <= row.live_bytes);
            (row.blob, Blob { size: row.size, usable, lost })
        };
        loaded.blobs = rows.iter().map(blob).collect();
        loaded.reader = Some(Arc::new(reader.with_sizes(&rows)));
        (loaded.manifest, loaded.inventory) = (Some(manifest), inventory);
        loaded.learn_index().await?;
        Ok(loaded)
    }

    /// Takes note of where the pages of its path index are, and their list. The pages themselves are not read: the list has
    /// their hashes. One that is damaged is made anew, as all of it follows from the listings.
    async fn learn_index(&mut self) -> Result<(), BaseError> {
        let (Some(manifest), Some(reader)) = (&self.manifest, &self.reader) else { return Ok(()) };
        let Some(index) = &manifest.index else { return Ok(()) };
        let texts = match reader.index(index).await {
            Ok(texts) => texts,
            Err(error) if error.is_damage() => return Ok(()),
            Err(error) => return Err(error),
        };
        let inside = |at: &Extent| self.blob_size(&at.blob).is_some_and(|size| at.end() <= size);
        let texts = texts.into_iter().filter(|(_, at)| inside(at)).collect();
        self.listings = Mutex::new(texts);
        Ok(())
    }

    /// Adds blobs that an unfinished publish brought, and what is in them.
    pub fn add_arrived(&mut self, arrived: Index, blobs: impl Iterator<Item = (Sha256, u64)>) {
        self.arrived = arrived;
        self.arrived.sort();
        for (blob, size) in blobs {
            self.blobs.entry(blob).or_insert(Blob { size, usable: true, lost: false });
        }
    }

    async fn entries(&self, at: Extent) -> Result<Entries, BaseError> {
        let Some(reader) = &self.reader else { return Ok(Entries::default()) };
        let (hash, entries) = reader.entries(at).await?;
        if self.is_usable_at(&at) {
            self.listings.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, at);
        }
        Ok(entries)
    }

    /// Asks whether its blobs are there with their lengths; what is stored in those that are not is not used, so whoever
    /// needs it sends it again.
    pub async fn forget_missing(&mut self, blobs_max: usize) -> Result<Checked, BaseError> {
        let Some(id) = self.manifest.as_ref().map(|manifest| manifest.manifest_id) else {
            return Ok(Checked::All { missing: 0 });
        };
        let blobs: Vec<(Sha256, u64)> = self.blobs.iter().map(|(name, blob)| (*name, blob.size)).collect();
        if blobs.len() > blobs_max {
            return Ok(Checked::TooMany { blobs: blobs.len() });
        }
        let (share, session) = (self.session.grant().share_id, &self.session);
        let found: Vec<(Sha256, bool)> = stream::iter(blobs)
            .map(|(blob, size)| async move {
                let found = session.size_of(ObjectKey::blob(share, blob)).await;
                Ok((blob, found.map_err(|source| BaseError::Fetch { id, source })? == Some(size)))
            })
            .buffer_unordered(QUESTIONS_AT_ONCE)
            .try_collect()
            .await?;
        let mut missing = 0;
        for (blob, _) in found.into_iter().filter(|(_, there)| !there) {
            missing += 1;
            self.blobs.entry(blob).and_modify(|blob| (blob.usable, blob.lost) = (false, true));
        }
        Ok(Checked::All { missing })
    }

    fn is_usable_at(&self, at: &Extent) -> bool {
        self.blobs.get(&at.blob).is_some_and(|blob| blob.usable)
    }

    /// Whether what a file of the base refers to may be referred to again. In more pieces than a commit takes, it may not.
    pub fn is_usable(&self, file: &File) -> bool {
        if file.is_scattered() {
            return false;
        }
        if file.chunks.is_some_and(|at| self.is_blob_lost(&at.blob)) {
            return false;
        }
        match &file.extents {
            None => {
                file.size == 0 || self.is_usable_at(&Extent { blob: file.hash, offset: 0, length: file.size })
            }
            Some(extents) => extents.iter().all(|at| self.is_usable_at(at)),
        }
    }

    /// Whether something that a file of the base refers to is missing or distrusted; mostly dead bytes do not count.
    pub fn is_lost(&self, file: &File) -> bool {
        !self.has_content(file) || file.chunks.is_some_and(|at| self.is_blob_lost(&at.blob))
    }

    /// Whether the bytes of a file of the base are all there, whatever became of its chunk table.
    pub fn has_content(&self, file: &File) -> bool {
        file.extents().iter().all(|at| self.blobs.get(&at.blob).is_some_and(|blob| !blob.lost))
    }

    /// Where that content is stored, anywhere in the base, if it is.
    pub async fn content(&self, hash: &Sha256, size: u64) -> Result<Option<Stored>, BaseError> {
        if let Some(stored) = self.arrived.find(hash, size) {
            return Ok(Some(stored));
        }
        let whole = || {
            let there = self.blobs.get(hash).is_some_and(|blob| blob.size == size && blob.usable);
            there.then_some(Stored { extents: None, chunks: None })
        };
        // A large file has a chunk table that only its entry knows.
        if size < CHUNKED_MIN
            && let Some(stored) = whole()
        {
            return Ok(Some(stored));
        }
        if self.manifest.is_none() {
            return Ok(None);
        }
        let index = self.index.get_or_try_init(|| self.read_index()).await?;
        Ok(index.find(hash, size).or_else(whole))
    }

    /// The chunk table of a file, if it has one that can be had.
    pub async fn chunks(&self, file: &File) -> Result<Option<Bytes>, BaseError> {
        let (Some(at), Some(reader)) = (file.chunks, &self.reader) else { return Ok(None) };
        if at.length > TABLE_BYTES_MAX || !self.is_usable_at(&at) {
            return Ok(None);
        }
        reader.table(at, TABLE_BYTES_MAX).await
    }

    /// Where the listing with that hash is stored, if it is among those read so far; a page of the index, likewise.
    pub fn listing(&self, hash: &Sha256) -> Option<Extent> {
        let found = self.listings.lock().unwrap_or_else(PoisonError::into_inner).get(hash).copied();
        // Asked again: since it was read, its blob may have turned out to be lost.
        found.filter(|at| self.is_usable_at(at))
    }

    /// Whether a blob of the base is missing or distrusted: then it is sent whatever the store says of it.
    pub fn is_blob_lost(&self, blob: &Sha256) -> bool {
        self.blobs.get(blob).is_some_and(|blob| blob.lost)
    }

    /// Whether a blob is there with that length.
    pub fn has_blob(&self, blob: &Sha256, length: u64) -> bool {
        self.blobs.get(blob).is_some_and(|blob| blob.size == length && !blob.lost)
    }

    /// The length of a blob that it needs.
    pub fn blob_size(&self, blob: &Sha256) -> Option<u64> {
        self.blobs.get(blob).map(|blob| blob.size)
    }

    /// Whether that blob is its inventory, which does not list itself.
    pub fn is_inventory(&self, blob: &Sha256, length: u64) -> bool {
        self.inventory == Some((*blob, length))
    }

    /// When its folder was scanned, in milliseconds since the epoch.
    pub fn scanned_at(&self) -> i64 {
        self.manifest.as_ref().map_or(i64::MIN, |manifest| manifest.created_at)
    }
}
