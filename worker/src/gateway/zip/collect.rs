//! From a folder's listings, all the way down, into ZIP entries.
//!
//! What is read is bounded before it is read, whatever the manifest claims: entries of all kinds, pieces, bytes of listings and of
//! headers, and requests to the store. Listings of one depth are read together, those that lie side by side at once; between two
//! reads an isolate has at most [`LISTING_BYTES_MAX`](vitrine_protocol::limits::LISTING_BYTES_MAX) to parse, and answers others meanwhile.

use super::layout::{Content, Entry};
use super::names::{Folder, portable};
use crate::failure::Failure;
use crate::gateway::snapshot::Listings;
use crate::reply::Piece;
use crate::store::Store;
use std::collections::HashMap;
use std::fmt::Write as _;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::listing::{File, Link};
use vitrine_protocol::tree::{Claim, Counted, FoundDir, TreeBudget};
use vitrine_protocol::{Entries, EntryName, EntryPath, ErrorCode, Extent, Listing, Manifest, ShareId, json};

/// Files, folders and links of one archive.
const ENTRIES_MAX: u64 = 20_000;

/// A Worker may ask R2 some 10,000 times for one request, once for each stored piece; the rest is for listings.
const PIECES_MAX: u64 = 9_000;

/// An isolate has 128 MB, of which all its requests live; 20,000 entries have some 7 MB of listings.
const LISTINGS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Both headers of all entries, and the targets of links; 20,000 paths of 200 bytes have some 11 MB.
const HEADER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What an entry's two headers have beside its path.
const HEADERS_LENGTH: usize = 150;

/// What an archive holds, and what was changed on the way.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) entries: Vec<Entry>,
    /// Entries whose names are written otherwise.
    pub(crate) renamed: u64,
    /// Links that lead out of the folder, and are left out.
    pub(crate) left_out: u64,
}

impl Collected {
    /// Says in the archive what in it is not as published; nothing when all is.
    pub(crate) fn comment(&self) -> String {
        let mut said = String::new();
        if self.renamed > 0 {
            let _ =
                writeln!(said, "Names that not every system can unpack, written with `_`: {}.", self.renamed);
        }
        if self.left_out > 0 {
            let _ =
                writeln!(said, "Symbolic links that lead out of the folder, left out: {}.", self.left_out);
        }
        said
    }
}

/// All entries below a folder, each path beginning with `top`: unpacked, everything lies in one folder of that name. `mtime` is for
/// what has no time of its own.
pub(crate) async fn collect<S: Store>(
    source: &Listings<'_, S>,
    (share, manifest): (ShareId, &Manifest),
    folder: &FoundDir,
    (top, mtime): (&str, i64),
) -> Result<Collected, Failure> {
    let claim = Claim::of_folder(manifest, folder.file_count, folder.size_bytes);
    let budget = TreeBudget::new(claim)
        .at_most(Counted::Entries, ENTRIES_MAX)
        .at_most(Counted::Extents, PIECES_MAX)
        .at_most(Counted::ListingBytes, LISTINGS_BYTES_MAX);
    if folder.file_count > ENTRIES_MAX {
        return Err(too_much(&format!("The folder has {} files", folder.file_count)));
    }
    let mut collecting = Collecting {
        share,
        budget,
        header_bytes: 0,
        collected: Collected::default(),
        folders: HashMap::new(),
        links: Vec::new(),
        top: top.to_owned(),
        mtime,
    };
    collecting.add(directory(format!("{top}/"), folder.mtime.unwrap_or(mtime)))?;
    let root = Below {
        number: 0,
        path: EntryPath::root(),
        prefix: format!("{top}/"),
        listing: folder.listing.clone(),
    };
    let mut level = vec![root];
    while !level.is_empty() {
        let mut extents = Vec::new();
        for below in &level {
            collecting.budget.listing(&below.path, &below.listing)?;
            extents.extend(stored_at(&below.listing));
        }
        let read = source.read_all(extents).await?;
        let mut next = Vec::new();
        for below in level {
            let entries = parsed(&below.listing, &read)?;
            next.append(&mut collecting.take(&below, entries)?);
        }
        level = next;
    }
    Ok(collecting.finish())
}

fn too_much(what: &str) -> Failure {
    let takes = format!("{what}; a ZIP takes at most {ENTRIES_MAX} files, folders and links.");
    Failure::new(ErrorCode::TooLarge, takes).hint("Download its folders one by one.")
}

fn stored_at(listing: &Listing) -> Vec<Extent> {
    match listing {
        Listing::Inline(_) => Vec::new(),
        Listing::At(at) => vec![*at],
        Listing::Pages(pages) => pages.iter().map(|page| page.at).collect(),
    }
}

/// The entries of a listing whose stored texts were read.
fn parsed<B: AsRef<[u8]>>(listing: &Listing, read: &HashMap<Extent, B>) -> Result<Entries, Failure> {
    if let Listing::Inline(entries) = listing {
        return Ok(entries.clone());
    }
    let mut all = Entries::default();
    for at in stored_at(listing) {
        let text = read.get(&at).map(AsRef::as_ref).unwrap_or_default();
        let mut page: Entries = json::from_slice(text).map_err(FormatError::from)?;
        all.files.append(&mut page.files);
        all.dirs.append(&mut page.dirs);
        all.links.append(&mut page.links);
    }
    // Pages must not overlap either.
    Ok(Entries::new(all.files, all.dirs, all.links).map_err(FormatError::from)?)
}

