//! A notebook that is drawn while it arrives: cells as soon as their bytes are there, the rest when the last byte is.
//!
//! What a file says of itself mostly comes after its cells; whoever can read the end of the file first hands it over as a hint.

use super::drawing::{Drawer, DrawnCell};
use super::widgets::SavedWidgets;
use super::{NotebookError, describe, json, kernel_of, modern, root_cells};
use serde::Serialize;
use serde_json::{Map, Value};
use vitrine_protocol::cells::Scan;

/// A notebook that arrives.
#[derive(Debug)]
pub struct Reader {
    scan: Scan,
    drawer: Option<Drawer>,
    hint: Map<String, Value>,
    found: usize,
    widgets: SavedWidgets,
}

/// What is known at the end.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    kernel: String,
    format: String,
    /// Cells that could only be found in the whole: those of formats 2 and 3.
    cells: Vec<DrawnCell>,
}

impl Reader {
    /// Begins with the last bytes of the file, or with none.
    #[must_use]
    pub fn new(tail: &[u8]) -> Self {
        let hint = metadata_in(&String::from_utf8_lossy(tail)).unwrap_or_default();
        Self { scan: Scan::default(), drawer: None, hint, found: 0, widgets: SavedWidgets::default() }
    }

    /// Takes more bytes, and answers with the cells that end in them.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<DrawnCell> {
        let mut found: Vec<Vec<u8>> = Vec::new();
        self.scan.push(bytes, |cell| found.push(cell.to_vec()));
        if found.is_empty() {
            return Vec::new();
        }
        self.found += found.len();
        let drawer = self.drawer.get_or_insert_with(|| {
            let before = self
                .scan
                .before_cells()
                .and_then(|before| json::parse(&String::from_utf8_lossy(&before)).ok());
            let known = before.filter(|root| root.get("metadata").is_some_and(Value::is_object));
            Drawer::new(&kernel_of(known.as_ref().and_then(Value::as_object).unwrap_or(&self.hint), &[]).0)
        });
        found.iter().map(|cell| drawn(drawer, cell)).collect()
    }

    /// Ends: what the notebook says of itself, or why it is none.
    pub fn finish(&mut self) -> Result<End, NotebookError> {
        let skeleton = String::from_utf8_lossy(self.scan.skeleton()).into_owned();
        let Value::Object(root) = json::parse(&skeleton)? else { return Err(NotebookError::NoCells) };
        let cells = root_cells(&root)?;
        let (language, kernel) = kernel_of(&root, &cells);
        self.widgets = SavedWidgets::of(&root);
        let mut drawer = Drawer::new(&language);
        let cells = if self.found == 0 {
            cells.into_iter().map(|cell| drawer.cell(cell)).collect()
        } else {
            Vec::new()
        };
        Ok(End { kernel, format: describe(&root), cells })
    }

    /// How many cells were found so far.
    #[must_use]
    pub fn found(&self) -> usize {
        self.found
    }

    /// The saved state that a widget needs, as JSON; known at the end.
    #[must_use]
    pub fn widget(&self, model: &str) -> Option<String> {
        self.widgets.with(model)
    }
}

/// A cell that is not JSON is still text.
fn drawn(drawer: &mut Drawer, bytes: &[u8]) -> DrawnCell {
    let text = String::from_utf8_lossy(bytes);
    match json::parse(&text) {
        Ok(Value::Object(cell)) => drawer.cell(modern::cell(&cell)),
        _ => drawer.unreadable(text.into_owned()),
    }
}

/// How many places are tried: a notebook's last cell may be about notebooks.
const TRIES: usize = 40;

