//! Many changes at once, over a store that lets others go on at each step, and one that fails in the middle.

use super::*;
use crate::share_do::bounds::Bounds;
use crate::share_do::collect::policy::Policy;
use crate::share_do::record::{self, Record};
use crate::sql::native::Native;
use crate::store::memory::{Fault, MemoryStore};
use futures_util::future::join_all;
use vitrine_protocol::{Meta, ObjectKey, Scope, ShareId, State};

struct Here {
    table: Native,
    store: MemoryStore,
    queue: Queue,
}

fn share() -> ShareId {
    "e0123456789abcdefghjkmnpqr".parse().unwrap()
}

impl Here {
    fn new() -> Self {
        let here = Self { table: Native::new(), store: MemoryStore::default(), queue: Queue::default() };
        let meta = format!(
            r#"{{"version":1,"share_id":"{}","scope":"public","state":"active","updated_at":1}}"#,
            share()
        );
        here.store.insert(ObjectKey::meta(share()), meta);
        here.store.yields.set(true);
        here.keeper().open().unwrap();
        here
    }

    fn keeper(&self) -> Keeper<'_, Native, MemoryStore> {
        let policy = Policy::new(48 * 3_600_000, 1000).unwrap();
        Keeper { table: &self.table, store: &self.store, share: share(), policy, bounds: Bounds::default() }
    }

    async fn change(&self, change: Change, now: i64) -> Result<Standing, Failure> {
        let done = self.queue.change(&self.keeper(), change, now, tokio::task::yield_now).await?;
        let Answer::Changed(standing) = done.answer else { panic!("a change") };
        Ok(*standing)
    }

    async fn meta(&self) -> Meta {
        let stored = self.store.read(ObjectKey::meta(share()), 65_536).await.unwrap().unwrap();
        Meta::from_json(&stored.bytes).unwrap()
    }

    fn recorded(&self) -> Vec<String> {
        record::waiting(&self.table).unwrap().into_iter().map(|record| record.id).collect()
    }
}

fn recorded(id: &str, change: Change) -> Change {
    let record = Record {
        id: id.into(),
        at: 1,
        actor: "a".into(),
        action: "x".into(),
        detail: String::new(),
        ends_copies: false,
    };
    Change { record: Some(record), ..change }
}

fn titled(title: impl AsRef<str>) -> Change {
    recorded(title.as_ref(), Change { title: Some(title.as_ref().into()), ..Change::default() })
}

fn withheld(withheld: bool) -> Change {
    recorded("operator", Change { withheld: Some(withheld), ..Change::default() })
}

#[tokio::test]
async fn fifty_at_once_all_succeed_as_a_few_documents() {
    let here = Here::new();
    let access = Change { access: Some((Scope::Authenticated, None)), ..Change::default() };
    let license = Change { license: Some("l".into()), ..Change::default() };
    let mut all: Vec<_> = (0..48).map(|n: u32| titled(n.to_string())).collect();
    all.insert(20, access);
    all.insert(30, license);
    let done = join_all(all.into_iter().map(|change| here.change(change, 5))).await;
    assert!(done.iter().all(Result::is_ok));
    let meta = here.meta().await;
    assert_eq!((meta.scope, meta.license.as_str(), meta.title.as_str()), (Scope::Authenticated, "l", "47"));
    assert!(here.store.puts.get() <= 4, "{} documents for 50 changes", here.store.puts.get());
    assert_eq!(record::waiting(&here.table).unwrap().len(), 40, "a page of the records of 48");
}

#[tokio::test]
async fn more_than_may_wait_are_refused_clearly_and_an_operator_never() {
    let here = Here::new();
    let all = (0..WAITING_MAX + 10).map(|n| here.change(titled(n.to_string()), 5));
    let (done, operator) = futures_util::future::join(join_all(all), here.change(withheld(true), 5)).await;
    let refused: Vec<_> = done.iter().filter_map(|done| done.as_ref().err()).collect();
    assert!((1..=10).contains(&refused.len()), "{}", refused.len());
    assert!(refused.iter().all(|failure| failure.problem.status == 503
        && failure.headers.iter().any(|(name, value)| *name == "retry-after" && value == "1")));
    assert_eq!(operator.unwrap().meta.state, State::Suspended);
}

