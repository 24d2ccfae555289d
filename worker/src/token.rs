//! Checks tokens: which key, which algorithm, which signature, which times. What the claims allow is the caller's
//! business. Called by `control` and `access`.
//!
//! jwt-compact does the cryptography. It leaves to its caller what this file adds: the length is capped before anything
//! is parsed, `crit` is refused (RFC 7515 section 4.1.11), `exp` and `iat` must be there, and every time is checked.

use crate::failure::Failure;
use jwt_compact::alg::{Ed25519, Es256};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{AlgorithmExt as _, UntrustedToken};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use vitrine_protocol::ErrorCode;
use vitrine_protocol::limits::{CLOCK_LEEWAY_SECONDS, TOKEN_BYTES_MAX};

type Ed25519Key = <Ed25519 as jwt_compact::Algorithm>::VerifyingKey;
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
}

#[derive(Clone)]
enum Key {
    Ed25519(Ed25519Key),
    Es256(Es256Key),
}

/// The public keys that may have signed: a JWKS (RFC 7517), each key with a `kid`.
#[derive(Clone)]
pub(crate) struct KeySet(Vec<(String, Key)>);

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(id, _)| id)).finish()
    }
}

impl KeySet {
    /// Reads a JWKS.
    pub(crate) fn from_json(json: &str) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Named>,
        }
        #[derive(Deserialize)]
        struct Named {
            kid: String,
            #[serde(flatten)]
            key: JsonWebKey<'static>,
        }
        let set: Set = serde_json::from_str(json)?;
        set.keys
            .into_iter()
            .map(|Named { kid, key }| match (Ed25519Key::try_from(&key), Es256Key::try_from(&key)) {
                (Ok(key), _) => Ok((kid, Key::Ed25519(key))),
                (_, Ok(key)) => Ok((kid, Key::Es256(key))),
                _ => Err(KeySetError::Key(kid)),
            })
            .collect::<Result<_, _>>()
            .map(Self)
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
        if header.other_fields.crit.is_some() {
            return Err(TokenError::Critical);
        }
        let kid = header.key_id.as_deref().ok_or(TokenError::UnknownKey)?;
        let (_, key) = self.0.iter().find(|(id, _)| id == kid).ok_or(TokenError::UnknownKey)?;
        let claims = match key {
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
        Ok(Verified { claims: claims.custom, issued, expires })
    }
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
}

impl Audience for vitrine_protocol::token::ApiClaims {
    fn audience(&self) -> &str {
        &self.aud
    }
}

impl Audience for vitrine_protocol::token::ViewerClaims {
    fn audience(&self) -> &str {
        &self.aud
    }
}

