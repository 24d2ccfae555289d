//! Publishes by jobs.

use crate::books::Stand;
use crate::site::{Site, wait_until};
use vitrine_protocol::api::{JobStatus, Phase};

#[test]
fn a_job_publishes_its_folder_and_says_what_it_left_out() {
    let site = Site::new("");
    // One that its name tells, and two that only their first bytes do.
    let key = |kind: &str| {
        format!("-----BEGIN {kind} PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\n")
    };
    site.write("a/keys/id_rsa", &key("OPENSSH"));
    site.write("a/note.txt", &key("RSA"));
    site.write("a/[x]*.txt", &key("EC"));
    let _agent = site.start();
    let result = site.succeeded(site.ask_publish(1, "a"));
    assert_eq!((result.manifest_id, result.files), (site.latest('e').map(|latest| latest.manifest_id), 3));
    assert!(result.transferred_bytes > 0);
    insta::assert_snapshot!(result.left_out.join("\n"));
    assert!(!site.is_leased());
    // Again, and nothing has changed; what was left out still is.
    let again = site.succeeded(site.ask_publish(2, "a"));
    assert_eq!((again.manifest_id, again.transferred_bytes), (result.manifest_id, 0));
    assert_eq!(again.left_out, result.left_out);
    let log = site.log();
    assert!(log.contains("a job is done"), "{log}");
    assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{log}");
    // A token begins with the header's first bytes; a key is nowhere either.
    let key = std::fs::read_to_string(site.state().join("host.key")).unwrap();
    assert!(!log.contains("eyJ") && !log.contains(&key), "{log}");
}

#[test]
fn paths_outside_the_project_are_refused() {
    let site = Site::new("");
    std::os::unix::fs::symlink("/etc", site.project("etc")).unwrap();
    site.write("bad/.vitrineignore", "[a\n");
    let _agent = site.start();
    let said: Vec<String> = ["etc", "etc/ssl", "../project-q", "none", ".ssh", "bad"]
        .iter()
        .zip(1..)
        .map(|(path, number)| site.failed(site.ask_publish(number, path)))
        .collect();
    insta::assert_snapshot!(said.join("\n---\n"));
    assert_eq!(site.latest('e'), None);
}

#[test]
fn a_cancelled_job_stops_and_gives_the_lease_back() {
    let site = Site::new("");
    site.desk.server.puts_held.shut();
    let _agent = site.start();
    let job = site.ask_publish(1, "a");
    wait_until("something is sent", || site.desk.server.puts_held.count() > 0);
    assert!(site.is_leased());
    site.desk.books().cancel(job);
    site.desk.wake();
    assert_eq!(site.end(job), JobStatus::Canceled);
    assert!(!site.is_leased());
    site.desk.server.puts_held.open();
    assert_eq!(site.latest('e'), None);
}

#[test]
fn progress_is_told_while_it_runs() {
    let site = Site::new("");
    site.desk.server.puts_held.shut();
    let _agent = site.start();
    let job = site.ask_publish(1, "a");
    let told = || site.desk.files().progress.iter().any(|far| far.progress.phase == Phase::Upload);
    wait_until("progress is told", told);
    let reported = || matches!(site.desk.books().stand(job).0, Stand::Running(Some(far)) if (far.phase, far.files_total) == (Phase::Upload, 3));
    wait_until("a report says it, too", reported);
    site.desk.server.puts_held.open();
    site.succeeded(job);
}

#[test]
fn no_more_jobs_than_the_capacity_are_at_work() {
    let site = Site::new("jobs = 2");
    site.desk.begins_held.shut();
    let _agent = site.start();
    let jobs: Vec<_> = (1..=3).map(|number| site.ask_publish(number, "a")).collect();
    wait_until("two have begun", || site.desk.begins_held.count() == 2);
    let running = || site.last_report().map_or(0, |report| report.jobs.len());
    wait_until("both are reported", || running() == 2);
    // A careless order beyond the capacity is not taken either.
    site.desk.wake();
    assert_eq!(site.desk.books().stand(jobs[2]).0, Stand::Queued);
    assert!(site.desk.books().reports.iter().all(|report| report.jobs.len() <= 2));
    site.desk.begins_held.open();
    for job in jobs {
        // They are of one share: the second finds the lease held, which is another attempt's matter.
        assert!(matches!(site.end(job), JobStatus::Succeeded(_) | JobStatus::Failed { retry: true, .. }));
    }
}
