//! The tokens that hosts sign for themselves, each with its own Ed25519 key: who claims to speak, and, when the key has been
//! found, whether it is so. Pure; called by what hosts connect to. The checks themselves are [`crate::token`]'s.
//!
//! It takes two steps because the keys are in the database: [`unverified_kid`] names the row, [`verify`] does the rest with
//! the key in it. The caller must look the host up by what the first returned, and see that it is not revoked.

use crate::token::{self, KeySet, Rules, TokenError, Verified};
use vitrine_protocol::limits::{HOST_TOKEN_SECONDS_MAX, TOKEN_NAME_MAX};
use vitrine_protocol::token::{HOST_AUDIENCE, HostClaims};

const RULES: Rules =
    Rules { audience: HOST_AUDIENCE, max_seconds: Some(HOST_TOKEN_SECONDS_MAX), needs_not_before: false };

/// The host that a token says it is from: a text that may be looked up, and no more. `None` when it cannot be a host's.
pub(crate) fn unverified_kid(token: &str) -> Option<String> {
    token::unverified_kid(token).filter(|kid| is_host_id(kid))
}

/// Whether a text can be a host's public key: what an enrolment must bring, and [`verify`] takes.
pub(crate) fn is_public_key(x: &str) -> bool {
    token::ed25519_key(x).is_some()
}

/// Checks a token at the time `now` (seconds since the epoch) with the key of the host that [`unverified_kid`] named: `x` of
/// its JWK. The claims' `sub` is that host.
pub(crate) fn verify(token: &str, x: &str, now: i64) -> Result<Verified<HostClaims>, TokenError> {
    if token.len() > vitrine_protocol::limits::TOKEN_BYTES_MAX {
        return Err(TokenError::TooLong);
    }
    let kid = unverified_kid(token).ok_or(TokenError::Malformed)?;
    let key = token::ed25519_key(x).ok_or(TokenError::UnknownKey)?;
    let keys = KeySet::of([(kid.clone(), key)]);
    let verified = keys.verify::<HostClaims>(token, &RULES, now)?;
    if verified.claims.sub != kid {
        return Err(TokenError::Subject);
    }
    let name = &verified.claims.jti;
    if name.is_empty() || name.len() > TOKEN_NAME_MAX { Err(TokenError::Name) } else { Ok(verified) }
}

