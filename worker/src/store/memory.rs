//! A store in memory, with the ways a real one fails: an operation that fails, a put or a deletion that lands although
//! its reply is lost, a deletion that lands partly; from now on, or some operations later. For tests.

use super::{DELETE_MAX, Listed, Page, PutIf, Store, StoreError, Stored};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use vitrine_protocol::ids::Sha256;
use vitrine_protocol::{ObjectKey, ShareId};

/// Short, so that tests see several.
const PAGE: usize = 3;

/// How operations on keys with a prefix fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing happens, and an error comes back.
    Fails,
    /// The put or the deletion happens, and an error comes back. Reads work.
    LandsUnheard,
    /// Every other object is deleted, and an error comes back. Other operations fail.
    LandsPartly,
}

/// Which operations fail, and how.
#[derive(Debug)]
struct Broken {
    part: String,
    /// How many of them still work.
    skip: usize,
    fault: Fault,
}

#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    objects: RefCell<BTreeMap<String, Stored>>,
    uploaded: RefCell<BTreeMap<String, i64>>,
    version: Cell<u64>,
    broken: RefCell<Option<Broken>>,
    pub(crate) reads: Cell<usize>,
    /// How many puts were tried.
    pub(crate) puts: Cell<usize>,
    /// Whether others go on before a document is read or put.
    pub(crate) yields: Cell<bool>,
    /// How many puts land although their reply is lost.
    lost: Cell<usize>,
    /// What it says of objects that are put now.
    pub(crate) clock: Cell<i64>,
}

impl MemoryStore {
    /// From now on, operations on keys that contain `part` fail.
    pub(crate) fn break_keys(&self, part: &str, fault: Fault) {
        *self.broken.borrow_mut() = Some(Broken { part: part.into(), skip: 0, fault });
    }

    /// All operations fail, after `skip` more that work.
    pub(crate) fn break_later(&self, skip: usize, fault: Fault) {
        *self.broken.borrow_mut() = Some(Broken { part: String::new(), skip, fault });
    }

    /// So many puts from now on land, and an error comes back.
    pub(crate) fn lose_replies(&self, count: usize) {
        self.lost.set(count);
    }

    async fn others(&self) {
        if self.yields.get() {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn heal(&self) {
        *self.broken.borrow_mut() = None;
    }

    pub(crate) fn insert(&self, key: ObjectKey, bytes: impl Into<Vec<u8>>) {
        self.insert_at(&key.to_string(), bytes);
    }

    /// Under a key that may be anything.
    pub(crate) fn insert_at(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.version.set(self.version.get() + 1);
        let etag = format!("v{}", self.version.get());
        self.objects.borrow_mut().insert(key.into(), Stored { bytes: bytes.into(), etag });
        self.uploaded.borrow_mut().insert(key.into(), self.clock.get());
    }

    /// The bytes of an object that is there.
    pub(crate) fn stored(&self, key: ObjectKey) -> Vec<u8> {
        self.objects.borrow().get(&key.to_string()).map(|stored| stored.bytes.clone()).expect("it is there")
    }

    /// Puts a manifest in the place of the current one, and says so.
    pub(crate) fn publish(&self, manifest: &vitrine_protocol::Manifest) {
        self.put_current(manifest.share_id, manifest.manifest_id, &manifest.to_json());
    }

    /// The same of what need not be a manifest.
    pub(crate) fn put_current(&self, share: ShareId, id: vitrine_protocol::ManifestId, bytes: &[u8]) {
        let latest = vitrine_protocol::Latest::from_json(&self.stored(ObjectKey::latest(share)));
        let latest = vitrine_protocol::Latest {
            manifest_id: id,
            manifest_hash: Sha256::of(bytes),
            ..latest.expect("a document")
        };
        self.insert(ObjectKey::manifest(share, id), bytes);
        self.insert(ObjectKey::latest(share), latest.to_json());
    }

    pub(crate) fn remove(&self, key: ObjectKey) {
        self.remove_at(&key.to_string());
    }

    pub(crate) fn remove_at(&self, key: &str) {
        self.objects.borrow_mut().remove(key);
    }

    /// All there is.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.objects.borrow().keys().cloned().collect()
    }

    fn fault(&self, key: &str) -> Option<Fault> {
        let mut broken = self.broken.borrow_mut();
        let broken = broken.as_mut().filter(|broken| key.contains(&broken.part))?;
        if broken.skip == 0 {
            return Some(broken.fault);
        }
        broken.skip -= 1;
        None
    }

    fn read_object(&self, action: &'static str, key: ObjectKey) -> Result<Option<Stored>, StoreError> {
        self.reads.set(self.reads.get() + 1);
        let key = key.to_string();
        if matches!(self.fault(&key), Some(Fault::Fails | Fault::LandsPartly)) {
            return Err(told_to_fail(action, &key));
        }
        Ok(self.objects.borrow().get(&key).cloned())
    }
}

fn told_to_fail(action: &'static str, key: &str) -> StoreError {
    StoreError::Unavailable { action, key: key.into(), reason: "told to fail".into() }
}

impl Store for MemoryStore {
    async fn read(&self, key: ObjectKey, max: u64) -> Result<Option<Stored>, StoreError> {
        self.others().await;
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

    async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Page, StoreError> {
        if matches!(self.fault(prefix), Some(Fault::Fails | Fault::LandsPartly)) {
            return Err(told_to_fail("list", prefix));
        }
        let (objects, uploaded) = (self.objects.borrow(), self.uploaded.borrow());
        let mut found: Vec<Listed> = objects
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(key, _)| cursor.is_none_or(|cursor| key.as_str() > cursor))
            .map(|(key, stored)| Listed {
                key: key.clone(),
                size: stored.bytes.len() as u64,
                uploaded: uploaded.get(key).copied().unwrap_or_default(),
            })
            .take(PAGE + 1)
            .collect();
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        let next = found.last().filter(|_| more).map(|last| last.key.clone());
        Ok(Page { objects: found, next })
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        assert!(keys.len() <= DELETE_MAX, "R2 refuses more");
        let Some(first) = keys.first() else { return Ok(()) };
        let fault = self.fault(first);
        let lands = |n: usize| match fault {
            None | Some(Fault::LandsUnheard) => true,
            Some(Fault::LandsPartly) => n.is_multiple_of(2),
            Some(Fault::Fails) => false,
        };
        for (_, key) in keys.iter().enumerate().filter(|(n, _)| lands(*n)) {
            self.remove_at(key);
        }
        if fault.is_some() { Err(told_to_fail("delete", first)) } else { Ok(()) }
    }

    async fn put(&self, key: ObjectKey, bytes: Vec<u8>, condition: PutIf) -> Result<bool, StoreError> {
        self.others().await;
        self.puts.set(self.puts.get() + 1);
        let text = key.to_string();
        let lost = self.lost.get();
        self.lost.set(lost.saturating_sub(1));
        let fault = if lost > 0 { Some(Fault::LandsUnheard) } else { self.fault(&text) };
        if matches!(fault, Some(Fault::Fails | Fault::LandsPartly)) {
            return Err(told_to_fail("write", &text));
        }
        let current = self.objects.borrow().get(&text).map(|stored| stored.etag.clone());
        let holds = match condition {
            PutIf::Absent => current.is_none(),
            PutIf::Matches(etag) => current == Some(etag),
        };
        if holds {
            self.insert(key, bytes);
        }
        if fault == Some(Fault::LandsUnheard) { Err(told_to_fail("write", &text)) } else { Ok(holds) }
    }
}
