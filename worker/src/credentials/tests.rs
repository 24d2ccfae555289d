//! Tokens against Cloudflare's page: every part decoded, the signature made again by another implementation of the format.

use super::*;
use base64ct::Base64UrlUnpadded;
use proptest::prelude::*;
use serde_json::{Value, json};

const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "parent-secret-that-nobody-sees";
const SHARE: &str = "e0123456789abcdefghjkmnpqr";
const NOW: i64 = 1_700_000_000;

fn endpoint(jurisdiction: &str) -> String {
    format!("https://{ACCOUNT}{jurisdiction}.r2.cloudflarestorage.com")
}

fn parent(kind: &str, endpoint: &str) -> Result<Parent, ParentError> {
    Parent::new(kind, endpoint, "parent-id".into(), SECRET.into())
}

fn temporary() -> Parent {
    parent("temporary", &endpoint("")).unwrap()
}

fn share() -> ShareId {
    SHARE.parse().unwrap()
}

/// The JWT in a session token.
fn jwt(access: &StorageAccess) -> String {
    let token = Base64::decode_vec(access.session_token.as_deref().unwrap()).unwrap();
    String::from_utf8(token).unwrap().strip_prefix("jwt/").unwrap().to_owned()
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap()
}

#[test]
fn the_token_is_as_the_page_says() {
    let access = temporary().access(share(), "vitrine-e", NOW);
    let token = jwt(&access);
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(json_of(header), json!({ "alg": "HS256", "typ": "JWT" }));
    assert_eq!(
        json_of(claims),
        json!({
            "bucket": "vitrine-e",
            "scope": "object-read-write",
            "actions": [
                "GetObject", "HeadObject", "PutObject", "CreateMultipartUpload", "UploadPart", "ListParts",
                "CompleteMultipartUpload", "AbortMultipartUpload",
            ],
            "paths": {
                "prefixPaths": [format!("share/{SHARE}/blobs/"), format!("share/{SHARE}/manifests/")],
                "objectPaths": [],
            },
            "sub": ACCOUNT,
            "iss": "parent-id",
            "aud": format!("{ACCOUNT}.r2.cloudflarestorage.com"),
            "iat": NOW,
            "exp": NOW + 900,
        })
    );
    let mut mac = <Hmac<sha2::Sha256>>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{header}.{claims}").as_bytes());
    mac.verify_slice(&Base64UrlUnpadded::decode_vec(signature).unwrap()).unwrap();
    assert_eq!(access.access_key_id, "parent-id");
    assert_eq!(access.secret_access_key, Sha256::of(token.as_bytes()).to_string());
    assert_eq!(access.expires_at, Some((NOW + 900) * 1000));
    assert_eq!((access.endpoint, access.region, access.prefix), (endpoint(""), "auto".into(), String::new()));
}

/// A second implementation: jwt-compact's HS256 accepts it under the parent's secret, and under no other.
#[test]
fn another_implementation_accepts_it() {
    use jwt_compact::alg::{Hs256, Hs256Key};
    use jwt_compact::{AlgorithmExt as _, UntrustedToken};
    let token = jwt(&temporary().access(share(), "b", NOW));
    let token = UntrustedToken::new(&token).unwrap();
    let check =
        |secret: &str| Hs256.validator::<Value>(&Hs256Key::new(secret.as_bytes())).validate(&token).is_ok();
    assert!(check(SECRET));
    assert!(!check("another"));
}

/// What the format was when it was last compared with Cloudflare's page.
#[test]
fn a_fixed_one() {
    let access = temporary().access(share(), "vitrine-e", NOW);
    insta::assert_snapshot!(format!(
        "{}\n{}\n{}",
        jwt(&access),
        access.secret_access_key,
        access.session_token.unwrap()
    ));
}

#[test]
fn the_static_pair_is_as_it_was_set() {
    let access = parent("static", "http://127.0.0.1:8787/s3/").unwrap().access(share(), "b", NOW);
    assert_eq!(access.endpoint, "http://127.0.0.1:8787/s3");
    assert_eq!((access.access_key_id.as_str(), access.secret_access_key.as_str()), ("parent-id", SECRET));
    assert_eq!((access.session_token, access.expires_at), (None, None));
}

#[test]
fn endpoints_of_r2_alone_can_be_signed_for() {
    for good in [endpoint(""), endpoint(".eu"), endpoint(".fedramp"), format!("{}/", endpoint(""))] {
        assert!(parent("", &good).is_ok(), "{good}");
    }
    let eu = jwt(&parent("", &endpoint(".eu")).unwrap().access(share(), "b", NOW));
    assert_eq!(
        json_of(eu.split('.').nth(1).unwrap())["aud"],
        format!("{ACCOUNT}.eu.r2.cloudflarestorage.com")
    );
    for bad in [
        "",
        "https://r2.cloudflarestorage.com",
        "https://account.r2.cloudflarestorage.com",
        &endpoint("").replace("https", "http"),
        &endpoint("").to_uppercase(),
        &format!("{}/bucket", endpoint("")),
        &format!("{}:8443", endpoint("")),
        &format!("{}.example", endpoint("")),
        &format!("https://{ACCOUNT}.evil-r2.cloudflarestorage.com"),
        &format!("https://{ACCOUNT}..r2.cloudflarestorage.com"),
        &format!("https://{ACCOUNT}0.r2.cloudflarestorage.com"),
    ] {
        assert_eq!(parent("temporary", bad).unwrap_err(), ParentError::Endpoint, "{bad}");
    }
    let error = parent("permanent", &endpoint("")).unwrap_err().to_string();
    assert_eq!(
        error,
        "the variable `S3_CREDENTIALS` is `permanent`, which is neither `temporary` nor `static`"
    );
    assert!(parent("", "http://127.0.0.1/s3").unwrap_err().to_string().contains("`S3_ENDPOINT`"));
}

#[test]
fn nothing_leaks() {
    let parent = temporary();
    let access = parent.access(share(), "b", NOW);
    let printed = format!("{parent:?} {access:?} {}", serde_json::to_string(&access).unwrap());
    assert!(!printed.contains(SECRET));
    assert!(format!("{parent:?}").contains(ACCOUNT));
    assert!(!format!("{access:?}").contains(&access.secret_access_key));
}

proptest! {
    /// Two shares, two buckets or two moments never share a secret, and each token names its own share alone.
    #[test]
    fn credentials_are_of_one_share(random in any::<[u8; 25]>(), now in 0i64..1 << 40) {
        let (parent, other) = (temporary(), ShareId::from_random('e', random).unwrap());
        let access = parent.access(other, "b", now);
        let token = jwt(&access);
        let claims = json_of(token.split('.').nth(1).unwrap());
        let own = ObjectKey::share_prefix(other);
        for prefix in claims["paths"]["prefixPaths"].as_array().unwrap() {
            prop_assert!(prefix.as_str().unwrap().starts_with(&own));
        }
        prop_assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
        prop_assert_ne!(&access.secret_access_key, &parent.access(other, "c", now).secret_access_key);
        prop_assert_ne!(&access.secret_access_key, &parent.access(other, "b", now + 1).secret_access_key);
    }
}
