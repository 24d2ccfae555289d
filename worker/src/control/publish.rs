//! The publish calls: they check that the caller may publish the share, and pass on to its keeper.

use super::Control;
use super::caller::{Caller, forbidden};
use super::shares::listing::{of_latest, of_record};
use super::shares::row::{ShareRow, no_share, refuse_deleted};
use super::world::World;
use crate::database::{Database as _, sql};
use crate::failure::Failure;
use crate::jobs::{JobRow, held};
use crate::metrics;
use crate::reply::Reply;
use crate::share_do::events::Message;
use crate::share_do::{Answer, Command};
use vitrine_protocol::api::{
    AbortPublish, Aborted, BeginPublish, CommitPublish, Committed, Happening, JobAttempt, PublishProgress,
    RenewPublish, Renewed, StorageAccess, Ticket, Work,
};
use vitrine_protocol::limits::LEASE_MS;
use vitrine_protocol::{ErrorCode, HostId, ShareId};

/// A holder's name is shown to whom it keeps waiting; longer ones are cut.
const HOLDER_CHARS_MAX: usize = 100;

impl<W: World> Control<'_, W> {
    /// `POST publish/begin`. Allowed to those who may write the share's project, and to the host that has the project and runs
    /// the job it names; 409 `lease_held` while another publishes, `job_lost` when the job is another attempt's.
    pub(super) async fn begin_publish(&self, caller: &Caller, asked: BeginPublish) -> Result<Reply, Failure> {
        let row = self.publishable(caller, asked.share_id).await?;
        if let Caller::Host(host) = caller {
            let job = asked.job.ok_or_else(|| {
                forbidden("A host publishes when it was asked to, and names the job.").field("job")
            })?;
            self.runs(*host, job, &row).await?;
        }
        let holder = asked.holder.chars().filter(|c| !c.is_control()).take(HOLDER_CHARS_MAX).collect();
        let command = Command::Begin { holder, nonce: asked.nonce };
        let Answer::Granted { epoch, expires_at, base } =
            self.world.ask_share(asked.share_id, command).await?
        else {
            return Err(unexpected());
        };
        self.record(caller, "publish/begin", Some(asked.share_id), &format!("epoch {epoch}")).await?;
        let ticket = Ticket {
            share_id: asked.share_id,
            epoch,
            expires_at,
            expires_in_ms: LEASE_MS,
            base,
            storage: self.storage_access(asked.share_id)?,
            scope: row.scope,
            indexing_opt_in: row.indexing_opt_in,
            root_path: row.path,
            url: self.share_url(asked.share_id),
        };
        Ok(Reply::json(200, &ticket))
    }

    /// `POST publish/renew`. Allowed as `begin`, without a job; 409 `lease_lost` for an epoch that is over.
    pub(super) async fn renew_publish(&self, caller: &Caller, asked: RenewPublish) -> Result<Reply, Failure> {
        self.publishable(caller, asked.share_id).await?;
        self.still_asked_for(caller, asked.share_id, true).await?;
        let answer = self.world.ask_share(asked.share_id, Command::Renew { epoch: asked.epoch }).await?;
        let Answer::Renewed { expires_at } = answer else { return Err(unexpected()) };
        let storage = self.storage_access(asked.share_id)?;
        Ok(Reply::json(200, &Renewed { expires_at, expires_in_ms: LEASE_MS, storage }))
    }

    /// `POST publish/progress`. Allowed as `begin`; a host for the job that it runs. Not audited: it changes nothing.
    pub(super) async fn publish_progressed(
        &self,
        caller: &Caller,
        asked: PublishProgress,
    ) -> Result<Reply, Failure> {
        match (caller, asked.job_id) {
            (Caller::Host(host), Some(job)) => {
                let job = held(self.world.db(), *host, job, asked.attempt).await?;
                if job.is_none_or(|job| !job.publishes(asked.share_id)) {
                    return Err(Failure::new(ErrorCode::JobLost, "Stop working on it."));
                }
            }
            (Caller::Host(_), None) => return Err(forbidden("A host names the job.").field("job_id")),
            (_, _) => drop(self.publishable(caller, asked.share_id).await?),
        }
        let message = Message::new(&Happening::Progress(asked));
        self.world.ask_share(asked.share_id, Command::Progressed { job: asked.job_id, message }).await?;
        Ok(Reply::json(200, &serde_json::json!({})))
    }

    /// `POST publish/commit`. Allowed as `renew`; the steps and their errors are `share_do::commit`'s.
    pub(super) async fn commit_publish(
        &self,
        caller: &Caller,
        asked: CommitPublish,
    ) -> Result<Reply, Failure> {
        self.publishable(caller, asked.share_id).await?;
        self.still_asked_for(caller, asked.share_id, false).await?;
        // Named after the snapshot: a commit whose reply was lost is asked for again, and recorded once.
        let manifest = asked.manifest_id.to_string();
        let mut record = self.record_for(caller, "publish/commit", &manifest)?;
        record.id = format!("{} {manifest}", asked.share_id);
        let command = Command::Commit { wanted: asked, record: Some(record.clone()) };
        let committed = self.world.ask_share(asked.share_id, command).await;
        // A host's failures are counted when its job fails for good.
        if let (Err(failure), Caller::User(_)) = (&committed, caller) {
            metrics::publish_failed_by(&failure.problem.code);
        }
        let Answer::Committed { latest, took_ms } = committed? else { return Err(unexpected()) };
        if let Some(took_ms) = took_ms {
            metrics::publish_finished(took_ms, latest.size_bytes);
        }
        // Other isolates believe the old one for some seconds more.
        self.world.forget(asked.share_id);
        let mut statements = of_record(asked.share_id, &record);
        statements.push(of_latest(&latest));
        self.world.db().batch(statements).await?;
        Ok(Reply::json(200, &Committed { latest, url: self.share_url(asked.share_id) }))
    }

    /// `POST publish/abort`. Allowed as `renew`.
    pub(super) async fn abort_publish(&self, caller: &Caller, asked: AbortPublish) -> Result<Reply, Failure> {
        self.publishable(caller, asked.share_id).await?;
        self.still_asked_for(caller, asked.share_id, false).await?;
        let answer = self.world.ask_share(asked.share_id, Command::Abort { epoch: asked.epoch }).await?;
        let Answer::Aborted { released } = answer else { return Err(unexpected()) };
        if released {
            self.record(caller, "publish/abort", Some(asked.share_id), &format!("epoch {}", asked.epoch))
                .await?;
        }
        Ok(Reply::json(200, &Aborted { released }))
    }

    /// The share, when the caller may publish it. A share of a project that the caller may not write looks like one that
    /// does not exist, unless it is deleted and the caller's own.
    async fn publishable(&self, caller: &Caller, share: ShareId) -> Result<ShareRow, Failure> {
        let row = match caller {
            Caller::Host(host) => self.share_of_host(*host, share).await?,
            _ => self.own_share(caller, share).await?,
        };
        refuse_deleted(&row, "Nothing can be published to it.")?;
        Ok(row)
    }

    /// The host runs that publish of the share, and of the folder that the share is now: what was changed since the job was handed
    /// out is done by its next attempt.
    async fn runs(&self, host: HostId, job: JobAttempt, share: &ShareRow) -> Result<(), Failure> {
        let running = held(self.world.db(), host, job.job_id, job.attempt).await?;
        let running = running.filter(|running| running.publishes(share.share_id) && !running.is_canceled());
        let running = running.ok_or_else(|| Failure::new(ErrorCode::JobLost, "Stop working on it."))?;
        if matches!(&running.work, Some(Work::Publish { path, .. }) if *path == share.path) {
            return Ok(());
        }
        let follow = "UPDATE jobs SET work = json_set(work, '$.publish.path', ?2) WHERE job_id = ?1";
        self.world.db().run(sql!(follow, job.job_id, share.path.as_str())).await?;
        Err(Failure::new(
            ErrorCode::BaseChanged,
            "The share is of another folder since the job was handed out.",
        ))
    }

    /// A host acts under the lease of a publish that it runs, and under nobody else's: epochs are small numbers. What it was asked
    /// to stop gets no more time.
    async fn still_asked_for(&self, caller: &Caller, share: ShareId, lengthens: bool) -> Result<(), Failure> {
        let Caller::Host(host) = caller else { return Ok(()) };
        let statement = "SELECT * FROM jobs WHERE share_id = ?1 AND host_id = ?2 AND kind = 'publish' AND state = 'running'";
        let job: Option<JobRow> = self.world.db().row(sql!(statement, share, *host)).await?;
        let ok = job.is_some_and(|job| !(lengthens && job.is_canceled()));
        if ok { Ok(()) } else { Err(Failure::new(ErrorCode::JobLost, "Stop working on it.")) }
    }

    /// The share, when the map says that its project is the host's.
    async fn share_of_host(&self, host: HostId, share: ShareId) -> Result<ShareRow, Failure> {
        let statement = "SELECT shares.*, projects.host_id AS host_id FROM shares \
                         LEFT JOIN projects ON projects.project_id = shares.project_id WHERE share_id = ?1";
        let mapped: Option<ShareRow> = self.world.db().row(sql!(statement, share)).await?;
        let mapped = mapped.filter(|mapped| mapped.host_id == Some(host));
        mapped.ok_or_else(|| no_share(share))
    }

    /// Where to write, and with what: credentials for this share alone (`credentials`).
    fn storage_access(&self, share: ShareId) -> Result<StorageAccess, Failure> {
        let config = self.world.config();
        let region = config
            .regions
            .get(&share.region())
            .ok_or_else(|| Failure::new(ErrorCode::Internal, "The share's region is not configured."))?;
        Ok(config.s3.access(share, &region.bucket, self.world.now_ms() / 1000))
    }
}

fn unexpected() -> Failure {
    Failure::new(ErrorCode::Internal, "The share's lease keeper gave an answer to another question.")
}
