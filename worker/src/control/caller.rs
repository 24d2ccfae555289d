//! Who asks: reads the token (design §6), and checks what a rule asks of its holder.

use super::world::World;
use crate::database::{Database as _, sql};
use crate::failure::Failure;
use crate::host_token;
use crate::token::{KeySet, Rules, TokenError};
use serde::Deserialize;
use vitrine_protocol::api::calls::Rule;
use vitrine_protocol::token::{API_AUDIENCE, ApiClaims, Role};
use vitrine_protocol::{ErrorCode, HostId, ProjectId};

/// Whoever makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Nobody in particular.
    Anonymous,
    /// The holder of an API token.
    User(ApiClaims),
    /// A host, by a token that its own key has signed.
    Host(HostId),
}

/// A caller, and until when that is known.
#[derive(Debug)]
pub(crate) struct Identified {
    pub(crate) caller: Caller,
    /// The token's `exp`, in seconds since the epoch.
    pub(crate) expires: Option<i64>,
}

impl Caller {
    /// As the audit and the rate limit name it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Anonymous => String::new(),
            Self::User(claims) => claims.sub.clone(),
            Self::Host(host) => format!("host:{host}"),
        }
    }

    /// Whether it may create, change and publish shares of the project.
    pub(crate) fn may_write(&self, project: &ProjectId) -> bool {
        matches!(self, Self::User(claims) if claims.may_write(project.as_str()))
    }

    fn has(&self, roles: &[Role]) -> bool {
        matches!(self, Self::User(claims) if claims.roles.iter().any(|role| roles.contains(role)))
    }

    /// Whether it acts for others: the main app, or an operator.
    pub(crate) fn is_service(&self) -> bool {
        self.has(&[Role::Service, Role::Admin])
    }

    /// Whether it is an operator.
    pub(crate) fn is_admin(&self) -> bool {
        self.has(&[Role::Admin])
    }

    /// The holder of an API token; 401 `unauthenticated` for anybody else.
    pub(crate) fn user(&self) -> Result<&ApiClaims, Failure> {
        match self {
            Self::User(claims) => Ok(claims),
            _ => Err(unauthenticated()),
        }
    }

    /// The host; 403 for anybody else.
    pub(crate) fn host(&self) -> Result<HostId, Failure> {
        match self {
            Self::Host(host) => Ok(*host),
            _ => Err(forbidden("Only an enrolled host may, with a token it signed itself.")),
        }
    }

    /// Whether a rule lets this kind of caller in at all: 401 without a token where one is needed, 403 for one of another
    /// kind. What the rule says of a share or a project is the call's to check.
    pub(crate) fn check(&self, rule: Rule) -> Result<(), Failure> {
        let ok = match (rule, self) {
            (Rule::Anyone | Rule::Enroller, _)
            | (Rule::Reader | Rule::Writer, Self::User(_))
            | (Rule::Publisher, Self::User(_) | Self::Host(_))
            | (Rule::Host, Self::Host(_)) => true,
            (_, Self::Anonymous) => return Err(unauthenticated()),
            (Rule::Service, _) => self.is_service(),
            (Rule::Admin, _) => self.is_admin(),
            _ => false,
        };
        if ok { Ok(()) } else { Err(forbidden(format!("It takes {}.", rule.words()))) }
    }
}

fn unauthenticated() -> Failure {
    Failure::new(ErrorCode::Unauthenticated, "Send an API token as `Authorization: Bearer …`.")
}

/// 403 with what would be needed.
pub(crate) fn forbidden(detail: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::Forbidden, detail)
}

/// Finds out who asks, from the `Authorization` header.
///
/// Nobody without one; 401 `token_expired` when its time is over, `host_revoked` for a host that was turned away,
/// `invalid_token` for everything else.
pub(crate) async fn identify<W: World>(
    world: &W,
    authorization: Option<&str>,
) -> Result<Identified, Failure> {
    let Some(header) = authorization else {
        return Ok(Identified { caller: Caller::Anonymous, expires: None });
    };
    let token = bearer(header)?;
    let now = world.now_ms() / 1000;
    let keys = &world.config().api_keys;
    // An operator may have given a key a name that could be a host's.
    let kid = host_token::unverified_kid(token).filter(|kid| !keys.has(kid));
    let host = kid.and_then(|kid| kid.parse::<HostId>().ok());
    match host {
        Some(host) => host_of(world, host, token, now).await,
        None => user_of(keys, token, now),
    }
}

