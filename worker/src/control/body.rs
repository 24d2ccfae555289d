//! Reading a call's body: its shape is its type's, and what is wrong names the field.

use crate::failure::Failure;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use vitrine_protocol::ErrorCode;

/// Reads a body. 400 with the field at fault where one is.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let invalid = |detail: String| Failure::new(ErrorCode::InvalidRequest, detail);
    let parse = |bytes: &[u8]| serde_json::from_slice::<T>(bytes).map_err(|error| words(&error));
    // A sequence would do for a struct, too.
    let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let message = match parse(body) {
        Ok(parsed) if is_object => return Ok(parsed),
        Ok(_) => String::new(),
        Err(message) => message,
    };
    let value: Value =
        serde_json::from_slice(body).map_err(|error| invalid(format!("The body is not JSON: {error}.")))?;
    let Value::Object(fields) = value else {
        return Err(invalid("The body is not a JSON object.".into()));
    };
    let failure = invalid(format!("The body is not what this call takes: {message}."));
    Err(match at_fault(&fields, &message, &|bytes| parse(bytes).err()) {
        Some(field) => failure.field(field),
        None => failure,
    })
}

/// An error without its place, which is of no use to whoever has only the fields before them.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(words, _)| words.to_owned())
}

/// Which field: the one that the message names, or the one without which it says something else. Only after a failure, so
/// that no path has to be kept while reading.
fn at_fault(
    fields: &Map<String, Value>,
    message: &str,
    fault: &dyn Fn(&[u8]) -> Option<String>,
) -> Option<String> {
    for start in ["unknown field `", "missing field `", "duplicate field `"] {
        let named = message.strip_prefix(start).and_then(|rest| rest.split_once('`'));
        if let Some((name, _)) = named {
            return Some(name.to_owned());
        }
    }
    let without = |name: &str| {
        let mut without = fields.clone();
        without.remove(name);
        serde_json::to_vec(&without).unwrap_or_default()
    };
    fields.keys().find(|name| fault(&without(name)).as_deref() != Some(message)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::api::{BeginPublish, CreateShare, HostReport};

    fn refused<T: DeserializeOwned>(body: &str) -> String {
        let problem = read::<T>(body.as_bytes()).map(|_| ()).unwrap_err().problem;
        format!("{}: {}", problem.field.unwrap_or_default(), problem.detail)
    }

    #[test]
    fn bodies_are_refused_in_words_that_name_the_field() {
        insta::assert_snapshot!(
            [
                refused::<BeginPublish>(""),
                refused::<BeginPublish>("[]"),
                refused::<BeginPublish>("{}"),
                refused::<BeginPublish>(r#"{"share_id":"nonsense"}"#),
                refused::<CreateShare>(r#"{"titel":"x"}"#),
                refused::<CreateShare>(r#"{"title":"x","scope":"everyone"}"#),
                refused::<CreateShare>(r#"{"title":5,"project_id":"p"}"#),
                refused::<CreateShare>(r#"{"project_id":"../p"}"#),
                refused::<HostReport>(r#"{"boot_id":"b","capacity":-1}"#),
            ]
            .join("\n")
        );
    }
}
