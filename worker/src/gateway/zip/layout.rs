//! The bytes of a ZIP file around the contents: stored entries, UTF-8 names, ZIP64 where a number needs it.
//!
//! Section numbers are those of PKWARE's APPNOTE 6.3.9.

use crate::gateway::range::Span;
use crate::reply::Piece;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// A directory; its path ends with a slash.
    Dir,
    /// A file: where its bytes are.
    File(Vec<Piece>),
    /// A symbolic link: its target.
    Link(String),
}

/// An entry, with what its headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) content: Content,
    pub(crate) size: u64,
    pub(crate) crc32: u32,
    /// Milliseconds since the epoch.
    pub(crate) mtime: i64,
}

/// Bit 11: names are UTF-8 (4.4.4).
const UTF8: u16 = 1 << 11;
/// Unix made it, by version 6.3 (4.4.2): readers then take the mode from the external attributes.
const MADE_BY: u16 = 3 << 8 | 63;
/// 4.5 for ZIP64, 2.0 otherwise (4.4.3).
const NEEDS_ZIP64: u16 = 45;
const NEEDS: u16 = 20;
/// What a 32-bit field says when the number is in the ZIP64 extra field (4.4.1.4).
const IN_ZIP64: u32 = u32::MAX;

/// Lays the entries out: the whole file as pieces, in order. A comment of more than 65,535 bytes is cut.
pub(crate) fn lay_out(entries: Vec<Entry>, comment: &str) -> Vec<Piece> {
    let (mut pieces, mut directory, mut offset) = (Vec::new(), Vec::new(), 0u64);
    let count = entries.len() as u64;
    for entry in entries {
        let local = local_header(&entry);
        central_header(&mut directory, &entry, offset);
        offset += local.len() as u64 + entry.size;
        pieces.push(Piece::Bytes(local));
        match entry.content {
            Content::Dir => {}
            Content::File(content) => pieces.extend(content),
            Content::Link(target) => pieces.push(Piece::Bytes(target.into_bytes())),
        }
    }
    let size = directory.len() as u64;
    end_of_directory(&mut directory, count, size, offset);
    commented(&mut directory, comment);
    pieces.push(Piece::Bytes(directory));
    pieces
}

/// The pieces that hold a span of the whole.
pub(crate) fn cut(pieces: &[Piece], span: Span) -> Vec<Piece> {
    let (mut skip, mut left) = (span.first, span.length);
    let mut cut = Vec::new();
    for piece in pieces {
        let from = skip.min(piece.length());
        skip -= from;
        let take = left.min(piece.length() - from);
        left -= take;
        if take > 0 {
            cut.push(part(piece, from, take));
        }
        if left == 0 {
            break;
        }
    }
    cut
}

fn part(piece: &Piece, from: u64, length: u64) -> Piece {
    match piece {
        Piece::Object(key, offset, _) => Piece::Object(*key, offset + from, length),
        Piece::Bytes(bytes) => {
            let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
            Piece::Bytes(bytes[at(from)..at(from + length)].to_vec())
        }
    }
}

/// 4.3.7. Both sizes are in the ZIP64 extra field when one needs it (4.5.3).
fn local_header(entry: &Entry) -> Vec<u8> {
    let large = entry.size >= u64::from(IN_ZIP64);
    let mut extra = timestamp(entry.mtime);
    if large {
        extra.extend(zip64(&[entry.size, entry.size]));
    }
    let mut bytes = Vec::with_capacity(30 + entry.path.len() + extra.len());
    put32(&mut bytes, 0x0403_4b50);
    common(&mut bytes, entry, large);
    put16(&mut bytes, length16(extra.len()));
    bytes.extend(entry.path.as_bytes());
    bytes.extend(extra);
    bytes
}

