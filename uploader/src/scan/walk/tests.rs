//! Trees on a real file system, walked by one thread and by many.

use super::super::listed::Found;
use super::*;
use crate::omission::{Omissions, Reason};
use crate::progress::Silent;
use rustix::fs::FileType;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

fn tree() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let at = |path: &str| temp.path().join(path);
    for dir in ["b", "b/deep/er", "empty", ".git/objects"] {
        std::fs::create_dir_all(at(dir)).unwrap();
    }
    std::fs::write(at("b/.vitrineignore"), "drafts/\n").unwrap();
    std::fs::create_dir(at("b/drafts")).unwrap();
    for file in ["a.tmp", "b/drafts/x", "z.txt", "a.txt", "b/1", "b/deep/er/2", ".env", ".git/objects/x"] {
        std::fs::write(at(file), file).unwrap();
    }
    symlink("deep/er/2", at("b/inside")).unwrap();
    symlink("../../etc/passwd", at("b/outside")).unwrap();
    symlink("/etc/passwd", at("absolute")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), FileType::Fifo, mode, 0).unwrap();
    std::fs::write(temp.path().join(OsStr::from_bytes(b"bad\xff")), "x").unwrap();
    temp
}

/// Takes everything in the order of the paths: what each directory holds, and what was left out.
async fn all(root: &Arc<Root>, threads: usize) -> (Vec<String>, Omissions) {
    let progress: Arc<dyn Progress> = Arc::new(Silent);
    let walk = Walk::start(root, threads, &Filter::new(&["*.tmp".to_owned()]).unwrap(), &progress).unwrap();
    let (mut lines, mut omissions, mut todo) = (Vec::new(), Omissions::default(), vec![EntryPath::root()]);
    while let Some(path) = todo.pop() {
        let listed = walk.take(&path).await.unwrap();
        let shown = listed.iter().map(|(name, found)| match found {
            Found::File(stamp) => format!("{name}:{}", stamp.size),
            Found::Link(target) => format!("{name}->{target}"),
            Found::Dir => format!("{name}/"),
        });
        lines.push(format!("/{path} {}", shown.collect::<Vec<_>>().join(" ")));
        omissions.append(listed.omissions.clone());
        let dirs: Vec<_> = listed.iter().filter(|(_, found)| *found == Found::Dir).collect();
        todo.extend(dirs.iter().rev().map(|(name, _)| path.join(&EntryName::new(name).unwrap()).unwrap()));
    }
    (lines, omissions)
}

#[tokio::test]
async fn everything_is_found_or_named() {
    let temp = tree();
    let root = Arc::new(Root::open(temp.path()).unwrap());
    let (lines, omissions) = all(&root, 4).await;
    assert_eq!(
        lines,
        [
            "/ a.txt:5 b/ empty/ z.txt:5",
            "/b 1:3 deep/ inside->deep/er/2",
            "/b/deep er/",
            "/b/deep/er 2:11",
            "/empty "
        ]
    );
    let named: Vec<_> = omissions.named().into_iter().map(|o| (o.path, o.reason)).collect();
    assert_eq!(
        named,
        [
            (".env".to_owned(), Reason::Hidden),
            (".git".to_owned(), Reason::Hidden),
            ("a.tmp".to_owned(), Reason::Excluded),
            ("absolute".to_owned(), Reason::LinkOutside),
            ("b/.vitrineignore".to_owned(), Reason::Hidden),
            ("b/drafts".to_owned(), Reason::Excluded),
            ("b/outside".to_owned(), Reason::LinkOutside),
            ("bad\u{fffd}".to_owned(), Reason::NotUtf8),
            ("pipe".to_owned(), Reason::Special),
        ]
    );
}

#[tokio::test]
async fn one_thread_and_many_see_the_same_and_nobody_waits_for_ever() {
    let temp = tempfile::tempdir().unwrap();
    for outer in 0..40 {
        for inner in 0..10 {
            let dir = temp.path().join(format!("{outer}/{inner}"));
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("file"), "x").unwrap();
        }
    }
    let root = Arc::new(Root::open(temp.path()).unwrap());
    let one = all(&root, 1).await.0;
    assert_eq!(one.len(), 1 + 40 + 400);
    for threads in [2, 8] {
        assert_eq!(all(&root, threads).await.0, one);
    }
}

#[test]
fn reading_ahead_is_bounded_but_for_what_is_waited_for() {
    let mut listed = Listed::default();
    listed.add("a", Found::Dir);
    listed.add("b", Found::Dir);
    let walk = Walk::of_root(Arc::new(listed));
    let next = |state: &mut State| state.start().map(|(path, _)| path);
    let mut state = walk.shared.lock();
    state.ahead = AHEAD_MAX;
    assert_eq!(next(&mut state), None);
    let wanted = EntryPath::parse("a").unwrap();
    state.wanted = Some(wanted.clone());
    assert_eq!(next(&mut state), Some(wanted));
    assert_eq!(next(&mut state), None);
    state.ahead = 0;
    assert_eq!(next(&mut state), Some(EntryPath::parse("b").unwrap()));
}
