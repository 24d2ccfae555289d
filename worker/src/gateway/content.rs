//! One content with its entity tag and length, answered under RFC 9110: preconditions first, then ranges. Pure; called by
//! `data`.

use super::Ask;
use super::condition::{Validators, Verdict, evaluate, http_date};
use super::range::{Selection, Span, select};
use crate::failure::Failure;
use crate::reply::{Body, Piece, Reply};
use vitrine_protocol::{ErrorCode, Sha256};

/// What conditions and ranges are decided on.
pub(super) struct Content<'a> {
    pub(super) etag: &'a str,
    pub(super) size: u64,
    /// In whole seconds since the epoch.
    pub(super) last_modified: Option<i64>,
}

pub(super) fn content(etag: &str, size: u64) -> Content<'_> {
    Content { etag, size, last_modified: None }
}

pub(super) fn precondition_failed(etag: &str) -> Failure {
    Failure::new(ErrorCode::PreconditionFailed, "The content is another version.").header("etag", etag)
}

/// Applies the preconditions and the range to a content; `pieces` says where a span of it is.
pub(super) fn ranged(
    base: Reply,
    content: &Content<'_>,
    ask: &Ask,
    pieces: impl Fn(Span) -> Vec<Piece>,
) -> Result<Reply, Failure> {
    let &Content { etag, size, last_modified } = content;
    let mut base = base.header("etag", etag).header("accept-ranges", "bytes");
    if let Some(date) = last_modified.and_then(http_date) {
        base = base.header("last-modified", date);
    }
    let range_applies = match evaluate(ask, Validators { etag, last_modified }) {
        Verdict::Failed => return Err(precondition_failed(etag)),
        Verdict::NotModified => return Ok(Reply { status: 304, ..base }),
        Verdict::Proceed { range_applies } => range_applies,
    };
    // Section 14.2: only GET has ranges.
    match select(ask.range.as_deref().filter(|_| range_applies && !ask.head), size) {
        Selection::Whole => Ok(base.body(Body::Pieces(pieces(Span { first: 0, length: size })))),
        Selection::Parts(spans) => Ok(partial(base, content, &spans, pieces)),
        Selection::Unsatisfiable => {
            Err(Failure::new(ErrorCode::RangeNotSatisfiable, format!("The content has {size} bytes."))
                .header("content-range", format!("bytes */{size}"))
                .header("accept-ranges", "bytes"))
        }
    }
}

/// A 206: one range by itself, several as `multipart/byteranges` (section 14.6).
fn partial(base: Reply, content: &Content<'_>, spans: &[Span], pieces: impl Fn(Span) -> Vec<Piece>) -> Reply {
    let base = Reply { status: 206, ..base };
    if let [span] = spans {
        let range = span.content_range(content.size);
        return base.header("content-range", range).body(Body::Pieces(pieces(*span)));
    }
    // No content can hold its own hash, so no part can hold the boundary.
    let boundary = format!("part-{}", &Sha256::of(content.etag.as_bytes()).to_string()[..32]);
    let own_type =
        base.headers.iter().find(|(name, _)| *name == "content-type").map(|(_, value)| value.clone());
    let own_type = own_type.unwrap_or_else(|| "application/octet-stream".into());
    let mut body = Vec::new();
    for span in spans {
        let range = span.content_range(content.size);
        let head = format!("\r\n--{boundary}\r\nContent-Type: {own_type}\r\nContent-Range: {range}\r\n\r\n");
        body.push(Piece::Bytes(head.into_bytes()));
        body.extend(pieces(*span));
    }
    body.push(Piece::Bytes(format!("\r\n--{boundary}--\r\n").into_bytes()));
    base.header("content-type", format!("multipart/byteranges; boundary={boundary}")).body(Body::Pieces(body))
}
