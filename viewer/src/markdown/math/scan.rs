//! Finds the formulas of a text, in one pass: every search that fails is remembered, so that a flood of openings costs no
//! more than its length. Code, links' addresses and the tags of HTML are passed over.

use std::collections::HashMap;

use super::super::{Flavour, fences};
use super::money::Pair;

/// The environments that stand for a formula of their own when no dollars surround them.
const ENVIRONMENTS: [&str; 27] = [
    "align",
    "alignat",
    "aligned",
    "array",
    "bmatrix",
    "Bmatrix",
    "cases",
    "CD",
    "dcases",
    "displaymath",
    "eqnarray",
    "equation",
    "flalign",
    "gather",
    "gathered",
    "math",
    "matrix",
    "multline",
    "multlined",
    "pmatrix",
    "prooftree",
    "rcases",
    "smallmatrix",
    "split",
    "subarray",
    "vmatrix",
    "Vmatrix",
];

/// A formula longer than this was never closed: the text is left as it is.
const LENGTH_MAX: usize = 20_000;

/// A line's quote marks end within this.
const MARKERS_MAX: usize = 256;

/// Elements whose text is meant letter by letter.
const VERBATIM: [&str; 7] = ["pre", "code", "script", "style", "textarea", "kbd", "samp"];

/// What is a formula where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    Text(Flavour),
    Html,
}

impl Rules {
    /// Whether dollars are by the rules of `MathJax`, environments anywhere.
    fn are_loose(self) -> bool {
        matches!(self, Self::Text(Flavour::Notebook) | Self::Html)
    }

    /// Whether `\(` is written with two backslashes, because Markdown takes one away.
    fn double_backslash(self) -> bool {
        matches!(self, Self::Text(Flavour::Notebook | Flavour::Pandoc))
    }

    fn single_backslash(self) -> bool {
        matches!(self, Self::Text(Flavour::Pandoc) | Self::Html)
    }

    fn are_html(self) -> bool {
        self == Self::Html
    }
}

/// A formula and where it stands.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) tex: String,
    pub(super) is_displayed: bool,
}

/// All formulas, in order.
pub(super) fn formulas(text: &str, rules: Rules) -> Vec<Found> {
    if !text.contains('$') && !text.contains("\\begin{") && !text.contains("\\(") && !text.contains("\\[") {
        return Vec::new();
    }
    Scanner { text, rules, next: HashMap::new(), paragraph: 0, found: Vec::new() }.run()
}

struct Scanner<'a> {
    text: &'a str,
    rules: Rules,
    /// Where each searched text comes next, from the place of its last search on.
    next: HashMap<String, Option<usize>>,
    /// Where the paragraph ends that was last asked for.
    paragraph: usize,
    found: Vec<Found>,
}

impl<'a> Scanner<'a> {
    fn run(mut self) -> Vec<Found> {
        let bytes = self.text.as_bytes();
        let (mut at, mut lines) = (0, Lines::default());
        while at < bytes.len() {
            if !self.rules.are_html()
                && (at == 0 || bytes[at - 1] == b'\n')
                && let Some(end) = lines.code(self.text, at)
            {
                at = end;
                continue;
            }
            at = match bytes[at] {
                b'$' => self.dollar(at),
                b'\\' => self.backslash(at),
                b'`' if !self.rules.are_html() => self.code_span(at),
                b'<' => self.tag(at),
                b']' if !self.rules.are_html() && bytes.get(at + 1) == Some(&b'(') => {
                    self.run_of(at, |c| c != b')' && c != b'\n')
                }
                b':' if !self.rules.are_html() && bytes[at..].starts_with(b"://") => {
                    self.run_of(at, |c| !c.is_ascii_whitespace() && c != b')')
                }
                _ => at + 1,
            };
        }
        self.found
    }

    /// The end of the bytes from `at` on that `belong`. What is passed over is not read again.
    fn run_of(&self, at: usize, belong: impl Fn(u8) -> bool) -> usize {
        let rest = &self.text.as_bytes()[at..];
        at + rest.iter().position(|c| !belong(*c)).unwrap_or(rest.len()).max(1)
    }

    /// Where `what` comes next; asked with growing `from`, all answers together read the text once for each `what`.
    fn find(&mut self, what: &str, from: usize) -> Option<usize> {
        if let Some(known) = self.next.get(what)
            && known.is_none_or(|at| at >= from)
        {
            return *known;
        }
        let found = self.text.get(from..).and_then(|rest| rest.find(what)).map(|at| from + at);
        self.next.insert(what.to_owned(), found);
        found
    }

    /// Where the paragraph around `at` ends: at a blank line, or with the text.
    fn paragraph_end(&mut self, at: usize) -> usize {
        if at >= self.paragraph {
            let mut end = at;
            for (n, line) in self.text[at..].split_inclusive('\n').enumerate() {
                let is_blank =
                    line.trim_start_matches([' ', '\t', '>', '\r']).trim_end_matches(['\n', '\r']).is_empty();
                if n > 0 && is_blank {
                    break;
                }
                end += line.len();
            }
            self.paragraph = end.max(at + 1);
        }
        self.paragraph.min(self.text.len())
    }

