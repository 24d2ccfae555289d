//! What the JavaScript list of a folder (`viewer/js/listing/`) and the finder (`viewer/js/finder/`) are given: columns of names,
//! kinds and numbers, the order that a reader asks for, and addresses. It hands out nothing but paths of the snapshot that the
//! page is on. Made by `pages::listing` and `app`.
//!
//! Columns, not rows: a hundred thousand rows as objects would cost more than everything that is drawn of them.

use crate::load::{Place, Snapshot};
use crate::location::PageUrl;
use crate::sort::{self, Order};
use std::sync::Arc;
use vitrine_protocol::{Entries, EntryName, EntryPath, rows};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// The entries of one folder. All columns have the order of [`rows::rows`].
#[wasm_bindgen]
pub struct Folder {
    snapshot: Snapshot,
    path: EntryPath,
    entries: Arc<Entries>,
}

impl Folder {
    /// The entries of the folder at `path`.
    pub(crate) fn new(snapshot: Snapshot, path: EntryPath, entries: Arc<Entries>) -> Self {
        Self { snapshot, path, entries }
    }

    fn entry(&self, name: &str) -> Option<EntryPath> {
        self.path.join(&EntryName::new(name).ok()?).ok()
    }
}

#[wasm_bindgen]
impl Folder {
    /// The names, with `/` in between, which no name holds.
    pub fn names(&self) -> String {
        joined(&self.entries, |row| row.name)
    }

    /// The kinds, with `/` in between.
    pub fn kinds(&self) -> String {
        joined(&self.entries, |row| row.kind)
    }

    /// The targets of the symbolic links, which are the last entries, with NUL in between.
    pub fn targets(&self) -> String {
        let targets: Vec<&str> = self.entries.links.iter().map(|link| &*link.target).collect();
        targets.join("\0")
    }

    /// How many files each of the folders holds, which are the first entries.
    pub fn counts(&self) -> Vec<f64> {
        self.entries.dirs.iter().map(|dir| float(dir.file_count)).collect()
    }

    /// Sizes in bytes.
    pub fn sizes(&self) -> Vec<f64> {
        rows::rows(&self.entries).iter().map(|row| row.size.map_or(f64::NAN, float)).collect()
    }

    /// Times of the last change.
    pub fn times(&self) -> Vec<f64> {
        rows::rows(&self.entries).iter().map(|row| row.mtime.map_or(f64::NAN, moment)).collect()
    }

    /// The places of the entries in an order as it stands in an address.
    pub fn order(&self, order: &str) -> Vec<u32> {
        sort::arranged(&rows::rows(&self.entries), Order::parse(order).unwrap_or_default())
    }

    /// Whether it is better looked at than read.
    pub fn gallery(&self) -> bool {
        rows::is_gallery(&self.entries)
    }

    /// The page of an entry.
    pub fn page(&self, name: &str) -> Option<String> {
        Some(PageUrl::new(self.snapshot.routes.share(), self.entry(name)?).to_url())
    }

    /// The bytes of a picture.
    pub fn picture(&self, name: &str) -> Option<String> {
        Some(self.snapshot.picture(&self.entry(name)?))
    }
}

fn joined<'a>(entries: &'a Entries, column: fn(&rows::Row<'a>) -> &'a str) -> String {
    let rows: Vec<&str> = rows::rows(entries).iter().map(column).collect();
    rows.join("/")
}

#[expect(clippy::cast_precision_loss, reason = "sizes and counts stay below 2^53")]
fn float(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "times stay below 2^53 ms for a quarter of a million years")]
fn moment(value: i64) -> f64 {
    value as f64
}

/// The paths of a share, for the finder.
#[wasm_bindgen]
pub struct Paths {
    snapshot: Snapshot,
}

impl Paths {
    /// Those of one snapshot.
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self { snapshot }
    }
}

#[wasm_bindgen]
impl Paths {
    /// The page of a path.
    pub fn page(&self, path: &str) -> Option<String> {
        Some(PageUrl::new(self.snapshot.routes.share(), EntryPath::parse(path).ok()?).to_url())
    }

    /// The index of all paths as it stands in the manifest, as JSON (`viewer/js/finder/load.ts`).
    pub fn index(&self) -> Option<String> {
        serde_json::to_string(self.snapshot.index()?).ok()
    }

    /// Where a blob's bytes are.
    pub fn blob(&self, hash: &str) -> Option<String> {
        Some(self.snapshot.routes.blob(hash.parse().ok()?))
    }

    /// What the folder at a path holds, as a promise of a [`Folder`]; of nothing when there is no such folder.
    pub fn list(&self, path: &str, signal: web_sys::AbortSignal) -> js_sys::Promise {
        let (snapshot, path) = (self.snapshot.clone(), EntryPath::parse(path));
        future_to_promise(async move {
            let Ok(path) = path else { return Ok(JsValue::UNDEFINED) };
            match snapshot.find(&path, &signal).await {
                Ok(Place::Dir { dir, entries }) => Ok(Folder::new(snapshot, dir.path, entries).into()),
                Ok(Place::File { .. }) => Ok(JsValue::UNDEFINED),
                Err(failure) => Err(failure.code().into()),
            }
        })
    }
}
