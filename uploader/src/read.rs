//! Reads files that others may be writing to, and notices.
//!
//! A file is opened beneath the root, its stat taken before and after: if inode, size, mtime or ctime differ, or the bytes are
//! not as many as the stat said, it is read again, up to [`ATTEMPTS`] times, and then given up as unstable. What passes has
//! a content that existed at one moment, as far as a system without snapshots can tell.

use crate::hash::{Fingerprint, Hasher};
use crate::omission::Reason;
use crate::remote::{Part, PartSource};
use crate::room::Room;
use crate::scan::{Root, Stamp};
use bytes::Bytes;
use rustix::fs::FileType;
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;
use vitrine_protocol::{EntryPath, Sha256};

/// How often a file that changes under our eyes is read.
pub const ATTEMPTS: u32 = 3;

/// How much is read at a time while hashing: large enough that the system call is no cost.
const BUFFER: usize = 1 << 20;

/// Why a file is not in the snapshot.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("Could not read `{path}`")]
    Refused {
        /// Its path below the root.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// It is gone.
    #[error("`{path}` is gone")]
    Vanished {
        /// Its path below the root.
        path: String,
    },
    /// It changed each time it was read, or became something else.
    #[error("`{path}` changed while it was read")]
    Unstable {
        /// Its path below the root.
        path: String,
    },
}

impl ReadError {
    fn of(path: &EntryPath, source: io::Error) -> Self {
        let path = path.to_string();
        match source.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOENT) => Self::Vanished { path },
            Some(Errno::NOTDIR | Errno::LOOP | Errno::ISDIR | Errno::STALE) => Self::Unstable { path },
            _ => Self::Refused { path, source },
        }
    }

    fn unstable(path: &EntryPath) -> Self {
        Self::Unstable { path: path.to_string() }
    }

    /// How the omission is reported, with the system's words.
    pub fn reason(&self) -> (Reason, Option<String>) {
        match self {
            Self::Refused { source, .. } => {
                let text = source.to_string();
                let plain = text.split(" (os error").next().unwrap_or_default().to_lowercase();
                (Reason::Unreadable, Some(plain))
            }
            Self::Vanished { .. } => (Reason::Vanished, None),
            Self::Unstable { .. } => (Reason::Unstable, None),
        }
    }
}

/// A file's content at one moment.
#[derive(Debug)]
pub struct Content {
    /// What was found out about it.
    pub print: Fingerprint,
    /// Its state at that moment.
    pub stamp: Stamp,
    /// Its bytes, when they were asked for.
    pub bytes: Option<Bytes>,
}

/// Reads a file once for its fingerprint; keeps its bytes when they are at most `keep` long.
pub fn examine(
    root: &Root,
    path: &EntryPath,
    keep: u64,
    on_bytes: &dyn Fn(u64),
) -> Result<Content, ReadError> {
    for _ in 0..ATTEMPTS {
        let (mut file, before) = open(root, path)?;
        let mut hasher = Hasher::default();
        let mut kept = (before.size <= keep).then(Vec::new);
        let read = read_all(&mut file, before.size, |bytes| {
            hasher.update(bytes);
            if let Some(kept) = &mut kept {
                kept.extend_from_slice(bytes);
            }
            on_bytes(bytes.len() as u64);
        });
        read.map_err(|error| ReadError::of(path, error))?;
        let print = hasher.finish();
        if print.size == before.size && stamp(&file).is_ok_and(|after| after == before) {
            return Ok(Content { print, stamp: before, bytes: kept.map(Bytes::from) });
        }
    }
    Err(ReadError::unstable(path))
}

/// Reads a whole file that was `size` bytes long when it was hashed; `Unstable` when it is no longer what it was.
pub fn read_again(root: &Root, path: &EntryPath, size: u64, expected: &Sha256) -> Result<Bytes, ReadError> {
    let (mut file, before) = open(root, path)?;
    // Before any memory is asked for: a sparse file of 8 TB takes no time to put in its place.
    if before.size != size {
        return Err(ReadError::unstable(path));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    read_all(&mut file, size, |chunk| bytes.extend_from_slice(chunk))
        .map_err(|error| ReadError::of(path, error))?;
    if Sha256::of(&bytes) == *expected { Ok(bytes.into()) } else { Err(ReadError::unstable(path)) }
}

fn open(root: &Root, path: &EntryPath) -> Result<(File, Stamp), ReadError> {
    let fd = root.open_file(path).map_err(|errno| ReadError::of(path, errno.into()))?;
    let stat = rustix::fs::fstat(&fd).map_err(|errno| ReadError::of(path, errno.into()))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(ReadError::unstable(path));
    }
    Ok((File::from(fd), Stamp::of(&stat)))
}

fn stamp(file: &File) -> Result<Stamp, Errno> {
    Ok(Stamp::of(&rustix::fs::fstat(file)?))
}

/// Reads to the end, but at most one byte past `size`: a file that grows without end must not be followed.
fn read_all(file: &mut File, size: u64, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut left = size.saturating_add(1);
    let mut buffer = vec![0; usize::try_from(left).unwrap_or(BUFFER).min(BUFFER)];
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(BUFFER).min(buffer.len());
        let count = match file.read(&mut buffer[..wanted]) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        take(&buffer[..count]);
        left -= count as u64;
    }
    Ok(())
}

/// A large file in parts, for a multipart upload. The second reading: its end tells whether it is still what was hashed.
pub struct FileParts {
    path: EntryPath,
    part_size: u64,
    size: u64,
    expected: Sha256,
    room: Room,
    state: Option<Reading>,
}

