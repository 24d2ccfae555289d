//! A bucket without a control plane: the bucket's owner publishes with credentials of their own.
//!
//! There is no lease. What keeps two publishers apart is the last step: `latest.json` is put only if it is still the one
//! that was read at the beginning (If-Match), or still absent (If-None-Match). Nothing is written before `commit` but
//! blobs and manifests, so a share that was only begun does not exist.

use super::s3::{Client, Condition, S3Error};
use super::{Grant, PartSource, PutPartsError, Remote, RemoteError, Session, Target};
use crate::clock;
use crate::progress::{Event, Progress};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use vitrine_protocol::api::{Base, Committed};
use vitrine_protocol::limits::{DOCUMENT_BYTES_MAX, FORMAT_VERSION};
use vitrine_protocol::{ErrorCode, Latest, Meta, ObjectKey, Scope, Sha256, ShareId, State};

/// The region code of shares made without a control plane: the default region's of a gateway as we deliver it.
const REGION: char = 'e';

/// A bucket that is its own remote.
pub struct Store {
    client: Arc<Client>,
    share_url: ShareUrl,
    progress: Arc<dyn Progress>,
}

/// How the URL of a share is made where no control plane says it.
#[derive(Debug, Clone)]
pub enum ShareUrl {
    /// Below the origin of a gateway that serves this bucket.
    Origin(String),
    /// The place in the bucket: `s3://bucket/prefix/`.
    Bucket(String),
}

impl ShareUrl {
    fn of(&self, share: ShareId) -> String {
        match self {
            Self::Origin(origin) => format!("{}/{share}", origin.trim_end_matches('/')),
            Self::Bucket(start) => format!("{start}{}", ObjectKey::share_prefix(share)),
        }
    }
}

impl Store {
    /// Takes a client of the bucket.
    pub fn new(client: Client, share_url: ShareUrl, progress: Arc<dyn Progress>) -> Self {
        Self { client: Arc::new(client), share_url, progress }
    }

    async fn document(&self, key: ObjectKey) -> Result<Option<(Bytes, String)>, RemoteError> {
        let object = self.client.get(&key.to_string(), None, DOCUMENT_BYTES_MAX).await?;
        Ok(object.map(|object| (object.bytes, object.etag)))
    }

    async fn latest(&self, share: ShareId) -> Result<Option<(Latest, String)>, RemoteError> {
        let key = ObjectKey::latest(share);
        let Some((bytes, etag)) = self.document(key).await? else { return Ok(None) };
        let bad = |source| RemoteError::Document { key: key.to_string(), source };
        Ok(Some((Latest::from_json(&bytes).map_err(bad)?, etag)))
    }

    async fn meta(&self, share: ShareId) -> Result<Option<(Meta, String)>, RemoteError> {
        let key = ObjectKey::meta(share);
        let Some((bytes, etag)) = self.document(key).await? else { return Ok(None) };
        let bad = |source| RemoteError::Document { key: key.to_string(), source };
        Ok(Some((Meta::from_json(&bytes).map_err(bad)?, etag)))
    }
}

impl Remote for Store {
    type Session = StoreSession;

    async fn begin(&self, target: &Target) -> Result<StoreSession, RemoteError> {
        let share_id = match target.share {
            Some(share_id) => share_id,
            None => ShareId::from_random(REGION, crate::random::bytes()?).ok_or(RemoteError::Random)?,
        };
        let latest = self.latest(share_id).await?;
        let meta = self.meta(share_id).await?;
        if meta.as_ref().is_some_and(|(meta, _)| meta.state == State::Deleted) {
            return Err(RemoteError::refused("begin the publish", ErrorCode::ShareDeleted, ""));
        }
        let created = meta.is_none();
        self.progress.on(Event::Share { share_id, created });
        let (wanted, changed) = wanted_meta(share_id, meta.as_ref().map(|(meta, _)| meta), target);
        let grant = Grant {
            share_id,
            created,
            base: latest.as_ref().map(|(latest, _)| base_of(latest)),
            scope: wanted.scope,
            indexing_opt_in: wanted.indexing_opt_in,
            root_path: target.root_path.clone(),
            url: self.share_url.of(share_id),
            lease: None,
            settings_changed: changed,
        };
        Ok(StoreSession {
            store: Self {
                client: Arc::clone(&self.client),
                share_url: self.share_url.clone(),
                progress: Arc::clone(&self.progress),
            },
            grant,
            latest_etag: latest.map(|(_, etag)| etag),
            meta: changed.then_some((wanted, meta.map(|(_, etag)| etag))),
        })
    }
}

fn base_of(latest: &Latest) -> Base {
    Base { manifest_id: latest.manifest_id, manifest_hash: latest.manifest_hash }
}

/// What `meta.json` should say, and whether that differs from what it says.
fn wanted_meta(share_id: ShareId, old: Option<&Meta>, target: &Target) -> (Meta, bool) {
    let mut meta = old.cloned().unwrap_or_else(|| Meta {
        version: FORMAT_VERSION,
        share_id,
        scope: Scope::Unlisted,
        org_id: None,
        state: State::Active,
        title: target.root_path.clone(),
        description: String::new(),
        license: String::new(),
        owner: None,
        slug: None,
        indexing_opt_in: false,
        tokens_valid_after: 0,
        updated_at: 0,
    });
    let set = |field: &mut String, value: &Option<String>| {
        if let Some(value) = value {
            field.clone_from(value);
        }
    };
    set(&mut meta.title, &target.title);
    set(&mut meta.description, &target.description);
    set(&mut meta.license, &target.license);
    meta.scope = target.scope.unwrap_or(meta.scope);
    let changed = old != Some(&meta);
    if changed {
        meta.updated_at = clock::now_ms();
    }
    (meta, changed)
}

