//! Jobs: asking a project's host to publish or to copy, looking, cancelling. What becomes of them is `jobs`' to decide.

use super::caller::{Caller, forbidden};
use super::query::Query;
use super::shares::row::refuse_deleted;
use super::world::World;
use super::{Control, fingerprint, invalid, line};
use crate::database::{Database as _, sql};
use crate::failure::Failure;
use crate::jobs::request::{NewJob, by_key, cancel, request};
use crate::jobs::{JobRow, find};
use crate::reply::Reply;
use crate::share_do::events::Message;
use crate::{host_do, share_do};
use serde::Deserialize;
use vitrine_protocol::api::{
    CancelJob, CopyShare, Happening, JobKind, JobState, PublishShare, RepublishShare, Work,
};
use vitrine_protocol::limits::{KEY_BYTES_MAX, PATH_BYTES_MAX};
use vitrine_protocol::{EntryPath, ErrorCode, HostId, JobId, ProjectId, ShareId};

impl<W: World> Control<'_, W> {
    /// `POST shares/publish`. Allowed to those who may write the share's project. 202 with the job: a new one, or the one that
    /// waits already; 409 `project_unassigned` when the project has no host.
    pub(super) async fn publish_share(&self, caller: &Caller, asked: PublishShare) -> Result<Reply, Failure> {
        let hash = fingerprint(&asked);
        let row = self.own_share(caller, asked.share_id).await?;
        refuse_deleted(&row, "Nothing can be published to it.")?;
        let work = Work::Publish { path: row.path, checksum: asked.checksum, ignore_base: false };
        let job = (row.share_id, row.project_id, work, asked.idempotency_key, hash);
        self.ask_for(caller, "shares/publish", job).await
    }

    /// `POST admin/republish`. Allowed to operators; else as `publish`.
    pub(super) async fn republish_share(
        &self,
        caller: &Caller,
        asked: RepublishShare,
    ) -> Result<Reply, Failure> {
        let hash = fingerprint(&asked);
        let row = self.own_share(caller, asked.share_id).await?;
        refuse_deleted(&row, "Nothing can be published to it.")?;
        let work = Work::Publish { path: row.path, checksum: true, ignore_base: true };
        let job = (row.share_id, row.project_id, work, asked.idempotency_key, hash);
        self.ask_for(caller, "admin/republish", job).await
    }

    /// `POST shares/copy`. Allowed to those who may read the share and write the target project.
    ///
    /// 400 without `trust_acknowledged`; 404 `not_published` when there is nothing to copy; else as `publish`.
    pub(super) async fn copy_share(&self, caller: &Caller, asked: CopyShare) -> Result<Reply, Failure> {
        let hash = fingerprint(&asked);
        if !asked.trust_acknowledged {
            let detail = "The files are somebody else's, and may run when they are opened: say that whoever asks knows.";
            return Err(invalid("trust_acknowledged", detail));
        }
        if !caller.may_write(&asked.project_id) {
            return Err(forbidden(format!("The token may not write the project `{}`.", asked.project_id)));
        }
        let path = path("path", &asked.path)?;
        let target_path =
            asked.target_path.as_deref().map(|text| self::path("target_path", text)).transpose()?;
        let row = self.readable_share(caller, asked.share_id).await?;
        let manifest_id = row
            .manifest_id
            .ok_or_else(|| Failure::new(ErrorCode::NotPublished, "There is nothing to copy."))?;
        let work = Work::Copy { manifest_id, path, target_path, title: row.title, scope: row.scope };
        let job = (row.share_id, asked.project_id, work, asked.idempotency_key, hash);
        self.ask_for(caller, "shares/copy", job).await
    }

    async fn ask_for(
        &self,
        caller: &Caller,
        call: &str,
        (share_id, project_id, work, key, request_hash): (ShareId, ProjectId, Work, Option<String>, String),
    ) -> Result<Reply, Failure> {
        let (db, now) = (self.world.db(), self.world.now_ms());
        let idempotency_key = line("idempotency_key", key, KEY_BYTES_MAX)?;
        let request_hash = format!("{call} {request_hash}");
        // Before the host is asked for: what has been answered once is answered the same, whoever has the project now.
        if let Some(job) = by_key(db, &project_id, idempotency_key.as_deref(), &request_hash).await? {
            return Ok(Reply::json(202, &job.record()));
        }
        let new = NewJob {
            job_id: JobId::from_parts(u64::try_from(now).unwrap_or(0), self.world.random()?),
            share_id,
            host_id: self.host_of(&project_id).await?,
            project_id,
            work,
            created_by: caller.name(),
            idempotency_key,
            request_hash,
        };
        let audit = self.audit(caller, call, Some(share_id), &new.job_id.to_string());
        let (job, is_new) = request(db, &new, Some(&audit), now).await?;
        // A job that nobody wakes its host for is found at the host's next report.
        if is_new {
            self.after_job(Some(&job)).await;
        }
        Ok(Reply::json(202, &job.record()))
    }

    /// The host that has the project.
    pub(super) async fn host_of(&self, project: &ProjectId) -> Result<HostId, Failure> {
        #[derive(Deserialize)]
        struct Map {
            host_id: Option<HostId>,
        }
        let map: Option<Map> =
            self.world.db().row(sql!("SELECT host_id FROM projects WHERE project_id = ?1", project)).await?;
        map.and_then(|map| map.host_id).ok_or_else(|| {
            Failure::new(ErrorCode::ProjectUnassigned, format!("No host has the project `{project}`."))
                .hint("Assign it with `projects/assign`, or publish from where the files are with `vitrine publish`.")
        })
    }

    /// Tells those who should know at once: the host, and those who watch. Both can do without.
    pub(super) async fn after_job(&self, job: Option<&JobRow>) {
        let Some(job) = job else { return };
        if job.kind == JobKind::Publish {
            self.tell_watchers(job).await;
        }
        if let (Some(host), false) = (job.host_id, job.state.is_final()) {
            let _ = self.world.ask_host(host, host_do::Command::Wake { host }).await;
        }
    }

    /// Tells those who watch the share. A copy is the business of whoever asked for it, and no event of the share.
    async fn tell_watchers(&self, job: &JobRow) {
        let happened = vec![Message::new(&Happening::Job(Box::new(job.clone().record())))];
        let _ = self.world.ask_share(job.share_id, share_do::Command::Happened(happened)).await;
    }

    /// `GET shares/status`. Allowed to those who may write the job's project.
    pub(super) async fn job_status(&self, caller: &Caller, query: &Query) -> Result<Reply, Failure> {
        let job: JobId = query.parse("job")?.ok_or_else(|| invalid("job", "Say which job."))?;
        Ok(Reply::json(200, &self.own_job(caller, job).await?.record()))
    }

    /// `POST shares/cancel`. Allowed as `status`. A job that has ended stays as it is.
    pub(super) async fn cancel_job(&self, caller: &Caller, asked: CancelJob) -> Result<Reply, Failure> {
        let before = self.own_job(caller, asked.job_id).await?;
        let audit = self.audit(caller, "shares/cancel", Some(before.share_id), &asked.job_id.to_string());
        let row = cancel(self.world.db(), asked.job_id, Some(&audit), self.world.now_ms()).await?;
        let row = row.ok_or_else(|| no_job(asked.job_id))?;
        if row.state == JobState::Canceled || row.is_canceled() {
            self.after_job(Some(&row)).await;
        }
        Ok(Reply::json(200, &row.record()))
    }

    async fn own_job(&self, caller: &Caller, job: JobId) -> Result<JobRow, Failure> {
        let row = find(self.world.db(), job).await?;
        row.filter(|row| caller.may_write(&row.project_id)).ok_or_else(|| no_job(job))
    }
}

fn no_job(job: JobId) -> Failure {
    Failure::new(ErrorCode::JobNotFound, format!("There is no job `{job}` that this token may know of."))
}

fn path(field: &str, text: &str) -> Result<String, Failure> {
    if text.len() > PATH_BYTES_MAX {
        return Err(invalid(field, format!("It has more than {PATH_BYTES_MAX} bytes.")));
    }
    EntryPath::parse(text)
        .map(|path| path.to_string())
        .map_err(|error| invalid(field, format!("The path is not valid: {error}.")))
}
