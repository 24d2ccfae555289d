//! SQLite in memory as a [`Table`], for tests. It refuses what [`super::durable`] would refuse, so that a test cannot pass
//! here on what fails there.

use super::{Row, SqlError, Table, Value};
use rusqlite::types::{Value as Bound, ValueRef};
use rusqlite::{Connection, params_from_iter};
use std::rc::Rc;

/// JavaScript's `Number.MAX_SAFE_INTEGER`.
const SAFE_MAX: u64 = (1 << 53) - 1;

/// A database of its own.
pub(crate) struct Native(Connection);

impl Native {
    pub(crate) fn new() -> Self {
        Self(Connection::open_in_memory().unwrap())
    }
}

impl Default for Native {
    fn default() -> Self {
        Self::new()
    }
}

impl Table for Native {
    fn run(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, SqlError> {
        let failed =
            |error: rusqlite::Error| SqlError::Statement { sql: sql.to_owned(), source: error.into() };
        let values: Vec<Bound> = values.iter().map(|value| bound(value, sql)).collect::<Result<_, _>>()?;
        let mut statement = self.0.prepare(sql).map_err(failed)?;
        let columns: Rc<[String]> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
        let mut read = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let values = columns.iter().enumerate().map(|(at, column)| {
                let found = row.get_ref(at).map_err(failed)?;
                value(found, column)
            });
            read.push(Row::new(columns.clone(), values.collect::<Result<_, _>>()?));
        }
        Ok(read)
    }
}

fn bound(value: &Value, sql: &str) -> Result<Bound, SqlError> {
    Ok(match value {
        Value::Null => Bound::Null,
        Value::Integer(number) if number.unsigned_abs() > SAFE_MAX => {
            return Err(SqlError::Unsafe { sql: sql.to_owned() });
        }
        Value::Integer(number) => Bound::Integer(*number),
        Value::Text(text) => Bound::Text(text.clone()),
        Value::Blob(bytes) => Bound::Blob(bytes.clone()),
    })
}

fn value(value: ValueRef<'_>, column: &str) -> Result<Value, SqlError> {
    let unknown = || SqlError::Kind(column.to_owned());
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) if number.unsigned_abs() > SAFE_MAX => Err(unknown()),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Text(text) => Ok(Value::Text(std::str::from_utf8(text).map_err(|_| unknown())?.to_owned())),
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
        ValueRef::Real(_) => Err(unknown()),
    }
}
