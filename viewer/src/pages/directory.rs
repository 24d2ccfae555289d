//! A folder: its name, its listing, and its README below.

use super::{about, listing};
use crate::app::Context;
use crate::load::Snapshot;
use crate::presentation::comfortable_bytes;
use crate::renderers;
use crate::text;
use leptos::prelude::*;
use std::sync::Arc;
use vitrine_protocol::tree::FoundDir;
use vitrine_protocol::{Entries, EntryPath, File, Kind, Presentation, rows};

/// The page of a folder.
pub(crate) fn page(context: Context, dir: &FoundDir, entries: &Arc<Entries>) -> AnyView {
    let Some(snapshot) = context.snapshot.get_value() else { return ().into_any() };
    let is_root = dir.path.is_root();
    let shown = context.page.get_untracked().and_then(|page| page.path.name().map(ToString::to_string));
    let title = shown.filter(|_| !is_root).unwrap_or_else(|| snapshot.title());
    let description = if is_root { description(context, &snapshot) } else { None };
    let readme = rows::readme(entries).and_then(|file| readme(context, &snapshot, &dir.path, file));
    let summary = format!("{}, {}", text::count("files", dir.file_count), text::size(dir.size_bytes));
    view! {
        <article class="folder">
            <header class="heading">
                <h1><bdi>{title}</bdi></h1>
                <p class="facts"><span>{summary}</span> {is_root.then(|| about::facts(context, &snapshot))}</p>
                <div class="actions">
                    {(dir.file_count > 0).then(|| download(snapshot.zip(&dir.path), "action.zip", String::new()))}
                </div>
            </header>
            {description}
            {listing::listing(context, &snapshot, &dir.path, entries)}
            {readme}
        </article>
    }
    .into_any()
}

/// The ways to have what a page shows: saved by the browser, or copied by the program. `viewer/js/menu/` fills the menu when
/// it is opened.
pub(super) fn download(url: String, label: &str, name: String) -> AnyView {
    view! {
        <span class="ways">
            <a class="button" href=url download=name>{text::t(label)}</a>
            <details class="menu" data-menu="copy">
                <summary class="button" title=text::t("menu.more") aria-label=text::t("menu.more")></summary>
            </details>
        </span>
    }
    .into_any()
}

fn description(context: Context, snapshot: &Snapshot) -> Option<AnyView> {
    let text =
        snapshot.meta.as_ref().map(|meta| meta.description.clone()).filter(|text| !text.trim().is_empty())?;
    let document = renderers::markdown_text(context, snapshot, &EntryPath::root(), text.into());
    Some(view! { <div class="description">{document}</div> }.into_any())
}

/// The README, unless it is so large that nobody wrote it for reading here.
fn readme(context: Context, snapshot: &Snapshot, dir: &EntryPath, file: &File) -> Option<AnyView> {
    if file.size > comfortable_bytes(Presentation::Markdown) {
        return None;
    }
    let path = dir.join(&file.name).ok()?;
    let renderer = if file.kind == Kind::Markdown { "markdown" } else { "plain" };
    let way = renderers::file::drawn(context, snapshot, &path, file, renderer);
    let (label, name) = (file.name.to_string(), file.name.to_string());
    Some(
        view! {
            <section class="readme" aria-label=label>
                <h2 class="readme-name"><bdi>{name}</bdi></h2>
                {way}
            </section>
        }
        .into_any(),
    )
}
