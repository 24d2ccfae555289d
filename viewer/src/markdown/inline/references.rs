//! What references of Quarto show: the number of a figure or a table, the words of a heading.

use std::collections::HashMap;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::super::blocks::names::NUMBERED;

/// More labels than this are not counted.
const LABELS_MAX: usize = 5_000;

/// What stands for each label.
#[derive(Debug, Default)]
pub(in super::super) struct Numbers(HashMap<String, String>);

impl Numbers {
    /// Reads the labels of a text in their order, and the headings' words.
    pub(in super::super) fn of(text: &str, events: &[Event<'_>]) -> Self {
        let mut shown = HashMap::new();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let marks = text.match_indices("{#").map(|(at, _)| at + 2);
        let labels = text.match_indices("label: ").map(|(at, _)| at + 7);
        let mut places: Vec<usize> = marks.chain(labels).take(LABELS_MAX).collect();
        places.sort_unstable();
        for at in places {
            let label = label(&text[at..]);
            if let Some((prefix, word)) = NUMBERED.iter().find(|(prefix, _)| label.starts_with(prefix))
                && !shown.contains_key(label)
            {
                let count = counts.entry(prefix).or_default();
                *count += 1;
                shown.insert(label.to_owned(), format!("{word} {count}"));
            }
        }
        for (at, event) in events.iter().enumerate() {
            if let Event::Start(Tag::Heading { id: Some(id), .. }) = event
                && id.starts_with("sec-")
            {
                let words = events[at + 1..]
                    .iter()
                    .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
                let words: Vec<Event<'_>> = words.cloned().collect();
                shown.insert(id.to_string(), super::plain(&words));
            }
        }
        Self(shown)
    }

    /// What a reference to this label shows, if there is such a label.
    pub(in super::super) fn shown(&self, label: &str) -> Option<&str> {
        self.0.get(label).map(String::as_str)
    }
}

/// The label at the start of a text.
pub(super) fn label(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || "-_".contains(c))).unwrap_or(text.len());
    text[..end].trim_end_matches(['-', '_'])
}
