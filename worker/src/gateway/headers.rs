//! The exact header sets of the share and frame origins, and why each is there (design §6, `docs/security.md`).

use super::route::Strictness;
use crate::origin::Origins;
use std::fmt::Write as _;
use vitrine_protocol::{ContentType, EntryName};

/// How long an answer may be kept (design §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It never changes.
    Immutable,
    /// It names the current snapshot: asked for again each time; an entity tag makes that cheap.
    Revalidate,
    /// A file of the latest snapshot: at most 30 s old.
    Short,
}

/// `Cache-Control`. What is gated is kept by its reader's browser alone.
pub(crate) fn cache(freshness: Freshness, gated: bool) -> String {
    let who = if gated { "private" } else { "public" };
    let long = match (freshness, gated) {
        // Its address ends with its capability; a browser must not show it long after the server would not.
        (Freshness::Immutable, true) => "max-age=50",
        (Freshness::Immutable, false) => "max-age=31536000, immutable",
        (Freshness::Revalidate, _) => "no-cache",
        (Freshness::Short, _) => "max-age=30",
    };
    format!("{who}, {long}")
}

/// The same for content that is asked for by ranges. The platform's edge compresses texts, and then weakens the entity
/// tag and drops the length, unless it is told not to (RFC 9111 section 5.2.2.6).
pub(crate) fn exact(freshness: Freshness, gated: bool) -> String {
    format!("{}, no-transform", cache(freshness, gated))
}

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

/// For a redirect from a name for people: a new name is good after a minute.
pub(crate) fn human() -> Headers {
    let mut headers = common();
    headers.push(("cache-control", "public, max-age=60".into()));
    headers.push(("content-security-policy", "sandbox; default-src 'none'".into()));
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

/// How a file of the frame origin is asked for (Fetch Metadata, `Sec-Fetch-Dest`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Shown {
    /// In a frame of another page, whose policy holds as well.
    Framed,
    /// By itself in a tab, as part of a document, or by a client that does not say.
    #[default]
    Otherwise,
}

impl Shown {
    pub(crate) fn of(destination: Option<&str>) -> Self {
        match destination {
            Some("iframe" | "frame" | "fencedframe") => Self::Framed,
            _ => Self::Otherwise,
        }
    }
}

/// For a file on the frame origin: its own type, in a sandbox.
///
/// A picture never needs scripts. A document of a gated share has them in a frame only: the page around it keeps it from navigating to
/// where it could tell its own address, which holds a capability; in a tab of its own nothing would.
pub(crate) fn frame_file(
    origins: &Origins,
    content_type: &ContentType,
    name: &EntryName,
    download: bool,
    (strictness, shown): (Strictness, Shown),
) -> Headers {
    let mut headers = data();
    headers.retain(|(name, _)| *name != "content-security-policy");
    let policy = match (content_type.essence().starts_with("image/"), strictness, shown) {
        (true, ..) => picture_policy(origins),
        (false, Strictness::Strict, Shown::Otherwise) => still_policy(origins),
        (false, ..) => frame_policy(origins, strictness),
    };
    headers.push(("content-security-policy", policy));
    headers.push(("content-type", content_type.as_str().into()));
    headers.push(("content-disposition", disposition(name, download)));
    if strictness == Strictness::Strict {
        headers.push(("vary", "Sec-Fetch-Dest".into()));
    }
    headers
}

/// Whether an answer must not be kept: the policy of a gated document follows from how it is asked for, and not every cache looks at
/// `Vary` before it hands one that was framed to a tab.
pub(crate) fn is_kept(content_type: &ContentType, strictness: Strictness) -> bool {
    let essence = content_type.essence();
    let document = essence.contains("html") || essence.ends_with("xml") && !essence.starts_with("image/");
    !document || strictness == Strictness::Open
}

/// For pictures: they may style themselves and hold other pictures.
fn picture_policy(origins: &Origins) -> String {
    format!(
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; \
         base-uri 'none'; frame-ancestors {}",
        ancestors(origins)
    )
}

/// For documents that run nothing and ask nobody but their own origin. Without scripts the sandbox stops `<meta http-equiv=refresh>`, too.
fn still_policy(origins: &Origins) -> String {
    let frame = &origins.frame;
    format!(
        "sandbox; default-src 'none'; style-src 'unsafe-inline' {frame}; img-src {frame} data:; font-src {frame} data:; \
         media-src {frame} data:; form-action 'none'; base-uri 'none'; frame-ancestors {}",
        ancestors(origins)
    )
}

