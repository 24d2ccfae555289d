//! One snapshot of a share, read through any [`Source`]: its manifest, its inventory, its listings, ranges of its blobs.
//!
//! The manifest must have the hash that `latest.json` says, a blob of listings the hash that is its name, and JSON the shape of
//! its type; anything else is an error here. Ranges of blobs are handed out as they came: whoever has the whole file
//! checks its hash. Memory is bounded by the listings under way, not by the share.

use super::counts::Counts;
use super::{Source, is_short, is_too_long};
use crate::remote::RemoteError;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::limits::{FORMAT_VERSION, INVENTORY_BYTES_MAX, MANIFEST_BYTES_MAX};
use vitrine_protocol::manifest::{BlobRow, Inventory};
use vitrine_protocol::tree::{ExtentSource, LookupError, TreeError, entries};
use vitrine_protocol::{Entries, Extent, Latest, Listing, Manifest, ManifestId, ObjectKey, Sha256, ShareId};

/// Blobs of listings up to this size are fetched whole and once: they hold many listings each. Our own are at most some
/// 9 MiB.
pub const WHOLE_BLOB_MAX: u64 = 16 << 20;

/// So many blobs of listings are kept: a walk comes back to the few that hold its folders' listings.
const KEPT_BLOBS: usize = 6;

/// Why a snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    /// It could not be fetched.
    #[error("Could not read the share {share}")]
    Fetch {
        /// The share.
        share: ShareId,
        /// Why not.
        source: Box<RemoteError>,
    },
    /// There is nothing to read.
    #[error("Nothing has been published in the share {share}")]
    NotPublished {
        /// The share.
        share: ShareId,
    },
    /// An object that the snapshot needs is not there.
    #[error("The snapshot {id} is damaged: `{key}` is missing")]
    Missing {
        /// The snapshot.
        id: ManifestId,
        /// The object.
        key: String,
    },
    /// An object's bytes do not have the hash that they are known by.
    #[error("The snapshot {id} is damaged: `{key}` does not have the hash it should")]
    Hash {
        /// The snapshot.
        id: ManifestId,
        /// The object.
        key: String,
    },
    /// Its JSON is not what it should be, or of a newer version.
    #[error("The snapshot {id} cannot be read")]
    Format {
        /// The snapshot.
        id: ManifestId,
        /// What is wrong.
        source: FormatError,
    },
    /// One of its listings cannot be read.
    #[error("The snapshot {id} is damaged: a listing cannot be read")]
    Listing {
        /// The snapshot.
        id: ManifestId,
        /// What is wrong.
        source: Box<LookupError<Box<ReadingError>>>,
    },
    /// Its tree is larger than it can be, or than may be read.
    #[error("The snapshot {id} cannot be read as a whole")]
    Tree {
        /// The snapshot.
        id: ManifestId,
        /// What there is too much of, and where that was noticed.
        source: TreeError,
    },
}

impl ReadingError {
    fn fetch(share: ShareId, error: RemoteError) -> Self {
        Self::Fetch { share, source: Box::new(error) }
    }

    /// Whether a newer program could read it.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Format { source: FormatError::NewerVersion { .. }, .. })
    }

    /// Whether what is stored is at fault, and not the way to it.
    pub fn is_damage(&self) -> bool {
        match self {
            // Whoever goes on without one folder would not end here either.
            Self::Fetch { .. } | Self::NotPublished { .. } | Self::Tree { .. } => false,
            Self::Listing { source, .. } => match source.as_ref() {
                LookupError::Source { source, .. } => source.is_damage(),
                _ => true,
            },
            _ => !self.is_newer(),
        }
    }
}

/// What is wrong with a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Damage {
    /// It is not there.
    Missing,
    /// It is there, but shorter than it should be.
    Short,
    /// It is there, but longer than it should be.
    Long,
    /// Its bytes are not those that its name stands for.
    Hash,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Short => "too short",
            Self::Long => "too long",
            Self::Hash => "its bytes do not have the hash that is its name",
        })
    }
}

type Kept = (Sha256, Arc<OnceCell<Bytes>>);

/// A snapshot that is being read.
pub struct Snapshot<S> {
    source: S,
    latest: Latest,
    manifest: Manifest,
    inventory: Vec<BlobRow>,
    sizes: HashMap<Sha256, u64>,
    counts: Arc<Counts>,
    /// The blobs of listings that were used last, the newest at the end. Whoever comes second waits for the first.
    kept: Mutex<Vec<Kept>>,
}

