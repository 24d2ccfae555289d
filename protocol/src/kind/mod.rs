//! How a file is typed: its media type and the way the viewer renders it, from its name and its first bytes.
//!
//! The publisher calls [`classify`] once per file and writes the answer into the manifest; the gateway and the viewer
//! believe the manifest. [`ContentType`] refuses whatever could end an HTTP header.

mod endings;
mod text;

use crate::limits::SNIFF_BYTES;
use endings::by_name;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use text::Encoding;

/// A media type (RFC 9110 section 8.3.1), with parameters if any; safe to put into a header.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ContentType(Box<str>);

impl ContentType {
    /// Takes `text` when it is `type/subtype` with parameters by the grammar; `None` otherwise.
    ///
    /// The grammar is kept to because browsers split the header at commas and take the last type they find.
    pub fn parse(text: &str) -> Option<Self> {
        let token = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        let mut parts = text.split(';');
        let (main, sub) = parts.next()?.trim_end_matches(' ').split_once('/')?;
        let parameter = |part: &str| {
            let (name, value) = part.trim_matches(' ').split_once('=')?;
            let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
            (token(name) && token(value)).then_some(())
        };
        let valid =
            text.len() <= 255 && token(main) && token(sub) && parts.all(|part| parameter(part).is_some());
        valid.then(|| Self(text.into()))
    }

    /// `application/octet-stream`.
    pub fn octet_stream() -> Self {
        Self("application/octet-stream".into())
    }

    /// `application/octet-stream`, as a header value.
    pub const fn octet_stream_str() -> &'static str {
        "application/octet-stream"
    }

    /// The whole header value.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type without parameters, in lower case.
    pub fn essence(&self) -> String {
        self.0.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Whether a browser would run script, or load more, when it opens a document of this type.
    ///
    /// An allow-list of the harmless: what is not known to be passive is active.
    pub fn is_active(&self) -> bool {
        let essence = self.essence();
        let starts = |prefix: &str| essence.starts_with(prefix);
        let xml = essence.ends_with("xml") || essence.ends_with("xul");
        let media =
            ["image/", "audio/", "video/", "font/", "model/", "application/vnd."].into_iter().any(starts);
        let data = essence.ends_with("+json")
            || matches!(
                essence.as_str(),
                "text/plain"
                    | "text/csv"
                    | "text/tab-separated-values"
                    | "text/vtt"
                    | "text/markdown"
                    | "application/pdf"
                    | "application/json"
                    | "application/jsonl"
                    | "application/octet-stream"
                    | "application/zip"
                    | "application/gzip"
                    | "application/x-tar"
                    | "application/x-xz"
                    | "application/x-bzip2"
                    | "application/x-7z-compressed"
                    | "application/zstd"
            );
        let passive = data || (media && !xml);
        !passive
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for ContentType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ContentType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("`{}` is not a media type", text.escape_debug())))
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// The way a file is rendered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[$doc])* $variant,)*
            /// One that a newer publisher knows and this code does not: offered as a download.
            Unknown,
        }

        impl Kind {
            /// Every kind this code knows.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in JSON.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown => "unknown",
                }
            }

            fn from_name(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Unknown,
                }
            }
        }
    };
}

kinds! {
    /// A Jupyter notebook.
    Notebook = "notebook",
    /// Markdown, R Markdown, Quarto.
    Markdown = "markdown",
    /// Source code.
    Code = "code",
    /// PDF.
    Pdf = "pdf",
    /// An image that browsers show.
    Image = "image",
    /// Sound that browsers play.
    Audio = "audio",
    /// Video that browsers play.
    Video = "video",
    /// An HTML document.
    Html = "html",
    /// Comma- or tab-separated values.
    Table = "table",
    /// JSON.
    Json = "json",
    /// A whiteboard.
    Board = "board",
    /// A slide show made like a whiteboard.
    Slides = "slides",
    /// A task list.
    Tasks = "tasks",
    /// A chat.
    Chat = "chat",
    /// A Sage worksheet.
    Worksheet = "worksheet",
    /// A three-dimensional model.
    Model3d = "model3d",
    /// An archive of files.
    Archive = "archive",
    /// Text of no particular kind.
    Text = "text",
    /// Anything else.
    Binary = "binary",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_name(&std::borrow::Cow::<'de, str>::deserialize(deserializer)?))
    }
}

