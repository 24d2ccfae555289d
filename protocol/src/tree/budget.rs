//! Bounds a walk through a snapshot's tree by what the snapshot claims.
//!
//! Listings may share listings, so a few stored bytes can describe a tree of millions of folders, and an overwritten blob even
//! one without an end. Whoever walks a tree spends from one [`TreeBudget`], for each listing before it is read and for its
//! entries afterwards; what goes beyond the budget is refused with the folder's path. An honest snapshot never comes near:
//! its counts are exact, and the rest has room for what every version of the publishing program writes.
//!
//! Called by the gateway (ZIP), and by the program's copy and verify. Spending is a few additions for a listing.

use crate::limits::{
    EXTENT_BYTES_LEAST, EXTENTS_PER_FILE_FREE, LISTING_BYTES_FREE, LISTING_ENTRY_BYTES_MAX,
    LISTING_EXTENT_BYTES_MAX, OTHERS_FREE, OTHERS_PER_FILE,
};
use crate::listing::{Entries, Listing};
use crate::manifest::Manifest;
use crate::path::{EntryName, EntryPath, PathError};

/// Why a tree is not walked any further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// There is more of something than the snapshot claims, or than the walker takes.
    #[error("{} brings the tree to more than {max} {what}, {why}", named(folder))]
    Beyond {
        /// The folder where it was noticed; the root is the empty path.
        folder: EntryPath,
        /// Of what there is too much.
        what: Counted,
        /// How many there may be.
        max: u64,
        /// Who says so.
        why: Why,
    },
    /// A path that no file system takes.
    #[error("the folder `{name}` in {} cannot be entered", named(folder))]
    Path {
        /// The folder that holds it.
        folder: EntryPath,
        /// Its name.
        name: EntryName,
        /// What is wrong.
        source: PathError,
    },
}

/// So much of a path stands in an error.
const NAMED_BYTES_MAX: usize = 200;

/// A folder as a sentence names it.
fn named(folder: &EntryPath) -> String {
    if folder.is_root() {
        return "the top folder".to_owned();
    }
    // A path has up to 4,096 bytes; its beginning says enough.
    let path = folder.to_string();
    let shown = path.get(..path.floor_char_boundary(NAMED_BYTES_MAX)).unwrap_or_default();
    let more = if shown.len() < path.len() { "…" } else { "" };
    format!("the folder `{shown}{more}`")
}

impl TreeError {
    /// The folder at which the walk ended.
    pub fn folder(&self) -> &EntryPath {
        match self {
            Self::Beyond { folder, .. } | Self::Path { folder, .. } => folder,
        }
    }
}

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Regular files.
    Files,
    /// Files, folders and links together.
    Entries,
    /// Bytes of files.
    Bytes,
    /// Pieces that files lie in.
    Extents,
    /// Stored listings, each page of a wide one by itself.
    Listings,
    /// Bytes of stored listings.
    ListingBytes,
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Files => "files",
            Self::Entries => "files, folders and links",
            Self::Bytes => "bytes of files",
            Self::Extents => "pieces of files",
            Self::Listings => "stored listings",
            Self::ListingBytes => "bytes of listings",
        })
    }
}

/// Where a bound comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The snapshot, which contradicts itself.
    Claim,
    /// The walker, which takes no more.
    Ceiling,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Claim => "which is all that the snapshot says there is",
            Self::Ceiling => "which is all that is taken at a time",
        })
    }
}

/// What a snapshot says of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// How many files there are, at any depth.
    pub files: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// How many files, folders and links there are together, at any depth, the root not counted; older snapshots do not say.
    pub entries: Option<u64>,
}

impl Claim {
    /// Of a whole snapshot.
    pub fn of(manifest: &Manifest) -> Self {
        Self { files: manifest.file_count, bytes: manifest.size_bytes, entries: manifest.entry_count }
    }

    /// Of one of its folders, which says itself how many files it has; of all else it has no more than the whole.
    pub fn of_folder(manifest: &Manifest, files: u64, bytes: u64) -> Self {
        Self { files, bytes, ..Self::of(manifest) }
    }

    /// How many entries of all kinds there may be: as many as are claimed, or, where nothing is, folders and links in proportion to
    /// the files.
    fn entries_max(&self) -> u64 {
        let others = || OTHERS_FREE.saturating_add(self.files.saturating_mul(OTHERS_PER_FILE));
        self.entries.unwrap_or_else(|| self.files.saturating_add(others()))
    }
}

