//! Hosts and the map of projects: inviting, enrolling, reporting, turning away.

use super::caller::{Caller, forbidden};
use super::query::{Query, cursor};
use super::world::World;
use super::{Control, fingerprint, invalid, line};
use crate::database::{Database as _, Statement, read, sql};
use crate::failure::Failure;
use crate::host_do;
use crate::host_token::is_public_key;
use crate::jobs::{Times, held, sweep};
use crate::reply::Reply;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use vitrine_protocol::api::{
    AssignProject, EnrollHost, Enrolled, HostList, HostRecord, HostReport, HostState, Invitation, InviteHost,
    JobError, JobReport, JobResult, JobStatus, ProjectRecord, ReadForJob, RevokeHost, Work,
};
use vitrine_protocol::limits::{
    ENROLMENT_SECONDS, ENROLMENT_SECONDS_MAX, KEY_BYTES_MAX, PATH_BYTES_MAX, TITLE_MAX,
    VIEWER_TOKEN_SECONDS_MAX,
};
use vitrine_protocol::{ErrorCode, HostId, ProjectId, Sha256, State};

/// A host's row, with what is counted for it.
#[derive(Debug, Deserialize)]
struct HostRow {
    host_id: HostId,
    name: String,
    region: char,
    state: HostState,
    enrolment_expires_at: Option<i64>,
    version: String,
    capacity: u32,
    free_bytes: u64,
    created_at: i64,
    seen_at: Option<i64>,
    request_hash: Option<String>,
    #[serde(default)]
    running: u32,
    #[serde(default)]
    projects: u64,
}

impl HostRow {
    fn record(self, now: i64, times: Times) -> HostRecord {
        HostRecord {
            online: self.state == HostState::Active
                && self.seen_at.is_some_and(|at| now - at < times.timeout),
            host_id: self.host_id,
            name: self.name,
            region: self.region,
            state: self.state,
            version: self.version,
            capacity: self.capacity,
            running: self.running,
            free_bytes: self.free_bytes,
            projects: self.projects,
            created_at: self.created_at,
            seen_at: self.seen_at,
        }
    }
}

/// Of so many failed jobs those who watch hear at once.
const TOLD_MAX: usize = 100;

const COUNTED: &str = "SELECT hosts.*, \
    (SELECT COUNT(*) FROM jobs WHERE jobs.host_id = hosts.host_id AND jobs.state = 'running') AS running, \
    (SELECT COUNT(*) FROM projects WHERE projects.host_id = hosts.host_id) AS projects FROM hosts";

fn no_host(host: HostId) -> Failure {
    Failure::new(ErrorCode::HostNotFound, format!("There is no host `{host}`."))
}

fn refused() -> Failure {
    Failure::new(ErrorCode::EnrolmentRefused, "It has ended, was used by another key, or never was.")
        .hint("Ask an operator for a new one (`hosts/invite`).")
}

/// What is kept of an enrolment token.
fn hash(token: &str) -> String {
    Sha256::of(token.as_bytes()).to_string()
}

