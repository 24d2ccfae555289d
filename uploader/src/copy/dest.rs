//! Everything that a copy does to the disk, and nothing outside the folder it was given.
//!
//! A folder below is opened by [`Dest::folder`] without following any link on the way (`openat2` in one call, elsewhere name by
//! name with `O_NOFOLLOW`), and everything else is done to one name in an open [`Folder`]: a link that is swapped in, before or
//! meanwhile, makes that step fail and leads nowhere. New content has a temporary name until it is whole.

use crate::clock;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, RenameFlags, Stat, Timespec, Timestamps};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use std::fs::File;
use std::path::Path;
use vitrine_protocol::{EntryName, EntryPath, Sha256};

const DIR: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// `O_NONBLOCK`: a FIFO must not block the open for ever.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);
const WRITE: OFlags = OFlags::RDWR.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Something with a name, to be looked at and given away; a link is not followed. Elsewhere than on Linux, the superuser's copies are
/// his own.
const NAMED: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What temporary names begin with; no publish takes names that begin with a dot.
pub(super) const TEMPORARY: &str = ".vitrine-";

/// A folder that things are opened below.
#[derive(Debug)]
pub(super) struct Dest {
    root: OwnedFd,
    owner: Option<Owner>,
}

/// An open directory at or below it; and who is given what is made in it, where that is not whoever makes it.
pub(super) struct Folder(OwnedFd, Option<Owner>);

type Owner = (Uid, Gid);

/// Whose a folder is, if we are the superuser and it is somebody else's: what is made in it should be theirs, too.
fn owner_of(dir: BorrowedFd<'_>) -> Result<Option<Owner>, Errno> {
    let stat = rustix::fs::fstat(dir)?;
    let theirs = rustix::process::geteuid().is_root() && stat.st_uid != 0;
    Ok(theirs.then(|| (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid))))
}

/// Gives `made`, which is new in `dir`, to whom `dir` belongs, where we are the superuser.
pub(crate) fn give_to_owner_of(dir: BorrowedFd<'_>, made: BorrowedFd<'_>) -> Result<(), Errno> {
    match owner_of(dir)? {
        Some((user, group)) => rustix::fs::fchown(made, Some(user), Some(group)),
        None => Ok(()),
    }
}

/// What has a name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: FileType,
    pub(super) size: u64,
    pub(super) mtime: i64,
    links: u64,
    owner: u32,
}

impl Found {
    fn of(stat: &Stat) -> Self {
        #[expect(clippy::cast_possible_wrap, reason = "a number of nanoseconds below a second")]
        let ns = i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec as i64);
        Self {
            kind: FileType::from_raw_mode(stat.st_mode),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: clock::ms_of_ns(ns),
            #[expect(clippy::useless_conversion, reason = "its width differs between systems")]
            links: u64::from(stat.st_nlink),
            owner: stat.st_uid,
        }
    }
}

impl Dest {
    /// Opens the folder. Links in `path` itself are followed: the person named it.
    pub(super) fn open(path: &Path) -> Result<Self, Errno> {
        Ok(Self { root: rustix::fs::open(path, DIR, Mode::empty())?, owner: None })
    }

    /// A folder that is open already: another's, whose owner gets what is made in it.
    pub(super) fn of(root: OwnedFd) -> Result<Self, Errno> {
        let owner = owner_of(root.as_fd())?;
        Ok(Self { root, owner })
    }

