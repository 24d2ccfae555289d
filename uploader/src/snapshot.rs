//! From the files of a publish to the listings, the inventory and the manifest that say where everything is.
//!
//! Listings go out in waves, children before parents, those of one wave together in blobs of up to 8 MiB. A listing that the
//! base has already is referred to where it is, so what is written grows with what changed.

use crate::base::Base;
use crate::bounds::{BoundsError, Gauge};
use crate::plan::PlannedDir;
use crate::progress::{Event, Progress};
use crate::remote::{RemoteError, Session};
use crate::send::NewBlobs;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use vitrine_protocol::listing::ListingError;
use vitrine_protocol::manifest::{BlobRow, Inventory};
use vitrine_protocol::tree::{Built, TreeBuilder, TreeDir};
use vitrine_protocol::{EntryName, Extent, File, Link, ObjectKey, Sha256};

/// Large enough to be worth a request, small enough to be fetched whole.
const LISTING_BLOB_MAX: usize = 8 << 20;

/// Why the listings could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// One could not be sent.
    #[error("Could not send the listings of the folders")]
    Send(#[source] RemoteError),
    /// The tree contradicts itself; the scan makes sure that it does not.
    #[error("The folder could not be described")]
    Tree(#[source] ListingError),
    /// It needs too many blobs.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// A file of the base refers to a blob that its inventory does not have.
    #[error("The published snapshot is damaged: its inventory lacks the blob {blob}")]
    Inventory {
        /// The blob.
        blob: Sha256,
    },
}

/// Listings and inventory of a snapshot, stored.
#[derive(Debug)]
pub struct Snapshot {
    /// The root's listing and the totals.
    pub built: Built,
    /// Every blob the snapshot needs.
    pub inventory: Inventory,
}

/// Writes what describes a snapshot. Blobs that it sends are added to `blobs`.
pub struct Writer<'a, S> {
    /// Where to.
    pub session: &'a S,
    /// What is there already.
    pub base: &'a Base,
    /// Who listens.
    pub progress: &'a dyn Progress,
    /// The blobs of this publish.
    pub blobs: &'a mut NewBlobs,
    /// The longest list of blobs that is written.
    pub inventory_bytes_max: u64,
}

