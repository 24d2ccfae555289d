//! Every error of the library sorted into a kind, with what to do about it. Exit codes follow from the kind.

use std::error::Error;
use std::io;
use std::process::ExitCode;
use vitrine::PublishError;
use vitrine::base::BaseError;
use vitrine::lease::LockError;
use vitrine::publish::SendError;
use vitrine::remote::RemoteError;
use vitrine::remote::s3::S3Error;
use vitrine::scan::ScanError;
use vitrine_protocol::ErrorCode;

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// Published, or nothing had changed.
    Done = 0,
    /// Failed; readers see what they saw before, unless a hint says otherwise.
    Failed = 1,
    /// The command line is not right; also clap's own.
    Usage = 2,
    /// Published, but something is missing that should not be.
    Partial = 3,
    /// Stopped by SIGINT: 128 + 2, as a shell would say.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Standard output does not take what is written.
#[derive(Debug, thiserror::Error)]
#[error("Could not write to standard output")]
struct UnwrittenError {
    source: io::Error,
}

/// An error on its way to the person.
#[derive(Debug)]
pub(super) struct CommandError {
    pub(super) exit: Exit,
    pub(super) error: Box<dyn Error>,
    pub(super) hints: Vec<String>,
}

impl CommandError {
    pub(super) fn exit_code(&self) -> Exit {
        self.exit
    }

    /// The command line, or the environment it refers to, is not right.
    pub(super) fn usage(message: &str, hint: &str) -> Self {
        Self { exit: Exit::Usage, error: message.into(), hints: vec![hint.to_owned()] }
    }

    /// Something that no hint helps with.
    pub(super) fn failed(error: impl Into<Box<dyn Error>>) -> Self {
        Self { exit: Exit::Failed, error: error.into(), hints: Vec::new() }
    }

    /// Something that the person can mend.
    pub(super) fn hinted(message: &str, hint: &str) -> Self {
        Self { exit: Exit::Failed, error: message.into(), hints: vec![hint.to_owned()] }
    }

    /// The last line could not be written.
    pub(super) fn unwritten(source: io::Error, hint: &str) -> Self {
        Self::with(UnwrittenError { source }, Some(hint.to_owned()))
    }

    pub(super) fn with(error: impl Error + 'static, hint: Option<String>) -> Self {
        Self { exit: Exit::Failed, error: Box::new(error), hints: hint.into_iter().collect() }
    }
}

impl From<PublishError> for CommandError {
    fn from(error: PublishError) -> Self {
        let hint = match &error {
            PublishError::Scan(error) => scan_hint(error),
            PublishError::Base(error) => base_hint(error),
            PublishError::Commit(error) if error.is_unanswered() => Some(UNSURE.to_owned()),
            PublishError::InterruptedCommit => Some(UNSURE.to_owned()),
            PublishError::Begin(error)
            | PublishError::Manifest(error)
            | PublishError::Send(SendError { source: error, .. })
            | PublishError::Commit(error)
            | PublishError::Lease(error) => remote_hint(error),
            PublishError::Inventory { .. } => Some(IGNORE_BASE.to_owned()),
            PublishError::Bounds(_) => {
                Some("Publish its folders as shares of their own, or pack small files together.".to_owned())
            }
            PublishError::Interrupted => {
                Some("Readers see what they saw before. Run the same command again to publish.".to_owned())
            }
            PublishError::Declined { .. } => Some(DECLINED.to_owned()),
            PublishError::Exhausted(_) => Some(
                "Nothing was published. Raise the limit of open files (`ulimit -n`) and try again."
                    .to_owned(),
            ),
            PublishError::Tree(_) | PublishError::Thread => None,
        };
        let exit = match error {
            PublishError::Interrupted | PublishError::InterruptedCommit => Exit::Interrupted,
            _ => Exit::Failed,
        };
        Self { exit, error: Box::new(error), hints: hint.into_iter().collect() }
    }
}

impl From<ScanError> for CommandError {
    fn from(error: ScanError) -> Self {
        let hint = scan_hint(&error);
        Self::with(error, hint)
    }
}

impl From<RemoteError> for CommandError {
    fn from(error: RemoteError) -> Self {
        let hint = remote_hint(&error);
        let exit = if matches!(error, RemoteError::Address { .. }) { Exit::Usage } else { Exit::Failed };
        Self { exit, ..Self::with(error, hint) }
    }
}

impl From<S3Error> for CommandError {
    fn from(error: S3Error) -> Self {
        let hint = storage_hint(&error);
        Self::with(error, hint)
    }
}

impl From<LockError> for CommandError {
    fn from(error: LockError) -> Self {
        Self::with(error, Some("Wait until it is done, or stop it; then run this again.".to_owned()))
    }
}

const IGNORE_BASE: &str =
    "Publish everything anew with --ignore-base; readers keep what they see until that is done.";
const UNSURE: &str =
    "No answer came, so the new snapshot may be visible or not. Run the same command again to be sure.";
const DECLINED: &str = "Nothing was published. Leave them out with --exclude or a .vitrineignore, or publish them all the same with --yes.";
const AGAIN: &str = "Run the same command again; it compares with what is published now.";

