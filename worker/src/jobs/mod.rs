//! Jobs: the state machine of design §7 over the database, without any platform.
//!
//! Every change is one conditional UPDATE on (job, state, attempt): whoever comes second changes nothing, so a crash between
//! any two statements, a lost reply and two workers at once are all the same to it. [`request`] makes jobs, [`report`] takes
//! what a host says and decides what it should do, [`hand_out`] gives it work, [`ending`] decides how an attempt ends, and
//! [`sweep`] looks after hosts that say nothing. Called by `control` and `host_do`.

pub(crate) mod ending;
pub(crate) mod hand_out;
pub(crate) mod report;
pub(crate) mod request;
pub(crate) mod sweep;

#[cfg(test)]
mod tests;

use crate::database::{Database, DatabaseError, boolean, json, sql};
use serde::Deserialize;
use vitrine_protocol::api::{
    HostOrders, JobError, JobKind, JobProgress, JobRecord, JobResult, JobState, Work,
};
use vitrine_protocol::{HostId, JobId, ProjectId, ShareId};

/// A job's row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct JobRow {
    pub(crate) job_id: JobId,
    pub(crate) kind: JobKind,
    pub(crate) share_id: ShareId,
    pub(crate) project_id: ProjectId,
    pub(crate) host_id: Option<HostId>,
    pub(crate) state: JobState,
    pub(crate) attempt: u32,
    pub(crate) boot_id: Option<String>,
    /// When it was asked to stop; 0 when it was not.
    pub(crate) cancel_requested: i64,
    #[serde(deserialize_with = "boolean")]
    pub(crate) moving: bool,
    #[serde(deserialize_with = "json")]
    pub(crate) work: Option<Work>,
    #[serde(deserialize_with = "json")]
    pub(crate) progress: Option<JobProgress>,
    #[serde(deserialize_with = "json")]
    pub(crate) result: Option<JobResult>,
    #[serde(deserialize_with = "json")]
    pub(crate) error: Option<JobError>,
    pub(crate) created_at: i64,
    pub(crate) started_at: Option<i64>,
    pub(crate) heartbeat_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
}

impl JobRow {
    /// Whether it was asked to stop.
    pub(crate) fn is_canceled(&self) -> bool {
        self.cancel_requested != 0
    }

    /// Whether it publishes that share.
    pub(crate) fn publishes(&self, share: ShareId) -> bool {
        self.kind == JobKind::Publish && self.share_id == share
    }

    /// As the API shows it.
    pub(crate) fn record(self) -> JobRecord {
        let cancel_requested = self.is_canceled();
        JobRecord {
            job_id: self.job_id,
            kind: self.kind,
            share_id: self.share_id,
            project_id: self.project_id,
            host_id: self.host_id,
            state: self.state,
            attempt: self.attempt,
            cancel_requested,
            progress: self.progress,
            result: self.result,
            error: self.error,
            created_at: self.created_at,
            started_at: self.started_at,
            heartbeat_at: self.heartbeat_at,
            finished_at: self.finished_at,
        }
    }
}

/// How long things may take, in milliseconds; an operator may shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// How long a running job lives without a report.
    pub(crate) timeout: i64,
}

impl Times {
    /// A job that its host does not mention this long after it was handed out never arrived.
    pub(crate) fn unmentioned(self) -> i64 {
        self.timeout / 9
    }

    /// When a host should report again: six reports may be lost before its jobs are another attempt's.
    pub(crate) fn report_within(self) -> i64 {
        self.timeout / 6
    }

    /// A host that has not been heard of for this long is given nothing between reports: three of its reports are missing.
    pub(crate) fn silence(self) -> i64 {
        self.timeout / 2
    }

    /// Orders for nothing, with the times in them.
    pub(crate) fn orders(self) -> HostOrders {
        HostOrders {
            report_within_ms: u64::try_from(self.report_within()).unwrap_or(0),
            give_up_after_ms: u64::try_from(self.give_up()).unwrap_or(0),
            ..HostOrders::default()
        }
    }

    /// When a host that hears nothing stops its jobs: well before they are handed out again, so that none runs twice at once.
    pub(crate) fn give_up(self) -> i64 {
        self.timeout / 3 * 2
    }
}

/// One job.
pub(crate) async fn find(db: &impl Database, job: JobId) -> Result<Option<JobRow>, DatabaseError> {
    db.row(sql!("SELECT * FROM jobs WHERE job_id = ?1", job)).await
}

/// The running job that a host names, when it has that attempt of it.
pub(crate) async fn held(
    db: &impl Database,
    host: HostId,
    job: JobId,
    attempt: u32,
) -> Result<Option<JobRow>, DatabaseError> {
    let statement =
        "SELECT * FROM jobs WHERE job_id = ?1 AND host_id = ?2 AND attempt = ?3 AND state = 'running'";
    db.row(sql!(statement, job, host, attempt)).await
}
