//! Decides where a link or an image of a document leads: inside the share, outside, or nowhere.
//!
//! It is the only reader of addresses that authors wrote. What it does not know to be harmless it refuses. The
//! Markdown and notebook renderers call it for every address that survived the sanitiser.

use percent_encoding::percent_decode_str;
use vitrine_protocol::EntryPath;

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A place on the same page; the fragment without its `#`.
    Here(String),
    /// A path of this share, with a fragment that may be empty.
    Inside {
        /// The file or folder.
        path: EntryPath,
        /// What follows `#`, still encoded.
        fragment: String,
    },
    /// Another site, a mail address or a telephone number.
    Outside(String),
    /// Nowhere: a scheme that could run code, or a path that leaves the share.
    Refused,
}

/// The schemes a link may have. Everything else (`javascript:`, `data:`, `file:`, `vbscript:`…) is refused.
const LINK_SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// The beginnings of `data:` addresses that an image may have; in `<img>` no script of an SVG runs.
const IMAGE_DATA: [&str; 7] = [
    "data:image/png",
    "data:image/jpeg",
    "data:image/jpg",
    "data:image/gif",
    "data:image/webp",
    "data:image/bmp",
    "data:image/svg+xml",
];

/// Removes what a browser's URL parser would remove, so that `java\nscript:` is seen for what it is.
fn normalised(address: &str) -> String {
    let trimmed = address.trim_matches(|c: char| c <= ' ' || c.is_control());
    trimmed.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect()
}

/// The scheme of an address in lower case, if it has one.
fn scheme(address: &str) -> Option<String> {
    let (scheme, _) = address.split_once(':')?;
    let mut chars = scheme.chars();
    let starts = chars.next()?.is_ascii_alphabetic();
    let goes_on = chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (starts && goes_on).then(|| scheme.to_ascii_lowercase())
}

/// Resolves the address of a link in a document that lies in the folder `dir`.
pub fn link(dir: &EntryPath, address: &str) -> Target {
    let address = normalised(address);
    if let Some(scheme) = scheme(&address) {
        return if LINK_SCHEMES.contains(&scheme.as_str()) {
            Target::Outside(address)
        } else {
            Target::Refused
        };
    }
    if address.starts_with("//") {
        return Target::Outside(format!("https:{address}"));
    }
    inside(dir, &address)
}

/// Resolves the address of an image in a document that lies in the folder `dir`.
pub fn image(dir: &EntryPath, address: &str) -> Target {
    let address = normalised(address);
    match scheme(&address).as_deref() {
        Some("https") => Target::Outside(address),
        // Plain http would be blocked as mixed content; most hosts answer both.
        Some("http") => Target::Outside(format!("https{}", &address[4..])),
        Some("data") => {
            let start = address.get(..32).unwrap_or(&address).to_ascii_lowercase();
            if IMAGE_DATA.iter().any(|known| start.starts_with(known)) {
                Target::Outside(address)
            } else {
                Target::Refused
            }
        }
        Some(_) => Target::Refused,
        None if address.starts_with("//") => Target::Outside(format!("https:{address}")),
        None => inside(dir, &address),
    }
}

/// Resolves a reference without scheme and host: from `dir`, or from the share's root after a leading slash.
///
/// A backslash is a slash, as browsers read it; two of them begin the name of somebody's file server.
fn inside(dir: &EntryPath, address: &str) -> Target {
    if address.starts_with("\\\\") || address.starts_with("/\\") || address.starts_with("\\/") {
        return Target::Refused;
    }
    let (address, fragment) = address.split_once('#').unwrap_or((address, ""));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    if path.is_empty() {
        return if query.is_empty() { Target::Here(fragment.to_owned()) } else { Target::Refused };
    }
    let path = path.replace('\\', "/");
    let Ok(path) = percent_decode_str(&path).decode_utf8() else {
        return Target::Refused;
    };
    let resolved = match path.strip_prefix('/') {
        Some("") => Some(EntryPath::root()),
        Some(rest) => EntryPath::root().resolve(rest),
        None => dir.resolve(&path),
    };
    match resolved {
        Some(path) => Target::Inside { path, fragment: fragment.to_owned() },
        None => Target::Refused,
    }
}

