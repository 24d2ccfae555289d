//! Goes through the share folder by folder and keeps as much under way as the limits allow.
//!
//! Files of one small extent wait in [`Groups`] for the rest of their pack, the others go on their own. A large file whose
//! content is under way already waits until that is written, and is then cloned from it.

use super::CopyError;
use super::engine::{Disk, Engine};
use super::failure::Reason;
use super::folder::{Prepared, Todo, prepare};
use super::groups::{Groups, Request};
use super::place::Wanted;
use super::select::Selection;
use super::{large, local, small};
use crate::reading::tree_walk::TreeWalk;
use crate::reading::{CHUNK, Source};
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use tokio::task::JoinSet;
use vitrine_protocol::manifest::BlobRow;
use vitrine_protocol::{EntryPath, Extent, File, Sha256};

/// So many tasks are begun: each waits for its own limits, and holds no more than names.
const TASKS_MAX: usize = 64;

/// A walk under way.
pub(super) struct Walk<S> {
    engine: Arc<Engine<S>>,
    tree: TreeWalk,
    selection: Arc<Selection>,
    groups: Groups,
    /// What each task leaves to be fetched after all.
    tasks: JoinSet<Result<Vec<Wanted>, CopyError>>,
    /// Where the content of large files is, or will be.
    first: HashMap<(Sha256, u64), EntryPath>,
    /// Files that the seed did not have after all.
    left: Vec<Wanted>,
    twins: Vec<(EntryPath, Wanted)>,
}

impl<S: Source> Walk<S> {
    pub(super) fn new(engine: Arc<Engine<S>>, selection: Arc<Selection>, tree: TreeWalk) -> Self {
        let (groups, tasks) = (Groups::default(), JoinSet::new());
        Self {
            engine,
            tree,
            selection,
            groups,
            tasks,
            first: HashMap::new(),
            left: Vec::new(),
            twins: Vec::new(),
        }
    }

    /// Copies everything. `fresh` says that nothing is in the folder.
    pub(super) async fn run(mut self, fresh: bool) -> Result<(), CopyError> {
        let listing = self.engine.snapshot.manifest().root.clone();
        let mut todo = vec![Todo { path: EntryPath::root(), listing, mtime: None, fresh }];
        while let Some(dir) = todo.pop() {
            let path = dir.path.clone();
            let Some(Prepared { mut below, wanted, present }) = self.prepare(dir).await? else { continue };
            below.reverse();
            todo.append(&mut below);
            for file in &present {
                self.is_there(&path, file).await?;
            }
            self.take(wanted).await?;
        }
        self.finish().await?;
        for (path, wanted) in std::mem::take(&mut self.twins) {
            self.twin(path, wanted).await?;
        }
        self.finish().await
    }

