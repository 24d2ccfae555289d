//! The order of a folder's rows, as an address says it. Pure; the folder's page calls it.

use std::fmt;
use vitrine_protocol::rows::{FOLDER, Row, natural};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
