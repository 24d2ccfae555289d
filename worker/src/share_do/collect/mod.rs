//! Collecting a share's garbage (design §4.6): deletes what neither the current snapshot nor a live ticket's base needs,
//! in two passes. Plain Rust over any store. Called by the share's Durable Object, on its alarm and for `admin/gc`.
//!
//! In reading order: [`policy`] says how long is long enough, and why no clock can shorten it; [`marks`] is what is
//! remembered between runs; [`roots`] reads what is needed; [`retire`] gives the blobs of snapshots that were just
//! replaced their full time; [`survey`] lists the bucket, marks and unmarks; [`sweep`] deletes.
//!
//! It refuses, and deletes nothing, when it is not sure what is needed: see [`CollectError`].
//!
//! What the caller owes it:
//! - one run at a time for a share;
//! - [`committed`], after every flip of `latest.json`;
//! - a [`Gate`] that is honest: no lease is granted, no commit is under way and the share's `state` does not change while
//!   somebody is inside;
//! - no undelete once [`Progress::destroying`] is set: the share is no longer whole.

pub(crate) mod marks;
pub(crate) mod policy;
mod retire;
mod roots;
mod survey;
mod sweep;
pub(crate) mod table;

#[cfg(test)]
mod model;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use super::lease::LeaseState;
use crate::store::{Store, StoreError};
use marks::{Marks, MarksError, Progress};
use policy::{Policy, Timing};
use roots::Standing;
use serde::Serialize;
use survey::Survey;
use vitrine_protocol::api::Base;
use vitrine_protocol::documents::FormatError;
use vitrine_protocol::object_key::Named;
use vitrine_protocol::{ManifestId, ObjectKey, ShareId};

/// When a run that stopped at its limit goes on: soon, but not so soon that one share keeps the store busy.
const GO_ON_MS: i64 = 60_000;

/// When a run that a publisher held back tries again. The object may do so sooner, when the lease is given back.
const HELD_BACK_MS: i64 = 10 * 60_000;

/// Why nothing was deleted, or not more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CollectError {
    /// The operator's number cannot be meant.
    #[error("a grace period of {ms} ms is not one: at least an hour, at most 366 days")]
    Grace {
        /// What was given.
        ms: i64,
    },
    /// The operator's number cannot be meant.
    #[error("a run must be allowed to delete at least one object")]
    NoDeletions,
    /// The bucket did not answer, or a root is missing in it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The marks could not be read or written.
    #[error(transparent)]
    Marks(#[from] MarksError),
    /// A root is damaged, or of a newer version.
    #[error("what the share needs is not known: `{key}` cannot be read")]
    Unreadable {
        /// Which.
        key: String,
        /// Why.
        source: FormatError,
    },
    /// A root is not what refers to it says, or contradicts itself.
    #[error("what the share needs is not known: `{key}` {fault}")]
    Damaged {
        /// Which.
        key: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// There is a share no longer, or `meta.json` was lost; only somebody who knows may say which.
    #[error("`meta.json` of {share} is gone, but other objects are there")]
    NoMeta {
        /// Which.
        share: ShareId,
    },
    /// An empty root set where there must be a root.
    #[error("`latest.json` of {share} is gone, although the share was published")]
    NoLatest {
        /// Which.
        share: ShareId,
    },
}

/// Whether a publisher is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ticket {
    /// Nobody holds the lease.
    None,
    /// Somebody does, and builds upon this snapshot.
    Live { base: Option<Base> },
}

