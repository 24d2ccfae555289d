//! What this machine remembers between publishes, as a publish uses it.
//!
//! All of it only saves time: an error of the state file is noted once and then nothing is remembered.

use crate::base::{Base, Index};
use crate::clock;
use crate::content::pack::Inside;
use crate::publish::Options;
use crate::publish::decide::Remembered;
use crate::remote::Session;
use crate::scan::{Found, Identity, Listed};
use crate::state::{Arrived, DirStamps, PackedContent, StampWriter, State, StateError};
use futures_util::stream::{self, StreamExt as _};
use std::sync::{Mutex, PoisonError};
use vitrine_protocol::{EntryPath, Extent, ManifestId, ObjectKey, Sha256, ShareId};

/// What arrived longer ago than this is not relied on: the store's collector may be about to remove it (its grace period
/// is 48 hours), and a publish takes time.
const ARRIVED_MS_MAX: i64 = 24 * 60 * 60 * 1000;

/// How many blobs of an unfinished publish are asked for together.
const QUESTIONS_AT_ONCE: usize = 16;

/// The memory of one publish.
#[derive(Default)]
pub(super) struct Local {
    state: Option<(State, ShareId)>,
    folder: Option<Identity>,
    /// A change after this moment may be followed by one that bears the same time.
    trusted_ms: i64,
    dry: bool,
    /// Whether an earlier publish of the share did not end, and what it sent may be relied on.
    unfinished: bool,
    /// Whether the stamps are those of the base and this folder.
    matches: bool,
    writer: Mutex<Option<StampWriter>>,
}

impl Local {
    /// Opens what `state` knows of a share whose base is `base`, for a scan that began at `started_at`. In a dry run, nothing is written down.
    pub(super) fn open(
        state: Option<&State>,
        share: ShareId,
        base: Option<ManifestId>,
        (folder, started_at): (Identity, i64),
        options: &Options,
    ) -> Self {
        let Some(state) = state else { return Self::default() };
        let opened = || -> Result<Self, StateError> {
            let unfinished = !options.dry_run && state.begin_publish(share)? && !options.ignore_base;
            let matches = match base {
                Some(base) => state.stamps_match(share, base, folder.device, &folder.path)?,
                None => false,
            };
            let writer = if options.dry_run { None } else { Some(state.begin_stamps(share)?) };
            Ok(Self {
                state: Some((state.clone(), share)),
                folder: Some(folder),
                trusted_ms: started_at - options.racy_ms,
                dry: options.dry_run,
                unfinished,
                matches,
                writer: Mutex::new(writer),
            })
        };
        opened().unwrap_or_default()
    }

    /// Whether blobs may have arrived without our knowing, so that it is worth asking before one is sent.
    pub(super) fn asks_first(&self) -> bool {
        self.unfinished
    }

    /// The blobs that an unfinished publish brought and that are there still, with what is in them.
    pub(super) async fn arrived<S: Session>(&self, session: &S, base: &mut Base<S>) {
        let Some((state, share)) = self.state.as_ref().filter(|_| self.unfinished) else { return };
        let Ok(blobs) = state.arrived(*share, clock::now_ms() - ARRIVED_MS_MAX) else { return };
        let blobs: Vec<Arrived> =
            blobs.into_iter().filter(|arrived| !base.is_blob_lost(&arrived.blob)).collect();
        let there: Vec<Arrived> = stream::iter(blobs)
            .map(|arrived| async move {
                let key = ObjectKey::blob(session.grant().share_id, arrived.blob);
                (matches!(session.size_of(key).await, Ok(Some(size)) if size == arrived.size), arrived)
            })
            .buffered(QUESTIONS_AT_ONCE)
            .filter_map(async |(there, arrived)| there.then_some(arrived))
            .collect()
            .await;
        let mut index = Index::default();
        for arrived in &there {
            for PackedContent { content, offset, length } in &arrived.contents {
                index.add(content, Extent { blob: arrived.blob, offset: *offset, length: *length });
            }
        }
        base.add_arrived(index, there.into_iter().map(|arrived| (arrived.blob, arrived.size)));
    }

    /// What is remembered of a directory; `None` when nothing is.
    pub(super) fn dir(&self, path: &EntryPath) -> Option<DirStamps> {
        let (state, share) = self.state.as_ref().filter(|_| self.matches)?;
        state.dir_stamps(*share, path).ok().flatten()
    }

    /// Writes down what a directory looks like now; `before` is what was remembered of it.
    pub(super) fn saw_dir(&self, path: &EntryPath, listed: &Listed, before: Option<&DirStamps>) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = writer.as_mut() else { return };
        let trusted = self.trusted_ms.saturating_mul(1_000_000);
        let files = listed.iter().filter_map(|(name, found)| match found {
            Found::File(stamp) if stamp.ctime_ns < trusted => Some((name, stamp.inode, stamp.ctime_ns)),
            _ => None,
        });
        let records: Vec<(&str, u64, i64)> = files.collect();
        let same = before.is_some_and(|before| {
            before.len() == records.len()
                && records.iter().all(|(name, inode, ctime)| before.find(name) == Some((*inode, *ctime)))
        });
        let written = if same { open.keep_dir(path) } else { open.dir(path, &records) };
        if written.is_err() {
            *writer = None;
        }
    }

    /// Takes note of a blob that arrived.
    pub(super) fn record_arrived(&self, blob: Sha256, size: u64, inside: &[Inside]) {
        if let Some((state, share)) = &self.state
            && !self.dry
            && !inside.is_empty()
        {
            let contents = inside
                .iter()
                .map(|(content, offset, length)| PackedContent {
                    content: *content,
                    offset: *offset,
                    length: *length,
                })
                .collect();
            // Not written down, it is sent again after a crash.
            _ = state.record_arrived(*share, &Arrived { blob, size, contents }, clock::now_ms());
        }
    }

    /// Ends the publish: readers see `manifest`, and the folder looked like what was written down.
    pub(super) fn finish(&self, manifest: ManifestId) {
        let Some((state, share)) = &self.state else { return };
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(writer), Some(folder)) = (writer, &self.folder) {
            // Not written down, the next publish decides by size and time.
            _ = writer.finish(manifest, folder.device, &folder.path);
        }
        _ = state.forget_arrived(*share);
        _ = state.end_publish(*share);
    }

    /// Forgets what arrived: the store has lost some of it.
    pub(super) fn distrust_arrived(&self) {
        if let Some((state, share)) = &self.state {
            _ = state.forget_arrived(*share);
        }
    }
}

/// What is remembered of one file of a directory.
pub(super) fn remembered(dir: Option<&DirStamps>, name: &str) -> Remembered {
    match dir {
        None => Remembered::Nothing,
        Some(stamps) => {
            stamps.find(name).map_or(Remembered::Absent, |(inode, ctime)| Remembered::As(inode, ctime))
        }
    }
}
