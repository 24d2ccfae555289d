//! An example of every request. Each is read as the type that the server reads, and written from that: one that is no good is
//! missing, which a test notices.

use crate::api::calls::CallId;
use crate::api::{
    AbortPublish, AssignProject, BeginPublish, CancelJob, CollectGarbage, CommitPublish, CopyShare,
    CountShare, CreateShare, EnrollHost, HostReport, InviteHost, MintViewerToken, NameShare, PublishProgress,
    PublishShare, ReadForJob, RenewPublish, RepublishShare, RevokeHost, SetIndexing, StarShare, SuspendShare,
    UpdateShare,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const SHARE: &str = "e7k2m9x4q1w8r5t3y6p0a2s4dh";
const JOB: &str = "01K3Z8Q4T7V2M5N9P1R6S8W0XY";
const HOST: &str = "01K3Z7H2B4C6D8E0F1G3J5K7M9";
const MANIFEST: &str = "01K3Z9A1B2C3D4E5F6G7H8J9K0";
const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const PROJECT: &str = "development";

fn sent<T: DeserializeOwned + Serialize>(example: Value) -> Option<Value> {
    serde_json::from_value::<T>(example).and_then(serde_json::to_value).ok()
}

/// An example of a call's body; `None` for a call without one.
pub(super) fn of(id: CallId) -> Option<Value> {
    of_shares(id).or_else(|| of_hosts(id)).or_else(|| of_publish(id))
}

fn of_shares(id: CallId) -> Option<Value> {
    match id {
        CallId::SharesCreate => sent::<CreateShare>(json!({
            "project_id": PROJECT,
            "path": "courses/linear-algebra",
            "title": "Linear algebra, week by week",
            "description": "Notes and notebooks of the lecture.",
            "license": "CC-BY-4.0",
            "scope": "public",
            "idempotency_key": "course-17",
        })),
        CallId::SharesUpdate => sent::<UpdateShare>(json!({
            "share_id": SHARE,
            "title": "Linear algebra, second edition",
            "scope": "authenticated",
            "revoke_tokens": true,
        })),
        CallId::SharesDelete | CallId::SharesRestore => sent::<NameShare>(json!({ "share_id": SHARE })),
        CallId::SharesIndexing => sent::<SetIndexing>(json!({ "share_id": SHARE, "indexing_opt_in": true })),
        CallId::SharesPublish => {
            sent::<PublishShare>(json!({ "share_id": SHARE, "idempotency_key": "course-17-monday" }))
        }
        CallId::SharesCopy => sent::<CopyShare>(json!({
            "share_id": SHARE,
            "project_id": PROJECT,
            "path": "week-3",
            "target_path": "from-the-lecture",
            "trust_acknowledged": true,
        })),
        CallId::SharesCancel => sent::<CancelJob>(json!({ "job_id": JOB })),
        CallId::SharesViewerToken => sent::<MintViewerToken>(json!({
            "share_id": SHARE,
            "sub": "reader-4711",
            "ttl_seconds": 600,
        })),
        CallId::SharesStars => sent::<StarShare>(json!({ "share_id": SHARE, "starred": true })),
        CallId::SharesCounter => sent::<CountShare>(json!({ "share_id": SHARE, "view": true })),
        CallId::AdminGc => sent::<CollectGarbage>(json!({ "share_id": SHARE, "dry_run": true })),
        CallId::AdminSuspend => {
            sent::<SuspendShare>(json!({ "share_id": SHARE, "suspended": true, "reason": "a complaint" }))
        }
        CallId::AdminRepublish => sent::<RepublishShare>(json!({ "share_id": SHARE })),
        _ => None,
    }
}

fn of_hosts(id: CallId) -> Option<Value> {
    match id {
        CallId::HostsInvite => sent::<InviteHost>(json!({ "name": "lab-3", "expires_in_seconds": 3600 })),
        CallId::HostsEnroll => sent::<EnrollHost>(json!({
            "enrolment_token": "pQ4mXo2VtY7sKd9wLr1uBf6nHc3jZg8eAi5kTy0vMxE",
            // RFC 8037, appendix A.2.
            "public_key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "version": "0.1.0",
        })),
        CallId::HostsRegister => sent::<HostReport>(json!({
            "boot_id": "5f0c2a9e",
            "version": "0.1.0",
            "capacity": 4,
            "free_bytes": 250_000_000_000_u64,
            "projects": [PROJECT],
            "jobs": [{ "job_id": JOB, "attempt": 1, "status": { "running": {
                "phase": "upload",
                "files_done": 120,
                "files_total": 400,
                "bytes_done": 52_428_800,
                "bytes_total": 209_715_200,
                "bytes_per_second": 10_485_760,
            } } }],
        })),
        CallId::HostsReading => sent::<ReadForJob>(json!({ "job_id": JOB, "attempt": 1 })),
        CallId::HostsRevoke => sent::<RevokeHost>(json!({ "host_id": HOST })),
        CallId::ProjectsAssign => sent::<AssignProject>(json!({ "project_id": PROJECT, "host_id": HOST })),
        _ => None,
    }
}

fn of_publish(id: CallId) -> Option<Value> {
    match id {
        CallId::PublishBegin => sent::<BeginPublish>(json!({
            "share_id": SHARE,
            "holder": "lab-3, process 4711",
            "nonce": "9c1f4e7a",
            "job": { "job_id": JOB, "attempt": 1 },
        })),
        CallId::PublishRenew => sent::<RenewPublish>(json!({ "share_id": SHARE, "epoch": 3 })),
        CallId::PublishProgressed => sent::<PublishProgress>(json!({
            "share_id": SHARE,
            "progress": { "phase": "scan", "files_done": 120, "files_total": 400 },
        })),
        CallId::PublishCommit => sent::<CommitPublish>(json!({
            "share_id": SHARE,
            "epoch": 3,
            "manifest_id": MANIFEST,
            "manifest_hash": HASH,
        })),
        CallId::PublishAbort => sent::<AbortPublish>(json!({ "share_id": SHARE, "epoch": 3 })),
        _ => None,
    }
}
