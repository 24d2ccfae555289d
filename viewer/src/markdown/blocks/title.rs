//! The head of a paper from its front matter: title, authors, date, abstract. It reads the few forms of YAML that these take, and
//! leaves out what it does not understand: the front matter itself stands folded above.

use std::fmt::Write as _;

use super::escaped;

/// A value that goes on longer than this is no title.
const LENGTH_MAX: usize = 5_000;

/// Markdown and HTML of the head.
pub(super) fn block(lines: &[&str]) -> String {
    let mut out = String::new();
    let value = |key: &str| value(lines, key);
    if let Some(title) = value("title") {
        let _ = write!(out, "\n# {title}\n\n");
    }
    if let Some(subtitle) = value("subtitle") {
        let _ = write!(out, "<p class=\"byline\">{}</p>\n\n", escaped(&subtitle));
    }
    let mut by = authors(lines);
    by.extend(value("date").filter(|date| !date.starts_with('`')));
    if !by.is_empty() {
        let _ = write!(out, "<p class=\"byline\">{}</p>\n\n", escaped(&by.join(" · ")));
    }
    if let Some(summary) = value("abstract") {
        let _ = write!(out, "<div class=\"byline\">\n\n{summary}\n\n</div>\n\n");
    }
    out
}

/// Where the value of a top-level key begins: the rest of its line, and the indented lines below it.
fn entry<'a>(lines: &'a [&'a str], key: &str) -> Option<(&'a str, &'a [&'a str])> {
    let at =
        lines.iter().position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))?;
    let below = &lines[at + 1..];
    let count =
        below.iter().take_while(|line| line.starts_with([' ', '-', '\t']) || line.trim().is_empty()).count();
    Some((lines[at][key.len() + 1..].trim(), &below[..count]))
}

/// One text, plain, in quotes or as a block.
fn value(lines: &[&str], key: &str) -> Option<String> {
    let (first, below) = entry(lines, key)?;
    let text = if first.is_empty() || first.starts_with(['|', '>']) {
        below.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    } else {
        first.to_owned()
    };
    let text = unquoted(&text).trim().to_owned();
    let is_text = !text.is_empty() && text.len() <= LENGTH_MAX && !text.starts_with(['-', '{', '[', '!']);
    is_text.then_some(text)
}

fn authors(lines: &[&str]) -> Vec<String> {
    let Some((first, below)) = entry(lines, "author").or_else(|| entry(lines, "authors")) else {
        return Vec::new();
    };
    let names: Vec<&str> = if first.is_empty() {
        below.iter().filter_map(|line| name(line.trim())).collect()
    } else {
        first.trim_matches(['[', ']']).split(if first.starts_with('[') { ',' } else { '\n' }).collect()
    };
    names
        .into_iter()
        .map(|name| unquoted(name.trim()).to_owned())
        .filter(|name| !name.is_empty())
        .take(50)
        .collect()
}

/// An author's line: `- A. Name`, `- name: A. Name`, `name: A. Name`.
fn name(line: &str) -> Option<&str> {
    let item = line.strip_prefix('-').map(str::trim);
    match item.unwrap_or(line).split_once(": ") {
        Some(("name", name)) => Some(name),
        Some(_) => None,
        None => item.filter(|item| !item.ends_with(':')),
    }
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_papers() {
        let lines = [
            "title: \"Water: and <b>\"",
            "author:",
            "  - name: A. Chemist",
            "    affiliation: X",
            "  - B. Other",
            "date: 2024-03-05",
            "abstract: |",
            "  One",
            "  two.",
        ];
        let head = block(&lines);
        assert!(head.contains("# Water: and <b>\n"), "{head}");
        assert!(head.contains("A. Chemist · B. Other · 2024-03-05") && head.contains("One two."), "{head}");
        assert_eq!(block(&["format: html", "author: [A, 'B']"]), "<p class=\"byline\">A · B</p>\n\n");
        assert_eq!(block(&["titles: x", "title:", "  - a"]), "");
    }
}
