//! The control API on the app origin, under `/api/v2/` (design §7).
//!
//! Every call stands in [`vitrine_protocol::api::calls`] with its rule; [`Control::admit`] finds it, and [`caller`] who asks and
//! whether a rule lets that kind of caller in. [`shares`], [`jobs`], [`hosts`], [`publish`] and [`admin`] do what is asked, each
//! call with the rest of its rule beside it. [`world`] is what all of it needs of the platform. Called by `edge`.

pub(crate) mod admin;
mod body;
pub(crate) mod caller;
mod hosts;
pub(crate) use hosts::check_report;
mod jobs;
mod publish;
mod query;
pub(crate) mod shares;
pub(crate) mod world;

#[cfg(test)]
mod tests;

use crate::database::{Database as _, Statement, sql};
use crate::failure::Failure;
use crate::reply::{Body, Reply};
use crate::share_do::record::Record;
use body::read;
use caller::{Caller, Identified, identify};
use query::Query;
use vitrine_protocol::api::calls::{Call, CallId, Method, find};
use vitrine_protocol::{ErrorCode, HostId, ShareId};
use world::World;

/// The longest body any call takes: a host's report with a thousand projects and its jobs.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// Where the OpenAPI document is among the site's files.
const OPENAPI: &str = "/openapi.json";

/// The control plane in a world.
pub(crate) struct Control<'a, W> {
    pub(crate) world: &'a W,
}

/// A call whose route, method and token are right; its body is still unread.
pub(crate) struct Admitted<'a> {
    call: &'static Call,
    /// What stands for `{id}`.
    id: Option<&'a str>,
    query: Query,
    caller: Caller,
    /// When the caller's token ends, in seconds since the epoch.
    expires: Option<i64>,
}

impl Admitted<'_> {
    /// Whom the rate limit counts; the main app and operators are not counted: they ask for everybody.
    pub(crate) fn limited_as(&self) -> Option<String> {
        (!self.caller.is_service()).then(|| self.caller.name())
    }

    /// Whether it takes a body.
    pub(crate) fn has_body(&self) -> bool {
        self.call.method == Method::Post
    }
}

/// What becomes of a call.
pub(crate) enum Outcome {
    /// It is answered.
    Reply(Reply),
    /// It becomes a WebSocket of an object.
    Upgrade(Upgrade),
}

/// A WebSocket, and what its object must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upgrade {
    /// Somebody watches a share.
    Share {
        share: ShareId,
        is_writer: bool,
        since: Option<u64>,
        /// When it must ask anew, in milliseconds since the epoch.
        until: i64,
    },
    /// A host connects.
    Host(HostId),
}

