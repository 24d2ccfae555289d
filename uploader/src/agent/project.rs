//! The projects of this host: folders `project-<id>` in one root, opened without following a link, and nothing outside them.

use super::book::Outcome;
use super::trouble::failed;
use crate::btrfs;
use crate::scan::Root;
use rustix::fd::{AsFd as _, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;
use std::path::{Path, PathBuf};
use vitrine_protocol::limits::JSON_INTEGER_MAX;
use vitrine_protocol::{EntryName, EntryPath, ProjectId};

/// What the names of projects' folders begin with.
const PREFIX: &str = "project-";

/// So many projects are listed in a report.
const LISTED_MAX: usize = 1000;

const DIR: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// The folder that holds them.
#[derive(Debug, Clone)]
pub struct Projects {
    root: PathBuf,
}

/// One of them, open.
#[derive(Debug)]
pub struct Project {
    /// What is below it is opened by way of this.
    pub root: Root,
    /// Where it is.
    pub path: PathBuf,
}

impl Projects {
    /// The projects in `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The first of them, sorted.
    pub fn list(&self) -> Vec<ProjectId> {
        let Ok(entries) = std::fs::read_dir(&self.root) else { return Vec::new() };
        let mut found: Vec<ProjectId> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter_map(|entry| entry.file_name().to_str()?.strip_prefix(PREFIX)?.parse().ok())
            .collect();
        found.sort_unstable();
        found.truncate(LISTED_MAX);
        found
    }

    /// Free space where they are, in bytes, for whoever is not the superuser.
    pub fn free(&self) -> u64 {
        free(&self.root)
    }

    /// Removes the snapshots that an earlier agent left behind.
    pub fn sweep(&self) {
        for project in self.list() {
            let path = self.root.join(format!("{PREFIX}{project}"));
            if let Err(error) = btrfs::sweep_left(&path) {
                tracing::warn!("old snapshots stay: {}", super::trouble::words(&error));
            }
        }
    }

    /// Opens a project.
    pub fn open(&self, project: &ProjectId) -> Result<Project, Outcome> {
        let name = format!("{PREFIX}{project}");
        let path = self.root.join(&name);
        let open = || {
            let root = Root::open(&self.root)?;
            root.open_dir(&EntryPath::parse(&name).unwrap_or_default())
        };
        match open() {
            Ok(dir) => Ok(Project { root: Root::of(dir), path }),
            Err(Errno::NOENT) => {
                let message =
                    format!("The project {project} is not on this host: there is no folder `{name}`");
                Err(failed(
                    "path_missing",
                    message,
                    "Was it moved to another host? Then assign it to that.",
                    false,
                ))
            }
            Err(errno) => {
                let message = format!("Could not open `{name}`: {}", said(errno));
                Err(failed("forbidden", message, "Tell the host's operator.", false))
            }
        }
    }
}

/// How many more files can be made at a path; `None` where the file system has no such limit, as btrfs has none.
pub(super) fn free_files(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    (stat.f_files > 0).then_some(stat.f_favail)
}

/// Free space at a path, in bytes.
pub(super) fn free(path: &Path) -> u64 {
    rustix::fs::statvfs(path)
        .map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize).min(JSON_INTEGER_MAX))
}

