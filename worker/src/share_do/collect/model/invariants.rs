//! What must hold in the model's world: at any time, and in the end.

use super::world::{GRACE, Past, STEP, World, unknown};
use crate::share_do::collect::Ticket;
use crate::share_do::collect::sample::{Snapshot, share};
use std::collections::BTreeSet;
use vitrine_protocol::ObjectKey;

impl World {
    /// What must hold at any time.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(sin) = self.sin.borrow_mut().take() {
            return Err(sin);
        }
        let keys = self.keys();
        if !keys.contains(&unknown()) {
            return Err("a name that nobody knows was deleted".into());
        }
        if self.inside.get() {
            return Err("the gate is shut for ever".into());
        }
        if self.marks.progress.get().destroying || !self.has_meta() {
            return if self.is_deleted.get() { Ok(()) } else { Err("a living share is destroyed".into()) };
        }
        let whole = |snapshot: &Snapshot, what: &str| match snapshot.keys().find(|key| !keys.contains(key)) {
            Some(key) => Err(format!("the {what} snapshot {} is not whole: {key} is missing", snapshot.id)),
            None => Ok(()),
        };
        let past = self.past.borrow();
        let base = match Ticket::of(&self.lease.borrow(), self.now()) {
            Ticket::Live { base } => base.map(|base| base.manifest_id),
            Ticket::None => None,
        };
        for Past { snapshot, replaced } in past.iter() {
            if Some(snapshot.id) == base {
                whole(snapshot, "base")?;
            }
            match replaced {
                None => whole(snapshot, "current")?,
                Some((at, jumps)) => {
                    // The first jump costs nothing, every other a step.
                    let lost = STEP * (self.jumps.get() - jumps - 1).max(0);
                    if self.time.get() - at < GRACE - lost {
                        whole(snapshot, "replaced")?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Publishers end, the clock is right, and time passes: only what is needed is left.
    pub(super) fn settle(&self) -> Result<(), String> {
        (0..2).for_each(|who| self.abort(who));
        let epoch = self.lease.borrow().epoch;
        self.lease.borrow_mut().release(epoch);
        self.jump(-self.skew.get());
        for _ in 0..25 {
            self.wait(STEP);
            self.collect(None, false);
            self.check()?;
        }
        let mut expected = BTreeSet::from([unknown()]);
        if !self.is_deleted.get() {
            expected.insert(ObjectKey::meta(share()).to_string());
            if let Some(last) = self.past.borrow().last() {
                expected.insert(ObjectKey::latest(share()).to_string());
                expected.insert(last.snapshot.artifact_key());
                expected.extend(last.snapshot.keys());
            }
        }
        let keys = self.keys();
        match keys.symmetric_difference(&expected).next() {
            Some(key) if keys.contains(key) => Err(format!("in the end, {key} is there still")),
            Some(key) => Err(format!("in the end, {key} is gone")),
            None if !self.marks.marks.borrow().is_empty() => Err("in the end, marks are left".into()),
            None => Ok(()),
        }
    }
}
