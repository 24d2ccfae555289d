//! The second wasm module, fetched when a document is first shown: texts in, HTML and JSON out.
//!
//! It is apart from the page so that a folder's listing does not wait for a Markdown parser. `viewer/js/documents.ts` is
//! its only caller.

use crate::{markdown, notebook};
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

/// A whole Markdown document as HTML, which must be sanitised; the name of its file says which Markdown it is.
#[wasm_bindgen]
pub fn render_markdown(text: &str, name: &str) -> String {
    markdown::render(text, markdown::Flavour::of_name(name))
}

/// A notebook that is drawn while it arrives.
#[wasm_bindgen]
pub struct NotebookReader(notebook::Reader);

#[wasm_bindgen]
impl NotebookReader {
    /// Begins with the last bytes of the file, or with none.
    #[wasm_bindgen(constructor)]
    pub fn new(tail: &[u8]) -> Self {
        Self(notebook::Reader::new(tail))
    }

    /// Takes more bytes; the cells that end in them, as JSON, or nothing.
    pub fn push(&mut self, bytes: &[u8]) -> Option<String> {
        let cells = self.0.push(bytes);
        (!cells.is_empty()).then(|| serde_json::to_string(&cells).expect("the types have only string keys"))
    }

    /// What is known at the end.
    pub fn finish(&mut self) -> String {
        json(&self.0.finish().map_or_else(|error| Answer::Error(error.to_string()), Answer::Ok))
    }

    /// The saved state that a widget needs, as JSON.
    pub fn widget(&self, model: &str) -> Option<String> {
        self.0.widget(model)
    }
}
