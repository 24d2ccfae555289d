//! Comma- and tab-separated values as a table.

use super::text;
use crate::format;
use crate::table::{COLUMNS_SHOWN, ROWS_SHOWN, Table, parse};
use leptos::prelude::*;

/// A table, fetched from `url`.
pub(super) fn table(url: String) -> AnyView {
    text::fetched(url, |text| view! { {drawn(parse(&text))} }.into_any())
}

fn drawn(table: Table) -> AnyView {
    if table.head.is_empty() {
        return view! { <p class="empty">"This table is empty."</p> }.into_any();
    }
    let class = |column: usize| if table.numeric.get(column) == Some(&true) { "number" } else { "" };
    let head: Vec<_> = table
        .head
        .iter()
        .enumerate()
        .map(|(column, cell)| view! { <th scope="col" class=class(column)>{cell.clone()}</th> })
        .collect();
    let rows: Vec<_> = table
        .rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let cells: Vec<_> = row
                .iter()
                .enumerate()
                .map(|(column, cell)| view! { <td class=class(column)>{cell.clone()}</td> })
                .collect();
            view! { <tr><th scope="row" class="row-number">{index + 1}</th>{cells}</tr> }
        })
        .collect();
    view! {
        <p class="facts">{note(&table)}</p>
        <div class="table-scroll data" tabindex="0">
            <table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

/// How much of the table there is and how much of it is shown.
fn note(table: &Table) -> String {
    let count = |value: usize, one, many| format::count(u64::try_from(value).unwrap_or(u64::MAX), one, many);
    let rows = count(table.total_rows, "row", "rows");
    let columns = count(table.total_columns, "column", "columns");
    let mut note = format!("{rows}, {columns}");
    if table.total_rows > ROWS_SHOWN {
        note.push_str(&format!("; the first {} rows are shown", format::number(ROWS_SHOWN as u64)));
    }
    if table.total_columns > COLUMNS_SHOWN {
        note.push_str(&format!("; the first {COLUMNS_SHOWN} columns are shown"));
    }
    note
}