/// The last `"metadata": …` from which on a text is the end of an object, with what follows it.
fn metadata_in(tail: &str) -> Option<Map<String, Value>> {
    tail.rmatch_indices("\"metadata\"").take(TRIES).find_map(|(at, _)| {
        let Value::Object(object) = json::parse(&format!("{{{}", tail.get(at..)?)).ok()? else {
            return None;
        };
        object.get("metadata")?.is_object().then_some(object)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{draw, parse};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(text: &str, size: usize, tail: &[u8]) -> Result<(Value, String), NotebookError> {
        let mut reader = Reader::new(tail);
        let mut cells: Vec<DrawnCell> =
            text.as_bytes().chunks(size).flat_map(|piece| reader.push(piece)).collect();
        let end = reader.finish()?;
        cells.extend(end.cells);
        Ok((serde_json::to_value(cells).expect("plain types"), format!("{} {}", end.kernel, end.format)))
    }

    fn notebook() -> Value {
        let cells: Vec<Value> = (0..9)
            .map(|n| {
                json!({"cell_type": "code", "source": [format!("x = {n}\n"), "\"}]"], "outputs": [
                    {"output_type": "display_data", "data": {"image/png": "AA", "text/html": "<script>1</script>"}}]})
            })
            .collect();
        json!({"cells": cells, "metadata": {"kernelspec": {"language": "R", "display_name": "R 4"}}, "nbformat": 4, "nbformat_minor": 2})
    }

    #[test]
    fn pieces_give_what_the_whole_gives() {
        let text = serde_json::to_string_pretty(&notebook()).expect("JSON");
        let whole = serde_json::to_value(draw(parse(&text).expect("a notebook"))).expect("plain types");
        let tail = &text.as_bytes()[text.len() - 160..];
        for size in [1, 7, 100, text.len()] {
            let (cells, about) = read(&text, size, tail).expect("a notebook");
            assert_eq!(cells, whole["cells"], "{size}");
            assert_eq!(about, "R 4 4.2");
        }
    }

    #[test]
    fn metadata_before_the_cells_needs_no_hint() {
        let text = r#"{"metadata": {"language_info": {"name": "julia"}}, "nbformat": 4, "cells": [{"cell_type": "code", "source": "1"}]}"#;
        let (cells, _) = read(text, 5, b"").expect("a notebook");
        assert_eq!(cells[0]["language"], "julia");
    }

    #[test]
    fn numbers_that_are_none_and_half_pairs_are_read_wherever_they_stand() {
        let text = r#"{"cells": [{"cell_type": "code", "source": "x", "outputs": [
            {"output_type": "display_data", "data": {"application/vnd.plotly.v1+json": {"data": [{"y": [1, NaN]}]}}},
            {"output_type": "execute_result", "data": {"application/json": {"loss": Infinity}}, "metadata": {"a": -Infinity}},
            {"output_type": "stream", "text": "caf\udce9"}]}],
            "metadata": {"kernelspec": {"display_name": "R 4", "language": "R"}, "papermill": {"alpha": NaN},
            "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"m": {"state": {"value": NaN}}}}}}, "nbformat": 4, "nbformat_minor": 4}"#;
        let mut reader = Reader::new(text.as_bytes());
        let cells = serde_json::to_value(reader.push(text.as_bytes())).expect("plain types");
        assert!(reader.finish().is_ok());
        assert_eq!(cells[0]["language"], "r");
        let outputs = &cells[0]["outputs"];
        assert_eq!(outputs[0]["data"], r#"{"data":[{"y":[1,null]}]}"#);
        assert_eq!(outputs[1]["text"], "{\n  \"loss\": Infinity\n}");
        assert_eq!(outputs[2]["text"], "caf\u{fffd}");
        assert_eq!(reader.widget("m").as_deref(), Some(r#"{"m":{"state":{"value":null}}}"#));
    }

    #[test]
    fn old_formats_and_faults_are_found_at_the_end() {
        let old = r#"{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "x", "language": "r"}]}], "metadata": {}}"#;
        let (cells, about) = read(old, 9, b"").expect("a notebook");
        assert_eq!((cells[0]["source"].as_str(), about.as_str()), (Some("x"), "r 3"));
        for text in [
            "",
            "{",
            r#"{"cells": ["#,
            r#"{"cells": [{}"#,
            "[]",
            r#"{"nbformat": 9, "cells": []}"#,
            r#"{"nbformat": 4}"#,
        ] {
            assert!(read(text, 3, b"").is_err(), "{text}");
        }
    }

    #[test]
    fn a_cell_that_is_no_json_is_shown_as_it_is() {
        let text = "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"a\nb\"}, {\"cell_type\": \"raw\", \"source\": \"c\"}], \"nbformat\": 4}";
        let (cells, _) = read(text, 4, b"").expect("a notebook");
        assert_eq!(cells[0]["kind"], "raw");
        assert!(cells[0]["source"].as_str().is_some_and(|source| source.contains("\"a\nb\"")));
        assert_eq!(cells[1]["source"], "c");
    }

    #[test]
    fn a_hint_is_metadata_to_the_end() {
        let found = |tail: &str| metadata_in(tail).map(|object| object["metadata"].to_string());
        assert_eq!(found(r#"x"}], "metadata": {"a": 1}, "nbformat": 4}"#).as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(found(r#"{"metadata": {}, "source": "\"metadata\": 1"}]}"#), None);
        assert_eq!(found(r#"a": 1}, "nbformat": 4}"#), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, size in 1_usize..9) {
            let mut reader = Reader::new(&bytes);
            for piece in bytes.chunks(size) {
                reader.push(piece);
            }
            let _ = reader.finish();
        }
    }
}
