//! Which blobs arrived for a publish that is not committed yet, so that the next one does not send them again.
//!
//! Nothing here says that a blob is still there: what nobody references is collected after some days, so callers ask only
//! for what arrived lately.

use super::{State, StateError, loaded, stored};
use rusqlite::params;
use rusqlite::types::Type;
use vitrine_protocol::{Sha256, ShareId};

/// Hash, offset, length.
const CONTENT_BYTES: usize = 32 + 8 + 8;

/// One file's content inside a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackedContent {
    /// The content's own hash.
    pub content: Sha256,
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
}

/// A blob that the store took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its name.
    pub blob: Sha256,
    /// Its length.
    pub size: u64,
    /// What it holds, where it is a pack.
    pub contents: Vec<PackedContent>,
}

impl State {
    /// Notes that a publish of `share` begins. Says whether an earlier one did not end.
    pub fn begin_publish(&self, share: ShareId) -> Result<bool, StateError> {
        self.with("note the publish", |shelf| {
            let sql = "INSERT INTO publishes (share) VALUES (?1) ON CONFLICT DO NOTHING";
            Ok(shelf.connection.execute(sql, params![share.as_str()])? == 0)
        })
    }

    /// Notes that the publish ended well: everything that arrived is known.
    pub fn end_publish(&self, share: ShareId) -> Result<(), StateError> {
        self.with("note the publish's end", |shelf| {
            shelf.connection.execute("DELETE FROM publishes WHERE share = ?1", params![share.as_str()])?;
            Ok(())
        })
    }

    /// Remembers that a blob arrived at the time `now_ms`; of the same blob the later word holds.
    pub fn record_arrived(&self, share: ShareId, arrived: &Arrived, now_ms: i64) -> Result<(), StateError> {
        let contents: Vec<u8> = arrived.contents.iter().flat_map(pack).collect();
        self.with("note a blob", |shelf| {
            let sql = "INSERT INTO arrived (share, blob, size, contents, at) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (share, blob) DO UPDATE
                       SET size = excluded.size, contents = excluded.contents, at = excluded.at";
            let mut statement = shelf.connection.prepare_cached(sql)?;
            let (blob, size) = (arrived.blob.as_bytes(), stored(arrived.size));
            statement.execute(params![share.as_str(), blob, size, contents, now_ms])?;
            Ok(())
        })
    }

    /// The blobs of `share` that arrived at `since_ms` or later, in the order in which they were first noted.
    pub fn arrived(&self, share: ShareId, since_ms: i64) -> Result<Vec<Arrived>, StateError> {
        self.with("read which blobs arrived", |shelf| {
            let sql = "SELECT blob, size, contents FROM arrived WHERE share = ?1 AND at >= ?2 ORDER BY id";
            let mut statement = shelf.connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![share.as_str(), since_ms], |row| {
                let blob = Sha256::from_bytes(row.get(0)?);
                let contents = unpack_all(&row.get::<_, Vec<u8>>(2)?)?;
                Ok(Arrived { blob, size: loaded(row.get(1)?), contents })
            })?;
            rows.collect()
        })
    }

    /// Forgets what arrived for `share`: it is committed, or its store is another.
    pub fn forget_arrived(&self, share: ShareId) -> Result<(), StateError> {
        self.with("forget which blobs arrived", |shelf| {
            shelf.connection.execute("DELETE FROM arrived WHERE share = ?1", params![share.as_str()])?;
            Ok(())
        })
    }
}

fn pack(content: &PackedContent) -> [u8; CONTENT_BYTES] {
    let mut bytes = [0; CONTENT_BYTES];
    bytes[..32].copy_from_slice(content.content.as_bytes());
    bytes[32..40].copy_from_slice(&content.offset.to_le_bytes());
    bytes[40..].copy_from_slice(&content.length.to_le_bytes());
    bytes
}

fn unpack_all(bytes: &[u8]) -> rusqlite::Result<Vec<PackedContent>> {
    let (records, rest) = bytes.as_chunks::<CONTENT_BYTES>();
    let contents = records.iter().map(unpack).collect::<Option<Vec<_>>>();
    match contents {
        Some(contents) if rest.is_empty() => Ok(contents),
        _ => Err(rusqlite::Error::InvalidColumnType(2, "contents".to_owned(), Type::Blob)),
    }
}

fn unpack(record: &[u8; CONTENT_BYTES]) -> Option<PackedContent> {
    let number = |at: usize| Some(u64::from_le_bytes(record.get(at..at + 8)?.try_into().ok()?));
    let content = Sha256::from_bytes(record.get(..32)?.try_into().ok()?);
    Some(PackedContent { content, offset: number(32)?, length: number(40)? })
}
