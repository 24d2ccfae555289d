//! Cells and outputs of formats 2 and 3: worksheets, `pyout`, and outputs whose forms are named `png` or `html`.

use super::modern::{count, traceback};
use super::{Body, Cell, Folding, Output, flag, folding, joined, merge_streams};
use serde_json::{Map, Value};

/// How the forms of an output were called before they had media types.
const FORMS: [(&str, &str); 8] = [
    ("text", "text/plain"),
    ("html", "text/html"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpeg", "image/jpeg"),
    ("latex", "text/latex"),
    ("json", "application/json"),
    ("javascript", "application/javascript"),
];

/// Reads the cells of all worksheets, one after the other.
pub(super) fn cells(sheets: &[Value]) -> Vec<Cell> {
    let cells = sheets.iter().filter_map(|sheet| sheet.get("cells")).filter_map(Value::as_array).flatten();
    cells.filter_map(Value::as_object).map(cell).collect()
}

fn cell(cell: &Map<String, Value>) -> Cell {
    let text = |key: &str| joined(cell.get(key));
    let markdown = |source| Body::Markdown { source, attachments: Vec::new() };
    let body = match cell.get("cell_type").and_then(Value::as_str) {
        Some("code") => Body::Code {
            source: joined(cell.get("input").or_else(|| cell.get("source"))),
            count: count(cell.get("prompt_number")),
            outputs: outputs(cell.get("outputs")),
            language: cell.get("language").and_then(Value::as_str).map(str::to_lowercase),
        },
        // Format 2 has cells of HTML; Markdown lets HTML through to the sanitiser.
        Some("markdown" | "html") => markdown(text("source")),
        Some("heading") => {
            let level = cell.get("level").and_then(Value::as_u64).unwrap_or(1).clamp(1, 6);
            let marks = "#".repeat(usize::try_from(level).unwrap_or(1));
            markdown(format!("{marks} {}", text("source").replace('\n', " ")))
        }
        _ => Body::Raw { source: text("source"), format: None },
    };
    let own = folding::of(cell.get("metadata"));
    let outputs_hidden = own.outputs_hidden || flag(cell.get("collapsed"));
    Cell { id: None, body, folding: Folding { outputs_hidden, ..own } }
}

fn outputs(value: Option<&Value>) -> Vec<Output> {
    let Some(outputs) = value.and_then(Value::as_array) else { return Vec::new() };
    merge_streams(outputs.iter().filter_map(Value::as_object).map(output).collect())
}

fn output(output: &Map<String, Value>) -> Output {
    let text = |key: &str| joined(output.get(key));
    match output.get("output_type").and_then(Value::as_str) {
        Some("stream") => Output::Stream { is_error: text("stream") == "stderr", text: text("text") },
        Some("pyerr" | "error") => Output::Error {
            name: text("ename"),
            value: text("evalue"),
            traceback: traceback(output.get("traceback")),
        },
        _ => {
            let mut forms = Map::new();
            for (old, mime) in FORMS {
                if let Some(value) = output.get(old) {
                    forms.insert(mime.to_owned(), Value::String(joined(Some(value))));
                }
            }
            Output::Rich { forms, metadata: Map::new(), count: count(output.get("prompt_number")) }
        }
    }
}
