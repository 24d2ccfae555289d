//! What an isolate remembers of the bucket between requests, up to a number of bytes, the least recently used going first.
//!
//! Only plain data is kept: the platform forbids sharing its own objects between requests. What is immutable is kept for
//! minutes; `meta.json` and `latest.json` for seconds, because within a minute of a change no reader may get in by what
//! was true before. Called by `gateway::snapshot`; `edge` owns the one that lives as long as the isolate.

use crate::store::Stored;
use lru::LruCache;
use std::cell::RefCell;
use std::rc::Rc;
use vitrine_protocol::tree::Found;
use vitrine_protocol::{EntryPath, Extent, Manifest, ManifestId, Meta, ObjectKey, Sha256, ShareId};

/// How long `meta.json` and `latest.json` are believed, in milliseconds. Design §5 allows 30 s for the news of a publish
/// and 60 s for that of an unpublish; browsers ask again each time, so this is all there is between.
pub(crate) const DOCUMENT_FRESH_MS: i64 = 10_000;

/// How long what is immutable is kept, in milliseconds: a snapshot that was collected is gone from here in time.
const IMMUTABLE_KEPT_MS: i64 = 600_000;

/// An isolate has 128 MB, and large manifests and ZIP layouts are made in it, too.
pub(crate) const BUDGET_BYTES: usize = 24 * 1024 * 1024;

/// An entry's own cost beside its bytes: its key, its place in the table, the allocations.
const ENTRY_BYTES: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Latest(ShareId),
    Meta(ShareId),
    Size(ObjectKey),
    Manifest(ShareId, ManifestId),
    Listing(ShareId, Extent),
    Place(ShareId, ManifestId, EntryPath),
}

impl Key {
    fn kept_ms(&self) -> i64 {
        if matches!(self, Self::Latest(_) | Self::Meta(_)) { DOCUMENT_FRESH_MS } else { IMMUTABLE_KEPT_MS }
    }
}

#[derive(Clone)]
enum Value {
    Latest(Document<Stored>),
    Meta(Document<Rc<Meta>>),
    Size(u64),
    Manifest(Rc<Remembered>),
    Listing(Rc<[u8]>),
    Place(Rc<Found>),
}

/// What is known of `meta.json` or `latest.json`; that there is none is an answer, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Document<T> {
    There(T),
    Absent,
}

impl<T> From<Option<T>> for Document<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Self::Absent, Self::There)
    }
}

impl<T> From<Document<T>> for Option<T> {
    fn from(document: Document<T>) -> Self {
        match document {
            Document::There(found) => Some(found),
            Document::Absent => None,
        }
    }
}

/// A manifest, parsed.
pub(crate) struct Remembered {
    pub(crate) manifest: Manifest,
    /// How long it is as stored.
    pub(crate) size: u64,
    /// The hash of what is stored.
    pub(crate) hash: Sha256,
    /// Whether `latest.json` said that it has this hash. Nothing says it of a snapshot that is no longer the current one.
    pub(crate) vouched: bool,
}

struct Entry {
    value: Value,
    bytes: usize,
    read_at: i64,
}

/// The memory of one isolate, or of one test.
pub(crate) struct Memory {
    entries: RefCell<LruCache<Key, Entry>>,
    bytes: std::cell::Cell<usize>,
    budget: usize,
}

impl Memory {
    /// An empty memory of at most `budget` bytes.
    pub(crate) fn new(budget: usize) -> Self {
        Self { entries: RefCell::new(LruCache::unbounded()), bytes: std::cell::Cell::new(0), budget }
    }

    fn get(&self, key: &Key, now: i64) -> Option<Value> {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.get(key)?;
        // A clock that was set back makes an entry old, not eternal.
        if (0..key.kept_ms()).contains(&(now - entry.read_at)) {
            return Some(entry.value.clone());
        }
        let old = entries.pop(key)?;
        self.bytes.set(self.bytes.get() - old.bytes);
        None
    }

