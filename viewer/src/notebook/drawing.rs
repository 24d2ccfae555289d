//! A notebook as its page draws it: every decision made, every text rendered, nothing left but to make elements.
//!
//! `viewer/js/notebook/drawing.ts` has the types of the JSON; the names there are the same.

use super::folding::Folding;
use super::{Body, Cell, Notebook, Output, Shown, choose, embedded, latex_html, normal_language};
use crate::markdown::{formulas_in_html, render_fragment};
use serde::Serialize;
use std::collections::HashSet;

/// More outputs than this in one cell are left out: a loop that displays ten thousand figures would end the tab.
const OUTPUTS_SHOWN: usize = 500;

/// A notebook to draw.
#[derive(Debug, Serialize)]
pub struct Drawing {
    kernel: String,
    format: String,
    cells: Vec<DrawnCell>,
}

/// A cell to draw. What all kinds have stands in each: a struct around them would double the serialiser.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DrawnCell {
    /// Text that is formatted.
    Text {
        /// What a link to it names.
        id: String,
        /// Whether it is folded away.
        source_hidden: bool,
        /// Its tags.
        tags: Vec<String>,
        /// HTML that must be sanitised.
        html: String,
        /// Pictures that it calls by name.
        attachments: Vec<(String, String)>,
    },
    /// Text for another program.
    Raw {
        /// What a link to it names.
        id: String,
        /// Whether it is folded away.
        source_hidden: bool,
        /// Its tags.
        tags: Vec<String>,
        /// The format it is in, if it says so.
        format: Option<String>,
        /// The text.
        source: String,
    },
    /// Code and what it printed.
    Code {
        /// What a link to it names.
        id: String,
        /// Whether the code is folded away.
        source_hidden: bool,
        /// Its tags.
        tags: Vec<String>,
        /// The number in brackets.
        count: Option<i64>,
        /// The code.
        source: String,
        /// What it is written in.
        language: String,
        /// Whether the outputs are folded away.
        outputs_hidden: bool,
        /// Whether long outputs scroll, if its author chose.
        scrolled: Option<bool>,
        /// What it printed.
        outputs: Vec<DrawnOutput>,
        /// How many outputs are not among them.
        outputs_left_out: usize,
    },
}

