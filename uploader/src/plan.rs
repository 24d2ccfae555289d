//! What a publish is going to do, decided by comparing the scan with the base: no file is opened for it.
//!
//! A file whose size and modification time are those of the base is kept as it stands there, extents and all. It is not
//! trusted when it was modified so shortly before the base was scanned that a second change could bear the same time
//! (what git calls racily clean), nor when its time lies in the future.

use crate::base::Base;
use crate::scan::{FoundFile, FoundLink, Scan, Stamp};
use vitrine_protocol::{EntryName, EntryPath, File};

/// How long before a scan a modification must lie to be told from one after it: the coarsest clock of a file system
/// in use (FAT, some network mounts) ticks every two seconds.
pub const RACY_MS: i64 = 2000;

/// Why a file has to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The base has nothing of that name.
    New,
    /// Its size or modification time differ from the base's.
    Changed,
    /// They are the same, but its modification time is too recent to be trusted.
    Racy,
    /// They are the same; everything is to be read (`--checksum`).
    Asked,
}

/// A file that has to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examine {
    /// Its path.
    pub path: EntryPath,
    /// Its directory: an index of [`Plan::dirs`].
    pub dir: usize,
    /// Its name.
    pub name: EntryName,
    /// Its state when it was scanned.
    pub stamp: Stamp,
    /// Why it is read.
    pub why: Why,
    /// What the base has at its path.
    pub prior: Option<File>,
}

/// A directory of the coming snapshot, without the files that are still to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedDir {
    /// Where it is.
    pub path: EntryPath,
    /// Its modification time in milliseconds since the epoch.
    pub mtime: i64,
    /// Files that are kept as the base has them.
    pub kept: Vec<File>,
    /// Symbolic links.
    pub links: Vec<FoundLink>,
}

/// What a publish is going to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Directories in the order of their paths, the root first.
    pub dirs: Vec<PlannedDir>,
    /// Files to be read, in the same order.
    pub examine: Vec<Examine>,
    /// How many files the base has that are no longer there.
    pub removed: u64,
}

impl Plan {
    /// Compares. With `checksum`, nothing is believed unread.
    pub fn new(scan: Scan, base: &Base, checksum: bool) -> Self {
        let horizon = base.scanned_at().min(scan.started_at).saturating_sub(RACY_MS);
        let mut plan = Self::default();
        let mut met = 0;
        for (dir, found) in scan.dirs.into_iter().enumerate() {
            let mut kept = Vec::new();
            for file in found.files {
                let prior = base.file(&found.path, &file.name);
                met += u64::from(prior.is_some());
                match decide(&file, prior, horizon, checksum) {
                    Decision::Keep(file) => kept.push(file.clone()),
                    // The scan made sure that the path can be joined.
                    Decision::Examine(why) => plan.examine.push(Examine {
                        path: found.path.join(&file.name).unwrap_or_default(),
                        dir,
                        name: file.name,
                        stamp: file.stamp,
                        why,
                        prior: prior.cloned(),
                    }),
                }
            }
            plan.dirs.push(PlannedDir { path: found.path, mtime: found.mtime, kept, links: found.links });
        }
        plan.removed = base.file_count().saturating_sub(met);
        plan
    }

    /// How many files have to be read, and their bytes when they were scanned.
    pub fn to_read(&self) -> (u64, u64) {
        (self.examine.len() as u64, self.examine.iter().map(|item| item.stamp.size).sum())
    }
}

enum Decision<'a> {
    Keep(&'a File),
    Examine(Why),
}

