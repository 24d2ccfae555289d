//! The table of a folder's entries: sorted by real buttons, filtered by name, drawn in steps when it is long.

use crate::app::Context;
use crate::browser::utc_offset;
use crate::format;
use crate::location::PageUrl;
use crate::sort::{self, Column, Order, Row, RowKind};
use leptos::prelude::*;
use std::time::Duration;
use vitrine_protocol::{Entries, Kind};

/// Rows are drawn in chunks of this many, the first before the first paint and the others right after it, so that a long
/// folder is there at once and the browser's own search finds every name a moment later.
const CHUNK_ROWS: usize = 400;

/// The pause between two chunks: one frame.
const PAUSE: Duration = Duration::from_millis(16);

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
    let all = StoredValue::new(sort::rows(entries));
    let rows = Memo::new(move |_| {
        let needle = filter.get().to_lowercase();
        let matching = |row: &&Row| needle.is_empty() || row.name.as_str().to_lowercase().contains(&needle);
        let mut rows: Vec<Row> = all.with_value(|rows| rows.iter().filter(matching).cloned().collect());
        sort::sort(&mut rows, order.get());
        rows
    });
    let chunks = total.div_ceil(CHUNK_ROWS);
    let drawn = drawn_chunks(rows, chunks);
    let body: Vec<_> = (0..chunks).map(|chunk| chunk_view(page.clone(), rows, drawn, chunk)).collect();
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

/// How many chunks are drawn: one whenever the rows change, and then one more with every frame.
fn drawn_chunks(rows: Memo<Vec<Row>>, chunks: usize) -> RwSignal<usize> {
    let drawn = RwSignal::new(1);
    let round = StoredValue::new(0u32);
    Effect::new(move |_| {
        rows.track();
        drawn.set(1);
        round.update_value(|round| *round += 1);
        draw_next(drawn, round, round.get_value(), chunks);
    });
    drawn
}

fn draw_next(drawn: RwSignal<usize>, round: StoredValue<u32>, this: u32, chunks: usize) {
    let next = move || {
        // The page may have been left in the meantime, or its rows changed.
        if round.try_get_value() == Some(this)
            && drawn.try_get_untracked().is_some_and(|count| count < chunks)
        {
            drawn.update(|count| *count += 1);
            draw_next(drawn, round, this, chunks);
        }
    };
    set_timeout(next, PAUSE);
}

fn chunk_view(page: PageUrl, rows: Memo<Vec<Row>>, drawn: RwSignal<usize>, chunk: usize) -> impl IntoView {
    let is_drawn = Memo::new(move |_| chunk < drawn.get());
    move || {
        let start = if is_drawn.get() { chunk * CHUNK_ROWS } else { usize::MAX };
        rows.with(|rows| {
            rows.iter().skip(start).take(CHUNK_ROWS).map(|row| row_view(&page, row)).collect::<Vec<_>>()
        })
    }
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