/// What every form of id fits: it goes into a query and a log.
fn is_host_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.len() <= TOKEN_NAME_MAX && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::{sign, sign_p256};
    use crate::token::write::compact;
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use jwt_compact::Algorithm as _;
    use jwt_compact::AlgorithmSignature as _;
    use jwt_compact::alg::{Ed25519, SigningKey as _};
    use serde_json::{Value, json};
    use vitrine_protocol::limits::TOKEN_BYTES_MAX;

    type Secret = <Ed25519 as jwt_compact::Algorithm>::SigningKey;

    const NOW: i64 = 1_700_000_000;

    fn secret(seed: u8) -> Secret {
        Secret::from_slice(&[seed; 32]).unwrap()
    }

    /// The key that `token::tests::sign` signs with.
    fn x() -> String {
        Base64UrlUnpadded::encode_string(secret(7).to_verifying_key().as_bytes())
    }

    fn claims() -> Value {
        json!({ "aud": "vitrine-host", "sub": "host-1", "iat": NOW - 10, "exp": NOW + 200, "jti": "j1" })
    }

    fn with(name: &str, value: impl Into<Value>) -> Value {
        let mut claims = claims();
        claims[name] = value.into();
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    fn header() -> Value {
        json!({ "alg": "EdDSA", "kid": "host-1" })
    }

    /// Whatever header, whatever claims, rightly signed.
    fn raw(header: &Value, claims: &Value) -> String {
        compact(header, claims, |text| Ed25519.sign(&secret(7), text).as_bytes().into_owned())
    }

    #[test]
    fn a_host_speaks_for_itself() {
        let token = sign("host-1", claims());
        assert_eq!(unverified_kid(&token).as_deref(), Some("host-1"));
        let verified = verify(&token, &x(), NOW).unwrap();
        assert_eq!((verified.claims.sub.as_str(), verified.claims.jti.as_str()), ("host-1", "j1"));
        assert_eq!((verified.issued, verified.expires), (NOW - 10, NOW + 200));
        // What `vitrine agent` writes has no `typ`; one does no harm.
        let typed = raw(&json!({ "alg": "EdDSA", "typ": "JWT", "kid": "host-1" }), &claims());
        assert!(verify(&typed, &x(), NOW).is_ok());
    }

    #[test]
    fn claims_that_are_refused() {
        for (claims, error) in [
            (with("aud", "vitrine-api"), TokenError::Audience),
            (with("aud", json!(["vitrine-host"])), TokenError::Malformed),
            (without("aud"), TokenError::Malformed),
            (with("sub", "host-2"), TokenError::Subject),
            (with("sub", ""), TokenError::Subject),
            (without("sub"), TokenError::Malformed),
            (with("jti", ""), TokenError::Name),
            (with("jti", "j".repeat(65)), TokenError::Name),
            (without("jti"), TokenError::Malformed),
            (without("exp"), TokenError::NoTimes),
            (without("iat"), TokenError::NoTimes),
            (with("exp", NOW - 31), TokenError::Expired),
            (with("exp", NOW + 291), TokenError::Lifetime),
            (with("exp", NOW - 20), TokenError::Lifetime),
            (with("iat", NOW + 31), TokenError::NotYet),
            (with("nbf", NOW + 31), TokenError::NotYet),
            (with("exp", "soon"), TokenError::Malformed),
        ] {
            assert_eq!(verify(&raw(&header(), &claims), &x(), NOW), Err(error), "{claims}");
        }
        for claims in [with("exp", NOW + 290), with("iat", NOW + 30), with("jti", "j".repeat(64))] {
            assert!(verify(&raw(&header(), &claims), &x(), NOW).is_ok(), "{claims}");
        }
    }

    #[test]
    fn headers_that_are_refused() {
        for (header, error) in [
            (json!({ "alg": "EdDSA" }), TokenError::Malformed),
            (json!({ "alg": "EdDSA", "kid": "" }), TokenError::Malformed),
            (json!({ "alg": "EdDSA", "kid": "host 1" }), TokenError::Malformed),
            (json!({ "alg": "EdDSA", "kid": "h".repeat(65) }), TokenError::Malformed),
            (json!({ "alg": "EdDSA", "kid": 1 }), TokenError::Malformed),
            (json!({ "alg": "EdDSA", "kid": "host-2" }), TokenError::Subject),
            (json!({ "alg": "EdDSA", "kid": "host-1", "crit": ["exp"] }), TokenError::Critical),
            (json!({ "alg": "EdDSA", "kid": "host-1", "crit": [] }), TokenError::Critical),
            (json!({ "alg": "none", "kid": "host-1" }), TokenError::UnknownKey),
            (json!({ "alg": "HS256", "kid": "host-1" }), TokenError::UnknownKey),
            (json!({ "alg": "ES256", "kid": "host-1" }), TokenError::UnknownKey),
            (json!({ "alg": "Ed25519", "kid": "host-1" }), TokenError::UnknownKey),
            (json!({ "kid": "host-1" }), TokenError::Malformed),
        ] {
            assert_eq!(verify(&raw(&header, &claims()), &x(), NOW), Err(error), "{header}");
        }
    }

    #[test]
    fn signatures_and_forms_that_are_refused() {
        let good = sign("host-1", claims());
        let other = Base64UrlUnpadded::encode_string(secret(8).to_verifying_key().as_bytes());
        assert_eq!(verify(&good, &other, NOW), Err(TokenError::Signature));
        assert_eq!(verify(&sign_p256("host-1", claims()), &x(), NOW), Err(TokenError::UnknownKey));
        let long = format!("{good}{}", "A".repeat(TOKEN_BYTES_MAX));
        assert_eq!((verify(&long, &x(), NOW), unverified_kid(&long)), (Err(TokenError::TooLong), None));
        for text in ["", ".", "..", "a.b.c", "not a token", good.trim_end_matches(|c| c != '.')] {
            assert!(matches!(verify(text, &x(), NOW), Err(TokenError::Malformed | TokenError::Signature)));
        }
        assert_eq!(unverified_kid("a.b.c"), None);
    }

    #[test]
    fn keys_that_are_none() {
        let good = sign("host-1", claims());
        // The neutral element of the curve, and a point of order 8: one signature fits many messages.
        let neutral = Base64UrlUnpadded::encode_string(&[&[1][..], &[0; 31]].concat());
        for bad in ["", "AA", &x()[1..], &format!("{}=", x()), &neutral, &x().replace('-', "+")] {
            let (fits, outcome) = (is_public_key(bad), verify(&good, bad, NOW));
            assert_eq!(fits, outcome.is_ok(), "{bad}");
            assert!(bad == x() || outcome == Err(TokenError::UnknownKey), "{bad}");
        }
        assert!(is_public_key(&x()));
        assert!(!is_public_key(&neutral));
    }

    proptest::proptest! {
        /// Whatever a token is, reading and checking it ends, and opens nothing.
        #[test]
        fn no_text_is_a_host(text in "[A-Za-z0-9_.-]{0,80}|(\\PC{0,40})") {
            proptest::prop_assert!(verify(&text, &x(), NOW).is_err());
        }

        /// One character of a good token changed: an error, whichever part it is in.
        #[test]
        fn no_changed_token_is_a_host(at in 0usize..400, with in "[A-Za-z0-9_.-]") {
            let good = sign("host-1", claims());
            let at = at % good.len();
            let mut changed = good.clone();
            changed.replace_range(at..=at, &with);
            proptest::prop_assert_eq!(verify(&changed, &x(), NOW).is_ok(), changed == good);
        }
    }
}
