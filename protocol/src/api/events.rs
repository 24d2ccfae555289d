//! What is sent over `shares/{id}/events`, a WebSocket: live progress, new snapshots, counters (design §7).

use super::hosts::PublishProgress;
use super::jobs::JobRecord;
use crate::documents::Latest;
use serde::{Deserialize, Serialize};

/// One message. `id` grows; a client that comes back with `?last_event_id=` gets what it missed, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShareEvent {
    /// Its number; 0 for what is not kept (progress, and the greeting).
    pub id: u64,
    /// When it happened.
    pub at: i64,
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened to a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", content = "data", rename_all = "lowercase")]
pub enum Happening {
    /// The first message of a connection: the last number given out, and whether everything since `last_event_id` follows. If
    /// not, ask `GET shares/{id}` and `shares/status` for what is so now.
    Hello {
        /// The last number given out.
        last_event_id: u64,
        /// Whether nothing was missed.
        complete: bool,
    },
    /// A job has changed its state.
    Job(Box<JobRecord>),
    /// A publish goes on.
    Progress(PublishProgress),
    /// A new snapshot is current.
    Published(Latest),
    /// Stars or views have changed.
    Counters {
        /// How many users have starred it.
        stars: u64,
        /// How many readers there were, each counted once a day.
        views: u64,
    },
    /// Title, description, scope or state have changed.
    Updated,
}
