//! What went wrong with a job, in words that its owner can act on, and whether another attempt may go better.
//!
//! The owner sees the app, not this machine: hints speak of shares and projects, and of the host's operator where only that
//! person can help.

use super::book::Outcome;
use crate::PublishError;
use crate::base::BaseError;
use crate::copy::CopyError;
use crate::publish::SendError;
use crate::reading::ReadingError;
use crate::remote::RemoteError;
use crate::scan::ScanError;
use rustix::io::Errno;
use std::error::Error;
use vitrine_protocol::ErrorCode;
use vitrine_protocol::api::JobError;

/// How many things are named in one message.
const NAMED_MAX: usize = 5;

/// An error and its causes in one line, without links that say what the one above said.
pub(super) fn words(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        let said = said.split(" (os error").next().unwrap_or_default();
        if !text.contains(said) {
            text.push_str(": ");
            text.push_str(said);
        }
        next = cause.source();
    }
    text
}

/// A failure of our own.
pub(super) fn failed(code: &str, message: impl Into<String>, hint: &str, retry: bool) -> Outcome {
    let hint = (!hint.is_empty()).then(|| hint.to_owned());
    Outcome::Failed { error: JobError { code: code.to_owned(), message: message.into(), hint }, retry }
}

const LATER: &str = "It is tried again by itself a few times; if it stays so, tell the host's operator.";
const ANEW: &str = "Publish it anew, believing nothing of the published snapshot (`admin/republish`).";

impl From<PublishError> for Outcome {
    fn from(error: PublishError) -> Self {
        let message = words(&error);
        match &error {
            PublishError::Interrupted | PublishError::InterruptedCommit => Self::Stopped,
            PublishError::Scan(error) => scan(error),
            PublishError::Begin(source)
            | PublishError::Manifest(source)
            | PublishError::Send(SendError { source, .. })
            | PublishError::Commit(source)
            | PublishError::Lease(source)
            | PublishError::Base(BaseError::Fetch { source, .. }) => remote(source, message),
            PublishError::Base(_) | PublishError::Inventory { .. } => failed("corrupt", message, ANEW, false),
            PublishError::Bounds(_) => {
                let hint = "Publish its folders as shares of their own, or pack small files together.";
                failed("too_large", message, hint, false)
            }
            PublishError::Exhausted(_) => failed("other", message, LATER, true),
            PublishError::Declined { .. } | PublishError::Tree(_) | PublishError::Thread => {
                failed("other", message, "", false)
            }
        }
    }
}

/// What a path below a project is not.
pub(super) fn scan(error: &ScanError) -> Outcome {
    let (code, hint) = match error {
        ScanError::Missing { .. } => {
            ("path_missing", "Was it renamed or moved? Correct the share's path, or bring the folder back.")
        }
        ScanError::Link { .. } => (
            "forbidden",
            "A share's path may not lead through a symbolic link: name what the link leads to, inside the project.",
        ),
        ScanError::Special { .. } => ("invalid_request", "Only folders and regular files can be published."),
        ScanError::Name { .. } => ("invalid_request", "Rename it, or publish the folder that it is in."),
        ScanError::Open { .. } => ("forbidden", "The host may not read it: tell the host's operator."),
    };
    failed(code, words(error), hint, false)
}

/// What the other end said, or did not.
pub(super) fn remote(error: &RemoteError, message: String) -> Outcome {
    match error {
        RemoteError::Refused { problem, .. } => {
            let retry = problem.status >= 500
                || [
                    ErrorCode::LeaseHeld,
                    ErrorCode::LeaseLost,
                    ErrorCode::BaseChanged,
                    ErrorCode::BlobMissing,
                    ErrorCode::ManifestMismatch,
                    ErrorCode::RateLimited,
                ]
                .iter()
                .any(|code| problem.is(*code));
            let hint = problem.hint.clone().unwrap_or_else(|| if retry { LATER } else { "" }.to_owned());
            failed(&problem.code, message, &hint, retry)
        }
        RemoteError::Unreachable { .. } | RemoteError::NotVitrine { .. } | RemoteError::Storage(_) => {
            failed("store_unavailable", message, LATER, true)
        }
        _ => failed("other", message, "", false),
    }
}

impl From<CopyError> for Outcome {
    fn from(error: CopyError) -> Self {
        let message = words(&error);
        match &error {
            CopyError::Interrupted => Self::Stopped,
            CopyError::Reading(error) => reading(error, message),
            CopyError::NotFound { .. } => {
                failed("path_missing", message, "Give the path as it is in the share.", false)
            }
            CopyError::InTheWay { named, count } => {
                let names =
                    named.iter().take(NAMED_MAX).map(|thing| format!("`{}` is {}", thing.path, thing.what));
                let names: Vec<String> = names.collect();
                let more = count.saturating_sub(names.len() as u64);
                let more = if more > 0 { format!(", and {more} more") } else { String::new() };
                let message = format!("{message}: {}{more}", names.join(", "));
                let hint = "Copy into another folder, or move these away; nothing is ever replaced.";
                failed("conflict", message, hint, false)
            }
            CopyError::Busy { .. } => failed("other", message, LATER, true),
            CopyError::TooLarge { .. } => failed("quota", message, QUOTA, false),
            CopyError::Write { source, .. } => {
                let full = matches!(Errno::from_io_error(source), Some(Errno::NOSPC | Errno::DQUOT));
                failed(if full { "quota" } else { "other" }, message, if full { QUOTA } else { "" }, false)
            }
            CopyError::Folder { .. } => {
                failed("forbidden", message, "The host may not write there: tell its operator.", false)
            }
            CopyError::Thread => failed("other", message, "", false),
        }
    }
}

/// What to do when there is no room.
pub(super) const QUOTA: &str =
    "Copy less of it, make room in the project, or ask the host's operator for more.";

/// Why a snapshot cannot be read.
pub(super) fn reading(error: &ReadingError, message: String) -> Outcome {
    match error {
        ReadingError::Fetch { source, .. } => remote(source, message),
        ReadingError::NotPublished { .. } => failed("not_published", message, "", false),
        ReadingError::Missing { key, .. } if key.contains("/manifests/") => {
            let hint = "It was replaced and collected while the copy waited: ask for the copy again.";
            failed("snapshot_not_found", message, hint, false)
        }
        error if error.is_newer() => {
            failed("unsupported_version", message, "The host's vitrine is too old: tell its operator.", false)
        }
        _ => failed("corrupt", message, "The share's owner can mend it by publishing it again.", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn said(outcome: Outcome) -> (String, bool) {
        match outcome {
            Outcome::Failed { error, retry } => (error.code, retry),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_not() {
        let refused = |code| PublishError::Begin(RemoteError::refused("begin", code, ""));
        assert_eq!(said(refused(ErrorCode::LeaseHeld).into()), ("lease_held".to_owned(), true));
        assert_eq!(said(refused(ErrorCode::StoreUnavailable).into()), ("store_unavailable".to_owned(), true));
        assert_eq!(said(refused(ErrorCode::Forbidden).into()), ("forbidden".to_owned(), false));
        assert_eq!(said(refused(ErrorCode::JobLost).into()), ("job_lost".to_owned(), false));
        let missing = PublishError::Scan(ScanError::Missing { path: PathBuf::from("a") });
        assert_eq!(said(missing.into()), ("path_missing".to_owned(), false));
        let full = CopyError::Write { path: "a".to_owned(), source: Errno::NOSPC.into() };
        assert_eq!(said(full.into()), ("quota".to_owned(), false));
        assert_eq!(Outcome::from(PublishError::Interrupted), Outcome::Stopped);
    }
}
