//! The platform's side: requests in, responses out, bindings. Everything that knows `worker` and is not a store, a
//! database or a Durable Object is here.

mod assets;
mod body;
mod entry;
mod limit;
mod platform;
mod reading;
mod respond;
mod slices;
mod target;
mod upgrade;

use crate::config::Config;
use crate::failure::Failure;
use crate::memory::{BUDGET_BYTES, Memory};
use crate::share_do::audience::Reader;
use crate::share_do::{Answer, Command};
use crate::store::r2::R2Store;
pub(crate) use platform::{ask_share, pass_on};
use std::cell::OnceCell;
use std::rc::Rc;
use vitrine_protocol::api::Counters;
use vitrine_protocol::{ErrorCode, ShareId};
use worker::wasm_bindgen::JsValue;
use worker::{Env, Method, Request, RequestInit};

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX)
}

/// Random bytes from the platform.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::logged(ErrorCode::Internal, "No randomness.", &error))?;
    Ok(bytes)
}

thread_local! {
    /// A deployment replaces the isolate, and with it these.
    static CONFIG: OnceCell<Rc<Config>> = const { OnceCell::new() };
    static MEMORY: Rc<Memory> = Rc::new(Memory::new(BUDGET_BYTES));
}

/// Reads what the operator set, once. The client is not told what is wrong with it.
pub(crate) fn read_config(env: &Env) -> Result<Rc<Config>, Failure> {
    CONFIG.with(|cell| {
        if let Some(config) = cell.get() {
            return Ok(config.clone());
        }
        let read = Config::read(|name| env.var(name).ok().map(|value| value.to_string()));
        let config = read
            .map(Rc::new)
            .map_err(|error| Failure::logged(ErrorCode::Internal, "The server is not configured.", &error))?;
        Ok(cell.get_or_init(|| config).clone())
    })
}

/// What this isolate remembers of the buckets.
pub(crate) fn with_memory<T>(use_it: impl FnOnce(&Rc<Memory>) -> T) -> T {
    MEMORY.with(use_it)
}

/// The bucket that holds a share, by its region. An unknown region holds no share.
pub(crate) fn bucket_of(env: &Env, config: &Config, share: ShareId) -> Result<R2Store, Failure> {
    let region = config.regions.get(&share.region()).ok_or_else(Failure::share_not_found)?;
    let bucket = env
        .bucket(&region.binding)
        .map_err(|error| Failure::logged(ErrorCode::Internal, "The server is not configured.", &error))?;
    Ok(R2Store::new(bucket))
}

/// Tells a share's keeper of a reader; gives its counters. What fails is a view that is not counted.
pub(crate) async fn count_view(env: &Env, share: ShareId, reader: Reader) -> Option<Counters> {
    match ask_share(env, share, &Command::View { reader }).await {
        Ok(Answer::Counted(counters)) => Some(counters),
        _ => None,
    }
}

/// Asks a Durable Object by its name, in JSON.
async fn ask<A: serde::de::DeserializeOwned>(
    env: &Env,
    namespace: &str,
    name: &str,
    command: &impl serde::Serialize,
    headers: &[(&str, &str)],
) -> Result<A, Failure> {
    let failed =
        |error: worker::Error| Failure::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", &error);
    let body = serde_json::to_string(command).map_err(|error| failed(error.into()))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
    let request = Request::new_with_init("http://object/", &init).map_err(failed)?;
    let own = request.headers();
    headers.iter().try_for_each(|(name, value)| own.set(name, value)).map_err(failed)?;
    let stub =
        env.durable_object(namespace).and_then(|namespace| namespace.get_by_name(name)).map_err(failed)?;
    // Not `json()`: numbers above 2^53 do not survive JavaScript's own.
    let text = stub.fetch_with_request(request).await.map_err(failed)?.text().await.map_err(failed)?;
    serde_json::from_str(&text).map_err(|error| failed(error.into()))
}
