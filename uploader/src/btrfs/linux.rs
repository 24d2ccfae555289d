//! Taking, finding again and removing a snapshot.

use super::lock::{ENDING, Lock};
use super::{SNAPSHOTS_DIR, SnapshotError, subvolume};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Dir, Mode, OFlags, ResolveFlags, fstat, mkdirat, openat2};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Names of snapshots are ours; a longer one is a mistake.
const TAG_MAX: usize = 128;

/// A snapshot of the subvolume that holds a path. Removed when dropped.
#[derive(Debug)]
pub struct FsSnapshot {
    /// Where the path's counterpart is.
    path: PathBuf,
    /// The snapshot's own root.
    root: PathBuf,
    /// The counterpart, from the folder of snapshots.
    inside: PathBuf,
    tag: String,
    dir: OwnedFd,
    lock: Option<Lock>,
}

impl FsSnapshot {
    /// Makes a snapshot for reading what is at `path` now; `None` when that is not on btrfs.
    ///
    /// `tag` is its name: letters, digits, `-` and `_`. Snapshots that crashed programs left in the same subvolume are
    /// removed first.
    pub fn take(path: &Path, tag: &str) -> Result<Option<Self>, SnapshotError> {
        let system =
            |what| move |source: io::Error| SnapshotError::System { what, path: path.to_owned(), source };
        if !is_tag(tag) {
            return Err(SnapshotError::Tag { tag: tag.to_owned() });
        }
        let path = path.canonicalize().map_err(system("find"))?;
        if !subvolume::is_btrfs(&path).map_err(|errno| system("ask for the file system of")(errno.into()))? {
            return Ok(None);
        }
        let holder = subvolume::holder(&path).map_err(system("find the subvolume of"))?;
        let Some(holder) = holder else { return Err(SnapshotError::OutOfReach { path }) };
        Self::take_in(&holder, &path, tag).map(Some)
    }

    fn take_in(holder: &Path, path: &Path, tag: &str) -> Result<Self, SnapshotError> {
        // 1. The folder of snapshots, without following a link that someone put in its place.
        let refused = |what| move |source: io::Error| refusal(holder, what, source);
        let origin = File::open(holder).map_err(refused("open"))?;
        let dir = snapshots_dir(origin.as_fd())
            .map_err(|e| refused("make the folder of snapshots in")(e.into()))?;

        // 2. What crashed programs left, and then the lock of this one.
        sweep(dir.as_fd(), origin.as_fd()).map_err(refused("sweep old snapshots from"))?;
        let root = holder.join(SNAPSHOTS_DIR).join(tag);
        let lock = Lock::take(dir.as_fd(), tag).map_err(|e| refused("lock a snapshot in")(e.into()))?;
        let Some(lock) = lock else { return Err(SnapshotError::Held { path: root }) };

        // 3. The snapshot. From here on dropping it cleans up.
        let below = path.strip_prefix(holder).unwrap_or(Path::new(""));
        // An empty rest would add a slash.
        let at = |base: &Path| if below.as_os_str().is_empty() { base.to_owned() } else { base.join(below) };
        let (path_inside, inside) = (at(&root), at(Path::new(tag)));
        let made = Self { path: path_inside, root, inside, tag: tag.to_owned(), dir, lock: Some(lock) };
        if !rustix::process::geteuid().is_root() {
            let probe = format!("{tag}-probe");
            subvolume::probe(made.dir.as_fd(), &probe).map_err(refused("make a subvolume in"))?;
        }
        subvolume::create(made.dir.as_fd(), origin.as_fd(), tag).map_err(refused("make a snapshot of"))?;

        // 4. Whether it has what the path names: a mount on the way would hide it.
        if made.has_same(path) { Ok(made) } else { Err(SnapshotError::Elsewhere { path: path.to_owned() }) }
    }

