//! What operators watch: counts of answers, publishes and failures, in Prometheus' text.
//!
//! [`names`] is the table of metrics, [`counters`] their sums, [`exposition`] their text, [`pending`] what an isolate has not
//! handed on yet; all pure. [`object`] is the platform's side. Every isolate counts in its own memory and hands on what it
//! counted after an answer has begun, so that no reader waits for a count. One object sums up; `GET metrics` asks it.
//!
//! It is for watching, not for bills: what an isolate counted in its last ten seconds is lost with it when the platform
//! takes it away. No label comes from outside: each value is one of a set that is known here, so that nobody can fill the
//! object's memory.

pub(crate) mod counters;
pub(crate) mod exposition;
pub(crate) mod names;
pub(crate) mod object;
mod pending;

use crate::origin::Origin;
use counters::Counters;
use names::Metric;
use pending::Pending;
use std::cell::RefCell;
use vitrine_protocol::ErrorCode;
use vitrine_protocol::api::calls::find;
use vitrine_protocol::beacon::CODES;

/// What stands for every value that is not known.
const OTHER: &str = "other";

/// What `vitrine_protocol::api::JobError` may have for a code, beside those of problems.
const JOB_CAUSES: &[&str] =
    &["host_gone", "host_removed", "host_stopped", "path_missing", "quota", "conflict", "canceled"];

thread_local! {
    static PENDING: RefCell<Pending> = const { RefCell::new(Pending::new()) };
}

fn count(metric: Metric, labels: &[&str], amount: u64) {
    PENDING.with_borrow_mut(|pending| pending.counters().add(metric, labels, amount));
}

/// Counts an answer of the share or the frame origin, by the route's name.
pub(crate) fn gateway_answered(origin: Origin, route: &'static str, status: u16) {
    let origin = match origin {
        Origin::App => "app",
        Origin::Share => "share",
        Origin::Frame => "frame",
    };
    count(Metric::GatewayAnswers, &[origin, route, &status.to_string()], 1);
}

/// Counts an answer of the control API, by the path below `/api/v2/`.
pub(crate) fn api_answered(path: &str, status: u16) {
    let call = find(path).next().map_or(OTHER, |(call, _)| call.path);
    count(Metric::ApiAnswers, &[call, &status.to_string()], 1);
}

/// Counts a publish that became visible: how long after its ticket, and how much its snapshot is.
pub(crate) fn publish_finished(took_ms: u64, bytes: u64) {
    PENDING.with_borrow_mut(|pending| pending.counters().observe(Metric::PublishSeconds, &[], took_ms));
    count(Metric::PublishBytes, &[], bytes);
}

/// Counts a publish that ended otherwise, by its problem's code or what a host says was the cause: one that is no code counts as
/// `other`.
pub(crate) fn publish_failed_by(cause: &str) {
    let codes = ErrorCode::ALL.iter().map(|code| code.as_str());
    let known = codes.chain(JOB_CAUSES.iter().copied()).find(|known| *known == cause);
    count(Metric::PublishFailures, &[known.unwrap_or(OTHER)], 1);
}

/// Counts what a viewer could not show.
pub(crate) fn viewer_failed(code: &str) {
    let known = CODES.iter().copied().find(|known| *known == code);
    count(Metric::ViewerErrors, &[known.unwrap_or(OTHER)], 1);
}

/// Counts an object whose bytes do not have the hash that it is known by: somebody changed it behind the back of a commit.
pub(crate) fn mismatched(what: Object) {
    let what = match what {
        Object::Manifest => "manifest",
        Object::Listing => "listing",
    };
    count(Metric::Mismatches, &[what], 1);
}

/// What can have another hash than it is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    Manifest,
    Listing,
}

/// What this isolate has to hand on, when it is time.
fn due(now: i64) -> Option<Counters> {
    PENDING.with_borrow_mut(|pending| pending.due(now))
}

fn take(now: i64) -> Counters {
    PENDING.with_borrow_mut(|pending| pending.take(now))
}

fn take_back(counters: Counters) {
    PENDING.with_borrow_mut(|pending| pending.take_back(counters));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hook_counts_by_labels_that_are_known() {
        gateway_answered(Origin::Share, "file", 206);
        gateway_answered(Origin::Share, "file", 206);
        api_answered("shares/e0123456789abcdefghjkmnpqr", 200);
        api_answered("shares/create", 201);
        api_answered("wp-login.php", 404);
        publish_finished(1_500, 42);
        publish_failed_by("base_changed");
        publish_failed_by("lease_lost");
        publish_failed_by("host_gone");
        publish_failed_by("the disk is on fire");
        viewer_failed("corrupt");
        viewer_failed("made-up");
        for what in [Object::Manifest, Object::Listing, Object::Listing] {
            mismatched(what);
        }
        let text = exposition::render(&take(0), &[]);
        let samples: Vec<&str> =
            text.lines().filter(|line| !line.starts_with('#') && !line.contains("_bucket{")).collect();
        insta::assert_snapshot!(samples.join("\n"), @r#"
        vitrine_gateway_answers_total{origin="share",route="file",status="206"} 2
        vitrine_api_answers_total{call="other",status="404"} 1
        vitrine_api_answers_total{call="shares/create",status="201"} 1
        vitrine_api_answers_total{call="shares/{id}",status="200"} 1
        vitrine_publish_seconds_sum 1.5
        vitrine_publish_seconds_count 1
        vitrine_publish_bytes_total 42
        vitrine_publish_failures_total{cause="base_changed"} 1
        vitrine_publish_failures_total{cause="host_gone"} 1
        vitrine_publish_failures_total{cause="lease_lost"} 1
        vitrine_publish_failures_total{cause="other"} 1
        vitrine_viewer_errors_total{code="corrupt"} 1
        vitrine_viewer_errors_total{code="other"} 1
        vitrine_hash_mismatches_total{what="listing"} 2
        vitrine_hash_mismatches_total{what="manifest"} 1
        "#);
        assert!(take(0).is_empty());
    }
}
