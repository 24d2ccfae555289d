//! Agents that are killed or told to end, in the middle of jobs, and what the next one does.

use crate::site::{Site, wait_until};
use rustix::process::Signal;
use vitrine_protocol::api::JobStatus;

#[test]
fn a_killed_agent_comes_back_and_the_job_is_handed_out_again() {
    let site = Site::new("");
    site.desk.server.puts_held.shut();
    let first = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    let boot = site.last_report().unwrap().boot_id;
    drop(first);
    assert!(site.is_leased(), "the dead keep their lease");
    let _second = site.start();
    wait_until("it was handed out again", || site.desk.books().stand(job).1 == 2);
    assert_ne!(site.last_report().unwrap().boot_id, boot);
    site.desk.server.puts_held.open();
    let result = site.succeeded(job);
    assert_eq!(result.manifest_id, site.latest('e').map(|latest| latest.manifest_id));
    assert!(!site.is_leased());
}

#[test]
fn an_end_is_told_until_it_is_recorded_even_by_the_next_agent() {
    let site = Site::new("");
    site.desk.books().settles = false;
    let first = site.start();
    let job = site.ask_publish(1, "a");
    let told = |boot: Option<&str>| {
        site.desk.books().reports.iter().any(|report| {
            boot.is_none_or(|boot| report.boot_id != boot)
                && report.jobs.iter().any(|said| matches!(said.status, JobStatus::Succeeded(_)))
        })
    };
    wait_until("the end is told", || told(None));
    let boot = site.last_report().unwrap().boot_id;
    drop(first);
    site.desk.books().keep_running(job);
    let _second = site.start();
    wait_until("the next one tells it, too", || told(Some(&boot)));
    site.desk.books().settles = true;
    site.succeeded(job);
    wait_until("it is forgotten", || site.last_report().is_some_and(|report| report.jobs.is_empty()));
    assert_eq!(site.desk.books().stand(job).1, 1, "and was done once");
}

#[test]
fn a_drain_lets_jobs_finish() {
    let site = Site::new("");
    site.desk.server.puts_held.shut();
    let mut agent = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    agent.signal(Signal::TERM);
    wait_until("it takes no more", || site.last_report().is_some_and(|report| report.capacity == 0));
    let second = site.ask_publish(2, "a");
    site.desk.server.puts_held.open();
    assert_eq!(agent.code(), Some(0));
    site.succeeded(job);
    assert_eq!(site.desk.books().stand(second).1, 0);
}

#[test]
fn what_does_not_finish_is_stopped_and_offered_again() {
    let site = Site::new("drain_seconds = 0");
    site.desk.server.puts_held.shut();
    let mut agent = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    agent.signal(Signal::INT);
    assert_eq!(agent.code(), Some(0));
    insta::assert_snapshot!(site.failed(job));
    assert!(!site.is_leased());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let site = Site::new("");
    site.desk.server.puts_held.shut();
    let mut agent = site.start();
    site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    agent.signal(Signal::TERM);
    wait_until("the first is heard", || site.log().contains("no new jobs"));
    agent.signal(Signal::TERM);
    assert_eq!(agent.code(), Some(130));
}
