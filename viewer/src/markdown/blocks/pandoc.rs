//! What only Pandoc and Quarto read: blocks of verse, captions of tables, numbered examples, short codes, notes in the line.

use std::fmt::Write as _;

use super::super::fences;
use super::{Writer, escaped};

/// Notes beyond this stay as they are written.
const NOTES_MAX: usize = 1_000;

/// A note longer than this was never closed.
const NOTE_MAX: usize = 4_000;

/// Rewrites one line, or the lines of a block; whether it did.
pub(super) fn line(writer: &mut Writer<'_>, line: &str) -> bool {
    let plain = line.trim();
    if matches!(
        plain,
        "\\newpage" | "\\pagebreak" | "\\clearpage" | "{{< pagebreak >}}" | "\\tableofcontents"
    ) {
        writer.out.push('\n');
        writer.at += 1;
        return true;
    }
    if let Some(code) = plain.strip_prefix("{{<").and_then(|rest| rest.strip_suffix(">}}")) {
        return short_code(writer, code.trim());
    }
    if plain.starts_with("| ") || plain == "|" {
        return verse(writer);
    }
    if let Some(caption) = plain.strip_prefix(": ").or_else(|| plain.strip_prefix("Table: ")) {
        return self::caption(writer, caption);
    }
    false
}

/// Films become links, other codes are shown as code.
fn short_code(writer: &mut Writer<'_>, code: &str) -> bool {
    let mut words = code.split_whitespace();
    let (name, address) =
        (words.next().unwrap_or_default(), words.next().unwrap_or_default().trim_matches('"'));
    let text = if matches!(name, "video" | "embed" | "include")
        && !address.is_empty()
        && !address.contains(['<', '>'])
    {
        format!("[{}](<{address}>)\n", address.replace(['[', ']'], ""))
    } else {
        format!("`{}`\n", code.replace('`', "'"))
    };
    writer.out.push_str(&text);
    writer.at += 1;
    true
}

/// Lines behind bars keep their breaks and their indents, where they are no table.
fn verse(writer: &mut Writer<'_>) -> bool {
    let rest = &writer.lines[writer.at..];
    let count = rest.iter().take_while(|line| line.starts_with("| ") || line.trim_end() == "|").count();
    let is_row = |line: &str| line.trim_end().len() > 1 && line.trim_end().ends_with('|');
    let is_rule = rest
        .get(1)
        .is_some_and(|line| line.contains("--") && line.trim().chars().all(|c| "|-: ".contains(c)));
    if count == 0 || is_rule || rest[..count].iter().any(|line| is_row(line)) {
        return false;
    }
    for (n, line) in rest[..count].iter().enumerate() {
        let text = line.trim_end().get(2..).unwrap_or_default();
        let indent = text.len() - text.trim_start_matches(' ').len();
        writer.out.push_str(&"\u{a0}".repeat(indent.min(40)));
        writer.out.push_str(text.trim_start());
        writer.out.push_str(if n + 1 < count { "\\\n" } else { "\n" });
    }
    writer.at += count;
    true
}

/// A caption stands beside a table; anywhere else the line is a definition.
fn caption(writer: &mut Writer<'_>, text: &str) -> bool {
    let is_row = |line: &&str| {
        line.trim_start().starts_with('|') || line.trim_end().ends_with('|') || line.starts_with("+-")
    };
    let is_blank = |line: &str| line.trim().is_empty();
    let (before, after) = (&writer.lines[..writer.at], &writer.lines[writer.at + 1..]);
    let above = before.iter().rev().take(3).find(|line| !is_blank(line)).is_some_and(is_row);
    let below = before.last().is_none_or(|line| is_blank(line))
        && after.iter().take(2).find(|line| !is_blank(line)).is_some_and(is_row);
    if !above && !below {
        return false;
    }
    let (words, id) = match text
        .rsplit_once('{')
        .and_then(|(words, _)| Some((words, super::attributes::parse(&text[words.len()..])?.0)))
    {
        Some((words, attributes)) => (words.trim_end(), attributes.id),
        None => (text, String::new()),
    };
    let id = if id.is_empty() { id } else { format!(" id=\"{}\"", escaped(&id)) };
    writer.html("", &format!("<div class=\"caption\"{id}>"));
    let _ = writeln!(writer.out, "{words}");
    writer.html("", "</div>");
    writer.at += 1;
    true
}

/// Notes that stand in the line, `^[…]`, as footnotes.
pub(super) fn notes(text: &str) -> String {
    let mut notes: Vec<&str> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        match fence {
            Some(mark) if fences::closes(line, mark) => fence = None,
            None => fence = fences::opening(line),
            Some(_) => {}
        }
        let mut rest = line;
        while let Some(at) = rest.find("^[").filter(|_| fence.is_none() && notes.len() < NOTES_MAX) {
            let in_code = rest[..at].matches('`').count() % 2 == 1;
            let Some(end) = closing(&rest[at + 2..]).filter(|_| !in_code) else {
                out.push_str(&rest[..at + 2]);
                rest = &rest[at + 2..];
                continue;
            };
            out.push_str(&rest[..at]);
            notes.push(&rest[at + 2..at + 2 + end]);
            let _ = write!(out, "[^in-the-line-{}]", notes.len());
            rest = &rest[at + 3 + end..];
        }
        out.push_str(rest);
    }
    for (n, note) in notes.iter().enumerate() {
        let _ = write!(out, "\n\n[^in-the-line-{}]: {note}\n", n + 1);
    }
    out
}

/// Where the bracket closes that is open at the start.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices().take(NOTE_MAX) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => depth += 1,
            ']' if depth == 0 => return Some(at),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}
