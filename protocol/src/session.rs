//! The session exchange of the share origin: a viewer token goes in, a capability that stands in URLs comes out (design
//! §6). The gateway answers it, the viewer asks.

use serde::{Deserialize, Serialize};

/// `POST /~/{share_id}/session`: `{"token": …}` opens a session, `{"renewal": …}` prolongs one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenSession {
    /// A viewer token.
    Token(String),
    /// The `renewal` of an earlier answer.
    Renewal(String),
}

impl std::fmt::Debug for OpenSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the secret itself: requests end up in logs.
        f.write_str(match self {
            Self::Token(_) => "Token(…)",
            Self::Renewal(_) => "Renewal(…)",
        })
    }
}

/// The answer: what opens the share, and until when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Stands after `/~` in the data routes of the share origin.
    pub capability: String,
    /// The same for files on the frame origin, whose documents can read their own address: it opens nothing else.
    pub frame_capability: String,
    /// When both end, in milliseconds since the epoch by the server's clock.
    pub expires_at: i64,
    /// How long they live from now, in milliseconds, for a reader whose clock is off.
    pub expires_in_ms: u64,
    /// Prolongs the session without another token. It never stands in a URL, so that no log holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<String>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_one_field() {
        let read = |json: &str| serde_json::from_str::<OpenSession>(json).ok();
        assert_eq!(read(r#"{"token":"a.b.c"}"#), Some(OpenSession::Token("a.b.c".into())));
        assert_eq!(read(r#"{"renewal":"x"}"#), Some(OpenSession::Renewal("x".into())));
        for bad in ["", "{}", r#"{"token":1}"#, r#"{"token":"a","renewal":"b"}"#, r#"{"other":"a"}"#] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", OpenSession::Token("secret".into())).contains("secret"));
        let session = Session {
            capability: "secret".into(),
            frame_capability: "secret".into(),
            expires_at: 1,
            expires_in_ms: 1,
            renewal: Some("secret".into()),
        };
        assert!(!format!("{session:?}").contains("secret"));
    }
}
