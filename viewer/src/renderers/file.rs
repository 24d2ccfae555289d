//! What the JavaScript renderers of files are given (`viewer/js/file.ts`), and how they hear of an address that points
//! elsewhere in the same file. Called by [`super::content`] and the folder's page.

use super::{Handle, mounted_with};
use crate::app::Context;
use crate::bridge::Links;
use crate::load::Snapshot;
use crate::location::PageUrl;
use crate::text::object;
use leptos::prelude::*;
use vitrine_protocol::{EntryPath, File};
use wasm_bindgen::prelude::*;

/// A file in an element that the renderer of that name fills.
pub(crate) fn drawn(
    context: Context,
    snapshot: &Snapshot,
    path: &EntryPath,
    file: &File,
    renderer: &'static str,
) -> AnyView {
    let (snapshot, path, file) = (snapshot.clone(), path.clone(), file.clone());
    let handle = Handle::new();
    let shown = handle.clone();
    // Whoever edits the address or goes back stays on this page, and the renderer with it.
    Effect::new(move |before: Option<String>| {
        let fragment = context.page.get().map(|page| page.fragment).unwrap_or_default();
        if before.is_some_and(|before| before != fragment)
            && let Some(mounted) = shown.mounted()
        {
            // A renderer that fails at it, or knows no places, still shows the file.
            let _ = mounted.show_fragment(&fragment);
        }
        fragment
    });
    let download = snapshot.download(&path);
    let make = move || input(context, &snapshot, &path, &file, renderer);
    mounted_with(context, renderer, class(renderer), make, Some(download), &handle)
}

/// The element's classes: its own, and what the style sheet says of documents.
fn class(renderer: &'static str) -> String {
    match renderer {
        "markdown" => "prose".to_owned(),
        "pdf" => "pdf".to_owned(),
        other => format!("{other}-view"),
    }
}

fn input(
    context: Context,
    snapshot: &Snapshot,
    path: &EntryPath,
    file: &File,
    renderer: &'static str,
) -> JsValue {
    let fragment = context.page.try_get_untracked().flatten().map(|page| page.fragment).unwrap_or_default();
    let on_fragment = Closure::<dyn Fn(String)>::new(move |fragment: String| {
        if let Some(Some(page)) = context.page.try_get_untracked() {
            context.router.refine(PageUrl { fragment, ..page });
        }
    });
    let links = Links::new(snapshot.clone(), path.parent().unwrap_or_default());
    let url = if renderer == "image" { snapshot.picture(path) } else { snapshot.file(path) };
    object([
        ("url", url.into()),
        ("download", snapshot.download(path).into()),
        ("name", file.name.as_str().into()),
        ("size", f64_of(file.size).into()),
        ("contentType", file.content_type.as_str().into()),
        ("links", links.into()),
        ("frameUrl", snapshot.routes.frame_page().into()),
        ("fragment", fragment.into()),
        ("onFragment", on_fragment.into_js_value()),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "sizes stay below 2^53")]
fn f64_of(size: u64) -> f64 {
    size as f64
}
