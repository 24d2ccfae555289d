//! Notebooks of every format, well-formed and not.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn parsed(value: &Value) -> Notebook {
    parse(&value.to_string()).expect("a notebook")
}

#[test]
fn format_4_in_full() {
    let notebook = json!({
        "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}},
        "cells": [
            {"cell_type": "markdown", "id": "a1", "source": ["# T\n", "![p](attachment:p.png)"],
             "attachments": {"p.png": {"image/png": "AA\nAA"}, "x": {"text/html": "<b>"}}},
            {"cell_type": "code", "id": "bad id", "execution_count": 3, "source": "1+1",
             "metadata": {"jupyter": {"source_hidden": true}},
             "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
                {"output_type": "stream", "name": "stdout", "text": "c"},
                {"output_type": "stream", "name": "stderr", "text": "!"},
                {"output_type": "execute_result", "execution_count": 3, "data": {"text/plain": ["2"]}, "metadata": {}},
                {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["one", "two"]}]},
            {"cell_type": "raw", "source": "\\LaTeX", "metadata": {"format": "text/latex"}}
        ]
    });
    insta::assert_debug_snapshot!(parsed(&notebook));
}

#[test]
fn format_3_in_full() {
    let notebook = json!({
        "nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "old"},
        "worksheets": [{"cells": [
            {"cell_type": "heading", "level": 2, "source": ["Two\n", "lines"]},
            {"cell_type": "code", "input": ["x"], "prompt_number": 7, "language": "python", "collapsed": true,
             "outputs": [
                {"output_type": "pyout", "prompt_number": 7, "text": ["1"], "png": "AAAA"},
                {"output_type": "stream", "stream": "stderr", "text": "w"},
                {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]}]}
        ]}, {"cells": [{"cell_type": "html", "source": "<b>x</b>"}]}]
    });
    insta::assert_debug_snapshot!(parsed(&notebook));
}

/// The JSON that `viewer/js/notebook/drawing.ts` describes.
#[test]
fn what_is_drawn() {
    let notebook = json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "markdown", "id": "a1", "source": "*hi* ![p](attachment:p.png)",
         "attachments": {"p.png": {"image/png": "AAAA"}}},
        {"cell_type": "raw", "source": "<b>"},
        {"cell_type": "code", "execution_count": 2, "source": "%%bash\nls", "outputs": [
            {"output_type": "stream", "name": "stderr", "text": "\u{1b}[31mred\u{1b}[0m"},
            {"output_type": "error", "ename": "E", "evalue": "v", "traceback": []},
            {"output_type": "display_data", "data": {"text/html": "<script>1</script>"}},
            {"output_type": "display_data", "data": {"text/html": "<b>x</b>"}},
            {"output_type": "display_data", "data": {"image/png": "AAAA"}, "metadata": {"image/png": {"width": 5}}},
            {"output_type": "display_data", "data": {"application/json": {"b": 1, "a": [1.5]}}},
            {"output_type": "display_data", "data": {"text/latex": "$x$"}},
            {"output_type": "display_data", "data": {"application/pdf": "AAAA"}}]}
    ]});
    insta::assert_json_snapshot!(draw(parsed(&notebook)));
}

#[test]
fn dirty_notebooks_are_read() {
    let notebook = json!({
        "metadata": [], "cells": [1, null, {}, {"cell_type": "code"},
            {"cell_type": "code", "outputs": [5, {}, {"output_type": "x", "text": "kept"}], "execution_count": "*"},
            {"cell_type": "markdown", "source": null, "attachments": 5}]
    });
    let notebook = parsed(&notebook);
    assert_eq!(notebook.cells.len(), 4);
    assert_eq!((notebook.language.as_str(), notebook.format.as_str()), ("python", "?"));
}

