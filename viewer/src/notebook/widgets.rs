//! The state of widgets that was saved with a notebook: each widget gets those models that it is made of, and no others, so that a
//! notebook of a hundred sliders does not send all of them a hundred times.

use super::json;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const STATE: &str = "application/vnd.jupyter.widget-state+json";

/// How a model's state names another model.
const REFERENCE: &str = "IPY_MODEL_";

/// Models by their ids.
#[derive(Debug, Default)]
pub(super) struct SavedWidgets(Map<String, Value>);

impl SavedWidgets {
    /// What the notebook's metadata has.
    pub(super) fn of(root: &Map<String, Value>) -> Self {
        let saved = root.get("metadata").and_then(|metadata| metadata.get("widgets")?.get(STATE));
        // Some writers left out the level in between.
        let models = saved.and_then(|saved| saved.get("state").or(Some(saved))).and_then(Value::as_object);
        Self(models.cloned().unwrap_or_default())
    }

    /// A model and all that it refers to, as JSON; nothing when it was not saved.
    pub(super) fn with(&self, model: &str) -> Option<String> {
        self.0.get(model)?;
        let mut wanted = BTreeSet::new();
        let mut open = vec![model.to_owned()];
        while let Some(next) = open.pop() {
            let Some(state) = self.0.get(&next) else { continue };
            if wanted.insert(next) {
                references(state, &mut open);
            }
        }
        let found = wanted.into_iter().filter_map(|id| Some((id.clone(), self.0.get(&id)?.clone())));
        Some(json::for_scripts(&Value::Object(found.collect())))
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix(REFERENCE).map(str::to_owned)),
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        Value::Object(values) => values.values().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_widget_comes_with_what_it_is_made_of() {
        let state = json!({
            "box": {"state": {"children": ["IPY_MODEL_a", "IPY_MODEL_gone"], "layout": "IPY_MODEL_l"}},
            "a": {"state": {"back": "IPY_MODEL_box"}}, "l": {}, "other": {}});
        for saved in [json!({"state": state, "version_major": 2}), state.clone()] {
            let root = json!({"metadata": {"widgets": {STATE: saved}}});
            let widgets = SavedWidgets::of(root.as_object().expect("an object"));
            let found: Value = serde_json::from_str(&widgets.with("box").expect("saved")).expect("JSON");
            assert_eq!(found.as_object().expect("an object").keys().collect::<Vec<_>>(), ["a", "box", "l"]);
            assert_eq!(widgets.with("gone"), None);
        }
        assert_eq!(SavedWidgets::of(&Map::new()).with("a"), None);
    }
}
