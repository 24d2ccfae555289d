//! Opens things below a folder and nowhere else.
//!
//! A path is never handed to the system as it stands: a directory on the way could be swapped for a symbolic link between
//! the scan and the read, and a file from outside would be published. Linux's `openat2` refuses every link on the way in one
//! call; elsewhere, and under sandboxes that do not know the call, the path is walked name by name with `O_NOFOLLOW`.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::path::Path;
use vitrine_protocol::{EntryName, EntryPath};

/// An open folder below which files are opened without following any link.
#[derive(Debug)]
pub struct Root {
    dir: OwnedFd,
    is_snapshot: bool,
}

const DIR: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// `O_NONBLOCK`: a FIFO swapped in for a file must not block the open for ever.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

impl Root {
    /// Opens the folder. Links in `path` itself are followed: the person named it.
    pub fn open(path: &Path) -> Result<Self, Errno> {
        let dir = rustix::fs::open(path, DIR, Mode::empty())?;
        Ok(Self { dir, is_snapshot: false })
    }

    /// A folder that is open already.
    pub fn of(dir: OwnedFd) -> Self {
        Self { dir, is_snapshot: false }
    }

    /// A folder of a btrfs snapshot that is open already.
    pub fn of_snapshot(dir: OwnedFd) -> Self {
        Self { dir, is_snapshot: true }
    }

    /// Whether it is in a btrfs snapshot, where subvolumes below are empty folders.
    pub fn is_snapshot(&self) -> bool {
        self.is_snapshot
    }

    /// Opens a directory below the root for listing.
    pub fn open_dir(&self, path: &EntryPath) -> Result<OwnedFd, Errno> {
        if path.is_root() {
            return rustix::fs::openat(&self.dir, ".", DIR, Mode::empty());
        }
        self.open_path(path, DIR)
    }

    /// Opens a file below the root for reading.
    pub fn open_file(&self, path: &EntryPath) -> Result<OwnedFd, Errno> {
        self.open_path(path, FILE)
    }

    #[cfg(target_os = "linux")]
    fn open_path(&self, path: &EntryPath, flags: OFlags) -> Result<OwnedFd, Errno> {
        use rustix::fs::ResolveFlags;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let text = path.to_string();
        match rustix::fs::openat2(&self.dir, text.as_str(), flags, Mode::empty(), resolve) {
            // Before Linux 5.6, and under seccomp filters that answer either way for calls they do not know.
            Err(Errno::NOSYS | Errno::PERM) => open_by_names(self.dir.as_fd(), path.names(), flags),
            other => other,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_path(&self, path: &EntryPath, flags: OFlags) -> Result<OwnedFd, Errno> {
        open_by_names(self.dir.as_fd(), path.names(), flags)
    }
}

fn open_by_names(root: BorrowedFd<'_>, names: &[EntryName], flags: OFlags) -> Result<OwnedFd, Errno> {
    let (last, way) = names.split_last().ok_or(Errno::NOENT)?;
    let mut dir: Option<OwnedFd> = None;
    for name in way {
        let at = dir.as_ref().map_or(root, AsFd::as_fd);
        dir = Some(rustix::fs::openat(at, name.as_str(), DIR | OFlags::NOFOLLOW, Mode::empty())?);
    }
    let at = dir.as_ref().map_or(root, AsFd::as_fd);
    rustix::fs::openat(at, last.as_str(), flags | OFlags::NOFOLLOW, Mode::empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn no_link_is_followed_on_either_way() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        std::fs::create_dir_all(root.join("dir")).unwrap();
        std::fs::create_dir_all(temp.path().join("outside")).unwrap();
        std::fs::write(root.join("dir/file"), "inside").unwrap();
        std::fs::write(temp.path().join("outside/file"), "secret").unwrap();
        symlink("../outside", root.join("link")).unwrap();
        symlink("dir", root.join("inner")).unwrap();
        symlink("../../outside/file", root.join("dir/leak")).unwrap();

        let opened = Root::open(&root).unwrap();
        let path = |text: &str| EntryPath::parse(text).unwrap();
        let by_names = |text: &str| open_by_names(opened.dir.as_fd(), path(text).names(), FILE);
        assert!(opened.open_file(&path("dir/file")).is_ok());
        assert!(by_names("dir/file").is_ok());
        for bad in ["link/file", "inner/file", "dir/leak"] {
            assert!(opened.open_file(&path(bad)).is_err(), "{bad}");
            assert!(by_names(bad).is_err(), "{bad}");
        }
        assert!(opened.open_dir(&path("link")).is_err());
        assert!(opened.open_dir(&EntryPath::root()).is_ok());
    }
}
