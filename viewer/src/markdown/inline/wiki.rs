//! Links and embeds in double brackets. Where they lead is looked up in the page (`viewer/js/prose/wiki.ts`): the notes of a vault are
//! named without their folders.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pulldown_cmark::Event;

use super::super::blocks::escaped;
use super::super::slug;
use super::{Dresser, inline_html, text};

/// What stays readable in an address.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

const PICTURES: [&str; 9] = ["png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "bmp", "ico"];

impl Dresser<'_> {
    /// Writes the opening of a link; false when what stands in the brackets is no name, such as a row of numbers.
    pub(super) fn wiki_link(&mut self, name: &str, has_words: bool) -> bool {
        if !is_name(name) {
            let shown = if has_words { format!("[[{name}|") } else { "[[".to_owned() };
            self.out.push(text(shown));
            // The closing brackets stand behind the words.
            if let Some(at) = self
                .left
                .iter()
                .take(64)
                .position(|event| matches!(event, Event::End(pulldown_cmark::TagEnd::Link)))
            {
                self.left[at] = text("]]");
            }
            return false;
        }
        self.out.push(inline_html(format!("<a class=\"wiki\" href=\"{}\">", address(name))));
        true
    }

    /// A picture in the text; what is no picture becomes a link.
    pub(super) fn embed(&mut self, name: &str, words: &str) {
        let words = if words == name { "" } else { words };
        let ending = name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase());
        if !PICTURES.contains(&ending.as_str()) {
            let shown = if words.is_empty() { name } else { words };
            self.out.push(inline_html(format!(
                "<a class=\"wiki\" href=\"{}\">{}</a>",
                address(name),
                escaped(shown)
            )));
            return;
        }
        let (mut size, mut alt) = (String::new(), name.rsplit('/').next().unwrap_or(name));
        for part in words.split('|').filter(|part| !part.trim().is_empty()) {
            let mut numbers = part.trim().split('x');
            let is_size = part.trim().bytes().all(|c| c.is_ascii_digit() || c == b'x') && part.len() < 12;
            match (is_size, numbers.next(), numbers.next()) {
                (true, Some(width), height) => {
                    size = format!(" width=\"{width}\"");
                    size.extend(height.map(|height| format!(" height=\"{height}\"")));
                }
                _ => alt = part,
            }
        }
        self.out.push(inline_html(format!(
            "<img class=\"wiki\" src=\"{}\" alt=\"{}\"{size}>",
            address(name),
            escaped(alt)
        )));
    }
}

/// Names have letters; `[[1, 2], [3, 4]]` is a matrix.
fn is_name(name: &str) -> bool {
    name.chars().any(char::is_alphabetic) && !name.contains(['[', ']', '\n', '"', '\'', '=', '('])
        || name.starts_with(|c: char| c.is_ascii_digit()) && name.contains('-') && !name.contains([',', ' '])
}

/// `A note#Its part` as an address in the document's folder.
fn address(name: &str) -> String {
    let (path, part) = name.split_once('#').unwrap_or((name, ""));
    let path = path.trim().replace('\\', "/");
    let last = path.rsplit('/').next().unwrap_or_default();
    let has_ending = last.rsplit_once('.').is_some_and(|(_, ending)| {
        (1..=5).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let file = if path.is_empty() || has_ending { path } else { format!("{path}.md") };
    // Of parts within parts, the last is meant; blocks have no places.
    let part = part.rsplit('#').next().unwrap_or_default();
    let fragment = if part.is_empty() || part.starts_with('^') {
        String::new()
    } else {
        format!("#{}", utf8_percent_encode(&slug(part), KEPT))
    };
    escaped(&format!("{}{fragment}", utf8_percent_encode(&file, KEPT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_addresses() {
        for (name, expected) in [
            ("Other note", "Other%20note.md"),
            ("Other note#Second part", "Other%20note.md#second-part"),
            ("#Here", "#here"),
            ("a/b c.pdf", "a/b%20c.pdf"),
            ("note#^block", "note.md"),
            ("v1.2 plan", "v1.2%20plan.md"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29.md"),
            ("a\"><script>", "a%22%3E%3Cscript%3E.md"),
        ] {
            assert_eq!(address(name), expected);
        }
        assert!(is_name("2024-03-05") && is_name("ö") && !is_name("1, 2") && !is_name("1,2],[3"));
    }
}
