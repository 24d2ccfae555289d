//! The query of a GET: named parameters, each at most once, none that the call does not know.

use crate::failure::Failure;
use std::str::FromStr;
use vitrine_protocol::ErrorCode;
use vitrine_protocol::api::calls::Call;
use vitrine_protocol::limits::{PAGE_ROWS, PAGE_ROWS_MAX};

/// A parsed query.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

fn invalid(field: &str, detail: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, detail).field(field)
}

/// `application/x-www-form-urlencoded`, as browsers and curl write it.
fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

impl Query {
    /// Reads it for a call. 400 for a parameter that the call does not have, that is there twice, or is not UTF-8.
    pub(crate) fn read(call: &Call, query: Option<&str>) -> Result<Self, Failure> {
        let mut found: Vec<(String, String)> = Vec::new();
        for part in query.unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                return Err(invalid("query", "A parameter of the query is not UTF-8."));
            };
            if !call.query.iter().any(|(known, _)| *known == name) {
                return Err(invalid(&name, format!("`{}` has no such parameter.", call.path)));
            }
            if found.iter().any(|(own, _)| *own == name) {
                return Err(invalid(&name, "The parameter is there twice."));
            }
            if value.contains('\0') {
                return Err(invalid(&name, "The parameter has a NUL."));
            }
            found.push((name, value));
        }
        Ok(Self(found))
    }

    /// A parameter's text; one that is empty is as one that is not there.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A parameter as a type.
    pub(crate) fn parse<T: FromStr>(&self, name: &str) -> Result<Option<T>, Failure>
    where
        T::Err: std::fmt::Display,
    {
        let parse = |text: &str| {
            text.parse().map_err(|error: T::Err| invalid(name, format!("It cannot be used: {error}.")))
        };
        self.get(name).map(parse).transpose()
    }

    /// How many rows the caller wants.
    pub(crate) fn limit(&self) -> Result<u32, Failure> {
        match self.parse::<u32>("limit")? {
            None => Ok(PAGE_ROWS),
            Some(limit @ 1..=PAGE_ROWS_MAX) => Ok(limit),
            Some(_) => Err(invalid("limit", format!("It is 1 to {PAGE_ROWS_MAX}."))),
        }
    }

    /// Where the last page ended, as [`cursor`] wrote it: a number and a text.
    pub(crate) fn cursor(&self) -> Result<Option<(i64, String)>, Failure> {
        let Some(text) = self.get("cursor") else { return Ok(None) };
        let parts = text.split_once('.').and_then(|(at, rest)| Some((at.parse().ok()?, rest.to_owned())));
        parts.map(Some).ok_or_else(|| invalid("cursor", "It is not what an answer's `cursor` was."))
    }
}

/// A place in a list: what it is sorted by, and what breaks ties.
pub(crate) fn cursor(at: i64, rest: impl std::fmt::Display) -> String {
    format!("{at}.{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::api::calls::{CALLS, CallId};

    fn read(query: &str) -> Result<Query, Failure> {
        let call = CALLS.iter().find(|call| call.id == CallId::SharesList).unwrap();
        Query::read(call, Some(query))
    }

    #[test]
    fn parameters_are_read() {
        let query = read("query=linear+algebra%20%C3%A4&limit=7&sort=").unwrap();
        assert_eq!((query.get("query"), query.limit().unwrap()), (Some("linear algebra ä"), 7));
        assert_eq!((query.get("sort"), query.get("cursor")), (None, None));
        assert_eq!(read("cursor=-5.01A.b").unwrap().cursor().unwrap(), Some((-5, "01A.b".into())));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |failure: Failure| failure.problem.field.unwrap();
        for (query, name) in [
            ("quary=x", "quary"),
            ("limit=1&limit=2", "limit"),
            ("query=%FF", "query"),
            ("query=%00", "query"),
        ] {
            assert_eq!(field(read(query).unwrap_err()), name, "{query}");
        }
        for bad in ["limit=0", "limit=101", "limit=x", "limit=-1"] {
            assert_eq!(field(read(bad).unwrap().limit().unwrap_err()), "limit", "{bad}");
        }
        for bad in ["cursor=x", "cursor=1", "cursor=.x"] {
            assert_eq!(field(read(bad).unwrap().cursor().unwrap_err()), "cursor", "{bad}");
        }
    }
}