fn said(errno: Errno) -> String {
    let text = std::io::Error::from(errno).to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// The path of a share or a copy below a project. Names that begin with a dot are never published, and steer programs where
/// they are written.
pub(super) fn path(text: &str) -> Result<EntryPath, Outcome> {
    let bad = |why: String| failed("invalid_request", format!("`{text}` cannot be used: {why}"), "", false);
    let path = EntryPath::parse(text).map_err(|error| bad(error.to_string()))?;
    if path.names().iter().any(EntryName::is_hidden) {
        return Err(bad("a name in it begins with a dot".to_owned()));
    }
    Ok(path)
}

impl Project {
    /// Opens the folder `path` below, and makes what is missing of it. Folders that are made belong to whom the project does.
    pub fn make_dir(&self, path: &EntryPath) -> Result<OwnedFd, Outcome> {
        let mut dir = self.root.open_dir(&EntryPath::root()).map_err(|errno| refused(path, errno))?;
        for name in path.names() {
            dir = step(&dir, name).map_err(|errno| refused(path, errno))?;
        }
        Ok(dir)
    }

    /// Makes a new folder in the project, called `title` or, where that is taken, `title (2)` and so on. `chosen` hears of each
    /// name before it is made.
    pub fn make_new(
        &self,
        title: &str,
        mut chosen: impl FnMut(&EntryPath) -> Result<(), Outcome>,
    ) -> Result<(EntryPath, OwnedFd), Outcome> {
        let top = self.root.open_dir(&EntryPath::root()).map_err(|e| refused(&EntryPath::root(), e))?;
        let base = folder_name(title);
        // Far above what anyone has, and a bound on what a loop may do.
        for number in 1..=10_000_u32 {
            let name = if number == 1 { base.clone() } else { format!("{base} ({number})") };
            let path = self::path(&name)?;
            let there = rustix::fs::statat(&top, &name, AtFlags::SYMLINK_NOFOLLOW);
            if there.err() != Some(Errno::NOENT) {
                continue;
            }
            chosen(&path)?;
            match make(&top, &name) {
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(refused(&path, errno)),
                Ok(dir) => return Ok((path, dir)),
            }
        }
        Err(failed("conflict", format!("There are too many folders called `{base}`"), "Name another.", false))
    }

    /// Removes a folder that was made and stayed empty.
    pub fn remove_empty(&self, path: &EntryPath) {
        let parent = path.parent().unwrap_or_default();
        if let (Ok(dir), Some(name)) = (self.root.open_dir(&parent), path.name()) {
            // It is not empty, then: what is in it stays.
            let _ = rustix::fs::unlinkat(&dir, name.as_str(), AtFlags::REMOVEDIR);
        }
    }
}

/// Why a folder is not there.
fn refused(path: &EntryPath, errno: Errno) -> Outcome {
    let (code, why, hint) = match errno {
        Errno::LOOP | Errno::NOTDIR | Errno::XDEV => {
            ("conflict", "a file or a symbolic link is in the way".to_owned(), "Copy into another folder.")
        }
        Errno::NOSPC | Errno::DQUOT => ("quota", said(errno), super::trouble::QUOTA),
        errno => ("forbidden", said(errno), "Tell the host's operator."),
    };
    failed(code, format!("Could not make or open the folder `{path}`: {why}"), hint, false)
}

/// One name further down.
fn step(dir: &OwnedFd, name: &EntryName) -> Result<OwnedFd, Errno> {
    match make(dir, name.as_str()) {
        Err(Errno::EXIST) => openat(dir, name.as_str(), DIR, Mode::empty()),
        made => made,
    }
}

fn make(dir: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    mkdirat(dir, name, Mode::from_raw_mode(0o777))?;
    let made = openat(dir, name, DIR, Mode::empty())?;
    crate::copy::give_to_owner_of(dir.as_fd(), made.as_fd())?;
    Ok(made)
}

/// The longest name of a new folder in bytes: with ` (10000)` behind it, well below what the system takes.
const NAME_MAX: usize = 200;

/// A title as the name of a folder: one line, without what steers terminals and shells' completion.
fn folder_name(title: &str) -> String {
    let turned = |c: char| match c {
        '/' | '\\' => '-',
        c if c.is_control() || c.is_whitespace() => ' ',
        c => c,
    };
    // Marks that turn the direction of a text, or are not seen, make one name look like another.
    let unseen = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let text: String = title.chars().map(turned).filter(unseen).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut name = String::new();
    for c in text.trim_start_matches(['.', ' ']).chars() {
        if name.len() + c.len_utf8() > NAME_MAX {
            break;
        }
        name.push(c);
    }
    let name = name.trim_end();
    if name.is_empty() { "Copy".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_make_names() {
        for (title, name) in [
            ("My thesis", "My thesis"),
            ("  A/B\n\\ C ", "A-B - C"),
            ("../../etc", "-..-etc"),
            (".ssh", "ssh"),
            ("...", "Copy"),
            ("", "Copy"),
            ("x\u{202e}fdp", "xfdp"),
            ("Ünï 🌊", "Ünï 🌊"),
        ] {
            assert_eq!(folder_name(title), name, "{title:?}");
        }
    }

    proptest! {
        #[test]
        fn every_title_makes_a_name_that_can_be_one(title: String) {
            let name = folder_name(&title);
            prop_assert!(path(&name).is_ok_and(|path| path.names().len() == 1), "{name:?}");
            prop_assert!(name.len() <= NAME_MAX);
            prop_assert_eq!(folder_name(&name), name.clone());
        }
    }

    #[test]
    fn new_folders_stand_beside_what_is_there_and_links_are_not_followed() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(temp.path().join("project-a/T")).unwrap();
        std::fs::create_dir(temp.path().join("outside")).unwrap();
        std::os::unix::fs::symlink("../outside", temp.path().join("project-a/out")).unwrap();
        std::os::unix::fs::symlink("outside", temp.path().join("project-link")).unwrap();
        let projects = Projects::new(temp.path());
        let named = |text: &str| text.parse::<ProjectId>().unwrap();
        assert_eq!(projects.list(), [named("a")]);
        let project = projects.open(&named("a")).unwrap();
        let mut heard = Vec::new();
        let (made, _) = project
            .make_new("T", |path| {
                heard.push(path.to_string());
                Ok(())
            })
            .unwrap();
        assert_eq!((made.to_string(), heard), ("T (2)".to_owned(), vec!["T (2)".to_owned()]));
        project.remove_empty(&made);
        assert!(!temp.path().join("project-a/T (2)").exists());
        assert!(project.make_dir(&path("x/y").unwrap()).is_ok());
        assert!(temp.path().join("project-a/x/y").is_dir());
        let code = |outcome: Result<OwnedFd, Outcome>| match outcome {
            Err(Outcome::Failed { error, .. }) => error.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(project.make_dir(&path("out/x").unwrap())), "conflict");
        assert!(projects.open(&named("link")).is_err() && projects.open(&named("none")).is_err());
        assert!(path("a/.git").is_err() && path("../a").is_err() && path("").is_ok());
    }
}
