//! Shares: creating, changing, finding them, and handing readers in (design §7).

use crate::documents::{Scope, State};
use crate::ids::{ManifestId, ShareId};
use crate::names::{Handle, ProjectId};
#[cfg(feature = "schema")]
use crate::{limits, openapi::texts as schema};
use serde::{Deserialize, Serialize};

/// `POST shares/create`: a new share for a path of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateShare {
    /// The project that owns it; may be left out when the token names exactly one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// The path inside the project: a folder or a file.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::PATH_BYTES_MAX), regex(pattern = schema::PATH)))]
    pub path: String,
    /// A line for people; the last name of `path` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::TITLE_MAX), regex(pattern = schema::LINE)))]
    pub title: Option<String>,
    /// Markdown for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::DESCRIPTION_MAX), regex(pattern = schema::LINES)))]
    pub description: Option<String>,
    /// The licence's key or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::LICENSE_MAX), regex(pattern = schema::LINE)))]
    pub license: Option<String>,
    /// Who may read; `unlisted` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The organisation, when `scope` is `org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::KEY_BYTES_MAX), regex(pattern = schema::LINE)))]
    pub org_id: Option<String>,
    /// Whether search engines may list it; no when left out.
    #[serde(default)]
    pub indexing_opt_in: bool,
    /// The name for people, `/@owner/slug`; goes with `owner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Handle>,
    /// Whose slugs it is among. The token's own `sub`, unless its role is `service` or `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Handle>,
    /// The same key again gives the same share again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::KEY_BYTES_MAX), regex(pattern = schema::LINE)))]
    pub idempotency_key: Option<String>,
}

/// `POST shares/update`: changes what is given, and leaves the rest. What readers may do changes within a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateShare {
    /// The share.
    pub share_id: ShareId,
    /// A line for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::TITLE_MAX), regex(pattern = schema::LINE)))]
    pub title: Option<String>,
    /// Markdown for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::DESCRIPTION_MAX), regex(pattern = schema::LINES)))]
    pub description: Option<String>,
    /// The licence's key or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::LICENSE_MAX), regex(pattern = schema::LINE)))]
    pub license: Option<String>,
    /// Who may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The organisation; must be there when `scope` is `org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::KEY_BYTES_MAX), regex(pattern = schema::LINE)))]
    pub org_id: Option<String>,
    /// The path inside the project that the next publish takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::PATH_BYTES_MAX), regex(pattern = schema::PATH)))]
    pub path: Option<String>,
    /// A new name for people; old ones keep leading here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Handle>,
    /// Whose slugs it is among.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Handle>,
    /// Whether all viewer tokens and sessions of before are sent away.
    #[serde(default)]
    pub revoke_tokens: bool,
}

/// `POST shares/delete`, `shares/restore`: withdraws a share; until its content is collected, it can be had back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NameShare {
    /// The share.
    pub share_id: ShareId,
}

/// `POST shares/indexing`: opts in or out of search engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetIndexing {
    /// The share.
    pub share_id: ShareId,
    /// Whether search engines may list it.
    pub indexing_opt_in: bool,
}

/// A share as the control API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShareRecord {
    /// Its name for ever.
    pub share_id: ShareId,
    /// The project that owns it; for those who may write the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// The path inside the project; for those who may write the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A line for people.
    pub title: String,
    /// Markdown for people.
    pub description: String,
    /// The licence's key or name.
    pub license: String,
    /// Who may read.
    pub scope: Scope,
    /// The organisation, when `scope` is `org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// Whether search engines may list it.
    pub indexing_opt_in: bool,
    /// Whether it is served at all.
    pub state: State,
    /// Whose slugs it is among.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Handle>,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Handle>,
    /// When it was created, in milliseconds since the epoch.
    pub created_at: i64,
    /// When it was last changed, but for publishes and counters.
    #[serde(default)]
    pub updated_at: i64,
    /// When it was deleted; its content is collected some time later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<i64>,
    /// When its snapshot became current; absent before the first publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<i64>,
    /// Its current snapshot; absent before the first publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_id: Option<ManifestId>,
    /// How many files that has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_count: Option<u64>,
    /// The sum of their sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// How many users have starred it, some seconds ago.
    #[serde(default)]
    pub stars: u64,
    /// How many readers it had, each counted once a day, some seconds ago.
    #[serde(default)]
    pub views: u64,
    /// Where readers find it.
    pub url: String,
    /// The same for people, when it has a slug and is public: a name can be guessed, so it leads to no other share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human_url: Option<String>,
}

/// How `GET shares` is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ShareSort {
    /// The latest published first.
    #[default]
    Newest,
    /// The most starred first.
    Stars,
    /// The most viewed first.
    Views,
}

/// The answer to `GET shares`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShareList {
    /// One page.
    pub shares: Vec<ShareRecord>,
    /// What `cursor` takes for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `POST shares/viewer-token`: a viewer token for the caller, or for a reader of the main app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MintViewerToken {
    /// The share.
    pub share_id: ShareId,
    /// The reader, when a `service` asks for one; the caller itself otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::KEY_BYTES_MAX), regex(pattern = schema::LINE)))]
    pub sub: Option<String>,
    /// The organisations of that reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_ids: Option<Vec<String>>,
    /// How long it lives, in seconds; 15 minutes when left out, and at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = limits::VIEWER_TOKEN_SECONDS_MAX)))]
    pub ttl_seconds: Option<u32>,
}

/// The answer to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ViewerToken {
    /// For `session`, the fragment or `embed.js`.
    pub token: String,
    /// When it ends, in milliseconds since the epoch.
    pub expires_at: i64,
    /// Where the share is.
    pub url: String,
}

impl std::fmt::Debug for ViewerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ViewerToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// `POST shares/stars`: stars a share, or takes the star back. Once per user, however often it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StarShare {
    /// The share.
    pub share_id: ShareId,
    /// Whether it is starred.
    pub starred: bool,
}

/// `POST shares/counter`: the exact counters; and counts the caller as a reader of today when `view` is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CountShare {
    /// The share.
    pub share_id: ShareId,
    /// Whether the caller has just read it.
    #[serde(default)]
    pub view: bool,
}

/// The answer to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counters {
    /// How many users have starred it.
    pub stars: u64,
    /// How many readers it had, each counted once a day.
    pub views: u64,
    /// Whether the caller has starred it.
    pub starred: bool,
}
