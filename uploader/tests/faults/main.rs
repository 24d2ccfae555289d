//! The program against an S3 server that injects every fault: journeys of many publishes and kills, each ending with the
//! invariant that `latest.json` names a whole snapshot and that a rerun converges to what is on the disk.
//!
//! `VITRINE_FAULT_SEED` sets the seed of a run; a failure prints the one it had. What is random in the program itself (ids,
//! the order of requests) is not repeated by a seed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod folder;
mod front;
mod journeys;
mod kills;
mod large;
mod place;
mod refusals;
mod snapshot;
mod store;

/// The seed of this run: from the environment, or another one each time.
fn seed() -> u64 {
    std::env::var("VITRINE_FAULT_SEED").map_or_else(|_| fastrand::u64(..), |text| text.parse().unwrap())
}
