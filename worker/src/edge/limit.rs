//! Rate limits, by the platform's binding (`[[ratelimits]]` in `wrangler.toml`, which has the numbers). A limiter that is not
//! configured, or fails, lets everything through: it protects, it does not decide who may read.

use crate::failure::Failure;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
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

/// Where a request comes from, as the platform says; nothing a client sends can change it in production. Of IPv6 the network alone:
/// everybody has 2^64 addresses in it.
pub(super) fn address(request: &Request) -> String {
    network(&request.headers().get("cf-connecting-ip").ok().flatten().unwrap_or_default())
}

/// The address of IPv4, also where it is written as one of IPv6; the /64 of IPv6.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => address.to_owned(),
    }
}

/// How long an address whose tokens were wrong too often is not listened to.
const BARRED_MS: i64 = 10_000;

/// So many are remembered by an isolate; beyond, those that are barred the shortest time more are forgotten.
const BARRED_MAX: usize = 4096;

/// Addresses whose tokens are not looked at, and until when.
#[derive(Debug, Default)]
struct Barred(BTreeMap<String, i64>);

impl Barred {
    fn add(&mut self, address: &str, now: i64) {
        self.0.retain(|_, until| *until > now);
        if self.0.len() >= BARRED_MAX
            && let Some(first) = self.0.iter().min_by_key(|(_, until)| **until).map(|(own, _)| own.clone())
        {
            self.0.remove(&first);
        }
        self.0.insert(address.to_owned(), now.saturating_add(BARRED_MS));
    }

    fn has(&self, address: &str, now: i64) -> bool {
        self.0.get(address).is_some_and(|until| *until > now)
    }
}

thread_local! {
    static BARRED: RefCell<Barred> = RefCell::default();
}

/// 429 for an address whose tokens were wrong too often lately: before another of its tokens is looked at.
pub(super) fn check_barred(address: &str, now: i64) -> Result<(), Failure> {
    if BARRED.with_borrow(|barred| barred.has(address, now)) { Err(too_many(Limit::Api)) } else { Ok(()) }
}

/// Counts a token that was wrong for its address; 429 when there were too many.
pub(super) async fn count_wrong(env: &Env, address: &str, now: i64) -> Result<(), Failure> {
    check(env, Limit::Api, &format!("wrong {address}"))
        .await
        .inspect_err(|_| BARRED.with_borrow_mut(|barred| barred.add(address, now)))
}

/// Counts one use; 429 with `Retry-After` when there have been too many.
pub(super) async fn check(env: &Env, limit: Limit, key: &str) -> Result<(), Failure> {
    if within(env, limit, key).await.unwrap_or(true) {
        return Ok(());
    }
    Err(too_many(limit))
}

fn too_many(limit: Limit) -> Failure {
    let period = limit.period();
    Failure::new(ErrorCode::RateLimited, format!("Try again in {period} s at the latest."))
        .header("retry-after", period.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_one() {
        for (address, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::FFFF:c000:201", "192.0.2.1"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("2001:0DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("2001:db8::1", "2001:db8:0:0::/64"),
            ("::1", "0:0:0:0::/64"),
            ("", ""),
            ("no address", "no address"),
        ] {
            assert_eq!(network(address), expected, "{address}");
        }
    }

    #[test]
    fn who_is_barred_is_so_for_a_while_and_not_without_end() {
        let mut barred = Barred::default();
        barred.add("a", 0);
        assert!(barred.has("a", BARRED_MS - 1) && !barred.has("a", BARRED_MS) && !barred.has("b", 0));
        for number in 0..2 * BARRED_MAX {
            barred.add(&number.to_string(), 1);
        }
        assert_eq!(barred.0.len(), BARRED_MAX);
        barred.add("late", 1 + BARRED_MS);
        assert_eq!(barred.0.len(), 1, "what is over is forgotten");
    }
}
