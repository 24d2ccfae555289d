//! A store in memory and trees to publish to it, for the tests beside.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use vitrine_protocol::index::{IndexPage, PathIndex};
use vitrine_protocol::kind::classify;
use vitrine_protocol::listing::{Entries, Extent, Link, ListingError};
use vitrine_protocol::manifest::{Inventory, Manifest, RootKind};
use vitrine_protocol::tree::{ExtentSource, ListingBuilder};
use vitrine_protocol::{EntryName, File, Listing, ManifestId, Scope, Sha256, ShareId};

/// Blobs in memory; counts what was read, and remembers which texts it has so that they are not stored again.
pub(crate) struct Memory {
    pub(crate) blobs: RefCell<HashMap<Sha256, Vec<u8>>>,
    known: RefCell<HashMap<Sha256, Extent>>,
    pub(crate) reads: Cell<usize>,
    pub(crate) written: Cell<usize>,
    blob_max: usize,
}

/// A directory as a test draws it. Entries may be in any order.
#[derive(Debug, Default)]
pub(crate) struct TreeDir {
    pub(crate) files: Vec<File>,
    pub(crate) links: Vec<Link>,
    pub(crate) dirs: Vec<(EntryName, i64, TreeDir)>,
}

enum Any {
    File(File),
    Link(Link),
    Dir(i64, TreeDir),
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(8 << 20)
    }
}

#[derive(Debug)]
pub(crate) struct NoBlob;

impl ExtentSource for Memory {
    type Error = NoBlob;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, NoBlob> {
        self.reads.set(self.reads.get() + 1);
        let blobs = self.blobs.borrow();
        let blob = blobs.get(&extent.blob).ok_or(NoBlob)?;
        let (from, to) = (usize::try_from(extent.offset).unwrap(), usize::try_from(extent.end()).unwrap());
        blob.get(from..to).map(<[u8]>::to_vec).ok_or(NoBlob)
    }
}

impl Memory {
    pub(crate) fn of(blob_max: usize) -> Self {
        Self {
            blobs: RefCell::default(),
            known: RefCell::default(),
            reads: Cell::default(),
            written: Cell::default(),
            blob_max,
        }
    }

    fn store(&self, blobs: Vec<(Sha256, Vec<u8>)>) {
        for (name, blob) in blobs {
            assert_eq!(Sha256::of(&blob), name);
            self.written.set(self.written.get() + blob.len());
            self.blobs.borrow_mut().insert(name, blob);
        }
    }

    fn known(&self, hash: &Sha256) -> Option<Extent> {
        self.known.borrow().get(hash).copied()
    }

    pub(crate) fn walk(&self, builder: &mut ListingBuilder, dir: TreeDir) -> Result<(), ListingError> {
        let known = &mut |hash: &Sha256| self.known(hash);
        let mut names: BTreeMap<EntryName, Vec<Any>> = BTreeMap::new();
        for file in dir.files {
            names.entry(file.name.clone()).or_default().push(Any::File(file));
        }
        for link in dir.links {
            names.entry(link.name.clone()).or_default().push(Any::Link(link));
        }
        for (name, mtime, below) in dir.dirs {
            names.entry(name).or_default().push(Any::Dir(mtime, below));
        }
        for (name, any) in
            names.into_iter().flat_map(|(name, all)| all.into_iter().map(move |any| (name.clone(), any)))
        {
            match any {
                Any::File(file) => builder.file(file, known)?,
                Any::Link(link) => builder.link(link, known)?,
                Any::Dir(mtime, below) => {
                    builder.enter(name, mtime, known);
                    self.walk(builder, below)?;
                    builder.leave(known)?;
                }
            }
            self.store(builder.take_blobs());
        }
        Ok(())
    }

