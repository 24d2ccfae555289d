//! The addresses of a share's data. Each begins with the reader's capability, which is renewed while a page is open: what is
//! asked for later begins with the later one.

use crate::links::is_svg;
use std::sync::{Arc, PoisonError, RwLock};
use vitrine_protocol::{EntryPath, Extent, ManifestId, Sha256, ShareId};

/// What every address of data begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefixes {
    /// On the share origin: `/~`, or `/~` and a capability.
    pub share: String,
    /// The same for the frame origin, whose documents can read theirs.
    pub frame: String,
}

impl Prefixes {
    /// Those of a reader without a token.
    pub fn anonymous() -> Self {
        Self { share: "/~".to_owned(), frame: "/~".to_owned() }
    }
}

/// Where the data of one share is. Clones are renewed together.
#[derive(Debug, Clone)]
pub struct DataRoutes {
    prefixes: Arc<RwLock<Prefixes>>,
    share: ShareId,
    /// The origin that serves active types, without a slash at its end.
    frame_origin: String,
}

impl DataRoutes {
    /// The routes of a share for a reader who was let in with those prefixes.
    pub fn new(share: ShareId, frame_origin: &str, prefixes: Prefixes) -> Self {
        Self {
            prefixes: Arc::new(RwLock::new(prefixes)),
            share,
            frame_origin: frame_origin.trim_end_matches('/').to_owned(),
        }
    }

    /// From now on addresses begin with these.
    pub fn renew(&self, prefixes: Prefixes) {
        *self.prefixes.write().unwrap_or_else(PoisonError::into_inner) = prefixes;
    }

    fn prefix(&self) -> String {
        self.prefixes.read().unwrap_or_else(PoisonError::into_inner).share.clone()
    }

    /// Whether the reader was let in by a capability.
    pub fn is_gated(&self) -> bool {
        self.prefix() != Prefixes::anonymous().share
    }

    /// The share.
    pub fn share(&self) -> ShareId {
        self.share
    }

    /// The frame origin's page for rich outputs.
    ///
    /// What a gated share hands it may go to fewer hosts.
    pub fn frame_page(&self) -> String {
        format!("{}/{}", self.frame_origin, if self.is_gated() { "gated/" } else { "" })
    }

    /// Which snapshot is the current one.
    pub fn latest(&self) -> String {
        format!("{}/{}/latest.json", self.prefix(), self.share)
    }

    /// What readers are told about the share.
    pub fn meta(&self) -> String {
        format!("{}/{}/meta.json", self.prefix(), self.share)
    }

    /// A snapshot's manifest.
    pub fn manifest(&self, id: ManifestId) -> String {
        format!("{}/{}/manifests/{id}.json", self.prefix(), self.share)
    }

    /// A blob.
    pub fn blob(&self, hash: Sha256) -> String {
        format!("{}/{}/blobs/{hash}", self.prefix(), self.share)
    }

    /// A part of a blob that is a document by itself.
    pub fn extent(&self, Extent { blob, offset, length }: Extent) -> String {
        format!("{}/{}/extents/{blob}/{offset}/{length}", self.prefix(), self.share)
    }

    /// A file of a snapshot, of its own type when that is passive.
    pub fn file(&self, id: ManifestId, path: &EntryPath) -> String {
        format!("{}/{}/files/{id}/{}", self.prefix(), self.share, path.to_url())
    }

    /// A file of a snapshot, to be saved under its name.
    pub fn download(&self, id: ManifestId, path: &EntryPath) -> String {
        format!("{}?download", self.file(id, path))
    }

    /// A folder of a snapshot as ZIP.
    pub fn zip(&self, id: ManifestId, path: &EntryPath) -> String {
        format!("{}/{}/zip/{id}/{}", self.prefix(), self.share, path.to_url())
    }

    /// A file of a snapshot on the frame origin, of its own type whatever that is.
    pub fn framed(&self, id: ManifestId, path: &EntryPath) -> String {
        let prefix = self.prefixes.read().unwrap_or_else(PoisonError::into_inner).frame.clone();
        format!("{}{prefix}/{}/files/{id}/{}", self.frame_origin, self.share, path.to_url())
    }

    /// A picture for `<img>`: an SVG has its type only on the frame origin.
    pub fn picture(&self, id: ManifestId, path: &EntryPath) -> String {
        if is_svg(path) { self.framed(id, path) } else { self.file(id, path) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let share = "e0123456789abcdefghjkmnpqr".parse().expect("an id");
        let routes = DataRoutes::new(share, "http://frame.localhost:8787/", Prefixes::anonymous());
        let id = ManifestId::from_parts(0, [0; 10]);
        let path = EntryPath::parse("a b/ü#.svg").expect("a path");
        insta::assert_snapshot!(
            [
                routes.latest(),
                routes.meta(),
                routes.manifest(id),
                routes.blob(Sha256::of(b"")),
                routes.extent(Extent { blob: Sha256::of(b""), offset: 1, length: 2 }),
                routes.download(id, &path),
                routes.picture(id, &path),
                routes.zip(id, &EntryPath::root()),
                routes.frame_page(),
            ]
            .join("\n")
        );
    }

    #[test]
    fn a_renewed_capability_is_in_what_is_asked_for_later() {
        let share = "e0123456789abcdefghjkmnpqr".parse().expect("an id");
        let routes = DataRoutes::new(share, "http://frame.localhost:8787", Prefixes::anonymous());
        let held = routes.clone();
        assert!(!routes.is_gated());
        routes.renew(Prefixes { share: "/~abc".to_owned(), frame: "/gated/~xyz".to_owned() });
        let path = EntryPath::parse("a.svg").expect("a path");
        let id = ManifestId::from_parts(0, [0; 10]);
        insta::assert_snapshot!(
            [held.latest(), held.file(id, &path), held.picture(id, &path), held.frame_page()].join("\n")
        );
    }
}
