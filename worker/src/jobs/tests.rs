//! Jobs against a real SQLite: the rules one by one, and a model in which everything fails at random.

mod model;

use super::hand_out::{Taker, hand_out, wake};
use super::report::{Taken, take};
use super::request::{NewJob, cancel, request};
use super::sweep::{assign, remove_host, sweep};
use super::{JobRow, Times, find};
use crate::database::native::Native;
use crate::database::{Database as _, sql};
use vitrine_protocol::api::{
    HostReport, JobError, JobProgress, JobReport, JobResult, JobState, JobStatus, Phase, Work,
};
use vitrine_protocol::{HostId, JobId, ManifestId, ProjectId, Scope, ShareId};

const TIMES: Times = Times { timeout: 90_000 };

fn host(number: u8) -> HostId {
    HostId::from_parts(u64::from(number), [number; 10])
}

fn share(number: u8) -> ShareId {
    ShareId::from_random('e', [number; 25]).unwrap()
}

fn project(number: u8) -> ProjectId {
    format!("p{number}").parse().unwrap()
}

async fn add_host(db: &Native, number: u8) {
    let statement =
        "INSERT INTO hosts (host_id, name, region, state, created_at) VALUES (?1, 'h', 'e', 'active', 0)";
    db.run(sql!(statement, host(number))).await.unwrap();
}

/// Hosts 1 and 2; project 1 on host 1.
async fn world() -> Native {
    let db = Native::new();
    add_host(&db, 1).await;
    add_host(&db, 2).await;
    db.batch(assign(&project(1), Some(host(1)), 0)).await.unwrap();
    db
}

fn publish_job(number: u8, key: Option<&str>) -> NewJob {
    NewJob {
        job_id: JobId::from_parts(u64::from(number), [number; 10]),
        share_id: share(1),
        project_id: project(1),
        host_id: host(1),
        work: Work::Publish { path: "notes".into(), checksum: false, ignore_base: false },
        created_by: "u".into(),
        idempotency_key: key.map(str::to_owned),
        request_hash: "publish".into(),
    }
}

fn copy_job(number: u8) -> NewJob {
    let manifest_id = ManifestId::from_parts(1, [0; 10]);
    let work = Work::Copy {
        manifest_id,
        path: String::new(),
        target_path: None,
        title: "t".into(),
        scope: Scope::Public,
    };
    NewJob { work, request_hash: "copy".into(), ..publish_job(number, None) }
}

fn report(boot: &str, jobs: Vec<JobReport>) -> HostReport {
    HostReport {
        boot_id: boot.into(),
        version: "1".into(),
        capacity: 2,
        free_bytes: 5,
        projects: Vec::new(),
        jobs,
    }
}

fn says(job: &JobRow, status: JobStatus) -> JobReport {
    JobReport { job_id: job.job_id, attempt: job.attempt, status }
}

fn running() -> JobStatus {
    JobStatus::Running(JobProgress { phase: Phase::Scan, files_done: 3, ..JobProgress::default() })
}

fn failed(retry: bool) -> JobStatus {
    let error = JobError { code: "other".into(), message: "It broke.".into(), hint: None };
    JobStatus::Failed { error, retry }
}

async fn heard(db: &Native, number: u8, report: &HostReport, now: i64) -> Taken {
    take(db, host(number), report, TIMES, now).await.unwrap()
}

/// Asks for a publish, and lets host 1 take it at time 0.
async fn taken(db: &Native) -> JobRow {
    let (job, new) = request(db, &publish_job(1, None), None, 0).await.unwrap();
    assert!(new && job.state == JobState::Queued);
    let orders = heard(db, 1, &report("a", vec![]), 0).await.orders;
    assert_eq!(orders.run.len(), 1);
    find(db, job.job_id).await.unwrap().unwrap()
}

async fn state(db: &Native, job: &JobRow) -> (JobState, u32) {
    let row = find(db, job.job_id).await.unwrap().unwrap();
    (row.state, row.attempt)
}

