//! Who this host is: its key, its name, and the short tokens that it signs itself.
//!
//! The key is made here and never leaves the machine. It is written before the server is asked, so that an answer that was
//! lost can be asked for again; it is never written over. Used by `vitrine enroll` and by the agent.

use crate::clock;
use crate::random;
use crate::remote::RemoteError;
use crate::remote::api::Bearer;
use crate::secret::Secret;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use vitrine_protocol::limits::HOST_TOKEN_SECONDS_MAX;
use vitrine_protocol::token::{HOST_AUDIENCE, HostClaims};
use vitrine_protocol::{HostId, Sha256};

const KEY: &str = "host.key";
const RECORD: &str = "host.json";

/// A token is signed anew when it has less than this left.
const TOKEN_LEFT_MIN_MS: i64 = 60_000;

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The host was never enrolled with this folder.
    #[error("This host is not enrolled: there is no `{}`", path.display())]
    NotEnrolled {
        /// Where its record would be.
        path: PathBuf,
    },
    /// It was, with another token.
    #[error("`{}` says that this is the host {host} already", path.display())]
    Enrolled {
        /// Its record.
        path: PathBuf,
        /// Its name.
        host: HostId,
    },
    /// A file cannot be read or written.
    #[error("Could not use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is not what it should be.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// No random bytes.
    #[error(transparent)]
    Random(RemoteError),
}

/// What is written down of an enrolment. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFile {
    /// The host's name in its tokens.
    pub host_id: HostId,
    /// What people call it.
    pub name: String,
    /// The region of the shares of its projects.
    pub region: char,
    /// The server that it is enrolled with.
    pub api: String,
    /// The hash of the token it was enrolled with, to know that again.
    pub token_hash: Sha256,
}

/// What a host token says, with its times.
#[derive(Debug, Serialize)]
struct Timed {
    #[serde(flatten)]
    claims: HostClaims,
    iat: i64,
    exp: i64,
}

/// The key of a host.
pub struct HostKey(SigningKey);

impl HostKey {
    /// Reads the key in `dir`, or makes one there, for its owner alone.
    pub fn open_or_make(dir: &Path) -> Result<Self, IdentityError> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| file(dir, e))?;
        let path = dir.join(KEY);
        match Self::open(dir) {
            Err(IdentityError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
        let key = Self(SigningKey::from_bytes(&random::bytes().map_err(IdentityError::Random)?));
        let text = Base64UrlUnpadded::encode_string(&key.0.to_bytes());
        write_new(&path, text.as_bytes()).map_err(|source| file(&path, source))?;
        Ok(key)
    }

    fn open(dir: &Path) -> Result<Self, IdentityError> {
        let path = dir.join(KEY);
        let text = fs::read_to_string(&path).map_err(|source| file(&path, source))?;
        let mut seed = [0; 32];
        match Base64UrlUnpadded::decode(text.trim(), &mut seed) {
            Ok(bytes) if bytes.len() == 32 => Ok(Self(SigningKey::from_bytes(&seed))),
            _ => Err(IdentityError::Damaged { path }),
        }
    }

    /// The public half, as a JWK's `x`.
    pub fn public(&self) -> String {
        Base64UrlUnpadded::encode_string(self.0.verifying_key().as_bytes())
    }

    /// Signs a token of `host` that is good from `now_ms` on.
    fn token(&self, host: HostId, now_ms: i64) -> Result<(Secret, i64), RemoteError> {
        let iat = now_ms.div_euclid(1000);
        let exp = iat.saturating_add(i64::try_from(HOST_TOKEN_SECONDS_MAX).unwrap_or(0));
        let (aud, sub, jti) = (HOST_AUDIENCE.to_owned(), host.to_string(), random::token()?);
        let claims = Timed { claims: HostClaims { aud, sub, jti }, iat, exp };
        let header = format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{host}"}}"#);
        let claims = serde_json::to_vec(&claims).map_err(|_| RemoteError::Token)?;
        let part = Base64UrlUnpadded::encode_string;
        let signed = format!("{}.{}", part(header.as_bytes()), part(&claims));
        let signature = part(&self.0.sign(signed.as_bytes()).to_bytes());
        Ok((Secret::new(&format!("{signed}.{signature}")), exp.saturating_mul(1000)))
    }
}

/// A host that is enrolled, signing its tokens.
pub struct Identity {
    key: HostKey,
    /// What its enrolment said.
    pub record: HostFile,
    current: Mutex<Option<(Secret, i64)>>,
}

