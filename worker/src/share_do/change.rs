//! What is to be different about a share, and what its `meta.json` says then. Pure; called by `changes`.

use super::record::Record;
use serde::{Deserialize, Serialize};
use vitrine_protocol::{Handle, Meta, Scope, State};

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
    /// Deleted, or back again.
    pub(crate) state: Option<State>,
    /// An operator's word: whether it is withheld.
    pub(crate) withheld: Option<bool>,
    /// Whether the lists know it as withheld: for shares of before their object was told.
    pub(crate) was_withheld: bool,
    /// The path of the project that is published. It is not in the document: the object keeps it for the lists.
    pub(crate) path: Option<String>,
    /// What the audit gets, once it is done.
    pub(crate) record: Option<Record>,
    /// Whether tokens and sessions of before open nothing any more.
    pub(crate) revoke_tokens: bool,
}

impl Change {
    /// Whether some who may read now may not afterwards.
    pub(crate) fn is_about_readers(&self) -> bool {
        self.access.is_some() || self.state.is_some() || self.withheld.is_some() || self.revoke_tokens
    }

    /// Whether a deleted share is there again.
    pub(crate) fn comes_back(&self) -> bool {
        self.state.is_some_and(|state| state != State::Deleted)
    }

    /// The document with it. Whoever could read by an earlier `scope` or organisation cannot by one that comes later, be it the
    /// same again.
    pub(crate) fn apply(&self, meta: &Meta, now: i64) -> Meta {
        let (scope, org_id) = self.access.clone().unwrap_or_else(|| (meta.scope, meta.org_id.clone()));
        let (owner, slug) = match self.named.clone() {
            Some((owner, slug)) => (Some(owner), Some(slug)),
            None => (meta.owner.clone(), meta.slug.clone()),
        };
        let revokes = self.revoke_tokens || (scope, &org_id) != (meta.scope, &meta.org_id);
        let valid_after = if revokes { now.max(meta.tokens_valid_after) } else { meta.tokens_valid_after };
        let text = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
        Meta {
            title: text(&self.title, &meta.title),
            description: text(&self.description, &meta.description),
            license: text(&self.license, &meta.license),
            owner,
            slug,
            scope,
            org_id,
            indexing_opt_in: self.indexing_opt_in.unwrap_or(meta.indexing_opt_in),
            state: self.state.unwrap_or(meta.state),
            tokens_valid_after: valid_after,
            ..meta.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::ShareId;
    use vitrine_protocol::limits::FORMAT_VERSION;

    fn meta() -> Meta {
        Meta {
            version: FORMAT_VERSION,
            share_id: ShareId::from_random('e', [1; 25]).unwrap(),
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

    #[test]
    fn what_is_given_changes_and_the_rest_stays() {
        let wanted = Change { title: Some("new".into()), revoke_tokens: true, ..Change::default() };
        let changed = wanted.apply(&meta(), 100);
        assert_eq!(changed, Meta { title: "new".into(), tokens_valid_after: 100, ..meta() });
        assert_eq!(Change::default().apply(&meta(), 100), meta());
    }

    #[test]
    fn every_change_of_access_sends_tokens_of_before_away() {
        let to = |scope, org: Option<&str>| Change {
            access: Some((scope, org.map(str::to_owned))),
            ..Change::default()
        };
        for away in [to(Scope::Org, Some("p")), to(Scope::Public, None), to(Scope::Authenticated, None)] {
            let there = away.apply(&meta(), 100);
            assert_eq!(there.tokens_valid_after, 100, "{away:?}");
            let back = to(Scope::Org, Some("o")).apply(&there, 200);
            assert_eq!((back.org_id.as_deref(), back.tokens_valid_after), (Some("o"), 200));
            assert_eq!(away.apply(&back, 150).tokens_valid_after, 200, "a clock that went back");
        }
        let same = to(Scope::Org, Some("o")).apply(&meta(), 100);
        assert_eq!(same.tokens_valid_after, 5, "nothing has changed");
    }
}
