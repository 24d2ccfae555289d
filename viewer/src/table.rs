//! Comma- and tab-separated values as rows of cells (RFC 4180, leniently). Pure; the table renderer calls it.

use serde::Serialize;

/// Rows past this are not drawn.
pub const ROWS_SHOWN: usize = 2_000;

/// Columns past this are not drawn.
pub const COLUMNS_SHOWN: usize = 100;

/// A table cut to what is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// The first row.
    pub head: Vec<String>,
    /// The rows after it, at most [`ROWS_SHOWN`].
    pub rows: Vec<Vec<String>>,
    /// How many rows the file has after the first.
    pub total_rows: usize,
    /// How many cells its widest row has.
    pub total_columns: usize,
    /// Which of the columns shown hold nothing but numbers.
    pub numeric: Vec<bool>,
}

/// Reads a table; the separator is the one that the first line uses most.
pub fn parse(text: &str) -> Table {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = separator(text);
    let mut table = Table::default();
    let mut reader = Reader { rest: text, separator };
    let Some(head) = reader.row() else { return table };
    table.total_columns = head.len();
    table.head = cut(head);
    while let Some(row) = reader.row() {
        table.total_rows += 1;
        table.total_columns = table.total_columns.max(row.len());
        if table.rows.len() < ROWS_SHOWN {
            table.rows.push(cut(row));
        }
    }
    table.numeric =
        (0..table.total_columns.min(COLUMNS_SHOWN)).map(|column| is_numeric(&table.rows, column)).collect();
    table
}

fn cut(mut row: Vec<String>) -> Vec<String> {
    row.truncate(COLUMNS_SHOWN);
    row
}

fn is_numeric(rows: &[Vec<String>], column: usize) -> bool {
    let mut cells = rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty()).peekable();
    cells.peek().is_some() && cells.all(|cell| cell.trim().trim_end_matches('%').parse::<f64>().is_ok())
}

fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(',', 0), ('\t', 0), (';', 0), ('|', 0)];
    for c in first.chars() {
        quoted ^= c == '"';
        if let Some(count) = counts.iter_mut().find(|(known, _)| *known == c && !quoted) {
            count.1 += 1;
        }
    }
    // The first of equals wins, so a line without any separator reads as comma-separated.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(',', |(separator, _)| *separator)
}

struct Reader<'a> {
    rest: &'a str,
    separator: char,
}

impl Reader<'_> {
    /// The next row that is not an empty line.
    fn row(&mut self) -> Option<Vec<String>> {
        self.rest = self.rest.trim_start_matches(['\r', '\n']);
        if self.rest.is_empty() {
            return None;
        }
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell());
            match self.rest.strip_prefix(self.separator) {
                Some(rest) => self.rest = rest,
                None => return Some(cells),
            }
        }
    }

    /// The next cell; a quote that never closes takes the rest of the text.
    fn cell(&mut self) -> String {
        let Some(mut quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([self.separator, '\r', '\n']).unwrap_or(self.rest.len());
            let (cell, rest) = self.rest.split_at(end);
            self.rest = rest;
            return cell.to_owned();
        };
        let mut cell = String::new();
        loop {
            let end = quoted.find('"').unwrap_or(quoted.len());
            cell.push_str(&quoted[..end]);
            quoted = quoted.get(end + 1..).unwrap_or_default();
            match quoted.strip_prefix('"') {
                Some(rest) => {
                    cell.push('"');
                    quoted = rest;
                }
                None => break,
            }
        }
        // What follows a closing quote before the next separator belongs to the cell in most spreadsheets.
        let end = quoted.find([self.separator, '\r', '\n']).unwrap_or(quoted.len());
        cell.push_str(&quoted[..end]);
        self.rest = &quoted[end..];
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_hold_anything() {
        let table = parse("a,\"b, c\",d\r\n1,\"say \"\"hi\"\"\nthere\",3\r\n\r\n4,,\"open");
        assert_eq!(table.head, ["a", "b, c", "d"]);
        assert_eq!(table.rows, [vec!["1", "say \"hi\"\nthere", "3"], vec!["4", "", "open"]]);
        assert_eq!(table.numeric, [true, false, false]);
    }

    #[test]
    fn the_separator_is_guessed() {
        for (text, separator_expected) in
            [("a\tb,c\td", '\t'), ("a;b;c", ';'), ("abc", ','), ("\"a;b;c\",d", ',')]
        {
            assert_eq!(separator(text), separator_expected, "{text}");
        }
        assert_eq!(parse(""), Table::default());
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let text = format!("h\n{}", "1\n".repeat(ROWS_SHOWN + 5));
        let table = parse(&text);
        assert_eq!((table.rows.len(), table.total_rows), (ROWS_SHOWN, ROWS_SHOWN + 5));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a,\"\n\r;\t0-9é]{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn quoted_cells_round_trip(rows in prop::collection::vec(prop::collection::vec("[a,\"\n;é ]{0,6}", 2..4), 1..5)) {
            let line = |row: &Vec<String>| {
                row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
            };
            let text = rows.iter().map(line).collect::<Vec<_>>().join("\n");
            let mut reader = Reader { rest: &text, separator: ',' };
            let read: Vec<_> = std::iter::from_fn(|| reader.row()).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
