//! How calls fail: each with the codes that it can really answer, by status.

use super::schemas::PROBLEM;
use crate::ErrorCode;
use crate::api::calls::{Call, CallId, Method, Rule};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What every call may answer, and says nothing about the call.
const EVERYWHERE: [(&str, ErrorCode); 3] = [
    ("TooLarge", ErrorCode::TooLarge),
    ("RateLimited", ErrorCode::RateLimited),
    ("StoreUnavailable", ErrorCode::StoreUnavailable),
];

/// The problems of a call, as `responses` has them.
pub(super) fn problems(call: &Call) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    let own = [&[ErrorCode::InvalidRequest, ErrorCode::Internal], of_rule(call.rule), of_call(call.id)];
    for code in own.into_iter().flatten() {
        by_status.entry(status(call, *code)).or_default().push(*code);
    }
    let mut responses: Map<String, Value> =
        by_status.into_iter().map(|(status, codes)| (status.to_string(), problem(status, &codes))).collect();
    for (name, code) in EVERYWHERE {
        if code != ErrorCode::TooLarge || call.method == Method::Post {
            let shared = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.insert(code.status().to_string(), shared);
        }
    }
    responses.sort_keys();
    responses
}

/// The problems that calls share.
pub(super) fn shared() -> Map<String, Value> {
    let named = |(name, code): (&str, ErrorCode)| (name.to_owned(), problem(code.status(), &[code]));
    EVERYWHERE.into_iter().map(named).collect()
}

fn problem(status: u16, codes: &[ErrorCode]) -> Value {
    let words = codes.iter().map(|code| format!("`{code}`: {}.", code.title()));
    let mut response = json!({
        "description": words.collect::<Vec<_>>().join("\n\n"),
        "content": { "application/problem+json": { "schema": { "$ref": PROBLEM } } },
    });
    let header = match status {
        401 => Some(("WWW-Authenticate", "`Bearer`.")),
        426 => Some(("Upgrade", "`websocket`.")),
        429 => Some(("Retry-After", "After how many seconds to try again, at the latest.")),
        _ => None,
    };
    if let Some((name, what)) = header {
        response["headers"] = json!({ name: { "description": what, "schema": { "type": "string" } } });
    }
    response
}

fn status(call: &Call, code: ErrorCode) -> u16 {
    match (call.id, code) {
        // There it says of the host that was named, not of the caller, that it was turned away.
        (CallId::ProjectsAssign, ErrorCode::HostRevoked) => 409,
        _ => code.status(),
    }
}

/// A token that is no good is refused wherever it is sent, even where none is needed.
fn of_rule(rule: Rule) -> &'static [ErrorCode] {
    use ErrorCode::{Forbidden, HostRevoked, InvalidToken, TokenExpired, Unauthenticated};
    match rule {
        Rule::Anyone | Rule::Enroller => &[InvalidToken, TokenExpired],
        Rule::Reader | Rule::Writer | Rule::Service | Rule::Admin => {
            &[Unauthenticated, InvalidToken, TokenExpired, Forbidden]
        }
        Rule::Publisher | Rule::Host => {
            &[Unauthenticated, InvalidToken, TokenExpired, HostRevoked, Forbidden]
        }
    }
}

/// What is particular to a call: read off what answers it in `worker/src/control`.
fn of_call(id: CallId) -> &'static [ErrorCode] {
    use CallId as Id;
    use ErrorCode::{
        BaseChanged, BlobMissing, Corrupt, EnrolmentRefused, HostNotFound, HostRevoked, IdempotencyConflict,
        JobLost, JobNotFound, LeaseHeld, LeaseLost, ManifestMismatch, NotPublished, ProjectNotFound,
        ProjectUnassigned, ShareCollected, ShareDeleted, ShareNotFound, SlugTaken, UnsupportedVersion,
        UpgradeRequired,
    };
    match id {
        Id::Health
        | Id::OpenApi
        | Id::Jwks
        | Id::SharesList
        | Id::HostsList
        | Id::HostsRegister
        | Id::AdminAudit
        | Id::Metrics => &[],
        Id::SharesCreate => &[SlugTaken, IdempotencyConflict],
        Id::SharesUpdate => &[ShareNotFound, ShareDeleted, SlugTaken, Corrupt, UnsupportedVersion],
        Id::SharesDelete | Id::AdminGc | Id::AdminSuspend => &[ShareNotFound, Corrupt, UnsupportedVersion],
        Id::SharesRestore => &[ShareNotFound, ShareCollected, Corrupt, UnsupportedVersion],
        Id::SharesIndexing => &[ShareNotFound, ShareDeleted, Corrupt, UnsupportedVersion],
        Id::SharesGet | Id::SharesViewerToken | Id::SharesStars | Id::SharesCounter => &[ShareNotFound],
        Id::SharesPublish | Id::AdminRepublish => {
            &[ShareNotFound, ShareDeleted, ProjectUnassigned, IdempotencyConflict]
        }
        Id::SharesCopy => &[ShareNotFound, NotPublished, ProjectUnassigned, IdempotencyConflict],
        Id::SharesStatus | Id::SharesCancel => &[JobNotFound],
        Id::SharesEvents => &[ShareNotFound, UpgradeRequired],
        Id::HostsInvite => &[IdempotencyConflict],
        Id::HostsEnroll => &[EnrolmentRefused],
        Id::HostsConnect => &[UpgradeRequired],
        Id::HostsReading => &[ShareNotFound, JobLost],
        Id::HostsRevoke => &[HostNotFound],
        Id::ProjectsAssign => &[HostNotFound, HostRevoked],
        Id::ProjectsGet => &[ProjectNotFound],
        Id::PublishBegin => {
            &[ShareNotFound, ShareDeleted, LeaseHeld, JobLost, BaseChanged, Corrupt, UnsupportedVersion]
        }
        Id::PublishRenew => &[ShareNotFound, ShareDeleted, LeaseLost, JobLost],
        Id::PublishProgressed | Id::PublishAbort => &[ShareNotFound, ShareDeleted, JobLost],
        Id::PublishCommit => &[
            ShareNotFound,
            ShareDeleted,
            LeaseLost,
            JobLost,
            BaseChanged,
            ManifestMismatch,
            BlobMissing,
            Corrupt,
            UnsupportedVersion,
        ],
    }
}
