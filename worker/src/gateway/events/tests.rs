//! Beacons: every kind of credential, every body.

use super::*;
use crate::access::tests::{NOW, capability, credentials, meta, policy, share, store, with_scope};
use crate::memory::Memory;
use crate::reply::Body;
use crate::store::memory::MemoryStore;
use vitrine_protocol::beacon::Opened;
use vitrine_protocol::{Scope, State};

const VIEW: &[u8] = br#"{"view":true}"#;

async fn post(
    store: &MemoryStore,
    credential: &Credential,
    body: &[u8],
    site: Option<&str>,
) -> Result<(Reply, Beacon), Failure> {
    let memory = Memory::new(1 << 20);
    let policy = policy();
    let library = Library::new(store, &memory, &policy, NOW * 1000);
    answer(&library, share(), credential, Sent { body, site }).await
}

fn code(answer: &Result<(Reply, Beacon), Failure>) -> &str {
    answer.as_ref().map_or_else(|failure| failure.problem.code.as_str(), |_| "ok")
}

/// The same table as the data routes': whoever may read may tell, and nobody else learns anything.
#[tokio::test]
async fn every_scope_every_state_every_credential() {
    for (what, credential, expected) in credentials() {
        for (scope, expected) in [Scope::Authenticated, Scope::Org].into_iter().zip(expected) {
            let here = post(&store(&with_scope(scope)), &credential, VIEW, None).await;
            assert_eq!(code(&here), expected, "{what}, {scope}");
            let nowhere = post(&MemoryStore::default(), &credential, VIEW, None).await;
            let hidden = if expected == "ok" { "share_not_found" } else { expected };
            assert_eq!(code(&nowhere), hidden, "{what}, no share");
            if let (Err(here), Err(nowhere)) = (here, nowhere) {
                assert_eq!(here, nowhere, "{what}, {scope}");
            }
            for state in [State::Suspended, State::Deleted] {
                let withheld = post(&store(&meta(scope, state, 0)), &credential, VIEW, None).await;
                assert_eq!(code(&withheld), hidden, "{what}, {scope}, {state:?}");
            }
        }
        for scope in [Scope::Public, Scope::Unlisted] {
            let open = post(&store(&with_scope(scope)), &credential, VIEW, None).await;
            assert_eq!(code(&open), "ok", "{what}, {scope}");
        }
    }
}

#[tokio::test]
async fn readers_who_were_sent_away_tell_nothing() {
    let store = store(&meta(Scope::Authenticated, State::Active, NOW * 1000));
    let read = capability(Scope::Authenticated, Purpose::Read, NOW + 10);
    assert_eq!(code(&post(&store, &read, VIEW, None).await), "token_revoked");
}

#[tokio::test]
async fn the_answer_is_empty_and_nobodys_to_keep() {
    let (reply, beacon) =
        post(&store(&with_scope(Scope::Public)), &Credential::None, VIEW, None).await.unwrap();
    assert_eq!((reply.status, &reply.body, beacon), (204, &Body::Empty, Beacon::View(Opened)));
    assert_eq!(reply.header_named("cache-control"), Some("no-store"));
    assert_eq!(reply.header_named("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(reply.header_named("access-control-allow-origin"), None);
}

#[tokio::test]
async fn bodies_that_are_no_beacons_are_refused_in_words() {
    let store = store(&with_scope(Scope::Public));
    let mut refusals = Vec::new();
    for body in [
        "",
        "{}",
        "view",
        r#"{"view":false}"#,
        r#"{"view":true,"by":"me"}"#,
        r#"{"error":{"code":"No Such\nCode"}}"#,
        r#"{"error":{"code":"corrupt","stack":"x"}}"#,
        r#"{"error":{"code":"corrupt","path":"a b"}}"#,
    ] {
        let refused = post(&store, &Credential::None, body.as_bytes(), None).await.unwrap_err();
        assert_eq!(refused.problem.code, "invalid_request", "{body}");
        refusals.push(refused.problem.detail);
    }
    insta::assert_snapshot!(refusals.join("\n"));
    let gated = super::tests::store(&with_scope(Scope::Org));
    let refused = post(&gated, &Credential::None, b"", None).await;
    assert_eq!(code(&refused), "share_not_found", "a bad body tells of no share either");
}

#[tokio::test]
async fn pages_of_other_sites_cannot_tell_in_their_readers_names() {
    let store = store(&with_scope(Scope::Public));
    for (site, expected) in [
        (None, "ok"),
        (Some("same-origin"), "ok"),
        (Some("same-site"), "forbidden"),
        (Some("cross-site"), "forbidden"),
        (Some("none"), "forbidden"),
        (Some("nonsense"), "forbidden"),
    ] {
        assert_eq!(code(&post(&store, &Credential::None, VIEW, site).await), expected, "{site:?}");
    }
}

#[tokio::test]
async fn a_view_is_answered_with_the_counters_and_nobody_else_reads_them() {
    let (reply, _) = post(&store(&with_scope(Scope::Public)), &Credential::None, VIEW, None).await.unwrap();
    let counted = counted(&reply, Counters { stars: 3, views: 1001, starred: true });
    assert_eq!(counted.status, 200);
    assert!(matches!(&counted.body, Body::Bytes(bytes) if bytes == br#"{"stars":3,"views":1001}"#));
    for header in &reply.headers {
        assert!(counted.headers.contains(header), "{header:?}");
    }
}
