//! The addresses of the share and frame origins (design §5), parsed once into types. Called by `edge`.

use vitrine_protocol::ids::Sha256;
use vitrine_protocol::limits::{JSON_INTEGER_MAX, LISTING_BYTES_MAX};
use vitrine_protocol::{EntryPath, Extent, Handle, ManifestId, ShareId};

/// What a path on the share or frame origin names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// A file of the site itself, under `/_assets/` or well known.
    Asset,
    /// The page that renders one rich output, of an open share or of a gated one; frame origin only.
    FramePage(Strictness),
    /// What crawlers may do.
    Robots,
    /// The shares that search engines may list: the index, or one page of them.
    Sitemap(Option<u32>),
    /// The viewer, at a path of a share.
    Shell(ShareId, EntryPath),
    /// The same by the share's name for people, `/@owner/slug/path`.
    Human(Handle, Handle, EntryPath),
    /// Data of a share, and what stands after the `~`: a capability, or nothing.
    Data { capability: String, share: ShareId, data: Data },
    /// The same under `/gated/`, where the frame origin has the files of gated shares.
    GatedData { capability: String, share: ShareId, data: Data },
    /// Where a viewer token is exchanged for a capability.
    Session(ShareId),
    /// Where the viewer says that a share was opened, or what it could not show.
    Events { capability: String, share: ShareId },
    /// Where data is, but no data's address.
    BadData,
    /// Nothing.
    None,
}

impl Route {
    /// What its answers are counted under: a few words, and nothing of the path.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::FramePage(_) => "frame_page",
            Self::Robots => "robots",
            Self::Sitemap(_) => "sitemap",
            Self::Shell(..) => "page",
            Self::Human(..) => "human",
            Self::Data { data, .. } | Self::GatedData { data, .. } => match data {
                Data::Latest => "latest",
                Data::Meta => "meta",
                Data::Manifest(_) => "manifest",
                Data::Blob(_) => "blob",
                Data::Extent(_) => "extent",
                Data::File(..) => "file",
                Data::Raw(_) => "raw",
                Data::Zip(..) => "zip",
            },
            Self::Session(_) => "session",
            Self::Events { .. } => "events",
            Self::BadData | Self::None => "none",
        }
    }
}

/// What a document of the frame origin may reach. It follows from the address alone: the viewer's policy lets frames of a
/// gated share go to strict addresses only, so that they cannot navigate to where they may talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Any host.
    Open,
    /// Its own share, and a few hosts of libraries.
    Strict,
}

/// The data routes, behind `/~/{share_id}/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Data {
    Latest,
    Meta,
    Manifest(ManifestId),
    Blob(Sha256),
    /// A part of a blob that is a document by itself: a listing.
    Extent(Extent),
    /// A file of that snapshot.
    File(ManifestId, EntryPath),
    /// A file of the latest snapshot.
    Raw(EntryPath),
    /// A folder of that snapshot as ZIP.
    Zip(ManifestId, EntryPath),
}

/// Parses the path of a URL, as the platform gives it: still percent-encoded, beginning with a slash.
pub(crate) fn parse(path: &str) -> Route {
    let Some(rest) = path.strip_prefix('/') else { return Route::None };
    if rest.is_empty() {
        return Route::FramePage(Strictness::Open);
    }
    if let Some(rest) = rest.strip_prefix("gated/") {
        return gated(rest);
    }
    match rest {
        "favicon.ico" => return Route::Asset,
        "robots.txt" => return Route::Robots,
        "sitemap.xml" => return Route::Sitemap(None),
        _ if rest.starts_with("_assets/") => return Route::Asset,
        _ => {}
    }
    if let Some(page) = rest.strip_prefix("sitemap-").and_then(|page| page.strip_suffix(".xml")) {
        // One spelling each: no signs, no leading zeros.
        let number = page.parse().ok().filter(|number: &u32| number.to_string() == page);
        return number.map_or(Route::None, |number| Route::Sitemap(Some(number)));
    }
    if let Some(rest) = rest.strip_prefix('~') {
        return rest
            .split_once('/')
            .and_then(|(capability, rest)| parse_data(capability, rest))
            .unwrap_or(Route::BadData);
    }
    if let Some(rest) = rest.strip_prefix('@') {
        return human(rest).unwrap_or(Route::None);
    }
    let (share, path) = rest.split_once('/').unwrap_or((rest, ""));
    match (share.parse(), EntryPath::from_url(path)) {
        (Ok(share), Ok(path)) => Route::Shell(share, path),
        _ => Route::None,
    }
}

