//! Who gets in: every data route, every scope and state, every kind of credential.

use super::*;
use crate::gateway::data::Place;
use crate::gateway::route::{Data, Route, Strictness, parse};
use crate::gateway::snapshot::Library;
use crate::gateway::{Ask, data, session};
use crate::memory::{DOCUMENT_FRESH_MS, Memory};
use crate::origin::Origins;
use crate::reply::{Body, Reply};
use crate::store::memory::MemoryStore;
use crate::token::tests::{keys, sign, sign_p256};
use serde_json::{Value, json};
use vitrine_protocol::listing::{Entries, Listing};
use vitrine_protocol::manifest::{Inventory, Manifest, RootKind};
use vitrine_protocol::session::{OpenSession, Session};
use vitrine_protocol::{ContentType, EntryName, Kind, Latest, ManifestId, ObjectKey, Scope, Sha256};

const SHARE: &str = "e0123456789abcdefghjkmnpqr";
const OTHER: &str = "e0000000000000000000000000";
const MANIFEST: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
/// The time of most tests, in seconds.
pub(crate) const NOW: i64 = 1_700_000_000;

pub(crate) fn policy() -> Policy {
    Policy {
        keys: keys(),
        issuers: vec!["app".into()],
        secrets: capability::tests::secrets(1),
        capability_seconds: 900,
        session_seconds: 14_400,
    }
}

pub(crate) fn share() -> ShareId {
    SHARE.parse().unwrap()
}

fn org_of(scope: Scope) -> Option<String> {
    (scope == Scope::Org).then(|| "org-1".into())
}

pub(crate) fn meta(scope: Scope, state: State, valid_after: i64) -> Meta {
    Meta {
        version: 1,
        share_id: share(),
        scope,
        org_id: org_of(scope),
        state,
        title: "Secret title".into(),
        description: String::new(),
        license: String::new(),
        owner: None,
        slug: None,
        indexing_opt_in: false,
        tokens_valid_after: valid_after,
        updated_at: 0,
    }
}

/// The `meta.json` of an ordinary share.
pub(crate) fn with_scope(scope: Scope) -> Meta {
    meta(scope, State::Active, 0)
}

/// A share with one HTML file.
pub(crate) fn store(meta: &Meta) -> MemoryStore {
    let store = MemoryStore::default();
    let manifest_id: ManifestId = MANIFEST.parse().unwrap();
    let file = vitrine_protocol::File {
        name: EntryName::new("a.html").unwrap(),
        hash: Sha256::of(b"<p>"),
        size: 3,
        mtime: 0,
        crc32: 0,
        content_type: ContentType::parse("text/html").unwrap(),
        kind: Kind::Html,
        extents: None,
        chunks: None,
    };
    let manifest = Manifest {
        share_id: share(),
        manifest_id,
        created_at: 0,
        root_path: String::new(),
        root_kind: RootKind::Dir,
        scope: meta.scope,
        indexing_opt_in: false,
        file_count: 1,
        size_bytes: 3,
        entry_count: None,
        root: Listing::Inline(Entries::new(vec![file], Vec::new(), Vec::new()).unwrap()),
        index: None,
        blobs: Inventory::Inline(Vec::new()),
    };
    let bytes = manifest.to_json();
    let latest = Latest {
        version: 1,
        share_id: share(),
        manifest_id,
        manifest_hash: Sha256::of(&bytes),
        published_at: 5,
        file_count: 1,
        size_bytes: 3,
    };
    store.insert(ObjectKey::blob(share(), Sha256::of(b"<p>")), *b"<p>");
    store.insert(ObjectKey::manifest(share(), manifest_id), bytes);
    store.insert(ObjectKey::latest(share()), latest.to_json());
    store.insert(ObjectKey::meta(share()), meta.to_json());
    store
}

fn claims(scope: Scope) -> Value {
    let mut claims = json!({
        "iss": "app", "aud": VIEWER_AUDIENCE, "sub": "reader", "share_id": SHARE, "scope": scope,
        "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 600, "jti": "j1",
    });
    if let Some(org) = org_of(scope) {
        claims["org_id"] = org.into();
    }
    claims
}

pub(crate) fn token(scope: Scope) -> String {
    sign("k1", claims(scope))
}

/// A token whose claims differ from the good ones.
fn token_with(scope: Scope, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = claims(scope);
    change(&mut claims);
    sign("k1", claims)
}

