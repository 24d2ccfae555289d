//! The steps of a commit (design §4.5), over any store. Called by the Durable Object, after it has checked the epoch.

mod pieces;

use crate::failure::Failure;
use crate::store::{PutIf, ShareBlobs, Store, StoreError};
use futures_util::future::try_join_all;
use vitrine_protocol::api::{Base, CommitPublish};
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::limits::{DOCUMENT_BYTES_MAX, FORMAT_VERSION, INVENTORY_BYTES_MAX, MANIFEST_BYTES_MAX};
use vitrine_protocol::manifest::{BlobRow, Inventory};
use vitrine_protocol::tree::ExtentSource as _;
use vitrine_protocol::{ErrorCode, Extent, Latest, Manifest, Meta, ObjectKey, Sha256, ShareId, State};

/// Up to this many added blobs are looked at one by one; more are found by listing, 1,000 to a call.
const HEADS_MAX: usize = 32;

/// At most six requests of a Worker are under way at once; more only queue.
const HEADS_AT_ONCE: usize = 6;

/// What `latest.json` says now, and the store's mark of it.
pub(crate) struct Current {
    /// `None` when it is damaged: then there is nothing to compare with, and the next commit replaces it.
    pub(crate) latest: Option<Latest>,
    etag: String,
}

/// Reads `latest.json`; `None` before the first publish.
pub(crate) async fn current<S: Store>(store: &S, share: ShareId) -> Result<Option<Current>, Failure> {
    let Some(stored) = store.read(ObjectKey::latest(share), DOCUMENT_BYTES_MAX).await? else {
        return Ok(None);
    };
    let latest = match Latest::from_json(&stored.bytes) {
        Ok(latest) => Some(latest),
        // What a newer version wrote is not ours to replace.
        Err(error @ FormatError::NewerVersion { .. }) => return Err(error.into()),
        Err(_) => None,
    };
    Ok(Some(Current { latest, etag: stored.etag }))
}

impl Current {
    /// What a publish that begins now compares with.
    pub(crate) fn base(&self) -> Option<Base> {
        let latest = self.latest.as_ref()?;
        Some(Base { manifest_id: latest.manifest_id, manifest_hash: latest.manifest_hash })
    }

    /// Whether it is what this commit wants already: the reply to an earlier try was lost.
    pub(crate) fn is(&self, wanted: &CommitPublish) -> bool {
        self.base() == Some(Base { manifest_id: wanted.manifest_id, manifest_hash: wanted.manifest_hash })
    }
}

/// Makes `wanted` the current snapshot.
///
/// 1. The share is active: 409 `share_deleted` otherwise.
/// 2. `latest.json` still names the lease's base: 409 `base_changed`.
/// 3. The manifest is there, has its hash, and is of this share: 422 `manifest_mismatch`.
/// 4. Every blob that the base did not need is there with its size: 422 `blob_missing`.
/// 5. No file that changed lies in too many pieces, as far as that is looked at: 422 `manifest_mismatch`.
/// 6. `latest.json` is replaced, if it is still the version of step 2: 409 `base_changed`.
pub(crate) async fn commit<S: Store>(
    store: &S,
    wanted: CommitPublish,
    base: Option<Base>,
    now: i64,
) -> Result<Latest, Failure> {
    let share = wanted.share_id;
    // 1
    active(store, share).await?;
    // 2
    let current = current(store, share).await?;
    if current.as_ref().and_then(Current::base) != base {
        return Err(base_changed());
    }
    // 3
    let manifest = uploaded_manifest(store, &wanted).await?;
    // 4
    let before = base_manifest(store, share, base).await?;
    let added = added_blobs(store, &manifest, before.as_ref()).await?;
    check_blobs(store, share, &added).await?;
    // 5
    pieces::check(store, &manifest, before.as_ref()).await?;
    // 6
    let latest = Latest {
        version: FORMAT_VERSION,
        share_id: share,
        manifest_id: wanted.manifest_id,
        manifest_hash: wanted.manifest_hash,
        // It grows, whatever the clock does: lists believe the latest.
        published_at: current
            .as_ref()
            .and_then(|current| current.latest.as_ref())
            .map_or(now, |before| now.max(before.published_at.saturating_add(1))),
        file_count: manifest.file_count,
        size_bytes: manifest.size_bytes,
    };
    let condition = current.map_or(PutIf::Absent, |current| PutIf::Matches(current.etag));
    if store.put(ObjectKey::latest(share), latest.to_json(), condition).await? {
        Ok(latest)
    } else {
        Err(base_changed())
    }
}

fn base_changed() -> Failure {
    Failure::new(ErrorCode::BaseChanged, "Another snapshot was published meanwhile. Nothing was changed.")
        .hint("Publish again.")
}

