//! Making changes: `meta.json`, what the object knows beside it, and the records of both, so that whatever is interrupted is either
//! finished or as if it had never been. Called by `queue` alone: one at a time.
//!
//! 1. What will be written, and with which records, is noted. 2. The document is put, if it is still what was read. 3. Without
//!    waiting in between, the records are kept and the note is taken back.
//!
//! An object that ends between 2 and 3 finds the note, and in the bucket whether it was done.

use super::change::Change;
use super::collect::marks::Marks as _;
use super::collect::table::TableMarks;
use super::events::Message;
use super::keeper::{Event, Keeper};
use super::record::{self, Record};
use crate::failure::Failure;
use crate::sql::Table;
use crate::store::{PutIf, Store};
use serde::{Deserialize, Serialize};
use vitrine_protocol::api::Happening;
use vitrine_protocol::limits::DOCUMENT_BYTES_MAX;
use vitrine_protocol::{ErrorCode, Meta, ObjectKey, State};

/// Whether an operator withholds the share. It wins over every change, and over what `meta.json` says; that it does not is kept until the
/// document says so.
const WITHHELD: &str = "withheld";
/// The path of the project that is published, once it has changed.
const PATH: &str = "path";
/// How often what lists show of the share has changed.
const REVISION: &str = "revision";
/// A change whose document may have been written.
const UNDER_WAY: &str = "under_way";

/// An operator's hand may write the document, too; nobody else does.
const RACES_MAX: u32 = 20;

/// An operator's word reaches the bucket this much later when the first try failed.
const SOON_MS: i64 = 1000;

/// What the lists should say of a share beside its snapshot and counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) meta: Meta,
    /// `None` when it is what it was at first.
    pub(crate) path: Option<String>,
    /// `None` for a deleted share of which the object was never told.
    pub(crate) withheld: Option<bool>,
    /// It grows: of two that are different, the larger is true.
    pub(crate) revision: u64,
}

/// What became of some changes.
pub(crate) struct Written {
    pub(crate) each: Vec<Result<Standing, Failure>>,
    pub(crate) event: Option<Event>,
}

/// What is about to be so.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct UnderWay {
    meta: Meta,
    path: Option<String>,
    withheld: Option<bool>,
    records: Vec<Record>,
}

fn collected() -> Failure {
    Failure::new(ErrorCode::ShareCollected, "Create a share anew, and publish to it.")
}

