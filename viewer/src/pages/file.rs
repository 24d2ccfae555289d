//! A file: its name and facts, ways to have it, and its content by the renderer of its kind.

use super::{problem, time};
use crate::app::Context;
use crate::format;
use crate::load::Snapshot;
use crate::location::View;
use crate::presentation::Presentation;
use crate::renderers;
use crate::sort;
use leptos::prelude::*;
use vitrine_protocol::{EntryPath, File};

/// The page of a file.
pub(crate) fn page(context: Context, path: &EntryPath, file: &File) -> AnyView {
    let Some(snapshot) = context.snapshot.get_value() else { return ().into_any() };
    let natural = Presentation::of(file);
    let view = Memo::new(move |_| context.page.get().map(|page| page.view).unwrap_or_default());
    let insisted = RwSignal::new(false);
    let (path, file) = (path.clone(), file.clone());
    let head = heading(context, &snapshot, &path, &file, natural, view);
    let content = move || {
        let way = match view.get() {
            View::Source if natural.has_source(&file) => Presentation::Code,
            _ => natural,
        };
        if file.size == 0 {
            return view! { <p class="empty">"This file is empty."</p> }.into_any();
        }
        if file.size > way.comfortable_bytes() && !insisted.get() {
            return too_large(&snapshot, &path, &file, way, insisted);
        }
        renderers::content(context, &snapshot, &path, &file, way)
    };
    view! { <article class=format!("file file-{}", file_class(natural))>{head} <div class="content">{content}</div></article> }
        .into_any()
}

/// Wide things get the whole width, texts a readable measure; the style sheet decides by this name.
fn file_class(way: Presentation) -> &'static str {
    match way {
        Presentation::Markdown => "document",
        Presentation::Notebook => "notebook",
        Presentation::Code => "code",
        Presentation::Pdf => "pdf",
        Presentation::Image => "image",
        Presentation::Audio => "audio",
        Presentation::Video => "video",
        Presentation::Html => "html",
        Presentation::Table => "table",
        Presentation::Download => "download",
    }
}

fn heading(
    context: Context,
    snapshot: &Snapshot,
    path: &EntryPath,
    file: &File,
    natural: Presentation,
    view: Memo<View>,
) -> impl IntoView + use<> {
    let download = snapshot.download(path);
    let name = file.name.to_string();
    let switch = natural.has_source(file).then(|| view_switch(context, view));
    view! {
        <header class="heading">
            <h1 class=format!("icon icon-{}", file.kind)><bdi>{name.clone()}</bdi></h1>
            <p class="facts">
                <span>{format::size(file.size)}</span>
                <span>{sort::label(file.kind)}</span>
                <span>{time(file.mtime)}</span>
            </p>
            <p class="actions">
                {switch}
                <a class="button" href=download download=name>"Download"</a>
            </p>
        </header>
    }
}

/// Two links, one to each view, so that both have an address.
fn view_switch(context: Context, view: Memo<View>) -> impl IntoView {
    let link = move |to: View, name: &'static str| {
        let url = move || context.page.get().map(|page| page.with_view(to).to_url());
        let current = move || (view.get() == to).then_some("true");
        view! { <a href=url aria-current=current>{name}</a> }
    };
    view! {
        <span class="switch" role="group" aria-label="View">
            {link(View::Rendered, "Preview")}
            {link(View::Source, "Source")}
        </span>
    }
}

fn too_large(
    snapshot: &Snapshot,
    path: &EntryPath,
    file: &File,
    way: Presentation,
    insisted: RwSignal<bool>,
) -> AnyView {
    let size = format::size(file.size);
    if file.size > way.possible_bytes() {
        let reason = format!("At {size} it does not fit into a browser's memory.");
        return problem::part("This file is too large to show", reason, Some(snapshot.download(path)));
    }
    view! {
        <div class="part-problem">
            <p><strong>"This file is large"</strong></p>
            <p>{format!("Showing all {size} of it may take a while and much memory.")}</p>
            <p class="actions">
                <button type="button" class="button" on:click=move |_| insisted.set(true)>"Show anyway"</button>
                <a class="button" href=snapshot.download(path) download="">"Download"</a>
            </p>
        </div>
    }
    .into_any()
}