impl<W: World> Control<'_, W> {
    /// `POST hosts/invite`. Allowed to operators. The token is 32 random bytes; its hash alone is kept.
    pub(super) async fn invite_host(&self, caller: &Caller, asked: InviteHost) -> Result<Reply, Failure> {
        let request_hash = fingerprint(&asked);
        let config = self.world.config();
        let name = line("name", Some(asked.name), TITLE_MAX)?.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| invalid("name", "People must call it something."))?;
        let region = asked.region.unwrap_or(config.default_region);
        if !config.regions.contains_key(&region) {
            return Err(invalid("region", format!("`{region}` is not one of this server's regions.")));
        }
        let seconds = asked.expires_in_seconds.unwrap_or(ENROLMENT_SECONDS);
        if !(60..=ENROLMENT_SECONDS_MAX).contains(&seconds) {
            return Err(invalid("expires_in_seconds", format!("It is 60 to {ENROLMENT_SECONDS_MAX}.")));
        }
        let key = line("idempotency_key", asked.idempotency_key, KEY_BYTES_MAX)?;
        let now = self.world.now_ms();
        let token = Base64UrlUnpadded::encode_string(&self.world.random::<32>()?);
        let expires_at = now + i64::from(seconds) * 1000;
        let fresh = HostId::from_parts(u64::try_from(now).unwrap_or(0), self.world.random()?);
        let add = "INSERT INTO hosts (host_id, name, region, state, enrolment_hash, enrolment_expires_at, created_at, \
                   idempotency_key, request_hash) VALUES (?1, ?2, ?3, 'invited', ?4, ?5, ?6, ?7, ?8) \
                   ON CONFLICT (idempotency_key) DO UPDATE SET enrolment_hash = ?4, enrolment_expires_at = ?5 \
                   WHERE state = 'invited' AND request_hash = ?8 RETURNING *";
        let add = sql!(
            add,
            fresh,
            name,
            region.to_string(),
            hash(&token),
            expires_at,
            now,
            key,
            request_hash.as_str(),
        );
        // Of the host that the token is for now; none when the key was used for something else.
        let audit = self.audit_of_host(caller, "hosts/invite", &hash(&token));
        let rows = self.world.db().batch(vec![add, audit]).await?;
        let row: Option<HostRow> = rows.into_iter().next().unwrap_or_default().pop().map(read).transpose()?;
        let row = row.filter(|row| row.request_hash.as_ref() == Some(&request_hash)).ok_or_else(|| {
            let detail = "It made another host, or one that has enrolled.";
            Failure::new(ErrorCode::IdempotencyConflict, detail).field("idempotency_key")
        })?;
        Ok(Reply::json(201, &Invitation { host_id: row.host_id, enrolment_token: token, expires_at }))
    }

    /// The statement that records what was done to the host of an enrolment token.
    fn audit_of_host(&self, caller: &Caller, call: &str, hash: &str) -> Statement {
        sql!(
            "INSERT INTO audit (at, actor, action, share_id, detail) \
             SELECT ?1, ?2, ?3, NULL, host_id || ' ' || name FROM hosts WHERE enrolment_hash = ?4",
            self.world.now_ms(),
            caller.name(),
            call,
            hash,
        )
    }

    /// `POST hosts/enroll`. Allowed to whoever has the token, once; with the same key again it is answered the same.
    pub(super) async fn enroll_host(&self, asked: EnrollHost) -> Result<Reply, Failure> {
        if !is_public_key(&asked.public_key) {
            return Err(invalid("public_key", "It is not an Ed25519 public key in base64url."));
        }
        let version = line("version", Some(asked.version), 64)?.unwrap_or_default();
        let now = self.world.now_ms();
        let hash = hash(&asked.enrolment_token);
        let enrol = "UPDATE hosts SET state = 'active', public_key = ?2, version = ?3 WHERE enrolment_hash = ?1 \
                     AND state = 'invited' AND enrolment_expires_at > ?4 RETURNING *";
        let find = "SELECT * FROM hosts WHERE enrolment_hash = ?1 AND state = 'active' AND public_key = ?2";
        // Before the change, for it has to see whether there is one.
        let audit = sql!(
            "INSERT INTO audit (at, actor, action, share_id, detail) \
             SELECT ?1, 'host:' || host_id, 'hosts/enroll', NULL, name FROM hosts \
             WHERE enrolment_hash = ?2 AND state = 'invited' AND enrolment_expires_at > ?1",
            now,
            hash.as_str(),
        );
        let mut answers = self
            .world
            .db()
            .batch(vec![
                audit,
                sql!(enrol, hash.as_str(), asked.public_key.as_str(), version, now),
                sql!(find, hash.as_str(), asked.public_key.as_str()),
            ])
            .await?;
        let row = answers.pop().unwrap_or_default().pop().map(read::<HostRow>).transpose()?;
        let is_new = !answers.pop().unwrap_or_default().is_empty();
        let row = row
            .filter(|row| is_new || row.enrolment_expires_at.is_some_and(|at| at > now))
            .ok_or_else(refused)?;
        let enrolled = Enrolled { host_id: row.host_id, name: row.name, region: row.region };
        Ok(Reply::json(201, &enrolled))
    }

    /// `POST hosts/register`. Allowed to the host itself: the same as a report over its WebSocket.
    pub(super) async fn register_host(&self, caller: &Caller, asked: HostReport) -> Result<Reply, Failure> {
        let host = caller.host()?;
        let report = Box::new(check_report(asked)?);
        match self.world.ask_host(host, host_do::Command::Report { host, report }).await? {
            host_do::Answer::Orders(orders) => Ok(Reply::json(200, &orders)),
            _ => Err(Failure::new(ErrorCode::Internal, "The host's keeper answered another question.")),
        }
    }

    /// `POST hosts/reading`. Allowed to the host that runs the copy job: it may read that share until the job is another's.
    pub(super) async fn read_for_job(&self, caller: &Caller, asked: ReadForJob) -> Result<Reply, Failure> {
        let host = caller.host()?;
        let job = held(self.world.db(), host, asked.job_id, asked.attempt).await?;
        let lost = || Failure::new(ErrorCode::JobLost, "Stop working on it.");
        let job = job.filter(|job| !job.is_canceled()).ok_or_else(lost)?;
        let Some(Work::Copy { scope, .. }) = &job.work else {
            return Err(forbidden("Only a copy reads its share."));
        };
        let row = self.share_row(job.share_id).await?;
        let row = row.ok_or_else(|| super::shares::row::no_share(job.share_id))?;
        // Whoever asked for the copy might read then; what has changed since, nobody has asked them again.
        if row.scope != *scope || row.state != State::Active {
            return Err(lost());
        }
        let ttl = u32::try_from(VIEWER_TOKEN_SECONDS_MAX).unwrap_or(u32::MAX);
        Ok(Reply::json(200, &self.viewer_token(&row, caller.name(), ttl)?))
    }

    /// `POST hosts/revoke`. Allowed to operators. The key opens nothing from the next call on, its WebSocket is closed, its
    /// projects have no host, its jobs fail. Again changes nothing.
    pub(super) async fn revoke_host(&self, caller: &Caller, asked: RevokeHost) -> Result<Reply, Failure> {
        let (host, now) = (asked.host_id, self.world.now_ms());
        let found: Option<HostRow> =
            self.world.db().row(sql!(format!("{COUNTED} WHERE host_id = ?1"), host)).await?;
        let found = found.ok_or_else(|| no_host(host))?;
        if found.state == HostState::Revoked {
            return Ok(Reply::json(200, &found.record(now, self.world.config().job_times)));
        }
        let mut statements = sweep::remove_host(host, now);
        statements.push(self.audit(caller, "hosts/revoke", None, &host.to_string()));
        statements.push(sql!(format!("{COUNTED} WHERE host_id = ?1"), host));
        let mut answers = self.world.db().batch(statements).await?;
        let row = answers.pop().unwrap_or_default().pop();
        let row: HostRow = row.map(read).transpose()?.ok_or_else(|| no_host(host))?;
        // Its next report is refused anyway.
        let _ = self.world.ask_host(host, host_do::Command::Close).await;
        // Those who watch can do without, so not of more than a request may ask for.
        for job in answers.into_iter().flatten().filter_map(|row| read(row).ok()).take(TOLD_MAX) {
            self.after_job(Some(&job)).await;
        }
        Ok(Reply::json(200, &row.record(now, self.world.config().job_times)))
    }

    /// `GET hosts`. Allowed to `service` and `admin`.
    pub(super) async fn list_hosts(&self, query: &Query) -> Result<Reply, Failure> {
        let limit = query.limit()?;
        let after = query.cursor()?.map(|(_, id)| id).unwrap_or_default();
        let sql = format!("{COUNTED} WHERE host_id > ?1 ORDER BY host_id LIMIT ?2");
        let mut rows: Vec<HostRow> = self.world.db().rows(sql!(sql, after, limit + 1)).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|row| cursor(0, row.host_id));
        let now = self.world.now_ms();
        let hosts = rows.into_iter().map(|row| row.record(now, self.world.config().job_times)).collect();
        Ok(Reply::json(200, &HostList { hosts, cursor: next }))
    }

    /// `POST projects/assign`. Allowed to `service` and `admin`. Jobs go along; one that runs is stopped first.
    pub(super) async fn assign_project(
        &self,
        caller: &Caller,
        asked: AssignProject,
    ) -> Result<Reply, Failure> {
        let (db, now) = (self.world.db(), self.world.now_ms());
        if let Some(host) = asked.host_id {
            let row: Option<HostRow> = db.row(sql!("SELECT * FROM hosts WHERE host_id = ?1", host)).await?;
            let row = row.ok_or_else(|| no_host(host).field("host_id"))?;
            if row.state == HostState::Revoked {
                let detail = "It was turned away.";
                return Err(Failure::new(ErrorCode::HostRevoked, detail).field("host_id").status(409));
            }
        }
        let before = self.project(&asked.project_id).await?;
        let mut statements = sweep::assign(&asked.project_id, asked.host_id, now);
        let detail = match asked.host_id {
            Some(host) => format!("{} to {host}", asked.project_id),
            None => format!("{} to no host", asked.project_id),
        };
        statements.push(self.audit(caller, "projects/assign", None, &detail));
        db.batch(statements).await?;
        let old = before.and_then(|project| project.host_id);
        for host in [old, asked.host_id].into_iter().flatten() {
            let _ = self.world.ask_host(host, host_do::Command::Wake { host }).await;
        }
        let project = self.project(&asked.project_id).await?;
        let project = project.ok_or_else(|| no_project(&asked.project_id))?;
        Ok(Reply::json(200, &project))
    }

    async fn project(&self, project: &ProjectId) -> Result<Option<ProjectRecord>, Failure> {
        let statement = "SELECT project_id, host_id, assigned_at FROM projects WHERE project_id = ?1";
        Ok(self.world.db().row(sql!(statement, project)).await?)
    }

    /// `GET projects/{id}`. Allowed to those who may write the project, and to the host that has it; to others it does not
    /// exist.
    pub(super) async fn get_project(&self, caller: &Caller, id: &str) -> Result<Reply, Failure> {
        let decoded = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
        let project: ProjectId =
            decoded.parse().map_err(|error| invalid("project_id", format!("{error}.")))?;
        let row = self.project(&project).await?;
        let row = row.filter(|row| match caller {
            Caller::Host(host) => row.host_id == Some(*host),
            _ => caller.may_write(&project),
        });
        Ok(Reply::json(200, &row.ok_or_else(|| no_project(&project))?))
    }
}

