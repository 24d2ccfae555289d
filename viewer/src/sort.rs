//! The rows of a folder and their order. Pure; the folder's page calls it.

use std::cmp::Ordering;
use std::fmt;
use vitrine_protocol::{Entries, Kind};

/// A column to sort by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Column {
    /// By name, numbers by their value.
    #[default]
    Name,
    /// By size; a folder's is that of all its files.
    Size,
    /// By the time of the last change.
    Date,
    /// By kind.
    Kind,
}

/// A column and a direction; in an address `size`, or `-size` for the largest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: Column,
    /// Largest, latest or last first.
    pub descending: bool,
}

impl Column {
    /// Reads its name in an address.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Name, Self::Size, Self::Date, Self::Kind].into_iter().find(|column| column.as_str() == name)
    }

    /// Its name in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Date => "date",
            Self::Kind => "type",
        }
    }
}

impl Order {
    /// Reads it from an address.
    pub fn parse(text: &str) -> Option<Self> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        Some(Self { column: Column::parse(name)?, descending })
    }

    /// The order after a click on a column's heading: reversed if it is the current one, else its useful direction.
    pub fn clicked(self, column: Column) -> Self {
        let largest_first = matches!(column, Column::Size | Column::Date);
        let descending = if self.column == column { !self.descending } else { largest_first };
        Self { column, descending }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.column.as_str())
    }
}

/// What a folder's row is called; files have the name of their kind.
pub const FOLDER: &str = "folder";
/// What the row of a symbolic link is called.
pub const LINK: &str = "link";

/// One row of a folder's listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The entry's name.
    pub name: &'a str,
    /// [`FOLDER`], [`LINK`] or the kind of a file: what its icon and its text in the catalogues are named after.
    pub kind: &'static str,
    /// Its size in bytes; a link has none.
    pub size: Option<u64>,
    /// When it last changed, in milliseconds since the epoch; a link has none.
    pub mtime: Option<i64>,
}

/// What a kind of file is called; what we do not know is a file like any other.
pub fn kind(kind: Kind) -> &'static str {
    if kind == Kind::Unknown { Kind::Binary.as_str() } else { kind.as_str() }
}

/// The rows of a folder: folders, files, links, each by the bytes of their names.
pub fn rows(entries: &Entries) -> Vec<Row<'_>> {
    let mut rows = Vec::with_capacity(entries.len());
    rows.extend(entries.dirs.iter().map(|dir| Row {
        name: dir.name.as_str(),
        kind: FOLDER,
        size: Some(dir.size_bytes),
        mtime: Some(dir.mtime),
    }));
    rows.extend(entries.files.iter().map(|file| Row {
        name: file.name.as_str(),
        kind: kind(file.kind),
        size: Some(file.size),
        mtime: Some(file.mtime),
    }));
    rows.extend(entries.links.iter().map(|link| Row {
        name: link.name.as_str(),
        kind: LINK,
        size: None,
        mtime: None,
    }));
    rows
}

/// The places of the rows in an order: folders before files whatever the direction, equal ones by name.
pub fn arranged(rows: &[Row<'_>], order: Order) -> Vec<u32> {
    let by_name = |a: &Row<'_>, b: &Row<'_>| natural(a.name, b.name);
    let mut places: Vec<(u32, &Row<'_>)> = (0..).zip(rows).collect();
    places.sort_by(|(_, a), (_, b)| {
        let folders_first = (b.kind == FOLDER).cmp(&(a.kind == FOLDER));
        let by_column = match order.column {
            Column::Name => by_name(a, b),
            Column::Size => a.size.cmp(&b.size),
            Column::Date => a.mtime.cmp(&b.mtime),
            Column::Kind => a.kind.cmp(b.kind),
        };
        let by_column = if order.descending { by_column.reverse() } else { by_column };
        folders_first.then(by_column).then_with(|| by_name(a, b))
    });
    places.into_iter().map(|(place, _)| place).collect()
}

/// Compares names as people order them: case aside, runs of digits by value, and then by their bytes.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (one, rest_one) = digits(left);
            let (two, rest_two) = digits(right);
            let by_value = one.len().cmp(&two.len()).then_with(|| one.cmp(two));
            if by_value.is_ne() {
                return by_value;
            }
            (left, right) = (rest_one, rest_two);
            continue;
        }
        let by_letter = x.to_lowercase().cmp(y.to_lowercase());
        if by_letter.is_ne() {
            return by_letter;
        }
        (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
    }
}

/// Splits a leading run of digits off, without its zeros in front.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

/// The file of a folder to show under its listing: `README.md` and its relatives, Markdown before plain text.
pub fn readme(entries: &Entries) -> Option<&vitrine_protocol::File> {
    let stem_is_readme = |name: &str| {
        let lower = name.to_ascii_lowercase();
        lower == "readme" || lower.starts_with("readme.") && lower.matches('.').count() == 1
    };
    let rank = |kind: Kind| match kind {
        Kind::Markdown => 0,
        Kind::Text => 1,
        _ => 2,
    };
    let candidates =
        entries.files.iter().filter(|file| stem_is_readme(file.name.as_str()) && rank(file.kind) < 2);
    candidates.min_by_key(|file| rank(file.kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_count_by_value() {
        let mut names = ["b10", "b9", "B1", "a", "b09", "é", "10", "9", "b"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["9", "10", "a", "b", "B1", "b09", "b9", "b10", "é"]);
    }

    #[test]
    fn folders_stay_first() {
        let row = |name, kind, size| Row { name, kind, size: Some(size), mtime: Some(0) };
        let rows = [row("small", "text", 1), row("dir", FOLDER, 5), row("large", "text", 9)];
        assert_eq!(arranged(&rows, Order { column: Column::Size, descending: true }), [1, 2, 0]);
        assert_eq!(arranged(&rows, Order { column: Column::Size, descending: false }), [1, 0, 2]);
    }

    #[test]
    fn a_click_turns_or_changes_the_order() {
        let by_size = Order::default().clicked(Column::Size);
        assert_eq!(by_size.to_string(), "-size");
        assert_eq!(by_size.clicked(Column::Size).to_string(), "size");
        assert_eq!(by_size.clicked(Column::Name), Order::default());
        assert_eq!(Order::parse("-date").map(|order| order.to_string()).as_deref(), Some("-date"));
        assert_eq!(Order::parse("colour"), None);
    }

    proptest! {
        #[test]
        fn natural_is_a_total_order(a in "[ab0-2é]{0,6}", b in "[ab0-2é]{0,6}", c in "[ab0-2é]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b) == Ordering::Equal, a == b);
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
