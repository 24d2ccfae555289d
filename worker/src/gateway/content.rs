//! One content with its entity tag and length, answered under RFC 9110: preconditions first, then ranges. Pure; called by
//! `data`, and by `edge` for pages.

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

/// Whether an `Accept-Encoding` takes gzip (RFC 9110 section 12.5.3).
pub(crate) fn accepts_gzip(accepted: &str) -> bool {
    let weight = |coding: &str| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        // A weight of zero is one without another digit (section 12.4.2); no number has to be made of it.
        let weight = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
        Some((name, weight.bytes().any(|digit| (b'1'..=b'9').contains(&digit))))
    };
    let codings: Vec<_> = accepted.split(',').filter_map(weight).collect();
    let of = |name: &str| codings.iter().find(|(coding, _)| coding == name).map(|(_, taken)| *taken);
    of("gzip").or_else(|| of("*")).unwrap_or(false)
}

/// Texts longer than this are read by ranges; so long an answer as gzip would keep a processor busy that many share.
const GZIP_MAX: u64 = 16 * 1024 * 1024;
/// A shorter one fits into a packet or two as it is.
const GZIP_MIN: u64 = 1024;

/// Whether a content of this type and size is worth its compression.
pub(super) fn is_compressible(essence: &str, size: u64) -> bool {
    let textual = essence.starts_with("text/")
        || ["json", "xml", "javascript", "x-ndjson", "jsonl"].iter().any(|end| essence.ends_with(end));
    textual && (GZIP_MIN..=GZIP_MAX).contains(&size)
}

/// An answer that has all of a content, or says that it has not changed, with the content as gzip, which the platform makes of it on
/// its way out. It is another representation (section 8.8.3), so the entity tag is a weak one.
///
/// It must have an address under which no part is ever given: Chromium answers a range out of what it has kept of a whole answer,
/// and counts in compressed bytes.
pub(super) fn as_gzip(reply: Reply, etag: &str, cache_control: String) -> Reply {
    let reply = reply.header("etag", format!("W/{etag}")).header("cache-control", cache_control);
    if reply.status == 200 { reply.encoded("gzip") } else { reply }
}

pub(super) fn precondition_failed(etag: &str) -> Failure {
    Failure::new(ErrorCode::PreconditionFailed, "The content is another version.").header("etag", etag)
}

/// A page that the client may have already: its tag is the digest of what it says. An error's page has none.
pub(crate) fn revalidated(page: Reply, ask: &Ask) -> Result<Reply, Failure> {
    let Body::Bytes(html) = &page.body else { return Ok(page) };
    if page.status != 200 {
        return Ok(page);
    }
    let etag = format!("\"{}\"", Sha256::of(html));
    let page = page.header("etag", &etag);
    match evaluate(ask, Validators { etag: &etag, last_modified: None }) {
        Verdict::Failed => Err(precondition_failed(&etag)),
        Verdict::NotModified => Ok(Reply { status: 304, body: Body::Empty, ..page }),
        Verdict::Proceed { .. } => Ok(page),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_or_not() {
        for taken in ["gzip", "br, gzip", "GZIP;q=0.1", "*", "deflate, *;q=0.5"] {
            assert!(accepts_gzip(taken), "{taken}");
        }
        for refused in ["", "identity", "br", "gzip;q=0", "*, gzip;q=0", "gzip;q=x", "xgzip"] {
            assert!(!accepts_gzip(refused), "{refused}");
        }
    }

    #[test]
    fn a_page_that_is_there_already_is_not_sent_again() {
        let page = |text: &str| Reply::new(200).body(Body::Bytes(text.as_bytes().to_vec()));
        let first = revalidated(page("a"), &Ask::default()).unwrap();
        let tag = first.header_named("etag").unwrap().to_owned();
        assert_eq!((first.status, &first.body), (200, &page("a").body));
        // The edge compresses pages, which makes the tag a weak one.
        let ask = Ask { if_none_match: Some(format!("W/{tag}")), ..Ask::default() };
        let again = revalidated(page("a"), &ask).unwrap();
        assert_eq!((again.status, again.body), (304, Body::Empty));
        assert_eq!(revalidated(page("b"), &ask).unwrap().status, 200);
        let error = Reply { status: 404, ..page("a") };
        assert_eq!(revalidated(error.clone(), &ask).unwrap(), error);
    }

    #[test]
    fn what_is_worth_compressing() {
        for essence in [
            "text/markdown",
            "application/json",
            "application/x-ipynb+json",
            "image/svg+xml",
            "text/javascript",
        ] {
            assert!(is_compressible(essence, 5000), "{essence}");
            assert!(!is_compressible(essence, 100) && !is_compressible(essence, 1 << 30), "{essence}");
        }
        for essence in ["image/png", "application/octet-stream", "application/pdf", "video/mp4"] {
            assert!(!is_compressible(essence, 5000), "{essence}");
        }
    }
}