struct Reading {
    file: File,
    read: u64,
    whole: Hasher,
}

impl FileParts {
    /// Opens the file. `size` and `expected` are what the first reading found.
    pub fn open(
        root: &Root,
        path: &EntryPath,
        size: u64,
        expected: Sha256,
        part_size: u64,
        room: Room,
    ) -> Result<Self, ReadError> {
        let (file, now) = open(root, path)?;
        if now.size != size {
            return Err(ReadError::unstable(path));
        }
        let state = Some(Reading { file, read: 0, whole: Hasher::default() });
        Ok(Self { path: path.clone(), part_size, size, expected, room, state })
    }
}

impl PartSource for FileParts {
    async fn next(&mut self) -> Result<Option<Part>, ReadError> {
        let unstable = || ReadError::unstable(&self.path);
        let reading = self.state.take().ok_or_else(unstable)?;
        let length = (self.size - reading.read).min(self.part_size);
        if length == 0 {
            let same = reading.whole.finish().hash == self.expected;
            return if same { Ok(None) } else { Err(unstable()) };
        }
        let room = self.room.take(length).await;
        let path = self.path.clone();
        let job = tokio::task::spawn_blocking(move || read_part(reading, length, &path));
        let (reading, bytes) = job.await.map_err(|_| ReadError::unstable(&self.path))??;
        self.state = Some(reading);
        let hash = Sha256::of(&bytes);
        Ok(Some(Part { bytes, hash, room: Some(Arc::new(room)) }))
    }
}

fn read_part(mut reading: Reading, length: u64, path: &EntryPath) -> Result<(Reading, Bytes), ReadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    (&mut reading.file).take(length).read_to_end(&mut bytes).map_err(|error| ReadError::of(path, error))?;
    if bytes.len() as u64 != length {
        return Err(ReadError::unstable(path));
    }
    reading.whole.update(&bytes);
    reading.read += length;
    Ok((reading, bytes.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::io::Write as _;

    fn folder() -> (tempfile::TempDir, Root, EntryPath) {
        let temp = tempfile::tempdir().unwrap();
        let root = Root::open(temp.path()).unwrap();
        (temp, root, EntryPath::parse("f").unwrap())
    }

    #[test]
    fn bytes_are_kept_up_to_the_limit() {
        let (temp, root, path) = folder();
        std::fs::write(temp.path().join("f"), b"hello").unwrap();
        let content = examine(&root, &path, 5, &|_| {}).unwrap();
        assert_eq!(content.bytes.as_deref(), Some(b"hello".as_slice()));
        assert_eq!(content.print.hash, Sha256::of(b"hello"));
        assert!(examine(&root, &path, 4, &|_| {}).unwrap().bytes.is_none());
    }

    #[test]
    fn a_file_that_settles_is_read_again_and_one_that_does_not_is_given_up() {
        let (temp, root, path) = folder();
        std::fs::write(temp.path().join("f"), b"start").unwrap();
        let append = || {
            let mut file = File::options().append(true).open(temp.path().join("f")).unwrap();
            file.write_all(b"more").unwrap();
        };
        let times = Cell::new(0);
        let settles = examine(&root, &path, 99, &|_| {
            times.set(times.get() + 1);
            if times.get() == 1 {
                append();
            }
        });
        assert_eq!(settles.unwrap().bytes.as_deref(), Some(b"startmore".as_slice()));
        let never = examine(&root, &path, 99, &|_| append());
        assert_eq!(never.unwrap_err().reason().0, Reason::Unstable);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let (temp, root, path) = folder();
        assert_eq!(examine(&root, &path, 0, &|_| {}).unwrap_err().reason().0, Reason::Vanished);
        std::fs::create_dir(temp.path().join("f")).unwrap();
        assert_eq!(examine(&root, &path, 0, &|_| {}).unwrap_err().reason().0, Reason::Unstable);
    }

    #[test]
    fn a_file_that_was_swapped_for_a_vast_one_takes_no_memory() {
        let (temp, root, path) = folder();
        std::fs::write(temp.path().join("f"), b"small").unwrap();
        let hash = Sha256::of(b"small");
        assert_eq!(read_again(&root, &path, 5, &hash).unwrap(), b"small".as_slice());
        File::create(temp.path().join("f")).unwrap().set_len(8 << 40).unwrap();
        assert_eq!(read_again(&root, &path, 5, &hash).unwrap_err().reason().0, Reason::Unstable);
    }

    #[tokio::test]
    async fn parts_end_well_only_when_nothing_changed() {
        let (temp, root, path) = folder();
        std::fs::write(temp.path().join("f"), b"0123456789").unwrap();
        let open = |hash| FileParts::open(&root, &path, 10, hash, 4, Room::of(1 << 20)).unwrap();
        let mut parts = open(Sha256::of(b"0123456789"));
        let mut lengths = Vec::new();
        while let Some(part) = parts.next().await.unwrap() {
            assert_eq!(part.hash, Sha256::of(&part.bytes));
            lengths.push(part.bytes.len());
        }
        assert_eq!(lengths, [4, 4, 2]);
        let mut parts = open(Sha256::of(b"something else"));
        for _ in 0..3 {
            assert!(parts.next().await.unwrap().is_some());
        }
        assert_eq!(parts.next().await.unwrap_err().reason().0, Reason::Unstable);
    }
}
