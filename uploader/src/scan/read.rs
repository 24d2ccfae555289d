//! Reads one directory: names and stats, nothing is opened but the directory itself and its `.vitrineignore`.
//!
//! Everything that is left out is named here, with the reason. Called by [`super::walk`]'s threads.

use super::listed::{Found, Listed};
use super::sight::ignore_file;
use super::{Root, Stamp};
use crate::filter::{DirFilter, Filter, Verdict};
use crate::omission::{Omissions, Reason};
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use std::ffi::CStr;
use vitrine_protocol::path::PathError;
use vitrine_protocol::{EntryName, EntryPath, is_hidden_name};

/// The rules of what the directory is in.
pub(super) enum Above<'a> {
    /// Nothing: it is the root.
    Root(&'a Filter),
    /// Those of its parent.
    Dir(&'a DirFilter),
}

/// Reads the directory at `path` below `root`. Rules that do not hold are told by [`super::sight`].
pub(super) fn read(root: &Root, path: &EntryPath, above: &Above<'_>) -> Result<Listed, Errno> {
    let fd = root.open_dir(path)?;
    let mtime = Stamp::of(&rustix::fs::fstat(&fd)?).mtime_ms();
    // Not a folder without its rules: the caller leaves it out, and the root refuses.
    let ignore = ignore_file(&fd)?;
    let (rules, _) = match above {
        Above::Root(filter) => filter.root(ignore.as_deref()),
        Above::Dir(rules) => rules.child(path.name().map_or("", EntryName::as_str), ignore.as_deref()),
    };
    let mut listed = Listed::new(mtime, rules);
    for entry in Dir::read_from(&fd)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            take(&fd, entry.file_name(), (root, path), &mut listed);
        }
    }
    listed.sort();
    Ok(listed)
}

fn take(fd: &OwnedFd, raw: &CStr, (root, dir): (&Root, &EntryPath), listed: &mut Listed) {
    let shown = || display(dir, raw);
    // One that is not text is hidden by its dot as well.
    if raw.to_bytes().starts_with(b".") && raw.to_str().map_or(true, is_hidden_name) {
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
    let kind = FileType::from_raw_mode(stat.st_mode);
    if listed.rules.verdict(name, kind == FileType::Directory) == Verdict::Excluded {
        return listed.omissions.add(shown(), Reason::Excluded, None);
    }
    if root.is_snapshot() && crate::btrfs::is_nested_placeholder(stat.st_ino, kind == FileType::Directory) {
        return listed.omissions.add(shown(), Reason::Subvolume, None);
    }
    match kind {
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