fn decide<'a>(found: &FoundFile, prior: Option<&'a File>, horizon: i64, checksum: bool) -> Decision<'a> {
    let Some(prior) = prior else { return Decision::Examine(Why::New) };
    let mtime = found.stamp.mtime_ms();
    if prior.size != found.stamp.size || prior.mtime != mtime {
        Decision::Examine(Why::Changed)
    } else if checksum {
        Decision::Examine(Why::Asked)
    } else if mtime > horizon {
        Decision::Examine(Why::Racy)
    } else {
        Decision::Keep(prior)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::omission::Omissions;
    use crate::scan::FoundDir;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, HashMap};
    use vitrine_protocol::Sha256;
    use vitrine_protocol::kind::classify;

    const BASE_SCANNED: i64 = 1_000_000;

    fn file(name: &str, size: u64, mtime: i64) -> File {
        let (content_type, kind) = classify(name, b"");
        File {
            name: EntryName::new(name).unwrap(),
            hash: Sha256::of(name.as_bytes()),
            size,
            mtime,
            crc32: 0,
            content_type,
            kind,
            extents: None,
            chunks: None,
        }
    }

    fn stamp(size: u64, mtime: i64) -> Stamp {
        Stamp { inode: 1, size, mtime_ns: i128::from(mtime) * 1_000_000, ctime_ns: 0 }
    }

    type Tree = BTreeMap<(String, String), (u64, i64)>;

    /// Few names, sizes and times, so that much is the same and much is nearly the same.
    fn tree() -> impl Strategy<Value = Tree> {
        let time = prop_oneof![Just(5), Just(6), Just(BASE_SCANNED - 1), Just(BASE_SCANNED + 9999)];
        let path = ("(d[0-2](/e)?)?", "[a-d]");
        prop::collection::btree_map(path, (0u64..3, time), 0..20)
    }

    fn by_dir<T>(tree: &Tree, make: impl Fn(&str, u64, i64) -> T) -> BTreeMap<EntryPath, Vec<T>> {
        let mut dirs: BTreeMap<EntryPath, Vec<T>> = BTreeMap::new();
        dirs.entry(EntryPath::root()).or_default();
        for ((dir, name), (size, mtime)) in tree {
            dirs.entry(EntryPath::parse(dir).unwrap()).or_default().push(make(name, *size, *mtime));
        }
        dirs
    }

    fn plan(base: &Tree, disk: &Tree, checksum: bool) -> Plan {
        let files: HashMap<_, _> = by_dir(base, file).into_iter().collect();
        let found = by_dir(disk, |name, size, mtime| FoundFile {
            name: EntryName::new(name).unwrap(),
            stamp: stamp(size, mtime),
        });
        let dirs = found.into_iter();
        let dirs = dirs.map(|(path, files)| FoundDir { path, mtime: 0, files, links: Vec::new() }).collect();
        let scan = Scan { started_at: BASE_SCANNED * 2, dirs, omissions: Omissions::default() };
        Plan::new(scan, &Base::of_files(BASE_SCANNED, files), checksum)
    }

    proptest! {
        #[test]
        fn every_file_is_kept_or_read_and_for_the_right_reason(base in tree(), disk in tree(), checksum: bool) {
            let plan = plan(&base, &disk, checksum);
            let mut seen = Tree::new();
            for dir in &plan.dirs {
                for file in &dir.kept {
                    let key = (dir.path.to_string(), file.name.to_string());
                    prop_assert_eq!(base.get(&key), Some(&(file.size, file.mtime)));
                    prop_assert!(!checksum && file.mtime <= BASE_SCANNED - RACY_MS);
                    seen.insert(key, (file.size, file.mtime));
                }
            }
            for item in &plan.examine {
                let key = (plan.dirs[item.dir].path.to_string(), item.name.to_string());
                let now = (item.stamp.size, item.stamp.mtime_ms());
                let why = match base.get(&key) {
                    None => Why::New,
                    Some(then) if *then != now => Why::Changed,
                    Some(_) if checksum => Why::Asked,
                    Some(_) => Why::Racy,
                };
                prop_assert_eq!(item.why, why);
                prop_assert_eq!(item.prior.is_some(), base.contains_key(&key));
                if why == Why::Racy {
                    prop_assert!(now.1 > BASE_SCANNED - RACY_MS);
                }
                prop_assert_eq!(item.path.parent(), Some(plan.dirs[item.dir].path.clone()));
                seen.insert(key, now);
            }
            prop_assert_eq!(&seen, &disk);
            let gone = base.keys().filter(|key| !disk.contains_key(*key)).count() as u64;
            prop_assert_eq!(plan.removed, gone);
        }

        #[test]
        fn the_same_old_tree_reads_nothing(mut tree in tree()) {
            tree.retain(|_, (_, mtime)| *mtime < 10);
            let plan = plan(&tree, &tree, false);
            prop_assert_eq!(plan.to_read(), (0, 0));
            prop_assert_eq!(plan.removed, 0);
        }
    }
}
