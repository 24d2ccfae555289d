//! A file: its name and facts, ways to have it, and its content by the renderer of its kind.

use super::{problem, time};
use crate::app::Context;
use crate::load::Snapshot;
use crate::location::View;
use crate::presentation::{comfortable_bytes, has_source, possible_bytes};
use crate::renderers;
use crate::text;
use leptos::prelude::*;
use vitrine_protocol::{EntryPath, File, Presentation, rows};

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
            View::Source if has_source(natural, &file) => Presentation::Code,
            _ => natural,
        };
        if file.size == 0 {
            return view! { <p class="empty">{text::t("file.empty")}</p> }.into_any();
        }
        if file.size > comfortable_bytes(way) && !insisted.get() {
            return too_large(&snapshot, &path, &file, way, insisted);
        }
        renderers::content(context, &snapshot, &path, &file, way)
    };
    view! { <article class=format!("file file-{}", natural.class())>{head} <div class="content">{content}</div></article> }
        .into_any()
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
    let switch = has_source(natural, file).then(|| view_switch(context, view));
    view! {
        <header class="heading">
            <h1 class=format!("icon icon-{}", file.kind)><bdi>{name.clone()}</bdi></h1>
            <p class="facts">
                <span>{text::size(file.size)}</span>
                <span>{text::t(&format!("kind.{}", rows::kind(file.kind)))}</span>
                <span>{time(file.mtime)}</span>
            </p>
            <div class="actions">{switch} {super::directory::download(download, "action.download", name)}</div>
        </header>
    }
}

/// Two links, one to each view, so that both have an address.
fn view_switch(context: Context, view: Memo<View>) -> impl IntoView {
    let link = move |to: View, name: &'static str| {
        let url = move || context.page.get().map(|page| page.with_view(to).to_url());
        let current = move || (view.get() == to).then_some("true");
        view! { <a href=url aria-current=current>{text::t(name)}</a> }
    };
    view! {
        <span class="switch" role="group" aria-label=text::t("view.label")>
            {link(View::Rendered, "view.rendered")}
            {link(View::Source, "view.source")}
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
    let size = text::size(file.size);
    if file.size > possible_bytes(way) {
        let reason = text::with("large.impossible", [("size", &size)]);
        return problem::part(&text::t("large.title"), reason, Some(snapshot.download(path)));
    }
    view! {
        <div class="part-problem">
            <p><strong>{text::t("large.title.possible")}</strong></p>
            <p>{text::with("large.possible", [("size", &size)])}</p>
            <p class="actions">
                <button type="button" class="button" on:click=move |_| insisted.set(true)>{text::t("action.insist")}</button>
                <a class="button" href=snapshot.download(path) download="">{text::t("action.download")}</a>
            </p>
        </div>
    }
    .into_any()
}
