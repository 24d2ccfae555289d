//! Text within a line: `==marked==`, `H~2~O`, `10^6^`, `[words]{.class}`, `@fig-one`.

use pulldown_cmark::Event;

use super::super::Flavour;
use super::super::blocks::attributes::{self, Attributes};
use super::super::blocks::escaped;
use super::references::label;
use super::{Dresser, inline_html, text};

/// Lowered and raised texts are short.
const SCRIPT_MAX: usize = 100;

/// What is open in a line, as places among the events that are written.
#[derive(Debug, Default)]
pub(super) struct Spans {
    brackets: Vec<usize>,
    mark: Option<usize>,
}

impl Spans {
    /// A block ends: nothing of it goes on.
    pub(super) fn end(&mut self) {
        self.brackets.clear();
        self.mark = None;
    }
}

impl Dresser<'_> {
    /// Writes a text with its forms.
    pub(super) fn words(&mut self, words: &str) {
        if self.flavour == Flavour::Notebook {
            self.out.push(text(words));
            return;
        }
        let signs: &[char] =
            if self.flavour == Flavour::Pandoc { &['=', '~', '^', '[', ']', '@'] } else { &['=', '^'] };
        let (mut from, mut at) = (0, 0);
        while let Some(found) = words[at..].find(signs).map(|found| at + found) {
            let end = self.sign(words, from, found);
            if let Some(end) = end {
                from = end;
                at = end;
            } else {
                at = found + 1;
            }
        }
        self.keep(&words[from..]);
    }

    fn keep(&mut self, words: &str) {
        if !words.is_empty() {
            self.out.push(text(words));
        }
    }

    /// Writes what the sign at `at` begins or ends, with the text before it; where the text goes on.
    fn sign(&mut self, words: &str, from: usize, at: usize) -> Option<usize> {
        let rest = &words[at..];
        match rest.as_bytes()[0] {
            b'=' => self.marked(words, from, at),
            b'~' if !rest.starts_with("~~") => self.script(words, from, at, "sub"),
            b'^' if self.flavour == Flavour::GitHub => self.block_name(words, from, at),
            b'^' => self.script(words, from, at, "sup"),
            b'[' => {
                self.keep(&words[from..at]);
                self.spans.brackets.push(self.out.len());
                self.out.push(text("["));
                Some(at + 1)
            }
            b']' => self.span(words, from, at),
            b'@' => self.reference(words, from, at),
            _ => None,
        }
    }

    fn script(&mut self, words: &str, from: usize, at: usize, name: &str) -> Option<usize> {
        let sign = words[at..].chars().next()?;
        let inner = &words[at + 1..];
        let end = inner
            .char_indices()
            .take(SCRIPT_MAX)
            .find(|(_, c)| *c == sign || c.is_whitespace() || "[]".contains(*c))?;
        if end.1 != sign || end.0 == 0 {
            return None;
        }
        self.keep(&words[from..at]);
        self.out.push(inline_html(format!("<{name}>{}</{name}>", escaped(&inner[..end.0]))));
        Some(at + 1 + end.0 + 1)
    }

    /// `^name` at the end of a block: a place for Obsidian's links, which readers do not see.
    fn block_name(&mut self, words: &str, from: usize, at: usize) -> Option<usize> {
        let name = &words[at + 1..];
        let is_last = matches!(self.left.front(), None | Some(Event::End(_)));
        let is_name = name.len() > 1
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && name.chars().any(|c| c.is_ascii_alphabetic())
            && (at == 0 || words[..at].ends_with(' '));
        (is_last && is_name).then(|| {
            self.keep(words[from..at].trim_end());
            words.len()
        })
    }

    fn marked(&mut self, words: &str, from: usize, at: usize) -> Option<usize> {
        let rest = &words[at..];
        if !rest.starts_with("==") || rest.starts_with("===") || words[..at].ends_with('=') {
            return None;
        }
        let (before, after) = (words[..at].chars().next_back(), rest[2..].chars().next());
        // At an edge of the text stands something else of the line, such as emphasis.
        let opens = !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_whitespace);
        let closes = !after.is_some_and(char::is_alphanumeric) && !before.is_some_and(char::is_whitespace);
        match self.spans.mark {
            Some(open) if closes && (open + 1 < self.out.len() || from < at) => {
                self.keep(&words[from..at]);
                self.out[open] = inline_html("<mark>");
                self.out.push(inline_html("</mark>"));
                self.spans.mark = None;
            }
            _ if opens => {
                self.keep(&words[from..at]);
                self.spans.mark = Some(self.out.len());
                self.out.push(text("=="));
            }
            _ => return None,
        }
        Some(at + 2)
    }

    /// The end of a span with attributes, or of brackets that are text.
    fn span(&mut self, words: &str, from: usize, at: usize) -> Option<usize> {
        let open = self.spans.brackets.pop()?;
        let (attributes, rest) = attributes::parse(&words[at + 1..])?;
        let (start, end) = element(&attributes);
        self.keep(&words[from..at]);
        self.out[open] = inline_html(start);
        self.out.push(inline_html(end));
        Some(words.len() - rest.len())
    }

    /// A reference to something that has a number, or to a section.
    fn reference(&mut self, words: &str, from: usize, at: usize) -> Option<usize> {
        if words[..at].chars().next_back().is_some_and(char::is_alphanumeric) {
            return None;
        }
        let label = label(&words[at + 1..]);
        let end = at + 1 + label.len();
        if label.starts_with("eq-") {
            self.keep(&words[from..at]);
            self.out.push(Event::InlineMath(format!("\\eqref{{{label}}}").into()));
            return Some(end);
        }
        let shown = self.numbers.shown(label)?.to_owned();
        self.keep(&words[from..at]);
        self.out.push(inline_html(format!("<a href=\"#{}\">{}</a>", escaped(label), escaped(&shown))));
        Some(end)
    }
}

/// The element that stands for a span's classes.
fn element(attributes: &Attributes) -> (String, &'static str) {
    let id =
        if attributes.id.is_empty() { String::new() } else { format!(" id=\"{}\"", escaped(&attributes.id)) };
    let (name, close) = match attributes
        .classes
        .iter()
        .map(String::as_str)
        .find(|class| ["underline", "ul", "mark", "kbd"].contains(class))
    {
        Some("underline" | "ul") => ("u", "</u>"),
        Some("mark") => ("mark", "</mark>"),
        Some("kbd") => ("kbd", "</kbd>"),
        _ => ("span", "</span>"),
    };
    let class = if attributes.has("smallcaps") { " class=\"smallcaps\"" } else { "" };
    (format!("<{name}{id}{class}>"), close)
}
