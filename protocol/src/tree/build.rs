//! From a walk through a folder to the listings of a manifest, by the rules of design §3. Called by the uploader.
//!
//! The walk goes down into each directory at the place of its name, so entries come in the order of their paths. Nothing is
//! kept but the directories that are open, up to a page of each, and what waits for a blob to be sealed: memory does not
//! grow with the tree.

use super::placing::{PlaceId, Placing};
use crate::ids::Sha256;
use crate::index::{IndexBuilder, LINK, PathIndex};
use crate::limits::{
    INLINE_DEPTH_MAX, INLINE_LISTING_MAX, PAGE_BREAK_MODULUS, PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, PAGED_DIR_MIN,
};
use crate::listing::{Extent, File, Link, Listing, ListingError};
use crate::path::EntryName;
use std::collections::BTreeMap;
use std::io;

/// What a reference to a stored listing counts for when lengths are judged: `["<64 digits>",<offset>,<length>]` with as
/// many digits as 2^53 has. A length that depended on the offset would shape an unchanged directory anew.
const EXTENT_JSON_MAX: usize = 64 + 2 + 2 * 16 + 4;

/// What a finished build says for the manifest.
#[derive(Debug)]
pub struct Built {
    /// The root directory's listing.
    pub root: Listing,
    /// All its paths; nothing when the listings are all inline, and so the list of the paths is in the manifest anyway.
    pub index: Option<PathIndex>,
    /// How many files there are.
    pub file_count: u64,
    /// The sum of their sizes.
    pub size_bytes: u64,
    /// How many files, folders and links there are.
    pub entry_count: u64,
    /// How many bytes of each blob are referred to. Two files with the same content count twice, so a caller that
    /// knows a blob's size caps the sum there.
    pub live: BTreeMap<Sha256, u64>,
}

/// A directory's content as far as it is written.
pub(super) enum Shape {
    Inline(Vec<Entry>),
    At(PlaceId),
    Pages(Vec<(EntryName, PlaceId)>),
}

impl Shape {
    /// Whether nothing of it, at any depth, is stored apart.
    fn is_inline(&self) -> bool {
        let below = |entry: &Entry| !matches!(entry, Entry::Dir { shape, .. } if !shape.is_inline());
        matches!(self, Self::Inline(entries) if entries.iter().all(below))
    }
}

/// One entry of a directory.
pub(super) enum Entry {
    File(File),
    Link(Link),
    Dir { name: EntryName, mtime: i64, file_count: u64, size_bytes: u64, shape: Shape },
}

impl Entry {
    fn name(&self) -> &EntryName {
        match self {
            Self::File(file) => &file.name,
            Self::Link(link) => &link.name,
            Self::Dir { name, .. } => name,
        }
    }
}

/// A directory that the walk is in.
struct OpenDir {
    name: Option<EntryName>,
    mtime: i64,
    /// The entries of the page that is being filled; of the whole directory while it is not cut.
    entries: Vec<Entry>,
    /// The length of each, and their sum.
    sizes: Vec<usize>,
    size: usize,
    /// Whether it turned out to be wide, and is cut into pages.
    paged: bool,
    /// The pages before.
    pages: Vec<(EntryName, PlaceId)>,
    last: Option<EntryName>,
    file_count: u64,
    size_bytes: u64,
    /// How deep inline listings nest in this one's, when it is inline itself.
    inline_depth: usize,
}

impl OpenDir {
    fn new(name: Option<EntryName>, mtime: i64) -> Self {
        Self {
            name,
            mtime,
            entries: Vec::new(),
            sizes: Vec::new(),
            size: 0,
            paged: false,
            pages: Vec::new(),
            last: None,
            file_count: 0,
            size_bytes: 0,
            inline_depth: 0,
        }
    }
}

/// The index, but for where the list of its pages is.
enum Index {
    Inline(PathIndex),
    Stored(PlaceId),
}

/// Says where a text with some hash is stored already.
pub type Known<'a> = &'a mut dyn FnMut(&Sha256) -> Option<Extent>;

/// Blobs of listings: their names and their bytes.
pub type Blobs = Vec<(Sha256, Vec<u8>)>;

