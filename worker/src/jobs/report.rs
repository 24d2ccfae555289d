//! A host's report: what it means for its jobs, and what the host should do now.

use super::ending::{Ending, outcome, record};
use super::hand_out::{Taker, hand_out, order};
use super::{JobRow, Times};
use crate::database::{Database, Statement, read, sql, to_json};
use crate::failure::Failure;
use serde::Deserialize;
use vitrine_protocol::api::{HostOrders, HostReport, JobError, JobProgress, JobState, JobStatus, StopOrder};
use vitrine_protocol::limits::HOST_CAPACITY_MAX;
use vitrine_protocol::{ErrorCode, HostId, JobId};

/// What a report changed, and the answer to it.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) orders: HostOrders,
    /// Jobs whose state is another now, for those who watch.
    pub(crate) changed: Vec<JobRow>,
}

/// What a report means; decided without I/O.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) alive: Vec<(JobId, u32, JobProgress)>,
    pub(crate) ended: Vec<(JobRow, Ending)>,
    pub(crate) stop: Vec<StopOrder>,
    pub(crate) settled: Vec<JobId>,
}

/// Judges every job of the report, and every job that the host should have reported.
///
/// `rows` are the host's running jobs and all that the report names.
pub(crate) fn judge(host: HostId, rows: &[JobRow], report: &HostReport, times: Times, now: i64) -> Verdict {
    let mut verdict = Verdict::default();
    for reported in &report.jobs {
        let row = rows.iter().find(|row| row.job_id == reported.job_id);
        let held = row.filter(|row| {
            row.state == JobState::Running && row.attempt == reported.attempt && row.host_id == Some(host)
        });
        let Some(row) = held else {
            let (job_id, attempt) = (reported.job_id, reported.attempt);
            match reported.status {
                JobStatus::Running(_) => verdict.stop.push(StopOrder { job_id, attempt, canceled: false }),
                // Recorded already, or another attempt's by now.
                _ => verdict.settled.push(job_id),
            }
            continue;
        };
        let ending = match reported.status.clone() {
            JobStatus::Running(_) if is_overdue(row, now) => {
                let (job_id, attempt) = (row.job_id, row.attempt);
                verdict.stop.push(StopOrder { job_id, attempt, canceled: false });
                verdict.ended.push((row.clone(), overdue(row)));
                continue;
            }
            JobStatus::Running(progress) => {
                verdict.alive.push((row.job_id, row.attempt, progress));
                if row.is_canceled() || row.moving {
                    let (job_id, attempt) = (row.job_id, row.attempt);
                    verdict.stop.push(StopOrder { job_id, attempt, canceled: row.is_canceled() });
                }
                continue;
            }
            JobStatus::Succeeded(result) => Ending::Succeeded(result),
            JobStatus::Failed { error, retry } => Ending::Failed { error, retry },
            JobStatus::Canceled => Ending::Stopped,
        };
        verdict.settled.push(row.job_id);
        verdict.ended.push((row.clone(), ending));
    }
    for row in rows.iter().filter(|row| row.host_id == Some(host) && row.state == JobState::Running) {
        if report.jobs.iter().any(|one| one.job_id == row.job_id && one.attempt == row.attempt) {
            continue;
        }
        let same_start = row.boot_id.as_deref() == Some(report.boot_id.as_str());
        // The order may still be under way.
        let young = row.started_at.is_some_and(|at| now >= at && now - at < times.unmentioned());
        if !(same_start && young) || row.moving {
            verdict.ended.push((row.clone(), Ending::Gone));
        }
    }
    verdict
}

/// Nothing runs for ever, whatever its host says: a day is enough for 50 GB over a slow line.
const RUNNING_MS_MAX: i64 = 24 * 60 * 60 * 1000;

/// A host that was told to stop has this long to do so.
const STOPPING_MS_MAX: i64 = 5 * 60 * 1000;

fn is_overdue(row: &JobRow, now: i64) -> bool {
    let runs_long = row.started_at.is_some_and(|at| now.saturating_sub(at) > RUNNING_MS_MAX);
    runs_long || (row.is_canceled() && now.saturating_sub(row.cancel_requested) > STOPPING_MS_MAX)
}