    async fn prepare(&mut self, todo: Todo) -> Result<Option<Prepared>, CopyError> {
        let entries = match self.tree.dir(&self.engine.snapshot, &todo.path, &todo.listing).await {
            Ok(entries) => entries,
            Err(error) if error.is_damage() => {
                self.engine.disk.failures.add(todo.path.to_string(), Reason::Listing);
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let (disk, selection) = (Arc::clone(&self.engine.disk), Arc::clone(&self.selection));
        let prepared = tokio::task::spawn_blocking(move || prepare(&disk, &selection, &todo, entries)).await;
        prepared.map_err(|_| CopyError::Thread)?.map(Some)
    }

    /// Takes the files of one folder: those that may be in the seed from there, the others from the share.
    async fn take(&mut self, wanted: Vec<Wanted>) -> Result<(), CopyError> {
        if self.engine.disk.seed.is_none() || wanted.is_empty() {
            for wanted in wanted {
                self.fetch(wanted).await?;
            }
            return Ok(());
        }
        let engine = Arc::clone(&self.engine);
        self.spawn(async move {
            let disk = Arc::clone(&engine.disk);
            engine
                .blocking(move || wanted.into_iter().filter(|wanted| !seeded(&disk, wanted)).collect())
                .await
        })
        .await
    }

    /// Fetches a file from the share, now or with the rest of its pack.
    async fn fetch(&mut self, wanted: Wanted) -> Result<(), CopyError> {
        if let Some(at) = small_extent(&wanted.file) {
            let requests = self.groups.add(row(&self.engine, &at.blob), at, Some(wanted));
            return self.request(requests).await;
        }
        let path = wanted.place.path.join(&wanted.file.name).unwrap_or_default();
        let content = (wanted.file.hash, wanted.file.size);
        if let Some(first) = self.first.get(&content).filter(|_| wanted.file.size > 0) {
            self.twins.push((first.clone(), wanted));
            return Ok(());
        }
        self.first.insert(content, path);
        self.large(wanted).await
    }

    /// A file that needs nothing: its pack need not wait for it, and others may be cloned from it.
    async fn is_there(&mut self, dir: &EntryPath, file: &File) -> Result<(), CopyError> {
        if let Some(at) = small_extent(file) {
            let requests = self.groups.add(row(&self.engine, &at.blob), at, None);
            return self.request(requests).await;
        }
        if let Ok(path) = dir.join(&file.name) {
            self.first.entry((file.hash, file.size)).or_insert(path);
        }
        Ok(())
    }

    /// A large file whose content is on the disk by now, if nothing went wrong.
    async fn twin(&mut self, from: EntryPath, wanted: Wanted) -> Result<(), CopyError> {
        let engine = Arc::clone(&self.engine);
        self.spawn(async move {
            let disk = Arc::clone(&engine.disk);
            let left = engine.blocking(move || {
                let adopted = local::adopt(&disk.dest, &from, &wanted, false);
                if adopted {
                    disk.counts.bytes(wanted.file.size);
                    disk.done(&wanted, false);
                }
                (!adopted).then_some(wanted)
            });
            if let Some(wanted) = left.await? {
                large::copy(&engine, wanted).await?;
            }
            Ok(Vec::new())
        })
        .await
    }

    async fn large(&mut self, wanted: Wanted) -> Result<(), CopyError> {
        let engine = Arc::clone(&self.engine);
        self.spawn(async move { large::copy(&engine, wanted).await.map(|()| Vec::new()) }).await
    }

    async fn request(&mut self, requests: Vec<Request>) -> Result<(), CopyError> {
        for request in requests {
            let engine = Arc::clone(&self.engine);
            self.spawn(async move { small::copy(&engine, request).await.map(|()| Vec::new()) }).await?;
        }
        Ok(())
    }

    /// Begins a task, after waiting for others when there are many.
    async fn spawn(
        &mut self,
        task: impl Future<Output = Result<Vec<Wanted>, CopyError>> + Send + 'static,
    ) -> Result<(), CopyError> {
        while self.tasks.len() >= TASKS_MAX {
            self.join().await?;
        }
        self.tasks.spawn(task);
        Ok(())
    }

    /// Waits for one task; false when there is none.
    async fn join(&mut self) -> Result<bool, CopyError> {
        let Some(done) = self.tasks.join_next().await else { return Ok(false) };
        self.left.extend(done.map_err(|_| CopyError::Thread)??);
        Ok(true)
    }

    /// Waits for everything that was begun, and for what comes of it.
    async fn finish(&mut self) -> Result<(), CopyError> {
        loop {
            for wanted in std::mem::take(&mut self.left) {
                // Boxed: fetching may begin tasks, and waiting for one may leave more to fetch.
                Box::pin(self.fetch(wanted)).await?;
            }
            if self.join().await? || !self.left.is_empty() {
                continue;
            }
            let rest = self.groups.finish();
            if rest.is_empty() {
                return Ok(());
            }
            self.request(rest).await?;
        }
    }
}

/// Takes a file from the seed, if it is there.
fn seeded(disk: &Disk, wanted: &Wanted) -> bool {
    let path = wanted.place.path.join(&wanted.file.name);
    let Some((seed, path)) = disk.seed.as_ref().zip(path.ok()) else { return false };
    let adopted = !disk.is_stopped() && local::adopt(seed, &path, wanted, true);
    if adopted {
        disk.counts.bytes(wanted.file.size);
        disk.done(wanted, false);
    }
    adopted
}

/// The extent of a file that has one, and a short one.
fn small_extent(file: &File) -> Option<Extent> {
    match file.extents().as_slice() {
        [at] if at.length <= CHUNK => Some(*at),
        _ => None,
    }
}

fn row<S: Source>(engine: &Engine<S>, blob: &Sha256) -> Option<BlobRow> {
    let rows = engine.snapshot.inventory();
    rows.binary_search_by(|row| row.blob.cmp(blob)).ok().and_then(|at| rows.get(at).copied())
}
