//! Everything that can keep a page from showing, and what the reader is told about it.
//!
//! A share that does not exist and one that the reader may not know of look the same here as they do on the wire.

use vitrine_protocol::documents::FormatError;
use vitrine_protocol::{EntryPath, ErrorCode, Problem};

/// Why a page cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No such share, or none that the reader may know of.
    #[error("share not found")]
    ShareNotFound,
    /// The share is there and has no snapshot yet.
    #[error("nothing published yet")]
    NotPublished,
    /// The snapshot has no such path.
    #[error("`{path}` not found")]
    PathNotFound {
        /// What was asked for.
        path: EntryPath,
        /// The last folder on the way to it that is there.
        nearest: EntryPath,
    },
    /// A symbolic link leads in a circle.
    #[error("`{path}` is a broken link")]
    BrokenLink {
        /// What was asked for.
        path: EntryPath,
        /// The last folder on the way to it that is there.
        nearest: EntryPath,
    },
    /// The address is not one of a page.
    #[error("not an address: {0}")]
    BadAddress(String),
    /// The snapshot that the page was opened on has been collected.
    #[error("snapshot gone")]
    SnapshotGone,
    /// A token is needed, or the one at hand is not good any more.
    #[error("sign-in needed")]
    SignIn,
    /// The reader is known and may not read this.
    #[error("forbidden")]
    Forbidden,
    /// Too many requests.
    #[error("too many requests")]
    TooManyRequests,
    /// The gateway or the storage failed.
    #[error("server error {status}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// What the server says happened.
        detail: String,
        /// What to quote when asking for help.
        request_id: String,
    },
    /// No answer came at all.
    #[error("no answer from the network")]
    Offline,
    /// The snapshot was made by a newer Vitrine.
    #[error("snapshot of a newer version")]
    NewerVersion,
    /// What was stored contradicts itself.
    #[error("damaged snapshot: {0}")]
    Corrupt(String),
}

/// What a page about a failure offers to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Ask again for the same thing.
    Retry,
    /// Load the page anew, on the latest snapshot.
    Reload,
    /// Go to a folder that exists.
    GoUp(EntryPath),
    /// Sign in, where the app is.
    SignIn,
    /// Nothing helps from here.
    Nothing,
}

impl Failure {
    /// What an error answer means.
    ///
    /// The viewer asks only for what the snapshot names, so a file or listing that is not there says that the snapshot
    /// itself is gone.
    pub fn from_answer(status: u16, body: &[u8]) -> Self {
        let problem = vitrine_protocol::json::from_slice::<Problem>(body).ok();
        let code = problem.as_ref().and_then(|p| ErrorCode::ALL.iter().copied().find(|code| p.is(*code)));
        match (code, status) {
            (Some(ErrorCode::ShareNotFound), _) => Self::ShareNotFound,
            (Some(ErrorCode::NotPublished), _) => Self::NotPublished,
            (Some(ErrorCode::SnapshotNotFound | ErrorCode::PathNotFound), _) | (None, 404 | 410) => {
                Self::SnapshotGone
            }
            (Some(ErrorCode::UnsupportedVersion), _) => Self::NewerVersion,
            (Some(ErrorCode::Corrupt), _) => Self::Corrupt(problem.map(|p| p.detail).unwrap_or_default()),
            (_, 401) => Self::SignIn,
            (_, 403) => Self::Forbidden,
            (_, 429) => Self::TooManyRequests,
            _ => {
                let (detail, request_id) = problem.map(|p| (p.detail, p.request_id)).unwrap_or_default();
                Self::Server { status, detail, request_id }
            }
        }
    }

