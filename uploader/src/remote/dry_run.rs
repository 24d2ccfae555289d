//! A session that reads and never writes: `--dry-run` as a wrapper, so that no step of the pipeline asks which it is.

use super::{Grant, PartSource, PutPartsError, RemoteError, Session};
use bytes::Bytes;
use std::time::Duration;
use vitrine_protocol::api::Committed;
use vitrine_protocol::{Latest, ObjectKey, Sha256};

/// Reads from a session, if there is one, and takes writes for done.
pub struct DryRun<S> {
    inner: Option<S>,
    grant: Grant,
}

impl<S: Session> DryRun<S> {
    /// Wraps the session of a share that exists.
    pub fn of(inner: S) -> Self {
        let grant = inner.grant().clone();
        Self { inner: Some(inner), grant }
    }

    /// Stands in for the session of a share that would be made.
    pub fn of_new_share(grant: Grant) -> Self {
        Self { inner: None, grant }
    }
}

impl<S: Session> Session for DryRun<S> {
    fn grant(&self) -> &Grant {
        &self.grant
    }

    async fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Bytes>, RemoteError> {
        match &self.inner {
            Some(inner) => inner.get(key, range, max).await,
            None => Ok(None),
        }
    }

    async fn size_of(&self, key: ObjectKey) -> Result<Option<u64>, RemoteError> {
        match &self.inner {
            Some(inner) => inner.size_of(key).await,
            None => Ok(None),
        }
    }

    async fn put(&self, _key: ObjectKey, _bytes: Bytes, _hash: Sha256) -> Result<(), RemoteError> {
        Ok(())
    }

    async fn put_parts(
        &self,
        _key: ObjectKey,
        _size: u64,
        _parts: &mut (impl PartSource + Send),
    ) -> Result<(), PutPartsError<RemoteError>> {
        Ok(())
    }

    async fn renew(&self) -> Result<Duration, RemoteError> {
        match &self.inner {
            Some(inner) => inner.renew().await,
            None => Ok(Duration::MAX),
        }
    }

    async fn commit(&self, latest: &Latest) -> Result<Committed, RemoteError> {
        Ok(Committed { latest: latest.clone(), url: self.grant.url.clone() })
    }

    async fn abort(&self) -> Result<(), RemoteError> {
        match &self.inner {
            Some(inner) => inner.abort().await,
            None => Ok(()),
        }
    }
}
