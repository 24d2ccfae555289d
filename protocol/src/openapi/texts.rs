//! What the types' schemas say beyond what serde knows: patterns of texts that the server takes, plain enough to mean the same
//! in every dialect of regular expressions, and rules that are checked by hand.

use schemars::Schema;
use serde_json::{Value, json};

/// A line: no control characters.
pub(crate) const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";

/// Several lines: anything but a NUL.
pub(crate) const LINES: &str = r"^[^\x00]*$";

/// A path below a project or a share. That `.` and `..` are no names, no pattern says without look-ahead.
pub(crate) const PATH: &str = r"^([^/\x00]+(/[^/\x00]+)*/?)?$";

/// An Ed25519 public key: 32 bytes in base64url.
pub(crate) const PUBLIC_KEY: &str = "^[A-Za-z0-9_-]{43}$";

/// A copy asks for somebody else's files to be taken: without the acknowledgement it is refused.
pub(crate) fn trust_is_required(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(required)) = object.get_mut("required") {
        required.push("trust_acknowledged".into());
    }
    if let Some(trust) = object.get_mut("properties").and_then(|all| all.get_mut("trust_acknowledged")) {
        trust["const"] = true.into();
        trust.as_object_mut().map(|trust| trust.shift_remove("default"));
    }
}

/// An enum whose last variant stands for whatever a newer program says.
pub(crate) fn open_enum(schema: &mut Schema) {
    let Some(Value::Array(mut known)) = schema.remove("oneOf") else { return };
    let newer = known.pop().and_then(|last| last.get("description").cloned());
    known.push(json!({ "type": "string", "description": newer }));
    schema.insert("anyOf".into(), known.into());
}
