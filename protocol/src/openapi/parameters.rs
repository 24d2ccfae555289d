//! What stands in the paths and queries of calls, with its type.

use super::schemas::Schemas;
use crate::api::ShareSort;
use crate::api::calls::{Call, CallId};
use crate::documents::State;
use crate::limits::{PAGE_ROWS, PAGE_ROWS_MAX};
use crate::{Handle, JobId, ProjectId, ShareId};
use serde_json::{Value, json};

/// What `{id}` is called in the document, and what it is for.
fn id_of(call: &Call) -> (&'static str, &'static str) {
    match call.id {
        CallId::ProjectsGet => ("project_id", "The project."),
        _ => ("share_id", "The share."),
    }
}

/// The call's path in the document.
pub(super) fn path_of(call: &Call) -> String {
    format!("/{}", call.path.replace("{id}", &format!("{{{}}}", id_of(call).0)))
}

/// All parameters of a call.
pub(super) fn of(call: &Call, schemas: &mut Schemas) -> Vec<Value> {
    let mut all = Vec::new();
    if call.path.contains("{id}") {
        let (name, what) = id_of(call);
        let schema = schema_of(call, name, schemas);
        all.push(
            json!({ "name": name, "in": "path", "required": true, "description": what, "schema": schema }),
        );
    }
    for (name, what) in call.query {
        let mut parameter = json!({ "name": name, "in": "query", "description": what });
        // One that is empty is as one that is left out.
        let rule =
            if (call.id, *name) == (CallId::SharesStatus, "job") { "required" } else { "allowEmptyValue" };
        parameter[rule] = true.into();
        parameter["schema"] = schema_of(call, name, schemas);
        all.push(parameter);
    }
    all
}

fn schema_of(call: &Call, name: &str, schemas: &mut Schemas) -> Value {
    match name {
        "share_id" => schemas.given::<ShareId>(),
        "project_id" => schemas.given::<ProjectId>(),
        "owner" => schemas.given::<Handle>(),
        "job" => schemas.given::<JobId>(),
        "sort" => schemas.given::<ShareSort>(),
        "state" => schemas.given::<State>(),
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": PAGE_ROWS_MAX, "default": PAGE_ROWS }),
        "last_event_id" => json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX }),
        // Longer ones are refused (`control/shares/list.rs`).
        "query" if call.id == CallId::SharesList => json!({ "type": "string", "maxLength": 200 }),
        _ => json!({ "type": "string" }),
    }
}
