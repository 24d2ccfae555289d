//! Readers: their tokens, stars and views, and the live events of a share.

use super::super::caller::{Caller, forbidden};
use super::super::query::Query;
use super::super::world::World;
use super::super::{Control, Upgrade, invalid, line};
use super::row::{ShareRow, no_share};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::share_do::{Answer, Command};
use crate::signing::Reader;
use vitrine_protocol::api::{CountShare, Counters, MintViewerToken, StarShare, ViewerToken};
use vitrine_protocol::limits::{CLOCK_LEEWAY_SECONDS, KEY_BYTES_MAX, VIEWER_TOKEN_SECONDS_MAX};
use vitrine_protocol::{ErrorCode, Scope, ShareId, State};

impl<W: World> Control<'_, W> {
    /// `POST shares/viewer-token`. Allowed to whoever may read the share. The main app (`service`) asks for one of its readers by
    /// `sub` and `org_ids`, and answers for both.
    pub(in crate::control) async fn mint_viewer_token(
        &self,
        caller: &Caller,
        asked: MintViewerToken,
    ) -> Result<Reply, Failure> {
        let max = u32::try_from(VIEWER_TOKEN_SECONDS_MAX).unwrap_or(u32::MAX);
        let ttl = asked.ttl_seconds.unwrap_or(max);
        if !(1..=max).contains(&ttl) {
            return Err(invalid("ttl_seconds", format!("It is 1 to {max}.")));
        }
        if (asked.sub.is_some() || asked.org_ids.is_some()) && !caller.is_service() {
            return Err(forbidden("Only the role `service` mints tokens for others.").field("sub"));
        }
        let row = self.readable_share(caller, asked.share_id).await?;
        let sub = line("sub", asked.sub, KEY_BYTES_MAX)?.filter(|sub| !sub.is_empty());
        if let (Some(_), Scope::Org) = (&sub, row.scope) {
            let orgs = asked.org_ids.as_deref().unwrap_or_default();
            if !row.org_id.as_ref().is_some_and(|org| orgs.contains(org)) {
                return Err(forbidden("That reader is not of the share's organisation.").field("org_ids"));
            }
        }
        let sub = sub.unwrap_or_else(|| caller.name());
        Ok(Reply::json(200, &self.viewer_token(&row, sub, ttl)?))
    }

    /// A viewer token for a share. That its reader may read is the caller's to know.
    pub(in crate::control) fn viewer_token(
        &self,
        row: &ShareRow,
        sub: String,
        ttl: u32,
    ) -> Result<ViewerToken, Failure> {
        let signing = self.world.config().signing.as_ref().ok_or_else(|| {
            Failure::new(
                ErrorCode::Internal,
                "This server mints no viewer tokens: `VIEWER_SIGNING_KEYS` is not set.",
            )
        })?;
        let jti = u128::from_be_bytes(self.world.random()?);
        let reader = Reader {
            share_id: row.share_id,
            scope: row.scope,
            org_id: row.org_id.clone(),
            sub,
            jti: format!("{jti:032x}"),
        };
        let now = self.world.now_ms() / 1000;
        Ok(ViewerToken {
            token: signing.mint(reader, now, u64::from(ttl)),
            expires_at: (now + i64::from(ttl)) * 1000,
            url: self.share_url(row.share_id),
        })
    }

    /// `POST shares/stars`. Allowed to users who may read the share; one star each.
    pub(in crate::control) async fn star_share(
        &self,
        caller: &Caller,
        asked: StarShare,
    ) -> Result<Reply, Failure> {
        let row = self.readable_share(caller, asked.share_id).await?;
        let user = caller.user()?.sub.clone();
        let command = Command::Star { user, starred: asked.starred };
        let counters = self.counted(row.share_id, command).await?;
        let detail = if asked.starred { "starred" } else { "unstarred" };
        self.record(caller, "shares/stars", Some(row.share_id), detail).await?;
        Ok(Reply::json(200, &counters))
    }

    /// `POST shares/counter`. Allowed as `stars`. Views are counters, not mutations of the share: the audit has none of them.
    pub(in crate::control) async fn count_share(
        &self,
        caller: &Caller,
        asked: CountShare,
    ) -> Result<Reply, Failure> {
        let row = self.readable_share(caller, asked.share_id).await?;
        let user = caller.user()?.sub.clone();
        let counters = self.counted(row.share_id, Command::Count { user, view: asked.view }).await?;
        Ok(Reply::json(200, &counters))
    }

    async fn counted(&self, share: ShareId, command: Command) -> Result<Counters, Failure> {
        match self.world.ask_share(share, command).await? {
            Answer::Counted(counters) => {
                Ok(Counters { stars: counters.stars, views: counters.views, starred: counters.starred })
            }
            _ => Err(Failure::new(ErrorCode::Internal, "The share's keeper answered another question.")),
        }
    }

    /// `GET shares/{id}/events`. Allowed to whoever may read the share, and to those who may write its project, who hear of jobs,
    /// too.
    pub(in crate::control) async fn watch_share(
        &self,
        caller: &Caller,
        expires: Option<i64>,
        id: &str,
        query: &Query,
    ) -> Result<Upgrade, Failure> {
        let share: ShareId = id.parse().map_err(|_| Failure::share_not_found())?;
        let since = query.parse("last_event_id")?;
        let row = self.share_row(share).await?.filter(|row| row.may_see(caller));
        let row = row.ok_or_else(|| no_share(share))?;
        let is_writer = caller.may_write(&row.project_id);
        if row.state == State::Deleted && !is_writer {
            return Err(no_share(share));
        }
        let leeway = i64::try_from(CLOCK_LEEWAY_SECONDS).unwrap_or(0);
        let until = expires.unwrap_or(0).saturating_add(leeway).saturating_mul(1000);
        Ok(Upgrade::Share { share, is_writer, since, until })
    }
}
