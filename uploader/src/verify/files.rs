//! Files of several extents, and empty ones: read on their own, piece by piece.

use super::tree::Apart;
use super::{Check, Findings, Hurt, VerifyError};
use crate::reading::Source;
use crate::reading::content::{Content, pieces};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::sync::Arc;

/// Checks all of them, so many at a time.
pub(super) async fn check<S: Source>(
    check: &Arc<Check<S>>,
    files: Vec<Apart>,
    jobs: usize,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let files = files.into_iter().map(|apart| {
        let check = Arc::clone(check);
        async move {
            let task = tokio::spawn(async move {
                let hurt = one(&check, &apart).await?;
                check.counts.file();
                Ok::<_, VerifyError>(hurt.map(|hurt| (apart.path, hurt)))
            });
            task.await.map_err(|_| VerifyError::Thread)?
        }
    });
    let mut found = stream::iter(files).buffer_unordered(jobs.max(1));
    while let Some(hurt) = found.try_next().await? {
        findings.files.extend(hurt);
    }
    Ok(())
}

async fn one<S: Source>(check: &Check<S>, apart: &Apart) -> Result<Option<Hurt>, VerifyError> {
    let mut content = Content::default();
    for piece in pieces(&apart.file) {
        let room = check.budget.take(piece.from.length).await;
        let bytes = match check.snapshot.range(piece.from).await? {
            Ok(bytes) => bytes,
            Err(damage) => return Ok(Some(Hurt::Blob(damage))),
        };
        check.counts.bytes(piece.from.length);
        let hashed = tokio::task::spawn_blocking(move || {
            content.update(&bytes);
            drop(room);
            content
        });
        content = hashed.await.map_err(|_| VerifyError::Thread)?;
    }
    let (hash, crc32, size) = content.finish();
    let right = (hash, size) == (apart.file.hash, apart.file.size);
    Ok(match (right, crc32 == apart.file.crc32) {
        (false, _) => Some(Hurt::Hash),
        (true, false) => Some(Hurt::Crc32),
        (true, true) => None,
    })
}
