//! The Durable Object of one share: it holds the publish lease, is the only writer of `latest.json` and `meta.json`, counts
//! stars and views, collects garbage, and tells those who watch.
//!
//! [`keeper`] does what is asked, plain Rust over a table and a store: [`lease`] is the lease's state machine, [`commit`] the
//! steps of a commit within an operator's [`bounds`], [`change`], [`changes`] and [`queue`] another `meta.json`, [`record`] what the audit gets of both, [`audience`]
//! the counters, [`collect`] the garbage, [`events`] what happened. [`object`] is the thin shell on the platform. `control` talks to it by [`Command`], in JSON.

pub(crate) mod audience;
pub(crate) mod bounds;
pub(crate) mod change;
pub(crate) mod changes;
pub(crate) mod collect;
pub(crate) mod commit;
pub(crate) mod events;
pub(crate) mod keeper;
pub(crate) mod lease;
pub(crate) mod object;
pub(crate) mod queue;
pub(crate) mod record;

use audience::{Counters, Reader};
use change::Change;
use changes::Standing;
use events::Message;
use record::Record;
use serde::{Deserialize, Serialize};
use vitrine_protocol::api::{Base, Collected, CommitPublish};
use vitrine_protocol::{JobId, Latest, Problem};

/// What the object can be asked. The caller has checked that the asker may.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    Begin {
        holder: String,
        nonce: Option<String>,
    },
    Renew {
        epoch: u64,
    },
    Commit {
        wanted: CommitPublish,
        record: Option<Record>,
    },
    Abort {
        epoch: u64,
    },
    /// Writes another `meta.json`; `queue` does it.
    Change(Box<Change>),
    /// Stars the share for a user, or takes the star back.
    Star {
        user: String,
        starred: bool,
    },
    /// The counters as that user sees them; counts a view of it first when it has read.
    Count {
        user: String,
        view: bool,
    },
    /// Somebody has read; gives the counters.
    View {
        reader: Reader,
    },
    /// Something happened that is kept for those who come back.
    Happened(Vec<Message>),
    /// A publish goes on.
    Progressed {
        job: Option<JobId>,
        message: Message,
    },
    /// Collects garbage now.
    Collect {
        dry_run: bool,
    },
}

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Granted {
        epoch: u64,
        expires_at: i64,
        base: Option<Base>,
    },
    Renewed {
        expires_at: i64,
    },
    /// The snapshot, and how long after its ticket; `None` when it was current already.
    Committed {
        latest: Latest,
        took_ms: Option<u64>,
    },
    Aborted {
        released: bool,
    },
    Changed(Box<Standing>),
    Counted(Counters),
    Collected(Collected),
    Done,
    Refused(Problem),
}
