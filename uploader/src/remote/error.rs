//! What can go wrong at the other end, in meanings that the pipeline and the CLI act on.

use super::network::NetworkError;
use super::s3::S3Error;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::{ErrorCode, Problem};

/// Why a call to the remote failed.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The control plane answered with a problem, or a store without one stands in for it.
    #[error("The server refused to {call}: {}", words(problem))]
    Refused {
        /// What was asked for, as a verb phrase.
        call: &'static str,
        /// Its answer.
        problem: Box<Problem>,
    },
    /// The control plane could not be reached.
    #[error("Could not reach the server at {host}")]
    Unreachable {
        /// Its host and port.
        host: String,
        /// What the connection said.
        source: NetworkError,
    },
    /// An answer that is not what the call answers.
    #[error("The server at {host} did not answer like Vitrine to {call}")]
    NotVitrine {
        /// Its host and port.
        host: String,
        /// What was asked for.
        call: &'static str,
        /// What is wrong with the answer.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The address of the control plane is not one.
    #[error("`{url}` is not an http or https URL")]
    Address {
        /// As it was given.
        url: String,
    },
    /// A token that cannot stand in a header.
    #[error("The token has characters that no token has")]
    Token,
    /// The HTTP client could not be set up.
    #[error("Could not set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] S3Error),
    /// A document of the share that cannot be read.
    #[error("Could not read `{key}` of the share")]
    Document {
        /// Which.
        key: String,
        /// What is wrong with it.
        source: FormatError,
    },
    /// The store has weak entity tags only, under which no conditional put may happen.
    #[error(
        "The storage's entity tags are weak, so it cannot tell whether somebody else published meanwhile"
    )]
    WeakTags,
    /// No random bytes from the system.
    #[error("The system gave no random bytes")]
    Random,
}

/// The title says what kind of problem it is, the detail what happened this time, if anything.
fn words(problem: &Problem) -> String {
    let (title, detail) = (&problem.title, problem.detail.trim_end_matches('.'));
    if detail.is_empty() { title.clone() } else { format!("{title}. {detail}") }
}

impl RemoteError {
    /// A refusal of our own, in the words of the control plane.
    pub fn refused(call: &'static str, code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused { call, problem: Box::new(Problem::new(code, detail)) }
    }

    /// Whether the control plane refused with that code.
    pub fn is(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Refused { problem, .. } if problem.is(code))
    }

    /// Whether the reply, if there was one, was lost: the call may have happened.
    pub fn is_unanswered(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NotVitrine { .. } => true,
            Self::Refused { problem, .. } => problem.status >= 500 || problem.status == 429,
            Self::Storage(error) => error.is_passing(),
            _ => false,
        }
    }
}
