//! The shapes of all bodies, by name. A type's shape as it is sent to the server is not quite the one that the server sends:
//! requests may leave fields out that answers always have. Where the two differ, the former is called `…Given`.
//!
//! What the types say of themselves is written for readers of Rust; [`for_people`] takes what only those understand out.

use crate::Problem;
use crate::api::calls::Shape;
use crate::problem::ErrorCode;
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where the problem's shape is.
pub(super) const PROBLEM: &str = "#/components/schemas/Problem";

const ANSWERS: &str = "#/components/schemas/";
/// Never in the document: what is referred to so is renamed when all is known.
const GIVEN: &str = "#/given/";

/// Gathers shapes while the calls are written down.
pub(super) struct Schemas {
    given: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let at = |path: &'static str| {
            SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = path.into())
        };
        Self {
            given: at("/given").for_deserialize().into_generator(),
            answers: at("/components/schemas").for_serialize().into_generator(),
        }
    }

    /// The shape of a request's body.
    pub(super) fn request(&mut self, shape: Shape) -> Value {
        shape(&mut self.given).to_value()
    }

    /// The shape of something else that a request has.
    pub(super) fn given<T: JsonSchema>(&mut self) -> Value {
        self.given.subschema_for::<T>().to_value()
    }

    /// The shape of an answer's body.
    pub(super) fn answer(&mut self, shape: Shape) -> Value {
        shape(&mut self.answers).to_value()
    }

    /// Makes a type stand among the shapes though no body is one: what is sent over a WebSocket by the server.
    pub(super) fn mention<T: JsonSchema>(&mut self) {
        self.answers.subschema_for::<T>();
    }

    /// The same for what the client sends.
    pub(super) fn mention_given<T: JsonSchema>(&mut self) {
        self.given.subschema_for::<T>();
    }

    /// Puts the shapes into the document, in the order of their names, and the right names where they are referred to.
    pub(super) fn finish(mut self, document: &mut Value) {
        self.mention::<Problem>();
        let mut given = self.given.take_definitions(true);
        let mut all = self.answers.take_definitions(true);
        all.values_mut().for_each(never_null);
        let differing = differing(&given, &all);
        given.values_mut().for_each(greatest);
        all.extend(given.into_iter().map(|(name, schema)| (named(&name, &differing), schema)));
        if let Some(code) = all.get_mut("Problem").and_then(|schema| schema.pointer_mut("/properties/code")) {
            let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
            code["examples"] = json!(codes);
        }
        all.sort_keys();
        document["components"]["schemas"] = Value::Object(all);
        refer(document, &differing);
        each_object(document, &mut for_people);
    }
}

fn named(name: &str, differing: &BTreeSet<String>) -> String {
    if differing.contains(name) { format!("{name}Given") } else { name.to_owned() }
}

/// The types whose two shapes differ, by themselves or by what they refer to.
fn differing(given: &Map<String, Value>, answers: &Map<String, Value>) -> BTreeSet<String> {
    let mut differing = BTreeSet::new();
    loop {
        let before = differing.len();
        for (name, schema) in given {
            let mut as_answer = schema.clone();
            refer(&mut as_answer, &differing);
            if answers.get(name).is_some_and(|answer| *answer != as_answer) {
                differing.insert(name.clone());
            }
        }
        if differing.len() == before {
            return differing;
        }
    }
}

/// Gives what is referred to its name in the document.
fn refer(value: &mut Value, differing: &BTreeSet<String>) {
    each_object(value, &mut |object| {
        let reference = object.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix(GIVEN));
        if let Some(name) = reference {
            let renamed = format!("{ANSWERS}{}", named(name, differing));
            object.insert("$ref".into(), renamed.into());
        }
    });
}

/// Answers leave out what they do not have: nothing in them is `null`.
fn never_null(schema: &mut Value) {
    each_object(schema, &mut |object| {
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".into(), only);
            }
        }
        let Some(Value::Array(any)) = object.get_mut("anyOf") else { return };
        any.retain(|schema| schema["type"] != "null");
        if let [Value::Object(only)] = any.as_slice() {
            let only = only.clone();
            object.shift_remove("anyOf");
            object.extend(only);
        }
    });
}

/// Greater numbers than the type holds are refused.
fn greatest(schema: &mut Value) {
    each_object(schema, &mut |object| {
        let greatest = match object.get("format").and_then(Value::as_str) {
            Some("uint32") => u64::from(u32::MAX),
            Some("uint64") => u64::MAX,
            _ => return,
        };
        object.entry("maximum").or_insert_with(|| greatest.into());
    });
}

/// One schema, or anything else of the document, in words for people.
fn for_people(object: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = object.get_mut("description") {
        *text = one_line(text);
    }
    // Only `int32` and `int64` are known to others; `minimum` says the rest.
    if object.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        object.shift_remove("format");
    }
}

/// Joins lines that were broken for the source's sake, and makes Rust's links plain code.
fn one_line(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
    paragraphs.collect::<Vec<_>>().join("\n\n").replace("[`", "`").replace("`]", "`")
}

/// Goes to every object inside a value.
fn each_object(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|inner| each_object(inner, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| each_object(inner, change)),
        _ => {}
    }
}
