//! The control API on the app origin, under `/api/v2/` (design §7).
//!
//! [`caller`] finds out who asks; [`shares`] and [`publish`] do what is asked, each call with its authorisation rule beside
//! it; [`db`] is D1. Called by `edge` with the path below `/api/v2/` and the body.

pub(crate) mod caller;
pub(crate) mod db;
mod publish;
mod shares;

use crate::config::Config;
use crate::failure::Failure;
use crate::reply::Reply;
use serde::de::DeserializeOwned;
use vitrine_protocol::token::ApiClaims;
use vitrine_protocol::{ErrorCode, ShareId};
use worker::Env;

/// What every call needs.
pub(crate) struct Control<'a> {
    pub(crate) env: &'a Env,
    pub(crate) config: &'a Config,
}

/// The longest body any call takes: a description, four times over.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// The calls that take a body and a token.
const CALLS: &[&str] =
    &["shares/create", "publish/begin", "publish/renew", "publish/commit", "publish/abort"];

/// A call whose route, method and token are right; its body is still unread.
pub(crate) struct Call {
    name: &'static str,
    caller: ApiClaims,
}

impl Call {
    /// Who asks.
    pub(crate) fn caller_id(&self) -> &str {
        &self.caller.sub
    }
}

/// What became of a request before its body is read.
pub(crate) enum Admitted {
    /// It is answered already.
    Answered(Reply),
    /// It goes on with its body.
    Call(Call),
}

impl Control<'_> {
    /// Decides all that can be decided without the body.
    ///
    /// 404 `no_route` for a call that does not exist, 405 for another method than the call's, 401 without a good token.
    pub(crate) fn admit(
        &self,
        method: &str,
        call: &str,
        authorization: Option<&str>,
    ) -> Result<Admitted, Failure> {
        let only = |allowed: &str| {
            Failure::new(ErrorCode::MethodNotAllowed, format!("`{call}` takes {allowed}."))
                .header("allow", allowed)
        };
        if call == "health" {
            let healthy = Reply::json(200, &serde_json::json!({ "ok": true }));
            return if matches!(method, "GET" | "HEAD") {
                Ok(Admitted::Answered(healthy))
            } else {
                Err(only("GET, HEAD"))
            };
        }
        let unknown = || Failure::new(ErrorCode::NoRoute, format!("`{call}` is not a call of this API."));
        let name = *CALLS.iter().find(|name| **name == call).ok_or_else(unknown)?;
        if method != "POST" {
            return Err(only("POST"));
        }
        Ok(Admitted::Call(Call { name, caller: caller::identify(&self.config.api_keys, authorization)? }))
    }

    /// Answers an admitted call.
    pub(crate) async fn answer(&self, call: &Call, body: &[u8]) -> Result<Reply, Failure> {
        let caller = &call.caller;
        match call.name {
            "shares/create" => self.create_share(caller, read(body)?).await,
            "publish/begin" => self.begin_publish(caller, read(body)?).await,
            "publish/renew" => self.renew_publish(caller, read(body)?).await,
            "publish/commit" => self.commit_publish(caller, read(body)?).await,
            _ => self.abort_publish(caller, read(body)?).await,
        }
    }

    /// Where readers find a share.
    pub(crate) fn share_url(&self, share: ShareId) -> String {
        format!("{}/{share}/", self.config.origins.share)
    }
}

/// Reads a call's body; the parser's own words say which field is wrong and where.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(ErrorCode::InvalidRequest, format!("The body is not what this call takes: {error}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_protocol::api::{BeginPublish, CreateShare};

    #[test]
    fn bodies_are_refused_in_words() {
        let refused = |failure: Failure| failure.problem.detail;
        insta::assert_snapshot!(
            [
                read::<BeginPublish>(b"").map(|_| ()).map_err(refused).unwrap_err(),
                read::<BeginPublish>(br#"{"share_id":"nonsense"}"#).map(|_| ()).map_err(refused).unwrap_err(),
                read::<CreateShare>(br#"{"titel":"x"}"#).map(|_| ()).map_err(refused).unwrap_err(),
                read::<CreateShare>(br#"{"scope":"everyone"}"#).map(|_| ()).map_err(refused).unwrap_err(),
            ]
            .join("\n")
        );
    }
}