fn human(rest: &str) -> Option<Route> {
    let (owner, rest) = rest.split_once('/')?;
    let (slug, path) = rest.split_once('/').unwrap_or((rest, ""));
    Some(Route::Human(owner.parse().ok()?, slug.parse().ok()?, EntryPath::from_url(path).ok()?))
}

/// What is below `/gated/`: the page of outputs, and data.
fn gated(rest: &str) -> Route {
    if rest.is_empty() {
        return Route::FramePage(Strictness::Strict);
    }
    let parts = rest.strip_prefix('~').and_then(|rest| rest.split_once('/'));
    match parts.and_then(|(capability, rest)| parse_data(capability, rest)) {
        Some(Route::Data { capability, share, data }) => Route::GatedData { capability, share, data },
        _ => Route::BadData,
    }
}

fn parse_data(capability: &str, rest: &str) -> Option<Route> {
    let (share, rest) = rest.split_once('/')?;
    let share = share.parse().ok()?;
    if rest == "session" && capability.is_empty() {
        return Some(Route::Session(share));
    }
    if rest == "events" {
        return Some(Route::Events { capability: capability.to_owned(), share });
    }
    let data = match rest.split_once('/').unwrap_or((rest, "")) {
        ("latest.json", "") => Data::Latest,
        ("meta.json", "") => Data::Meta,
        ("manifests", name) => Data::Manifest(name.strip_suffix(".json")?.parse().ok()?),
        ("blobs", hash) => Data::Blob(hash.parse().ok()?),
        ("extents", rest) => Data::Extent(extent(rest)?),
        ("files", rest) => {
            let (manifest, path) = rest.split_once('/')?;
            Data::File(manifest.parse().ok()?, EntryPath::from_url(path).ok()?)
        }
        ("zip", rest) => {
            let (manifest, path) = rest.split_once('/').unwrap_or((rest, ""));
            Data::Zip(manifest.parse().ok()?, EntryPath::from_url(path).ok()?)
        }
        ("raw", path) => Data::Raw(EntryPath::from_url(path).ok()?),
        _ => return None,
    };
    Some(Route::Data { capability: capability.to_owned(), share, data })
}

