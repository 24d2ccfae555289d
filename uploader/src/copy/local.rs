//! Content that is on this machine already: cloned where the file system can, else copied, and always hashed.
//!
//! From the folder after `--seed`, where a file of the same path, size and time is taken for a candidate, and from the copy
//! itself, for a large file whose content it has already written under another name.

use super::dest::{Dest, Folder};
use super::engine::Disk;
use super::place::Wanted;
use super::small::write_one;
use crate::reading::content::Content;
use rustix::fs::FileType;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use vitrine_protocol::{EntryName, EntryPath, Sha256};

/// Up to this size a file is read and written: a clone of so little saves nothing.
const CLONE_MIN: u64 = 64 * 1024;

/// How much is read at a time.
const BUFFER: usize = 1 << 20;

/// Writes `wanted` from the file at `path` of `from`, if that has the content. Anything that goes wrong means no.
pub(super) fn adopt(from: &Dest, path: &EntryPath, wanted: &Wanted, same_time: bool) -> bool {
    let Some((parent, name)) = path.parent().zip(path.name()) else { return false };
    let open = || {
        let (file, found) = from.folder(&parent).ok()?.read(name).ok()?;
        let alike = found.size == wanted.file.size && (!same_time || found.mtime == wanted.file.mtime);
        alike.then_some(file)
    };
    let Some(source) = open() else { return false };
    let Ok(folder) = wanted.folder() else { return false };
    if wanted.file.size < CLONE_MIN {
        read_small(source, &folder, wanted)
    } else {
        clone(&source, &folder, wanted)
    }
}

fn read_small(source: File, folder: &Folder, wanted: &Wanted) -> bool {
    let mut bytes = Vec::new();
    let read = source.take(wanted.file.size + 1).read_to_end(&mut bytes);
    read.is_ok() && Sha256::of(&bytes) == wanted.file.hash && write_one(folder, wanted, &bytes).is_ok()
}

fn clone(source: &File, folder: &Folder, wanted: &Wanted) -> bool {
    let temporary = wanted.temporary();
    // What an interrupted copy left of it is worth more than nothing, but less than the whole.
    let Ok(file) = folder.create(&temporary) else { return false };
    let hash = if reflink(&file, source) {
        hash_of(&file, |_, _| Ok(()))
    } else {
        hash_of(source, |bytes, at| file.write_all_at(bytes, at))
    };
    let right = hash.is_ok_and(|content| {
        let (hash, _, size) = content.finish();
        (hash, size) == (wanted.file.hash, wanted.file.size)
    });
    if right {
        return Disk::finish(folder, wanted, file, &temporary).is_ok();
    }
    let _ = folder.remove(&temporary);
    false
}

/// Shares the blocks of `source`, where the file system can and both are on one.
#[cfg(target_os = "linux")]
fn reflink(file: &File, source: &File) -> bool {
    rustix::fs::ioctl_ficlone(file, source).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn reflink(_file: &File, _source: &File) -> bool {
    false
}

/// Reads a file to its end, hashes it, and hands its bytes on.
fn hash_of(file: &File, mut take: impl FnMut(&[u8], u64) -> io::Result<()>) -> io::Result<Content> {
    let (mut content, mut at) = (Content::default(), 0);
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = match file.read_at(&mut buffer, at) {
            Ok(0) => return Ok(content),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        content.update(bytes);
        take(bytes, at)?;
        at += count as u64;
    }
}

/// Whether the regular file of that name has that content.
pub(super) fn has_content(folder: &Folder, name: &EntryName, size: u64, hash: &Sha256) -> bool {
    let Ok((file, found)) = folder.read(name) else { return false };
    found.kind == FileType::RegularFile
        && found.size == size
        && hash_of(&file, |_, _| Ok(())).is_ok_and(|content| content.finish().0 == *hash)
}
