//! Publishing: the lease of a share, its ticket, and the commit (design §4).

use crate::documents::{Latest, Scope};
use crate::ids::{ManifestId, Sha256, ShareId};
use crate::names::JobId;
use serde::{Deserialize, Serialize};

/// `POST publish/begin`: asks for the lease of a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// The job that it is for. A host must name one that it runs; a person has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobAttempt>,
}

/// A job, and which hand-out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct JobAttempt {
    /// The job.
    pub job_id: JobId,
    /// Which hand-out.
    pub attempt: u32,
}

/// The answer to `begin`: everything a publish needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Base {
    /// Its name.
    pub manifest_id: ManifestId,
    /// The SHA-256 of its manifest's bytes.
    pub manifest_hash: Sha256,
}

/// Where a publish writes, and the credentials that let it write there and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RenewPublish {
    /// The share.
    pub share_id: ShareId,
    /// The ticket's epoch.
    pub epoch: u64,
}

/// The answer to `renew`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Committed {
    /// What readers now get.
    pub latest: Latest,
    /// Where they find it.
    pub url: String,
}

/// `POST publish/abort`: gives the lease back. Answers the same when it was not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AbortPublish {
    /// The share.
    pub share_id: ShareId,
    /// The ticket's epoch.
    pub epoch: u64,
}

/// The answer to `abort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Aborted {
    /// Whether the lease was held with that epoch until now.
    pub released: bool,
}
