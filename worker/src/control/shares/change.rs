//! Changing shares: what readers see and may do, and whether there is anything at all.
//!
//! The share's keeper writes `meta.json` first, because that is what readers meet, and keeps the record of the change with it; then
//! the row and the audit are written. Whoever fails in between leaves nothing behind that the keeper does not write a little later.

use super::super::caller::Caller;
use super::super::world::World;
use super::super::{Control, invalid, line, several_lines};
use super::create::{access, human, path, slug_taken, take_slug, title};
use super::listing::{of_record, of_standing, paths_of_jobs};
use super::row::{ShareRow, refuse_deleted};
use crate::database::{Database as _, read, sql};
use crate::failure::Failure;
use crate::jobs::request::cancel;
use crate::reply::Reply;
use crate::share_do::change::Change;
use crate::share_do::changes::Standing;
use crate::share_do::record::Record;
use crate::share_do::{Answer, Command};
use serde::Deserialize;
use vitrine_protocol::api::{NameShare, SetIndexing, SuspendShare, UpdateShare};
use vitrine_protocol::limits::{DESCRIPTION_MAX, LICENSE_MAX};
use vitrine_protocol::{ErrorCode, Handle, JobId, ShareId, State};

/// A change that the keeper has made.
struct Done {
    standing: Standing,
    record: Record,
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
        let detail = if asked.revoke_tokens { "tokens revoked" } else { "" };
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
            path: asked.path.as_deref().map(path).transpose()?.map(|path| path.to_string()),
            revoke_tokens: asked.revoke_tokens,
            ..Change::default()
        };
        if let Some((owner, slug)) = &named {
            self.name_share(asked.share_id, owner, slug).await?;
        }
        let done = self.change_share(caller, "shares/update", detail, asked.share_id, change).await?;
        self.settle(&done).await
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
        let detail = if asked.indexing_opt_in { "in" } else { "out" };
        let done = self.change_share(caller, "shares/indexing", detail, asked.share_id, change).await?;
        self.settle(&done).await
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
        let done = self.change_share(caller, "shares/delete", "", asked.share_id, change).await?;
        let open = "SELECT job_id FROM jobs WHERE share_id = ?1 AND kind = 'publish' AND state IN ('queued', 'running')";
        for Open { job_id } in self.world.db().rows::<Open>(sql!(open, asked.share_id)).await? {
            let row = cancel(self.world.db(), job_id, None, self.world.now_ms()).await?;
            self.after_job(row.as_ref()).await;
        }
        self.settle(&done).await
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
        let change = Change { state: Some(State::Active), was_withheld: row.suspended, ..Change::default() };
        let done = self.change_share(caller, "shares/restore", "", asked.share_id, change).await?;
        self.settle(&done).await
    }

    /// `POST admin/suspend`. Allowed to operators. The share's object notes it before anything else, and sees to it that no other
    /// change, whenever it comes, makes the share readable; of a deleted share it is only noted, for when it comes back.
    pub(in crate::control) async fn suspend_share(
        &self,
        caller: &Caller,
        asked: SuspendShare,
    ) -> Result<Reply, Failure> {
        let row = self.own_share(caller, asked.share_id).await?;
        let detail = format!("{}: {}", if asked.suspended { "withheld" } else { "served" }, asked.reason);
        if row.collected_at.is_some() {
            self.record(caller, "admin/suspend", Some(asked.share_id), &detail).await?;
            return Ok(Reply::json(200, &row.record(self)));
        }
        let change = Change { withheld: Some(asked.suspended), ..Change::default() };
        let done = self.change_share(caller, "admin/suspend", &detail, asked.share_id, change).await?;
        self.settle(&done).await
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

    /// Has the share's keeper make a change, and keep its record.
    async fn change_share(
        &self,
        caller: &Caller,
        call: &str,
        detail: &str,
        share: ShareId,
        change: Change,
    ) -> Result<Done, Failure> {
        let mut record = self.record_for(caller, call, detail)?;
        record.ends_copies = change.is_about_readers() && !change.comes_back();
        let change = Change { record: Some(record.clone()), ..change };
        let answer = self.world.ask_share(share, Command::Change(Box::new(change))).await;
        self.world.forget(share);
        match answer? {
            Answer::Changed(standing) => Ok(Done { standing: *standing, record }),
            _ => Err(Failure::new(ErrorCode::Internal, "The share's keeper answered another question.")),
        }
    }

    /// Writes into the lists what the keeper has done, and answers with the row. The keeper does so a little later, too, for when
    /// nobody comes this far.
    async fn settle(&self, done: &Done) -> Result<Reply, Failure> {
        let share = done.standing.meta.share_id;
        let mut statements = vec![of_standing(&done.standing), paths_of_jobs(share)];
        statements.extend(of_record(share, &done.record));
        statements.push(sql!("SELECT * FROM shares WHERE share_id = ?1", share));
        let row = self.world.db().batch(statements).await?.pop().unwrap_or_default().pop();
        let row: ShareRow =
            row.map(read).transpose()?.ok_or_else(|| invalid("share_id", "The share's row is gone."))?;
        Ok(Reply::json(200, &row.record(self)))
    }
}
