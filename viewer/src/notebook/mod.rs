//! Jupyter notebooks of formats 2 to 4.5, read leniently: what a notebook in the wild has wrong is skipped or guessed,
//! and only what is not a notebook at all is an error.
//!
//! The notebook page draws what a [`Reader`] makes of its bytes while they arrive; [`choose`] picks which of an output's forms is
//! shown.

mod choose;
mod drawing;
mod embedded;
mod folding;
mod hosted;
mod json;
mod latex;
mod legacy;
mod modern;
mod picture;
mod plain_html;
mod reader;
mod resource;
mod tags;
mod widgets;

pub use choose::{Shown, choose};
pub use drawing::{Drawing, DrawnCell, draw};
pub use folding::Folding;
pub use latex::latex_html;
pub use reader::{End, Reader};

use serde_json::{Map, Value};

/// Why a text is not a notebook.
#[derive(Debug, thiserror::Error)]
pub enum NotebookError {
    /// Not JSON.
    #[error("it is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON without cells.
    #[error("it has no cells where a notebook has them")]
    NoCells,
    /// A major format this code does not know.
    #[error("it has notebook format {0}, this viewer knows 2 to 4")]
    UnknownFormat(u64),
}

/// A notebook.
#[derive(Debug, Clone, PartialEq)]
pub struct Notebook {
    /// What its code is written in, in lower case: `python`, `julia`, `r`…
    pub language: String,
    /// What its kernel calls itself, for people.
    pub kernel: String,
    /// Its format, such as `4.5`.
    pub format: String,
    /// Its cells in order.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its id if it has one, for links to it.
    pub id: Option<String>,
    /// What it holds.
    pub body: Body,
    /// How it is shown.
    pub folding: Folding,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Text to be formatted.
    Markdown {
        /// The Markdown.
        source: String,
        /// Pictures that the text calls `attachment:name`, as `data:` addresses.
        attachments: Vec<(String, String)>,
    },
    /// Code and what it printed.
    Code {
        /// The code.
        source: String,
        /// The number in brackets.
        count: Option<i64>,
        /// The outputs in order.
        outputs: Vec<Output>,
        /// The language, when it is not the notebook's.
        language: Option<String>,
    },
    /// Text for another program.
    Raw {
        /// The text.
        source: String,
        /// The format it is in, if it says so.
        format: Option<String>,
    },
}

/// What a code cell printed.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Terminal text.
    Stream {
        /// Whether it went to standard error.
        is_error: bool,
        /// The text, escape sequences included.
        text: String,
    },
    /// An exception.
    Error {
        /// Its class.
        name: String,
        /// Its message.
        value: String,
        /// The traceback, escape sequences included.
        traceback: String,
    },
    /// One thing in several forms.
    Rich {
        /// The forms by media type, as the file has them.
        forms: Map<String, Value>,
        /// Their metadata.
        metadata: Map<String, Value>,
        /// The number in brackets, for the result of the cell.
        count: Option<i64>,
    },
}

/// Reads a notebook.
pub fn parse(text: &str) -> Result<Notebook, NotebookError> {
    let Value::Object(root) = json::parse(text)? else { return Err(NotebookError::NoCells) };
    let cells = root_cells(&root)?;
    let (language, kernel) = kernel_of(&root, &cells);
    Ok(Notebook { language, kernel, format: describe(&root), cells })
}

/// The cells, wherever the format that a notebook claims to have, or another one, keeps them.
fn root_cells(root: &Map<String, Value>) -> Result<Vec<Cell>, NotebookError> {
    let major = root.get("nbformat").and_then(Value::as_u64);
    match (root.get("cells"), root.get("worksheets")) {
        (Some(Value::Array(cells)), _) if major.is_none_or(|major| major == 4) => Ok(modern::cells(cells)),
        (_, Some(Value::Array(sheets))) if major.is_none_or(|major| major < 4) => Ok(legacy::cells(sheets)),
        // Old notebooks without worksheets are empty; some new ones claim an old format.
        (Some(Value::Array(cells)), _) if major.is_some_and(|major| major < 4) => Ok(modern::cells(cells)),
        (_, Some(Value::Array(sheets))) if major == Some(4) => Ok(legacy::cells(sheets)),
        _ if major.is_some_and(|major| major > 4) => Err(NotebookError::UnknownFormat(major.unwrap_or(0))),
        (None, None) if matches!(major, Some(2 | 3)) => Ok(Vec::new()),
        _ => Err(NotebookError::NoCells),
    }
}

