//! Small files: a pack, or a range of one, is fetched once, and a thread writes all files in it.

use super::CopyError;
use super::dest::Folder;
use super::engine::{Disk, Engine, errno};
use super::failure::Reason;
use super::groups::Request;
use super::place::Wanted;
use crate::reading::snapshot::slice;
use crate::reading::{Damage, Source};
use bytes::Bytes;
use rustix::io::Errno;
use std::io::Write as _;
use std::sync::Arc;
use vitrine_protocol::{EntryPath, Extent, Sha256};

/// Fetches what a request asks for and writes the files in it.
pub(super) async fn copy<S: Source>(engine: &Engine<S>, request: Request) -> Result<(), CopyError> {
    let Request { at, whole, wanted } = request;
    let fetched = fetch(engine, at, whole).await?;
    match fetched {
        Ok(bytes) => write(engine, bytes, at.offset, wanted).await,
        Err(damage) if wanted.len() == 1 && !whole => {
            fail(&engine.disk, &wanted, damage);
            Ok(())
        }
        // Some of the files may be in the part that is there.
        Err(_) => {
            for (at, wanted) in wanted {
                match fetch(engine, at, false).await? {
                    Ok(bytes) => write(engine, bytes, at.offset, vec![(at, wanted)]).await?,
                    Err(damage) => fail(&engine.disk, &[(at, wanted)], damage),
                }
            }
            Ok(())
        }
    }
}

type Fetched = (Bytes, Option<crate::reading::budget::Share>);

async fn fetch<S: Source>(
    engine: &Engine<S>,
    at: Extent,
    whole: bool,
) -> Result<Result<Fetched, Damage>, CopyError> {
    let room = engine.budget.take(at.length).await;
    let _request = engine.requests.acquire().await.map_err(|_| CopyError::Thread)?;
    let bytes = if whole {
        engine.snapshot.whole(at.blob, at.length).await?
    } else {
        engine.snapshot.range(at).await?
    };
    Ok(bytes.map(|bytes| (bytes, room)))
}

fn fail(disk: &Disk, wanted: &[(Extent, Wanted)], damage: Damage) {
    for (_, wanted) in wanted {
        disk.failures.add(wanted.path(), Reason::Blob(damage));
    }
}

async fn write<S: Source>(
    engine: &Engine<S>,
    (bytes, room): Fetched,
    start: u64,
    wanted: Vec<(Extent, Wanted)>,
) -> Result<(), CopyError> {
    let disk = Arc::clone(&engine.disk);
    engine
        .blocking(move || {
            let _room = room;
            write_all(&disk, &bytes, start, wanted)
        })
        .await?
}

/// Writes the files whose extents lie in `bytes`, which begin at `start` of their blob.
fn write_all(disk: &Disk, bytes: &Bytes, start: u64, wanted: Vec<(Extent, Wanted)>) -> Result<(), CopyError> {
    let mut open: Option<(EntryPath, Folder)> = None;
    for (at, wanted) in wanted {
        if disk.is_stopped() {
            return Ok(());
        }
        let content = at.offset.checked_sub(start).and_then(|offset| slice(bytes, offset, at.length));
        let Some(content) = content else {
            disk.failures.add(wanted.path(), Reason::Blob(Damage::Short));
            continue;
        };
        if Sha256::of(&content) != wanted.file.hash {
            disk.failures.add(wanted.path(), Reason::Hash);
            continue;
        }
        let written = folder(&mut open, &wanted).and_then(|folder| write_one(folder, &wanted, &content));
        match written {
            Ok(()) => {
                disk.counts.bytes(wanted.file.size);
                disk.done(&wanted, true);
            }
            Err(errno) => disk.failed(&wanted, errno)?,
        }
    }
    Ok(())
}

/// The folder of a file; the one of the file before is mostly the same.
fn folder<'a>(open: &'a mut Option<(EntryPath, Folder)>, wanted: &Wanted) -> Result<&'a Folder, Errno> {
    if open.as_ref().is_none_or(|(path, _)| *path != wanted.place.path) {
        *open = Some((wanted.place.path.clone(), wanted.folder()?));
    }
    open.as_ref().map(|(_, folder)| folder).ok_or(Errno::NOENT)
}

/// Writes one file whose content was checked.
pub(super) fn write_one(folder: &Folder, wanted: &Wanted, content: &[u8]) -> Result<(), Errno> {
    let temporary = wanted.temporary();
    let mut file = folder.create(&temporary)?;
    if let Err(error) = file.write_all(content) {
        let _ = folder.remove(&temporary);
        return Err(errno(&error));
    }
    Disk::finish(folder, wanted, file, &temporary)
}
