//! Callouts: quotes whose first line is `[!kind]`, with a title, folded or not.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::super::blocks::escaped;
use super::super::blocks::names::{self, Alert};
use super::{Dresser, text};

impl Dresser<'_> {
    /// If the quote that begins is a callout, writes its head and returns how it ends.
    pub(super) fn callout(&mut self) -> Option<&'static str> {
        let (Some(Event::Start(Tag::Paragraph)), Some(Event::Text(first))) =
            (self.left.front(), self.left.get(1))
        else {
            return None;
        };
        let (kind, rest) = first.strip_prefix("[!")?.split_once(']')?;
        let name = kind.split('|').next().unwrap_or_default().trim();
        let is_name = !name.is_empty()
            && name.len() <= 40
            && name.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c));
        if !is_name {
            return None;
        }
        let (alert, is_own) = Alert::named(name).unwrap_or((Alert::Note, false));
        let (fold, title) = match rest.chars().next() {
            Some('+') => (Some(true), &rest[1..]),
            Some('-') => (Some(false), &rest[1..]),
            _ => (None, rest),
        };
        let title = title.trim_start().to_owned();
        let name = name.to_ascii_lowercase();
        self.left.drain(..2);
        let mut head: Vec<Event<'static>> = if title.is_empty() { Vec::new() } else { vec![text(title)] };
        // The title goes on to the end of its line, or of the paragraph.
        loop {
            match self.left.front() {
                None | Some(Event::End(TagEnd::Paragraph)) => {
                    self.left.pop_front();
                    break;
                }
                Some(Event::SoftBreak | Event::HardBreak) => {
                    self.left[0] = Event::Start(Tag::Paragraph);
                    break;
                }
                _ => head.extend(self.left.pop_front()),
            }
        }
        let (class, own) = (alert.class(), if head.is_empty() && is_own { "" } else { " alert-own" });
        let (element, inner, close, open) = match fold {
            None => ("div", "p", "</div>\n", ""),
            Some(is_open) => ("details", "summary", "</details>\n", if is_open { " open" } else { "" }),
        };
        if head.is_empty() {
            let title = if is_own { alert.title().to_owned() } else { names::as_title(&name) };
            head.push(text(title));
        }
        self.out.push(Event::Html(
            format!(
                "<{element} class=\"alert alert-{}\"{open}><{inner} class=\"alert-title{own}\">",
                escaped(class)
            )
            .into(),
        ));
        for event in head {
            self.event(event);
        }
        self.out.push(Event::Html(format!("</{inner}>\n").into()));
        Some(close)
    }
}
