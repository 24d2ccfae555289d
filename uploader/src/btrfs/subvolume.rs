//! The calls to btrfs: which subvolume holds a path, making a snapshot of it, removing one.

use btrfs_uapi::subvolume::{
    SubvolumeFlags, snapshot_create, subvolume_create, subvolume_delete, subvolume_flags_get,
    subvolume_flags_set, subvolume_info,
};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, Stat, fstat, openat, statat, statfs};
use rustix::io::Errno;
use std::ffi::CString;
use std::io;
use std::path::{Path, PathBuf};

/// What `statfs` says of btrfs.
const MAGIC: u64 = 0x9123_683E;
/// `BTRFS_FIRST_FREE_OBJECTID`: the inode of every subvolume's root.
const ROOT_INODE: u64 = 256;

pub(super) const DIR: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Whether the path lies on btrfs.
pub(super) fn is_btrfs(path: &Path) -> Result<bool, Errno> {
    // The width and the sign of the field differ between systems; the number has 32 bits.
    #[expect(clippy::cast_sign_loss, reason = "a magic number, compared bit by bit")]
    let kind = statfs(path)?.f_type as u64;
    Ok(kind & 0xffff_ffff == MAGIC)
}

/// The subvolume's root above `path`; `None` when it is not above.
pub(super) fn holder(path: &Path) -> io::Result<Option<PathBuf>> {
    let device = stat(path)?.st_dev;
    for above in path.ancestors() {
        let found = stat(above)?;
        if found.st_dev != device {
            return Ok(None);
        }
        if found.st_ino == ROOT_INODE && is_btrfs(above)? && above.is_dir() {
            return Ok(Some(above.to_owned()));
        }
    }
    Ok(None)
}

fn stat(path: &Path) -> Result<Stat, Errno> {
    rustix::fs::lstat(path)
}

/// Makes a read-only snapshot of `subvolume` in `dir`.
pub(super) fn create(dir: BorrowedFd<'_>, subvolume: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    Ok(snapshot_create(dir, subvolume, &c_name(name)?, true, &[])?)
}

/// Finds out whether this user may remove what they make. Without privilege making is allowed to a folder's owner, and
/// removing only under the mount option `user_subvol_rm_allowed`: snapshots would pile up.
pub(super) fn probe(dir: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let name = c_name(name)?;
    subvolume_create(dir, &name, &[])?;
    if let Err(errno) = subvolume_delete(dir, &name) {
        // An empty one can be removed by its owner like a folder.
        let _ = rustix::fs::unlinkat(dir, &name, AtFlags::REMOVEDIR);
        return Err(errno.into());
    }
    Ok(())
}

/// Removes the snapshot `name` from `dir`; fine when it is not there.
pub(super) fn delete(dir: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let snapshot = match open_dir(dir, name) {
        Err(Errno::NOENT) => return Ok(()),
        other => other?,
    };
    // Without privilege a read-only snapshot cannot be removed as it is.
    if !rustix::process::geteuid().is_root() {
        subvolume_flags_set(snapshot.as_fd(), SubvolumeFlags::empty())?;
    }
    drop(snapshot);
    Ok(subvolume_delete(dir, &c_name(name)?)?)
}

/// Whether the entry `name` of `dir` is a read-only snapshot of `subvolume`: nothing else is ever removed.
pub(super) fn is_snapshot_of(dir: BorrowedFd<'_>, name: &str, subvolume: BorrowedFd<'_>) -> bool {
    let Ok(found) = open_dir(dir, name) else { return false };
    if !fstat(&found).is_ok_and(|stat| stat.st_ino == ROOT_INODE) {
        return false;
    }
    // Not the flags of `subvolume_info`: the kernel counts their bits differently there, and the crate does not.
    let read_only =
        subvolume_flags_get(found.as_fd()).is_ok_and(|flags| flags.contains(SubvolumeFlags::RDONLY));
    match (subvolume_info(found.as_fd()), subvolume_info(subvolume)) {
        (Ok(snapshot), Ok(origin)) => read_only && snapshot.parent_uuid == origin.uuid,
        _ => false,
    }
}

/// Whether the entry is there at all.
pub(super) fn exists(dir: BorrowedFd<'_>, name: &str) -> Result<bool, Errno> {
    match statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}

pub(super) fn open_dir(dir: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    openat(dir, name, DIR, Mode::empty())
}

fn c_name(name: &str) -> io::Result<CString> {
    CString::new(name).map_err(|_| io::ErrorKind::InvalidInput.into())
}
