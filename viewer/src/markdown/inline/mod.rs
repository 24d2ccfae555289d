//! Forms within a line that the parser leaves as text or calls by its own names: lowered and raised text, spans and their
//! attributes, marked text, roles of `MyST`, callouts and links of Obsidian, references of Quarto.
//!
//! It reads events and writes events. HTML that it writes is made of escaped parts, and sanitised like all the rest.

mod callouts;
mod references;
mod roles;
mod spans;
mod wiki;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

use super::Flavour;
use super::blocks::attributes::{self, Attributes};
use super::blocks::escaped;
pub(super) use references::Numbers;

/// The events, dressed in the forms of a flavour.
pub(super) fn dressed(
    events: Vec<Event<'static>>,
    flavour: Flavour,
    numbers: &Numbers,
) -> Vec<Event<'static>> {
    let out = Vec::with_capacity(events.len());
    let mut dresser = Dresser {
        flavour,
        numbers,
        left: events.into(),
        out,
        quotes: Vec::new(),
        spans: spans::Spans::default(),
        is_wiki: false,
    };
    let mut verbatim = 0_usize;
    while let Some(event) = dresser.left.pop_front() {
        match &event {
            Event::Start(Tag::CodeBlock(_) | Tag::MetadataBlock(_)) => verbatim += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => verbatim = verbatim.saturating_sub(1),
            _ => {}
        }
        if verbatim > 0 { dresser.out.push(event) } else { dresser.event(event) }
    }
    dresser.out
}

struct Dresser<'n> {
    flavour: Flavour,
    numbers: &'n Numbers,
    /// What is still to come.
    left: VecDeque<Event<'static>>,
    out: Vec<Event<'static>>,
    /// How the quotes end that are open; nothing for one that is a quote.
    quotes: Vec<Option<&'static str>>,
    spans: spans::Spans,
    is_wiki: bool,
}

fn text(text: impl Into<String>) -> Event<'static> {
    Event::Text(CowStr::from(text.into()))
}

fn inline_html(html: impl Into<String>) -> Event<'static> {
    Event::InlineHtml(CowStr::from(html.into()))
}