fn scan_hint(error: &ScanError) -> Option<String> {
    match error {
        ScanError::Missing { .. } => Some("Give the path of a folder or a file that exists.".to_owned()),
        ScanError::Special { .. } => Some("Only folders and regular files can be published.".to_owned()),
        ScanError::Name { .. } => Some("Rename it, or publish the folder that it is in.".to_owned()),
        ScanError::Link { .. } => Some("Name what the link leads to.".to_owned()),
        ScanError::Open { .. } => None,
    }
}

fn base_hint(error: &BaseError) -> Option<String> {
    match error {
        _ if error.is_newer() => Some(
            "It was made by a newer vitrine: update this one, then run the same command again.".to_owned(),
        ),
        BaseError::Fetch { source, .. } => remote_hint(source),
        _ => Some(IGNORE_BASE.to_owned()),
    }
}

fn remote_hint(error: &RemoteError) -> Option<String> {
    match error {
        RemoteError::Refused { problem, .. } => {
            if let Some(hint) = &problem.hint {
                return Some(hint.clone());
            }
            let code = ErrorCode::ALL.iter().find(|code| problem.is(**code));
            code.and_then(|code| refusal_hint(*code)).map(str::to_owned)
        }
        RemoteError::Unreachable { source, .. } if source.way_out().is_some() => {
            source.way_out().map(str::to_owned)
        }
        RemoteError::Unreachable { .. } => {
            Some("Is the server running, and is the address after --api (or in VITRINE_API) right?".to_owned())
        }
        RemoteError::NotVitrine { .. } | RemoteError::Address { .. } => {
            Some("Check the address after --api (or in VITRINE_API): the origin of the app, such as https://vitrine.example.org".to_owned())
        }
        RemoteError::WeakTags => Some("Give --endpoint as the storage's own address, without a proxy that compresses, or publish through a Vitrine server (--api).".to_owned()),
        RemoteError::Token => Some("Check VITRINE_TOKEN: a token is one line of letters, digits, `-`, `_` and `.`".to_owned()),
        RemoteError::Storage(error) => storage_hint(error),
        RemoteError::Document { .. } => Some("Is the program up to date? If so, the share's documents are damaged.".to_owned()),
        RemoteError::Setup(_) | RemoteError::Random => None,
    }
}

fn refusal_hint(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::Unauthenticated => "Set VITRINE_TOKEN to an API token of the server.",
        ErrorCode::InvalidToken => {
            "Set VITRINE_TOKEN to an API token of this server; this one is for another, or cut short."
        }
        ErrorCode::TokenExpired => "Get a fresh API token and set VITRINE_TOKEN to it.",
        ErrorCode::Forbidden => {
            "The token is for other projects. Use one for the share's project, or leave --share out to make a share of your own."
        }
        ErrorCode::ShareNotFound => "Check the id after --share, or leave it out to make a new share.",
        ErrorCode::NoRoute => {
            "Check the address after --api (or in VITRINE_API): it is the app's origin, without a path."
        }
        ErrorCode::ShareDeleted => "Leave --share out to make a new share.",
        ErrorCode::LeaseHeld => {
            "Wait until it is done. If it was killed, its hold ends by itself after 90 seconds."
        }
        ErrorCode::LeaseLost | ErrorCode::BaseChanged => AGAIN,
        ErrorCode::BlobMissing | ErrorCode::ManifestMismatch => {
            "Something that was sent is not there. Run the same command again."
        }
        ErrorCode::RateLimited | ErrorCode::StoreUnavailable | ErrorCode::Internal => {
            "Try again a little later."
        }
        ErrorCode::Corrupt => IGNORE_BASE,
        ErrorCode::UnsupportedVersion => "Update this program, then run the same command again.",
        _ => return None,
    })
}

pub(super) fn storage_hint(error: &S3Error) -> Option<String> {
    Some(match error {
        S3Error::Unreachable { source, .. } if source.way_out().is_some() => source.way_out()?.to_owned(),
        S3Error::Unreachable { .. } | S3Error::Stalled { .. } => "Is the network up? Run the same command again; with --store, check --endpoint.".to_owned(),
        S3Error::Moved { place, .. } => {
            let options = [("--region", &place.region), ("--endpoint", &place.endpoint)];
            let options: Vec<_> =
                options.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
            if options.is_empty() {
                "Check --endpoint and --region: the storage's console says both.".to_owned()
            } else {
                format!("Give {}", options.join(" and "))
            }
        }
        S3Error::Endpoint { .. } => "Give --endpoint as the storage's URL without the bucket, such as https://ACCOUNT.r2.cloudflarestorage.com".to_owned(),
        S3Error::Refused { code, .. } if code == "RequestTimeTooSkewed" => "This machine's clock is wrong: set it, then run the same command again.".to_owned(),
        S3Error::Refused { code, .. } if code == "NoSuchBucket" => "Check the bucket's name after s3://".to_owned(),
        error if error.is_denied() => "The credentials do not allow it. With --store, check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and --region.".to_owned(),
        error if error.is_passing() => "The storage is in trouble or overloaded. Run the same command again a little later.".to_owned(),
        _ => return None,
    })
}
