//! The host agent: keeps a line to the server, does the jobs that it is handed, and says what became of them.
//!
//! Read in this order: [`Agent::run`] in `life` is the whole story; [`book`] decides what an order means, and touches nothing; [`link`] is
//! the line, [`control`] the calls on it; `publishing` and `copying` do the work with the library's own engine; [`identity`],
//! [`settings`] and [`keeping`] are what is on the disk. `vitrine agent` and `vitrine enroll` call it.
//!
//! A host holds no key that matters: it signs tokens of its own that live for minutes, and what it writes with comes with each
//! job. It never opens anything outside the projects' folders and its own state folder.

pub mod book;
pub mod control;
mod copying;
pub mod gauge;
pub mod identity;
pub mod keeping;
mod life;
pub mod link;
pub mod project;
mod publishing;
pub mod settings;
pub mod stop;
mod trouble;

pub use life::Agent;

use crate::remote::RemoteError;
use crate::remote::throttle::Throttle;
use crate::state::State;
use book::Outcome;
use control::Control;
use gauge::Gauge;
use identity::IdentityError;
use keeping::{Keeping, KeepingError};
use project::Projects;
use settings::Settings;
use std::sync::Arc;
use stop::Stop;
use vitrine_protocol::api::{JobOrder, Work};

/// Why the agent cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// No identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The state folder.
    #[error(transparent)]
    Keeping(#[from] KeepingError),
    /// The server's address, or the HTTP client.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// Enrolled with another server.
    #[error("This host is enrolled with {enrolled}, and the configuration names {configured}")]
    OtherServer {
        /// What the enrolment says.
        enrolled: String,
        /// What the configuration says.
        configured: String,
    },
}

/// What every job works with.
pub(crate) struct Tools {
    pub(crate) settings: Settings,
    pub(crate) projects: Projects,
    pub(crate) control: Control,
    pub(crate) keeping: Keeping,
    pub(crate) state: Option<State>,
    pub(crate) throttle: Option<Throttle>,
}

/// Does a job.
async fn work(tools: &Tools, order: JobOrder, gauge: Arc<Gauge>, stop: Stop) -> Outcome {
    match order.work.clone() {
        Work::Publish { path, checksum, ignore_base } => {
            let wish = publishing::Wish { path, checksum, ignore_base };
            publishing::run(tools, &order, wish, &gauge, &stop).await
        }
        Work::Copy { manifest_id, path, target_path, title, scope } => {
            let wish = copying::Wish { manifest_id, path, target_path, title, scope };
            copying::run(tools, &order, wish, &gauge, &stop).await
        }
    }
}
