//! The collector's marks in the object's own SQLite.

use super::marks::{Mark, Marks, MarksError, Progress};
use crate::sql::{Row, SqlError, Table, Value};

/// Marks on a table.
pub(crate) struct TableMarks<'a, T>(pub(crate) &'a T);

impl<T: Table> TableMarks<'_, T> {
    /// Makes the tables where there are none.
    pub(crate) fn open(&self) -> Result<(), SqlError> {
        let marks = "CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, since_age INTEGER NOT NULL, \
                     uploaded INTEGER NOT NULL) WITHOUT ROWID";
        self.0.run(marks, &[])?;
        let collector = "CREATE TABLE IF NOT EXISTS collector (one INTEGER PRIMARY KEY CHECK (one = 1), progress TEXT NOT NULL)";
        self.0.run(collector, &[]).map(|_| ())
    }

    fn run(&self, action: &'static str, sql: &str, values: &[Value]) -> Result<Vec<Row>, MarksError> {
        self.0.run(sql, values).map_err(|error| failed(action, &error))
    }
}

fn failed(action: &'static str, error: &dyn std::error::Error) -> MarksError {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        reason = format!("{reason}: {error}");
        source = error.source();
    }
    MarksError { action, reason }
}

fn mark(row: &Row) -> Result<Mark, SqlError> {
    Ok(Mark { since_age: row.integer("since_age")?, uploaded: row.integer("uploaded")? })
}

impl<T: Table> Marks for TableMarks<'_, T> {
    fn progress(&self) -> Result<Progress, MarksError> {
        let rows = self.run("read", "SELECT progress FROM collector", &[])?;
        let Some(row) = rows.first() else { return Ok(Progress::default()) };
        let text = row.text("progress").map_err(|error| failed("read", &error))?;
        serde_json::from_str(text).map_err(|error| failed("read", &error))
    }

    fn set_progress(&self, progress: &Progress) -> Result<(), MarksError> {
        let text = serde_json::to_string(progress).map_err(|error| failed("write", &error))?;
        let statement = "INSERT INTO collector (one, progress) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET progress = ?1";
        self.run("write", statement, &[text.into()]).map(|_| ())
    }

    fn get(&self, name: &str) -> Result<Option<Mark>, MarksError> {
        let rows = self.run("read", "SELECT * FROM marks WHERE name = ?", &[name.into()])?;
        rows.first().map(mark).transpose().map_err(|error| failed("read", &error))
    }

    fn between(&self, after: &str, through: Option<&str>) -> Result<Vec<(String, Mark)>, MarksError> {
        let statement = "SELECT * FROM marks WHERE name > ?1 AND (?2 IS NULL OR name <= ?2) ORDER BY name";
        let rows = self.run("read", statement, &[after.into(), through.into()])?;
        let read = rows.iter().map(|row| Ok((row.text("name")?.to_owned(), mark(row)?)));
        read.collect::<Result<_, SqlError>>().map_err(|error| failed("read", &error))
    }

    fn mark(&self, name: &str, mark: Mark) -> Result<(), MarksError> {
        let statement = "INSERT INTO marks (name, since_age, uploaded) VALUES (?1, ?2, ?3) \
                         ON CONFLICT (name) DO UPDATE SET since_age = ?2, uploaded = ?3";
        self.run("write", statement, &[name.into(), mark.since_age.into(), mark.uploaded.into()]).map(|_| ())
    }

    fn unmark(&self, name: &str) -> Result<(), MarksError> {
        self.run("write", "DELETE FROM marks WHERE name = ?", &[name.into()]).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share_do::collect::marks::MemoryMarks;
    use crate::sql::native::Native;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_table_is_as_good_as_a_map(steps in prop::collection::vec((0u8..3, "[ab/]{0,3}", 0i64..5), 0..40)) {
            let native = Native::new();
            let (table, memory) = (TableMarks(&native), MemoryMarks::default());
            table.open().unwrap();
            for (what, name, number) in steps {
                let new = Mark { since_age: number, uploaded: number + 1 };
                let progress = Progress { age_ms: number, ..Progress::default() };
                for marks in [&table as &dyn MarksDyn, &memory] {
                    marks.step(what, &name, new, &progress);
                }
                prop_assert_eq!(table.get(&name).unwrap(), memory.get(&name).unwrap());
                prop_assert_eq!(table.between(&name, None).unwrap(), memory.between(&name, None).unwrap());
                prop_assert_eq!(table.between("", Some(&name)).unwrap(), memory.between("", Some(&name)).unwrap());
                prop_assert_eq!(table.progress().unwrap(), memory.progress().unwrap());
            }
        }
    }

    trait MarksDyn {
        fn step(&self, what: u8, name: &str, new: Mark, progress: &Progress);
    }

    impl<M: Marks> MarksDyn for M {
        fn step(&self, what: u8, name: &str, new: Mark, progress: &Progress) {
            match what {
                0 => self.mark(name, new).unwrap(),
                1 => self.unmark(name).unwrap(),
                _ => self.set_progress(progress).unwrap(),
            }
        }
    }
}
