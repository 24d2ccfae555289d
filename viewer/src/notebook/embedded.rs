//! Pages that an output shows within itself. One that lies in the share is shown by the viewer, in a frame of its own; one of another
//! site is a link, with the picture that the output has of it: no output may ask others for a page that the reader did not open.

use super::choose::Shown;
use super::tags::{attribute, elements, escaped, is_bare, replaced};

/// Where a frame of an author leads.
#[derive(Debug, PartialEq)]
enum Address {
    /// A file of the share.
    Inside(String),
    /// Another site.
    Outside(String),
    /// The page is in the output itself.
    Carried,
}

fn address_of(frame: &str) -> Address {
    let carried = ["srcdoc", "data-html"].iter().any(|name| attribute(frame, name).is_some());
    let address = attribute(frame, "src").unwrap_or_default();
    let lower = address.to_ascii_lowercase();
    let scheme = lower.split_once(':').map(|(scheme, _)| scheme);
    let has_scheme = scheme.is_some_and(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if carried || address.is_empty() {
        Address::Carried
    } else if lower.starts_with("//") {
        Address::Outside(format!("https:{address}"))
    } else if matches!(scheme, Some("http" | "https")) {
        Address::Outside(address)
    } else if has_scheme {
        Address::Carried
    } else {
        Address::Inside(address)
    }
}

/// An output that is a file of the share and nothing else.
pub(super) fn page(html: &str) -> Option<Shown> {
    let [range] = elements(html, "iframe").try_into().ok()?;
    let frame = &html[range.clone()];
    if !is_bare(&html[..range.start]) || !is_bare(&html[range.end..]) {
        return None;
    }
    let Address::Inside(address) = address_of(frame) else { return None };
    let size =
        |name: &str| attribute(frame, name).and_then(|value| value.trim_end_matches("px").parse().ok());
    Some(Shown::Page { address, width: size("width"), height: size("height") })
}

/// HTML with links in the place of pages that are elsewhere; `picture` is the address of what the output shows of them.
pub(super) fn linked(html: String, picture: Option<&str>) -> String {
    let frames = elements(&html, "iframe");
    if frames.is_empty() {
        return html;
    }
    replaced(&html, &frames, |frame| match address_of(frame) {
        Address::Carried => frame.to_owned(),
        Address::Inside(address) => link(&address, None),
        Address::Outside(address) => link(&readable(&address), picture),
    })
}

fn link(address: &str, picture: Option<&str>) -> String {
    let address = escaped(address);
    let picture = picture
        .map(|url| format!("<p><a href=\"{address}\"><img src=\"{}\" alt=\"\"></a></p>", escaped(url)));
    format!("{}<p><a href=\"{address}\">{address}</a></p>", picture.unwrap_or_default())
}

/// The address of a film for people, where a player's own is for frames.
fn readable(address: &str) -> String {
    let after = |prefix: &str| address.split_once(prefix).map(|(_, rest)| rest);
    let name = |rest: &str| rest.split(['?', '&', '#']).next().unwrap_or_default().to_owned();
    let film = after("youtube.com/embed/").or_else(|| after("youtube-nocookie.com/embed/")).map(name);
    match (film, after("player.vimeo.com/video/").map(name)) {
        (Some(film), _) => format!("https://www.youtube.com/watch?v={film}"),
        (_, Some(film)) => format!("https://vimeo.com/{film}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_share_is_a_page() {
        let html = "\n <div><iframe\n width=\"400\" height='120px' src=\"sub/page one.html\" allowfullscreen></iframe></div>";
        assert_eq!(
            page(html),
            Some(Shown::Page { address: "sub/page one.html".into(), width: Some(400), height: Some(120) })
        );
        for other in [
            "<iframe src='https://example.org'></iframe>",
            "<iframe src='data:text/html,x'></iframe>",
            "<iframe src='javascript:x'></iframe>",
            "<iframe srcdoc='x' src='a.html'></iframe>",
            "<iframe src='about:blank' data-html='x'></iframe>",
            "<iframe src='a.html'></iframe><iframe src='b.html'></iframe>",
            "text <iframe src='a.html'></iframe>",
            "<iframe></iframe>",
        ] {
            assert_eq!(page(other), None, "{other}");
        }
    }

    #[test]
    fn pages_elsewhere_are_links() {
        let film = "<p>x</p><iframe src=\"https://www.youtube.com/embed/abc?start=5\"></iframe>";
        assert_eq!(
            linked(film.to_owned(), Some("data:image/jpeg;base64,AA")),
            "<p>x</p><p><a href=\"https://www.youtube.com/watch?v=abc\"><img src=\"data:image/jpeg;base64,AA\" alt=\"\"></a></p>\
             <p><a href=\"https://www.youtube.com/watch?v=abc\">https://www.youtube.com/watch?v=abc</a></p>"
        );
        let two = "<iframe src='//example.org/\"><script>'></iframe><iframe src='a.html'></iframe>";
        assert_eq!(
            linked(two.to_owned(), None),
            "<p><a href=\"https://example.org/&quot;&gt;&lt;script&gt;\">https://example.org/&quot;&gt;&lt;script&gt;</a></p>\
             <p><a href=\"a.html\">a.html</a></p>"
        );
        for kept in [
            "<b>x</b>",
            "<iframe src='data:text/html,x'></iframe>",
            "<iframe data-html=AA src='about:blank'>",
        ] {
            assert_eq!(linked(kept.to_owned(), None), kept);
        }
    }
}
