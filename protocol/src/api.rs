//! Bodies of the control API's calls (design §7), as the program and the main app send and get them.
//!
//! All paths are under `/api/v2/` on the app origin. Requests refuse unknown fields, so that a misspelt one is heard
//! of; answers tolerate them, so that an older program reads a newer server.

use crate::documents::{Latest, Scope, State};
use crate::ids::{ManifestId, Sha256, ShareId};
use serde::{Deserialize, Serialize};

/// `POST shares/create`: a new share for a path of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateShare {
    /// The project that owns it; may be left out when the token names exactly one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// The path inside the project.
    #[serde(default)]
    pub path: String,
    /// A line for people; the last name of `path` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Markdown for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The licence's key or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Who may read; `unlisted` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The organisation, when `scope` is `org`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// Whether search engines may list it; no when left out.
    #[serde(default)]
    pub indexing_opt_in: bool,
    /// The same key again gives the same share again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// A share as the control API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareRecord {
    /// Its name for ever.
    pub share_id: ShareId,
    /// The project that owns it.
    pub project_id: String,
    /// The path inside the project.
    pub path: String,
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
    /// When it was created, in milliseconds since the epoch.
    pub created_at: i64,
    /// When its snapshot became current; absent before the first publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<i64>,
    /// Its current snapshot; absent before the first publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_id: Option<ManifestId>,
    /// Where readers find it.
    pub url: String,
}

/// `POST publish/begin`: asks for the lease of a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginPublish {
    /// The share.
    pub share_id: ShareId,
    /// Who asks, for the message that a second publisher gets: a host's name and a process id, say.
    #[serde(default)]
    pub holder: String,
    /// A secret of the asker's own making. The holder of a lease that asks again with it gets the lease again, with a
    /// new epoch: a reply that was lost, or a program that was restarted, does not wait for the lease to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// The answer to `begin`: everything a publish needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The share.
    pub share_id: ShareId,
    /// Which grant of the lease this is; every later call names it.
    pub epoch: u64,
    /// When the lease ends without a heartbeat, in milliseconds since the epoch by the server's clock.
    pub expires_at: i64,
    /// How long the lease lives from now, in milliseconds, for a program whose clock is off.
    pub expires_in_ms: u64,
    /// The snapshot to compare with; absent before the first publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// Where and with what to write.
    pub storage: StorageAccess,
    /// What the new manifest must say of who may read.
    pub scope: Scope,
    /// What the new manifest must say of search engines.
    pub indexing_opt_in: bool,
    /// What the new manifest must say of its root.
    pub root_path: String,
    /// Where readers find the share.
    pub url: String,
}

/// The snapshot that a publish compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Its name.
    pub manifest_id: ManifestId,
    /// The SHA-256 of its manifest's bytes.
    pub manifest_hash: Sha256,
}

/// Where a publish writes, and the credentials that let it write there and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageAccess {
    /// The S3 endpoint, without the bucket.
    pub endpoint: String,
    /// The bucket; addressed in the path.
    pub bucket: String,
    /// What every key begins with before `share/`; empty in a bucket of our own.
    #[serde(default)]
    pub prefix: String,
    /// The signing region: `auto` for R2.
    pub region: String,
    /// The access key's id.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// The session token of temporary credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// When they end, in milliseconds since the epoch; absent when they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

impl std::fmt::Debug for StorageAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the secrets: tickets end up in logs.
        f.debug_struct("StorageAccess")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// `POST publish/renew`: the heartbeat; also refreshes credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewPublish {
    /// The share.
    pub share_id: ShareId,
    /// The ticket's epoch.
    pub epoch: u64,
}

/// The answer to `renew`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// When the lease ends now, in milliseconds since the epoch.
    pub expires_at: i64,
    /// How long the lease lives from now, in milliseconds.
    pub expires_in_ms: u64,
    /// Fresh credentials.
    pub storage: StorageAccess,
}

/// `POST publish/commit`: makes an uploaded manifest the current snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitPublish {
    /// The share.
    pub share_id: ShareId,
    /// The ticket's epoch.
    pub epoch: u64,
    /// The uploaded manifest.
    pub manifest_id: ManifestId,
    /// The SHA-256 of its bytes.
    pub manifest_hash: Sha256,
}

/// The answer to `commit`. The same commit again gets the same answer again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// What readers now get.
    pub latest: Latest,
    /// Where they find it.
    pub url: String,
}

/// `POST publish/abort`: gives the lease back. Answers the same when it was not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbortPublish {
    /// The share.
    pub share_id: ShareId,
    /// The ticket's epoch.
    pub epoch: u64,
}

/// The answer to `abort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aborted {
    /// Whether the lease was held with that epoch until now.
    pub released: bool,
}
