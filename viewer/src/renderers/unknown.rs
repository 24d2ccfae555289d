//! A file of a kind that nothing here shows: what it is, a download, and its bytes as text for whoever insists.

use super::file::drawn;
use crate::app::Context;
use crate::load::Snapshot;
use crate::text;
use leptos::prelude::*;
use vitrine_protocol::{EntryPath, File};

/// Type, size, a download, and "show anyway".
pub(super) fn unknown(context: Context, snapshot: &Snapshot, path: &EntryPath, file: &File) -> AnyView {
    let insisted = RwSignal::new(false);
    let (snapshot, path, file) = (snapshot.clone(), path.clone(), file.clone());
    let shown = move || {
        if insisted.get() {
            drawn(context, &snapshot, &path, &file, "code")
        } else {
            offer(&snapshot, &path, &file, insisted)
        }
    };
    view! { <div>{shown}</div> }.into_any()
}

fn offer(snapshot: &Snapshot, path: &EntryPath, file: &File, insisted: RwSignal<bool>) -> AnyView {
    view! {
        <div class="part-problem">
            <p><strong>{text::t("unknown.title")}</strong></p>
            <p>{format!("{}, {}", file.content_type.essence(), text::size(file.size))}</p>
            <p class="actions">
                <a class="button" href=snapshot.download(path) download=file.name.to_string()>{text::t("action.download")}</a>
                <button type="button" class="button" on:click=move |_| insisted.set(true)>{text::t("action.insist")}</button>
            </p>
        </div>
    }
    .into_any()
}
