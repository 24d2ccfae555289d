//! The exact header sets of the share and frame origins, and why each is there (design §6, `docs/security.md`).

use crate::origin::Origins;
use std::fmt::Write as _;
use vitrine_protocol::{ContentType, EntryName};

/// What never changes may be kept for ever (design §5).
pub(crate) const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// What names the current snapshot is asked for again each time; an entity tag makes that cheap.
pub(crate) const REVALIDATE: &str = "public, no-cache";
/// Files of the latest snapshot: at most 30 s old.
pub(crate) const SHORT: &str = "public, max-age=30";

/// What a sandboxed document may do, in the header as in the attribute of its frame.
pub(crate) const FRAME_SANDBOX: &str = "allow-scripts allow-downloads allow-forms allow-pointer-lock";

const NO_FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()";

type Headers = Vec<(&'static str, String)>;

fn common() -> Headers {
    vec![
        ("x-content-type-options", "nosniff".into()),
        ("referrer-policy", "no-referrer".into()),
        ("permissions-policy", NO_FEATURES.into()),
    ]
}

/// For data on either origin: readable by any page, as the share is readable by anyone, and inert when opened itself.
///
/// pdf.js reads the exposed headers before it asks for ranges. The policy lets browsers style the page they make around
/// an image or a text, and nothing else.
pub(crate) fn data() -> Headers {
    let mut headers = common();
    headers.extend([
        ("access-control-allow-origin", "*".into()),
        (
            "access-control-expose-headers",
            "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag".into(),
        ),
        ("cross-origin-resource-policy", "cross-origin".into()),
        ("content-security-policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'".into()),
    ]);
    headers
}

/// For a file on the share origin: never an active type.
///
/// Text that a browser would run is shown as text; anything else that is not known to be harmless is only saved.
pub(crate) fn share_file(content_type: &ContentType, name: &EntryName, download: bool) -> Headers {
    let mut headers = data();
    let essence = content_type.essence();
    let textual = essence.starts_with("text/") || essence.ends_with("xml") || essence.ends_with("javascript");
    let (served, save) = match (content_type.is_active(), textual) {
        (false, _) => (content_type.as_str(), false),
        (true, true) => ("text/plain; charset=utf-8", false),
        (true, false) => (ContentType::octet_stream_str(), true),
    };
    headers.push(("content-type", served.into()));
    headers.push(("content-disposition", disposition(name, download || save)));
    headers
}

/// For a file on the frame origin: its own type, in a sandbox.
pub(crate) fn frame_file(
    origins: &Origins,
    content_type: &ContentType,
    name: &EntryName,
    download: bool,
) -> Headers {
    let mut headers = data();
    headers.retain(|(name, _)| *name != "content-security-policy");
    headers.push(("content-security-policy", frame_policy(origins)));
    headers.push(("content-type", content_type.as_str().into()));
    headers.push(("content-disposition", disposition(name, download)));
    headers
}

/// For the page on the frame origin that renders one rich output.
pub(crate) fn frame_page(origins: &Origins) -> Headers {
    let mut headers = common();
    headers.extend([
        ("content-security-policy", frame_policy(origins)),
        ("content-type", "text/html; charset=utf-8".into()),
        ("cross-origin-resource-policy", "cross-origin".into()),
        ("cache-control", REVALIDATE.into()),
    ]);
    headers
}

/// Scripts run, from anywhere, but in an opaque origin without storage, and may not frame, navigate or be framed by
/// others than the viewer and the app. (`frame-ancestors` is checked against every ancestor.)
fn frame_policy(Origins { app, share, frame }: &Origins) -> String {
    format!(
        "sandbox {FRAME_SANDBOX}; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' {frame} \
         blob: data: https:; style-src 'unsafe-inline' {frame} https:; img-src {frame} data: blob: https:; \
         font-src {frame} data: https:; media-src {frame} data: blob: https:; connect-src {frame} data: blob: https:; \
         worker-src blob:; form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors {share} {app}"
    )
}

/// For the viewer's page.
pub(crate) fn shell(Origins { app, share, frame }: &Origins) -> Headers {
    let mut headers = common();
    headers.extend([
        (
            "content-security-policy",
            format!(
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; \
                 img-src 'self' blob: data: https: {frame}; media-src 'self' blob:; font-src 'self'; connect-src 'self'; \
                 worker-src 'self'; frame-src {frame}; frame-ancestors {share} {app}; base-uri 'none'; form-action 'none'; \
                 object-src 'none'"
            ),
        ),
        ("content-type", "text/html; charset=utf-8".into()),
        ("cache-control", REVALIDATE.into()),
    ]);
    headers
}

/// For files of the site itself: their names hold their hashes. Sandboxed documents load them with an opaque origin.
pub(crate) fn asset(path: &str) -> Headers {
    let mut headers = common();
    let cache = if path.starts_with("/_assets/") { IMMUTABLE } else { "public, max-age=3600" };
    headers.extend([
        ("access-control-allow-origin", "*".into()),
        ("cross-origin-resource-policy", "cross-origin".into()),
        ("cache-control", cache.into()),
    ]);
    headers
}

/// `Content-Disposition` (RFC 6266) with a plain name for old clients and the real one by RFC 8187.
pub(crate) fn disposition(name: &EntryName, save: bool) -> String {
    let plain: String = name
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " !#$&'()+,-.@[]^_{}~".contains(c) { c } else { '_' })
        .collect();
    let mut value = format!("{}; filename=\"{plain}\"", if save { "attachment" } else { "inline" });
    if plain != name.as_str() {
        let _ = write!(value, "; filename*=UTF-8''{}", name.to_url_segment());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get<'a>(headers: &'a Headers, name: &str) -> &'a str {
        headers.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
    }

    fn origins() -> Origins {
        Origins {
            app: "https://app.example".into(),
            share: "https://s.test".into(),
            frame: "https://f.test".into(),
        }
    }

    #[test]
    fn the_share_origin_never_serves_an_active_type() {
        let name = EntryName::new("x").unwrap();
        for (stored, served, saved) in [
            ("text/html; charset=utf-8", "text/plain; charset=utf-8", false),
            ("image/svg+xml", "text/plain; charset=utf-8", false),
            ("application/xhtml+xml", "text/plain; charset=utf-8", false),
            ("text/javascript", "text/plain; charset=utf-8", false),
            ("application/x-shockwave-flash", "application/octet-stream", true),
            ("multipart/x-mixed-replace", "application/octet-stream", true),
            ("image/png", "image/png", false),
            ("application/pdf", "application/pdf", false),
            ("application/x-ipynb+json; charset=utf-8", "application/x-ipynb+json; charset=utf-8", false),
        ] {
            let headers = share_file(&ContentType::parse(stored).unwrap(), &name, false);
            assert_eq!(get(&headers, "content-type"), served, "{stored}");
            assert_eq!(get(&headers, "content-disposition").starts_with("attachment"), saved, "{stored}");
            assert!(get(&headers, "content-security-policy").starts_with("sandbox;"));
        }
    }

    #[test]
    fn the_frame_serves_documents_only_in_a_sandbox() {
        let html = ContentType::parse("text/html").unwrap();
        let headers = frame_file(&origins(), &html, &EntryName::new("a.html").unwrap(), false);
        assert_eq!(get(&headers, "content-type"), "text/html");
        let policy = get(&headers, "content-security-policy");
        assert!(policy.starts_with(&format!("sandbox {FRAME_SANDBOX};")), "{policy}");
        assert!(
            !policy.contains("allow-same-origin")
                && !policy.contains("allow-top")
                && !policy.contains("allow-popups")
        );
        assert_eq!(headers.iter().filter(|(name, _)| *name == "content-security-policy").count(), 1);
    }

    #[test]
    fn names_cannot_break_out_of_the_header() {
        let value = |text: &str| disposition(&EntryName::new(text).unwrap(), true);
        assert_eq!(value("a b.txt"), "attachment; filename=\"a b.txt\"");
        assert_eq!(value("a\"b"), "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b");
        assert_eq!(
            value("ü\r\nX: y"),
            "attachment; filename=\"___X_ y\"; filename*=UTF-8''%C3%BC%0D%0AX%3A%20y"
        );
        assert_eq!(value("100%"), "attachment; filename=\"100_\"; filename*=UTF-8''100%25");
    }

    #[test]
    fn header_sets() {
        insta::assert_debug_snapshot!("shell", shell(&origins()));
        insta::assert_debug_snapshot!("frame_page", frame_page(&origins()));
        insta::assert_debug_snapshot!("data", data());
    }
}
