//! Reads a share's documents and finds files in its snapshots, out of the isolate's memory where it can; decides who may
//! read. Called by `data`, `session` and `shell`.

use crate::access::capability::{Grant, Purpose};
use crate::access::{Credential, Policy, admit};
use crate::failure::Failure;
use crate::memory::{Memory, Remembered};
use crate::metrics;
use crate::store::{Store, StoreError, Stored};
use futures_util::future::join;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use vitrine_protocol::limits::{DOCUMENT_BYTES_MAX, LISTING_BYTES_MAX, MANIFEST_BYTES_MAX};
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::tree::{ExtentSource, Found, lookup};
use vitrine_protocol::{
    EntryPath, ErrorCode, Extent, Latest, ManifestId, Meta, ObjectKey, Sha256, ShareId, State,
};

/// What reading needs: the store, what is remembered of it, who may read, and the time.
pub(crate) struct Library<'a, S> {
    pub(crate) store: &'a S,
    pub(crate) memory: &'a Memory,
    pub(crate) policy: &'a Policy,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// How often this request has asked the store.
    reads: Cell<u32>,
}

/// One request asks the store so often before it answers: what streams afterwards is not counted here. A path of 20 folders, each
/// with a long listing of its own, asks for 23 things; whoever wants more has made a share to cost somebody else money.
pub(crate) const READS_MAX: u32 = 64;

/// Stored listings that are read together: those in one blob with no more than this between them are one read.
const GAP_MAX: u64 = 64 * 1024;

/// A share that the reader may read.
pub(crate) struct OpenShare<'a, S> {
    library: &'a Library<'a, S>,
    pub(crate) id: ShareId,
    pub(crate) meta: Rc<Meta>,
}

fn snapshot_not_found() -> Failure {
    Failure::new(ErrorCode::SnapshotNotFound, "It may have been replaced and collected since.")
}

impl<'a, S> Library<'a, S> {
    pub(crate) fn new(store: &'a S, memory: &'a Memory, policy: &'a Policy, now: i64) -> Self {
        Self { store, memory, policy, now, reads: Cell::new(0) }
    }

    /// Counts a read of the store before it is made.
    fn asks_for(&self, key: ObjectKey) -> Result<(), StoreError> {
        self.reads.set(self.reads.get() + 1);
        if self.reads.get() <= READS_MAX {
            return Ok(());
        }
        Err(StoreError::TooMany { key: key.to_string(), max: READS_MAX })
    }
}

impl<'a, S: Store> Library<'a, S> {
    /// Opens a share for a reader, if it may be read; see `access` for the order of the checks.
    pub(crate) async fn open(
        &'a self,
        id: ShareId,
        credential: &Credential,
        purpose: Purpose,
    ) -> Result<OpenShare<'a, S>, Failure> {
        let meta = self.meta(id).await?;
        if let Some(meta) = &meta
            && meta.state == State::Active
            && !meta.scope.is_gated()
        {
            return Ok(OpenShare { library: self, id, meta: meta.clone() });
        }
        let proved = self.policy.prove(id, credential, purpose, self.now / 1000)?;
        self.admitted(id, meta, proved.as_ref())
    }

    /// Opens a share for one who has proved something about it already.
    pub(crate) async fn open_with(
        &'a self,
        id: ShareId,
        proved: &Grant,
    ) -> Result<OpenShare<'a, S>, Failure> {
        self.admitted(id, self.meta(id).await?, Some(proved))
    }

    fn admitted(
        &'a self,
        id: ShareId,
        meta: Option<Rc<Meta>>,
        proved: Option<&Grant>,
    ) -> Result<OpenShare<'a, S>, Failure> {
        let meta = meta.ok_or_else(Failure::share_not_found)?;
        admit(&meta, proved)?;
        Ok(OpenShare { library: self, id, meta })
    }

    /// `meta.json`, at most some seconds old.
    async fn meta(&self, id: ShareId) -> Result<Option<Rc<Meta>>, Failure> {
        if let Some(known) = self.memory.meta(id, self.now) {
            return Ok(known.into());
        }
        self.asks_for(ObjectKey::meta(id))?;
        let stored = self.store.read(ObjectKey::meta(id), DOCUMENT_BYTES_MAX).await?;
        let bytes = stored.as_ref().map_or(0, |stored| stored.bytes.len());
        let meta = stored.map(|stored| Meta::from_json(&stored.bytes)).transpose();
        // Whoever may not know of a share must not learn of it by its damage.
        let meta = meta.map_err(|error| Failure {
            log: Failure::logged(ErrorCode::Corrupt, "", &error).log,
            ..Failure::share_not_found()
        })?;
        let meta = meta.filter(|meta| meta.share_id == id).map(Rc::new);
        self.memory.keep_meta(id, meta.clone().into(), bytes, self.now);
        Ok(meta)
    }

    /// `latest.json`, at most some seconds old.
    async fn latest(&self, id: ShareId) -> Result<Option<Stored>, StoreError> {
        if let Some(known) = self.memory.latest(id, self.now) {
            return Ok(known.into());
        }
        self.asks_for(ObjectKey::latest(id))?;
        let stored = self.store.read(ObjectKey::latest(id), DOCUMENT_BYTES_MAX).await?;
        self.memory.keep_latest(id, stored.clone().into(), self.now);
        Ok(stored)
    }
}

