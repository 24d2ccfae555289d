//! The snapshot to compare with: what its files are, which contents and listings are already stored.
//!
//! Everything read here is checked against the hash that named it; a base that is damaged is refused, never half
//! believed, because a reused blob that is not there would be a hole in the new snapshot.

use crate::remote::{RemoteError, Session};
use bytes::Bytes;
use futures_util::stream::{self, FuturesOrdered, StreamExt as _, TryStreamExt as _};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use vitrine_protocol::api;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::limits::{INVENTORY_BYTES_MAX, MANIFEST_BYTES_MAX};
use vitrine_protocol::manifest::{BlobRow, Inventory};
use vitrine_protocol::tree::{ExtentSource, LookupError, entries};
use vitrine_protocol::{
    EntryName, EntryPath, Extent, File, Listing, Manifest, ManifestId, ObjectKey, Sha256,
};

/// Blobs of listings up to this size are fetched whole and once: they hold many listings each. Our own are at most 8 MiB.
const WHOLE_BLOB_MAX: u64 = 16 << 20;

/// How many directories are read together: a tree of many changes has its listings in as many blobs.
const DIRS_AT_ONCE: usize = 16;

/// How many pages of one directory are read together.
const PAGES_AT_ONCE: usize = 4;

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
    /// Nothing was asked: there are more than [`CHECKED_BLOBS_MAX`].
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
    /// One of its listings cannot be read.
    #[error("The published snapshot {id} is damaged: a listing cannot be read")]
    Listing {
        /// The snapshot.
        id: ManifestId,
        /// What is wrong.
        source: Box<LookupError<Box<BaseError>>>,
    },
}

impl BaseError {
    /// Whether a newer program could read it.
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Format { source: FormatError::NewerVersion { .. }, .. })
    }
}

/// Where a known content is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// As in [`File::extents`].
    pub extents: Option<Vec<Extent>>,
    /// As in [`File::chunks`].
    pub chunks: Option<Extent>,
}

/// The snapshot to compare with, or nothing.
#[derive(Debug, Default)]
pub struct Base {
    /// Its root; absent before the first publish.
    pub manifest: Option<Manifest>,
    /// The files of each directory, sorted by name.
    files: HashMap<EntryPath, Vec<File>>,
    contents: HashMap<(Sha256, u64), Stored>,
    blobs: HashMap<Sha256, u64>,
    listings: HashMap<Sha256, Extent>,
    /// The blob that is the inventory and nothing else, and its length.
    inventory: Option<(Sha256, u64)>,
}

impl Base {
    /// Fetches a snapshot and all its listings; nothing when there is none.
    pub async fn load<S: Session>(session: &S, base: Option<api::Base>) -> Result<Self, BaseError> {
        let Some(base) = base else { return Ok(Self::default()) };
        let reader = Reader { session, id: base.manifest_id, blobs: HashMap::new(), cache: Mutex::default() };
        let manifest = reader.manifest(base.manifest_hash).await?;
        let (rows, inventory) = reader.inventory(&manifest.blobs).await?;
        let blobs = rows.iter().map(|row| (row.blob, row.size)).collect();
        let reader = Reader { blobs, ..reader };
        let mut loaded = Self { inventory, ..Self::default() };
        let mut todo = vec![(EntryPath::root(), manifest.root.clone())];
        // In the order they were asked for, not in that of the answers: where a content is stored in two ways, the same one
        // is found each time.
        let mut reading = FuturesOrdered::new();
        loop {
            while reading.len() < DIRS_AT_ONCE
                && let Some((path, listing)) = todo.pop()
            {
                reading.push_back(reader.dir(path, listing));
            }
            let Some(dir) = reading.next().await else { break };
            todo.extend(loaded.take_dir(dir?));
        }
        drop(reading);
        loaded.blobs = reader.blobs;
        loaded.manifest = Some(manifest);
        Ok(loaded)
    }

    /// Takes in one directory and returns the ones in it.
    fn take_dir(&mut self, dir: ReadDir) -> Vec<(EntryPath, Listing)> {
        self.listings.extend(dir.texts);
        for file in &dir.files {
            let stored = Stored { extents: file.extents.clone(), chunks: file.chunks };
            self.contents.entry((file.hash, file.size)).or_insert(stored);
        }
        self.files.insert(dir.path, dir.files);
        dir.below
    }

