//! Finding a path in a snapshot, and reading a directory, through whatever fetches an extent's bytes.
//!
//! A lookup fetches one listing (or one page of a wide one) for each directory of the path whose listing is not
//! inline, and no listing twice. Links are followed, `..` in a target meaning the parent in the path as it is written, and
//! can never leave the share.

use crate::documents::FormatError;
use crate::limits::{LINK_HOPS_MAX, LISTING_BYTES_MAX};
use crate::listing::{Entries, Extent, File, Listing, Page};
use crate::manifest::{Manifest, RootKind};
use crate::path::{EntryName, EntryPath};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;

/// How the bytes of an extent are fetched.
pub trait ExtentSource {
    /// Why it failed.
    type Error;

    /// Returns exactly the bytes of `extent`.
    fn read(&self, extent: Extent) -> impl Future<Output = Result<Vec<u8>, Self::Error>>;
}

/// Why a path was not found.
#[derive(Debug, thiserror::Error)]
pub enum LookupError<E> {
    /// No such entry.
    #[error("`{0}` is not in the snapshot")]
    NotFound(EntryPath),
    /// Links that lead to links without end.
    #[error("`{0}` leads through too many symbolic links")]
    LinkLoop(EntryPath),
    /// The bytes of a listing are not a listing.
    #[error("the listing at {at:?} is damaged")]
    Corrupt {
        /// Where it is.
        at: Extent,
        /// What is wrong with it.
        source: FormatError,
    },
    /// A listing claims to be longer than any can be.
    #[error("the listing at {0:?} is too long")]
    TooLong(Extent),
    /// The bytes could not be fetched.
    #[error("could not read the listing at {at:?}")]
    Source {
        /// Where they are.
        at: Extent,
        /// Why not.
        source: E,
    },
}

/// What a path names, links followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A regular file.
    File {
        /// Its path without links.
        path: EntryPath,
        /// The file.
        file: Box<File>,
    },
    /// A directory.
    Dir(FoundDir),
}

/// A directory that a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDir {
    /// Its path without links.
    pub path: EntryPath,
    /// How many files are in it, at any depth.
    pub file_count: u64,
    /// The sum of their sizes.
    pub size_bytes: u64,
    /// When it was last modified; absent for the root.
    pub mtime: Option<i64>,
    /// What is in it, or where that is written.
    pub listing: Listing,
}

/// Finds `path`, following links. The root of a share that is one file is that file.
pub async fn lookup<S: ExtentSource>(
    manifest: &Manifest,
    path: &EntryPath,
    source: &S,
) -> Result<Found, LookupError<S::Error>> {
    let source = &Remembering { source, read: RefCell::default() };
    let mut target = path.clone();
    for _ in 0..=LINK_HOPS_MAX {
        match walk(manifest, &target, source).await? {
            Step::Found(found) => return Ok(found),
            Step::Link(Some(next)) => target = next,
            Step::Link(None) | Step::Missing => return Err(LookupError::NotFound(path.clone())),
        }
    }
    Err(LookupError::LinkLoop(path.clone()))
}

/// Reads a whole directory. Pages that lie side by side in one blob are fetched together.
pub async fn entries<S: ExtentSource>(
    listing: &Listing,
    source: &S,
) -> Result<Entries, LookupError<S::Error>> {
    match listing {
        Listing::Inline(entries) => Ok(entries.clone()),
        Listing::At(at) => read_entries(*at, source).await,
        Listing::Pages(pages) => read_pages(pages, source).await,
    }
}

/// Listings that this lookup has read: a path that leads through links comes by the same ones again and again.
struct Remembering<'a, S> {
    source: &'a S,
    read: RefCell<BTreeMap<Extent, Vec<u8>>>,
}

impl<S: ExtentSource> ExtentSource for Remembering<'_, S> {
    type Error = S::Error;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, S::Error> {
        if let Some(bytes) = self.read.borrow().get(&extent) {
            return Ok(bytes.clone());
        }
        let bytes = self.source.read(extent).await?;
        self.read.borrow_mut().insert(extent, bytes.clone());
        Ok(bytes)
    }
}

enum Step {
    Found(Found),
    /// A link stands on the path: the whole path again with the link replaced, or `None` when it leads nowhere.
    Link(Option<EntryPath>),
    Missing,
}

