//! How far a copy or a check is, in numbers that anyone may look at while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that only grow. Cheap enough to be touched for every file.
#[derive(Debug, Default)]
pub struct Counts {
    files: AtomicU64,
    bytes: AtomicU64,
    fetched: AtomicU64,
    files_all: AtomicU64,
    bytes_all: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Files that need nothing more.
    pub files: u64,
    /// Their bytes; of large files also what is there already.
    pub bytes: u64,
    /// Bytes that were fetched.
    pub fetched: u64,
    /// Files in all, where known.
    pub files_all: u64,
    /// Bytes in all, where known.
    pub bytes_all: u64,
}

impl Counts {
    /// So much there is to do in all.
    pub fn expect(&self, files: u64, bytes: u64) {
        self.files_all.store(files, Ordering::Relaxed);
        self.bytes_all.store(bytes, Ordering::Relaxed);
    }

    /// So many more files are done.
    pub fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    /// So many more bytes are done.
    pub fn bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So many more bytes were fetched.
    pub fn fetched(&self, bytes: u64) {
        self.fetched.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The numbers of now.
    pub fn now(&self) -> Counted {
        let load = |value: &AtomicU64| value.load(Ordering::Relaxed);
        Counted {
            files: load(&self.files),
            bytes: load(&self.bytes),
            fetched: load(&self.fetched),
            files_all: load(&self.files_all),
            bytes_all: load(&self.bytes_all),
        }
    }
}
