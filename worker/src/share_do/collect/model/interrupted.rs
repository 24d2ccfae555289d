//! A store at one of whose requests something else happens, for the model.

use super::Meanwhile;
use super::world::World;
use crate::share_do::collect::sample::share;
use crate::store::memory::MemoryStore;
use crate::store::{Page, PutIf, Store, StoreError, Stored};
use std::cell::Cell;
use vitrine_protocol::{ObjectKey, Sha256, ShareId};

/// The world's store, at one of whose requests something else happens.
pub(super) struct Interrupted<'a> {
    world: &'a World,
    then: Cell<Option<(usize, Meanwhile)>>,
    /// Says that there is no `latest.json`.
    is_blind: bool,
}

impl<'a> Interrupted<'a> {
    pub(super) fn new(world: &'a World, then: Option<(usize, Meanwhile)>) -> Self {
        Self { world, then: Cell::new(then), is_blind: false }
    }

    pub(super) fn blind(self, is_blind: bool) -> Self {
        Self { is_blind, ..self }
    }

    fn store(&self) -> &MemoryStore {
        match self.then.take() {
            Some((0, what)) => self.world.happen(what),
            Some((more, what)) => self.then.set(Some((more - 1, what))),
            None => {}
        }
        &self.world.store
    }
}

impl Store for Interrupted<'_> {
    async fn read(&self, key: ObjectKey, max: u64) -> Result<Option<Stored>, StoreError> {
        let store = self.store();
        if self.is_blind && key == ObjectKey::latest(share()) { Ok(None) } else { store.read(key, max).await }
    }

    async fn read_range(&self, key: ObjectKey, offset: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        self.store().read_range(key, offset, length).await
    }

    async fn size(&self, key: ObjectKey) -> Result<Option<u64>, StoreError> {
        self.store().size(key).await
    }

    async fn list_blobs(
        &self,
        share: ShareId,
        first: Sha256,
    ) -> Result<(Vec<(Sha256, u64)>, bool), StoreError> {
        self.store().list_blobs(share, first).await
    }

    async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Page, StoreError> {
        self.store().list(prefix, cursor).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        self.store().delete(keys).await
    }

    async fn put(&self, key: ObjectKey, bytes: Vec<u8>, condition: PutIf) -> Result<bool, StoreError> {
        self.store().put(key, bytes, condition).await
    }
}
