//! Bare addresses in running text become links, by the rules of GitHub's extension.

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

/// What a bare address may begin with.
const BEGINNINGS: [&str; 3] = ["https://", "http://", "www."];

/// Turns addresses in text into links, except inside links and code.
pub(super) fn link_addresses(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut out = Vec::with_capacity(events.len());
    let mut verbatim = 0usize;
    for event in events {
        match &event {
            Event::Start(
                Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::MetadataBlock(_),
            ) => verbatim += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => {
                verbatim -= 1;
            }
            _ => {}
        }
        match event {
            Event::Text(text) if verbatim == 0 && text.contains("://") | text.contains("www.") => {
                split(&text, &mut out);
            }
            event => out.push(event),
        }
    }
    out
}

fn split(text: &str, out: &mut Vec<Event<'_>>) {
    let owned = |text: &str| CowStr::from(text.to_owned());
    let mut done = 0;
    while let Some((start, end)) = find(text, done) {
        if start > done {
            out.push(Event::Text(owned(&text[done..start])));
        }
        let shown = &text[start..end];
        let dest_url =
            if shown.starts_with("www.") { format!("https://{shown}").into() } else { owned(shown) };
        let link = Tag::Link { link_type: LinkType::Autolink, dest_url, title: "".into(), id: "".into() };
        out.extend([Event::Start(link), Event::Text(owned(shown)), Event::End(TagEnd::Link)]);
        done = end;
    }
    if done < text.len() {
        out.push(Event::Text(owned(&text[done..])));
    }
}

/// The next address at or after `from`.
fn find(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut from = from;
    loop {
        let start = BEGINNINGS.iter().filter_map(|b| text[from..].find(b)).min()? + from;
        let begins_a_word =
            !text[..start].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-'));
        let end = start + length(&text[start..]);
        let beginning = BEGINNINGS.iter().find(|b| text[start..].starts_with(**b)).map_or(0, |b| b.len());
        let host = &text[start + beginning..end.max(start + beginning)];
        if begins_a_word && host.starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            return Some((start, end));
        }
        from = start + beginning;
    }
}

/// How much of the text belongs to the address: up to white space or `<`, without punctuation that ends a sentence.
fn length(text: &str) -> usize {
    let mut address = &text[..text.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(text.len())];
    loop {
        let shorter = address.trim_end_matches(['?', '!', '.', ',', ':', '*', '_', '~', '\'', '"', ';']);
        let unbalanced =
            shorter.ends_with(')') && shorter.matches(')').count() > shorter.matches('(').count();
        let shorter = if unbalanced { &shorter[..shorter.len() - 1] } else { shorter };
        if shorter.len() == address.len() {
            return address.len();
        }
        address = shorter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<&str> {
        let mut from = 0;
        std::iter::from_fn(|| {
            let (start, end) = find(text, from)?;
            from = end;
            Some(&text[start..end])
        })
        .collect()
    }

    #[test]
    fn addresses_end_where_github_ends_them() {
        for (text, expected) in [
            ("see https://a.example/x.", vec!["https://a.example/x"]),
            ("(https://a.example/x_(y)), www.b.example!", vec!["https://a.example/x_(y)", "www.b.example"]),
            ("https://a.example/?q=1&r=2;", vec!["https://a.example/?q=1&r=2"]),
            ("xhttp://a.example http:// awww.b", vec![]),
            ("http://é.example<b>", vec!["http://é.example"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(http://|www\\.|[a.()é <,]){0,20}") {
            let _ = found(&text);
        }
    }
}