/// `{blob}/{offset}/{length}`.
fn extent(rest: &str) -> Option<Extent> {
    let mut parts = rest.split('/');
    let blob = parts.next()?.parse().ok()?;
    // One spelling each, of numbers that JSON can say as well.
    let mut number = || {
        let text = parts.next()?;
        text.parse().ok().filter(|n: &u64| *n <= JSON_INTEGER_MAX && n.to_string() == text)
    };
    let extent = Extent { blob, offset: number()?, length: number()? };
    (parts.next().is_none() && (1..=LISTING_BYTES_MAX).contains(&extent.length)).then_some(extent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHARE: &str = "e0123456789abcdefghjkmnpqr";
    const MANIFEST: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn handle(text: &str) -> Handle {
        text.parse().unwrap()
    }

    fn path(text: &str) -> EntryPath {
        EntryPath::parse(text).unwrap()
    }

    #[test]
    fn every_route_is_known() {
        let share: ShareId = SHARE.parse().unwrap();
        let manifest: ManifestId = MANIFEST.parse().unwrap();
        let hash = Sha256::of(b"x");
        let data = |data: Data| Route::Data { capability: String::new(), share, data };
        for (url, route) in [
            ("/".to_owned(), Route::FramePage(Strictness::Open)),
            ("/gated/".to_owned(), Route::FramePage(Strictness::Strict)),
            (
                format!("/gated/~abc/{SHARE}/files/{MANIFEST}/a"),
                Route::GatedData { capability: "abc".into(), share, data: Data::File(manifest, path("a")) },
            ),
            ("/_assets/viewer-1.js".to_owned(), Route::Asset),
            (format!("/{SHARE}"), Route::Shell(share, EntryPath::root())),
            (format!("/{SHARE}/"), Route::Shell(share, EntryPath::root())),
            (format!("/{SHARE}/a%20b/c%2523/"), Route::Shell(share, path("a b/c%23"))),
            (format!("/~/{SHARE}/latest.json"), data(Data::Latest)),
            (format!("/~/{SHARE}/meta.json"), data(Data::Meta)),
            (format!("/~/{SHARE}/manifests/{MANIFEST}.json"), data(Data::Manifest(manifest))),
            (format!("/~/{SHARE}/blobs/{hash}"), data(Data::Blob(hash))),
            (
                format!("/~/{SHARE}/extents/{hash}/0/10"),
                data(Data::Extent(Extent { blob: hash, offset: 0, length: 10 })),
            ),
            (format!("/~/{SHARE}/extents/{hash}/0/0"), Route::BadData),
            (format!("/~/{SHARE}/extents/{hash}/00/1"), Route::BadData),
            (format!("/~/{SHARE}/extents/{hash}/0/1/"), Route::BadData),
            (format!("/~/{SHARE}/extents/{hash}/0/99999999999"), Route::BadData),
            (format!("/~/{SHARE}/files/{MANIFEST}/a/b.txt"), data(Data::File(manifest, path("a/b.txt")))),
            (format!("/~/{SHARE}/zip/{MANIFEST}/a/b/"), data(Data::Zip(manifest, path("a/b")))),
            (format!("/~/{SHARE}/zip/{MANIFEST}"), data(Data::Zip(manifest, EntryPath::root()))),
            (format!("/~/{SHARE}/session"), Route::Session(share)),
            ("/@ada/algebra".into(), Route::Human(handle("ada"), handle("algebra"), path(""))),
            ("/@ada/algebra/".into(), Route::Human(handle("ada"), handle("algebra"), path(""))),
            ("/@ada/algebra/a%20b".into(), Route::Human(handle("ada"), handle("algebra"), path("a b"))),
            ("/@Ada/algebra".into(), Route::None),
            ("/@ada".into(), Route::None),
            (format!("/~/{SHARE}/events"), Route::Events { capability: String::new(), share }),
            (format!("/~abc_-9/{SHARE}/events"), Route::Events { capability: "abc_-9".into(), share }),
            (
                format!("/~abc_-9/{SHARE}/latest.json"),
                Route::Data { capability: "abc_-9".into(), share, data: Data::Latest },
            ),
            ("/robots.txt".to_owned(), Route::Robots),
            ("/sitemap.xml".to_owned(), Route::Sitemap(None)),
            ("/sitemap-12.xml".to_owned(), Route::Sitemap(Some(12))),
            (format!("/~/{SHARE}/raw/latest.json"), data(Data::Raw(path("latest.json")))),
        ] {
            assert_eq!(parse(&url), route, "{url}");
        }
    }

    #[test]
    fn everything_else_is_nothing() {
        for url in [
            "",
            "/x",
            "/~",
            "/~/",
            "/~/x/latest.json",
            "/~cap",
            &format!("/~cap/{SHARE}/session"),
            "/gated",
            "/gated/x",
            &format!("/gated/~/{SHARE}/session"),
            &format!("/gated/~/{SHARE}/events"),
            &format!("/~/{SHARE}/events/"),
            "/sitemap-01.xml",
            "/sitemap-.xml",
            "/sitemap--1.xml",
            &format!("/~/{SHARE}"),
            &format!("/~/{SHARE}/"),
            &format!("/~/{SHARE}/latest.json/x"),
            &format!("/~/{SHARE}/manifests/{MANIFEST}"),
            &format!("/~/{SHARE}/manifests/{}.json", MANIFEST.to_lowercase()),
            &format!("/~/{SHARE}/blobs/{}", Sha256::of(b"").to_string().to_uppercase()),
            &format!("/~/{SHARE}/files/{MANIFEST}"),
            &format!("/~/{SHARE}/raw/a/../b"),
            &format!("/~/{SHARE}/raw/%2e%2e/x"),
            &format!("/~/{SHARE}/raw/a%2fb"),
            &format!("/{SHARE}//etc"),
            &format!("/{}/", SHARE.to_uppercase()),
        ] {
            let data = url.starts_with("/~") || url.starts_with("/gated/");
            let expected = if data { Route::BadData } else { Route::None };
            assert_eq!(parse(url), expected, "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(text in "(/[~%a-z0-9./\\PC]{0,60})") {
            let _ = parse(&text);
        }
    }
}
