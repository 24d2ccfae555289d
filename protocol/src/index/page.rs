//! The text of one page: many paths and their kinds, each path by what it does not share with the one before. Pure; called
//! by [`super`]. `viewer/js/finder/page.ts` reads the same.
//!
//! ```text
//! page  = "VPI1" count kind{count} line*
//! kind  = length bytes                     a kind's name, `dir` or `link`; in the order of their first use
//! line  = kind shared rest bytes{rest}     the number of its kind; so many bytes of the path before; then these
//! ```
//!
//! Numbers are LEB128 without sign, as in protobuf. The first path shares nothing. Kinds are spelled out in each page and not
//! numbered for ever, so a kind of later needs no change here.

use crate::limits::{INDEX_PAGE_BYTES_MAX, INDEX_PAGE_PATHS_MAX, PATH_BYTES_MAX};
use crate::path::EntryPath;

/// The kind of a folder.
pub const DIR: &str = "dir";

/// The kind of a symbolic link.
pub const LINK: &str = "link";

/// What a page begins with.
const MAGIC: &[u8; 4] = b"VPI1";

/// A page has at most so many kinds, each of at most so many bytes: there are some thirty of them.
const KINDS_MAX: usize = 255;
const KIND_BYTES_MAX: usize = 32;

/// Why a page cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It is not compressed as it should be, or far longer than any page.
    #[error("the page cannot be decompressed")]
    Deflate,
    /// It is of a newer program, or no page.
    #[error("the page does not begin as one")]
    Magic,
    /// It ends within a line, or a number in it is out of bounds.
    #[error("the page is cut or damaged")]
    Damaged,
    /// A line is not a path of a share.
    #[error("a line of the page is not a path")]
    Path,
    /// Written out, its paths are longer than those of any page.
    #[error("the paths of the page are too long")]
    TooLong,
}

/// One path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From the root.
    pub path: EntryPath,
    /// A file's kind as [`crate::Kind::as_str`] has it, or [`DIR`] or [`LINK`].
    pub kind: String,
}

/// A page that is being filled.
#[derive(Debug, Default)]
pub struct PageWriter {
    kinds: Vec<&'static str>,
    lines: Vec<u8>,
    last: String,
    /// The paths written out, in bytes.
    paths: usize,
}

impl PageWriter {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// How many bytes a line adds, but for the name of a kind that is new.
    pub fn line_length(&self, path: &str) -> usize {
        let shared = shared(&self.last, path);
        let rest = path.len() - shared;
        1 + number_length(shared) + number_length(rest) + rest
    }

    /// Whether there is room for such a line, within what readers accept.
    pub fn has_room(&self, path: &str) -> bool {
        // The header: at most as many kinds as there are, each as long as may be.
        let header = MAGIC.len() + 2 + (self.kinds.len() + 1) * (KIND_BYTES_MAX + 1);
        header + self.lines.len() + self.line_length(path) <= INDEX_PAGE_BYTES_MAX
            && self.paths + path.len() <= INDEX_PAGE_PATHS_MAX
            && self.kinds.len() < KINDS_MAX
    }

    /// Adds a path.
    pub fn push(&mut self, path: &str, kind: &'static str) {
        let known = self.kinds.iter().position(|known| *known == kind);
        let number = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        let shared = shared(&self.last, path);
        let rest = path.get(shared..).unwrap_or_default();
        put_number(&mut self.lines, number);
        put_number(&mut self.lines, shared);
        put_number(&mut self.lines, rest.len());
        self.lines.extend_from_slice(rest.as_bytes());
        self.last.truncate(shared);
        self.last.push_str(rest);
        self.paths += path.len();
    }

    /// The text, and an empty page.
    pub fn finish(&mut self) -> Vec<u8> {
        let Self { kinds, lines, .. } = std::mem::take(self);
        let mut text = MAGIC.to_vec();
        put_number(&mut text, kinds.len());
        for kind in kinds {
            put_number(&mut text, kind.len());
            text.extend_from_slice(kind.as_bytes());
        }
        text.extend_from_slice(&lines);
        text
    }
}

/// How many bytes two paths begin with alike, in whole characters.
fn shared(a: &str, b: &str) -> usize {
    let mut shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !b.is_char_boundary(shared) {
        shared -= 1;
    }
    shared
}

fn number_length(number: usize) -> usize {
    if number < 0x80 { 1 } else { 2 }
}

