//! Snapshots that have just been replaced. Their readers stay on them for the grace period, so their blobs must begin to
//! wait when the snapshot does. Called by [`super::collect`].
//!
//! Two passes alone do not give them that: a blob that was left over by an interrupted publish is marked; a snapshot is
//! published that needs it, and replaced before the next run sees it; the old mark would then still count. So each
//! manifest that is not needed and has no mark yet is read, once, and the marks of what it needs begin anew. It follows
//! that no blob is due before the last manifest that needs it.

use super::marks::{Marks, name_of};
use super::roots::{self, Roots};
use super::{Ask, CollectError};
use crate::store::{Listed, Store, StoreError};
use vitrine_protocol::object_key::Named;
use vitrine_protocol::{ManifestId, ObjectKey, Sha256};

/// A run reads at most so many: an object may ask the store some thousand times, and needs most of that for listing.
const MANIFESTS_MAX: usize = 200;

/// A run takes no further manifest from so many blobs on: 16 MB of names, beside 22 MB of the roots'.
const BLOBS_MAX: usize = 500_000;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Retiring {
    /// Sorted.
    manifests: Vec<ManifestId>,
    /// Sorted, without those that are needed.
    blobs: Vec<Sha256>,
    /// There were more than one run may read: they are not marked yet.
    pub(super) more: bool,
}

impl Retiring {
    /// Whether a manifest may get a mark now.
    pub(super) fn has(&self, id: ManifestId) -> bool {
        self.manifests.binary_search(&id).is_ok()
    }

    /// Whether a blob's mark must begin anew.
    pub(super) fn restarts(&self, blob: Sha256) -> bool {
        self.blobs.binary_search(&blob).is_ok()
    }

    fn add(&mut self, id: ManifestId, blobs: Vec<Sha256>, roots: &Roots) {
        self.manifests.push(id);
        self.blobs.extend(blobs.into_iter().filter(|blob| roots.blobs().binary_search(blob).is_err()));
        self.blobs.sort_unstable();
        self.blobs.dedup();
    }
}

/// Reads them. While a publisher is at work none is: a manifest that waits for its commit must not be marked.
pub(super) async fn read<S: Store, M: Marks>(
    store: &S,
    marks: &M,
    ask: &Ask,
    roots: &Roots,
    is_quiet: bool,
) -> Result<Retiring, CollectError> {
    let mut retiring = Retiring::default();
    if !is_quiet {
        return Ok(retiring);
    }
    let prefix = ObjectKey::manifest_prefix(ask.share);
    let mut cursor = None;
    loop {
        let page = store.list(&prefix, cursor.as_deref()).await?;
        for id in unmarked(marks, ask, roots, &page.objects)? {
            if retiring.manifests.len() >= MANIFESTS_MAX || retiring.blobs.len() >= BLOBS_MAX {
                retiring.more = true;
                retiring.manifests.sort_unstable();
                return Ok(retiring);
            }
            retiring.add(id, blobs_of(store, ask, id).await?, roots);
        }
        cursor = page.next;
        if cursor.is_none() {
            retiring.manifests.sort_unstable();
            return Ok(retiring);
        }
    }
}

/// The manifests of a page that are not needed and have no mark.
fn unmarked<M: Marks>(
    marks: &M,
    ask: &Ask,
    roots: &Roots,
    objects: &[Listed],
) -> Result<Vec<ManifestId>, CollectError> {
    let prefix = ObjectKey::share_prefix(ask.share);
    let mut found = Vec::new();
    for object in objects {
        let Some(Named::Manifest(id)) = object.key.strip_prefix(&prefix).and_then(Named::parse) else {
            continue;
        };
        if roots.needs(Named::Manifest(id)) {
            continue;
        }
        let mark = marks.get(&name_of(ObjectKey::manifest(ask.share, id)))?;
        if mark.is_none_or(|mark| mark.uploaded != object.uploaded) {
            found.push(id);
        }
    }
    Ok(found)
}

/// What an old snapshot needs. One that cannot be read has no readers, and so none whose time must be kept.
async fn blobs_of<S: Store>(store: &S, ask: &Ask, id: ManifestId) -> Result<Vec<Sha256>, CollectError> {
    match roots::snapshot(store, ask.share, id, None).await {
        Err(error @ CollectError::Store(StoreError::Unavailable { .. })) => Err(error),
        Err(_) => Ok(Vec::new()),
        Ok(blobs) => Ok(blobs),
    }
}