fn overdue(row: &JobRow) -> Ending {
    if row.is_canceled() {
        return Ending::Stopped;
    }
    let error = JobError {
        code: "other".into(),
        message: "It ran for a day and did not end.".into(),
        hint: Some(
            "Look at what the host's agent says of it, and at the disk that the project is on.".into(),
        ),
    };
    Ending::Failed { error, retry: false }
}

#[derive(Deserialize)]
struct Active {
    #[serde(rename = "host_id")]
    _host: HostId,
}

/// Takes a report: 401 `host_revoked` when the host may not act.
pub(crate) async fn take(
    db: &impl Database,
    host: HostId,
    report: &HostReport,
    times: Times,
    now: i64,
) -> Result<Taken, Failure> {
    let rows = look(db, host, report, now).await?;
    let verdict = judge(host, &rows, report, times, now);
    let mut statements: Vec<Statement> =
        verdict.alive.iter().map(|(job, attempt, progress)| alive(*job, *attempt, progress, now)).collect();
    let from = statements.len();
    statements.extend(
        verdict.ended.iter().map(|(row, ending)| record(row, &outcome(row, ending.clone(), now), now)),
    );
    let mut changed = Vec::new();
    if !statements.is_empty() {
        let answers = db.batch(statements).await?;
        for row in answers.into_iter().skip(from).flatten() {
            changed.push(read::<JobRow>(row)?);
        }
    }
    let busy = u32::try_from(verdict.alive.len()).unwrap_or(u32::MAX)
        + u32::try_from(rows.iter().filter(|row| unmentioned(host, row, report, &verdict)).count())
            .unwrap_or(0);
    let free = report.capacity.min(HOST_CAPACITY_MAX).saturating_sub(busy);
    let capacity = report.capacity.min(HOST_CAPACITY_MAX);
    let given = hand_out(db, Taker { host, boot: &report.boot_id, capacity, free }, now).await?;
    let orders = HostOrders {
        run: given.iter().filter_map(order).collect(),
        stop: verdict.stop,
        settled: verdict.settled,
        ..times.orders()
    };
    changed.extend(given);
    Ok(Taken { orders, changed })
}

/// A job that was handed out a moment ago, and that the host may be about to hear of.
fn unmentioned(host: HostId, row: &JobRow, report: &HostReport, verdict: &Verdict) -> bool {
    row.state == JobState::Running
        && row.host_id == Some(host)
        && !report.jobs.iter().any(|one| one.job_id == row.job_id)
        && !verdict.ended.iter().any(|(ended, _)| ended.job_id == row.job_id)
}

/// Notes what the host says of itself, and reads its jobs.
async fn look(
    db: &impl Database,
    host: HostId,
    report: &HostReport,
    now: i64,
) -> Result<Vec<JobRow>, Failure> {
    let seen = "UPDATE hosts SET seen_at = ?2, version = ?3, capacity = ?4, free_bytes = ?5, boot_id = ?6, \
                reported_projects = ?7 WHERE host_id = ?1 AND state = 'active' RETURNING host_id";
    let jobs = "SELECT * FROM jobs WHERE host_id = ?1 AND state = 'running' \
                UNION SELECT * FROM jobs WHERE job_id IN (SELECT value FROM json_each(?2))";
    let named: Vec<JobId> = report.jobs.iter().map(|job| job.job_id).collect();
    let mut answers = db
        .batch(vec![
            sql!(
                seen,
                host,
                now,
                report.version.as_str(),
                report.capacity.min(HOST_CAPACITY_MAX),
                report.free_bytes,
                report.boot_id.as_str(),
                to_json(&report.projects),
            ),
            sql!(jobs, host, to_json(&named)),
        ])
        .await?;
    let rows = answers.pop().unwrap_or_default();
    if answers.pop().unwrap_or_default().into_iter().next().map(read::<Active>).transpose()?.is_none() {
        return Err(Failure::new(
            ErrorCode::HostRevoked,
            "Its key has been turned away, or it never enrolled.",
        ));
    }
    Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
}

fn alive(job: JobId, attempt: u32, progress: &JobProgress, now: i64) -> Statement {
    let statement = "UPDATE jobs SET heartbeat_at = ?3, progress = ?4 \
                     WHERE job_id = ?1 AND attempt = ?2 AND state = 'running'";
    sql!(statement, job, attempt, now, to_json(progress))
}