/// Numbers here are below 2^14: paths end at 4,096 bytes.
fn put_number(to: &mut Vec<u8>, number: usize) {
    let mut number = number;
    while number >= 0x80 {
        to.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    to.push(u8::try_from(number).unwrap_or_default());
}

/// Reads a page's text.
pub fn read(text: &[u8]) -> Result<Vec<Line>, PageError> {
    let mut bytes = Bytes(text.strip_prefix(MAGIC).ok_or(PageError::Magic)?);
    let mut kinds = Vec::new();
    for _ in 0..bytes.number(KINDS_MAX)? {
        let length = bytes.number(KIND_BYTES_MAX)?;
        kinds.push(bytes.text(length)?.to_owned());
    }
    let (mut lines, mut last, mut paths) = (Vec::new(), String::new(), 0);
    while !bytes.0.is_empty() {
        let kind = kinds.get(bytes.number(KINDS_MAX)?).ok_or(PageError::Damaged)?;
        let shared = bytes.number(PATH_BYTES_MAX)?;
        let length = bytes.number(PATH_BYTES_MAX)?;
        let rest = bytes.text(length)?;
        if !last.is_char_boundary(shared) {
            return Err(PageError::Damaged);
        }
        last.truncate(shared);
        last.push_str(rest);
        paths += last.len();
        if paths > INDEX_PAGE_PATHS_MAX {
            return Err(PageError::TooLong);
        }
        let path = EntryPath::parse(&last).ok().filter(|path| !path.is_root()).ok_or(PageError::Path)?;
        lines.push(Line { path, kind: kind.clone() });
    }
    Ok(lines)
}

/// What is not read yet.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn number(&mut self, max: usize) -> Result<usize, PageError> {
        let mut number = 0;
        for shift in [0, 7] {
            let (first, rest) = self.0.split_first().ok_or(PageError::Damaged)?;
            self.0 = rest;
            number |= usize::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return if number <= max { Ok(number) } else { Err(PageError::Damaged) };
            }
        }
        Err(PageError::Damaged)
    }

    fn text(&mut self, length: usize) -> Result<&'a str, PageError> {
        let (text, rest) = self.0.split_at_checked(length).ok_or(PageError::Damaged)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| PageError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use proptest::prelude::*;

    fn page(lines: &[(String, &'static str)]) -> Vec<u8> {
        let mut page = PageWriter::default();
        for (path, kind) in lines {
            assert!(page.has_room(path));
            page.push(path, kind);
        }
        page.finish()
    }

    fn lines(text: &[u8]) -> Vec<(String, String)> {
        read(text).unwrap().into_iter().map(|line| (line.path.to_string(), line.kind)).collect()
    }

    fn owned(lines: &[(String, &'static str)]) -> Vec<(String, String)> {
        lines.iter().map(|(path, kind)| (path.clone(), (*kind).to_owned())).collect()
    }

    fn paths() -> impl Strategy<Value = Vec<(String, &'static str)>> {
        let name = prop_oneof!["[a-c]{1,3}", "[^/\0.]{1,6}", "x{200}"];
        let path = prop::collection::vec(name, 1..5).prop_map(|names| names.join("/"));
        let kind = prop::sample::select(vec![DIR, LINK, Kind::Notebook.as_str(), Kind::Pdf.as_str()]);
        prop::collection::vec((path, kind), 0..40)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(written in paths()) {
            prop_assert_eq!(lines(&page(&written)), owned(&written));
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
            let _ = read(&[MAGIC.as_slice(), &[1, 1, b'k'], &bytes].concat());
            let _ = super::super::read_stored(&bytes);
        }

        #[test]
        fn a_damaged_page_is_read_or_refused(written in paths(), at in any::<prop::sample::Index>(), byte: u8) {
            let mut text = page(&written);
            let at = at.index(text.len());
            text[at] = byte;
            if let Ok(lines) = read(&text) {
                prop_assert!(lines.iter().all(|line| !line.path.is_root()));
            }
            let _ = read(&text[..at]);
        }
    }

    #[test]
    fn shared_beginnings_end_between_characters() {
        // `é` and `è` begin with the same byte.
        let written = [("a/é".to_owned(), "text"), ("a/è".to_owned(), "text")];
        assert_eq!(lines(&page(&written)), owned(&written));
        assert_eq!(page(&written).len(), 4 + 1 + 5 + (3 + 4) + (3 + 2));
    }

    #[test]
    fn lies_are_refused() {
        let with = |lines: &[u8]| read(&[MAGIC.as_slice(), &[1, 1, b'k'], lines].concat());
        assert!(with(&[0, 0, 1, b'a']).is_ok());
        for (bad, error) in [
            (vec![1, 0, 1, b'a'], PageError::Damaged), // no such kind
            (vec![0, 1, 1, b'a'], PageError::Damaged), // shares what is not there
            (vec![0, 0, 2, b'a'], PageError::Damaged), // cut
            (vec![0, 0, 1, 0xff], PageError::Damaged), // not UTF-8
            (vec![0, 0x80, 0x80, 0x80, 0], PageError::Damaged),
            (vec![0, 0, 0], PageError::Path),
            (b"\0\0\x02..".to_vec(), PageError::Path),
            (b"\0\0\x02/a".to_vec(), PageError::Path),
            (b"\0\0\x04a//b".to_vec(), PageError::Path),
        ] {
            assert_eq!(with(&bad), Err(error), "{bad:?}");
        }
        assert_eq!(read(b"VPI2\0"), Err(PageError::Magic));
        assert_eq!(read(b"VPI"), Err(PageError::Magic));
    }

    #[test]
    fn a_short_page_of_very_long_paths_is_refused() {
        let mut text = [MAGIC.as_slice(), &[1, 1, b'k']].concat();
        let names = vec!["n".repeat(250); 16].join("/");
        text.push(0);
        put_number(&mut text, 0);
        put_number(&mut text, names.len());
        text.extend_from_slice(names.as_bytes());
        for _ in 0..60_000 {
            text.push(0);
            put_number(&mut text, names.len());
            put_number(&mut text, 0);
        }
        assert!(text.len() < INDEX_PAGE_BYTES_MAX);
        assert_eq!(read(&text), Err(PageError::TooLong));
    }
}
