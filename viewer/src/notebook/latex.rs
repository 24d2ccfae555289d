//! LaTeX outputs as HTML that the typesetter understands: formulas as they are, tables as tables, text with its bold words.

use crate::markdown::render_fragment;
use std::fmt::Write as _;

/// Pairs that surround a whole formula, and whether it is displayed.
const PAIRS: [(&str, &str, bool); 4] =
    [("$$", "$$", true), ("\\[", "\\]", true), ("\\(", "\\)", false), ("$", "$", false)];

/// Commands of text, and the elements that stand for them.
const STYLES: [(&str, &str); 8] = [
    ("\\textbf{", "strong"),
    ("\\textit{", "em"),
    ("\\emph{", "em"),
    ("\\texttt{", "code"),
    ("\\underline{", "u"),
    ("\\textsuperscript{", "sup"),
    ("\\textsubscript{", "sub"),
    ("\\caption{", "strong"),
];

/// What only places things on a page.
const LAYOUT: [&str; 14] = [
    "\\toprule",
    "\\midrule",
    "\\bottomrule",
    "\\hline",
    "\\centering",
    "\\begin{table}",
    "\\end{table}",
    "\\begin{center}",
    "\\end{center}",
    "\\small",
    "\\footnotesize",
    "\\noindent",
    "\\endhead",
    "\\endlastfoot",
];

/// Environments that are tables.
const TABLES: [&str; 4] = ["tabular", "tabular*", "tabularx", "longtable"];

/// Turns the text of a `text/latex` output into HTML with `.math` elements; it still has to be sanitised.
pub fn latex_html(text: &str) -> String {
    let text = text.trim();
    for (open, close, display) in PAIRS {
        let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        if let Some(tex) = inner.filter(|tex| !tex.contains('$')) {
            return formula(tex, display);
        }
    }
    if let Some((before, table, after)) = table(text) {
        return format!(
            "{}{table}{}",
            prose(before),
            if after.trim().is_empty() { String::new() } else { latex_html(after) }
        );
    }
    if text.starts_with("\\begin{") && !text.contains('$') && text.ends_with('}') {
        return formula(text, true);
    }
    prose(text)
}

