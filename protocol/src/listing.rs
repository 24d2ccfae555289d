//! A directory's listing: files, directories and links, and where their bytes are.
//!
//! The JSON shapes are design §3's. Reading one checks it: names sorted and unique, extents that cannot overflow, and a
//! file's extents that add up to its size. What passes needs no second look.

use crate::ids::Sha256;
use crate::kind::{ContentType, Kind};
use crate::limits::{EXTENT_COMMITTED_BYTES, EXTENTS_COMMITTED_FREE, EXTENTS_MAX, JSON_INTEGER_MAX};
use crate::path::EntryName;
use serde::{Deserialize, Serialize};

/// Why a listing is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// Two entries share a name, or the entries are not in the order of their names' bytes.
    #[error("the entry `{0}` is out of order or there twice")]
    Order(String),
    /// The extents of a file do not add up to its size.
    #[error("the extents of `{0}` do not add up to its size")]
    Extents(String),
    /// More extents than one file may have.
    #[error("`{0}` has more than {EXTENTS_MAX} extents")]
    TooManyExtents(String),
    /// A number that JSON readers cannot keep exact.
    #[error("a size or an offset is above 2^53")]
    TooLarge,
    /// A listing that is several forms at once, or none.
    #[error("a listing must have exactly one of: entries, `at`, `pages`")]
    Form,
    /// A symbolic link with an absolute, empty or over-long target.
    #[error("the link `{0}` has no relative target")]
    Target(String),
}

/// A range of a blob's bytes: `[blob, offset, length]` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(Sha256, u64, u64)", into = "(Sha256, u64, u64)")]
pub struct Extent {
    /// The blob that holds the bytes.
    pub blob: Sha256,
    /// Where they begin, in bytes from the blob's start.
    pub offset: u64,
    /// How many they are.
    pub length: u64,
}

impl Extent {
    /// The first byte after the range. Cannot overflow: reading an extent caps both numbers at 2^53.
    pub fn end(&self) -> u64 {
        self.offset + self.length
    }
}

impl TryFrom<(Sha256, u64, u64)> for Extent {
    type Error = ListingError;

    fn try_from((blob, offset, length): (Sha256, u64, u64)) -> Result<Self, ListingError> {
        if offset > JSON_INTEGER_MAX || length > JSON_INTEGER_MAX {
            return Err(ListingError::TooLarge);
        }
        Ok(Self { blob, offset, length })
    }
}

impl From<Extent> for (Sha256, u64, u64) {
    fn from(extent: Extent) -> Self {
        (extent.blob, extent.offset, extent.length)
    }
}

/// The same bytes in as few extents as can be: each continues another blob, or another place of it.
pub fn merged(extents: &[Extent]) -> impl Iterator<Item = Extent> {
    let mut rest = extents.iter().copied().filter(|extent| extent.length > 0).peekable();
    std::iter::from_fn(move || {
        let mut whole = rest.next()?;
        while let Some(next) = rest.next_if(|next| next.blob == whole.blob && next.offset == whole.end()) {
            whole.length += next.length;
        }
        Some(whole)
    })
}

/// In how many pieces a file of `size` bytes may lie in a new snapshot.
pub fn pieces_max(size: u64) -> u64 {
    EXTENTS_COMMITTED_FREE + size / EXTENT_COMMITTED_BYTES
}

/// A regular file of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name in its directory.
    pub name: EntryName,
    /// The SHA-256 of its content: its strong `ETag`, and its blob's name when `extents` is absent.
    pub hash: Sha256,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last modified, in milliseconds since the epoch.
    pub mtime: i64,
    /// The CRC-32 of its content (ISO 3309, as in ZIP), so that a ZIP can be laid out in advance.
    pub crc32: u32,
    /// The media type it is served with where that is safe.
    pub content_type: ContentType,
    /// How the viewer renders it.
    pub kind: Kind,
    /// Where its bytes are, in order; absent when they are the whole blob named `hash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extents: Option<Vec<Extent>>,
    /// The chunk table of a large file; only the uploader reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Extent>,
}

impl File {
    /// Where its bytes are, in order: no extents for an empty file, none that is empty, and neighbours as one.
    pub fn extents(&self) -> Vec<Extent> {
        match &self.extents {
            Some(extents) => merged(extents).collect(),
            None if self.size == 0 => Vec::new(),
            None => vec![Extent { blob: self.hash, offset: 0, length: self.size }],
        }
    }

