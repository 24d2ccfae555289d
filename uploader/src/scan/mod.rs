//! Finds out what is in a folder by stat alone: no file is opened here.
//!
//! The result says everything that the plan needs, sorted, and names everything that was left out. It refuses a path that
//! is missing, unreadable, or neither a folder nor a regular file; nothing has been asked of any server by then.

mod beneath;
mod walk;

pub use beneath::Root;

use crate::clock;
use crate::omission::Omissions;
use crate::progress::Progress;
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::io;
use std::path::{Path, PathBuf};
use vitrine_protocol::{EntryName, EntryPath, RootKind};

/// Why a path cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Nothing there.
    #[error("There is nothing at `{}`", path.display())]
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// The system refuses to open it.
    #[error("Could not open `{}`", path.display())]
    Open {
        /// The path as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A device, a FIFO, a socket.
    #[error("`{}` is neither a folder nor a regular file", path.display())]
    Special {
        /// The path as given.
        path: PathBuf,
    },
    /// A single file whose name cannot stand in a share.
    #[error("The name of `{}` is not UTF-8 or too long", path.display())]
    Name {
        /// The path as given.
        path: PathBuf,
    },
}

/// What identifies one state of a file: when any of it differs, the content may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The inode's number.
    pub inode: u64,
    /// The length in bytes.
    pub size: u64,
    /// When its content last changed, in nanoseconds since the epoch; can be set at will.
    pub mtime_ns: i128,
    /// When its inode last changed, in nanoseconds since the epoch; cannot.
    pub ctime_ns: i128,
}

impl Stamp {
    /// Takes what matters from a stat.
    pub fn of(stat: &Stat) -> Self {
        #[expect(clippy::cast_possible_wrap, reason = "a number of nanoseconds below a second")]
        let ns = |seconds: i64, nanos| i128::from(seconds) * 1_000_000_000 + i128::from(nanos as i64);
        Self {
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime_ns: ns(stat.st_mtime, stat.st_mtime_nsec),
            ctime_ns: ns(stat.st_ctime, stat.st_ctime_nsec),
        }
    }

    /// The modification time as manifests have it.
    pub fn mtime_ms(&self) -> i64 {
        clock::ms_of_ns(self.mtime_ns)
    }
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Its name in its directory.
    pub name: EntryName,
    /// Its state when it was seen.
    pub stamp: Stamp,
}

/// A symbolic link that stays inside the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLink {
    /// Its name in its directory.
    pub name: EntryName,
    /// Its target as it is written.
    pub target: String,
}

/// A directory and what is directly in it; each list sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDir {
    /// Where it is.
    pub path: EntryPath,
    /// When it last changed, in milliseconds since the epoch.
    pub mtime: i64,
    /// Its regular files.
    pub files: Vec<FoundFile>,
    /// Its symbolic links.
    pub links: Vec<FoundLink>,
}

/// A folder, or a single file, that can be published.
#[derive(Debug)]
pub struct Source {
    given: PathBuf,
    root: Root,
    file: Option<EntryName>,
    name: String,
}

/// All that is in a source.
#[derive(Debug)]
pub struct Scan {
    /// When the scan began, in milliseconds since the epoch.
    pub started_at: i64,
    /// The directories in the order of their paths; the root is the first. Directories that are not listed here could
    /// not be read.
    pub dirs: Vec<FoundDir>,
    /// What was left out.
    pub omissions: Omissions,
}

impl Scan {
    /// How many files there are, and their bytes.
    pub fn totals(&self) -> (u64, u64) {
        let files = self.dirs.iter().flat_map(|dir| &dir.files);
        files.fold((0, 0), |(count, bytes), file| (count + 1, bytes + file.stamp.size))
    }
}

impl Source {
    /// Opens what a person named. A link given as the path itself is followed.
    pub fn open(path: &Path) -> Result<Self, ScanError> {
        let open = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ScanError::Missing { path: path.to_owned() },
            _ => ScanError::Open { path: path.to_owned(), source },
        };
        let real = path.canonicalize().map_err(open)?;
        let kind = real.metadata().map_err(open)?.file_type();
        let errno = |errno: Errno| open(errno.into());
        let name = real.file_name().and_then(|name| name.to_str());
        if kind.is_dir() {
            let root = Root::open(&real).map_err(errno)?;
            return Ok(Self {
                given: path.to_owned(),
                root,
                file: None,
                name: name.unwrap_or_default().to_owned(),
            });
        }
        if !kind.is_file() {
            return Err(ScanError::Special { path: path.to_owned() });
        }
        let file = name.and_then(|name| EntryName::new(name).ok());
        let Some(file) = file else { return Err(ScanError::Name { path: path.to_owned() }) };
        let root = Root::open(real.parent().unwrap_or(&real)).map_err(errno)?;
        let source = Self { given: path.to_owned(), root, name: file.to_string(), file: Some(file) };
        source.root.open_file(&source.file_path()).map_err(errno)?;
        Ok(source)
    }

    fn file_path(&self) -> EntryPath {
        let name = self.file.as_ref().map_or("", EntryName::as_str);
        EntryPath::parse(name).unwrap_or_default()
    }

    /// Whether it is a folder or one file.
    pub fn kind(&self) -> RootKind {
        if self.file.is_some() { RootKind::File } else { RootKind::Dir }
    }

    /// The last name of its path, for titles and for the share's root path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path as it was given, for messages.
    pub fn given(&self) -> &Path {
        &self.given
    }

    /// The folder that files are opened below.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Lists everything, with so many threads. A folder below that cannot be read is an omission, the root is an error.
    pub fn scan(&self, threads: usize, progress: &dyn Progress) -> Result<Scan, ScanError> {
        let started_at = clock::now_ms();
        let error = |errno: Errno| ScanError::Open { path: self.given.clone(), source: errno.into() };
        let (dirs, omissions) = match &self.file {
            None => walk::walk(&self.root, threads, progress).map_err(error)?,
            Some(name) => (vec![self.scan_file(name, progress).map_err(error)?], Omissions::default()),
        };
        Ok(Scan { started_at, dirs, omissions })
    }

    fn scan_file(&self, name: &EntryName, progress: &dyn Progress) -> Result<FoundDir, Errno> {
        let stat = rustix::fs::fstat(self.root.open_file(&self.file_path())?)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Errno::INVAL);
        }
        let stamp = Stamp::of(&stat);
        progress.on(crate::progress::Event::Found { files: 1, bytes: stamp.size });
        let files = vec![FoundFile { name: name.clone(), stamp }];
        Ok(FoundDir { path: EntryPath::root(), mtime: stamp.mtime_ms(), files, links: Vec::new() })
    }
}