/// 4.3.12.
fn central_header(bytes: &mut Vec<u8>, entry: &Entry, offset: u64) {
    let (large, far) = (entry.size >= u64::from(IN_ZIP64), offset >= u64::from(IN_ZIP64));
    let mut extra = timestamp(entry.mtime);
    let numbers: Vec<u64> = [large.then_some(entry.size), large.then_some(entry.size), far.then_some(offset)]
        .into_iter()
        .flatten()
        .collect();
    if !numbers.is_empty() {
        extra.extend(zip64(&numbers));
    }
    put32(bytes, 0x0201_4b50);
    put16(bytes, MADE_BY);
    common(bytes, entry, large || far);
    put16(bytes, length16(extra.len()));
    put16(bytes, 0); // comment
    put16(bytes, 0); // disk
    put16(bytes, 0); // internal attributes
    put32(bytes, mode(&entry.content) << 16);
    put32(bytes, short(offset));
    bytes.extend(entry.path.as_bytes());
    bytes.extend(extra);
}

/// From "version needed" to the length of the name: the same in both headers.
fn common(bytes: &mut Vec<u8>, entry: &Entry, zip64: bool) {
    put16(bytes, if zip64 { NEEDS_ZIP64 } else { NEEDS });
    put16(bytes, UTF8);
    put16(bytes, 0); // stored
    let (time, date) = dos_time(entry.mtime);
    put16(bytes, time);
    put16(bytes, date);
    put32(bytes, entry.crc32);
    put32(bytes, short(entry.size));
    put32(bytes, short(entry.size));
    put16(bytes, length16(entry.path.len()));
}

/// 4.3.14 to 4.3.16: the ZIP64 records only where a number needs them.
fn end_of_directory(bytes: &mut Vec<u8>, count: u64, size: u64, offset: u64) {
    let many = count >= u64::from(u16::MAX);
    if many || size >= u64::from(IN_ZIP64) || offset >= u64::from(IN_ZIP64) {
        put32(bytes, 0x0606_4b50);
        put64(bytes, 44); // what follows of this record
        put16(bytes, MADE_BY);
        put16(bytes, NEEDS_ZIP64);
        put32(bytes, 0); // this disk
        put32(bytes, 0); // the directory's disk
        put64(bytes, count);
        put64(bytes, count);
        put64(bytes, size);
        put64(bytes, offset);
        put32(bytes, 0x0706_4b50);
        put32(bytes, 0); // the record's disk
        put64(bytes, offset + size);
        put32(bytes, 1); // disks
    }
    put32(bytes, 0x0605_4b50);
    put32(bytes, 0); // both disks
    let count = u16::try_from(count).unwrap_or(u16::MAX);
    put16(bytes, count);
    put16(bytes, count);
    put32(bytes, short(size));
    put32(bytes, short(offset));
}

/// 4.3.16: the archive's comment, behind its length.
fn commented(bytes: &mut Vec<u8>, comment: &str) {
    let length = comment.floor_char_boundary(usize::from(u16::MAX));
    put16(bytes, length16(length));
    bytes.extend(comment.as_bytes().iter().take(length));
}

/// 4.5.3: header id 1.
fn zip64(numbers: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + 8 * numbers.len());
    put16(&mut bytes, 1);
    put16(&mut bytes, length16(8 * numbers.len()));
    for number in numbers {
        put64(&mut bytes, *number);
    }
    bytes
}

/// Info-ZIP's extended timestamp (header id `UT`): seconds since the epoch, where 32 bits hold them.
fn timestamp(mtime: i64) -> Vec<u8> {
    let Ok(seconds) = i32::try_from(mtime.div_euclid(1000)) else { return Vec::new() };
    let mut bytes = vec![b'U', b'T', 5, 0, 1];
    bytes.extend(seconds.to_le_bytes());
    bytes
}

/// 4.4.6: two-second steps from 1980 to 2107, in UTC as the zone of the reader is not known.
fn dos_time(mtime: i64) -> (u16, u16) {
    const DAY: i64 = 86_400;
    let seconds = mtime.div_euclid(1000).clamp(315_532_800, 4_354_819_199);
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let field = |number: i64| u16::try_from(number).unwrap_or(0);
    let time = field(rest / 3600) << 11 | field(rest / 60 % 60) << 5 | field(rest % 60 / 2);
    (time, field(year - 1980) << 9 | field(month) << 5 | field(day))
}

/// The date of a day since 1970-01-01, by Howard Hinnant's `civil_from_days`.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The Unix mode, with its file type.
fn mode(content: &Content) -> u32 {
    match content {
        Content::Dir => 0o040_755,
        Content::File(_) => 0o100_644,
        Content::Link(_) => 0o120_777,
    }
}

fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(IN_ZIP64)
}

/// Paths have at most 4,096 bytes and extra fields some 40.
fn length16(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

fn put16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend(number.to_le_bytes());
}

fn put32(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend(number.to_le_bytes());
}

fn put64(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(path: &str, content: &[u8]) -> Entry {
        let size = content.len() as u64;
        let content = Content::File(vec![Piece::Bytes(content.to_vec())]);
        Entry { path: path.into(), content, size, crc32: 0x1234_5678, mtime: 1_700_000_000_000 }
    }

    fn bytes(pieces: &[Piece]) -> Vec<u8> {
        pieces
            .iter()
            .flat_map(|piece| match piece {
                Piece::Bytes(bytes) => bytes.clone(),
                Piece::Object(_, _, length) => vec![b'?'; usize::try_from(*length).unwrap()],
            })
            .collect()
    }

    #[test]
    fn times_are_those_of_the_format() {
        // 2023-11-14 22:13:20 UTC.
        let (time, date) = dos_time(1_700_000_000_000);
        assert_eq!((time >> 11, time >> 5 & 63, (time & 31) * 2), (22, 13, 20));
        assert_eq!(((date >> 9) + 1980, date >> 5 & 15, date & 31), (2023, 11, 14));
        assert_eq!(dos_time(i64::MIN), dos_time(315_532_800_000), "before 1980 is 1980");
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(0), (1970, 1, 1));
    }

    #[test]
    fn the_directory_points_at_every_header() {
        let whole = bytes(&lay_out(vec![file("a", b"hello"), file("ü/b", b""), file("c", b"xyz")], "said"));
        let end = whole.len() - 22 - 4;
        assert_eq!(whole[whole.len() - 6..], *b"\x04\0said");
        let read32 = |at: usize| u32::from_le_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!(read32(end), 0x0605_4b50);
        let mut at = read32(end + 16);
        let mut names = Vec::new();
        while at < end {
            assert_eq!(read32(at), 0x0201_4b50);
            let local = read32(at + 42);
            assert_eq!(read32(local), 0x0403_4b50);
            let lengths = |at: usize| usize::from(u16::from_le_bytes(whole[at..at + 2].try_into().unwrap()));
            let (name, extra) = (lengths(at + 28), lengths(at + 30));
            assert_eq!(whole[at + 46..at + 46 + name], whole[local + 30..local + 30 + name]);
            names.push(String::from_utf8(whole[at + 46..at + 46 + name].to_vec()).unwrap());
            at += 46 + name + extra;
        }
        assert_eq!(names, ["a", "ü/b", "c"]);
    }

    #[test]
    fn large_numbers_go_to_zip64() {
        let huge = Entry { size: 5 << 30, content: Content::File(Vec::new()), ..file("huge", b"") };
        let local = local_header(&huge);
        assert_eq!(local[18..22], [255; 4]);
        let mut central = Vec::new();
        central_header(&mut central, &huge, 6 << 30);
        assert_eq!(central[42..46], [255; 4]);
        assert!(central.windows(8).any(|window| window == (6u64 << 30).to_le_bytes()));
        let mut end = Vec::new();
        end_of_directory(&mut end, 70_000, 1, 1);
        assert_eq!(end.len(), 56 + 20 + 20);
    }

    proptest! {
        #[test]
        fn a_cut_is_the_same_bytes(lengths in prop::collection::vec(0usize..50, 1..6), a in 0u64..2000, b in 1u64..2000) {
            let entries = lengths.iter().enumerate().map(|(n, length)| file(&format!("f{n}"), &vec![b'a'; *length])).collect();
            let pieces = lay_out(entries, "");
            let whole = bytes(&pieces);
            let first = a.min(whole.len() as u64 - 1);
            let length = b.min(whole.len() as u64 - first);
            let (from, to) = (usize::try_from(first).unwrap(), usize::try_from(first + length).unwrap());
            prop_assert_eq!(bytes(&cut(&pieces, Span { first, length })), &whole[from..to]);
        }
    }
}