/// Turns a walk into listings. Blobs of listings come out on the way, by [`take_blobs`](Self::take_blobs), and must be
/// stored before the manifest is.
pub struct ListingBuilder {
    open: Vec<OpenDir>,
    placing: Placing,
    index: IndexBuilder,
    entry_count: u64,
}

impl ListingBuilder {
    /// Begins in the root directory. Blobs of listings are sealed at about `blob_max` bytes.
    pub fn new(blob_max: usize) -> Self {
        Self {
            open: vec![OpenDir::new(None, 0)],
            placing: Placing::new(blob_max),
            index: IndexBuilder::new(blob_max),
            entry_count: 0,
        }
    }

    /// Goes down into a directory.
    pub fn enter(&mut self, name: EntryName, mtime: i64, known: Known<'_>) {
        self.index.enter(&name, known);
        self.open.push(OpenDir::new(Some(name), mtime));
    }

    /// Adds a file to the directory that the walk is in.
    pub fn file(&mut self, file: File, known: Known<'_>) -> Result<(), ListingError> {
        for extent in file.extents().into_iter().chain(file.chunks) {
            self.placing.count(extent);
        }
        let size = json_length(&file);
        self.index.entry(&file.name, file.kind.as_str(), known);
        if let Some(dir) = self.open.last_mut() {
            dir.file_count += 1;
            dir.size_bytes += file.size;
        }
        self.push(Entry::File(file), size, known)
    }

    /// Adds a link to the directory that the walk is in.
    pub fn link(&mut self, link: Link, known: Known<'_>) -> Result<(), ListingError> {
        let size = json_length(&link);
        self.index.entry(&link.name, LINK, known);
        self.push(Entry::Link(link), size, known)
    }

    /// Goes back up: the directory is complete. Leaving the root is an error of the caller's.
    pub fn leave(&mut self, known: Known<'_>) -> Result<(), ListingError> {
        let Some(dir) = self.open.pop_if(|dir| dir.name.is_some()) else { return Err(ListingError::Form) };
        let OpenDir { name, mtime, file_count, size_bytes, inline_depth, .. } = &dir;
        let (mtime, file_count, size_bytes, inline_depth) = (*mtime, *file_count, *size_bytes, *inline_depth);
        let Some(name) = name.clone() else { return Err(ListingError::Form) };
        self.index.leave();
        let (shape, size) = self.shape(dir, known)?;
        if let Some(parent) = self.open.last_mut() {
            parent.file_count += file_count;
            parent.size_bytes += size_bytes;
            if matches!(shape, Shape::Inline(_)) {
                parent.inline_depth = parent.inline_depth.max(inline_depth + 1);
            }
        }
        let own = json_length(&(&name, mtime, file_count, size_bytes)) + FIELDS;
        self.push(Entry::Dir { name, mtime, file_count, size_bytes, shape }, own + size, known)
    }

    /// Blobs of listings, and of the index, that are complete.
    pub fn take_blobs(&mut self) -> Blobs {
        let mut blobs = std::mem::take(&mut self.placing.sealed);
        blobs.append(&mut self.index.take_blobs());
        blobs
    }

    /// Ends in the root: what it says, and the last blobs.
    pub fn finish(mut self, known: Known<'_>) -> Result<(Built, Blobs), ListingError> {
        let Some(root) = self.open.pop_if(|dir| dir.name.is_none()) else { return Err(ListingError::Form) };
        let (file_count, size_bytes, entry_count) = (root.file_count, root.size_bytes, self.entry_count);
        let (shape, _) = self.shape(root, known)?;
        let index = if shape.is_inline() { None } else { Some(self.pages(known)?) };
        self.placing.finish(known)?;
        let root = self.placing.resolve_shape(shape)?;
        let index = match index {
            None => None,
            Some(Index::Inline(index)) => Some(index),
            Some(Index::Stored(place)) => Some(PathIndex::At(self.placing.extent(place)?)),
        };
        let blobs = std::mem::take(&mut self.placing.sealed);
        let live = self.placing.live;
        Ok((Built { root, index, file_count, size_bytes, entry_count, live }, blobs))
    }

