//! Every blob once, in order and in chunks: its own hash, and those of the files that lie in it.

use super::tree::{Folders, Inside};
use super::{Check, Findings, Hurt, VerifyError};
use crate::reading::content::Content;
use crate::reading::{CHUNK, Damage, Source};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::HashMap;
use std::sync::Arc;
use vitrine_protocol::{Extent, Sha256};

/// Checks all blobs, so many at a time.
pub(super) async fn check<S: Source>(
    check: &Arc<Check<S>>,
    rows: Vec<(Sha256, u64)>,
    (folders, mut inside): (&Arc<Folders>, HashMap<Sha256, Vec<Inside>>),
    jobs: usize,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let blobs = rows.into_iter().map(|(blob, size)| {
        let files = inside.remove(&blob).unwrap_or_default();
        let (check, folders) = (Arc::clone(check), Arc::clone(folders));
        async move {
            // A task of its own, so that hashing one overlaps fetching another.
            let task = tokio::spawn(async move { one(&check, &folders, (blob, size), files).await });
            task.await.map_err(|_| VerifyError::Thread)?
        }
    });
    let mut found = stream::iter(blobs).buffer_unordered(jobs.max(1));
    while let Some(more) = found.try_next().await? {
        findings.merge(more);
    }
    Ok(())
}

/// Checks one blob and the files in it.
async fn one<S: Source>(
    check: &Check<S>,
    folders: &Folders,
    (blob, size): (Sha256, u64),
    mut files: Vec<Inside>,
) -> Result<Findings, VerifyError> {
    files.sort_by_key(|file| file.offset);
    let mut passing = Passing::new(files);
    let mut wrong = measure(check, blob, size).await?;
    let mut at = 0;
    while at < size && !matches!(wrong, Some(Damage::Missing)) {
        let length = (size - at).min(CHUNK);
        let room = check.budget.take(length).await;
        let bytes = match fetch(check, blob, size, at, length).await? {
            Ok(bytes) => bytes,
            Err(damage) => {
                wrong = Some(damage);
                break;
            }
        };
        let short = (bytes.len() as u64) < length;
        let hashed = tokio::task::spawn_blocking(move || {
            let _room = room;
            passing.take(&bytes);
            passing
        });
        passing = hashed.await.map_err(|_| VerifyError::Thread)?;
        check.counts.bytes(length);
        if short {
            wrong = Some(Damage::Short);
            break;
        }
        at += length;
    }
    Ok(passing.finish(check, folders, blob, wrong))
}

/// A large blob is measured first: a range says nothing of what is behind it.
async fn measure<S: Source>(
    check: &Check<S>,
    blob: Sha256,
    size: u64,
) -> Result<Option<Damage>, VerifyError> {
    if size <= CHUNK {
        return Ok(None);
    }
    Ok(match check.snapshot.measure(blob).await? {
        None => Some(Damage::Missing),
        Some(found) if found < size => Some(Damage::Short),
        Some(found) if found > size => Some(Damage::Long),
        Some(_) => None,
    })
}

/// A small blob comes whole, and then as long as it is; of a large one, this range, or what there is of it.
async fn fetch<S: Source>(
    check: &Check<S>,
    blob: Sha256,
    size: u64,
    offset: u64,
    length: u64,
) -> Result<Result<Bytes, Damage>, VerifyError> {
    if size <= CHUNK {
        return Ok(check.snapshot.whole(blob, size).await?);
    }
    Ok(check.snapshot.range(Extent { blob, offset, length }).await?)
}

/// Files as their blob passes by: those that have begun and are not over are hashed along.
struct Passing {
    whole: Content,
    at: u64,
    /// Those that have not begun, the first last.
    waiting: Vec<Inside>,
    begun: Vec<(Inside, Content)>,
    done: Vec<(Inside, Content)>,
}

impl Passing {
    fn new(mut files: Vec<Inside>) -> Self {
        files.reverse();
        Self { whole: Content::default(), at: 0, waiting: files, begun: Vec::new(), done: Vec::new() }
    }

    /// Takes the next bytes of the blob.
    fn take(&mut self, bytes: &Bytes) {
        let (start, end) = (self.at, self.at + bytes.len() as u64);
        self.whole.update(bytes);
        while let Some(file) = self.waiting.pop_if(|file| file.offset < end) {
            self.begun.push((file, Content::default()));
        }
        let part = |from: u64, to: u64| {
            let at = |place: u64| usize::try_from(place.saturating_sub(start)).unwrap_or(usize::MAX);
            bytes.get(at(from)..at(to)).unwrap_or_default()
        };
        for (file, mut content) in std::mem::take(&mut self.begun) {
            let file_end = file.offset + file.length;
            content.update(part(file.offset.max(start), file_end.min(end)));
            let list = if file_end <= end { &mut self.done } else { &mut self.begun };
            list.push((file, content));
        }
        self.at = end;
    }

    /// What is wrong with the blob and with the files in it.
    fn finish<S: Source>(
        self,
        check: &Check<S>,
        folders: &Folders,
        blob: Sha256,
        wrong: Option<Damage>,
    ) -> Findings {
        let mut findings = Findings::default();
        let wrong = wrong.or_else(|| (self.whole.finish().0 != blob).then_some(Damage::Hash));
        for (file, content) in self.done {
            check.counts.file();
            let (hash, crc32, _) = content.finish();
            if hash != file.hash {
                findings.files.insert(folders.path(&file), Hurt::Hash);
            } else if crc32 != file.crc32 {
                findings.files.insert(folders.path(&file), Hurt::Crc32);
            }
        }
        let cut = self.waiting.into_iter().chain(self.begun.into_iter().map(|(file, _)| file));
        for file in cut {
            check.counts.file();
            // An extent of no bytes at the very end is there.
            let damage = wrong.unwrap_or(Damage::Short);
            if file.length > 0 {
                findings.files.insert(folders.path(&file), Hurt::Blob(damage));
            }
        }
        findings.blobs.extend(wrong.map(|wrong| (blob, wrong)));
        findings
    }
}
