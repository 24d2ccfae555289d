//! Large blobs in parts over HTTP: many at a time in little room, and what is left of those that are not finished.

use crate::conformance::{store, target};
use crate::server::Server;
use bytes::Bytes;
use futures_util::future::try_join_all;
use std::sync::Arc;
use std::time::Duration;
use vitrine::read::ReadError;
use vitrine::remote::{Part, PartSource, Remote as _, Session as _};
use vitrine::room::Room;
use vitrine_protocol::{ObjectKey, Sha256};

const PART: u64 = 4096;

/// Hands out equal parts, each in its share of a room.
struct Roomy {
    room: Room,
    byte: u8,
    left: u32,
}

impl PartSource for Roomy {
    async fn next(&mut self) -> Result<Option<Part>, ReadError> {
        if self.left == 0 {
            return Ok(None);
        }
        let room = Some(Arc::new(self.room.take(PART).await));
        self.left -= 1;
        let bytes = Bytes::from(vec![self.byte; usize::try_from(PART).unwrap()]);
        Ok(Some(Part { hash: Sha256::of(&bytes), bytes, room }))
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
            session.put_parts(key, u64::from(parts) * PART, &mut Roomy { room, byte, left: parts }).await
        }
    };
    let all = try_join_all((0..16).map(put));
    tokio::time::timeout(Duration::from_secs(30), all).await.expect("nobody waits for ever").unwrap();
    assert_eq!(server.memory.state().puts.len(), 16);
    assert_eq!(server.open_uploads(), 0);
}
