//! The second wasm module, fetched when a document is first shown: texts in, HTML and JSON out.
//!
//! It is apart from the page so that a folder's listing does not wait for a Markdown parser. `viewer/js/documents.ts` is
//! its only caller.

use crate::{markdown, notebook, table};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// A result as JSON: `{"ok": …}` or `{"error": text}`.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Answer<T> {
    Ok(T),
    Error(String),
}

fn json<T: Serialize>(answer: &Answer<T>) -> String {
    serde_json::to_string(answer).expect("the types have only string keys")
}

/// A whole Markdown document as HTML, which must be sanitised.
#[wasm_bindgen]
pub fn render_markdown(text: &str) -> String {
    markdown::render(text)
}

/// A notebook as what there is to draw.
#[wasm_bindgen]
pub fn draw_notebook(text: &str) -> String {
    json(&match notebook::parse(text) {
        Ok(parsed) => Answer::Ok(notebook::draw(parsed)),
        Err(error) => Answer::Error(error.to_string()),
    })
}

/// A table as rows of cells.
#[wasm_bindgen]
pub fn read_table(text: &str) -> String {
    json(&Answer::Ok(table::parse(text)))
}
