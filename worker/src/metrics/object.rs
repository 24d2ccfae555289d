//! The platform's side: the object that sums up what the isolates count, and the calls to it. Holds no logic.

use super::counters::Counters;
use super::exposition::{Gauge, render};
use crate::edge::now_ms;
use crate::failure::Failure;
use vitrine_protocol::ErrorCode;
use worker::wasm_bindgen::JsValue;
use worker::{
    Context, DurableObject, Env, Method, Request, RequestInit, Response, Result, State, durable_object,
};

/// The namespace's name in `wrangler.toml`.
const METRICS_DO: &str = "METRICS_DO";
/// There is one object.
const NAME: &str = "metrics";
/// Where the sums are kept: as text, because numbers above 2^53 do not survive JavaScript's own.
const SUMS: &str = "sums";

/// Sums up what all isolates count.
#[durable_object]
pub struct MetricsDo {
    state: State,
    /// Part of what the platform makes an object of; it asks for nothing.
    _env: Env,
}

impl DurableObject for MetricsDo {
    fn new(state: State, env: Env) -> Self {
        Self { state, _env: env }
    }

    /// Adds what is sent, and answers with the sums.
    ///
    /// Between reading them and writing them there is no await but the storage's own, which holds back other events: so no
    /// two calls can interleave.
    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let more = Counters::from_json(&request.text().await?)?;
        let storage = self.state.storage();
        let kept: Option<String> = storage.get(SUMS).await?;
        let mut sums = kept.map_or_else(|| Ok(Counters::new()), |kept| Counters::from_json(&kept))?;
        if !more.is_empty() {
            sums.merge(more);
            storage.put(SUMS, sums.to_json()).await?;
        }
        Response::ok(sums.to_json())
    }
}

/// Hands on what this isolate has counted, when it is time. The answer that is on its way does not wait for it.
pub(crate) fn flush(env: &Env, context: &Context) {
    let Some(counters) = super::due(now_ms()) else { return };
    let env = env.clone();
    context.wait_until(async move {
        if let Err(error) = send(&env, counters).await {
            worker::console_warn!("metrics: not handed on, kept for the next time: {error}");
        }
    });
}

/// The same from inside another object, which has nothing to answer meanwhile.
pub(crate) async fn flush_now(env: &Env) {
    let Some(counters) = super::due(now_ms()) else { return };
    if let Err(error) = send(env, counters).await {
        worker::console_warn!("metrics: not handed on, kept for the next time: {error}");
    }
}

/// The text of `GET metrics`, up to date with this isolate; the gauges are what the caller has just counted.
pub(crate) async fn scrape(env: &Env, gauges: &[Gauge]) -> std::result::Result<String, Failure> {
    let sums = send(env, super::take(now_ms())).await;
    let sums = sums.map_err(|error| {
        Failure::logged(ErrorCode::StoreUnavailable, "The metrics cannot be read now.", &error)
    })?;
    Ok(render(&sums, gauges))
}

/// Sends counts and gets the sums. What cannot be sent is taken back.
async fn send(env: &Env, counters: Counters) -> Result<Counters> {
    let sent = exchange(env, &counters).await;
    if sent.is_err() {
        super::take_back(counters);
    }
    sent
}

async fn exchange(env: &Env, counters: &Counters) -> Result<Counters> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&counters.to_json())));
    let request = Request::new_with_init("http://metrics-do/", &init)?;
    let stub = env.durable_object(METRICS_DO)?.get_by_name(NAME)?;
    let mut answer = stub.fetch_with_request(request).await?;
    if answer.status_code() != 200 {
        return Err(format!("the metrics' object answered {}", answer.status_code()).into());
    }
    Ok(Counters::from_json(&answer.text().await?)?)
}