#[tokio::test]
async fn a_job_goes_through_its_life() {
    let db = world().await;
    let job = taken(&db).await;
    assert_eq!((job.state, job.attempt, job.started_at), (JobState::Running, 1, Some(0)));
    let heard_of = heard(&db, 1, &report("a", vec![says(&job, running())]), 15_000).await;
    assert!(heard_of.orders.run.is_empty() && heard_of.orders.stop.is_empty() && heard_of.changed.is_empty());
    let row = find(&db, job.job_id).await.unwrap().unwrap();
    assert_eq!((row.heartbeat_at, row.progress.unwrap().files_done), (Some(15_000), 3));
    let done = JobStatus::Succeeded(JobResult { files: 7, ..JobResult::default() });
    let ended = heard(&db, 1, &report("a", vec![says(&job, done.clone())]), 20_000).await;
    assert_eq!(ended.orders.settled, [job.job_id]);
    let row = find(&db, job.job_id).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.finished_at, row.result.unwrap().files),
        (JobState::Succeeded, Some(20_000), 7)
    );
    let again = heard(&db, 1, &report("a", vec![says(&job, done)]), 21_000).await;
    assert_eq!((again.orders.settled, again.changed.len()), (vec![job.job_id], 0), "an answer was lost");
}

#[tokio::test]
async fn a_second_publish_joins_one_that_waits_and_queues_behind_one_that_runs() {
    let db = world().await;
    let (first, _) = request(&db, &publish_job(1, None), None, 0).await.unwrap();
    let (joined, new) = request(&db, &publish_job(2, None), None, 1).await.unwrap();
    assert!(!new && joined.job_id == first.job_id);
    heard(&db, 1, &report("a", vec![]), 2).await;
    let (second, new) = request(&db, &publish_job(3, None), None, 3).await.unwrap();
    assert!(new && second.job_id != first.job_id);
    let first = find(&db, first.job_id).await.unwrap().unwrap();
    let busy = heard(&db, 1, &report("a", vec![says(&first, running())]), 4).await;
    assert!(busy.orders.run.is_empty(), "one publish of a share at a time, though the host has room");
    let done = says(&first, JobStatus::Succeeded(JobResult::default()));
    let next = heard(&db, 1, &report("a", vec![done]), 5).await;
    assert_eq!(next.orders.run.iter().map(|order| order.job_id).collect::<Vec<_>>(), [second.job_id]);
}

#[tokio::test]
async fn a_key_gives_the_same_job_for_ever_and_only_for_the_same_request() {
    let db = world().await;
    let (first, _) = request(&db, &publish_job(1, Some("k")), None, 0).await.unwrap();
    let (joined, _) = request(&db, &publish_job(2, Some("l")), None, 0).await.unwrap();
    assert_eq!(joined.job_id, first.job_id);
    heard(&db, 1, &report("a", vec![]), 2).await;
    for key in ["k", "l"] {
        let (again, new) = request(&db, &publish_job(3, Some(key)), None, 3).await.unwrap();
        assert!(!new && again.job_id == first.job_id, "{key}");
    }
    let other = NewJob { request_hash: "other".into(), ..publish_job(4, Some("k")) };
    assert_eq!(request(&db, &other, None, 4).await.unwrap_err().problem.code, "idempotency_conflict");
}

#[tokio::test]
async fn a_silent_host_loses_its_jobs_and_a_late_word_changes_nothing() {
    let db = world().await;
    let job = taken(&db).await;
    assert!(sweep(&db, TIMES, 89_999).await.unwrap().is_empty());
    assert_eq!(sweep(&db, TIMES, 90_000).await.unwrap().len(), 1);
    assert_eq!(state(&db, &job).await, (JobState::Queued, 1));
    let late =
        heard(&db, 1, &report("a", vec![says(&job, JobStatus::Succeeded(JobResult::default()))]), 90_001)
            .await;
    assert_eq!(late.orders.settled, [job.job_id], "the old attempt's end is no longer asked for");
    assert_eq!(state(&db, &job).await, (JobState::Running, 2), "and it is handed out again");
    let stale = heard(&db, 1, &report("a", vec![says(&job, running())]), 90_002).await;
    assert_eq!((stale.orders.stop.len(), stale.orders.stop[0].canceled), (1, false));
}

