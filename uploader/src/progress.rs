//! How the library tells what it is doing. It never draws: the CLI, a test or an agent listens.

use vitrine_protocol::{ManifestId, ShareId};

/// What a publish is busy with. Each begins once and in this order; a phase with nothing to do is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Listing the folder.
    Scan,
    /// Asking for the share, the lease and the snapshot to compare with.
    Begin,
    /// Reading, hashing and sending what may have changed, and the listings of the folders that did; the scan goes on
    /// beside it until [`Event::Scanned`].
    Send,
    /// Making the snapshot visible.
    Commit,
}

impl Phase {
    /// A word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scan => "scanning",
            Self::Begin => "comparing",
            Self::Send => "sending",
            Self::Commit => "committing",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A phase began.
    Began {
        /// Which.
        phase: Phase,
    },
    /// The scan met this many more files, with this many bytes.
    Found {
        /// Files.
        files: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// The whole folder is known: what is queued by now is all there is.
    Scanned,
    /// A file will be read: it may have changed.
    Queued {
        /// Its bytes.
        bytes: u64,
    },
    /// This many more bytes were read and hashed.
    Hashed {
        /// How many.
        bytes: u64,
    },
    /// A file was read, hashed and, where needed, sent.
    Done {
        /// Its path below the root.
        path: &'a str,
        /// Its size.
        bytes: u64,
        /// Whether its bytes had to be sent.
        sent: bool,
    },
    /// In a dry run: the bytes of this file would be sent. Said as it is found out, not kept: there may be millions.
    WouldSend {
        /// Its path below the root.
        path: &'a str,
        /// How many bytes of it.
        bytes: u64,
    },
    /// This many bytes of a large file did not have to be sent: they are stored already.
    Reused {
        /// How many.
        bytes: u64,
    },
    /// This many more bytes of blobs arrived.
    Sent {
        /// How many.
        bytes: u64,
    },
    /// A request failed and will be tried again.
    Retrying {
        /// What failed, and how.
        what: &'a str,
        /// How many attempts were made so far.
        attempts: u32,
    },
    /// The share is known from here on: it was given, or just made.
    Share {
        /// Its id.
        share_id: ShareId,
        /// Whether it was made by this publish.
        created: bool,
    },
    /// The publish was stopped in the middle of its commit, whose answer it waits for.
    StopDeferred,
    /// Something the person should know, as a sentence without its full stop.
    Note {
        /// The sentence.
        text: &'a str,
    },
    /// The snapshot to compare with; none on the first publish.
    Base {
        /// Its id.
        manifest_id: Option<ManifestId>,
    },
}

/// Listens to a publish. Called from many threads, so it must be quick.
pub trait Progress: Send + Sync {
    /// Takes note of `event`.
    fn on(&self, event: Event<'_>);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn on(&self, _event: Event<'_>) {}
}
