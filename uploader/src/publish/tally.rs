//! What a publish counted on its way.

use super::step::Examine;
use super::uploads::NewBlobs;
use crate::content::hash::Fingerprint;
use crate::omission::Omissions;

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Files that the base does not have.
    pub(super) new_files: u64,
    /// Files that have another content than in the base.
    pub(super) changed_files: u64,
    /// Files that could not be read.
    pub(super) omissions: Omissions,
    /// Packs that were filled.
    pub(super) packs: u64,
    /// Large files that were put together from what was stored.
    pub(super) deltas: u64,
    /// Bytes of those that did not have to be sent.
    pub(super) delta_bytes: u64,
    /// Bytes of files that were read and whose content was stored already, somewhere.
    pub(super) found_bytes: u64,
    /// Blobs that were added.
    pub(super) blobs: NewBlobs,
}

impl Tally {
    /// Takes note of a file that was read. A `touch` changes nothing.
    pub(super) fn count(&mut self, item: &Examine, print: &Fingerprint) {
        match &item.prior {
            None => self.new_files += 1,
            Some(prior) if prior.hash != print.hash => self.changed_files += 1,
            Some(_) => {}
        }
    }

    /// Takes note of a file whose content was stored already, elsewhere than at its own path.
    pub(super) fn found(&mut self, item: &Examine, print: &Fingerprint) {
        if item.prior.as_ref().is_none_or(|prior| prior.hash != print.hash) {
            self.found_bytes += print.size;
        }
    }
}
