//! Where blocks of code begin and end, for the passes that read a text before it is parsed.

/// The run of backticks or tildes that opens a code block on this line, behind the marks of quotes and lists.
pub(super) fn opening(line: &str) -> Option<&str> {
    let line = behind_marks(line);
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.len() - line.trim_start_matches(mark).len();
    (length >= 3 && (mark == '~' || !line[length..].contains('`'))).then(|| &line[..length])
}

/// Whether this line closes the block that `mark` opened.
pub(super) fn closes(line: &str, mark: &str) -> bool {
    let plain = line.trim_matches([' ', '>', '\t', '\n', '\r']);
    plain.starts_with(mark) && plain.trim_start_matches(&mark[..1]).is_empty()
}

/// A line without what makes it part of quotes and lists.
pub(super) fn behind_marks(line: &str) -> &str {
    let mut rest = line.trim_start_matches([' ', '>', '\t']);
    for _ in 0..8 {
        let Some(length) = item(rest) else { break };
        rest = rest[length..].trim_start_matches([' ', '>', '\t']);
    }
    rest
}

/// The length of a list item's mark at the start, with one space behind it.
pub(super) fn item(line: &str) -> Option<usize> {
    let digits = line.bytes().take(10).take_while(u8::is_ascii_digit).count();
    let bytes = line.as_bytes();
    let is_mark = if digits > 0 {
        digits < 10 && matches!(bytes.get(digits), Some(b'.' | b')'))
    } else {
        matches!(bytes.first(), Some(b'-' | b'*' | b'+'))
    };
    let end = digits + 1;
    (is_mark && matches!(bytes.get(end), Some(b' ' | b'\t'))).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_open_in_quotes_and_items_too() {
        for (line, expected) in [
            ("```py\n", Some("```")),
            ("> ~~~~", Some("~~~~")),
            ("- 1. ```r", Some("```")),
            ("``` a`b", None),
            ("``", None),
            ("-```", None),
            ("2024 ```", None),
        ] {
            assert_eq!(opening(line), expected, "{line}");
        }
        assert!(closes("  > ```` \n", "```") && !closes("```x", "```") && !closes("~~~", "```"));
    }
}
