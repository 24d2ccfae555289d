//! What a share needs: the snapshot that `latest.json` names and the base of a live ticket, each with every blob of its
//! inventory. Any doubt is an error, for what is not needed will be deleted. Called by [`super::collect`].

use super::marks::Progress;
use super::{Ask, CollectError, Ticket};
use crate::store::{ShareBlobs, Store, StoreError};
use vitrine_protocol::api::Base;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::limits::{DOCUMENT_BYTES_MAX, INVENTORY_BYTES_MAX, MANIFEST_BYTES_MAX};
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::object_key::Named;
use vitrine_protocol::tree::ExtentSource as _;
use vitrine_protocol::{Latest, Manifest, ManifestId, Meta, ObjectKey, Sha256, ShareId, State};

/// What there is of a share.
pub(super) enum Standing {
    /// No `meta.json`.
    Gone,
    Roots(Roots),
}

/// What is needed, and what said so.
#[derive(Debug)]
pub(super) struct Roots {
    witness: Witness,
    manifests: Vec<ManifestId>,
    /// Sorted. 32 bytes each: 11 MB for the 350,000 blobs that an inventory can have.
    blobs: Vec<Sha256>,
}

/// The document that everything hangs on, and the store's mark of the version that was read.
#[derive(Debug, PartialEq, Eq)]
enum Witness {
    /// The share lives. `None` before its first publish.
    Latest(Option<String>),
    /// The share is deleted, says `meta.json`. `None` when the collector has deleted that as well.
    Deleted(Option<String>),
}

impl Roots {
    pub(super) fn is_deleted(&self) -> bool {
        matches!(self.witness, Witness::Deleted(_))
    }

    /// Whether a deleted share has its `meta.json` no more: what is there now came after its end.
    pub(super) fn is_past_its_end(&self) -> bool {
        self.witness == Witness::Deleted(None)
    }

    pub(super) fn is_published(&self) -> bool {
        matches!(self.witness, Witness::Latest(Some(_)))
    }

    pub(super) fn blobs(&self) -> &[Sha256] {
        &self.blobs
    }

    pub(super) fn needs(&self, named: Named) -> bool {
        match named {
            Named::Latest | Named::Meta => !self.is_deleted(),
            Named::Manifest(id) | Named::Artifact(id) => self.manifests.contains(&id),
            Named::Blob(blob) => self.blobs.binary_search(&blob).is_ok(),
        }
    }

    /// Whether the document is still the one that was read. Only commits replace `latest.json`, and the gate tells of
    /// them; but a batch costs no more than one read to be sure.
    pub(super) async fn still_hold<S: Store>(&self, store: &S, share: ShareId) -> Result<bool, StoreError> {
        let (key, read) = match &self.witness {
            Witness::Latest(etag) => (ObjectKey::latest(share), etag),
            Witness::Deleted(etag) => (ObjectKey::meta(share), etag),
        };
        let stored = store.read(key, DOCUMENT_BYTES_MAX).await?;
        Ok(stored.map(|stored| stored.etag) == *read)
    }
}

/// Reads the roots.
pub(super) async fn read<S: Store>(
    store: &S,
    ask: &Ask,
    progress: Progress,
) -> Result<Standing, CollectError> {
    let share = ask.share;
    let key = ObjectKey::meta(share);
    let stored = match store.read(key, DOCUMENT_BYTES_MAX).await? {
        Some(stored) => stored,
        // A publisher that was cut off may still have sent something.
        None if progress.destroying => return Ok(Standing::Roots(Roots::of(Witness::Deleted(None)))),
        None => return Ok(Standing::Gone),
    };
    let meta = Meta::from_json(&stored.bytes).map_err(|source| unreadable(key, source))?;
    same_share(key, meta.share_id)?;
    if meta.state == State::Deleted {
        return Ok(Standing::Roots(Roots::of(Witness::Deleted(Some(stored.etag)))));
    }
    let key = ObjectKey::latest(share);
    let stored = store.read(key, DOCUMENT_BYTES_MAX).await?;
    let base = match ask.ticket {
        Ticket::None => None,
        Ticket::Live { base } => base,
    };
    let latest = match &stored {
        Some(stored) => Some(current(key, &stored.bytes)?),
        // The store is strongly consistent, so this is no view from before a publish. It is a share that waits for its
        // first one, unless anybody knows of another: then its content is not ours to throw away.
        None if progress.published || base.is_some() => return Err(CollectError::NoLatest { share }),
        None => None,
    };
    let mut roots = Roots::of(Witness::Latest(stored.map(|stored| stored.etag)));
    for base in [latest, base].into_iter().flatten() {
        if !roots.manifests.contains(&base.manifest_id) {
            roots.add(base.manifest_id, snapshot(store, share, base.manifest_id, Some(base)).await?);
        }
    }
    Ok(Standing::Roots(roots))
}

