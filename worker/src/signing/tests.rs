//! Minted tokens through the gateway's own policy: they open what they should, through a rotation and after it.

use super::*;
use crate::access::capability::Purpose;
use crate::access::tests::{NOW, policy, share, with_scope};
use crate::access::{Credential, Policy, admit};
use serde_json::{Value, json};

const APP: &str = "https://app.example";

/// A private key as node's `export({ format: "jwk" })` gives it.
fn jwk(kid: &str, seed: u8) -> Value {
    let secret = Secret::from_slice(&[seed; 32]).unwrap();
    let mut key = serde_json::to_value(jwt_compact::jwk::JsonWebKey::from(&secret)).unwrap();
    key["kid"] = kid.into();
    key
}

pub(crate) fn jwks(names: &[&str]) -> String {
    let keys = names.iter().map(|name| jwk(name, name.bytes().map(|byte| byte % 50).sum()));
    json!({ "keys": keys.collect::<Vec<_>>() }).to_string()
}

fn keys(names: &[&str]) -> SigningKeys {
    SigningKeys::parse(&jwks(names), APP).unwrap()
}

fn reader(scope: Scope) -> Reader {
    let org_id = (scope == Scope::Org).then(|| "org-1".to_owned());
    Reader { share_id: share(), scope, org_id, sub: "reader".into(), jti: "j1".into() }
}

/// A gateway whose operator has set these signing keys beside `VIEWER_JWKS`.
fn gateway(names: &[&str]) -> Policy {
    let own = policy();
    let keys = own.keys.clone().and(keys(names).verifying()).unwrap();
    Policy { keys, issuers: vec![APP.into()], ..own }
}

/// Whether a token opens a share of that scope; the code of the refusal when it does not.
fn opens(policy: &Policy, token: &str, scope: Scope, now: i64) -> Result<(), String> {
    let credential = Credential::Token(token.into());
    let proved = policy.prove(share(), &credential, Purpose::Read, now).map_err(|f| f.problem.code)?;
    admit(&with_scope(scope), proved.as_ref()).map_err(|failure| failure.problem.code)
}

fn refused(code: &str) -> Result<(), String> {
    Err(code.into())
}

#[test]
fn a_minted_token_opens_its_gated_share() {
    for scope in [Scope::Authenticated, Scope::Org] {
        let token = keys(&["a"]).mint(reader(scope), NOW, 600);
        assert_eq!(opens(&gateway(&["a"]), &token, scope, NOW), Ok(()));
        assert_eq!(opens(&gateway(&["a"]), &token, scope, NOW + 629), Ok(()));
        assert_eq!(opens(&gateway(&["a"]), &token, scope, NOW + 630), refused("token_expired"));
        assert_eq!(opens(&gateway(&["a"]), &token, scope, NOW - 31), refused("invalid_token"));
    }
    let token = keys(&["a"]).mint(reader(Scope::Authenticated), NOW, 600);
    assert_eq!(opens(&gateway(&["a"]), &token, Scope::Org, NOW), refused("share_not_found"));
    let elsewhere = Reader { share_id: "e0000000000000000000000000".parse().unwrap(), ..reader(Scope::Org) };
    let token = keys(&["a"]).mint(elsewhere, NOW, 600);
    assert_eq!(opens(&gateway(&["a"]), &token, Scope::Org, NOW), refused("invalid_token"));
}

#[test]
fn a_token_lives_a_quarter_of_an_hour_at_most() {
    let token = keys(&["a"]).mint(reader(Scope::Authenticated), NOW, u64::MAX);
    assert_eq!(opens(&gateway(&["a"]), &token, Scope::Authenticated, NOW + 899), Ok(()));
    assert_eq!(opens(&gateway(&["a"]), &token, Scope::Authenticated, NOW + 930), refused("token_expired"));
}