#[tokio::test]
async fn what_an_operator_says_wins_over_everything() {
    let here = Here::new();
    let back = || Change { state: Some(State::Active), ..Change::default() };
    let gone = || Change { state: Some(State::Deleted), ..Change::default() };
    // Noted while another is being written.
    let (other, operator) =
        futures_util::future::join(here.change(titled("t"), 5), here.change(withheld(true), 5)).await;
    assert!(other.is_ok() && operator.is_ok());
    for change in [titled("u"), back(), gone(), back()] {
        let state = here.change(change.clone(), 6).await.unwrap().meta.state;
        assert_eq!(
            state,
            if change.state == Some(State::Deleted) { State::Deleted } else { State::Suspended }
        );
    }
    here.change(gone(), 7).await.unwrap();
    assert_eq!(here.change(withheld(false), 7).await.unwrap().meta.state, State::Deleted);
    assert_eq!(here.change(back(), 7).await.unwrap().meta.state, State::Active);
}

#[tokio::test]
async fn an_operators_word_is_kept_when_the_bucket_is_away() {
    let here = Here::new();
    here.store.break_keys("meta.json", Fault::Fails);
    assert_eq!(here.change(withheld(true), 5).await.unwrap_err().problem.status, 503);
    assert_eq!(here.recorded(), ["operator"]);
    assert!(here.keeper().sync_at().unwrap().unwrap() <= 1005, "the alarm comes soon");
    here.store.heal();
    let (listing, _) = here.queue.settled(&here.keeper(), 2000).await.unwrap();
    let standing = listing.standing.unwrap();
    assert_eq!((standing.meta.state, standing.withheld), (State::Suspended, Some(true)));
    assert_eq!(here.meta().await.state, State::Suspended);
}

#[tokio::test]
async fn a_change_that_is_interrupted_is_finished_or_never_was() {
    for (fault, landed) in [(Fault::LandsUnheard, true), (Fault::Fails, false)] {
        let here = Here::new();
        // The read works; then every try fails, as if the object had ended.
        here.store.break_later(1, fault);
        let change = Change { path: Some("week 2".into()), ..titled("new") };
        let keeper = here.keeper();
        assert!(keeper.change_all(std::slice::from_ref(&change), 5).await.is_err());
        here.store.heal();
        let (listing, _) = here.queue.settled(&keeper, 20).await.unwrap();
        let standing = listing.standing.unwrap();
        let expected = if landed { ("new", Some("week 2"), 1) } else { ("", None, 0) };
        let found = (standing.meta.title.as_str(), standing.path.as_deref(), listing.records.len());
        assert_eq!(found, expected, "{fault:?}");
        // The same again is done once.
        assert!(here.change(change, 30).await.is_ok());
        assert_eq!(here.recorded(), ["new"]);
    }
}

#[tokio::test]
async fn a_lost_reply_is_no_error() {
    let here = Here::new();
    here.store.lose_replies(1);
    assert_eq!(here.change(titled("a"), 5).await.unwrap().meta.title, "a");
    assert_eq!(here.recorded(), ["a"]);
}

#[tokio::test]
async fn one_that_goes_away_in_the_middle_holds_nobody_up() {
    let here = Here::new();
    let mut first = Box::pin(here.change(titled("lost"), 5));
    assert!(futures_util::poll!(&mut first).is_pending());
    drop(first);
    assert_eq!(here.change(titled("next"), 6).await.unwrap().meta.title, "next");
}

#[tokio::test]
async fn a_share_that_is_gone_is_said_to_be() {
    let here = Here::new();
    here.store.remove(ObjectKey::meta(share()));
    assert_eq!(here.change(titled("a"), 5).await.unwrap_err().problem.code, "share_not_found");
}

#[tokio::test]
async fn what_an_operator_writes_by_hand_holds() {
    let here = Here::new();
    here.change(withheld(true), 5).await.unwrap();
    here.change(withheld(false), 6).await.unwrap();
    let meta = Meta { state: State::Suspended, ..here.meta().await };
    here.store.insert(ObjectKey::meta(share()), meta.to_json());
    let (listing, _) = here.queue.settled(&here.keeper(), 7).await.unwrap();
    assert_eq!(listing.standing.unwrap().withheld, Some(true));
    assert_eq!(here.change(titled("t"), 8).await.unwrap().meta.state, State::Suspended);
    assert_eq!(here.change(withheld(false), 9).await.unwrap().meta.state, State::Active);
}
