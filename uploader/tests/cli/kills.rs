//! Publishes that are interrupted, killed or in trouble, and what the next one finds.

use crate::place::{Place, shown};
use crate::server::{Trouble, share};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::Duration;

#[test]
fn trouble_on_the_way_is_got_over() {
    for trouble in [Trouble::FailsOnce, Trouble::LosesReplies] {
        let place = Place::new();
        place.server.set(trouble);
        let outcome = place.publish(&["--share", &share('e').to_string()]);
        assert_eq!(outcome.code, Some(0), "{trouble:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("sent 1 blob "), "{}", outcome.stderr);
    }
}

#[test]
fn a_share_that_was_made_in_vain_is_named() {
    let place = Place::new();
    place.server.puts_held.shut();
    let child = place
        .command(&["publish", "folder"])
        .env("VITRINE_API", &place.server.url)
        .env("VITRINE_TOKEN", "good")
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(|| place.server.puts_held.count() > 0);
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    let outcome = place.outcome(&child.wait_with_output().unwrap());
    assert!(outcome.stderr.contains("Go on with --share "), "{}", outcome.stderr);
}

#[test]
fn an_interrupt_gives_the_lease_back() {
    let place = Place::new();
    // A server that never answers a put: the folder's first blob hangs.
    let id = share('e').to_string();
    place.server.puts_held.shut();
    let child = place
        .command(&["publish", "folder", "--share", &id])
        .env("VITRINE_API", &place.server.url)
        .env("VITRINE_TOKEN", "good")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(|| place.server.puts_held.count() > 0);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let outcome = place.outcome(&child.wait_with_output().unwrap());
    insta::assert_snapshot!(shown(&outcome));
    assert!(place.server.memory.state().lease.is_none());
}

#[test]
fn an_interrupted_upload_of_a_large_file_waits_for_the_next_publish() {
    let place = Place::new();
    let id = share('e').to_string();
    let large = std::fs::File::create(place.folder().join("large.bin")).unwrap();
    large.set_len(vitrine_protocol::limits::MULTIPART_THRESHOLD + 1).unwrap();
    place.server.puts_held.shut();
    let child = place
        .command(&["publish", "folder", "--share", &id])
        .env("VITRINE_API", &place.server.url)
        .env("VITRINE_TOKEN", "good")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The table of its chunks comes before its parts.
    wait_until(|| place.server.puts_held.count() > 0);
    place.server.puts_held.open();
    wait_until(|| place.server.parts() > 0);
    let pid = rustix::process::Pid::from_child(&child);
    // It may be over by now.
    _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
    let code = child.wait_with_output().unwrap().status.code();
    assert!(matches!(code, Some(0 | 130)), "{code:?}");
    assert!(place.server.memory.state().lease.is_none());
    let again = place.publish(&["--share", &id]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(place.server.open_uploads(), 0);
    place.assert_whole(&id);
}

#[test]
fn a_second_interrupt_ends_a_commit_that_is_not_answered() {
    let place = Place::new();
    place.server.commits_held.shut();
    let mut child = place
        .command(&["publish", "folder", "--share", &share('e').to_string()])
        .env("VITRINE_API", &place.server.url)
        .env("VITRINE_TOKEN", "good")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until(|| place.server.commits_held.count() > 0);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    stderr.read_line(&mut said).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    stderr.read_to_string(&mut said).unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stderr = said.into_bytes();
    insta::assert_snapshot!(shown(&place.outcome(&output)));
}

#[test]
fn a_killed_publish_does_not_keep_the_next_one_waiting() {
    let place = Place::new();
    let id = share('e').to_string();
    place.server.puts_held.shut();
    let start = || {
        place
            .command(&["publish", "folder", "--share", &id])
            .env("VITRINE_API", &place.server.url)
            .env("VITRINE_TOKEN", "good")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut first = start();
    wait_until(|| place.server.memory.state().lease.is_some());
    let second = place.publish(&["--share", &id]);
    insta::assert_snapshot!("a_second_publisher_on_this_machine", shown(&second));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(place.server.memory.state().lease.is_some(), "the dead keep their lease");
    place.server.puts_held.open();
    let third = place.publish(&["--share", &id]);
    assert_eq!(third.code, Some(0), "{}", third.stderr);
}

#[test]
fn killed_at_many_moments_the_old_snapshot_stays_whole_and_the_next_publish_succeeds() {
    let place = Place::new();
    let id = share('e').to_string();
    place.publish(&["--share", &id]);
    for round in 0..40_u64 {
        for file in 0..20 {
            place.write(&format!("churn/{file}"), &format!("{round} {file}"));
        }
        let mut child = place
            .command(&["publish", "folder", "--share", &id])
            .env("VITRINE_API", &place.server.url)
            .env("VITRINE_TOKEN", "good")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over the whole of a publish, the start of the process included.
        std::thread::sleep(Duration::from_micros(round * 1500));
        child.kill().unwrap();
        child.wait().unwrap();
        place.assert_whole(&id);
    }
    let last = place.publish(&["--share", &id]);
    assert_eq!(last.code, Some(0), "{}", last.stderr);
    place.assert_whole(&id);
    assert!(place.publish(&["--share", &id]).stderr.starts_with("Nothing changed"));
}

pub(crate) fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..3000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come to pass in 30 s");
}
