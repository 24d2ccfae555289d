//! The rows of a folder as readers see them: what each is called, in which order names stand, which file is the folder's README,
//! and whether the folder is better looked at than read. The viewer draws by it; the gateway writes the first rows into the page by
//! it, so that both say the same. Pure; refuses nothing.

use crate::{Entries, File, Kind};
use std::cmp::Ordering;

/// What a folder's row is called; files have the name of their kind.
pub const FOLDER: &str = "folder";
/// What the row of a symbolic link is called.
pub const LINK: &str = "link";

/// One row of a folder's listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The entry's name.
    pub name: &'a str,
    /// [`FOLDER`], [`LINK`] or the kind of a file: what its icon and its text in the catalogues are named after.
    pub kind: &'static str,
    /// Its size in bytes; a link has none.
    pub size: Option<u64>,
    /// When it last changed, in milliseconds since the epoch; a link has none.
    pub mtime: Option<i64>,
}

/// What a kind of file is called; what we do not know is a file like any other.
pub fn kind(kind: Kind) -> &'static str {
    if kind == Kind::Unknown { Kind::Binary.as_str() } else { kind.as_str() }
}

/// The rows of a folder: folders, files, links, each by the bytes of their names.
pub fn rows(entries: &Entries) -> Vec<Row<'_>> {
    let mut rows = Vec::with_capacity(entries.len());
    rows.extend(entries.dirs.iter().map(|dir| Row {
        name: dir.name.as_str(),
        kind: FOLDER,
        size: Some(dir.size_bytes),
        mtime: Some(dir.mtime),
    }));
    rows.extend(entries.files.iter().map(|file| Row {
        name: file.name.as_str(),
        kind: kind(file.kind),
        size: Some(file.size),
        mtime: Some(file.mtime),
    }));
    rows.extend(entries.links.iter().map(|link| Row {
        name: link.name.as_str(),
        kind: LINK,
        size: None,
        mtime: None,
    }));
    rows
}

/// The first rows of a folder, in the order in which it is shown when nobody asks for another: folders before all else, each part
/// by [`natural`]. Only these are put into order, so that a long folder costs little more than a look at each name.
pub fn first_rows(entries: &Entries, count: usize) -> Vec<Row<'_>> {
    let mut rows = rows(entries);
    let order = |a: &Row<'_>, b: &Row<'_>| {
        (b.kind == FOLDER).cmp(&(a.kind == FOLDER)).then_with(|| natural(a.name, b.name))
    };
    if count < rows.len() {
        rows.select_nth_unstable_by(count, order);
        rows.truncate(count);
    }
    rows.sort_by(order);
    rows
}

/// Compares names as people order them: case aside, runs of digits by value, and then by their bytes.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (one, rest_one) = digits(left);
            let (two, rest_two) = digits(right);
            let by_value = one.len().cmp(&two.len()).then_with(|| one.cmp(two));
            if by_value.is_ne() {
                return by_value;
            }
            (left, right) = (rest_one, rest_two);
            continue;
        }
        let by_letter = x.to_lowercase().cmp(y.to_lowercase());
        if by_letter.is_ne() {
            return by_letter;
        }
        (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
    }
}

/// Splits a leading run of digits off, without its zeros in front.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

/// The file of a folder to show under its listing: `README.md` and its relatives, Markdown before plain text.
pub fn readme(entries: &Entries) -> Option<&File> {
    let stem_is_readme = |name: &str| {
        let lower = name.to_ascii_lowercase();
        lower == "readme" || lower.starts_with("readme.") && lower.matches('.').count() == 1
    };
    let rank = |kind: Kind| match kind {
        Kind::Markdown => 0,
        Kind::Text => 1,
        _ => 2,
    };
    let candidates =
        entries.files.iter().filter(|file| stem_is_readme(file.name.as_str()) && rank(file.kind) < 2);
    candidates.min_by_key(|file| rank(file.kind))
}

/// So much of a folder is pictures when it is shown as pictures; one or two beside a text are no gallery.
const GALLERY_PERCENT: usize = 60;
const GALLERY_MIN: usize = 4;

/// Whether a folder is better looked at than read.
pub fn is_gallery(entries: &Entries) -> bool {
    let pictures = entries.files.iter().filter(|file| file.kind == Kind::Image).count();
    pictures >= GALLERY_MIN && pictures * 100 > entries.len() * GALLERY_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContentType, EntryName, Sha256};
    use proptest::prelude::*;

    #[test]
    fn numbers_count_by_value() {
        let mut names = ["b10", "b9", "B1", "a", "b09", "é", "10", "9", "b"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["9", "10", "a", "b", "B1", "b09", "b9", "b10", "é"]);
    }

    #[test]
    fn a_folder_is_a_gallery_when_most_of_it_is_pictures_and_there_are_some() {
        let file = |n: usize, kind| File {
            name: EntryName::new(&n.to_string()).unwrap(),
            hash: Sha256::of(b""),
            size: 0,
            mtime: 0,
            crc32: 0,
            content_type: ContentType::octet_stream(),
            kind,
            extents: None,
            chunks: None,
        };
        let of = |pictures: usize, others: usize| {
            let files = (0..pictures + others)
                .map(|n| file(n, if n < pictures { Kind::Image } else { Kind::Text }))
                .collect();
            is_gallery(&Entries { files, ..Entries::default() })
        };
        assert!(of(4, 2));
        assert!(!of(3, 0) && !of(4, 3) && !of(0, 0));
    }

    proptest! {
        #[test]
        fn natural_is_a_total_order(a in "[ab0-2é]{0,6}", b in "[ab0-2é]{0,6}", c in "[ab0-2é]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
