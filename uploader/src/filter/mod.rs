//! What of a folder is published, and what of it should make a person think twice.
//!
//! [`rules`] leaves out what is never published and what the person's patterns name. It does not read files: the walk
//! hands in names, and the content of the `.vitrineignore` files that it meets.

mod pattern;
pub mod rules;

pub use pattern::PatternError;
pub use rules::{BadRule, DirFilter, Filter, FilterError, Verdict};
