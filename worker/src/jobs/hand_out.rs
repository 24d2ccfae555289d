//! Giving a host the jobs that wait for it.

use super::{JobRow, Times};
use crate::database::{Database, DatabaseError, sql};
use serde::Deserialize;
use vitrine_protocol::HostId;
use vitrine_protocol::api::{HostOrders, JobOrder, StopOrder};

/// A host as hand-outs know it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taker<'a> {
    pub(crate) host: HostId,
    /// The start of its agent that gets them.
    pub(crate) boot: &'a str,
    /// How many it takes at once, those that it has among them.
    pub(crate) capacity: u32,
    /// How many it takes now.
    pub(crate) free: u32,
}

/// What the lists know of a host's agent.
#[derive(Debug, Deserialize)]
struct Agent {
    boot_id: String,
    capacity: u32,
    running: u32,
}

/// Marks up to `free` of the host's waiting jobs as running, and gives them: the oldest first, and of each share one publish.
pub(crate) async fn hand_out(
    db: &impl Database,
    to: Taker<'_>,
    now: i64,
) -> Result<Vec<JobRow>, DatabaseError> {
    if to.free == 0 {
        return Ok(Vec::new());
    }
    let waiting = "SELECT * FROM jobs WHERE host_id = ?1 AND state = 'queued' AND not_before <= ?2 \
                   AND (kind <> 'publish' OR NOT EXISTS (SELECT 1 FROM jobs other WHERE other.share_id = jobs.share_id \
                     AND other.kind = 'publish' AND other.state = 'running')) \
                   ORDER BY created_at, job_id LIMIT ?3";
    let waiting: Vec<JobRow> = db.rows(sql!(waiting, to.host, now, to.free)).await?;
    let mut given = Vec::new();
    for job in waiting {
        let take = "UPDATE jobs SET state = 'running', attempt = attempt + 1, boot_id = ?4, started_at = ?3, \
                    heartbeat_at = ?3 WHERE job_id = ?1 AND host_id = ?2 AND state = 'queued' AND attempt = ?5 \
                    AND EXISTS (SELECT 1 FROM hosts WHERE host_id = ?2 AND state = 'active') \
                    AND (SELECT COUNT(*) FROM jobs held WHERE held.host_id = ?2 AND held.state = 'running') < ?6 \
                    RETURNING *";
        match db.row::<JobRow>(sql!(take, job.job_id, to.host, now, to.boot, job.attempt, to.capacity)).await
        {
            Ok(taken) => given.extend(taken),
            // Two publishes of one share waited: the other has just been given.
            Err(DatabaseError::Conflict(_)) => {}
            // What was given already must be told, or it waits until it is missed.
            Err(_) if !given.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(given)
}

/// What a host that is connected is told between its reports: what waits for it, and what it is to stop. `None` when that is
/// nothing, or when the host has not been heard of for so long that nobody may be at the other end.
pub(crate) async fn wake(
    db: &impl Database,
    host: HostId,
    times: Times,
    now: i64,
) -> Result<Option<(HostOrders, Vec<JobRow>)>, DatabaseError> {
    let agent = "SELECT boot_id, capacity, (SELECT COUNT(*) FROM jobs WHERE jobs.host_id = hosts.host_id \
                 AND state = 'running') AS running FROM hosts \
                 WHERE host_id = ?1 AND state = 'active' AND seen_at > ?2";
    let Some(agent) = db.row::<Agent>(sql!(agent, host, now - times.silence())).await? else {
        return Ok(None);
    };
    let free = agent.capacity.saturating_sub(agent.running);
    let given =
        hand_out(db, Taker { host, boot: &agent.boot_id, capacity: agent.capacity, free }, now).await?;
    let stops = "SELECT * FROM jobs WHERE host_id = ?1 AND state = 'running' AND (cancel_requested <> 0 OR moving = 1)";
    let stops: Vec<JobRow> = db.rows(sql!(stops, host)).await?;
    let stop: Vec<StopOrder> = stops
        .iter()
        .map(|job| StopOrder { job_id: job.job_id, attempt: job.attempt, canceled: job.is_canceled() })
        .collect();
    if given.is_empty() && stop.is_empty() {
        return Ok(None);
    }
    let orders = HostOrders { run: given.iter().filter_map(order).collect(), stop, ..times.orders() };
    Ok(Some((orders, given)))
}

/// What the host is told of a job; `None` for one whose particulars cannot be read.
pub(crate) fn order(job: &JobRow) -> Option<JobOrder> {
    Some(JobOrder {
        job_id: job.job_id,
        attempt: job.attempt,
        share_id: job.share_id,
        project_id: job.project_id.clone(),
        work: job.work.clone()?,
    })
}
