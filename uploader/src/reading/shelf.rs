//! A share in memory for tests: written piece by piece, read with faults, and counted.

use super::Source;
use crate::remote::RemoteError;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vitrine_protocol::limits::FORMAT_VERSION;
use vitrine_protocol::manifest::{BlobRow, Inventory};
use vitrine_protocol::tree::ListingBuilder;
use vitrine_protocol::{
    ContentType, Dir, Entries, EntryName, EntryPath, ErrorCode, Extent, File, Kind, Latest, Link, Listing,
    Manifest, ManifestId, ObjectKey, RootKind, Scope, Sha256, ShareId,
};

/// How a file's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As one blob.
    Whole,
    /// In a pack with others.
    Pack,
    /// In extents of so many bytes, each in a blob of its own; of more where they would be too many.
    Split(usize),
}

/// What is stored, what was asked for, and what goes wrong.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) objects: BTreeMap<String, Bytes>,
    /// The gets, in order: the key, and the range.
    pub(crate) gets: Vec<(String, Option<(u64, u64)>)>,
    /// How many more gets are answered before everything fails; no limit when absent.
    pub(crate) left: Option<usize>,
}

/// A share in memory. Clones share what is in it.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    state: Arc<Mutex<State>>,
}

/// A snapshot to be put on a shelf.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) files: Vec<(String, Vec<u8>, Layout)>,
    pub(crate) links: Vec<(String, String)>,
    pub(crate) dirs: BTreeSet<String>,
    /// How large a pack grows.
    pub(crate) pack: usize,
}

/// When everything in a draft was modified, in milliseconds since the epoch.
pub(crate) const MTIME: i64 = 1_700_000_000_123;

pub(crate) fn share() -> ShareId {
    ShareId::from_random('0', [5; 25]).unwrap()
}

impl Shelf {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a blob.
    pub(crate) fn blob(&self, bytes: &[u8]) -> Sha256 {
        let hash = Sha256::of(bytes);
        let key = ObjectKey::blob(share(), hash).to_string();
        self.state().objects.insert(key, Bytes::copy_from_slice(bytes));
        hash
    }

    /// Changes a blob behind everyone's back; `None` removes it.
    pub(crate) fn damage(&self, blob: Sha256, change: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>) {
        let key = ObjectKey::blob(share(), blob).to_string();
        let old = self.state().objects.remove(&key).unwrap();
        if let Some(new) = change(old.to_vec()) {
            self.state().objects.insert(key, new.into());
        }
    }

    /// Stores a manifest and makes it the current one.
    pub(crate) fn commit(&self, manifest: &Manifest) {
        let json = manifest.to_json();
        let latest = Latest {
            version: FORMAT_VERSION,
            share_id: share(),
            manifest_id: manifest.manifest_id,
            manifest_hash: Sha256::of(&json),
            published_at: 0,
            file_count: manifest.file_count,
            size_bytes: manifest.size_bytes,
        };
        let mut state = self.state();
        let key = ObjectKey::manifest(share(), manifest.manifest_id).to_string();
        state.objects.insert(key, json.into());
        state.objects.insert(ObjectKey::latest(share()).to_string(), latest.to_json().into());
    }

    /// Puts a snapshot on the shelf.
    pub(crate) fn publish(&self, draft: &Draft) -> Manifest {
        let mut root = TreeDir::default();
        let mut sizes = BTreeMap::new();
        for dir in &draft.dirs {
            dir_of(&mut root, &EntryPath::parse(dir).unwrap());
        }
        for (path, target) in &draft.links {
            let (dir, name) = parts(path);
            dir_of(&mut root, &dir).links.push(Link { name, target: target.clone() });
        }
        let extents = self.store(draft, &mut sizes);
        for ((path, content, _), extents) in draft.files.iter().zip(extents) {
            let (dir, name) = parts(path);
            dir_of(&mut root, &dir).files.push(entry(name, content, extents));
        }
        let mut builder = ListingBuilder::new(1 << 20);
        list(&mut builder, root);
        let (built, blobs) = builder.finish(&mut |_| None).unwrap();
        for (hash, blob) in blobs {
            assert_eq!(self.blob(&blob), hash);
            sizes.insert(hash, blob.len() as u64);
        }
        let row = |(blob, size): (&Sha256, &u64)| BlobRow {
            blob: *blob,
            size: *size,
            live_bytes: built.live.get(blob).map_or(0, |live| *live.min(size)),
        };
        let manifest = Manifest {
            share_id: share(),
            manifest_id: ManifestId::from_parts(1, [0; 10]),
            created_at: MTIME,
            root_path: "folder".to_owned(),
            root_kind: RootKind::Dir,
            scope: Scope::Public,
            indexing_opt_in: false,
            file_count: built.file_count,
            size_bytes: built.size_bytes,
            entry_count: Some(built.entry_count),
            blobs: Inventory::Inline(sizes.iter().map(row).collect()),
            root: built.root,
            index: built.index,
        };
        self.commit(&manifest);
        manifest
    }

