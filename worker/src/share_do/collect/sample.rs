//! Real snapshots of small made-up folders, and what they need. For the tests of `collect`.

use crate::share_do::commit::commit;
use crate::store::memory::MemoryStore;
use std::collections::{BTreeMap, BTreeSet};
use vitrine_protocol::api::{Base, CommitPublish};
use vitrine_protocol::kind::{ContentType, Kind};
use vitrine_protocol::listing::File;
use vitrine_protocol::manifest::{BlobRow, Inventory, RootKind};
use vitrine_protocol::tree::ListingBuilder;
use vitrine_protocol::{EntryName, Extent, Manifest, ManifestId, ObjectKey, Scope, Sha256, ShareId, State};

pub(super) const HOUR: i64 = 3_600_000;

pub(super) fn share() -> ShareId {
    "e0123456789abcdefghjkmnpqr".parse().unwrap()
}

/// The bytes of file `n`, which is also a blob.
pub(super) fn content(n: u8) -> Vec<u8> {
    format!("the content of file {n}").into_bytes()
}

pub(super) fn blob_key(n: u8) -> String {
    ObjectKey::blob(share(), Sha256::of(&content(n))).to_string()
}

pub(super) fn put_meta(store: &MemoryStore, state: State, updated_at: i64) {
    let state = serde_json::to_string(&state).unwrap();
    let meta = format!(
        r#"{{"version":1,"share_id":"{}","scope":"public","state":{state},"updated_at":{updated_at}}}"#,
        share()
    );
    store.insert(ObjectKey::meta(share()), meta);
}

/// A snapshot, and everything it needs by its key.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) id: ManifestId,
    pub(super) hash: Sha256,
    pub(super) manifest: Vec<u8>,
    pub(super) blobs: BTreeMap<Sha256, Vec<u8>>,
}

impl Snapshot {
    /// Of a folder with these files. Every third has a directory whose listing is stored apart, and so a path index, every second an inventory
    /// that is.
    pub(super) fn of(number: u64, files: &BTreeSet<u8>) -> Self {
        let mut blobs: BTreeMap<Sha256, Vec<u8>> =
            files.iter().map(|n| (Sha256::of(&content(*n)), content(*n))).collect();
        let mut builder = ListingBuilder::new(1 << 20);
        for n in files {
            builder.file(file(&format!("{n:03}"), *n), &mut |_| None).unwrap();
        }
        if let Some(first) = files.first().filter(|_| number.is_multiple_of(3)) {
            builder.enter(EntryName::new("wide").unwrap(), i64::try_from(number / 6).unwrap(), &mut |_| None);
            for n in 0..48 {
                builder.file(file(&format!("{n:0250}"), *first), &mut |_| None).unwrap();
            }
            builder.leave(&mut |_| None).unwrap();
        }
        let (built, listings) = builder.finish(&mut |_| None).unwrap();
        // The listing and the page of its path index.
        assert_eq!(listings.len(), if number.is_multiple_of(3) && !files.is_empty() { 2 } else { 0 });
        blobs.extend(listings);
        let rows: Vec<BlobRow> = blobs
            .iter()
            .map(|(blob, bytes)| BlobRow { blob: *blob, size: bytes.len() as u64, live_bytes: 1 })
            .collect();
        let inventory = if number.is_multiple_of(2) {
            let bytes = serde_json::to_vec(&rows).unwrap();
            let at = Extent { blob: Sha256::of(&bytes), offset: 0, length: bytes.len() as u64 };
            blobs.insert(at.blob, bytes);
            Inventory::At(at)
        } else {
            Inventory::Inline(rows)
        };
        let id = ManifestId::from_parts(number, [0; 10]);
        let manifest = Manifest {
            share_id: share(),
            manifest_id: id,
            created_at: 0,
            root_path: String::new(),
            root_kind: RootKind::Dir,
            scope: Scope::Public,
            indexing_opt_in: false,
            file_count: built.file_count,
            size_bytes: built.size_bytes,
            entry_count: None,
            root: built.root,
            index: built.index,
            blobs: inventory,
        };
        let manifest = manifest.to_json();
        Self { id, hash: Sha256::of(&manifest), manifest, blobs }
    }

    pub(super) fn base(&self) -> Base {
        Base { manifest_id: self.id, manifest_hash: self.hash }
    }

    pub(super) fn wanted(&self, epoch: u64) -> CommitPublish {
        CommitPublish { share_id: share(), epoch, manifest_id: self.id, manifest_hash: self.hash }
    }

    pub(super) fn manifest_key(&self) -> String {
        ObjectKey::manifest(share(), self.id).to_string()
    }

    /// Something derived from it.
    pub(super) fn artifact_key(&self) -> String {
        let prefix = ObjectKey::share_prefix(share());
        format!("{prefix}artifacts/{}/{}.webp", self.id, Sha256::of(b"path"))
    }

    /// Everything a reader of it may ask for.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        let blobs = self.blobs.keys().map(|blob| ObjectKey::blob(share(), *blob).to_string());
        blobs.chain([self.manifest_key()])
    }

    /// Puts what is not there yet, as the program does.
    pub(super) fn upload(&self, store: &MemoryStore) {
        let there: BTreeSet<String> = store.keys().into_iter().collect();
        for (blob, bytes) in &self.blobs {
            let key = ObjectKey::blob(share(), *blob);
            if !there.contains(&key.to_string()) {
                store.insert(key, bytes.clone());
            }
        }
        store.insert(ObjectKey::manifest(share(), self.id), self.manifest.clone());
    }

    /// Uploads it and makes it the current one.
    pub(super) async fn publish(&self, store: &MemoryStore, base: Option<&Self>) {
        self.upload(store);
        commit(store, self.wanted(1), base.map(Self::base), 9).await.unwrap();
    }
}

pub(super) fn file(name: &str, n: u8) -> File {
    let bytes = content(n);
    File {
        name: EntryName::new(name).unwrap(),
        hash: Sha256::of(&bytes),
        size: bytes.len() as u64,
        mtime: 0,
        crc32: 0,
        content_type: ContentType::octet_stream(),
        kind: Kind::Binary,
        extents: None,
        chunks: None,
    }
}