/// One bound: how much was spent of how much.
#[derive(Debug, Clone, Copy)]
struct Bound {
    spent: u64,
    max: u64,
    why: Why,
}

impl Bound {
    fn claimed(max: u64) -> Self {
        Self { spent: 0, max, why: Why::Claim }
    }

    fn lower(&mut self, max: u64) {
        if max < self.max {
            (self.max, self.why) = (max, Why::Ceiling);
        }
    }

    fn spend(&mut self, folder: &EntryPath, what: Counted, amount: u64) -> Result<(), TreeError> {
        self.spent = self.spent.saturating_add(amount);
        if self.spent <= self.max {
            return Ok(());
        }
        Err(TreeError::Beyond { folder: folder.clone(), what, max: self.max, why: self.why })
    }
}

/// What a walk may still take in. See the head of the file.
#[derive(Debug, Clone)]
pub struct TreeBudget {
    files: Bound,
    entries: Bound,
    bytes: Bound,
    extents: Bound,
    listings: Bound,
    listing_bytes: Bound,
}

impl TreeBudget {
    /// Of a walk through all that `claim` speaks of.
    pub fn new(claim: Claim) -> Self {
        let entries = claim.entries_max();
        let extents = claim
            .files
            .saturating_mul(EXTENTS_PER_FILE_FREE)
            .saturating_add(claim.bytes / EXTENT_BYTES_LEAST);
        let listing_bytes = LISTING_BYTES_FREE
            .saturating_add(entries.saturating_mul(LISTING_ENTRY_BYTES_MAX))
            .saturating_add(extents.saturating_mul(LISTING_EXTENT_BYTES_MAX));
        Self {
            files: Bound::claimed(claim.files),
            entries: Bound::claimed(entries),
            bytes: Bound::claimed(claim.bytes),
            extents: Bound::claimed(extents),
            // Each stored listing or page lists something, but for the root's.
            listings: Bound::claimed(entries.saturating_add(1)),
            listing_bytes: Bound::claimed(listing_bytes),
        }
    }

    /// The same, with a bound of the walker's own where that is lower.
    #[must_use]
    pub fn at_most(mut self, what: Counted, max: u64) -> Self {
        match what {
            Counted::Files => &mut self.files,
            Counted::Entries => &mut self.entries,
            Counted::Bytes => &mut self.bytes,
            Counted::Extents => &mut self.extents,
            Counted::Listings => &mut self.listings,
            Counted::ListingBytes => &mut self.listing_bytes,
        }
        .lower(max);
        self
    }

    /// How many entries were taken in so far.
    pub fn entries_seen(&self) -> u64 {
        self.entries.spent
    }

    /// Spends for the listing of `folder`, before it is read. One that stands in its parent's was paid for with that.
    pub fn listing(&mut self, folder: &EntryPath, listing: &Listing) -> Result<(), TreeError> {
        let (count, bytes) = match listing {
            Listing::Inline(_) => return Ok(()),
            Listing::At(at) => (1, at.length),
            Listing::Pages(pages) => {
                (pages.len() as u64, pages.iter().fold(0u64, |sum, page| sum.saturating_add(page.at.length)))
            }
        };
        self.listings.spend(folder, Counted::Listings, count)?;
        self.listing_bytes.spend(folder, Counted::ListingBytes, bytes)
    }

    /// Spends for what is in `folder`, before any of it is taken up.
    pub fn entries(&mut self, folder: &EntryPath, entries: &Entries) -> Result<(), TreeError> {
        self.entries.spend(folder, Counted::Entries, entries.len() as u64)?;
        self.files.spend(folder, Counted::Files, entries.files.len() as u64)?;
        let sum = |numbers: &mut dyn Iterator<Item = u64>| numbers.fold(0, u64::saturating_add);
        let bytes = sum(&mut entries.files.iter().map(|file| file.size));
        self.bytes.spend(folder, Counted::Bytes, bytes)?;
        let extents = sum(&mut entries.files.iter().map(|file| file.extent_count() as u64));
        self.extents.spend(folder, Counted::Extents, extents)
    }

    /// The path of a folder in `folder`, within the limits of length and depth.
    pub fn enter(&self, folder: &EntryPath, name: &EntryName) -> Result<EntryPath, TreeError> {
        folder.join(name).map_err(|source| TreeError::Path {
            folder: folder.clone(),
            name: name.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests;
