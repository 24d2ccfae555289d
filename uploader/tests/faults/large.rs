//! A file that goes in parts: through faults, and killed in the middle.

use crate::faults::Plan;
use crate::front::Server;
use crate::place::Place;
use crate::seed;
use std::collections::HashMap;
use vitrine_protocol::limits::{MULTIPART_THRESHOLD, PART_BYTES_MIN};

/// A large file above the threshold, and not a multiple of a part: of `more` parts than it takes at least.
fn place(seed: u64, more: u64) -> Place {
    let mut place = Place::new(seed, 1, 0);
    let at = place.folder.path.join("large.bin");
    let size = MULTIPART_THRESHOLD + more * PART_BYTES_MIN + PART_BYTES_MIN / 3;
    place.folder.write(&at, usize::try_from(size).unwrap());
    place
}

#[test]
fn parts_get_through_faults_and_are_of_one_length() {
    let seed = seed();
    let place = place(seed, 0);
    place.server.set(Plan::random(seed, 50));
    let outcome = place.publish();
    place.server.set(Plan::calm());
    assert_eq!(outcome.code, Some(0), "VITRINE_FAULT_SEED={seed}: {}", outcome.stderr);
    assert_eq!(place.seen(), Some(place.folder.contents()), "VITRINE_FAULT_SEED={seed}");
}

#[test]
fn parts_that_arrived_before_a_kill_count_after_it() {
    let place = place(seed(), 4);
    // The ninth part, the last, is never answered. As eight go at a time, one of the others has had its answer before.
    place.server.gather("partNumber=9", usize::MAX);
    let mut child = place.spawn("state");
    let arrived = |server: &Server| server.held() > 0 && server.store.state().parts_arrived.len() >= 8;
    assert!(
        place.server.wait(arrived, || child.try_wait().unwrap().is_some()),
        "it ended before its last part"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    place.server.release();
    assert_eq!(place.seen(), None);
    place.converge("after the kill");
    let state = place.server.store.state();
    let mut counts: HashMap<_, usize> = HashMap::new();
    for part in &state.parts_arrived {
        *counts.entry(part).or_default() += 1;
    }
    assert!(counts.len() == 9 && counts.values().any(|count| *count == 1), "all were sent again: {counts:?}");
    assert!(state.uploads.is_empty(), "an upload stays open");
}