impl Ticket {
    pub(crate) fn of(lease: &LeaseState, now: i64) -> Self {
        match &lease.held {
            Some(held) if held.expires_at > now => Self::Live { base: held.base },
            _ => Self::None,
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) share: ShareId,
    /// As it is when the run begins.
    pub(crate) ticket: Ticket,
    pub(crate) policy: Policy,
    /// By the caller's clock, in milliseconds since the epoch.
    pub(crate) now: i64,
    /// Only says what it would do. Nothing is written, not even marks.
    pub(crate) dry_run: bool,
}

/// Holds publishers off while a batch is deleted.
pub(crate) trait Gate {
    /// Goes in, unless a lease has been granted since the run began, one is live, or a commit is under way. Until what it
    /// returns is dropped, no lease is granted, no commit begins, and the share's `state` stays.
    fn enter(&self) -> Option<impl Sized>;
}

/// Some objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// What a run did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "an operator reads it, as JSON; they are not a state")]
pub(crate) struct Report {
    pub(crate) dry_run: bool,
    /// Needed.
    pub(crate) kept: Tally,
    /// Found unneeded for the first time, or once more after they were needed or put again.
    pub(crate) marked: Tally,
    /// Needed again, or gone by other hands.
    pub(crate) unmarked: Tally,
    /// Unneeded, and there still when the run ended.
    pub(crate) waiting: Tally,
    pub(crate) deleted: Tally,
    /// Not of a name that this program writes: never deleted.
    pub(crate) unknown: Tally,
    /// Blobs that the current snapshot needs and the bucket does not have.
    pub(crate) missing_blobs: u64,
    /// A publisher is at work, so nothing was deleted, or not all.
    pub(crate) held_back: bool,
    /// There was more to do than one run may.
    pub(crate) more: bool,
    /// Nothing of the share is left.
    pub(crate) gone: bool,
    /// When the next run is due; absent when there is nothing to wait for but a publish.
    pub(crate) next_run_at: Option<i64>,
}

/// Looks through a share's part of the bucket once, and deletes what may go.
///
/// 1. The roots are read: every doubt ends the run.
/// 2. Snapshots that were just replaced are read: their blobs begin to wait now.
/// 3. Everything is listed; what is not needed is marked, what is needed again is unmarked.
/// 4. What has waited long enough is deleted, unless a publisher is at work.
pub(crate) async fn collect<S: Store, M: Marks, G: Gate>(
    store: &S,
    marks: &M,
    gate: &G,
    ask: &Ask,
) -> Result<Report, CollectError> {
    // 1
    let roots = match roots::read(store, ask, marks.progress()?).await? {
        Standing::Gone => return gone(store, marks, ask).await,
        Standing::Roots(roots) => roots,
    };
    // Not from before the roots were read: a commit may have spoken meanwhile.
    let mut progress = marks.progress()?;
    progress.begin_run(ask.now, &ask.policy, &roots);
    if !ask.dry_run {
        marks.set_progress(&progress)?;
    }
    // 2
    let is_quiet = || ask.ticket == Ticket::None && gate.enter().is_some();
    let retiring = retire::read(store, marks, ask, &roots, is_quiet()).await?;
    // 3
    let timing = Timing { age: progress.age_ms, now: ask.now, policy: ask.policy };
    let mut survey = Survey::new(marks, ask, timing, &roots, &retiring);
    let prefix = ObjectKey::share_prefix(ask.share);
    let mut cursor = None;
    loop {
        let page = store.list(&prefix, cursor.as_deref()).await?;
        survey.page(&page, is_quiet())?;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let (mut report, due) = survey.finish();
    // 4
    sweep::Sweep { store, marks, gate, ask, roots: &roots }.run(due, &mut report).await?;
    report.next_run_at = next_run(ask, &report);
    Ok(report)
}

fn next_run(ask: &Ask, report: &Report) -> Option<i64> {
    let wait = match report {
        Report { held_back: true, .. } => HELD_BACK_MS,
        Report { more: true, .. } => GO_ON_MS,
        Report { waiting: Tally { objects: 1.., .. }, .. } => ask.policy.step_ms(),
        // What it uploads, should it not end, is nobody's.
        _ if ask.ticket != Ticket::None => ask.policy.step_ms(),
        _ => return None,
    };
    Some(ask.now.saturating_add(wait))
}

/// A share without `meta.json`: either all of it is gone, and so are its marks, or nothing is touched.
async fn gone<S: Store, M: Marks>(store: &S, marks: &M, ask: &Ask) -> Result<Report, CollectError> {
    let mut report = Report { dry_run: ask.dry_run, gone: true, ..Report::default() };
    let prefix = ObjectKey::share_prefix(ask.share);
    let mut cursor = None;
    loop {
        let page = store.list(&prefix, cursor.as_deref()).await?;
        for object in &page.objects {
            match object.key.strip_prefix(&prefix).and_then(Named::parse) {
                Some(_) => return Err(CollectError::NoMeta { share: ask.share }),
                None => report.unknown.add(object.size),
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if !ask.dry_run {
        for (name, _) in marks.between("", None)? {
            marks.unmark(&name)?;
        }
    }
    Ok(report)
}

/// Tells the collector of a commit. To be called after `latest.json` was replaced.
///
/// The new snapshot may have been marked while it was uploaded and not yet committed, and the one that it replaced while
/// the share was deleted, before an undelete. Where no run has seen them as the current one since, those marks would
/// count, and their readers have less than the grace period.
pub(crate) fn committed<M: Marks>(
    marks: &M,
    share: ShareId,
    snapshot: ManifestId,
    replaced: Option<ManifestId>,
) -> Result<(), MarksError> {
    for id in [Some(snapshot), replaced].into_iter().flatten() {
        marks.unmark(&marks::name_of(ObjectKey::manifest(share, id)))?;
    }
    marks.set_progress(&Progress { published: true, ..marks.progress()? })
}
