//! Large blobs in parts over HTTP: many at a time in little room, and what is left of those that are not finished.

use crate::conformance::{api, store, target};
use crate::server::Server;
use bytes::Bytes;
use futures_util::future::try_join_all;
use std::sync::Arc;
use std::time::Duration;
use vitrine::content::read::ReadError;
use vitrine::remote::{Part, PartSource, Remote as _, Session};
use vitrine::room::Room;
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
