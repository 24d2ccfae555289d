//! What a request's URL names. Not the `url` crate: it brings the tables of internationalised names, a quarter of the
//! Worker's size, and the platform has normalised the URL already. Pure; called by `entry`.

/// The parts of a request's URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// Name and port.
    pub(super) host: &'a str,
    /// Still percent-encoded, with its first slash.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Takes a URL apart that the platform has normalised (WHATWG URL: scheme and host in lower case, no default port, at
    /// least `/` as a path). What is not like that has an empty host, which is no origin's.
    pub(super) fn of(url: &'a str) -> Self {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let rest = rest.split('#').next().unwrap_or_default();
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(at);
        // Credentials in a URL are nobody's host.
        let host = authority.rsplit('@').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        Self { host, path: if path.is_empty() { "/" } else { path }, query }
    }

    /// Whether the query names a parameter, with a value or without.
    pub(super) fn has(&self, name: &str) -> bool {
        let mut parameters = self.query.unwrap_or_default().split('&');
        parameters.any(|part| part.split('=').next() == Some(name))
    }

    /// The first value of a parameter of the query, still encoded.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        let mut parameters = self.query?.split('&').filter_map(|part| part.split_once('='));
        parameters.find_map(|(own, value)| (own == name).then_some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, host, path, query) in [
            (
                "http://share.localhost:8787/a/b%20c?x=1&y#z",
                "share.localhost:8787",
                "/a/b%20c",
                Some("x=1&y"),
            ),
            ("https://s.test/", "s.test", "/", None),
            ("https://s.test", "s.test", "/", None),
            ("https://s.test?q", "s.test", "/", Some("q")),
            ("https://user@s.test/", "s.test", "/", None),
            ("https://s.test/a?b?c", "s.test", "/a", Some("b?c")),
            ("https://s.test/http://other.test/", "s.test", "/http://other.test/", None),
            ("nonsense", "", "/", None),
        ] {
            assert_eq!(Target::of(url), Target { host, path, query }, "{url}");
        }
    }

    #[test]
    fn parameters_have_whole_names() {
        let has = |query: &str| Target::of(&format!("https://s.test/?{query}")).has("download");
        assert!(has("download") && has("a=1&download") && has("download=1"));
        assert!(!has("downloads") && !has("a=download") && !has(""));
    }

    proptest! {
        #[test]
        fn no_url_panics(url: String) {
            let _ = Target::of(&url).has("x");
        }
    }
}
