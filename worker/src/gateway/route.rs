//! The addresses of the share and frame origins (design §5), parsed once into types. Called by `edge`.

use vitrine_protocol::ids::Sha256;
use vitrine_protocol::{EntryPath, ManifestId, ShareId};

/// What a path on the share or frame origin names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// A file of the site itself, under `/_assets/` or well known.
    Asset,
    /// The page that renders one rich output; frame origin only.
    FramePage,
    /// The viewer, at a path of a share.
    Shell(ShareId, EntryPath),
    /// Data of a share.
    Data(ShareId, Data),
    /// Where data is, but no data's address.
    BadData,
    /// Nothing.
    None,
}

/// The data routes, behind `/~/{share_id}/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Data {
    Latest,
    Meta,
    Manifest(ManifestId),
    Blob(Sha256),
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
        return Route::FramePage;
    }
    if rest.starts_with("_assets/") || rest == "favicon.ico" || rest == "robots.txt" {
        return Route::Asset;
    }
    if let Some(rest) = rest.strip_prefix('~') {
        // Only the anonymous capability, the empty one, is known so far.
        return rest.strip_prefix('/').and_then(parse_data).unwrap_or(Route::BadData);
    }
    let (share, path) = rest.split_once('/').unwrap_or((rest, ""));
    match (share.parse(), EntryPath::from_url(path)) {
        (Ok(share), Ok(path)) => Route::Shell(share, path),
        _ => Route::None,
    }
}

fn parse_data(rest: &str) -> Option<Route> {
    let (share, rest) = rest.split_once('/')?;
    let data = match rest.split_once('/').unwrap_or((rest, "")) {
        ("latest.json", "") => Data::Latest,
        ("meta.json", "") => Data::Meta,
        ("manifests", name) => Data::Manifest(name.strip_suffix(".json")?.parse().ok()?),
        ("blobs", hash) => Data::Blob(hash.parse().ok()?),
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
    Some(Route::Data(share.parse().ok()?, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHARE: &str = "e0123456789abcdefghjkmnpqr";
    const MANIFEST: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn path(text: &str) -> EntryPath {
        EntryPath::parse(text).unwrap()
    }

    #[test]
    fn every_route_is_known() {
        let share: ShareId = SHARE.parse().unwrap();
        let manifest: ManifestId = MANIFEST.parse().unwrap();
        let hash = Sha256::of(b"x");
        for (url, route) in [
            ("/".to_owned(), Route::FramePage),
            ("/_assets/viewer-1.js".to_owned(), Route::Asset),
            (format!("/{SHARE}"), Route::Shell(share, EntryPath::root())),
            (format!("/{SHARE}/"), Route::Shell(share, EntryPath::root())),
            (format!("/{SHARE}/a%20b/c%2523/"), Route::Shell(share, path("a b/c%23"))),
            (format!("/~/{SHARE}/latest.json"), Route::Data(share, Data::Latest)),
            (format!("/~/{SHARE}/meta.json"), Route::Data(share, Data::Meta)),
            (format!("/~/{SHARE}/manifests/{MANIFEST}.json"), Route::Data(share, Data::Manifest(manifest))),
            (format!("/~/{SHARE}/blobs/{hash}"), Route::Data(share, Data::Blob(hash))),
            (
                format!("/~/{SHARE}/files/{MANIFEST}/a/b.txt"),
                Route::Data(share, Data::File(manifest, path("a/b.txt"))),
            ),
            (format!("/~/{SHARE}/zip/{MANIFEST}/a/b/"), Route::Data(share, Data::Zip(manifest, path("a/b")))),
            (
                format!("/~/{SHARE}/zip/{MANIFEST}"),
                Route::Data(share, Data::Zip(manifest, EntryPath::root())),
            ),
            (format!("/~/{SHARE}/raw/latest.json"), Route::Data(share, Data::Raw(path("latest.json")))),
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
            &format!("/~cap/{SHARE}/latest.json"),
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
            let expected = if url.starts_with("/~") { Route::BadData } else { Route::None };
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
