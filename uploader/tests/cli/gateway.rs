//! The data routes of the share origin over the remote in memory: what a reader gets, anonymous or with a capability.
//!
//! Shares of region `g` are gated: they open to the token `viewer`, by a capability that ends at once, and to nobody else.

use crate::server::{Answer, problem, ranged, text};
use hyper::Method;
use hyper::http::request::Parts;
use serde_json::json;
use vitrine::remote::memory::Memory;
use vitrine_protocol::session::OpenSession;
use vitrine_protocol::{ErrorCode, ObjectKey, Problem, ShareId};

/// The capability that the token buys; its renewal buys `cap2`.
const CAPABILITY: &str = "cap1";

pub(crate) fn answer(memory: &Memory, head: &Parts, body: &[u8]) -> Answer {
    let refused = |code| problem(&Problem::new(code, ""));
    let path = head.uri.path().trim_start_matches("/~");
    let Some((capability, rest)) = path.split_once('/') else { return refused(ErrorCode::NoRoute) };
    let Some((share, rest)) = rest.split_once('/') else { return refused(ErrorCode::NoRoute) };
    let Ok(share) = share.parse::<ShareId>() else { return refused(ErrorCode::ShareNotFound) };
    if (&head.method, rest) == (&Method::POST, "session") {
        return session(body);
    }
    let gated = share.region() == 'g';
    match capability {
        "" if !gated => {}
        CAPABILITY | "cap2" if gated => {}
        "" => return refused(ErrorCode::ShareNotFound),
        _ => return refused(ErrorCode::TokenExpired),
    }
    let key = format!("{}{rest}", ObjectKey::share_prefix(share));
    let stored = memory.state().objects.get(&key).cloned();
    match stored {
        Some(bytes) => ranged(&bytes, head.headers.get("range").and_then(|value| value.to_str().ok())),
        None if rest == "latest.json" => refused(ErrorCode::ShareNotFound),
        None => refused(ErrorCode::PathNotFound),
    }
}

fn session(body: &[u8]) -> Answer {
    let capability = match serde_json::from_slice(body).unwrap() {
        OpenSession::Token(token) if token == "viewer" => CAPABILITY,
        OpenSession::Renewal(renewal) if renewal == "again" => "cap2",
        _ => return problem(&Problem::new(ErrorCode::InvalidToken, "")),
    };
    let session = json!({
        "capability": capability, "frame_capability": "x", "expires_at": 0, "expires_in_ms": 0, "renewal": "again",
    });
    text(200, &session.to_string())
}
