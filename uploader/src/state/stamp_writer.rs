//! Writes a share's stamps beside those that are valid, and makes them valid in one step.
//!
//! New rows carry the writer's number, which is above the set's generation until [`StampWriter::finish`] raises it; so a
//! writer that is dropped or killed at any moment leaves the old stamps as they were. Directories that did not change are
//! only named. Who begins last wins: an earlier writer of the same share finds itself superseded.

use super::stamps::{DIR_KEY_BYTES, RECORD_BYTES, dir_key, key_of, pack};
use super::{Generation, State, StateError, stored};
use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};
use vitrine_protocol::{EntryPath, ManifestId, ShareId};

/// Records in one row: 1.25 MiB. A wider directory takes several.
const ROW_RECORDS_MAX: usize = 65_536;
/// Bytes collected before they are written in one transaction.
const BATCH_BYTES: usize = 2 << 20;

/// Collects the stamps of one publish.
#[derive(Debug)]
pub struct StampWriter {
    state: State,
    share: ShareId,
    /// The set, and the number that it will have.
    next: Generation,
    /// Whether what is there may be kept.
    keeps: bool,
    rows: Vec<([u8; DIR_KEY_BYTES], Vec<u8>)>,
    kept: Vec<[u8; DIR_KEY_BYTES]>,
    bytes: usize,
    finished: bool,
}

impl State {
    /// Begins to write the stamps of `share`. What an earlier writer left unfinished is removed.
    pub fn begin_stamps(&self, share: ShareId) -> Result<StampWriter, StateError> {
        let (next, keeps) = self.with("begin the stamps", |shelf| {
            let pinned = shelf.pinned.get(&share).copied();
            let transaction = shelf.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let current = current_set(&transaction, share)?;
            remove_unfinished(&transaction, current.set)?;
            let insert = "INSERT INTO stamp_writers (stamp_set) VALUES (?1) RETURNING generation";
            let number = transaction.query_row(insert, params![current.set], |row| row.get(0))?;
            transaction.commit()?;
            Ok((Generation { set: current.set, number }, pinned == Some(current)))
        })?;
        let (rows, kept) = (Vec::new(), Vec::new());
        Ok(StampWriter { state: self.clone(), share, next, keeps, rows, kept, bytes: 0, finished: false })
    }
}

/// The share's set, made when there is none.
fn current_set(transaction: &Transaction<'_>, share: ShareId) -> rusqlite::Result<Generation> {
    let insert = "INSERT INTO stamp_sets (share, generation) VALUES (?1, 0) ON CONFLICT DO NOTHING";
    transaction.execute(insert, params![share.as_str()])?;
    let select = "SELECT id, generation FROM stamp_sets WHERE share = ?1";
    transaction.query_row(select, params![share.as_str()], |row| {
        Ok(Generation { set: row.get(0)?, number: row.get(1)? })
    })
}

/// Removes the set's writer, if it has one, and the rows that it wrote.
fn remove_unfinished(transaction: &Transaction<'_>, set: i64) -> rusqlite::Result<()> {
    let delete = "DELETE FROM stamp_writers WHERE stamp_set = ?1 RETURNING generation";
    let unfinished: Option<i64> = transaction.query_row(delete, params![set], |row| row.get(0)).optional()?;
    if let Some(number) = unfinished {
        let stamps = "DELETE FROM stamps WHERE stamp_set = ?1 AND generation = ?2";
        transaction.execute(stamps, params![set, number])?;
        transaction.execute("DELETE FROM stamps_kept WHERE generation = ?1", params![number])?;
    }
    Ok(())
}

impl StampWriter {
    /// Adds files of a directory: name, inode, time of change in nanoseconds. A wide directory may come in several calls.
    /// Leave out files that changed so lately that a further change would not show.
    pub fn dir(&mut self, dir: &EntryPath, records: &[(&str, u64, i64)]) -> Result<(), StateError> {
        let key = dir_key(dir);
        if records.is_empty() {
            self.push(key, Vec::new())?;
        }
        for part in records.chunks(ROW_RECORDS_MAX) {
            let mut packed: Vec<_> =
                part.iter().map(|(name, inode, ctime)| pack(name, *inode, *ctime)).collect();
            packed.sort_unstable_by_key(key_of);
            self.push(key, packed.into_flattened())?;
        }
        Ok(())
    }

    fn push(&mut self, key: [u8; DIR_KEY_BYTES], row: Vec<u8>) -> Result<(), StateError> {
        self.bytes += row.len() + DIR_KEY_BYTES + RECORD_BYTES;
        self.rows.push((key, row));
        self.flush_above(BATCH_BYTES)
    }

