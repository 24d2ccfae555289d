//! Headings get ids that links can point at.

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};
use std::collections::HashMap;

/// Gives every heading an id made of its text, and a link to itself.
pub(super) fn with_ids(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let texts = heading_texts(&events);
    let mut texts = texts.into_iter();
    let mut current = String::new();
    let mut out = Vec::with_capacity(events.len());
    for event in events {
        match event {
            Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
                let text = texts.next().unwrap_or_default();
                current = unique(&mut taken, &slug(&text));
                out.push(Event::Start(Tag::Heading {
                    level,
                    id: Some(current.clone().into()),
                    classes,
                    attrs,
                }));
            }
            Event::End(TagEnd::Heading(level)) => {
                out.push(Event::InlineHtml(anchor(&current)));
                out.push(Event::End(TagEnd::Heading(level)));
            }
            event => out.push(event),
        }
    }
    out
}

/// The text of each heading, in order.
fn heading_texts(events: &[Event<'_>]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut inside = false;
    for event in events {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                inside = true;
                texts.push(String::new());
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) if inside => {
                if let Some(last) = texts.last_mut() {
                    last.push_str(text);
                }
            }
            Event::SoftBreak | Event::HardBreak if inside => {
                if let Some(last) = texts.last_mut() {
                    last.push(' ');
                }
            }
            _ => {}
        }
    }
    texts
}

/// The id's characters are letters, digits, `-` and `_`, so nothing needs escaping.
fn anchor(id: &str) -> CowStr<'static> {
    format!(" <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this section\">#</a>").into()
}

/// What GitHub calls a heading: lower case, spaces as dashes, punctuation gone.
pub fn slug(text: &str) -> String {
    let kept = text.trim().chars().flat_map(char::to_lowercase).filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    let slug: String = kept.collect();
    if slug.is_empty() { "section".to_owned() } else { slug }
}

/// Adds `-1`, `-2`… to a name that is taken.
fn unique(taken: &mut HashMap<String, usize>, base: &str) -> String {
    let mut name = base.to_owned();
    while taken.contains_key(&name) {
        let count = taken.entry(base.to_owned()).or_default();
        *count += 1;
        name = format!("{base}-{count}");
    }
    taken.insert(name.clone(), 0);
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_are_githubs() {
        for (text, expected) in [
            ("Hello, World!", "hello-world"),
            ("A_b - c", "a_b---c"),
            ("Über ὈΔ", "über-ὀδ"),
            ("🎉", "section"),
        ] {
            assert_eq!(slug(text), expected);
        }
    }

    proptest! {
        #[test]
        fn ids_are_unique(names in prop::collection::vec("(a|a-1|b)", 0..12)) {
            let mut taken = HashMap::new();
            let ids: Vec<_> = names.into_iter().map(|name| unique(&mut taken, &name)).collect();
            let distinct: std::collections::HashSet<_> = ids.iter().collect();
            prop_assert_eq!(distinct.len(), ids.len());
        }

        #[test]
        fn slugs_need_no_escaping(text: String) {
            prop_assert!(!slug(&text).contains(['"', '<', '&', '>', ' ']));
        }
    }
}
