//! Cells and outputs of format 4.

use super::{Body, Cell, Output, folding, join_places, joined, merge_streams, normal_language};
use serde_json::{Map, Value};

/// Reads the cells; what is not an object is skipped.
pub(super) fn cells(cells: &[Value]) -> Vec<Cell> {
    cells.iter().filter_map(Value::as_object).map(cell).collect()
}

pub(super) fn cell(cell: &Map<String, Value>) -> Cell {
    let source = joined(cell.get("source").or_else(|| cell.get("input")));
    let metadata = cell.get("metadata");
    let body = match cell.get("cell_type").and_then(Value::as_str) {
        Some("markdown") => Body::Markdown { source, attachments: attachments(cell.get("attachments")) },
        Some("heading") => {
            let level = cell.get("level").and_then(Value::as_u64).unwrap_or(1).clamp(1, 6);
            let marks = "#".repeat(usize::try_from(level).unwrap_or(1));
            Body::Markdown {
                source: format!("{marks} {}", source.replace('\n', " ")),
                attachments: Vec::new(),
            }
        }
        Some("code") => Body::Code {
            source,
            count: count(cell.get("execution_count").or_else(|| cell.get("prompt_number"))),
            outputs: outputs(cell.get("outputs")),
            language: language(metadata),
        },
        // Raw cells, and cells of kinds that do not exist: their text is all that can be shown.
        _ => {
            let format = metadata.and_then(|m| m.get("format").or_else(|| m.get("raw_mimetype")));
            Body::Raw { source, format: format.and_then(Value::as_str).map(str::to_owned) }
        }
    };
    Cell {
        id: cell.get("id").and_then(Value::as_str).filter(|id| is_cell_id(id)).map(str::to_owned),
        body,
        folding: folding::of(metadata),
    }
}

/// What a cell of a notebook of several languages is written in, by the words of .NET Interactive, VS Code, `SoS`, Deepnote and others.
fn language(metadata: Option<&Value>) -> Option<String> {
    let at = |pointer: &str| metadata.and_then(|metadata| metadata.pointer(pointer)).and_then(Value::as_str);
    let names = [
        at("/polyglot_notebook/kernelName"),
        at("/dotnet_interactive/language"),
        at("/vscode/languageId"),
        at("/kernel"),
        at("/language"),
        at("/noteable/language"),
        at("/deepnote_cell_type").filter(|kind| *kind == "sql"),
    ];
    let named = names.into_iter().flatten().find(|name| !name.is_empty() && *name != "polyglot-notebook");
    named.map(normal_language)
}

/// The ids that nbformat allows; anything else could not stand in a link.
fn is_cell_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

pub(super) fn count(value: Option<&Value>) -> Option<i64> {
    value.and_then(Value::as_i64)
}

/// The pictures in a cell, as `data:` addresses; what is not a picture is left out.
fn attachments(value: Option<&Value>) -> Vec<(String, String)> {
    let Some(files) = value.and_then(Value::as_object) else { return Vec::new() };
    let pictures = files.iter().filter_map(|(name, forms)| {
        let (mime, data) = forms.as_object()?.iter().find(|(mime, _)| mime.starts_with("image/"))?;
        let data: String = joined(Some(data)).split_whitespace().collect();
        Some((name.clone(), format!("data:{mime};base64,{data}")))
    });
    pictures.collect()
}

fn outputs(value: Option<&Value>) -> Vec<Output> {
    let Some(outputs) = value.and_then(Value::as_array) else { return Vec::new() };
    join_places(merge_streams(outputs.iter().filter_map(Value::as_object).map(output).collect()))
}

fn output(output: &Map<String, Value>) -> Output {
    let text = |key: &str| joined(output.get(key));
    match output.get("output_type").and_then(Value::as_str) {
        Some("stream") => Output::Stream { is_error: text("name") == "stderr", text: text("text") },
        Some("error" | "pyerr") => Output::Error {
            name: text("ename"),
            value: text("evalue"),
            traceback: traceback(output.get("traceback")),
        },
        _ if output.contains_key("data") => Output::Rich {
            forms: object(output.get("data")),
            metadata: object(output.get("metadata")),
            count: count(output.get("execution_count")),
        },
        // An output of a kind that does not exist still shows the text it has.
        _ => Output::Stream { is_error: false, text: text("text") },
    }
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The lines of a traceback; each entry may hold several.
pub(super) fn traceback(value: Option<&Value>) -> String {
    match value {
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        other => joined(other),
    }
}