pub(crate) fn capability(scope: Scope, purpose: Purpose, expires: i64) -> Credential {
    let org = org_of(scope);
    let audience = Audience::new(scope, org.as_deref());
    let grant = Grant { purpose, issued: seconds(NOW - 60), expires: seconds(expires), audience };
    let text = policy().secrets.sign(share(), &grant);
    Credential::read(&text, None)
}

async fn ask(
    store: &MemoryStore,
    place: Place,
    rest: &str,
    credential: &Credential,
) -> Result<Reply, Failure> {
    let memory = Memory::new(1 << 20);
    let policy = policy();
    let library = Library::new(store, &memory, &policy, NOW * 1000);
    let Route::Data { share, data, .. } = parse(&format!("/~/{SHARE}/{rest}")) else { panic!("{rest}") };
    data::answer(&library, &Origins::example(), place, share, &data, credential, &Ask::default()).await
}

fn code(answer: &Result<Reply, Failure>) -> &str {
    answer.as_ref().map_or_else(|failure| failure.problem.code.as_str(), |_| "ok")
}

/// Every data route of the share origin.
pub(crate) fn routes() -> Vec<String> {
    vec![
        "latest.json".into(),
        "meta.json".into(),
        format!("manifests/{MANIFEST}.json"),
        format!("blobs/{}", Sha256::of(b"<p>")),
        format!("extents/{}/1/2", Sha256::of(b"<p>")),
        format!("files/{MANIFEST}/a.html"),
        "raw/a.html".into(),
        format!("zip/{MANIFEST}/"),
    ]
}

#[test]
fn the_table_of_routes_is_whole() {
    // A new variant of `Data` fails here until the table above has it.
    let kinds = |data: &Data| match data {
        Data::Latest => 0,
        Data::Meta => 1,
        Data::Manifest(_) => 2,
        Data::Blob(_) => 3,
        Data::File(..) => 4,
        Data::Raw(_) => 5,
        Data::Zip(..) => 6,
        Data::Extent(_) => 7,
    };
    let seen: Vec<_> = routes()
        .iter()
        .map(|rest| match parse(&format!("/~/{SHARE}/{rest}")) {
            Route::Data { data, .. } => kinds(&data),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, [0, 1, 2, 3, 7, 4, 5, 6]);
}

/// What each kind of credential gets from a share for those who are signed in, and from one for an organisation; the same on
/// every route.
pub(crate) fn credentials() -> Vec<(&'static str, Credential, [&'static str; 2])> {
    use Scope::{Authenticated, Org, Public, Unlisted};
    let bearer = |token: String| Credential::read("", Some(&format!("Bearer {token}")));
    let good = |scope| bearer(token(scope));
    let read = |scope| capability(scope, Purpose::Read, NOW + 10);
    vec![
        // (what, credential, [authenticated, org])
        ("nothing", Credential::None, ["share_not_found", "share_not_found"]),
        ("a token for authenticated", good(Authenticated), ["ok", "share_not_found"]),
        ("a token for the organisation", good(Org), ["share_not_found", "ok"]),
        ("a token for public", good(Public), ["share_not_found", "share_not_found"]),
        ("a token for unlisted", good(Unlisted), ["share_not_found", "share_not_found"]),
        (
            "another organisation's token",
            bearer(token_with(Org, |c| c["org_id"] = "org-2".into())),
            ["share_not_found", "share_not_found"],
        ),
        (
            "a token without its organisation",
            bearer(token_with(Org, |c| c["org_id"] = Value::Null)),
            ["share_not_found", "share_not_found"],
        ),
        ("a capability for authenticated", read(Authenticated), ["ok", "share_not_found"]),
        ("a capability for the organisation", read(Org), ["share_not_found", "ok"]),
        ("an ES256 token", bearer(sign_p256("k2", claims(Authenticated))), ["ok", "share_not_found"]),
        (
            "an expired token",
            bearer(token_with(Authenticated, |c| c["exp"] = (NOW - 31).into())),
            ["token_expired"; 2],
        ),
        (
            "a token of the future",
            bearer(token_with(Authenticated, |c| c["nbf"] = (NOW + 31).into())),
            ["invalid_token"; 2],
        ),
        (
            "a token minted later",
            bearer(token_with(Authenticated, |c| c["iat"] = (NOW + 31).into())),
            ["invalid_token"; 2],
        ),
        (
            "a token for an hour",
            bearer(token_with(Authenticated, |c| c["exp"] = (NOW + 3600).into())),
            ["invalid_token"; 2],
        ),
        (
            "a token without exp",
            bearer(token_with(Authenticated, |c| remove(c, "exp"))),
            ["invalid_token"; 2],
        ),
        (
            "a token without iat",
            bearer(token_with(Authenticated, |c| remove(c, "iat"))),
            ["invalid_token"; 2],
        ),
        (
            "a token without nbf",
            bearer(token_with(Authenticated, |c| remove(c, "nbf"))),
            ["invalid_token"; 2],
        ),
        (
            "a token without jti",
            bearer(token_with(Authenticated, |c| remove(c, "jti"))),
            ["invalid_token"; 2],
        ),
        (
            "a token with an empty jti",
            bearer(token_with(Authenticated, |c| c["jti"] = "".into())),
            ["invalid_token"; 2],
        ),
        (
            "a token without sub",
            bearer(token_with(Authenticated, |c| remove(c, "sub"))),
            ["invalid_token"; 2],
        ),
        (
            "a token of nobody",
            bearer(token_with(Authenticated, |c| c["sub"] = "".into())),
            ["invalid_token"; 2],
        ),
        (
            "a token of another issuer",
            bearer(token_with(Authenticated, |c| c["iss"] = "b".into())),
            ["invalid_token"; 2],
        ),
        (
            "a token for another service",
            bearer(token_with(Authenticated, |c| c["aud"] = "vitrine-api".into())),
            ["invalid_token"; 2],
        ),
        (
            "a token for another share",
            bearer(token_with(Authenticated, |c| c["share_id"] = OTHER.into())),
            ["invalid_token"; 2],
        ),
        ("a token of an unknown key", bearer(sign("k9", claims(Authenticated))), ["invalid_token"; 2]),
        (
            "a token under another algorithm's key",
            bearer(sign("k2", claims(Authenticated))),
            ["invalid_token"; 2],
        ),
        ("an endless token", bearer("x".repeat(5000)), ["invalid_token"; 2]),
        ("no token at all", bearer("a.b.c".into()), ["invalid_token"; 2]),
        ("another scheme", Credential::read("", Some("Basic YTpi")), ["invalid_token"; 2]),
        ("no capability at all", Credential::read("abc", None), ["invalid_token"; 2]),
        ("a frame's capability", capability(Authenticated, Purpose::Frame, NOW + 10), ["invalid_token"; 2]),
        ("a renewal", capability(Authenticated, Purpose::Renew, NOW + 10), ["invalid_token"; 2]),
        ("an expired capability", capability(Authenticated, Purpose::Read, NOW), ["token_expired"; 2]),
    ]
}