    /// Asks whether its blobs are there with their lengths, and forgets what is stored in those that are not: whoever needs
    /// it sends it again. Files keep their entries, so this is for a publish that reads them all.
    pub async fn forget_missing<S: Session>(&mut self, session: &S) -> Result<Checked, BaseError> {
        let Some(id) = self.manifest.as_ref().map(|manifest| manifest.manifest_id) else {
            return Ok(Checked::All { missing: 0 });
        };
        let blobs: Vec<(Sha256, u64)> = self.blobs.iter().map(|(blob, size)| (*blob, *size)).collect();
        if blobs.len() > CHECKED_BLOBS_MAX {
            return Ok(Checked::TooMany { blobs: blobs.len() });
        }
        let share = session.grant().share_id;
        let found: Vec<(Sha256, bool)> = stream::iter(blobs)
            .map(|(blob, size)| async move {
                let found = session.size_of(ObjectKey::blob(share, blob)).await;
                Ok((blob, found.map_err(|source| BaseError::Fetch { id, source })? == Some(size)))
            })
            .buffer_unordered(QUESTIONS_AT_ONCE)
            .try_collect()
            .await?;
        let missing: HashSet<Sha256> =
            found.into_iter().filter(|(_, there)| !there).map(|(blob, _)| blob).collect();
        let there = |at: &Extent| !missing.contains(&at.blob);
        self.blobs.retain(|blob, _| !missing.contains(blob));
        self.listings.retain(|_, at| there(at));
        self.contents.retain(|(hash, _), stored| match &stored.extents {
            Some(extents) => extents.iter().all(there),
            None => !missing.contains(hash),
        });
        for stored in self.contents.values_mut() {
            stored.chunks = stored.chunks.filter(|at| there(at));
        }
        Ok(Checked::All { missing: missing.len() })
    }

    /// The file of that name.
    pub fn file(&self, dir: &EntryPath, name: &EntryName) -> Option<&File> {
        let files = self.files.get(dir)?;
        files.binary_search_by(|file| file.name.cmp(name)).ok().map(|at| &files[at])
    }

    /// How many files there are.
    pub fn file_count(&self) -> u64 {
        self.files.values().map(|files| files.len() as u64).sum()
    }

    /// The sizes of its files.
    pub fn sizes(&self) -> HashSet<u64> {
        self.files.values().flatten().map(|file| file.size).collect()
    }

    /// Where that content is stored, if it is.
    pub fn content(&self, hash: &Sha256, size: u64) -> Option<Stored> {
        let whole =
            || (self.blobs.get(hash) == Some(&size)).then_some(Stored { extents: None, chunks: None });
        self.contents.get(&(*hash, size)).cloned().or_else(whole)
    }

    /// Where the listing with that hash is stored, if it is.
    pub fn listing(&self, hash: &Sha256) -> Option<Extent> {
        self.listings.get(hash).copied()
    }

    /// The length of a blob that it needs.
    pub fn blob_size(&self, blob: &Sha256) -> Option<u64> {
        self.blobs.get(blob).copied()
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

#[cfg(test)]
impl Base {
    /// A base of these files, scanned at `scanned_at`.
    pub(crate) fn of_files(scanned_at: i64, files: HashMap<EntryPath, Vec<File>>) -> Self {
        use vitrine_protocol::manifest::RootKind;
        let manifest = Manifest {
            share_id: "00000000000000000000000000".parse().expect("an id"),
            manifest_id: ManifestId::from_parts(0, [0; 10]),
            created_at: scanned_at,
            root_path: String::new(),
            root_kind: RootKind::Dir,
            scope: vitrine_protocol::Scope::Public,
            indexing_opt_in: false,
            file_count: 0,
            size_bytes: 0,
            root: Listing::Inline(vitrine_protocol::Entries::default()),
            blobs: Inventory::Inline(Vec::new()),
        };
        Self { manifest: Some(manifest), files, ..Self::default() }
    }
}

/// One directory of the base.
struct ReadDir {
    path: EntryPath,
    /// Where the texts of its listing are, by their hashes.
    texts: Vec<(Sha256, Extent)>,
    files: Vec<File>,
    below: Vec<(EntryPath, Listing)>,
}

struct Reader<'a, S> {
    session: &'a S,
    id: ManifestId,
    blobs: HashMap<Sha256, u64>,
    /// One cell for each blob of listings: whoever comes second waits for the first.
    cache: Mutex<HashMap<Sha256, Arc<OnceCell<Bytes>>>>,
}

impl<S: Session> Reader<'_, S> {
    async fn manifest(&self, hash: Sha256) -> Result<Manifest, BaseError> {
        let key = ObjectKey::manifest(self.session.grant().share_id, self.id);
        let bytes = self.fetch(key, None, MANIFEST_BYTES_MAX).await?;
        self.check(key, &bytes, hash)?;
        Manifest::from_json(&bytes).map_err(|source| BaseError::Format { id: self.id, source })
    }

