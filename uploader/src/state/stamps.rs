//! How the files of a share looked on this disk (inode and time of change) when a snapshot of it was made.
//!
//! Stamps are read directory by directory and say something only after [`State::stamps_match`] found that they belong to
//! the snapshot, the device and the folder in question; when another process replaces them afterwards they fall silent.

use super::{Generation, State, StateError, loaded};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, params};
use vitrine_protocol::{EntryPath, ManifestId, Sha256, ShareId};

/// CRC-32 of the name, inode, time of change in nanoseconds.
pub(super) const RECORD_BYTES: usize = 4 + 8 + 8;

/// What identifies a directory in the tables: enough of a hash of its path that no two are ever the same.
pub(super) const DIR_KEY_BYTES: usize = 16;

pub(super) fn dir_key(dir: &EntryPath) -> [u8; DIR_KEY_BYTES] {
    let digest = Sha256::of(dir.to_string().as_bytes());
    let mut key = [0; DIR_KEY_BYTES];
    key.copy_from_slice(&digest.as_bytes()[..DIR_KEY_BYTES]);
    key
}

/// The stamps of one directory: twenty bytes a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirStamps {
    /// Each sorted by its records' first four bytes.
    rows: Vec<Vec<u8>>,
}

impl DirStamps {
    /// How many files are remembered.
    pub fn len(&self) -> usize {
        self.rows.iter().map(|row| row.len() / RECORD_BYTES).sum()
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Inode and time of change (in nanoseconds) of the file `name` when the snapshot was made.
    ///
    /// Ask only for names that the snapshot has: a name is known by its CRC-32. Where two names have the same, neither is
    /// found.
    pub fn find(&self, name: &str) -> Option<(u64, i64)> {
        let key = crc32fast::hash(name.as_bytes());
        let mut found = self.rows.iter().flat_map(|row| find_in(row, key));
        let record = found.next()?;
        found.next().is_none().then(|| unpack(record)).flatten()
    }
}

/// All records of `key`, which stand side by side.
fn find_in(row: &[u8], key: u32) -> impl Iterator<Item = &[u8; RECORD_BYTES]> {
    let (records, _) = row.as_chunks::<RECORD_BYTES>();
    let first = records.partition_point(|record| key_of(record) < key);
    records.get(first..).unwrap_or_default().iter().take_while(move |record| key_of(record) == key)
}

pub(super) fn key_of(record: &[u8; RECORD_BYTES]) -> u32 {
    let [a, b, c, d, ..] = *record;
    u32::from_le_bytes([a, b, c, d])
}

pub(super) fn pack(name: &str, inode: u64, ctime_ns: i64) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    record[..4].copy_from_slice(&crc32fast::hash(name.as_bytes()).to_le_bytes());
    record[4..12].copy_from_slice(&inode.to_le_bytes());
    record[12..].copy_from_slice(&ctime_ns.to_le_bytes());
    record
}

fn unpack(record: &[u8; RECORD_BYTES]) -> Option<(u64, i64)> {
    let inode = record.get(4..12)?.try_into().ok()?;
    let ctime = record.get(12..)?.try_into().ok()?;
    Some((u64::from_le_bytes(inode), i64::from_le_bytes(ctime)))
}

impl State {
    /// Whether the stamps that are kept of `share` belong to this snapshot, seen on this device below this path.
    ///
    /// Only after a yes does [`State::dir_stamps`] answer, and may [`State::begin_stamps`] keep what is there.
    pub fn stamps_match(
        &self,
        share: ShareId,
        manifest: ManifestId,
        device: u64,
        root: &str,
    ) -> Result<bool, StateError> {
        self.with("find the stamps", |shelf| {
            let sql = "SELECT id, generation, manifest, device, root FROM stamp_sets WHERE share = ?1";
            let found = shelf
                .connection
                .prepare_cached(sql)?
                .query_row(params![share.as_str()], |row| {
                    let whose = (row.get(2)?, row.get::<_, Option<i64>>(3)?.map(loaded), row.get(4)?);
                    Ok((Generation { set: row.get(0)?, number: row.get(1)? }, whose))
                })
                .optional()?;
            let wanted = (Some(manifest.to_string()), Some(device), Some(root.to_owned()));
            let matching = found.filter(|(_, whose)| *whose == wanted).map(|(generation, _)| generation);
            match matching {
                Some(generation) => shelf.pinned.insert(share, generation),
                None => shelf.pinned.remove(&share),
            };
            Ok(matching.is_some())
        })
    }

    /// The stamps of the directory; `None` when there are none, or not those that matched.
    pub fn dir_stamps(&self, share: ShareId, dir: &EntryPath) -> Result<Option<DirStamps>, StateError> {
        let key = dir_key(dir);
        self.with("read the stamps", |shelf| {
            let Some(pinned) = shelf.pinned.get(&share) else { return Ok(None) };
            let sql = "SELECT s.records FROM stamps s JOIN stamp_sets t ON t.id = s.stamp_set
                       WHERE s.stamp_set = ?1 AND s.dir = ?2 AND s.generation <= ?3 AND t.generation = ?3
                       ORDER BY s.id";
            let mut statement = shelf.connection.prepare_cached(sql)?;
            let rows =
                statement.query_map(params![pinned.set, key, pinned.number], |row| whole_records(row, 0))?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok((!rows.is_empty()).then_some(DirStamps { rows }))
        })
    }
}

/// A row's packed records. Refuses a length that is not a multiple of theirs.
fn whole_records(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Vec<u8>> {
    let bytes: Vec<u8> = row.get(column)?;
    if bytes.len().is_multiple_of(RECORD_BYTES) {
        return Ok(bytes);
    }
    Err(rusqlite::Error::InvalidColumnType(column, "records".to_owned(), Type::Blob))
}
