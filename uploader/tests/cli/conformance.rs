//! What every remote promises (`vitrine::remote`), checked against each: memory, store and control plane.

use crate::server::{BUCKET, Server, Trouble, share};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use vitrine::content::read::ReadError;
use vitrine::progress::Silent;
use vitrine::remote::api::Api;
use vitrine::remote::memory::Memory;
use vitrine::remote::retry::{Deadlines, RetryPolicy};
use vitrine::remote::s3::{Client, Credentials, Settings, part_size};
use vitrine::remote::store::{ShareUrl, Store};
use vitrine::remote::{Part, PartSource, PutPartsError, Remote, RemoteError, Session, Target};
use vitrine::secret::Secret;
use vitrine_protocol::limits::FORMAT_VERSION;
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::{
    Entries, ErrorCode, Latest, Listing, Manifest, ManifestId, ObjectKey, RootKind, Scope, Sha256,
};

fn quick() -> RetryPolicy {
    RetryPolicy { attempts: 4, base: Duration::from_millis(1), cap: Duration::from_millis(5) }
}

pub(crate) fn settings(server: &Server) -> Settings {
    Settings {
        endpoint: server.endpoint(),
        bucket: BUCKET.to_owned(),
        prefix: String::new(),
        region: "auto".to_owned(),
        retry: quick(),
        deadlines: Deadlines::default(),
        throttle: None,
        journal: None,
    }
}

pub(crate) fn store(server: &Server, key: &str) -> Store {
    store_of(settings(server), key)
}

pub(crate) fn store_of(settings: Settings, key: &str) -> Store {
    let credentials = Credentials {
        access_key_id: key.to_owned(),
        secret_access_key: Secret::new("secret"),
        session_token: None,
    };
    let client = Client::new(settings, credentials, Arc::new(Silent)).unwrap();
    Store::new(client, ShareUrl::Bucket("s3://bucket/".to_owned()), Arc::new(Silent))
}

pub(crate) fn api(server: &Server) -> Api {
    let token = Secret::new("good");
    Api::new(&server.url, &token, "test".to_owned(), Arc::new(Silent), quick(), Deadlines::default()).unwrap()
}

pub(crate) fn target() -> Target {
    Target {
        share: Some(share('e')),
        root_path: "folder".to_owned(),
        nonce: Some("n".repeat(32)),
        ..Target::default()
    }
}

/// Makes an empty snapshot the one that readers see.
pub(crate) async fn commit_nothing(session: &impl Session) {
    let latest = put_manifest(session, 1).await;
    session.commit(&latest).await.unwrap();
}

async fn put_manifest(session: &impl Session, time: u64) -> Latest {
    let manifest = Manifest {
        share_id: session.grant().share_id,
        manifest_id: ManifestId::from_parts(time, [1; 10]),
        created_at: 0,
        root_path: "folder".to_owned(),
        root_kind: RootKind::Dir,
        scope: Scope::Unlisted,
        indexing_opt_in: false,
        file_count: 0,
        size_bytes: 0,
        entry_count: None,
        root: Listing::Inline(Entries::default()),
        index: None,
        blobs: Inventory::Inline(Vec::new()),
    };
    let json = manifest.to_json();
    let hash = Sha256::of(&json);
    let key = ObjectKey::manifest(manifest.share_id, manifest.manifest_id);
    session.put(key, json.into(), hash).await.unwrap();
    Latest {
        version: FORMAT_VERSION,
        share_id: manifest.share_id,
        manifest_id: manifest.manifest_id,
        manifest_hash: hash,
        published_at: 0,
        file_count: 0,
        size_bytes: 0,
    }
}

struct Parts {
    parts: Vec<Bytes>,
    good: bool,
}

impl PartSource for Parts {
    fn count(&self) -> u64 {
        self.parts.len() as u64
    }

    async fn part(&mut self, number: u64) -> Result<Part, ReadError> {
        let bytes = self.parts[usize::try_from(number).unwrap()].clone();
        Ok(Part { hash: Sha256::of(&bytes), bytes, room: None })
    }

    fn check(&mut self) -> Result<(), ReadError> {
        if self.good { Ok(()) } else { Err(ReadError::Unstable { path: "f".to_owned() }) }
    }
}

