//! Large blobs in parts over HTTP: many at a time in little room, and what is left of those that are not finished.

use crate::conformance::{api, settings, store, store_of, target};
use crate::server::{BUCKET, Server, Trouble};
use bytes::Bytes;
use futures_util::future::try_join_all;
use std::sync::Arc;
use std::time::Duration;
use vitrine::content::read::ReadError;
use vitrine::remote::s3::Settings;
use vitrine::remote::{Part, PartSource, Remote as _, Session};
use vitrine::room::Room;
use vitrine::state::State;
use vitrine_protocol::{ObjectKey, Sha256};

const PART: u64 = 4096;

/// Hands out one part, and then waits for ever.
struct Stuck(bool);

impl PartSource for Stuck {
    fn count(&self) -> u64 {
        2
    }

    async fn part(&mut self, _number: u64) -> Result<Part, ReadError> {
        if std::mem::replace(&mut self.0, true) {
            std::future::pending::<()>().await;
        }
        let bytes = Bytes::from_static(b"part");
        Ok(Part { hash: Sha256::of(&bytes), bytes, room: None })
    }

    fn check(&mut self) -> Result<(), ReadError> {
        Ok(())
    }
}

/// Hands out equal parts, each in its share of a room.
struct Roomy {
    room: Room,
    byte: u8,
    parts: u64,
}

impl PartSource for Roomy {
    fn count(&self) -> u64 {
        self.parts
    }

    async fn part(&mut self, _number: u64) -> Result<Part, ReadError> {
        let room = Some(Arc::new(self.room.take(PART).await));
        let bytes = Bytes::from(vec![self.byte; usize::try_from(PART).unwrap()]);
        Ok(Part { hash: Sha256::of(&bytes), bytes, room })
    }

    fn check(&mut self) -> Result<(), ReadError> {
        Ok(())
    }
}

#[tokio::test]
async fn many_large_blobs_share_a_room_that_is_too_small_for_one_part_of_each() {
    let server = Server::start();
    let session = store(&server, "good").begin(&target()).await.unwrap();
    let (room, parts) = (Room::of(4 * PART), 6);
    let put = |byte: u8| {
        let (session, room) = (&session, room.clone());
        async move {
            let key = ObjectKey::blob(session.grant().share_id, Sha256::of(&[byte]));
            session.put_parts(key, parts * PART, &mut Roomy { room, byte, parts }).await
        }
    };
    let all = try_join_all((0..16).map(put));
    tokio::time::timeout(Duration::from_secs(30), all).await.expect("nobody waits for ever").unwrap();
    assert_eq!(server.memory.state().puts.len(), 16);
    assert_eq!(server.open_uploads(), 0);
}

/// Begins a large blob and drops it on the way.
async fn drop_one(server: &Server, session: &impl Session) {
    let key = ObjectKey::blob(session.grant().share_id, Sha256::of(b"stuck"));
    let mut source = Stuck(false);
    tokio::select! {
        _ = session.put_parts(key, 100, &mut source) => panic!("it waits for ever"),
        () = until(|| server.open_uploads() == 1 && server.parts() == 1) => {}
    }
}

async fn until(done: impl Fn() -> bool) {
    let waited = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), waited).await.expect("it comes to pass");
}

#[tokio::test]
async fn a_blob_that_was_dropped_on_the_way_is_aborted_with_the_lease() {
    let server = Server::start();
    let session = store(&server, "good").begin(&target()).await.unwrap();
    drop_one(&server, &session).await;
    session.abort().await.unwrap();
    assert_eq!(server.open_uploads(), 0);
    let session = api(&server).begin(&target()).await.unwrap();
    drop_one(&server, &session).await;
    session.abort().await.unwrap();
    assert_eq!(server.open_uploads(), 0);
    assert!(server.memory.state().lease.is_none());
}

#[tokio::test]
async fn a_publish_that_is_dropped_aborts_its_blobs() {
    let server = Server::start();
    let session = store(&server, "good").begin(&target()).await.unwrap();
    drop_one(&server, &session).await;
    drop(session);
    until(|| server.open_uploads() == 0).await;
    let session = api(&server).begin(&target()).await.unwrap();
    drop_one(&server, &session).await;
    drop(session);
    until(|| server.open_uploads() == 0).await;
}

/// Hands out parts, says which were asked for, and waits for ever before one of them.
struct Asked {
    numbers: Vec<u64>,
    stuck_at: u64,
}

impl PartSource for Asked {
    fn count(&self) -> u64 {
        4
    }