/// Untrusted HTML is only ever in `Html` and `Frame`: the first is sanitised, the second leaves the page.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DrawnOutput {
    Terminal { look: &'static str, text: String },
    Html { html: String },
    Frame { form: &'static str, data: String },
    Page { address: String, width: Option<u64>, height: Option<u64> },
    Image { url: String, width: Option<u64>, height: Option<u64>, alt: String, on_dark: bool },
    Pdf { data: String },
    Json { text: String, mime: String },
    Widget { model: String, text: String, otherwise: Option<Box<DrawnOutput>> },
    Nothing { types: Vec<String> },
}

/// Decides how a notebook is drawn.
pub fn draw(notebook: Notebook) -> Drawing {
    let mut drawer = Drawer::new(&notebook.language);
    let cells = notebook.cells.into_iter().map(|cell| drawer.cell(cell));
    Drawing { cells: cells.collect(), kernel: notebook.kernel, format: notebook.format }
}

/// Draws the cells of one notebook, in order.
#[derive(Debug)]
pub(super) struct Drawer {
    language: String,
    drawn: usize,
    ids: HashSet<String>,
}

impl Drawer {
    pub(super) fn new(language: &str) -> Self {
        Self { language: language.to_owned(), drawn: 0, ids: HashSet::new() }
    }

    /// What a link to the next cell names: its own id, or its place.
    fn id(&mut self, own: Option<String>) -> String {
        self.drawn += 1;
        let own = own.map(|id| format!("cell-{id}")).filter(|id| !self.ids.contains(id));
        let id = own.unwrap_or_else(|| format!("cell-{}", self.drawn));
        self.ids.insert(id.clone());
        id
    }

    pub(super) fn cell(&mut self, cell: Cell) -> DrawnCell {
        let id = self.id(cell.id);
        let Folding { source_hidden, outputs_hidden, scrolled, tags } = cell.folding;
        match cell.body {
            Body::Markdown { source, attachments } => {
                // The sanitiser leaves frames out; where they lead is worth a link.
                let html = embedded::linked(render_fragment(&source), None);
                DrawnCell::Text { id, source_hidden, tags, html, attachments }
            }
            Body::Raw { source, format } => DrawnCell::Raw { id, source_hidden, tags, format, source },
            Body::Code { source, count, outputs, language } => DrawnCell::Code {
                id,
                source_hidden,
                tags,
                count,
                language: cell_language(&source, language.as_deref().unwrap_or(&self.language)),
                source,
                outputs_hidden,
                scrolled,
                outputs_left_out: outputs.len().saturating_sub(OUTPUTS_SHOWN),
                outputs: outputs
                    .iter()
                    .take(OUTPUTS_SHOWN)
                    .map(|output| drawn_output(output, &self.language))
                    .collect(),
            },
        }
    }

    /// A cell that is no JSON, as its text.
    pub(super) fn unreadable(&mut self, source: String) -> DrawnCell {
        DrawnCell::Raw { id: self.id(None), source_hidden: false, tags: Vec::new(), format: None, source }
    }
}

/// The language of a cell: a magic such as `%%bash` on its first line switches it; `%%time` and its like do not.
fn cell_language(source: &str, language: &str) -> String {
    const MAGICS: [&str; 24] = [
        "bash",
        "sh",
        "html",
        "HTML",
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
        "sage",
        "scala",
        "csharp",
        "fsharp",
        "pwsh",
        "powershell",
        "md",
        "mermaid",
        "kql",
    ];
    let first = source.lines().next().unwrap_or_default();
    // `%%bash` is IPython's; a line that is `%sql` alone is Databricks'; `#!sql` is .NET Interactive's.
    let cell = first.strip_prefix("%%").or_else(|| first.strip_prefix("#!"));
    let alone = first.strip_prefix('%').filter(|name| !name.trim_end().contains(char::is_whitespace));
    let magic = cell.or(alone).and_then(|rest| rest.split_whitespace().next());
    magic.filter(|name| MAGICS.contains(name)).map_or_else(|| language.to_owned(), normal_language)
}

fn drawn_output(output: &Output, language: &str) -> DrawnOutput {
    match output {
        Output::Stream { is_error: false, text } => terminal("", text),
        Output::Stream { is_error: true, text } => terminal("stream-error", text),
        Output::Error { name, value, traceback } if traceback.trim().is_empty() => {
            terminal("traceback", &format!("{name}: {value}"))
        }
        Output::Error { traceback, .. } => terminal("traceback", traceback),
        Output::Rich { forms, metadata, .. } => drawn_form(choose(forms, metadata, language)),
    }
}

fn drawn_form(shown: Shown) -> DrawnOutput {
    match shown {
        Shown::PlainHtml(html) => DrawnOutput::Html { html: formulas_in_html(&html) },
        Shown::Markdown(text) => DrawnOutput::Html { html: render_fragment(&text) },
        Shown::Latex(tex) => DrawnOutput::Html { html: latex_html(&tex) },
        Shown::Frame { form, data } => DrawnOutput::Frame { form, data },
        Shown::Page { address, width, height } => DrawnOutput::Page { address, width, height },
        Shown::Image { url, width, height, alt, on_dark } => {
            DrawnOutput::Image { url, width, height, alt, on_dark }
        }
        Shown::Pdf(data) => DrawnOutput::Pdf { data },
        Shown::Json(text, mime) => DrawnOutput::Json { text, mime },
        Shown::Text(text) => terminal("", &text),
        Shown::Widget { model, text, otherwise } => DrawnOutput::Widget {
            model,
            text,
            otherwise: otherwise.map(|shown| Box::new(drawn_form(*shown))),
        },
        Shown::Nothing(types) => DrawnOutput::Nothing { types },
    }
}

/// `viewer/js/terminal` reads the text as a terminal does.
fn terminal(look: &'static str, text: &str) -> DrawnOutput {
    DrawnOutput::Terminal { look, text: text.to_owned() }
}
