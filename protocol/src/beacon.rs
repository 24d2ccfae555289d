//! Beacons: what the viewer tells the gateway without being asked, `POST /~[cap]/{share_id}/events` on the share origin
//! (design §5). Nothing in one identifies its reader. Everything is bounded here, because anybody may send one.

use serde::{Deserialize, Serialize};

/// One beacon: `{"view": true}` or `{"error": {"code": …, "renderer": …, "path": …}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beacon {
    /// The share was opened.
    View(Opened),
    /// Something could not be shown.
    Error(ViewerError),
}

/// `true`, and nothing else: there is no beacon for a share that was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct Opened;

impl TryFrom<bool> for Opened {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value { Ok(Self) } else { Err("a view is `true`") }
    }
}

impl From<Opened> for bool {
    fn from(_: Opened) -> Self {
        true
    }
}

/// What a view is answered with: how many have starred the share, and how many have seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Users who have starred it.
    pub stars: u64,
    /// Readers of all days, each once a day.
    pub views: u64,
}

/// The codes that the viewer knows: those of its problem pages which a reader who was let in can see, `part` for a part of a
/// page, `panic` and `start` for the viewer itself. Another code is taken, and counted as `other`.
pub const CODES: &[&str] = &[
    "not-published",
    "path-not-found",
    "broken-link",
    "bad-address",
    "snapshot-gone",
    "too-many-requests",
    "server",
    "newer-version",
    "corrupt",
    "part",
    "panic",
    "start",
];

/// What could not be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewerError {
    /// The kind of failure, by the viewer's own names.
    pub code: Word,
    /// The renderer that failed, when it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renderer: Option<Word>,
    /// Where in the share, as it stands in the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Whereabouts>,
}

/// A short name: 1 to 64 of `a` to `z`, `0` to `9`, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Word(String);

impl Word {
    const BYTES_MAX: usize = 64;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Word {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        let good = (1..=Self::BYTES_MAX).contains(&text.len()) && text.bytes().all(plain);
        if good { Ok(Self(text)) } else { Err("a name has 1 to 64 of `a-z`, `0-9`, `-` and `_`") }
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0
    }
}

/// A path, percent-encoded as in the address: at most 1,024 visible ASCII characters, so that it can stand in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Whereabouts(String);

impl Whereabouts {
    const BYTES_MAX: usize = 1024;

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Whereabouts {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let good = text.len() <= Self::BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(text)) } else { Err("a path is percent-encoded, and has at most 1024 characters") }
    }
}

impl From<Whereabouts> for String {
    fn from(path: Whereabouts) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Beacon> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn beacons_are_read_as_they_are_written() {
        let whole = r#"{"error":{"code":"corrupt","renderer":"notebook","path":"a%20b/c.ipynb"}}"#;
        for json in [r#"{"view":true}"#, r#"{"error":{"code":"path-not-found"}}"#, whole] {
            let beacon = read(json).unwrap_or_else(|| panic!("{json}"));
            assert_eq!(serde_json::to_string(&beacon).expect("JSON"), json);
        }
        let Some(Beacon::Error(error)) = read(whole) else { panic!("an error") };
        assert_eq!(error.code.as_str(), "corrupt");
        assert_eq!(error.renderer.as_ref().map(Word::as_str), Some("notebook"));
        assert_eq!(error.path.as_ref().map(Whereabouts::as_str), Some("a%20b/c.ipynb"));
    }

    #[test]
    fn known_codes_are_words() {
        for code in CODES {
            let error = read(&format!(r#"{{"error":{{"code":"{code}"}}}}"#));
            assert!(matches!(error, Some(Beacon::Error(error)) if error.code.as_str() == *code), "{code}");
        }
    }

    #[test]
    fn nothing_else_is_a_beacon() {
        let long = "a".repeat(65);
        for bad in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"view":false}"#,
            r#"{"view":1}"#,
            r#"{"view":true,"error":{"code":"a"}}"#,
            r#"{"view":true,"other":1}"#,
            r#"{"views":true}"#,
            r#"{"error":{}}"#,
            r#"{"error":{"code":""}}"#,
            r#"{"error":{"code":"A b"}}"#,
            r#"{"error":{"code":1}}"#,
            r#"{"error":{"code":"a","message":"x"}}"#,
            r#"{"error":{"code":"a","renderer":"line\nbreak"}}"#,
            r#"{"error":{"code":"a","path":"with space"}}"#,
            r#"{"error":{"code":"a","path":"ä"}}"#,
            &format!(r#"{{"error":{{"code":"{long}"}}}}"#),
            &format!(r#"{{"error":{{"code":"a","path":"{}"}}}}"#, "a".repeat(1025)),
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