async fn active<S: Store>(store: &S, share: ShareId) -> Result<(), Failure> {
    let meta = store.read(ObjectKey::meta(share), DOCUMENT_BYTES_MAX).await?;
    let meta = meta.ok_or_else(|| Failure::new(ErrorCode::ShareNotFound, "Its `meta.json` is gone."))?;
    match Meta::from_json(&meta.bytes)?.state {
        State::Deleted => Err(Failure::new(ErrorCode::ShareDeleted, "Nothing can be published to it.")),
        State::Active | State::Suspended => Ok(()),
    }
}

fn mismatch(detail: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::ManifestMismatch, detail).hint("Publish again.")
}

async fn uploaded_manifest<S: Store>(store: &S, wanted: &CommitPublish) -> Result<Manifest, Failure> {
    let stored =
        store.read(ObjectKey::manifest(wanted.share_id, wanted.manifest_id), MANIFEST_BYTES_MAX).await?;
    let stored = stored.ok_or_else(|| mismatch("It was not uploaded."))?;
    if Sha256::of(&stored.bytes) != wanted.manifest_hash {
        return Err(mismatch("The uploaded manifest has another hash."));
    }
    let manifest = Manifest::from_json(&stored.bytes)
        .map_err(|error| mismatch(format!("It cannot be read: {error}.")))?;
    if manifest.share_id != wanted.share_id || manifest.manifest_id != wanted.manifest_id {
        return Err(mismatch("It says that it is another share's, or another snapshot."));
    }
    Ok(manifest)
}

/// The blobs that `manifest` needs and the base did not, sorted by name.
async fn added_blobs<S: Store>(
    store: &S,
    manifest: &Manifest,
    base: Option<&Manifest>,
) -> Result<Vec<BlobRow>, Failure> {
    let new = inventory(store, manifest).await?;
    let old = match base {
        Some(base) => inventory(store, base).await.unwrap_or_default(),
        None => Vec::new(),
    };
    check_inventory(manifest, &new)?;
    let mut old = old.into_iter().peekable();
    let mut added = Vec::new();
    for row in new {
        while old.next_if(|known| known.blob < row.blob).is_some() {}
        if old.peek().map(|known| (known.blob, known.size)) != Some((row.blob, row.size)) {
            added.push(row);
        }
    }
    Ok(added)
}

/// What the manifest itself names must be in its inventory, for collection believes the inventory.
fn check_inventory(manifest: &Manifest, rows: &[BlobRow]) -> Result<(), Failure> {
    let holds = |extent: &Extent| {
        let row = rows.binary_search_by(|row| row.blob.cmp(&extent.blob)).ok().map(|at| rows[at]);
        row.is_some_and(|row| extent.end() <= row.size)
    };
    match manifest.own_extents().iter().find(|extent| !holds(extent)) {
        Some(extent) => Err(mismatch(format!("It refers to {extent:?}, which its inventory does not hold."))),
        None => Ok(()),
    }
}

/// The manifest that the base has. One that cannot be read (damaged, or newer) vouches for nothing: then everything is checked.
async fn base_manifest<S: Store>(
    store: &S,
    share: ShareId,
    base: Option<Base>,
) -> Result<Option<Manifest>, Failure> {
    let Some(base) = base else { return Ok(None) };
    let stored = store.read(ObjectKey::manifest(share, base.manifest_id), MANIFEST_BYTES_MAX).await?;
    let stored = stored.filter(|stored| Sha256::of(&stored.bytes) == base.manifest_hash);
    Ok(stored.and_then(|stored| Manifest::from_json(&stored.bytes).ok()))
}

async fn inventory<S: Store>(store: &S, manifest: &Manifest) -> Result<Vec<BlobRow>, Failure> {
    match &manifest.blobs {
        Inventory::Inline(rows) => Ok(rows.clone()),
        Inventory::At(at) if at.length > INVENTORY_BYTES_MAX => Err(mismatch("Its inventory is too long.")),
        Inventory::At(at) => {
            let blobs = ShareBlobs { store, share: manifest.share_id };
            let bytes = blobs.read(*at).await.map_err(|error| match error {
                StoreError::Missing { .. } => mismatch("Its inventory is not there."),
                other => other.into(),
            })?;
            Inventory::rows_from_json(&bytes)
                .map_err(|error| mismatch(format!("Its inventory cannot be read: {error}.")))
        }
    }
}

