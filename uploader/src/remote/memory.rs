//! A control plane and a store in memory, with faults, for tests of the pipeline and of other crates.
//!
//! It keeps the promises that [`super`] lists and checks what the real ones check: that a body hashes to its name, that the
//! manifest of a commit is there and is what the commit says, and that every blob of its inventory is there with its size.

use super::retry::{Attempt, Patience, RetryPolicy, retry};
use super::{Grant, PartSource, PutPartsError, Remote, RemoteError, Session, Target};
use crate::progress::Silent;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vitrine_protocol::api::{Base, Committed};
use vitrine_protocol::manifest::Inventory;
use vitrine_protocol::{ErrorCode, Latest, Manifest, ObjectKey, Scope, Sha256, ShareId};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The first put of each object fails and writes nothing.
    PutsFailOnce,
    /// The first put of each object is done, but its reply is lost.
    PutsLandUnanswered,
    /// The first commit is done, but its reply is lost.
    CommitLandsUnanswered,
    /// The store refuses the credentials for writing.
    Denied,
    /// Every call waits this many turns of the executor first.
    Slow(u32),
    /// Every heartbeat is told that the lease is gone.
    LeaseLost,
    /// The lease is granted, and renewed, for longer than any clock runs.
    LeaseForEver,
}

/// Everything that is stored and granted.
#[derive(Debug, Default)]
pub struct State {
    /// The objects by key.
    pub objects: BTreeMap<String, Bytes>,
    /// The keys of the puts that were asked for, in order, repeated ones included.
    pub puts: Vec<String>,
    /// How many reads are under way, and how many were at most.
    pub reading: (usize, usize),
    /// How many commits changed what readers see.
    pub commits: usize,
    /// The share's lease: its epoch and the nonce of who holds it.
    pub lease: Option<(u64, String)>,
    epoch: u64,
    failed: BTreeSet<String>,
}

/// The remote in memory. Clones share their state.
#[derive(Clone, Default)]
pub struct Memory {
    state: Arc<Mutex<State>>,
    /// What goes wrong.
    pub fault: Fault,
}

impl Memory {
    /// The same state with another fault.
    pub fn with(&self, fault: Fault) -> Self {
        Self { state: Arc::clone(&self.state), fault }
    }

    /// Looks at, or tampers with, what is stored.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What readers of the share see.
    pub fn latest(&self, share: ShareId) -> Option<Latest> {
        let bytes = self.state().objects.get(&ObjectKey::latest(share).to_string()).cloned()?;
        Latest::from_json(&bytes).ok()
    }

    fn life(&self) -> Duration {
        if self.fault == Fault::LeaseForEver {
            return Duration::from_millis(u64::MAX);
        }
        Duration::from_secs(90)
    }

    fn lease(&self, nonce: String) -> Result<u64, RemoteError> {
        let mut state = self.state();
        if state.lease.as_ref().is_some_and(|(_, holder)| *holder != nonce) {
            return Err(RemoteError::refused("begin the publish", ErrorCode::LeaseHeld, ""));
        }
        state.epoch += 1;
        state.lease = Some((state.epoch, nonce));
        Ok(state.epoch)
    }

    async fn pause(&self) {
        if let Fault::Slow(turns) = self.fault {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        }
    }
}

impl Remote for Memory {
    type Session = MemorySession;

    async fn begin(&self, target: &Target) -> Result<MemorySession, RemoteError> {
        self.pause().await;
        let share_id = match target.share {
            Some(share_id) => share_id,
            None => ShareId::from_random('0', crate::random::bytes()?).ok_or(RemoteError::Random)?,
        };
        let nonce = target.nonce.clone().unwrap_or(crate::random::token()?);
        let latest = self.latest(share_id);
        let epoch = self.lease(nonce)?;
        self.pause().await;
        let grant = Grant {
            share_id,
            created: target.share.is_none(),
            base: latest.map(|l| Base { manifest_id: l.manifest_id, manifest_hash: l.manifest_hash }),
            scope: target.scope.unwrap_or(Scope::Unlisted),
            indexing_opt_in: false,
            root_path: target.root_path.clone(),
            url: format!("memory:{share_id}"),
            lease: Some(self.life()),
            settings_changed: false,
        };
        Ok(MemorySession { memory: self.clone(), grant, epoch })
    }
}

