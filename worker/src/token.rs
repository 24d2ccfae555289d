//! Checks tokens: which key, which algorithm, which signature, which times. What the claims allow is the caller's
//! business. Called by `control`, `access` and `host_token`.
//!
//! jwt-compact does the cryptography. It leaves to its caller what this file adds: the length is capped before anything
//! is parsed, `crit` is refused (RFC 7515 section 4.1.11), `exp` and `iat` must be there, and every time is checked.

pub(crate) mod write;

use crate::failure::Failure;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwt_compact::alg::{Ed25519, Es256, VerifyingKey as _};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{AlgorithmExt as _, UntrustedToken};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use vitrine_protocol::ErrorCode;
use vitrine_protocol::limits::{CLOCK_LEEWAY_SECONDS, TOKEN_BYTES_MAX};

pub(crate) type Ed25519Key = <Ed25519 as jwt_compact::Algorithm>::VerifyingKey;
type Es256Key = <Es256 as jwt_compact::Algorithm>::VerifyingKey;

/// Why a token opens nothing. The texts may reach the client: they say what is wrong, not what would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// Longer than any of ours.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts of base64url JSON, or claims of another shape.
    #[error("the token is malformed")]
    Malformed,
    /// Its header asks for extensions that must be understood.
    #[error("the token's header has critical extensions")]
    Critical,
    /// Its `kid` is not one of the configured keys, or is of another algorithm.
    #[error("the token's key is not known here")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("the token's signature is wrong")]
    Signature,
    /// It has no `exp`, no `iat`, or no `nbf` where that must be there.
    #[error("the token lacks `exp`, `iat` or `nbf`")]
    NoTimes,
    /// `nbf` or `iat` lies in the future.
    #[error("the token is not valid yet")]
    NotYet,
    /// `exp` is over.
    #[error("the token has expired")]
    Expired,
    /// Lives longer than its kind may.
    #[error("the token's lifetime is too long")]
    Lifetime,
    /// `aud` is another service.
    #[error("the token is for another audience")]
    Audience,
    /// `iss` is not whose key it is.
    #[error("the token's issuer is not one that its key signs for")]
    Issuer,
    /// `sub` is not whom the key belongs to.
    #[error("the token is about somebody else than its signer")]
    Subject,
    /// `jti` is empty or too long.
    #[error("the token has no usable name of its own (`jti`)")]
    Name,
}

impl TokenError {
    /// The answer to it: 401 `token_expired` when the token's time is over, 401 `invalid_token` for everything else.
    pub(crate) fn failure(self) -> Failure {
        match self {
            Self::Expired => Failure::new(ErrorCode::TokenExpired, "Ask for a new one."),
            other => Failure::new(
                ErrorCode::InvalidToken,
                format!("{other}.").replacen("the token", "The token", 1),
            ),
        }
    }
}

/// Why configured keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeySetError {
    /// Not a JWKS.
    #[error("it is not a JSON Web Key Set")]
    Json(#[from] serde_json::Error),
    /// A key of a kind that is not supported, or damaged.
    #[error("the key `{0}` is neither Ed25519 nor P-256")]
    Key(String),
    /// A key for something else (RFC 7517 sections 4.2 to 4.4).
    #[error("the key `{0}` is not for checking signatures of its kind: see its `use`, `key_ops` or `alg`")]
    Purpose(String),
    /// A point under which one signature fits many messages.
    #[error("the key `{0}` is of small order, under which anybody can sign")]
    Weak(String),
    /// Two keys under one name: which of them signed?
    #[error("two keys are called `{0}`")]
    Twice(String),
}

#[derive(Clone)]
enum Key {
    Ed25519(Ed25519Key),
    Es256(Es256Key),
}

/// The public keys that may have signed: a JWKS (RFC 7517), each key with a `kid`.
#[derive(Clone)]
pub(crate) struct KeySet(Vec<Named>);

/// A key, and whose it is.
#[derive(Clone)]
struct Named {
    id: String,
    key: Key,
    /// The `iss` that its tokens may have; any when it is empty.
    issuers: Vec<String>,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|named| &named.id)).finish()
    }
}