    /// Takes note of where each listing is, as a publisher does that reads its base.
    fn learn(&self, listing: &Listing) {
        let extents: Vec<Extent> = match listing {
            Listing::Inline(entries) => {
                entries.dirs.iter().for_each(|dir| self.learn(&dir.listing));
                return;
            }
            Listing::At(at) => vec![*at],
            Listing::Pages(pages) => pages.iter().map(|page| page.at).collect(),
        };
        for extent in extents {
            let text = self.bytes(extent);
            self.known.borrow_mut().insert(Sha256::of(&text), extent);
            let entries: Entries = serde_json::from_slice(&text).unwrap();
            entries.dirs.iter().for_each(|dir| self.learn(&dir.listing));
        }
    }

    /// Takes note of where the index is, likewise.
    fn learn_index(&self, index: &PathIndex) {
        if let PathIndex::At(at) = index {
            self.known.borrow_mut().insert(Sha256::of(&self.bytes(*at)), *at);
        }
        self.known.borrow_mut().extend(self.index_pages(index).iter().map(|page| (page.hash, page.at)));
    }

    /// The pages of an index.
    pub(crate) fn index_pages(&self, index: &PathIndex) -> Vec<IndexPage> {
        match index {
            PathIndex::Pages(pages) => pages.clone(),
            PathIndex::At(at) => PathIndex::pages_from_json(&self.bytes(*at)).unwrap(),
        }
    }

    /// The bytes of an extent.
    pub(crate) fn bytes(&self, extent: Extent) -> Vec<u8> {
        let blobs = self.blobs.borrow();
        let (from, to) = (usize::try_from(extent.offset).unwrap(), usize::try_from(extent.end()).unwrap());
        blobs[&extent.blob][from..to].to_vec()
    }

    pub(crate) fn publish(&self, root: TreeDir) -> Manifest {
        let mut builder = ListingBuilder::new(self.blob_max);
        self.walk(&mut builder, root).unwrap();
        let (built, blobs) = builder.finish(&mut |hash| self.known(hash)).unwrap();
        self.store(blobs);
        self.learn(&built.root);
        built.index.iter().for_each(|index| self.learn_index(index));
        Manifest {
            share_id: ShareId::from_random('e', [7; 25]).unwrap(),
            manifest_id: ManifestId::from_parts(1, [0; 10]),
            created_at: 1,
            root_path: "project".into(),
            root_kind: RootKind::Dir,
            scope: Scope::Public,
            indexing_opt_in: false,
            file_count: built.file_count,
            size_bytes: built.size_bytes,
            entry_count: Some(built.entry_count),
            root: built.root,
            index: built.index,
            blobs: Inventory::Inline(Vec::new()),
        }
    }
}

pub(crate) fn name(text: &str) -> EntryName {
    EntryName::new(text).unwrap()
}

pub(crate) fn file(text: &str) -> File {
    let (content_type, kind) = classify(text, b"x");
    File {
        name: name(text),
        hash: Sha256::of(text.as_bytes()),
        size: text.len() as u64,
        mtime: 1_700_000_000_000,
        crc32: 0xdead_beef,
        content_type,
        kind,
        extents: None,
        chunks: None,
    }
}

/// Makes a tree of the given paths.
pub(crate) fn tree(paths: impl IntoIterator<Item = String>) -> TreeDir {
    #[derive(Default)]
    struct Plain(BTreeMap<String, Plain>, Vec<String>);
    fn convert(plain: Plain) -> TreeDir {
        TreeDir {
            files: plain.1.iter().map(|text| file(text)).collect(),
            links: Vec::new(),
            dirs: plain.0.into_iter().map(|(text, dir)| (name(&text), 5, convert(dir))).collect(),
        }
    }
    let mut root = Plain::default();
    for path in paths {
        let (mut dir, mut parts) = (&mut root, path.split('/').peekable());
        while let Some(part) = parts.next() {
            if parts.peek().is_some() {
                dir = dir.0.entry(part.into()).or_default();
            } else {
                dir.1.push(part.into());
            }
        }
    }
    convert(root)
}