#[tokio::test]
async fn a_restarted_agent_gets_its_jobs_again_at_once() {
    let db = world().await;
    let job = taken(&db).await;
    let same = heard(&db, 1, &report("a", vec![]), 5_000).await;
    assert!(same.orders.run.is_empty(), "the order may be under way");
    let restarted = heard(&db, 1, &report("b", vec![]), 5_001).await;
    assert_eq!((restarted.orders.run[0].job_id, restarted.orders.run[0].attempt), (job.job_id, 2));
    let lost = heard(&db, 1, &report("b", vec![]), 16_000).await;
    assert_eq!(lost.orders.run[0].attempt, 3, "an order that never arrived");
}

#[tokio::test]
async fn attempts_come_to_an_end() {
    let db = world().await;
    let mut job = taken(&db).await;
    for attempt in 1..=5 {
        assert_eq!(job.attempt, attempt);
        heard(&db, 1, &report("a", vec![says(&job, failed(true))]), 1_000_000 * i64::from(attempt)).await;
        job = find(&db, job.job_id).await.unwrap().unwrap();
        if attempt < 5 {
            assert_eq!(job.state, JobState::Queued, "it waits before it is tried again");
            heard(&db, 1, &report("a", vec![]), 1_000_000 * i64::from(attempt) + 400_000).await;
            job = find(&db, job.job_id).await.unwrap().unwrap();
        }
    }
    assert_eq!(
        (job.state, job.error.unwrap().message),
        (JobState::Failed, "It broke. It was tried 5 times.".into())
    );
}

#[tokio::test]
async fn cancelling_works_in_every_state() {
    let db = world().await;
    let (waiting, _) = request(&db, &publish_job(1, None), None, 0).await.unwrap();
    assert_eq!(cancel(&db, waiting.job_id, None, 1).await.unwrap().unwrap().state, JobState::Canceled);
    let (job, _) = request(&db, &publish_job(2, None), None, 0).await.unwrap();
    heard(&db, 1, &report("a", vec![]), 0).await;
    let row = cancel(&db, job.job_id, None, 1).await.unwrap().unwrap();
    assert!(row.state == JobState::Running && row.is_canceled());
    let told = heard(&db, 1, &report("a", vec![says(&row, running())]), 2).await;
    assert!(told.orders.stop[0].canceled);
    heard(&db, 1, &report("a", vec![says(&row, JobStatus::Canceled)]), 3).await;
    assert_eq!(state(&db, &job).await.0, JobState::Canceled);
    let (gone, _) = request(&db, &publish_job(3, None), None, 4).await.unwrap();
    heard(&db, 1, &report("a", vec![]), 4).await;
    cancel(&db, gone.job_id, None, 5).await.unwrap();
    sweep(&db, TIMES, 100_000).await.unwrap();
    assert_eq!(state(&db, &gone).await.0, JobState::Canceled, "its host will never say so");
    assert_eq!(
        cancel(&db, gone.job_id, None, 6).await.unwrap().unwrap().finished_at,
        Some(100_000),
        "and it stays so"
    );
    assert!(cancel(&db, JobId::from_parts(9, [9; 10]), None, 6).await.unwrap().is_none());
}

