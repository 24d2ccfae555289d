//! A folder: its name, its listing, and its README below.

use super::listing;
use crate::app::Context;
use crate::format;
use crate::load::Snapshot;
use crate::presentation::Presentation;
use crate::renderers;
use crate::sort;
use leptos::prelude::*;
use vitrine_protocol::tree::FoundDir;
use vitrine_protocol::{Entries, EntryPath, File, Kind};

/// The page of a folder.
pub(crate) fn page(context: Context, dir: &FoundDir, entries: &Entries) -> AnyView {
    let Some(snapshot) = context.snapshot.get_value() else { return ().into_any() };
    let is_root = dir.path.is_root();
    let shown = context.page.get_untracked().and_then(|page| page.path.name().map(ToString::to_string));
    let title = shown.filter(|_| !is_root).unwrap_or_else(|| snapshot.title());
    let description = if is_root { description(context, &snapshot) } else { None };
    let readme = sort::readme(entries).and_then(|file| readme(context, &snapshot, &dir.path, file));
    let summary =
        format!("{}, {}", format::count(dir.file_count, "file", "files"), format::size(dir.size_bytes));
    view! {
        <article class="folder">
            <header class="heading">
                <h1><bdi>{title}</bdi></h1>
                <p class="facts"><span>{summary}</span></p>
                {zip(&snapshot, dir)}
            </header>
            {description}
            {listing::listing(context, entries)}
            {readme}
        </article>
    }
    .into_any()
}

/// The folder as one file; there is nothing to save of an empty one.
fn zip(snapshot: &Snapshot, dir: &FoundDir) -> Option<AnyView> {
    let url = (dir.file_count > 0).then(|| snapshot.zip(&dir.path))?;
    Some(
        view! { <p class="actions"><a class="button" href=url download="">"Download ZIP"</a></p> }.into_any(),
    )
}

fn description(context: Context, snapshot: &Snapshot) -> Option<AnyView> {
    let text =
        snapshot.meta.as_ref().map(|meta| meta.description.clone()).filter(|text| !text.trim().is_empty())?;
    let document = renderers::text::markdown_text(context, snapshot, &EntryPath::root(), text.into());
    Some(view! { <div class="description">{document}</div> }.into_any())
}

/// The README, unless it is so large that nobody wrote it for reading here.
fn readme(context: Context, snapshot: &Snapshot, dir: &EntryPath, file: &File) -> Option<AnyView> {
    if file.size > Presentation::Markdown.comfortable_bytes() {
        return None;
    }
    let path = dir.join(&file.name).ok()?;
    let url = snapshot.file(&path);
    let way = if file.kind == Kind::Markdown {
        renderers::text::markdown(context, snapshot, &path, url)
    } else {
        renderers::text::plain(url)
    };
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
