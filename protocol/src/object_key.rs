//! Where each object of a share lives in its bucket (design §3). The only place that spells these paths.

use crate::ids::{ManifestId, Sha256, ShareId};
use std::fmt;

/// What a name inside a share's prefix stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// `latest.json`.
    Latest,
    /// `meta.json`.
    Meta,
    /// A snapshot's manifest.
    Manifest(ManifestId),
    /// Something derived from a snapshot: `artifacts/{manifest_id}/{path_hash}.{ext}`.
    Artifact(ManifestId),
    /// A blob.
    Blob(Sha256),
}

impl Named {
    /// Reads a key's rest after [`ObjectKey::share_prefix`]. `None` for every name that this version would not write:
    /// nobody but its writer knows what it is for.
    pub fn parse(name: &str) -> Option<Self> {
        match name.split_once('/') {
            None if name == "latest.json" => Some(Self::Latest),
            None if name == "meta.json" => Some(Self::Meta),
            Some(("manifests", file)) => file.strip_suffix(".json")?.parse().ok().map(Self::Manifest),
            Some(("blobs", file)) => file.parse().ok().map(Self::Blob),
            Some(("artifacts", rest)) => {
                let (id, file) = rest.split_once('/')?;
                let (hash, ending) = file.split_once('.')?;
                hash.parse::<Sha256>().ok()?;
                is_ending(ending).then(|| id.parse().ok().map(Self::Artifact))?
            }
            _ => None,
        }
    }
}

/// Derived files have plain endings: `webp`, `mp4`.
fn is_ending(text: &str) -> bool {
    (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let share: ShareId = "e0123456789abcdefghjkmnpqr".parse().unwrap();
        let (id, hash) = (ManifestId::from_parts(1, [7; 10]), Sha256::of(b"x"));
        for (key, expected) in [
            (ObjectKey::latest(share), Named::Latest),
            (ObjectKey::meta(share), Named::Meta),
            (ObjectKey::manifest(share, id), Named::Manifest(id)),
            (ObjectKey::blob(share, hash), Named::Blob(hash)),
        ] {
            let key = key.to_string();
            let name = key.strip_prefix(&ObjectKey::share_prefix(share)).unwrap();
            assert_eq!(Named::parse(name), Some(expected), "{name}");
        }
        assert_eq!(Named::parse(&format!("artifacts/{id}/{hash}.webp")), Some(Named::Artifact(id)));
    }

    #[test]
    fn other_names_are_nobodys() {
        let (id, hash) = (ManifestId::from_parts(1, [7; 10]), Sha256::of(b"x"));
        for name in [
            String::new(),
            "latest.json.bak".into(),
            "notes.txt".into(),
            "blobs/".into(),
            format!("blobs/{hash}.tmp"),
            format!("blobs/{}", hash.to_string().to_uppercase()),
            format!("blobs/x/{hash}"),
            format!("manifests/{id}"),
            format!("manifests/{}.json", id.to_string().to_lowercase()),
            format!("manifests/x/{id}.json"),
            format!("artifacts/{id}"),
            format!("artifacts/{id}/{hash}"),
            format!("artifacts/{id}/{hash}."),
            format!("artifacts/{id}/{hash}.tar.gz"),
            format!("artifacts/{id}/thumb.webp"),
            format!("artifacts/{id}/x/{hash}.webp"),
        ] {
            assert_eq!(Named::parse(&name), None, "{name}");
        }
    }
}
