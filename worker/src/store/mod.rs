//! The seam to the bucket: the few things that the gateway, a commit and the collector do with objects.
//!
//! `r2` is production; `memory` is for tests, and can fail. Only small JSON documents are read through here: a body goes
//! from R2 to the client in `edge`, as a stream.

#[cfg(test)]
pub(crate) mod memory;
pub(crate) mod r2;

use std::future::Future;
use vitrine_protocol::ids::Sha256;
use vitrine_protocol::tree::ExtentSource;
use vitrine_protocol::{Extent, ObjectKey, ShareId};

/// An object that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
    /// The store's own mark of this version, for [`PutIf::Matches`].
    pub(crate) etag: String,
}

/// What must be so for a put to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PutIf {
    /// Nothing is there yet.
    Absent,
    /// What is there is this version.
    Matches(String),
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its whole key.
    pub(crate) key: String,
    pub(crate) size: u64,
    /// When it was put, in milliseconds since the epoch by the store's clock. Putting the same again changes it.
    pub(crate) uploaded: i64,
}

/// A page of a listing, in the order of the keys' bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) objects: Vec<Listed>,
    /// What to ask for the next page with, when there is one.
    pub(crate) next: Option<String>,
}

/// R2 deletes at most this many objects in one call.
pub(crate) const DELETE_MAX: usize = 1000;

/// Why the store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// It failed, or did not answer. A put may have landed all the same.
    #[error("could not {action} `{key}`: {reason}")]
    Unavailable {
        /// What was tried.
        action: &'static str,
        /// On what.
        key: String,
        /// What the store said.
        reason: String,
    },
    /// The object is longer than the caller takes.
    #[error("`{key}` has {size} bytes, more than the {max} that may be read")]
    TooLarge {
        /// Which.
        key: String,
        /// Its length.
        size: u64,
        /// The caller's limit.
        max: u64,
    },
    /// The object's bytes do not have the hash that it is known by.
    #[error("`{key}` does not have the hash that it is known by")]
    Mismatch {
        /// Which.
        key: String,
    },
    /// One request has asked for as much as it may.
    #[error(
        "`{key}` was not read: one request reads at most {max} objects or parts of them before it answers"
    )]
    TooMany {
        /// Which.
        key: String,
        /// How many it may.
        max: u32,
    },
    /// The object is missing, or ends before the range does.
    #[error("`{key}` is missing or too short")]
    Missing {
        /// Which.
        key: String,
    },
}

/// Where objects are.
pub(crate) trait Store {
    /// Reads a whole object of at most `max` bytes; `None` when it is not there.
    fn read(&self, key: ObjectKey, max: u64) -> impl Future<Output = Result<Option<Stored>, StoreError>>;

    /// Reads a range of an object, whole or not at all.
    fn read_range(
        &self,
        key: ObjectKey,
        offset: u64,
        length: u64,
    ) -> impl Future<Output = Result<Vec<u8>, StoreError>>;

    /// The object's length; `None` when it is not there.
    fn size(&self, key: ObjectKey) -> impl Future<Output = Result<Option<u64>, StoreError>>;

    /// Lists a share's blobs with their lengths, in the order of their names, from `first` (included) on: one page, and
    /// whether there is more after it.
    fn list_blobs(
        &self,
        share: ShareId,
        first: Sha256,
    ) -> impl Future<Output = Result<(Vec<(Sha256, u64)>, bool), StoreError>>;

    /// Lists every key with a prefix, whatever it is: the page after `cursor`, or the first.
    fn list(&self, prefix: &str, cursor: Option<&str>) -> impl Future<Output = Result<Page, StoreError>>;

    /// Deletes at most [`DELETE_MAX`] objects. Those that are not there are no error; when it fails, any of them may be
    /// gone.
    fn delete(&self, keys: &[String]) -> impl Future<Output = Result<(), StoreError>>;

    /// Writes an object when `condition` holds; says whether it did.
    fn put(
        &self,
        key: ObjectKey,
        bytes: Vec<u8>,
        condition: PutIf,
    ) -> impl Future<Output = Result<bool, StoreError>>;
}

/// So that a test and what it tests hold the same store.
#[cfg(test)]
impl<S: Store> Store for std::rc::Rc<S> {
    async fn read(&self, key: ObjectKey, max: u64) -> Result<Option<Stored>, StoreError> {
        (**self).read(key, max).await
    }

    async fn read_range(&self, key: ObjectKey, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        (**self).read_range(key, offset, length).await
    }

    async fn size(&self, key: ObjectKey) -> Result<Option<u64>, StoreError> {
        (**self).size(key).await
    }

    async fn list_blobs(
        &self,
        share: ShareId,
        first: Sha256,
    ) -> Result<(Vec<(Sha256, u64)>, bool), StoreError> {
        (**self).list_blobs(share, first).await
    }

    async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Page, StoreError> {
        (**self).list(prefix, cursor).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        (**self).delete(keys).await
    }

    async fn put(&self, key: ObjectKey, bytes: Vec<u8>, condition: PutIf) -> Result<bool, StoreError> {
        (**self).put(key, bytes, condition).await
    }
}

/// Reads the extents of one share's listings.
pub(crate) struct ShareBlobs<'a, S> {
    pub(crate) store: &'a S,
    pub(crate) share: ShareId,
}

impl<S: Store> ExtentSource for ShareBlobs<'_, S> {
    type Error = StoreError;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, StoreError> {
        self.store.read_range(ObjectKey::blob(self.share, extent.blob), extent.offset, extent.length).await
    }
}