impl<'a, S: Store> OpenShare<'a, S> {
    /// Now, in milliseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.library.now
    }

    /// Whether only some may read it.
    pub(crate) fn is_gated(&self) -> bool {
        self.meta.scope.is_gated()
    }

    /// The stored `latest.json`.
    pub(crate) async fn latest(&self) -> Result<(Latest, Stored), Failure> {
        let stored = self.library.latest(self.id).await?;
        let stored =
            stored.ok_or_else(|| Failure::new(ErrorCode::NotPublished, "The share is empty so far."))?;
        Ok((Latest::from_json(&stored.bytes)?, stored))
    }

    /// A snapshot's manifest. The current one has the hash that `latest.json` says: a publisher's credentials outlive its lease,
    /// and could put another one in its place.
    pub(crate) async fn manifest(&self, id: ManifestId) -> Result<Rc<Remembered>, Failure> {
        let Library { memory, now, .. } = *self.library;
        if let Some(known) = memory.manifest(self.id, id, now)
            && (known.vouched || self.known_hash(id).is_none_or(|hash| hash == known.hash))
        {
            return Ok(known);
        }
        let remembered = Rc::new(self.fetch_manifest(id).await?);
        memory.keep_manifest(self.id, id, remembered.clone(), now);
        Ok(remembered)
    }

    async fn fetch_manifest(&self, id: ManifestId) -> Result<Remembered, Failure> {
        let key = ObjectKey::manifest(self.id, id);
        self.library.asks_for(key)?;
        let (stored, latest) = join(self.library.store.read(key, MANIFEST_BYTES_MAX), self.latest()).await;
        let stored = stored?.ok_or_else(snapshot_not_found)?;
        // A share whose `latest.json` is gone or damaged still has its snapshots; then nothing vouches for them.
        let current = match latest {
            Ok((latest, _)) => Some(latest).filter(|latest| latest.manifest_id == id),
            Err(failure) if failure.problem.code == ErrorCode::StoreUnavailable.as_str() => {
                return Err(failure);
            }
            Err(_) => None,
        };
        let hash = Sha256::of(&stored.bytes);
        if current.as_ref().is_some_and(|latest| latest.manifest_hash != hash) {
            metrics::mismatched(metrics::Object::Manifest);
            return Err(StoreError::Mismatch { key: key.to_string() }.into());
        }
        let size = stored.bytes.len() as u64;
        let manifest = vitrine_protocol::Manifest::from_json(&stored.bytes)?;
        Ok(Remembered { manifest, size, hash, vouched: current.is_some() })
    }

    /// The hash that the current snapshot must have, when it is known without asking and is this one.
    fn known_hash(&self, id: ManifestId) -> Option<Sha256> {
        let stored: Option<Stored> = self.library.memory.latest(self.id, self.library.now)?.into();
        let latest = Latest::from_json(&stored?.bytes).ok()?;
        (latest.manifest_id == id).then_some(latest.manifest_hash)
    }

    /// Whether a manifest is there, and its length.
    pub(crate) async fn manifest_size(&self, id: ManifestId) -> Result<u64, Failure> {
        if let Some(known) = self.library.memory.manifest(self.id, id, self.library.now) {
            return Ok(known.size);
        }
        self.size(ObjectKey::manifest(self.id, id)).await?.ok_or_else(snapshot_not_found)
    }

    /// A blob's length.
    pub(crate) async fn blob_size(&self, hash: vitrine_protocol::Sha256) -> Result<u64, Failure> {
        let size = self.size(ObjectKey::blob(self.id, hash)).await?;
        size.ok_or_else(|| Failure::new(ErrorCode::PathNotFound, "The share has no such blob."))
    }

    async fn size(&self, key: ObjectKey) -> Result<Option<u64>, Failure> {
        let Library { store, memory, now, .. } = *self.library;
        if let Some(known) = memory.size(key, now) {
            return Ok(Some(known));
        }
        self.library.asks_for(key)?;
        let size = store.size(key).await?;
        if let Some(size) = size {
            memory.keep_size(key, size, now);
        }
        Ok(size)
    }

    /// What a path names in a snapshot. A file that was found before costs nothing, not even the manifest.
    pub(crate) async fn find(&self, id: ManifestId, path: &EntryPath) -> Result<Rc<Found>, Failure> {
        let Library { memory, now, .. } = *self.library;
        if let Some(known) = memory.place(self.id, id, path, now) {
            return Ok(known);
        }
        let remembered = self.manifest(id).await?;
        let found = Rc::new(lookup(&remembered.manifest, path, &self.listings_of(&remembered)).await?);
        // What nobody vouches for may become current as something else, and is looked up each time.
        if remembered.vouched {
            memory.keep_place(self.id, id, path, &found, now);
        }
        Ok(found)
    }

    /// Reads the listings of a snapshot.
    pub(crate) fn listings_of(&self, snapshot: &Rc<Remembered>) -> Listings<'a, S> {
        Listings { library: self.library, share: self.id, snapshot: Some(snapshot.clone()) }
    }
}