    /// Puts a snapshot on the shelf whose tree is a graph: `levels` listings of `wide` folders, each of them with the next listing; at the end a
    /// listing with one empty file. A few kilobytes that are `wide` to the power of `levels` folders.
    pub(crate) fn publish_graph(&self, levels: usize, wide: usize, claimed: u64) {
        let empty = entry(EntryName::new("empty").unwrap(), b"", None);
        let mut entries = Entries { files: vec![empty], ..Entries::default() };
        let mut rows = Vec::new();
        for _ in 0..levels {
            let bytes = entries.to_json();
            let length = bytes.len() as u64;
            let blob = self.blob(&bytes);
            rows.push(BlobRow { blob, size: length, live_bytes: length });
            let listing = Listing::At(Extent { blob, offset: 0, length });
            let dir = |n: usize| Dir {
                name: EntryName::new(&format!("{n:03}")).unwrap(),
                file_count: 0,
                size_bytes: 0,
                mtime: MTIME,
                listing: listing.clone(),
            };
            entries = Entries { dirs: (0..wide).map(dir).collect(), ..Entries::default() };
        }
        rows.sort_by_key(|row| row.blob);
        let honest = self.publish(&Draft::default());
        self.commit(&Manifest {
            file_count: claimed,
            entry_count: None,
            blobs: Inventory::Inline(rows),
            root: Listing::Inline(entries),
            index: None,
            ..honest
        });
    }

    /// Stores all contents and says where; packs are cut in the order of the files.
    fn store(&self, draft: &Draft, sizes: &mut BTreeMap<Sha256, u64>) -> Vec<Option<Vec<Extent>>> {
        let mut put = |bytes: &[u8]| {
            let (blob, length) = (self.blob(bytes), bytes.len() as u64);
            sizes.insert(blob, length);
            Extent { blob, offset: 0, length }
        };
        let mut all = Vec::new();
        let (mut pack, mut places) = (Vec::new(), Vec::new());
        for (index, (_, content, layout)) in draft.files.iter().enumerate() {
            all.push(match layout {
                _ if content.is_empty() => None,
                Layout::Whole => {
                    put(content);
                    None
                }
                Layout::Split(size) => {
                    Some(content.chunks((*size).max(content.len() / 4000 + 1)).map(&mut put).collect())
                }
                Layout::Pack => {
                    places.push((index, pack.len() as u64));
                    pack.extend_from_slice(content);
                    None
                }
            });
            let is_last = index + 1 == draft.files.len();
            if !pack.is_empty() && (is_last || pack.len() >= draft.pack) {
                let blob = put(&std::mem::take(&mut pack)).blob;
                for (index, offset) in places.drain(..) {
                    let length = draft.files[index].1.len() as u64;
                    all[index] = Some(vec![Extent { blob, offset, length }]);
                }
            }
        }
        all
    }
}

fn parts(path: &str) -> (EntryPath, EntryName) {
    let path = EntryPath::parse(path).unwrap();
    (path.parent().unwrap(), path.name().unwrap().clone())
}

/// A directory as a draft describes it. Entries may be in any order.
#[derive(Default)]
struct TreeDir {
    files: Vec<File>,
    links: Vec<Link>,
    dirs: Vec<(EntryName, i64, TreeDir)>,
}

enum Any {
    File(File),
    Link(Link),
    Dir(i64, TreeDir),
}

/// Hands a directory to the builder in the order of its names.
fn list(builder: &mut ListingBuilder, dir: TreeDir) {
    let files = dir.files.into_iter().map(|file| (file.name.clone(), Any::File(file)));
    let links = dir.links.into_iter().map(|link| (link.name.clone(), Any::Link(link)));
    let dirs = dir.dirs.into_iter().map(|(name, mtime, below)| (name, Any::Dir(mtime, below)));
    let entries: BTreeMap<EntryName, Any> = files.chain(links).chain(dirs).collect();
    for (name, entry) in entries {
        match entry {
            Any::File(file) => builder.file(file, &mut |_| None).unwrap(),
            Any::Link(link) => builder.link(link, &mut |_| None).unwrap(),
            Any::Dir(mtime, below) => {
                builder.enter(name, mtime, &mut |_| None);
                list(builder, below);
                builder.leave(&mut |_| None).unwrap();
            }
        }
    }
}

fn dir_of<'a>(root: &'a mut TreeDir, path: &EntryPath) -> &'a mut TreeDir {
    path.names().iter().fold(root, |dir, name| {
        let at = dir.dirs.iter().position(|(known, _, _)| known == name).unwrap_or_else(|| {
            dir.dirs.push((name.clone(), MTIME, TreeDir::default()));
            dir.dirs.len() - 1
        });
        &mut dir.dirs[at].2
    })
}

/// A file entry of that content.
pub(crate) fn entry(name: EntryName, content: &[u8], extents: Option<Vec<Extent>>) -> File {
    File {
        name,
        hash: Sha256::of(content),
        size: content.len() as u64,
        mtime: MTIME,
        crc32: crc32fast::hash(content),
        content_type: serde_json::from_str::<ContentType>("\"text/plain\"").unwrap(),
        kind: serde_json::from_str::<Kind>("\"text\"").unwrap(),
        extents,
        chunks: None,
    }
}

impl Source for Shelf {
    fn share(&self) -> ShareId {
        share()
    }

    async fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Bytes>, RemoteError> {
        tokio::task::yield_now().await;
        let mut state = self.state();
        if let Some(left) = &mut state.left {
            let Some(rest) = left.checked_sub(1) else {
                return Err(RemoteError::refused("read", ErrorCode::StoreUnavailable, ""));
            };
            *left = rest;
        }
        state.gets.push((key.to_string(), range));
        let Some(bytes) = state.objects.get(&key.to_string()).cloned() else { return Ok(None) };
        let (offset, length) = range.unwrap_or((0, bytes.len() as u64));
        if length > max {
            return Err(RemoteError::refused("read", ErrorCode::TooLarge, ""));
        }
        super::snapshot::slice(&bytes, offset, length)
            .map(Some)
            .ok_or_else(|| RemoteError::refused("read", ErrorCode::RangeNotSatisfiable, ""))
    }

    async fn size_of(&self, key: ObjectKey) -> Result<Option<u64>, RemoteError> {
        Ok(self.state().objects.get(&key.to_string()).map(|bytes| bytes.len() as u64))
    }
}
