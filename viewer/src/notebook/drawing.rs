//! A notebook as its page draws it: every decision made, every text rendered, nothing left but to make elements.
//!
//! `viewer/js/notebook.ts` reads the JSON of these types; their names there are the same.

use super::{Body, Cell, Notebook, Output, Shown, choose, latex_html};
use crate::ansi::spans;
use crate::markdown::render_fragment;
use serde::Serialize;

/// More outputs than this in one cell are left out: a loop that displays ten thousand figures would end the tab.
const OUTPUTS_SHOWN: usize = 500;

/// A notebook to draw.
#[derive(Debug, Serialize)]
pub struct Drawing {
    /// The kernel and the format, for people.
    about: String,
    cells: Vec<DrawnCell>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum DrawnCell {
    Text {
        id: String,
        html: String,
        attachments: Vec<(String, String)>,
    },
    Raw {
        id: String,
        label: String,
        source: String,
    },
    Code {
        id: String,
        label: String,
        prompt: String,
        source: String,
        language: String,
        source_hidden: bool,
        outputs_hidden: bool,
        outputs: Vec<DrawnOutput>,
        outputs_left_out: usize,
    },
}

/// Untrusted HTML is only ever in `Html` and `Frame`: the first is sanitised, the second leaves the page.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum DrawnOutput {
    Terminal { look: &'static str, spans: Vec<(String, String, String)> },
    Html { html: String },
    Frame { form: &'static str, data: String },
    Image { url: String, width: Option<u64>, height: Option<u64>, alt: String },
    Json { text: String },
    Widget { text: String },
    Nothing { types: Vec<String> },
}

/// Decides how a notebook is drawn.
pub fn draw(notebook: Notebook) -> Drawing {
    let about = format!("{} · notebook format {}", notebook.kernel, notebook.format);
    let language = notebook.language;
    let cells =
        notebook.cells.into_iter().enumerate().map(|(index, cell)| drawn_cell(index, cell, &language));
    Drawing { about, cells: cells.collect() }
}

fn drawn_cell(index: usize, cell: Cell, notebook_language: &str) -> DrawnCell {
    let id = format!("cell-{}", cell.id.unwrap_or_else(|| (index + 1).to_string()));
    match cell.body {
        Body::Markdown { source, attachments } => {
            DrawnCell::Text { id, html: render_fragment(&source), attachments }
        }
        Body::Raw { source, format } => {
            DrawnCell::Raw { id, label: format.unwrap_or_else(|| "raw".to_owned()), source }
        }
        Body::Code { source, count, outputs, language } => DrawnCell::Code {
            id,
            label: count.map_or_else(|| "Code cell".to_owned(), |count| format!("Code cell {count}")),
            prompt: count.map_or_else(|| "[ ]".to_owned(), |count| format!("[{count}]")),
            language: cell_language(&source, language.as_deref().unwrap_or(notebook_language)),
            source,
            source_hidden: cell.source_hidden,
            outputs_hidden: cell.outputs_hidden,
            outputs_left_out: outputs.len().saturating_sub(OUTPUTS_SHOWN),
            outputs: outputs
                .iter()
                .take(OUTPUTS_SHOWN)
                .map(|output| drawn_output(output, notebook_language))
                .collect(),
        },
    }
}

/// The language of a cell: a magic such as `%%bash` on its first line switches it; `%%time` and its like do not.
fn cell_language(source: &str, language: &str) -> String {
    const MAGICS: [&str; 14] = [
        "bash",
        "sh",
        "html",
        "javascript",
        "js",
        "latex",
        "markdown",
        "perl",
        "python",
        "r",
        "R",
        "ruby",
        "sql",
        "julia",
    ];
    let first = source.lines().next().unwrap_or_default();
    let magic = first.strip_prefix("%%").and_then(|rest| rest.split_whitespace().next());
    magic.filter(|name| MAGICS.contains(name)).unwrap_or(language).to_owned()
}

fn drawn_output(output: &Output, language: &str) -> DrawnOutput {
    match output {
        Output::Stream { is_error: false, text } => terminal("", text),
        Output::Stream { is_error: true, text } => terminal("stream-error", text),
        Output::Error { name, value, traceback } if traceback.trim().is_empty() => {
            terminal("traceback", &format!("{name}: {value}"))
        }
        Output::Error { traceback, .. } => terminal("traceback", traceback),
        Output::Rich { forms, metadata, .. } => match choose(forms, metadata, language) {
            Shown::PlainHtml(html) => DrawnOutput::Html { html },
            Shown::Markdown(text) => DrawnOutput::Html { html: render_fragment(&text) },
            Shown::Latex(tex) => DrawnOutput::Html { html: latex_html(&tex) },
            Shown::Frame { form, data } => DrawnOutput::Frame { form, data },
            Shown::Image { url, width, height, alt } => DrawnOutput::Image { url, width, height, alt },
            Shown::Json(text) => DrawnOutput::Json { text },
            Shown::Text(text) => terminal("", &text),
            Shown::Widget(text) => DrawnOutput::Widget { text },
            Shown::Nothing(types) => DrawnOutput::Nothing { types },
        },
    }
}

fn terminal(look: &'static str, text: &str) -> DrawnOutput {
    let spans =
        spans(text).into_iter().map(|span| (span.text, span.style.classes(), span.style.properties()));
    DrawnOutput::Terminal { look, spans: spans.collect() }
}
