//! What passes from the comparison to the assembly, in the order of the paths.

use super::decide::Why;
use crate::content::read::{Content, ReadError};
use crate::filter::Caution;
use crate::scan::Stamp;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use vitrine_protocol::{EntryName, EntryPath, File, Link};

/// A file that has to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Examine {
    /// Its path.
    pub(super) path: EntryPath,
    /// Its name.
    pub(super) name: EntryName,
    /// Its state when it was scanned.
    pub(super) stamp: Stamp,
    /// Why it is read.
    pub(super) why: Why,
    /// What the base has at its path.
    pub(super) prior: Option<Box<File>>,
}

/// One step through the folder.
#[derive(Debug)]
pub(super) enum Step {
    /// Down into a directory, with its modification time in milliseconds.
    Enter(EntryName, i64),
    /// Back up.
    Leave,
    /// A link.
    Link(Link),
    /// A file that is kept as the base has it.
    Keep(Box<File>),
    /// A file that was read, and why it should perhaps not be public.
    Read(Box<Examine>, Result<(Content, Option<Caution>), ReadError>),
}

/// Some steps, or a file that goes its own way because it is large.
pub(super) enum Batch {
    /// Nothing of it had to be read.
    Steps(Vec<Step>),
    /// Being read; its bytes hold room in memory.
    Reading(JoinHandle<Vec<Step>>, OwnedSemaphorePermit),
    /// A file of [`crate::content::chunk::CHUNKED_MIN`] bytes or more.
    Large(Box<Examine>),
}
