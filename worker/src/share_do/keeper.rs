//! What a share's object does, on any table and any store. Called by `object`, and by the tests of `control` directly.
//!
//! Between reading the lease and writing it nothing waits: so no two grants can interleave. A commit does wait for the bucket in
//! between; what happens meanwhile is caught by the conditional put, and by checking the epoch once more before the lease is
//! given back.

use super::audience::{Audience, AudienceError, Reader};
use super::bounds::{self, Bounds};
use super::changes::Standing;
use super::collect::marks::MarksError;
use super::collect::policy::Policy;
use super::collect::table::TableMarks;
use super::collect::{Ask, Gate, Report, Ticket, collect, committed};
use super::commit::{Current, commit, current};
use super::events::{self, Message, keep};
use super::lease::{LeaseState, end_of_lease};
use super::record::{self, Record};
use super::{Answer, Command};
use crate::failure::Failure;
use crate::sql::Table;
use crate::store::Store;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vitrine_protocol::api::{Collected, CommitPublish, Happening};
use vitrine_protocol::{ErrorCode, Latest, ManifestId, Meta, ObjectKey, ShareId};

/// Lists learn of counters this much later: a lecture hall that opens a share is one write, not three hundred.
const SYNC_MS: i64 = 10_000;

/// When bringing them up to date has failed, it is tried again a little later.
const SYNC_AGAIN_MS: i64 = 15_000;

/// The snapshot that is being made current.
const FLIPPING: &str = "flipping";

/// What is still to be told of a snapshot that is being made current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Flipping {
    manifest_id: ManifestId,
    record: Option<Record>,
}

/// One share's keeper.
pub(crate) struct Keeper<'a, T, S> {
    pub(crate) table: &'a T,
    pub(crate) store: &'a S,
    pub(crate) share: ShareId,
    /// How long garbage is kept.
    pub(crate) policy: Policy,
    /// How much a snapshot may need.
    pub(crate) bounds: Bounds,
}

/// What was done, and what those who watch should hear of it.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) answer: Answer,
    pub(crate) events: Vec<Event>,
}

impl From<Report> for Done {
    fn from(report: Report) -> Self {
        Answer::Collected(Collected {
            dry_run: report.dry_run,
            kept: report.kept.objects,
            marked: report.marked.objects,
            unmarked: report.unmarked.objects,
            waiting: report.waiting.objects,
            deleted: report.deleted.objects,
            deleted_bytes: report.deleted.bytes,
            unknown: report.unknown.objects,
            missing_blobs: report.missing_blobs,
            held_back: report.held_back,
            gone: report.gone,
            more: report.more,
        })
        .into()
    }
}

/// A message with its number, 0 for one that is not kept.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) at: i64,
    pub(crate) message: Message,
}

impl From<Answer> for Done {
    fn from(answer: Answer) -> Self {
        Self { answer, events: Vec::new() }
    }
}

impl From<MarksError> for Failure {
    fn from(error: MarksError) -> Self {
        Self::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", &error)
    }
}

impl From<AudienceError> for Failure {
    fn from(error: AudienceError) -> Self {
        Self::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", &error)
    }
}

/// What lists show of a share, as its object knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// `None` once the share's content is gone.
    pub(crate) standing: Option<Standing>,
    pub(crate) latest: Option<Latest>,
    pub(crate) stars: u64,
    pub(crate) views: u64,
    /// What the audit should have.
    pub(crate) records: Vec<Record>,
}

