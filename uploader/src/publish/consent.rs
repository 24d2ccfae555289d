//! Asking before something is published that should probably not be public.
//!
//! By name, everything is looked at before anything is sent. By content, a file that is new or changed is looked at when it
//! is read, and nothing of it is sent before the answer; nothing is ever visible before the commit.

use super::{Job, PublishError};
use crate::base::{Base, Prior};
use crate::filter::Caution;
use crate::remote::Session;
use crate::scan::Suspect;
use std::sync::Arc;
use vitrine_protocol::{EntryPath, File, Listing};

/// Who is asked.
pub trait Consent: Send + Sync {
    /// Whether these are to be published all the same. May take as long as a person thinks.
    fn ask(&self, suspects: &[Suspect]) -> bool;
}

/// Agrees to everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreed;

impl Consent for Agreed {
    fn ask(&self, _suspects: &[Suspect]) -> bool {
        true
    }
}

/// Asks about what is suspect and not published yet.
pub(super) async fn ask_first<S: Session>(
    job: &Job,
    base: &Base<S>,
    suspects: Vec<Suspect>,
) -> Result<(), PublishError> {
    let mut new = Vec::new();
    for suspect in suspects {
        let known = match &suspect {
            Suspect::File { path, size, mtime, .. } => {
                find(base, path).await?.is_some_and(|file| file.size == *size && file.mtime == *mtime)
            }
            Suspect::Rule { .. } => false,
        };
        if !known {
            new.push(suspect);
        }
    }
    if new.is_empty() { Ok(()) } else { ask(Arc::clone(&job.consent), new).await }
}

/// Asks about a file that was read.
pub(super) async fn ask_about(
    consent: &Arc<dyn Consent>,
    path: &EntryPath,
    size: u64,
    mtime: i64,
    caution: Caution,
) -> Result<(), PublishError> {
    ask(Arc::clone(consent), vec![Suspect::File { path: path.clone(), size, mtime, caution }]).await
}

async fn ask(consent: Arc<dyn Consent>, suspects: Vec<Suspect>) -> Result<(), PublishError> {
    let asking = tokio::task::spawn_blocking(move || (consent.ask(&suspects), suspects));
    match asking.await.map_err(|_| PublishError::Thread)? {
        (true, _) => Ok(()),
        (false, suspects) => Err(PublishError::Declined { suspects }),
    }
}

/// The file at a path of the base.
async fn find<S: Session>(base: &Base<S>, path: &EntryPath) -> Result<Option<Box<File>>, PublishError> {
    let mut listing: Option<Listing> = base.manifest.as_ref().map(|manifest| manifest.root.clone());
    let mut names = path.names().iter().peekable();
    while let (Some(name), Some(within)) = (names.next(), listing.take()) {
        let mut cursor = base.cursor(Some(within));
        match base.seek(&mut cursor, name.as_str()).await? {
            Some(Prior::File(file)) if names.peek().is_none() => return Ok(Some(file)),
            Some(Prior::Dir(dir)) => listing = Some(dir.listing),
            _ => return Ok(None),
        }
    }
    Ok(None)
}