#[test]
fn what_is_no_notebook_is_an_error() {
    for text in ["", "{", "[]", "5", "{}", r#"{"nbformat": 5}"#, r#"{"nbformat": 4}"#, r#"{"cells": {}}"#] {
        assert!(parse(text).is_err(), "{text}");
    }
    let error = parse(r#"{"nbformat": 9, "cells": []}"#).expect_err("a newer format");
    assert_eq!(error.to_string(), "it has notebook format 9, this viewer knows 2 to 4");
    assert_eq!(parse(r#"{"nbformat": 3}"#).expect("empty").cells, Vec::new());
}

fn shown(forms: Value, language: &str) -> Shown {
    let Value::Object(forms) = forms else { panic!("an object") };
    choose(&forms, &Map::new(), language)
}

#[test]
fn the_richest_faithful_form_is_shown() {
    let frame = |form, data: &str| Shown::Frame { form, data: data.to_owned() };
    let html = json!({"text/html": "<table></table>", "text/plain": "t"});
    assert_eq!(shown(html, "python"), Shown::PlainHtml("<table></table>".into()));
    let script = json!({"text/html": "<script>1</script>", "image/png": "AA"});
    assert_eq!(shown(script.clone(), "python"), frame("html", "<script>1</script>"));
    assert!(matches!(shown(script, "r"), Shown::Image { .. }));
    let plotly = json!({"application/vnd.plotly.v1+json": {"data": []}, "text/plain": "t"});
    assert_eq!(shown(plotly, "python"), frame("plotly", "{\"data\":[]}"));
    let vega =
        json!({"application/vnd.vegalite.v5+json": {}, "image/png": "AA", "text/html": "<script>x</script>"});
    assert_eq!(shown(vega, "python"), frame("vega-lite", "{}"));
    let widget = |more: &[(&str, &str)]| {
        let mut forms =
            json!({"application/vnd.jupyter.widget-view+json": {"model_id": "m"}, "text/plain": "Button()"});
        for (mime, data) in more {
            forms[*mime] = (*data).into();
        }
        shown(forms, "python")
    };
    let expected = |otherwise| Shown::Widget { model: "m".into(), text: "Button()".into(), otherwise };
    assert_eq!(widget(&[]), expected(None));
    let png = widget(&[("image/png", "AA")]);
    assert!(
        matches!(png, Shown::Widget { otherwise: Some(shown), .. } if matches!(*shown, Shown::Image { .. }))
    );
    let bokeh = json!({"application/vnd.bokehjs_exec.v0+json": {"id": "1"}, "text/html": "<div>", "application/javascript": "x"});
    assert_eq!(shown(bokeh, "python"), frame("bokeh", r#"{"html":"<div>","script":"x"}"#));
    let loading = json!({"application/vnd.bokehjs_load.v0+json": "", "application/javascript": "x"});
    assert_eq!(shown(loading, "python"), Shown::Nothing(vec![]));
    let sage = json!({"text/html": "<html>x</html>", "text/latex": "$x$", "text/plain": "x"});
    assert_eq!(shown(sage.clone(), "sage"), Shown::Latex("$x$".into()));
    assert!(matches!(shown(sage, "python"), Shown::PlainHtml(_)));
    assert_eq!(shown(json!({"application/pdf": "AA\nBB"}), "python"), Shown::Pdf("AABB".into()));
    assert_eq!(shown(json!({"text/vnd.mermaid": "graph TD"}), "python"), frame("mermaid", "graph TD"));
    assert_eq!(
        shown(json!({"application/geo+json": {"a": 1}, "text/plain": "t"}), "python"),
        frame("geojson", r#"{"a":1}"#)
    );
    assert_eq!(shown(json!({"text/latex": "$x$", "text/plain": "x"}), "python"), Shown::Latex("$x$".into()));
    assert_eq!(
        shown(json!({"application/json": {"a": 1}}), "python"),
        Shown::Json("{\n  \"a\": 1\n}".into(), "application/json".into())
    );
    let unknown = json!({"application/vnd.raw.v1+json": {"a": 1}});
    assert!(
        matches!(shown(unknown, "python"), Shown::Json(_, mime) if mime == "application/vnd.raw.v1+json")
    );
    assert_eq!(shown(json!({"application/x": "?"}), "python"), Shown::Nothing(vec!["application/x".into()]));
    assert_eq!(shown(json!({}), "python"), Shown::Nothing(vec![]));
}

#[test]
fn a_place_and_its_script_are_one_output() {
    let display = |data: Value| json!({"output_type": "display_data", "data": data, "metadata": {}});
    let exec = json!({"application/vnd.bokehjs_exec.v0+json": "", "application/javascript": "fill()"});
    let cell = |outputs: Value| json!({"cells": [{"cell_type": "code", "source": "", "outputs": outputs}], "nbformat": 4});
    let count = |outputs: Value| match &parsed(&cell(outputs)).cells[0].body {
        Body::Code { outputs, .. } => outputs.len(),
        _ => 0,
    };
    assert_eq!(count(json!([display(json!({"text/html": "<div id=1>"})), display(exec.clone())])), 1);
    assert_eq!(count(json!([display(exec.clone()), display(json!({"text/html": "<div>"}))])), 2);
    assert_eq!(count(json!([display(json!({"text/html": "<b>", "text/plain": "b"})), display(exec)])), 2);
}

#[test]
fn an_svg_is_an_image_and_nothing_in_it_is_syntax() {
    let Shown::Image { url, .. } = shown(json!({"image/svg+xml": "<svg onload='x#\"'/>"}), "python") else {
        panic!("an image")
    };
    assert!(url.starts_with("data:image/svg+xml,%3Csvg%20onload"));
    assert!(!url.contains(['#', '"', '<', '\'']));
}

/// Real notebooks that others made, when the folder is there; it is not part of this repository.
#[test]
fn every_notebook_of_the_corpus_is_read_or_refused() {
    let folder = std::env::var_os("VITRINE_CORPUS").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus")),
        std::path::PathBuf::from,
    );
    let Ok(files) = std::fs::read_dir(folder.join("notebooks")) else { return };
    for file in files {
        let path = file.expect("a readable folder").path();
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let notebook = parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for cell in &notebook.cells {
            match &cell.body {
                Body::Markdown { source, .. } => drop(crate::markdown::render_fragment(source)),
                Body::Code { outputs, .. } => outputs.iter().for_each(|output| match output {
                    Output::Rich { forms, metadata, .. } => drop(choose(forms, metadata, &notebook.language)),
                    Output::Stream { .. } | Output::Error { .. } => {}
                }),
                Body::Raw { .. } => {}
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = "(cells|cell_type|source|outputs|output_type|data|text|metadata|worksheets|code|stream|image/png|text/html)";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        key.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_panics(cells in prop::collection::vec(any_json(), 0..6), root in any_json()) {
        let _ = parse(&json!({"nbformat": 4, "cells": cells}).to_string());
        let _ = parse(&json!({"nbformat": 3, "worksheets": [{"cells": cells}]}).to_string());
        let _ = parse(&root.to_string());
    }
}

#[test]
fn cells_have_the_language_that_they_say() {
    let cell = |metadata: Value, source: &str| json!({"cell_type": "code", "metadata": metadata, "source": source, "outputs": []});
    let notebook = json!({"nbformat": 4, "metadata": {"language_info": {"name": "polyglot-notebook"}, "kernelspec": {"language": "C#", "name": ".net-csharp"}}, "cells": [
        cell(json!({}), "1"),
        cell(json!({"dotnet_interactive": {"language": "fsharp"}, "vscode": {"languageId": "polyglot-notebook"}}), "1"),
        cell(json!({"polyglot_notebook": {"kernelName": "pwsh"}}), "1"),
        cell(json!({"vscode": {"languageId": "sql"}}), "1"),
        cell(json!({"kernel": "R"}), "1"),
        cell(json!({}), "#!fsharp\n1"),
        cell(json!({}), "#!/bin/sh\n1"),
        cell(json!({}), "%sql\nSELECT 1"),
        cell(json!({}), "%sql SELECT 1"),
    ]});
    let drawn = serde_json::to_value(draw(parsed(&notebook))).expect("plain types");
    let languages = drawn["cells"]
        .as_array()
        .expect("cells")
        .iter()
        .map(|cell| cell["language"].as_str().unwrap_or_default());
    assert_eq!(
        languages.collect::<Vec<_>>(),
        ["c#", "f#", "powershell", "sql", "r", "f#", "c#", "sql", "c#"]
    );
}

#[test]
fn a_page_of_another_site_is_a_link_with_its_picture() {
    let film = json!({"text/html": "<iframe src=\"https://www.youtube.com/embed/abc\"></iframe>", "image/jpeg": "AA"});
    let Shown::PlainHtml(html) = shown(film, "python") else { panic!("HTML for the page") };
    assert!(html.contains("watch?v=abc") && html.contains("data:image/jpeg;base64,AA"), "{html}");
    let beside = json!({"text/html": "<iframe src=\"page.html\" height=\"120\"></iframe>"});
    assert_eq!(
        shown(beside, "python"),
        Shown::Page { address: "page.html".into(), width: None, height: Some(120) }
    );
}
