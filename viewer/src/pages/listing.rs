//! The table of a folder's entries: sorted by real buttons, filtered by name, drawn in steps when it is long.

use crate::app::Context;
use crate::browser::utc_offset;
use crate::format;
use crate::location::PageUrl;
use crate::sort::{self, Column, Order, Row, RowKind};
use leptos::prelude::*;
use std::time::Duration;
use vitrine_protocol::{Entries, Kind};

/// Rows drawn before the first paint; the rest follows right after it.
const FIRST_ROWS: usize = 300;

/// Rows drawn in each later step: some 30 ms of work on a slow phone.
const STEP_ROWS: usize = 1000;

/// From this many entries on, a field to filter them by name is worth its place.
const FILTER_FROM: usize = 15;

/// The table.
pub(super) fn listing(context: Context, entries: &Entries) -> AnyView {
    if entries.is_empty() {
        return view! { <p class="empty">"This folder is empty."</p> }.into_any();
    }
    let Some(page) = context.page.get_untracked() else { return ().into_any() };
    let total = entries.len();
    let order = Memo::new(move |_| context.page.get().map(|page| page.order).unwrap_or_default());
    let filter = RwSignal::new(String::new());
    let drawn = RwSignal::new(FIRST_ROWS);
    if total > FIRST_ROWS {
        draw_more(drawn, total);
    }
    let all = StoredValue::new(sort::rows(entries));
    let rows = Memo::new(move |_| {
        let needle = filter.get().to_lowercase();
        let matching = |row: &&Row| needle.is_empty() || row.name.as_str().to_lowercase().contains(&needle);
        let mut rows: Vec<Row> = all.with_value(|rows| rows.iter().filter(matching).cloned().collect());
        sort::sort(&mut rows, order.get());
        rows
    });
    let body = move || {
        rows.with(|rows| rows.iter().take(drawn.get()).map(|row| row_view(&page, row)).collect::<Vec<_>>())
    };
    let heads =
        [(Column::Name, "Name"), (Column::Size, "Size"), (Column::Date, "Modified"), (Column::Kind, "Type")];
    view! {
        {(total >= FILTER_FROM).then(|| filter_field(filter, rows, total))}
        <table class="listing">
            <thead><tr>{heads.map(|(column, name)| head(context, order, column, name))}</tr></thead>
            <tbody>{body}</tbody>
        </table>
    }
    .into_any()
}

fn draw_more(drawn: RwSignal<usize>, total: usize) {
    set_timeout(
        move || {
            // The page may have been left in the meantime, and its signals with it.
            let Some(count) = drawn.try_update(|count| {
                *count += STEP_ROWS;
                *count
            }) else {
                return;
            };
            if count < total {
                draw_more(drawn, total);
            }
        },
        Duration::from_millis(16),
    );
}

fn filter_field(filter: RwSignal<String>, rows: Memo<Vec<Row>>, total: usize) -> impl IntoView {
    let note = move || {
        let found = rows.with(Vec::len);
        (found < total).then(|| format!("{found} of {total}"))
    };
    view! {
        <p class="filter">
            <input
                type="search"
                placeholder="Filter by name"
                aria-label="Filter by name"
                autocomplete="off"
                spellcheck="false"
                on:input=move |event| filter.set(event_target_value(&event))
            />
            <span role="status">{note}</span>
        </p>
    }
}

fn head(context: Context, order: Memo<Order>, column: Column, name: &'static str) -> impl IntoView {
    let aria_sort = move || {
        let order = order.get();
        match (order.column == column, order.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    };
    let click = move |_| {
        if let Some(page) = context.page.get_untracked() {
            let order = page.order.clicked(column);
            context.router.refine(PageUrl { order, ..page });
        }
    };
    view! {
        <th scope="col" class=column.as_str() aria-sort=aria_sort>
            <button type="button" on:click=click>{name}</button>
        </th>
    }
}

fn row_view(page: &PageUrl, row: &Row) -> impl IntoView + use<> {
    let url = page.path.join(&row.name).map(|path| PageUrl::new(page.share, path).to_url()).ok();
    let icon = format!("icon icon-{}", icon(row));
    let size = row.size.map(format::size);
    let day = row.mtime.map(|mtime| format::day(mtime, utc_offset(mtime)));
    let target = match &row.kind {
        RowKind::Link(target) => {
            Some(view! { <span class="target">" → " <bdi>{target.clone()}</bdi></span> })
        }
        RowKind::Dir(_) | RowKind::File(_) => None,
    };
    let label = match &row.kind {
        RowKind::Dir(files) => format::count(*files, "file", "files"),
        _ => row.label().to_owned(),
    };
    view! {
        <tr>
            <td class="name"><a class=icon href=url><bdi>{row.name.to_string()}</bdi></a>{target}</td>
            <td class="size">{size}</td>
            <td class="date">{day}</td>
            <td class="type">{label}</td>
        </tr>
    }
}

/// The class that gives a row its icon.
fn icon(row: &Row) -> &'static str {
    match &row.kind {
        RowKind::Dir(_) => "folder",
        RowKind::Link(_) => "link",
        RowKind::File(kind) => match kind {
            Kind::Unknown => Kind::Binary.as_str(),
            kind => kind.as_str(),
        },
    }
}