/// What the header may hold beside what jwt-compact reads.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Extra {
    #[serde(default, skip_serializing)]
    crit: Option<IgnoredAny>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use jwt_compact::{Claims, Header};
    use vitrine_protocol::token::{API_AUDIENCE, ApiClaims};

    type Secret = <Ed25519 as jwt_compact::Algorithm>::SigningKey;

    fn secret() -> Secret {
        <Secret as jwt_compact::alg::SigningKey<Ed25519>>::from_slice(&[7; 32]).unwrap()
    }

    type P256Secret = <Es256 as jwt_compact::Algorithm>::SigningKey;

    fn p256_secret() -> P256Secret {
        <P256Secret as jwt_compact::alg::SigningKey<Es256>>::from_slice(&[9; 32]).unwrap()
    }

    /// `k1` is Ed25519, `k2` is P-256.
    pub(crate) fn keys() -> KeySet {
        only(&["k1", "k2"])
    }

    /// The set of those keys alone.
    pub(crate) fn only(names: &[&str]) -> KeySet {
        let ed25519 = <Secret as jwt_compact::alg::SigningKey<Ed25519>>::to_verifying_key(&secret());
        let p256 = <P256Secret as jwt_compact::alg::SigningKey<Es256>>::to_verifying_key(&p256_secret());
        let all = [("k1", "EdDSA", JsonWebKey::from(&ed25519)), ("k2", "ES256", JsonWebKey::from(&p256))];
        let named = all.iter().filter(|(name, ..)| names.contains(name)).map(|(name, algorithm, key)| {
            let mut named = serde_json::to_value(key).unwrap();
            named["kid"] = (*name).into();
            named["alg"] = (*algorithm).into();
            named
        });
        let set = serde_json::json!({ "keys": named.collect::<Vec<_>>() });
        KeySet::from_json(&set.to_string()).unwrap()
    }

    /// Signs claims given as JSON.
    pub(crate) fn sign(kid: &str, claims: serde_json::Value) -> String {
        let claims: Claims<serde_json::Value> = serde_json::from_value(claims).unwrap();
        Ed25519.token(&Header::empty().with_key_id(kid), &claims, &secret()).unwrap()
    }

    pub(crate) fn sign_p256(kid: &str, claims: serde_json::Value) -> String {
        let claims: Claims<serde_json::Value> = serde_json::from_value(claims).unwrap();
        Es256.token(&Header::empty().with_key_id(kid), &claims, &p256_secret()).unwrap()
    }

    fn api(exp: i64, iat: i64) -> serde_json::Value {
        serde_json::json!({"iss":"i","aud":API_AUDIENCE,"sub":"u","exp":exp,"iat":iat,"projects":["p"]})
    }

    fn verify(token: &str, now: i64) -> Result<ApiClaims, TokenError> {
        let rules = Rules { audience: API_AUDIENCE, max_seconds: Some(3600), needs_not_before: false };
        keys().verify(token, &rules, now).map(|verified| verified.claims)
    }

    #[test]
    fn a_good_token_gives_its_claims() {
        assert_eq!(verify(&sign("k1", api(2000, 1000)), 1500).unwrap().projects, ["p"]);
    }

    #[test]
    fn times_are_checked_with_thirty_seconds_of_leeway() {
        let token = sign("k1", api(2000, 1000));
        assert!(verify(&token, 2029).is_ok());
        assert_eq!(verify(&token, 2030), Err(TokenError::Expired));
        assert!(verify(&token, 970).is_ok());
        assert_eq!(verify(&token, 969), Err(TokenError::NotYet));
        assert_eq!(verify(&sign("k1", api(9000, 1000)), 1500), Err(TokenError::Lifetime));
        let mut later = api(2000, 1000);
        later["nbf"] = 1600.into();
        assert_eq!(verify(&sign("k1", later), 1500), Err(TokenError::NotYet));
        let mut timeless = api(2000, 1000);
        timeless.as_object_mut().unwrap().remove("exp");
        assert_eq!(verify(&sign("k1", timeless), 1500), Err(TokenError::NoTimes));
    }

    #[test]
    fn others_are_refused() {
        let good = sign("k1", api(2000, 1000));
        assert_eq!(verify(&sign("k2", api(2000, 1000)), 1500), Err(TokenError::UnknownKey));
        assert_eq!(verify(&"x".repeat(TOKEN_BYTES_MAX + 1), 1500), Err(TokenError::TooLong));
        for malformed in ["", "a.b", "a.b.c", "....", &good[1..]] {
            assert_eq!(verify(malformed, 1500), Err(TokenError::Malformed), "{malformed}");
        }
        let (rest, signature) = good.rsplit_once('.').unwrap();
        let forged = format!("{rest}.{}", signature.chars().rev().collect::<String>());
        assert!(matches!(verify(&forged, 1500), Err(TokenError::Signature | TokenError::Malformed)));
        let mut other = api(2000, 1000);
        other["aud"] = "vitrine-share".into();
        assert_eq!(verify(&sign("k1", other), 1500), Err(TokenError::Audience));
    }

    #[test]
    fn headers_cannot_choose_the_algorithm_or_extensions() {
        // Built by hand: a library would not make them.
        let part = |json: &str| {
            use std::fmt::Write as _;
            const SET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            json.as_bytes().chunks(3).fold(String::new(), |mut out, chunk| {
                let bits = chunk.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte))
                    << (8 * (3 - chunk.len()));
                for index in 0..=chunk.len() {
                    write!(out, "{}", char::from(SET[(bits >> (18 - 6 * index) & 63) as usize])).unwrap();
                }
                out
            })
        };
        let claims = part(&api(2000, 1000).to_string());
        let token = |header: &str| format!("{}.{claims}.{}", part(header), "A".repeat(86));
        for (header, error) in [
            (r#"{"alg":"none","kid":"k1"}"#, TokenError::UnknownKey),
            (r#"{"alg":"HS256","kid":"k1"}"#, TokenError::UnknownKey),
            (r#"{"alg":"ES256","kid":"k1"}"#, TokenError::UnknownKey),
            (r#"{"alg":"EdDSA","kid":"k1","crit":["exp"],"exp":1}"#, TokenError::Critical),
            (r#"{"alg":"EdDSA"}"#, TokenError::UnknownKey),
            (r#"{"alg":"EdDSA","kid":"k1"}"#, TokenError::Signature),
        ] {
            assert_eq!(verify(&token(header), 1500), Err(error), "{header}");
        }
    }

    #[test]
    fn keys_of_other_kinds_are_refused() {
        for json in
            ["", "{}", r#"{"keys":[{"kty":"oct","k":"AA","kid":"x"}]}"#, r#"{"keys":[{"kty":"OKP"}]}"#]
        {
            assert!(KeySet::from_json(json).is_err(), "{json}");
        }
    }
}
