//! What can go wrong with one request to the object store, sorted by what to do about it.

use super::sign::SignError;
use crate::remote::network::NetworkError;
use serde::Deserialize;
use std::time::Duration;

/// Codes that come with status 400 and yet say nothing against the request: it was cut or damaged on its way, for the hash
/// in its signature is right by construction.
const PASSING_CODES: [&str; 4] =
    ["BadDigest", "IncompleteBody", "RequestTimeout", "XAmzContentSHA256Mismatch"];

/// Codes that stand when they come with status 200, in the answer to completing an upload; any other is a failure of the
/// store's own, as if it had answered 500.
const LASTING_CODES: [&str; 10] = [
    "AccessDenied",
    "EntityTooSmall",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidPart",
    "InvalidPartOrder",
    "InvalidRequest",
    "MalformedXML",
    "NoSuchBucket",
    "NoSuchUpload",
];

/// Why a request failed, after all the attempts it was worth.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// No answer: refused, unknown host, broken off.
    #[error("Could not reach the storage at {host}")]
    Unreachable {
        /// The host and port.
        host: String,
        /// What the connection said.
        source: NetworkError,
    },
    /// Nothing moved for too long, in either direction.
    #[error("The storage at {host} stalled: nothing moved for {} s", after.as_secs())]
    Stalled {
        /// The host and port.
        host: String,
        /// How long it was waited.
        after: Duration,
    },
    /// The store answered with an error.
    #[error("The storage refused to {action} `{key}`: {code} (status {status}){}", colon(message))]
    Refused {
        /// What was wanted: `get`, `put`…
        action: &'static str,
        /// The object.
        key: String,
        /// The HTTP status.
        status: u16,
        /// The store's code, such as `AccessDenied`.
        code: String,
        /// The store's words.
        message: String,
    },
    /// The bucket is in another region, or at another address.
    #[error("The storage says to {action} `{key}` elsewhere (status {status}): {place}")]
    Moved {
        /// What was wanted.
        action: &'static str,
        /// The object.
        key: String,
        /// The HTTP status.
        status: u16,
        /// Where.
        place: Place,
    },
    /// An object that is longer than it may be.
    #[error("`{key}` in the storage is longer than the {max} bytes that it may have")]
    TooLong {
        /// The object.
        key: String,
        /// The most that is read.
        max: u64,
    },
    /// An answer that is not what was asked for.
    #[error("The storage answered with nonsense to {action} `{key}`: {what}")]
    Nonsense {
        /// What was wanted.
        action: &'static str,
        /// The object.
        key: String,
        /// What is wrong with the answer.
        what: String,
    },
    /// The address of the store is not one.
    #[error("`{url}` is not an http or https URL")]
    Endpoint {
        /// As it was given.
        url: String,
    },
    /// The HTTP client could not be set up.
    #[error("Could not set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    /// The request could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

fn colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

impl S3Error {
    /// The HTTP status, where there is one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Moved { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The store's code, where there is one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether the same request may succeed a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => !source.is_unusable,
            // Nonsense: the answer was damaged on the way.
            Self::Stalled { .. } | Self::Nonsense { .. } => true,
            Self::Refused { status: 200, code, .. } => !LASTING_CODES.contains(&code.as_str()),
            Self::Refused { status, code, .. } => {
                matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
                    || PASSING_CODES.contains(&code.as_str())
            }
            Self::Moved { .. }
            | Self::TooLong { .. }
            | Self::Endpoint { .. }
            | Self::Setup(_)
            | Self::Sign(_) => false,
        }
    }

    /// Whether the store, or the way to it, could not keep up.
    pub fn is_overload(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => !source.is_unusable,
            Self::Stalled { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    /// Whether the credentials are the reason.
    pub fn is_denied(&self) -> bool {
        matches!(self.status(), Some(401 | 403))
    }
}

/// Where a bucket is, as far as its store says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The region to sign for.
    pub region: Option<String>,
    /// The endpoint to use: an origin, perhaps with a path, without the bucket.
    pub endpoint: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.region, &self.endpoint) {
            (Some(region), Some(endpoint)) => write!(to, "in region {region}, at {endpoint}"),
            (Some(region), None) => write!(to, "in region {region}"),
            (None, Some(endpoint)) => write!(to, "at {endpoint}"),
            (None, None) => to.write_str("not where, though"),
        }
    }
}

impl Place {
    /// Takes what is a region by its spelling.
    pub(super) fn region(text: &str) -> Option<String> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (!text.is_empty() && text.len() <= 64 && text.bytes().all(good)).then(|| text.to_owned())
    }

    /// The endpoint in the address of an object, or in a host that may begin with the bucket; `scheme` where it has none.
    pub(super) fn endpoint(text: &str, bucket: &str, scheme: &str) -> Option<String> {
        if text.is_empty() || text.len() > 2048 || text.starts_with('/') {
            return None;
        }
        let text = if text.contains("://") { text.to_owned() } else { format!("{scheme}://{text}") };
        let url = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let host = url.host_str()?;
        let host = host.strip_prefix(&format!("{bucket}.")).unwrap_or(host);
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let path = url.path().split_once(&format!("/{bucket}/")).map_or("", |(start, _)| start);
        Some(format!("{}://{host}{port}{path}", url.scheme()))
    }
}

/// The body of an error answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ErrorBody {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) region: String,
    pub(super) endpoint: String,
}

impl ErrorBody {
    /// Reads what can be read: a proxy on the way may answer with anything.
    pub(super) fn parse(text: &str) -> Self {
        let mut body: Self = quick_xml::de::from_str(text).unwrap_or_default();
        if body.code.is_empty() {
            "no code".clone_into(&mut body.code);
        }
        body.message = body.message.chars().take(300).collect();
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_from_addresses_and_hosts() {
        let endpoint = |text: &str| Place::endpoint(text, "b", "https");
        for (text, wanted) in [
            ("b.s3.eu-west-1.amazonaws.com", Some("https://s3.eu-west-1.amazonaws.com")),
            ("s3.eu-west-1.amazonaws.com", Some("https://s3.eu-west-1.amazonaws.com")),
            (
                "https://b.s3.eu-west-1.amazonaws.com/share/x?uploads",
                Some("https://s3.eu-west-1.amazonaws.com"),
            ),
            ("http://127.0.0.1:9000/storage/b/share/x", Some("http://127.0.0.1:9000/storage")),
            ("https://u:p@host/b/x", Some("https://host")),
            ("/b/share/x", None),
            ("", None),
            ("ftp://host/", None),
            ("http://", None),
        ] {
            assert_eq!(endpoint(text).as_deref(), wanted, "{text}");
        }
        assert_eq!(Place::region("eu-west-1").as_deref(), Some("eu-west-1"));
        for bad in ["", "a b", "\u{1b}[31m", &"a".repeat(65)] {
            assert_eq!(Place::region(bad), None);
        }
    }

    #[test]
    fn error_bodies_are_read_and_garbage_is_survived() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>No &amp; no.</Message></Error>"#;
        let body = ErrorBody::parse(xml);
        assert_eq!((body.code.as_str(), body.message.as_str()), ("AccessDenied", "No & no."));
        for garbage in ["", "<html>", "{}", "<Error><Code>", "\0"] {
            assert_eq!(ErrorBody::parse(garbage).code, "no code", "{garbage:?}");
        }
    }
}
