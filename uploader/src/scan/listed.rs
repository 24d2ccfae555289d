//! What one directory holds, kept small: a scan of a million files has thousands of these in flight.
//!
//! Names lie end to end in one string, in their order; a file costs some 50 bytes beside its name. Made by [`super::read`],
//! taken by the merge with the base.

use super::Stamp;
use crate::filter::DirFilter;
use crate::omission::Omissions;
use std::cmp::Ordering;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    /// A regular file.
    File(Stamp),
    /// A symbolic link that stays inside the root, and its target.
    Link(&'a str),
    /// A directory.
    Dir,
}

#[derive(Debug, Clone, Copy)]
enum Raw {
    File(Stamp),
    /// An index of [`Listed::targets`].
    Link(u32),
    Dir,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    at: u32,
    length: u8,
    raw: Raw,
}

/// A directory and what is directly in it, sorted by name.
#[derive(Debug, Default)]
pub struct Listed {
    /// When it last changed, in milliseconds since the epoch.
    pub mtime: i64,
    /// What was left out of it.
    pub omissions: Omissions,
    /// The rules that hold in it.
    pub(super) rules: DirFilter,
    names: String,
    targets: Vec<String>,
    rows: Vec<Row>,
}

impl Listed {
    /// An empty directory.
    pub(super) fn new(mtime: i64, rules: DirFilter) -> Self {
        Self { mtime, rules, ..Self::default() }
    }

    /// Adds an entry whose name is at most 255 bytes long, which the system guarantees.
    pub(super) fn add(&mut self, name: &str, found: Found<'_>) {
        let (Ok(at), Ok(length)) = (u32::try_from(self.names.len()), u8::try_from(name.len())) else {
            return;
        };
        let raw = match found {
            Found::File(stamp) => Raw::File(stamp),
            Found::Dir => Raw::Dir,
            Found::Link(target) => {
                self.targets.push(target.to_owned());
                Raw::Link(u32::try_from(self.targets.len() - 1).unwrap_or(0))
            }
        };
        self.names.push_str(name);
        self.rows.push(Row { at, length, raw });
    }

    /// Sorts what was added.
    pub(super) fn sort(&mut self) {
        let names = &self.names;
        let name = |row: &Row| &names.as_bytes()[row.at as usize..row.at as usize + usize::from(row.length)];
        self.rows.sort_unstable_by(|a, b| -> Ordering { name(a).cmp(name(b)) });
        self.rows.shrink_to_fit();
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The entry at a place in the order.
    pub fn get(&self, at: usize) -> Option<(&str, Found<'_>)> {
        let row = self.rows.get(at)?;
        let name = self.names.get(row.at as usize..row.at as usize + usize::from(row.length))?;
        let found = match row.raw {
            Raw::File(stamp) => Found::File(stamp),
            Raw::Dir => Found::Dir,
            Raw::Link(target) => Found::Link(self.targets.get(target as usize).map_or("", String::as_str)),
        };
        Some((name, found))
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Found<'_>)> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// The place of the first directory at or after `from`.
    pub(super) fn next_dir(&self, from: usize) -> Option<usize> {
        (from..self.rows.len()).find(|at| matches!(self.rows[*at].raw, Raw::Dir))
    }

    /// How many files there are, and their bytes.
    pub fn totals(&self) -> (u64, u64) {
        self.rows.iter().fold((0, 0), |(files, bytes), row| match row.raw {
            Raw::File(stamp) => (files + 1, bytes + stamp.size),
            _ => (files, bytes),
        })
    }
}
