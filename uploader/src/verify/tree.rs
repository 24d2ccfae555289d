//! Every listing of a snapshot: what files there are, where their bytes are, and whether the numbers add up. Refuses a tree with more in it
//! than the snapshot claims ([`TreeWalk`]).
//!
//! What is kept of a file is small, as there may be a million: its name, its folder's number, and where it lies.

use super::{Check, Findings, Hurt, VerifyError};
use crate::reading::Source;
use crate::reading::tree_walk::TreeWalk;
use std::collections::HashMap;
use vitrine_protocol::{Entries, EntryPath, Extent, File, Listing, Sha256};

/// A file that lies in one blob.
pub(super) struct Inside {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) hash: Sha256,
    pub(super) crc32: u32,
    /// Its folder, by its number among [`Folders`].
    folder: u32,
    name: Box<str>,
}

/// The paths of all folders, in the order in which they were met.
#[derive(Default)]
pub(super) struct Folders(Vec<Box<str>>);

impl Folders {
    fn add(&mut self, path: &EntryPath) -> u32 {
        self.0.push(path.to_string().into());
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    /// The path of a file.
    pub(super) fn path(&self, file: &Inside) -> String {
        match self.0.get(file.folder as usize).map_or("", |path| path) {
            "" => file.name.to_string(),
            folder => format!("{folder}/{}", file.name),
        }
    }
}

/// A file that is read on its own.
pub(super) struct Apart {
    pub(super) path: String,
    pub(super) file: File,
}

/// What the listings say.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) folders: Folders,
    /// The files of one extent, by blob.
    pub(super) inside: HashMap<Sha256, Vec<Inside>>,
    pub(super) apart: Vec<Apart>,
}

/// A folder's own sums, and what its parent says of it.
struct Sums {
    path: EntryPath,
    parent: Option<usize>,
    counted: (u64, u64),
    claimed: (u64, u64),
    /// Whether everything below could be read.
    known: bool,
}

/// Reads all listings.
pub(super) async fn read<S: Source>(check: &Check<S>, findings: &mut Findings) -> Result<Tree, VerifyError> {
    let manifest = check.snapshot.manifest();
    let mut tree = Tree::default();
    let claimed = (manifest.file_count, manifest.size_bytes);
    let root = Sums { path: EntryPath::root(), parent: None, counted: (0, 0), claimed, known: true };
    let (mut sums, mut todo) = (vec![root], vec![(0, manifest.root.clone())]);
    let mut walk = TreeWalk::new(&check.snapshot, None);
    while let Some((index, listing)) = todo.pop() {
        let path = sums.get(index).map(|sums| sums.path.clone()).unwrap_or_default();
        for at in extents_of(&listing) {
            if let Err(hurt) = place(check, at) {
                findings.contradictions.push(format!("the listing of `{path}`: {hurt}"));
            }
        }
        let entries = match walk.dir(&check.snapshot, &path, &listing).await {
            Ok(entries) => entries,
            Err(error) if error.is_damage() => {
                findings.folders.push(path.to_string());
                sums.get_mut(index).into_iter().for_each(|sums| sums.known = false);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let counted = tree.take(check, &path, &entries, findings);
        sums.get_mut(index).into_iter().for_each(|sums| sums.counted = counted);
        for dir in entries.dirs {
            let Ok(path) = path.join(&dir.name) else {
                findings.contradictions.push(format!("`{path}/{}` is too long a path", dir.name));
                continue;
            };
            let claimed = (dir.file_count, dir.size_bytes);
            todo.push((sums.len(), dir.listing));
            sums.push(Sums { path, parent: Some(index), counted: (0, 0), claimed, known: true });
        }
    }
    add_up(sums, findings);
    tree.inside.values_mut().for_each(Vec::shrink_to_fit);
    let latest = check.snapshot.latest();
    if (latest.file_count, latest.size_bytes) != claimed {
        findings.contradictions.push("latest.json and the manifest have different totals".to_owned());
    }
    Ok(tree)
}

/// Adds children to their parents, which come before them, and compares.
fn add_up(mut sums: Vec<Sums>, findings: &mut Findings) {
    while let Some(Sums { path, parent, counted, claimed, known }) = sums.pop() {
        if known && counted != claimed {
            let (files, bytes) = counted;
            let (said_files, said_bytes) = claimed;
            findings.contradictions.push(format!(
                "`{path}` has {files} files of {bytes} bytes, and is said to have {said_files} of {said_bytes}"
            ));
        }
        if let Some(parent) = parent.and_then(|parent| sums.get_mut(parent)) {
            parent.counted.0 = parent.counted.0.saturating_add(counted.0);
            parent.counted.1 = parent.counted.1.saturating_add(counted.1);
            parent.known &= known;
        }
    }
}

fn extents_of(listing: &Listing) -> Vec<Extent> {
    match listing {
        Listing::Inline(_) => Vec::new(),
        Listing::At(at) => vec![*at],
        Listing::Pages(pages) => pages.iter().map(|page| page.at).collect(),
    }
}

/// Whether an extent lies in a blob of the inventory.
pub(super) fn place<S: Source>(check: &Check<S>, at: Extent) -> Result<(), Hurt> {
    match check.snapshot.blob_size(&at.blob) {
        None => Err(Hurt::Unlisted),
        Some(size) if at.end() > size => Err(Hurt::Outside),
        Some(_) => Ok(()),
    }
}

impl Tree {
    /// Takes in the files of one folder; returns how many they are, and their bytes.
    fn take<S: Source>(
        &mut self,
        check: &Check<S>,
        dir: &EntryPath,
        entries: &Entries,
        findings: &mut Findings,
    ) -> (u64, u64) {
        let mut counted = (0_u64, 0_u64);
        let folder = self.folders.add(dir);
        for file in &entries.files {
            counted = (counted.0 + 1, counted.1.saturating_add(file.size));
            let path = || if dir.is_root() { file.name.to_string() } else { format!("{dir}/{}", file.name) };
            let extents = file.extents();
            let wrong = extents.iter().chain(&file.chunks).find_map(|at| place(check, *at).err());
            if let Some(hurt) = wrong {
                findings.files.insert(path(), hurt);
                continue;
            }
            if let [Extent { blob, offset, length }] = *extents.as_slice() {
                let name = file.name.as_str().into();
                let inside = Inside { offset, length, hash: file.hash, crc32: file.crc32, folder, name };
                self.inside.entry(blob).or_default().push(inside);
            } else {
                self.apart.push(Apart { path: path(), file: file.clone() });
            }
        }
        for link in &entries.links {
            if dir.resolve(&link.target).is_none() {
                findings
                    .contradictions
                    .push(format!("the link `{}` in `{dir}` leads out of the share", link.name));
            }
        }
        self.files = self.files.saturating_add(counted.0);
        self.bytes = self.bytes.saturating_add(counted.1);
        counted
    }
}
