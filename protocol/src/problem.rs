//! Errors as they travel: `application/problem+json` (RFC 9457) with a stable `code`.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong, in a form that programs can rely on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The HTTP status it is sent with.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The same short sentence each time (RFC 9457 section 3.1.3).
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// The request's body, query or path is not what the call takes.
    InvalidRequest = "invalid_request", 400, "The request is not valid";
    /// No token where one is needed.
    Unauthenticated = "unauthenticated", 401, "A token is needed";
    /// A token that is malformed, forged, or for something else.
    InvalidToken = "invalid_token", 401, "The token is not valid";
    /// A token whose time is over.
    TokenExpired = "token_expired", 401, "The token has expired";
    /// A token or capability from before the share's readers were sent away.
    TokenRevoked = "token_revoked", 401, "The token has been revoked";
    /// A host whose key was turned away, or that has not enrolled.
    HostRevoked = "host_revoked", 401, "This host is not known here";
    /// An enrolment token that was used, has ended, or never was.
    EnrolmentRefused = "enrolment_refused", 401, "The enrolment token is not valid";
    /// The token does not allow this.
    Forbidden = "forbidden", 403, "This token does not allow that";
    /// Nothing there, or nothing that the reader may know of.
    ShareNotFound = "share_not_found", 404, "There is no such share";
    /// The share has no snapshot yet.
    NotPublished = "not_published", 404, "Nothing has been published here yet";
    /// No such snapshot in the share.
    SnapshotNotFound = "snapshot_not_found", 404, "There is no such snapshot";
    /// No such file in the snapshot.
    PathNotFound = "path_not_found", 404, "There is no such file in this share";
    /// The path is a directory, and the call serves files.
    IsDirectory = "is_directory", 404, "This is a folder, not a file";
    /// The path is a file, and the call serves directories.
    NotDirectory = "not_directory", 404, "This is a file, not a folder";
    /// No such job, or none that the caller may know of.
    JobNotFound = "job_not_found", 404, "There is no such job";
    /// No such host.
    HostNotFound = "host_not_found", 404, "There is no such host";
    /// The project has no host.
    ProjectNotFound = "project_not_found", 404, "This project is not known here";
    /// No such route.
    NoRoute = "no_route", 404, "There is nothing at this address";
    /// The route knows other methods.
    MethodNotAllowed = "method_not_allowed", 405, "This address does not take that method";
    /// Another publish of the same share is under way.
    LeaseHeld = "lease_held", 409, "Another publish of this share is under way";
    /// The publish lost its lease, or never had it.
    LeaseLost = "lease_lost", 409, "This publish no longer holds the share";
    /// The share's snapshot is no longer the one that the publish began from.
    BaseChanged = "base_changed", 409, "The share has changed since the publish began";
    /// The share is withdrawn.
    ShareDeleted = "share_deleted", 409, "The share has been deleted";
    /// The share's content is gone for good.
    ShareCollected = "share_collected", 409, "The share's content has been collected";
    /// Another share has that slug.
    SlugTaken = "slug_taken", 409, "Another share has that name";
    /// The idempotency key was used for another request.
    IdempotencyConflict = "idempotency_conflict", 409, "The idempotency key was used for something else";
    /// The job was given to another attempt, or has ended.
    JobLost = "job_lost", 409, "This attempt no longer has the job";
    /// No host has the project.
    ProjectUnassigned = "project_unassigned", 409, "No host has this project";
    /// A precondition of the request is false.
    PreconditionFailed = "precondition_failed", 412, "A condition of the request is not met";
    /// More than the call takes.
    TooLarge = "too_large", 413, "The request is too large";
    /// A WebSocket call without the upgrade.
    UpgradeRequired = "upgrade_required", 426, "This call is a WebSocket";
    /// The range lies outside the content.
    RangeNotSatisfiable = "range_not_satisfiable", 416, "The range is outside the content";
    /// The manifest is not there, or not what the commit says it is.
    ManifestMismatch = "manifest_mismatch", 422, "The manifest is not what the commit says";
    /// A blob that the manifest adds is missing or has another size.
    BlobMissing = "blob_missing", 422, "A blob of the manifest is missing";
    /// Too many requests.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// A bug, or a platform failure that has no better name.
    Internal = "internal", 500, "Something went wrong on our side";
    /// Stored data contradicts itself.
    Corrupt = "corrupt", 500, "The stored snapshot is damaged";
    /// Stored by a newer version.
    UnsupportedVersion = "unsupported_version", 501, "The snapshot was made by a newer version";
    /// The store did not answer.
    StoreUnavailable = "store_unavailable", 503, "The storage does not answer";
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of every error answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// `urn:vitrine:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to branch on; a text here, because a reader may be older than the code.
    pub code: String,
    /// What happened this time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The field of the request that is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to quote when asking for help.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
}

impl Problem {
    /// A problem of that code; `detail` says what happened this time.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:vitrine:problem:{code}"),
            title: code.title().into(),
            status: code.status(),
            code: code.as_str().into(),
            detail: detail.into(),
            hint: None,
            field: None,
            request_id: String::new(),
        }
    }

    /// Adds what to do about it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the field at fault.
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Whether it has that code.
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code == code.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_have_error_statuses() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        assert!(ErrorCode::ALL.iter().all(|code| (400..600).contains(&code.status())));
    }

    #[test]
    fn a_problem_of_a_newer_server_is_readable() {
        let json = r#"{"type":"x","title":"t","status":418,"code":"teapot","later":[1]}"#;
        let problem: Problem = serde_json::from_str(json).unwrap();
        assert_eq!((problem.code.as_str(), problem.status), ("teapot", 418));
    }
}
