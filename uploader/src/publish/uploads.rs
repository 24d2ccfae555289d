//! Blobs on their way to the store, side by side with everything else.
//!
//! What bounds them is the memory that each holds until it arrived, and the client's own limit of requests. The first that
//! fails ends the publish.

use super::local::Local;
use super::{PublishError, SendError};
use crate::base::Base;
use crate::content::pack::Inside;
use crate::progress::{Event, Progress};
use crate::remote::Session;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;
use vitrine_protocol::{ObjectKey, Sha256};

/// The blobs that a publish adds to what its base has.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct NewBlobs {
    /// Their lengths, whether they were sent now or found to be there already.
    pub(super) sizes: HashMap<Sha256, u64>,
    /// How many were sent.
    pub(super) sent: u64,
    /// The bytes of those.
    pub(super) sent_bytes: u64,
}

impl NewBlobs {
    /// Takes note of one.
    pub(super) fn add(&mut self, blob: Sha256, size: u64, sent: bool) {
        self.sizes.insert(blob, size);
        if sent {
            self.sent += 1;
            self.sent_bytes += size;
        }
    }
}

/// A blob to be sent.
pub(super) struct Put {
    /// What it is to people: a path, mostly.
    pub(super) what: String,
    /// Its name.
    pub(super) blob: Sha256,
    /// Its bytes.
    pub(super) bytes: Bytes,
    /// The contents in it, for the journal.
    pub(super) inside: Vec<Inside>,
    /// Room in memory that is given back when it arrived.
    pub(super) held: Vec<OwnedSemaphorePermit>,
}

/// Sends blobs of one publish.
pub(super) struct Uploads<S> {
    session: Arc<S>,
    base: Arc<Base<S>>,
    local: Arc<Local>,
    progress: Arc<dyn Progress>,
    tasks: JoinSet<Result<(Sha256, u64, bool), SendError>>,
    /// What was sent, and what is on its way.
    pub(super) blobs: NewBlobs,
}

impl<S: Session> Uploads<S> {
    /// Prepares to send to `session`. What arrived is written down in `local`.
    pub(super) fn new(
        (session, base): (Arc<S>, Arc<Base<S>>),
        local: Arc<Local>,
        progress: Arc<dyn Progress>,
    ) -> Self {
        Self { session, base, local, progress, tasks: JoinSet::new(), blobs: NewBlobs::default() }
    }

    /// Sends a blob, unless it is on its way already.
    pub(super) fn put(&mut self, put: Put) {
        let size = put.bytes.len() as u64;
        if self.blobs.sizes.insert(put.blob, size).is_some() {
            return;
        }
        let (session, local, progress) =
            (Arc::clone(&self.session), Arc::clone(&self.local), Arc::clone(&self.progress));
        let asks = local.asks_first() && !self.base.is_blob_lost(&put.blob);
        self.tasks.spawn(async move {
            let Put { what, blob, bytes, inside, held } = put;
            let sent = send(session.as_ref(), asks, blob, bytes).await;
            let sent = sent.map_err(|source| SendError { path: what, source })?;
            drop(held);
            if sent {
                progress.on(Event::Sent { bytes: size });
            }
            local.record_arrived(blob, size, &inside);
            Ok((blob, size, sent))
        });
    }

    /// Ends when one has failed; never, when none does.
    pub(super) async fn failure(&mut self) -> PublishError {
        loop {
            match self.tasks.join_next().await {
                Some(done) => {
                    if let Err(error) = self.count(done) {
                        return error;
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Fails when one has failed so far.
    pub(super) fn check(&mut self) -> Result<(), PublishError> {
        while let Some(done) = self.tasks.try_join_next() {
            self.count(done)?;
        }
        Ok(())
    }

    /// Waits for all.
    pub(super) async fn finish(&mut self) -> Result<(), PublishError> {
        while let Some(done) = self.tasks.join_next().await {
            self.count(done)?;
        }
        Ok(())
    }

    fn count(
        &mut self,
        done: Result<Result<(Sha256, u64, bool), SendError>, tokio::task::JoinError>,
    ) -> Result<(), PublishError> {
        let (blob, size, sent) = done.map_err(|_| PublishError::Thread)??;
        self.blobs.add(blob, size, sent);
        Ok(())
    }
}

/// Sends one blob; returns whether it had to be sent. With `asks`, which is for after a publish that did not end well, the
/// store is asked first: what it was sent may have arrived without our knowing.
pub(super) async fn send<S: Session>(
    session: &S,
    asks: bool,
    blob: Sha256,
    bytes: Bytes,
) -> Result<bool, crate::remote::RemoteError> {
    let key = ObjectKey::blob(session.grant().share_id, blob);
    if asks && session.size_of(key).await? == Some(bytes.len() as u64) {
        return Ok(false);
    }
    session.put(key, bytes, blob).await?;
    Ok(true)
}
