//! SIGKILL in the middle of a publish, after some number of requests.

use crate::faults::Plan;
use crate::folder::Contents;
use crate::place::Place;
use crate::seed;
use std::collections::HashSet;

const SHARES: u64 = 4;
const KILLS: u64 = 6;

/// So many of the last objects may have been on the way when the program ended, their replies not read.
const IN_FLIGHT: usize = 16;

/// Kills a publish when the server has seen so many requests. Returns whether it came to that.
fn kill_after(place: &Place, requests: u64) -> bool {
    place.server.set(Plan::calm());
    let mut child = place.spawn("state");
    let came =
        place.server.wait(|server| server.requests() >= requests, || child.try_wait().unwrap().is_some());
    let _ = child.kill();
    child.wait().unwrap();
    came
}

/// Blobs of which the program can know that they arrived.
fn known(place: &Place) -> HashSet<String> {
    let state = place.server.store.state();
    let known = state.arrived.len().saturating_sub(IN_FLIGHT);
    state.arrived[..known].iter().filter(|key| key.contains("/blobs/")).cloned().collect()
}

fn journey(seed: u64) -> u64 {
    let mut place = Place::new(seed, 12, 30);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut before: Option<Contents> = None;
    let mut killed = 0;
    for round in 0..KILLS {
        let said = format!("VITRINE_FAULT_SEED={seed}, kill {round}");
        let requests = random.u64(1..30);
        killed += u64::from(kill_after(&place, requests));
        let seen = place.seen();
        assert!(seen == before || seen.as_ref() == Some(&place.folder.contents()), "{said}: half a change");
        let arrived = known(&place);
        place.converge(&said);
        let again: Vec<String> = {
            let state = place.server.store.state();
            let counts = state.counts();
            arrived.into_iter().filter(|key| counts[key.as_str()] > 1).collect()
        };
        assert!(again.is_empty(), "{said}: sent again: {again:?}");
        before = place.seen();
        for _ in 0..8 {
            place.folder.change();
        }
    }
    killed
}

#[test]
fn a_killed_publish_shows_nothing_and_the_next_one_converges() {
    let seed = seed();
    let killed: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..SHARES).map(|n| scope.spawn(move || journey(seed.wrapping_add(n)))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(killed >= SHARES * KILLS / 2, "VITRINE_FAULT_SEED={seed}: only {killed} were killed in time");
}
