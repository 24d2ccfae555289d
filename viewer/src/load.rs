//! From an address to what is there: which snapshot is current, its manifest, and the entry at a path.
//!
//! The snapshot is chosen once per page load and kept while the reader moves inside the share, so that nobody sees half
//! of one version and half of another. A manifest that is fetched has the hash that `latest.json` says; the one that came with the
//! page was checked by the gateway. Paths are looked up by `protocol` alone.

use crate::browser::{self, fetch};
use crate::failure::Failure;
use crate::listings::Listings;
use crate::routes::DataRoutes;
use std::sync::Arc;
use vitrine_protocol::documents::{self, PublicMeta};
use vitrine_protocol::index::PathIndex;
use vitrine_protocol::tree::{Found, FoundDir, LookupError, entries, lookup};
use vitrine_protocol::{Entries, EntryPath, Extent, File, Latest, Manifest, ShareId, json};
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
    listings: Listings,
}

/// The metadata that came with the page, as the gateway wrote it (`worker/src/gateway/shell.rs`).
struct Block {
    latest: Latest,
    meta: Option<Arc<PublicMeta>>,
    manifest: Manifest,
}

impl Block {
    /// Reads it, and puts the listings that are with it where they are looked for. One that is of another share, or
    /// damaged, is as good as none.
    fn take(share: ShareId, listings: &Listings, signal: &AbortSignal) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Written {
            latest: String,
            meta: String,
            manifest: String,
            listings: Vec<(Extent, String)>,
        }
        let written: Written = json::from_slice(browser::data_block()?.as_bytes()).ok()?;
        let latest =
            Latest::from_json(written.latest.as_bytes()).ok().filter(|latest| latest.share_id == share)?;
        let manifest = Manifest::from_json(written.manifest.as_bytes()).ok()?;
        let meta = json::from_slice(written.meta.as_bytes()).ok().map(Arc::new);
        for (at, listing) in written.listings {
            listings.keep(at, listing.into_bytes(), signal);
        }
        Some(Self { latest, meta, manifest })
    }
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
    /// Chooses the current snapshot of a share: the one that came with the page, unless that is asked for `again`.
    pub(crate) async fn open(routes: DataRoutes, signal: &AbortSignal, again: bool) -> Result<Self, Failure> {
        let listings = Listings::new();
        let block = if again { None } else { Block::take(routes.share(), &listings, signal) };
        if let Some(Block { latest, meta, manifest }) = block {
            return Ok(Self { routes, latest: latest.into(), meta, manifest: manifest.into(), listings });
        }
        let latest = Latest::from_json(&fetch::bytes(&routes.latest(), signal).await?)?;
        let (manifest_url, meta_url) = (routes.manifest(latest.manifest_id), routes.meta());
        let (manifest, meta) = futures_util::join!(
            fetch::known(&manifest_url, latest.manifest_hash, signal),
            fetch::bytes(&meta_url, signal)
        );
        let manifest = Arc::new(Manifest::from_json(&manifest?)?);
        let meta = meta.ok().and_then(|meta| json::from_slice(&meta).ok()).map(Arc::new);
        Ok(Self { routes, latest: Arc::new(latest), meta, manifest, listings })
    }

    /// What the share is called.
    pub(crate) fn title(&self) -> String {
        let title = self.meta.as_ref().map_or("", |meta| &meta.title);
        documents::shown_title(title, &self.manifest.root_path).to_owned()
    }

    /// Finds what is at `path`.
    pub(crate) async fn find(&self, path: &EntryPath, signal: &AbortSignal) -> Result<Place, Failure> {
        let source = self.listings.reader(&self.routes, signal);
        match lookup(&self.manifest, path, &source).await {
            Ok(Found::File { path, file }) => Ok(Place::File { path, file }),
            Ok(Found::Dir(dir)) => {
                let entries = entries(&dir.listing, &source).await.map_err(failure)?;
                Ok(Place::Dir { dir, entries: Arc::new(entries) })
            }
            Err(LookupError::NotFound(path)) => {
                let nearest = self.nearest(&path, signal).await;
                Err(Failure::PathNotFound { path, nearest })
            }
            Err(LookupError::LinkLoop(path)) => {
                let nearest = self.nearest(&path, signal).await;
                Err(Failure::BrokenLink { path, nearest })
            }
            Err(error) => Err(failure(error)),
        }
    }

    /// The last folder on the way to `path` that is there. It costs no request: the look-up of `path` read the same
    /// listings.
    async fn nearest(&self, path: &EntryPath, signal: &AbortSignal) -> EntryPath {
        let source = self.listings.reader(&self.routes, signal);
        let mut path = path.parent();
        while let Some(folder) = path {
            if matches!(lookup(&self.manifest, &folder, &source).await, Ok(Found::Dir(_))) {
                return folder;
            }
            path = folder.parent();
        }
        EntryPath::root()
    }

    /// The index of all paths, where the publish wrote one.
    pub(crate) fn index(&self) -> Option<&PathIndex> {
        self.manifest.index.as_ref()
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

fn failure(error: LookupError<Failure>) -> Failure {
    match error {
        LookupError::Source { source, .. } => source,
        damaged => Failure::Corrupt(damaged.to_string()),
    }
}
