//! One folder of the share on the disk: makes the folders and links in it, and says which files are still to be written.

use super::CopyError;
use super::dest::{Folder, temporary};
use super::engine::Disk;
use super::failure::{Reason, is_final};
use super::judge::{self, Verdict};
use super::links;
use super::place::{Place, Wanted};
use super::select::{Selection, Wish};
use rustix::io::Errno;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vitrine_protocol::{Dir, Entries, EntryName, EntryPath, File, Link, Listing, Sha256};

/// A folder whose turn has not come.
pub(super) struct Todo {
    pub(super) path: EntryPath,
    pub(super) listing: Listing,
    /// The time to give it when all that is in it is done.
    pub(super) mtime: Option<i64>,
    /// Whether this copy made it, so that nothing can be in it.
    pub(super) fresh: bool,
}

/// A folder that is ready for its files.
#[derive(Default)]
pub(super) struct Prepared {
    pub(super) below: Vec<Todo>,
    /// Files to fetch.
    pub(super) wanted: Vec<Wanted>,
    /// Files that are there already.
    pub(super) present: Vec<File>,
}

/// Prepares one folder.
pub(super) fn prepare(
    disk: &Disk,
    selection: &Selection,
    todo: &Todo,
    entries: Entries,
) -> Result<Prepared, CopyError> {
    let folder = match disk.dest.folder(&todo.path) {
        Ok(folder) => folder,
        Err(errno) => {
            disk.failures.add(todo.path.to_string(), Reason::System(errno));
            return Ok(Prepared::default());
        }
    };
    let place = Arc::new(Place { dest: Arc::clone(&disk.dest), path: todo.path.clone(), mtime: todo.mtime });
    let at = At { disk, selection, todo, folder: &folder, place: &place };
    let mut prepared = Prepared::default();
    for dir in entries.dirs {
        prepared.below.extend(at.dir(dir)?);
    }
    for link in &entries.links {
        at.link(link)?;
    }
    for file in entries.files {
        match at.file(&file)? {
            Some(true) => prepared.present.push(file),
            Some(false) => {
                let replace = disk.force && !todo.fresh;
                prepared.wanted.push(Wanted { place: Arc::clone(&place), file, replace });
            }
            None => {}
        }
    }
    Ok(prepared)
}

struct At<'a> {
    disk: &'a Disk,
    selection: &'a Selection,
    todo: &'a Todo,
    folder: &'a Folder,
    place: &'a Arc<Place>,
}

impl At<'_> {
    /// The path of an entry that is wanted and may be written, and how much of it is wanted.
    fn wanted(&self, name: &EntryName) -> Option<(EntryPath, Wish)> {
        let Ok(path) = self.place.path.join(name) else {
            self.disk.failures.add(format!("{}/{name}", self.place.path), Reason::TooLong);
            return None;
        };
        let wish = self.selection.wish(&path);
        if wish == Wish::None {
            return None;
        }
        if name.is_hidden() {
            self.disk.failures.add(path.to_string(), Reason::Hidden);
            return None;
        }
        Some((path, wish))
    }

    fn failed(&self, path: &EntryPath, errno: Errno) -> Result<(), CopyError> {
        if is_final(errno) {
            return Err(CopyError::Write { path: path.to_string(), source: errno.into() });
        }
        let reason = if errno == Errno::EXIST { Reason::InTheWay } else { Reason::System(errno) };
        self.disk.failures.add(path.to_string(), reason);
        Ok(())
    }

    fn dir(&self, dir: Dir) -> Result<Option<Todo>, CopyError> {
        let Some((path, wish)) = self.wanted(&dir.name) else { return Ok(None) };
        match self.folder.make_dir(&dir.name, self.disk.force) {
            Ok(fresh) => {
                self.disk.tally.dirs.fetch_add(u64::from(fresh), Ordering::Relaxed);
                let mtime = (wish == Wish::Whole).then_some(dir.mtime);
                Ok(Some(Todo { path, listing: dir.listing, mtime, fresh }))
            }
            Err(errno) => self.failed(&path, errno).map(|()| None),
        }
    }

    fn link(&self, link: &Link) -> Result<(), CopyError> {
        let Some((path, _)) = self.wanted(&link.name) else { return Ok(()) };
        let Some(target) = links::target(&self.place.path, &link.target) else {
            self.disk.failures.add(path.to_string(), Reason::Outside);
            return Ok(());
        };
        let made = self.make_link(link, &target);
        match made {
            Ok(made) => self.disk.tally.links.fetch_add(u64::from(made), Ordering::Relaxed),
            Err(errno) => return self.failed(&path, errno),
        };
        Ok(())
    }

    fn make_link(&self, link: &Link, target: &str) -> Result<bool, Errno> {
        let verdict = if self.todo.fresh { Verdict::Absent } else { judge::link(self.folder, link, target)? };
        match verdict {
            Verdict::Same | Verdict::Content => return Ok(false),
            Verdict::Absent => {}
            Verdict::Differs(_) if self.disk.force => {}
            Verdict::Differs(_) | Verdict::Blocks => return Err(Errno::EXIST),
        }
        let temporary = temporary(&link.name, &Sha256::of(target.as_bytes()));
        self.folder.make_link(target, &temporary)?;
        let replace = self.disk.force && !self.todo.fresh;
        let named = self.folder.publish(&temporary, &link.name, replace);
        if named.is_err() {
            self.folder.remove(&temporary)?;
        }
        named.map(|()| true)
    }

    /// Whether the file is there already; `None` when it is not wanted or cannot be written.
    fn file(&self, file: &File) -> Result<Option<bool>, CopyError> {
        let Some((path, _)) = self.wanted(&file.name) else { return Ok(None) };
        if self.todo.fresh {
            return Ok(Some(false));
        }
        let verdict = judge::file(self.folder, file).and_then(|verdict| match verdict {
            Verdict::Absent => Ok(false),
            Verdict::Same => Ok(true),
            Verdict::Content => {
                let (open, _) = self.folder.read(&file.name)?;
                super::dest::set_mtime(open, file.mtime).map(|()| true)
            }
            Verdict::Differs(_) if self.disk.force => Ok(false),
            Verdict::Differs(_) | Verdict::Blocks => Err(Errno::EXIST),
        });
        match verdict {
            Ok(true) => {
                self.disk.tally.kept.fetch_add(1, Ordering::Relaxed);
                self.disk.counts.file();
                self.disk.counts.bytes(file.size);
                Ok(Some(true))
            }
            Ok(false) => Ok(Some(false)),
            Err(errno) => self.failed(&path, errno).map(|()| None),
        }
    }
}