impl Dresser<'_> {
    fn event(&mut self, event: Event<'static>) {
        match event {
            Event::Text(words) => self.words(&words),
            Event::Code(code) => self.code(&code),
            Event::DisplayMath(tex) => self.equation(&tex),
            Event::Start(Tag::BlockQuote(kind)) => {
                self.spans.end();
                let close = if kind.is_none() { self.callout() } else { None };
                if close.is_none() {
                    self.out.push(Event::Start(Tag::BlockQuote(kind)));
                }
                self.quotes.push(close);
            }
            Event::End(TagEnd::BlockQuote(kind)) => match self.quotes.pop().flatten() {
                Some(close) => self.out.push(Event::Html(close.into())),
                None => self.out.push(Event::End(TagEnd::BlockQuote(kind))),
            },
            Event::Start(Tag::Image { link_type, dest_url, title, .. }) => {
                self.picture(link_type, &slashed(&dest_url), &title);
            }
            Event::Start(Tag::Link { link_type: LinkType::WikiLink { has_pothole }, dest_url, .. }) => {
                self.is_wiki = self.wiki_link(&dest_url, has_pothole);
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) if dest_url.contains('\\') => {
                let dest_url = slashed(&dest_url).into_owned().into();
                self.out.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            Event::End(TagEnd::Link) if self.is_wiki => {
                self.is_wiki = false;
                self.out.push(inline_html("</a>"));
            }
            Event::End(TagEnd::Link) => {
                self.out.push(Event::End(TagEnd::Link));
                let _ = self.attributes();
            }
            event => {
                if matches!(
                    &event,
                    Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::TableCell | Tag::Item)
                ) {
                    self.spans.end();
                }
                self.out.push(event);
            }
        }
    }

    /// Attributes that follow at once, taken from the text that they stand in.
    fn attributes(&mut self) -> Option<Attributes> {
        if self.flavour != Flavour::Pandoc {
            return None;
        }
        let Some(Event::Text(words)) = self.left.front() else { return None };
        let (attributes, rest) = attributes::parse(words)?;
        let rest = rest.to_owned();
        if rest.is_empty() {
            self.left.pop_front();
        } else {
            self.left[0] = text(rest);
        }
        Some(attributes)
    }

    fn picture(&mut self, link_type: LinkType, address: &str, title: &str) {
        let mut inner = Vec::new();
        while let Some(event) = self.left.pop_front() {
            if matches!(event, Event::End(TagEnd::Image)) {
                break;
            }
            inner.push(event);
        }
        let alt = plain(&inner);
        if matches!(link_type, LinkType::WikiLink { .. }) {
            return self.embed(address, &alt);
        }
        if self.flavour != Flavour::Pandoc {
            let tag = Tag::Image {
                link_type,
                dest_url: address.to_owned().into(),
                title: title.to_owned().into(),
                id: "".into(),
            };
            self.out.push(Event::Start(tag));
            self.out.append(&mut inner);
            self.out.push(Event::End(TagEnd::Image));
            return;
        }
        let attributes = self.attributes().unwrap_or_default();
        let described = attributes.get("fig-alt").or(attributes.get("alt")).unwrap_or(&alt);
        let mut tag = format!("<img src=\"{}\" alt=\"{}\"", escaped(address), escaped(described));
        for (name, value) in [
            ("title", title),
            ("width", attributes.get("width").unwrap_or_default()),
            ("height", attributes.get("height").unwrap_or_default()),
        ] {
            if !value.is_empty() {
                let _ = write!(tag, " {name}=\"{}\"", escaped(value.trim_end_matches("px")));
            }
        }
        tag.push('>');
        let id = if attributes.id.is_empty() {
            String::new()
        } else {
            format!(" id=\"{}\"", escaped(&attributes.id))
        };
        let is_alone = matches!(self.out.last(), Some(Event::Start(Tag::Paragraph)))
            && matches!(self.left.front(), Some(Event::End(TagEnd::Paragraph)));
        if is_alone && !alt.is_empty() {
            self.out.pop();
            self.left.pop_front();
            self.out.push(Event::Html(format!("<figure{id}>{tag}<figcaption>").into()));
            let number = self.numbers.shown(&attributes.id).map(|number| text(format!("{number}: ")));
            self.out.extend(number);
            self.out.append(&mut inner);
            self.out.push(Event::Html("</figcaption></figure>\n".into()));
        } else {
            let tag = if id.is_empty() { tag } else { format!("<span{id}>{tag}</span>") };
            self.out.push(inline_html(tag));
        }
    }

    /// A displayed formula takes the label that stands behind it.
    fn equation(&mut self, tex: &str) {
        let mut tex = tex.to_owned();
        if self.flavour == Flavour::Pandoc
            && let Some(Event::Text(words)) = self.left.front()
            && let Some((attributes, rest)) = attributes::parse(words.trim_start())
            && !attributes.id.is_empty()
        {
            let _ = write!(tex, " \\label{{{}}}", attributes.id.replace(['{', '}', '\\'], ""));
            let rest = rest.to_owned();
            self.left[0] = text(rest);
        }
        self.out.push(Event::DisplayMath(tex.into()));
    }
}

/// The words of events, without their form.
fn plain(events: &[Event<'_>]) -> String {
    let words = events.iter().map(|event| match event {
        Event::Text(text) | Event::Code(text) | Event::InlineMath(text) => &**text,
        Event::SoftBreak | Event::HardBreak => " ",
        _ => "",
    });
    words.collect()
}

/// An address as browsers read it: a backslash is a slash. The printer of HTML would make it part of a name (`%5C`). Two at the beginning name
/// somebody's file server, and stay as they are, which leads nowhere.
fn slashed(address: &str) -> Cow<'_, str> {
    if !address.contains('\\')
        || address.starts_with("\\\\")
        || address.starts_with("/\\")
        || address.starts_with("\\/")
    {
        return Cow::Borrowed(address);
    }
    Cow::Owned(address.replace('\\', "/"))
}

#[cfg(test)]
mod tests;
