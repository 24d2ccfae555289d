//! What of a folder is published, and what of it should make a person think twice.
//!
//! [`rules`] leaves out what is never published and what the person's patterns name; [`caution`] recognises what should
//! probably not be public. Neither reads files: the walk hands in names and first bytes, and the content of the
//! `.vitrineignore` files that it meets.

pub mod caution;
mod pattern;
pub mod rules;
mod secrets;

pub use caution::Caution;
pub use pattern::PatternError;
pub use rules::{BadRule, DirFilter, Filter, FilterError, Verdict};
