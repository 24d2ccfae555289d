//! The seam to SQL: values, rows whose columns are read by name and type, and [`Table`], one database that answers at once.
//!
//! A Durable Object's SQLite is synchronous: what runs without an `await` in between is written as a whole or not at all.
//! So its logic is plain functions over [`Table`], tested natively on the same SQLite. Not for statements that are put
//! together from what came from outside: that goes into `values`. Implemented by [`durable`], and in tests by `native`.

pub(crate) mod durable;
#[cfg(test)]
pub(crate) mod native;

use std::rc::Rc;

/// A database that answers at once.
pub(crate) trait Table {
    /// Runs one statement, whose `?` (or `?1`, `?2`, …) are `values` in order, and returns its rows.
    fn run(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, SqlError>;

    /// Runs a statement that answers with one row, no more and no less.
    fn one(&self, sql: &str, values: &[Value]) -> Result<Row, SqlError> {
        let mut rows = self.run(sql, values)?;
        match (rows.len(), rows.pop()) {
            (1, Some(row)) => Ok(row),
            (count, _) => Err(SqlError::RowCount { sql: sql.to_owned(), count }),
        }
    }
}

/// A value of SQL. No floating point: nothing that is counted or timed here has a fraction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// A number that JavaScript can hold, too: at most 2^53 away from 0.
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    /// What it is, for an error's text: never the value itself, which may be private.
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "a number",
            Self::Text(_) => "a text",
            Self::Blob(_) => "bytes",
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// All rows of an answer share them.
    columns: Rc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row of values, in the order of their columns.
    pub(crate) fn new(columns: Rc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The value of a column.
    pub(crate) fn get(&self, column: &str) -> Result<&Value, SqlError> {
        let at = self.columns.iter().position(|own| own == column);
        at.and_then(|at| self.values.get(at)).ok_or_else(|| SqlError::NoColumn(column.to_owned()))
    }

    /// A column that is a number.
    pub(crate) fn integer(&self, column: &str) -> Result<i64, SqlError> {
        match self.get(column)? {
            Value::Integer(number) => Ok(*number),
            other => Err(SqlError::type_of(column, "a number", other)),
        }
    }

    /// A column that is a number from 0 up.
    pub(crate) fn count(&self, column: &str) -> Result<u64, SqlError> {
        let number = self.integer(column)?;
        u64::try_from(number).map_err(|_| SqlError::Negative { column: column.to_owned(), number })
    }

    /// A column that is a text.
    pub(crate) fn text(&self, column: &str) -> Result<&str, SqlError> {
        match self.get(column)? {
            Value::Text(text) => Ok(text),
            other => Err(SqlError::type_of(column, "a text", other)),
        }
    }

    /// A column that is bytes.
    pub(crate) fn blob(&self, column: &str) -> Result<&[u8], SqlError> {
        match self.get(column)? {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(SqlError::type_of(column, "bytes", other)),
        }
    }
}

/// What can go wrong between a statement and what is read from its answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlError {
    /// The database refused the statement, or failed. The text has the statement and no value of it.
    #[error("statement `{sql}` failed")]
    Statement {
        sql: String,
        #[source]
        source: Box<dyn std::error::Error>,
    },
    /// A number that would be another one on its way through JavaScript.
    #[error("statement `{sql}` was given a number past 2^53")]
    Unsafe { sql: String },
    #[error("statement `{sql}` answered with {count} rows, not with one")]
    RowCount { sql: String, count: usize },
    #[error("the answer has no column `{0}`")]
    NoColumn(String),
    #[error("column `{column}` is {found}, not {wanted}")]
    Type { column: String, wanted: &'static str, found: &'static str },
    #[error("column `{column}` is {number}, below 0")]
    Negative { column: String, number: i64 },
    /// A value that no column here is meant to have: a fraction, or a number past 2^53.
    #[error("column `{0}` holds what no column may")]
    Kind(String),
}

impl SqlError {
    fn type_of(column: &str, wanted: &'static str, found: &Value) -> Self {
        Self::Type { column: column.to_owned(), wanted, found: found.kind() }
    }
}

#[cfg(test)]
mod tests {
    use super::native::Native;
    use super::*;

    #[test]
    fn values_come_back_as_they_were_given() {
        let table = Native::new();
        table.run("CREATE TABLE t (a, b, c, d)", &[]).unwrap();
        let values = [Value::from(-7i64), "ä".into(), vec![0, 255].into(), Option::<i64>::None.into()];
        table.run("INSERT INTO t VALUES (?, ?, ?, ?)", &values).unwrap();
        let row = table.one("SELECT a, b, c, d FROM t", &[]).unwrap();
        assert_eq!(row.integer("a").unwrap(), -7);
        assert_eq!(row.text("b").unwrap(), "ä");
        assert_eq!(row.blob("c").unwrap(), [0, 255]);
        assert_eq!(row.get("d").unwrap(), &Value::Null);
    }

    #[test]
    fn errors_say_what_failed_and_no_value() {
        let table = Native::new();
        table.run("CREATE TABLE t (a)", &[]).unwrap();
        table.run("INSERT INTO t VALUES (?), (?)", &["secret".into(), "x".into()]).unwrap();
        let row = &table.run("SELECT a, -1 AS n FROM t", &[]).unwrap()[0];
        let texts = [
            row.integer("a").unwrap_err().to_string(),
            row.text("b").unwrap_err().to_string(),
            row.count("n").unwrap_err().to_string(),
            table.one("SELECT a FROM t", &[]).unwrap_err().to_string(),
            table.run("SELECT a FROM u", &[]).unwrap_err().to_string(),
            table.run("SELECT ?", &[Value::Integer(1 << 53)]).unwrap_err().to_string(),
            table.run("SELECT 0.5 AS f", &[]).unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(texts.join("\n"), @r"
        column `a` is a text, not a number
        the answer has no column `b`
        column `n` is -1, below 0
        statement `SELECT a FROM t` answered with 2 rows, not with one
        statement `SELECT a FROM u` failed
        statement `SELECT ?` was given a number past 2^53
        column `f` holds what no column may
        ");
    }
}
