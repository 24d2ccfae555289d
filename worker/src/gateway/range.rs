//! Byte ranges (RFC 9110 section 14), one or several. Pure; called by `data`.

use vitrine_protocol::Extent;

/// More ranges than this in one request are answered whole: section 14.2 allows it, and 16 is what a reader of real
/// documents ever asks for.
const RANGES_MAX: usize = 16;

/// A range that lies inside the content: first byte and how many, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: u64,
    pub(crate) length: u64,
}

impl Span {
    fn end(self) -> u64 {
        self.first + self.length
    }

    /// The `Content-Range` of this part of `size` bytes.
    pub(crate) fn content_range(self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.first, self.end() - 1)
    }
}

/// Which bytes to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// All of them: no range, or one to be ignored.
    Whole,
    /// These, in order; none touches another.
    Parts(Vec<Span>),
    /// None: every range begins past the end.
    Unsatisfiable,
}

/// Reads a `Range` header for content of `size` bytes.
///
/// A unit that is not `bytes` and a malformed set are ignored, as are sets of more than 16. Ranges that overlap or touch
/// become one, in the order of the content (section 15.3.7.2).
pub(crate) fn select(header: Option<&str>, size: u64) -> Selection {
    let Some(set) = header.and_then(bytes_unit) else { return Selection::Whole };
    if size == 0 && is_from_the_start(set.trim_matches([' ', '\t'])) {
        return Selection::Whole;
    }
    let specs: Vec<&str> =
        set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty()).collect();
    if specs.is_empty() || specs.len() > RANGES_MAX {
        return Selection::Whole;
    }
    let Ok(wanted) = specs.into_iter().map(|spec| read(spec, size)).collect::<Result<Vec<_>, _>>() else {
        return Selection::Whole;
    };
    match merged(wanted.into_iter().flatten().collect()) {
        spans if spans.is_empty() => Selection::Unsatisfiable,
        spans => Selection::Parts(spans),
    }
}

/// Whether one range means all of an empty content: no `Content-Range` can say it, and programs that read by ranges ask for the
/// beginning first. A server may ignore a range (section 14.2).
fn is_from_the_start(spec: &str) -> bool {
    match spec.split_once('-') {
        Some(("", suffix)) => matches!(number(suffix), Ok(1..)),
        Some((first, last)) => matches!(number(first), Ok(0)) && (last.is_empty() || number(last).is_ok()),
        None => false,
    }
}

/// Range units are case-insensitive (section 14.1).
fn bytes_unit(header: &str) -> Option<&str> {
    let (unit, set) = header.split_once('=')?;
    unit.eq_ignore_ascii_case("bytes").then_some(set)
}

/// A range that is not one; the whole set is then ignored.
struct Malformed;

/// Reads one range; `None` when it lies outside the content.
fn read(spec: &str, size: u64) -> Result<Option<Span>, Malformed> {
    match spec.split_once('-').ok_or(Malformed)? {
        ("", last) => {
            let length = number(last)?.min(size);
            Ok((length > 0).then_some(Span { first: size - length, length }))
        }
        (first, last) => {
            let first = number(first)?;
            let last = if last.is_empty() { u64::MAX } else { number(last)? };
            if first > last {
                return Err(Malformed);
            }
            let end = last.saturating_add(1).min(size);
            Ok((first < size).then(|| Span { first, length: end - first }))
        }
    }
}

/// Digits only; a number past 2^64 stands for the end of any content.
fn number(text: &str) -> Result<u64, Malformed> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(text.parse().unwrap_or(u64::MAX)) } else { Err(Malformed) }
}

fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.first);
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.first <= last.end() => last.length = last.end().max(span.end()) - last.first,
            _ => merged.push(span),
        }
    }
    merged
}

