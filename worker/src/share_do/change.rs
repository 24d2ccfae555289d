//! Changing `meta.json`: what readers may do and see. Over any store; called by `keeper`, one change at a time.

use crate::failure::Failure;
use crate::store::{PutIf, Store};
use serde::{Deserialize, Serialize};
use vitrine_protocol::limits::DOCUMENT_BYTES_MAX;
use vitrine_protocol::{ErrorCode, Handle, Meta, ObjectKey, Scope, ShareId, State};

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
    pub(crate) state: Option<State>,
    /// Whether tokens and sessions of before open nothing any more.
    pub(crate) revoke_tokens: bool,
}

impl Change {
    /// Whether some who may read now may not afterwards.
    pub(crate) fn is_about_readers(&self) -> bool {
        self.access.is_some() || self.state.is_some() || self.revoke_tokens
    }

    fn apply(self, meta: &Meta, now: i64) -> Meta {
        let (scope, org_id) = self.access.unwrap_or_else(|| (meta.scope, meta.org_id.clone()));
        let (owner, slug) = match self.named {
            Some((owner, slug)) => (Some(owner), Some(slug)),
            None => (meta.owner.clone(), meta.slug.clone()),
        };
        let revoked = if self.revoke_tokens { now } else { meta.tokens_valid_after };
        Meta {
            title: self.title.unwrap_or_else(|| meta.title.clone()),
            description: self.description.unwrap_or_else(|| meta.description.clone()),
            license: self.license.unwrap_or_else(|| meta.license.clone()),
            owner,
            slug,
            scope,
            org_id,
            indexing_opt_in: self.indexing_opt_in.unwrap_or(meta.indexing_opt_in),
            state: self.state.unwrap_or(meta.state),
            tokens_valid_after: revoked.max(meta.tokens_valid_after),
            updated_at: now.max(meta.updated_at),
            ..meta.clone()
        }
    }
}

/// Writes the changed document; gives it. The same change again writes nothing.
///
/// 404 `share_not_found` without a document to change, 503 when another writer was faster: nobody else writes it, so that is an
/// operator's hand.
pub(crate) async fn change<S: Store>(
    store: &S,
    share: ShareId,
    change: Change,
    now: i64,
) -> Result<Meta, Failure> {
    let key = ObjectKey::meta(share);
    let stored = store.read(key, DOCUMENT_BYTES_MAX).await?;
    let stored = stored.ok_or_else(|| Failure::new(ErrorCode::ShareNotFound, "Its `meta.json` is gone."))?;
    let meta = Meta::from_json(&stored.bytes)?;
    let changed = change.apply(&meta, now);
    if (Meta { updated_at: meta.updated_at, ..changed.clone() }) == meta {
        return Ok(meta);
    }
    if store.put(key, changed.to_json(), PutIf::Matches(stored.etag)).await? {
        return Ok(changed);
    }
    Err(Failure::new(
        ErrorCode::StoreUnavailable,
        "Somebody else changed the share at the same time. Try again.",
    ))
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

    #[tokio::test]
    async fn what_is_given_changes_and_the_rest_stays() {
        let store = MemoryStore::default();
        store.insert(ObjectKey::meta(share()), meta().to_json());
        let wanted = Change { title: Some("new".into()), revoke_tokens: true, ..Change::default() };
        let changed = change(&store, share(), wanted, 100).await.unwrap();
        let expected = Meta { title: "new".into(), tokens_valid_after: 100, updated_at: 100, ..meta() };
        assert_eq!((&changed, stored(&store).await), (&expected, expected.clone()));
        let access = Change { access: Some((Scope::Public, None)), ..Change::default() };
        let changed = change(&store, share(), access, 90).await.unwrap();
        assert_eq!((changed.scope, changed.org_id, changed.updated_at), (Scope::Public, None, 100));
        let same = Change { state: Some(State::Active), ..Change::default() };
        assert_eq!(change(&store, share(), same, 300).await.unwrap().updated_at, 100, "nothing to write");
    }

    #[tokio::test]
    async fn a_share_without_a_document_is_none() {
        let refused = change(&MemoryStore::default(), share(), Change::default(), 1).await.unwrap_err();
        assert_eq!(refused.problem.code, "share_not_found");
    }
}
