//! Changing `meta.json`: what readers may do and see. Over any store; called by `keeper`, in the turns that `changes` gives.

use crate::failure::Failure;
use crate::store::{PutIf, Store};
use serde::{Deserialize, Serialize};
use vitrine_protocol::limits::DOCUMENT_BYTES_MAX;
use vitrine_protocol::{ErrorCode, Handle, Meta, ObjectKey, Scope, ShareId, State};

/// Nobody but the share's object writes the document; an operator's hand is met so many times before a change gives up.
const TRIES_MAX: usize = 20;

/// What is to be different; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) license: Option<String>,
    /// The owner and the slug: the name for people.
    pub(crate) named: Option<(Handle, Handle)>,
    /// The scope, and the organisation that goes with it.
    pub(crate) access: Option<(Scope, Option<String>)>,
    pub(crate) indexing_opt_in: Option<bool>,
    /// Deletes the share, or brings it back: [`State::Deleted`] or [`State::Active`].
    pub(crate) state: Option<State>,
    /// An operator withholds the share, or serves it again. It stands above every other change.
    pub(crate) suspended: Option<bool>,
    /// Whether tokens and sessions of before open nothing any more.
    pub(crate) revoke_tokens: bool,
}

impl Change {
    /// Whether some who may read now may not afterwards.
    pub(crate) fn is_about_readers(&self) -> bool {
        self.access.is_some() || self.state.is_some() || self.suspended.is_some() || self.revoke_tokens
    }

    /// The document with the change; the same document when nothing differs. `withheld`: whether an operator withholds the share.
    ///
    /// `updated_at` grows with each document, so that rows made from two of them are never taken for one another. Whoever could read
    /// by a token of before the access changed shows a new one: what was granted for a scope that has come back is not good again.
    fn apply(&self, meta: &Meta, withheld: bool, now: i64) -> Meta {
        let (scope, org_id) = self.access.clone().unwrap_or_else(|| (meta.scope, meta.org_id.clone()));
        let (owner, slug) = match self.named.clone() {
            Some((owner, slug)) => (Some(owner), Some(slug)),
            None => (meta.owner.clone(), meta.slug.clone()),
        };
        let has_moved = (scope, &org_id) != (meta.scope, &meta.org_id);
        let revoked = if self.revoke_tokens || has_moved { now } else { meta.tokens_valid_after };
        let changed = Meta {
            title: self.title.clone().unwrap_or_else(|| meta.title.clone()),
            description: self.description.clone().unwrap_or_else(|| meta.description.clone()),
            license: self.license.clone().unwrap_or_else(|| meta.license.clone()),
            owner,
            slug,
            scope,
            org_id,
            indexing_opt_in: self.indexing_opt_in.unwrap_or(meta.indexing_opt_in),
            state: match self.state.unwrap_or(meta.state) {
                State::Deleted => State::Deleted,
                State::Active | State::Suspended if withheld => State::Suspended,
                State::Active | State::Suspended => State::Active,
            },
            tokens_valid_after: revoked.max(meta.tokens_valid_after),
            ..meta.clone()
        };
        if changed == *meta {
            return changed;
        }
        Meta { updated_at: now.max(meta.updated_at.saturating_add(1)), ..changed }
    }
}

/// What an operator has said of the share: `None` where nobody has since the object keeps it, and the document says it all.
pub(crate) type Withheld = Option<bool>;