#[tokio::test]
async fn a_moved_project_takes_its_jobs_along() {
    let db = world().await;
    let job = taken(&db).await;
    let (copy, _) = request(&db, &copy_job(2), None, 1).await.unwrap();
    db.batch(assign(&project(1), Some(host(2)), 2)).await.unwrap();
    let other = heard(&db, 2, &report("x", vec![]), 3).await;
    assert_eq!(other.orders.run.iter().map(|order| order.job_id).collect::<Vec<_>>(), [copy.job_id]);
    let told = heard(&db, 1, &report("a", vec![says(&job, running())]), 4).await;
    assert_eq!((told.orders.stop.len(), told.orders.stop[0].canceled), (1, false));
    assert_eq!(state(&db, &job).await, (JobState::Running, 1), "not twice at once");
    heard(&db, 1, &report("a", vec![]), 5).await;
    let copy = find(&db, copy.job_id).await.unwrap().unwrap();
    let now_there = heard(&db, 2, &report("x", vec![says(&copy, running())]), 6).await;
    assert_eq!((now_there.orders.run[0].job_id, now_there.orders.run[0].attempt), (job.job_id, 2));
}

#[tokio::test]
async fn a_removed_host_fails_its_jobs_and_is_not_heard() {
    let db = world().await;
    let job = taken(&db).await;
    let (waiting, _) = request(&db, &copy_job(2), None, 1).await.unwrap();
    db.batch(remove_host(host(1), 2)).await.unwrap();
    for row in [&job, &waiting] {
        let row = find(&db, row.job_id).await.unwrap().unwrap();
        assert_eq!((row.state, row.error.unwrap().code), (JobState::Failed, "host_removed".into()));
    }
    let refused = take(&db, host(1), &report("a", vec![]), TIMES, 3).await.unwrap_err();
    assert_eq!(refused.problem.code, "host_revoked");
}

#[tokio::test]
async fn a_job_that_nobody_takes_fails_in_the_end() {
    let db = world().await;
    let (job, _) = request(&db, &publish_job(1, None), None, 0).await.unwrap();
    let three_days = 3 * 24 * 3_600_000;
    assert!(sweep(&db, TIMES, three_days - 1).await.unwrap().is_empty());
    assert_eq!(sweep(&db, TIMES, three_days).await.unwrap().len(), 1);
    assert_eq!(find(&db, job.job_id).await.unwrap().unwrap().error.unwrap().code, "host_gone");
}

#[tokio::test]
async fn a_host_gets_no_more_than_it_takes() {
    let db = world().await;
    for number in 1..6 {
        request(&db, &copy_job(number), None, 0).await.unwrap();
    }
    let first = heard(&db, 1, &report("a", vec![]), 1).await;
    assert_eq!(first.orders.run.len(), 2);
    assert!(heard(&db, 1, &report("a", vec![]), 2).await.orders.run.is_empty(), "two are under way to it");
    let draining = HostReport { capacity: 0, ..report("b", vec![]) };
    assert!(heard(&db, 1, &draining, 3).await.orders.run.is_empty());
    let given = hand_out(&db, Taker { host: host(1), boot: "b", capacity: 9, free: 9 }, 4).await.unwrap();
    assert_eq!(given.len(), 5, "what it lost and what waits");
}

#[tokio::test]
async fn a_connected_host_is_told_at_once_and_a_silent_one_is_not() {
    let db = world().await;
    heard(&db, 1, &report("a", vec![]), 0).await;
    assert!(wake(&db, host(1), TIMES, 1).await.unwrap().is_none(), "there is nothing");
    let (job, _) = request(&db, &publish_job(1, None), None, 1).await.unwrap();
    let (orders, given) = wake(&db, host(1), TIMES, 2).await.unwrap().unwrap();
    assert_eq!((orders.run[0].job_id, given.len()), (job.job_id, 1));
    cancel(&db, job.job_id, None, 3).await.unwrap();
    let (orders, _) = wake(&db, host(1), TIMES, 4).await.unwrap().unwrap();
    assert!(orders.run.is_empty() && orders.stop[0].canceled);
    let (copy, _) = request(&db, &copy_job(2), None, 44_000).await.unwrap();
    assert!(wake(&db, host(1), TIMES, 45_000).await.unwrap().is_none(), "nobody may be there");
    assert_eq!(state(&db, &copy).await, (JobState::Queued, 0), "no attempt is spent on a silent host");
}