fn no_project(project: &ProjectId) -> Failure {
    Failure::new(
        ErrorCode::ProjectNotFound,
        format!("No host has ever had the project `{project}`, or you may not know."),
    )
}

/// The longest word of a host about a job: a sentence or three, and a path.
const WORDS_CHARS_MAX: usize = 2_000;

/// So many omissions are named; the result's files tell the rest.
const LEFT_OUT_MAX: usize = 20;

/// Each in so many words: results are kept with the share's events.
const LEFT_OUT_CHARS_MAX: usize = 300;

/// Cuts a host's words to what is kept and shown.
fn cut(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

fn check_status(status: JobStatus) -> JobStatus {
    match status {
        JobStatus::Failed { error, retry } => {
            let hint = error.hint.map(|hint| cut(&hint, WORDS_CHARS_MAX));
            let error =
                JobError { code: cut(&error.code, 64), message: cut(&error.message, WORDS_CHARS_MAX), hint };
            JobStatus::Failed { error, retry }
        }
        JobStatus::Succeeded(result) => JobStatus::Succeeded(JobResult {
            left_out: result
                .left_out
                .iter()
                .take(LEFT_OUT_MAX)
                .map(|text| cut(text, LEFT_OUT_CHARS_MAX))
                .collect(),
            path: result.path.map(|path| cut(&path, PATH_BYTES_MAX)),
            ..result
        }),
        other => other,
    }
}

/// A report's texts are kept and shown, so they are bounded: what the host is is refused when it is wrong, its words about jobs
/// are cut.
pub(crate) fn check_report(report: HostReport) -> Result<HostReport, Failure> {
    if report.boot_id.is_empty() || report.boot_id.len() > 64 || report.boot_id.chars().any(char::is_control)
    {
        return Err(invalid("boot_id", "It has 1 to 64 bytes, and no control characters."));
    }
    if report.projects.len() > 1000 {
        return Err(invalid("projects", "At most 1,000 projects are reported."));
    }
    if report.jobs.len() > 200 {
        return Err(invalid("jobs", "At most 200 jobs are reported."));
    }
    let jobs =
        report.jobs.into_iter().map(|job| JobReport { status: check_status(job.status), ..job }).collect();
    let version = line("version", Some(report.version), 64)?.unwrap_or_default();
    Ok(HostReport { version, jobs, ..report })
}
