//! The Durable Object of one host: it holds the host's WebSocket, and hands it jobs the moment they are asked for.
//!
//! What jobs there are is the database's to know, and what becomes of them `jobs` decides; the object only carries. So it may
//! be gone at any time. `control` talks to it by [`Command`]; the host by [`vitrine_protocol::api::HostMessage`].

pub(crate) mod object;

use serde::{Deserialize, Serialize};
use vitrine_protocol::HostId;
use vitrine_protocol::api::{HostOrders, HostReport};

/// What the object can be asked. The caller has checked that the asker may.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Something may wait for the host, or one of its jobs is to be stopped.
    Wake { host: HostId },
    /// The host reports over HTTP.
    Report { host: HostId, report: Box<HostReport> },
    /// The host has been turned away.
    Close,
}

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Done,
    Orders(HostOrders),
    Refused(vitrine_protocol::Problem),
}