/// A JWKS, of public keys or of private ones (RFC 7517), each with its `kid`.
#[derive(Deserialize)]
pub(crate) struct NamedKeys {
    pub(crate) keys: Vec<NamedKey>,
}

/// One of them.
#[derive(Deserialize)]
pub(crate) struct NamedKey {
    pub(crate) kid: String,
    /// Whose tokens it signs: a member of our own, which others ignore (RFC 7517 section 4).
    #[serde(default)]
    iss: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    key_ops: Option<Vec<String>>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(flatten)]
    pub(crate) key: JsonWebKey<'static>,
}

impl NamedKey {
    /// The key, if it is one that checks signatures and may be used for that.
    fn verifying(self) -> Result<Named, KeySetError> {
        let (key, algorithms) = match (Ed25519Key::try_from(&self.key), Es256Key::try_from(&self.key)) {
            (Ok(key), _) if key.is_weak() => return Err(KeySetError::Weak(self.kid)),
            (Ok(key), _) => (Key::Ed25519(key), &["EdDSA", "Ed25519"][..]),
            (_, Ok(key)) => (Key::Es256(key), &["ES256"][..]),
            _ => return Err(KeySetError::Key(self.kid)),
        };
        let fits = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.is_none_or(|ops| ops.iter().any(|op| op == "verify"))
            && self.alg.as_deref().is_none_or(|alg| algorithms.contains(&alg));
        if !fits {
            return Err(KeySetError::Purpose(self.kid));
        }
        Ok(Named { id: self.kid, key, issuers: self.iss.into_iter().collect() })
    }
}

impl KeySet {
    /// Reads a JWKS. All of its keys must be usable: one that is left out silently is one that somebody relies on.
    pub(crate) fn from_json(json: &str) -> Result<Self, KeySetError> {
        let set: NamedKeys = serde_json::from_str(json)?;
        set.keys.into_iter().try_fold(Self(Vec::new()), |keys, key| keys.and(Self(vec![key.verifying()?])))
    }

    /// Ed25519 keys by their names.
    pub(crate) fn of(keys: impl IntoIterator<Item = (String, Ed25519Key)>) -> Self {
        let named = |(id, key)| Named { id, key: Key::Ed25519(key), issuers: Vec::new() };
        Self(keys.into_iter().map(named).collect())
    }

    /// Says whose tokens these keys sign, where they do not say it themselves.
    pub(crate) fn issued_by(mut self, issuers: &[String]) -> Self {
        for named in self.0.iter_mut().filter(|named| named.issuers.is_empty()) {
            named.issuers = issuers.to_vec();
        }
        self
    }

    /// These keys and those. A name that both have is refused.
    pub(crate) fn and(mut self, those: Self) -> Result<Self, KeySetError> {
        for named in those.0 {
            if self.has(&named.id) {
                return Err(KeySetError::Twice(named.id));
            }
            self.0.push(named);
        }
        Ok(self)
    }

    /// Whether it has a key of that name.
    pub(crate) fn has(&self, kid: &str) -> bool {
        self.0.iter().any(|named| named.id == kid)
    }

    /// Checks a token at the time `now` (seconds since the epoch) and returns its claims.
    ///
    /// `C` holds the claims beside the times.
    pub(crate) fn verify<C>(&self, token: &str, rules: &Rules, now: i64) -> Result<Verified<C>, TokenError>
    where
        C: DeserializeOwned + Audience,
    {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong);
        }
        let untrusted = UntrustedToken::<Extra>::try_from(token).map_err(|_| TokenError::Malformed)?;
        let header = untrusted.header();
        if header.other_fields.crit {
            return Err(TokenError::Critical);
        }
        let kid = header.key_id.as_deref().ok_or(TokenError::UnknownKey)?;
        let named = self.0.iter().find(|named| named.id == kid).ok_or(TokenError::UnknownKey)?;
        let claims = match &named.key {
            Key::Ed25519(key) => Ed25519.validator::<C>(key).validate(&untrusted),
            Key::Es256(key) => Es256.validator::<C>(key).validate(&untrusted),
        };
        let token = claims.map_err(|error| match error {
            jwt_compact::ValidationError::AlgorithmMismatch { .. } => TokenError::UnknownKey,
            jwt_compact::ValidationError::MalformedClaims(_) => TokenError::Malformed,
            _ => TokenError::Signature,
        })?;
        let times = token.claims();
        let (Some(expires), Some(issued)) = (times.expiration, times.issued_at) else {
            return Err(TokenError::NoTimes);
        };
        let (expires, issued) = (expires.timestamp(), issued.timestamp());
        let not_before = times.not_before.map(|time| time.timestamp());
        if rules.needs_not_before && not_before.is_none() {
            return Err(TokenError::NoTimes);
        }
        check_times(expires, issued, not_before, rules.max_seconds, now)?;
        let (_, claims) = token.into_parts();
        if claims.custom.audience() != rules.audience {
            return Err(TokenError::Audience);
        }
        if !named.issuers.is_empty() && !named.issuers.iter().any(|own| own == claims.custom.issuer()) {
            return Err(TokenError::Issuer);
        }
        Ok(Verified { claims: claims.custom, issued, expires })
    }
}

