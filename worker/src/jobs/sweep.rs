//! Hosts that say nothing, hosts that are removed, projects that move.

use super::ending::{Ending, outcome, record};
use super::request::expires_at;
use super::{JobRow, Times};
use crate::database::{Database, DatabaseError, Statement, read, sql, to_json};
use vitrine_protocol::api::JobError;
use vitrine_protocol::{HostId, ProjectId};

/// One sweep looks at this many jobs of each kind; the next goes on.
const ROWS: u32 = 200;

/// Offers the jobs of vanished hosts again, and fails those that no host has taken in time. Gives what changed.
pub(crate) async fn sweep(db: &impl Database, times: Times, now: i64) -> Result<Vec<JobRow>, DatabaseError> {
    let silent =
        "SELECT * FROM jobs WHERE state = 'running' AND heartbeat_at <= ?1 ORDER BY heartbeat_at LIMIT ?2";
    let silent: Vec<JobRow> = db.rows(sql!(silent, now - times.timeout, ROWS)).await?;
    let mut statements: Vec<Statement> =
        silent.iter().map(|row| record(row, &outcome(row, Ending::Gone, now), now)).collect();
    let error = JobError {
        code: "host_gone".into(),
        message: "No host took the job in time.".into(),
        hint: Some("Look at whether the project has a host, and whether `vitrine agent` runs there.".into()),
    };
    statements.push(sql!(
        "UPDATE jobs SET state = 'failed', finished_at = ?1, error = ?2 WHERE job_id IN \
         (SELECT job_id FROM jobs WHERE state = 'queued' AND expires_at <= ?1 LIMIT ?3) RETURNING *",
        now,
        to_json(&error),
        ROWS,
    ));
    changed(db, statements).await
}

async fn changed(db: &impl Database, statements: Vec<Statement>) -> Result<Vec<JobRow>, DatabaseError> {
    db.batch(statements).await?.into_iter().flatten().map(read).collect()
}

/// When the next running job of that host runs out of time, if one does.
pub(crate) async fn next_timeout(
    db: &impl Database,
    host: HostId,
    times: Times,
) -> Result<Option<i64>, DatabaseError> {
    #[derive(serde::Deserialize)]
    struct Oldest {
        at: Option<i64>,
    }
    let statement = "SELECT MIN(heartbeat_at) AS at FROM jobs WHERE host_id = ?1 AND state = 'running'";
    let oldest: Option<Oldest> = db.row(sql!(statement, host)).await?;
    Ok(oldest.and_then(|oldest| oldest.at).map(|at| at + times.timeout))
}

/// Turns a host away: its key, its projects, its jobs, however many. The jobs' rows are among the answers.
pub(crate) fn remove_host(host: HostId, now: i64) -> Vec<Statement> {
    let error = JobError {
        code: "host_removed".into(),
        message: "The host was removed.".into(),
        hint: Some("Assign the project to another host, and ask again.".into()),
    };
    vec![
        sql!(
            "UPDATE hosts SET state = 'revoked', revoked_at = ?2, enrolment_hash = NULL WHERE host_id = ?1",
            host,
            now
        ),
        sql!("UPDATE projects SET host_id = NULL, assigned_at = ?2 WHERE host_id = ?1", host, now),
        sql!(
            "UPDATE jobs SET state = 'failed', finished_at = ?2, error = ?3, moving = 0, progress = NULL \
             WHERE host_id = ?1 AND state IN ('queued', 'running') RETURNING *",
            host,
            now,
            to_json(&error),
        ),
    ]
}

/// Gives a project to a host, or to none. Jobs that wait go with it; one that runs is stopped where it runs, and offered to the
/// new host when the old one has let go of it, or has not been heard of for long enough.
pub(crate) fn assign(project: &ProjectId, host: Option<HostId>, now: i64) -> Vec<Statement> {
    // A host that is turned away meanwhile gets nothing.
    let map = "INSERT INTO projects (project_id, host_id, assigned_at) SELECT ?1, ?2, ?3 \
               WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM hosts WHERE host_id = ?2 AND state <> 'revoked') \
               ON CONFLICT (project_id) DO UPDATE SET host_id = ?2, assigned_at = ?3 WHERE host_id IS NOT ?2";
    vec![
        sql!(map, project, host, now),
        sql!(
            "UPDATE jobs SET host_id = ?2, expires_at = ?3 WHERE project_id = ?1 AND state = 'queued' AND host_id IS NOT ?2",
            project,
            host,
            expires_at(now),
        ),
        sql!(
            "UPDATE jobs SET moving = 1 WHERE project_id = ?1 AND state = 'running' AND host_id IS NOT ?2",
            project,
            host,
        ),
        sql!(
            "UPDATE jobs SET moving = 0 WHERE project_id = ?1 AND state = 'running' AND host_id = ?2",
            project,
            host,
        ),
    ]
}
