//! JSON as Python writes it and as browsers take it: `NaN` and `Infinity`, halves of surrogate pairs, numbers of any length.
//!
//! A text that is JSON is parsed as it is. One that is not is repaired first: half a surrogate pair becomes U+FFFD, what nests too
//! deep becomes an ellipsis, and a number that has no place in a [`Value`] becomes a string that begins with [`LITERAL`], which
//! [`for_readers`] and [`for_scripts`] turn back. It refuses everything else that is no JSON. The notebook reader calls it.

use serde_json::Value;

/// Begins a string that stands for a number: a noncharacter, which no text has a use for.
const LITERAL: char = '\u{fdd0}';

/// What nests deeper than this is left out; the parser itself gives up a little later.
const DEPTH_MAX: usize = 110;

/// Integers with fewer digits have a place in 64 bits.
const DIGITS_SAFE: usize = 18;

const WORDS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// Parses a text.
pub(super) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if has_long_integer(text) {
        // Only here would a text be taken and its numbers rounded.
        if let Ok(value) = serde_json::from_str(&repaired(text)) {
            return Ok(value);
        }
    }
    serde_json::from_str(text).or_else(|error| serde_json::from_str(&repaired(text)).map_err(|_| error))
}

fn has_long_integer(text: &str) -> bool {
    let mut run = 0;
    text.bytes().any(|byte| {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        run > DIGITS_SAFE
    })
}

/// A text of a value, which may be a number that has no other place.
pub(super) fn plain(text: &str) -> &str {
    text.strip_prefix(LITERAL).unwrap_or(text)
}

/// A value with the numbers that its file has, indented.
pub(super) fn for_readers(value: &Value) -> String {
    literals(&serde_json::to_string_pretty(value).unwrap_or_default(), |word| word)
}

/// A value that every parser of JSON takes: what is no number is null, as in the charts that Python's libraries write.
pub(super) fn for_scripts(value: &Value) -> String {
    literals(&value.to_string(), |word| if WORDS.contains(&word) { "null" } else { word })
}