    /// How many of these there are.
    pub fn extent_count(&self) -> usize {
        self.extents.as_ref().map_or(usize::from(self.size > 0), |extents| merged(extents).count())
    }

    /// Whether it lies in more pieces than a new snapshot may have: each costs whoever reads it a request to the store.
    pub fn is_scattered(&self) -> bool {
        self.extent_count() as u64 > pieces_max(self.size)
    }

    fn check(&self) -> Result<(), ListingError> {
        if self.size > JSON_INTEGER_MAX {
            return Err(ListingError::TooLarge);
        }
        let Some(extents) = &self.extents else { return Ok(()) };
        if extents.len() > EXTENTS_MAX {
            return Err(ListingError::TooManyExtents(self.name.to_string()));
        }
        let sum = extents.iter().try_fold(0u64, |sum, extent| sum.checked_add(extent.length));
        if sum == Some(self.size) { Ok(()) } else { Err(ListingError::Extents(self.name.to_string())) }
    }
}

/// A directory of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dir {
    /// Its name in its parent.
    pub name: EntryName,
    /// How many files are in it, at any depth.
    pub file_count: u64,
    /// The sum of their sizes.
    pub size_bytes: u64,
    /// When it was last modified, in milliseconds since the epoch.
    pub mtime: i64,
    /// What is in it, or where that is written.
    pub listing: Listing,
}

/// A symbolic link that stays inside the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its name in its directory.
    pub name: EntryName,
    /// Its target as the link has it: relative to the directory that holds the link.
    pub target: String,
}

/// What is in a directory. Each list is sorted by the bytes of the names, and no name is in two lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawEntries")]
pub struct Entries {
    /// Regular files.
    pub files: Vec<File>,
    /// Directories.
    pub dirs: Vec<Dir>,
    /// Symbolic links.
    pub links: Vec<Link>,
}

#[derive(Deserialize)]
struct RawEntries {
    #[serde(default)]
    files: Vec<File>,
    #[serde(default)]
    dirs: Vec<Dir>,
    #[serde(default)]
    links: Vec<Link>,
}

impl TryFrom<RawEntries> for Entries {
    type Error = ListingError;

    fn try_from(raw: RawEntries) -> Result<Self, ListingError> {
        Self::new(raw.files, raw.dirs, raw.links)
    }
}

impl Entries {
    /// Checks lists that came from elsewhere and takes them as a directory's content.
    pub fn new(files: Vec<File>, dirs: Vec<Dir>, links: Vec<Link>) -> Result<Self, ListingError> {
        let entries = Self { files, dirs, links };
        entries.check()?;
        Ok(entries)
    }

    fn check(&self) -> Result<(), ListingError> {
        self.files.iter().try_for_each(File::check)?;
        for dir in &self.dirs {
            if dir.size_bytes > JSON_INTEGER_MAX || dir.file_count > JSON_INTEGER_MAX {
                return Err(ListingError::TooLarge);
            }
        }
        for link in &self.links {
            let target = &link.target;
            if target.is_empty() || target.starts_with('/') || target.len() > crate::limits::PATH_BYTES_MAX {
                return Err(ListingError::Target(link.name.to_string()));
            }
        }
        let mut last: Option<&EntryName> = None;
        for name in self.names() {
            if last.is_some_and(|last| last >= name) {
                return Err(ListingError::Order(name.to_string()));
            }
            last = Some(name);
        }
        let sorted = |names: &mut dyn Iterator<Item = &EntryName>| names.is_sorted();
        let lists_sorted = sorted(&mut self.files.iter().map(|f| &f.name))
            && sorted(&mut self.dirs.iter().map(|d| &d.name))
            && sorted(&mut self.links.iter().map(|l| &l.name));
        if lists_sorted { Ok(()) } else { Err(ListingError::Order(String::new())) }
    }

