//! Names of files and the paths made of them, as they stand in a manifest and in a URL.
//!
//! A name is Unicode and kept as it is (no normalisation: two names that differ in bytes are two files, as on disk). What
//! could climb out of a directory, or end a C string, is refused here and nowhere else.

use crate::limits::{NAME_BYTES_MAX, PATH_BYTES_MAX, PATH_DEPTH_MAX};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// What RFC 3986 section 2.3 calls unreserved stays; everything else is encoded, so that no reader of the URL can
/// take a character of a name for syntax.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a text is not a name or a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// An empty name, as between two slashes.
    #[error("a name is empty")]
    Empty,
    /// `.` or `..`.
    #[error("`.` and `..` are not names of files")]
    Dots,
    /// A slash or a NUL inside a name.
    #[error("a name holds a `/` or a NUL character")]
    Forbidden,
    /// Longer than a file system takes.
    #[error("a name is longer than {NAME_BYTES_MAX} bytes")]
    NameTooLong,
    /// Longer than a file system takes.
    #[error("the path is longer than {PATH_BYTES_MAX} bytes or deeper than {PATH_DEPTH_MAX} folders")]
    PathTooLong,
    /// Bytes that are not UTF-8, or a broken percent-encoding of them.
    #[error("the path is not UTF-8")]
    NotUtf8,
}

/// The name of one file, directory or link: not empty, not `.` or `..`, without `/` and NUL, at most 255 bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryName(Box<str>);

