//! Fetches what describes the base: its manifest, its inventory, its listings.
//!
//! Blobs of listings hold many listings each and are fetched whole, once, ahead of need where it is known; what is kept of
//! them is bounded. Everything is checked against the hash that names it.

use super::BaseError;
use crate::reading::snapshot::slice;
use crate::reading::{is_short, is_too_long};
use crate::remote::Session;
use bytes::Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use vitrine_protocol::index::PathIndex;
use vitrine_protocol::limits::{INVENTORY_BYTES_MAX, MANIFEST_BYTES_MAX};
use vitrine_protocol::manifest::{BlobRow, Inventory};
use vitrine_protocol::{Entries, Extent, Listing, Manifest, ManifestId, ObjectKey, Sha256};

/// Blobs of listings up to this size are fetched whole and once: they hold many listings each. Our own are at most some
/// 9 MiB.
const WHOLE_BLOB_MAX: u64 = 16 << 20;

/// How many bytes of listing blobs are kept: the present one of each level of a deep tree, mostly.
const KEPT_BYTES: u64 = 32 << 20;

/// How many blobs are fetched ahead of need.
const AHEAD_MAX: usize = 16;

type Cell = Arc<OnceCell<Bytes>>;

#[derive(Default)]
struct Kept {
    /// One cell for each blob: whoever comes second waits for the first.
    cells: HashMap<Sha256, Cell>,
    /// The oldest first.
    order: VecDeque<Sha256>,
    bytes: u64,
}

pub(super) struct Reader<S> {
    session: Arc<S>,
    pub(super) id: ManifestId,
    sizes: HashMap<Sha256, u64>,
    kept: Mutex<Kept>,
}

impl<S: Session> Reader<S> {
    pub(super) fn new(session: Arc<S>, id: ManifestId) -> Self {
        Self { session, id, sizes: HashMap::new(), kept: Mutex::default() }
    }

    /// The same, knowing the lengths of the blobs.
    pub(super) fn with_sizes(self, rows: &[BlobRow]) -> Self {
        Self { sizes: rows.iter().map(|row| (row.blob, row.size)).collect(), ..self }
    }

    pub(super) async fn manifest(&self, hash: Sha256) -> Result<Manifest, BaseError> {
        let key = ObjectKey::manifest(self.session.grant().share_id, self.id);
        let bytes = self.fetch(key, None, MANIFEST_BYTES_MAX).await?;
        self.check(key, &bytes, hash)?;
        Manifest::from_json(&bytes).map_err(|source| BaseError::Format { id: self.id, source })
    }

    /// The rows, and the blob they came from if it holds nothing else.
    pub(super) async fn inventory(
        &self,
        inventory: &Inventory,
    ) -> Result<(Vec<BlobRow>, Option<(Sha256, u64)>), BaseError> {
        let at = match inventory {
            Inventory::Inline(rows) => return Ok((rows.clone(), None)),
            Inventory::At(at) => *at,
        };
        let key = ObjectKey::blob(self.session.grant().share_id, at.blob);
        let bytes = self.fetch(key, Some((at.offset, at.length)), INVENTORY_BYTES_MAX).await?;
        let whole = (Sha256::of(&bytes) == at.blob).then_some((at.blob, at.length));
        if whole.is_none() {
            // Ours is all of its blob. Of a part, the whole is asked for its hash.
            let blob = self.fetch(key, None, INVENTORY_BYTES_MAX).await?;
            self.check(key, &blob, at.blob)?;
            if slice(&blob, at.offset, at.length).as_ref() != Some(&bytes) {
                return Err(BaseError::Hash { id: self.id, key: key.to_string() });
            }
        }
        let rows =
            Inventory::rows_from_json(&bytes).map_err(|source| BaseError::Format { id: self.id, source })?;
        Ok((rows, whole))
    }

    /// One listing, or one page of a wide one, and the hash of its text.
    pub(super) async fn entries(&self, at: Extent) -> Result<(Sha256, Entries), BaseError> {
        let bytes = self.bytes(at).await?;
        let entries = serde_json::from_slice(&bytes)
            .map_err(|source| BaseError::Format { id: self.id, source: source.into() })?;
        Ok((Sha256::of(&bytes), entries))
    }

    /// The hashes of the index's pages, and of their list if that is stored, and where each of these texts is.
    pub(super) async fn index(&self, index: &PathIndex) -> Result<Vec<(Sha256, Extent)>, BaseError> {
        let (pages, list) = match index {
            PathIndex::Pages(pages) => (pages.clone(), None),
            PathIndex::At(at) => {
                let bytes = self.bytes(*at).await?;
                let pages = PathIndex::pages_from_json(&bytes);
                let pages = pages.map_err(|source| BaseError::Format { id: self.id, source })?;
                (pages, Some((Sha256::of(&bytes), *at)))
            }
        };
        Ok(pages.into_iter().map(|page| (page.hash, page.at)).chain(list).collect())
    }

