//! Finds elements by name in an author's HTML without parsing it: enough to decide where an output is shown, and to leave something
//! out of it. It is no defence; whatever comes out goes through the sanitiser or to the frame, like all HTML.

use std::ops::Range;

/// The elements of a name, each from its first `<` to the end of its closing tag; of one that has none, the tag itself.
pub(super) fn elements(html: &str, name: &str) -> Vec<Range<usize>> {
    let lower = html.to_ascii_lowercase();
    let (open, close) = (format!("<{name}"), format!("</{name}"));
    let starts_name =
        |at: usize| !lower[at + open.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let openings = lower.match_indices(&open).map(|(at, _)| at).filter(|at| starts_name(*at));
    let mut openings = openings.peekable();
    let mut closings = lower.match_indices(&close).map(|(at, _)| at).peekable();
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(at) = openings.next() {
        // What stands in quotes within a tag is none.
        if at < from {
            continue;
        }
        from = at + tag_length(&lower[at..]);
        while closings.next_if(|closing| *closing < from).is_some() {}
        // One that never ends says nothing of what follows.
        let next = openings.peek().copied().unwrap_or(lower.len());
        if let Some(closing) = closings.peek().copied().filter(|closing| *closing <= next) {
            from = closing + tag_length(&lower[closing..]);
        }
        found.push(at..from);
    }
    found
}

/// How long the tag at the beginning of a text is; a `>` in quotes is none.
fn tag_length(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// An attribute of the tag at the beginning of a text.
pub(super) fn attribute(element: &str, name: &str) -> Option<String> {
    let tag = &element[..tag_length(element)];
    let lower = tag.to_ascii_lowercase();
    lower.match_indices(name).find_map(|(at, _)| {
        let before = lower[..at].chars().next_back()?;
        let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        if !(before.is_ascii_whitespace() || matches!(before, '"' | '\'' | '/')) {
            return None;
        }
        let raw = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next()?,
            _ => value.split(|c: char| c.is_ascii_whitespace() || c == '>').next()?,
        };
        Some(unescaped(raw).trim().to_owned())
    })
}

fn unescaped(text: &str) -> String {
    let named =
        [("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}

/// A text as it stands in HTML, in attributes too.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// HTML with something else in the place of some of its parts, which are in order.
pub(super) fn replaced(html: &str, parts: &[Range<usize>], by: impl Fn(&str) -> String) -> String {
    let (mut out, mut from) = (String::with_capacity(html.len()), 0);
    for part in parts {
        out.push_str(&html[from..part.start]);
        out.push_str(&by(&html[part.clone()]));
        from = part.end;
    }
    out + &html[from..]
}

/// Whether HTML has nothing to read or to look at.
pub(super) fn is_bare(html: &str) -> bool {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at..at + tag_length(&rest[at..])];
        let lower = tag.to_ascii_lowercase();
        let shows = ["<img", "<hr", "<video", "<audio", "<svg", "<canvas", "<input", "<object", "<embed"];
        if !rest[..at].trim().is_empty() || shows.iter().any(|name| lower.starts_with(name)) {
            return false;
        }
        rest = &rest[at + tag.len()..];
    }
    rest.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_are_found_whole() {
        let html = "a<B title='>'>b</b >c<bold>d</bold><b>e";
        let found: Vec<&str> = elements(html, "b").into_iter().map(|range| &html[range]).collect();
        assert_eq!(found, ["<B title='>'>b</b >", "<b>"]);
    }

    #[test]
    fn attributes_are_read_as_browsers_read_them() {
        for (tag, expected) in [
            ("<i src=\"a b.png\">", Some("a b.png")),
            ("<i data-src='no' SRC = 'a&amp;b'>", Some("a&b")),
            ("<i\nsrc=a/b>", Some("a/b")),
            ("<i srcdoc='x'>", None),
            ("<i>src=x", None),
        ] {
            assert_eq!(attribute(tag, "src").as_deref(), expected, "{tag}");
        }
    }

    #[test]
    fn bare_html_shows_nothing() {
        assert!(is_bare("\n<div style='>'><p> </p></div>"));
        for html in ["<p>a</p>", "<img src=x>", "a"] {
            assert!(!is_bare(html), "{html}");
        }
    }

    proptest! {
        #[test]
        fn no_html_panics(html in "(<b|</b|>|\"|'| src=|é|b|/){0,20}") {
            let parts = elements(&html, "b");
            let _ = replaced(&html, &parts, |part| attribute(part, "src").unwrap_or_default());
            let _ = is_bare(&html);
        }
    }
}
