//! Byte ranges (RFC 9110 section 14): one range so far; a request for several is answered whole, as section 14.2 allows.

use vitrine_protocol::Extent;

/// Which bytes to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// All of them: no range, or one to be ignored.
    Whole,
    /// These: first byte and how many, at least one.
    Part(u64, u64),
    /// None: the range begins past the end.
    Unsatisfiable,
}

/// Reads a `Range` header for content of `size` bytes.
///
/// A unit that is not `bytes`, a malformed range and several ranges are ignored. A range of an empty content is never
/// satisfiable.
pub(crate) fn select(header: Option<&str>, size: u64) -> Selection {
    let Some(spec) = header.and_then(bytes_unit) else { return Selection::Whole };
    let Some((first, last)) = spec.split_once('-') else { return Selection::Whole };
    match (number(first), number(last)) {
        (Position::At(first), Position::At(last)) if first > last => Selection::Whole,
        (Position::At(first), last) if last != Position::Malformed => {
            if first >= size {
                return Selection::Unsatisfiable;
            }
            let end = if let Position::At(last) = last { last.saturating_add(1).min(size) } else { size };
            Selection::Part(first, end - first)
        }
        (Position::Absent, Position::At(suffix)) => match suffix.min(size) {
            0 => Selection::Unsatisfiable,
            length => Selection::Part(size - length, length),
        },
        _ => Selection::Whole,
    }
}

/// Range units are case-insensitive (section 14.1); white space is not part of the grammar but for lists.
fn bytes_unit(header: &str) -> Option<&str> {
    let (unit, rest) = header.split_once('=')?;
    (unit.eq_ignore_ascii_case("bytes") && !rest.contains(',')).then(|| rest.trim_matches([' ', '\t']))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Absent,
    At(u64),
    Malformed,
}

/// Digits only; a number past 2^64 stands for the end of any content.
fn number(text: &str) -> Position {
    if text.is_empty() {
        Position::Absent
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Position::At(text.parse().unwrap_or(u64::MAX))
    } else {
        Position::Malformed
    }
}

/// The extents that hold `length` bytes of a content from `first` on.
pub(crate) fn cut(extents: &[Extent], first: u64, length: u64) -> Vec<Extent> {
    let (mut skip, mut left) = (first, length);
    let mut cut = Vec::new();
    for extent in extents {
        let from = skip.min(extent.length);
        skip -= from;
        let take = left.min(extent.length - from);
        left -= take;
        if take > 0 {
            cut.push(Extent { blob: extent.blob, offset: extent.offset + from, length: take });
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vitrine_protocol::Sha256;

    #[test]
    fn a_table_of_ranges() {
        use Selection::{Part, Unsatisfiable, Whole};
        for (header, size, expected) in [
            ("bytes=0-0", 10, Part(0, 1)),
            ("bytes=0-9", 10, Part(0, 10)),
            ("bytes=0-99", 10, Part(0, 10)),
            ("bytes=3-", 10, Part(3, 7)),
            ("bytes=9-9", 10, Part(9, 1)),
            ("bytes=10-", 10, Unsatisfiable),
            ("bytes=10-20", 10, Unsatisfiable),
            ("bytes=-3", 10, Part(7, 3)),
            ("bytes=-99", 10, Part(0, 10)),
            ("bytes=-0", 10, Unsatisfiable),
            ("bytes=0-", 0, Unsatisfiable),
            ("bytes=-5", 0, Unsatisfiable),
            ("BYTES=1-2", 10, Part(1, 2)),
            ("bytes= 1-2 ", 10, Part(1, 2)),
            ("bytes=1-99999999999999999999999", 10, Part(1, 9)),
            ("bytes=99999999999999999999999-", 10, Unsatisfiable),
            ("bytes=18446744073709551615-18446744073709551615", 10, Unsatisfiable),
            ("bytes=2-1", 10, Whole),
            ("bytes=0-1,3-4", 10, Whole),
            ("bytes=", 10, Whole),
            ("bytes=-", 10, Whole),
            ("bytes=a-b", 10, Whole),
            ("bytes=1-b", 10, Whole),
            ("bytes=+1-2", 10, Whole),
            ("bytes=1--2", 10, Whole),
            ("bytes 1-2", 10, Whole),
            ("lines=1-2", 10, Whole),
            ("", 10, Whole),
        ] {
            assert_eq!(select(Some(header), size), expected, "{header} of {size}");
        }
        assert_eq!(select(None, 10), Whole);
    }

    proptest! {
        #[test]
        fn a_selection_lies_inside(header in "(bytes=)?[0-9a, -]{0,24}", size: u64) {
            if let Selection::Part(first, length) = select(Some(&header), size) {
                prop_assert!(length > 0 && first < size && length <= size - first);
            }
        }

        #[test]
        fn a_cut_has_the_same_bytes(lengths in prop::collection::vec(0u64..20, 0..8), a in 0u64..200, b in 0u64..200) {
            let blob = Sha256::of(b"x");
            let extents: Vec<Extent> =
                lengths.iter().enumerate().map(|(n, length)| Extent { blob, offset: n as u64 * 1000, length: *length }).collect();
            let bytes = |extents: &[Extent]| extents.iter().flat_map(|e| e.offset..e.end()).collect::<Vec<_>>();
            let all = bytes(&extents);
            let first = a.min(all.len() as u64);
            let length = b.min(all.len() as u64 - first);
            let (from, to) = (usize::try_from(first).unwrap(), usize::try_from(first + length).unwrap());
            prop_assert_eq!(bytes(&cut(&extents, first, length)), &all[from..to]);
        }
    }
}