    async fn part(&mut self, number: u64) -> Result<Part, ReadError> {
        if number == self.stuck_at {
            std::future::pending::<()>().await;
        }
        self.numbers.push(number);
        let bytes = Bytes::from(vec![u8::try_from(number).unwrap(); usize::try_from(PART).unwrap()]);
        Ok(Part { hash: Sha256::of(&bytes), bytes, room: None })
    }

    fn check(&mut self) -> Result<(), ReadError> {
        Ok(())
    }
}

#[tokio::test]
async fn an_upload_in_the_journal_goes_on_with_the_parts_that_arrived() {
    let server = Server::start();
    let temp = tempfile::tempdir().unwrap();
    let journal = State::open(&temp.path().join("state.sqlite")).unwrap();
    let begin = async || {
        let settings = Settings { journal: Some(journal.clone()), ..settings(&server) };
        store_of(settings, "good").begin(&target()).await.unwrap()
    };
    let whole: Vec<u8> = (0..4).flat_map(|n| vec![n; usize::try_from(PART).unwrap()]).collect();
    let session = begin().await;
    let key = ObjectKey::blob(session.grant().share_id, Sha256::of(&whole));
    let mut first = Asked { numbers: Vec::new(), stuck_at: 2 };
    tokio::select! {
        _ = session.put_parts(key, 4 * PART, &mut first) => panic!("it waits for ever"),
        () = until(|| server.parts() == 2) => {}
    }
    session.abort().await.unwrap();
    drop(session);
    assert_eq!(server.open_uploads(), 1, "it waits to go on");
    let session = begin().await;
    let mut rest = Asked { numbers: Vec::new(), stuck_at: 9 };
    session.put_parts(key, 4 * PART, &mut rest).await.unwrap();
    assert!(rest.numbers.ends_with(&[2, 3]) && !rest.numbers.contains(&0), "{:?}", rest.numbers);
    assert_eq!(session.get(key, None, 4 * PART).await.unwrap().as_deref(), Some(whole.as_slice()));
    assert_eq!(server.open_uploads(), 0);
    assert!(journal.uploads(&server.endpoint(), BUCKET, "").unwrap().is_empty());
}

#[tokio::test]
async fn an_upload_that_the_store_forgot_begins_anew_and_stale_ones_are_aborted() {
    let server = Server::start();
    let temp = tempfile::tempdir().unwrap();
    let journal = State::open(&temp.path().join("state.sqlite")).unwrap();
    let settings = Settings { journal: Some(journal.clone()), ..settings(&server) };
    let session = store_of(settings, "good").begin(&target()).await.unwrap();
    let share = session.grant().share_id;
    let [lost, stale] = [b"lost", b"left"].map(|name| ObjectKey::blob(share, Sha256::of(name)));
    for key in [lost, stale] {
        let mut parts = Asked { numbers: Vec::new(), stuck_at: 2 };
        let before = server.parts();
        tokio::select! {
            _ = session.put_parts(key, 4 * PART, &mut parts) => panic!("it waits for ever"),
            () = until(|| server.parts() == before + 2) => {}
        }
    }
    server.forget_upload(&lost.to_string());
    let mut all = Asked { numbers: Vec::new(), stuck_at: 9 };
    session.put_parts(lost, 4 * PART, &mut all).await.unwrap();
    assert!(all.numbers.ends_with(&[0, 1, 2, 3]), "{:?}", all.numbers);
    assert_eq!(server.open_uploads(), 1);
    crate::conformance::commit_nothing(&session).await;
    assert_eq!(server.open_uploads(), 0, "the share is published, and nobody went on with it");
}

#[tokio::test]
async fn an_upload_that_fails_in_the_body_of_its_answer_is_completed_again_or_found_complete() {
    for trouble in [Trouble::FailsInBody, Trouble::FailsInBodyAfterwards] {
        let server = Server::start();
        let session = store(&server, "good").begin(&target()).await.unwrap();
        server.set(trouble);
        let key = ObjectKey::blob(session.grant().share_id, Sha256::of(b"whole"));
        let mut parts = Asked { numbers: Vec::new(), stuck_at: 9 };
        session.put_parts(key, 4 * PART, &mut parts).await.unwrap();
        assert_eq!(server.memory.state().puts.len(), 1, "{trouble:?}");
        assert_eq!(session.size_of(key).await.unwrap(), Some(4 * PART));
        assert_eq!(server.open_uploads(), 0);
    }
}
