//! The OpenAPI document: the file that the server sends is what the types say, and what it says holds together.
//!
//! After a change of the API: `INSTA_UPDATE=always cargo test -p vitrine-protocol --features schema --test openapi`, then read
//! `git diff static/openapi.json`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop here")]

use serde_json::Value;
use std::collections::BTreeSet;
use vitrine_protocol::api::calls::{CALLS, Method};
use vitrine_protocol::openapi::{document, text};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/openapi.json");

/// Every operation: its path, its method, and what is said of it.
fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        all.extend(methods.as_object().unwrap().iter().map(|(method, operation)| (path, method, operation)));
    }
    all
}

/// Every object inside a value.
fn objects<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            found.push(value);
            object.values().for_each(|inner| objects(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| objects(inner, found)),
        _ => {}
    }
}

#[test]
fn the_file_is_up_to_date() {
    let made = text();
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        std::fs::write(FILE, &made).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    let line = made.lines().zip(kept.lines()).position(|(made, kept)| made != kept);
    assert!(
        made == kept,
        "static/openapi.json differs from what the types say, first at line {:?}; this writes it anew:\n\
         INSTA_UPDATE=always cargo test -p vitrine-protocol --features schema --test openapi",
        line.map(|at| at + 1)
    );
}

#[test]
fn every_call_is_an_operation_of_its_own() {
    let document = document();
    let operations = operations(&document);
    assert_eq!(operations.len(), CALLS.len());
    let ids: BTreeSet<_> =
        operations.iter().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), CALLS.len(), "operationIds are unique");
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).map(Value::to_string).collect();
    for (path, _, operation) in &operations {
        assert!(tags.contains(&operation["tags"][0].to_string()), "{path}");
        assert!(operation["description"].as_str().unwrap().starts_with("**Who may:** "), "{path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut all = Vec::new();
    objects(&document, &mut all);
    let mut used = BTreeSet::new();
    for reference in all.iter().filter_map(|object| object.get("$ref")) {
        let reference = reference.as_str().unwrap();
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
        used.insert(reference);
    }
    // What only a WebSocket carries is named in words.
    let spoken = ["ShareEvent", "HostMessage"];
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        let reference = format!("#/components/schemas/{name}");
        assert!(used.contains(reference.as_str()) || spoken.contains(&name.as_str()), "{name} is nobody's");
    }
}

#[test]
fn every_parameter_of_a_path_is_declared() {
    for (path, _, operation) in operations(&document()) {
        let in_path: Vec<_> =
            path.split('/').filter_map(|name| name.strip_prefix('{')?.strip_suffix('}')).collect();
        let empty = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&empty);
        let declared: Vec<_> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .inspect(|parameter| assert_eq!(parameter["required"], true, "{path}"))
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(declared, in_path, "{path}");
        let names: BTreeSet<_> = parameters.iter().map(|parameter| parameter["name"].to_string()).collect();
        assert_eq!(names.len(), parameters.len(), "{path}");
    }
}

#[test]
fn every_answer_has_a_description_and_a_shape() {
    let document = document();
    for (path, _, operation) in operations(&document) {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let shared = answer["$ref"].as_str().map(|reference| document.pointer(&reference[1..]).unwrap());
            let answer = shared.unwrap_or(answer);
            assert!(!answer["description"].as_str().unwrap().is_empty(), "{path} {status}");
            let number: u16 = status.parse().unwrap();
            let is_problem = answer["content"].get("application/problem+json").is_some();
            assert_eq!(is_problem, number >= 400, "{path} {status}");
            assert!(number == 101 || answer["content"].is_object(), "{path} {status}");
        }
    }
}

#[test]
fn every_request_has_an_example_that_its_type_takes() {
    let document = document();
    for call in CALLS.iter().filter(|call| call.method == Method::Post) {
        let example = format!(
            "/paths/~1{}/post/requestBody/content/application~1json/examples",
            call.path.replace('/', "~1")
        );
        assert!(document.pointer(&example).is_some(), "{} has no example, or one that is refused", call.path);
    }
}