async fn walk<S: ExtentSource>(
    manifest: &Manifest,
    path: &EntryPath,
    source: &S,
) -> Result<Step, LookupError<S::Error>> {
    let mut dir = FoundDir {
        path: EntryPath::root(),
        file_count: manifest.file_count,
        size_bytes: manifest.size_bytes,
        mtime: None,
        listing: manifest.root.clone(),
    };
    if let (true, RootKind::File, Listing::Inline(entries)) =
        (path.is_root(), manifest.root_kind, &dir.listing)
        && let [file] = entries.files.as_slice()
    {
        return Ok(Step::Found(found_file(&dir.path, file)));
    }
    for (index, name) in path.names().iter().enumerate() {
        let entries = entries_around(&dir.listing, name, source).await?;
        let is_last = index + 1 == path.names().len();
        if let Some(file) = entries.file(name) {
            return Ok(if is_last { Step::Found(found_file(&dir.path, file)) } else { Step::Missing });
        }
        if let Some(link) = entries.link(name) {
            let rest = &path.names()[index + 1..];
            let next = dir.path.resolve(&link.target).and_then(|target| append(target, rest));
            return Ok(Step::Link(next));
        }
        let Some(child) = entries.dir(name) else { return Ok(Step::Missing) };
        dir = FoundDir {
            path: append(dir.path, std::slice::from_ref(name))
                .ok_or_else(|| LookupError::NotFound(path.clone()))?,
            file_count: child.file_count,
            size_bytes: child.size_bytes,
            mtime: Some(child.mtime),
            listing: child.listing.clone(),
        };
    }
    Ok(Step::Found(Found::Dir(dir)))
}

fn found_file(dir: &EntryPath, file: &File) -> Found {
    let path = append(dir.clone(), std::slice::from_ref(&file.name)).unwrap_or_default();
    Found::File { path, file: Box::new(file.clone()) }
}

fn append(mut path: EntryPath, names: &[EntryName]) -> Option<EntryPath> {
    names.iter().try_for_each(|name| path.push(name.clone())).ok()?;
    Some(path)
}

/// The entries among which `name` must be, if it is there at all: one page of a wide directory.
async fn entries_around<S: ExtentSource>(
    listing: &Listing,
    name: &EntryName,
    source: &S,
) -> Result<Entries, LookupError<S::Error>> {
    let Listing::Pages(pages) = listing else { return entries(listing, source).await };
    let after = pages.partition_point(|page| page.from <= *name);
    match after.checked_sub(1).and_then(|at| pages.get(at)) {
        Some(page) => read_entries(page.at, source).await,
        None => Ok(Entries::default()),
    }
}

async fn read_entries<S: ExtentSource>(at: Extent, source: &S) -> Result<Entries, LookupError<S::Error>> {
    let bytes = read(at, source).await?;
    parse(at, &bytes)
}

async fn read<S: ExtentSource>(at: Extent, source: &S) -> Result<Vec<u8>, LookupError<S::Error>> {
    if at.length > LISTING_BYTES_MAX {
        return Err(LookupError::TooLong(at));
    }
    source.read(at).await.map_err(|source| LookupError::Source { at, source })
}

fn parse<E>(at: Extent, bytes: &[u8]) -> Result<Entries, LookupError<E>> {
    crate::json::from_slice(bytes).map_err(|error| LookupError::Corrupt { at, source: error.into() })
}

async fn read_pages<S: ExtentSource>(pages: &[Page], source: &S) -> Result<Entries, LookupError<S::Error>> {
    let mut all = Entries::default();
    for (run, pages) in runs(pages) {
        let bytes = read(run, source).await?;
        let mut rest = bytes.as_slice();
        for page in pages {
            let length = usize::try_from(page.at.length).unwrap_or(usize::MAX).min(rest.len());
            let (text, after) = rest.split_at(length);
            rest = after;
            let entries = parse(page.at, text)?;
            all.files.extend(entries.files);
            all.dirs.extend(entries.dirs);
            all.links.extend(entries.links);
        }
    }
    Entries::new(all.files, all.dirs, all.links).map_err(|error| {
        let at = pages
            .first()
            .map_or(Extent { blob: crate::Sha256::from_bytes([0; 32]), offset: 0, length: 0 }, |page| {
                page.at
            });
        LookupError::Corrupt { at, source: error.into() }
    })
}

/// Groups pages that are neighbours in one blob, up to what one read may hold.
fn runs(pages: &[Page]) -> Vec<(Extent, &[Page])> {
    let mut runs: Vec<(Extent, &[Page])> = Vec::new();
    let mut start = 0;
    for (index, page) in pages.iter().enumerate() {
        match runs.last_mut() {
            Some((run, group))
                if run.blob == page.at.blob
                    && run.end() == page.at.offset
                    && run.length + page.at.length <= LISTING_BYTES_MAX =>
            {
                run.length += page.at.length;
                *group = &pages[start..=index];
            }
            _ => {
                start = index;
                runs.push((page.at, &pages[index..=index]));
            }
        }
    }
    runs
}
