//! Up to which size a file is shown in its way without being asked, and whether it can be shown as text as well. Pure; the
//! file's page calls it.

use vitrine_protocol::{File, Presentation};

/// Whether the file is a text that can also be shown as such.
pub fn has_source(way: Presentation, file: &File) -> bool {
    let is_text = file.content_type.as_str().contains("charset");
    let svg = way == Presentation::Image && file.content_type.essence() == "image/svg+xml";
    let shown_as_text = matches!(
        way,
        Presentation::Code
            | Presentation::Log
            | Presentation::Diff
            | Presentation::Withheld
            | Presentation::Download
    );
    svg || is_text && !shown_as_text
}

/// Up to how many bytes it is shown at once; more is shown when the reader insists.
///
/// Text is held in memory several times over (bytes, string, nodes); what is streamed or ranged has no cap. Code, logs and
/// changes are read in parts: the first at once, the rest when the reader asks for it.
pub fn comfortable_bytes(way: Presentation) -> u64 {
    match way {
        Presentation::Markdown => 2_000_000,
        Presentation::Notebook | Presentation::Json | Presentation::Map | Presentation::Worksheet => {
            20_000_000
        }
        Presentation::Board | Presentation::Slides | Presentation::Tasks | Presentation::Chat => 10_000_000,
        Presentation::Image | Presentation::Model => 50_000_000,
        // Drawn while it comes; one byte of memory for one of the file, and four for a row.
        Presentation::Table | Presentation::Html => 100_000_000,
        Presentation::Code
        | Presentation::Log
        | Presentation::Diff
        | Presentation::Pdf
        | Presentation::Audio
        | Presentation::Video
        | Presentation::Parquet
        | Presentation::Archive
        | Presentation::Withheld
        | Presentation::Download => u64::MAX,
    }
}

/// Past this size showing it would end the tab: the reader is offered the download only.
pub fn possible_bytes(way: Presentation) -> u64 {
    match way {
        Presentation::Markdown => 20_000_000,
        Presentation::Table => 1_000_000_000,
        Presentation::Code
        | Presentation::Log
        | Presentation::Diff
        | Presentation::Image
        | Presentation::Html
        | Presentation::Pdf
        | Presentation::Audio
        | Presentation::Video
        | Presentation::Parquet
        | Presentation::Archive
        | Presentation::Withheld
        | Presentation::Download => u64::MAX,
        _ => 200_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insisting_has_its_end() {
        for way in [Presentation::Markdown, Presentation::Notebook, Presentation::Json, Presentation::Table] {
            assert!(comfortable_bytes(way) < possible_bytes(way));
        }
    }
}
