//! The database for tests: SQLite in memory, with the migrations that D1 gets; and it can fail, before its statements take
//! effect or after.

use super::{Database, DatabaseError, Row, Statement, Value};
use std::cell::{Cell, RefCell};

pub(crate) struct Native {
    connection: RefCell<rusqlite::Connection>,
    /// What fails, after how many batches.
    fault: Cell<Option<(u32, Fault)>>,
    /// How many batches were asked for.
    pub(crate) batches: Cell<u32>,
}

/// What goes wrong with the next batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does not take effect.
    Before,
    /// It takes effect, and the answer is lost.
    LandsUnheard,
}

impl Native {
    pub(crate) fn new() -> Self {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for migration in [
            include_str!("../../migrations/0001_shares.sql"),
            include_str!("../../migrations/0002_control.sql"),
            include_str!("../../migrations/0003_revisions.sql"),
        ] {
            connection.execute_batch(migration).unwrap();
        }
        Self { connection: RefCell::new(connection), fault: Cell::new(None), batches: Cell::new(0) }
    }

    pub(crate) fn fail_next(&self, fault: Fault) {
        self.fail_at(1, fault);
    }

    /// The `at`th batch from now fails.
    pub(crate) fn fail_at(&self, at: u32, fault: Fault) {
        self.fault.set(Some((at, fault)));
    }
}

fn run(connection: &rusqlite::Connection, statement: &Statement) -> rusqlite::Result<Vec<Row>> {
    use rusqlite::types::ValueRef;
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let values = statement.values.iter().map(|value| match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(number) => (*number).into(),
        Value::Text(text) => text.clone().into(),
        Value::Blob(bytes) => bytes.clone().into(),
    });
    let mut rows = prepared.query(rusqlite::params_from_iter(values))?;
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        let cell = |at| {
            row.get_ref(at).map(|cell| match cell {
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                ValueRef::Null | ValueRef::Blob(_) => serde_json::Value::Null,
            })
        };
        let cells = names.iter().enumerate().map(|(at, name)| Ok((name.clone(), cell(at)?)));
        let cells: serde_json::Map<_, _> = cells.collect::<rusqlite::Result<_>>()?;
        read.push(serde_json::value::to_raw_value(&cells).unwrap());
    }
    Ok(read)
}

impl Database for Native {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.batches.set(self.batches.get() + 1);
        let fault = match self.fault.take() {
            Some((1, fault)) => Some(fault),
            Some((at, fault)) => {
                self.fault.set(Some((at - 1, fault)));
                None
            }
            None => None,
        };
        if fault == Some(Fault::Before) {
            return Err(DatabaseError::Failed("it was told to fail".into()));
        }
        let mut connection = self.connection.borrow_mut();
        let failed = |error: rusqlite::Error| DatabaseError::of_message(error.to_string());
        let transaction = connection.transaction().map_err(failed)?;
        let rows: Vec<_> = statements
            .iter()
            .map(|statement| run(&transaction, statement))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
        match fault {
            Some(_) => Err(DatabaseError::Failed("the answer was lost".into())),
            None => Ok(rows),
        }
    }
}