/// Whether a path names an SVG, which only the frame origin serves as an image.
pub fn is_svg(path: &EntryPath) -> bool {
    path.name().is_some_and(|name| name.as_str().to_ascii_lowercase().ends_with(".svg"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dir() -> EntryPath {
        EntryPath::parse("docs/guide").expect("a good path")
    }

    fn to_path(path: &str, fragment: &str) -> Target {
        Target::Inside { path: EntryPath::parse(path).expect("a good path"), fragment: fragment.to_owned() }
    }

    #[test]
    fn links_inside_the_share() {
        for (address, expected) in [
            ("b.md", to_path("docs/guide/b.md", "")),
            ("./b%20c.md#part", to_path("docs/guide/b c.md", "part")),
            ("../../top.md?raw=true", to_path("top.md", "")),
            ("/top.md", to_path("top.md", "")),
            ("/", to_path("", "")),
            ("..", to_path("docs", "")),
            ("#part", Target::Here("part".to_owned())),
            ("", Target::Here(String::new())),
            ("../../../etc/passwd", Target::Refused),
            ("/../x", Target::Refused),
            ("%ff", Target::Refused),
            ("100%.md", to_path("docs/guide/100%.md", "")),
            ("..\\a\\b.md#x", to_path("docs/a/b.md", "x")),
            ("\\top.md", to_path("top.md", "")),
            ("a%5Cb.md", to_path("docs/guide/a\\b.md", "")),
            ("\\\\server\\x", Target::Refused),
            ("/\\server/x", Target::Refused),
        ] {
            assert_eq!(link(&dir(), address), expected, "{address}");
        }
    }

    #[test]
    fn only_known_schemes_pass() {
        for address in [
            "http://a.example/",
            "https://a.example/?q#f",
            "mailto:a@b.example",
            "tel:+1",
            "HTTPS://A.example",
        ] {
            assert_eq!(link(&dir(), address), Target::Outside(address.to_owned()));
        }
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " \u{1}javascript:alert(1)",
            "java\nscript:alert(1)",
            "java\tscript\r:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://x/y",
            "view-source:x",
        ] {
            assert_eq!(link(&dir(), address), Target::Refused, "{address}");
        }
        assert_eq!(link(&dir(), "//a.example/x"), Target::Outside("https://a.example/x".to_owned()));
    }

    #[test]
    fn images_are_stricter() {
        assert_eq!(image(&dir(), "x.png"), to_path("docs/guide/x.png", ""));
        assert_eq!(
            image(&dir(), "http://a.example/x.png"),
            Target::Outside("https://a.example/x.png".to_owned())
        );
        assert!(matches!(image(&dir(), "data:image/png;base64,AAAA"), Target::Outside(_)));
        for address in ["data:text/html,x", "mailto:x", "javascript:x", "../../../x.png"] {
            assert_eq!(image(&dir(), address), Target::Refused, "{address}");
        }
    }

    #[test]
    fn svg_is_known_by_its_name() {
        assert!(is_svg(&EntryPath::parse("a/B.SVG").expect("good")));
        assert!(!is_svg(&EntryPath::parse("a.svg/b.png").expect("good")));
    }

    proptest! {
        #[test]
        fn no_address_panics_or_escapes(address: String) {
            for target in [link(&dir(), &address), image(&dir(), &address)] {
                if let Target::Outside(url) = target {
                    let lower = url.to_ascii_lowercase();
                    let known = ["http:", "https:", "mailto:", "tel:", "data:image/"];
                    prop_assert!(known.iter().any(|s| lower.starts_with(s)), "{}", url);
                }
            }
        }

        #[test]
        fn disguised_scripts_are_refused(noise in "[\t\n\r]{0,3}", lead in "[\u{0}-\u{20}]{0,3}", upper: bool) {
            let word = if upper { "JAVASCRIPT" } else { "javascript" };
            let address = format!("{lead}{}{noise}{}:alert(1)", &word[..4], &word[4..]);
            prop_assert_eq!(link(&dir(), &address), Target::Refused);
        }
    }
}