impl<T: Table, S: Store> Keeper<'_, T, S> {
    /// Notes an operator's word, before anything waits: from now on no change makes the share readable, and the alarm sees to it
    /// when nobody else does.
    pub(crate) fn note_withheld(&self, change: &Change, now: i64) -> Result<(), Failure> {
        let Some(withheld) = change.withheld else { return Ok(()) };
        self.set(WITHHELD, &withheld)?;
        self.next_revision()?;
        change.record.iter().try_for_each(|record| record::keep(self.table, record))?;
        self.sync_by(now.saturating_add(SOON_MS))
    }

    /// Makes changes in their order, as one document; what is refused leaves the others alone.
    ///
    /// 404 `share_not_found` without a document to change.
    pub(crate) async fn change_all(&self, wanted: &[Change], now: i64) -> Result<Written, Failure> {
        let key = ObjectKey::meta(self.share);
        // Noted first: whatever becomes of the rest, lists are brought up to what the bucket says.
        self.sync_later(now)?;
        for _ in 0..RACES_MAX {
            let stored = self.store.read(key, DOCUMENT_BYTES_MAX).await?;
            let gone = || Failure::new(ErrorCode::ShareNotFound, "Its `meta.json` is gone.");
            let stored = stored.ok_or_else(gone)?;
            let meta = Meta::from_json(&stored.bytes)?;
            self.finish_earlier(&meta)?;
            let refused = self.refused(wanted)?;
            let next = self.plan(&meta, wanted, &refused, now)?;
            let changed = next.meta != meta;
            if changed {
                self.set(UNDER_WAY, &next)?;
            }
            if changed && !self.store.put(key, next.meta.to_json(), PutIf::Matches(stored.etag)).await? {
                continue;
            }
            self.finish(&next)?;
            let event = wanted.iter().zip(&refused).any(|(_, refused)| refused.is_none());
            let event = event.then(|| self.keep(Message::new(&Happening::Updated), now)).transpose()?;
            let standing = self.standing(next.meta)?;
            let each = refused.into_iter().map(|refused| refused.map_or_else(|| Ok(standing.clone()), Err));
            return Ok(Written { each: each.collect(), event });
        }
        Err(Failure::new(
            ErrorCode::StoreUnavailable,
            "Somebody beside the share's keeper writes its `meta.json`. Try again.",
        ))
    }

    /// Nothing comes back whose content is going.
    fn refused(&self, wanted: &[Change]) -> Result<Vec<Option<Failure>>, Failure> {
        let destroying = TableMarks(self.table).progress()?.destroying;
        Ok(wanted.iter().map(|change| (destroying && change.comes_back()).then(collected)).collect())
    }

    fn plan(
        &self,
        meta: &Meta,
        wanted: &[Change],
        refused: &[Option<Failure>],
        now: i64,
    ) -> Result<UnderWay, Failure> {
        let mut next = UnderWay { meta: meta.clone(), path: None, withheld: None, records: Vec::new() };
        next.withheld = self.withheld(meta)?;
        for change in
            wanted.iter().zip(refused).filter(|(_, refused)| refused.is_none()).map(|(change, _)| change)
        {
            if change.state.is_some() {
                self.collect_later(now)?;
            }
            next.meta = change.apply(&next.meta, now);
            next.path = change.path.clone().or(next.path);
            next.withheld = next.withheld.or_else(|| change.was_withheld.then_some(true));
            next.records.extend(change.record.clone());
        }
        // What is noted from here on, while the document is written, waits in the queue and comes next.
        next.meta.state = match (next.meta.state, next.withheld) {
            (State::Deleted, _) => State::Deleted,
            (_, Some(true)) => State::Suspended,
            (_, _) => State::Active,
        };
        if next.meta != *meta {
            // It grows, whatever the clock does: of two documents the later one is known by it.
            next.meta.updated_at = now.max(meta.updated_at.saturating_add(1));
        }
        Ok(next)
    }

    fn withheld(&self, meta: &Meta) -> Result<Option<bool>, Failure> {
        // Else what the document says: an operator may have written it by hand, with the API away.
        let by_document = || match meta.state {
            State::Suspended => Some(true),
            State::Active => Some(false),
            State::Deleted => None,
        };
        Ok(self.get::<bool>(WITHHELD)?.or_else(by_document))
    }

    /// Keeps what is so now that the document is written. Nothing waits in here.
    fn finish(&self, done: &UnderWay) -> Result<(), Failure> {
        if let Some(path) = &done.path {
            self.set(PATH, path)?;
        }
        match (self.get::<bool>(WITHHELD)?, done.withheld) {
            // An operator may have said otherwise since: then this stays.
            (None, Some(true)) => self.set(WITHHELD, &true)?,
            (Some(false), _) if done.meta.state == State::Active => self.forget(WITHHELD)?,
            _ => {}
        }
        done.records.iter().try_for_each(|record| record::keep(self.table, record))?;
        self.next_revision()?;
        self.forget(UNDER_WAY)
    }

    /// Finishes what was interrupted, if its document is there; else it never was.
    fn finish_earlier(&self, meta: &Meta) -> Result<(), Failure> {
        match self.get::<UnderWay>(UNDER_WAY)? {
            Some(earlier) if earlier.meta == *meta => self.finish(&earlier),
            Some(_) => self.forget(UNDER_WAY),
            None => Ok(()),
        }
    }

    fn next_revision(&self) -> Result<(), Failure> {
        self.set(REVISION, &(self.get::<u64>(REVISION)?.unwrap_or(0) + 1))
    }

    /// What lists should say, by the document and what is kept beside it.
    pub(crate) fn standing(&self, meta: Meta) -> Result<Standing, Failure> {
        Ok(Standing {
            path: self.get(PATH)?,
            withheld: self.withheld(&meta)?,
            revision: self.get(REVISION)?.unwrap_or(0),
            meta,
        })
    }

    /// Whether something was interrupted, or the document says another thing than the operator.
    pub(crate) fn is_unsettled(&self, meta: &Meta) -> Result<bool, Failure> {
        let says = meta.state == State::Suspended;
        let differs =
            meta.state != State::Deleted && self.get::<bool>(WITHHELD)?.is_some_and(|is| is != says);
        Ok(differs || self.get::<UnderWay>(UNDER_WAY)?.is_some())
    }
}
