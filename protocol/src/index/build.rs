//! From a walk to the pages of an index. Called by [`crate::tree::build`], whose order and whose blobs these are.
//!
//! Nothing is kept but the path that the walk is at, one page, the blob that is being filled, and a row for each page.

use super::IndexPage;
use super::page::{DIR, PageWriter};
use crate::ids::Sha256;
use crate::limits::{INDEX_PAGE_TARGET, PATH_BYTES_MAX, PATH_DEPTH_MAX};
use crate::listing::Extent;
use crate::path::EntryName;
use crate::tree::{Known, build::Blobs};

/// How hard a page is compressed: miniz's own middle. Higher ones gain a hundredth on paths.
const DEFLATE_LEVEL: u8 = 6;

/// Where a page is, as far as it is known.
enum Place {
    Open { offset: u64, length: u64 },
    Known(Extent),
}

/// Where the walk was before it went down.
struct Above {
    length: usize,
    hash: PathHash,
}

/// Turns a walk into pages.
pub struct IndexBuilder {
    path: String,
    hash: PathHash,
    above: Vec<Above>,
    page: PageWriter,
    pages: Vec<(Sha256, Place)>,
    open: Vec<u8>,
    sealed: Blobs,
    blob_max: usize,
}

impl IndexBuilder {
    /// Begins at the root. Blobs of pages are sealed at about `blob_max` bytes.
    pub fn new(blob_max: usize) -> Self {
        Self {
            path: String::new(),
            hash: PathHash::default(),
            above: Vec::new(),
            page: PageWriter::default(),
            pages: Vec::new(),
            open: Vec::new(),
            sealed: Blobs::new(),
            blob_max,
        }
    }

    /// Goes down into a directory, which is a line itself.
    pub fn enter(&mut self, name: &EntryName, known: Known<'_>) {
        self.above.push(Above { length: self.path.len(), hash: self.hash });
        self.down(name);
        self.line(DIR, known);
    }

    /// Goes back up.
    pub fn leave(&mut self) {
        if let Some(Above { length, hash }) = self.above.pop() {
            self.path.truncate(length);
            self.hash = hash;
        }
    }

    /// Adds a file or a link in the directory that the walk is in.
    pub fn entry(&mut self, name: &EntryName, kind: &'static str, known: Known<'_>) {
        let (length, hash) = (self.path.len(), self.hash);
        self.down(name);
        self.line(kind, known);
        self.path.truncate(length);
        self.hash = hash;
    }

    /// Blobs of pages that are full.
    pub fn take_blobs(&mut self) -> Blobs {
        std::mem::take(&mut self.sealed)
    }

    /// All pages, and the last blob.
    pub fn finish(mut self, known: Known<'_>) -> (Vec<IndexPage>, Blobs) {
        self.cut(known);
        self.seal();
        let page = |(hash, place)| match place {
            Place::Known(at) => Some(IndexPage { at, hash }),
            // All of them were sealed.
            Place::Open { .. } => None,
        };
        (self.pages.into_iter().filter_map(page).collect(), self.sealed)
    }

    fn down(&mut self, name: &EntryName) {
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(name.as_str());
        self.hash = self.hash.below(name);
    }

    fn line(&mut self, kind: &'static str, known: Known<'_>) {
        // What no reader can name has no line.
        if self.path.len() > PATH_BYTES_MAX || self.above.len() >= PATH_DEPTH_MAX {
            return;
        }
        let full = !self.page.has_room(&self.path);
        if full || self.hash.breaks(self.page.line_length(&self.path)) {
            self.cut(known);
        }
        self.page.push(&self.path, kind);
    }

    /// Ends the page that is being filled.
    fn cut(&mut self, known: Known<'_>) {
        if self.page.is_empty() {
            return;
        }
        let text = self.page.finish();
        let hash = Sha256::of(&text);
        if let Some(at) = known(&hash) {
            return self.pages.push((hash, Place::Known(at)));
        }
        let bytes = miniz_oxide::deflate::compress_to_vec(&text, DEFLATE_LEVEL);
        let (offset, length) = (self.open.len() as u64, bytes.len() as u64);
        self.pages.push((hash, Place::Open { offset, length }));
        self.open.extend_from_slice(&bytes);
        if self.open.len() >= self.blob_max {
            self.seal();
        }
    }

    /// Names the blob that is being filled.
    fn seal(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.open);
        let blob = Sha256::of(&bytes);
        for (_, place) in &mut self.pages {
            if let Place::Open { offset, length } = *place {
                *place = Place::Known(Extent { blob, offset, length });
            }
        }
        self.sealed.push((blob, bytes));
    }
}

/// A hash of a path, made name by name: FNV-1a with 64 bits. It must be stable for ever and spread; whoever makes it break
/// everywhere, or nowhere, only has small pages, or pages cut by their length.
#[derive(Clone, Copy)]
struct PathHash(u64);

impl Default for PathHash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl PathHash {
    fn below(self, name: &EntryName) -> Self {
        let byte = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.as_str().bytes().fold(byte(self.0, b'/'), byte))
    }

    /// Whether a page ends before this path, whose line is so long: pages then have [`INDEX_PAGE_TARGET`] bytes on average,
    /// however long their lines are. FNV's low bits are poor, so it is mixed as `MurmurHash3` ends.
    fn breaks(self, line: usize) -> bool {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        (mixed ^ (mixed >> 33)) % INDEX_PAGE_TARGET < line as u64
    }
}