async fn check_blobs<S: Store>(store: &S, share: ShareId, added: &[BlobRow]) -> Result<(), Failure> {
    let missing = |row: &BlobRow| {
        Failure::new(
            ErrorCode::BlobMissing,
            format!("The blob {} of {} bytes is not there.", row.blob, row.size),
        )
        .hint("Publish again.")
    };
    if added.len() <= HEADS_MAX {
        for rows in added.chunks(HEADS_AT_ONCE) {
            let sizes =
                try_join_all(rows.iter().map(|row| store.size(ObjectKey::blob(share, row.blob)))).await?;
            if let Some((row, _)) = rows.iter().zip(sizes).find(|(row, size)| *size != Some(row.size)) {
                return Err(missing(row));
            }
        }
        return Ok(());
    }
    let mut wanted = added.iter().peekable();
    while let Some(next) = wanted.peek() {
        let (page, more) = store.list_blobs(share, next.blob).await?;
        for (blob, size) in &page {
            match wanted.peek() {
                Some(row) if row.blob < *blob => return Err(missing(row)),
                Some(row) if row.blob == *blob && row.size == *size => wanted.next(),
                Some(row) if row.blob == *blob => return Err(missing(row)),
                _ => None,
            };
        }
        match wanted.peek() {
            Some(row) if !more || page.is_empty() => return Err(missing(row)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::{Fault, MemoryStore};
    use vitrine_protocol::listing::Listing;
    use vitrine_protocol::manifest::RootKind;
    use vitrine_protocol::{ManifestId, Scope, listing::Entries};

    fn share() -> ShareId {
        "e0123456789abcdefghjkmnpqr".parse().unwrap()
    }

    fn blob(n: u32) -> BlobRow {
        let bytes = format!("blob {n}");
        BlobRow { blob: Sha256::of(bytes.as_bytes()), size: bytes.len() as u64, live_bytes: 1 }
    }

    fn store() -> MemoryStore {
        let store = MemoryStore::default();
        let meta = format!(
            r#"{{"version":1,"share_id":"{}","scope":"public","state":"active","updated_at":0}}"#,
            share()
        );
        store.insert(ObjectKey::meta(share()), meta);
        store
    }

    fn upload_blobs(store: &MemoryStore, numbers: impl IntoIterator<Item = u32>) {
        for n in numbers {
            store.insert(ObjectKey::blob(share(), blob(n).blob), format!("blob {n}"));
        }
    }

    /// Uploads a manifest that needs the blobs, and says what would commit it.
    fn upload(store: &MemoryStore, id: u64, blobs: impl IntoIterator<Item = u32>) -> CommitPublish {
        upload_with(store, id, blobs, Listing::Inline(Entries::default()))
    }

    fn upload_with(
        store: &MemoryStore,
        id: u64,
        blobs: impl IntoIterator<Item = u32>,
        root: Listing,
    ) -> CommitPublish {
        let mut rows: Vec<BlobRow> = blobs.into_iter().map(blob).collect();
        rows.sort();
        let manifest = Manifest {
            share_id: share(),
            manifest_id: ManifestId::from_parts(id, [0; 10]),
            created_at: 0,
            root_path: String::new(),
            root_kind: RootKind::Dir,
            scope: Scope::Public,
            indexing_opt_in: false,
            file_count: rows.len() as u64,
            size_bytes: 7,
            entry_count: None,
            root,
            index: None,
            blobs: Inventory::Inline(rows),
        };
        let bytes = manifest.to_json();
        let wanted = CommitPublish {
            share_id: share(),
            epoch: 1,
            manifest_id: manifest.manifest_id,
            manifest_hash: Sha256::of(&bytes),
        };
        store.insert(ObjectKey::manifest(share(), manifest.manifest_id), bytes);
        wanted
    }

    fn base(wanted: CommitPublish) -> Base {
        Base { manifest_id: wanted.manifest_id, manifest_hash: wanted.manifest_hash }
    }

    async fn code(store: &MemoryStore, wanted: CommitPublish, base: Option<Base>) -> String {
        commit(store, wanted, base, 9).await.map_or_else(|failure| failure.problem.code, |_| "ok".to_owned())
    }

    async fn latest_id(store: &MemoryStore) -> Option<ManifestId> {
        current(store, share()).await.unwrap().and_then(|current| current.base()).map(|base| base.manifest_id)
    }

    #[tokio::test]
    async fn a_whole_snapshot_becomes_the_latest() {
        let store = store();
        upload_blobs(&store, 0..3);
        let first = upload(&store, 1, 0..3);
        let latest = commit(&store, first, None, 9).await.unwrap();
        assert_eq!((latest.file_count, latest.published_at), (3, 9));
        let second = upload(&store, 2, 0..2);
        assert_eq!(code(&store, second, Some(base(first))).await, "ok");
        assert_eq!(latest_id(&store).await, Some(second.manifest_id));
    }

    #[tokio::test]
    async fn nothing_is_flipped_when_a_blob_is_missing_or_short() {
        for count in [5, 40] {
            for broken in [0, count / 2, count - 1] {
                let store = store();
                upload_blobs(&store, (0..count).filter(|n| *n != broken));
                let wanted = upload(&store, 1, 0..count);
                assert_eq!(code(&store, wanted, None).await, "blob_missing", "{broken} of {count}");
                store.insert(ObjectKey::blob(share(), blob(broken).blob), "short");
                assert_eq!(code(&store, wanted, None).await, "blob_missing", "{broken} of {count}");
                assert_eq!(latest_id(&store).await, None);
                upload_blobs(&store, [broken]);
                assert_eq!(code(&store, wanted, None).await, "ok");
            }
        }
    }

    #[tokio::test]
    async fn only_added_blobs_are_looked_at() {
        let store = store();
        upload_blobs(&store, 0..20);
        let first = upload(&store, 1, 0..20);
        assert_eq!(code(&store, first, None).await, "ok");
        let second = upload(&store, 2, 0..20);
        store.reads.set(0);
        assert_eq!(code(&store, second, Some(base(first))).await, "ok");
        assert_eq!(store.reads.get(), 4, "meta, latest, manifest, base manifest");
    }

    #[tokio::test]
    async fn a_changed_base_wins() {
        let store = store();
        let first = upload(&store, 1, []);
        let second = upload(&store, 2, []);
        assert_eq!(code(&store, first, None).await, "ok");
        assert_eq!(code(&store, second, None).await, "base_changed");
        assert_eq!(latest_id(&store).await, Some(first.manifest_id));
    }

    #[tokio::test]
    async fn manifests_that_lie_are_refused() {
        let store = store();
        let wanted = upload(&store, 1, []);
        let lies = [
            CommitPublish { manifest_hash: Sha256::of(b"other"), ..wanted },
            CommitPublish { manifest_id: ManifestId::from_parts(3, [0; 10]), ..wanted },
        ];
        for lie in lies {
            assert_eq!(code(&store, lie, None).await, "manifest_mismatch");
        }
        let other = r#"{"version":7}"#;
        store.insert(ObjectKey::manifest(share(), wanted.manifest_id), other);
        let newer = CommitPublish { manifest_hash: Sha256::of(other.as_bytes()), ..wanted };
        assert_eq!(code(&store, newer, None).await, "manifest_mismatch");
        assert_eq!(latest_id(&store).await, None);
    }

    #[tokio::test]
    async fn a_lost_reply_is_recognised_at_the_next_try() {
        let store = store();
        let wanted = upload(&store, 1, []);
        store.break_keys("latest.json", Fault::LandsUnheard);
        assert_eq!(code(&store, wanted, None).await, "store_unavailable");
        store.heal();
        assert!(current(&store, share()).await.unwrap().is_some_and(|current| current.is(&wanted)));
    }

    #[tokio::test]
    async fn a_damaged_latest_is_replaced_and_a_newer_one_is_not() {
        let store = store();
        store.insert(ObjectKey::latest(share()), "damaged");
        assert_eq!(current(&store, share()).await.unwrap().unwrap().base(), None);
        let wanted = upload(&store, 1, []);
        assert_eq!(code(&store, wanted, None).await, "ok");
        assert_eq!(latest_id(&store).await, Some(wanted.manifest_id));
        store.insert(ObjectKey::latest(share()), r#"{"version":2}"#);
        assert_eq!(code(&store, wanted, None).await, "unsupported_version");
    }

    #[tokio::test]
    async fn an_inventory_that_lacks_what_the_manifest_names_is_refused() {
        let store = store();
        upload_blobs(&store, 0..1);
        let listing = |extent: Extent| {
            let named = crate::gateway::data::tests::file_named("a", b"", "text/plain", Some(vec![extent]));
            let file = vitrine_protocol::File { size: extent.length, ..named };
            Listing::Inline(Entries::new(vec![file], Vec::new(), Vec::new()).unwrap())
        };
        let row = blob(0);
        for (extent, expected) in [
            (Extent { blob: row.blob, offset: 0, length: row.size }, "ok"),
            (Extent { blob: row.blob, offset: 1, length: row.size }, "manifest_mismatch"),
            (Extent { blob: blob(9).blob, offset: 0, length: 1 }, "manifest_mismatch"),
        ] {
            let wanted = upload_with(&store, 1, [0], listing(extent));
            assert_eq!(code(&store, wanted, None).await, expected, "{extent:?}");
            store.remove(ObjectKey::latest(share()));
        }
    }

    #[tokio::test]
    async fn a_base_that_cannot_be_read_vouches_for_nothing() {
        let store = store();
        upload_blobs(&store, 0..2);
        let first = upload(&store, 1, 0..2);
        assert_eq!(code(&store, first, None).await, "ok");
        store.insert(ObjectKey::manifest(share(), first.manifest_id), "damaged");
        store.remove(ObjectKey::blob(share(), blob(0).blob));
        let second = upload(&store, 2, 0..2);
        assert_eq!(code(&store, second, Some(base(first))).await, "blob_missing");
    }
}
