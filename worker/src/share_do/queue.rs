//! Changes of a share one after another: whoever comes while one is written waits, and all that wait are written as one document.
//! So none loses a race against another, and nobody is kept out by how many there are. Called by `object`, and by the tests of
//! `control`.

use super::Answer;
use super::change::Change;
use super::changes::Standing;
use super::keeper::{Done, Event, Keeper, Listing};
use crate::failure::Failure;
use crate::sql::Table;
use crate::store::Store;
use futures_util::lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;
use vitrine_protocol::ErrorCode;

/// So many wait at most. Each may hold a description.
pub(crate) const WAITING_MAX: usize = 256;

/// How often the document is tried when the store is busy: R2 takes one write of an object a second.
const TRIES: u32 = 4;

type Outcome = Result<Done, Failure>;

/// A change that waits, and where its outcome goes.
struct Waiting {
    change: Change,
    outcome: Rc<RefCell<Option<Outcome>>>,
}

/// The changes of one share that wait.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: RefCell<Vec<Waiting>>,
    turn: Mutex<()>,
}

impl Queue {
    /// Makes a change. `pause` waits a moment before the store is asked again.
    ///
    /// 503 `store_unavailable` when too many wait already. An operator's word on whether the share is withheld is noted at once, and
    /// never refused.
    pub(crate) async fn change<T: Table, S: Store>(
        &self,
        keeper: &Keeper<'_, T, S>,
        change: Change,
        now: i64,
        pause: impl AsyncFn(),
    ) -> Outcome {
        keeper.note_withheld(&change, now)?;
        if change.withheld.is_none() {
            self.room()?;
            super::record::room(keeper.table)?;
        }
        let outcome = Rc::new(RefCell::new(None));
        self.waiting.borrow_mut().push(Waiting { change: change.clone(), outcome: outcome.clone() });
        let turn = self.turn.lock().await;
        if outcome.borrow().is_none() {
            let mut all = self.waiting.take();
            // Whoever had taken it was ended before it was written, or before that could be told. Writing it twice is writing it once.
            if !all.iter().any(|waiting| Rc::ptr_eq(&waiting.outcome, &outcome)) {
                all.push(Waiting { change, outcome: outcome.clone() });
            }
            write(keeper, all, now, pause).await;
        }
        drop(turn);
        let lost = || Err(Failure::new(ErrorCode::Internal, "A change has no outcome."));
        outcome.take().unwrap_or_else(lost)
    }

    /// What lists should show, after what was interrupted is finished: a snapshot that became current, a change whose document was
    /// written, an operator's word that has not reached the document. Gives the event of such a snapshot.
    pub(crate) async fn settled<T: Table, S: Store>(
        &self,
        keeper: &Keeper<'_, T, S>,
        now: i64,
    ) -> Result<(Listing, Option<Event>), Failure> {
        let listing = keeper.listing().await?;
        let flipped =
            listing.latest.as_ref().map(|latest| keeper.flipped(latest, now)).transpose()?.flatten();
        let unsettled = match &listing.standing {
            Some(standing) => keeper.is_unsettled(&standing.meta)?,
            None => false,
        };
        if unsettled {
            let _turn = self.turn.lock().await;
            keeper.change_all(&[], now).await?;
        }
        let stale = unsettled || flipped.is_some();
        Ok((if stale { keeper.listing().await? } else { listing }, flipped))
    }

    fn room(&self) -> Result<(), Failure> {
        if self.waiting.borrow().len() < WAITING_MAX {
            return Ok(());
        }
        let full = format!("{WAITING_MAX} changes of this share wait already. Try again in a second.");
        Err(Failure::new(ErrorCode::StoreUnavailable, full).header("retry-after", "1"))
    }
}

async fn write<T: Table, S: Store>(
    keeper: &Keeper<'_, T, S>,
    all: Vec<Waiting>,
    now: i64,
    pause: impl AsyncFn(),
) {
    let (changes, outcomes): (Vec<Change>, Vec<_>) =
        all.into_iter().map(|waiting| (waiting.change, waiting.outcome)).unzip();
    let mut tried = 1;
    let written = loop {
        match keeper.change_all(&changes, now).await {
            Err(failure) if failure.problem.is(ErrorCode::StoreUnavailable) && tried < TRIES => {
                tried += 1;
                pause().await;
            }
            other => break other,
        }
    };
    match written {
        Ok(written) => {
            let mut event = written.event;
            for (outcome, standing) in outcomes.iter().zip(written.each) {
                *outcome.borrow_mut() = Some(standing.map(|standing| done(standing, &mut event)));
            }
        }
        Err(failure) => {
            for outcome in &outcomes {
                *outcome.borrow_mut() = Some(Err(failure.clone()));
            }
        }
    }
}

/// Those who watch hear of all of them once.
fn done(standing: Standing, event: &mut Option<Event>) -> Done {
    Done { answer: Answer::Changed(Box::new(standing)), events: event.take().into_iter().collect() }
}

#[cfg(test)]
mod tests;
