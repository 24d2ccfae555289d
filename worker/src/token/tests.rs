//! Tokens: good ones, bad ones, the corpus's signatures, and whatever proptest thinks of.

use super::*;
use jwt_compact::{Claims, Header};
use vitrine_protocol::token::{API_AUDIENCE, ApiClaims};

pub(crate) type Secret = <Ed25519 as jwt_compact::Algorithm>::SigningKey;

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

/// A part of a token built by hand: what a library would not make.
fn part(json: &str) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    Base64UrlUnpadded::encode_string(json.as_bytes())
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
    for json in ["", "{}", r#"{"keys":[{"kty":"oct","k":"AA","kid":"x"}]}"#, r#"{"keys":[{"kty":"OKP"}]}"#] {
        assert!(KeySet::from_json(json).is_err(), "{json}");
    }
}

/// The corpus's Ed25519 vectors (C2SP/wycheproof), through the same key reader and the same verifier as tokens.
#[test]
fn the_corpus_signature_vectors_when_there_are_any() {
    use jwt_compact::alg::SigningKey as _;
    use jwt_compact::{Algorithm as _, AlgorithmSignature as _};
    #[derive(Deserialize)]
    struct Vectors {
        #[serde(rename = "numberOfTests")]
        count: usize,
        #[serde(rename = "testGroups")]
        groups: Vec<Group>,
    }
    #[derive(Deserialize)]
    struct Group {
        #[serde(rename = "publicKeyJwk")]
        key: serde_json::Value,
        tests: Vec<Vector>,
    }
    #[derive(Deserialize)]
    struct Vector {
        #[serde(rename = "tcId")]
        id: u32,
        msg: String,
        sig: String,
        result: String,
    }
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
    };
    assert_eq!(bytes("00ff"), [0, 255]);
    let own = Ed25519.sign(&secret(), b"message");
    assert!(Ed25519.verify_signature(&own, &secret().to_verifying_key(), b"message"));
    let Some(corpus) = std::env::var_os("VITRINE_CORPUS").filter(|corpus| !corpus.is_empty()) else { return };
    let file = std::path::Path::new(&corpus).join("crypto/ed25519_test.json");
    let vectors: Vectors = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut seen = 0;
    for Group { mut key, tests } in vectors.groups {
        key["kid"] = "k".into();
        let set = KeySet::from_json(&serde_json::json!({ "keys": [key] }).to_string()).unwrap();
        let [Named { key: Key::Ed25519(key), .. }] = set.0.as_slice() else { panic!("an Ed25519 key") };
        for Vector { id, msg, sig, result } in tests {
            let signature = <Ed25519 as jwt_compact::Algorithm>::Signature::try_from_slice(&bytes(&sig));
            let good = signature.is_ok_and(|one| Ed25519.verify_signature(&one, key, &bytes(&msg)));
            assert_eq!(good, result == "valid", "vector {id}");
            seen += 1;
        }
    }
    assert_eq!(seen, vectors.count);
}

proptest::proptest! {
    /// Whatever a token is, checking it ends, and opens nothing that was not signed.
    #[test]
    fn no_token_panics_or_opens(text in "[A-Za-z0-9_.-]{0,80}|(\\PC{0,40})|ey[A-Za-z0-9_-]{0,40}\\.ey[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{86}") {
        proptest::prop_assert!(verify(&text, 1500).is_err());
    }

    /// One character of a good token changed: the answer is an error, whichever part it is in.
    #[test]
    fn no_changed_token_opens(at in 0usize..400, with in "[A-Za-z0-9_.-]") {
        let good = sign("k1", api(2000, 1000));
        let at = at % good.len();
        let mut changed = good.clone();
        changed.replace_range(at..=at, &with);
        proptest::prop_assert_eq!(verify(&changed, 1500).is_ok(), changed == good);
    }

    /// Headers of any JSON, under a signature that is none.
    #[test]
    fn no_header_opens(alg in "none|None|HS256|EdDSA|ES256|RS256|[a-zA-Z0-9]{0,8}", kid in "k1|k2|k9|\\PC{0,8}", crit: bool) {
        let header = serde_json::json!({ "alg": alg, "kid": kid, "crit": crit.then_some(["x"]) });
        let text = format!("{}.{}.{}", part(&header.to_string()), part(&api(2000, 1000).to_string()), "A".repeat(86));
        proptest::prop_assert!(verify(&text, 1500).is_err());
    }
}

