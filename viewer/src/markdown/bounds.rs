//! Keeps small hostile documents from freezing the page: containers nest to a bound, and footnotes end at a number that
//! no author reaches. Called by [`super::render`] before anything is parsed.

use std::borrow::Cow;

/// Quotes and lists that open on one line nest at most this deep; further markers are dropped, their text stays.
const DEPTH_MAX: usize = 64;

/// A document with more footnotes than this shows them as they are written.
const FOOTNOTES_MAX: usize = 2000;

/// Drops the container markers of each line beyond the bound.
pub(super) fn shallow(text: &str) -> Cow<'_, str> {
    if !text.lines().any(|line| excess(line).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match excess(line) {
            Some((from, to)) => {
                out.push_str(&line[..from]);
                out.push_str(&line[to..]);
            }
            None => out.push_str(line),
        }
    }
    Cow::Owned(out)
}

/// Whether footnotes are few enough to be linked.
pub(super) fn footnotes_are_few(text: &str) -> bool {
    text.match_indices("[^").nth(2 * FOOTNOTES_MAX).is_none()
}

/// Where the markers beyond the bound begin and end.
fn excess(line: &str) -> Option<(usize, usize)> {
    let bytes = line.as_bytes();
    let (mut at, mut depth, mut from) = (0, 0, None);
    loop {
        while matches!(bytes.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        let Some(length) = marker(&bytes[at..]) else { break };
        if depth == DEPTH_MAX {
            from.get_or_insert(at);
        } else {
            depth += 1;
        }
        at += length;
    }
    from.map(|from| (from, at))
}

/// The length of a container's marker at the start: `>`, a bullet, or a number of at most nine digits.
fn marker(bytes: &[u8]) -> Option<usize> {
    let space_after = |length: usize| matches!(bytes.get(length), Some(b' ' | b'\t')).then_some(length);
    match bytes.first()? {
        b'>' => Some(1),
        b'-' | b'+' | b'*' => space_after(1),
        b'0'..=b'9' => {
            let digits = bytes.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
            matches!(bytes.get(digits), Some(b'.' | b')') if digits < 10).then(|| space_after(digits + 1))?
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_documents_are_left_alone() {
        for text in [
            "",
            "> a\n> > b\n",
            "- - - x",
            "----------------------------",
            &"-".repeat(500),
            &"* ".repeat(60),
            "1. a\n2. b",
        ] {
            assert!(matches!(shallow(text), Cow::Borrowed(same) if same == text), "{text}");
        }
        assert!(footnotes_are_few(&"a[^1]\n\n[^1]: b\n".repeat(900)));
    }

    #[test]
    fn depth_ends_at_the_bound_and_the_text_stays() {
        for marker in [">", "> ", "- ", "+ ", "1. ", ">- "] {
            let text = format!("before\n{}the text\nafter", marker.repeat(100_000));
            let calm = shallow(&text);
            assert!(
                calm.len() < 400 && calm.contains("the text") && calm.ends_with("after"),
                "{marker}: {}",
                calm.len()
            );
            let html = super::super::render(&text, super::super::Flavour::GitHub);
            let depth = html.matches("<blockquote>").count()
                + html.matches("<ul>").count()
                + html.matches("<ol").count();
            assert!((DEPTH_MAX..=DEPTH_MAX + 2).contains(&depth), "{marker}: {depth}");
        }
    }

    #[test]
    fn a_flood_of_footnotes_is_shown_as_written() {
        let flood = "[^a]: see [^b]\n".repeat(20_000);
        assert!(!super::super::render(&flood, super::super::Flavour::GitHub).contains("footnotes"));
    }
}
