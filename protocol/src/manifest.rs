//! The root of one immutable snapshot, as stored under `manifests/`.

use crate::documents::{FormatError, Scope, check_version};
use crate::ids::{ManifestId, Sha256, ShareId};
use crate::index::{PathIndex, RawIndex};
use crate::limits::{FORMAT_VERSION, INLINE_BLOBS_MAX, JSON_INTEGER_MAX};
use crate::listing::{Extent, Listing, ListingError, RawListing};
use serde::{Deserialize, Serialize};

/// Whether a share is a directory or one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RootKind {
    /// A directory.
    Dir,
    /// One file: the root listing holds it alone.
    File,
}

/// One blob that a snapshot needs: `[blob, size, live_bytes]` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(Sha256, u64, u64)", into = "(Sha256, u64, u64)")]
pub struct BlobRow {
    /// Its name.
    pub blob: Sha256,
    /// Its length in bytes.
    pub size: u64,
    /// How many of its bytes this snapshot refers to.
    pub live_bytes: u64,
}

impl TryFrom<(Sha256, u64, u64)> for BlobRow {
    type Error = ListingError;

    fn try_from((blob, size, live_bytes): (Sha256, u64, u64)) -> Result<Self, ListingError> {
        if size > JSON_INTEGER_MAX || live_bytes > JSON_INTEGER_MAX {
            return Err(ListingError::TooLarge);
        }
        Ok(Self { blob, size, live_bytes })
    }
}

impl From<BlobRow> for (Sha256, u64, u64) {
    fn from(row: BlobRow) -> Self {
        (row.blob, row.size, row.live_bytes)
    }
}

/// Every blob a snapshot needs, or where that list is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inventory {
    /// Right here, sorted by name.
    Inline(Vec<BlobRow>),
    /// As the same JSON array inside a blob, which the inventory itself does not list.
    At(Extent),
}

impl Inventory {
    /// Whether `count` blobs are too many to stand inside the manifest.
    pub fn must_be_blob(count: usize) -> bool {
        count > INLINE_BLOBS_MAX
    }

    /// Reads the bytes behind [`Inventory::At`]: rows sorted by name, each once.
    pub fn rows_from_json(bytes: &[u8]) -> Result<Vec<BlobRow>, FormatError> {
        let rows: Vec<BlobRow> = crate::json::from_slice(bytes)?;
        check_rows(&rows)?;
        Ok(rows)
    }

    /// Reads only the names out of the same bytes, with the same checks: a third less memory than the rows take, for who
    /// holds the inventories of several snapshots in an isolate.
    pub fn names_from_json(bytes: &[u8]) -> Result<Vec<Sha256>, FormatError> {
        #[derive(Deserialize)]
        #[serde(from = "BlobRow")]
        struct Name(Sha256);
        impl From<BlobRow> for Name {
            fn from(row: BlobRow) -> Self {
                Self(row.blob)
            }
        }
        let names: Vec<Name> = crate::json::from_slice(bytes)?;
        match names.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            Some(pair) => Err(FormatError::Inventory(pair[1].0)),
            // In place: both are 32 bytes.
            None => Ok(names.into_iter().map(|name| name.0).collect()),
        }
    }
}

fn check_rows(rows: &[BlobRow]) -> Result<(), FormatError> {
    match rows.windows(2).find(|pair| pair[0].blob >= pair[1].blob) {
        Some(pair) => Err(FormatError::Inventory(pair[1].blob)),
        None => Ok(()),
    }
}

/// The root of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "RawManifest")]
pub struct Manifest {
    /// The share it belongs to.
    pub share_id: ShareId,
    /// Its own name.
    pub manifest_id: ManifestId,
    /// When it was made, in milliseconds since the epoch.
    pub created_at: i64,
    /// The path that was published, as its project calls it; never a path of the host.
    pub root_path: String,
    /// Whether the root is a directory or one file.
    pub root_kind: RootKind,
    /// Who may read, when it was published; `meta.json` decides.
    pub scope: Scope,
    /// Whether search engines may list it, when it was published; `meta.json` decides.
    pub indexing_opt_in: bool,
    /// How many files are in it, at any depth.
    pub file_count: u64,
    /// The sum of their sizes.
    pub size_bytes: u64,
    /// How many files, folders and links are in it, at any depth; absent in snapshots of older programs.
    pub entry_count: Option<u64>,
    /// The root directory's listing.
    pub root: Listing,
    /// All its paths, for the finder; absent when the manifest itself lists everything, and in snapshots of older programs.
    pub index: Option<PathIndex>,
    /// Every blob it needs.
    pub blobs: Inventory,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RawManifest {
    version: u64,
    share_id: ShareId,
    manifest_id: ManifestId,
    created_at: i64,
    #[serde(default)]
    root_path: String,
    root_kind: RootKind,
    scope: Scope,
    #[serde(default)]
    indexing_opt_in: bool,
    file_count: u64,
    size_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry_count: Option<u64>,
    // Not `#[serde(flatten)]`: that buffers the whole listing once more while reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files: Option<Vec<crate::listing::File>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dirs: Option<Vec<crate::listing::Dir>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    links: Option<Vec<crate::listing::Link>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Extent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pages: Option<Vec<crate::listing::Page>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<RawIndex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blobs: Option<Vec<BlobRow>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blobs_at: Option<Extent>,
}

impl From<Manifest> for RawManifest {
    fn from(manifest: Manifest) -> Self {
        let RawListing { files, dirs, links, at, pages } = manifest.root.into();
        let (blobs, blobs_at) = match manifest.blobs {
            Inventory::Inline(rows) => (Some(rows), None),
            Inventory::At(at) => (None, Some(at)),
        };
        Self {
            version: FORMAT_VERSION,
            share_id: manifest.share_id,
            manifest_id: manifest.manifest_id,
            created_at: manifest.created_at,
            root_path: manifest.root_path,
            root_kind: manifest.root_kind,
            scope: manifest.scope,
            indexing_opt_in: manifest.indexing_opt_in,
            file_count: manifest.file_count,
            size_bytes: manifest.size_bytes,
            entry_count: manifest.entry_count,
            files,
            dirs,
            links,
            at,
            pages,
            index: manifest.index.map(RawIndex::from),
            blobs,
            blobs_at,
        }
    }
}

impl TryFrom<RawManifest> for Manifest {
    type Error = FormatError;

