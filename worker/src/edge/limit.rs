//! Rate limits, by the platform's binding (`[[ratelimits]]` in `wrangler.toml`, which has the numbers). A limiter that is not
//! configured, or fails, lets everything through: it protects, it does not decide who may read.

use crate::failure::Failure;
use vitrine_protocol::ErrorCode;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Env, Request};

#[wasm_bindgen]
extern "C" {
    /// The binding. Not the `worker` crate's own type, which brings another serialiser.
    type Limiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &Limiter, options: &JsValue) -> Result<js_sys::Promise, JsValue>;
}

/// What is limited; each has a binding, and the seconds that its counter runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// Exchanges of tokens, views, and what asks the database for readers, by the reader's address: a room full of people shares
    /// one.
    Session,
    /// Data, by session where there is one, else by address.
    Data,
    /// Calls of the API, by caller and address.
    Api,
}

impl Limit {
    fn binding(self) -> &'static str {
        match self {
            Self::Session => "SESSION_LIMIT",
            Self::Data => "DATA_LIMIT",
            Self::Api => "API_LIMIT",
        }
    }

    /// The `period` of `wrangler.toml`: when to try again at the latest.
    fn period(self) -> u32 {
        match self {
            Self::Session | Self::Api => 60,
            Self::Data => 10,
        }
    }
}

/// The reader's address, as the platform says; nothing a client sends can change it in production.
pub(super) fn address(request: &Request) -> String {
    request.headers().get("cf-connecting-ip").ok().flatten().unwrap_or_default()
}

/// Counts one use; 429 with `Retry-After` when there have been too many.
pub(super) async fn check(env: &Env, limit: Limit, key: &str) -> Result<(), Failure> {
    if within(env, limit, key).await.unwrap_or(true) {
        return Ok(());
    }
    let period = limit.period();
    Err(Failure::new(ErrorCode::RateLimited, format!("Try again in {period} s at the latest."))
        .header("retry-after", period.to_string()))
}

async fn within(env: &Env, limit: Limit, key: &str) -> Option<bool> {
    let binding = js_sys::Reflect::get(env, &limit.binding().into()).ok()?;
    if binding.is_undefined() {
        return None;
    }
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"key".into(), &key.into()).ok()?;
    let outcome = JsFuture::from(binding.unchecked_into::<Limiter>().limit(&options).ok()?).await.ok()?;
    js_sys::Reflect::get(&outcome, &"success".into()).ok()?.as_bool()
}
