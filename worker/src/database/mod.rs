//! The seam to the database of lists: shares, hosts, projects, jobs, audit. D1 in production, SQLite itself in tests, by the
//! same migrations and the same SQL. The read path never comes here.
//!
//! Rows come as JSON objects and become types where they are read, once.

pub(crate) mod d1;
#[cfg(test)]
pub(crate) mod native;

use crate::failure::Failure;
pub(crate) use crate::sql::Value;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use std::future::Future;
use vitrine_protocol::ErrorCode;

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

macro_rules! printed {
    ($($name:ty),*) => {$(
        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                Self::Text(value.to_string())
            }
        }
    )*};
}

printed!(
    vitrine_protocol::ShareId,
    vitrine_protocol::ManifestId,
    vitrine_protocol::JobId,
    vitrine_protocol::HostId,
    &vitrine_protocol::ProjectId,
    &vitrine_protocol::Handle,
    vitrine_protocol::Scope
);

/// One statement and what stands for `?1`, `?2`, ….
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Statement {
    pub(crate) fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }
}

/// Makes a statement: `sql!("… ?1 …", share, now)`.
macro_rules! sql {
    ($sql:expr $(, $value:expr)* $(,)?) => {
        $crate::database::Statement::new($sql, [$($crate::database::Value::from($value)),*])
    };
}
pub(crate) use sql;

/// A row as the text of a JSON object: one deserialiser serves rows, bodies and documents, which is a third of what a second
/// one would add to the Worker.
pub(crate) type Row = Box<serde_json::value::RawValue>;

/// Why the database did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// It failed, or did not answer. The statements may have taken effect all the same.
    #[error("the database failed: {0}")]
    Failed(String),
    /// A row that should be one of a kind would be there twice.
    #[error("a uniqueness rule of the database refused it: {0}")]
    Conflict(String),
    /// A row is not what its table should hold.
    #[error("a row of the database is not what it should be: {0}")]
    Row(String),
}

impl DatabaseError {
    /// Sorts the messages of SQLite, which are all that D1 gives.
    pub(crate) fn of_message(message: String) -> Self {
        if message.contains("UNIQUE constraint failed") {
            Self::Conflict(message)
        } else {
            Self::Failed(message)
        }
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        let code = match error {
            DatabaseError::Failed(_) => ErrorCode::StoreUnavailable,
            DatabaseError::Conflict(_) | DatabaseError::Row(_) => ErrorCode::Internal,
        };
        Self::logged(code, "Try again in a moment.", &error)
    }
}

/// A database.
pub(crate) trait Database {
    /// Runs the statements in one transaction: all take effect, or none. Each gives its rows.
    fn batch(&self, statements: Vec<Statement>)
    -> impl Future<Output = Result<Vec<Vec<Row>>, DatabaseError>>;

    /// Runs one statement, and reads its rows.
    async fn rows<T: DeserializeOwned>(&self, statement: Statement) -> Result<Vec<T>, DatabaseError> {
        let rows = self.batch(vec![statement]).await?.pop().unwrap_or_default();
        rows.into_iter().map(read).collect()
    }

    /// Runs one statement, and reads its first row.
    async fn row<T: DeserializeOwned>(&self, statement: Statement) -> Result<Option<T>, DatabaseError> {
        let rows = self.batch(vec![statement]).await?.pop().unwrap_or_default();
        rows.into_iter().next().map(read).transpose()
    }

    /// Runs one statement for its effect.
    async fn run(&self, statement: Statement) -> Result<(), DatabaseError> {
        self.batch(vec![statement]).await.map(|_| ())
    }
}

/// Makes a row a type.
#[expect(
    clippy::needless_pass_by_value,
    clippy::boxed_local,
    reason = "rows are read once, where they come out of an iterator"
)]
pub(crate) fn read<T: DeserializeOwned>(row: Row) -> Result<T, DatabaseError> {
    serde_json::from_str(row.get()).map_err(|error| DatabaseError::Row(error.to_string()))
}

/// SQLite has no booleans.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    i64::deserialize(deserializer).map(|number| number != 0)
}

/// A column that holds JSON, or nothing.
pub(crate) fn json<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| serde_json::from_str(&text).map_err(D::Error::custom)).transpose()
}

/// What such a column gets.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_string(value).map_or(Value::Null, Value::Text)
}