    /// The rows, and the blob they came from if it holds nothing else.
    async fn inventory(
        &self,
        inventory: &Inventory,
    ) -> Result<(Vec<BlobRow>, Option<(Sha256, u64)>), BaseError> {
        let at = match inventory {
            Inventory::Inline(rows) => return Ok((rows.clone(), None)),
            Inventory::At(at) => *at,
        };
        let key = ObjectKey::blob(self.session.grant().share_id, at.blob);
        let bytes = self.fetch(key, Some((at.offset, at.length)), INVENTORY_BYTES_MAX).await?;
        let rows =
            Inventory::rows_from_json(&bytes).map_err(|source| BaseError::Format { id: self.id, source })?;
        let whole = (Sha256::of(&bytes) == at.blob).then_some((at.blob, at.length));
        Ok((rows, whole))
    }

    async fn dir(&self, path: EntryPath, listing: Listing) -> Result<ReadDir, BaseError> {
        let id = self.id;
        let extents: Vec<Extent> = match &listing {
            Listing::Inline(_) => Vec::new(),
            Listing::At(at) => vec![*at],
            Listing::Pages(pages) => pages.iter().map(|page| page.at).collect(),
        };
        // First, because pages are fetched together here, and one after the other below.
        let hashed = |at: Extent| async move { Ok((Sha256::of(&self.bytes(at).await?), at)) };
        let texts: Vec<_> = stream::iter(extents).map(hashed).buffered(PAGES_AT_ONCE).try_collect().await?;
        let listing_error = |error| BaseError::Listing { id, source: Box::new(error) };
        let found = entries(&listing, self).await.map_err(listing_error)?;
        // A path too deep to be joined cannot be found on disk either.
        let below = found.dirs.into_iter().filter_map(|dir| Some((path.join(&dir.name).ok()?, dir.listing)));
        let below = below.collect();
        Ok(ReadDir { path, texts, files: found.files, below })
    }

    async fn fetch(&self, key: ObjectKey, range: Option<(u64, u64)>, max: u64) -> Result<Bytes, BaseError> {
        let found = self.session.get(key, range, max).await;
        let found = found.map_err(|source| BaseError::Fetch { id: self.id, source })?;
        found.ok_or_else(|| BaseError::Missing { id: self.id, key: key.to_string() })
    }

    fn check(&self, key: ObjectKey, bytes: &[u8], hash: Sha256) -> Result<(), BaseError> {
        if Sha256::of(bytes) == hash {
            return Ok(());
        }
        Err(BaseError::Hash { id: self.id, key: key.to_string() })
    }

    /// The bytes of an extent; whole blobs of listings are fetched once and kept while the base is loaded.
    async fn bytes(&self, at: Extent) -> Result<Bytes, BaseError> {
        let key = ObjectKey::blob(self.session.grant().share_id, at.blob);
        if self.blobs.get(&at.blob).is_none_or(|size| *size > WHOLE_BLOB_MAX) {
            return self.fetch(key, Some((at.offset, at.length)), at.length).await;
        }
        let cell = {
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cache.entry(at.blob).or_default())
        };
        let whole = async {
            let blob = self.fetch(key, None, WHOLE_BLOB_MAX).await?;
            self.check(key, &blob, at.blob)?;
            Ok(blob)
        };
        let blob = cell.get_or_try_init(|| whole).await?;
        let slice = usize::try_from(at.offset).ok().zip(usize::try_from(at.end()).ok());
        let slice = slice.filter(|(_, to)| *to <= blob.len()).map(|(from, to)| blob.slice(from..to));
        slice.ok_or_else(|| BaseError::Hash { id: self.id, key: key.to_string() })
    }
}

impl<S: Session> ExtentSource for Reader<'_, S> {
    type Error = Box<BaseError>;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, Box<BaseError>> {
        Ok(self.bytes(extent).await.map_err(Box::new)?.to_vec())
    }
}
