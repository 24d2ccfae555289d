//! The index of all paths of a snapshot, by which the viewer's finder finds a file from a few letters.
//!
//! The paths stand in the order of the walk, files, folders and links alike, cut into pages where a hash of the path says
//! so. What a page says depends on names and kinds alone: a publish that only changes contents keeps the index, and one
//! added path rewrites one page. [`page`] is the text of a page, [`build`] follows a publish's walk. Called by
//! [`crate::tree::build`], and by those who read: the viewer and `vitrine verify`.
//!
//! A small tree, all of it inside its manifest, has no stored index: [`inline_page`] makes its only page from what is there.

pub mod build;
pub mod page;

use crate::documents::FormatError;
use crate::ids::Sha256;
use crate::limits::{INDEX_PAGE_BYTES_MAX, INDEX_PAGES_INLINE_MAX};
use crate::listing::{Entries, Extent, Listing, ListingError};
use crate::manifest::Manifest;
use page::PageWriter;
use serde::{Deserialize, Serialize};

pub use build::IndexBuilder;
pub use page::{DIR, LINK, Line, PageError};

/// One page, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPage {
    /// Its text, compressed by raw deflate (RFC 1951).
    pub at: Extent,
    /// The SHA-256 of the text itself, by which the next publish recognises a page that has not changed.
    pub hash: Sha256,
}

/// The pages of an index, in the order of their paths, or where that list is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "RawIndex")]
pub enum PathIndex {
    /// Right here.
    Pages(Vec<IndexPage>),
    /// As a JSON array inside a blob.
    At(Extent),
}

/// The wire form. A form that this code does not know has neither field, and counts as no index.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct RawIndex {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pages: Option<Vec<IndexPage>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Extent>,
}

impl RawIndex {
    /// The index, if this is one that this code knows.
    pub(crate) fn known(self) -> Result<Option<PathIndex>, ListingError> {
        match (self.pages, self.at) {
            (Some(pages), None) => Ok(Some(PathIndex::Pages(pages))),
            (None, Some(at)) => Ok(Some(PathIndex::At(at))),
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(ListingError::Form),
        }
    }
}

impl From<PathIndex> for RawIndex {
    fn from(index: PathIndex) -> Self {
        match index {
            PathIndex::Pages(pages) => Self { pages: Some(pages), at: None },
            PathIndex::At(at) => Self { pages: None, at: Some(at) },
        }
    }
}

impl PathIndex {
    /// Whether so many pages are too many to stand inside the manifest.
    pub fn must_be_blob(pages: usize) -> bool {
        pages > INDEX_PAGES_INLINE_MAX
    }

    /// What the manifest itself names: the pages, or their list.
    pub fn own_extents(&self) -> Vec<Extent> {
        match self {
            Self::Pages(pages) => pages.iter().map(|page| page.at).collect(),
            Self::At(at) => vec![*at],
        }
    }

    /// Reads the bytes behind [`PathIndex::At`].
    pub fn pages_from_json(bytes: &[u8]) -> Result<Vec<IndexPage>, FormatError> {
        Ok(crate::json::from_slice(bytes)?)
    }
}

/// The text of a page as it is stored.
pub fn inflate(bytes: &[u8]) -> Result<Vec<u8>, PageError> {
    let text = miniz_oxide::inflate::decompress_to_vec_with_limit(bytes, INDEX_PAGE_BYTES_MAX);
    text.map_err(|_| PageError::Deflate)
}

/// The lines of a page as it is stored.
pub fn read_stored(bytes: &[u8]) -> Result<Vec<Line>, PageError> {
    page::read(&inflate(bytes)?)
}

/// The text of the only page of a tree that is all in its manifest; nothing when some of it is stored apart.
pub fn inline_page(root: &Listing) -> Option<Vec<u8>> {
    let Listing::Inline(entries) = root else { return None };
    let mut page = PageWriter::default();
    add(&mut page, "", entries)?;
    Some(page.finish())
}

/// What the finder searches, as `viewer/js/finder/load.ts` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Searchable {
    /// The manifest's field `index`, as JSON.
    Index(String),
    /// The text of the only page.
    Page(Vec<u8>),
}

/// What there is to search of a snapshot; nothing where an older program published more than fits into a manifest.
pub fn searchable(manifest: &Manifest) -> Option<Searchable> {
    match &manifest.index {
        Some(index) => serde_json::to_string(index).ok().map(Searchable::Index),
        None => inline_page(&manifest.root).map(Searchable::Page),
    }
}

fn add(page: &mut PageWriter, above: &str, entries: &Entries) -> Option<()> {
    for name in entries.names() {
        let path = if above.is_empty() { name.to_string() } else { format!("{above}/{name}") };
        if let Some(dir) = entries.dir(name) {
            let Listing::Inline(below) = &dir.listing else { return None };
            page.push(&path, DIR);
            add(page, &path, below)?;
        } else {
            page.push(&path, entries.file(name).map_or(LINK, |file| file.kind.as_str()));
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_later_is_no_index_and_two_forms_are_an_error() {
        let index = |json: &str| serde_json::from_str::<RawIndex>(json).unwrap().known();
        assert_eq!(index(r#"{"trigrams":[1,2]}"#), Ok(None));
        assert_eq!(index(r#"{"pages":[]}"#), Ok(Some(PathIndex::Pages(Vec::new()))));
        let at = format!(r#"["{}",0,9]"#, Sha256::of(b"x"));
        assert_eq!(
            index(&format!(r#"{{"at":{at}}}"#)),
            Ok(Some(PathIndex::At(serde_json::from_str(&at).unwrap())))
        );
        assert_eq!(index(&format!(r#"{{"at":{at},"pages":[]}}"#)), Err(ListingError::Form));
        assert!(serde_json::from_str::<RawIndex>(r#"{"pages":[{"at":["zz",0,1]}]}"#).is_err());
    }

    #[test]
    fn what_is_no_deflate_or_too_long_is_refused() {
        assert_eq!(read_stored(b"\xff\xff\xff"), Err(PageError::Deflate));
        let bomb = miniz_oxide::deflate::compress_to_vec(&vec![0; 4 * INDEX_PAGE_BYTES_MAX], 9);
        assert_eq!(read_stored(&bomb), Err(PageError::Deflate));
    }
}
