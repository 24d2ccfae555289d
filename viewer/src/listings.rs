//! The listings of one snapshot, each fetched once: a page with twenty pictures of one folder asks for it once.
//!
//! `load` reads folders through it. A failure is forgotten, so that the next look-up tries again.

use crate::browser::fetch;
use crate::failure::Failure;
use crate::routes::DataRoutes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use vitrine_protocol::Extent;
use vitrine_protocol::tree::ExtentSource;
use web_sys::AbortSignal;

/// How many bytes are kept: a few of the largest listings, thousands of ordinary ones.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;

type Bytes = Shared<LocalBoxFuture<'static, Result<Arc<[u8]>, Failure>>>;

/// A listing that was read or is being read.
#[derive(Clone)]
struct Reading {
    bytes: Bytes,
    /// What ends the request: the page that asked first may be left before another one that waits for the same.
    signal: AbortSignal,
}

/// What was read of a snapshot; clones share it.
#[derive(Clone)]
pub(crate) struct Listings(SendWrapper<Rc<RefCell<BTreeMap<Extent, Reading>>>>);

impl Listings {
    /// Nothing was read yet.
    pub(crate) fn new() -> Self {
        Self(SendWrapper::new(Rc::default()))
    }

    /// Keeps a listing that came with the page.
    pub(crate) fn keep(&self, at: Extent, bytes: Vec<u8>, signal: &AbortSignal) {
        let bytes = std::future::ready(Ok(Arc::from(bytes))).boxed_local().shared();
        self.0.borrow_mut().insert(at, Reading { bytes, signal: signal.clone() });
    }

    /// Reads as the page does that `signal` belongs to.
    pub(crate) fn reader<'a>(&'a self, routes: &'a DataRoutes, signal: &'a AbortSignal) -> Reader<'a> {
        Reader { listings: self, routes, signal }
    }
}

/// Reads listings out of blobs over HTTP, unless they are at hand.
pub(crate) struct Reader<'a> {
    listings: &'a Listings,
    routes: &'a DataRoutes,
    signal: &'a AbortSignal,
}

impl Reader<'_> {
    fn reading(&self, extent: Extent) -> Reading {
        let mut kept = self.listings.0.borrow_mut();
        if let Some(reading) = kept.get(&extent) {
            return reading.clone();
        }
        if kept.keys().map(|extent| extent.length).sum::<u64>() + extent.length > KEPT_BYTES {
            kept.clear();
        }
        let (url, signal) = (self.routes.extent(extent), self.signal.clone());
        let bytes = async move { fetch::bytes(&url, &signal).await.map(Arc::from) };
        let reading = Reading { bytes: bytes.boxed_local().shared(), signal: self.signal.clone() };
        kept.insert(extent, reading.clone());
        reading
    }

    fn forget(&self, extent: Extent, failed: &Reading) {
        let mut kept = self.listings.0.borrow_mut();
        if kept.get(&extent).is_some_and(|reading| reading.bytes.ptr_eq(&failed.bytes)) {
            kept.remove(&extent);
        }
    }
}

impl ExtentSource for Reader<'_> {
    type Error = Failure;

    async fn read(&self, extent: Extent) -> Result<Vec<u8>, Failure> {
        loop {
            let reading = self.reading(extent);
            let failure = match reading.bytes.clone().await {
                Ok(bytes) => return Ok(bytes.to_vec()),
                Err(failure) => failure,
            };
            self.forget(extent, &reading);
            // A request that another page's end has ended says nothing of this page's.
            if self.signal.aborted() || !reading.signal.aborted() {
                return Err(failure);
            }
        }
    }
}