/// For the page on the frame origin that renders one rich output; what a gated share hands it may go to no host of its
/// author's choosing.
pub(crate) fn frame_page(origins: &Origins, strictness: Strictness) -> Headers {
    let mut headers = common();
    headers.extend([
        ("content-security-policy", frame_policy(origins, strictness)),
        ("content-type", "text/html; charset=utf-8".into()),
        ("cross-origin-resource-policy", "cross-origin".into()),
        ("cache-control", cache(Freshness::Revalidate, false)),
    ]);
    headers
}

/// Where strict documents may load scripts, styles and fonts from. Such a document knows its own address, capability
/// included, and its share's files, and could tell them to any host that it may ask; these hosts' logs no author reads.
const LIBRARIES: &str = "https://cdn.jsdelivr.net https://cdnjs.cloudflare.com https://unpkg.com https://cdn.plot.ly \
     https://cdn.bokeh.org https://fonts.googleapis.com https://fonts.gstatic.com";

/// Scripts run, but in an opaque origin without storage, and may not frame, navigate or be framed by others than the
/// viewer and those who embed it. (`frame-ancestors` is checked against every ancestor.)
fn frame_policy(origins: &Origins, strictness: Strictness) -> String {
    let frame = &origins.frame;
    let (libraries, hosts) = match strictness {
        Strictness::Open => ("https:", " https:"),
        Strictness::Strict => (LIBRARIES, ""),
    };
    format!(
        "sandbox {FRAME_SANDBOX}; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' {frame} \
         blob: data: {libraries}; style-src 'unsafe-inline' {frame} {libraries}; img-src {frame} data: blob:{hosts}; \
         font-src {frame} data: {libraries}; media-src {frame} data: blob:{hosts}; \
         connect-src {frame} data: blob:{hosts}; worker-src blob:; form-action 'none'; base-uri 'none'; \
         object-src 'none'; frame-ancestors {}",
        ancestors(origins)
    )
}