#[tokio::test]
async fn every_route_every_scope_every_credential() {
    use Scope::{Authenticated, Org, Public, Unlisted};
    let table = credentials();
    for rest in routes() {
        for (what, credential, expected) in &table {
            for (scope, expected) in [Authenticated, Org].into_iter().zip(expected) {
                let active = store(&meta(scope, State::Active, 0));
                let answer = ask(&active, Place::Share, &rest, credential).await;
                assert_eq!(code(&answer), *expected, "{what} on {rest} of {scope}");
                if let Ok(reply) = answer {
                    assert!(reply.header_named("cache-control").unwrap().starts_with("private, "), "{rest}");
                }
                // A share that is not there gives away nothing: the same answer, whole, unless it was let in.
                let nowhere = ask(&MemoryStore::default(), Place::Share, &rest, credential).await;
                let expected = if *expected == "ok" { "share_not_found" } else { expected };
                assert_eq!(code(&nowhere), expected, "{what} on {rest} of nothing");
                if let (Err(here), Err(there)) =
                    (ask(&active, Place::Share, &rest, credential).await, nowhere)
                {
                    assert_eq!(here, there, "{what} on {rest} of {scope}");
                }
                for state in [State::Suspended, State::Deleted] {
                    let withheld = store(&meta(scope, state, 0));
                    let answer = ask(&withheld, Place::Share, &rest, credential).await;
                    assert_eq!(code(&answer), expected, "{what} on {rest} of {scope}, {state:?}");
                }
            }
            for scope in [Public, Unlisted] {
                let open = store(&meta(scope, State::Active, 0));
                let answer = ask(&open, Place::Share, &rest, credential).await;
                assert_eq!(code(&answer), "ok", "{what} on {rest} of {scope}");
                assert!(
                    answer.unwrap().header_named("cache-control").unwrap().starts_with("public, "),
                    "{rest}"
                );
            }
        }
    }
}

