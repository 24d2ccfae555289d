//! How an attempt ends, and what that makes of its job. Pure, but for the one statement that records it.

use super::JobRow;
use super::request::expires_at;
use crate::database::{Statement, sql, to_json};
use vitrine_protocol::api::{JobError, JobResult, JobState};
use vitrine_protocol::limits::JOB_ATTEMPTS_MAX;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    Succeeded(JobResult),
    /// It failed; another attempt may go better, or not.
    Failed {
        error: JobError,
        retry: bool,
    },
    /// Its host stopped it.
    Stopped,
    /// Its host said nothing of it any more.
    Gone,
}

/// What becomes of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) state: JobState,
    pub(crate) result: Option<JobResult>,
    pub(crate) error: Option<JobError>,
    pub(crate) not_before: i64,
}

/// Retries wait 5 s, 10 s, 20 s, … and five minutes at most: a share that another publisher holds is free in a minute or two.
const RETRY_MS: i64 = 5_000;
const RETRY_MS_MAX: i64 = 300_000;

/// What a host says when another publisher holds the share.
const HELD: &str = "lease_held";

/// A day of five minutes each.
const HELD_ATTEMPTS_MAX: u32 = 288;

fn error(code: &str, message: impl Into<String>, hint: &str) -> JobError {
    JobError { code: code.into(), message: message.into(), hint: Some(hint.into()) }
}

/// Decides what an ending makes of a running job.
pub(crate) fn outcome(job: &JobRow, ending: Ending, now: i64) -> Outcome {
    let finished = |state, result, error| Outcome { state, result, error, not_before: 0 };
    let again = |why: JobError, wait: i64| {
        if job.is_canceled() {
            return finished(JobState::Canceled, None, None);
        }
        // Somebody who publishes by hand may take hours; that is no fault of the job's.
        let attempts = if why.code == HELD { HELD_ATTEMPTS_MAX } else { JOB_ATTEMPTS_MAX };
        if job.attempt < attempts {
            return Outcome {
                state: JobState::Queued,
                result: None,
                error: Some(why),
                not_before: now + wait,
            };
        }
        let message = format!("{} It was tried {} times.", why.message, job.attempt);
        finished(JobState::Failed, None, Some(JobError { message, ..why }))
    };
    match ending {
        // What is done is done, asked to stop or not.
        Ending::Succeeded(result) => finished(JobState::Succeeded, Some(result), None),
        Ending::Failed { error, retry: true } => {
            let doubled = RETRY_MS << job.attempt.saturating_sub(1).min(10);
            let wait = if error.code == HELD { RETRY_MS_MAX } else { doubled.min(RETRY_MS_MAX) };
            again(error, wait)
        }
        Ending::Failed { error, retry: false } if !job.is_canceled() => {
            finished(JobState::Failed, None, Some(error))
        }
        Ending::Failed { .. } => finished(JobState::Canceled, None, None),
        Ending::Stopped => again(
            error(
                "host_stopped",
                "The host stopped it before it was done.",
                "It is tried again when the host is back.",
            ),
            0,
        ),
        Ending::Gone => again(
            error(
                "host_gone",
                "The host has not been heard of since it took the job.",
                "Look at whether `vitrine agent` runs there and reaches this server.",
            ),
            0,
        ),
    }
}

/// Records it, if that attempt still has the job; gives the job's row then. One that waits again goes to the host that has the
/// project now.
pub(crate) fn record(job: &JobRow, outcome: &Outcome, now: i64) -> Statement {
    let state = match outcome.state {
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Succeeded => "succeeded",
        JobState::Failed => "failed",
        JobState::Canceled => "canceled",
    };
    let statement = "UPDATE jobs SET state = ?3, result = ?4, error = ?5, not_before = ?6, expires_at = ?7, \
                     finished_at = ?8, moving = 0, boot_id = NULL, progress = NULL, \
                     host_id = CASE WHEN ?3 = 'queued' THEN \
                       (SELECT host_id FROM projects WHERE projects.project_id = jobs.project_id) ELSE host_id END \
                     WHERE job_id = ?1 AND attempt = ?2 AND state = 'running' RETURNING *";
    sql!(
        statement,
        job.job_id,
        job.attempt,
        state,
        outcome.result.as_ref().map(to_json),
        outcome.error.as_ref().map(to_json),
        outcome.not_before,
        expires_at(now),
        outcome.state.is_final().then_some(now),
    )
}
