//! The beginning of a notebook as HTML: its first cells, up to the first one that has printed something. Called by `preview`.
//!
//! A text is what `preview` makes of Markdown, code is escaped text; outputs, and cells that their author folded away, are for the
//! viewer. The markup is the viewer's own (`viewer/js/notebook/cell.ts`).

use super::page::escape;
use super::preview::{HEADINGS_MIN, headings, plain_html};
use serde_json::{Map, Value};
use vitrine_protocol::cells::Scan;

/// As many as fill a tall screen.
const CELLS_MAX: usize = 20;

/// Metadata by which a cell may be folded or tagged; `viewer/src/notebook/folding.rs` reads what it says.
const FOLDS: [&str; 16] = [
    "jupyter",
    "hide_input",
    "inputHidden",
    "cellView",
    "tags",
    "_kg_hide-input",
    "is_code_hidden",
    "deepnote_is_code_hidden",
    "hideCode",
    "inputCollapsed",
    "application/vnd.databricks.v1+cell",
    "config",
    "source_hidden",
    "noteable",
    "hidden",
    "hide_output",
];

/// Makes HTML of the first cells that are whole in the first bytes of a notebook; none when nothing of them can be shown.
pub(super) fn preview(bytes: &[u8]) -> Option<String> {
    let cells = cells_in(bytes);
    let html = beginning(&cells);
    if html.is_empty() {
        return None;
    }
    // Where there will be a contents list, its place (`Page.#reserve` in `viewer/js/notebook/notebook.ts`).
    let texts = cells.iter().filter(|cell| cell.get("cell_type").is_some_and(|kind| kind == "markdown"));
    let headings: usize = texts.filter_map(shown).map(|html| headings(&html)).sum();
    let (list, alone) = if headings < HEADINGS_MIN {
        ("", " notebook-alone")
    } else {
        ("<div class=\"notebook-contents contents\"></div>", "")
    };
    Some(format!(
        "<p class=\"facts notebook-facts\">&nbsp;</p><div class=\"with-contents\">{list}<div class=\"notebook{alone}\"><div class=\"cells\">{html}</div></div></div>"
    ))
}

/// The cells that are whole, up to the first one that is no JSON.
fn cells_in(bytes: &[u8]) -> Vec<Map<String, Value>> {
    let (mut scan, mut found) = (Scan::default(), Vec::new());
    scan.push(bytes, |cell| found.push(cell.to_vec()));
    found.iter().map_while(|json| serde_json::from_slice(json).ok()).collect()
}

fn beginning(cells: &[Map<String, Value>]) -> String {
    let mut html = String::new();
    for cell in cells.iter().take(CELLS_MAX) {
        let Some(cell_html) = Some(cell).filter(|cell| is_plain(cell)).and_then(shown) else { break };
        html.push_str(&cell_html);
        if cell.get("outputs").and_then(Value::as_array).is_some_and(|outputs| !outputs.is_empty()) {
            break;
        }
    }
    html
}

/// Whether a cell is shown as it is.
fn is_plain(cell: &Map<String, Value>) -> bool {
    let metadata = cell.get("metadata").and_then(Value::as_object);
    metadata.is_none_or(|metadata| FOLDS.iter().all(|key| !metadata.contains_key(*key)))
}

/// None for a cell that the viewer shows in another way.
fn shown(cell: &Map<String, Value>) -> Option<String> {
    let source = joined(cell.get("source")?)?;
    match cell.get("cell_type")?.as_str()? {
        "markdown" => Some(format!(
            "<div class=\"cell cell-text\"><span class=\"prompt prompt-quiet\"></span><div class=\"prose\">{}</div></div>",
            plain_html(source.as_bytes(), true)
        )),
        "code" if !source.trim().is_empty() => {
            let count = cell.get("execution_count").and_then(Value::as_i64);
            let count = count.map_or_else(|| " ".to_owned(), |count| count.to_string());
            Some(format!(
                "<div class=\"cell cell-code\"><span class=\"prompt\">[{count}]</span><div class=\"source\"><pre class=\"snippet\"><code>{}</code></pre></div></div>",
                escape(&source)
            ))
        }
        _ => None,
    }
}

