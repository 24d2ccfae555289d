//! The errors of `copy` and `verify`, each with what to do about it.

use super::command_error::{CommandError, Exit, storage_hint};
use super::output::printable;
use vitrine::copy::CopyError;
use vitrine::reading::ReadingError;
use vitrine::remote::RemoteError;
use vitrine::verify::VerifyError;
use vitrine_protocol::ErrorCode;
use vitrine_protocol::tree::LookupError;

/// How many things in the way are named on the terminal; `--json` names more.
const NAMED_MAX: usize = 20;

const AGAIN: &str = "Run the same command again: it goes on where it ended.";
const REPAIR: &str = "Its owner can mend it by publishing the folder again with --ignore-base.";

impl From<CopyError> for CommandError {
    fn from(error: CopyError) -> Self {
        let hints = match &error {
            CopyError::Reading(error) => reading_hint(error).into_iter().collect(),
            CopyError::NotFound { .. } => {
                vec![
                    "Give paths as they are in the share, from its root, without a slash at the start."
                        .to_owned(),
                ]
            }
            CopyError::Busy { .. } => {
                vec!["Wait until it is done, or stop it; then run this again.".to_owned()]
            }
            CopyError::InTheWay { named, count } => {
                let mut hints: Vec<String> = named
                    .iter()
                    .take(NAMED_MAX)
                    .map(|thing| format!("`{}` is {}", printable(&thing.path), thing.what))
                    .collect();
                let more = count.saturating_sub(hints.len() as u64);
                if more > 0 {
                    hints.push(format!("{more} more are in the way"));
                }
                hints.push("Copy into another folder, move these away, or replace files and links with --force (folders are never replaced).".to_owned());
                hints
            }
            CopyError::TooLarge { .. } => vec!["Copy less of it.".to_owned()],
            CopyError::Write { .. } => vec![format!("Make room on the disk. {AGAIN}")],
            CopyError::Interrupted => vec![AGAIN.to_owned()],
            CopyError::Folder { .. } => {
                vec![
                    "DEST is a folder, or a name that is free; the folder after --seed must be there."
                        .to_owned(),
                ]
            }
            CopyError::Thread => Vec::new(),
        };
        let exit = if matches!(error, CopyError::Interrupted) { Exit::Interrupted } else { Exit::Failed };
        Self { exit, error: Box::new(error), hints }
    }
}

impl From<ReadingError> for CommandError {
    fn from(error: ReadingError) -> Self {
        let hint = reading_hint(&error);
        Self::with(error, hint)
    }
}

impl From<VerifyError> for CommandError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Reading(error) => error.into(),
            error @ VerifyError::Thread => Self::failed(error),
        }
    }
}

fn reading_hint(error: &ReadingError) -> Option<String> {
    match error {
        _ if error.is_newer() => Some(
            "It was made by a newer vitrine: update this one, then run the same command again.".to_owned(),
        ),
        ReadingError::Fetch { source, .. } => fetch_hint(source),
        ReadingError::NotPublished { .. } => Some("Check the share's id.".to_owned()),
        ReadingError::Listing { source, .. } => match source.as_ref() {
            LookupError::Source { source, .. } => reading_hint(source),
            _ => Some(REPAIR.to_owned()),
        },
        _ => Some(REPAIR.to_owned()),
    }
}

fn fetch_hint(error: &RemoteError) -> Option<String> {
    let text = match error {
        RemoteError::Storage(error) => return storage_hint(error),
        RemoteError::Unreachable { source, .. } if source.way_out().is_some() => source.way_out()?,
        RemoteError::Unreachable { .. } => "Is the network up, and is the share's address right?",
        RemoteError::NotVitrine { .. } => "Check the address: it is the share's, as the browser shows it.",
        _ if error.is(ErrorCode::ShareNotFound) => {
            "Check the address. A share that needs a viewer token is not found without one: set VITRINE_VIEWER_TOKEN."
        }
        _ if error.is(ErrorCode::NoRoute) => "Check the address: it is the share's, as the browser shows it.",
        _ if [
            ErrorCode::Unauthenticated,
            ErrorCode::InvalidToken,
            ErrorCode::TokenExpired,
            ErrorCode::TokenRevoked,
        ]
        .iter()
        .any(|code| error.is(*code)) =>
        {
            "Get a fresh viewer token for this share and set VITRINE_VIEWER_TOKEN to it."
        }
        RemoteError::Refused { problem, .. } if problem.status == 429 || problem.status >= 500 => {
            "Try again a little later."
        }
        _ => return None,
    };
    Some(text.to_owned())
}