    /// Keeps other copies out of it until this is dropped; false when one is at work. Where there are no locks, everyone
    /// may come in.
    pub(super) fn lock(&self) -> bool {
        rustix::fs::flock(&self.root, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK)
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> Result<bool, Errno> {
        let mut names = rustix::fs::Dir::read_from(&self.root)?;
        let real = |name: &[u8]| name != b"." && name != b"..";
        names.try_fold(true, |empty, entry| Ok(empty && !real(entry?.file_name().to_bytes())))
    }

    /// Opens a directory; no part of the way may be a link.
    pub(super) fn folder(&self, path: &EntryPath) -> Result<Folder, Errno> {
        if path.is_root() {
            let root = rustix::fs::openat(&self.root, ".", DIR, Mode::empty())?;
            return Ok(Folder(root, self.owner));
        }
        Ok(Folder(self.beneath(path)?, self.owner))
    }

    #[cfg(target_os = "linux")]
    fn beneath(&self, path: &EntryPath) -> Result<OwnedFd, Errno> {
        use rustix::fs::ResolveFlags;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(&self.root, path.to_string().as_str(), DIR, Mode::empty(), resolve) {
            // Before Linux 5.6, and under seccomp filters that answer either way for calls they do not know.
            Err(Errno::NOSYS | Errno::PERM) => by_names(self.root.as_fd(), path),
            other => other,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn beneath(&self, path: &EntryPath) -> Result<OwnedFd, Errno> {
        by_names(self.root.as_fd(), path)
    }
}

fn by_names(root: BorrowedFd<'_>, path: &EntryPath) -> Result<OwnedFd, Errno> {
    let mut dir: Option<OwnedFd> = None;
    for name in path.names() {
        let at = dir.as_ref().map_or(root, AsFd::as_fd);
        dir = Some(rustix::fs::openat(at, name.as_str(), DIR | OFlags::NOFOLLOW, Mode::empty())?);
    }
    dir.ok_or(Errno::NOENT)
}

impl Folder {
    /// What has that name; a link is not followed.
    pub(super) fn stat(&self, name: &EntryName) -> Result<Option<Found>, Errno> {
        match rustix::fs::statat(&self.0, name.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Found::of(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// Where a link leads, as it is written.
    pub(super) fn link_target(&self, name: &EntryName) -> Result<Vec<u8>, Errno> {
        Ok(rustix::fs::readlinkat(&self.0, name.as_str(), Vec::new())?.into_bytes())
    }

    /// Opens a regular file for reading.
    pub(super) fn read(&self, name: &EntryName) -> Result<(File, Found), Errno> {
        let fd = rustix::fs::openat(&self.0, name.as_str(), READ, Mode::empty())?;
        let found = Found::of(&rustix::fs::fstat(&fd)?);
        if found.kind == FileType::RegularFile { Ok((File::from(fd), found)) } else { Err(Errno::LOOP) }
    }

    /// Makes a directory; false when there is one. With `replace`, a file or a link of that name goes.
    pub(super) fn make_dir(&self, name: &EntryName, replace: bool) -> Result<bool, Errno> {
        let make = || {
            rustix::fs::mkdirat(&self.0, name.as_str(), Mode::from_raw_mode(0o777))?;
            self.give(name.as_str(), FileType::Directory)
        };
        match make() {
            Err(Errno::EXIST) => match self.stat(name)? {
                Some(found) if found.kind == FileType::Directory => Ok(false),
                Some(_) if replace => {
                    rustix::fs::unlinkat(&self.0, name.as_str(), AtFlags::empty())?;
                    make().map(|()| true)
                }
                _ => Err(Errno::EXIST),
            },
            made => made.map(|()| true),
        }
    }

    /// Gives the directory or link that was just made to whom the folder belongs: what is opened now, and only if it is ours and has no
    /// other name. Whoever owns the folder may have put something else in its place meanwhile.
    fn give(&self, name: &str, kind: FileType) -> Result<(), Errno> {
        let Some((user, group)) = self.1 else { return Ok(()) };
        let made = rustix::fs::openat(&self.0, name, NAMED, Mode::empty())?;
        let stat = rustix::fs::fstat(&made)?;
        let is_made = FileType::from_raw_mode(stat.st_mode) == kind
            && stat.st_uid == rustix::process::geteuid().as_raw()
            && (kind == FileType::Directory || stat.st_nlink == 1);
        if !is_made {
            return Err(Errno::PERM);
        }
        rustix::fs::chownat(&made, "", Some(user), Some(group), AtFlags::EMPTY_PATH)
    }

    /// Makes a symbolic link under a temporary name.
    pub(super) fn make_link(&self, target: &str, temporary: &str) -> Result<(), Errno> {
        match rustix::fs::symlinkat(target, &self.0, temporary) {
            Err(Errno::EXIST) => {
                self.remove(temporary)?;
                rustix::fs::symlinkat(target, &self.0, temporary)?;
            }
            made => made?,
        }
        self.give(temporary, FileType::Symlink)
    }

    /// Makes a new file under a temporary name; one that an earlier copy left behind goes.
    pub(super) fn create(&self, temporary: &str) -> Result<File, Errno> {
        let flags = WRITE | OFlags::CREATE | OFlags::EXCL;
        let open = || rustix::fs::openat(&self.0, temporary, flags, Mode::from_raw_mode(0o666));
        let file = match open() {
            Err(Errno::EXIST) => {
                self.remove(temporary)?;
                open()?
            }
            opened => opened?,
        };
        if let Some((user, group)) = self.1 {
            rustix::fs::fchown(&file, Some(user), Some(group))?;
        }
        Ok(File::from(file))
    }

    /// Opens what an earlier copy left behind, if it is `size` bytes long, ours and nobody else's.
    pub(super) fn resume(&self, temporary: &str, size: u64) -> Option<File> {
        let fd = rustix::fs::openat(&self.0, temporary, WRITE | OFlags::NONBLOCK, Mode::empty()).ok()?;
        let found = Found::of(&rustix::fs::fstat(&fd).ok()?);
        let us = self.1.map_or_else(rustix::process::geteuid, |(user, _)| user);
        let ours = found.links == 1 && found.owner == us.as_raw();
        (ours && found.kind == FileType::RegularFile && found.size == size).then(|| File::from(fd))
    }

    /// Removes a temporary file or link; nothing there is fine.
    pub(super) fn remove(&self, temporary: &str) -> Result<(), Errno> {
        match rustix::fs::unlinkat(&self.0, temporary, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            done => done,
        }
    }

    /// Gives what is whole its name. Without `replace`, nothing that has the name already is touched: `EXIST`.
    pub(super) fn publish(&self, temporary: &str, name: &EntryName, replace: bool) -> Result<(), Errno> {
        if replace {
            return rustix::fs::renameat(&self.0, temporary, &self.0, name.as_str());
        }
        let name = name.as_str();
        match rustix::fs::renameat_with(&self.0, temporary, &self.0, name, RenameFlags::NOREPLACE) {
            // File systems that do not know the flag: a hard link is as careful.
            Err(Errno::INVAL | Errno::NOSYS) => {
                rustix::fs::linkat(&self.0, temporary, &self.0, name, AtFlags::empty())?;
                self.remove(temporary)
            }
            done => done,
        }
    }

    /// Sets when the directory itself was last modified.
    pub(super) fn set_mtime(&self, mtime: i64) -> Result<(), Errno> {
        set_mtime(&self.0, mtime)
    }
}

/// Sets when an open file was last modified, in milliseconds since the epoch.
pub(super) fn set_mtime(file: impl AsFd, mtime: i64) -> Result<(), Errno> {
    let time = Timespec { tv_sec: mtime.div_euclid(1000), tv_nsec: mtime.rem_euclid(1000) * 1_000_000 };
    let now = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT };
    rustix::fs::futimens(file, &Timestamps { last_access: now, last_modification: time })
}

/// The temporary name of what will be `name` with that content: the same in every run, so that a later one finds it.
pub(super) fn temporary(name: &EntryName, content: &Sha256) -> String {
    let name = Sha256::of(name.as_str().as_bytes()).to_string();
    let content = content.to_string();
    let short = |text: &str| text.get(..16).unwrap_or_default().to_owned();
    format!("{TEMPORARY}{}-{}.part", short(&content), short(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    const THEIRS: u32 = 12345;

    /// A folder of somebody else's; nothing where we are not the superuser.
    fn theirs() -> Option<(tempfile::TempDir, Folder)> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let temp = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(temp.path(), Some(THEIRS), Some(THEIRS)).unwrap();
        let root = rustix::fs::open(temp.path(), DIR, Mode::empty()).unwrap();
        let folder = Dest::of(root).unwrap().folder(&EntryPath::root()).unwrap();
        Some((temp, folder))
    }

    #[test]
    fn what_is_made_in_anothers_folder_is_theirs() {
        let Some((temp, folder)) = theirs() else { return };
        assert!(folder.make_dir(&EntryName::new("dir").unwrap(), false).unwrap());
        folder.make_link("dir", "link").unwrap();
        folder.create("file").unwrap();
        for name in ["dir", "link", "file"] {
            assert_eq!(std::fs::symlink_metadata(temp.path().join(name)).unwrap().uid(), THEIRS, "{name}");
        }
    }

    #[test]
    fn what_was_put_in_its_place_is_not_given_away() {
        let Some((temp, folder)) = theirs() else { return };
        let elsewhere = tempfile::tempdir_in(temp.path().parent().unwrap()).unwrap();
        let precious = elsewhere.path().join("precious");
        let (link, file) = (elsewhere.path().join("link"), temp.path().join("file"));
        std::fs::write(&precious, "precious").unwrap();
        symlink("precious", &link).unwrap();
        std::fs::hard_link(&precious, &file).unwrap();
        std::fs::hard_link(&link, temp.path().join("hard")).unwrap();
        symlink(elsewhere.path(), temp.path().join("soft")).unwrap();
        for (name, kind) in [
            ("file", FileType::Symlink),
            ("file", FileType::Directory),
            ("hard", FileType::Symlink),
            ("soft", FileType::Directory),
        ] {
            assert_eq!(folder.give(name, kind), Err(Errno::PERM), "{name}");
        }
        for path in [&precious, &link, &elsewhere.path().to_owned()] {
            assert_eq!(std::fs::symlink_metadata(path).unwrap().uid(), 0, "{}", path.display());
        }
    }
}