    /// Where the path is in the snapshot.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens what is at the path, by way of the snapshot that was made, whatever became of the names above it.
    pub fn open(&self) -> Result<File, SnapshotError> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(&self.dir, &self.inside, flags, Mode::empty(), resolve) {
            Ok(file) => Ok(file.into()),
            Err(errno) => {
                Err(SnapshotError::System { what: "open", path: self.path.clone(), source: errno.into() })
            }
        }
    }

    /// A snapshot keeps the inodes.
    fn has_same(&self, path: &Path) -> bool {
        match (self.open().map(|file| fstat(&file)), rustix::fs::stat(path)) {
            (Ok(Ok(inside)), Ok(outside)) => {
                (inside.st_ino, inside.st_mode & 0o170_000) == (outside.st_ino, outside.st_mode & 0o170_000)
            }
            _ => false,
        }
    }

    /// Removes it, and says whether that went well.
    pub fn remove(mut self) -> Result<(), SnapshotError> {
        self.clear()
    }

    fn clear(&mut self) -> Result<(), SnapshotError> {
        let Some(lock) = self.lock.take() else { return Ok(()) };
        // While the snapshot is there the lock file stays, so that a sweep finds it.
        let removed = subvolume::delete(self.dir.as_fd(), &self.tag);
        let removed = removed.and_then(|()| Ok(lock.remove(self.dir.as_fd())?));
        removed.map_err(|source| SnapshotError::System { what: "remove", path: self.root.clone(), source })
    }
}

impl Drop for FsSnapshot {
    fn drop(&mut self) {
        // What stays is swept by the next one.
        let _ = self.clear();
    }
}

/// Removes the snapshots that crashed programs left in the subvolume that holds `path`, without making one. Fine where there
/// is no btrfs, and where there never was a snapshot.
pub fn sweep_left(path: &Path) -> Result<(), SnapshotError> {
    let system =
        |what| move |source: io::Error| SnapshotError::System { what, path: path.to_owned(), source };
    if !subvolume::is_btrfs(path).map_err(|errno| system("ask for the file system of")(errno.into()))? {
        return Ok(());
    }
    let path = path.canonicalize().map_err(system("find"))?;
    let Some(holder) = subvolume::holder(&path).map_err(system("find the subvolume of"))? else {
        return Ok(());
    };
    let origin = File::open(&holder).map_err(system("open"))?;
    match subvolume::open_dir(origin.as_fd(), SNAPSHOTS_DIR) {
        Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(refusal(&holder, "open the folder of snapshots in", errno.into())),
        Ok(dir) => sweep(dir.as_fd(), origin.as_fd())
            .map_err(|error| refusal(&holder, "sweep old snapshots from", error)),
    }
}

fn is_tag(tag: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !tag.is_empty() && tag.len() <= TAG_MAX && tag.bytes().all(plain)
}

fn snapshots_dir(origin: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    match mkdirat(origin, SNAPSHOTS_DIR, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        // It may be there all the same, on what is now read-only.
        Err(errno) => return subvolume::open_dir(origin, SNAPSHOTS_DIR).map_err(|_| errno),
    }
    subvolume::open_dir(origin, SNAPSHOTS_DIR)
}

/// Removes the snapshots of `origin` in `dir` whose lock nobody holds, and locks without a snapshot.
fn sweep(dir: BorrowedFd<'_>, origin: BorrowedFd<'_>) -> io::Result<()> {
    let mut tags = BTreeSet::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        tags.insert(name.strip_suffix(ENDING).unwrap_or(name).to_owned());
    }
    for tag in tags.iter().filter(|tag| is_tag(tag)) {
        let ours = subvolume::is_snapshot_of(dir, tag, origin);
        // Somebody's own folder; no lock is made for it.
        if !ours && subvolume::exists(dir, tag)? {
            continue;
        }
        let Some(lock) = Lock::take(dir, tag)? else { continue };
        // What cannot be removed must not keep anyone from a new one.
        if !ours || subvolume::delete(dir, tag).is_ok() {
            lock.remove(dir)?;
        }
    }
    Ok(())
}

fn refusal(holder: &Path, what: &'static str, source: io::Error) -> SnapshotError {
    let path = holder.to_owned();
    match source.kind() {
        io::ErrorKind::PermissionDenied => SnapshotError::NotPermitted { path, source },
        io::ErrorKind::ReadOnlyFilesystem => SnapshotError::ReadOnly { path },
        _ => SnapshotError::System { what, path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_plain_names() {
        for tag in ["a", "01HZX-1_b", &"x".repeat(TAG_MAX)] {
            assert!(is_tag(tag), "{tag}");
        }
        for tag in ["", ".", "..", "a/b", "a.lock", "ü", "a b", &"x".repeat(TAG_MAX + 1)] {
            assert!(!is_tag(tag), "{tag}");
            assert!(matches!(FsSnapshot::take(Path::new("/"), tag), Err(SnapshotError::Tag { .. })));
        }
    }
}
