//! Markdown documents and the pieces of Markdown elsewhere: descriptions, notebook cells, outputs.

use super::{mounted, object, text};
use crate::app::Context;
use crate::bridge::Links;
use crate::load::Snapshot;
use crate::markdown::{render, render_fragment};
use crate::pages::problem;
use leptos::prelude::*;
use vitrine_protocol::EntryPath;
use wasm_bindgen::JsValue;

/// What documents of a page share: definitions of TeX macros.
pub(crate) fn macros() -> JsValue {
    js_sys::Object::new().into()
}

/// A whole document, fetched from `url`.
pub(crate) fn document(context: Context, snapshot: &Snapshot, path: &EntryPath, url: String) -> AnyView {
    let snapshot = snapshot.clone();
    let dir = path.parent().unwrap_or_default();
    text::fetched(url, move |text| {
        let links = Links::new(snapshot.clone(), dir.clone(), Vec::new());
        html(context, render(&text).html, links, macros())
    })
}

/// A piece of Markdown at hand.
pub(crate) fn fragment(context: Context, snapshot: &Snapshot, dir: &EntryPath, text: &str) -> AnyView {
    let links = Links::new(snapshot.clone(), dir.clone(), Vec::new());
    html(context, render_fragment(text).html, links, macros())
}

/// HTML that goes through the sanitiser.
pub(crate) fn html(context: Context, html: String, links: Links, macros: JsValue) -> AnyView {
    let plain = html.clone();
    let input = object([("html", html.into()), ("links", links.into()), ("macros", macros)]);
    mounted(context, "markup", "prose", input, move |reason| {
        let source = plain.clone();
        view! {
            {problem::part("This text could not be formatted", reason, None)}
            <pre class="plain" tabindex="0">{source}</pre>
        }
        .into_any()
    })
}