fn remove(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name);
}

#[tokio::test]
async fn the_frame_origin_takes_its_own_capability_alone() {
    let gated = store(&meta(Scope::Authenticated, State::Active, 0));
    let rest = format!("files/{MANIFEST}/a.html");
    for (purpose, expected) in
        [(Purpose::Frame, "ok"), (Purpose::Read, "invalid_token"), (Purpose::Renew, "invalid_token")]
    {
        let credential = capability(Scope::Authenticated, purpose, NOW + 10);
        assert_eq!(
            code(&ask(&gated, Place::Frame(Strictness::Strict), &rest, &credential).await),
            expected,
            "{purpose:?}"
        );
    }
    assert_eq!(
        code(&ask(&gated, Place::Frame(Strictness::Strict), &rest, &Credential::None).await),
        "share_not_found"
    );
    // Where documents may talk to the world, nothing gated is served, whatever is shown.
    let framed = capability(Scope::Authenticated, Purpose::Frame, NOW + 10);
    assert_eq!(code(&ask(&gated, Place::Frame(Strictness::Open), &rest, &framed).await), "share_not_found");
}

async fn exchange(
    store: &MemoryStore,
    memory: &Memory,
    now: i64,
    asked: OpenSession,
) -> Result<Session, Failure> {
    let policy = policy();
    let library = Library::new(store, memory, &policy, now * 1000);
    let reply = session::answer(&library, share(), &asked).await?;
    assert_eq!(reply.header_named("cache-control"), Some("no-store"));
    assert_eq!(reply.header_named("access-control-allow-origin"), None);
    let Body::Bytes(bytes) = reply.body else { panic!("a document") };
    Ok(serde_json::from_slice(&bytes).unwrap())
}

/// Reads with a capability at a moment.
async fn read_at(store: &MemoryStore, memory: &Memory, now: i64, capability: &str) -> String {
    let policy = policy();
    let library = Library::new(store, memory, &policy, now * 1000);
    let Route::Data { capability, share, data } = parse(&format!("/~{capability}/{SHARE}/latest.json"))
    else {
        panic!("no route")
    };
    let credential = Credential::read(&capability, None);
    let answer =
        data::answer(&library, &Origins::example(), Place::Share, share, &data, &credential, &Ask::default())
            .await;
    code(&answer).to_owned()
}

#[tokio::test]
async fn a_session_is_renewed_until_its_end_and_not_longer() {
    let gated = store(&meta(Scope::Org, State::Active, 0));
    let memory = Memory::new(1 << 20);
    let minted = NOW - 60;
    let mut session = exchange(&gated, &memory, NOW, OpenSession::Token(token(Scope::Org))).await.unwrap();
    assert_eq!((session.expires_at, session.expires_in_ms), ((NOW + 900) * 1000, 900_000));
    let mut now = NOW;
    let mut renewals = 0;
    while let Some(renewal) = session.renewal.clone() {
        assert_eq!(read_at(&gated, &memory, now, &session.capability).await, "ok");
        assert_eq!(
            read_at(&gated, &memory, session.expires_at / 1000, &session.capability).await,
            "token_expired"
        );
        assert_eq!(read_at(&gated, &memory, now, &renewal).await, "invalid_token", "it is no capability");
        now += 600;
        session = exchange(&gated, &memory, now, OpenSession::Renewal(renewal)).await.unwrap();
        renewals += 1;
    }
    assert!(renewals * 600 > 2 * 3600, "a film of two hours plays through");
    assert_eq!(session.expires_at / 1000, minted + 14_400, "four hours after the token was minted");
}

