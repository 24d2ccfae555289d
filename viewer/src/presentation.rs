//! Which renderer shows a file, and up to which size without being asked. Pure; the file's page calls it.

use vitrine_protocol::{File, Kind};

/// The way a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// As a formatted document.
    Markdown,
    /// As a notebook.
    Notebook,
    /// As text with line numbers, coloured when its language is known.
    Code,
    /// As pages.
    Pdf,
    /// As a picture.
    Image,
    /// With a player for sound.
    Audio,
    /// With a player for video.
    Video,
    /// As a page in the frame origin.
    Html,
    /// As a table.
    Table,
    /// Not at all: its name, size and type, and a download.
    Download,
}

impl Presentation {
    /// The way a file is shown when the reader asks for nothing else.
    pub fn of(file: &File) -> Self {
        match file.kind {
            Kind::Markdown => Self::Markdown,
            Kind::Notebook => Self::Notebook,
            Kind::Pdf => Self::Pdf,
            Kind::Image => Self::Image,
            Kind::Audio => Self::Audio,
            Kind::Video => Self::Video,
            Kind::Html => Self::Html,
            Kind::Table => Self::Table,
            Kind::Code
            | Kind::Json
            | Kind::Text
            | Kind::Board
            | Kind::Slides
            | Kind::Tasks
            | Kind::Chat
            | Kind::Worksheet => Self::Code,
            Kind::Model3d if file.content_type.as_str().contains("charset") => Self::Code,
            Kind::Model3d | Kind::Archive | Kind::Binary | Kind::Unknown => Self::Download,
        }
    }

    /// Whether the file is a text that can also be shown as such.
    pub fn has_source(self, file: &File) -> bool {
        let svg = self == Self::Image && file.content_type.essence() == "image/svg+xml";
        svg || matches!(self, Self::Markdown | Self::Notebook | Self::Html | Self::Table)
    }

    /// Up to how many bytes it is shown at once; more is shown when the reader insists.
    ///
    /// Text is held in memory several times over (bytes, string, nodes); what is streamed or ranged has no cap.
    pub fn comfortable_bytes(self) -> u64 {
        match self {
            Self::Markdown => 2_000_000,
            Self::Notebook => 20_000_000,
            Self::Code => 5_000_000,
            Self::Table => 10_000_000,
            Self::Image => 50_000_000,
            Self::Html => 100_000_000,
            Self::Pdf | Self::Audio | Self::Video | Self::Download => u64::MAX,
        }
    }

    /// Past this size showing it would end the tab: the reader is offered the download only.
    pub fn possible_bytes(self) -> u64 {
        match self {
            Self::Markdown => 20_000_000,
            Self::Notebook | Self::Code | Self::Table => 200_000_000,
            _ => u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insisting_has_its_end() {
        for way in [Presentation::Markdown, Presentation::Notebook, Presentation::Code, Presentation::Table] {
            assert!(way.comfortable_bytes() < way.possible_bytes());
        }
    }
}
