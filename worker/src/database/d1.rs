//! The database on D1.

use super::{Database, DatabaseError, Row, Statement, Value};
use crate::failure::Failure;
use vitrine_protocol::ErrorCode;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
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
        Value::Blob(bytes) => js_sys::Uint8Array::from(bytes.as_slice()).into(),
    }
}

#[wasm_bindgen]
extern "C" {
    /// The binding. The `worker` crate's own `batch` reads rows by another serialiser.
    type Batches;

    #[wasm_bindgen(method, catch)]
    fn batch(this: &Batches, statements: &js_sys::Array) -> Result<js_sys::Promise, JsValue>;
}

/// What D1 answers for one statement.
#[derive(serde::Deserialize)]
struct Answer {
    #[serde(default)]
    results: Vec<Row>,
}

impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let failed = |error: worker::Error| DatabaseError::of_message(error.to_string());
        let thrown = |error: JsValue| failed(error.into());
        let prepared = js_sys::Array::new();
        for statement in &statements {
            let values: Vec<JsValue> = statement.values.iter().map(bound).collect();
            let bound = self.0.prepare(&statement.sql).bind(&values).map_err(failed)?;
            prepared.push(bound.inner().as_ref());
        }
        let database: &JsValue = self.0.as_ref();
        let answers = database.unchecked_ref::<Batches>().batch(&prepared).map_err(thrown)?;
        let answers = JsFuture::from(answers).await.map_err(thrown)?;
        let text = js_sys::JSON::stringify(&answers).map_err(thrown)?;
        let answers: Vec<Answer> = serde_json::from_str(&String::from(text))
            .map_err(|error| DatabaseError::Row(error.to_string()))?;
        Ok(answers.into_iter().map(|answer| answer.results).collect())
    }
}
