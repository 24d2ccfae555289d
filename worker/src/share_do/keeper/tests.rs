//! What no fake of the whole API shows: the object's own notes, when the bucket fails in between.

use super::*;
use crate::sql::native::Native;
use crate::store::memory::{Fault, MemoryStore};
use futures_util::future::join_all;
use vitrine_protocol::Scope;
use vitrine_protocol::limits::{DOCUMENT_BYTES_MAX, FORMAT_VERSION};

fn share() -> ShareId {
    ShareId::from_random('e', [1; 25]).unwrap()
}

fn meta() -> Meta {
    Meta {
        version: FORMAT_VERSION,
        share_id: share(),
        scope: Scope::Public,
        org_id: None,
        state: State::Active,
        title: "t".into(),
        description: String::new(),
        license: String::new(),
        owner: None,
        slug: None,
        indexing_opt_in: true,
        tokens_valid_after: 0,
        updated_at: 1,
    }
}

/// An object with a share in its bucket.
struct Object {
    table: Native,
    store: MemoryStore,
    changes: Changes,
}

impl Object {
    fn new() -> Self {
        let store = MemoryStore::default();
        store.insert(ObjectKey::meta(share()), meta().to_json());
        Self { table: Native::new(), store, changes: Changes::default() }
    }

    fn keeper(&self) -> Keeper<'_, Native, MemoryStore> {
        let Self { table, store, changes } = self;
        let keeper = Keeper { table, store, share: share(), changes, policy: Policy::default() };
        keeper.open().unwrap();
        keeper
    }

    async fn state(&self) -> State {
        let stored = self.store.read(ObjectKey::meta(share()), DOCUMENT_BYTES_MAX).await.unwrap().unwrap();
        Meta::from_json(&stored.bytes).unwrap().state
    }
}

fn withhold(suspended: bool) -> Command {
    Command::Change(Box::new(Change { suspended: Some(suspended), ..Change::default() }))
}

fn titled(title: usize) -> Command {
    Command::Change(Box::new(Change { title: Some(title.to_string()), ..Change::default() }))
}

#[tokio::test]
async fn what_an_operator_says_while_the_bucket_fails_is_done_by_the_alarm() {
    let object = Object::new();
    object.store.break_keys("meta.json", Fault::Fails);
    assert!(object.keeper().obey(withhold(true), 10).await.is_err());
    object.store.heal();
    assert_eq!(object.state().await, State::Active, "nothing was written");
    assert_eq!(object.keeper().next_due().unwrap(), Some(10 + SYNC_MS), "the alarm is to look after it");
    let listing = object.keeper().listing(20).await.unwrap();
    assert_eq!((object.state().await, listing.withheld), (State::Suspended, Some(true)));
    assert_eq!(listing.meta.unwrap().state, State::Suspended);
}

#[tokio::test]
async fn whatever_changes_next_carries_what_an_operator_says() {
    let object = Object::new();
    object.store.break_keys("meta.json", Fault::Fails);
    assert!(object.keeper().obey(withhold(true), 10).await.is_err());
    object.store.heal();
    object.keeper().obey(titled(1), 20).await.unwrap();
    assert_eq!(object.state().await, State::Suspended);
    object.keeper().obey(withhold(false), 30).await.unwrap();
    assert_eq!(object.state().await, State::Active);
}

#[tokio::test]
async fn fifty_changes_at_once_all_succeed() {
    let object = Object::new();
    let keeper = object.keeper();
    let done = join_all((0..50).map(|n| keeper.obey(titled(n), 10))).await;
    assert!(done.iter().all(Result::is_ok));
}
