//! Files that are texts: fetched here, and handed to the renderer that knows what they mean. When that one fails, the text
//! itself is shown.

use super::progress::Progress;
use super::{Handle, mounted, mounted_with, object};
use crate::app::Context;
use crate::bridge::Links;
use crate::browser::fetch::{self, Abort};
use crate::browser::session;
use crate::failure::Failure;
use crate::load::Snapshot;
use crate::location::{PageUrl, line_range};
use crate::pages::problem;
use leptos::prelude::*;
use leptos::task::spawn_local;
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::sync::Arc;
use vitrine_protocol::EntryPath;
use wasm_bindgen::prelude::*;

/// Fetches a text and shows it with `show`; says so while it is on its way and when it does not come.
fn fetched(url: String, show: impl Fn(Arc<str>) -> AnyView + Send + 'static) -> AnyView {
    let text = RwSignal::new(None::<Result<Arc<str>, Failure>>);
    let attempt = RwSignal::new(0u32);
    let abort = Arc::new(SendWrapper::new(RefCell::new(None::<Abort>)));
    let last = abort.clone();
    on_cleanup(move || drop(last.replace(None)));
    Effect::new(move |_| {
        attempt.track();
        let switch = Abort::new();
        let signal = switch.signal();
        abort.replace(Some(switch));
        let url = url.clone();
        spawn_local(async move {
            let fetched = fetch::text(&url, &signal).await.map(Arc::from);
            if !signal.aborted() {
                drop(text.try_set(Some(fetched)));
            }
        });
    });
    let again = move || {
        text.set(None);
        attempt.update(|attempt| *attempt += 1);
    };
    view! {
        {move || match text.get() {
            None => view! { <p class="loading" role="status" data-rendered=Progress::PENDING>"Loading…"</p> }.into_any(),
            Some(Ok(text)) => show(text),
            Some(Err(failure)) => failed(&failure, again),
        }}
    }
    .into_any()
}

fn failed(failure: &Failure, again: impl Fn() + Send + Sync + Copy + 'static) -> AnyView {
    session::failed("part", "text");
    view! {
        {problem::part(failure.title(), failure.explanation(), None)}
        <p class="actions"><button type="button" class="button" on:click=move |_| again()>"Try again"</button></p>
    }
    .into_any()
}

/// A text as it stands.
pub(crate) fn plain(url: String) -> AnyView {
    fetched(url, |text| as_it_stands(&text))
}

fn as_it_stands(text: &str) -> AnyView {
    view! { <pre class="plain" tabindex="0">{text.to_owned()}</pre> }.into_any()
}

/// What stands in for a renderer that failed: the reason, and the text.
fn otherwise(what: &'static str, text: Arc<str>) -> impl Fn(String) -> AnyView + Send + 'static {
    move |reason| view! { {problem::part(what, reason, None)} {as_it_stands(&text)} }.into_any()
}

/// A Markdown document.
pub(crate) fn markdown(context: Context, snapshot: &Snapshot, path: &EntryPath, url: String) -> AnyView {
    let (snapshot, dir) = (snapshot.clone(), path.parent().unwrap_or_default());
    fetched(url, move |text| markdown_text(context, &snapshot, &dir, text))
}

/// Markdown at hand, its addresses relative to `dir`.
pub(crate) fn markdown_text(
    context: Context,
    snapshot: &Snapshot,
    dir: &EntryPath,
    text: Arc<str>,
) -> AnyView {
    let links = Links::new(snapshot.clone(), dir.clone());
    let input = object([("text", (&*text).into()), ("links", links.into())]);
    mounted(context, "markdown", "prose", input, otherwise("This text could not be formatted", text))
}

/// A notebook; the renderer itself shows the text of what is none.
pub(super) fn notebook(context: Context, snapshot: &Snapshot, path: &EntryPath, url: String) -> AnyView {
    let (snapshot, path) = (snapshot.clone(), path.clone());
    fetched(url, move |text| {
        let links = Links::new(snapshot.clone(), path.parent().unwrap_or_default());
        let name = path.name().map(ToString::to_string).unwrap_or_default();
        let input = object([
            ("text", (&*text).into()),
            ("fileName", name.into()),
            ("links", links.into()),
            ("frameUrl", snapshot.routes.frame_page().into()),
        ]);
        mounted(
            context,
            "notebook",
            "notebook-view",
            input,
            otherwise("This notebook could not be shown", text),
        )
    })
}

/// Comma- or tab-separated values.
pub(super) fn table(context: Context, url: String) -> AnyView {
    fetched(url, move |text| {
        let input = object([("text", (&*text).into())]);
        mounted(context, "table", "table-view", input, otherwise("This table could not be shown", text))
    })
}

/// A text with line numbers; its address can point at lines.
pub(super) fn code(context: Context, file_name: String, url: String) -> AnyView {
    fetched(url, move |text| {
        let lines = move || {
            let page = context.page.try_get().flatten();
            page.and_then(|page| line_range(&page.fragment)).unwrap_or((0, 0))
        };
        let (first, last) = untrack(lines);
        let handle = Handle::new();
        let shown = handle.clone();
        // Whoever edits the address or goes back stays on this page, and the editor with it.
        Effect::new(move |_| {
            let (first, last) = lines();
            if let Some(mounted) = shown.mounted() {
                // An editor that fails at it still shows the text.
                let _ = mounted.show_lines(first, last);
            }
        });
        let on_lines = Closure::<dyn Fn(String)>::new(move |fragment: String| {
            if let Some(Some(page)) = context.page.try_get_untracked() {
                context.router.refine(PageUrl { fragment, ..page });
            }
        });
        let input = object([
            ("text", (&*text).into()),
            ("fileName", file_name.as_str().into()),
            ("firstLine", first.into()),
            ("lastLine", last.into()),
            ("onLines", on_lines.into_js_value()),
        ]);
        let otherwise = otherwise("The editor could not be loaded", text);
        mounted_with(context, "code", "code-view", input, otherwise, &handle)
    })
}
