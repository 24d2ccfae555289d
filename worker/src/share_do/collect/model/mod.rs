//! The model: two publishers, readers, operators, crashes and a clock that is wrong, in any order, against the real
//! collector, the real lease and the real commit. What must hold is checked after every step.
//!
//! It is no better than what it notices; so the last tests hand it collectors that are broken on purpose.

mod interrupted;
mod invariants;
mod world;

use super::sample::HOUR;
use crate::store::memory::Fault;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use world::{Broken, World};

/// What happens in the middle of something else, at one of its requests to the store.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Begin(usize),
    Upload(usize, u8),
    Commit(usize),
    Publish(usize, u8),
    Collect,
    Delete,
    Undelete,
}

/// What happens next. Writers are 0 and 1; folders are sets of six files, as bits.
#[derive(Debug, Clone)]
enum Step {
    Begin(usize),
    /// Ends after so many objects, if there are more.
    Upload(usize, u8, usize),
    Commit(usize, Option<(usize, Meanwhile)>),
    Abort(usize),
    /// All of it at once.
    Publish(usize, u8),
    Collect(Option<(usize, Meanwhile)>),
    /// A run in which the store fails, from some request on.
    Die(usize, Fault),
    DryRun,
    /// So many runs, six hours apart; with a publisher that goes on renewing its lease, or without.
    Runs(usize, bool),
    Wait(i64),
    /// The clock, not the time.
    Jump(i64),
    Delete,
    Undelete,
}

fn meanwhile() -> impl Strategy<Value = (usize, Meanwhile)> {
    let what = prop_oneof![
        1 => (0usize..2).prop_map(Meanwhile::Begin),
        1 => (0usize..2, 0u8..64).prop_map(|(who, files)| Meanwhile::Upload(who, files)),
        1 => (0usize..2).prop_map(Meanwhile::Commit),
        3 => (0usize..2, 0u8..64).prop_map(|(who, files)| Meanwhile::Publish(who, files)),
        2 => Just(Meanwhile::Collect),
        1 => Just(Meanwhile::Delete),
        1 => Just(Meanwhile::Undelete),
    ];
    (0usize..30, what)
}

fn step() -> impl Strategy<Value = Step> {
    let jump = prop_oneof![0..10 * HOUR, -10 * HOUR..0, Just(8766 * HOUR), Just(-8766 * HOUR)];
    let fault = prop_oneof![Just(Fault::Fails), Just(Fault::LandsUnheard), Just(Fault::LandsPartly)];
    prop_oneof![
        2 => (0usize..2).prop_map(Step::Begin),
        3 => (0usize..2, 0u8..64, 0usize..8).prop_map(|(who, files, stop)| Step::Upload(who, files, stop)),
        2 => (0usize..2, prop::option::of(meanwhile())).prop_map(|(who, then)| Step::Commit(who, then)),
        1 => (0usize..2).prop_map(Step::Abort),
        5 => (0usize..2, 0u8..64).prop_map(|(who, files)| Step::Publish(who, files)),
        3 => prop::option::of(meanwhile()).prop_map(Step::Collect),
        2 => (0usize..25, fault).prop_map(|(skip, fault)| Step::Die(skip, fault)),
        1 => Just(Step::DryRun),
        6 => (1usize..12, any::<bool>()).prop_map(|(count, renew)| Step::Runs(count, renew)),
        2 => (1_000i64..30 * HOUR).prop_map(Step::Wait),
        2 => jump.prop_map(Step::Jump),
        1 => Just(Step::Delete),
        1 => Just(Step::Undelete),
    ]
}

/// Plays it all; what went wrong first.
fn play(steps: &[Step], broken: Broken) -> Result<(), String> {
    let world = World::new(broken);
    for (n, step) in steps.iter().enumerate() {
        world.take(step);
        world.check().map_err(|sin| format!("after step {n}, {step:?}: {sin}"))?;
    }
    world.settle()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..40)
}

proptest! {
    #![proptest_config(Config { cases: 192, ..Config::default() })]

    #[test]
    fn nothing_needed_is_deleted_and_in_the_end_everything_else_is(steps in steps()) {
        if let Err(sin) = play(&steps, Broken::Nothing) {
            prop_assert!(false, "{sin}");
        }
    }
}

/// The first sin that the model finds in a collector that is broken, always in the same plays.
fn found(broken: Broken) -> String {
    use proptest::strategy::ValueTree as _;
    let mut runner = TestRunner::deterministic();
    for _ in 0..1000 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        match play(&steps, broken) {
            // A broken collector that refuses to do more is one that was noticed already.
            Err(sin) if !sin.contains("in the end") => return sin,
            _ => {}
        }
    }
    panic!("the model does not notice: {broken:?}")
}

#[test]
fn it_notices_a_collector_without_grace() {
    assert!(found(Broken::NoGrace).contains("replaced"));
}

#[test]
fn it_notices_a_collector_that_does_not_heed_leases() {
    assert!(found(Broken::NoLeases).contains("relied on"));
}

#[test]
fn it_notices_a_collector_that_believes_the_clock() {
    assert!(found(Broken::WallClock).contains("replaced"));
}

#[test]
fn it_notices_a_collector_that_takes_the_base_for_garbage() {
    assert!(found(Broken::NoRoots).contains("is not whole"));
}
