//! A publish killed at any moment leaves the old snapshot readable and whole, and the next publish succeeds.

use crate::world::{assert_same_bytes, noise, publish_again, publish_new, vitrine, world, write};
use rand::Rng as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use vitrine_protocol::ShareId;

const ROUNDS: u64 = 24;

fn change(folder: &Path, round: u64) {
    for n in 0..60 {
        write(folder, &format!("dir {}/{n}.bin", n % 6), noise(round * 1000 + n, 20_000));
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

#[test]
fn sigkill_at_many_random_moments() {
    let folder = tempfile::tempdir().unwrap();
    change(folder.path(), 0);
    let begun = Instant::now();
    let first = publish_new(folder.path());
    let whole = begun.elapsed();
    let world = world();
    let mut killed = 0;
    let mut latest = world.latest(first.share);
    for round in 1..=ROUNDS {
        change(folder.path(), round);
        let wait = whole.mul_f64(rand::rng().random_range(0.0..1.1));
        killed += u64::from(!publish_and_kill(folder.path(), first.share, wait));
        let now = world.latest(first.share);
        if now == latest {
            // Not flipped: every file of the old snapshot is still what it was.
            let old = now["manifest_id"].as_str().unwrap();
            for n in (0..60).step_by(7) {
                let url = world.data(first.share, &format!("files/{old}/dir%20{}/{n}.bin", n % 6));
                assert_eq!(world.get(&url).send().unwrap().bytes().unwrap().len(), 20_000);
            }
        }
        latest = now;
    }
    assert!(killed > ROUNDS / 3, "only {killed} of {ROUNDS} were killed before their end");
    let last = publish_again(folder.path(), first.share);
    assert_same_bytes(folder.path(), &last);
}