/// A publish to memory.
pub struct MemorySession {
    memory: Memory,
    grant: Grant,
    epoch: u64,
}

impl MemorySession {
    async fn with_retries(
        &self,
        attempt: impl Fn() -> Result<(), RemoteError> + Sync,
    ) -> Result<(), RemoteError> {
        let policy =
            RetryPolicy { attempts: 3, base: Duration::ZERO, cap: Duration::ZERO, patience: Duration::ZERO };
        retry(&policy, &Patience::default(), &Silent, || async {
            self.memory.pause().await;
            attempt().map_err(|error| Attempt { passing: error.is_unanswered(), error, retry_after: None })
        })
        .await
    }

    fn put_once(&self, key: &str, bytes: &Bytes, hash: Sha256) -> Result<(), RemoteError> {
        let mut state = self.memory.state();
        state.puts.push(key.to_owned());
        let refused = |code| RemoteError::refused("put an object", code, key.to_owned());
        if Sha256::of(bytes) != hash {
            return Err(refused(ErrorCode::InvalidRequest));
        }
        match self.memory.fault {
            Fault::Denied => return Err(refused(ErrorCode::Forbidden)),
            Fault::PutsFailOnce if state.failed.insert(key.to_owned()) => {
                return Err(refused(ErrorCode::StoreUnavailable));
            }
            _ => {}
        }
        state.objects.insert(key.to_owned(), bytes.clone());
        if self.memory.fault == Fault::PutsLandUnanswered && state.failed.insert(key.to_owned()) {
            return Err(refused(ErrorCode::StoreUnavailable));
        }
        Ok(())
    }

    fn commit_once(&self, latest: &Latest) -> Result<(), RemoteError> {
        let refused = |code, detail: String| RemoteError::refused("commit the snapshot", code, detail);
        let current = self.memory.latest(self.grant.share_id);
        if current.as_ref().is_some_and(|current| current.manifest_id == latest.manifest_id) {
            return Ok(());
        }
        let mut state = self.memory.state();
        if state.lease.as_ref().map(|(epoch, _)| *epoch) != Some(self.epoch) {
            return Err(refused(ErrorCode::LeaseLost, String::new()));
        }
        let base = current.map(|l| Base { manifest_id: l.manifest_id, manifest_hash: l.manifest_hash });
        if base != self.grant.base {
            return Err(refused(ErrorCode::BaseChanged, String::new()));
        }
        check(&state, latest).map_err(|what| refused(ErrorCode::BlobMissing, what))?;
        state.objects.insert(ObjectKey::latest(latest.share_id).to_string(), latest.to_json().into());
        state.commits += 1;
        state.lease = None;
        if self.memory.fault == Fault::CommitLandsUnanswered && state.failed.insert("commit".to_owned()) {
            return Err(refused(ErrorCode::StoreUnavailable, String::new()));
        }
        Ok(())
    }
}

/// Checks what a control plane checks before it flips `latest.json`.
fn check(state: &State, latest: &Latest) -> Result<(), String> {
    let share = latest.share_id;
    let object = |key: ObjectKey| state.objects.get(&key.to_string()).ok_or(format!("no `{key}`"));
    let bytes = object(ObjectKey::manifest(share, latest.manifest_id))?;
    if Sha256::of(bytes) != latest.manifest_hash {
        return Err("the manifest has another hash".to_owned());
    }
    let manifest = Manifest::from_json(bytes).map_err(|error| error.to_string())?;
    let rows = match manifest.blobs {
        Inventory::Inline(rows) => rows,
        Inventory::At(at) => {
            let blob = object(ObjectKey::blob(share, at.blob))?;
            let (from, to) = (usize::try_from(at.offset), usize::try_from(at.end()));
            let slice = blob.get(from.unwrap_or(0)..to.unwrap_or(0)).ok_or("the inventory is cut short")?;
            Inventory::rows_from_json(slice).map_err(|error| error.to_string())?
        }
    };
    for row in rows {
        if object(ObjectKey::blob(share, row.blob))?.len() as u64 != row.size {
            return Err(format!("the blob {} has another size", row.blob));
        }
    }
    Ok(())
}