fn formula(tex: &str, display: bool) -> String {
    // SymPy and Sage ask for display style inside single dollars; on a line of its own it is a displayed formula.
    let display = display || tex.trim_start().starts_with("\\displaystyle");
    let class = if display { "math-display" } else { "math-inline" };
    format!("<p><span class=\"math {class}\">{}</span></p>", escaped(tex))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text around formulas, with its styles as elements.
fn prose(text: &str) -> String {
    let text = without_layout(text);
    if text.trim().is_empty() { String::new() } else { render_fragment(&styled(&text)) }
}

fn without_layout(text: &str) -> String {
    let mut text = text.to_owned();
    for command in LAYOUT {
        if text.contains(command) {
            text = text.replace(command, "");
        }
    }
    text
}

/// Replaces commands of text by elements, in one pass; a group that does not close stays.
fn styled(text: &str) -> String {
    let (mut out, mut rest, mut open) = (String::with_capacity(text.len()), text, Vec::new());
    while let Some(at) = rest.find(['\\', '{', '}']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let style =
            STYLES.iter().find_map(|(command, element)| Some((rest.strip_prefix(command)?, *element)));
        if let Some((after, element)) = style {
            let _ = write!(out, "<{element}>");
            open.push(Some(element));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('}') {
            match open.pop().flatten() {
                Some(element) => drop(write!(out, "</{element}>")),
                None => out.push('}'),
            }
            rest = after;
        } else {
            if rest.starts_with('{') {
                open.push(None);
            }
            let escaped = rest.strip_prefix('\\').and_then(|after| after.chars().next());
            let length = 1 + escaped.map_or(0, char::len_utf8);
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    out.push_str(rest);
    out
}

/// The first table of a text, with what stands before and behind it.
fn table(text: &str) -> Option<(&str, String, &str)> {
    let (at, name) =
        TABLES.iter().filter_map(|name| Some((text.find(&format!("\\begin{{{name}}}"))?, *name))).min()?;
    let body = &text[at + name.len() + 8..];
    let (mut body, after) = body.split_once(&format!("\\end{{{name}}}"))?;
    // The width, the place and the columns.
    while let Some(rest) =
        [('[', ']'), ('{', '}')].iter().find_map(|(open, close)| skipped(body, *open, *close))
    {
        body = rest;
    }
    let mut html = String::from("<table><tbody>");
    for row in without_layout(body).split("\\\\") {
        let row = row.trim();
        let row =
            row.strip_prefix('[').and_then(|row| row.split_once(']')).map_or(row, |(_, row)| row).trim();
        if !row.is_empty() {
            let _ = write!(html, "<tr>{}</tr>", cells(row).concat());
        }
    }
    html.push_str("</tbody></table>");
    Some((&text[..at], html, after))
}

/// What follows a group at the start.
fn skipped(text: &str, open: char, close: char) -> Option<&str> {
    let inner = text.trim_start().strip_prefix(open)?;
    let mut depth = 0_usize;
    for (at, c) in inner.char_indices() {
        match c {
            c if c == close && depth == 0 => return Some(&inner[at + 1..]),
            c if c == close => depth -= 1,
            c if c == open => depth += 1,
            _ => {}
        }
    }
    None
}

fn cells(row: &str) -> Vec<String> {
    let row = row.replace("\\&", "\u{fffe}");
    let cell = |text: &str| {
        let text = text.trim();
        let text = text
            .strip_prefix("\\cmidrule")
            .or(text.strip_prefix("\\cline"))
            .map_or(text, |rest| rest.rsplit('}').next().unwrap_or(rest))
            .trim();
        let (span, text) = match text.strip_prefix("\\multicolumn{").and_then(|rest| rest.split_once('}')) {
            Some((count, rest)) if count.len() < 4 && count.bytes().all(|c| c.is_ascii_digit()) => (
                format!(" colspan=\"{count}\""),
                skipped(rest, '{', '}').unwrap_or(rest).trim_start_matches('{').trim_end_matches('}'),
            ),
            _ => (String::new(), text),
        };
        let words = text.replace('\u{fffe}', "&").replace("\\_", "_").replace("\\%", "%").replace("\\#", "#");
        let words = styled(&escaped(&words));
        format!("<td{span}>{}</td>", crate::markdown::formulas_in_html(&words))
    };
    row.split('&').map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_found_whole_or_in_text() {
        for (text, expected) in [
            (
                "$\\displaystyle x < 2$",
                "<p><span class=\"math math-display\">\\displaystyle x &lt; 2</span></p>",
            ),
            ("$$a\n\n+ b$$\n", "<p><span class=\"math math-display\">a\n\n+ b</span></p>"),
            ("\\[x\\]", "<p><span class=\"math math-display\">x</span></p>"),
            (
                "\\begin{align}a\\end{align}",
                "<p><span class=\"math math-display\">\\begin{align}a\\end{align}</span></p>",
            ),
            ("text $x$ more", "<p>text <span class=\"math math-inline\">x</span> more</p>\n"),
        ] {
            assert_eq!(latex_html(text), expected);
        }
    }

    #[test]
    fn tables_are_tables_and_bold_is_bold() {
        let table = "\\begin{tabular}{l@{}r}\n\\toprule\nname & n \\\\\n\\midrule\nalpha\\_1 & $3$ \\\\[2pt]\n\\multicolumn{2}{c}{a \\& \\textbf{b} <i>}\\\\\n\\bottomrule\n\\end{tabular}";
        assert_eq!(
            latex_html(table),
            "<table><tbody><tr><td>name</td><td>n</td></tr><tr><td>alpha_1</td><td><span class=\"math math-inline\">3</span></td></tr>\
             <tr><td colspan=\"2\">a &amp; <strong>b</strong> &lt;i&gt;</td></tr></tbody></table>"
        );
        let mixed = latex_html(
            "The value is $x=3$ and \\textbf{bold} text\n\\begin{equation}\ny = 2x\n\\end{equation}",
        );
        assert!(
            mixed.contains("<strong>bold</strong>")
                && mixed.contains("math-display\">\\begin{equation} y = 2x"),
            "{mixed}"
        );
        assert_eq!(styled("\\textbf{a {b} c} } \\"), "<strong>a {b} c</strong> } \\");
    }
}
