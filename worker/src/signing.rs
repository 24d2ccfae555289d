//! The keys that sign viewer tokens here, for callers who may read: minting, and the public halves that let others check.
//! Pure; set up by `config`, which also lets `access` accept what is signed; called by the API.
//!
//! The first key signs, all verify. So a key is replaced by putting a new one in front, and taking the old one out when the
//! last token it signed has ended.

use crate::token::write::compact;
use crate::token::{Ed25519Key, KeySet, NamedKey, NamedKeys};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use jwt_compact::alg::{Ed25519, SigningKey as _};
use jwt_compact::{Algorithm, AlgorithmSignature as _};
use serde::Serialize;
use std::collections::BTreeSet;
use vitrine_protocol::limits::VIEWER_TOKEN_SECONDS_MAX;
use vitrine_protocol::token::{VIEWER_AUDIENCE, ViewerClaims};
use vitrine_protocol::{Scope, ShareId};

type Secret = <Ed25519 as Algorithm>::SigningKey;

/// Why keys cannot sign. No text and no source has anything of what is wrong: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SigningKeysError {
    /// Not a JWKS whose keys have names.
    #[error("it is not a JSON Web Key Set with a `kid` for each key")]
    Json,
    /// No key at all.
    #[error("it holds no key")]
    Empty,
    /// Of another kind, a public one, or one whose halves do not belong together. The number counts from 1.
    #[error("its key {0} is not a private Ed25519 key (RFC 8037)")]
    Key(usize),
    /// Its name is empty, or another key's.
    #[error("its key {0} has no `kid` of its own")]
    Name(usize),
}

#[derive(Clone)]
struct Key {
    id: String,
    secret: Secret,
}

/// The keys of `VIEWER_SIGNING_KEYS`.
#[derive(Clone)]
pub(crate) struct SigningKeys {
    issuer: String,
    first: Key,
    older: Vec<Key>,
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.all().map(|key| &key.id)).finish()
    }
}

/// Whom a viewer token lets in, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    /// The one share.
    pub(crate) share_id: ShareId,
    /// Its scope now: when that changes, the token no longer fits.
    pub(crate) scope: Scope,
    /// The reader's organisation, for `org`.
    pub(crate) org_id: Option<String>,
    /// The reader; not empty.
    pub(crate) sub: String,
    /// The token's own name: random, not empty.
    pub(crate) jti: String,
}

impl SigningKeys {
    /// Reads a JWKS of private keys (RFC 7517, RFC 8037). `issuer` is the `iss` of what they sign.
    pub(crate) fn parse(json: &str, issuer: &str) -> Result<Self, SigningKeysError> {
        let set: NamedKeys = serde_json::from_str(json).map_err(|_| SigningKeysError::Json)?;
        let mut names = BTreeSet::new();
        let mut keys = Vec::new();
        for (at, NamedKey { kid, key, .. }) in set.keys.into_iter().enumerate() {
            let secret = Secret::try_from(&key).map_err(|_| SigningKeysError::Key(at + 1))?;
            if kid.is_empty() || !names.insert(kid.clone()) {
                return Err(SigningKeysError::Name(at + 1));
            }
            keys.push(Key { id: kid, secret });
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(SigningKeysError::Empty)?;
        Ok(Self { issuer: issuer.into(), first, older: keys.collect() })
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.older)
    }

    /// What checks the tokens of these keys.
    pub(crate) fn verifying(&self) -> KeySet {
        KeySet::of(self.all().map(|key| (key.id.clone(), key.public())))
    }

    /// Signs a viewer token that begins at `now` (seconds since the epoch) and lives `ttl` seconds, at most the quarter of an
    /// hour that is accepted. Whether the reader may read is the caller's to know.
    pub(crate) fn mint(&self, reader: Reader, now: i64, ttl: u64) -> String {
        let Reader { share_id, scope, org_id, sub, jti } = reader;
        let ttl = i64::try_from(ttl.min(VIEWER_TOKEN_SECONDS_MAX)).unwrap_or(0);
        let (iss, aud) = (self.issuer.clone(), VIEWER_AUDIENCE.into());
        let claims = Timed {
            claims: ViewerClaims { iss, aud, sub, share_id, scope, org_id, jti },
            iat: now,
            nbf: now,
            exp: now.saturating_add(ttl),
        };
        let header = Header { alg: "EdDSA", typ: "JWT", kid: &self.first.id };
        compact(&header, &claims, |text| Ed25519.sign(&self.first.secret, text).as_bytes().into_owned())
    }

    /// The public halves as a JWKS, for `/.well-known/jwks.json`: what others need to check the tokens, and no more.
    pub(crate) fn public_jwks(&self) -> String {
        let keys = self.all().map(|key| PublicKey {
            kty: "OKP",
            crv: "Ed25519",
            x: Base64UrlUnpadded::encode_string(key.public().as_bytes()),
            kid: &key.id,
            alg: "EdDSA",
            usage: "sig",
        });
        // Texts always become JSON.
        serde_json::to_string(&PublicSet { keys: keys.collect() }).unwrap_or_default()
    }
}

impl Key {
    fn public(&self) -> Ed25519Key {
        self.secret.to_verifying_key()
    }
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Timed {
    #[serde(flatten)]
    claims: ViewerClaims,
    iat: i64,
    nbf: i64,
    exp: i64,
}

#[derive(Serialize)]
struct PublicSet<'a> {
    keys: Vec<PublicKey<'a>>,
}

#[derive(Serialize)]
struct PublicKey<'a> {
    kty: &'static str,
    crv: &'static str,
    x: String,
    kid: &'a str,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
}

#[cfg(test)]
pub(crate) mod tests;