/// The extents that hold a span of a content.
pub(crate) fn cut(extents: &[Extent], span: Span) -> Vec<Extent> {
    let (mut skip, mut left) = (span.first, span.length);
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

    fn parts(spans: &[(u64, u64)]) -> Selection {
        Selection::Parts(
            spans.iter().map(|(first, length)| Span { first: *first, length: *length }).collect(),
        )
    }

    #[test]
    fn a_table_of_ranges() {
        use Selection::{Unsatisfiable, Whole};
        for (header, size, expected) in [
            ("bytes=0-0", 10, parts(&[(0, 1)])),
            ("bytes=0-9", 10, parts(&[(0, 10)])),
            ("bytes=0-99", 10, parts(&[(0, 10)])),
            ("bytes=3-", 10, parts(&[(3, 7)])),
            ("bytes=9-9", 10, parts(&[(9, 1)])),
            ("bytes=10-", 10, Unsatisfiable),
            ("bytes=10-20", 10, Unsatisfiable),
            ("bytes=-3", 10, parts(&[(7, 3)])),
            ("bytes=-99", 10, parts(&[(0, 10)])),
            ("bytes=-0", 10, Unsatisfiable),
            ("bytes=0-", 0, Whole),
            ("bytes=0-0", 0, Whole),
            ("bytes=0-99", 0, Whole),
            ("bytes=1-", 0, Unsatisfiable),
            ("bytes=0-x", 0, Whole),
            ("bytes=0-0,5-9", 0, Unsatisfiable),
            ("bytes=-5", 0, Whole),
            ("bytes=-0", 0, Unsatisfiable),
            ("BYTES=1-2", 10, parts(&[(1, 2)])),
            ("bytes= 1-2 ", 10, parts(&[(1, 2)])),
            ("bytes=1-99999999999999999999999", 10, parts(&[(1, 9)])),
            ("bytes=99999999999999999999999-", 10, Unsatisfiable),
            ("bytes=18446744073709551615-18446744073709551615", 10, Unsatisfiable),
            ("bytes=0-1,4-5", 10, parts(&[(0, 2), (4, 2)])),
            ("bytes=4-5, 0-1", 10, parts(&[(0, 2), (4, 2)])),
            ("bytes=0-1,,4-5,", 10, parts(&[(0, 2), (4, 2)])),
            ("bytes=0-5,3-8", 10, parts(&[(0, 9)])),
            ("bytes=0-1,2-3", 10, parts(&[(0, 4)])),
            ("bytes=0-8,3-4", 10, parts(&[(0, 9)])),
            ("bytes=0-0,-1", 10, parts(&[(0, 1), (9, 1)])),
            ("bytes=0-1,90-91", 10, parts(&[(0, 2)])),
            ("bytes=90-91,-0", 10, Unsatisfiable),
            ("bytes=0-1,x", 10, Whole),
            ("bytes=2-1", 10, Whole),
            ("bytes=0-1,2-1", 10, Whole),
            ("bytes=", 10, Whole),
            ("bytes=,", 10, Whole),
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

    #[test]
    fn seventeen_ranges_are_too_many() {
        let header = |count: u64| {
            format!(
                "bytes={}",
                (0..count).map(|n| format!("{}-{}", n * 3, n * 3)).collect::<Vec<_>>().join(",")
            )
        };
        assert!(matches!(select(Some(&header(16)), 100), Selection::Parts(spans) if spans.len() == 16));
        assert_eq!(select(Some(&header(17)), 100), Selection::Whole);
    }

    proptest! {
        #[test]
        fn no_header_panics_and_spans_lie_inside(header in "(bytes=)?[0-9a, -]{0,24}", size: u64) {
            if let Selection::Parts(spans) = select(Some(&header), size) {
                prop_assert!(spans.iter().all(|span| span.length > 0 && span.first < size && span.length <= size - span.first));
                prop_assert!(spans.windows(2).all(|pair| pair[0].end() < pair[1].first));
            }
        }

        /// Against a plain reading: mark every byte that any range names.
        #[test]
        fn the_same_bytes_as_marking_them(specs in prop::collection::vec((0u64..30, prop::option::of(0u64..30), any::<bool>()), 1..6), size in 0u64..25) {
            let mut marked = vec![false; usize::try_from(size).unwrap()];
            let mut malformed = false;
            let texts: Vec<String> = specs.iter().map(|(a, b, suffix)| {
                let (text, range) = match (suffix, b) {
                    (true, _) => (format!("-{a}"), size.saturating_sub(*a)..size),
                    (false, None) => (format!("{a}-"), *a..size),
                    (false, Some(b)) => { malformed |= a > b; (format!("{a}-{b}"), *a..(b + 1).min(size)) }
                };
                for at in range { if let Some(mark) = marked.get_mut(usize::try_from(at).unwrap()) { *mark = true; } }
                text
            }).collect();
            let selected = select(Some(&format!("bytes={}", texts.join(","))), size);
            if malformed {
                prop_assert_eq!(selected, Selection::Whole);
            } else if size == 0 && texts.len() == 1 && (texts[0].starts_with('-') && texts[0] != "-0" || texts[0].starts_with("0-")) {
                prop_assert_eq!(selected, Selection::Whole);
            } else if marked.iter().all(|mark| !mark) {
                prop_assert_eq!(selected, Selection::Unsatisfiable);
            } else {
                let Selection::Parts(spans) = selected else { panic!("{selected:?}") };
                let mut again = vec![false; marked.len()];
                for span in spans { for at in span.first..span.end() { again[usize::try_from(at).unwrap()] = true; } }
                prop_assert_eq!(again, marked);
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
            prop_assert_eq!(bytes(&cut(&extents, Span { first, length })), &all[from..to]);
        }
    }
}
