//! An answer as plain data: status, headers, and where the body's bytes are. `edge` turns it into a response whose bytes
//! stream from R2 to the client without passing through here.

use vitrine_protocol::{Extent, ObjectKey, Problem, ShareId};

/// Where the bytes of an answer come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// There are none.
    Empty,
    /// They are here.
    Bytes(Vec<u8>),
    /// They are these pieces, one after another.
    Pieces(Vec<Piece>),
    /// They are a file of the site, by its path.
    Asset(String),
}

/// A run of an answer's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes that are here: the framing around what is stored.
    Bytes(Vec<u8>),
    /// Bytes of an object: offset and length.
    Object(ObjectKey, u64, u64),
}

impl Piece {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Object(_, _, length) => *length,
        }
    }

    /// The pieces of a share's extents.
    pub(crate) fn of_extents(share: ShareId, extents: Vec<Extent>) -> Vec<Self> {
        let piece =
            |extent: Extent| Self::Object(ObjectKey::blob(share, extent.blob), extent.offset, extent.length);
        extents.into_iter().map(piece).collect()
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// Sets a header, in place of one of that name.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(own, _)| *own != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Adds headers, in place of those of the same names.
    pub(crate) fn headers(self, headers: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        headers.into_iter().fold(self, |reply, (name, value)| reply.header(name, value))
    }

    /// Sets the body and its `Content-Length`.
    pub(crate) fn body(self, body: Body) -> Self {
        let length = match &body {
            Body::Empty => 0,
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Pieces(pieces) => pieces.iter().map(Piece::length).sum(),
            // The platform knows.
            Body::Asset(_) => return Self { body, ..self },
        };
        Self { body, ..self.header("content-length", length.to_string()) }
    }

    /// The platform encodes the body on its way out (Workers runtime API: `Response`, `encodeBody`); nobody knows its length.
    pub(crate) fn encoded(mut self, coding: &'static str) -> Self {
        self.headers.retain(|(name, _)| *name != "content-length");
        self.header("content-encoding", coding)
    }

    /// A JSON answer.
    pub(crate) fn json(status: u16, value: &impl serde::Serialize) -> Self {
        let bytes = serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec());
        Self::new(status)
            .header("content-type", "application/json")
            .header("cache-control", "no-store")
            .header("x-content-type-options", "nosniff")
            .body(Body::Bytes(bytes))
    }

    /// A problem+json answer (RFC 9457). Never cached: what is missing now may be there in a second.
    pub(crate) fn problem(problem: &Problem) -> Self {
        Self::json(problem.status, problem).header("content-type", "application/problem+json")
    }

    /// The value of a header, if it is set.
    pub(crate) fn header_named(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }
}
