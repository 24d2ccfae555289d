//! Operators' calls: collection, suspension, publishing anew, the audit.

use crate::ids::ShareId;
#[cfg(feature = "schema")]
use crate::{limits, openapi::texts as schema};
use serde::{Deserialize, Serialize};

/// `POST admin/gc`: collects a share's garbage now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CollectGarbage {
    /// The share.
    pub share_id: ShareId,
    /// Whether nothing is marked or deleted, and the answer says what would be.
    #[serde(default)]
    pub dry_run: bool,
}

/// The answer to `admin/gc`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are a report's, each by itself; nothing is decided by them together"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Collected {
    /// Whether nothing was really done.
    pub dry_run: bool,
    /// Objects that are needed.
    pub kept: u64,
    /// Objects found unneeded for the first time.
    pub marked: u64,
    /// Objects that were marked and are needed again.
    pub unmarked: u64,
    /// Objects that stay marked: their grace is not over.
    pub waiting: u64,
    /// Objects deleted.
    pub deleted: u64,
    /// Their bytes.
    pub deleted_bytes: u64,
    /// Objects with names that are not ours; they are left alone.
    pub unknown: u64,
    /// Blobs that the current snapshot needs and the bucket does not have: `admin/republish` mends that.
    #[serde(default)]
    pub missing_blobs: u64,
    /// Whether a publisher was at work, so that nothing was deleted, or not all.
    #[serde(default)]
    pub held_back: bool,
    /// Whether nothing of the share is left.
    #[serde(default)]
    pub gone: bool,
    /// Whether there is more to delete than one run may.
    pub more: bool,
}

/// `POST admin/suspend`: withholds a share, or serves it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SuspendShare {
    /// The share.
    pub share_id: ShareId,
    /// Whether it is withheld.
    pub suspended: bool,
    /// Why, for the audit.
    #[serde(default)]
    pub reason: String,
}

/// `POST admin/republish`: publishes a share anew, believing nothing of its base. Repairs a damaged snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RepublishShare {
    /// The share.
    pub share_id: ShareId,
    /// The same key again gives the same job again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::KEY_BYTES_MAX), regex(pattern = schema::LINE)))]
    pub idempotency_key: Option<String>,
}

/// A mutation that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditRecord {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: i64,
    /// Who: a token's `sub`, or `host:` and a host's id.
    pub actor: String,
    /// The call.
    pub action: String,
    /// The share it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_id: Option<ShareId>,
    /// What was done.
    pub detail: String,
}

/// The answer to `GET admin/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditList {
    /// One page, the newest first.
    pub records: Vec<AuditRecord>,
    /// What `cursor` takes for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