impl<S: Session> Writer<'_, S> {
    /// Writes the listings of `dirs`, wave by wave, and the inventory if it is too long for the manifest.
    pub async fn write(
        &mut self,
        dirs: Vec<PlannedDir>,
        files: Vec<(usize, File)>,
    ) -> Result<Snapshot, SnapshotError> {
        let mut builder = TreeBuilder::new(assemble(dirs, files));
        while let Some(texts) = builder.next_wave().map_err(SnapshotError::Tree)? {
            let extents = self.place(texts).await?;
            builder.place(&extents);
        }
        let built = builder.finish();
        let inventory = self.inventory(&built.live).await?;
        Ok(Snapshot { built, inventory })
    }

    /// Stores the texts of one wave and says where each is.
    async fn place(&mut self, texts: Vec<Vec<u8>>) -> Result<Vec<Extent>, SnapshotError> {
        let hashes: Vec<Sha256> = texts.iter().map(|text| Sha256::of(text)).collect();
        let mut known: HashMap<Sha256, Extent> = HashMap::new();
        let mut blob = Vec::new();
        let mut inside: Vec<(Sha256, u64, u64)> = Vec::new();
        for (text, hash) in texts.iter().zip(&hashes) {
            if let Some(extent) = self.base.listing(hash) {
                known.insert(*hash, extent);
            }
            if known.contains_key(hash) || inside.iter().any(|(other, ..)| other == hash) {
                continue;
            }
            if !blob.is_empty() && blob.len() + text.len() > LISTING_BLOB_MAX {
                self.seal(&mut blob, &mut inside, &mut known).await?;
            }
            inside.push((*hash, blob.len() as u64, text.len() as u64));
            blob.extend_from_slice(text);
        }
        self.seal(&mut blob, &mut inside, &mut known).await?;
        // Every hash was either known or just sealed.
        Ok(hashes.iter().filter_map(|hash| known.get(hash).copied()).collect())
    }

    async fn seal(
        &mut self,
        blob: &mut Vec<u8>,
        inside: &mut Vec<(Sha256, u64, u64)>,
        known: &mut HashMap<Sha256, Extent>,
    ) -> Result<(), SnapshotError> {
        if blob.is_empty() {
            return Ok(());
        }
        let name = self.put(std::mem::take(blob)).await?;
        for (hash, offset, length) in inside.drain(..) {
            known.insert(hash, Extent { blob: name, offset, length });
        }
        Ok(())
    }

    async fn put(&mut self, bytes: Vec<u8>) -> Result<Sha256, SnapshotError> {
        let (name, length) = (Sha256::of(&bytes), bytes.len() as u64);
        let key = ObjectKey::blob(self.session.grant().share_id, name);
        let known = self.base.blob_size(&name) == Some(length)
            || self.base.is_inventory(&name, length)
            || self.blobs.sizes.contains_key(&name);
        if !known {
            self.session.put(key, Bytes::from(bytes), name).await.map_err(SnapshotError::Send)?;
            self.blobs.add(name, length, true);
            self.progress.on(Event::Sent { bytes: length });
        }
        Ok(name)
    }

    async fn inventory(&mut self, live: &BTreeMap<Sha256, u64>) -> Result<Inventory, SnapshotError> {
        let mut gauge = Gauge::new(self.inventory_bytes_max);
        let mut rows = Vec::with_capacity(live.len());
        for (blob, live_bytes) in live {
            let size = self.blobs.sizes.get(blob).copied().or_else(|| self.base.blob_size(blob));
            let size = size.ok_or(SnapshotError::Inventory { blob: *blob })?;
            gauge.add(size)?;
            rows.push(BlobRow { blob: *blob, size, live_bytes: (*live_bytes).min(size) });
        }
        if !Inventory::must_be_blob(rows.len()) {
            return Ok(Inventory::Inline(rows));
        }
        let json = serde_json::to_vec(&rows).unwrap_or_default();
        let length = json.len() as u64;
        gauge.check(length)?;
        let blob = self.put(json).await?;
        Ok(Inventory::At(Extent { blob, offset: 0, length }))
    }
}

/// Puts the flat, sorted directories and their files together as a tree.
fn assemble(dirs: Vec<PlannedDir>, files: Vec<(usize, File)>) -> TreeDir {
    let mut read: Vec<Vec<File>> = dirs.iter().map(|_| Vec::new()).collect();
    for (dir, file) in files {
        if let Some(list) = read.get_mut(dir) {
            list.push(file);
        }
    }
    // Parents come before their children, so the open directories are a path, and a directory is complete when the
    // next one is not below it.
    let mut open: Vec<(Option<EntryName>, i64, TreeDir)> = Vec::new();
    for (dir, read) in dirs.into_iter().zip(read) {
        let depth = dir.path.names().len();
        while open.len() > depth {
            close(&mut open);
        }
        let links = dir.links.into_iter().map(|link| Link { name: link.name, target: link.target }).collect();
        let mut files = dir.kept;
        files.extend(read);
        open.push((dir.path.name().cloned(), dir.mtime, TreeDir { files, links, dirs: Vec::new() }));
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().map(|(_, _, root)| root).unwrap_or_default()
}

fn close(open: &mut Vec<(Option<EntryName>, i64, TreeDir)>) {
    let Some((name, mtime, dir)) = open.pop() else { return };
    if let (Some(name), Some((_, _, parent))) = (name, open.last_mut()) {
        parent.dirs.push((name, mtime, dir));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::EntryPath;

    fn show(tree: &TreeDir) -> String {
        let below: Vec<_> = tree.dirs.iter().map(|(name, _, dir)| format!("{name}{}", show(dir))).collect();
        format!("({})", below.join(" "))
    }

    #[test]
    fn flat_directories_become_a_tree() {
        let dir = |path: &str| PlannedDir {
            path: EntryPath::parse(path).unwrap(),
            mtime: 1,
            kept: Vec::new(),
            links: Vec::new(),
        };
        let tree = assemble(["", "a", "a/b", "a/b/c", "a/d", "e"].map(dir).to_vec(), Vec::new());
        assert_eq!(show(&tree), "(a(b(c()) d()) e())");
    }
}