/// RFC 9110 section 11.1: the scheme is case-insensitive.
fn bearer(header: &str) -> Result<&str, Failure> {
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Failure::new(ErrorCode::InvalidToken, "The `Authorization` header is not `Bearer …`.")),
    }
}

fn user_of(keys: &KeySet, token: &str, now: i64) -> Result<Identified, Failure> {
    let rules = Rules { audience: API_AUDIENCE, max_seconds: None, needs_not_before: false };
    let verified = keys.verify::<ApiClaims>(token, &rules, now).map_err(TokenError::failure)?;
    let claims = verified.claims;
    let max = vitrine_protocol::limits::KEY_BYTES_MAX;
    if claims.sub.is_empty() || claims.sub.len() > max || claims.sub.starts_with("host:") {
        return Err(Failure::new(ErrorCode::InvalidToken, "The token's `sub` cannot be a caller's."));
    }
    Ok(Identified { expires: Some(verified.expires), caller: Caller::User(claims) })
}

/// A host by the key that it enrolled with. Looked up each time, so that a key that is turned away opens nothing at once.
async fn host_of<W: World>(world: &W, host: HostId, token: &str, now: i64) -> Result<Identified, Failure> {
    #[derive(Deserialize)]
    struct Key {
        state: String,
        public_key: Option<String>,
    }
    let row: Option<Key> =
        world.db().row(sql!("SELECT state, public_key FROM hosts WHERE host_id = ?1", host)).await?;
    let unknown = || Failure::new(ErrorCode::InvalidToken, "The token's key is not known here.");
    let Key { state, public_key } = row.ok_or_else(unknown)?;
    let key = public_key.ok_or_else(unknown)?;
    let verified = host_token::verify(token, &key, now).map_err(TokenError::failure)?;
    if state == "active" {
        return Ok(Identified { caller: Caller::Host(host), expires: Some(verified.expires) });
    }
    Err(Failure::new(ErrorCode::HostRevoked, "Its key has been turned away.")
        .hint("Ask an operator for a new invitation, and enrol again."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_code() {
        let keys = crate::token::tests::keys();
        let code = |header: &str| {
            bearer(header).and_then(|token| user_of(&keys, token, 0)).unwrap_err().problem.code
        };
        for bad in ["", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer é"] {
            assert_eq!(code(bad), "invalid_token", "{bad}");
        }
    }

    #[test]
    fn rules_let_kinds_of_callers_in() {
        let user = |roles: &[Role]| {
            Caller::User(ApiClaims {
                iss: "i".into(),
                aud: "a".into(),
                sub: "u".into(),
                org_ids: Vec::new(),
                projects: Vec::new(),
                roles: roles.to_vec(),
            })
        };
        let callers = [
            Caller::Anonymous,
            user(&[]),
            user(&[Role::Service]),
            user(&[Role::Admin]),
            Caller::Host(HostId::from_parts(1, [0; 10])),
        ];
        let all = [
            (Rule::Anyone, "+ + + + +"),
            (Rule::Reader, "401 + + + 403"),
            (Rule::Writer, "401 + + + 403"),
            (Rule::Publisher, "401 + + + +"),
            (Rule::Service, "401 403 + + 403"),
            (Rule::Admin, "401 403 403 + 403"),
            (Rule::Host, "401 403 403 403 +"),
            (Rule::Enroller, "+ + + + +"),
        ];
        for (rule, expected) in all {
            let answers = callers.iter().map(|caller| match caller.check(rule) {
                Ok(()) => "+".to_owned(),
                Err(failure) => failure.problem.status.to_string(),
            });
            assert_eq!(answers.collect::<Vec<_>>().join(" "), expected, "{rule:?}");
        }
    }
}
