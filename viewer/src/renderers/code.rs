//! Text with line numbers in CodeMirror, and coloured pieces of code elsewhere.

use super::{Handle, mounted, object, run, text};
use crate::app::Context;
use crate::location::{PageUrl, line_range};
use crate::pages::problem;
use leptos::html;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;

/// A whole file, fetched from `url`.
pub(super) fn code(context: Context, file_name: String, url: String) -> AnyView {
    text::fetched(url, move |text| editor(context, &file_name, &text))
}

/// The editor; when it fails, the text without it.
pub(super) fn editor(context: Context, file_name: &str, text: &str) -> AnyView {
    let fragment = context.page.get_untracked().map(|page| page.fragment).unwrap_or_default();
    let (first, last) = line_range(&fragment).unwrap_or((0, 0));
    let on_lines = Closure::<dyn Fn(String)>::new(move |fragment: String| {
        if let Some(Some(page)) = context.page.try_get_untracked() {
            context.router.refine(PageUrl { fragment, ..page });
        }
    });
    let input = object([
        ("text", text.into()),
        ("fileName", file_name.into()),
        ("firstLine", first.into()),
        ("lastLine", last.into()),
        ("onLines", on_lines.into_js_value()),
    ]);
    let text = text.to_owned();
    mounted(context, "code", "code-view", input, move |reason| {
        view! {
            {problem::part("The editor could not be loaded", reason, None)}
            <pre class="plain" tabindex="0">{text.clone()}</pre>
        }
        .into_any()
    })
}

/// A piece of code, readable at once and coloured when the grammar has come.
pub(super) fn snippet(context: Context, code: &str, language: &str) -> AnyView {
    let host = NodeRef::<html::Code>::new();
    let handle = Handle::new();
    let input = SendWrapper::new(object([("code", code.into()), ("language", language.into())]));
    host.on_load(move |element| {
        // Without colours the code is still all there.
        run(context, "highlight", element.into(), input.take(), |_| {}, &handle);
    });
    view! { <pre class="snippet" tabindex="0"><code node_ref=host>{code.to_owned()}</code></pre> }.into_any()
}