impl Identity {
    /// Reads what `enroll` left in `dir`.
    pub fn open(dir: &Path) -> Result<Self, IdentityError> {
        let record = HostFile::open(dir)?.ok_or(IdentityError::NotEnrolled { path: dir.join(RECORD) })?;
        Ok(Self { key: HostKey::open(dir)?, record, current: Mutex::default() })
    }
}

impl Bearer for Identity {
    fn token(&self) -> Result<Secret, RemoteError> {
        let now = clock::now_ms();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes a token that is not yet good.
        let good = |ends: i64| (TOKEN_LEFT_MIN_MS..=300_000).contains(&ends.saturating_sub(now));
        if let Some((token, _)) = current.as_ref().filter(|(_, ends)| good(*ends)) {
            return Ok(token.clone());
        }
        let (token, ends) = self.key.token(self.record.host_id, now)?;
        *current = Some((token.clone(), ends));
        Ok(token)
    }
}

impl HostFile {
    /// Reads the record in `dir`, if there is one.
    pub fn open(dir: &Path) -> Result<Option<Self>, IdentityError> {
        let path = dir.join(RECORD);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(file(&path, source)),
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map(Some).map_err(|_| IdentityError::Damaged { path })
            }
        }
    }

    /// Writes the record, whole or not at all.
    pub fn save(&self, dir: &Path) -> Result<(), IdentityError> {
        let path = dir.join(RECORD);
        let json =
            serde_json::to_vec_pretty(self).map_err(|_| IdentityError::Damaged { path: path.clone() })?;
        replace(&path, &json).map_err(|source| file(&path, source))
    }

    /// Moves this enrolment's files aside, so that another can take their place.
    pub fn set_aside(&self, dir: &Path) -> Result<(), IdentityError> {
        for name in [RECORD, KEY] {
            let (from, to) = (dir.join(name), dir.join(format!("{name}.{}", self.host_id)));
            match fs::rename(&from, to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(&from, error)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn file(path: &Path, source: io::Error) -> IdentityError {
    IdentityError::File { path: path.to_owned(), source }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Replaces a file by way of another name, so that there is always one that is whole.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = path.with_extension("next");
    match fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_new(&next, bytes)?;
    fs::rename(&next, path)?;
    // The name is on the disk when the folder is.
    path.parent().map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signature, VerifyingKey};
    use std::os::unix::fs::PermissionsExt as _;

    fn record() -> HostFile {
        let host_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let (name, api) = ("box".to_owned(), "https://a".to_owned());
        HostFile { host_id, name, region: 'e', api, token_hash: Sha256::of(b"t") }
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_and_signs_what_it_should() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("state");
        let public = HostKey::open_or_make(&dir).unwrap().public();
        assert_eq!(HostKey::open_or_make(&dir).unwrap().public(), public);
        assert_eq!(fs::metadata(dir.join(KEY)).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(Identity::open(&dir), Err(IdentityError::NotEnrolled { .. })));
        record().save(&dir).unwrap();
        let identity = Identity::open(&dir).unwrap();
        let token = identity.token().unwrap();
        assert_eq!(identity.token().unwrap(), token, "not signed anew for each request");
        let (signed, signature) = token.expose().rsplit_once('.').unwrap();
        let mut key = [0; 32];
        Base64UrlUnpadded::decode(&public, &mut key).unwrap();
        let mut bytes = [0; 64];
        let signature = Base64UrlUnpadded::decode(signature, &mut bytes).unwrap();
        let signature = Signature::from_slice(signature).unwrap();
        VerifyingKey::from_bytes(&key).unwrap().verify_strict(signed.as_bytes(), &signature).unwrap();
        let part = |text: &str| -> serde_json::Value {
            serde_json::from_slice(&Base64UrlUnpadded::decode_vec(text).unwrap()).unwrap()
        };
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(part(header)["kid"], record().host_id.to_string());
        let claims = part(claims);
        assert_eq!((&claims["aud"], &claims["sub"]), (&HOST_AUDIENCE.into(), &part(header)["kid"]));
        assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 300);
    }

    #[test]
    fn damage_is_named_and_an_enrolment_can_be_set_aside() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path();
        fs::write(dir.join(KEY), "short").unwrap();
        assert!(matches!(HostKey::open_or_make(dir), Err(IdentityError::Damaged { .. })));
        record().save(dir).unwrap();
        record().set_aside(dir).unwrap();
        assert_eq!(HostFile::open(dir).unwrap(), None);
        assert!(HostKey::open_or_make(dir).is_ok());
        fs::write(dir.join(RECORD), "{").unwrap();
        assert!(matches!(HostFile::open(dir), Err(IdentityError::Damaged { .. })));
    }
}
