//! Changing shares: what readers see and may do, and whether there is anything at all.
//!
//! The share's keeper writes `meta.json` first, because that is what readers meet; then the row. When the second fails, the
//! keeper brings the row up to it a little later, and the same request again does so at once.

use super::super::caller::Caller;
use super::super::world::World;
use super::super::{Control, invalid, line, several_lines};
use super::create::{access, human, path, slug_taken, take_slug, title};
use super::row::{ShareRow, refuse_deleted};
use crate::database::{Database as _, Statement, read, sql};
use crate::failure::Failure;
use crate::jobs::request::cancel;
use crate::reply::Reply;
use crate::share_do::change::Change;
use crate::share_do::{Answer, Command};
use serde::Deserialize;
use vitrine_protocol::api::{NameShare, SetIndexing, SuspendShare, UpdateShare};
use vitrine_protocol::limits::{DESCRIPTION_MAX, LICENSE_MAX};
use vitrine_protocol::{ErrorCode, Handle, JobId, Meta, ShareId, State};

/// Ends the copies of a share when who may read it has changed: nobody asks those who wanted them again.
fn end_copies(share: ShareId, now: i64) -> [Statement; 2] {
    [
        sql!(
            "UPDATE jobs SET state = 'canceled', cancel_requested = ?2, finished_at = ?2 \
             WHERE share_id = ?1 AND kind = 'copy' AND state = 'queued'",
            share,
            now,
        ),
        sql!(
            "UPDATE jobs SET cancel_requested = ?2 \
             WHERE share_id = ?1 AND kind = 'copy' AND state = 'running' AND cancel_requested = 0",
            share,
            now,
        ),
    ]
}

