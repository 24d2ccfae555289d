//! Where a publish goes: the seam between the pipeline and the world.
//!
//! A [`Remote`] grants a [`Session`] for one share; the session reads what is there, takes blobs and a manifest, and makes
//! that manifest visible in one step. Three implement it: [`api`] (the control plane with its tickets), [`store`] (a bucket
//! alone, `--store`) and [`memory`] (tests, with faults). One conformance suite runs against each.
//!
//! What every implementation promises: a put that succeeded is durable; putting the same blob twice is harmless; before
//! `commit` returns `Ok` readers see the old snapshot or the new one, whole; `commit` again with the same manifest gives the
//! same answer; `commit` after someone else's fails with `base_changed` or `lease_lost` and changes nothing.

pub mod api;
pub mod dry_run;
pub mod error;
pub mod limit;
pub mod memory;
pub mod network;
mod proxy;
pub mod retry;
pub mod s3;
pub mod store;
pub mod throttle;

pub use error::RemoteError;

use bytes::Bytes;
use std::future::Future;
use std::time::Duration;
use vitrine_protocol::api::{Base, Committed};
use vitrine_protocol::{Latest, ObjectKey, Scope, Sha256, ShareId};

/// How long a publish that failed waits for the lease to be given back.
pub(crate) const ABORT_PATIENCE: Duration = Duration::from_secs(5);

/// Which share to publish to, and what to say of it if it must be made first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// The share; a new one when absent.
    pub share: Option<ShareId>,
    /// The project that will own a new share.
    pub project: Option<vitrine_protocol::ProjectId>,
    /// The last name of the published path.
    pub root_path: String,
    /// A new share's title.
    pub title: Option<String>,
    /// A new share's description.
    pub description: Option<String>,
    /// A new share's licence.
    pub license: Option<String>,
    /// A new share's scope.
    pub scope: Option<Scope>,
    /// What identifies this program on this machine to the lease, across restarts.
    pub nonce: Option<String>,
}

/// What a session was granted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The share.
    pub share_id: ShareId,
    /// Whether it was made for this publish.
    pub created: bool,
    /// The snapshot to compare with; absent before the first publish.
    pub base: Option<Base>,
    /// What the manifest must say of who may read.
    pub scope: Scope,
    /// What the manifest must say of search engines.
    pub indexing_opt_in: bool,
    /// What the manifest must say of its root.
    pub root_path: String,
    /// Where readers find the share.
    pub url: String,
    /// How long the lease lives without a heartbeat; absent where there is no lease.
    pub lease: Option<Duration>,
    /// Whether the commit has something to write even if the content is the same: a title, a scope.
    pub settings_changed: bool,
}

/// A place to publish to.
pub trait Remote: Send + Sync {
    /// What it grants.
    type Session: Session;

    /// Makes the share if there is none, and takes its lease.
    fn begin(&self, target: &Target) -> impl Future<Output = Result<Self::Session, RemoteError>> + Send;
}

/// One publish of one share.
pub trait Session: Send + Sync + 'static {
    /// What it was granted for.
    fn grant(&self) -> &Grant;

    /// Reads an object, or `length` bytes of it from `offset`. Refuses more than `max` bytes.
    fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> impl Future<Output = Result<Option<Bytes>, RemoteError>> + Send;

    /// The length of an object; `None` when there is none.
    fn size_of(&self, key: ObjectKey) -> impl Future<Output = Result<Option<u64>, RemoteError>> + Send;

    /// Writes an object under `blobs/` or `manifests/` whose bytes hash to `hash`.
    fn put(
        &self,
        key: ObjectKey,
        bytes: Bytes,
        hash: Sha256,
    ) -> impl Future<Output = Result<(), RemoteError>> + Send;

    /// Writes a large blob from its parts, each of [`s3::part_size`] bytes but the last.
    fn put_parts(
        &self,
        key: ObjectKey,
        size: u64,
        parts: &mut (impl PartSource + Send),
    ) -> impl Future<Output = Result<(), PutPartsError<RemoteError>>> + Send;

    /// The heartbeat: says that this publish is alive, and refreshes its credentials. Returns how long the lease lives now.
    fn renew(&self) -> impl Future<Output = Result<Duration, RemoteError>> + Send;

    /// Makes `latest.manifest_id` the snapshot that readers see.
    fn commit(&self, latest: &Latest) -> impl Future<Output = Result<Committed, RemoteError>> + Send;

    /// Gives the lease back without having changed what readers see, and aborts large blobs that were not finished.
    fn abort(&self) -> impl Future<Output = Result<(), RemoteError>> + Send;
}

/// A part of a large blob, hashed for its signature.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its bytes.
    pub bytes: Bytes,
    /// Their SHA-256.
    pub hash: Sha256,
    /// Room in memory that is given back when the part is gone.
    pub room: Option<std::sync::Arc<tokio::sync::OwnedSemaphorePermit>>,
}

/// Hands out a large blob part by part, each of [`s3::part_size`] bytes but the last. An upload that goes on where an
/// earlier one was killed asks only for those that did not arrive.
pub trait PartSource {
    /// How many parts there are.
    fn count(&self) -> u64;

    /// Part `number`, counted from 0.
    fn part(
        &mut self,
        number: u64,
    ) -> impl Future<Output = Result<Part, crate::content::read::ReadError>> + Send;

    /// Whether all of it is still what it was: asked after the last part, before they become an object.
    fn check(&mut self) -> Result<(), crate::content::read::ReadError>;
}

/// Why a large blob was not written.
#[derive(Debug, thiserror::Error)]
pub enum PutPartsError<E: std::error::Error + 'static> {
    /// The source could not be read, or changed while it was.
    #[error(transparent)]
    Source(crate::content::read::ReadError),
    /// The store did not take it.
    #[error(transparent)]
    Put(E),
}

impl PutPartsError<RemoteError> {
    fn from_s3(error: PutPartsError<s3::S3Error>) -> Self {
        match error {
            PutPartsError::Source(error) => Self::Source(error),
            PutPartsError::Put(error) => Self::Put(error.into()),
        }
    }
}