impl<W: World> Control<'_, W> {
    /// Decides all that can be decided without the body.
    ///
    /// 404 `no_route` for a call that does not exist, 405 for another method than the call's, 401 and 403 by the call's rule,
    /// 400 for a query that it does not take.
    pub(crate) async fn admit<'p>(
        &self,
        method: &str,
        path: &'p str,
        query: Option<&str>,
        authorization: Option<&str>,
    ) -> Result<Admitted<'p>, Failure> {
        let unknown = || Failure::new(ErrorCode::NoRoute, format!("`{path}` is not a call of this API."));
        let takes = |call: &Call| match call.method {
            Method::Get => matches!(method, "GET" | "HEAD"),
            Method::Post => method == "POST",
        };
        let mut calls = find(path).peekable();
        let first = calls.peek().map(|(call, _)| *call).ok_or_else(unknown)?;
        let Some((call, id)) = calls.find(|(call, _)| takes(call)) else {
            let allowed = if first.method == Method::Get { "GET, HEAD" } else { "POST" };
            return Err(Failure::new(ErrorCode::MethodNotAllowed, format!("`{path}` takes {allowed}."))
                .header("allow", allowed));
        };
        let Identified { caller, expires } = identify(self.world, authorization).await?;
        caller.check(call.rule)?;
        Ok(Admitted { call, id, query: Query::read(call, query)?, caller, expires })
    }

    /// Answers an admitted call.
    pub(crate) async fn answer(&self, admitted: &Admitted<'_>, body: &[u8]) -> Result<Outcome, Failure> {
        let Admitted { call, caller, query, .. } = admitted;
        let id = admitted.id.unwrap_or_default();
        let upgrade = match call.id {
            CallId::SharesEvents => Some(self.watch_share(caller, admitted.expires, id, query).await?),
            CallId::HostsConnect => Some(Upgrade::Host(caller.host()?)),
            _ => None,
        };
        if let Some(upgrade) = upgrade {
            return Ok(Outcome::Upgrade(upgrade));
        }
        let reply = match call.id {
            CallId::Health => Reply::json(200, &serde_json::json!({ "ok": true })),
            CallId::OpenApi => openapi(),
            CallId::Jwks => self.jwks(),
            CallId::SharesCreate => self.create_share(caller, read(body)?).await?,
            CallId::SharesUpdate => self.update_share(caller, read(body)?).await?,
            CallId::SharesDelete => self.delete_share(caller, read(body)?).await?,
            CallId::SharesRestore => self.restore_share(caller, read(body)?).await?,
            CallId::SharesIndexing => self.set_indexing(caller, read(body)?).await?,
            CallId::SharesList => self.list_shares(caller, query).await?,
            CallId::SharesGet => self.get_share(caller, id).await?,
            CallId::SharesViewerToken => self.mint_viewer_token(caller, read(body)?).await?,
            CallId::SharesStars => self.star_share(caller, read(body)?).await?,
            CallId::SharesCounter => self.count_share(caller, read(body)?).await?,
            CallId::SharesPublish => self.publish_share(caller, read(body)?).await?,
            CallId::SharesStatus => self.job_status(caller, query).await?,
            CallId::SharesCancel => self.cancel_job(caller, read(body)?).await?,
            CallId::SharesCopy => self.copy_share(caller, read(body)?).await?,
            CallId::HostsInvite => self.invite_host(caller, read(body)?).await?,
            CallId::HostsEnroll => self.enroll_host(read(body)?).await?,
            CallId::HostsRegister => self.register_host(caller, read(body)?).await?,
            CallId::HostsReading => self.read_for_job(caller, read(body)?).await?,
            CallId::HostsRevoke => self.revoke_host(caller, read(body)?).await?,
            CallId::HostsList => self.list_hosts(query).await?,
            CallId::ProjectsAssign => self.assign_project(caller, read(body)?).await?,
            CallId::ProjectsGet => self.get_project(caller, id).await?,
            CallId::PublishBegin => self.begin_publish(caller, read(body)?).await?,
            CallId::PublishRenew => self.renew_publish(caller, read(body)?).await?,
            CallId::PublishProgressed => self.publish_progressed(caller, read(body)?).await?,
            CallId::PublishCommit => self.commit_publish(caller, read(body)?).await?,
            CallId::PublishAbort => self.abort_publish(caller, read(body)?).await?,
            CallId::AdminGc => self.collect_garbage(caller, read(body)?).await?,
            CallId::AdminSuspend => self.suspend_share(caller, read(body)?).await?,
            CallId::AdminRepublish => self.republish_share(caller, read(body)?).await?,
            CallId::AdminAudit => self.audit_list(query).await?,
            CallId::Metrics => self.metrics().await?,
            CallId::SharesEvents | CallId::HostsConnect => return Err(upgrade_required()),
        };
        Ok(Outcome::Reply(reply))
    }

    fn jwks(&self) -> Reply {
        let keys = self.world.config().signing.as_ref();
        let json = keys.map_or_else(|| r#"{"keys":[]}"#.to_owned(), crate::signing::SigningKeys::public_jwks);
        // Five minutes: a new key signs nothing before it has been published for longer (docs/operations.md).
        Reply::new(200)
            .header("content-type", "application/jwk-set+json")
            .header("cache-control", "public, max-age=300")
            .header("access-control-allow-origin", "*")
            .body(Body::Bytes(json.into_bytes()))
    }

    /// Where readers find a share.
    pub(crate) fn share_url(&self, share: ShareId) -> String {
        format!("{}/{share}/", self.world.config().origins.share)
    }

    /// The statement that records a mutation. It goes into the transaction of what it records, so that none is without the
    /// other.
    pub(crate) fn audit(
        &self,
        caller: &Caller,
        call: &str,
        share: Option<ShareId>,
        detail: &str,
    ) -> Statement {
        let detail = for_reading(detail);
        sql!(
            "INSERT INTO audit (at, actor, action, share_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            self.world.now_ms(),
            caller.name(),
            call,
            share,
            detail,
        )
    }

    /// The record of what a share's object does. It keeps the record until the audit has it, so that none is without the other.
    pub(crate) fn record_for(&self, caller: &Caller, call: &str, detail: &str) -> Result<Record, Failure> {
        Ok(Record {
            id: format!("{:032x}", u128::from_be_bytes(self.world.random()?)),
            at: self.world.now_ms(),
            actor: caller.name(),
            action: call.to_owned(),
            detail: for_reading(detail),
            ends_copies: false,
        })
    }

    /// Records a mutation that no statement of ours has made.
    pub(crate) async fn record(
        &self,
        caller: &Caller,
        call: &str,
        share: Option<ShareId>,
        detail: &str,
    ) -> Result<(), Failure> {
        Ok(self.world.db().run(self.audit(caller, call, share, detail)).await?)
    }
}

/// A detail may hold what a caller has sent; the audit is for reading.
fn for_reading(detail: &str) -> String {
    detail.chars().filter(|c| !c.is_control()).take(500).collect()
}

/// 426 for a WebSocket's call that is none.
pub(crate) fn upgrade_required() -> Failure {
    Failure::new(ErrorCode::UpgradeRequired, "Send `Upgrade: websocket`.").header("upgrade", "websocket")
}

fn openapi() -> Reply {
    Reply::new(200)
        .header("content-type", "application/json")
        .header("cache-control", "public, max-age=300")
        .header("access-control-allow-origin", "*")
        .body(Body::Asset(OPENAPI.into()))
}

/// 400 that names a field.
pub(crate) fn invalid(field: &str, detail: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::InvalidRequest, detail).field(field)
}

/// A hash over what was asked for, to tell whether an idempotency key is used for the same again.
pub(crate) fn fingerprint(asked: &impl serde::Serialize) -> String {
    let json = serde_json::to_vec(asked).unwrap_or_default();
    vitrine_protocol::Sha256::of(&json).to_string()
}

/// A text of the caller's that is kept: not too long, and no control characters in it.
pub(crate) fn line(field: &str, text: Option<String>, max: usize) -> Result<Option<String>, Failure> {
    match text {
        Some(text) if text.chars().any(char::is_control) => Err(invalid(field, "It has control characters.")),
        text => several_lines(field, text, max),
    }
}

/// The same for one that may have lines.
pub(crate) fn several_lines(
    field: &str,
    text: Option<String>,
    max: usize,
) -> Result<Option<String>, Failure> {
    match text {
        Some(text) if text.contains('\0') => Err(invalid(field, "It has a NUL.")),
        Some(text) if text.len() > max => Err(invalid(field, format!("It has more than {max} bytes."))),
        text => Ok(text),
    }
}