/// An Ed25519 public key as a JWK has it in `x` (RFC 8037 section 2). `None` for another length, for what is no point of the
/// curve, and for the few points under which one signature fits many messages.
pub(crate) fn ed25519_key(x: &str) -> Option<Ed25519Key> {
    let bytes = Base64UrlUnpadded::decode_vec(x).ok()?;
    Ed25519Key::from_slice(&bytes).ok().filter(|key| !key.is_weak())
}

/// Which key a token says it was signed with; nothing about it is checked but its length and form.
pub(crate) fn unverified_kid(token: &str) -> Option<String> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    UntrustedToken::<Extra>::try_from(token).ok()?.header().key_id.clone()
}

/// What a kind of token must satisfy beside its signature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) audience: &'static str,
    /// The longest life, from `iat` to `exp`.
    pub(crate) max_seconds: Option<u64>,
    /// Whether `nbf` must be there.
    pub(crate) needs_not_before: bool,
}

/// A token that is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified<C> {
    pub(crate) claims: C,
    /// `iat`, in seconds since the epoch.
    pub(crate) issued: i64,
    /// `exp`, in seconds since the epoch.
    pub(crate) expires: i64,
}

/// RFC 7519 section 4.1.4: on or after `exp` a token must not be accepted; both bounds get the leeway.
fn check_times(
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    max_seconds: Option<u64>,
    now: i64,
) -> Result<(), TokenError> {
    let leeway = i64::try_from(CLOCK_LEEWAY_SECONDS).unwrap_or(0);
    if now >= exp.saturating_add(leeway) {
        return Err(TokenError::Expired);
    }
    if iat > now.saturating_add(leeway) || nbf.is_some_and(|nbf| nbf > now.saturating_add(leeway)) {
        return Err(TokenError::NotYet);
    }
    let lifetime = u64::try_from(exp.saturating_sub(iat)).unwrap_or(u64::MAX);
    if max_seconds.is_some_and(|max| lifetime > max) { Err(TokenError::Lifetime) } else { Ok(()) }
}

/// Claims that say whom they are for.
pub(crate) trait Audience {
    fn audience(&self) -> &str;

    /// And who says so; empty where that is not a claim.
    fn issuer(&self) -> &str;
}

impl Audience for vitrine_protocol::token::ApiClaims {
    fn audience(&self) -> &str {
        &self.aud
    }

    fn issuer(&self) -> &str {
        &self.iss
    }
}

impl Audience for vitrine_protocol::token::ViewerClaims {
    fn audience(&self) -> &str {
        &self.aud
    }

    fn issuer(&self) -> &str {
        &self.iss
    }
}

impl Audience for vitrine_protocol::token::HostClaims {
    fn audience(&self) -> &str {
        &self.aud
    }

    fn issuer(&self) -> &'static str {
        ""
    }
}

/// What the header may hold beside what jwt-compact reads.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Extra {
    /// Whether it has `crit` at all, with whatever value.
    #[serde(default, skip_serializing, deserialize_with = "is_there")]
    crit: bool,
}

fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

#[cfg(test)]
pub(crate) mod tests;
