//! The lock file beside a snapshot: held by the living, let go by the system when a program dies.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, flock, fstat, openat, statat, unlinkat};
use rustix::io::Errno;

/// What ends the name of a lock file.
pub(super) const ENDING: &str = ".lock";

/// How often a lock is tried anew whose file was removed just then by a sweep.
const TRIES: usize = 20;

/// A lock that is held.
#[derive(Debug)]
pub(super) struct Lock {
    name: String,
    file: OwnedFd,
}

impl Lock {
    /// Takes the lock of the snapshot `tag` in `dir`; `None` when someone holds it.
    pub(super) fn take(dir: BorrowedFd<'_>, tag: &str) -> Result<Option<Self>, Errno> {
        let name = format!("{tag}{ENDING}");
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        for _ in 0..TRIES {
            let file = openat(dir, &name, flags, Mode::RUSR | Mode::WUSR)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => return Ok(None),
                other => other?,
            }
            // A sweep may have removed the name between opening and locking; a lock without a name locks nothing.
            if is_named(dir, &name, file.as_fd())? {
                return Ok(Some(Self { name, file }));
            }
        }
        Ok(None)
    }

    /// Removes the file while it is held, and lets go.
    pub(super) fn remove(self, dir: BorrowedFd<'_>) -> Result<(), Errno> {
        let Self { name, file } = self;
        // A name that was taken away may be another's by now.
        if is_named(dir, &name, file.as_fd())? {
            unlinkat(dir, &name, AtFlags::empty())?;
        }
        Ok(())
    }
}

fn is_named(dir: BorrowedFd<'_>, name: &str, file: BorrowedFd<'_>) -> Result<bool, Errno> {
    match statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => Ok(found.st_ino == fstat(file)?.st_ino),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_excludes_until_it_is_gone() {
        let temp = tempfile::tempdir().unwrap();
        let dir = std::fs::File::open(temp.path()).unwrap();
        let first = Lock::take(dir.as_fd(), "a").unwrap().unwrap();
        assert!(Lock::take(dir.as_fd(), "a").unwrap().is_none());
        assert!(Lock::take(dir.as_fd(), "b").unwrap().is_some());
        first.remove(dir.as_fd()).unwrap();
        assert!(!temp.path().join("a.lock").exists());
        assert!(Lock::take(dir.as_fd(), "a").unwrap().is_some());
    }

    #[test]
    fn a_lock_whose_name_was_taken_away_is_none() {
        let temp = tempfile::tempdir().unwrap();
        let dir = std::fs::File::open(temp.path()).unwrap();
        let held = Lock::take(dir.as_fd(), "a").unwrap().unwrap();
        std::fs::remove_file(temp.path().join("a.lock")).unwrap();
        assert!(!is_named(dir.as_fd(), "a.lock", held.file.as_fd()).unwrap());
        let second = Lock::take(dir.as_fd(), "a").unwrap().unwrap();
        held.remove(dir.as_fd()).unwrap();
        assert!(temp.path().join("a.lock").exists(), "it is the second one's");
        second.remove(dir.as_fd()).unwrap();
        assert!(!temp.path().join("a.lock").exists());
    }
}