/// Decides the media type and kind of a file from its name and its first bytes (at most [`SNIFF_BYTES`] are looked at).
///
/// The name decides where its ending is known, unless the bytes contradict it (a `.ts` that is MPEG, a `.csv` that is
/// binary); the bytes decide otherwise.
pub fn classify(name: &str, first_bytes: &[u8]) -> (ContentType, Kind) {
    let first = &first_bytes[..first_bytes.len().min(SNIFF_BYTES)];
    let named = by_name(name);
    let encoding = text::encoding(first, named.is_some_and(|(essence, _)| is_textual(essence)));
    let text = encoding != Encoding::None;
    let (essence, kind) = match named {
        // Variants of genomes; a card of an address has the same ending.
        None if name.to_ascii_lowercase().ends_with(".vcf") && first.starts_with(b"##fileformat=VCF") => {
            ("text/tab-separated-values", Kind::Table)
        }
        Some((essence, kind)) if text || !is_textual(essence) => (essence, kind),
        _ => by_magic(first).unwrap_or(if text {
            ("text/plain", Kind::Text)
        } else {
            ("application/octet-stream", Kind::Binary)
        }),
    };
    // An encoding that is only guessed is not claimed.
    let charset = if encoding == Encoding::Utf8 && is_textual(essence) { "; charset=utf-8" } else { "" };
    (ContentType(format!("{essence}{charset}").into()), kind)
}

fn is_textual(essence: &str) -> bool {
    essence.starts_with("text/")
        || essence.ends_with("+xml")
        || essence.ends_with("+json")
        || matches!(
            essence,
            "application/json" | "application/xml" | "application/x-ipynb+json" | "application/jsonl"
        )
}

/// `WebM` is Matroska (RFC 9559) with a few codecs alone, and says so in its first element. A browser that takes a file of the one for the other
/// tries no codec but those.
fn matroska(first: &[u8]) -> &'static str {
    let head = first.get(..64).unwrap_or(first);
    let is_webm = head.windows(4).any(|bytes| bytes == b"webm");
    if is_webm { "video/webm" } else { "video/matroska" }
}

