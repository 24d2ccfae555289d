//! The pages: what surrounds all of them, a folder, a file, and a problem. `app` picks one of them.

pub(crate) mod about;
pub(crate) mod directory;
pub(crate) mod file;
mod listing;
pub(crate) mod problem;

use crate::app::Context;
use crate::load::Snapshot;
use crate::location::PageUrl;
use crate::text;
use leptos::prelude::*;
use vitrine_protocol::EntryPath;

/// What surrounds every page: where we are above it, what it is part of below it.
pub(crate) fn frame(
    context: Context,
    content: impl Fn() -> Option<AnyView> + Send + 'static,
) -> impl IntoView {
    let announcement = move || context.page.get().map(|page| page.path.name().map(ToString::to_string));
    view! {
        <a class="skip" href="#content">{text::t("page.skip")}</a>
        <div class="progress" class:busy=move || context.busy.get() aria-hidden="true"></div>
        <header class="top">
            {move || crumbs(context)}
            <div id="around"></div>
        </header>
        <div id="news" role="status"></div>
        <main id="content" tabindex="-1" aria-busy=move || context.busy.get().to_string()>
            {content}
        </main>
        <footer class="bottom">
            {move || colophon(context)}
            <span id="preferences"></span>
            <span class="brand">"Vitrine"</span>
        </footer>
        <p class="visually-hidden" aria-live="polite">{move || announcement().flatten()}</p>
    }
}

/// The way from the share's root to here; the last step is where we are.
fn crumbs(context: Context) -> Option<AnyView> {
    let page = context.page.get()?;
    let title = context.snapshot.with_value(|snapshot| snapshot.as_ref().map(Snapshot::title))?;
    let names = page.path.names();
    let mut path = EntryPath::root();
    let mut steps = vec![crumb(&page, EntryPath::root(), title, names.is_empty())];
    for (index, name) in names.iter().enumerate() {
        path = path.join(name).ok()?;
        steps.push(crumb(&page, path.clone(), name.to_string(), index + 1 == names.len()));
    }
    Some(
        view! { <nav aria-label=text::t("page.breadcrumb")><ol class="crumbs">{steps}</ol></nav> }.into_any(),
    )
}

fn crumb(page: &PageUrl, path: EntryPath, name: String, is_last: bool) -> AnyView {
    let name = view! { <bdi>{name}</bdi> };
    if is_last {
        return view! { <li><span aria-current="page">{name}</span></li> }.into_any();
    }
    view! { <li><a href=PageUrl::new(page.share, path).to_url()>{name}</a></li> }.into_any()
}

/// What is being read: when it was published, how much it is, under which licence.
fn colophon(context: Context) -> Option<AnyView> {
    // The snapshot is chosen when the first page arrives.
    context.page.get()?;
    let snapshot = context.snapshot.get_value()?;
    let latest = &snapshot.latest;
    let files = text::count("files", latest.file_count);
    let license =
        snapshot.meta.as_ref().map(|meta| meta.license.trim().to_owned()).filter(|text| !text.is_empty());
    Some(
        view! {
            <span>{published(latest.published_at)}</span>
            <span>{files} ", " {text::size(latest.size_bytes)}</span>
            {license.map(|license| view! { <span>{text::with("page.licence", [("licence", &license)])}</span> })}
        }
        .into_any(),
    )
}

/// When the snapshot became the current one, in a sentence whose order is the language's.
fn published(unix_ms: i64) -> AnyView {
    let sentence = text::with("page.published", [("time", "\u{0}")]);
    let (before, after) = sentence.split_once('\u{0}').unwrap_or((&sentence, ""));
    view! { {before.to_owned()} {time(unix_ms)} {after.to_owned()} }.into_any()
}

/// A moment by the reader's clock, with the machine's form beside it.
pub(crate) fn time(unix_ms: i64) -> impl IntoView {
    let shown = text::minute(unix_ms);
    view! { <time datetime=text::machine(unix_ms)>{shown}</time> }
}
