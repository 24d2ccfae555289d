//! Multipart uploads under way: enough to go on with one after a crash, with the parts that arrived, or to abort it.
//!
//! Parts are noted under the id of their upload, so that a late part of an upload that was given up is not taken for one
//! of its successor.

use super::{State, StateError, loaded, stored};
use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};

/// Where an object is being written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The S3 endpoint.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// The object's whole key in the bucket.
    pub object: String,
}

/// A part that the store took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPart {
    /// Its number, from 1.
    pub number: u32,
    /// The tag that completing the upload must name.
    pub etag: String,
}

/// An upload that was neither completed nor aborted, as far as this machine knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The store's id for it.
    pub upload_id: String,
    /// The length of every part but the last.
    pub part_size: u64,
    /// The length of the object.
    pub size: u64,
    /// When it began, in milliseconds since the epoch.
    pub started_at: i64,
    /// What arrived, by number.
    pub parts: Vec<UploadPart>,
}

impl State {
    /// Remembers an upload that begins, with the parts it has, in place of an earlier one of the same object.
    pub fn begin_upload(&self, place: &Place, upload: &Upload) -> Result<(), StateError> {
        self.with("note an upload", |shelf| {
            let transaction = shelf.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let delete = "DELETE FROM uploads WHERE endpoint = ?1 AND bucket = ?2 AND object = ?3";
            transaction.execute(delete, params![place.endpoint, place.bucket, place.object])?;
            let insert = "INSERT INTO uploads (endpoint, bucket, object, upload, part_size, size, started_at)
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id";
            let id: i64 = transaction.query_row(
                insert,
                params![
                    place.endpoint,
                    place.bucket,
                    place.object,
                    upload.upload_id,
                    stored(upload.part_size),
                    stored(upload.size),
                    upload.started_at
                ],
                |row| row.get(0),
            )?;
            for part in &upload.parts {
                let sql = "INSERT OR REPLACE INTO upload_parts (upload, number, etag) VALUES (?1, ?2, ?3)";
                transaction.execute(sql, params![id, part.number, part.etag])?;
            }
            transaction.commit()
        })
    }

    /// The upload of this object that did not end, if there is one.
    pub fn find_upload(&self, place: &Place) -> Result<Option<Upload>, StateError> {
        self.with("find an upload", |shelf| {
            // One state of the file for both questions.
            let transaction = shelf.connection.transaction()?;
            let sql = "SELECT id, upload, part_size, size, started_at FROM uploads
                       WHERE endpoint = ?1 AND bucket = ?2 AND object = ?3";
            let wanted = params![place.endpoint, place.bucket, place.object];
            let Some((id, mut upload)) = transaction.query_row(sql, wanted, upload_of).optional()? else {
                return Ok(None);
            };
            let sql = "SELECT number, etag FROM upload_parts WHERE upload = ?1 ORDER BY number";
            let mut statement = transaction.prepare_cached(sql)?;
            let parts = statement
                .query_map(params![id], |row| Ok(UploadPart { number: row.get(0)?, etag: row.get(1)? }))?;
            upload.parts = parts.collect::<rusqlite::Result<_>>()?;
            Ok(Some(upload))
        })
    }

    /// Remembers that a part arrived. Says whether the upload is still the one that is remembered of this object.
    pub fn part_arrived(
        &self,
        place: &Place,
        upload_id: &str,
        part: &UploadPart,
    ) -> Result<bool, StateError> {
        self.with("note a part", |shelf| {
            let sql = "INSERT OR REPLACE INTO upload_parts (upload, number, etag)
                       SELECT id, ?5, ?6 FROM uploads
                       WHERE endpoint = ?1 AND bucket = ?2 AND object = ?3 AND upload = ?4";
            let mut statement = shelf.connection.prepare_cached(sql)?;
            let Place { endpoint, bucket, object } = place;
            let added =
                statement.execute(params![endpoint, bucket, object, upload_id, part.number, part.etag])?;
            Ok(added > 0)
        })
    }

    /// Forgets an upload: it was completed or aborted, or the store does not know it.
    pub fn remove_upload(&self, place: &Place, upload_id: &str) -> Result<(), StateError> {
        self.with("forget an upload", |shelf| {
            let sql =
                "DELETE FROM uploads WHERE endpoint = ?1 AND bucket = ?2 AND object = ?3 AND upload = ?4";
            shelf.connection.execute(sql, params![place.endpoint, place.bucket, place.object, upload_id])?;
            Ok(())
        })
    }

    /// The uploads in a bucket whose object's key begins with `prefix`, by key, without their parts.
    pub fn uploads(
        &self,
        endpoint: &str,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<(Place, Upload)>, StateError> {
        self.with("list the uploads", |shelf| {
            let sql = "SELECT id, upload, part_size, size, started_at, object FROM uploads
                       WHERE endpoint = ?1 AND bucket = ?2 AND substr(object, 1, length(?3)) = ?3
                       ORDER BY object";
            let mut statement = shelf.connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![endpoint, bucket, prefix], |row| {
                let (endpoint, bucket) = (endpoint.to_owned(), bucket.to_owned());
                Ok((Place { endpoint, bucket, object: row.get(5)? }, upload_of(row)?.1))
            })?;
            rows.collect()
        })
    }
}

fn upload_of(row: &Row<'_>) -> rusqlite::Result<(i64, Upload)> {
    let upload = Upload {
        upload_id: row.get(1)?,
        part_size: loaded(row.get(2)?),
        size: loaded(row.get(3)?),
        started_at: row.get(4)?,
        parts: Vec::new(),
    };
    Ok((row.get(0)?, upload))
}