fn by_magic(first: &[u8]) -> Option<(&'static str, Kind)> {
    let starts = |magic: &[u8]| first.starts_with(magic);
    let riff = |form: &[u8]| starts(b"RIFF") && first.get(8..12) == Some(form);
    Some(match () {
        () if starts(b"\x89PNG\r\n\x1a\n") => ("image/png", Kind::Image),
        () if starts(b"\xff\xd8\xff") => ("image/jpeg", Kind::Image),
        () if starts(b"GIF87a") || starts(b"GIF89a") => ("image/gif", Kind::Image),
        () if riff(b"WEBP") => ("image/webp", Kind::Image),
        () if riff(b"WAVE") => ("audio/wav", Kind::Audio),
        () if starts(b"%PDF-") => ("application/pdf", Kind::Pdf),
        () if starts(b"\x1aE\xdf\xa3") => (matroska(first), Kind::Video),
        () if first.get(4..8) == Some(b"ftyp") => ("video/mp4", Kind::Video),
        () if starts(b"OggS") => ("audio/ogg", Kind::Audio),
        () if starts(b"ID3") => ("audio/mpeg", Kind::Audio),
        () if starts(b"fLaC") => ("audio/flac", Kind::Audio),
        () if starts(b"PK\x03\x04") => ("application/zip", Kind::Archive),
        () if starts(b"\x1f\x8b") => ("application/gzip", Kind::Archive),
        () if first.len() > 376 && first[0] == 0x47 && first[188] == 0x47 && first[376] == 0x47 => {
            ("video/mp2t", Kind::Video)
        }
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind_of(name: &str, bytes: &[u8]) -> (String, &'static str) {
        let (content_type, kind) = classify(name, bytes);
        (content_type.to_string(), kind.as_str())
    }

    #[test]
    fn names_and_bytes_decide_together() {
        let transport_stream = [[0x47; 1].as_slice(), &[0; 187]].concat().repeat(3);
        for (name, bytes, content_type, kind) in [
            ("a.ipynb", b"{}".as_slice(), "application/x-ipynb+json; charset=utf-8", "notebook"),
            ("README.md", b"# x", "text/markdown; charset=utf-8", "markdown"),
            ("A.PDF", b"%PDF-1.4\n\x80\x81", "application/pdf", "pdf"),
            ("paper", b"%PDF-1.4\n\x80\x81", "application/pdf", "pdf"),
            ("x.svg", b"<svg/>", "image/svg+xml; charset=utf-8", "image"),
            ("a.html", b"<p>", "text/html; charset=utf-8", "html"),
            ("clip.ts", &transport_stream, "video/mp2t", "video"),
            ("film.mkv", b"\x1aE\xdf\xa3\xa3\x42\x82\x88matroska\0\xff", "video/matroska", "video"),
            ("film", b"\x1aE\xdf\xa3\xa3\x42\x82\x88matroska\0\xff", "video/matroska", "video"),
            ("film", b"\x1aE\xdf\xa3\x9f\x42\x82\x84webm\0\xff", "video/webm", "video"),
            ("film.webm", b"\x1aE\xdf\xa3\x9f\x42\x82\x84webm\0\xff", "video/webm", "video"),
            ("song.mka", b"\x1aE\xdf\xa3\xa3\x42\x82\x88matroska\0\xff", "audio/matroska", "audio"),
            ("app.ts", b"let x = 1", "text/plain; charset=utf-8", "code"),
            ("latin.txt", b"gr\xfc\xdfe", "text/plain", "text"),
            ("latin.py", b"# \xe9t\xe9", "text/plain", "code"),
            ("wide.csv", b"\xff\xfea\x00,\x00b\x00", "text/csv", "table"),
            ("data.csv", b"a,b\n\xff\xfe\x00", "application/octet-stream", "binary"),
            ("Makefile", b"all:", "text/plain; charset=utf-8", "code"),
            ("noending", "grüße".as_bytes(), "text/plain; charset=utf-8", "text"),
            ("noending", b"\x00\x01", "application/octet-stream", "binary"),
            ("empty", b"", "text/plain; charset=utf-8", "text"),
            ("x.sagews", "\u{fe20}".as_bytes(), "text/plain; charset=utf-8", "worksheet"),
            ("talk.sage-chat", b"{}", "application/jsonl; charset=utf-8", "chat"),
            (".png", b"text", "text/plain; charset=utf-8", "text"),
        ] {
            assert_eq!(kind_of(name, bytes), (content_type.to_owned(), kind), "{name}");
        }
    }

    #[test]
    fn a_text_cut_inside_a_character_is_text() {
        let mut bytes = "x".repeat(SNIFF_BYTES - 1).into_bytes();
        bytes.extend("é".as_bytes());
        assert_eq!(classify("noending", &bytes).1, Kind::Text);
        assert_eq!(classify("noending", &bytes).0.as_str(), "text/plain; charset=utf-8");
        assert_eq!(
            classify("noending", b"short \xc3").0.as_str(),
            "text/plain",
            "the end of a short file is no cut"
        );
    }

    #[test]
    fn active_types_are_the_default() {
        for active in [
            "text/html",
            "image/svg+xml; charset=utf-8",
            "application/xml",
            "text/javascript",
            "text/xsl",
            "application/x-shockwave-flash",
            "multipart/related",
            "TEXT/HTML",
            "application/xhtml+xml",
            "text/css",
        ] {
            assert!(ContentType::parse(active).unwrap().is_active(), "{active}");
        }
        for passive in
            ["text/plain", "image/png", "video/mp4", "application/pdf", "Text/Plain; charset=utf-8"]
        {
            assert!(!ContentType::parse(passive).unwrap().is_active(), "{passive}");
        }
    }

    #[test]
    fn header_injections_are_refused() {
        for bad in [
            "",
            "text",
            "text/",
            "/plain",
            "text/plain\r\nX: y",
            "te xt/plain",
            "text/plain; a=\u{e9}",
            "text/plain; a=b, text/html",
            "text/plain;",
            "text/plain; a",
            "text/plain, text/html",
            "text/plain; a=\"b, text/html\"",
            "text/plain; =b",
            "text/plain; charset=utf-8 x",
            "text,/a",
        ] {
            assert_eq!(ContentType::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn kinds_round_trip() {
        for kind in Kind::ALL {
            let json = serde_json::to_string(kind).unwrap();
            assert_eq!(serde_json::from_str::<Kind>(&json).unwrap(), *kind);
        }
        assert_eq!(serde_json::from_str::<Kind>("\"hologram\"").unwrap(), Kind::Unknown);
    }

    proptest! {
        #[test]
        fn every_answer_is_a_media_type(name in "\\PC{0,20}(\\.[a-z0-9]{1,6})?", bytes: Vec<u8>) {
            let (content_type, _) = classify(&name, &bytes);
            prop_assert!(ContentType::parse(content_type.as_str()).is_some());
        }
    }
}
