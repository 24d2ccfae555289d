//! Reads files that others may be writing to, and notices.
//!
//! A file is opened beneath the root, its stat taken before and after: if inode, size, mtime or ctime differ, or the bytes are
//! not as many as the stat said, it is read again, up to [`ATTEMPTS`] times, and then given up as unstable. What passes has
//! a content that existed at one moment, as far as a system without snapshots can tell.

use super::hash::{Fingerprint, Hasher};
use crate::omission::Reason;
use crate::scan::{Root, Stamp};
use bytes::Bytes;
use rustix::fs::FileType;
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use vitrine_protocol::EntryPath;

/// How often a file that changes under our eyes is read.
pub const ATTEMPTS: u32 = 3;

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
    /// The system has no more descriptors or memory for this program: that says nothing about the file.
    #[error("The system has nothing left to open `{path}` with")]
    Exhausted {
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
    pub(super) fn of(path: &EntryPath, source: io::Error) -> Self {
        let path = path.to_string();
        match source.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOENT) => Self::Vanished { path },
            Some(errno) if is_exhausted(errno) => Self::Exhausted { path, source },
            Some(Errno::NOTDIR | Errno::LOOP | Errno::ISDIR | Errno::STALE) => Self::Unstable { path },
            _ => Self::Refused { path, source },
        }
    }

    pub(crate) fn unstable(path: &EntryPath) -> Self {
        Self::Unstable { path: path.to_string() }
    }

    /// How the omission is reported, with the system's words.
    pub fn reason(&self) -> (Reason, Option<String>) {
        match self {
            Self::Refused { source, .. } | Self::Exhausted { source, .. } => {
                let text = source.to_string();
                let plain = text.split(" (os error").next().unwrap_or_default().to_lowercase();
                (Reason::Unreadable, Some(plain))
            }
            Self::Vanished { .. } => (Reason::Vanished, None),
            Self::Unstable { .. } => (Reason::Unstable, None),
        }
    }
}

/// Whether the system has run out of what it opens files with.
pub(crate) fn is_exhausted(errno: Errno) -> bool {
    matches!(errno, Errno::MFILE | Errno::NFILE | Errno::NOMEM)
}

/// A file's content at one moment.
#[derive(Debug)]
pub struct Content {
    /// What was found out about it.
    pub print: Fingerprint,
    /// Its state at that moment.
    pub stamp: Stamp,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Reads a file of at most `max` bytes. One that is longer by now has changed since it was scanned: it is not read.
pub fn read(root: &Root, path: &EntryPath, max: u64, on_bytes: &dyn Fn(u64)) -> Result<Content, ReadError> {
    for _ in 0..ATTEMPTS {
        let (mut file, before) = open(root, path)?;
        if before.size > max {
            continue;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(before.size).unwrap_or(0).saturating_add(1));
        // One byte more than there should be: a file that grows without end must not be followed.
        (&mut file)
            .take(before.size + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError::of(path, error))?;
        on_bytes(bytes.len() as u64);
        if bytes.len() as u64 == before.size && stamp(&file).is_ok_and(|after| after == before) {
            let mut hasher = Hasher::default();
            hasher.update(&bytes);
            return Ok(Content { print: hasher.finish(), stamp: before, bytes: bytes.into() });
        }
    }
    Err(ReadError::unstable(path))
}

pub(super) fn open(root: &Root, path: &EntryPath) -> Result<(File, Stamp), ReadError> {
    let fd = root.open_file(path).map_err(|errno| ReadError::of(path, errno.into()))?;
    let stat = rustix::fs::fstat(&fd).map_err(|errno| ReadError::of(path, errno.into()))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(ReadError::unstable(path));
    }
    Ok((File::from(fd), Stamp::of(&stat)))
}

pub(super) fn stamp(file: &File) -> Result<Stamp, Errno> {
    Ok(Stamp::of(&rustix::fs::fstat(file)?))
}

/// A file that was looked at before, opened to be read again in ranges; it must still be what it was.
#[derive(Debug)]
pub struct Reopened {
    file: File,
    path: EntryPath,
    stamp: Stamp,
}

impl Reopened {
    /// Opens it. `stamp` is the state in which it was read before.
    pub fn open(root: &Root, path: &EntryPath, stamp: Stamp) -> Result<Self, ReadError> {
        let (file, now) = open(root, path)?;
        if now != stamp {
            return Err(ReadError::unstable(path));
        }
        Ok(Self { file, path: path.clone(), stamp })
    }

    /// Reads `length` bytes from `offset`.
    pub fn range(&self, offset: u64, length: u64) -> Result<Vec<u8>, ReadError> {
        let length = usize::try_from(length).map_err(|_| ReadError::unstable(&self.path))?;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset).map_err(|error| match error.kind() {
            // It is shorter than it was.
            io::ErrorKind::UnexpectedEof => ReadError::unstable(&self.path),
            _ => ReadError::of(&self.path, error),
        })?;
        Ok(bytes)
    }

    /// Whether it is still what it was, after everything was read.
    pub fn check(&self) -> Result<(), ReadError> {
        match stamp(&self.file) {
            Ok(now) if now == self.stamp => Ok(()),
            _ => Err(ReadError::unstable(&self.path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::io::Write as _;
    use vitrine_protocol::Sha256;

    fn folder() -> (tempfile::TempDir, Root, EntryPath) {
        let temp = tempfile::tempdir().unwrap();
        let root = Root::open(temp.path()).unwrap();
        (temp, root, EntryPath::parse("f").unwrap())
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
        let settles = read(&root, &path, 99, &|_| {
            times.set(times.get() + 1);
            if times.get() == 1 {
                append();
            }
        });
        let settled = settles.unwrap();
        assert_eq!(&settled.bytes[..], b"startmore");
        assert_eq!(settled.print.hash, Sha256::of(b"startmore"));
        let never = read(&root, &path, 99, &|_| append());
        assert_eq!(never.unwrap_err().reason().0, Reason::Unstable);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let (temp, root, path) = folder();
        assert_eq!(read(&root, &path, 9, &|_| {}).unwrap_err().reason().0, Reason::Vanished);
        std::fs::create_dir(temp.path().join("f")).unwrap();
        assert_eq!(read(&root, &path, 9, &|_| {}).unwrap_err().reason().0, Reason::Unstable);
    }

    #[test]
    fn a_file_that_was_swapped_for_a_vast_one_takes_no_memory() {
        let (temp, root, path) = folder();
        File::create(temp.path().join("f")).unwrap().set_len(8 << 40).unwrap();
        assert_eq!(read(&root, &path, 5, &|_| {}).unwrap_err().reason().0, Reason::Unstable);
    }

    #[test]
    fn a_second_reading_sees_what_the_first_did_or_says_that_it_changed() {
        let (temp, root, path) = folder();
        std::fs::write(temp.path().join("f"), b"0123456789").unwrap();
        let stamp = read(&root, &path, 10, &|_| {}).unwrap().stamp;
        let again = Reopened::open(&root, &path, stamp).unwrap();
        assert_eq!(again.range(3, 4).unwrap(), b"3456");
        assert!(again.check().is_ok());
        assert!(matches!(again.range(8, 4), Err(ReadError::Unstable { .. })));
        std::fs::write(temp.path().join("f"), b"other").unwrap();
        assert!(again.check().is_err());
        assert!(Reopened::open(&root, &path, stamp).is_err());
    }
}
