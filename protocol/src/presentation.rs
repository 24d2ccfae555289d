//! How a file is shown: which renderer of the viewer draws it. The viewer picks the renderer by it, the gateway says in the
//! page's head which scripts that renderer will need. Pure; refuses nothing.

use crate::{File, Kind};

/// The way a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// As a formatted document.
    Markdown,
    /// As a notebook.
    Notebook,
    /// As text with line numbers, coloured when its language is known.
    Code,
    /// As a tree of values.
    Json,
    /// As the output of a terminal, colours and all.
    Log,
    /// As changes, line by line.
    Diff,
    /// As a table.
    Table,
    /// As a table out of columns that are fetched one by one.
    Parquet,
    /// As places on a map.
    Map,
    /// As a body that can be turned.
    Model,
    /// As the list of what is packed in it.
    Archive,
    /// As pages.
    Pdf,
    /// As a picture, among the others of its folder.
    Image,
    /// With a player for sound.
    Audio,
    /// With a player for video.
    Video,
    /// As a page in the frame origin.
    Html,
    /// As a whiteboard.
    Board,
    /// As slides, one after another.
    Slides,
    /// As a list of things to do.
    Tasks,
    /// As a conversation.
    Chat,
    /// As a worksheet: code and what it printed.
    Worksheet,
    /// Never: it holds what is nobody's business, and no reader is asked whether to look.
    Withheld,
    /// Not at all: its name, size and type, and a download.
    Download,
}

impl Presentation {
    /// The way a file is shown when the reader asks for nothing else.
    pub fn of(file: &File) -> Self {
        let name = file.name.as_str().to_ascii_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match (file.kind, ending) {
            // Names and addresses of students, marks: published by mistake, if at all.
            (_, "course") => Self::Withheld,
            (Kind::Json, "geojson")
            | (Kind::Json | Kind::Text, "topojson" | "geojsonl" | "geojsons" | "geojsonseq")
            | (Kind::Code, "gpx" | "kml") => Self::Map,
            (Kind::Archive, "svgz") => Self::Image,
            (Kind::Text, "jsonl" | "ndjson") => Self::Json,
            (Kind::Code, "diff" | "patch") => Self::Diff,
            (Kind::Text, "log" | "ansi") => Self::Log,
            (Kind::Binary | Kind::Unknown, "parquet") => Self::Parquet,
            // Some browsers show them, and the renderers say so where they do not.
            (Kind::Binary | Kind::Unknown | Kind::Video, "tif" | "tiff" | "heic" | "heif" | "jxl") => {
                Self::Image
            }
            (Kind::Binary | Kind::Unknown, "avi" | "mkv" | "wmv" | "flv" | "mpg" | "mpeg" | "3gp") => {
                Self::Video
            }
            (Kind::Binary | Kind::Unknown, "wma" | "aif" | "aiff" | "amr" | "mid" | "midi") => Self::Audio,
            (kind, _) => Self::of_kind(kind),
        }
    }

    fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Markdown => Self::Markdown,
            Kind::Notebook => Self::Notebook,
            Kind::Pdf => Self::Pdf,
            Kind::Image => Self::Image,
            Kind::Audio => Self::Audio,
            Kind::Video => Self::Video,
            Kind::Html => Self::Html,
            Kind::Table => Self::Table,
            Kind::Json => Self::Json,
            Kind::Board => Self::Board,
            Kind::Slides => Self::Slides,
            Kind::Tasks => Self::Tasks,
            Kind::Chat => Self::Chat,
            Kind::Worksheet => Self::Worksheet,
            Kind::Code | Kind::Text => Self::Code,
            Kind::Model3d => Self::Model,
            Kind::Archive => Self::Archive,
            Kind::Binary | Kind::Unknown => Self::Download,
        }
    }

    /// The name of the script that draws it (`viewer/js/bridge.ts`); what the browser shows by itself has none.
    pub fn renderer(self) -> Option<&'static str> {
        Some(match self {
            Self::Markdown => "markdown",
            Self::Notebook => "notebook",
            Self::Code => "code",
            Self::Json => "json",
            Self::Log => "log",
            Self::Diff => "diff",
            Self::Table => "table",
            Self::Parquet => "parquet",
            Self::Map => "map",
            Self::Model => "model",
            Self::Archive => "archive",
            Self::Pdf => "pdf",
            Self::Image => "image",
            Self::Audio | Self::Video => "player",
            Self::Board => "board",
            Self::Slides => "slides",
            Self::Tasks => "tasks",
            Self::Chat => "chat",
            Self::Worksheet => "worksheet",
            Self::Html | Self::Withheld | Self::Download => return None,
        })
    }

    /// The name that the style sheet knows it by: wide things get the whole width, texts a readable measure.
    pub fn class(self) -> &'static str {
        match self {
            Self::Markdown => "document",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Html => "html",
            Self::Withheld => "withheld",
            Self::Download => "download",
            drawn => drawn.renderer().unwrap_or("download"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sha256;
    use crate::kind::classify;

    fn shown(name: &str, first: &[u8]) -> Presentation {
        let (content_type, kind) = classify(name, first);
        let (hash, name) = (Sha256::of(first), crate::EntryName::new(name).expect("a name"));
        let (size, mtime, crc32) = (first.len() as u64, 0, 0);
        let file = File { name, hash, size, mtime, crc32, content_type, kind, extents: None, chunks: None };
        Presentation::of(&file)
    }

    #[test]
    fn names_and_bytes_decide() {
        assert_eq!(shown("a.geojson", b"{}"), Presentation::Map);
        for name in ["a.topojson", "a.geojsonl", "a.geojsons"] {
            assert_eq!(shown(name, b"{}\n"), Presentation::Map, "{name}");
        }
        assert_eq!(shown("walk.gpx", b"<gpx/>"), Presentation::Map);
        assert_eq!(shown("walk.kml", b"<kml/>"), Presentation::Map);
        assert_eq!(shown("a.svgz", b"\x1f\x8b\x08\0"), Presentation::Image);
        assert_eq!(shown("calls.vcf.bgz", b"\x1f\x8b\x08\0"), Presentation::Archive);
        assert_eq!(shown("arrays.npz", b"PK\x03\x04"), Presentation::Archive);
        assert_eq!(shown("a.patch", b"--- a\n"), Presentation::Diff);
        assert_eq!(shown("run.LOG", b"ok\n"), Presentation::Log);
        assert_eq!(shown("a.parquet", b"PAR1\0\xff"), Presentation::Parquet);
        assert_eq!(shown("a.json", b"{}"), Presentation::Json);
        assert_eq!(shown("a.bin", b"\0\xff"), Presentation::Download);
        assert_eq!(shown("a.TIFF", b"II*\0\xff"), Presentation::Image);
        assert_eq!(shown("a.heic", b"\0\0\0\x18ftypheic"), Presentation::Image);
        assert_eq!(shown("a.avi", b"RIFF\0\0\xff\0AVI "), Presentation::Video);
        assert_eq!(shown("a.mkv", b"\x1aE\xdf\xa3\0\xff"), Presentation::Video);
        assert_eq!(shown("a.wma", b"0&\xb2u\0\xff"), Presentation::Audio);
    }

    #[test]
    fn a_course_is_never_shown_whatever_it_holds() {
        for first in [&b"{}"[..], b"\0\xff", b"# Students"] {
            assert_eq!(shown("Math.COURSE", first), Presentation::Withheld);
        }
    }
}
