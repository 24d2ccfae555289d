//! Rate limits, seen from an address of their own each, so that other journeys are not counted.

use crate::world::{header, json, world};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Asks again and again, from several threads, until one is told to wait; returns how many were answered before.
fn until_limited(limit: usize, ask: impl Fn() -> reqwest::blocking::Response + Sync) -> usize {
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) && answered.load(Ordering::Relaxed) <= 2 * limit {
                    let answer = ask();
                    if answer.status() == 429 {
                        stop.store(true, Ordering::Relaxed);
                        let wait: u32 = header(&answer, "retry-after").parse().unwrap();
                        assert!((1..=60).contains(&wait));
                        assert_eq!(header(&answer, "content-type"), "application/problem+json");
                        assert_eq!(json(answer)["code"], "rate_limited");
                    } else {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    answered.into_inner()
}

/// As `wrangler.toml` has them.
const PER_MINUTE: usize = 600;

#[test]
fn exchanges_of_tokens_are_limited_for_each_address() {
    let world = world();
    let url = format!("{}/~/e0000000000000000000000000/session", world.share);
    let ask = |address: &str| {
        let request = world.request("POST", &url).header("cf-connecting-ip", address);
        request.body(r#"{"token":"x"}"#).send().unwrap()
    };
    let answered = until_limited(PER_MINUTE, || ask("198.51.100.1"));
    // The counter may begin anew once while this runs.
    assert!((PER_MINUTE..=2 * PER_MINUTE).contains(&answered), "{answered} were answered");
    assert_eq!(ask("198.51.100.2").status(), 401, "another address is not held to account");
}

#[test]
fn calls_of_the_api_are_limited_for_each_caller() {
    let world = world();
    let url = format!("{}/api/v2/publish/renew", world.app);
    let ask = |address: &str| {
        let request =
            world.request("POST", &url).bearer_auth(&world.token).header("cf-connecting-ip", address);
        request.body("{}").send().unwrap()
    };
    let answered = until_limited(PER_MINUTE, || ask("198.51.100.3"));
    assert!((PER_MINUTE..=2 * PER_MINUTE).contains(&answered), "{answered} were answered");
    assert_eq!(ask("198.51.100.4").status(), 400);
}

#[test]
fn wrong_tokens_are_limited_for_each_network() {
    use std::sync::atomic::AtomicU64;
    let world = world();
    let url = format!("{}/api/v2/publish/renew", world.app);
    let (head, _) = world.token.rsplit_once('.').unwrap();
    let wrong = format!("{head}.{}", "A".repeat(86));
    let ask = |token: &str, address: &str| {
        let request = world.request("POST", &url).bearer_auth(token).header("cf-connecting-ip", address);
        request.body("{}").send().unwrap()
    };
    let next = AtomicU64::new(1);
    // Half of them malformed, all from one /64.
    let answered = until_limited(PER_MINUTE, || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let token = if number.is_multiple_of(2) { wrong.as_str() } else { "a.b.c" };
        ask(token, &format!("2001:db8:ffff:1::{number:x}"))
    });
    assert!((PER_MINUTE..=2 * PER_MINUTE).contains(&answered), "{answered} were answered");
    assert_eq!(ask(&world.token, "2001:db8:ffff:1:ffff::1").status(), 429, "before it is looked at");
    assert_eq!(ask(&wrong, "2001:db8:ffff:2::1").status(), 401, "another network is not held to account");
}
