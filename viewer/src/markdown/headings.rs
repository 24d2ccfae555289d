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
            Event::Start(Tag::Heading { level, id, .. }) => {
                let text = texts.next().unwrap_or_default();
                // An id that the author gives is made of the same characters.
                let own = id.map(|id| slug(&id));
                current = unique(&mut taken, &own.unwrap_or_else(|| slug(&text)));
                out.push(Event::Start(Tag::Heading {
                    level,
                    id: Some(current.clone().into()),
                    classes: Vec::new(),
                    attrs: Vec::new(),
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
        c if c.is_alphanumeric() && !is_number_form(c) => Some(c),
        _ => None,
    });
    let slug: String = kept.collect();
    if slug.is_empty() { "section".to_owned() } else { slug }
}

/// Numbers that are no digits: raised and lowered ones, fractions, numerals in circles. GitHub drops them.
fn is_number_form(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '¼'..='¾' | '\u{2070}' | '\u{2074}'..='\u{2079}' | '\u{2080}'..='\u{2089}' | '\u{2150}'..='\u{218b}'
        | '\u{2460}'..='\u{249b}' | '\u{24ea}'..='\u{24ff}' | '\u{2776}'..='\u{2793}' | '\u{3220}'..='\u{3229}' | '\u{3280}'..='\u{3289}')
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
            ("Area in x² and ½", "area-in-x-and-"),
            ("① H₂O ⅷ", "-ho-"),
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
