//! Whether HTML would lose anything by being sanitised into the page: a table of numbers does not, a chart does.
//!
//! It is a choice of place, not a defence: what passes goes through the sanitiser like all HTML, and what does not pass
//! goes to the frame origin.

/// Beyond this the page would be held up; a frame is not.
const BYTES_MAX: usize = 500_000;

/// What only works, or only looks right, in a document of its own.
const NEEDS_FRAME: [&str; 11] = [
    "<script",
    "<iframe",
    "<object",
    "<embed",
    "<link",
    "<form",
    "<button",
    "<canvas",
    "<svg",
    "<input",
    "javascript:",
];

/// Whether the HTML is plain enough for the page.
pub(super) fn is_plain(html: &str) -> bool {
    if html.len() > BYTES_MAX {
        return false;
    }
    let lower = html.to_ascii_lowercase();
    if NEEDS_FRAME.iter().any(|needle| lower.contains(needle)) || has_handler(&lower) {
        return false;
    }
    if ["<video", "<audio"].iter().any(|player| lower.contains(player)) && brings_media(&lower) {
        return false;
    }
    if NEEDS_PLACE.iter().any(|needle| lower.contains(needle)) {
        return false;
    }
    // The style sheet that pandas writes above every table does only what ours does; any other one matters.
    !lower.contains("<style") || lower.contains("<style scoped") && lower.contains("class=\"dataframe\"")
}

/// Styles that the page does not take from an author, because they lay things over one another, move, or load something.
const NEEDS_PLACE: [&str; 8] = [
    "position:",
    "position :",
    "transform:",
    "animation:",
    "url(",
    "clip-path:",
    "var(--",
    "conic-gradient(",
];

/// Whether a player has its film within the output, or somewhere else than in the share: the page plays only the share's.
fn brings_media(lower: &str) -> bool {
    ["data:video", "data:audio", "data:application", "blob:", "://", "src=\"//", "src='//"]
        .iter()
        .any(|source| lower.contains(source))
}

/// Whether a tag has an attribute such as `onclick=`.
fn has_handler(lower: &str) -> bool {
    lower.match_indices(" on").chain(lower.match_indices("\non")).any(|(at, _)| {
        let name = &lower[at + 3..];
        let end = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
        end > 0 && name[end..].trim_start().starts_with('=')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_plain_and_charts_are_not() {
        let pandas = "<div>\n<style scoped>\n .dataframe th{}</style>\n<table border=\"1\" class=\"dataframe\"><tr><td>1</td></tr></table></div>";
        for html in [
            pandas,
            "<b>bold</b> once",
            "<table><tr><td style=\"color:red\">1</td></tr></table>",
            "<video src=\"movie.mp4\" controls></video>",
        ] {
            assert!(is_plain(html), "{html}");
        }
        for html in [
            "<div><script>x</script></div>",
            "<SCRIPT src=x>",
            "<p onclick = 'x()'>",
            "<img src=x\nonerror=x>",
            "<style>#T_1{color:red}</style><table id=T_1>",
            "<div id=x><svg></svg></div>",
            "<audio><source src='data:audio/wav;base64,AA'></audio>",
            "<video src='https://example.org/a.mp4'></video>",
            "<div style='position: absolute'>x</div>",
            "<div style='background:url(x.png)'>x</div>",
        ] {
            assert!(!is_plain(html), "{html}");
        }
    }
}
