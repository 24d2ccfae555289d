//! What a cell's metadata says of how it is shown: folded, scrolled, tagged. The classic notebook, `JupyterLab`, its books, Colab
//! and `CoCalc` each have words of their own for it.

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
        source_hidden: flag(at("/jupyter/source_hidden"))
            || flag(at("/hide_input"))
            || flag(at("/inputHidden"))
            || at("/cellView").and_then(Value::as_str) == Some("form")
            || tagged("-input"),
        outputs_hidden: flag(at("/jupyter/outputs_hidden"))
            || flag(at("/collapsed"))
            || flag(at("/hide_output"))
            || flag(at("/outputHidden"))
            || tagged("-output"),
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
            json!({"tags": ["hide-input"]}),
            json!({"tags": ["remove_cell"]}),
        ] {
            assert!(of(Some(&metadata)).source_hidden, "{metadata}");
        }
        for metadata in [
            json!({"jupyter": {"outputs_hidden": true}}),
            json!({"collapsed": true}),
            json!({"outputHidden": true}),
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
