//! Footnotes are numbered in the order of their use and gathered at the end of the document, with links back.

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};
use std::collections::HashMap;

/// A footnote's number and how often it was referred to.
#[derive(Default)]
struct Use {
    number: usize,
    references: usize,
}

/// Moves definitions to the end; one that nothing refers to is dropped, as elsewhere.
pub(super) fn at_the_end(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut uses: HashMap<CowStr<'_>, Use> = HashMap::new();
    let mut definitions: Vec<(CowStr<'_>, Vec<Event<'_>>)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut out = Vec::with_capacity(events.len());
    for event in events {
        let event = match event {
            Event::Start(Tag::FootnoteDefinition(name)) => {
                open.push(definitions.len());
                definitions.push((name, Vec::new()));
                continue;
            }
            Event::End(TagEnd::FootnoteDefinition) => {
                open.pop();
                continue;
            }
            Event::FootnoteReference(name) => reference(&mut uses, name),
            event => event,
        };
        match open.last() {
            Some(at) => definitions[*at].1.push(event),
            None => out.push(event),
        }
    }
    out.extend(section(&uses, definitions));
    out
}

fn reference<'a>(uses: &mut HashMap<CowStr<'a>, Use>, name: CowStr<'a>) -> Event<'a> {
    let next = uses.len() + 1;
    let this = uses.entry(name).or_insert(Use { number: next, references: 0 });
    this.references += 1;
    let (number, again) = (this.number, suffix(this.references));
    Event::InlineHtml(
        format!(
            "<sup class=\"footnote-ref\"><a href=\"#fn-{number}\" id=\"fnref-{number}{again}\" \
             aria-label=\"Footnote {number}\">{number}</a></sup>"
        )
        .into(),
    )
}

/// The first reference has the plain id, later ones are counted.
fn suffix(references: usize) -> String {
    if references > 1 { format!("-{references}") } else { String::new() }
}

fn section<'a>(
    uses: &HashMap<CowStr<'a>, Use>,
    definitions: Vec<(CowStr<'a>, Vec<Event<'a>>)>,
) -> Vec<Event<'a>> {
    let mut used: Vec<_> = definitions
        .into_iter()
        .filter_map(|(name, events)| uses.get(&name).map(|this| (this.number, this.references, events)))
        .collect();
    used.sort_by_key(|(number, ..)| *number);
    used.dedup_by_key(|(number, ..)| *number);
    if used.is_empty() {
        return Vec::new();
    }
    let html = |text: String| Event::Html(text.into());
    let mut out = vec![html("<section class=\"footnotes\" aria-label=\"Footnotes\"><ol>\n".to_owned())];
    for (number, references, mut events) in used {
        let backs: Vec<String> = (1..=references)
            .map(|index| {
                let again = suffix(index);
                format!(" <a href=\"#fnref-{number}{again}\" aria-label=\"Back to the text\">↩</a>")
            })
            .collect();
        let back = Event::InlineHtml(backs.concat().into());
        // Inside the last paragraph if there is one, so that the arrow does not get a line of its own.
        let at = if matches!(events.last(), Some(Event::End(TagEnd::Paragraph))) {
            events.len() - 1
        } else {
            events.len()
        };
        events.insert(at, back);
        out.push(html(format!("<li value=\"{number}\" id=\"fn-{number}\">")));
        out.extend(events);
        out.push(html("</li>\n".to_owned()));
    }
    out.push(html("</ol></section>\n".to_owned()));
    out
}