    /// Notes a formula, and goes on behind it.
    fn take(&mut self, start: usize, end: usize, tex: &str, is_displayed: bool) -> usize {
        let is_quoted = self.before_in_line(start).is_some_and(|before| before.trim_start().starts_with('>'));
        self.found.push(Found { start, end, tex: joined(tex, is_quoted), is_displayed });
        end
    }

    /// What stands before `at` in its line, if the line is not long.
    fn before_in_line(&self, at: usize) -> Option<&'a str> {
        let near = &self.text.as_bytes()[at.saturating_sub(MARKERS_MAX)..at];
        let length = near.iter().rev().position(|c| *c == b'\n').or((at <= MARKERS_MAX).then_some(at))?;
        self.text.get(at - length..at)
    }

    /// Whether nothing but the marks of quotes stands before `at` in its line.
    fn starts_line(&self, at: usize) -> bool {
        self.before_in_line(at).is_some_and(|before| before.trim_matches([' ', '>', '\t']).is_empty())
    }

    fn dollar(&mut self, at: usize) -> usize {
        let count = self.run_of(at, |c| c == b'$') - at;
        match count {
            1 => self.inline(at),
            2 => self.displayed(at).unwrap_or(at + 2),
            count => at + count,
        }
    }

    fn displayed(&mut self, at: usize) -> Option<usize> {
        let end = self.find_unescaped("$$", at + 2)?;
        let inner = &self.text[at + 2..end];
        let is_block = self.starts_line(at);
        let is_near = is_block || end < self.paragraph_end(at);
        (is_near && self.may_be(inner)).then(|| self.take(at, end + 2, inner, true))
    }

    fn may_be(&self, inner: &str) -> bool {
        inner.len() <= LENGTH_MAX && !inner.trim().is_empty() && !(self.rules.are_html() && has_tag(inner))
    }

    fn find_unescaped(&mut self, what: &str, mut from: usize) -> Option<usize> {
        loop {
            let at = self.find(what, from)?;
            if !is_escaped(self.text, at) {
                return Some(at);
            }
            from = at + 1;
        }
    }

    fn inline(&mut self, at: usize) -> usize {
        if let Some(end) = self.backticked(at) {
            return end;
        }
        let Some(end) = self.closing(at) else { return at + 1 };
        let between = &self.text[at + 1..end];
        let pair = Pair {
            before: self.text[..at].chars().next_back(),
            between,
            behind: self.text[end + 1..].chars().next(),
        };
        if self.may_be(between) && pair.is_formula(self.rules.are_loose()) {
            self.take(at, end + 1, between, false)
        } else {
            at + 1
        }
    }

    /// GitHub's other form: a dollar and a backtick on either side.
    fn backticked(&mut self, at: usize) -> Option<usize> {
        if self.rules.are_html() || self.text.as_bytes().get(at + 1) != Some(&b'`') {
            return None;
        }
        let end = self.find("`$", at + 2)?;
        let inner = &self.text[at + 2..end];
        (end < self.paragraph_end(at) && self.may_be(inner)).then(|| self.take(at, end + 2, inner, false))
    }

    /// The dollar that closes the one at `at`. Dollars within braces are of texts in the formula: three such pairs are looked past.
    fn closing(&mut self, at: usize) -> Option<usize> {
        let limit = self.paragraph_end(at);
        let bytes = self.text.as_bytes();
        let (mut depth, mut first, mut seen) = (0_i32, None, 0);
        let mut here = at + 1;
        while here < limit {
            match bytes[here] {
                b'\\' => here += 1,
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b'`' if !self.rules.are_html() => break,
                b'$' if depth <= 0 => return Some(first.filter(|_| seen % 2 == 1).unwrap_or(here)),
                b'$' if seen == 6 => break,
                b'$' => {
                    first.get_or_insert(here);
                    seen += 1;
                }
                _ => {}
            }
            here += 1;
        }
        first
    }

    fn backslash(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        for (is_on, open, close, is_displayed) in [
            (self.rules.double_backslash(), "\\\\(", "\\\\)", false),
            (self.rules.double_backslash(), "\\\\[", "\\\\]", true),
            (self.rules.single_backslash(), "\\(", "\\)", false),
            (self.rules.single_backslash(), "\\[", "\\]", true),
        ] {
            if is_on && rest.starts_with(open) {
                return self.between(at, open, close, is_displayed).unwrap_or(at + open.len());
            }
        }
        if let Some(end) = self.environment(at) {
            return end;
        }
        // What follows a backslash opens nothing.
        at + 1 + usize::from(self.text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_punctuation))
    }

    fn between(&mut self, at: usize, open: &str, close: &str, is_displayed: bool) -> Option<usize> {
        let from = at + open.len();
        let end = self.find(close, from)?;
        let inner = &self.text[from..end];
        (end < self.paragraph_end(at) && self.may_be(inner))
            .then(|| self.take(at, end + close.len(), inner, is_displayed))
    }

    fn environment(&mut self, at: usize) -> Option<usize> {
        let (name, _) = self.text[at..]
            .strip_prefix("\\begin{")?
            .get(..16)
            .map_or_else(|| self.text[at + 7..].split_once('}'), |near| near.split_once('}'))?;
        if !ENVIRONMENTS.contains(&name.trim_end_matches('*')) {
            return None;
        }
        if !self.rules.are_loose() && !self.starts_line(at) {
            return None;
        }
        let close = format!("\\end{{{name}}}");
        let end = self.find(&close, at)? + close.len();
        let inner = &self.text[at..end];
        self.may_be(inner).then(|| self.take(at, end, inner, true))
    }

    fn code_span(&mut self, at: usize) -> usize {
        let length = self.run_of(at, |c| c == b'`') - at;
        let run = "`".repeat(length.min(64));
        let limit = self.paragraph_end(at);
        let mut from = at + length;
        // A run of another length is passed; it is found again by nobody.
        while let Some(found) = self.find(&run, from).filter(|found| *found < limit) {
            let end = self.run_of(found, |c| c == b'`');
            if end - found == length {
                return end;
            }
            from = end;
        }
        at + length
    }

    /// The end of a tag with its attributes, and of elements that hold no formulas.
    fn tag(&mut self, at: usize) -> usize {
        let rest = &self.text.as_bytes()[at + 1..];
        if rest.starts_with(b"!--") {
            return self.find("-->", at).map_or(at + 1, |end| end + 3);
        }
        if !rest.first().is_some_and(|c| c.is_ascii_alphabetic() || *c == b'/') {
            return at + 1;
        }
        let mut quote = None;
        let end = rest.iter().take(LENGTH_MAX).position(|c| match (quote, *c) {
            (None, b'>' | b'<' | b'$') => true,
            (None, b'"' | b'\'') => {
                quote = Some(*c);
                false
            }
            (Some(open), c) if open == c => {
                quote = None;
                false
            }
            (Some(_), b'\n') if !self.rules.are_html() => true,
            _ => false,
        });
        let Some(end) = end.filter(|end| rest[*end] == b'>') else { return at + 1 };
        let end = at + 1 + end + 1;
        let name: String = self.text[at + 1..end].chars().take_while(char::is_ascii_alphanumeric).collect();
        if VERBATIM.contains(&name.to_ascii_lowercase().as_str()) {
            return self.find(&format!("</{name}"), end).unwrap_or(end);
        }
        end
    }
}