    /// Keeps what is there of a directory whose files all look as before. [`StampWriter::dir`] for the same one overrules it.
    pub fn keep_dir(&mut self, dir: &EntryPath) -> Result<(), StateError> {
        if !self.keeps {
            return Ok(());
        }
        self.kept.push(dir_key(dir));
        self.bytes += 2 * DIR_KEY_BYTES;
        self.flush_above(BATCH_BYTES)
    }

    pub(super) fn flush_above(&mut self, limit: usize) -> Result<(), StateError> {
        if self.bytes <= limit {
            return Ok(());
        }
        self.in_transaction("write the stamps", |_, _| Ok(()))
    }

    /// Makes what was written and kept the share's stamps, as of this snapshot, device and folder; forgets the rest.
    pub fn finish(mut self, manifest: ManifestId, device: u64, root: &str) -> Result<(), StateError> {
        let keeps = self.keeps;
        self.in_transaction("finish the stamps", |transaction, next| {
            remove_replaced(transaction, next, keeps)?;
            let whose =
                "UPDATE stamp_sets SET generation = ?2, manifest = ?3, device = ?4, root = ?5 WHERE id = ?1";
            let device = stored(device);
            transaction.execute(whose, params![next.set, next.number, manifest.to_string(), device, root])?;
            transaction.execute("DELETE FROM stamps_kept WHERE generation = ?1", params![next.number])?;
            transaction.execute("DELETE FROM stamp_writers WHERE generation = ?1", params![next.number])?;
            Ok(())
        })?;
        self.finished = true;
        Ok(())
    }

    /// Writes what was collected and then does `more`, all or nothing, unless another writer began since.
    fn in_transaction(
        &mut self,
        what: &'static str,
        more: impl FnOnce(&Transaction<'_>, Generation) -> rusqlite::Result<()>,
    ) -> Result<(), StateError> {
        let (next, share) = (self.next, self.share);
        let mut rows = std::mem::take(&mut self.rows);
        let mut kept = std::mem::take(&mut self.kept);
        self.bytes = 0;
        // Neighbours in the index are written together.
        rows.sort_by_key(|(key, _)| *key);
        kept.sort_unstable();
        let alive = self.state.with(what, |shelf| {
            let transaction = shelf.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if !is_alive(&transaction, next)? {
                return Ok(false);
            }
            write(&transaction, next, &rows, &kept)?;
            more(&transaction, next)?;
            transaction.commit()?;
            Ok(true)
        })?;
        if alive { Ok(()) } else { Err(StateError::Superseded { share }) }
    }
}

impl Drop for StampWriter {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // What cannot be removed now is removed by the next writer.
        let _ = self.state.with("drop the stamps", |shelf| {
            let transaction = shelf.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if is_alive(&transaction, self.next)? {
                remove_unfinished(&transaction, self.next.set)?;
            }
            transaction.commit()
        });
    }
}

fn is_alive(transaction: &Transaction<'_>, next: Generation) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM stamp_writers WHERE stamp_set = ?1 AND generation = ?2";
    transaction.prepare_cached(sql)?.exists(params![next.set, next.number])
}

fn write(
    transaction: &Transaction<'_>,
    next: Generation,
    rows: &[([u8; DIR_KEY_BYTES], Vec<u8>)],
    kept: &[[u8; DIR_KEY_BYTES]],
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO stamps (stamp_set, dir, generation, records) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = transaction.prepare_cached(sql)?;
    for (dir, records) in rows {
        insert.execute(params![next.set, dir, next.number, records])?;
    }
    let sql = "INSERT INTO stamps_kept (generation, dir) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let mut keep = transaction.prepare_cached(sql)?;
    for dir in kept {
        keep.execute(params![next.number, dir])?;
    }
    Ok(())
}

/// Removes the older rows of directories that were written anew, or not kept.
fn remove_replaced(transaction: &Transaction<'_>, next: Generation, keeps: bool) -> rusqlite::Result<()> {
    if !keeps {
        let all = "DELETE FROM stamps WHERE stamp_set = ?1 AND generation <> ?2";
        transaction.execute(all, params![next.set, next.number])?;
        return Ok(());
    }
    let sql = "DELETE FROM stamps WHERE stamp_set = ?1 AND generation <> ?2 AND (
                 NOT EXISTS (SELECT 1 FROM stamps_kept k WHERE k.generation = ?2 AND k.dir = stamps.dir)
                 OR EXISTS (SELECT 1 FROM stamps n
                            WHERE n.stamp_set = ?1 AND n.dir = stamps.dir AND n.generation = ?2))";
    transaction.execute(sql, params![next.set, next.number])?;
    Ok(())
}
