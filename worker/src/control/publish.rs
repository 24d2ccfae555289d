//! The publish calls: they check that the caller may write the share's project, and pass on to its Durable Object.

use super::Control;
use super::db::{Db, ShareRow};
use crate::edge::{ask_share, now_ms, with_memory};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::share_do::{Answer, Command};
use vitrine_protocol::api::{
    AbortPublish, Aborted, BeginPublish, CommitPublish, Committed, RenewPublish, Renewed, StorageAccess,
    Ticket,
};
use vitrine_protocol::limits::LEASE_MS;
use vitrine_protocol::token::ApiClaims;
use vitrine_protocol::{ErrorCode, ShareId, State};

/// A holder's name is shown to whom it keeps waiting; longer ones are cut.
const HOLDER_CHARS_MAX: usize = 100;

impl Control<'_> {
    /// `POST publish/begin`. Allowed to those who may write the share's project; 409 `lease_held` while another publishes.
    pub(super) async fn begin_publish(
        &self,
        caller: &ApiClaims,
        asked: BeginPublish,
    ) -> Result<Reply, Failure> {
        let row = self.writable(caller, asked.share_id).await?;
        let holder = asked.holder.chars().filter(|c| !c.is_control()).take(HOLDER_CHARS_MAX).collect();
        let command = Command::Begin { share_id: asked.share_id, holder, nonce: asked.nonce };
        let Answer::Granted { epoch, expires_at, base } =
            ask_share(self.env, asked.share_id, &command).await?
        else {
            return Err(unexpected());
        };
        Db::open(self.env)?
            .audit(&caller.sub, "publish/begin", asked.share_id, &format!("epoch {epoch}"))
            .await?;
        Ok(Reply::json(
            200,
            &Ticket {
                share_id: asked.share_id,
                epoch,
                expires_at,
                expires_in_ms: LEASE_MS,
                base,
                storage: self.storage_access(asked.share_id)?,
                scope: row.scope(),
                indexing_opt_in: row.indexing_opt_in(),
                root_path: row.path.clone(),
                url: self.share_url(asked.share_id),
            },
        ))
    }

    /// `POST publish/renew`. Allowed as `begin`; 409 `lease_lost` for an epoch that is over.
    pub(super) async fn renew_publish(
        &self,
        caller: &ApiClaims,
        asked: RenewPublish,
    ) -> Result<Reply, Failure> {
        self.writable(caller, asked.share_id).await?;
        let answer = ask_share(self.env, asked.share_id, &Command::Renew { epoch: asked.epoch }).await?;
        let Answer::Renewed { expires_at } = answer else { return Err(unexpected()) };
        let storage = self.storage_access(asked.share_id)?;
        Ok(Reply::json(200, &Renewed { expires_at, expires_in_ms: LEASE_MS, storage }))
    }

    /// `POST publish/commit`. Allowed as `begin`; the steps and their errors are `share_do::commit`'s.
    pub(super) async fn commit_publish(
        &self,
        caller: &ApiClaims,
        asked: CommitPublish,
    ) -> Result<Reply, Failure> {
        self.writable(caller, asked.share_id).await?;
        let answer = ask_share(self.env, asked.share_id, &Command::Commit(asked)).await?;
        let Answer::Committed(latest) = answer else { return Err(unexpected()) };
        // Other isolates believe the old one for some seconds more.
        with_memory(|memory| memory.forget_latest(asked.share_id));
        let db = Db::open(self.env)?;
        db.set_latest(&latest).await?;
        db.audit(&caller.sub, "publish/commit", asked.share_id, &latest.manifest_id.to_string()).await?;
        Ok(Reply::json(200, &Committed { latest, url: self.share_url(asked.share_id) }))
    }

    /// `POST publish/abort`. Allowed as `begin`.
    pub(super) async fn abort_publish(
        &self,
        caller: &ApiClaims,
        asked: AbortPublish,
    ) -> Result<Reply, Failure> {
        self.writable(caller, asked.share_id).await?;
        let answer = ask_share(self.env, asked.share_id, &Command::Abort { epoch: asked.epoch }).await?;
        let Answer::Aborted { released } = answer else { return Err(unexpected()) };
        if released {
            Db::open(self.env)?
                .audit(&caller.sub, "publish/abort", asked.share_id, &format!("epoch {}", asked.epoch))
                .await?;
        }
        Ok(Reply::json(200, &Aborted { released }))
    }

    /// The share, when the caller may publish it. A share of a project that the caller may not write looks like one that
    /// does not exist, unless it is deleted and the caller's own.
    async fn writable(&self, caller: &ApiClaims, share: ShareId) -> Result<ShareRow, Failure> {
        let row = Db::open(self.env)?.share(share).await?;
        let row = row.filter(|row| caller.may_write(row.project_id.as_str())).ok_or_else(|| {
            Failure::new(
                ErrorCode::ShareNotFound,
                format!("There is no share `{share}` that this token may publish."),
            )
            .hint("Check the id, or use a token of the project that owns the share.")
        })?;
        if row.state() == State::Deleted {
            return Err(Failure::new(ErrorCode::ShareDeleted, "Nothing can be published to it."));
        }
        Ok(row)
    }

    /// Fresh credentials for the share's blobs and manifests; see `crate::credentials`.
    fn storage_access(&self, share: ShareId) -> Result<StorageAccess, Failure> {
        let region = self
            .config
            .regions
            .get(&share.region())
            .ok_or_else(|| Failure::new(ErrorCode::Internal, "The share's region is not configured."))?;
        Ok(self.config.s3.access(share, &region.bucket, now_ms() / 1000))
    }
}

fn unexpected() -> Failure {
    Failure::new(ErrorCode::Internal, "The share's lease keeper gave an answer to another question.")
}
