//! Connections that are cut, refused or silent, in the middle of jobs.

use crate::books::Stand;
use crate::site::{Site, wait_until};

#[test]
fn a_cut_connection_is_made_again_and_the_job_goes_on() {
    let site = Site::new("");
    site.desk.server.puts_held.shut();
    let _agent = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    let reports = site.desk.books().reports.len();
    site.desk.set(|mood| mood.cuts += 1);
    wait_until("there is another connection", || site.desk.files().sockets == 2);
    wait_until("it reports the job", || {
        site.desk.books().reports.iter().skip(reports).any(|report| report.jobs.len() == 1)
    });
    site.desk.server.puts_held.open();
    site.succeeded(job);
    assert_eq!(site.desk.books().stand(job).1, 1, "still the first attempt");
}

#[test]
fn without_websockets_reports_go_over_http() {
    let site = Site::new("");
    site.desk.set(|mood| mood.sockets = false);
    let _agent = site.start();
    let job = site.ask_publish(1, "a");
    site.succeeded(job);
    let sockets = site.desk.files().sockets;
    assert!(sockets == 0 && site.desk.files().posts > 1);
    site.desk.set(|mood| mood.sockets = true);
    wait_until("a WebSocket is there after all", || site.desk.files().sockets == 1);
    site.succeeded(site.ask_publish(2, "a"));
}

#[test]
fn jobs_end_when_nothing_is_answered_for_long_and_begin_again_when_they_are_still_ours() {
    let site = Site::new("");
    site.desk.books().give_up_after_ms = 1500;
    site.desk.server.puts_held.shut();
    let _agent = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    site.desk.set(|mood| mood.answers = false);
    wait_until("the job is given up", || !site.is_leased());
    assert!(matches!(site.desk.books().stand(job).0, Stand::Running(_)), "its end is not told");
    site.desk.server.puts_held.open();
    site.desk.set(|mood| mood.answers = true);
    site.succeeded(job);
    assert_eq!(site.desk.books().stand(job).1, 1);
}

#[test]
fn an_attempt_that_is_anothers_by_now_is_stopped_and_not_told() {
    let site = Site::new("jobs = 1");
    site.desk.server.puts_held.shut();
    let _agent = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    site.desk.books().take_back(job);
    site.desk.wake();
    wait_until("there is a second attempt", || site.desk.books().stand(job).1 == 2);
    wait_until("the second is at work", || {
        site.last_report().is_some_and(|report| report.jobs.iter().any(|said| said.attempt == 2))
    });
    site.desk.server.puts_held.open();
    site.succeeded(job);
}

#[test]
fn a_host_that_is_turned_away_stops_its_jobs_says_so_and_stays() {
    let site = Site::new("");
    site.desk.server.puts_held.shut();
    let mut agent = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    site.desk.set(|mood| mood.revoked = true);
    wait_until("it says so", || site.log().contains("does not know this host"));
    wait_until("its job is stopped", || site.log().contains("a job was stopped"));
    assert!(matches!(site.desk.books().stand(job).0, Stand::Running(_)));
    assert_eq!(agent.0.try_wait().unwrap(), None);
    agent.signal(rustix::process::Signal::TERM);
    assert_eq!(agent.code(), Some(0));
}
