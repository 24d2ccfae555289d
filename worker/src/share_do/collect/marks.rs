//! What the collector remembers between its runs: which objects are unneeded, since when, and how far its own clock is.
//!
//! The object keeps it in its SQLite: a table `marks(name TEXT PRIMARY KEY, since_age INTEGER, uploaded INTEGER) WITHOUT
//! ROWID`, whose default collation is the order of the bytes as a listing has it, and one row of [`Progress`]. Losing
//! all of it is safe: everything begins to wait anew, and only [`Progress::published`] is then learnt from the next run.

use serde::{Deserialize, Serialize};
use vitrine_protocol::ObjectKey;

/// Why a mark was not read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("could not {action} the collector's marks: {reason}")]
pub(crate) struct MarksError {
    /// What was tried.
    pub(crate) action: &'static str,
    /// What the database said.
    pub(crate) reason: String,
}

/// Something unneeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The collector's clock when it was first found so.
    pub(crate) since_age: i64,
    /// When the object had been put, by the store's clock. The mark is of this object only.
    pub(crate) uploaded: i64,
}

/// The collector's clock, and what it must not forget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// How much time it has seen pass: see `policy`.
    #[serde(default)]
    pub(crate) age_ms: i64,
    /// The time of day of the run before; absent before the first.
    #[serde(default)]
    pub(crate) last_run_at: Option<i64>,
    /// `latest.json` has been there. From then on its absence is a loss, and not a share that waits for its first publish.
    #[serde(default)]
    pub(crate) published: bool,
    /// The deletion of a deleted share has begun, so it cannot be undeleted.
    #[serde(default)]
    pub(crate) destroying: bool,
}

/// Where marks are kept. Names are those after the share's prefix. Nothing waits: a Durable Object's SQLite is synchronous.
pub(crate) trait Marks {
    fn progress(&self) -> Result<Progress, MarksError>;

    fn set_progress(&self, progress: &Progress) -> Result<(), MarksError>;

    /// The mark of a name.
    fn get(&self, name: &str) -> Result<Option<Mark>, MarksError>;

    /// The marks of the names after `after` (not included) up to `through` (included; to the end without it), sorted by
    /// the names' bytes.
    fn between(&self, after: &str, through: Option<&str>) -> Result<Vec<(String, Mark)>, MarksError>;

    /// Sets a mark, in place of what was there.
    fn mark(&self, name: &str, mark: Mark) -> Result<(), MarksError>;

    /// Removes a mark, if there is one.
    fn unmark(&self, name: &str) -> Result<(), MarksError>;
}

/// An object's name after its share's prefix.
pub(super) fn name_of(key: ObjectKey) -> String {
    key.to_string().split_off(ObjectKey::share_prefix(key.share()).len())
}

/// Marks in memory, for tests.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct MemoryMarks {
    pub(crate) progress: std::cell::Cell<Progress>,
    pub(crate) marks: std::cell::RefCell<std::collections::BTreeMap<String, Mark>>,
}

#[cfg(test)]
impl Marks for MemoryMarks {
    fn progress(&self) -> Result<Progress, MarksError> {
        Ok(self.progress.get())
    }

    fn set_progress(&self, progress: &Progress) -> Result<(), MarksError> {
        self.progress.set(*progress);
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Mark>, MarksError> {
        Ok(self.marks.borrow().get(name).copied())
    }

    fn between(&self, after: &str, through: Option<&str>) -> Result<Vec<(String, Mark)>, MarksError> {
        use std::ops::Bound;
        let marks = self.marks.borrow();
        let all = marks.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        let page = all.take_while(|(name, _)| through.is_none_or(|through| name.as_str() <= through));
        Ok(page.map(|(name, mark)| (name.clone(), *mark)).collect())
    }

    fn mark(&self, name: &str, mark: Mark) -> Result<(), MarksError> {
        self.marks.borrow_mut().insert(name.into(), mark);
        Ok(())
    }

    fn unmark(&self, name: &str) -> Result<(), MarksError> {
        self.marks.borrow_mut().remove(name);
        Ok(())
    }
}
