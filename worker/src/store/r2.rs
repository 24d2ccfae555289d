//! The store on an R2 binding. Called by `edge` and `share_do`.
//!
//! `Object::range()` of the `worker` crate panics and is never called; ranges are ours, and the store's own size check
//! decides whether a range was whole.

use super::{Listed, Page, PutIf, Store, StoreError, Stored};
use std::cell::Cell;
use std::rc::Rc;
use vitrine_protocol::ids::Sha256;
use vitrine_protocol::{ObjectKey, ShareId};
use worker::{Bucket, Conditional, Include, Range};

/// The bucket of one region. Clones count their reads together.
#[derive(Clone)]
pub(crate) struct R2Store {
    bucket: Bucket,
    reads: Rc<Cell<u32>>,
}

/// A range of an object as a stream that never enters wasm memory.
pub(crate) struct Opened {
    pub(crate) body: worker::ResponseBody,
    /// The length of the whole object.
    pub(crate) size: u64,
}

impl R2Store {
    pub(crate) fn new(bucket: Bucket) -> Self {
        Self { bucket, reads: Rc::default() }
    }

    /// How many operations have been asked of R2 so far.
    pub(crate) fn reads(&self) -> u32 {
        self.reads.get()
    }

    fn bucket(&self) -> &Bucket {
        self.reads.set(self.reads.get() + 1);
        &self.bucket
    }

    /// Opens a range, cut off where the object ends; `None` when the object is not there or ends before the range begins.
    pub(crate) async fn stream(
        &self,
        key: ObjectKey,
        offset: u64,
        length: u64,
    ) -> Result<Option<Opened>, StoreError> {
        let key = key.to_string();
        let got = self.bucket().get(&key).range(Range::OffsetWithLength { offset, length }).execute().await;
        let object = match got.map_err(|error| unavailable("read", &key, &error)) {
            Ok(Some(object)) => object,
            Ok(None) => return Ok(None),
            Err(StoreError::Unavailable { reason, .. }) if is_range_error(&reason) => return Ok(None),
            Err(error) => return Err(error),
        };
        let size = object.size();
        let Some(body) = object.body() else { return Ok(None) };
        let body = body.response_body().map_err(|error| unavailable("read", &key, &error))?;
        Ok(Some(Opened { body, size }))
    }
}

fn unavailable(action: &'static str, key: &str, error: &worker::Error) -> StoreError {
    StoreError::Unavailable { action, key: key.into(), reason: error.to_string() }
}

/// R2 tells an unsatisfiable range by its code at the end of the message only.
fn is_range_error(reason: &str) -> bool {
    reason.contains("(10039)")
}

impl Store for R2Store {
    async fn read(&self, key: ObjectKey, max: u64) -> Result<Option<Stored>, StoreError> {
        let key = key.to_string();
        let got =
            self.bucket().get(&key).execute().await.map_err(|error| unavailable("read", &key, &error))?;
        let Some(object) = got else { return Ok(None) };
        let size = object.size();
        if size > max {
            return Err(StoreError::TooLarge { key, size, max });
        }
        let Some(body) = object.body() else { return Ok(None) };
        let bytes = body.bytes().await.map_err(|error| unavailable("read", &key, &error))?;
        Ok(Some(Stored { bytes, etag: object.etag() }))
    }

    async fn read_range(&self, key: ObjectKey, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        let key = key.to_string();
        let missing = || StoreError::Missing { key: key.clone() };
        let got = self.bucket().get(&key).range(Range::OffsetWithLength { offset, length }).execute().await;
        let object = match got {
            Ok(object) => object.ok_or_else(missing)?,
            Err(error) if is_range_error(&error.to_string()) => return Err(missing()),
            Err(error) => return Err(unavailable("read", &key, &error)),
        };
        let body = object.body().ok_or_else(missing)?;
        let bytes = body.bytes().await.map_err(|error| unavailable("read", &key, &error))?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(missing()) }
    }

    async fn size(&self, key: ObjectKey) -> Result<Option<u64>, StoreError> {
        let key = key.to_string();
        let head = self.bucket().head(&key).await.map_err(|error| unavailable("look at", &key, &error))?;
        Ok(head.map(|object| object.size()))
    }

    async fn list_blobs(
        &self,
        share: ShareId,
        first: Sha256,
    ) -> Result<(Vec<(Sha256, u64)>, bool), StoreError> {
        let prefix = ObjectKey::blob_prefix(share);
        // `start_after` excludes its key, and no key ends in this one's predecessor: drop the last digit's place.
        let start = ObjectKey::blob(share, first).to_string();
        let before = &start[..start.len() - 1];
        let listing =
            self.bucket().list().prefix(&prefix).start_after(before).include(Vec::<Include>::new()).execute();
        let listing = listing.await.map_err(|error| unavailable("list", &prefix, &error))?;
        let objects = listing.objects();
        let rows = objects.iter().filter_map(|object| {
            let blob: Sha256 = object.key().strip_prefix(&prefix)?.parse().ok()?;
            (blob >= first).then_some((blob, object.size()))
        });
        Ok((rows.collect(), listing.truncated()))
    }

    async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Page, StoreError> {
        let request = self.bucket().list().prefix(prefix).include(Vec::<Include>::new());
        let request = if let Some(cursor) = cursor { request.cursor(cursor) } else { request };
        let listing = request.execute().await.map_err(|error| unavailable("list", prefix, &error))?;
        let objects = listing.objects();
        let objects = objects.iter().map(|object| Listed {
            key: object.key(),
            size: object.size(),
            uploaded: i64::try_from(object.uploaded().as_millis()).unwrap_or(i64::MAX),
        });
        let next = match (listing.truncated(), listing.cursor()) {
            (false, _) => None,
            (true, Some(cursor)) => Some(cursor),
            (true, None) => {
                let reason = "the listing goes on, but not where".into();
                return Err(StoreError::Unavailable { action: "list", key: prefix.into(), reason });
            }
        };
        Ok(Page { objects: objects.collect(), next })
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        let Some(first) = keys.first() else { return Ok(()) };
        let names = keys.iter().map(String::as_str).collect();
        self.bucket().delete_multiple(names).await.map_err(|error| unavailable("delete", first, &error))
    }

    async fn put(&self, key: ObjectKey, bytes: Vec<u8>, condition: PutIf) -> Result<bool, StoreError> {
        let key = key.to_string();
        let put = self.bucket().put(&key, bytes);
        let none = Conditional {
            etag_matches: None,
            etag_does_not_match: None,
            uploaded_before: None,
            uploaded_after: None,
        };
        let put = match condition {
            PutIf::Absent => put.only_if(Conditional { etag_does_not_match: Some("*".into()), ..none }),
            PutIf::Matches(etag) => put.only_if(Conditional { etag_matches: Some(etag), ..none }),
        };
        let stored = put.execute().await.map_err(|error| unavailable("write", &key, &error))?;
        Ok(stored.is_some())
    }
}
