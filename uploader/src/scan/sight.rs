//! A look through the names of a folder before anything is sent: what should probably not be public, and rules that do not
//! hold.
//!
//! It lists and opens next to nothing: a file is only looked into when its name gives cause to. It runs beside the first
//! questions to the server, so it costs no time that a person would notice. Called by [`crate::publish`].

use super::{Root, Source};
use crate::filter::caution::{self, Caution};
use crate::filter::rules::IGNORE_FILE_MAX;
use crate::filter::{BadRule, DirFilter, Filter, Verdict};
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read as _;
use vitrine_protocol::limits::SNIFF_BYTES;
use vitrine_protocol::{EntryName, EntryPath};

/// Something to ask a person about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suspect {
    /// A file that should probably not be public.
    File {
        /// Where it is.
        path: EntryPath,
        /// Its length.
        size: u64,
        /// When it was modified, in milliseconds since the epoch.
        mtime: i64,
        /// What it seems to be.
        caution: Caution,
    },
    /// A line of a `.vitrineignore` that does not hold: what it was to leave out would be published.
    Rule {
        /// The folder that the file is in.
        dir: EntryPath,
        /// The line.
        rule: BadRule,
    },
}

impl Source {
    /// Looks through the folder. What cannot be read is left to the scan, which tells it.
    pub fn look(&self, filter: &Filter) -> Vec<Suspect> {
        let mut suspects = Vec::new();
        if let Some(name) = &self.file {
            let path = EntryPath::parse(name.as_str()).unwrap_or_default();
            suspects.extend(suspect(&self.root, &path));
            return suspects;
        }
        let Ok(fd) = self.root.open_dir(&EntryPath::root()) else { return suspects };
        let Ok(ignore) = ignore_file(&fd) else { return suspects };
        let (rules, bad) = filter.root(ignore.as_deref());
        suspects.extend(bad.into_iter().map(|rule| Suspect::Rule { dir: EntryPath::root(), rule }));
        let mut todo = vec![(EntryPath::root(), rules)];
        while let Some((path, rules)) = todo.pop() {
            look_in(&self.root, &path, &rules, &mut suspects, &mut todo);
        }
        suspects
    }
}

fn look_in(
    root: &Root,
    dir: &EntryPath,
    rules: &DirFilter,
    suspects: &mut Vec<Suspect>,
    todo: &mut Vec<(EntryPath, DirFilter)>,
) {
    let Ok(fd) = root.open_dir(dir) else { return };
    let Ok(entries) = Dir::read_from(&fd) else { return };
    for entry in entries.filter_map(Result::ok) {
        let Ok(text) = entry.file_name().to_str() else { continue };
        let kind = match entry.file_type() {
            FileType::Unknown => rustix::fs::statat(fd.as_fd(), entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
                .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
            kind => kind,
        };
        let is_dir = kind == FileType::Directory;
        if !(is_dir || kind == FileType::RegularFile) || rules.verdict(text, is_dir) != Verdict::Publish {
            continue;
        }
        let Ok(path) = EntryName::new(text).and_then(|name| dir.join(&name)) else { continue };
        if is_dir {
            let Ok(below) = root.open_dir(&path) else { continue };
            let Ok(ignore) = ignore_file(&below) else { continue };
            let (rules, bad) = rules.child(text, ignore.as_deref());
            suspects.extend(bad.into_iter().map(|rule| Suspect::Rule { dir: path.clone(), rule }));
            todo.push((path, rules));
        } else if caution::by_name(&path, 1).is_some() {
            suspects.extend(suspect(root, &path));
        }
    }
}

/// Looks into a file whose name gives cause to.
fn suspect(root: &Root, path: &EntryPath) -> Option<Suspect> {
    let fd = root.open_file(path).ok()?;
    let stat = rustix::fs::fstat(&fd).ok()?;
    let stamp = super::Stamp::of(&stat);
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return None;
    }
    let caution = caution::by_name(path, stamp.size)?;
    let mut head = Vec::new();
    File::from(fd).take(SNIFF_BYTES as u64).read_to_end(&mut head).ok()?;
    caution.stands(&head).then(|| Suspect::File {
        path: path.clone(),
        size: stamp.size,
        mtime: stamp.mtime_ms(),
        caution,
    })
}

/// The rules of a directory, if it has some. That they cannot be read is an error, a link among it: what they leave out would
/// be published.
pub(super) fn ignore_file(dir: &OwnedFd) -> Result<Option<Vec<u8>>, Errno> {
    // `O_NONBLOCK`: a FIFO of that name must not block the scan for ever.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let fd = match rustix::fs::openat(dir, ".vitrineignore", flags, Mode::empty()) {
        Ok(fd) => fd,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(errno),
    };
    if FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) != FileType::RegularFile {
        return Err(Errno::INVAL);
    }
    let mut bytes = Vec::new();
    let read = File::from(fd).take(IGNORE_FILE_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_should_not_be_public_is_seen_and_what_is_left_out_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let write = |path: &str, content: &str| {
            let path = temp.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        };
        write("a/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n");
        write("a/site.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
        write("teaching/math.course", "{}");
        write(".ssh/id_rsa", "hidden anyway");
        write("out/id_rsa", "left out");
        write("notes.md", "text");
        write(".vitrineignore", "/out/\n[z-a]\n");
        let source = Source::open(temp.path()).unwrap();
        let seen: Vec<String> = source
            .look(&Filter::default())
            .into_iter()
            .map(|suspect| match suspect {
                Suspect::File { path, caution, .. } => format!("{path}: {caution}"),
                Suspect::Rule { dir, rule } => format!("/{dir} {}", rule.line),
            })
            .collect();
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(
            sorted,
            ["/ 2", "a/id_ed25519: a private key", "teaching/math.course: a course with its students"]
        );
        let one = Source::open(&temp.path().join("a/id_ed25519")).unwrap();
        assert_eq!(one.look(&Filter::default()).len(), 1);
    }
}