/// Writes the document with all of `changes`, one after another, in one put; gives it. Nothing is written where nothing differs.
///
/// 404 `share_not_found` without a document to change; 503 when others write it again and again.
pub(crate) async fn change<S: Store>(
    store: &S,
    share: ShareId,
    changes: &[Change],
    withheld: Withheld,
    now: i64,
) -> Result<Meta, Failure> {
    let key = ObjectKey::meta(share);
    for _ in 0..TRIES_MAX {
        let stored = store.read(key, DOCUMENT_BYTES_MAX).await?;
        let stored =
            stored.ok_or_else(|| Failure::new(ErrorCode::ShareNotFound, "Its `meta.json` is gone."))?;
        let meta = Meta::from_json(&stored.bytes)?;
        let withheld = withheld.unwrap_or(meta.state == State::Suspended);
        let changed = changes.iter().fold(meta.clone(), |meta, change| change.apply(&meta, withheld, now));
        if changed == meta || store.put(key, changed.to_json(), PutIf::Matches(stored.etag)).await? {
            return Ok(changed);
        }
    }
    let detail = "Somebody writes the share's `meta.json` by hand at the same time. Try again.";
    Err(Failure::new(ErrorCode::StoreUnavailable, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;
    use vitrine_protocol::limits::FORMAT_VERSION;

    fn meta() -> Meta {
        Meta {
            version: FORMAT_VERSION,
            share_id: share(),
            scope: Scope::Org,
            org_id: Some("o".into()),
            state: State::Active,
            title: "t".into(),
            description: "d".into(),
            license: "l".into(),
            owner: None,
            slug: None,
            indexing_opt_in: true,
            tokens_valid_after: 5,
            updated_at: 7,
        }
    }

    fn share() -> ShareId {
        ShareId::from_random('e', [1; 25]).unwrap()
    }

    async fn stored(store: &MemoryStore) -> Meta {
        let stored = store.read(ObjectKey::meta(share()), 65536).await.unwrap().unwrap();
        Meta::from_json(&stored.bytes).unwrap()
    }

    async fn changed(store: &MemoryStore, wanted: Change, withheld: Withheld, now: i64) -> Meta {
        change(store, share(), &[wanted], withheld, now).await.unwrap()
    }

    fn shared() -> MemoryStore {
        let store = MemoryStore::default();
        store.insert(ObjectKey::meta(share()), meta().to_json());
        store
    }

    #[tokio::test]
    async fn what_is_given_changes_and_the_rest_stays() {
        let store = shared();
        let wanted = Change { title: Some("new".into()), revoke_tokens: true, ..Change::default() };
        let written = changed(&store, wanted, None, 100).await;
        let expected = Meta { title: "new".into(), tokens_valid_after: 100, updated_at: 100, ..meta() };
        assert_eq!((&written, stored(&store).await), (&expected, expected.clone()));
        let access = Change { access: Some((Scope::Public, None)), ..Change::default() };
        let written = changed(&store, access, None, 90).await;
        assert_eq!((written.scope, written.org_id, written.updated_at), (Scope::Public, None, 101));
        let same = Change { state: Some(State::Active), ..Change::default() };
        assert_eq!(changed(&store, same, None, 300).await.updated_at, 101, "nothing to write");
    }

    #[tokio::test]
    async fn several_changes_are_one_put() {
        let store = shared();
        let title = |title: &str| Change { title: Some(title.into()), ..Change::default() };
        let license = Change { license: Some("MIT".into()), ..Change::default() };
        let written = change(&store, share(), &[title("a"), license, title("b")], None, 100).await.unwrap();
        assert_eq!((written.title.as_str(), written.license.as_str()), ("b", "MIT"));
        assert_eq!(stored(&store).await, written);
    }

    #[tokio::test]
    async fn what_an_operator_withholds_nothing_else_brings_back() {
        let store = shared();
        let suspended = Change { suspended: Some(true), ..Change::default() };
        assert_eq!(changed(&store, suspended.clone(), Some(true), 10).await.state, State::Suspended);
        let restored = Change { state: Some(State::Active), ..Change::default() };
        assert_eq!(changed(&store, restored.clone(), Some(true), 20).await.state, State::Suspended);
        assert_eq!(
            changed(&store, restored.clone(), None, 25).await.state,
            State::Suspended,
            "kept nowhere else"
        );
        let deleted = Change { state: Some(State::Deleted), ..Change::default() };
        assert_eq!(changed(&store, deleted, Some(true), 30).await.state, State::Deleted);
        assert_eq!(
            changed(&store, restored, Some(true), 40).await.state,
            State::Suspended,
            "not by a detour"
        );
        let served = Change { suspended: Some(false), ..Change::default() };
        assert_eq!(changed(&store, served, Some(false), 50).await.state, State::Active);
    }

    #[tokio::test]
    async fn what_was_granted_for_a_scope_that_comes_back_is_not_good_again() {
        let store = shared();
        let org = |org: &str| Change { access: Some((Scope::Org, Some(org.into()))), ..Change::default() };
        assert_eq!(changed(&store, org("o"), None, 50).await.tokens_valid_after, 5, "the same readers");
        assert_eq!(changed(&store, org("b"), None, 60).await.tokens_valid_after, 60);
        assert_eq!(changed(&store, org("o"), None, 70).await.tokens_valid_after, 70);
    }

    #[tokio::test]
    async fn a_share_without_a_document_is_none() {
        let refused =
            change(&MemoryStore::default(), share(), &[Change::default()], None, 1).await.unwrap_err();
        assert_eq!(refused.problem.code, "share_not_found");
    }
}
