//! Where each object of a share lives in its bucket (design §3). The only place that spells these paths.

use crate::ids::{ManifestId, Sha256, ShareId};
use std::fmt;

/// One object of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectKey {
    share: ShareId,
    object: Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Object {
    Latest,
    Meta,
    Manifest(ManifestId),
    Blob(Sha256),
}

impl ObjectKey {
    /// `latest.json`.
    pub fn latest(share: ShareId) -> Self {
        Self { share, object: Object::Latest }
    }

    /// `meta.json`.
    pub fn meta(share: ShareId) -> Self {
        Self { share, object: Object::Meta }
    }

    /// A snapshot's manifest.
    pub fn manifest(share: ShareId, id: ManifestId) -> Self {
        Self { share, object: Object::Manifest(id) }
    }

    /// A blob.
    pub fn blob(share: ShareId, hash: Sha256) -> Self {
        Self { share, object: Object::Blob(hash) }
    }

    /// Whether what is there never changes: blobs and manifests.
    pub fn is_immutable(&self) -> bool {
        matches!(self.object, Object::Manifest(_) | Object::Blob(_))
    }

    /// The share it belongs to.
    pub fn share(&self) -> ShareId {
        self.share
    }

    /// The prefix of everything a share owns, with its slash.
    pub fn share_prefix(share: ShareId) -> String {
        format!("share/{share}/")
    }

    /// The prefix of a share's blobs, with its slash.
    pub fn blob_prefix(share: ShareId) -> String {
        format!("share/{share}/blobs/")
    }

    /// The prefix of a share's manifests, with its slash.
    pub fn manifest_prefix(share: ShareId) -> String {
        format!("share/{share}/manifests/")
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = self.share;
        match self.object {
            Object::Latest => write!(f, "share/{share}/latest.json"),
            Object::Meta => write!(f, "share/{share}/meta.json"),
            Object::Manifest(id) => write!(f, "share/{share}/manifests/{id}.json"),
            Object::Blob(hash) => write!(f, "share/{share}/blobs/{hash}"),
        }
    }
}