    /// What an error's code alone means, where there is no more of it.
    pub fn from_code(code: &str) -> Self {
        let known = ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code);
        match known {
            Some(known) => {
                let problem = serde_json::to_vec(&Problem::new(known, ""));
                Self::from_answer(known.status(), &problem.unwrap_or_default())
            }
            None => Self::Offline,
        }
    }

    /// A stable name for the style sheet, for tests and for beacons.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ShareNotFound => "share-not-found",
            Self::NotPublished => "not-published",
            Self::PathNotFound { .. } => "path-not-found",
            Self::BrokenLink { .. } => "broken-link",
            Self::BadAddress(_) => "bad-address",
            Self::SnapshotGone => "snapshot-gone",
            Self::SignIn => "sign-in",
            Self::Forbidden => "forbidden",
            Self::TooManyRequests => "too-many-requests",
            Self::Server { .. } => "server",
            Self::Offline => "offline",
            Self::NewerVersion => "newer-version",
            Self::Corrupt(_) => "corrupt",
        }
    }

    /// What the gateway is told. It hears nothing of a reader who was turned away, or who has no network.
    pub fn beacon(&self) -> Option<&'static str> {
        match self {
            Self::ShareNotFound | Self::SignIn | Self::Forbidden | Self::Offline => None,
            heard => Some(heard.code()),
        }
    }

    /// The key of the page's heading.
    pub fn title(&self) -> String {
        format!("failure.{}.title", self.code())
    }

    /// The key of the sentence or two under the heading, and the values in it.
    pub fn explanation(&self) -> (String, Vec<(&'static str, String)>) {
        let values = match self {
            Self::PathNotFound { path, .. } | Self::BrokenLink { path, .. } => {
                vec![("path", path.to_string())]
            }
            Self::BadAddress(reason) | Self::Corrupt(reason) => vec![("reason", reason.clone())],
            Self::Server { status, detail, .. } => {
                vec![("status", status.to_string()), ("detail", detail.clone())]
            }
            _ => Vec::new(),
        };
        let which =
            if matches!(self, Self::Server { detail, .. } if detail.is_empty()) { "bare" } else { "why" };
        (format!("failure.{}.{which}", self.code()), values)
    }

    /// What to offer next.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::PathNotFound { nearest, .. } | Self::BrokenLink { nearest, .. } => {
                Remedy::GoUp(nearest.clone())
            }
            Self::SnapshotGone | Self::NewerVersion => Remedy::Reload,
            Self::Server { .. }
            | Self::Offline
            | Self::TooManyRequests
            | Self::Corrupt(_)
            | Self::NotPublished => Remedy::Retry,
            Self::ShareNotFound | Self::SignIn => Remedy::SignIn,
            Self::Forbidden | Self::BadAddress(_) => Remedy::Nothing,
        }
    }
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::NewerVersion { .. } => Self::NewerVersion,
            other => Self::Corrupt(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_failures() {
        let body = |code| serde_json::to_vec(&Problem::new(code, "it broke")).expect("JSON");
        let read = |code: ErrorCode| Failure::from_answer(code.status(), &body(code));
        assert_eq!(read(ErrorCode::ShareNotFound), Failure::ShareNotFound);
        assert_eq!(read(ErrorCode::SnapshotNotFound), Failure::SnapshotGone);
        assert_eq!(read(ErrorCode::PathNotFound), Failure::SnapshotGone);
        assert_eq!(Failure::from_answer(404, b""), Failure::SnapshotGone);
        assert_eq!(read(ErrorCode::TokenExpired), Failure::SignIn);
        assert_eq!(read(ErrorCode::RateLimited), Failure::TooManyRequests);
        assert_eq!(Failure::from_code("token_revoked"), Failure::SignIn);
        assert_eq!(Failure::from_code("share_not_found"), Failure::ShareNotFound);
        assert_eq!(Failure::from_code("offline"), Failure::Offline);
        assert_eq!(read(ErrorCode::UnsupportedVersion), Failure::NewerVersion);
        assert_eq!(
            Failure::from_answer(502, b"<html>"),
            Failure::Server { status: 502, detail: String::new(), request_id: String::new() }
        );
    }

    #[test]
    fn the_gateway_knows_what_it_is_told() {
        let told: Vec<_> = all().iter().filter_map(Failure::beacon).collect();
        assert!(told.iter().all(|code| vitrine_protocol::beacon::CODES.contains(code)), "{told:?}");
        assert!(!told.contains(&"share-not-found") && told.contains(&"corrupt"));
    }

    /// One of each.
    fn all() -> Vec<Failure> {
        let path = EntryPath::parse("a/b c.md").expect("a path");
        let nearest = path.parent().expect("it has a parent");
        vec![
            Failure::ShareNotFound,
            Failure::NotPublished,
            Failure::PathNotFound { path: path.clone(), nearest: nearest.clone() },
            Failure::BrokenLink { path, nearest },
            Failure::BadAddress("`.` and `..` are not names of files".to_owned()),
            Failure::SnapshotGone,
            Failure::SignIn,
            Failure::Forbidden,
            Failure::TooManyRequests,
            Failure::Server {
                status: 500,
                detail: "the storage timed out".to_owned(),
                request_id: "r1".to_owned(),
            },
            Failure::Server { status: 502, detail: String::new(), request_id: String::new() },
            Failure::Offline,
            Failure::NewerVersion,
            Failure::Corrupt("the entry `x` is out of order or there twice".to_owned()),
        ]
    }

    /// The English text of a key, which must be there, with its values.
    fn english(key: &str, values: &[(&'static str, String)]) -> String {
        let page = include_str!("../../static/locales/en/page.json");
        let texts: std::collections::BTreeMap<String, String> =
            serde_json::from_str(page).expect("a catalogue");
        let text = texts.get(key).unwrap_or_else(|| panic!("`{key}` is in no catalogue"));
        values
            .iter()
            .fold(text.clone(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
    }

    #[test]
    fn texts() {
        let texts: Vec<_> = all()
            .iter()
            .map(|failure| {
                let (why, values) = failure.explanation();
                let (title, why) = (english(&failure.title(), &[]), english(&why, &values));
                assert!(!why.contains("{{"), "{why}");
                format!("{title}\n  {why}\n  → {:?}", failure.remedy())
            })
            .collect();
        insta::assert_snapshot!(texts.join("\n"));
    }
}