impl<W: World> Control<'_, W> {
    /// `POST shares/update`. Allowed to those who may write the share's project; 409 `share_deleted`, `slug_taken`.
    pub(in crate::control) async fn update_share(
        &self,
        caller: &Caller,
        asked: UpdateShare,
    ) -> Result<Reply, Failure> {
        let row = self.own_share(caller, asked.share_id).await?;
        refuse_deleted(&row, "Restore it first.")?;
        let owner = asked.owner.or_else(|| asked.slug.as_ref().and(row.owner.clone()));
        let named = human(caller, owner, asked.slug)?;
        let path = asked.path.as_deref().map(path).transpose()?.map(|path| path.to_string());
        let change = Change {
            title: title(asked.title)?,
            description: several_lines("description", asked.description, DESCRIPTION_MAX)?,
            license: line("license", asked.license, LICENSE_MAX)?,
            access: match (asked.scope, asked.org_id) {
                (Some(scope), org) => Some(access(scope, org)?),
                (None, Some(org)) => Some(access(row.scope, Some(org))?),
                (None, None) => None,
            },
            named: named.clone(),
            revoke_tokens: asked.revoke_tokens,
            ..Change::default()
        };
        let is_about_readers = change.is_about_readers();
        if let Some((owner, slug)) = &named {
            self.name_share(asked.share_id, owner, slug).await?;
        }
        let meta = self.change_share(asked.share_id, change).await?;
        let (owner, slug) = named.as_ref().map(|(owner, slug)| (owner, slug)).unzip();
        let more = sql!(
            "UPDATE shares SET path = COALESCE(?2, path), owner = COALESCE(?3, owner), slug = COALESCE(?4, slug) \
             WHERE share_id = ?1",
            asked.share_id,
            path.as_deref(),
            owner,
            slug,
        );
        let mut statements = vec![more];
        // A publish that waits takes the path of now: the old one may be what somebody has just taken back. One that runs is
        // refused when it begins with the old one (`publish/begin`), and tried again.
        statements.extend(path.as_deref().map(|path| {
            sql!(
                "UPDATE jobs SET work = json_set(work, '$.publish.path', ?2) \
                 WHERE share_id = ?1 AND kind = 'publish' AND state = 'queued'",
                asked.share_id,
                path,
            )
        }));
        if is_about_readers {
            statements.extend(end_copies(asked.share_id, self.world.now_ms()));
        }
        let detail = if asked.revoke_tokens { "tokens revoked" } else { "" };
        self.settle(caller, "shares/update", &meta, statements, detail).await
    }

    /// `POST shares/indexing`. Allowed as `update`.
    pub(in crate::control) async fn set_indexing(
        &self,
        caller: &Caller,
        asked: SetIndexing,
    ) -> Result<Reply, Failure> {
        let row = self.own_share(caller, asked.share_id).await?;
        refuse_deleted(&row, "Restore it first.")?;
        let change = Change { indexing_opt_in: Some(asked.indexing_opt_in), ..Change::default() };
        let meta = self.change_share(asked.share_id, change).await?;
        let detail = if asked.indexing_opt_in { "in" } else { "out" };
        self.settle(caller, "shares/indexing", &meta, vec![], detail).await
    }

    /// `POST shares/delete`. Allowed as `update`. Its publishes are canceled. Deleting again changes nothing.
    pub(in crate::control) async fn delete_share(
        &self,
        caller: &Caller,
        asked: NameShare,
    ) -> Result<Reply, Failure> {
        #[derive(Deserialize)]
        struct Open {
            job_id: JobId,
        }
        let row = self.own_share(caller, asked.share_id).await?;
        if row.collected_at.is_some() {
            return Ok(Reply::json(200, &row.record(self)));
        }
        let change = Change { state: Some(State::Deleted), ..Change::default() };
        let meta = self.change_share(asked.share_id, change).await?;
        let open = "SELECT job_id FROM jobs WHERE share_id = ?1 AND kind = 'publish' AND state IN ('queued', 'running')";
        for Open { job_id } in self.world.db().rows::<Open>(sql!(open, asked.share_id)).await? {
            let row = cancel(self.world.db(), job_id, None, self.world.now_ms()).await?;
            self.after_job(row.as_ref()).await;
        }
        let at = sql!(
            "UPDATE shares SET deleted_at = COALESCE(deleted_at, ?2) WHERE share_id = ?1",
            asked.share_id,
            self.world.now_ms(),
        );
        let mut statements = vec![at];
        statements.extend(end_copies(asked.share_id, self.world.now_ms()));
        self.settle(caller, "shares/delete", &meta, statements, "").await
    }

    /// `POST shares/restore`. Allowed as `update`; 409 `share_collected` when the content is going, or gone. A share that was
    /// withheld is so again.
    pub(in crate::control) async fn restore_share(
        &self,
        caller: &Caller,
        asked: NameShare,
    ) -> Result<Reply, Failure> {
        let row = self.own_share(caller, asked.share_id).await?;
        if row.collected_at.is_some() {
            return Err(Failure::new(ErrorCode::ShareCollected, "Create a share anew, and publish to it."));
        }
        if row.state != State::Deleted {
            return Ok(Reply::json(200, &row.record(self)));
        }
        // What an operator said before the object kept it stands in the row alone.
        let suspended = row.suspended.then_some(true);
        let change = Change { state: Some(State::Active), suspended, ..Change::default() };
        let meta = self.change_share(asked.share_id, change).await?;
        let at = sql!("UPDATE shares SET deleted_at = NULL WHERE share_id = ?1", asked.share_id);
        self.settle(caller, "shares/restore", &meta, vec![at], "").await
    }

    /// `POST admin/suspend`. Allowed to operators. Of a deleted share it is only noted: it is withheld when it comes back.
    pub(in crate::control) async fn suspend_share(
        &self,
        caller: &Caller,
        asked: SuspendShare,
    ) -> Result<Reply, Failure> {
        self.own_share(caller, asked.share_id).await?;
        // The object first: it keeps what is said before it writes, so that no other change undoes it, and its alarm does what
        // fails here. The record follows what is so.
        let change = Change { suspended: Some(asked.suspended), ..Change::default() };
        let meta = self.change_share(asked.share_id, change).await?;
        let noted =
            sql!("UPDATE shares SET suspended = ?2 WHERE share_id = ?1", asked.share_id, asked.suspended);
        let mut statements = vec![noted];
        statements.extend(end_copies(asked.share_id, self.world.now_ms()));
        let detail = format!("{}: {}", if asked.suspended { "withheld" } else { "served" }, asked.reason);
        self.settle(caller, "admin/suspend", &meta, statements, &detail).await
    }

    /// Takes a slug for the share; one that it has, or had, is its own.
    async fn name_share(&self, share: ShareId, owner: &Handle, slug: &Handle) -> Result<(), Failure> {
        #[derive(Deserialize)]
        struct Named {
            share_id: ShareId,
        }
        let mut take = take_slug(owner, slug, share, self.world.now_ms());
        take.sql.push_str(" ON CONFLICT (owner, slug) DO NOTHING");
        let look = sql!("SELECT share_id FROM slugs WHERE owner = ?1 AND slug = ?2", owner, slug);
        let mut answers = self.world.db().batch(vec![take, look]).await?;
        let named = answers.pop().unwrap_or_default().pop().map(read::<Named>).transpose()?;
        if named.is_some_and(|named| named.share_id == share) { Ok(()) } else { Err(slug_taken()) }
    }

    async fn change_share(&self, share: ShareId, change: Change) -> Result<Meta, Failure> {
        let answer = self.world.ask_share(share, Command::Change(Box::new(change))).await?;
        self.world.forget(share);
        match answer {
            Answer::Changed(meta) => Ok(*meta),
            _ => Err(Failure::new(ErrorCode::Internal, "The share's keeper answered another question.")),
        }
    }

    /// Writes into the row what the keeper has written, records it, and answers with the row.
    async fn settle(
        &self,
        caller: &Caller,
        call: &str,
        meta: &Meta,
        more: Vec<Statement>,
        detail: &str,
    ) -> Result<Reply, Failure> {
        let share = meta.share_id;
        let mut statements =
            vec![super::listing::of_meta(meta), self.audit(caller, call, Some(share), detail)];
        statements.extend(more);
        statements.push(sql!("SELECT * FROM shares WHERE share_id = ?1", share));
        let row = self.world.db().batch(statements).await?.pop().unwrap_or_default().pop();
        let row: ShareRow =
            row.map(read).transpose()?.ok_or_else(|| invalid("share_id", "The share's row is gone."))?;
        Ok(Reply::json(200, &row.record(self)))
    }
}
