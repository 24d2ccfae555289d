//! One call as an operation: what it is called, who may make it, what goes in and what comes out.

use super::schemas::Schemas;
use super::{answers, examples, parameters};
use crate::api::calls::{Call, CallId, Method, Rule};
use crate::api::{HostMessage, HostOrders, ShareEvent};
use serde_json::{Map, Value, json};

/// The operation of a call.
pub(super) fn of(call: &Call, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": id_of(call),
        "tags": [tag_of(call)],
        "summary": call.summary,
        "description": description(call),
        "x-vitrine-rule": format!("{:?}", call.rule).to_lowercase(),
        "security": security(call.rule),
    });
    let parameters = parameters::of(call, schemas);
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(shape) = call.request {
        let mut content = json!({ "schema": schemas.request(shape) });
        if let Some(example) = examples::of(call.id) {
            content["examples"] = json!({ "example": { "value": example } });
        }
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": content } });
    }
    let mut responses = success(call, schemas);
    responses.extend(answers::problems(call));
    operation["responses"] = Value::Object(responses);
    operation
}

/// The call's own name, as the members of generated clients are written: `sharesCreate` for `shares/create`.
fn id_of(call: &Call) -> String {
    let name = format!("{:?}", call.id);
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

fn tag_of(call: &Call) -> &'static str {
    match call.id {
        CallId::SharesPublish | CallId::SharesStatus | CallId::SharesCancel | CallId::SharesCopy => "jobs",
        CallId::SharesViewerToken | CallId::SharesStars | CallId::SharesCounter | CallId::SharesEvents => {
            "readers"
        }
        _ => match call.path.split('/').next() {
            Some("shares") => "shares",
            Some("hosts" | "projects") => "hosts",
            Some("publish") => "publish",
            Some("admin") => "admin",
            _ => "server",
        },
    }
}

fn description(call: &Call) -> String {
    let who = format!("**Who may:** {}.", call.rule.words());
    match remark(call.id) {
        Some(remark) => format!("{who}\n\n{remark}"),
        None => who,
    }
}

/// What a line and the types do not say.
fn remark(id: CallId) -> Option<&'static str> {
    Some(match id {
        CallId::Jwks => "The same is at `/.well-known/jwks.json` of this origin.",
        CallId::SharesCreate => {
            "200 instead of 201 when the idempotency key has made the share before. Nothing is published yet: call \
             `shares/publish`, or run `vitrine publish --share`."
        }
        CallId::SharesUpdate => {
            "What is left out stays as it is. A change of who may read reaches every reader within a minute."
        }
        CallId::SharesDelete => {
            "Jobs that would publish it are canceled. `shares/restore` takes it back within the grace period."
        }
        CallId::SharesList => {
            "Public shares to all; those for the signed-in and for organisations to those; all of a project to those who may \
             write it, unlisted and unpublished ones included."
        }
        CallId::SharesPublish | CallId::AdminRepublish => {
            "Answers at once with the job; follow it with `shares/status` or `shares/{share_id}/events`. A job that waits \
             already is joined; behind one that runs, another waits."
        }
        CallId::SharesCopy => {
            "The caller must be able to read the share and to write the project that gets the files. Nothing of that project \
             is overwritten."
        }
        CallId::SharesViewerToken => {
            "The main app (`service`) may name the reader that it is for, and answers for what it says."
        }
        CallId::SharesEvents => {
            "Each text message is a `ShareEvent`. Come back with the last `id` as `last_event_id`, and what was missed follows \
             as far as it is kept."
        }
        CallId::HostsConnect => {
            "Each text message of the host is a `HostMessage`; each report is answered with `HostOrders`."
        }
        CallId::HostsRegister => {
            "A report says everything, and so does its answer: one that is lost or comes twice changes nothing."
        }
        CallId::HostsRevoke => {
            "Its key opens nothing from now on, its connection ends, its projects have no host, its jobs fail."
        }
        CallId::ProjectsAssign => {
            "Jobs of the project go along; one that runs is stopped first. Without a `host_id` nobody has the project."
        }
        CallId::PublishBegin => {
            "A host must name the job that it runs. The answer's credentials reach this share's new objects alone, and end soon: \
             `publish/renew` brings fresh ones."
        }
        CallId::PublishCommit => "The same commit again gets the same answer again.",
        CallId::AdminGc => "It is done by itself, too; with `dry_run` it only says what it would do.",
        _ => return None,
    })
}

fn security(rule: Rule) -> Value {
    match rule {
        Rule::Anyone => json!([{}, { "apiToken": [] }]),
        Rule::Reader | Rule::Writer | Rule::Service | Rule::Admin => json!([{ "apiToken": [] }]),
        Rule::Publisher => json!([{ "apiToken": [] }, { "hostToken": [] }]),
        Rule::Host => json!([{ "hostToken": [] }]),
        // What it takes is in the body.
        Rule::Enroller => json!([]),
    }
}

/// The answer when the call has done what was asked.
fn success(call: &Call, schemas: &mut Schemas) -> Map<String, Value> {
    let mut responses = Map::new();
    if call.status == 101 {
        if call.id == CallId::SharesEvents {
            schemas.mention::<ShareEvent>();
        } else {
            schemas.mention_given::<HostMessage>();
            schemas.mention::<HostOrders>();
        }
        responses.insert("101".into(), json!({ "description": "The WebSocket is open." }));
        return responses;
    }
    let (media, schema) = match (call.response, call.id) {
        (Some(shape), _) => ("application/json", schemas.answer(shape)),
        (None, CallId::Jwks) => ("application/jwk-set+json", key_set()),
        (None, CallId::Metrics) => ("text/plain", json!({ "type": "string" })),
        (None, CallId::Health) => {
            let ok = json!({ "type": "boolean", "const": true });
            ("application/json", json!({ "type": "object", "required": ["ok"], "properties": { "ok": ok } }))
        }
        (None, _) => ("application/json", json!({ "type": "object" })),
    };
    let content = json!({ media: { "schema": schema } });
    if call.id == CallId::SharesCreate {
        let again = "The share that the idempotency key has made before.";
        responses.insert("200".into(), json!({ "description": again, "content": content }));
    }
    let done = match (call.status, call.method) {
        (201, _) => "Made.",
        (202, _) => "The job, which goes on by itself.",
        (_, Method::Get) => "Found.",
        (_, Method::Post) => "Done.",
    };
    responses.insert(call.status.to_string(), json!({ "description": done, "content": content }));
    responses
}

fn key_set() -> Value {
    let key = json!({ "type": "object", "required": ["kty"], "properties": { "kty": { "type": "string" } } });
    json!({ "type": "object", "required": ["keys"], "properties": { "keys": { "type": "array", "items": key } } })
}
