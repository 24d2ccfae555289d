//! A store in memory, with the ways a real one fails: an operation that fails, and a put that lands although its reply
//! is lost. For tests.

use super::{PutIf, Store, StoreError, Stored};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use vitrine_protocol::ids::Sha256;
use vitrine_protocol::{ObjectKey, ShareId};

/// How operations on keys with a prefix fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing happens, and an error comes back.
    Fails,
    /// The put happens, and an error comes back.
    LandsUnheard,
}

#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    objects: RefCell<BTreeMap<String, Stored>>,
    version: Cell<u64>,
    fault: RefCell<Option<(String, Fault)>>,
    pub(crate) reads: Cell<usize>,
}

impl MemoryStore {
    /// From now on, operations on keys that contain `part` fail.
    pub(crate) fn break_keys(&self, part: &str, fault: Fault) {
        *self.fault.borrow_mut() = Some((part.into(), fault));
    }

    pub(crate) fn heal(&self) {
        *self.fault.borrow_mut() = None;
    }

    pub(crate) fn insert(&self, key: ObjectKey, bytes: impl Into<Vec<u8>>) {
        self.version.set(self.version.get() + 1);
        let etag = format!("v{}", self.version.get());
        self.objects.borrow_mut().insert(key.to_string(), Stored { bytes: bytes.into(), etag });
    }

    pub(crate) fn remove(&self, key: ObjectKey) {
        self.objects.borrow_mut().remove(&key.to_string());
    }

    fn fault(&self, key: &str) -> Option<Fault> {
        self.fault.borrow().as_ref().filter(|(part, _)| key.contains(part)).map(|(_, fault)| *fault)
    }

    fn read_object(&self, action: &'static str, key: ObjectKey) -> Result<Option<Stored>, StoreError> {
        self.reads.set(self.reads.get() + 1);
        let key = key.to_string();
        if self.fault(&key) == Some(Fault::Fails) {
            return Err(StoreError::Unavailable { action, key, reason: "told to fail".into() });
        }
        Ok(self.objects.borrow().get(&key).cloned())
    }
}

impl Store for MemoryStore {
    async fn read(&self, key: ObjectKey, max: u64) -> Result<Option<Stored>, StoreError> {
        let Some(stored) = self.read_object("read", key)? else { return Ok(None) };
        let size = stored.bytes.len() as u64;
        if size > max {
            return Err(StoreError::TooLarge { key: key.to_string(), size, max });
        }
        Ok(Some(stored))
    }

    async fn read_range(&self, key: ObjectKey, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        let missing = || StoreError::Missing { key: key.to_string() };
        let stored = self.read_object("read", key)?.ok_or_else(missing)?;
        let range = usize::try_from(offset).ok().zip(usize::try_from(offset + length).ok());
        range.and_then(|(from, to)| stored.bytes.get(from..to)).map(<[u8]>::to_vec).ok_or_else(missing)
    }

    async fn size(&self, key: ObjectKey) -> Result<Option<u64>, StoreError> {
        Ok(self.read_object("look at", key)?.map(|stored| stored.bytes.len() as u64))
    }

    async fn list_blobs(
        &self,
        share: ShareId,
        first: Sha256,
    ) -> Result<(Vec<(Sha256, u64)>, bool), StoreError> {
        const PAGE: usize = 3;
        let prefix = ObjectKey::blob_prefix(share);
        let objects = self.objects.borrow();
        let mut found: Vec<_> = objects
            .range(ObjectKey::blob(share, first).to_string()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .filter_map(|(key, stored)| Some((key[prefix.len()..].parse().ok()?, stored.bytes.len() as u64)))
            .take(PAGE + 1)
            .collect();
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        Ok((found, more))
    }

    async fn put(&self, key: ObjectKey, bytes: Vec<u8>, condition: PutIf) -> Result<bool, StoreError> {
        let text = key.to_string();
        let unavailable =
            || StoreError::Unavailable { action: "write", key: text.clone(), reason: "told to fail".into() };
        let fault = self.fault(&text);
        if fault == Some(Fault::Fails) {
            return Err(unavailable());
        }
        let current = self.objects.borrow().get(&text).map(|stored| stored.etag.clone());
        let holds = match condition {
            PutIf::Absent => current.is_none(),
            PutIf::Matches(etag) => current == Some(etag),
        };
        if holds {
            self.insert(key, bytes);
        }
        if fault == Some(Fault::LandsUnheard) { Err(unavailable()) } else { Ok(holds) }
    }
}
