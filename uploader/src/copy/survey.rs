//! A look at everything before anything is written: what is in the way, and for a dry run what would be written.
//!
//! Folders that are not there yet need no look, unless someone wants to know.

use super::CopyError;
use super::dest::Dest;
use super::judge::{self, Obstacle, Verdict};
use super::links;
use super::select::{Selection, Wish};
use crate::reading::tree_walk::TreeWalk;
use crate::reading::{Snapshot, Source};
use rustix::io::Errno;
use std::sync::Arc;
use vitrine_protocol::{Entries, EntryName, EntryPath, Listing};

/// So many names are kept; the rest is counted.
const NAMED_MAX: usize = 1000;

/// Something that has the name of an entry of the share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    /// The entry's path.
    pub path: String,
    /// What is there.
    pub what: Obstacle,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) in_the_way: Vec<InTheWay>,
    pub(super) in_the_way_count: u64,
    pub(super) would_write: Vec<(String, u64)>,
    pub(super) kept: u64,
}

/// What to look at, and how.
#[derive(Clone)]
pub(super) struct Look {
    pub(super) dest: Option<Arc<Dest>>,
    pub(super) selection: Arc<Selection>,
    pub(super) force: bool,
    pub(super) list: bool,
}

/// Looks at all that is wanted.
pub(super) async fn survey<S: Source>(
    snapshot: &Snapshot<S>,
    look: Look,
    mut walk: TreeWalk,
) -> Result<Survey, CopyError> {
    let mut all = Survey::default();
    let mut todo = vec![(EntryPath::root(), snapshot.manifest().root.clone(), look.dest.is_some())];
    while let Some((path, listing, is_there)) = todo.pop() {
        let entries = match walk.dir(snapshot, &path, &listing).await {
            Ok(entries) => entries,
            // The copy meets it again and says so.
            Err(error) if error.is_damage() => continue,
            Err(error) => return Err(error.into()),
        };
        let look = look.clone();
        let seen = tokio::task::spawn_blocking(move || look.dir(&path, entries, is_there, all)).await;
        let (seen, below) = seen.map_err(|_| CopyError::Thread)?;
        all = seen;
        todo.extend(below);
    }
    Ok(all)
}

type Below = Vec<(EntryPath, Listing, bool)>;

impl Look {
    fn dir(&self, path: &EntryPath, entries: Entries, is_there: bool, mut all: Survey) -> (Survey, Below) {
        let folder = self.dest.as_ref().filter(|_| is_there).and_then(|dest| dest.folder(path).ok());
        let wanted = |name: &EntryName| {
            let path = path.join(name).ok().filter(|_| !name.is_hidden())?;
            (self.selection.wish(&path) != Wish::None).then_some(path)
        };
        // What cannot be looked at cannot be written either, and the copy says so.
        let judged = |verdict: Result<Verdict, Errno>| verdict.unwrap_or(Verdict::Absent);
        for file in &entries.files {
            let Some(path) = wanted(&file.name) else { continue };
            let verdict = folder.as_ref().map_or(Verdict::Absent, |at| judged(judge::file(at, file)));
            if self.note(&mut all, &path, verdict) && self.list {
                all.would_write.push((path.to_string(), file.size));
            }
        }
        for link in &entries.links {
            let (Some(at), Some(target)) = (wanted(&link.name), links::target(path, &link.target)) else {
                continue;
            };
            let verdict =
                folder.as_ref().map_or(Verdict::Absent, |at| judged(judge::link(at, link, &target)));
            if self.note(&mut all, &at, verdict) && self.list {
                all.would_write.push((at.to_string(), 0));
            }
        }
        let mut below = Below::new();
        for dir in entries.dirs.into_iter().rev() {
            let Some(path) = wanted(&dir.name) else { continue };
            let verdict = folder.as_ref().map_or(Verdict::Absent, |at| judged(judge::dir(at, &dir.name)));
            let is_there = verdict == Verdict::Same;
            if !is_there {
                self.note(&mut all, &path, verdict);
            }
            if is_there || self.list {
                below.push((path, dir.listing, is_there));
            }
        }
        (all, below)
    }

    /// Whether it is to be written.
    fn note(&self, all: &mut Survey, path: &EntryPath, verdict: Verdict) -> bool {
        let what = match verdict {
            Verdict::Absent => return true,
            Verdict::Same | Verdict::Content => {
                all.kept += 1;
                return false;
            }
            Verdict::Differs(_) if self.force => return true,
            Verdict::Differs(what) => what,
            Verdict::Blocks => Obstacle::Folder,
        };
        all.in_the_way_count += 1;
        if all.in_the_way.len() < NAMED_MAX {
            all.in_the_way.push(InTheWay { path: path.to_string(), what });
        }
        false
    }
}