    /// Ends the index. A long list of its pages goes where the last listings go, to spare a blob of its own.
    fn pages(&mut self, known: Known<'_>) -> Result<Index, ListingError> {
        let index = std::mem::replace(&mut self.index, IndexBuilder::new(0));
        let (pages, blobs) = index.finish(known);
        self.placing.sealed.extend(blobs);
        for page in &pages {
            self.placing.count(page.at);
        }
        if !PathIndex::must_be_blob(pages.len()) {
            return Ok(Index::Inline(PathIndex::Pages(pages)));
        }
        let text = serde_json::to_vec(&pages).map_err(|_| ListingError::Form)?;
        Ok(Index::Stored(self.placing.add_text(&text, known)))
    }

    fn push(&mut self, entry: Entry, size: usize, known: Known<'_>) -> Result<(), ListingError> {
        let Some(dir) = self.open.last_mut() else { return Err(ListingError::Form) };
        if dir.last.as_ref().is_some_and(|last| last >= entry.name()) {
            return Err(ListingError::Order(entry.name().to_string()));
        }
        self.entry_count += 1;
        dir.last = Some(entry.name().clone());
        if dir.paged && is_full(dir, entry.name(), size) {
            cut(dir, &mut self.placing, known)?;
        }
        dir.entries.push(entry);
        dir.sizes.push(size);
        dir.size += size;
        let too_wide = dir.entries.len() > PAGED_DIR_MIN || dir.size > PAGE_BYTES_MAX;
        if !dir.paged && too_wide {
            recut(dir, &mut self.placing, known)?;
        }
        Ok(())
    }

    /// Decides the form of a complete directory's listing; also returns what it counts for inside another's.
    fn shape(&mut self, mut dir: OpenDir, known: Known<'_>) -> Result<(Shape, usize), ListingError> {
        if dir.paged {
            cut(&mut dir, &mut self.placing, known)?;
            let size = dir.pages.iter().map(|(from, _)| json_length(from) + EXTENT_JSON_MAX + 17).sum();
            return Ok((Shape::Pages(dir.pages), size));
        }
        let size = dir.size + dir.entries.len() + FIELDS;
        if size <= INLINE_LISTING_MAX && dir.inline_depth <= INLINE_DEPTH_MAX {
            return Ok((Shape::Inline(dir.entries), size));
        }
        Ok((Shape::At(self.placing.add(dir.entries, size, known)?), EXTENT_JSON_MAX))
    }
}

/// The names of a listing's or a directory's fields, with their quotes and brackets.
const FIELDS: usize = 64;

/// Whether a page ends before an entry of that name and length.
fn is_full(dir: &OpenDir, name: &EntryName, size: usize) -> bool {
    !dir.entries.is_empty()
        && (dir.entries.len() >= PAGE_ENTRIES_MAX || dir.size + size > PAGE_BYTES_MAX || breaks_before(name))
}

/// Ends the page that is being filled.
fn cut(dir: &mut OpenDir, placing: &mut Placing, known: Known<'_>) -> Result<(), ListingError> {
    let (entries, size) = (std::mem::take(&mut dir.entries), std::mem::take(&mut dir.size));
    dir.sizes.clear();
    let Some(from) = entries.first().map(|entry| entry.name().clone()) else { return Ok(()) };
    let place = placing.add(entries, size, known)?;
    dir.pages.push((from, place));
    Ok(())
}

/// Begins to cut a directory that turned out to be wide: what is there so far is filled into pages anew.
fn recut(dir: &mut OpenDir, placing: &mut Placing, known: Known<'_>) -> Result<(), ListingError> {
    let (entries, sizes) = (std::mem::take(&mut dir.entries), std::mem::take(&mut dir.sizes));
    (dir.size, dir.paged) = (0, true);
    for (entry, size) in entries.into_iter().zip(sizes) {
        if is_full(dir, entry.name(), size) {
            cut(dir, placing, known)?;
        }
        dir.entries.push(entry);
        dir.sizes.push(size);
        dir.size += size;
    }
    Ok(())
}

/// Whether a page may break before this name. The hash must be stable for ever and spread; speed is no matter.
fn breaks_before(name: &EntryName) -> bool {
    let hash = Sha256::of(name.as_str().as_bytes());
    let [a, b, c, d, ..] = *hash.as_bytes();
    u32::from_be_bytes([a, b, c, d]) % PAGE_BREAK_MODULUS == 0
}

/// The length of a value's JSON, without writing it down.
fn json_length<T: serde::Serialize>(value: &T) -> usize {
    struct Counter(usize);
    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // A counter never fails, and what is counted has only string keys.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}
