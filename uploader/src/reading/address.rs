//! The address of a share as a person copies it from the browser.
//!
//! It refuses what is not one before anything is asked. A token in the fragment is taken, as the viewer takes it; one in the
//! query is not looked at, because queries end up in logs.

use crate::secret::Secret;
use url::Url;
use vitrine_protocol::{EntryPath, ShareId};

/// Why a text is not the address of a share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an http or https URL.
    #[error("`{0}` is not an http or https URL")]
    Url(String),
    /// A URL without a share's id.
    #[error("`{0}` does not name a share: its path does not begin with a share's id")]
    NoShare(String),
    /// A path that cannot be one.
    #[error("The path in `{0}` is not one of a share")]
    Path(String),
}

/// Where a share is read, and what of it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareAddress {
    /// The share origin, and the path it may have, without a slash at its end.
    pub origin: Url,
    /// The share.
    pub share: ShareId,
    /// What is behind the share's id; the root when nothing is.
    pub path: EntryPath,
    /// The token of the fragment.
    pub token: Option<Secret>,
}

impl ShareAddress {
    /// Reads `https://ORIGIN/SHARE_ID[/PATH][#token=…]`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        // The fragment may be a token, which no message repeats.
        let shown = || text.split('#').next().unwrap_or_default().to_owned();
        let mut url = Url::parse(text).map_err(|_| AddressError::Url(shown()))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(AddressError::Url(shown()));
        }
        let token = url.fragment().and_then(token);
        let path = url.path().trim_start_matches('/').to_owned();
        let (share, rest) = path.split_once('/').unwrap_or((&path, ""));
        let share = share.parse().map_err(|_| AddressError::NoShare(shown()))?;
        let path = EntryPath::from_url(rest).map_err(|_| AddressError::Path(shown()))?;
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self { origin: url, share, path, token })
    }
}

fn token(fragment: &str) -> Option<Secret> {
    let mut parameters = fragment.split('&').filter_map(|parameter| parameter.strip_prefix("token="));
    parameters.next().map(Secret::new).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "e0123456789abcdefghjkmnpqr";

    #[test]
    fn addresses_are_read_as_the_browser_shows_them() {
        let read = |text: &str| ShareAddress::parse(&text.replace("ID", ID));
        let plain = read("http://share.localhost:8787/ID").unwrap();
        assert_eq!((plain.origin.as_str(), plain.share.as_str()), ("http://share.localhost:8787/", ID));
        assert!(plain.path.is_root() && plain.token.is_none());
        let deep = read("https://s.example/ID/a%20b/c.txt?x=1#page=2&token=a.b.c").unwrap();
        assert_eq!(deep.path.to_string(), "a b/c.txt");
        assert_eq!(deep.token.unwrap().expose(), "a.b.c");
        assert!(read("https://s.example/ID/#token=").unwrap().token.is_none());
        assert!(matches!(read("https://s.example/elsewhere"), Err(AddressError::NoShare(_))));
        assert!(matches!(read("https://s.example/ID/a%2Fb"), Err(AddressError::Path(_))));
        for bad in ["", "ID", "s3://bucket/ID", "share.localhost/ID", "http:///ID"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let error = read("https://s.example/x#token=secret").unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
