//! A publish killed at any moment leaves the old snapshot readable and whole, and the next publish succeeds.

use crate::world::{assert_same_bytes, noise, publish_again, publish_new, vitrine, world, write};
use rand::{Rng as _, SeedableRng as _};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use vitrine_protocol::ShareId;

const ROUNDS: u64 = 24;

const FILES: u64 = 60;

fn content(round: u64, file: u64) -> Vec<u8> {
    noise(round * 1000 + file, 20_000)
}

fn change(folder: &Path, round: u64) {
    for n in 0..FILES {
        write(folder, &format!("dir {}/{n}.bin", n % 6), content(round, n));
    }
}

/// Starts a publish, kills it after `wait`, and says whether it had ended by itself.
fn publish_and_kill(folder: &Path, share: ShareId, wait: Duration) -> bool {
    let mut command = vitrine();
    command.arg("publish").arg(folder).args(["--json", "--yes", "--share", share.as_str()]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + wait;
    while Instant::now() < deadline {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

/// Checks that the snapshot which readers are told of is whole, and says of which round it is.
///
/// A commit may land after its program was killed, and readers may be told of it some seconds later.
fn whole_round(share: ShareId, possible: std::ops::RangeInclusive<u64>) -> u64 {
    let world = world();
    let manifest = world.latest(share)["manifest_id"].as_str().unwrap().to_owned();
    let read = |n: u64| {
        let url = world.data(share, &format!("files/{manifest}/dir%20{}/{n}.bin", n % 6));
        world.get(&url).send().unwrap().bytes().unwrap()
    };
    let first = read(0);
    let round = possible.clone().find(|round| first == content(*round, 0));
    let round = round.unwrap_or_else(|| panic!("file 0 is of none of the rounds {possible:?}"));
    for n in 1..FILES {
        assert!(read(n) == content(round, n), "file {n} is not of round {round}, as file 0 is");
    }
    round
}

#[test]
fn sigkill_at_many_random_moments() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    change(folder.path(), 0);
    let begun = Instant::now();
    let first = publish_new(folder.path());
    let whole = begun.elapsed();
    let (mut killed, mut current) = (0, 0);
    for round in 1..=ROUNDS {
        change(folder.path(), round);
        let wait = whole.mul_f64(random.random_range(0.0..1.1));
        killed += u64::from(!publish_and_kill(folder.path(), first.share, wait));
        current = whole_round(first.share, current..=round);
    }
    assert!(killed > ROUNDS / 3, "only {killed} of {ROUNDS} were killed before their end");
    let last = publish_again(folder.path(), first.share);
    assert_same_bytes(folder.path(), &last);
}