/// The format, such as `4.5`.
fn describe(root: &Map<String, Value>) -> String {
    let number = |key: &str| root.get(key).and_then(Value::as_u64);
    match (number("nbformat"), number("nbformat_minor")) {
        (Some(major), Some(minor)) => format!("{major}.{minor}"),
        (Some(major), None) => major.to_string(),
        _ => "?".to_owned(),
    }
}

/// The notebook's language and its kernel's name, from wherever notebooks of all ages keep them.
fn kernel_of(root: &Map<String, Value>, cells: &[Cell]) -> (String, String) {
    let metadata = root.get("metadata");
    let text = |pointer: &str| {
        metadata.and_then(|m| m.pointer(pointer)).and_then(Value::as_str).filter(|text| !text.is_empty())
    };
    let from_cell = cells.iter().find_map(|cell| match &cell.body {
        Body::Code { language, .. } => language.as_deref(),
        _ => None,
    });
    // One of several languages says so, and not which one its cells are in.
    let language = text("/language_info/name")
        .filter(|name| !matches!(*name, "polyglot-notebook" | "sos"))
        .or_else(|| text("/kernelspec/language"))
        .or_else(|| text("/kernel_info/language"))
        .or_else(|| text("/polyglot_notebook/kernelInfo/defaultKernelName"))
        .or_else(|| text("/kernelspec/name"))
        .or(from_cell)
        .unwrap_or("python");
    // Sage's kernel says that it speaks Python.
    let is_sage = text("/kernelspec/name").is_some_and(|name| name.to_ascii_lowercase().starts_with("sage"));
    let language = if is_sage { "sage" } else { language };
    let kernel = text("/kernelspec/display_name").or_else(|| text("/kernelspec/name")).unwrap_or(language);
    (normal_language(language), kernel.to_owned())
}

/// The name that syntax highlighters know a kernel's language by.
fn normal_language(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "ipython" | "ipython2" | "ipython3" | "python2" | "python3" => "python".to_owned(),
        "ir" => "r".to_owned(),
        "csharp" => "c#".to_owned(),
        "fsharp" => "f#".to_owned(),
        "pwsh" => "powershell".to_owned(),
        "tsql" | "t-sql" | "sqlite" => "sql".to_owned(),
        "js" => "javascript".to_owned(),
        "md" => "markdown".to_owned(),
        "c++11" | "c++14" | "c++17" | "c++20" => "c++".to_owned(),
        _ if lower.starts_with("julia") => "julia".to_owned(),
        _ if lower.starts_with("sage") => "sage".to_owned(),
        _ => lower,
    }
}

/// A text that may be written as one string or as a list of lines.
fn joined(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => json::plain(text).to_owned(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn flag(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.as_bool().unwrap_or(false) || value.as_str() == Some("true"))
}

/// Joins neighbouring streams of the same name, as Jupyter shows them, so that carriage returns work across them.
fn merge_streams(outputs: Vec<Output>) -> Vec<Output> {
    let mut merged: Vec<Output> = Vec::with_capacity(outputs.len());
    for output in outputs {
        match (merged.last_mut(), output) {
            (Some(Output::Stream { is_error: a, text }), Output::Stream { is_error: b, text: more })
                if *a == b =>
            {
                text.push_str(&more);
            }
            (_, output) => merged.push(output),
        }
    }
    merged
}

/// Bokeh displays the place of a plot, and then the script that fills it: one thing in two outputs.
fn join_places(outputs: Vec<Output>) -> Vec<Output> {
    let is_place = |forms: &Map<String, Value>| forms.len() == 1 && forms.contains_key("text/html");
    let is_script = |forms: &Map<String, Value>| {
        forms.contains_key("application/vnd.bokehjs_exec.v0+json") && !forms.contains_key("text/html")
    };
    let mut joined: Vec<Output> = Vec::with_capacity(outputs.len());
    for output in outputs {
        match (joined.last_mut(), output) {
            (Some(Output::Rich { forms: place, .. }), Output::Rich { forms, .. })
                if is_place(place) && is_script(&forms) =>
            {
                place.extend(forms);
            }
            (_, output) => joined.push(output),
        }
    }
    joined
}

#[cfg(test)]
mod tests;
