//! The changes of one share that wait while another is written: they take turns, and whoever's turn it is writes all that wait at once.
//! So fifty of them are two or three writes, none loses a race to another, and one that waits is written with the next. Refuses more
//! than a bounded number, but never an operator's. Called by `keeper`; the platform may end any of its futures at any await.

use super::change::Change;
use crate::failure::Failure;
use futures_util::lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;
use vitrine_protocol::{ErrorCode, Meta};

/// Changes that wait, at most: more than all people who may change a share would make within a second.
const WAITING_MAX: usize = 256;

/// What became of a change, once somebody has written it.
type Outcome = Rc<RefCell<Option<Result<Meta, Failure>>>>;

#[derive(Debug)]
struct Waiting {
    change: Change,
    outcome: Outcome,
}

/// The queue of one object. It lives as long as the object is in memory: a change is acknowledged when it is written, never before.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    turn: Mutex<()>,
    waiting: RefCell<Vec<Waiting>>,
}

impl Changes {
    /// Has `change` written by `write`, alone or with others, and gives the document after the write that holds it.
    ///
    /// `write` is called with at least one change, in the order in which they came, and never while another call runs. 503 when too many wait.
    pub(crate) async fn write<W>(&self, change: Change, write: W) -> Result<Meta, Failure>
    where
        W: AsyncFn(&[Change]) -> Result<Meta, Failure>,
    {
        if change.suspended.is_none() && self.waiting.borrow().len() >= WAITING_MAX {
            let full =
                Failure::new(ErrorCode::StoreUnavailable, "Too many changes of this share are waiting.");
            return Err(full.header("retry-after", "1"));
        }
        let outcome = Outcome::default();
        self.waiting.borrow_mut().push(Waiting { change: change.clone(), outcome: outcome.clone() });
        let _turn = self.turn.lock().await;
        if let Some(written) = outcome.take() {
            return written;
        }
        let mut all = self.waiting.take();
        // Whoever had taken it was ended before it could be written, or before that could be told. Writing it twice is writing it once.
        if !all.iter().any(|waiting| Rc::ptr_eq(&waiting.outcome, &outcome)) {
            all.push(Waiting { change, outcome: outcome.clone() });
        }
        let changes: Vec<Change> = all.iter().map(|waiting| waiting.change.clone()).collect();
        let written = write(&changes).await;
        for Waiting { outcome, .. } in all {
            outcome.replace(Some(written.clone()));
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::{FutureExt as _, join_all};
    use std::cell::Cell;
    use vitrine_protocol::limits::FORMAT_VERSION;
    use vitrine_protocol::{Scope, ShareId, State};

    fn meta(title: &str) -> Meta {
        Meta {
            version: FORMAT_VERSION,
            share_id: ShareId::from_random('e', [1; 25]).unwrap(),
            scope: Scope::Public,
            org_id: None,
            state: State::Active,
            title: title.into(),
            description: String::new(),
            license: String::new(),
            owner: None,
            slug: None,
            indexing_opt_in: true,
            tokens_valid_after: 0,
            updated_at: 0,
        }
    }

    fn titled(title: usize) -> Change {
        Change { title: Some(title.to_string()), ..Change::default() }
    }

    #[tokio::test]
    async fn fifty_at_once_are_two_writes() {
        let (changes, writes, seen) = (Changes::default(), Cell::new(0), RefCell::new(Vec::new()));
        let write = async |all: &[Change]| {
            writes.set(writes.get() + 1);
            tokio::task::yield_now().await;
            seen.borrow_mut().extend(all.iter().filter_map(|change| change.title.clone()));
            Ok(meta(all.last().and_then(|change| change.title.as_deref()).unwrap_or_default()))
        };
        let done = join_all((0..50).map(|n| changes.write(titled(n), write))).await;
        assert!(done.iter().all(Result::is_ok));
        assert_eq!(writes.get(), 2);
        assert_eq!(*seen.borrow(), (0..50).map(|n| n.to_string()).collect::<Vec<_>>(), "each once, in order");
    }

    #[tokio::test]
    async fn a_failed_write_fails_those_that_it_held_and_no_other() {
        let (changes, tries) = (Changes::default(), Cell::new(0));
        let write = async |_: &[Change]| {
            tries.set(tries.get() + 1);
            tokio::task::yield_now().await;
            if tries.get() == 1 { Err(Failure::share_not_found()) } else { Ok(meta("")) }
        };
        let done = join_all((0..3).map(|n| changes.write(titled(n), write))).await;
        assert_eq!(done.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, true]);
    }

    #[tokio::test]
    async fn one_that_is_ended_in_its_turn_takes_nobody_with_it() {
        let (changes, seen) = (Changes::default(), RefCell::new(Vec::new()));
        let never = async |_: &[Change]| std::future::pending().await;
        let write = async |all: &[Change]| {
            seen.borrow_mut().extend(all.iter().filter_map(|change| change.title.clone()));
            Ok(meta(""))
        };
        let mut ended = Box::pin(changes.write(titled(0), never));
        assert!(ended.as_mut().now_or_never().is_none());
        let mut second = Box::pin(changes.write(titled(1), never));
        assert!(second.as_mut().now_or_never().is_none());
        let mut third = Box::pin(changes.write(titled(2), write));
        assert!(third.as_mut().now_or_never().is_none());
        drop(ended);
        // It takes all that wait, and is ended with them in hand.
        assert!(second.as_mut().now_or_never().is_none());
        drop(second);
        assert!(third.await.is_ok());
        assert_eq!(*seen.borrow(), ["2"], "the others are gone, as are those who asked for them");
    }

    #[tokio::test]
    async fn too_many_are_refused_and_an_operator_never() {
        let changes = Changes::default();
        let never = async |_: &[Change]| std::future::pending().await;
        let mut waiting: Vec<_> =
            (0..=WAITING_MAX).map(|n| Box::pin(changes.write(titled(n), never))).collect();
        assert!(waiting.iter_mut().all(|one| one.as_mut().now_or_never().is_none()));
        let refused = changes.write(titled(0), never).await.unwrap_err();
        assert_eq!((refused.problem.status, refused.headers), (503, vec![("retry-after", "1".into())]));
        let withheld = Change { suspended: Some(true), ..Change::default() };
        assert!(changes.write(withheld, never).now_or_never().is_none(), "it waits for its turn");
    }
}
