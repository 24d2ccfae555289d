//! Finds out what is in a folder by stat alone: no file is opened here.
//!
//! Directories come one by one in the order of their paths, each sorted, with everything that was left out of it. Refused
//! is a path that is missing, unreadable, or neither a folder nor a regular file.

mod beneath;
mod listed;
mod read;
mod sight;
mod walk;

pub use beneath::Root;
pub use listed::{Found, Listed};
pub(crate) use read::omit_failed;
pub use sight::Suspect;
pub use walk::Walk;

use crate::clock;
use crate::filter::{DirFilter, Filter};
use crate::progress::Progress;
use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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
    /// A link stands at the path, or on the way to it, where none may be followed.
    #[error("`{}` is a symbolic link, or there is one on the way to it", path.display())]
    Link {
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
    /// When its content last changed, in nanoseconds since the epoch (so until the year 2262); can be set at will.
    pub mtime_ns: i64,
    /// When its inode last changed, in nanoseconds since the epoch; cannot.
    pub ctime_ns: i64,
}

impl Stamp {
    /// Takes what matters from a stat.
    pub fn of(stat: &Stat) -> Self {
        #[expect(clippy::cast_possible_wrap, reason = "a number of nanoseconds below a second")]
        let ns = |seconds: i64, nanos| seconds.saturating_mul(1_000_000_000).saturating_add(nanos as i64);
        Self {
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime_ns: ns(stat.st_mtime, stat.st_mtime_nsec),
            ctime_ns: ns(stat.st_ctime, stat.st_ctime_nsec),
        }
    }

    /// The modification time as manifests have it.
    pub fn mtime_ms(&self) -> i64 {
        clock::ms_of_ns(self.mtime_ns.into())
    }
}

/// Which folder of this machine it is, for what is remembered of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The number of its file system.
    pub device: u64,
    /// Its path without links.
    pub path: String,
}

/// A folder, or a single file, that can be published.
#[derive(Debug)]
pub struct Source {
    given: PathBuf,
    root: Arc<Root>,
    file: Option<EntryName>,
    name: String,
    folder: PathBuf,
    identity: Identity,
}

impl Source {
    /// Opens what a person named. A link given as the path itself is followed.
    pub fn open(path: &Path) -> Result<Self, ScanError> {
        let open = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ScanError::Missing { path: path.to_owned() },
            _ => ScanError::Open { path: path.to_owned(), source },
        };
        let real = path.canonicalize().map_err(open)?;
        let metadata = real.metadata().map_err(open)?;
        let kind = metadata.file_type();
        let identity = Identity { device: metadata.dev(), path: real.to_string_lossy().into_owned() };
        let errno = |errno: Errno| open(errno.into());
        let name = real.file_name().and_then(|name| name.to_str());
        if kind.is_dir() {
            let root = Arc::new(Root::open(&real).map_err(errno)?);
            return Ok(Self {
                given: path.to_owned(),
                root,
                file: None,
                name: name.unwrap_or_default().to_owned(),
                folder: real.clone(),
                identity,
            });
        }
        if !kind.is_file() {
            return Err(ScanError::Special { path: path.to_owned() });
        }
        let file = name.and_then(|name| EntryName::new(name).ok());
        let Some(file) = file else { return Err(ScanError::Name { path: path.to_owned() }) };
        let folder = real.parent().unwrap_or(&real).to_owned();
        let root = Arc::new(Root::open(&folder).map_err(errno)?);
        let source =
            Self { given: path.to_owned(), root, name: file.to_string(), file: Some(file), folder, identity };
        source.root.open_file(&source.file_path()).map_err(errno)?;
        Ok(source)
    }

    /// Opens `path` below the folder `within`, which is at `at`; messages name the path alone. No link on the way is followed, not even one that stays inside:
    /// whoever writes in the folder could turn it round meanwhile.
    pub fn beneath(within: &Root, at: &Path, path: &EntryPath) -> Result<Self, ScanError> {
        let (given, real) = if path.is_root() {
            (at.file_name().map_or_else(|| at.to_owned(), PathBuf::from), at.to_owned())
        } else {
            (PathBuf::from(path.to_string()), at.join(path.to_string()))
        };
        let failed = |errno: Errno| match errno {
            Errno::NOENT | Errno::NOTDIR => ScanError::Missing { path: given.clone() },
            Errno::LOOP | Errno::XDEV => ScanError::Link { path: given.clone() },
            errno => ScanError::Open { path: given.clone(), source: errno.into() },
        };
        let open = |path: &EntryPath| within.open_dir(path).map_err(failed);
        let fd = if path.is_root() { open(path)? } else { within.open_file(path).map_err(failed)? };
        let stat = rustix::fs::fstat(&fd).map_err(failed)?;
        let name = path.name().map_or_else(
            || at.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned(),
            ToString::to_string,
        );
        let identity = Identity { device: stat.st_dev, path: real.to_string_lossy().into_owned() };
        let (root, file, folder) = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => (open(path)?, None, real),
            FileType::RegularFile => {
                let parent = path.parent().unwrap_or_default();
                (open(&parent)?, path.name().cloned(), real.parent().unwrap_or(at).to_owned())
            }
            _ => return Err(ScanError::Special { path: given }),
        };
        Ok(Self { root: Arc::new(Root::of(root)), given, file, name, folder, identity })
    }

    /// The folder that it is, or is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same, read from the counterpart of its folder in a snapshot.
    #[must_use]
    pub fn within(self, folder: OwnedFd) -> Self {
        Self { root: Arc::new(Root::of_snapshot(folder)), ..self }
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

    /// Which folder of this machine it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The folder that files are opened below.
    pub fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// Begins to list everything that `filter` lets through, with so many threads. A folder below that cannot be read is an omission, the root is
    /// an error.
    pub fn scan(
        &self,
        threads: usize,
        filter: &Filter,
        progress: &Arc<dyn Progress>,
    ) -> Result<Walk, ScanError> {
        let error = |errno: Errno| ScanError::Open { path: self.given.clone(), source: errno.into() };
        match &self.file {
            None => Walk::start(&self.root, threads, filter, progress).map_err(error),
            Some(name) => self.scan_file(name, progress.as_ref()).map_err(error),
        }
    }

    fn scan_file(&self, name: &EntryName, progress: &dyn Progress) -> Result<Walk, Errno> {
        let stat = rustix::fs::fstat(self.root.open_file(&self.file_path())?)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Errno::INVAL);
        }
        let stamp = Stamp::of(&stat);
        progress.on(crate::progress::Event::Found { files: 1, bytes: stamp.size });
        let mut listed = Listed::new(stamp.mtime_ms(), DirFilter::default());
        listed.add(name.as_str(), Found::File(stamp));
        Ok(Walk::of_root(Arc::new(listed)))
    }
}
