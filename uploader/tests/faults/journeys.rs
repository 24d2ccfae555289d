//! Many publishes of folders that change, each through faults at random.

use crate::faults::{Fault, Plan};
use crate::place::Place;
use crate::seed;
use std::collections::BTreeMap;

const SHARES: u64 = 16;
const PUBLISHES: u64 = 8;
const PERCENT: u32 = 60;

/// The faults that one share met.
#[derive(Default)]
struct Met {
    injected: BTreeMap<Fault, usize>,
    outages: usize,
}

impl Met {
    fn add(&mut self, injected: BTreeMap<Fault, usize>, outages: usize) {
        for (fault, count) in injected {
            *self.injected.entry(fault).or_default() += count;
        }
        self.outages += outages;
    }

    fn total(&self) -> usize {
        self.injected.values().sum::<usize>() + self.outages
    }
}

/// Every publish gets over its faults, and what readers see is what was on the disk.
fn journey(seed: u64) -> Met {
    let mut place = Place::new(seed, 12, 12);
    let mut met = Met::default();
    for round in 0..PUBLISHES {
        let said = format!("VITRINE_FAULT_SEED={seed}, publish {round}");
        place.server.set(Plan::random(seed ^ round, PERCENT));
        let outcome = place.publish();
        let plan = place.server.set(Plan::calm());
        met.add(plan.injected, plan.outages);
        let seen = place.seen();
        assert_eq!(outcome.code, Some(0), "{said}: {}", outcome.stderr);
        assert_eq!(seen.as_ref(), Some(&place.folder.contents()), "{said}");
        place.folder.change();
    }
    place.converge(&format!("VITRINE_FAULT_SEED={seed}, the last"));
    met
}

#[test]
fn thousands_of_faults_change_nothing_that_readers_see_but_the_time_it_takes() {
    let seed = seed();
    let mets: Vec<Met> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..SHARES).map(|n| scope.spawn(move || journey(seed.wrapping_add(n)))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut all = Met::default();
    for met in mets {
        all.add(met.injected, met.outages);
    }
    assert!(all.total() > 1000, "VITRINE_FAULT_SEED={seed}: only {} faults", all.total());
    assert!(all.injected.len() >= 10 && all.outages > 0, "VITRINE_FAULT_SEED={seed}: {:?}", all.injected);
}
