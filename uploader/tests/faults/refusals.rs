//! What ends a publish at once: it says why, and readers see what they saw.

use crate::faults::{EXPIRED, Fault, MOVED, Plan, UNEQUAL_PARTS};
use crate::folder::Contents;
use crate::front::{ACCESS_KEY, BUCKET, SECRET_KEY};
use crate::place::{Outcome, Place};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use vitrine::progress::Silent;
use vitrine::remote::retry::{Deadlines, RetryPolicy};
use vitrine::remote::s3::{Client, Credentials, S3Error, Settings};
use vitrine::secret::Secret;
use vitrine_protocol::Sha256;
use vitrine_protocol::limits::MULTIPART_THRESHOLD;

/// Publishes once, changes the folder, and publishes again under `plan`: returns what readers saw before.
fn refused(place: &mut Place, plan: Plan) -> (Option<Contents>, Outcome) {
    place.converge("the first");
    let before = place.seen();
    place.folder.change();
    place.server.set(plan);
    (before, place.publish())
}

#[test]
fn expired_credentials_end_it_at_once_and_are_named() {
    let mut place = Place::new(1, 5, 2);
    let (before, outcome) = refused(&mut place, Plan::on("PUT ", EXPIRED));
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("ExpiredToken"), "{}", outcome.stderr);
    assert_eq!(place.seen(), before);
    place.converge("with new ones");
}

#[test]
fn parts_that_r2_finds_unequal_end_it_and_leave_nothing_behind() {
    let mut place = Place::new(2, 1, 0);
    let at = place.folder.path.join("large.bin");
    place.folder.write(&at, usize::try_from(MULTIPART_THRESHOLD + 1).unwrap());
    place.server.set(Plan::on("POST /bucket/share/e0123456789abcdefghjkmnpqr/blobs/", UNEQUAL_PARTS));
    let outcome = place.publish();
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("InvalidPart"), "{}", outcome.stderr);
    assert_eq!(place.seen(), None);
    assert!(place.server.store.state().uploads.is_empty());
}

#[test]
fn a_bucket_that_is_elsewhere_is_named_with_the_options_that_lead_there() {
    let place = Place::new(7, 1, 0);
    place.server.set(Plan::on("/bucket/", MOVED));
    let outcome = place.publish();
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let options = "--region eu-west-1 and --endpoint http://s3.example.org";
    assert!(outcome.stderr.contains(options), "{}", outcome.stderr);
    assert_eq!(place.server.requests(), 1, "it is not asked again");
}

#[test]
fn a_wrong_secret_is_refused_by_the_signature() {
    let place = Place::new(3, 2, 0);
    let output = place.command("state").env("AWS_SECRET_ACCESS_KEY", "another").output().unwrap();
    let outcome = Outcome::of(&output);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("SignatureDoesNotMatch"), "{}", outcome.stderr);
    assert!(place.server.store.state().objects.is_empty());
}

#[test]
fn of_two_publishers_at_once_one_is_told_and_nothing_is_torn() {
    let mut place = Place::new(4, 6, 2);
    place.converge("the first");
    place.folder.change();
    place.server.gather("PUT /bucket/share/e0123456789abcdefghjkmnpqr/latest.json", 2);
    let both = ["one", "other"].map(|machine| place.spawn(machine));
    let outcomes = both.map(|child| Outcome::of(&child.wait_with_output().unwrap()));
    let mut codes = outcomes.each_ref().map(|outcome| outcome.code);
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(1)], "{outcomes:?}");
    let loser = outcomes.iter().find(|outcome| outcome.code == Some(1)).unwrap();
    assert!(loser.stderr.contains("published"), "{}", loser.stderr);
    assert_eq!(place.seen(), Some(place.folder.contents()));
    place.converge("and again");
}

fn client(place: &Place, retry: RetryPolicy, deadlines: Deadlines) -> Client {
    let settings = Settings {
        endpoint: place.server.url.clone(),
        bucket: BUCKET.to_owned(),
        prefix: String::new(),
        region: "auto".to_owned(),
        retry,
        deadlines,
        throttle: None,
        journal: None,
    };
    let credentials = Credentials {
        access_key_id: ACCESS_KEY.to_owned(),
        secret_access_key: Secret::new(SECRET_KEY),
        session_token: None,
    };
    Client::new(settings, credentials, Arc::new(Silent)).unwrap()
}

#[tokio::test]
async fn an_outage_is_waited_out_by_all_requests_after_one_succeeded() {
    let place = Place::new(6, 1, 0);
    let retry = RetryPolicy {
        attempts: 2,
        base: Duration::from_millis(5),
        cap: Duration::from_millis(20),
        patience: Duration::from_mins(1),
    };
    let client = client(&place, retry, Deadlines::default());
    let put = |key: u8| {
        let bytes = Bytes::from(vec![key]);
        let (client, hash) = (&client, Sha256::of(&bytes));
        async move { client.put(&format!("key{key}"), bytes, hash, None).await }
    };
    place.server.set(Plan::on("PUT ", Fault::Reset));
    assert!(put(0).await.is_err(), "nobody waits for an address that never answered");
    assert_eq!(place.server.requests(), 2);
    place.server.set(Plan::calm());
    put(0).await.unwrap();
    place.server.set(Plan::on("PUT ", Fault::Reset));
    let server = place.server.clone();
    let back = std::thread::spawn(move || {
        server.wait(|server| server.requests() > 60, || false);
        server.set(Plan::calm());
    });
    let outcomes = futures_util::future::join_all((1..9).map(put)).await;
    back.join().unwrap();
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(place.server.store.state().objects.len(), 9);
}

#[tokio::test]
async fn a_server_that_stalls_ends_in_an_error_that_says_so() {
    let place = Place::new(5, 1, 0);
    place.server.set(Plan::on("PUT ", Fault::Stall));
    // The program's own waits are of minutes.
    let retry =
        RetryPolicy { attempts: 2, base: Duration::ZERO, cap: Duration::ZERO, patience: Duration::ZERO };
    let client =
        client(&place, retry, Deadlines { idle: Duration::from_millis(100), ..Deadlines::default() });
    let bytes = Bytes::from_static(b"never taken");
    let outcome = client.put("key", bytes.clone(), Sha256::of(&bytes), None).await;
    assert!(matches!(outcome, Err(S3Error::Stalled { .. })), "{outcome:?}");
    assert_eq!(place.server.requests(), 2, "each attempt ends");
    assert!(place.server.store.state().objects.is_empty());
}
