//! One line of gitignore syntax, as a regular expression over the path below the folder that holds the rule.
//!
//! As `gitignore(5)` and git's own matcher have it, with two differences: `?` and `[…]` stand for a character, not for a
//! byte of it; and a line that git takes in silence though it cannot mean what was meant is refused, because what it
//! should leave out would be published.

use std::fmt::Write as _;

/// The longest pattern: as long as a path can be.
const PATTERN_MAX: usize = 4096;

/// Why a line is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing is left once `!` and `/` are taken off.
    #[error("it names nothing")]
    Empty,
    /// Longer than any path.
    #[error("it is longer than {PATTERN_MAX} bytes")]
    TooLong,
    /// Not UTF-8, like no name that is published.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A backslash with nothing after it.
    #[error("it ends in a backslash")]
    Dangling,
    /// A `[` without its `]`.
    #[error("a `[` is not closed")]
    Unclosed,
    /// A range such as `[z-a]`.
    #[error("the range {from:?} to {to:?} runs backwards")]
    Backwards {
        /// What it begins with.
        from: char,
        /// What it ends with.
        to: char,
    },
    /// `[[:NAME:]]` with a name that is none.
    #[error("there is no class [:{0}:]")]
    Class(String),
    /// Too much for the matcher.
    #[error("it is too complex")]
    Complex,
    /// The file has more rules, or bytes, than are read.
    #[error("it comes after {0}, where reading ends")]
    Beyond(&'static str),
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Matches whole paths, without a slash at either end.
    pub(super) regex: String,
    /// Whether it brings back what an earlier one left out.
    pub(super) negated: bool,
    /// Whether it speaks of directories only.
    pub(super) only_dir: bool,
}

/// Reads a line of a file; `None` when it is empty or a comment.
pub(super) fn parse_line(line: &str) -> Result<Option<Pattern>, PatternError> {
    let line = trim_spaces(line);
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    parse(line).map(Some)
}

/// Takes off the spaces at the end, but not one after a backslash.
fn trim_spaces(line: &str) -> &str {
    let trimmed = line.trim_end_matches(' ');
    let backslashes = trimmed.len() - trimmed.trim_end_matches('\\').len();
    let keep = trimmed.len() + usize::from(backslashes % 2 == 1 && trimmed.len() < line.len());
    line.get(..keep).unwrap_or(trimmed)
}

/// Reads a pattern.
pub(super) fn parse(text: &str) -> Result<Pattern, PatternError> {
    if text.len() > PATTERN_MAX {
        return Err(PatternError::TooLong);
    }
    let positive = text.strip_prefix('!');
    let body = positive.unwrap_or(text);
    let named = body.strip_suffix('/');
    let body = named.unwrap_or(body);
    // Without a slash inside or before, it speaks of names at any depth.
    let anywhere = if body.contains('/') { "" } else { "(?-u:.*/)?" };
    let body = body.strip_prefix('/').unwrap_or(body);
    if body.is_empty() {
        return Err(PatternError::Empty);
    }
    let regex = format!(r"(?s)\A{anywhere}{}\z", translate(body)?);
    Ok(Pattern { regex, negated: positive.is_some(), only_dir: named.is_some() })
}

fn translate(body: &str) -> Result<String, PatternError> {
    let mut regex = String::new();
    let mut rest = body;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            '*' => stars(before, rest, &mut regex),
            '?' => {
                regex.push_str("[^/]");
                after
            }
            '[' => class(after, &mut regex)?,
            '\\' => {
                let literal = after.chars().next().ok_or(PatternError::Dangling)?;
                push_literal(literal, &mut regex);
                &after[literal.len_utf8()..]
            }
            literal => {
                push_literal(literal, &mut regex);
                after
            }
        };
        let done = body.len() - rest.len();
        before = body.get(..done).and_then(|done| done.chars().next_back());
    }
    Ok(regex)
}

fn push_literal(literal: char, regex: &mut String) {
    regex.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4])));
}

/// `*` stays within a name. `**` as a whole name stands for any number of folders, at the end for all that is inside.
fn stars<'a>(before: Option<char>, rest: &'a str, regex: &mut String) -> &'a str {
    let after = rest.trim_start_matches('*');
    let whole = rest.len() - after.len() > 1 && matches!(before, None | Some('/'));
    match after.strip_prefix('/') {
        Some(further) if whole => {
            regex.push_str("(?-u:.*/)?");
            further
        }
        // Before an escaped slash git has it as well, but for at least one folder.
        None if whole && (after.is_empty() || after.starts_with("\\/")) => {
            regex.push_str("(?-u:.*)");
            after
        }
        _ => {
            regex.push_str("(?-u:[^/]*)");
            after
        }
    }
}

/// A class, from behind its `[` to behind its `]`. It never stands for a slash.
fn class<'a>(body: &'a str, regex: &mut String) -> Result<&'a str, PatternError> {
    let negated = body.strip_prefix(['!', '^']);
    let mut rest = negated.unwrap_or(body);
    let mut items = String::new();
    // What a `-` would make the beginning of a range.
    let mut from: Option<char> = None;
    let mut first = true;
    loop {
        if let (Some(after), false) = (rest.strip_prefix(']'), first) {
            let sign = if negated.is_some() { "^" } else { "" };
            let _ = write!(regex, "[[{sign}{items}]&&[^/]]");
            return Ok(after);
        }
        first = false;
        if let Some((name, after)) = rest.strip_prefix("[:").and_then(|inner| inner.split_once(":]"))
            && !name.contains(']')
        {
            items.push_str(posix(name)?);
            (rest, from) = (after, None);
            continue;
        }
        let (one, after) = member(rest)?;
        let ranged = after.starts_with(']') || after.is_empty();
        if let (Some(low), '-', false) = (from, rest.chars().next().unwrap_or_default(), ranged) {
            let (high, after) = member(after)?;
            if low > high {
                return Err(PatternError::Backwards { from: low, to: high });
            }
            let _ = write!(items, r"\x{{{:x}}}-\x{{{:x}}}", u32::from(low), u32::from(high));
            (rest, from) = (after, None);
        } else {
            let _ = write!(items, r"\x{{{:x}}}", u32::from(one));
            (rest, from) = (after, Some(one));
        }
    }
}

/// A character of a class, behind a backslash or not.
fn member(rest: &str) -> Result<(char, &str), PatternError> {
    let plain = rest.strip_prefix('\\').unwrap_or(rest);
    let one = plain.chars().next().ok_or(PatternError::Unclosed)?;
    Ok((one, &plain[one.len_utf8()..]))
}

fn posix(name: &str) -> Result<&'static str, PatternError> {
    Ok(match name {
        "alnum" => "[:alnum:]",
        "alpha" => "[:alpha:]",
        "blank" => "[:blank:]",
        "cntrl" => "[:cntrl:]",
        "digit" => "[:digit:]",
        "graph" => "[:graph:]",
        "lower" => "[:lower:]",
        "print" => "[:print:]",
        "punct" => "[:punct:]",
        "space" => "[:space:]",
        "upper" => "[:upper:]",
        "xdigit" => "[:xdigit:]",
        _ => return Err(PatternError::Class(name.to_owned())),
    })
}