/// A folder that is still to be read.
struct Below {
    number: u32,
    /// In the share, from the folder that becomes an archive.
    path: EntryPath,
    /// In the archive, with a slash at the end.
    prefix: String,
    listing: Listing,
}

/// What is known under a name in a folder: how it is written, and which folder it is.
struct Known {
    written: Option<String>,
    folder: Option<u32>,
}

struct Collecting {
    share: ShareId,
    budget: TreeBudget,
    header_bytes: usize,
    collected: Collected,
    /// Folders, and other entries that are written otherwise, by the number of their folder and their name.
    folders: HashMap<(u32, EntryName), Known>,
    /// Links, and where they stand: they are written when every name is known.
    links: Vec<(EntryPath, String, Link)>,
    top: String,
    mtime: i64,
}

impl Collecting {
    /// Takes the entries of one folder; returns the folders in it.
    fn take(&mut self, below: &Below, entries: Entries) -> Result<Vec<Below>, Failure> {
        self.budget.entries(&below.path, &entries)?;
        let mut names = Folder::of(entries.names().map(EntryName::as_str));
        let (number, prefix) = (below.number, &below.prefix);
        for file in &entries.files {
            let path = format!("{prefix}{}", self.written(number, &file.name, &mut names));
            self.add(stored(self.share, path, file))?;
        }
        for link in entries.links {
            let path = format!("{prefix}{}", self.written(number, &link.name, &mut names));
            self.count(path.len() + link.target.len())?;
            self.links.push((below.path.clone(), path, link));
        }
        let mut dirs = Vec::with_capacity(entries.dirs.len());
        for dir in entries.dirs {
            let written = names.changed(dir.name.as_str());
            let prefix = format!("{prefix}{}/", written.as_deref().unwrap_or(dir.name.as_str()));
            let path = self.budget.enter(&below.path, &dir.name)?;
            self.collected.renamed += u64::from(written.is_some());
            self.add(directory(prefix.clone(), dir.mtime))?;
            let own = u32::try_from(self.folders.len()).unwrap_or(u32::MAX).saturating_add(1);
            self.folders.insert((number, dir.name), Known { written, folder: Some(own) });
            dirs.push(Below { number: own, path, prefix, listing: dir.listing });
        }
        Ok(dirs)
    }

    /// How a file or link of that folder is written.
    fn written(&mut self, folder: u32, name: &EntryName, names: &mut Folder) -> String {
        let Some(written) = names.changed(name.as_str()) else { return name.to_string() };
        self.collected.renamed += 1;
        self.folders.insert((folder, name.clone()), Known { written: Some(written.clone()), folder: None });
        written
    }

    fn add(&mut self, entry: Entry) -> Result<(), Failure> {
        self.count(entry.path.len())?;
        self.collected.entries.push(entry);
        Ok(())
    }

    fn count(&mut self, path: usize) -> Result<(), Failure> {
        self.header_bytes += 2 * path + HEADERS_LENGTH;
        if self.header_bytes <= HEADER_BYTES_MAX {
            return Ok(());
        }
        Err(too_much(&format!("The paths in `{}` are too long for one archive", self.top)))
    }

    /// Writes the links. Parents come before what is in them, as extractors want it.
    fn finish(mut self) -> Collected {
        for (dir, path, link) in std::mem::take(&mut self.links) {
            match self.target(&dir, &link.target) {
                Some(target) => self.collected.entries.push(linked(path, target, self.mtime)),
                None => self.collected.left_out += 1,
            }
        }
        self.collected.entries.sort_by(|a, b| a.path.cmp(&b.path));
        self.collected
    }

    /// The target to write for a link in `dir`; `None` when it leads out of the archive.
    ///
    /// The system takes `..` after the folders before it are followed, a share as it is written. So `..` stands at the start
    /// only, where every folder is a real one, and a target means on the disk what it means in the share.
    fn target(&self, dir: &EntryPath, target: &str) -> Option<String> {
        let meant = dir.resolve(target)?;
        let common = dir.names().iter().zip(meant.names()).take_while(|(a, b)| a == b).count();
        let mut plain = "../".repeat(dir.names().len() - common);
        let mut folder = Some(0);
        for (index, name) in meant.names().iter().enumerate() {
            let known = folder.and_then(|folder| self.folders.get(&(folder, name.clone())));
            if index >= common {
                let written = known.and_then(|known| known.written.as_deref());
                let _ = write!(plain, "{}/", written.map_or_else(|| portable(name.as_str()), Into::into));
            }
            folder = known.and_then(|known| known.folder);
        }
        let plain = plain.trim_end_matches('/');
        Some(if plain.is_empty() { ".".to_owned() } else { plain.to_owned() })
    }
}

fn directory(path: String, mtime: i64) -> Entry {
    Entry { path, content: Content::Dir, size: 0, crc32: 0, mtime }
}

fn stored(share: ShareId, path: String, file: &File) -> Entry {
    let content = Content::File(Piece::of_extents(share, file.extents()));
    Entry { path, content, size: file.size, crc32: file.crc32, mtime: file.mtime }
}

/// A link's content is its target; its time is not known, and so it has the snapshot's.
fn linked(path: String, target: String, mtime: i64) -> Entry {
    Entry {
        path,
        size: target.len() as u64,
        crc32: crc32fast::hash(target.as_bytes()),
        content: Content::Link(target),
        mtime,
    }
}

#[cfg(test)]
mod tests;
