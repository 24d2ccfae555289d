//! Large files, and files of several extents: pieces fetched side by side, written where they belong, hashed in order.
//!
//! Behind the file's end the temporary file has one byte for each piece, set when the piece is written; it goes before the
//! file gets its name. A copy that was interrupted goes on from there: pieces that are marked are read from the disk and
//! hashed with the rest. What was marked and yet is wrong makes the hash wrong, and then all is fetched once more.

use super::CopyError;
use super::dest::Folder;
use super::engine::{Disk, Engine, errno};
use super::failure::Reason;
use super::place::Wanted;
use crate::reading::budget::Share;
use crate::reading::content::{Content, Piece, pieces};
use crate::reading::{Damage, Source};
use bytes::Bytes;
use rustix::io::Errno;
use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The mark of a piece that is written.
const WRITTEN: u8 = 1;

/// Why a file was not written, and the copy goes on.
enum Stop {
    Reason(Reason),
    System(Errno),
}

/// A temporary file under way.
struct Partial {
    file: Arc<File>,
    marks: Vec<u8>,
    resumed: bool,
}

/// Fetches a file and gives it its name.
pub(super) async fn copy<S: Source>(engine: &Arc<Engine<S>>, wanted: Wanted) -> Result<(), CopyError> {
    let _one = engine.large.acquire().await.map_err(|_| CopyError::Thread)?;
    let wanted = Arc::new(wanted);
    let mut outcome = attempt(engine, &wanted, true).await?;
    if matches!(outcome, Err((Stop::Reason(Reason::Hash), true))) {
        outcome = attempt(engine, &wanted, false).await?;
    }
    match outcome {
        Ok(()) => engine.disk.done(&wanted, true),
        Err((Stop::Reason(reason), _)) => engine.disk.failures.add(wanted.path(), reason),
        Err((Stop::System(errno), _)) => engine.disk.failed(&wanted, errno)?,
    }
    Ok(())
}

type Outcome = Result<(), (Stop, bool)>;

/// One attempt; an error of the file says also whether something of an earlier copy was used.
async fn attempt<S: Source>(
    engine: &Arc<Engine<S>>,
    wanted: &Arc<Wanted>,
    resume: bool,
) -> Result<Outcome, CopyError> {
    let all: Arc<[Piece]> = pieces(&wanted.file).into();
    let (file, count) = (Arc::clone(wanted), all.len());
    let opened = engine.blocking(move || open(&file, count, resume)).await?;
    let (folder, partial) = match opened {
        Ok(opened) => opened,
        Err(errno) => return Ok(Err((Stop::System(errno), false))),
    };
    let content = match fetch_all(engine, &partial, &all, wanted.file.size).await? {
        Ok(content) => content,
        Err(stop) => {
            remove(engine, folder, wanted).await?;
            return Ok(Err((stop, partial.resumed)));
        }
    };
    let (hash, _, size) = content.finish();
    if (hash, size) != (wanted.file.hash, wanted.file.size) {
        remove(engine, folder, wanted).await?;
        return Ok(Err((Stop::Reason(Reason::Hash), partial.resumed)));
    }
    let (file, resumed) = (Arc::clone(wanted), partial.resumed);
    let finished = engine.blocking(move || {
        let temporary = file.temporary();
        partial.file.set_len(file.file.size).map_err(|error| errno(&error))?;
        let handle = partial.file.try_clone().map_err(|error| errno(&error))?;
        Disk::finish(&folder, &file, handle, &temporary)
    });
    Ok(finished.await?.map_err(|errno| (Stop::System(errno), resumed)))
}

async fn remove<S: Source>(
    engine: &Arc<Engine<S>>,
    folder: Folder,
    wanted: &Arc<Wanted>,
) -> Result<(), CopyError> {
    let temporary = wanted.temporary();
    // What is left over is found by the next copy, or is in nobody's way.
    engine.blocking(move || folder.remove(&temporary).unwrap_or_default()).await
}

