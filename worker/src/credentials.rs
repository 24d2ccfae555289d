//! What a publish ticket lets its holder do in the bucket: R2's temporary credentials, signed here without asking anybody,
//! for the blobs and manifests of one share and for nothing else. Pure; called by `control::publish`, set up by `config`.
//!
//! The format is Cloudflare's, as its pages said in April 2026:
//! <https://developers.cloudflare.com/r2/api/s3/temporary-credentials/> (scope, actions, paths) and
//! <https://developers.cloudflare.com/r2/examples/authenticate-r2-temp-credentials/> (header, claims, what is derived). A JWT,
//! HS256 with the text of the parent's secret as the key: `iss` is the parent's access key id, `sub` the account, `aud` the
//! host of the endpoint. The access key id stays the parent's, the secret is the JWT's SHA-256 in hexadecimal digits, and the
//! session token is `jwt/` and the JWT in padded base64.

use crate::token::write::compact;
use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use vitrine_protocol::api::StorageAccess;
use vitrine_protocol::{ObjectKey, Sha256, ShareId};

/// How long credentials live, in seconds: thirty heartbeats, each of which brings new ones, and ten times the lease (90 s)
/// without which they should not be used. What a host that was thrown out can still write, it can write until then.
const SECONDS: i64 = 15 * 60;

/// Where R2's S3 interfaces are: below this name, after the account and, for some, a jurisdiction.
const R2: &str = "r2.cloudflarestorage.com";

/// What a publish does in the bucket (`uploader/src/remote/s3`), by the names of Cloudflare's page. It reads the snapshot
/// before, asks whether a blob has arrived, and writes. `ListParts` tells only of an upload whose id one knows. Deleting,
/// listing and copying are the Worker's own.
const ACTIONS: [&str; 8] = [
    "GetObject",
    "HeadObject",
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "ListParts",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
];

/// The preset that [`ACTIONS`] narrow: the example of Cloudflare's page has both, and the smallest that allows to write.
const SCOPE: &str = "object-read-write";

/// Why the S3 interface cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParentError {
    /// A kind of credentials that there is not.
    #[error("the variable `S3_CREDENTIALS` is `{0}`, which is neither `temporary` nor `static`")]
    Kind(String),
    /// Not an endpoint of R2: its account and host are part of what is signed.
    #[error(
        "the variable `S3_ENDPOINT` is not `https://ACCOUNT.{R2}`, which temporary credentials need (`S3_CREDENTIALS`)"
    )]
    Endpoint,
}

/// What tickets carry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// The parent's own pair: for the local simulator, which knows no session tokens.
    Static,
    /// Credentials for one share that end soon.
    Temporary { account: String, host: String },
}

/// The S3 interface that publishers write to, and the key that all credentials derive from. Its secret leaves this module
/// only in [`Kind::Static`].
#[derive(Clone)]
pub(crate) struct Parent {
    endpoint: String,
    access_key_id: String,
    secret_access_key: String,
    kind: Kind,
}

impl std::fmt::Debug for Parent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parent")
            .field("endpoint", &self.endpoint)
            .field("access_key_id", &self.access_key_id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Parent {
    /// Takes what an operator set. `kind` is `temporary` (also when empty) or `static`.
    pub(crate) fn new(
        kind: &str,
        endpoint: &str,
        access_key_id: String,
        secret_access_key: String,
    ) -> Result<Self, ParentError> {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let kind = match kind {
            "static" => Kind::Static,
            "" | "temporary" => {
                let (account, host) = account_and_host(&endpoint).ok_or(ParentError::Endpoint)?;
                Kind::Temporary { account: account.into(), host: host.into() }
            }
            other => return Err(ParentError::Kind(other.into())),
        };
        Ok(Self { endpoint, access_key_id, secret_access_key, kind })
    }

    /// Access to one share in its bucket, from `now` (seconds since the epoch) for a quarter of an hour.
    pub(crate) fn access(&self, share: ShareId, bucket: &str, now: i64) -> StorageAccess {
        let own = StorageAccess {
            endpoint: self.endpoint.clone(),
            bucket: bucket.into(),
            prefix: String::new(),
            region: "auto".into(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: String::new(),
            session_token: None,
            expires_at: None,
        };
        let Kind::Temporary { account, host } = &self.kind else {
            return StorageAccess { secret_access_key: self.secret_access_key.clone(), ..own };
        };
        let exp = now.saturating_add(SECONDS);
        let prefix_paths = [ObjectKey::blob_prefix(share), ObjectKey::manifest_prefix(share)];
        let claims = Claims {
            bucket,
            scope: SCOPE,
            actions: ACTIONS,
            paths: Paths { prefix_paths, object_paths: [] },
            sub: account,
            iss: &self.access_key_id,
            aud: host,
            iat: now,
            exp,
        };
        let jwt = compact(&Header { alg: "HS256", typ: "JWT" }, &claims, |text| self.sign(text));
        StorageAccess {
            secret_access_key: Sha256::of(jwt.as_bytes()).to_string(),
            session_token: Some(Base64::encode_string(format!("jwt/{jwt}").as_bytes())),
            expires_at: Some(exp.saturating_mul(1000)),
            ..own
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let secret = self.secret_access_key.as_bytes();
        let mut mac = <Hmac<sha2::Sha256>>::new_from_slice(secret).expect("HMAC takes keys of any length");
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    }
}

/// The account (32 hexadecimal digits) and the host of an endpoint of R2.
fn account_and_host(endpoint: &str) -> Option<(&str, &str)> {
    let host = endpoint.strip_prefix("https://")?;
    let (account, rest) = host.split_once('.')?;
    let jurisdiction = rest.strip_suffix(R2)?;
    let is_jurisdiction = |text: &str| {
        text.strip_suffix('.').is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
    };
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let good = account.len() == 32
        && account.bytes().all(is_digit)
        && (jurisdiction.is_empty() || is_jurisdiction(jurisdiction));
    good.then_some((account, host))
}

#[derive(Serialize)]
struct Header {
    alg: &'static str,
    typ: &'static str,
}

#[derive(Serialize)]
struct Claims<'a> {
    bucket: &'a str,
    scope: &'static str,
    actions: [&'static str; 8],
    paths: Paths,
    sub: &'a str,
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Paths {
    prefix_paths: [String; 2],
    object_paths: [&'static str; 0],
}

#[cfg(test)]
mod tests;