/// A JWKS of one key with other members.
fn jwks(mut key: serde_json::Value, more: &serde_json::Value) -> Result<KeySet, KeySetError> {
    key["kid"] = "k".into();
    for (name, value) in more.as_object().unwrap() {
        key[name] = value.clone();
    }
    KeySet::from_json(&serde_json::json!({ "keys": [key] }).to_string())
}

#[test]
fn keys_for_something_else_are_refused() {
    let ed25519 = <Secret as jwt_compact::alg::SigningKey<Ed25519>>::to_verifying_key(&secret());
    let p256 = <P256Secret as jwt_compact::alg::SigningKey<Es256>>::to_verifying_key(&p256_secret());
    let ed25519 = serde_json::to_value(JsonWebKey::from(&ed25519)).unwrap();
    let p256 = serde_json::to_value(JsonWebKey::from(&p256)).unwrap();
    for (key, more, good) in [
        (&ed25519, serde_json::json!({}), true),
        (&ed25519, serde_json::json!({"use":"sig","key_ops":["verify"],"alg":"EdDSA"}), true),
        (&ed25519, serde_json::json!({"key_ops":["sign","verify"],"alg":"Ed25519"}), true),
        (&p256, serde_json::json!({"use":"sig","alg":"ES256"}), true),
        (&ed25519, serde_json::json!({"use":"enc"}), false),
        (&p256, serde_json::json!({"use":"SIG"}), false),
        (&p256, serde_json::json!({"key_ops":[]}), false),
        (&p256, serde_json::json!({"key_ops":["deriveKey"]}), false),
        (&p256, serde_json::json!({"alg":"ES384"}), false),
        (&p256, serde_json::json!({"alg":"ECDH-ES"}), false),
        (&p256, serde_json::json!({"alg":"EdDSA"}), false),
        (&ed25519, serde_json::json!({"alg":"ES256"}), false),
    ] {
        match jwks(key.clone(), &more) {
            Ok(_) => assert!(good, "{more}"),
            Err(error) => assert!(!good && matches!(error, KeySetError::Purpose(_)), "{more}: {error}"),
        }
    }
}

#[test]
fn keys_of_small_order_and_of_one_name_are_refused() {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    // The neutral element and the point of order 2.
    let points = [[&[1][..], &[0; 31]].concat(), [&[0xec][..], &[0xff; 30], &[0x7f]].concat()];
    for point in points {
        let x = Base64UrlUnpadded::encode_string(&point);
        let refused = jwks(serde_json::json!({"kty":"OKP","crv":"Ed25519","x":x}), &serde_json::json!({}));
        assert!(matches!(refused, Err(KeySetError::Weak(_))));
    }
    assert!(matches!(only(&["k1"]).and(only(&["k1"])), Err(KeySetError::Twice(_))));
}

#[test]
fn a_key_signs_for_its_issuers_alone() {
    let rules = Rules { audience: API_AUDIENCE, max_seconds: Some(3600), needs_not_before: false };
    let token = sign("k1", api(2000, 1000));
    let check = |keys: KeySet| keys.verify::<ApiClaims>(&token, &rules, 1500).map(|_| ());
    assert_eq!(check(keys().issued_by(&["i".into(), "j".into()])), Ok(()));
    assert_eq!(check(keys().issued_by(&["j".into()])), Err(TokenError::Issuer));
    let ed25519 = <Secret as jwt_compact::alg::SigningKey<Ed25519>>::to_verifying_key(&secret());
    let own = serde_json::to_value(JsonWebKey::from(&ed25519)).unwrap();
    for (iss, expected) in [("i", Ok(())), ("other", Err(TokenError::Issuer))] {
        let named = jwks(own.clone(), &serde_json::json!({"kid":"k1","iss":iss})).unwrap();
        assert_eq!(check(named.issued_by(&["i".into()])), expected, "its own word counts");
    }
}

#[test]
fn critical_extensions_are_refused_whatever_they_are() {
    for crit in ["null", "[]", "[\"exp\"]", "{}", "\"b64\"", "0", "false"] {
        let header = part(&format!(r#"{{"alg":"EdDSA","kid":"k1","crit":{crit}}}"#));
        let token = format!("{header}.{}.{}", part(&api(2000, 1000).to_string()), "A".repeat(86));
        assert_eq!(verify(&token, 1500), Err(TokenError::Critical), "{crit}");
    }
}
