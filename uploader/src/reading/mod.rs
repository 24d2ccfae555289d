//! A published share, seen from the reader's side: what `copy` and `verify` stand on.
//!
//! A [`Source`] hands out objects, [`gateway`] through the share origin as any reader gets them, [`bucket`] straight from the
//! storage with its owner's credentials. [`snapshot`] reads a snapshot through one and believes nothing that it has not
//! checked. Nothing here writes, neither to the share nor to a disk.

pub mod address;
pub mod bucket;
pub mod budget;
pub mod content;
pub mod counts;
pub mod gateway;
#[cfg(test)]
pub(crate) mod shelf;
pub mod snapshot;
pub mod tree_walk;

pub use address::ShareAddress;
pub use bucket::Bucket;
pub use counts::Counts;
pub use gateway::Gateway;
pub use snapshot::{Damage, ReadingError, Snapshot};

use crate::remote::RemoteError;
use crate::remote::s3::S3Error;
use bytes::Bytes;
use std::future::Future;
use vitrine_protocol::limits::DOCUMENT_BYTES_MAX;
use vitrine_protocol::{ErrorCode, Latest, ObjectKey, ShareId};

/// The most that is asked for at a time: what one cut connection loses, and the unit of the room in memory.
pub const CHUNK: u64 = 8 << 20;

/// A share whose objects can be read.
pub trait Source: Send + Sync + 'static {
    /// The share.
    fn share(&self) -> ShareId;

    /// Reads an object, or `length` bytes of it from `offset`; `None` when there is none. Refuses more than `max` bytes, and
    /// a range that does not lie inside the object. An answer that is shorter than it says is tried again.
    fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> impl Future<Output = Result<Option<Bytes>, RemoteError>> + Send;

    /// The length of an object; `None` when there is none.
    fn size_of(&self, key: ObjectKey) -> impl Future<Output = Result<Option<u64>, RemoteError>> + Send;

    /// Which snapshot readers see now; `None` when nothing is published.
    fn latest(&self) -> impl Future<Output = Result<Option<Latest>, RemoteError>> + Send {
        async move {
            let key = ObjectKey::latest(self.share());
            let Some(bytes) = self.get(key, None, DOCUMENT_BYTES_MAX).await? else { return Ok(None) };
            let read = Latest::from_json(&bytes);
            read.map(Some).map_err(|source| RemoteError::Document { key: key.to_string(), source })
        }
    }
}

/// Whether the object is longer than it may be.
pub(crate) fn is_too_long(error: &RemoteError) -> bool {
    error.is(ErrorCode::TooLarge) || matches!(error, RemoteError::Storage(S3Error::TooLong { .. }))
}

/// Whether the range is outside the object, or the object ended inside it.
pub(crate) fn is_short(error: &RemoteError) -> bool {
    let status = |error: &S3Error| error.status() == Some(416) || matches!(error, S3Error::Nonsense { .. });
    error.is(ErrorCode::RangeNotSatisfiable) || matches!(error, RemoteError::Storage(error) if status(error))
}