impl<S: Source> Snapshot<S> {
    /// Fetches the snapshot that readers see now: manifest and inventory, no listings yet.
    pub async fn open(source: S, counts: Arc<Counts>) -> Result<Self, ReadingError> {
        let share = source.share();
        let latest = source.latest().await.map_err(|error| ReadingError::fetch(share, error))?;
        let latest = latest.ok_or(ReadingError::NotPublished { share })?;
        let id = latest.manifest_id;
        let wanted = Some(latest.manifest_hash).filter(|_| latest.share_id == share);
        let (manifest, _, inventory) = Self::fetch(&source, id, &counts, |hash| Some(hash) == wanted).await?;
        Ok(Self::of(source, latest, manifest, inventory, counts))
    }

    /// Fetches the snapshot of that name, whether it is the current one or not. Of the current one the manifest has the hash that
    /// `latest.json` says; for that of an older one nothing but the source vouches.
    pub async fn open_at(source: S, id: ManifestId, counts: Arc<Counts>) -> Result<Self, ReadingError> {
        let latest = source.latest().await.map_err(|error| ReadingError::fetch(source.share(), error))?;
        let wanted = latest.filter(|latest| latest.manifest_id == id).map(|latest| latest.manifest_hash);
        let is_good = |hash| wanted.is_none_or(|wanted| wanted == hash);
        let (manifest, manifest_hash, inventory) = Self::fetch(&source, id, &counts, is_good).await?;
        let latest = Latest {
            version: FORMAT_VERSION,
            share_id: source.share(),
            manifest_id: id,
            manifest_hash,
            published_at: manifest.created_at,
            file_count: manifest.file_count,
            size_bytes: manifest.size_bytes,
        };
        if (manifest.share_id, manifest.manifest_id) != (latest.share_id, id) {
            return Err(ReadingError::Hash { id, key: ObjectKey::manifest(latest.share_id, id).to_string() });
        }
        Ok(Self::of(source, latest, manifest, inventory, counts))
    }

    async fn fetch(
        source: &S,
        id: ManifestId,
        counts: &Counts,
        is_good: impl FnOnce(Sha256) -> bool,
    ) -> Result<(Manifest, Sha256, Vec<BlobRow>), ReadingError> {
        let fetched = Fetcher { source, id, counts };
        let key = ObjectKey::manifest(source.share(), id);
        let bytes = fetched.get(key, None, MANIFEST_BYTES_MAX).await?;
        let hash = Sha256::of(&bytes);
        if !is_good(hash) {
            return Err(ReadingError::Hash { id, key: key.to_string() });
        }
        let manifest = Manifest::from_json(&bytes).map_err(|source| ReadingError::Format { id, source })?;
        let inventory = fetched.inventory(&manifest.blobs).await?;
        Ok((manifest, hash, inventory))
    }

    fn of(
        source: S,
        latest: Latest,
        manifest: Manifest,
        inventory: Vec<BlobRow>,
        counts: Arc<Counts>,
    ) -> Self {
        let sizes = inventory.iter().map(|row| (row.blob, row.size)).collect();
        Self { source, latest, manifest, inventory, sizes, counts, kept: Mutex::default() }
    }

    /// The share.
    pub fn share(&self) -> ShareId {
        self.source.share()
    }

    /// What says that it is the current one.
    pub fn latest(&self) -> &Latest {
        &self.latest
    }

    /// Its root.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Every blob it needs, by name.
    pub fn inventory(&self) -> &[BlobRow] {
        &self.inventory
    }

    /// The length that a blob of its inventory should have.
    pub fn blob_size(&self, blob: &Sha256) -> Option<u64> {
        self.sizes.get(blob).copied()
    }

    /// Reads one directory.
    pub async fn dir(&self, listing: &Listing) -> Result<Entries, ReadingError> {
        let id = self.latest.manifest_id;
        entries(listing, self).await.map_err(|error| ReadingError::Listing { id, source: Box::new(error) })
    }

    /// The bytes of a range of a blob, or what is wrong with the blob; an error when that cannot be known.
    pub async fn range(&self, at: Extent) -> Result<Result<Bytes, Damage>, ReadingError> {
        self.read(at.blob, Some((at.offset, at.length)), at.length).await
    }

    /// A whole blob that may be at most `max` bytes long.
    pub async fn whole(&self, blob: Sha256, max: u64) -> Result<Result<Bytes, Damage>, ReadingError> {
        self.read(blob, None, max).await
    }

    /// How long a blob is, if it is there.
    pub async fn measure(&self, blob: Sha256) -> Result<Option<u64>, ReadingError> {
        let share = self.share();
        let size = self.source.size_of(ObjectKey::blob(share, blob)).await;
        size.map_err(|error| ReadingError::fetch(share, error))
    }