/// Blocks of code.
#[derive(Default)]
struct Lines {
    /// Whether the lines above are of a list, in which four spaces are no code.
    in_list: bool,
    after_blank: bool,
}

impl Lines {
    /// If a line of code begins at `at`, the end of the block or of the line.
    fn code(&mut self, text: &str, at: usize) -> Option<usize> {
        let line = text[at..].split_inclusive('\n').next().unwrap_or_default();
        let plain = line.trim_start_matches([' ', '>', '\t']);
        if let Some(mark) = fences::opening(line) {
            return Some(end_of_fence(text, at + line.len(), mark));
        }
        let is_blank = plain.trim_end().is_empty();
        let is_indented = line.starts_with("    ") || line.starts_with('\t');
        let begins_code = is_indented && !self.in_list && (self.after_blank || at == 0);
        if !is_blank {
            if fences::item(plain).is_some() {
                self.in_list = true;
            } else if !line.starts_with([' ', '\t']) && self.after_blank {
                self.in_list = false;
            }
        }
        // The lines after a line of code are code while they are indented.
        self.after_blank = is_blank || begins_code;
        (begins_code && !is_blank).then_some(at + line.len())
    }
}

fn end_of_fence(text: &str, from: usize, mark: &str) -> usize {
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        at += line.len();
        if fences::closes(line, mark) {
            break;
        }
    }
    at
}

fn is_escaped(text: &str, at: usize) -> bool {
    text[..at].bytes().rev().take(64).take_while(|c| *c == b'\\').count() % 2 == 1
}

fn has_tag(html: &str) -> bool {
    html.match_indices('<')
        .any(|(at, _)| html[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'))
}

/// The formula on one line, without the comments that would swallow what follows them. TeX takes a line break for a space.
fn joined(tex: &str, is_quoted: bool) -> String {
    let mut out = String::new();
    for (n, line) in tex.lines().enumerate() {
        let line = if is_quoted && n > 0 { line.trim_start_matches([' ', '>']) } else { line };
        let line = without_comment(line).trim();
        if !line.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(line);
        }
    }
    out
}

fn without_comment(line: &str) -> &str {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            '%' if !escaped => return &line[..at],
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    line
}