#[test]
fn keys_are_replaced_one_by_one() {
    let old = keys(&["old"]).mint(reader(Scope::Org), NOW, 600);
    let both = keys(&["new", "old"]);
    let new = both.mint(reader(Scope::Org), NOW, 600);
    assert_ne!(old, new);
    for (gateway, token, expected) in [
        (&["new", "old"][..], &old, Ok(())),
        (&["new", "old"], &new, Ok(())),
        (&["new"], &new, Ok(())),
        (&["new"], &old, refused("invalid_token")),
        (&["old"], &new, refused("invalid_token")),
        (&["other"], &new, refused("invalid_token")),
    ] {
        assert_eq!(opens(&self::gateway(gateway), token, Scope::Org, NOW), expected, "{gateway:?}");
    }
    assert_eq!(
        opens(&policy(), &new, Scope::Org, NOW),
        refused("invalid_token"),
        "no signing keys, no such tokens"
    );
}

#[test]
fn the_public_set_has_no_private_part() {
    let set = keys(&["a", "b"]).public_jwks();
    let parsed: Value = serde_json::from_str(&set).unwrap();
    let names: Vec<_> = parsed["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str()).collect();
    assert_eq!(names, [Some("a"), Some("b")]);
    let private: Value = serde_json::from_str(&jwks(&["a", "b"])).unwrap();
    for (public, private) in
        parsed["keys"].as_array().unwrap().iter().zip(private["keys"].as_array().unwrap())
    {
        assert!(public.get("d").is_none());
        assert_eq!(public["x"], private["x"]);
        assert!(!set.contains(private["d"].as_str().unwrap()));
        assert!(!format!("{:?}", keys(&["a", "b"])).contains(private["d"].as_str().unwrap()));
    }
    // It is what the gateways of others read as their `VIEWER_JWKS`.
    let others = Policy { keys: KeySet::from_json(&set).unwrap(), ..gateway(&["c"]) };
    let token = keys(&["a"]).mint(reader(Scope::Org), NOW, 60);
    assert_eq!(opens(&others, &token, Scope::Org, NOW), Ok(()));
    insta::assert_snapshot!(keys(&["a"]).public_jwks());
}

/// RFC 8037 appendix A.1 and A.2: the key and its public half, in the form that node's and jose's exports have, too.
#[test]
fn the_standard_s_own_key_is_read() {
    let set = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"rfc","use":"sig","alg":"EdDSA",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let public: Value = serde_json::from_str(&SigningKeys::parse(set, APP).unwrap().public_jwks()).unwrap();
    let expected = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "kid": "rfc", "alg": "EdDSA", "use": "sig",
    });
    assert_eq!(public, json!({ "keys": [expected] }));
}

#[test]
fn keys_that_cannot_sign_are_refused_and_not_repeated() {
    let mut public = jwk("a", 1);
    public.as_object_mut().unwrap().remove("d");
    let mut torn = jwk("a", 1);
    torn["x"] = jwk("a", 2)["x"].clone();
    let mut short = jwk("a", 1);
    short["d"] = "c2VjcmV0".into();
    let mut nameless = jwk("a", 1);
    nameless.as_object_mut().unwrap().remove("kid");
    let set = |keys: &[&Value]| json!({ "keys": keys }).to_string();
    for (json, error) in [
        ("secret".to_owned(), SigningKeysError::Json),
        (r#"{"keys":"secret"}"#.to_owned(), SigningKeysError::Json),
        (set(&[&nameless]), SigningKeysError::Json),
        (set(&[]), SigningKeysError::Empty),
        (set(&[&public]), SigningKeysError::Key(1)),
        (set(&[&jwk("b", 3), &torn]), SigningKeysError::Key(2)),
        (set(&[&short]), SigningKeysError::Key(1)),
        (set(&[&json!({ "kid": "a", "kty": "oct", "k": "c2VjcmV0" })]), SigningKeysError::Key(1)),
        (set(&[&jwk("a", 1), &jwk("a", 2)]), SigningKeysError::Name(2)),
        (set(&[&jwk("", 1)]), SigningKeysError::Name(1)),
    ] {
        let refused = SigningKeys::parse(&json, APP).unwrap_err();
        assert_eq!(refused, error, "{json}");
        assert!(!format!("{refused} {refused:?}").contains("secret"));
        assert!(std::error::Error::source(&refused).is_none());
    }
}

#[test]
fn a_name_that_two_sets_have_is_refused() {
    let twice = keys(&["a", "k1"]).verifying().and(policy().keys);
    assert_eq!(twice.unwrap_err().to_string(), "two keys are called `k1`");
}