    fn try_from(raw: RawManifest) -> Result<Self, FormatError> {
        let root = Listing::try_from(RawListing {
            files: raw.files,
            dirs: raw.dirs,
            links: raw.links,
            at: raw.at,
            pages: raw.pages,
        })?;
        let counts = [Some(raw.file_count), Some(raw.size_bytes), raw.entry_count];
        if counts.into_iter().flatten().any(|count| count > JSON_INTEGER_MAX) {
            return Err(FormatError::Listing(ListingError::TooLarge));
        }
        let blobs = match (raw.blobs, raw.blobs_at) {
            (Some(rows), None) => {
                check_rows(&rows)?;
                Inventory::Inline(rows)
            }
            (None, Some(at)) => Inventory::At(at),
            _ => return Err(FormatError::NoInventory),
        };
        if raw.root_kind == RootKind::File
            && !matches!(&root, Listing::Inline(entries) if entries.files.len() == 1 && entries.len() == 1)
        {
            return Err(FormatError::Listing(ListingError::Form));
        }
        Ok(Self {
            share_id: raw.share_id,
            manifest_id: raw.manifest_id,
            created_at: raw.created_at,
            root_path: raw.root_path,
            root_kind: raw.root_kind,
            scope: raw.scope,
            indexing_opt_in: raw.indexing_opt_in,
            file_count: raw.file_count,
            size_bytes: raw.size_bytes,
            entry_count: raw.entry_count,
            root,
            index: raw.index.map_or(Ok(None), RawIndex::known)?,
            blobs,
        })
    }
}

impl Manifest {
    /// Reads a stored manifest, after checking that this code knows its version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FormatError> {
        check_version(bytes)?;
        crate::json::from_slice::<RawManifest>(bytes)?.try_into()
    }

    /// Every extent that the manifest itself names: of its inline listings, their files, and what is stored apart. Not of its
    /// inventory, which no inventory lists.
    pub fn own_extents(&self) -> Vec<Extent> {
        let mut extents = Vec::new();
        let mut todo = vec![&self.root];
        while let Some(listing) = todo.pop() {
            match listing {
                Listing::At(at) => extents.push(*at),
                Listing::Pages(pages) => extents.extend(pages.iter().map(|page| page.at)),
                Listing::Inline(entries) => {
                    extents.extend(
                        entries.files.iter().flat_map(|file| file.extents().into_iter().chain(file.chunks)),
                    );
                    todo.extend(entries.dirs.iter().map(|dir| &dir.listing));
                }
            }
        }
        extents.extend(self.index.iter().flat_map(PathIndex::own_extents));
        extents
    }

    /// The bytes to store; their SHA-256 is the snapshot's `manifest_hash`.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a manifest has only string keys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_rows_and_as_strict() {
        let mut rows: Vec<BlobRow> =
            (0..9u8).map(|n| BlobRow { blob: Sha256::of(&[n]), size: 5, live_bytes: 3 }).collect();
        rows.sort();
        let json = serde_json::to_vec(&rows).unwrap();
        let names: Vec<Sha256> = rows.iter().map(|row| row.blob).collect();
        assert_eq!(Inventory::names_from_json(&json).unwrap(), names);
        rows.swap(3, 4);
        let swapped = serde_json::to_vec(&rows).unwrap();
        assert!(matches!(Inventory::names_from_json(&swapped), Err(FormatError::Inventory(_))));
        let blob = rows[0].blob;
        for bad in [format!(r#"[["{blob}",1]]"#), format!(r#"[["{blob}",{},1]]"#, 1u64 << 53), "{}".into()] {
            assert!(Inventory::names_from_json(bad.as_bytes()).is_err(), "{bad}");
            assert!(Inventory::rows_from_json(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
