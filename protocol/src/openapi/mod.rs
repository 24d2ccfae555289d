//! The OpenAPI 3.1 document, made from the table of calls and the types of their bodies, so that it cannot say anything else
//! than the server does. Compiled with the feature `schema` alone; it is the file `static/openapi.json`, which
//! `protocol/tests/openapi.rs` holds to what is made here and the server sends as it is.
//!
//! [`operation`] makes one call's entry, [`answers`] knows how calls fail, [`parameters`] what stands in paths and queries,
//! [`examples`] what requests look like; [`schemas`] gathers the shapes, and [`texts`] holds what types say of their texts.

mod answers;
mod examples;
mod operation;
mod parameters;
mod schemas;
pub(crate) mod texts;

use crate::api::calls::CALLS;
use schemas::Schemas;
use serde_json::{Map, Value, json};

/// What stands above all calls.
const INTRODUCTION: &str = "\
Creates and publishes shares, moves jobs to hosts, and hands readers in.

**Tokens.** Send `Authorization: Bearer …` with an API token, a JWT that the main app signs (`aud` is `vitrine-api`), or, as a host, \
with a token that the host's own key has signed (`aud` is `vitrine-host`). A WebSocket of a browser sends \
`Sec-WebSocket-Protocol: vitrine.v2, bearer.<token>` instead.

**Errors** are `application/problem+json` (RFC 9457). Branch on `code`; `detail` and `hint` are for people, `field` names what is \
wrong in the request. A share that the caller may not know of looks like one that does not exist. Another method than a call's own \
gets 405.

**Requests** are JSON objects, whatever their `Content-Type`, of at most 256 KiB; fields and query parameters that a call does not \
know are refused, and whole numbers are written without a fraction. A query parameter that is empty is as one that is left out. \
Answers may get new fields at any time: ignore those that you do not know. Texts are limited in bytes of UTF-8, which `maxLength`, \
in characters, cannot say.

**Times** are milliseconds since the epoch.

**Lists** are cut into pages. While an answer has a `cursor`, send it back as the query's `cursor` for the next page.

**Idempotency.** What creates something takes an `idempotency_key`: the same key with the same request gives the same answer \
again, and makes nothing new; with another request it gets 409 `idempotency_conflict`.";

/// The groups of calls, in the order of the document.
const TAGS: [(&str, &str); 7] = [
    ("shares", "What is published: creating, changing, finding."),
    ("jobs", "Asking a project's host to publish or to copy."),
    ("readers", "Handing readers in; stars, views, live events."),
    ("publish", "What `vitrine publish` and the hosts' agents call: the lease of a share, and the commit."),
    ("hosts", "Machines with projects, and which has which."),
    ("admin", "Operators' calls."),
    ("server", "The server itself."),
];

/// The document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for call in CALLS {
        let path = paths.entry(parameters::path_of(call)).or_insert_with(|| json!({}));
        path[call.method.as_str().to_lowercase()] = operation::of(call, &mut schemas);
    }
    let mut document = around(&paths);
    schemas.finish(&mut document);
    document
}

/// Everything but the shapes.
fn around(paths: &Map<String, Value>) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vitrine's control API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "MIT or Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/api/v2", "description": "The app origin that this document comes from." }],
        "tags": TAGS.map(|(name, description)| json!({ "name": name, "description": description })),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An API token: who asks, which projects they may write, and their roles.",
                },
                "hostToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token that an enrolled host has signed for itself; it lives at most five minutes.",
                },
            },
            "responses": answers::shared(),
            "schemas": {},
        },
    })
}

/// The document as it is written to its file.
pub fn text() -> String {
    format!("{:#}\n", document())
}
