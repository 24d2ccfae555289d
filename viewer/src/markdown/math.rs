//! Puts every displayed formula on one line before the text is parsed.
//!
//! Markdown would read the lines of a formula as lists, headings or table rows (`- b`, `= c`), and does not know
//! `\begin{align}` without dollars, which notebooks are full of. TeX takes a line break for a space, so joining
//! lines changes nothing in the formula. Code is left alone.

use std::borrow::Cow;

/// The environments that stand for a formula of their own when no dollars surround them.
const ENVIRONMENTS: [&str; 8] =
    ["align", "aligned", "alignat", "equation", "gather", "multline", "eqnarray", "split"];

/// A formula longer than this was never closed: the text is left as it is.
const LINES_MAX: usize = 200;

/// Joins the lines of `$$…$$` and of bare environments.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains("$$") && !text.contains("\\begin{") {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut fence: Option<&str> = None;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if let Some(mark) = fence_of(line) {
            match fence {
                None => fence = Some(mark),
                Some(open) if mark.starts_with(open) && line.trim() == mark => fence = None,
                Some(_) => {}
            }
        } else if fence.is_none()
            && let Some((joined, count)) = formula(&lines[at..])
        {
            out.push_str(&joined);
            at += count;
            continue;
        }
        out.push_str(line);
        at += 1;
    }
    Cow::Owned(out)
}

/// The run of backticks or tildes that opens or closes a code block.
fn fence_of(line: &str) -> Option<&str> {
    let line = line.trim_start_matches([' ', '>', '\t']);
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.chars().take_while(|c| *c == mark).count();
    (length >= 3).then(|| &line[..length])
}

/// If a formula opens on the first line, that formula on one line and how many lines it took.
fn formula(lines: &[&str]) -> Option<(String, usize)> {
    let first = lines[0];
    if first.starts_with("    ") || first.starts_with('\t') {
        return None;
    }
    let trimmed = first.trim_start();
    if let Some(name) = environment(trimmed) {
        let end = format!("\\end{{{name}}}");
        let count = lines.iter().take(LINES_MAX).position(|line| line.contains(&end))? + 1;
        let (body, after) = split_after(lines[count - 1], &end);
        let joined = join(lines[..count - 1].iter().copied().chain([body]));
        return Some((format!("$${joined}$$ {}", after.trim_start_matches(' ')), count));
    }
    // An odd number of `$$` leaves one open at the end of the line.
    if trimmed.starts_with('>') || dollars(first).is_multiple_of(2) {
        return None;
    }
    let count = 1 + lines[1..].iter().take(LINES_MAX).position(|line| !dollars(line).is_multiple_of(2))? + 1;
    let (body, after) = split_after(lines[count - 1], "$$");
    Some((format!("{}{after}", join(lines[..count - 1].iter().copied().chain([body]))), count))
}

fn split_after<'a>(line: &'a str, end: &str) -> (&'a str, &'a str) {
    line.split_at(line.find(end).map_or(line.len(), |at| at + end.len()))
}

/// How often `$$` stands on a line, outside code.
fn dollars(line: &str) -> usize {
    line.split('`').step_by(2).map(|plain| plain.replace("\\$", "").matches("$$").count()).sum()
}

/// The name of the environment that opens a line.
fn environment(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("\\begin{")?.split_once('}')?;
    ENVIRONMENTS.contains(&name.trim_end_matches('*')).then_some(name)
}

/// Joins lines, without the comments that would swallow what follows them.
fn join<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for line in lines {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_joined() {
        for (text, expected) in [
            ("$$\na\n= b % why\n- c\n$$\nafter", "$$ a = b - c $$\nafter"),
            (
                "x\n\\begin{align}\na &= b \\\\\n\n&= 5\\%\n\\end{align}\ny",
                "x\n$$\\begin{align} a &= b \\\\ &= 5\\% \\end{align}$$ \ny",
            ),
            ("$$a$$ and $$b$$", "$$a$$ and $$b$$"),
            ("```\n$$\na\n$$\n```", "```\n$$\na\n$$\n```"),
            ("`$$`\nb", "`$$`\nb"),
            ("$$ never\nclosed", "$$ never\nclosed"),
            ("text $$a\n+ b$$ more", "text $$a + b$$ more"),
        ] {
            assert_eq!(one_line(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\$\\$|\\\\begin\\{align\\}|\\\\end\\{align\\}|`{1,3}|[a\n%\\\\é]){0,30}") {
            let _ = one_line(&text);
        }

        #[test]
        fn plain_text_is_untouched(text in "[^$\\\\]{0,60}") {
            prop_assert_eq!(one_line(&text), text.as_str());
        }
    }
}