impl Session for MemorySession {
    fn grant(&self) -> &Grant {
        &self.grant
    }

    async fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Bytes>, RemoteError> {
        {
            let reading = &mut self.memory.state().reading;
            *reading = (reading.0 + 1, reading.1.max(reading.0 + 1));
        }
        self.memory.pause().await;
        self.memory.state().reading.0 -= 1;
        let Some(bytes) = self.memory.state().objects.get(&key.to_string()).cloned() else { return Ok(None) };
        let (offset, length) = range.unwrap_or((0, bytes.len() as u64));
        let (from, to) = (usize::try_from(offset), usize::try_from(offset + length));
        let too_long = || RemoteError::refused("get an object", ErrorCode::TooLarge, key.to_string());
        if length > max {
            return Err(too_long());
        }
        match (from, to) {
            (Ok(from), Ok(to)) if to <= bytes.len() => Ok(Some(bytes.slice(from..to))),
            _ => Err(RemoteError::refused("get an object", ErrorCode::RangeNotSatisfiable, key.to_string())),
        }
    }

    async fn size_of(&self, key: ObjectKey) -> Result<Option<u64>, RemoteError> {
        self.memory.pause().await;
        Ok(self.memory.state().objects.get(&key.to_string()).map(|bytes| bytes.len() as u64))
    }

    async fn put(&self, key: ObjectKey, bytes: Bytes, hash: Sha256) -> Result<(), RemoteError> {
        let key = key.to_string();
        self.with_retries(|| self.put_once(&key, &bytes, hash)).await
    }

    async fn put_parts(
        &self,
        key: ObjectKey,
        size: u64,
        parts: &mut (impl PartSource + Send),
    ) -> Result<(), PutPartsError<RemoteError>> {
        let mut whole = Vec::new();
        for number in 0..parts.count() {
            let part = parts.part(number).await.map_err(PutPartsError::Source)?;
            if Sha256::of(&part.bytes) != part.hash {
                let code = ErrorCode::InvalidRequest;
                return Err(PutPartsError::Put(RemoteError::refused("put a part", code, key.to_string())));
            }
            whole.extend_from_slice(&part.bytes);
        }
        parts.check().map_err(PutPartsError::Source)?;
        if whole.len() as u64 != size {
            let code = ErrorCode::InvalidRequest;
            return Err(PutPartsError::Put(RemoteError::refused("put parts", code, key.to_string())));
        }
        let hash = Sha256::of(&whole);
        self.put(key, whole.into(), hash).await.map_err(PutPartsError::Put)
    }

    async fn renew(&self) -> Result<Duration, RemoteError> {
        let held = self.memory.state().lease.as_ref().map(|(epoch, _)| *epoch) == Some(self.epoch);
        if !held || self.memory.fault == Fault::LeaseLost {
            return Err(RemoteError::refused("renew the publish", ErrorCode::LeaseLost, ""));
        }
        Ok(self.memory.life())
    }

    async fn commit(&self, latest: &Latest) -> Result<Committed, RemoteError> {
        self.with_retries(|| self.commit_once(latest)).await?;
        Ok(Committed { latest: latest.clone(), url: self.grant.url.clone() })
    }

    async fn abort(&self) -> Result<(), RemoteError> {
        let mut state = self.memory.state();
        if state.lease.as_ref().map(|(epoch, _)| *epoch) == Some(self.epoch) {
            state.lease = None;
        }
        Ok(())
    }
}