    async fn read(
        &self,
        blob: Sha256,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Result<Bytes, Damage>, ReadingError> {
        let share = self.share();
        match self.source.get(ObjectKey::blob(share, blob), range, max).await {
            Ok(Some(bytes)) if range.is_some_and(|(_, length)| length != bytes.len() as u64) => {
                Ok(Err(Damage::Short))
            }
            Ok(Some(bytes)) => {
                self.counts.fetched(bytes.len() as u64);
                Ok(Ok(bytes))
            }
            Ok(None) => Ok(Err(Damage::Missing)),
            Err(error) if is_too_long(&error) => Ok(Err(Damage::Long)),
            Err(error) if is_short(&error) => Ok(Err(Damage::Short)),
            Err(error) => Err(ReadingError::fetch(share, error)),
        }
    }

    /// The cell of a blob of listings; the one that was used longest ago makes room.
    fn cell(&self, blob: Sha256) -> Arc<OnceCell<Bytes>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(known, _)| *known == blob);
        let (_, cell) = found.map_or_else(|| (blob, Arc::default()), |at| kept.remove(at));
        if kept.len() >= KEPT_BLOBS {
            kept.remove(0);
        }
        kept.push((blob, Arc::clone(&cell)));
        cell
    }

    /// The bytes of an extent of a listing.
    async fn listing(&self, at: Extent) -> Result<Bytes, ReadingError> {
        let key = ObjectKey::blob(self.share(), at.blob);
        let id = self.latest.manifest_id;
        let fetcher = Fetcher { source: &self.source, id, counts: &self.counts };
        // One that the inventory does not name is taken whole or not at all: whoever wrote it is asked for its hash.
        if self.blob_size(&at.blob).is_some_and(|size| size > WHOLE_BLOB_MAX) {
            return fetcher.get(key, Some((at.offset, at.length)), at.length).await;
        }
        let wrong = || ReadingError::Hash { id, key: key.to_string() };
        let whole = async {
            let blob = fetcher.get(key, None, WHOLE_BLOB_MAX).await?;
            if Sha256::of(&blob) == at.blob { Ok(blob) } else { Err(wrong()) }
        };
        let cell = self.cell(at.blob);
        let blob = cell.get_or_try_init(|| whole).await?;
        slice(blob, at.offset, at.length).ok_or_else(wrong)
    }
}

/// A part of some bytes; `None` when it does not lie inside.
pub fn slice(bytes: &Bytes, offset: u64, length: u64) -> Option<Bytes> {
    let (from, to) = (usize::try_from(offset).ok()?, usize::try_from(offset.checked_add(length)?).ok()?);
    (to <= bytes.len()).then(|| bytes.slice(from..to))
}

impl<S: Source> ExtentSource for Snapshot<S> {
    type Error = Box<ReadingError>;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, Box<ReadingError>> {
        Ok(self.listing(extent).await?.to_vec())
    }
}

/// Fetches what the snapshot cannot be read without.
struct Fetcher<'a, S> {
    source: &'a S,
    id: ManifestId,
    counts: &'a Counts,
}

impl<S: Source> Fetcher<'_, S> {
    async fn get(&self, key: ObjectKey, range: Option<(u64, u64)>, max: u64) -> Result<Bytes, ReadingError> {
        let (id, share) = (self.id, self.source.share());
        match self.source.get(key, range, max).await {
            Ok(Some(bytes)) => {
                self.counts.fetched(bytes.len() as u64);
                Ok(bytes)
            }
            Ok(None) => Err(ReadingError::Missing { id, key: key.to_string() }),
            Err(error) if is_too_long(&error) || is_short(&error) => {
                Err(ReadingError::Hash { id, key: key.to_string() })
            }
            Err(error) => Err(ReadingError::fetch(share, error)),
        }
    }

    async fn inventory(&self, inventory: &Inventory) -> Result<Vec<BlobRow>, ReadingError> {
        let at = match inventory {
            Inventory::Inline(rows) => return Ok(rows.clone()),
            Inventory::At(at) => *at,
        };
        let key = ObjectKey::blob(self.source.share(), at.blob);
        if at.length > INVENTORY_BYTES_MAX {
            return Err(ReadingError::Hash { id: self.id, key: key.to_string() });
        }
        let bytes = self.get(key, Some((at.offset, at.length)), INVENTORY_BYTES_MAX).await?;
        if Sha256::of(&bytes) != at.blob {
            // Ours is all of its blob. Of a part, the whole is asked for its hash.
            let whole = self.get(key, None, INVENTORY_BYTES_MAX).await?;
            if Sha256::of(&whole) != at.blob || slice(&whole, at.offset, at.length).as_ref() != Some(&bytes) {
                return Err(ReadingError::Hash { id: self.id, key: key.to_string() });
            }
        }
        Inventory::rows_from_json(&bytes).map_err(|source| ReadingError::Format { id: self.id, source })
    }
}