/// Takes the quotes off numbers that were kept as strings.
fn literals(json: &str, written: impl Fn(&str) -> &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(LITERAL) {
        let (before, after) = (&rest[..at], &rest[at + LITERAL.len_utf8()..]);
        let number = after.find('"').map(|end| (&after[..end], &after[end + 1..]));
        // A quote within a text has a backslash before it; a name has a colon behind it.
        let is_value = before.ends_with('"') && !before.ends_with("\\\"");
        match number {
            Some((word, after)) if is_value && !after.starts_with(':') && is_number(word) => {
                out.push_str(&before[..before.len() - 1]);
                out.push_str(written(word));
                rest = after;
            }
            _ => {
                out.push_str(before);
                out.push(LITERAL);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether a word is a number of JSON, or one of those that JSON lacks.
fn is_number(word: &str) -> bool {
    if WORDS.contains(&word) {
        return true;
    }
    let digits = word.strip_prefix('-').unwrap_or(word);
    let is_digit = |c: char| c.is_ascii_digit();
    let has_zeros = digits.strip_prefix('0').is_some_and(|rest| rest.starts_with(is_digit));
    let ends_well = |part: &str| part.ends_with(is_digit);
    digits.starts_with(is_digit)
        && !has_zeros
        && digits.split(['e', 'E']).all(ends_well)
        && digits.parse::<f64>().is_ok()
}

/// What is made of a text that is no JSON.
fn repaired(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let (mut rest, mut depth) = (text, 0_usize);
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '"' => string(rest, &mut out),
            '{' | '[' if depth == DEPTH_MAX => {
                out.push_str("\"…\"");
                nested(rest)
            }
            '-' | '0'..='9' | 'N' | 'I' => number(rest, &mut out),
            _ => {
                depth = match first {
                    '{' | '[' => depth + 1,
                    '}' | ']' => depth.saturating_sub(1),
                    _ => depth,
                };
                out.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out
}

/// How long the value in brackets at the beginning of a text is.
fn nested(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(&byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => {
                at += string_length(&text[at..]);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// How long the string at the beginning of a text is, quotes included; all of it when it has no end.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Copies the string at the beginning of a text, with U+FFFD for half a surrogate pair; how long it was.
fn string(text: &str, out: &mut String) -> usize {
    let length = string_length(text);
    let mut rest = &text[..length];
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (piece, taken) = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (&rest[..12], 12),
            (Some(0xd800..=0xdfff), _) => ("\\ufffd", 6),
            _ => {
                let escape = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                (&rest[..escape], escape)
            }
        };
        out.push_str(piece);
        rest = &rest[taken..];
    }
    out.push_str(rest);
    length
}

/// The number of an escape such as `\ud83d` at the beginning of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// Copies the number at the beginning of a text, as a string if it has no other place; how long it was.
fn number(text: &str, out: &mut String) -> usize {
    let word = WORDS.iter().copied().find(|word| text.starts_with(word));
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
    let token = word.unwrap_or_else(|| &text[..end.unwrap_or(text.len()).max(1)]);
    let is_integer = !token.contains(['.', 'e', 'E']);
    let is_wide = is_integer && token.parse::<i64>().is_err() && token.parse::<u64>().is_err();
    if word.is_some() || is_number(token) && (is_wide || token.parse::<f64>().is_ok_and(f64::is_infinite)) {
        out.push('"');
        out.push(LITERAL);
        out.push_str(token);
        out.push('"');
    } else {
        out.push_str(token);
    }
    token.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> String {
        parse(text).map_or_else(|error| error.to_string(), |value| for_scripts(&value))
    }

    #[test]
    fn what_python_writes_is_read() {
        let text = r#"{"a": NaN, "b": [Infinity, -Infinity, -1.5e3], "NaN": "NaN, -Infinity"}"#;
        assert_eq!(read(text), r#"{"NaN":"NaN, -Infinity","a":null,"b":[null,null,-1500.0]}"#);
        let value = parse(r#"{"loss": Infinity, "best": -Infinity, "n": NaN}"#).expect("JSON");
        assert_eq!(for_readers(&value), "{\n  \"best\": -Infinity,\n  \"loss\": Infinity,\n  \"n\": NaN\n}");
        assert_eq!(read("\u{feff}{\"a\": 1, \"a\": 2}"), r#"{"a":2}"#);
    }

    #[test]
    fn numbers_keep_their_digits() {
        for number in ["12345678901234567890123", "-9223372036854775809", "18446744073709551615", "1e999"] {
            assert_eq!(read(&format!("[{number}]")), format!("[{number}]"));
        }
        assert_eq!(read("[1e999, 0.5]"), "[1e999,0.5]");
    }

    #[test]
    fn half_a_pair_is_the_replacement_character() {
        for (text, expected) in [
            (r#""caf\udce9""#, "caf\u{fffd}"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ud83d\ude00 done \uD83D""#, "\u{1f600} done \u{fffd}"),
            (r#""\ude00\ud83d\ud83d\ude00""#, "\u{fffd}\u{fffd}\u{1f600}"),
            (r#""\\ud83d \u0000\udfff""#, "\\ud83d \u{0}\u{fffd}"),
        ] {
            assert_eq!(parse(text).expect("JSON"), Value::String(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_nests_too_deep_is_left_out() {
        let deep =
            format!("{{\"a\": {}{}, \"b\": 1}}", "[\"]\",".repeat(500), "1".to_owned() + &"]".repeat(500));
        let value = parse(&deep).expect("JSON");
        assert_eq!(value["b"], 1);
        assert!(for_scripts(&value).contains('…'));
        let far = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(parse(&far).is_ok());
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "nan",
            "[NaNa]",
            "[Infinit]",
            "[--1]",
            "[1.2.3]",
            "[1.e999]",
            "\"\\ud83d",
            "[\"a\nb\"]",
            "[01e999]",
            "'a'",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_text_that_looks_like_a_kept_number_stays_a_text() {
        let value =
            serde_json::json!({"\u{fdd0}1": "\"\u{fdd0}NaN\"", "b": "\u{fdd0}x", "c": "\u{fdd0}1,\"d\":2"});
        assert!(serde_json::from_str::<Value>(&for_scripts(&value)).is_ok_and(|again| again == value));
    }

    proptest! {
        #[test]
        fn what_is_json_is_as_it_was(text in "[\\[\\]{}\",:a-c0-9.\\\\NIue-]{0,40}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                prop_assert_eq!(parse(&text).ok(), Some(value));
            }
            let _ = parse(&text).map(|value| for_readers(&value));
        }

        #[test]
        fn what_is_handed_to_scripts_is_json(text in "(NaN|Infinity|-Infinity|1e999|12345678901234567890123|\"\\\\ud800\"|\\[|\\]|,|0){0,12}") {
            if let Ok(value) = parse(&format!("[{text}]")) {
                let strict = for_scripts(&value).replace("1e999", "1");
                prop_assert!(serde_json::from_str::<Value>(&strict).is_ok(), "{}", strict);
            }
        }
    }
}