    /// All names, the three lists merged in order.
    pub fn names(&self) -> impl Iterator<Item = &EntryName> {
        let mut files = self.files.iter().map(|f| &f.name).peekable();
        let mut dirs = self.dirs.iter().map(|d| &d.name).peekable();
        let mut links = self.links.iter().map(|l| &l.name).peekable();
        std::iter::from_fn(move || {
            let least = [files.peek(), dirs.peek(), links.peek()].into_iter().flatten().min().copied()?;
            if files.peek() == Some(&least) {
                files.next()
            } else if dirs.peek() == Some(&least) {
                dirs.next()
            } else {
                links.next()
            }
        })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.files.len() + self.dirs.len() + self.links.len()
    }

    /// Whether the directory is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The file of that name.
    pub fn file(&self, name: &EntryName) -> Option<&File> {
        self.files.binary_search_by(|file| file.name.cmp(name)).ok().map(|at| &self.files[at])
    }

    /// The directory of that name.
    pub fn dir(&self, name: &EntryName) -> Option<&Dir> {
        self.dirs.binary_search_by(|dir| dir.name.cmp(name)).ok().map(|at| &self.dirs[at])
    }

    /// The link of that name.
    pub fn link(&self, name: &EntryName) -> Option<&Link> {
        self.links.binary_search_by(|link| link.name.cmp(name)).ok().map(|at| &self.links[at])
    }

    /// The JSON that a listing blob holds.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a listing has only string keys")
    }
}

/// A run of a wide directory's entries: those from `from` (included) to the next page's `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The least name the page may hold.
    pub from: EntryName,
    /// Where its entries are written, as JSON.
    pub at: Extent,
}

/// A directory's content, or where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawListing", into = "RawListing")]
pub enum Listing {
    /// Right here.
    Inline(Entries),
    /// As JSON bytes inside a blob.
    At(Extent),
    /// As several such JSON texts, each a run of the names.
    Pages(Vec<Page>),
}

/// The wire form shared by a directory's `listing` and the top of a manifest.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct RawListing {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<Vec<File>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dirs: Option<Vec<Dir>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) links: Option<Vec<Link>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Extent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pages: Option<Vec<Page>>,
}

impl TryFrom<RawListing> for Listing {
    type Error = ListingError;

    fn try_from(raw: RawListing) -> Result<Self, ListingError> {
        let inline = raw.files.is_some() || raw.dirs.is_some() || raw.links.is_some();
        match (inline, raw.at, raw.pages) {
            (true, None, None) => {
                let lists = (
                    raw.files.unwrap_or_default(),
                    raw.dirs.unwrap_or_default(),
                    raw.links.unwrap_or_default(),
                );
                Entries::new(lists.0, lists.1, lists.2).map(Self::Inline)
            }
            (false, Some(at), None) => Ok(Self::At(at)),
            (false, None, Some(pages)) => match pages.windows(2).find(|pair| pair[0].from >= pair[1].from) {
                Some(pair) => Err(ListingError::Order(pair[1].from.to_string())),
                None => Ok(Self::Pages(pages)),
            },
            _ => Err(ListingError::Form),
        }
    }
}

