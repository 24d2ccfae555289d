//! Whether a file must be read, decided by its stat alone.
//!
//! A file whose size and modification time are those of the base is kept as it stands there, extents and all. It is not
//! trusted when it was modified so shortly before the base was scanned that a second change could bear the same time
//! (what git calls racily clean), when its time lies in the future, nor when this machine remembers it with another inode or
//! change time: those cannot be set back.

use crate::scan::Stamp;
use vitrine_protocol::File;

/// How long before a scan a modification must lie to be told from one after it: the coarsest clock of a file system
/// in use (FAT, some network mounts) ticks every two seconds.
pub(super) const RACY_MS: i64 = 2000;

/// Why a file has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Why {
    /// The base has no file of that name.
    New,
    /// Its size or modification time differ from the base's.
    Changed,
    /// They are the same, but its modification time is too recent to be trusted.
    Racy,
    /// They are the same, but its inode or change time are not what this machine remembers.
    Touched,
    /// They are the same; everything is to be read (`--checksum`).
    Asked,
    /// They are the same, but what it is stored in is mostly dead, lost, or in too many pieces: it is stored anew.
    Moved,
}

/// What this machine remembers of a file as it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remembered {
    /// Nothing: size and time decide.
    Nothing,
    /// That it was not there.
    Absent,
    /// Its inode and its change time in nanoseconds.
    As(u64, i64),
}

/// By what files are judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Modifications after this are not trusted, in milliseconds since the epoch.
    pub(super) horizon: i64,
    /// Nothing is believed unread.
    pub(super) checksum: bool,
}

impl Rules {
    /// For a base that was scanned at one moment and a scan that began at another, by a clock that ticks every `racy_ms`.
    pub(super) fn new(base_scanned: i64, scan_started: i64, racy_ms: i64, checksum: bool) -> Self {
        Self { horizon: base_scanned.min(scan_started).saturating_sub(racy_ms), checksum }
    }

    /// Why a file is to be read; `None` when it is kept as `prior` says. `usable` is whether what `prior` refers to may be
    /// referred to again.
    pub(super) fn decide(
        self,
        found: &Stamp,
        prior: Option<&File>,
        usable: bool,
        remembered: Remembered,
    ) -> Option<Why> {
        let Some(prior) = prior else { return Some(Why::New) };
        let mtime = found.mtime_ms();
        if prior.size != found.size || prior.mtime != mtime {
            return Some(Why::Changed);
        }
        if self.checksum {
            return Some(Why::Asked);
        }
        if mtime > self.horizon {
            return Some(Why::Racy);
        }
        match remembered {
            Remembered::Absent => return Some(Why::Touched),
            Remembered::As(inode, ctime) if (inode, ctime) != (found.inode, found.ctime_ns) => {
                return Some(Why::Touched);
            }
            Remembered::Nothing | Remembered::As(..) => {}
        }
        (!usable).then_some(Why::Moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vitrine_protocol::kind::classify;
    use vitrine_protocol::{EntryName, Sha256};

    const SCANNED: i64 = 1_000_000;

    fn file(size: u64, mtime: i64) -> File {
        let (content_type, kind) = classify("f", b"");
        let name = EntryName::new("f").unwrap();
        let hash = Sha256::of(b"f");
        File { name, hash, size, mtime, crc32: 0, content_type, kind, extents: None, chunks: None }
    }

    fn time() -> impl Strategy<Value = i64> {
        prop_oneof![Just(5), Just(6), Just(SCANNED - RACY_MS), Just(SCANNED - 1), Just(SCANNED + 9999)]
    }

    fn remembered() -> impl Strategy<Value = Remembered> {
        prop_oneof![
            Just(Remembered::Nothing),
            Just(Remembered::Absent),
            (0u64..2, 0i64..2).prop_map(|(inode, ctime)| Remembered::As(inode, ctime))
        ]
    }

    proptest! {
        /// The rules as the documentation has them, one by one.
        #[test]
        fn a_file_is_kept_only_when_everything_speaks_for_it(
            (size, mtime) in (0u64..2, time()), prior in prop::option::of((0u64..2, time())),
            checksum: bool, usable: bool, (inode, ctime) in (0u64..2, 0i64..2), remembered in remembered(),
        ) {
            let stamp = Stamp { inode, size, mtime_ns: mtime * 1_000_000 + 7, ctime_ns: ctime };
            let prior = prior.map(|(size, mtime)| file(size, mtime));
            let rules = Rules::new(SCANNED, SCANNED * 2, RACY_MS, checksum);
            let why = rules.decide(&stamp, prior.as_ref(), usable, remembered);
            let same = prior.as_ref().is_some_and(|prior| prior.size == size && prior.mtime == mtime);
            let old = mtime <= SCANNED - RACY_MS;
            let known = matches!(remembered, Remembered::Nothing) || remembered == Remembered::As(inode, ctime);
            prop_assert_eq!(why.is_none(), same && old && known && usable && !checksum);
            prop_assert_eq!(why == Some(Why::New), prior.is_none());
            prop_assert_eq!(why == Some(Why::Changed), prior.is_some() && !same);
        }
    }
}
