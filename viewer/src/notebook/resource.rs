//! Tables as data (`application/vnd.dataresource+json`, the "tabular data resource" of Frictionless), as plain HTML.

use super::json;
use serde_json::Value;
use std::fmt::Write as _;

/// More rows are left out, and counted.
const ROWS_MAX: usize = 1_000;
const COLUMNS_MAX: usize = 200;

/// The table as HTML that still has to be sanitised; nothing when the value is none.
pub(super) fn table(value: &Value) -> Option<String> {
    let rows = value.get("data")?.as_array()?;
    let fields = value.pointer("/schema/fields").and_then(Value::as_array);
    let names: Vec<&str> = match fields {
        Some(fields) => fields.iter().filter_map(|field| field.get("name")?.as_str()).collect(),
        None => rows.first()?.as_object()?.keys().map(String::as_str).collect(),
    };
    let names = names.get(..COLUMNS_MAX).unwrap_or(&names);
    let mut html = String::from("<table class=\"dataframe\"><thead><tr>");
    for name in names {
        let _ = write!(html, "<th>{}</th>", escaped(name));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows.iter().take(ROWS_MAX) {
        html.push_str("<tr>");
        for name in names {
            let _ = write!(html, "<td>{}</td>", escaped(&text(row.get(*name))));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    if rows.len() > ROWS_MAX {
        let _ = write!(html, "<p>… {} × {}</p>", rows.len(), names.len());
    }
    Some(html)
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => json::plain(text).to_owned(),
        Some(value) => json::for_readers(value),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_is_made_of_texts() {
        let value = json!({"schema": {"fields": [{"name": "a<b"}, {"name": "n"}]}, "data": [{"a<b": "<script>", "n": 1.5}, {"n": null}, 5]});
        assert_eq!(
            table(&value).as_deref(),
            Some(
                "<table class=\"dataframe\"><thead><tr><th>a&lt;b</th><th>n</th></tr></thead><tbody>\
                 <tr><td>&lt;script&gt;</td><td>1.5</td></tr><tr><td></td><td></td></tr><tr><td></td><td></td></tr></tbody></table>"
            )
        );
        for none in [json!({}), json!({"data": 1}), json!({"data": []}), json!({"data": [1]}), json!(null)] {
            assert_eq!(table(&none), None);
        }
        let long = json!({"data": vec![json!({"a": 1}); 1_200]});
        assert!(table(&long).is_some_and(|html| html.ends_with("<p>… 1200 × 1</p>")));
    }
}
