//! From a tree of files to the listings of a manifest, by the rules of design §3. Called by the uploader.
//!
//! A listing names its children's extents, so children must be stored first. [`TreeBuilder`] therefore hands out waves:
//! all listings of directories of one height, whose bytes may share blobs with one another but not with the next wave.

use crate::ids::Sha256;
use crate::limits::{
    INLINE_DEPTH_MAX, INLINE_LISTING_MAX, PAGE_BREAK_MODULUS, PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, PAGED_DIR_MIN,
};
use crate::listing::{Dir, Entries, Extent, File, Link, Listing, ListingError, Page};
use crate::path::EntryName;
use std::collections::BTreeMap;

/// A directory as the publisher found it, with all that is below it. Entries may be in any order.
#[derive(Debug, Default)]
pub struct TreeDir {
    /// Regular files.
    pub files: Vec<File>,
    /// Symbolic links.
    pub links: Vec<Link>,
    /// Directories: name, modification time in milliseconds since the epoch, content.
    pub dirs: Vec<(EntryName, i64, TreeDir)>,
}

/// What a finished build says for the manifest.
#[derive(Debug)]
pub struct Built {
    /// The root directory's listing.
    pub root: Listing,
    /// How many files there are.
    pub file_count: u64,
    /// The sum of their sizes.
    pub size_bytes: u64,
    /// How many bytes of each blob are referred to. Two files with the same content count twice, so a caller that
    /// knows a blob's size caps the sum there.
    pub live: BTreeMap<Sha256, u64>,
}

/// One directory waiting for its listing.
struct Node {
    files: Vec<File>,
    links: Vec<Link>,
    dirs: Vec<(EntryName, i64, usize)>,
    height: usize,
    /// How deep inline listings nest in this one's, when it is inline itself.
    inline_depth: usize,
    file_count: u64,
    size_bytes: u64,
    listing: Option<Listing>,
}

/// What a wave's extents will be used for, in the order of its texts.
enum Pending {
    At(usize),
    Pages(usize, Vec<EntryName>),
}

/// Turns a tree into listings. Call [`next_wave`](Self::next_wave) and [`place`](Self::place) in turn until there is no
/// wave left, then [`finish`](Self::finish).
pub struct TreeBuilder {
    /// Children before parents; the root is last.
    nodes: Vec<Node>,
    /// Indices of nodes without a listing, highest first, so that the next ones to do are at the end.
    todo: Vec<usize>,
    pending: Vec<Pending>,
    live: BTreeMap<Sha256, u64>,
}

impl TreeBuilder {
    /// Takes the tree of a whole snapshot.
    pub fn new(root: TreeDir) -> Self {
        let mut nodes = Vec::new();
        flatten(root, &mut nodes);
        let mut todo: Vec<usize> = (0..nodes.len()).collect();
        todo.sort_by_key(|at| std::cmp::Reverse(nodes[*at].height));
        let mut builder = Self { nodes, todo, pending: Vec::new(), live: BTreeMap::new() };
        builder.count_files();
        builder
    }

    fn count_files(&mut self) {
        for file in self.nodes.iter().flat_map(|node| &node.files) {
            for extent in file.extents().into_iter().chain(file.chunks) {
                *self.live.entry(extent.blob).or_default() += extent.length;
            }
        }
    }

    /// The listings to store next, as JSON texts; `None` when all are stored.
    ///
    /// Fails when the tree contradicts itself: one name twice in a directory.
    pub fn next_wave(&mut self) -> Result<Option<Vec<Vec<u8>>>, ListingError> {
        while let Some(height) = self.todo.last().map(|at| self.nodes[*at].height) {
            let mut texts = Vec::new();
            while let Some(at) = self.todo.pop_if(|at| self.nodes[*at].height == height) {
                self.shape(at, &mut texts)?;
            }
            if !texts.is_empty() {
                return Ok(Some(texts));
            }
        }
        Ok(None)
    }

    /// Says where the texts of the last wave are stored, in their order.
    ///
    /// # Panics
    /// When there are not as many extents as the wave had texts.
    pub fn place(&mut self, extents: &[Extent]) {
        let mut rest = extents.iter().copied();
        let mut next = || rest.next().expect("one extent for each text of the wave");
        for pending in std::mem::take(&mut self.pending) {
            let (at, listing) = match pending {
                Pending::At(at) => (at, Listing::At(next())),
                Pending::Pages(at, names) => {
                    (at, Listing::Pages(names.into_iter().map(|from| Page { from, at: next() }).collect()))
                }
            };
            self.nodes[at].listing = Some(listing);
        }
        for extent in extents {
            *self.live.entry(extent.blob).or_default() += extent.length;
        }
        assert!(rest.next().is_none(), "no more extents than texts of the wave");
    }

    /// The root's listing, once every wave is placed.
    ///
    /// # Panics
    /// When waves are left.
    pub fn finish(mut self) -> Built {
        let root = self.nodes.pop().expect("the root is always there");
        Built {
            root: root.listing.expect("every wave was placed"),
            file_count: root.file_count,
            size_bytes: root.size_bytes,
            live: self.live,
        }
    }