    /// The bytes of a chunk table; `None` when they are gone, or not those that were written.
    pub(super) async fn table(&self, at: Extent, max: u64) -> Result<Option<Bytes>, BaseError> {
        let key = ObjectKey::blob(self.session.grant().share_id, at.blob);
        match self.fetch(key, Some((at.offset, at.length)), max).await {
            Ok(bytes) => Ok((Sha256::of(&bytes) == at.blob).then_some(bytes)),
            Err(BaseError::Missing { .. } | BaseError::Hash { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn fetch(&self, key: ObjectKey, range: Option<(u64, u64)>, max: u64) -> Result<Bytes, BaseError> {
        let found = self.session.get(key, range, max).await.map_err(|source| {
            if is_too_long(&source) || is_short(&source) {
                return BaseError::Hash { id: self.id, key: key.to_string() };
            }
            BaseError::Fetch { id: self.id, source }
        })?;
        found.ok_or_else(|| BaseError::Missing { id: self.id, key: key.to_string() })
    }

    fn check(&self, key: ObjectKey, bytes: &[u8], hash: Sha256) -> Result<(), BaseError> {
        if Sha256::of(bytes) == hash {
            return Ok(());
        }
        Err(BaseError::Hash { id: self.id, key: key.to_string() })
    }

    fn cell(&self, blob: Sha256, size: u64) -> Cell {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = kept.cells.get(&blob) {
            return Arc::clone(cell);
        }
        let cell = Cell::default();
        kept.cells.insert(blob, Arc::clone(&cell));
        kept.order.push_back(blob);
        kept.bytes += size;
        while kept.bytes > KEPT_BYTES
            && kept.order.len() > 1
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.cells.remove(&oldest);
            kept.bytes -= self.sizes.get(&oldest).copied().unwrap_or(WHOLE_BLOB_MAX);
        }
        cell
    }

    /// The length of a blob that is fetched whole, or what it may be: one that the inventory does not name is taken whole or not
    /// at all, so that its hash is known.
    fn whole(&self, blob: &Sha256) -> Option<u64> {
        Some(self.sizes.get(blob).copied().unwrap_or(WHOLE_BLOB_MAX)).filter(|size| *size <= WHOLE_BLOB_MAX)
    }

    async fn bytes(&self, at: Extent) -> Result<Bytes, BaseError> {
        let key = ObjectKey::blob(self.session.grant().share_id, at.blob);
        let Some(size) = self.whole(&at.blob) else {
            return self.fetch(key, Some((at.offset, at.length)), at.length).await;
        };
        let blob = self.blob(at.blob, size).await?;
        slice(&blob, at.offset, at.length)
            .ok_or_else(|| BaseError::Hash { id: self.id, key: key.to_string() })
    }

    async fn blob(&self, blob: Sha256, size: u64) -> Result<Bytes, BaseError> {
        let key = ObjectKey::blob(self.session.grant().share_id, blob);
        let cell = self.cell(blob, size);
        let whole = async {
            let bytes = self.fetch(key, None, WHOLE_BLOB_MAX).await?;
            self.check(key, &bytes, blob)?;
            Ok(bytes)
        };
        cell.get_or_try_init(|| whole).await.cloned()
    }

    /// Begins to fetch the blobs of these listings, as far as they are few enough to be kept until they are needed.
    pub(super) fn ahead<'a>(self: &Arc<Self>, listings: impl Iterator<Item = &'a Listing>) {
        let mut wanted: Vec<(Sha256, u64)> = Vec::new();
        let mut bytes = 0;
        for listing in listings {
            let extents = match listing {
                Listing::Inline(_) => continue,
                Listing::At(at) => std::slice::from_ref(at).to_vec(),
                Listing::Pages(pages) => pages.iter().map(|page| page.at).take(AHEAD_MAX).collect(),
            };
            for blob in extents.into_iter().map(|at| at.blob) {
                let Some(size) = self.whole(&blob) else { continue };
                if wanted.iter().any(|(known, _)| *known == blob) {
                    continue;
                }
                bytes += size;
                if wanted.len() >= AHEAD_MAX || bytes > KEPT_BYTES / 2 {
                    return self.fetch_all(wanted);
                }
                wanted.push((blob, size));
            }
        }
        self.fetch_all(wanted);
    }

    fn fetch_all(self: &Arc<Self>, wanted: Vec<(Sha256, u64)>) {
        // One alone is what is read next anyway.
        if wanted.len() < 2 {
            return;
        }
        for (blob, size) in wanted {
            let reader = Arc::clone(self);
            // What fails here is asked for again, and told, when it is needed.
            tokio::spawn(async move { _ = reader.blob(blob, size).await });
        }
    }
}
