//! What to make of something that has the name of an entry already.

use super::dest::{Folder, Found};
use super::local::has_content;
use rustix::fs::FileType;
use rustix::io::Errno;
use vitrine_protocol::{EntryName, File, Link};

/// How what is there relates to what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is there.
    Absent,
    /// It is what is wanted.
    Same,
    /// It is a file with the content, but another time.
    Content,
    /// It is something else, which `--force` replaces.
    Differs(Obstacle),
    /// It is a folder: never removed for a file or a link.
    Blocks,
}

/// What is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// A file with another content.
    File,
    /// A symbolic link.
    Link,
    /// A folder where a file or a link should be.
    Folder,
    /// A device, a FIFO, a socket.
    Special,
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File => "a file with another content",
            Self::Link => "a symbolic link",
            Self::Folder => "a folder",
            Self::Special => "a device, a pipe or a socket",
        })
    }
}

fn other(found: Found) -> Verdict {
    match found.kind {
        FileType::Directory => Verdict::Blocks,
        FileType::Symlink => Verdict::Differs(Obstacle::Link),
        FileType::RegularFile => Verdict::Differs(Obstacle::File),
        _ => Verdict::Differs(Obstacle::Special),
    }
}

/// A file with the size and the time is taken for the one that is wanted, as a publish does; one with the size alone is
/// read.
pub(super) fn file(folder: &Folder, file: &File) -> Result<Verdict, Errno> {
    let Some(found) = folder.stat(&file.name)? else { return Ok(Verdict::Absent) };
    if found.kind != FileType::RegularFile || found.size != file.size {
        return Ok(other(found));
    }
    if found.mtime == file.mtime {
        return Ok(Verdict::Same);
    }
    let same = has_content(folder, &file.name, file.size, &file.hash);
    Ok(if same { Verdict::Content } else { other(found) })
}

/// A link is the one that is wanted when it leads to the same place.
pub(super) fn link(folder: &Folder, link: &Link, target: &str) -> Result<Verdict, Errno> {
    let Some(found) = folder.stat(&link.name)? else { return Ok(Verdict::Absent) };
    let same = found.kind == FileType::Symlink && folder.link_target(&link.name)? == target.as_bytes();
    Ok(if same { Verdict::Same } else { other(found) })
}

/// Any folder will do.
pub(super) fn dir(folder: &Folder, name: &EntryName) -> Result<Verdict, Errno> {
    Ok(match folder.stat(name)? {
        None => Verdict::Absent,
        Some(found) if found.kind == FileType::Directory => Verdict::Same,
        Some(found) => other(found),
    })
}