/// Opens the temporary file: what an earlier copy left, or a new one.
fn open(wanted: &Wanted, pieces: usize, resume: bool) -> Result<(Folder, Partial), Errno> {
    let folder = wanted.folder()?;
    let temporary = wanted.temporary();
    let size = wanted.file.size;
    let full = size + pieces as u64;
    if resume && let Some(file) = folder.resume(&temporary, full) {
        let mut marks = vec![0; pieces];
        if file.read_exact_at(&mut marks, size).is_ok() {
            let resumed = marks.contains(&WRITTEN);
            return Ok((folder, Partial { file: Arc::new(file), marks, resumed }));
        }
    }
    let file = folder.create(&temporary)?;
    file.set_len(full).map_err(|error| errno(&error))?;
    Ok((folder, Partial { file: Arc::new(file), marks: vec![0; pieces], resumed: false }))
}

type Arrived = Result<(Bytes, Option<Share>), Stop>;

/// Fetches all pieces, a window of them at a time, and hashes them in order.
///
/// A piece that waits to be hashed holds room in memory. So that two files never wait for each other's room, more is only
/// waited for while nothing is held.
async fn fetch_all<S: Source>(
    engine: &Arc<Engine<S>>,
    partial: &Partial,
    all: &[Piece],
    size: u64,
) -> Result<Result<Content, Stop>, CopyError> {
    let mut window: VecDeque<Guard> = VecDeque::new();
    let mut content = Content::default();
    let mut next = all.iter().enumerate().peekable();
    loop {
        if let Some((_, piece)) = next.peek() {
            let room = match engine.budget.try_take(piece.from.length) {
                None if window.is_empty() => engine.budget.take(piece.from.length).await,
                room => room,
            };
            if let Some(room) = room
                && let Some((index, piece)) = next.next()
            {
                let there = partial.marks.get(index) == Some(&WRITTEN);
                let (engine, file) = (Arc::clone(engine), Arc::clone(&partial.file));
                let (piece, mark) = (*piece, size + index as u64);
                let task = async move { arrive(&engine, &file, piece, there, mark, room).await };
                window.push_back(Guard(tokio::spawn(task)));
                continue;
            }
        }
        let Some(mut first) = window.pop_front() else { return Ok(Ok(content)) };
        let arrived = match (&mut first.0).await.map_err(|_| CopyError::Thread)? {
            Ok(arrived) => arrived,
            Err(error) => {
                // The others are as good as there, or fail as soon: what arrives now need not be fetched again.
                for mut other in window {
                    drop((&mut other.0).await);
                }
                return Err(error);
            }
        };
        let (bytes, room) = match arrived {
            Ok(arrived) => arrived,
            Err(stop) => return Ok(Err(stop)),
        };
        engine.disk.counts.bytes(bytes.len() as u64);
        let hashed = tokio::task::spawn_blocking(move || {
            content.update(&bytes);
            drop(room);
            content
        });
        content = hashed.await.map_err(|_| CopyError::Thread)?;
    }
}

/// A task that ends when nobody waits for it any more.
struct Guard(JoinHandle<Result<Arrived, CopyError>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One piece: read from the disk when it is there, else fetched and written.
async fn arrive<S: Source>(
    engine: &Engine<S>,
    file: &Arc<File>,
    piece: Piece,
    there: bool,
    mark: u64,
    room: Share,
) -> Result<Arrived, CopyError> {
    let system = |error: std::io::Error| Stop::System(errno(&error));
    let file = Arc::clone(file);
    if there {
        let read = engine.blocking(move || {
            let mut bytes = vec![0; usize::try_from(piece.from.length).unwrap_or(0)];
            file.read_exact_at(&mut bytes, piece.at).map(|()| (Bytes::from(bytes), Some(room)))
        });
        return Ok(read.await?.map_err(system));
    }
    let bytes: Result<Bytes, Damage> = {
        let _request = engine.requests.acquire().await.map_err(|_| CopyError::Thread)?;
        engine.snapshot.range(piece.from).await?
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(damage) => return Ok(Err(Stop::Reason(Reason::Blob(damage)))),
    };
    let written = engine.blocking(move || {
        file.write_all_at(&bytes, piece.at)?;
        file.write_all_at(&[WRITTEN], mark)?;
        Ok((bytes, Some(room)))
    });
    Ok(written.await?.map_err(system))
}
