//! Records of the audit that a share's object keeps with what they record, until the lists have them: whoever asked may be gone
//! before it could write them. Plain functions over [`Table`]; called by `changes` and `keeper`, and written into the lists by
//! `control::shares::listing`.

use crate::failure::Failure;
use crate::sql::{SqlError, Table};
use serde::{Deserialize, Serialize};
use vitrine_protocol::ErrorCode;

/// How many are kept: some hours of a share that is changed without pause while the lists are away.
const KEPT_MAX: u64 = 5_000;

/// How many are written into the lists at once.
pub(crate) const AT_ONCE: u32 = 40;

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Its name, which no other record has.
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) detail: String,
    /// Whether copies that were asked for before end with it: who may read was another question then.
    pub(crate) ends_copies: bool,
}

/// Makes the table.
pub(crate) fn open(table: &impl Table) -> Result<(), SqlError> {
    let make = "CREATE TABLE IF NOT EXISTS record (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, \
                json TEXT NOT NULL)";
    table.run(make, &[]).map(|_| ())
}

/// Keeps a record; one that is kept already stays as it is.
pub(crate) fn keep(table: &impl Table, record: &Record) -> Result<(), Failure> {
    let json = serde_json::to_string(record)
        .map_err(|error| Failure::logged(ErrorCode::Internal, "A record cannot be kept.", &error))?;
    let insert = "INSERT INTO record (id, json) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING";
    table.run(insert, &[record.id.as_str().into(), json.into()])?;
    Ok(())
}

/// Those that wait, the oldest first; at most [`AT_ONCE`].
pub(crate) fn waiting(table: &impl Table) -> Result<Vec<Record>, Failure> {
    let rows = table.run("SELECT json FROM record ORDER BY number LIMIT ?", &[i64::from(AT_ONCE).into()])?;
    let read = |row: &crate::sql::Row| {
        serde_json::from_str(row.text("json")?)
            .map_err(|error| Failure::logged(ErrorCode::Internal, "A kept record cannot be read.", &error))
    };
    rows.iter().map(read).collect()
}

/// Keeps those no longer.
pub(crate) fn forget(table: &impl Table, records: &[Record]) -> Result<(), Failure> {
    for record in records {
        table.run("DELETE FROM record WHERE id = ?", &[record.id.as_str().into()])?;
    }
    Ok(())
}

/// 503 when no more can be kept: what cannot be recorded is not done.
pub(crate) fn room(table: &impl Table) -> Result<(), Failure> {
    if table.one("SELECT COUNT(*) AS n FROM record", &[])?.count("n")? < KEPT_MAX {
        return Ok(());
    }
    let full = "Too many changes of this share wait to be recorded. Try again in a minute.";
    Err(Failure::new(ErrorCode::StoreUnavailable, full).header("retry-after", "60"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::native::Native;

    fn record(number: u64) -> Record {
        Record {
            id: number.to_string(),
            at: 1,
            actor: "a".into(),
            action: "x".into(),
            detail: String::new(),
            ends_copies: false,
        }
    }

    #[test]
    fn each_is_kept_once_in_order_and_not_without_end() {
        let table = Native::new();
        open(&table).unwrap();
        for number in 0..KEPT_MAX {
            room(&table).unwrap();
            keep(&table, &record(number)).unwrap();
        }
        keep(&table, &record(0)).unwrap();
        let refused = room(&table).unwrap_err();
        assert_eq!((refused.problem.status, refused.problem.code.as_str()), (503, "store_unavailable"));
        let first = waiting(&table).unwrap();
        assert_eq!(first.len(), AT_ONCE as usize);
        assert_eq!(first[1], record(1));
        forget(&table, &first).unwrap();
        room(&table).unwrap();
        assert_eq!(waiting(&table).unwrap()[0], record(u64::from(AT_ONCE)));
    }
}
