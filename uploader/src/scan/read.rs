//! Reads one directory: names and stats, nothing is opened but the directory itself and its `.vitrineignore`.
//!
//! Everything that is left out is named here, with the reason. Called by [`super::walk`]'s threads.

use super::listed::{Found, Listed};
use super::{Root, Stamp};
use crate::omission::{Omissions, Reason};
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use std::ffi::CStr;
use vitrine_protocol::path::PathError;
use vitrine_protocol::{EntryName, EntryPath};

/// Reads the directory at `path` below `root`.
pub(super) fn read(root: &Root, path: &EntryPath) -> Result<Listed, Errno> {
    let fd = root.open_dir(path)?;
    let mtime = Stamp::of(&rustix::fs::fstat(&fd)?).mtime_ms();
    let mut listed = Listed::new(mtime);
    for entry in Dir::read_from(&fd)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            take(&fd, entry.file_name(), path, &mut listed);
        }
    }
    listed.sort();
    Ok(listed)
}

fn take(fd: &OwnedFd, raw: &CStr, dir: &EntryPath, listed: &mut Listed) {
    let shown = || display(dir, raw);
    if raw.to_bytes().starts_with(b".") {
        return listed.omissions.add(shown(), Reason::Hidden, None);
    }
    let Ok(name) = raw.to_str() else {
        return listed.omissions.add(shown(), Reason::NotUtf8, None);
    };
    match EntryName::new(name).and_then(|name| dir.join(&name)) {
        Ok(_) => {}
        Err(PathError::NotUtf8) => return listed.omissions.add(shown(), Reason::NotUtf8, None),
        Err(_) => return listed.omissions.add(shown(), Reason::TooLong, None),
    }
    let stat = match rustix::fs::statat(fd.as_fd(), raw, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(errno) => return omit_failed(&mut listed.omissions, shown(), errno),
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => listed.add(name, Found::File(Stamp::of(&stat))),
        FileType::Directory => listed.add(name, Found::Dir),
        FileType::Symlink => take_link(fd, raw, name, dir, listed),
        _ => listed.omissions.add(shown(), Reason::Special, None),
    }
}

fn take_link(fd: &OwnedFd, raw: &CStr, name: &str, dir: &EntryPath, listed: &mut Listed) {
    let target = match rustix::fs::readlinkat(fd, raw, Vec::new()) {
        Ok(target) => target,
        Err(errno) => return omit_failed(&mut listed.omissions, display(dir, raw), errno),
    };
    let Ok(target) = target.into_string() else {
        return listed.omissions.add(display(dir, raw), Reason::NotUtf8, None);
    };
    if dir.resolve(&target).is_none() {
        return listed.omissions.add(display(dir, raw), Reason::LinkOutside, Some(target));
    }
    listed.add(name, Found::Link(&target));
}

/// Takes note of something that the system would not show.
pub(crate) fn omit_failed(omissions: &mut Omissions, path: String, errno: Errno) {
    match errno {
        Errno::NOENT => omissions.add(path, Reason::Vanished, None),
        // A directory that became something else between its listing and its opening.
        Errno::NOTDIR | Errno::LOOP => omissions.add(path, Reason::Unstable, None),
        _ => omissions.add(path, Reason::Unreadable, Some(plain(errno))),
    }
}

/// The system's words for an error, without Rust's `(os error 13)`.
fn plain(errno: Errno) -> String {
    let text = std::io::Error::from(errno).to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

fn display(dir: &EntryPath, raw: &CStr) -> String {
    let name = raw.to_string_lossy();
    if dir.is_root() { name.into_owned() } else { format!("{dir}/{name}") }
}