    fn put(&self, key: Key, value: Value, bytes: usize, now: i64) {
        let bytes = bytes + ENTRY_BYTES;
        // What would drive out all the rest is not worth it.
        if bytes > self.budget / 4 {
            return;
        }
        let mut entries = self.entries.borrow_mut();
        let old = entries.push(key, Entry { value, bytes, read_at: now }).map_or(0, |(_, old)| old.bytes);
        self.bytes.set(self.bytes.get() + bytes - old);
        while self.bytes.get() > self.budget {
            let Some((_, evicted)) = entries.pop_lru() else { break };
            self.bytes.set(self.bytes.get() - evicted.bytes);
        }
    }

    /// Forgets `latest.json` and `meta.json`, one of which has just been changed from here.
    pub(crate) fn forget(&self, share: ShareId) {
        for key in [Key::Latest(share), Key::Meta(share)] {
            if let Some(old) = self.entries.borrow_mut().pop(&key) {
                self.bytes.set(self.bytes.get() - old.bytes);
            }
        }
    }

    /// `latest.json`, when it is known.
    pub(crate) fn latest(&self, share: ShareId, now: i64) -> Option<Document<Stored>> {
        match self.get(&Key::Latest(share), now)? {
            Value::Latest(document) => Some(document),
            _ => None,
        }
    }

    pub(crate) fn keep_latest(&self, share: ShareId, document: Document<Stored>, now: i64) {
        let bytes = if let Document::There(stored) = &document { stored.bytes.len() } else { 0 };
        self.put(Key::Latest(share), Value::Latest(document), bytes, now);
    }

    /// `meta.json`, when it is known.
    pub(crate) fn meta(&self, share: ShareId, now: i64) -> Option<Document<Rc<Meta>>> {
        match self.get(&Key::Meta(share), now)? {
            Value::Meta(document) => Some(document),
            _ => None,
        }
    }

    /// Keeps `meta.json`, which was `bytes` long.
    pub(crate) fn keep_meta(&self, share: ShareId, document: Document<Rc<Meta>>, bytes: usize, now: i64) {
        self.put(Key::Meta(share), Value::Meta(document), bytes, now);
    }

    /// The length of an immutable object.
    pub(crate) fn size(&self, key: ObjectKey, now: i64) -> Option<u64> {
        match self.get(&Key::Size(key), now)? {
            Value::Size(size) => Some(size),
            _ => None,
        }
    }

    pub(crate) fn keep_size(&self, key: ObjectKey, size: u64, now: i64) {
        self.put(Key::Size(key), Value::Size(size), 0, now);
    }

    pub(crate) fn manifest(&self, share: ShareId, id: ManifestId, now: i64) -> Option<Rc<Remembered>> {
        match self.get(&Key::Manifest(share, id), now)? {
            Value::Manifest(manifest) => Some(manifest),
            _ => None,
        }
    }

    pub(crate) fn keep_manifest(&self, share: ShareId, id: ManifestId, kept: Rc<Remembered>, now: i64) {
        // Parsed, an entry takes some twice its JSON: strings of 64 digits become 32 bytes, and structures have slack.
        let bytes = usize::try_from(kept.size).unwrap_or(usize::MAX).saturating_mul(2);
        self.put(Key::Manifest(share, id), Value::Manifest(kept), bytes, now);
    }