/// A publish to a bucket.
pub struct StoreSession {
    store: Store,
    grant: Grant,
    latest_etag: Option<String>,
    /// The `meta.json` to write, and the `ETag` of the one it replaces.
    meta: Option<(Meta, Option<String>)>,
}

impl StoreSession {
    async fn put_document(
        &self,
        key: ObjectKey,
        json: Vec<u8>,
        etag: Option<&String>,
    ) -> Result<(), S3Error> {
        let hash = Sha256::of(&json);
        let condition = etag.map_or(Condition::Absent, |etag| Condition::Matches(opaque(etag).to_owned()));
        self.store.client.put(&key.to_string(), json.into(), hash, Some(condition)).await?;
        Ok(())
    }

    async fn put_meta(&self) -> Result<(), RemoteError> {
        let Some((meta, etag)) = &self.meta else { return Ok(()) };
        let key = ObjectKey::meta(self.grant.share_id);
        match self.put_document(key, meta.to_json(), etag.as_ref()).await {
            Err(error) if error.status() == Some(412) => match self.store.meta(self.grant.share_id).await? {
                // An earlier attempt whose reply was lost.
                Some((found, _)) if found == *meta => Ok(()),
                Some((_, found)) if is_weak_and_same(&found, etag.as_ref()) => Err(RemoteError::WeakTags),
                _ => Err(base_changed()),
            },
            other => Ok(other?),
        }
    }
}

/// An entity tag without its `W/`. Two are the same by the weak rule if these are. A condition of a put needs a strong one: what
/// made the tag weak is most often a proxy that compresses, and the storage behind it still has this one.
fn opaque(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

/// Whether nothing changed, and yet no condition can hold.
fn is_weak_and_same(found: &str, base: Option<&String>) -> bool {
    found.starts_with("W/") && base.is_some_and(|base| opaque(found) == opaque(base))
}

fn base_changed() -> RemoteError {
    RemoteError::refused("commit the snapshot", ErrorCode::BaseChanged, "")
}

impl Session for StoreSession {
    fn grant(&self) -> &Grant {
        &self.grant
    }

    async fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Bytes>, RemoteError> {
        Ok(self.store.client.get(&key.to_string(), range, max).await?.map(|object| object.bytes))
    }

    async fn size_of(&self, key: ObjectKey) -> Result<Option<u64>, RemoteError> {
        Ok(self.store.client.head(&key.to_string()).await?)
    }

    async fn put(&self, key: ObjectKey, bytes: Bytes, hash: Sha256) -> Result<(), RemoteError> {
        self.store.client.put(&key.to_string(), bytes, hash, None).await?;
        Ok(())
    }

    async fn put_parts(
        &self,
        key: ObjectKey,
        size: u64,
        parts: &mut (impl PartSource + Send),
    ) -> Result<(), PutPartsError<RemoteError>> {
        self.store.client.put_parts(&key.to_string(), size, parts).await.map_err(PutPartsError::from_s3)
    }

    async fn renew(&self) -> Result<Duration, RemoteError> {
        Ok(Duration::MAX)
    }

    /// Looks once more that nobody else published, writes `meta.json` where it must change, then flips `latest.json`.
    ///
    /// `meta.json` goes first: a narrower scope must hold before the new content can be seen.
    async fn commit(&self, latest: &Latest) -> Result<Committed, RemoteError> {
        let done = || Committed { latest: latest.clone(), url: self.grant.url.clone() };
        let current = self.store.latest(self.grant.share_id).await?;
        if current.as_ref().is_some_and(|(current, _)| current.manifest_id == latest.manifest_id) {
            return Ok(done());
        }
        let found = current.as_ref().map(|(_, etag)| etag);
        if found.map(|etag| opaque(etag)) != self.latest_etag.as_deref().map(opaque) {
            return Err(base_changed());
        }
        self.put_meta().await?;
        let key = ObjectKey::latest(self.grant.share_id);
        match self.put_document(key, latest.to_json(), self.latest_etag.as_ref()).await {
            Err(error) if error.status() == Some(412) => {
                match self.store.latest(self.grant.share_id).await? {
                    // An earlier attempt whose reply was lost.
                    Some((current, _)) if current.manifest_id == latest.manifest_id => Ok(done()),
                    Some((_, found)) if is_weak_and_same(&found, self.latest_etag.as_ref()) => {
                        Err(RemoteError::WeakTags)
                    }
                    _ => Err(base_changed()),
                }
            }
            other => {
                other?;
                let start = ObjectKey::share_prefix(self.grant.share_id);
                self.store.client.abort_journalled(&start).await;
                Ok(done())
            }
        }
    }

    async fn abort(&self) -> Result<(), RemoteError> {
        self.store.client.abort_uploads().await;
        Ok(())
    }
}

impl Drop for StoreSession {
    fn drop(&mut self) {
        self.store.client.abandon_uploads();
    }
}
