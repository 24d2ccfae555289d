//! Asking for jobs, and asking them to stop.

use super::{JobRow, find};
use crate::database::{Database, DatabaseError, Statement, read, sql, to_json};
use crate::failure::Failure;
use serde::Deserialize;
use vitrine_protocol::api::Work;
use vitrine_protocol::limits::JOB_QUEUED_MS_MAX;
use vitrine_protocol::{ErrorCode, HostId, JobId, ProjectId, ShareId};

/// A job that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) job_id: JobId,
    pub(crate) share_id: ShareId,
    pub(crate) project_id: ProjectId,
    pub(crate) host_id: HostId,
    pub(crate) work: Work,
    pub(crate) created_by: String,
    pub(crate) idempotency_key: Option<String>,
    /// A hash over what was asked for: the same key for something else is refused.
    pub(crate) request_hash: String,
}

/// When a job that waits from now on fails for want of a host.
pub(crate) fn expires_at(now: i64) -> i64 {
    now.saturating_add(i64::try_from(JOB_QUEUED_MS_MAX).unwrap_or(i64::MAX))
}

/// Makes the job, or finds the one that does already what is asked: the same idempotency key's, or a publish of the share that
/// waits. Says whether it is new, and records that with `audit` in one transaction. 409 `idempotency_conflict` for a key that
/// was used for something else.
pub(crate) async fn request(
    db: &impl Database,
    new: &NewJob,
    audit: Option<&Statement>,
    now: i64,
) -> Result<(JobRow, bool), Failure> {
    // Twice, because whoever is in the way may be gone when looked for.
    for _ in 0..2 {
        if let Some(row) =
            by_key(db, &new.project_id, new.idempotency_key.as_deref(), &new.request_hash).await?
        {
            return Ok((row, false));
        }
        let joined = join(db, new, now).await;
        match joined {
            Ok(Some(row)) => return Ok((row, false)),
            Ok(None) => {}
            Err(DatabaseError::Conflict(_)) => continue,
            Err(error) => return Err(error.into()),
        }
        match insert(db, new, audit, now).await {
            Ok(Some(row)) => return Ok((row, true)),
            Ok(None) | Err(DatabaseError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new(ErrorCode::StoreUnavailable, "Others asked for the same at the same time. Try again."))
}

/// The job that an idempotency key made or joined earlier.
pub(crate) async fn by_key(
    db: &impl Database,
    project: &ProjectId,
    key: Option<&str>,
    request_hash: &str,
) -> Result<Option<JobRow>, Failure> {
    #[derive(Deserialize)]
    struct Key {
        job_id: JobId,
        request_hash: String,
    }
    let Some(key) = key else { return Ok(None) };
    let statement =
        "SELECT job_id, request_hash FROM job_keys WHERE project_id = ?1 AND idempotency_key = ?2";
    let Some(found) = db.row::<Key>(sql!(statement, project, key)).await? else { return Ok(None) };
    if found.request_hash != request_hash {
        return Err(Failure::new(
            ErrorCode::IdempotencyConflict,
            format!("It made the job `{}`, which does something else.", found.job_id),
        )
        .field("idempotency_key"));
    }
    Ok(find(db, found.job_id).await?)
}

/// The statement that ties the key to a job.
fn tie(new: &NewJob, job: JobId, now: i64) -> Option<Statement> {
    let key = new.idempotency_key.as_deref()?;
    let statement = "INSERT INTO job_keys (project_id, idempotency_key, job_id, request_hash, created_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5)";
    Some(sql!(statement, &new.project_id, key, job, new.request_hash.as_str(), now))
}

/// Joins a publish that waits untried.
async fn join(db: &impl Database, new: &NewJob, now: i64) -> Result<Option<JobRow>, DatabaseError> {
    if !matches!(new.work, Work::Publish { .. }) {
        return Ok(None);
    }
    // What either asks for is done: a repair that waits stays one.
    let either = |flag: &str| {
        format!(
            "'$.publish.{flag}', json(iif(json_extract(work, '$.publish.{flag}') OR json_extract(?2, '$.publish.{flag}'), \
             'true', 'false'))"
        )
    };
    let statement = format!(
        "UPDATE jobs SET work = json_set(?2, {}, {}) WHERE share_id = ?1 AND kind = 'publish' AND state = 'queued' \
         AND attempt = 0 RETURNING *",
        either("checksum"),
        either("ignore_base"),
    );
    let Some(row) = db.row::<JobRow>(sql!(statement, new.share_id, to_json(&new.work))).await? else {
        return Ok(None);
    };
    if let Some(tie) = tie(new, row.job_id, now) {
        db.run(tie).await?;
    }
    Ok(Some(row))
}

async fn insert(
    db: &impl Database,
    new: &NewJob,
    audit: Option<&Statement>,
    now: i64,
) -> Result<Option<JobRow>, DatabaseError> {
    let kind = match new.work {
        Work::Publish { .. } => "publish",
        Work::Copy { .. } => "copy",
    };
    let statement = "INSERT INTO jobs (job_id, kind, share_id, project_id, host_id, state, work, created_by, created_at, \
                     expires_at) SELECT ?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?7, ?8, ?9 FROM projects \
                     WHERE project_id = ?4 AND host_id = ?5 RETURNING *";
    let insert = sql!(
        statement,
        new.job_id,
        kind,
        new.share_id,
        &new.project_id,
        new.host_id,
        to_json(&new.work),
        new.created_by.as_str(),
        now,
        expires_at(now),
    );
    let statements: Vec<Statement> =
        std::iter::once(insert).chain(tie(new, new.job_id, now)).chain(audit.cloned()).collect();
    let rows = db.batch(statements).await?.into_iter().next().unwrap_or_default();
    rows.into_iter().next().map(read).transpose()
}

/// Asks a job to stop: one that waits is canceled at once, one that runs when its host has stopped it, and one that has ended
/// stays as it is. `None` when there is no such job. `audit`, an `INSERT … VALUES` of five values, records it when it changes
/// something, in the same transaction.
pub(crate) async fn cancel(
    db: &impl Database,
    job: JobId,
    audit: Option<&Statement>,
    now: i64,
) -> Result<Option<JobRow>, DatabaseError> {
    let mut statements = Vec::new();
    if let Some(audit) = audit {
        let changes = "EXISTS (SELECT 1 FROM jobs WHERE job_id = ?6 AND (state = 'queued' \
                       OR (state = 'running' AND cancel_requested = 0)))";
        let mut audit = audit.clone();
        audit.sql = audit
            .sql
            .replace("VALUES (?1, ?2, ?3, ?4, ?5)", &format!("SELECT ?1, ?2, ?3, ?4, ?5 WHERE {changes}"));
        audit.values.push(job.into());
        statements.push(audit);
    }
    let waiting = "UPDATE jobs SET state = 'canceled', cancel_requested = ?2, finished_at = ?2 \
                   WHERE job_id = ?1 AND state = 'queued'";
    let running = "UPDATE jobs SET cancel_requested = ?2 WHERE job_id = ?1 AND state = 'running' \
                   AND cancel_requested = 0";
    statements.extend([sql!(waiting, job, now), sql!(running, job, now)]);
    db.batch(statements).await?;
    find(db, job).await
}
