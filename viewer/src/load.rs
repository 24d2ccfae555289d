//! From an address to what is there: which snapshot is current, its manifest, and the entry at a path.
//!
//! The snapshot is chosen once per page load and kept while the reader moves inside the share, so that nobody sees half
//! of one version and half of another. Paths are looked up by `protocol` alone.

use crate::browser::fetch;
use crate::failure::Failure;
use crate::routes::DataRoutes;
use std::sync::Arc;
use vitrine_protocol::documents::PublicMeta;
use vitrine_protocol::tree::{ExtentSource, Found, FoundDir, LookupError, entries, lookup};
use vitrine_protocol::{Entries, EntryPath, Extent, File, Latest, Manifest};
use web_sys::AbortSignal;

/// The version of a share that this page shows.
#[derive(Clone)]
pub(crate) struct Snapshot {
    /// Where its data is.
    pub(crate) routes: DataRoutes,
    /// When it was published, and how much it is.
    pub(crate) latest: Arc<Latest>,
    /// What the share says of itself; absent when it could not be had, which keeps nothing from being shown.
    pub(crate) meta: Option<Arc<PublicMeta>>,
    manifest: Arc<Manifest>,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    /// A folder.
    Dir {
        /// The folder, its path without links.
        dir: FoundDir,
        /// What is in it.
        entries: Arc<Entries>,
    },
    /// A file, its path without links.
    File {
        /// The path.
        path: EntryPath,
        /// The file.
        file: Box<File>,
    },
}

impl Snapshot {
    /// Chooses the current snapshot of a share.
    pub(crate) async fn open(routes: DataRoutes, signal: &AbortSignal) -> Result<Self, Failure> {
        let latest = Latest::from_json(&fetch::bytes(&routes.latest(), signal).await?)?;
        let manifest = fetch::bytes(&routes.manifest(latest.manifest_id), signal).await?;
        let manifest = Arc::new(Manifest::from_json(&manifest)?);
        let meta = fetch::bytes(&routes.meta(), signal).await.ok();
        let meta = meta.and_then(|meta| serde_json::from_slice(&meta).ok()).map(Arc::new);
        Ok(Self { routes, latest: Arc::new(latest), meta, manifest })
    }

    /// What the share is called.
    pub(crate) fn title(&self) -> String {
        let title = self.meta.as_ref().map(|meta| meta.title.trim()).filter(|title| !title.is_empty());
        let folder = || self.manifest.root_path.rsplit('/').find(|name| !name.is_empty());
        title.or_else(folder).unwrap_or("Shared files").to_owned()
    }

    /// Finds what is at `path`.
    pub(crate) async fn find(&self, path: &EntryPath, signal: &AbortSignal) -> Result<Place, Failure> {
        let source = Blobs { routes: &self.routes, signal };
        match lookup(&self.manifest, path, &source).await.map_err(|error| failure(path, error))? {
            Found::File { path, file } => Ok(Place::File { path, file }),
            Found::Dir(dir) => {
                let entries = entries(&dir.listing, &source).await.map_err(|error| failure(path, error))?;
                Ok(Place::Dir { dir, entries: Arc::new(entries) })
            }
        }
    }

    /// The address of a file's bytes.
    pub(crate) fn file(&self, path: &EntryPath) -> String {
        self.routes.file(self.latest.manifest_id, path)
    }

    /// The address that saves a file under its name.
    pub(crate) fn download(&self, path: &EntryPath) -> String {
        self.routes.download(self.latest.manifest_id, path)
    }

    /// The address of a folder as ZIP.
    pub(crate) fn zip(&self, path: &EntryPath) -> String {
        self.routes.zip(self.latest.manifest_id, path)
    }

    /// The address of a file on the frame origin.
    pub(crate) fn framed(&self, path: &EntryPath) -> String {
        self.routes.framed(self.latest.manifest_id, path)
    }

    /// The address of a picture.
    pub(crate) fn picture(&self, path: &EntryPath) -> String {
        self.routes.picture(self.latest.manifest_id, path)
    }
}

/// Reads listings out of blobs over HTTP.
struct Blobs<'a> {
    routes: &'a DataRoutes,
    signal: &'a AbortSignal,
}

impl ExtentSource for Blobs<'_> {
    type Error = Failure;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, Failure> {
        fetch::range(&self.routes.blob(extent.blob), extent.offset, extent.length, self.signal).await
    }
}

fn failure(path: &EntryPath, error: LookupError<Failure>) -> Failure {
    match error {
        LookupError::NotFound(_) => Failure::PathNotFound(path.clone()),
        LookupError::LinkLoop(_) => Failure::BrokenLink(path.clone()),
        LookupError::Source { source: Failure::PathNotFound(_), .. } => Failure::SnapshotGone,
        LookupError::Source { source, .. } => source,
        damaged @ (LookupError::Corrupt { .. } | LookupError::TooLong(_)) => {
            Failure::Corrupt(damaged.to_string())
        }
    }
}
