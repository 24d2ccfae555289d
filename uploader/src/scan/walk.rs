//! The parallel walk: a stack of directories to read, emptied by a few threads.
//!
//! A stack, not a queue: deep first keeps it short, so that memory follows the depth of the tree and not its width.

use super::{FoundDir, FoundFile, FoundLink, Root, Stamp};
use crate::omission::{Omissions, Reason};
use crate::progress::{Event, Progress};
use rustix::fd::AsFd as _;
use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use std::ffi::CStr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use vitrine_protocol::path::PathError;
use vitrine_protocol::{EntryName, EntryPath};

struct Stack {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

struct Waiting {
    dirs: Vec<EntryPath>,
    /// Directories that a thread is reading, which may yet add some.
    busy: usize,
}

impl Stack {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A thread that panicked holds no half-done change: the lock covers single pushes and pops.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next directory; `None` when all are read and no thread can add one.
    fn take(&self) -> Option<EntryPath> {
        let mut waiting = self.lock();
        loop {
            if let Some(dir) = waiting.dirs.pop() {
                waiting.busy += 1;
                return Some(dir);
            }
            if waiting.busy == 0 {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, found: Vec<EntryPath>) {
        let mut waiting = self.lock();
        waiting.busy -= 1;
        waiting.dirs.extend(found);
        drop(waiting);
        self.changed.notify_all();
    }
}

/// Walks everything below the root. Fails only when the root itself cannot be read.
pub(super) fn walk(
    root: &Root,
    threads: usize,
    progress: &dyn Progress,
) -> Result<(Vec<FoundDir>, Omissions), Errno> {
    let mut top = Reader::default();
    let dirs = top.read(root, EntryPath::root(), progress)?;
    let stack = Stack { waiting: Mutex::new(Waiting { dirs, busy: 0 }), changed: Condvar::new() };
    let mut readers = vec![top];
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads.max(1)).map(|_| scope.spawn(|| work(root, &stack, progress))).collect();
        for worker in workers {
            match worker.join() {
                Ok(reader) => readers.push(reader),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    let mut dirs = Vec::new();
    let mut omissions = Omissions::default();
    for reader in readers {
        dirs.extend(reader.dirs);
        omissions.append(reader.omissions);
    }
    dirs.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok((dirs, omissions))
}

fn work(root: &Root, stack: &Stack, progress: &dyn Progress) -> Reader {
    let mut reader = Reader::default();
    while let Some(path) = stack.take() {
        let text = path.to_string();
        let found = match reader.read(root, path, progress) {
            Ok(found) => found,
            Err(errno) => {
                reader.omit_failed(text, errno);
                Vec::new()
            }
        };
        stack.finish(found);
    }
    reader
}

#[derive(Default)]
struct Reader {
    dirs: Vec<FoundDir>,
    omissions: Omissions,
}

impl Reader {
    /// Reads one directory and returns the ones in it.
    fn read(
        &mut self,
        root: &Root,
        path: EntryPath,
        progress: &dyn Progress,
    ) -> Result<Vec<EntryPath>, Errno> {
        let fd = root.open_dir(&path)?;
        let mtime = Stamp::of(&rustix::fs::fstat(&fd)?).mtime_ms();
        let mut dir = FoundDir { path, mtime, files: Vec::new(), links: Vec::new() };
        let mut below = Vec::new();
        for entry in Dir::read_from(&fd)? {
            let entry = entry?;
            if matches!(entry.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            self.take(&fd, entry.file_name(), &mut dir, &mut below);
        }
        dir.files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        dir.links.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let bytes = dir.files.iter().map(|file| file.stamp.size).sum();
        progress.on(Event::Found { files: dir.files.len() as u64, bytes });
        self.dirs.push(dir);
        Ok(below)
    }

    fn take(&mut self, fd: &rustix::fd::OwnedFd, raw: &CStr, dir: &mut FoundDir, below: &mut Vec<EntryPath>) {
        let shown = || display(&dir.path, raw);
        if raw.to_bytes().starts_with(b".") {
            return self.omissions.add(shown(), Reason::Hidden, None);
        }
        let Ok(text) = raw.to_str() else {
            return self.omissions.add(shown(), Reason::NotUtf8, None);
        };
        let name_and_path = EntryName::new(text).and_then(|name| Ok((dir.path.join(&name)?, name)));
        let (path, name) = match name_and_path {
            Ok(found) => found,
            Err(PathError::NotUtf8) => return self.omissions.add(shown(), Reason::NotUtf8, None),
            Err(_) => return self.omissions.add(shown(), Reason::TooLong, None),
        };
        let stat = match rustix::fs::statat(fd.as_fd(), raw, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(errno) => return self.omit_failed(shown(), errno),
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => dir.files.push(FoundFile { name, stamp: Stamp::of(&stat) }),
            FileType::Directory => below.push(path),
            FileType::Symlink => self.take_link(fd, raw, name, dir),
            _ => self.omissions.add(shown(), Reason::Special, None),
        }
    }

    fn take_link(&mut self, fd: &rustix::fd::OwnedFd, raw: &CStr, name: EntryName, dir: &mut FoundDir) {
        let target = match rustix::fs::readlinkat(fd, raw, Vec::new()) {
            Ok(target) => target,
            Err(errno) => return self.omit_failed(display(&dir.path, raw), errno),
        };
        let Ok(target) = target.into_string() else {
            return self.omissions.add(display(&dir.path, raw), Reason::NotUtf8, None);
        };
        if dir.path.resolve(&target).is_none() {
            return self.omissions.add(display(&dir.path, raw), Reason::LinkOutside, Some(target));
        }
        dir.links.push(FoundLink { name, target });
    }

    fn omit_failed(&mut self, path: String, errno: Errno) {
        match errno {
            Errno::NOENT => self.omissions.add(path, Reason::Vanished, None),
            // A directory that became something else between its listing and its opening.
            Errno::NOTDIR | Errno::LOOP => self.omissions.add(path, Reason::Unstable, None),
            _ => self.omissions.add(path, Reason::Unreadable, Some(plain(errno))),
        }
    }
}

/// The system's words for an error, without Rust's `(os error 13)`.
pub(crate) fn plain(errno: Errno) -> String {
    let text = std::io::Error::from(errno).to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

fn display(dir: &EntryPath, raw: &CStr) -> String {
    let name = raw.to_string_lossy();
    if dir.is_root() { name.into_owned() } else { format!("{dir}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    fn tree() -> tempfile::TempDir {
        let temp = tempfile::tempdir().unwrap();
        let at = |path: &str| temp.path().join(path);
        for dir in ["b", "b/deep/er", "empty", ".git/objects"] {
            std::fs::create_dir_all(at(dir)).unwrap();
        }
        for file in ["z.txt", "a.txt", "b/1", "b/deep/er/2", ".env", ".git/objects/x"] {
            std::fs::write(at(file), file).unwrap();
        }
        symlink("deep/er/2", at("b/inside")).unwrap();
        symlink("../../etc/passwd", at("b/outside")).unwrap();
        symlink("/etc/passwd", at("absolute")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("pipe"),
            FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        std::fs::write(temp.path().join(OsStr::from_bytes(b"bad\xff")), "x").unwrap();
        temp
    }

    #[test]
    fn everything_is_found_or_named() {
        let temp = tree();
        let root = Root::open(temp.path()).unwrap();
        let (dirs, omissions) = walk(&root, 4, &Silent).unwrap();
        let listed: Vec<String> = dirs
            .iter()
            .map(|dir| {
                let files: Vec<_> = dir.files.iter().map(|file| file.name.as_str()).collect();
                let links: Vec<_> = dir.links.iter().map(|l| format!("{}->{}", l.name, l.target)).collect();
                format!("/{} {} {}", dir.path, files.join(","), links.join(","))
            })
            .collect();
        assert_eq!(
            listed,
            ["/ a.txt,z.txt ", "/b 1 inside->deep/er/2", "/b/deep  ", "/b/deep/er 2 ", "/empty  "]
        );
        let named: Vec<_> = omissions.named().into_iter().map(|o| (o.path, o.reason)).collect();
        assert_eq!(
            named,
            [
                (".env".to_owned(), Reason::Hidden),
                (".git".to_owned(), Reason::Hidden),
                ("absolute".to_owned(), Reason::LinkOutside),
                ("b/outside".to_owned(), Reason::LinkOutside),
                ("bad\u{fffd}".to_owned(), Reason::NotUtf8),
                ("pipe".to_owned(), Reason::Special),
            ]
        );
    }

    #[test]
    fn one_thread_and_many_see_the_same() {
        let temp = tree();
        let root = Root::open(temp.path()).unwrap();
        let (one, _) = walk(&root, 1, &Silent).unwrap();
        let (many, _) = walk(&root, 8, &Silent).unwrap();
        assert_eq!(one, many);
    }
}
