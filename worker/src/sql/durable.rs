//! A Durable Object's SQLite as a [`Table`]. Made by the objects that have one; holds no logic.

use super::{Row, SqlError, Table, Value};
use std::rc::Rc;
use worker::{SqlStorage, SqlStorageValue};

/// The database of one object: `Durable(state.storage().sql())`.
pub(crate) struct Durable(pub(crate) SqlStorage);

impl Table for Durable {
    fn run(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, SqlError> {
        let failed = |error: worker::Error| SqlError::Statement { sql: sql.to_owned(), source: error.into() };
        let values: Vec<SqlStorageValue> =
            values.iter().map(|value| bound(value, sql)).collect::<Result<_, _>>()?;
        let cursor = self.0.exec(sql, values).map_err(failed)?;
        let columns: Rc<[String]> = cursor.column_names().into();
        // Not `to_array`, `one` or `next`: an error of SQLite in the middle of the rows would be an exception through wasm's
        // frames there; this iterator catches it.
        let rows = cursor.raw().map(|row| {
            let read = row.map_err(failed)?.into_iter().zip(columns.iter()).map(value);
            Ok(Row::new(columns.clone(), read.collect::<Result<_, _>>()?))
        });
        rows.collect()
    }
}

/// Integers cross as JavaScript's numbers: one that would change on the way is refused.
fn bound(value: &Value, sql: &str) -> Result<SqlStorageValue, SqlError> {
    Ok(match value {
        Value::Null => SqlStorageValue::Null,
        Value::Integer(number) => {
            SqlStorageValue::try_from_i64(*number).map_err(|_| SqlError::Unsafe { sql: sql.to_owned() })?
        }
        Value::Text(text) => SqlStorageValue::String(text.clone()),
        Value::Blob(bytes) => SqlStorageValue::Blob(bytes.clone()),
    })
}

fn value((value, column): (SqlStorageValue, &String)) -> Result<Value, SqlError> {
    match value {
        SqlStorageValue::Null => Ok(Value::Null),
        SqlStorageValue::Integer(number) => Ok(Value::Integer(number)),
        SqlStorageValue::Boolean(is) => Ok(Value::Integer(is.into())),
        SqlStorageValue::String(text) => Ok(Value::Text(text)),
        SqlStorageValue::Blob(bytes) => Ok(Value::Blob(bytes)),
        SqlStorageValue::Float(_) => Err(SqlError::Kind(column.clone())),
    }
}