impl Roots {
    fn of(witness: Witness) -> Self {
        Self { witness, manifests: Vec::new(), blobs: Vec::new() }
    }

    fn add(&mut self, id: ManifestId, blobs: Vec<Sha256>) {
        self.manifests.push(id);
        if self.blobs.is_empty() {
            self.blobs = blobs;
        } else {
            self.blobs.extend(blobs);
        }
        self.blobs.sort_unstable();
        self.blobs.dedup();
    }
}

fn current(key: ObjectKey, bytes: &[u8]) -> Result<Base, CollectError> {
    let latest = Latest::from_json(bytes).map_err(|source| unreadable(key, source))?;
    same_share(key, latest.share_id)?;
    Ok(Base { manifest_id: latest.manifest_id, manifest_hash: latest.manifest_hash })
}

/// Every blob that a snapshot needs, its inventory's own included. With `named`, its manifest must have that hash.
pub(super) async fn snapshot<S: Store>(
    store: &S,
    share: ShareId,
    id: ManifestId,
    named: Option<Base>,
) -> Result<Vec<Sha256>, CollectError> {
    let key = ObjectKey::manifest(share, id);
    let stored = store.read(key, MANIFEST_BYTES_MAX).await?;
    let stored = stored.ok_or_else(|| StoreError::Missing { key: key.to_string() })?;
    if named.is_some_and(|named| named.manifest_hash != Sha256::of(&stored.bytes)) {
        return Err(damaged(key, "does not have the hash that it is named with"));
    }
    let manifest = Manifest::from_json(&stored.bytes).map_err(|source| unreadable(key, source))?;
    drop(stored);
    same_share(key, manifest.share_id)?;
    if manifest.manifest_id != id {
        return Err(damaged(key, "says that it is another snapshot"));
    }
    let mut blobs = inventory(store, key, &manifest.blobs).await?;
    // A commit has checked this; the program may have committed by itself.
    if manifest.own_extents().iter().any(|extent| blobs.binary_search(&extent.blob).is_err()) {
        return Err(damaged(key, "refers to a blob that its inventory does not have"));
    }
    if let Inventory::At(at) = manifest.blobs {
        blobs.push(at.blob);
    }
    Ok(blobs)
}

async fn inventory<S: Store>(
    store: &S,
    key: ObjectKey,
    inventory: &Inventory,
) -> Result<Vec<Sha256>, CollectError> {
    match inventory {
        Inventory::Inline(rows) => Ok(rows.iter().map(|row| row.blob).collect()),
        Inventory::At(at) if at.length > INVENTORY_BYTES_MAX => {
            Err(damaged(key, "has an inventory that is too long"))
        }
        Inventory::At(at) => {
            let bytes = ShareBlobs { store, share: key.share() }.read(*at).await?;
            Inventory::names_from_json(&bytes)
                .map_err(|source| unreadable(ObjectKey::blob(key.share(), at.blob), source))
        }
    }
}

fn same_share(key: ObjectKey, found: ShareId) -> Result<(), CollectError> {
    if found == key.share() { Ok(()) } else { Err(damaged(key, "says that it is another share's")) }
}

fn unreadable(key: ObjectKey, source: FormatError) -> CollectError {
    CollectError::Unreadable { key: key.to_string(), source }
}

fn damaged(key: ObjectKey, fault: &'static str) -> CollectError {
    CollectError::Damaged { key: key.to_string(), fault }
}
