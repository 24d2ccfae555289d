//! The Durable Object of one share: it holds the publish lease and is the only writer of `latest.json`.
//!
//! [`lease`] is the state machine and [`commit`] the steps of a commit, both plain Rust; [`object`] is their thin shell on
//! the platform. `control` talks to it by [`Command`], in JSON, over the object's `fetch`.

#[cfg_attr(not(test), expect(dead_code, reason = "the alarm of `object` is to call it"))]
pub(crate) mod collect;
pub(crate) mod commit;
pub(crate) mod lease;
pub(crate) mod object;

use serde::{Deserialize, Serialize};
use vitrine_protocol::api::{Base, CommitPublish};
use vitrine_protocol::{Latest, Problem, ShareId};

/// What the object can be asked. The caller has checked that the asker may.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    Begin { share_id: ShareId, holder: String, nonce: Option<String> },
    Renew { epoch: u64 },
    Commit(CommitPublish),
    Abort { epoch: u64 },
}

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Granted { epoch: u64, expires_at: i64, base: Option<Base> },
    Renewed { expires_at: i64 },
    Committed(Latest),
    Aborted { released: bool },
    Refused(Problem),
}
