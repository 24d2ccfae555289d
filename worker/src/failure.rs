//! What went wrong: the problem that the client is told, and what only the log is told. The one place where errors of
//! stores and formats become HTTP statuses.

use crate::share_do::collect::CollectError;
use crate::store::StoreError;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::tree::{LookupError, TreeError};
use vitrine_protocol::{ErrorCode, Problem};

/// What mends a damaged snapshot: everything is sent anew, as if nothing were there.
pub(crate) const REPAIR: &str = "Publishing the folder again with --ignore-base repairs it.";

/// An error on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) problem: Box<Problem>,
    pub(crate) log: Option<String>,
    /// What the answer has beside the problem: `Allow`, `Content-Range`, or the headers of data.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Failure {
    /// One that the client may hear all of.
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }

    /// One whose cause is for the log only.
    pub(crate) fn logged(code: ErrorCode, detail: impl Into<String>, cause: &dyn std::error::Error) -> Self {
        let mut log = cause.to_string();
        let mut source = cause.source();
        while let Some(error) = source {
            log = format!("{log}: {error}");
            source = error.source();
        }
        Self { log: Some(log), ..Self::new(code, detail) }
    }

    /// A share that does not exist and one that the reader may not know of look the same (design §5): always this.
    pub(crate) fn share_not_found() -> Self {
        Self::new(ErrorCode::ShareNotFound, "It may have been removed, or you may need to sign in to see it.")
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.problem.hint = Some(hint.into());
        self
    }

    /// Adds a header to the answer.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds headers that give way to those it has.
    pub(crate) fn with_headers(self, headers: Vec<(&'static str, String)>) -> Self {
        Self { headers: [headers, self.headers].concat(), ..self }
    }

    /// Another status than the code's own, where the same fault means something else.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.problem.status = status;
        self
    }

    /// Names the field of the request that is at fault.
    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.problem.field = Some(field.into());
        self
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), log: None, headers: Vec::new() }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => {
                Self::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", &error)
            }
            StoreError::TooMany { max, .. } => Self::logged(
                ErrorCode::TooLarge,
                format!("What leads there lies in more than {max} places of the storage, which is all that one request reads before it answers."),
                &error,
            )
            .hint("Publishing the folder again with --ignore-base puts it in fewer places."),
            StoreError::TooLarge { .. } | StoreError::Missing { .. } | StoreError::Mismatch { .. } => {
                Self::logged(ErrorCode::Corrupt, REPAIR, &error)
            }
        }
    }
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::NewerVersion { .. } => Self::new(
                ErrorCode::UnsupportedVersion,
                format!("The stored snapshot cannot be read: {error}."),
            ),
            _ => Self::logged(ErrorCode::Corrupt, REPAIR, &error),
        }
    }
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Store(error) => error.into(),
            CollectError::Marks(_) => {
                Self::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", &error)
            }
            CollectError::Grace { .. } | CollectError::NoDeletions => {
                Self::logged(ErrorCode::Internal, "The server is not configured.", &error)
            }
            // An operator asks, and must know what is in the way; it names objects of the share, and nothing secret.
            _ => Self::logged(ErrorCode::Corrupt, format!("Nothing was deleted: {error}."), &error)
                .hint(REPAIR),
        }
    }
}

impl From<TreeError> for Failure {
    fn from(error: TreeError) -> Self {
        let why = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        Self::new(ErrorCode::TooLarge, format!("The folder cannot be taken as a whole: {error}{why}."))
            .hint("Download its folders one by one.")
    }
}

impl From<LookupError<StoreError>> for Failure {
    fn from(error: LookupError<StoreError>) -> Self {
        match error {
            LookupError::NotFound(path) => {
                Self::new(ErrorCode::PathNotFound, format!("`{path}` is not in this snapshot."))
            }
            LookupError::LinkLoop(path) => {
                Self::new(ErrorCode::PathNotFound, format!("`{path}` leads through too many symbolic links."))
            }
            LookupError::Source { source, .. } => source.into(),
            LookupError::Corrupt { .. } | LookupError::TooLong(_) => {
                Self::logged(ErrorCode::Corrupt, REPAIR, &error)
            }
        }
    }
}
