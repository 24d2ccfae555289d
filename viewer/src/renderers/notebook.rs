//! Jupyter notebooks, cell by cell.

use super::notebook_output::{Outputs, outputs};
use super::{code, markdown, text};
use crate::app::Context;
use crate::bridge::Links;
use crate::load::Snapshot;
use crate::markdown::render_fragment;
use crate::notebook::{Body, Cell, Notebook, parse};
use crate::pages::problem;
use leptos::prelude::*;
use vitrine_protocol::EntryPath;
use wasm_bindgen::JsValue;

/// What the cells of one notebook share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) context: Context,
    pub(super) snapshot: Snapshot,
    pub(super) dir: EntryPath,
    pub(super) language: String,
    pub(super) macros: JsValue,
}

impl Shared {
    /// HTML or rendered Markdown, sanitised.
    pub(super) fn html(&self, html: String, attachments: Vec<(String, String)>) -> AnyView {
        let links = Links::new(self.snapshot.clone(), self.dir.clone(), attachments);
        markdown::html(self.context, html, links, self.macros.clone())
    }
}

/// A notebook, fetched from `url`; what is not a notebook is shown as the text it is.
pub(super) fn notebook(context: Context, snapshot: &Snapshot, path: &EntryPath, url: String) -> AnyView {
    let (snapshot, path) = (snapshot.clone(), path.clone());
    text::fetched(url, move |text| match parse(&text) {
        Ok(notebook) => {
            let shared = Shared {
                context,
                snapshot: snapshot.clone(),
                dir: path.parent().unwrap_or_default(),
                language: notebook.language.clone(),
                macros: markdown::macros(),
            };
            drawn(&shared, notebook)
        }
        Err(error) => {
            let name = path.name().map(ToString::to_string).unwrap_or_default();
            let reason = format!("This is its text instead, because {error}.");
            view! {
                {problem::part("This notebook cannot be read", reason, None)}
                {code::editor(context, &format!("{name}.json"), &text)}
            }
            .into_any()
        }
    })
}

fn drawn(shared: &Shared, notebook: Notebook) -> AnyView {
    let about = format!("{} · notebook format {}", notebook.kernel, notebook.format);
    let cells: Vec<AnyView> =
        notebook.cells.into_iter().enumerate().map(|(index, cell)| cell_view(shared, index, cell)).collect();
    if cells.is_empty() {
        return view! { <p class="empty">"This notebook has no cells."</p> }.into_any();
    }
    view! {
        <p class="facts notebook-facts">{about}</p>
        <div class="notebook">{cells}</div>
    }
    .into_any()
}

fn cell_view(shared: &Shared, index: usize, cell: Cell) -> AnyView {
    let id = format!("cell-{}", cell.id.unwrap_or_else(|| (index + 1).to_string()));
    match cell.body {
        Body::Markdown { source, attachments } => {
            let text = shared.html(render_fragment(&source).html, attachments);
            view! { <section class="cell cell-text" id=id>{text}</section> }.into_any()
        }
        Body::Raw { source, format } => {
            let label = format.unwrap_or_else(|| "raw".to_owned());
            view! {
                <section class="cell cell-raw" id=id aria-label="Raw cell">
                    <span class="prompt">{label}</span>
                    <pre class="plain" tabindex="0">{source}</pre>
                </section>
            }
            .into_any()
        }
        Body::Code { source, count, outputs: printed, language } => {
            let language = language.unwrap_or_else(|| shared.language.clone());
            let name = count.map_or_else(|| "Code cell".to_owned(), |count| format!("Code cell {count}"));
            let source = source_view(shared, source, &language, cell.source_hidden);
            let outputs = outputs(&Outputs { shared, printed, hidden: cell.outputs_hidden });
            view! {
                <section class="cell cell-code" id=id aria-label=name>
                    <span class="prompt" aria-hidden="true">{prompt(count)}</span>
                    {source}
                    {outputs}
                </section>
            }
            .into_any()
        }
    }
}

fn prompt(count: Option<i64>) -> String {
    count.map_or_else(|| "[ ]".to_owned(), |count| format!("[{count}]"))
}

/// The code of a cell: folded when its author folded it, absent when there is none.
fn source_view(shared: &Shared, source: String, language: &str, hidden: bool) -> AnyView {
    if source.trim().is_empty() {
        return view! { <pre class="snippet snippet-empty"></pre> }.into_any();
    }
    // A cell magic that switches the language: `%%bash`, `%%html`.
    let first = source.lines().next().unwrap_or_default();
    let magic = first.strip_prefix("%%").and_then(|rest| rest.split_whitespace().next());
    let language = magic.filter(|name| is_language(name)).unwrap_or(language);
    let code = code::snippet(shared.context, &source, language);
    if hidden {
        return view! { <details class="folded"><summary>"Code"</summary>{code}</details> }.into_any();
    }
    code
}

/// The cell magics that are names of languages; `%%time` and its like are not.
fn is_language(magic: &str) -> bool {
    matches!(
        magic,
        "bash"
            | "sh"
            | "html"
            | "javascript"
            | "js"
            | "latex"
            | "markdown"
            | "perl"
            | "python"
            | "r"
            | "R"
            | "ruby"
            | "sql"
            | "svg"
            | "julia"
    )
}