/// The extents of one share's listings.
pub(crate) struct Listings<'a, S> {
    library: &'a Library<'a, S>,
    share: ShareId,
    /// Whose they are: its inventory says how long their blobs are.
    snapshot: Option<Rc<Remembered>>,
}

impl<S: Store> ExtentSource for Listings<'_, S> {
    type Error = StoreError;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, StoreError> {
        let Library { memory, now, .. } = *self.library;
        if let Some(known) = memory.listing(self.share, extent, now) {
            return Ok(known.to_vec());
        }
        let bytes = self.fetch(extent).await?;
        memory.keep_listing(self.share, extent, Rc::from(bytes.as_slice()), now);
        Ok(bytes)
    }
}

#[cfg(test)]
impl<'a, S> Listings<'a, S> {
    pub(crate) fn of(library: &'a Library<'a, S>, share: ShareId) -> Self {
        Self { library, share, snapshot: None }
    }
}

impl<S: Store> Listings<'_, S> {
    async fn fetch(&self, extent: Extent) -> Result<Vec<u8>, StoreError> {
        let key = ObjectKey::blob(self.share, extent.blob);
        self.library.asks_for(key)?;
        let bytes = self.library.store.read_range(key, extent.offset, extent.length).await?;
        if self.is_whole(extent) && Sha256::of(&bytes) != extent.blob {
            metrics::mismatched(metrics::Object::Listing);
            return Err(StoreError::Mismatch { key: key.to_string() });
        }
        Ok(bytes)
    }

    /// Whether an extent is all of its blob, so that its bytes have the hash that is the blob's name. Of a part nothing says what it
    /// should be; and long inventories are not at hand.
    fn is_whole(&self, extent: Extent) -> bool {
        let rows = match self.snapshot.as_ref().map(|snapshot| &snapshot.manifest.blobs) {
            Some(Inventory::Inline(rows)) => rows.as_slice(),
            _ => &[],
        };
        let row = rows.binary_search_by(|row| row.blob.cmp(&extent.blob)).ok().and_then(|at| rows.get(at));
        extent.offset == 0 && row.is_some_and(|row| row.size == extent.length)
    }

    /// Reads several, those that lie close together at once. Each has [`LISTING_BYTES_MAX`] at most.
    pub(crate) async fn read_all(
        &self,
        mut wanted: Vec<Extent>,
    ) -> Result<HashMap<Extent, Rc<[u8]>>, StoreError> {
        let Library { memory, now, .. } = *self.library;
        wanted.sort_unstable();
        wanted.dedup();
        let mut read = HashMap::with_capacity(wanted.len());
        wanted.retain(|extent| {
            let known = memory.listing(self.share, *extent, now);
            let unknown = known.is_none();
            read.extend(known.map(|known| (*extent, known)));
            unknown
        });
        for (run, extents) in together(&wanted) {
            let bytes = self.fetch(run).await?;
            for extent in extents {
                let from = usize::try_from(extent.offset - run.offset).unwrap_or(usize::MAX);
                let length = usize::try_from(extent.length).unwrap_or(usize::MAX);
                let own = bytes.get(from..).and_then(|rest| rest.get(..length)).ok_or_else(|| {
                    StoreError::Missing { key: ObjectKey::blob(self.share, extent.blob).to_string() }
                })?;
                let own: Rc<[u8]> = Rc::from(own);
                memory.keep_listing(self.share, *extent, own.clone(), now);
                read.insert(*extent, own);
            }
        }
        Ok(read)
    }
}

/// Groups sorted extents that are worth one read, up to what one may hold.
fn together(extents: &[Extent]) -> Vec<(Extent, &[Extent])> {
    let mut runs: Vec<(Extent, &[Extent])> = Vec::new();
    let mut start = 0;
    for (index, extent) in extents.iter().enumerate() {
        match runs.last_mut() {
            Some((run, group))
                if run.blob == extent.blob
                    && extent.offset <= run.end() + GAP_MAX
                    && extent.end().max(run.end()) - run.offset <= LISTING_BYTES_MAX =>
            {
                run.length = extent.end().max(run.end()) - run.offset;
                *group = &extents[start..=index];
            }
            _ => {
                start = index;
                runs.push((*extent, &extents[index..=index]));
            }
        }
    }
    runs
}
