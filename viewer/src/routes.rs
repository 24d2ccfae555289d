//! The addresses of a share's data. The prefix stands here alone, because a capability will be part of it.

use crate::links::is_svg;
use vitrine_protocol::{EntryPath, ManifestId, Sha256, ShareId};

/// Where the data of one share is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRoutes {
    /// `/~`, or `/~` and a capability.
    prefix: String,
    share: ShareId,
    /// The origin that serves active types, without a slash at its end.
    frame_origin: String,
}

impl DataRoutes {
    /// The routes of a share for a reader without a token.
    pub fn anonymous(share: ShareId, frame_origin: &str) -> Self {
        Self { prefix: "/~".to_owned(), share, frame_origin: frame_origin.trim_end_matches('/').to_owned() }
    }

    /// The share.
    pub fn share(&self) -> ShareId {
        self.share
    }

    /// The frame origin's page for rich outputs.
    pub fn frame_page(&self) -> String {
        format!("{}/", self.frame_origin)
    }

    /// Which snapshot is the current one.
    pub fn latest(&self) -> String {
        format!("{}/{}/latest.json", self.prefix, self.share)
    }

    /// What readers are told about the share.
    pub fn meta(&self) -> String {
        format!("{}/{}/meta.json", self.prefix, self.share)
    }

    /// A snapshot's manifest.
    pub fn manifest(&self, id: ManifestId) -> String {
        format!("{}/{}/manifests/{id}.json", self.prefix, self.share)
    }

    /// A blob.
    pub fn blob(&self, hash: Sha256) -> String {
        format!("{}/{}/blobs/{hash}", self.prefix, self.share)
    }

    /// A file of a snapshot, of its own type when that is passive.
    pub fn file(&self, id: ManifestId, path: &EntryPath) -> String {
        format!("{}/{}/files/{id}/{}", self.prefix, self.share, path.to_url())
    }

    /// A file of a snapshot, to be saved under its name.
    pub fn download(&self, id: ManifestId, path: &EntryPath) -> String {
        format!("{}?download", self.file(id, path))
    }

    /// A folder of a snapshot as ZIP.
    pub fn zip(&self, id: ManifestId, path: &EntryPath) -> String {
        format!("{}/{}/zip/{id}/{}", self.prefix, self.share, path.to_url())
    }

    /// A file of a snapshot on the frame origin, of its own type whatever that is.
    pub fn framed(&self, id: ManifestId, path: &EntryPath) -> String {
        format!("{}{}", self.frame_origin, self.file(id, path))
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
        let routes = DataRoutes::anonymous(share, "http://frame.localhost:8787/");
        let id = ManifestId::from_parts(0, [0; 10]);
        let path = EntryPath::parse("a b/ü#.svg").expect("a path");
        insta::assert_snapshot!(
            [
                routes.latest(),
                routes.meta(),
                routes.manifest(id),
                routes.blob(Sha256::of(b"")),
                routes.download(id, &path),
                routes.picture(id, &path),
                routes.zip(id, &EntryPath::root()),
                routes.frame_page(),
            ]
            .join("\n")
        );
    }
}
