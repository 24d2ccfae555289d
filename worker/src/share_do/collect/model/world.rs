//! The world of the model: a bucket, marks, a lease, two publishers, the time and what the clock says.

use super::super::marks::{MemoryMarks, Progress};
use super::super::sample::{HOUR, Snapshot, put_meta, share};
use super::super::{Ask, Gate, Policy, Report, Ticket, collect, committed};
use super::interrupted::Interrupted;
use super::{Meanwhile, Step};
use crate::share_do::collect::CollectError;
use crate::share_do::commit::{Current, commit, current};
use crate::share_do::lease::LeaseState;
use crate::store::memory::{Fault, MemoryStore};
use futures_util::FutureExt as _;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use vitrine_protocol::api::Base;
use vitrine_protocol::{ObjectKey, State};

const START: i64 = 1_700_000_000_000;
pub(super) const GRACE: i64 = 48 * HOUR;
pub(super) const STEP: i64 = 6 * HOUR;

/// How a collector is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    Nothing,
    /// Deletes what is marked at the next run.
    NoGrace,
    /// Takes no notice of publishers.
    NoLeases,
    /// Ages marks by the time of day.
    WallClock,
    /// Does not see `latest.json`, nor the base of a live ticket.
    NoRoots,
}

/// A publish that is under way.
#[derive(Debug, Clone)]
struct Writer {
    epoch: u64,
    base: Option<Base>,
    snapshot: Option<Snapshot>,
    /// It has held the lease ever since it looked what is there.
    sure: bool,
}

/// A snapshot that was the current one.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) snapshot: Snapshot,
    /// The time, and how often the clock had jumped forward.
    pub(super) replaced: Option<(i64, i64)>,
}

pub(super) struct World {
    pub(super) store: MemoryStore,
    pub(super) marks: MemoryMarks,
    pub(super) lease: RefCell<LeaseState>,
    pub(super) time: Cell<i64>,
    pub(super) skew: Cell<i64>,
    pub(super) jumps: Cell<i64>,
    /// Somebody is behind the gate.
    pub(super) inside: Cell<bool>,
    is_running: Cell<bool>,
    writers: RefCell<[Option<Writer>; 2]>,
    made: Cell<u64>,
    pub(super) past: RefCell<Vec<Past>>,
    pub(super) is_deleted: Cell<bool>,
    pub(super) sin: RefCell<Option<String>>,
    broken: Broken,
}

/// The gate of one run.
struct Door<'a> {
    world: &'a World,
    epoch: u64,
}

struct Inside<'a>(&'a Cell<bool>);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Gate for Door<'_> {
    fn enter(&self) -> Option<impl Sized> {
        let world = self.world;
        let lease = world.lease.borrow();
        let is_free = lease.epoch == self.epoch && Ticket::of(&lease, world.now()) == Ticket::None;
        (is_free || world.broken == Broken::NoLeases).then(|| {
            world.inside.set(true);
            Inside(&world.inside)
        })
    }
}