    /// Decides the form of one directory's listing; what must be stored is added to `texts`.
    fn shape(&mut self, at: usize, texts: &mut Vec<Vec<u8>>) -> Result<(), ListingError> {
        let entries = self.entries_of(at)?;
        let json = entries.to_json();
        if json.len() <= INLINE_LISTING_MAX && self.nodes[at].inline_depth <= INLINE_DEPTH_MAX {
            self.nodes[at].listing = Some(Listing::Inline(entries));
        } else if entries.len() <= PAGED_DIR_MIN && json.len() <= PAGE_BYTES_MAX {
            self.pending.push(Pending::At(at));
            texts.push(json);
        } else {
            let pages = cut(entries);
            self.pending.push(Pending::Pages(at, pages.iter().map(|(from, _)| from.clone()).collect()));
            texts.extend(pages.into_iter().map(|(_, json)| json));
        }
        Ok(())
    }

    fn entries_of(&mut self, at: usize) -> Result<Entries, ListingError> {
        let node = &mut self.nodes[at];
        let (mut files, mut links) = (std::mem::take(&mut node.files), std::mem::take(&mut node.links));
        let children = std::mem::take(&mut node.dirs);
        let nested = |child: &(EntryName, i64, usize)| match &self.nodes[child.2] {
            Node { listing: Some(Listing::Inline(_)), inline_depth, .. } => inline_depth + 1,
            _ => 0,
        };
        self.nodes[at].inline_depth = children.iter().map(nested).max().unwrap_or(0);
        let mut dirs: Vec<Dir> = children
            .into_iter()
            .map(|(name, mtime, child)| {
                let child = &mut self.nodes[child];
                let listing = child.listing.take().expect("children are lower, so they came first");
                Dir { name, file_count: child.file_count, size_bytes: child.size_bytes, mtime, listing }
            })
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        links.sort_by(|a, b| a.name.cmp(&b.name));
        dirs.sort_by(|a, b| a.name.cmp(&b.name));
        Entries::new(files, dirs, links)
    }
}

/// Appends the tree to `nodes`, children first, and returns the index of its root. Depth is bounded by `PATH_DEPTH_MAX`.
fn flatten(dir: TreeDir, nodes: &mut Vec<Node>) -> usize {
    let mut node = Node {
        file_count: dir.files.len() as u64,
        size_bytes: dir.files.iter().map(|file| file.size).sum(),
        files: dir.files,
        links: dir.links,
        dirs: Vec::with_capacity(dir.dirs.len()),
        height: 0,
        inline_depth: 0,
        listing: None,
    };
    for (name, mtime, child) in dir.dirs {
        let at = flatten(child, nodes);
        node.height = node.height.max(nodes[at].height + 1);
        node.file_count += nodes[at].file_count;
        node.size_bytes += nodes[at].size_bytes;
        node.dirs.push((name, mtime, at));
    }
    nodes.push(node);
    nodes.len() - 1
}

/// Whether a page may break before this name. The hash must be stable for ever and spread; speed is no matter.
fn breaks_before(name: &EntryName) -> bool {
    let hash = Sha256::of(name.as_str().as_bytes());
    let [a, b, c, d, ..] = *hash.as_bytes();
    u32::from_be_bytes([a, b, c, d]) % PAGE_BREAK_MODULUS == 0
}

/// Cuts a wide directory into pages: the first name and the JSON of each.
fn cut(entries: Entries) -> Vec<(EntryName, Vec<u8>)> {
    enum Any {
        File(File),
        Dir(Dir),
        Link(Link),
    }
    let names: Vec<EntryName> = entries.names().cloned().collect();
    let mut files = entries.files.into_iter().peekable();
    let mut dirs = entries.dirs.into_iter().peekable();
    let mut links = entries.links.into_iter().peekable();
    let mut pages = Vec::new();
    let (mut page, mut from, mut bytes) = (Entries::default(), None::<EntryName>, 0);
    for name in names {
        let any = if let Some(file) = files.next_if(|file| file.name == name) {
            Any::File(file)
        } else if let Some(dir) = dirs.next_if(|dir| dir.name == name) {
            Any::Dir(dir)
        } else if let Some(link) = links.next() {
            Any::Link(link)
        } else {
            break;
        };
        let size = match &any {
            Any::File(file) => serde_json::to_vec(file).map_or(0, |json| json.len()),
            Any::Dir(dir) => serde_json::to_vec(dir).map_or(0, |json| json.len()),
            Any::Link(link) => link.target.len() + name.as_str().len(),
        };
        let full = page.len() >= PAGE_ENTRIES_MAX || bytes + size > PAGE_BYTES_MAX || breaks_before(&name);
        if full && let Some(first) = from.take() {
            pages.push((first, std::mem::take(&mut page).to_json()));
            bytes = 0;
        }
        bytes += size;
        from.get_or_insert(name);
        match any {
            Any::File(file) => page.files.push(file),
            Any::Dir(dir) => page.dirs.push(dir),
            Any::Link(link) => page.links.push(link),
        }
    }
    if let Some(first) = from {
        pages.push((first, page.to_json()));
    }
    pages
}
