//! Preconditions (RFC 9110 section 13): `If-None-Match` and `If-Range` so far, against a strong entity tag.

/// Whether `If-None-Match` says that the client has this version already: weak comparison, lists and `*`.
pub(crate) fn none_match_fails(header: Option<&str>, etag: &str) -> bool {
    let Some(header) = header else { return false };
    header.trim() == "*" || tags(header).any(|tag| opaque(tag) == opaque(etag))
}

/// Whether `If-Range` allows the range: strong comparison with one tag. A date never matches, as content has no
/// `Last-Modified` yet: section 13.1.5 then asks for the whole content.
pub(crate) fn range_applies(header: Option<&str>, etag: &str) -> bool {
    header.is_none_or(|header| header.trim() == etag)
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// Splits a list of entity tags. A comma may stand inside the quotes of a tag.
fn tags(header: &str) -> impl Iterator<Item = &str> {
    let mut rest = header;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let start = if rest.starts_with("W/\"") { 3 } else { 1 };
        if !opaque(rest).starts_with('"') {
            return None;
        }
        let end = start + rest.get(start..)?.find('"')? + 1;
        let (tag, after) = rest.split_at(end);
        rest = after;
        Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_weak_tags_and_stars_match() {
        for (header, expected) in [
            (r#""a""#, true),
            (r#"W/"a""#, true),
            (r#""b", "a""#, true),
            (r#""b","a""#, true),
            (r#" , "b" ,W/"a""#, true),
            (r#""x,y", "a""#, true),
            ("*", true),
            (" * ", true),
            (r#""b""#, false),
            (r#""A""#, false),
            ("a", false),
            (r#""a"#, false),
            ("", false),
            (r#"w/"a""#, false),
        ] {
            assert_eq!(none_match_fails(Some(header), "\"a\""), expected, "{header}");
        }
        assert!(!none_match_fails(None, "\"a\""));
    }

    #[test]
    fn if_range_compares_strongly() {
        assert!(range_applies(None, "\"a\""));
        assert!(range_applies(Some("\"a\""), "\"a\""));
        for other in ["W/\"a\"", "\"b\"", "\"a\", \"b\"", "Sat, 29 Oct 1994 19:43:31 GMT", ""] {
            assert!(!range_applies(Some(other), "\"a\""), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(header in "[\"W/, a*é]{0,30}") {
            none_match_fails(Some(&header), "\"a\"");
        }
    }
}
