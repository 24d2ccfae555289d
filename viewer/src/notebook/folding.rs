//! What a cell's metadata says of how it is shown: folded, scrolled, tagged. Every front end and every service has words of its own
//! for it. The gateway shows no cell in advance that has one of them (`worker/src/gateway/cells.rs`).

use super::flag;
use serde_json::Value;

/// How a cell is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folding {
    /// Whether its author folded the source away.
    pub source_hidden: bool,
    /// Whether its author folded the outputs away.
    pub outputs_hidden: bool,
    /// Whether its author chose that long outputs scroll, or that they do not.
    pub scrolled: Option<bool>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What folds a source: `JupyterLab`, the classic notebook's extensions, `CoCalc` and Azure; nteract; Kaggle; Deepnote;
/// "hide code"; VS Code; Databricks; Zeppelin; a heading that is collapsed above.
const SOURCE: [&str; 14] = [
    "/jupyter/source_hidden",
    "/hide_input",
    "/inputHidden",
    "/_kg_hide-input",
    "/is_code_hidden",
    "/deepnote_is_code_hidden",
    "/hideCode",
    "/inputCollapsed",
    "/application~1vnd.databricks.v1+cell/hideCommandCode",
    "/application~1vnd.databricks.v1+cell/cellMetadata/hideCommandCode",
    "/config/editorHide",
    "/source_hidden",
    "/noteable/source_hidden",
    "/hidden",
];

/// What folds outputs, in the same order.
const OUTPUTS: [&str; 15] = [
    "/jupyter/outputs_hidden",
    "/collapsed",
    "/hide_output",
    "/outputHidden",
    "/_kg_hide-output",
    "/is_output_hidden",
    "/deepnote_is_output_hidden",
    "/hideOutput",
    "/outputCollapsed",
    "/application~1vnd.databricks.v1+cell/hideCommandResult",
    "/application~1vnd.databricks.v1+cell/cellMetadata/hideCommandResult",
    "/config/tableHide",
    "/outputs_hidden",
    "/noteable/outputs_hidden",
    "/hidden",
];

/// More tags, or longer ones, are no tags.
const TAGS_MAX: usize = 20;
const TAG_MAX: usize = 60;

/// Reads a cell's metadata.
pub(super) fn of(metadata: Option<&Value>) -> Folding {
    let at = |pointer: &str| metadata.and_then(|metadata| metadata.pointer(pointer));
    let tags = tags(at("/tags"));
    // A book leaves such cells out; here nothing is lost, only folded.
    let tagged = |part: &str| {
        tags.iter().any(|tag| {
            let tag = tag.to_ascii_lowercase().replace('_', "-");
            ["hide", "remove"]
                .iter()
                .any(|verb| tag.strip_prefix(verb).is_some_and(|rest| rest == part || rest == "-cell"))
        })
    };
    Folding {
        source_hidden: SOURCE.iter().any(|pointer| flag(at(pointer)))
            || at("/cellView").and_then(Value::as_str) == Some("form")
            || tagged("-input"),
        outputs_hidden: OUTPUTS.iter().any(|pointer| flag(at(pointer))) || tagged("-output"),
        scrolled: at("/scrolled").and_then(Value::as_bool),
        tags,
    }
}

fn tags(value: Option<&Value>) -> Vec<String> {
    let Some(tags) = value.and_then(Value::as_array) else { return Vec::new() };
    let tags = tags.iter().filter_map(Value::as_str).map(str::trim);
    tags.filter(|tag| (1..=TAG_MAX).contains(&tag.len())).take(TAGS_MAX).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_front_ends_words_fold() {
        for metadata in [
            json!({"jupyter": {"source_hidden": true}}),
            json!({"hide_input": true}),
            json!({"inputHidden": true}),
            json!({"cellView": "form"}),
            json!({"_kg_hide-input": true, "_kg_hide-output": false}),
            json!({"deepnote_cell_type": "code", "is_code_hidden": true, "source_hash": "1"}),
            json!({"hideCode": "true"}),
            json!({"application/vnd.databricks.v1+cell": {"cellMetadata": {"hideCommandCode": true}}}),
            json!({"config": {"editorHide": true}}),
            json!({"hidden": true}),
            json!({"tags": ["hide-input"]}),
            json!({"tags": ["remove_cell"]}),
        ] {
            assert!(of(Some(&metadata)).source_hidden, "{metadata}");
        }
        for metadata in [
            json!({"jupyter": {"outputs_hidden": true}}),
            json!({"collapsed": true}),
            json!({"outputHidden": true}),
            json!({"_kg_hide-output": true}),
            json!({"deepnote_cell_type": "code", "is_output_hidden": true}),
            json!({"application/vnd.databricks.v1+cell": {"hideCommandResult": true}}),
            json!({"tags": ["hide_output"]}),
            json!({"tags": ["hide-cell"]}),
        ] {
            assert!(of(Some(&metadata)).outputs_hidden, "{metadata}");
        }
        let plain = json!({"tags": ["parameters", 5, "", " hidden "], "collapsed": "yes", "scrolled": false});
        let expected = Folding {
            scrolled: Some(false),
            tags: vec!["parameters".into(), "hidden".into()],
            ..Folding::default()
        };
        assert_eq!(of(Some(&plain)), expected);
        assert_eq!(of(None), Folding::default());
        assert_eq!(of(Some(&json!([]))), Folding::default());
    }
}