#[tokio::test]
async fn exchanges_are_refused_with_the_one_right_code() {
    let memory = || Memory::new(1 << 20);
    let gated = store(&meta(Scope::Org, State::Active, 0));
    let code = async |store: &MemoryStore, asked: OpenSession| {
        exchange(store, &memory(), NOW, asked).await.map(|_| ()).unwrap_err().problem.code
    };
    let text = |purpose, expires| match capability(Scope::Org, purpose, expires) {
        Credential::Capability(_) => {
            let audience = Audience::new(Scope::Org, Some("org-1"));
            let grant = Grant { purpose, issued: seconds(NOW - 60), expires: seconds(expires), audience };
            policy().secrets.sign(share(), &grant)
        }
        other => panic!("{other:?}"),
    };
    for (asked, expected) in [
        (OpenSession::Token(String::new()), "invalid_token"),
        (OpenSession::Token("a.b.c".into()), "invalid_token"),
        (OpenSession::Token(token(Scope::Authenticated)), "share_not_found"),
        (OpenSession::Token(token_with(Scope::Org, |c| c["exp"] = (NOW - 31).into())), "token_expired"),
        (OpenSession::Renewal(String::new()), "invalid_token"),
        (OpenSession::Renewal(text(Purpose::Read, NOW + 10)), "invalid_token"),
        (OpenSession::Renewal(text(Purpose::Frame, NOW + 10)), "invalid_token"),
        (OpenSession::Renewal(text(Purpose::Renew, NOW)), "token_expired"),
    ] {
        assert_eq!(code(&gated, asked.clone()).await, expected, "{asked:?}");
        // The same where there is no such share.
        assert_eq!(code(&MemoryStore::default(), asked).await, expected);
    }
    let revoked = store(&meta(Scope::Org, State::Active, NOW * 1000));
    assert_eq!(code(&revoked, OpenSession::Token(token(Scope::Org))).await, "token_revoked");
    assert_eq!(code(&revoked, OpenSession::Renewal(text(Purpose::Renew, NOW + 10))).await, "token_revoked");
    for body in [&b""[..], b"{}", b"{\"token\":1}", b"[1]", b"\xff"] {
        assert_eq!(session::read(body).unwrap_err().problem.code, "invalid_request");
    }
}

/// Whatever is changed about a share is heard of within a minute, by a reader who asked the moment before.
#[tokio::test]
async fn changes_take_effect_in_time() {
    const WITHIN: i64 = 60;
    const { assert!(DOCUMENT_FRESH_MS < WITHIN * 1000) };
    let before = meta(Scope::Authenticated, State::Active, 0);
    for (what, after, expected) in [
        ("suspended", meta(Scope::Authenticated, State::Suspended, 0), "share_not_found"),
        ("deleted", meta(Scope::Authenticated, State::Deleted, 0), "share_not_found"),
        ("revoked", meta(Scope::Authenticated, State::Active, NOW * 1000), "token_revoked"),
        ("another scope", meta(Scope::Org, State::Active, 0), "share_not_found"),
        ("opened", meta(Scope::Public, State::Active, 0), "ok"),
    ] {
        let (gated, memory) = (store(&before), Memory::new(1 << 20));
        let session =
            exchange(&gated, &memory, NOW, OpenSession::Token(token(Scope::Authenticated))).await.unwrap();
        assert_eq!(read_at(&gated, &memory, NOW, &session.capability).await, "ok");
        gated.insert(ObjectKey::meta(share()), after.to_json());
        let later = NOW + DOCUMENT_FRESH_MS / 1000;
        assert_eq!(read_at(&gated, &memory, later, &session.capability).await, expected, "{what}");
    }
}

#[tokio::test]
async fn keys_rotate_without_a_gap() {
    let gated = store(&meta(Scope::Authenticated, State::Active, 0));
    let memory = Memory::new(1 << 20);
    let verify = async |keys: crate::token::KeySet, token: String| {
        let policy = Policy { keys, ..policy() };
        let library = Library::new(&gated, &memory, &policy, NOW * 1000);
        session::answer(&library, share(), &OpenSession::Token(token)).await.is_ok()
    };
    let (old, new) = (token(Scope::Authenticated), sign_p256("k2", claims(Scope::Authenticated)));
    let only = crate::token::tests::only;
    assert!(verify(only(&["k1"]), old.clone()).await && !verify(only(&["k1"]), new.clone()).await);
    assert!(verify(only(&["k1", "k2"]), old.clone()).await && verify(only(&["k1", "k2"]), new.clone()).await);
    assert!(!verify(only(&["k2"]), old).await && verify(only(&["k2"]), new).await);
}

/// A damaged `meta.json` may belong to anybody's share.
#[tokio::test]
async fn damage_gives_nothing_away() {
    let damaged = store(&meta(Scope::Org, State::Active, 0));
    damaged.insert(ObjectKey::meta(share()), "{");
    let answer = ask(&damaged, Place::Share, "latest.json", &Credential::None).await.unwrap_err();
    assert_eq!(answer.problem, Failure::share_not_found().problem);
    assert!(answer.log.is_some(), "the operator hears of it");
}
