//! Which methods a route takes, and what `OPTIONS` answers. Called by `edge` before anything else is done for a request.

use super::headers;
use super::route::Route;
use crate::failure::Failure;
use crate::origin::Origin;
use crate::reply::Reply;
use vitrine_protocol::ErrorCode;

/// Decides by the method, as it was sent: an answer, or that the route goes on. 405 with `Allow` for a method that it does not
/// take.
pub(crate) fn decide(origin: Origin, route: &Route, method: &str) -> Result<Option<Reply>, Failure> {
    // What the viewer alone sends takes no preflight: no other origin may send it with headers of its own.
    let posted = origin == Origin::Share && matches!(route, Route::Session(_) | Route::Events { .. });
    let data = matches!(route, Route::Data { .. } | Route::GatedData { .. } | Route::BadData);
    let allow = if posted { "POST" } else { "GET, HEAD, OPTIONS" };
    match (posted, method) {
        (true, "POST") | (false, "GET" | "HEAD") => Ok(None),
        (false, "OPTIONS") => Ok(Some(preflight())),
        (_, other) => {
            let failure = Failure::new(ErrorCode::MethodNotAllowed, format!("{other} is not taken here."));
            let failure = failure.header("allow", allow);
            Err(if data { failure.with_headers(headers::data()) } else { failure })
        }
    }
}

/// For pages of other origins that ask for ranges, or show a token: no cookie or other ambient right is ever involved.
fn preflight() -> Reply {
    Reply::new(204)
        .header("allow", "GET, HEAD, OPTIONS")
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "GET, HEAD")
        .header(
            "access-control-allow-headers",
            "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Authorization",
        )
        .header("access-control-max-age", "86400")
}

#[cfg(test)]
mod tests {
    use super::super::route::parse;
    use super::*;

    const SHARE: &str = "e0123456789abcdefghjkmnpqr";

    /// What a method gets: `goes on`, a status, or 405 and what `Allow` says.
    fn outcome(origin: Origin, path: &str, method: &str) -> String {
        match decide(origin, &parse(path), method) {
            Ok(None) => "goes on".to_owned(),
            Ok(Some(reply)) => reply.status.to_string(),
            Err(failure) => {
                let allow = failure.headers.iter().find(|(name, _)| *name == "allow");
                format!("{} {}", failure.problem.status, allow.map_or("", |(_, value)| value))
            }
        }
    }

    #[test]
    fn what_is_posted_takes_nothing_else() {
        for path in
            [format!("/~/{SHARE}/session"), format!("/~/{SHARE}/events"), format!("/~cap/{SHARE}/events")]
        {
            assert_eq!(outcome(Origin::Share, &path, "POST"), "goes on", "{path}");
            for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "post", "NONSENSE"] {
                assert_eq!(outcome(Origin::Share, &path, method), "405 POST", "{method} {path}");
            }
            // The frame origin has no such routes: the request goes on to its 404.
            assert_eq!(outcome(Origin::Frame, &path, "GET"), "goes on", "{path}");
            assert_eq!(outcome(Origin::Frame, &path, "POST"), "405 GET, HEAD, OPTIONS", "{path}");
        }
    }

    #[test]
    fn everything_else_is_read() {
        for path in
            [format!("/~/{SHARE}/latest.json"), format!("/{SHARE}/"), "/robots.txt".into(), "/x".into()]
        {
            for origin in [Origin::Share, Origin::Frame] {
                for (method, expected) in [
                    ("GET", "goes on"),
                    ("HEAD", "goes on"),
                    ("OPTIONS", "204"),
                    ("POST", "405 GET, HEAD, OPTIONS"),
                    ("TRACE", "405 GET, HEAD, OPTIONS"),
                ] {
                    assert_eq!(outcome(origin, &path, method), expected, "{method} {path}");
                }
            }
        }
    }
}