/// Who may show a share in an iframe: the share origin itself, the app, and whom the operator names.
fn ancestors(Origins { app, share, embedders, .. }: &Origins) -> String {
    [share, app].into_iter().chain(embedders).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// For the viewer's page. The one of an open share may frame anything of the frame origin; any other page only what is
/// strict, so that nothing a gated share frames can navigate to a document that may talk to the world. `style` names the one
/// style sheet that is written in the page.
pub(crate) fn shell(origins: &Origins, strictness: Strictness, style: &str) -> Headers {
    let (frame, ancestors) = (&origins.frame, ancestors(origins));
    let below = if strictness == Strictness::Strict { "/gated/" } else { "" };
    let mut headers = common();
    headers.extend([
        (
            "content-security-policy",
            format!(
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' {style}; style-src-attr 'unsafe-inline'; \
                 img-src 'self' blob: data: https: {frame}; media-src 'self' blob:; font-src 'self'; connect-src 'self'; \
                 worker-src 'self'; frame-src {frame}{below}; frame-ancestors {ancestors}; base-uri 'none'; form-action 'none'; \
                 object-src 'none'"
            ),
        ),
        ("content-type", "text/html; charset=utf-8".into()),
        // No window that opens a share, or is opened from one, holds a handle on the other.
        ("cross-origin-opener-policy", "same-origin".into()),
        ("cross-origin-resource-policy", "same-origin".into()),
        ("cache-control", cache(Freshness::Revalidate, false)),
    ]);
    headers
}

/// For a file of the app origin that pages which embed shares load, and for the example of such a page, which may load and
/// frame what it shows and nothing else.
pub(crate) fn app_file(Origins { share, .. }: &Origins, is_script: bool) -> Headers {
    let mut headers = common();
    let cross = if is_script { "cross-origin" } else { "same-origin" };
    headers.extend([
        (
            "content-security-policy",
            format!(
                "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; frame-src {share}; \
                 connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
        ),
        ("cross-origin-resource-policy", cross.into()),
        ("cache-control", "public, max-age=3600".into()),
    ]);
    headers
}

/// For the exchange of tokens: no other origin may read the answer, and nobody may keep it.
pub(crate) fn session() -> Headers {
    let mut headers = common();
    headers.extend([
        ("content-security-policy", "sandbox; default-src 'none'".into()),
        ("cross-origin-resource-policy", "same-origin".into()),
    ]);
    headers
}

/// For what crawlers read.
pub(crate) fn crawl() -> Headers {
    let mut headers = common();
    headers.extend([
        ("content-security-policy", "sandbox; default-src 'none'".into()),
        ("cache-control", "public, max-age=3600".into()),
    ]);
    headers
}

/// For files of the site itself: their names hold their hashes. Sandboxed documents load them with an opaque origin.
pub(crate) fn asset(path: &str) -> Headers {
    let mut headers = common();
    let hashed = path.starts_with("/_assets/");
    let cache = if hashed { cache(Freshness::Immutable, false) } else { "public, max-age=3600".into() };
    headers.extend([
        ("access-control-allow-origin", "*".into()),
        ("cross-origin-resource-policy", "cross-origin".into()),
        ("cache-control", cache),
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
        Origins::example()
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
        let headers =
            frame_file(&origins(), &html, &name("a.html"), false, (Strictness::Open, Shown::Otherwise));
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
    fn documents_of_gated_shares_ask_no_host_of_an_authors_choosing() {
        let html = ContentType::parse("text/html").unwrap();
        let headers =
            frame_file(&origins(), &html, &name("a.html"), false, (Strictness::Strict, Shown::Framed));
        let policy = get(&headers, "content-security-policy");
        assert!(!policy.split([' ', ';']).any(|word| word == "https:"), "{policy}");
        let connect = policy.split("; ").find(|directive| directive.starts_with("connect-src ")).unwrap();
        assert_eq!(connect, "connect-src https://f.test data: blob:");
        let shell = shell(&origins(), Strictness::Strict, "'sha256-x'");
        assert!(get(&shell, "content-security-policy").contains("; frame-src https://f.test/gated/; "));
        assert!(policy.starts_with(&format!("sandbox {FRAME_SANDBOX};")), "{policy}");
    }

    fn name(text: &str) -> EntryName {
        EntryName::new(text).unwrap()
    }

    /// Types, and what they are served with on the frame origin by how they are asked for: whether scripts run, and whether a cache
    /// keeps them.
    #[test]
    fn scripts_run_in_frames_of_gated_shares_and_in_no_picture() {
        let scripts = |content_type: &str, strictness, destination: Option<&str>| {
            let content_type = ContentType::parse(content_type).unwrap();
            let shown = (strictness, Shown::of(destination));
            let headers = frame_file(&origins(), &content_type, &name("x"), false, shown);
            let policy = get(&headers, "content-security-policy").to_owned();
            assert!(policy.starts_with("sandbox") && policy.contains("frame-ancestors https://"), "{policy}");
            let runs = policy.contains("allow-scripts");
            assert_eq!(runs, policy.contains("script-src"), "{policy}");
            assert!(runs || !policy.contains("https:;") && !policy.contains("connect-src"), "{policy}");
            let varies = get(&headers, "vary") == "Sec-Fetch-Dest";
            assert_eq!(varies, strictness == Strictness::Strict, "{content_type:?}");
            runs
        };
        let (open, strict) = (Strictness::Open, Strictness::Strict);
        for svg in ["image/svg+xml", "image/svg+xml; charset=utf-8", "image/png", "IMAGE/SVG+XML"] {
            for destination in
                [None, Some("document"), Some("iframe"), Some("image"), Some("embed"), Some("object")]
            {
                assert!(
                    !scripts(svg, strict, destination) && !scripts(svg, open, destination),
                    "{svg} {destination:?}"
                );
            }
        }
        for document in [
            "text/html",
            "application/xhtml+xml",
            "text/xml",
            "application/xml",
            "application/rss+xml",
            "text/plain",
        ] {
            for destination in [
                None,
                Some("document"),
                Some("empty"),
                Some("object"),
                Some("embed"),
                Some("IFRAME"),
                Some(""),
            ] {
                assert!(!scripts(document, strict, destination), "{document} {destination:?}");
                assert!(scripts(document, open, destination), "{document} {destination:?}");
            }
            assert!(
                scripts(document, strict, Some("iframe")) && scripts(document, strict, Some("frame")),
                "{document}"
            );
        }
        let kept = |text: &str, strictness| is_kept(&ContentType::parse(text).unwrap(), strictness);
        assert!(
            !kept("text/html", strict) && !kept("application/xhtml+xml", strict) && !kept("text/xml", strict)
        );
        assert!(kept("text/html", open) && kept("image/svg+xml", strict) && kept("text/javascript", strict));
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
        insta::assert_debug_snapshot!("shell", shell(&origins(), Strictness::Open, "'sha256-x'"));
        insta::assert_debug_snapshot!("frame_page", frame_page(&origins(), Strictness::Open));
        insta::assert_debug_snapshot!("data", data());
    }
}
