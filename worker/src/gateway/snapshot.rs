//! Reads a share's documents and finds files in its snapshots; decides who may read. Called by `data` and `shell`.

use crate::failure::Failure;
use crate::store::{ShareBlobs, Store, Stored};
use vitrine_protocol::limits::{DOCUMENT_BYTES_MAX, MANIFEST_BYTES_MAX};
use vitrine_protocol::tree::{Found, lookup};
use vitrine_protocol::{EntryPath, ErrorCode, Latest, Manifest, ManifestId, Meta, ObjectKey, ShareId, State};

/// A share that the reader may read.
pub(crate) struct OpenShare<'a, S> {
    store: &'a S,
    pub(crate) id: ShareId,
    pub(crate) meta: Meta,
}

fn snapshot_not_found() -> Failure {
    Failure::new(ErrorCode::SnapshotNotFound, "It may have been replaced and collected since.")
}

/// Opens a share for an anonymous reader: it must be active, and public or unlisted.
pub(crate) async fn open<S: Store>(store: &S, id: ShareId) -> Result<OpenShare<'_, S>, Failure> {
    let Some(stored) = store.read(ObjectKey::meta(id), DOCUMENT_BYTES_MAX).await? else {
        return Err(Failure::share_not_found());
    };
    let meta = Meta::from_json(&stored.bytes)?;
    if meta.state != State::Active || meta.scope.is_gated() || meta.share_id != id {
        return Err(Failure::share_not_found());
    }
    Ok(OpenShare { store, id, meta })
}

impl<S: Store> OpenShare<'_, S> {
    /// The stored `latest.json`.
    pub(crate) async fn latest(&self) -> Result<(Latest, Stored), Failure> {
        let stored = self.store.read(ObjectKey::latest(self.id), DOCUMENT_BYTES_MAX).await?;
        let stored =
            stored.ok_or_else(|| Failure::new(ErrorCode::NotPublished, "The share is empty so far."))?;
        Ok((Latest::from_json(&stored.bytes)?, stored))
    }

    /// A snapshot's manifest.
    pub(crate) async fn manifest(&self, id: ManifestId) -> Result<Manifest, Failure> {
        let stored = self.store.read(ObjectKey::manifest(self.id, id), MANIFEST_BYTES_MAX).await?;
        let stored = stored.ok_or_else(snapshot_not_found)?;
        Ok(Manifest::from_json(&stored.bytes)?)
    }

    /// Whether a manifest is there, and its length.
    pub(crate) async fn manifest_size(&self, id: ManifestId) -> Result<u64, Failure> {
        let size = self.store.size(ObjectKey::manifest(self.id, id)).await?;
        size.ok_or_else(snapshot_not_found)
    }

    /// A blob's length.
    pub(crate) async fn blob_size(&self, hash: vitrine_protocol::Sha256) -> Result<u64, Failure> {
        let size = self.store.size(ObjectKey::blob(self.id, hash)).await?;
        size.ok_or_else(|| Failure::new(ErrorCode::PathNotFound, "The share has no such blob."))
    }

    /// What a path names in a snapshot.
    pub(crate) async fn find(&self, manifest: &Manifest, path: &EntryPath) -> Result<Found, Failure> {
        Ok(lookup(manifest, path, &ShareBlobs { store: self.store, share: self.id }).await?)
    }
}