impl From<Listing> for RawListing {
    fn from(listing: Listing) -> Self {
        match listing {
            Listing::Inline(Entries { files, dirs, links }) => {
                Self { files: Some(files), dirs: Some(dirs), links: Some(links), ..Self::default() }
            }
            Listing::At(at) => Self { at: Some(at), ..Self::default() },
            Listing::Pages(pages) => Self { pages: Some(pages), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash() -> String {
        Sha256::of(b"x").to_string()
    }

    fn file_json(name: &str, size: u64, extra: &str) -> String {
        format!(
            r#"{{"name":"{name}","hash":"{}","size":{size},"mtime":1,"crc32":2,"content_type":"text/plain","kind":"text"{extra}}}"#,
            hash()
        )
    }

    fn listing(json: &str) -> Result<Listing, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn neighbours_are_one_extent() {
        let at = |blob: &[u8], offset, length| Extent { blob: Sha256::of(blob), offset, length };
        let stored = |extents: Vec<Extent>| {
            let size = extents.iter().map(|extent| extent.length).sum();
            let json = serde_json::to_string(&extents).unwrap();
            let file = file_json("a", size, &format!(r#","extents":{json}"#));
            serde_json::from_str::<File>(&file).unwrap()
        };
        let bytes = (0..4096).map(|n| at(b"x", 100 + n, 1)).collect();
        assert_eq!(stored(bytes).extents(), [at(b"x", 100, 4096)]);
        let mixed = vec![
            at(b"x", 0, 5),
            at(b"x", 9, 0),
            at(b"x", 5, 2),
            at(b"y", 7, 1),
            at(b"x", 7, 1),
            at(b"x", 7, 1),
        ];
        assert_eq!(stored(mixed).extents(), [at(b"x", 0, 7), at(b"y", 7, 1), at(b"x", 7, 1), at(b"x", 7, 1)]);
        assert!(stored(vec![at(b"x", 3, 0); 9]).extents().is_empty());
    }

    #[test]
    fn pieces_are_judged_after_merging() {
        let pieces = |count: u64, length: u64| {
            let extents: Vec<Extent> = (0..count)
                .map(|n| Extent { blob: Sha256::of(b"x"), offset: 2 * n * length, length })
                .collect();
            let json = serde_json::to_string(&extents).unwrap();
            serde_json::from_str::<File>(&file_json("a", count * length, &format!(r#","extents":{json}"#)))
                .unwrap()
        };
        assert!(!pieces(16, 1).is_scattered());
        assert!(pieces(17, 1).is_scattered());
        assert!(!pieces(4096, 1 << 20).is_scattered());
        assert!(!pieces(32, 1 << 19).is_scattered());
        assert!(pieces(33, 1 << 19).is_scattered());
    }

    #[test]
    fn unknown_fields_and_kinds_are_tolerated() {
        let json = format!(
            r#"{{"files":[{}],"later":1}}"#,
            file_json("a", 1, r#","colour":"red""#).replace(r#""text"}"#, r#""hologram"}"#)
        );
        assert!(matches!(listing(&json), Ok(Listing::Inline(entries)) if entries.len() == 1));
    }

    #[test]
    fn forms_are_told_apart_and_never_mixed() {
        let at = format!(r#"["{}",0,10]"#, hash());
        assert!(matches!(listing(&format!(r#"{{"at":{at}}}"#)), Ok(Listing::At(_))));
        assert!(matches!(
            listing(&format!(r#"{{"pages":[{{"from":"a","at":{at}}}]}}"#)),
            Ok(Listing::Pages(_))
        ));
        assert!(listing("{}").is_err());
        assert!(listing(&format!(r#"{{"at":{at},"files":[]}}"#)).is_err());
        assert!(
            listing(&format!(r#"{{"pages":[{{"from":"b","at":{at}}},{{"from":"a","at":{at}}}]}}"#)).is_err()
        );
    }

    #[test]
    fn lies_are_refused() {
        let two = |a: &str, b: &str| {
            listing(&format!(r#"{{"files":[{},{}]}}"#, file_json(a, 1, ""), file_json(b, 1, "")))
        };
        assert!(two("a", "b").is_ok());
        assert!(two("b", "a").is_err(), "out of order");
        assert!(two("a", "a").is_err(), "twice");
        assert!(two("a", "..").is_err(), "not a name");
        let short = format!(r#","extents":[["{}",0,1]]"#, hash());
        assert!(listing(&format!(r#"{{"files":[{}]}}"#, file_json("a", 2, &short))).is_err());
        let wrap = format!(r#","extents":[["{0}",0,18446744073709551615],["{0}",0,3]]"#, hash());
        assert!(listing(&format!(r#"{{"files":[{}]}}"#, file_json("a", 2, &wrap))).is_err());
        let same =
            format!(r#"{{"files":[{}],"links":[{{"name":"a","target":"b"}}]}}"#, file_json("a", 1, ""));
        assert!(listing(&same).is_err(), "one name in two lists");
        assert!(listing(r#"{"links":[{"name":"a","target":"/etc/passwd"}]}"#).is_err());
        let shreds = format!(r#","extents":[{}]"#, vec![format!(r#"["{}",0,1]"#, hash()); 4097].join(","));
        assert!(
            listing(&format!(r#"{{"files":[{}]}}"#, file_json("a", 4097, &shreds))).is_err(),
            "too many extents"
        );
        let header = file_json("a", 1, "").replace("text/plain", "text/html\\r\\nX: y");
        assert!(listing(&format!(r#"{{"files":[{header}]}}"#)).is_err(), "a header in a media type");
    }
}