impl<T: Table, S: Store> Keeper<'_, T, S> {
    /// Makes the tables where there are none.
    pub(crate) fn open(&self) -> Result<(), Failure> {
        self.table.run("CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, json TEXT NOT NULL)", &[])?;
        events::open(self.table)?;
        record::open(self.table)?;
        Audience::open(self.table)?;
        Ok(TableMarks(self.table).open()?)
    }

    /// Does what is asked.
    pub(crate) async fn obey(&self, command: Command, now: i64) -> Result<Done, Failure> {
        match command {
            Command::Begin { holder, nonce } => {
                let base = current(self.store, self.share).await?.as_ref().and_then(Current::base);
                let mut lease = self.lease(now)?;
                let (epoch, expires_at) = lease.begin(now, holder, nonce, base)?;
                self.set("lease", &lease)?;
                self.collect_later(now)?;
                Ok(Answer::Granted { epoch, expires_at, base }.into())
            }
            Command::Renew { epoch } => {
                let mut lease = self.lease(now)?;
                let expires_at = lease.renew(now, epoch)?;
                self.set("lease", &lease)?;
                Ok(Answer::Renewed { expires_at }.into())
            }
            Command::Commit { wanted, record } => self.commit(wanted, record, now).await,
            Command::Abort { epoch } => Ok(Answer::Aborted { released: self.release(epoch, now)? }.into()),
            Command::Star { user, starred } => {
                let counters = Audience::over(self.table).star(&user, starred)?;
                self.sync_later(now)?;
                Ok(Answer::Counted(counters).into())
            }
            Command::Count { user, view } => {
                let audience = Audience::over(self.table);
                if view && audience.view(&Reader::User(user.clone()), now)? {
                    self.viewed(now)?;
                }
                Ok(Answer::Counted(audience.counters(Some(&user))?).into())
            }
            Command::View { reader } => {
                let audience = Audience::over(self.table);
                if audience.view(&reader, now)? {
                    self.viewed(now)?;
                }
                Ok(Answer::Counted(audience.counters(None)?).into())
            }
            Command::Happened(all) => {
                let events = all.into_iter().map(|message| self.keep(message, now));
                Ok(Done { answer: Answer::Done, events: events.collect::<Result<_, _>>()? })
            }
            Command::Progressed { message, .. } => {
                Ok(Done { answer: Answer::Done, events: vec![Event { id: 0, at: now, message }] })
            }
            Command::Collect { .. } | Command::Change(_) => {
                Err(Failure::new(ErrorCode::Internal, "The object collects and queues changes."))
            }
        }
    }

    async fn commit(&self, wanted: CommitPublish, record: Option<Record>, now: i64) -> Result<Done, Failure> {
        if let Some(current) = current(self.store, self.share).await?
            && current.is(&wanted)
            && let Some(latest) = current.latest
        {
            committed(&TableMarks(self.table), self.share, latest.manifest_id, None)?;
            self.release(wanted.epoch, now)?;
            let events = self.flipped(&latest, now)?.into_iter().collect();
            return Ok(Done { answer: Answer::Committed { latest, took_ms: None }, events });
        }
        let lease = self.lease(now)?;
        let base = lease.check(now, wanted.epoch)?;
        let begun_at = lease.held.map_or(now, |held| held.begun_at);
        record::room(self.table)?;
        bounds::check(self.store, &wanted, self.bounds).await?;
        // Noted first: when the object ends between the flip and the rest, the next try or the alarm knows what is still to be told.
        self.set(FLIPPING, &Flipping { manifest_id: wanted.manifest_id, record })?;
        let latest = commit(self.store, wanted, base, now).await?;
        let replaced = base.map(|base| base.manifest_id);
        committed(&TableMarks(self.table), self.share, latest.manifest_id, replaced)?;
        self.collect_later(now)?;
        self.release(wanted.epoch, now)?;
        self.sync_later(now)?;
        let events = self.flipped(&latest, now)?.into_iter().collect();
        let took_ms = u64::try_from(now.saturating_sub(begun_at)).ok();
        Ok(Done { answer: Answer::Committed { latest, took_ms }, events })
    }

    /// Keeps the event and the record of a snapshot that has just become current, once.
    pub(crate) fn flipped(&self, latest: &Latest, now: i64) -> Result<Option<Event>, Failure> {
        // What an older version noted has no record, and is no longer asked for.
        let noted = self.get::<Flipping>(FLIPPING).ok().flatten();
        let Some(noted) = noted.filter(|noted| noted.manifest_id == latest.manifest_id) else {
            return Ok(None);
        };
        noted.record.iter().try_for_each(|record| record::keep(self.table, record))?;
        let event = self.keep(Message::new(&Happening::Published(latest.clone())), now)?;
        self.forget(FLIPPING)?;
        Ok(Some(event))
    }

    /// Keeps an event, and gives it its number.
    pub(crate) fn keep(&self, message: Message, at: i64) -> Result<Event, Failure> {
        Ok(Event { id: keep(self.table, &message, at)?, at, message })
    }

    fn viewed(&self, now: i64) -> Result<(), Failure> {
        if self.get::<i64>("day_ends_at")?.is_none() {
            self.note_day(now)?;
        }
        self.sync_later(now)
    }

    fn release(&self, epoch: u64, now: i64) -> Result<bool, Failure> {
        let mut lease = self.lease(now)?;
        let released = lease.release(epoch);
        if released {
            self.set("lease", &lease)?;
        }
        Ok(released)
    }

    /// The publish lease. One that was granted by a clock that ran ahead ends no later than one that is granted now.
    pub(crate) fn lease(&self, now: i64) -> Result<LeaseState, Failure> {
        let mut lease: LeaseState = self.get("lease")?.unwrap_or_default();
        if let Some(held) = &mut lease.held {
            held.expires_at = held.expires_at.min(end_of_lease(now));
        }
        Ok(lease)
    }

    /// Notes that there may be garbage before long.
    pub(crate) fn collect_later(&self, now: i64) -> Result<(), Failure> {
        let at = now.saturating_add(self.policy.step_ms());
        match self.get::<i64>("collect_at")? {
            Some(set) if set <= at => Ok(()),
            _ => self.set("collect_at", &at),
        }
    }

    /// When garbage is to be looked for.
    pub(crate) fn collect_at(&self) -> Result<Option<i64>, Failure> {
        self.get("collect_at")
    }

    /// Looks for garbage, and deletes what may go.
    pub(crate) async fn collect(&self, gate: &impl Gate, dry_run: bool, now: i64) -> Result<Report, Failure> {
        let ticket = Ticket::of(&self.lease(now)?, now);
        let ask = Ask { share: self.share, ticket, policy: self.policy, now, dry_run };
        let ran = collect(self.store, &TableMarks(self.table), gate, &ask).await;
        if dry_run {
            return Ok(ran?);
        }
        // One that failed is tried again as late as one that found nothing to do yet.
        let next =
            ran.as_ref().map_or(Some(now.saturating_add(self.policy.step_ms())), |report| report.next_run_at);
        match next {
            Some(at) => self.set("collect_at", &at)?,
            None => drop(self.table.run("DELETE FROM kept WHERE name = 'collect_at'", &[])?),
        }
        let report = ran?;
        if report.gone {
            self.sync_later(now)?;
        }
        Ok(report)
    }

    /// Notes that lists are behind.
    pub(crate) fn sync_later(&self, now: i64) -> Result<(), Failure> {
        if self.get::<i64>("sync_at")?.is_none() {
            self.set("sync_at", &now.saturating_add(SYNC_MS))?;
        }
        Ok(())
    }

    /// The same, for what cannot wait that long.
    pub(crate) fn sync_by(&self, at: i64) -> Result<(), Failure> {
        match self.get::<i64>("sync_at")? {
            Some(set) if set <= at => Ok(()),
            _ => self.set("sync_at", &at),
        }
    }

    /// When lists are to be brought up to date, if they are behind.
    pub(crate) fn sync_at(&self) -> Result<Option<i64>, Failure> {
        self.get("sync_at")
    }

    /// Takes the note back, before reading what lists should show: what changes after that makes a new one.
    pub(crate) fn begin_sync(&self) -> Result<(), Failure> {
        self.table.run("DELETE FROM kept WHERE name = 'sync_at'", &[])?;
        Ok(())
    }

    /// What lists should show.
    pub(crate) async fn listing(&self) -> Result<Listing, Failure> {
        let counters = Audience::over(self.table).counters(None)?;
        let max = vitrine_protocol::limits::DOCUMENT_BYTES_MAX;
        let meta = self.store.read(ObjectKey::meta(self.share), max).await?;
        let meta = meta.map(|stored| Meta::from_json(&stored.bytes)).transpose()?;
        let latest = current(self.store, self.share).await?.and_then(|current| current.latest);
        Ok(Listing {
            standing: meta.map(|meta| self.standing(meta)).transpose()?,
            latest,
            stars: counters.stars,
            views: counters.views,
            records: record::waiting(self.table)?,
        })
    }

    /// Forgets what the lists have now; what they have not is for the next time.
    pub(crate) fn listed(&self, listing: &Listing, now: i64) -> Result<(), Failure> {
        record::forget(self.table, &listing.records)?;
        if record::waiting(self.table)?.is_empty() { Ok(()) } else { self.sync_by(now.saturating_add(1000)) }
    }

    /// Notes that bringing them up to date has failed.
    pub(crate) fn sync_again(&self, now: i64) -> Result<(), Failure> {
        self.set("sync_at", &now.saturating_add(SYNC_AGAIN_MS))
    }

    /// Ends the day of the counters when it is over.
    pub(crate) fn close_day_if_due(&self, now: i64) -> Result<(), Failure> {
        let at = self.get::<i64>("day_ends_at")?;
        if at.is_some_and(|at| at <= now) {
            self.note_day(now)?;
        }
        Ok(())
    }

    fn note_day(&self, now: i64) -> Result<(), Failure> {
        match Audience::over(self.table).close(now)? {
            Some(at) => self.set("day_ends_at", &at),
            None => self
                .table
                .run("DELETE FROM kept WHERE name = 'day_ends_at'", &[])
                .map(|_| ())
                .map_err(Failure::from),
        }
    }

    /// When the first thing is due that nobody will ask for.
    pub(crate) fn next_due(&self) -> Result<Option<i64>, Failure> {
        let all = [self.sync_at()?, self.collect_at()?, self.get("day_ends_at")?];
        Ok(all.into_iter().flatten().min())
    }

    /// Something that is kept, by its name.
    pub(crate) fn get<V: DeserializeOwned>(&self, name: &str) -> Result<Option<V>, Failure> {
        let rows = self.table.run("SELECT json FROM kept WHERE name = ?", &[name.into()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        serde_json::from_str(row.text("json")?).map(Some).map_err(|error| {
            Failure::logged(ErrorCode::Internal, "The share's keeper has lost its place.", &error)
        })
    }

    /// Keeps it no longer.
    pub(crate) fn forget(&self, name: &str) -> Result<(), Failure> {
        self.table.run("DELETE FROM kept WHERE name = ?", &[name.into()])?;
        Ok(())
    }

    /// Keeps something under a name.
    pub(crate) fn set<V: Serialize>(&self, name: &str, value: &V) -> Result<(), Failure> {
        let json = serde_json::to_string(value)
            .map_err(|error| Failure::logged(ErrorCode::Internal, "Something cannot be kept.", &error))?;
        let statement =
            "INSERT INTO kept (name, json) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET json = ?2";
        self.table.run(statement, &[name.into(), json.into()])?;
        Ok(())
    }
}