impl World {
    pub(super) fn new(broken: Broken) -> Self {
        let store = MemoryStore::default();
        store.clock.set(START);
        put_meta(&store, State::Active, START);
        store.insert_at(&unknown(), "whose?");
        Self {
            store,
            marks: MemoryMarks::default(),
            lease: RefCell::default(),
            time: Cell::new(START),
            skew: Cell::default(),
            jumps: Cell::default(),
            inside: Cell::default(),
            is_running: Cell::default(),
            writers: RefCell::default(),
            made: Cell::new(1),
            past: RefCell::default(),
            is_deleted: Cell::default(),
            sin: RefCell::default(),
            broken,
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.time.get() + self.skew.get()
    }

    pub(super) fn take(&self, step: &Step) {
        match step {
            Step::Begin(who) => self.begin(*who),
            Step::Upload(who, files, stop) => self.upload(*who, *files, *stop),
            Step::Commit(who, then) => self.commit(*who, *then),
            Step::Abort(who) => self.abort(*who),
            Step::Publish(who, files) => self.publish(*who, *files),
            Step::Collect(then) => self.collect(*then, false),
            Step::Die(skip, fault) => self.die(*skip, *fault),
            Step::DryRun => self.collect(None, true),
            Step::Runs(count, renew) => (0..*count).for_each(|_| {
                if *renew {
                    self.renew(STEP);
                }
                self.wait(STEP);
                self.collect(None, false);
            }),
            Step::Wait(ms) => self.wait(*ms),
            Step::Jump(ms) => self.jump(*ms),
            Step::Delete => self.delete(),
            Step::Undelete => self.undelete(),
        }
    }

    pub(super) fn happen(&self, what: Meanwhile) {
        match what {
            Meanwhile::Begin(who) => self.begin(who),
            Meanwhile::Upload(who, files) => self.upload(who, files, usize::MAX),
            Meanwhile::Commit(who) => self.commit(who, None),
            Meanwhile::Publish(who, files) => self.publish(who, files),
            Meanwhile::Collect => self.collect(None, false),
            Meanwhile::Delete => self.delete(),
            Meanwhile::Undelete => self.undelete(),
        }
    }

    pub(super) fn wait(&self, ms: i64) {
        self.time.set(self.time.get() + ms);
        self.store.clock.set(self.time.get());
        self.doubt_leases();
    }

    /// As if there were heartbeats for so long.
    fn renew(&self, ms: i64) {
        let mut lease = self.lease.borrow_mut();
        if Ticket::of(&lease, self.now()) != Ticket::None
            && let Some(held) = &mut lease.held
        {
            held.expires_at += ms;
        }
    }

    pub(super) fn jump(&self, ms: i64) {
        self.skew.set(self.skew.get() + ms);
        self.jumps.set(self.jumps.get() + i64::from(ms > 0));
        self.doubt_leases();
    }

    fn doubt_leases(&self) {
        for writer in self.writers.borrow_mut().iter_mut().flatten() {
            writer.sure &= self.lease.borrow().check(self.now(), writer.epoch).is_ok();
        }
    }

    fn begin(&self, who: usize) {
        // Publishers are held off by the gate; a share that is deleted has none.
        if self.inside.get() || self.is_deleted.get() {
            return;
        }
        let base = current(&self.store, share()).now_or_never().unwrap().unwrap();
        let base = base.as_ref().and_then(Current::base);
        let granted = self.lease.borrow_mut().begin(self.now(), String::new(), Some(who.to_string()), base);
        if let Ok((epoch, _)) = granted {
            self.writers.borrow_mut()[who] = Some(Writer { epoch, base, snapshot: None, sure: false });
        }
        self.doubt_leases();
    }

    fn upload(&self, who: usize, files: u8, stop: usize) {
        let Some(mut writer) = self.writers.borrow()[who].clone() else { return };
        let snapshot = Snapshot::of(self.made.get(), &(0..6).filter(|n| files >> n & 1 == 1).collect());
        self.made.set(self.made.get() + 1);
        let there = self.keys();
        let missing: Vec<_> = snapshot
            .blobs
            .iter()
            .map(|(blob, bytes)| (ObjectKey::blob(share(), *blob), bytes))
            .filter(|(key, _)| !there.contains(&key.to_string()))
            .collect();
        for (key, bytes) in missing.iter().take(stop) {
            self.store.insert(*key, (*bytes).clone());
        }
        if missing.len() <= stop {
            self.store.insert(ObjectKey::manifest(share(), snapshot.id), snapshot.manifest.clone());
            writer.snapshot = Some(snapshot);
            writer.sure = self.lease.borrow().check(self.now(), writer.epoch).is_ok();
        }
        self.writers.borrow_mut()[who] = Some(writer);
    }

    fn commit(&self, who: usize, then: Option<(usize, Meanwhile)>) {
        let Some(writer) = self.writers.borrow()[who].clone() else { return };
        let Some(snapshot) = writer.snapshot else { return };
        let base = self.lease.borrow().check(self.now(), writer.epoch);
        let (false, Ok(base)) = (self.inside.get(), base) else { return };
        assert_eq!(base, writer.base);
        let store = Interrupted::new(self, then);
        match commit(&store, snapshot.wanted(writer.epoch), base, self.now()).now_or_never().unwrap() {
            Ok(_) => {
                let replaced = base.map(|base| base.manifest_id);
                committed(&self.marks, share(), snapshot.id, replaced).unwrap();
                self.store.insert_at(&snapshot.artifact_key(), "thumbnail");
                let mut past = self.past.borrow_mut();
                if let Some(last) = past.last_mut() {
                    last.replaced = Some((self.time.get(), self.jumps.get()));
                }
                past.push(Past { snapshot, replaced: None });
                drop(past);
                self.abort(who);
            }
            Err(failure) => {
                let is_lost = ["blob_missing", "manifest_mismatch"].contains(&failure.problem.code.as_str());
                if is_lost && writer.sure {
                    self.confess(format!("writer {who} relied on what was there: {failure:?}"));
                }
            }
        }
    }

    pub(super) fn abort(&self, who: usize) {
        if let Some(writer) = self.writers.borrow_mut()[who].take() {
            self.lease.borrow_mut().release(writer.epoch);
        }
    }

    fn publish(&self, who: usize, files: u8) {
        self.begin(who);
        self.upload(who, files, usize::MAX);
        self.commit(who, None);
    }

    fn delete(&self) {
        if !self.inside.get() && self.has_meta() {
            self.is_deleted.set(true);
            put_meta(&self.store, State::Deleted, self.now());
        }
    }

    fn undelete(&self) {
        if !self.inside.get() && self.has_meta() && !self.marks.progress.get().destroying {
            self.is_deleted.set(false);
            put_meta(&self.store, State::Active, self.now());
        }
    }

    pub(super) fn has_meta(&self) -> bool {
        self.keys().contains(&ObjectKey::meta(share()).to_string())
    }

    pub(super) fn collect(&self, then: Option<(usize, Meanwhile)>, dry_run: bool) {
        // One run at a time.
        if self.is_running.replace(true) {
            return;
        }
        let before = (self.store.keys(), self.marks.marks.borrow().clone());
        if let Err(error) = self.run(then, dry_run)
            && self.broken == Broken::Nothing
        {
            self.confess(format!("a run refused: {error:?}"));
        }
        self.is_running.set(false);
        if dry_run && before != (self.store.keys(), self.marks.marks.borrow().clone()) {
            self.confess("a dry run did something".into());
        }
    }

    fn die(&self, skip: usize, fault: Fault) {
        self.store.break_later(skip, fault);
        let _ = self.run(None, false);
        self.store.heal();
    }

    fn run(&self, then: Option<(usize, Meanwhile)>, dry_run: bool) -> Result<Report, CollectError> {
        let honest = Ticket::of(&self.lease.borrow(), self.now());
        let mut policy = Policy::default();
        let mut ticket = honest;
        match self.broken {
            Broken::Nothing => {}
            Broken::NoGrace => policy = Policy::without_grace(),
            Broken::NoLeases => ticket = Ticket::None,
            Broken::WallClock => {
                // As if the clock moved by what the time of day says, and not by a step at most.
                let mut progress = self.marks.progress.get();
                let passed = progress.last_run_at.map_or(0, |last| self.now() - last);
                progress.age_ms += (passed - STEP).max(0);
                self.marks.progress.set(progress);
            }
            Broken::NoRoots => {
                ticket = Ticket::None;
                self.marks.progress.set(Progress { published: false, ..self.marks.progress.get() });
            }
        }
        let ask = Ask { share: share(), ticket, policy, now: self.now(), dry_run };
        let door = Door { world: self, epoch: self.lease.borrow().epoch };
        let is_blind = self.broken == Broken::NoRoots;
        let store = Interrupted::new(self, then).blind(is_blind);
        collect(&store, &self.marks, &door, &ask).now_or_never().unwrap()
    }

    fn confess(&self, sin: String) {
        self.sin.borrow_mut().get_or_insert(sin);
    }

    pub(super) fn keys(&self) -> BTreeSet<String> {
        self.store.keys().into_iter().collect()
    }
}

pub(super) fn unknown() -> String {
    format!("{}README.txt", ObjectKey::share_prefix(share()))
}