async fn blobs_are_stored_and_read(session: &impl Session) {
    let key = |bytes: &[u8]| ObjectKey::blob(session.grant().share_id, Sha256::of(bytes));
    let bytes = Bytes::from_static(b"0123456789");
    assert!(session.get(key(&bytes), None, 100).await.unwrap().is_none());
    assert_eq!(session.size_of(key(&bytes)).await.unwrap(), None);
    for _ in 0..2 {
        session.put(key(&bytes), bytes.clone(), Sha256::of(&bytes)).await.unwrap();
    }
    assert_eq!(session.get(key(&bytes), None, 10).await.unwrap().as_ref(), Some(&bytes));
    assert_eq!(session.get(key(&bytes), Some((2, 3)), 3).await.unwrap().as_deref(), Some(b"234".as_slice()));
    assert!(session.get(key(&bytes), None, 9).await.is_err(), "longer than wanted");
    assert_eq!(session.size_of(key(&bytes)).await.unwrap(), Some(10));
    let lie = session.put(key(b"other"), bytes, Sha256::of(b"other")).await;
    assert!(lie.is_err(), "a body that does not hash to its name");
}

async fn large_blobs_go_in_parts(session: &impl Session) {
    let size = 2 * part_size(0) + 5;
    let whole = Bytes::from(vec![7; usize::try_from(size).unwrap()]);
    let length = usize::try_from(part_size(size)).unwrap();
    let key = ObjectKey::blob(session.grant().share_id, Sha256::of(&whole));
    let parts = || whole.chunks(length).map(Bytes::copy_from_slice).collect::<Vec<_>>();
    let bad = session.put_parts(key, size, &mut Parts { parts: parts(), good: false }).await;
    assert!(matches!(bad, Err(PutPartsError::Source(_))));
    assert_eq!(session.size_of(key).await.unwrap(), None, "nothing is left of a bad one");
    session.put_parts(key, size, &mut Parts { parts: parts(), good: true }).await.unwrap();
    assert_eq!(session.get(key, None, size).await.unwrap(), Some(whole));
}

async fn commits_are_exclusive_and_repeatable<R: Remote>(remote: &R) {
    let (first, second) = (remote.begin(&target()).await.unwrap(), remote.begin(&target()).await.unwrap());
    assert_eq!(
        first.grant().base.map(|base| base.manifest_id),
        second.grant().base.map(|base| base.manifest_id)
    );
    let theirs = put_manifest(&second, 2).await;
    let committed = second.commit(&theirs).await.unwrap();
    assert_eq!(committed.latest.manifest_id, theirs.manifest_id);
    assert_eq!(second.commit(&theirs).await.unwrap().latest.manifest_id, theirs.manifest_id, "again");
    let mine = put_manifest(&first, 3).await;
    let error = first.commit(&mine).await.unwrap_err();
    assert!(error.is(ErrorCode::LeaseLost) || error.is(ErrorCode::BaseChanged), "{error:?}");
    first.abort().await.unwrap();
    let third = remote.begin(&target()).await.unwrap();
    assert_eq!(third.grant().base.map(|base| base.manifest_id), Some(theirs.manifest_id));
    assert!(third.renew().await.unwrap() > Duration::from_secs(1));
    third.abort().await.unwrap();
}

async fn conforms<R: Remote>(remote: &R) {
    let session = remote.begin(&target()).await.unwrap();
    blobs_are_stored_and_read(&session).await;
    large_blobs_go_in_parts(&session).await;
    session.abort().await.unwrap();
    commits_are_exclusive_and_repeatable(remote).await;
}

#[tokio::test]
async fn memory_conforms() {
    conforms(&Memory::default()).await;
}

#[tokio::test]
async fn the_store_conforms_also_in_trouble() {
    for trouble in [Trouble::None, Trouble::FailsOnce, Trouble::LosesReplies] {
        let server = Server::start();
        server.set(trouble);
        conforms(&store(&server, "good")).await;
        assert_eq!(server.open_uploads(), usize::from(trouble == Trouble::LosesReplies), "{trouble:?}");
    }
}

#[tokio::test]
async fn the_control_plane_conforms_also_in_trouble() {
    for trouble in [Trouble::None, Trouble::FailsOnce, Trouble::LosesReplies] {
        let server = Server::start();
        server.set(trouble);
        conforms(&api(&server)).await;
    }
}

#[tokio::test]
async fn a_share_is_made_once_even_when_the_reply_is_lost() {
    let server = Server::start();
    server.set(Trouble::LosesReplies);
    let session = api(&server).begin(&Target { share: None, ..target() }).await.unwrap();
    assert!(session.grant().created);
    assert_eq!(server.shares(), 1);
}

#[tokio::test]
async fn wrong_credentials_are_told_at_once() {
    let server = Server::start();
    let error = store(&server, "bad").begin(&target()).await.err().unwrap();
    assert!(matches!(&error, RemoteError::Storage(error) if error.is_denied()), "{error:?}");
}

#[tokio::test]
async fn a_lease_whose_storage_cannot_be_used_is_given_back() {
    let server = Server::start();
    server.break_storage();
    let error = api(&server).begin(&target()).await.err().unwrap();
    assert!(matches!(error, RemoteError::Storage(_)), "{error:?}");
    assert!(server.memory.state().lease.is_none());
}
