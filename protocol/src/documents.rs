//! `latest.json` and `meta.json`: the two small objects of a share that change.

use crate::ids::{ManifestId, Sha256, ShareId};
use crate::limits::FORMAT_VERSION;
use crate::listing::ListingError;
use crate::names::Handle;
use serde::{Deserialize, Serialize};

/// Why stored JSON cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Written by a newer Vitrine.
    #[error("it has format version {found}, this program knows {FORMAT_VERSION}")]
    NewerVersion {
        /// The version it claims.
        found: u64,
    },
    /// Not JSON, or not of the shape.
    #[error("it is not the JSON it should be: {0}")]
    Json(#[from] crate::json::Error),
    /// A listing that contradicts itself.
    #[error(transparent)]
    Listing(#[from] ListingError),
    /// Neither `blobs` nor `blobs_at`, or both.
    #[error("a manifest must have exactly one of: `blobs`, `blobs_at`")]
    NoInventory,
    /// The inventory is not sorted.
    #[error("the blob {0} is out of order or there twice in the inventory")]
    Inventory(Sha256),
}

/// Reads only the version first: a newer format may change anything else.
pub(crate) fn check_version(bytes: &[u8]) -> Result<(), FormatError> {
    #[derive(Deserialize)]
    struct OnlyVersion {
        version: u64,
    }
    match crate::json::from_slice::<OnlyVersion>(bytes)?.version {
        FORMAT_VERSION => Ok(()),
        found => Err(FormatError::NewerVersion { found }),
    }
}

/// What a share is called where it is shown: by its title, else by the folder that was published.
pub fn shown_title<'a>(title: &'a str, root_path: &'a str) -> &'a str {
    let folder = || root_path.rsplit('/').find(|name| !name.is_empty());
    Some(title.trim()).filter(|title| !title.is_empty()).or_else(folder).unwrap_or("Shared files")
}

/// Who may read a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Listed, and readable by all.
    Public,
    /// Readable by all who have the URL.
    Unlisted,
    /// Readable by whoever holds a viewer token.
    Authenticated,
    /// Readable by holders of a viewer token of the share's organisation.
    Org,
}

impl Scope {
    /// Whether a reader needs a token.
    pub fn is_gated(self) -> bool {
        matches!(self, Self::Authenticated | Self::Org)
    }

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Authenticated => "authenticated",
            Self::Org => "org",
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Public, Self::Unlisted, Self::Authenticated, Self::Org]
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a scope: public, unlisted, authenticated or org"))
    }
}

/// Whether a share is served at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Served.
    Active,
    /// Withheld by an operator.
    Suspended,
    /// Withdrawn by its owner; collected after the grace period.
    Deleted,
}

/// The one thing whose change readers can see: which snapshot is the current one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Latest {
    /// The storage format.
    pub version: u64,
    /// The share.
    pub share_id: ShareId,
    /// Its current snapshot.
    pub manifest_id: ManifestId,
    /// The SHA-256 of that manifest's bytes.
    pub manifest_hash: Sha256,
    /// When it became current, in milliseconds since the epoch.
    pub published_at: i64,
    /// How many files it has.
    pub file_count: u64,
    /// The sum of their sizes.
    pub size_bytes: u64,
}

impl Latest {
    /// Reads a stored `latest.json`.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FormatError> {
        check_version(bytes)?;
        Ok(crate::json::from_slice(bytes)?)
    }

    /// The bytes to store.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a document has only string keys")
    }
}

/// What the gateway needs to decide who may read, and what a reader is told about the share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The storage format.
    pub version: u64,
    /// The share.
    pub share_id: ShareId,
    /// Who may read.
    pub scope: Scope,
    /// The organisation whose members may read, when `scope` is `org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// Whether it is served at all.
    pub state: State,
    /// A line for people.
    #[serde(default)]
    pub title: String,
    /// Markdown for people.
    #[serde(default)]
    pub description: String,
    /// The licence's key or name.
    #[serde(default)]
    pub license: String,
    /// Whose it is, for people: the owner's name of `/@owner/slug`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Handle>,
    /// The share's own name of `/@owner/slug`, which is the address to hand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Handle>,
    /// Whether search engines may list it.
    #[serde(default)]
    pub indexing_opt_in: bool,
    /// Tokens minted before this time (milliseconds since the epoch) open nothing.
    #[serde(default)]
    pub tokens_valid_after: i64,
    /// When this document last changed, in milliseconds since the epoch.
    pub updated_at: i64,
}

impl Meta {
    /// Reads a stored `meta.json`.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FormatError> {
        check_version(bytes)?;
        Ok(crate::json::from_slice(bytes)?)
    }

    /// The bytes to store.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a document has only string keys")
    }

    /// What a reader may see of it.
    ///
    /// A name for people leads to public shares alone: of others it would be an address to hand on that leads nowhere.
    pub fn public_view(&self) -> PublicMeta {
        let shown = |name: &Option<Handle>| name.clone().filter(|_| self.scope == Scope::Public);
        PublicMeta {
            version: self.version,
            share_id: self.share_id,
            scope: self.scope,
            title: self.title.clone(),
            description: self.description.clone(),
            license: self.license.clone(),
            owner: shown(&self.owner),
            slug: shown(&self.slug),
            indexing_opt_in: self.indexing_opt_in,
            updated_at: self.updated_at,
        }
    }
}

/// `meta.json` as readers get it: without the fields that only the gateway needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicMeta {
    /// The storage format.
    pub version: u64,
    /// The share.
    pub share_id: ShareId,
    /// Who may read.
    pub scope: Scope,
    /// A line for people.
    pub title: String,
    /// Markdown for people.
    pub description: String,
    /// The licence's key or name.
    pub license: String,
    /// Whose it is, for people: the owner's name of `/@owner/slug`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Handle>,
    /// The share's own name of `/@owner/slug`, which is the address to hand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Handle>,
    /// Whether search engines may list it.
    pub indexing_opt_in: bool,
    /// When the document last changed, in milliseconds since the epoch.
    pub updated_at: i64,
}