/// A text as one string, or as a list of lines.
fn joined(source: &Value) -> Option<String> {
    match source {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::preview::tests::foreign;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn of(cells: &Value) -> Option<String> {
        preview(json!({ "cells": cells, "nbformat": 4 }).to_string().as_bytes())
    }

    fn text(source: &str) -> Value {
        json!({"cell_type": "markdown", "metadata": {}, "source": source})
    }

    #[test]
    fn cells_up_to_the_first_output() {
        let code = json!({"cell_type": "code", "source": ["if a < b:\n", "  \"</code><script>\""], "execution_count": 3});
        let printed = json!({"cell_type": "code", "source": "print(1)", "execution_count": null, "outputs": [{"output_type": "stream"}]});
        let html = of(&json!([text("# A *tour*\n\n<script>x</script>"), code, printed, text("after")]));
        insta::assert_snapshot!(html.unwrap().replace("<div", "\n<div"));
    }

    #[test]
    fn nothing_that_the_viewer_shows_otherwise() {
        let tagged = json!({"cell_type": "code", "metadata": {"tags": ["hide-input"]}, "source": "secret"});
        let html = of(&json!([text("one"), tagged, text("two")])).unwrap();
        assert!(html.contains("one") && !html.contains("secret") && !html.contains("two"), "{html}");
        for cells in [
            json!([]),
            json!([tagged]),
            json!([{"cell_type": "raw", "source": "x"}]),
            json!([{"cell_type": "code", "source": 5}]),
            json!([{"cell_type": "code", "source": " "}]),
            json!("cells"),
        ] {
            assert_eq!(of(&cells), None, "{cells}");
        }
        for bytes in ["", "{", "{\"cells\": [{\"cell_type\": \"markdown\", \"source\": \"a", "\u{0}"] {
            assert_eq!(preview(bytes.as_bytes()), None, "{bytes}");
        }
    }

    proptest! {
        /// Whatever the cells are, only these elements come, with these attributes.
        #[test]
        fn nothing_else_comes_out(sources in proptest::collection::vec("([a-z<>\"'=\\[\\]()!#*_`~|&;:/ \n-]|<img src=x onerror=y>|</code>|<!--vitrine:head-->){0,40}", 1..5)) {
            let kinds = ["markdown", "code"];
            let cells: Vec<Value> = sources.iter().enumerate().map(|(n, source)| json!({"cell_type": kinds[n % 2], "source": source})).collect();
            let html = of(&json!(cells)).unwrap_or_default();
            let own = |name: &str, attributes: &str| ["div", "span", "pre", "p"].contains(&name) && (attributes.is_empty() || attributes.starts_with("class=\""));
            prop_assert_eq!(foreign(&html, own), None);
        }
    }

    #[test]
    fn a_notebook_with_headings_leaves_the_place_of_their_list() {
        let html = of(&json!([text("# a"), text("## b\n## c")])).unwrap();
        assert!(html.contains("contents\"></div><div class=\"notebook\">"), "{html}");
        let printed = json!({"cell_type": "code", "source": "1", "outputs": [{}]});
        assert!(
            of(&json!([text("# a"), printed, text("## b\n## c")])).unwrap().contains("class=\"notebook\"")
        );
        assert!(of(&json!([text("# a")])).unwrap().contains("class=\"notebook notebook-alone\""));
    }

    #[test]
    fn many_cells_are_cut() {
        let cells: Vec<Value> = (0..500).map(|n| text(&n.to_string())).collect();
        assert_eq!(of(&json!(cells)).unwrap().matches("class=\"cell ").count(), CELLS_MAX);
    }
}
