//! Who may read a share (design §6): what a request shows, what that proves, and whether it fits the share. Pure; called by
//! `gateway`.
//!
//! The order of the checks keeps a gated share from telling that it exists. Without a credential it looks like no share at
//! all. A credential is checked by itself before the share is looked at, so that a bad one gets the same answer for every
//! id; one that is good but does not fit the share gets what an unknown share gets.

pub(crate) mod capability;

use crate::failure::Failure;
use crate::token::{KeySet, Rules, TokenError};
use capability::{Audience, Grant, Purpose, Secrets, Signed};
use vitrine_protocol::limits::VIEWER_TOKEN_SECONDS_MAX;
use vitrine_protocol::session::Session;
use vitrine_protocol::token::{VIEWER_AUDIENCE, ViewerClaims};
use vitrine_protocol::{ErrorCode, Meta, ShareId, State};

/// What a request shows to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// Nothing.
    None,
    /// A capability in the path.
    Capability(Signed),
    /// A viewer token in `Authorization`.
    Token(String),
    /// Something that is neither.
    Malformed,
}

impl Credential {
    /// Reads the text between `/~` and the next slash, and the `Authorization` header; the path wins.
    pub(crate) fn read(in_path: &str, authorization: Option<&str>) -> Self {
        if !in_path.is_empty() {
            return Signed::parse(in_path).map_or(Self::Malformed, Self::Capability);
        }
        match authorization {
            None => Self::None,
            // RFC 9110 section 11.1: the scheme is case-insensitive.
            Some(header) => match header.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                    Self::Token(token.trim().into())
                }
                _ => Self::Malformed,
            },
        }
    }
}

/// What an operator has set about readers.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Who may mint viewer tokens: their keys.
    pub(crate) keys: KeySet,
    /// Who may mint viewer tokens: their `iss`.
    pub(crate) issuers: Vec<String>,
    /// What signs capabilities.
    pub(crate) secrets: Secrets,
    /// How long a capability lives.
    pub(crate) capability_seconds: u64,
    /// How long a session goes on by renewals after its token was minted; 0 for not at all.
    pub(crate) session_seconds: u64,
}

fn seconds(time: i64) -> u64 {
    u64::try_from(time).unwrap_or(0)
}

impl Policy {
    /// What a credential proves for that share, at the time `now` in seconds; `None` when there is none.
    ///
    /// 401 `token_expired` when its time is over, 401 `invalid_token` for everything else that is wrong with it.
    pub(crate) fn prove(
        &self,
        share: ShareId,
        credential: &Credential,
        purpose: Purpose,
        now: i64,
    ) -> Result<Option<Grant>, Failure> {
        match credential {
            Credential::None => Ok(None),
            Credential::Malformed => Err(invalid("The credential is malformed.")),
            Credential::Token(token) => self.token(share, token, purpose, now).map(Some),
            Credential::Capability(signed) => self.capability(share, signed, purpose, now).map(Some),
        }
    }

    fn token(&self, share: ShareId, token: &str, purpose: Purpose, now: i64) -> Result<Grant, Failure> {
        let rules = Rules {
            audience: VIEWER_AUDIENCE,
            max_seconds: Some(VIEWER_TOKEN_SECONDS_MAX),
            needs_not_before: true,
        };
        let verified = self.keys.verify::<ViewerClaims>(token, &rules, now).map_err(TokenError::failure)?;
        let claims = verified.claims;
        for (ok, wrong) in [
            (self.issuers.contains(&claims.iss), "The token's issuer is not known here."),
            (claims.share_id == share, "The token is for another share."),
            (!claims.sub.is_empty(), "The token names no reader."),
            (!claims.jti.is_empty(), "The token has no name of its own (`jti`)."),
        ] {
            if !ok {
                return Err(invalid(wrong));
            }
        }
        let audience = Audience::new(claims.scope, claims.org_id.as_deref());
        Ok(Grant { purpose, issued: seconds(verified.issued), expires: seconds(verified.expires), audience })
    }

    fn capability(
        &self,
        share: ShareId,
        signed: &Signed,
        purpose: Purpose,
        now: i64,
    ) -> Result<Grant, Failure> {
        let grant = self.secrets.check(share, purpose, signed);
        let grant = grant.ok_or_else(|| invalid("The capability does not open this."))?;
        // Our own clock made it, so there is no leeway.
        if seconds(now) >= grant.expires {
            return Err(Failure::new(
                ErrorCode::TokenExpired,
                "The capability has expired. Renew the session.",
            ));
        }
        Ok(grant)
    }

    /// Makes a session out of what was proved. Its end is at most `session_seconds` after the token was minted.
    pub(crate) fn session(&self, share: ShareId, proved: &Grant, now: i64) -> Session {
        let (now, last) = (seconds(now), proved.issued.saturating_add(self.session_seconds));
        let expires = match proved.purpose {
            Purpose::Renew => last.min(now + self.capability_seconds),
            Purpose::Read | Purpose::Frame => now + self.capability_seconds,
        };
        let sign = |purpose, expires| self.secrets.sign(share, &Grant { purpose, expires, ..*proved });
        Session {
            capability: sign(Purpose::Read, expires),
            frame_capability: sign(Purpose::Frame, expires),
            expires_at: i64::try_from(expires * 1000).unwrap_or(i64::MAX),
            expires_in_ms: expires.saturating_sub(now) * 1000,
            renewal: (last > expires).then(|| sign(Purpose::Renew, last)),
        }
    }
}

/// Whether a share is open to all, or fits what was proved.
///
/// 404 when it does not; 401 `token_revoked` when it would, had its readers not been sent away since.
pub(crate) fn admit(meta: &Meta, proved: Option<&Grant>) -> Result<(), Failure> {
    if meta.state != State::Active {
        return Err(Failure::share_not_found());
    }
    if !meta.scope.is_gated() {
        return Ok(());
    }
    let fits = proved.filter(|grant| grant.audience == Audience::new(meta.scope, meta.org_id.as_deref()));
    let grant = fits.ok_or_else(Failure::share_not_found)?;
    let minted = i64::try_from(grant.issued).unwrap_or(i64::MAX).saturating_mul(1000);
    if minted < meta.tokens_valid_after {
        return Err(Failure::new(ErrorCode::TokenRevoked, "Its readers were asked to sign in again."));
    }
    Ok(())
}

fn invalid(detail: &str) -> Failure {
    Failure::new(ErrorCode::InvalidToken, detail)
}

#[cfg(test)]
pub(crate) mod tests;
