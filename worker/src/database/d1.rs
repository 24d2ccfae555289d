//! The database on D1.

use super::{Database, DatabaseError, Row, Statement, Value};
use crate::failure::Failure;
use vitrine_protocol::ErrorCode;
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, Env};

/// The binding's name in `wrangler.toml`.
const BINDING: &str = "DB";

pub(crate) struct D1(D1Database);

impl D1 {
    pub(crate) fn open(env: &Env) -> Result<Self, Failure> {
        env.d1(BINDING)
            .map(Self)
            .map_err(|error| Failure::logged(ErrorCode::Internal, "The server is not configured.", &error))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times and sizes are far below 2^53, which JavaScript's numbers keep"
)]
fn bound(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let failed = |error: worker::Error| DatabaseError::of_message(error.to_string());
        let prepared = statements.iter().map(|statement| {
            let values: Vec<JsValue> = statement.values.iter().map(bound).collect();
            self.0.prepare(&statement.sql).bind(&values)
        });
        let prepared = prepared.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let results = self.0.batch(prepared).await.map_err(failed)?;
        results.iter().map(|result| result.results::<Row>().map_err(failed)).collect()
    }
}
