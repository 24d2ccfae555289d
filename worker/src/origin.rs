//! Which of the three origins a request is for. Decided by the whole origin, never by the path or a header of the
//! client's choosing. Called by `edge` for every request.

/// The three origins of design §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The main app's side: control API and console.
    App,
    /// The viewer and the data.
    Share,
    /// Untrusted documents, sandboxed.
    Frame,
}

/// The configured origins: scheme, host and port, no path.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    pub(crate) app: String,
    pub(crate) share: String,
    pub(crate) frame: String,
    /// Other origins that may embed shares and hand readers over, beside the app.
    pub(crate) embedders: Vec<String>,
    /// Where a reader signs in: what comes before the share's id and the path.
    pub(crate) sign_in: String,
    /// Where a reader copies a share into a project of their own, likewise; empty when the app offers no such page.
    pub(crate) copy: String,
}

#[cfg(test)]
impl Origins {
    /// Origins for tests.
    pub(crate) fn example() -> Self {
        Self {
            app: "https://app.example".into(),
            share: "https://s.test".into(),
            frame: "https://f.test".into(),
            embedders: vec!["https://course.example".into()],
            sign_in: "https://app.example/open/".into(),
            copy: "https://app.example/copy/".into(),
        }
    }
}

impl Origins {
    /// Whether browsers reach it by https, as it is configured. A local one is not, and must not tell them to.
    pub(crate) fn is_https(&self, origin: Origin) -> bool {
        let own = match origin {
            Origin::App => &self.app,
            Origin::Share => &self.share,
            Origin::Frame => &self.frame,
        };
        own.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }

    /// Finds the origin that `host` (name and port, as in a URL) belongs to; `None` for any other name.
    ///
    /// The scheme is not compared: TLS may end before the Worker.
    pub(crate) fn of_host(&self, host: &str) -> Option<Origin> {
        let is =
            |origin: &str| origin.split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(host));
        if is(&self.share) {
            Some(Origin::Share)
        } else if is(&self.frame) {
            Some(Origin::Frame)
        } else if is(&self.app) {
            Some(Origin::App)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_what_is_configured() {
        let origins = Origins { share: "http://share.localhost:8787".into(), ..Origins::example() };
        let all = [Origin::App, Origin::Share, Origin::Frame].map(|origin| origins.is_https(origin));
        assert_eq!(all, [true, false, true]);
    }

    #[test]
    fn only_exact_hosts_count() {
        let origins = Origins {
            app: "http://app.localhost:8787".into(),
            share: "http://share.localhost:8787".into(),
            frame: "http://frame.localhost:8787".into(),
            ..Origins::example()
        };
        for (host, origin) in [
            ("share.localhost:8787", Some(Origin::Share)),
            ("SHARE.localhost:8787", Some(Origin::Share)),
            ("frame.localhost:8787", Some(Origin::Frame)),
            ("app.localhost:8787", Some(Origin::App)),
            ("localhost:8787", None),
            ("share.localhost", None),
            ("share.localhost:8787.evil.example", None),
            ("x.share.localhost:8787", None),
            ("", None),
        ] {
            assert_eq!(origins.of_host(host), origin, "{host}");
        }
    }
}