    pub(crate) fn listing(&self, share: ShareId, at: Extent, now: i64) -> Option<Rc<[u8]>> {
        match self.get(&Key::Listing(share, at), now)? {
            Value::Listing(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn keep_listing(&self, share: ShareId, at: Extent, listing: Rc<[u8]>, now: i64) {
        let bytes = listing.len();
        self.put(Key::Listing(share, at), Value::Listing(listing), bytes, now);
    }

    /// What a path was found to name: for a file, all that serving it needs.
    pub(crate) fn place(
        &self,
        share: ShareId,
        id: ManifestId,
        path: &EntryPath,
        now: i64,
    ) -> Option<Rc<Found>> {
        match self.get(&Key::Place(share, id, path.clone()), now)? {
            Value::Place(found) => Some(found),
            _ => None,
        }
    }

    /// Keeps a file. A folder is not kept: its listing is, and may be large.
    pub(crate) fn keep_place(
        &self,
        share: ShareId,
        id: ManifestId,
        path: &EntryPath,
        found: &Rc<Found>,
        now: i64,
    ) {
        let Found::File { file, path: real } = &**found else { return };
        let extents = file.extents.as_ref().map_or(0, Vec::len) * size_of::<Extent>();
        let names = path.to_string().len() * 2 + real.to_string().len() * 2;
        self.put(
            Key::Place(share, id, path.clone()),
            Value::Place(found.clone()),
            500 + extents + names,
            now,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share() -> ShareId {
        "e0123456789abcdefghjkmnpqr".parse().unwrap()
    }

    fn stored(length: usize) -> Stored {
        Stored { bytes: vec![0; length], etag: "e".into() }
    }

    fn at(n: u64, length: u64) -> Extent {
        Extent { blob: Sha256::of(&n.to_be_bytes()), offset: 0, length }
    }

    #[test]
    fn documents_are_believed_for_seconds() {
        let memory = Memory::new(1 << 20);
        assert_eq!(memory.latest(share(), 0), None);
        memory.keep_latest(share(), Document::There(stored(10)), 1000);
        assert_eq!(memory.latest(share(), 1000 + DOCUMENT_FRESH_MS - 1), Some(Document::There(stored(10))));
        assert_eq!(memory.latest(share(), 1000 + DOCUMENT_FRESH_MS), None);
        assert_eq!(memory.bytes.get(), 0, "what is too old is gone");
        memory.keep_latest(share(), Document::Absent, 1000);
        assert_eq!(memory.latest(share(), 1001), Some(Document::Absent), "an absence is an answer, too");
        assert_eq!(memory.latest(share(), 999), None, "the clock was set back");
        memory.keep_latest(share(), Document::There(stored(10)), 1000);
        memory.forget(share());
        assert_eq!((memory.latest(share(), 1000), memory.bytes.get()), (None, 0));
    }

    #[test]
    fn what_is_immutable_is_kept_longer() {
        let memory = Memory::new(1 << 20);
        memory.keep_listing(share(), at(1, 3), Rc::from(&b"abc"[..]), 0);
        assert!(memory.listing(share(), at(1, 3), IMMUTABLE_KEPT_MS - 1).is_some());
        assert!(memory.listing(share(), at(1, 3), IMMUTABLE_KEPT_MS).is_none());
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_huge_not_in() {
        let memory = Memory::new(4000);
        let listing = |length: usize| Rc::from(vec![0; length]);
        for n in 0..4 {
            memory.keep_listing(share(), at(n, 1), listing(700), 0);
        }
        assert!(memory.listing(share(), at(0, 1), 0).is_some());
        memory.keep_listing(share(), at(9, 1), listing(700), 0);
        assert!(memory.listing(share(), at(0, 1), 0).is_some(), "it was used last");
        assert!(memory.listing(share(), at(1, 1), 0).is_none());
        memory.keep_listing(share(), at(10, 1), listing(1000), 0);
        assert!(memory.listing(share(), at(10, 1), 0).is_none(), "more than a quarter of it all");
    }

    proptest! {
        #[test]
        fn the_budget_holds(steps in prop::collection::vec((0u64..20, 0usize..900, 0i64..700_000), 0..60)) {
            let memory = Memory::new(5000);
            let mut now = 0;
            for (n, length, wait) in steps {
                now += wait;
                memory.keep_listing(share(), at(n, 1), Rc::from(vec![0; length]), now);
                memory.listing(share(), at(n / 2, 1), now);
                let sum: usize = memory.entries.borrow().iter().map(|(_, entry)| entry.bytes).sum();
                prop_assert_eq!(sum, memory.bytes.get());
                prop_assert!(sum <= 5000);
            }
        }
    }
}