impl EntryName {
    /// Checks `text` and takes it as a name.
    pub fn new(text: &str) -> Result<Self, PathError> {
        match text {
            "" => Err(PathError::Empty),
            "." | ".." => Err(PathError::Dots),
            _ if text.contains(['/', '\0']) => Err(PathError::Forbidden),
            _ if text.len() > NAME_BYTES_MAX => Err(PathError::NameTooLong),
            _ => Ok(Self(text.into())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a publish leaves it out, and a copy does not make it: [`is_hidden_name`].
    pub fn is_hidden(&self) -> bool {
        is_hidden_name(&self.0)
    }

    /// The name as one segment of a URL's path.
    pub fn to_url_segment(&self) -> String {
        utf8_percent_encode(&self.0, ENCODED).to_string()
    }
}

/// Names with a dot that formats need, and that steer no program: Zarr's arrays and groups (version 2), what static sites and their checks look
/// for, and a record's metadata. Sorted.
pub const DOT_NAMES_SHOWN: [&str; 7] =
    [".nojekyll", ".well-known", ".zarray", ".zattrs", ".zenodo.json", ".zgroup", ".zmetadata"];

/// Whether a name is hidden: it starts with a dot, and is none of [`DOT_NAMES_SHOWN`]. Keys, settings and histories of programs have such names.
pub fn is_hidden_name(name: &str) -> bool {
    name.starts_with('.') && DOT_NAMES_SHOWN.binary_search(&name).is_err()
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for EntryName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EntryName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

/// A path from the root of a share: names in order. The empty path is the root itself.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryPath(Vec<EntryName>);

impl EntryPath {
    /// The path of the share's root.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads names separated by `/`. One slash at the end is taken as meaning a directory and dropped.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Self::from_segments(text, EntryName::new)
    }

    /// Reads the path part of a URL: percent-encoded names separated by `/`.
    ///
    /// An encoded slash stays inside its name, where it is refused.
    pub fn from_url(text: &str) -> Result<Self, PathError> {
        Self::from_segments(text, |segment| {
            let name = percent_decode_str(segment).decode_utf8().map_err(|_| PathError::NotUtf8)?;
            EntryName::new(&name)
        })
    }

    fn from_segments(
        text: &str,
        read: impl Fn(&str) -> Result<EntryName, PathError>,
    ) -> Result<Self, PathError> {
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.is_empty() {
            return Ok(Self::root());
        }
        let mut path = Self::root();
        for segment in text.split('/') {
            path.push(read(segment)?)?;
        }
        Ok(path)
    }

    /// Appends a name, within the limits of length and depth.
    pub fn push(&mut self, name: EntryName) -> Result<(), PathError> {
        self.0.push(name);
        if self.0.len() > PATH_DEPTH_MAX || self.byte_len() > PATH_BYTES_MAX {
            self.0.pop();
            return Err(PathError::PathTooLong);
        }
        Ok(())
    }

    fn byte_len(&self) -> usize {
        self.0.iter().map(|name| name.as_str().len() + 1).sum::<usize>().saturating_sub(1)
    }

    /// The path of an entry of this directory.
    pub fn join(&self, name: &EntryName) -> Result<Self, PathError> {
        let mut path = self.clone();
        path.push(name.clone())?;
        Ok(path)
    }

    /// The directory that holds it; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, rest)| Self(rest.to_vec()))
    }

    /// The last name; `None` for the root.
    pub fn name(&self) -> Option<&EntryName> {
        self.0.last()
    }

    /// The names in order.
    pub fn names(&self) -> &[EntryName] {
        &self.0
    }

    /// Whether it is the root of the share.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Follows a relative reference (a link's target, or a decoded relative URL path) from this directory.
    ///
    /// `.` and `..` are resolved here; `None` when it is absolute, climbs out of the share or names nothing valid.
    pub fn resolve(&self, relative: &str) -> Option<Self> {
        if relative.starts_with('/') || relative.is_empty() {
            return None;
        }
        let mut path = self.clone();
        for segment in relative.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    path.0.pop()?;
                }
                name => path.push(EntryName::new(name).ok()?).ok()?,
            }
        }
        Some(path)
    }

    /// The path as part of a URL: encoded names separated by `/`, no slash at either end.
    pub fn to_url(&self) -> String {
        self.0.iter().map(EntryName::to_url_segment).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            let slash = if index == 0 { "" } else { "/" };
            write!(f, "{slash}{name}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_formats_need_are_shown_and_those_of_programs_are_not() {
        assert!(DOT_NAMES_SHOWN.is_sorted(), "they are searched");
        for name in DOT_NAMES_SHOWN.iter().chain(&["a.txt", "a.", "zarray"]) {
            assert!(!EntryName::new(name).unwrap().is_hidden(), "{name}");
        }
        for name in [".ssh", ".git", ".env", ".zshrc", ".zarray2", ".Zarray", ".nojekyll ", "..a", ".bashrc"]
        {
            assert!(EntryName::new(name).unwrap().is_hidden(), "{name}");
        }
    }

    /// What a file system allows and a URL, an HTML page or a shell would trip over.
    const HOSTILE: &[&str] = &[
        "a b",
        " leading",
        "trailing ",
        "100%",
        "%2e%2e",
        "%00",
        "#1",
        "what?",
        "a+b",
        "it's",
        "\"quoted\"",
        "<b>",
        "<img src=x onerror=alert(1)>",
        "&amp;",
        "a\\b",
        "C:",
        "~",
        "-rf",
        "new\nline",
        "tab\t",
        "\u{7f}",
        "\u{202e}gpj.exe",
        "e\u{301}",
        "é",
        "🏳️\u{200d}🌈",
        "ﷺ",
        "\u{feff}bom",
        "...",
        "..a",
        "a..",
        "con",
        "file:",
        "javascript:alert(1)",
        "ａｂｃ",
        "עברית",
        "中文",
        "~cap",
        "_assets",
        "latest.json",
    ];

    #[test]
    fn hostile_names_survive_a_url() {
        for text in HOSTILE {
            let path = EntryPath::parse(&format!("dir/{text}")).unwrap();
            assert_eq!(EntryPath::from_url(&path.to_url()), Ok(path.clone()), "{text}");
            assert_eq!(path.to_string(), format!("dir/{text}"));
            assert!(path.to_url().is_ascii());
            let url = path.to_url();
            assert!(!url.contains(['#', '?', ' ', '"', '<', '\\', '\n', '\'', '+']), "{url}");
        }
    }

    #[test]
    fn what_could_climb_out_is_refused() {
        for (text, error) in [
            ("..", PathError::Dots),
            (".", PathError::Dots),
            ("a/../b", PathError::Dots),
            ("a//b", PathError::Empty),
            ("/a", PathError::Empty),
            ("//", PathError::Empty),
            ("a\0b", PathError::Forbidden),
        ] {
            assert_eq!(EntryPath::parse(text), Err(error), "{text:?}");
        }
        for (url, error) in [
            ("%2e%2e/a", PathError::Dots),
            ("a%2Fb", PathError::Forbidden),
            ("%00", PathError::Forbidden),
            ("%ff", PathError::NotUtf8),
            ("%c0%af", PathError::NotUtf8),
        ] {
            assert_eq!(EntryPath::from_url(url), Err(error), "{url:?}");
        }
    }

    #[test]
    fn a_broken_percent_sign_is_taken_as_it_stands() {
        assert_eq!(EntryPath::from_url("100%").unwrap().to_string(), "100%");
        assert_eq!(EntryPath::from_url("%zz").unwrap().to_string(), "%zz");
    }

    #[test]
    fn limits_are_kept() {
        assert_eq!(EntryName::new(&"x".repeat(256)), Err(PathError::NameTooLong));
        assert!(EntryName::new(&"x".repeat(255)).is_ok());
        assert_eq!(EntryPath::parse(&"x/".repeat(257)), Err(PathError::PathTooLong));
        let long = vec!["x".repeat(255); 17].join("/");
        assert_eq!(EntryPath::parse(&long), Err(PathError::PathTooLong));
    }

    #[test]
    fn relative_references_stay_inside() {
        let dir = EntryPath::parse("a/b").unwrap();
        for (relative, expected) in [
            ("c", Some("a/b/c")),
            ("./c", Some("a/b/c")),
            ("../c", Some("a/c")),
            ("../..", Some("")),
            ("../../..", None),
            ("../../../a", None),
            ("/etc/passwd", None),
            ("", None),
            ("c/../../d", Some("a/d")),
            ("c\0", None),
        ] {
            assert_eq!(dir.resolve(relative).map(|p| p.to_string()).as_deref(), expected, "{relative:?}");
        }
    }

    proptest! {
        #[test]
        fn names_round_trip(text in "\\PC{1,40}|.{1,40}") {
            if let Ok(name) = EntryName::new(&text) {
                prop_assert_eq!(name.as_str(), &text);
                let json = serde_json::to_string(&name).unwrap();
                prop_assert_eq!(&serde_json::from_str::<EntryName>(&json).unwrap(), &name);
                let back = EntryPath::from_url(&name.to_url_segment()).unwrap();
                prop_assert_eq!(back.names(), &[name]);
            }
        }

        #[test]
        fn paths_round_trip(names in prop::collection::vec("[^/\0]{1,12}", 0..8)) {
            if let Ok(path) = EntryPath::parse(&names.join("/")) {
                prop_assert_eq!(&EntryPath::parse(&path.to_string()).unwrap(), &path);
                prop_assert_eq!(&EntryPath::from_url(&path.to_url()).unwrap(), &path);
            }
        }

        #[test]
        fn resolving_never_leaves_the_share(relative in "[a./]{0,20}") {
            let dir = EntryPath::parse("x/y").unwrap();
            if let Some(path) = dir.resolve(&relative) {
                prop_assert!(path.names().iter().all(|n| n.as_str() != ".." && n.as_str() != "."));
            }
        }

        #[test]
        fn no_url_panics(text: String) {
            let _ = EntryPath::from_url(&text);
        }
    }
}
