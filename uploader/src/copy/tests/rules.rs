//! What is in the way, what is replaced, and what is taken from this machine.

use super::*;

fn small() -> Draft {
    Draft {
        files: vec![
            file("a/one.txt", "one", Layout::Pack),
            file("a/two.txt", "two", Layout::Pack),
            file("b.txt", "bee", Layout::Whole),
        ],
        links: vec![("link".to_owned(), "b.txt".to_owned())],
        dirs: ["dir".to_owned()].into(),
        pack: 1 << 20,
    }
}

fn in_the_way(outcome: Result<Copied, CopyError>) -> Vec<(String, Obstacle)> {
    match outcome {
        Err(CopyError::InTheWay { named, .. }) => {
            named.into_iter().map(|thing| (thing.path, thing.what)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_way_is_named_before_anything_is_written() {
    let mut bench = Bench::new(&small());
    fs::create_dir_all(bench.at("a")).unwrap();
    fs::write(bench.at("a/two.txt"), "TWO").unwrap();
    fs::create_dir(bench.at("b.txt")).unwrap();
    fs::write(bench.at("link"), "x").unwrap();
    fs::write(bench.at("dir"), "x").unwrap();
    let before = bench.seen();
    let mut found = in_the_way(bench.copy().await);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        ("a/two.txt", Obstacle::File),
        ("b.txt", Obstacle::Folder),
        ("dir", Obstacle::File),
        ("link", Obstacle::File),
    ];
    assert_eq!(found, expected.map(|(path, what)| (path.to_owned(), what)));
    assert_eq!(bench.seen(), before);

    bench.options.force = true;
    assert_eq!(in_the_way(bench.copy().await), [("b.txt".to_owned(), Obstacle::Folder)], "never a folder");
    assert_eq!(bench.seen(), before);
    fs::remove_dir(bench.at("b.txt")).unwrap();
    bench.copy().await.unwrap();
    assert_eq!(bench.seen(), wanted(&small()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_with_another_time_is_kept_and_dated() {
    let bench = Bench::new(&small());
    fs::create_dir_all(bench.at("a")).unwrap();
    fs::write(bench.at("a/two.txt"), "two").unwrap();
    let copied = bench.copy().await.unwrap();
    assert_eq!((copied.kept, copied.written), (1, 2));
    assert_eq!(bench.seen(), wanted(&small()));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_files_in_the_folder_stay() {
    let bench = Bench::new(&small());
    fs::create_dir_all(bench.at("a")).unwrap();
    fs::write(bench.at("a/mine.txt"), "mine").unwrap();
    bench.copy().await.unwrap();
    assert_eq!(fs::read(bench.at("a/mine.txt")).unwrap(), b"mine");
    assert_eq!(fs::read(bench.at("a/two.txt")).unwrap(), b"two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_lists_and_writes_nothing() {
    let mut bench = Bench::new(&small());
    bench.options.dry_run = true;
    let mut planned = bench.copy().await.unwrap();
    planned.would_write.sort();
    let expected = [("a/one.txt", 3), ("a/two.txt", 3), ("b.txt", 3), ("link", 0)];
    assert_eq!(planned.would_write, expected.map(|(path, size)| (path.to_owned(), size)));
    assert!(!bench.dest().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_copied_to_their_places() {
    let mut bench = Bench::new(&small());
    bench.paths = vec!["a/two.txt", "link"];
    bench.copy().await.unwrap();
    let seen: Vec<_> = bench.seen().into_keys().collect();
    assert_eq!(seen, ["a", "a/two.txt", "link"]);
    bench.paths = vec!["a/three.txt"];
    assert!(matches!(bench.copy().await, Err(CopyError::NotFound { path }) if path == "a/three.txt"));
    bench.paths = vec![];
    bench.copy().await.unwrap();
    assert_eq!(bench.seen(), wanted(&small()));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_do_not_share_a_folder() {
    let bench = Bench::new(&small());
    fs::create_dir_all(bench.dest()).unwrap();
    let other = Dest::open(&bench.dest()).unwrap();
    assert!(other.lock());
    assert!(matches!(bench.copy().await, Err(CopyError::Busy { .. })));
    drop(other);
    bench.copy().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_saves_what_it_has_and_is_never_believed() {
    let draft = sample();
    let old = Bench::new(&draft);
    old.copy().await.unwrap();
    // Same size and time, other bytes.
    let tampered = old.at("a/own.bin");
    fs::write(&tampered, noise(9, 50_000)).unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(MTIME).unwrap());
    fs::File::options().write(true).open(&tampered).unwrap().set_modified(time).unwrap();
    std::os::unix::fs::symlink(old.at("README.md"), old.at("delta")).unwrap();

    let mut bench = Bench::new(&draft);
    bench.options.seed = Some(old.dest());
    let copied = bench.copy().await.unwrap();
    assert_eq!((copied.adopted, copied.written, copied.failed), (8, 1, 0));
    let content = fs::read(bench.at("a/own.bin")).unwrap();
    assert!(content == noise(2, 50_000));
    assert!(bench.blob_gets().len() <= 2, "the tampered file, and at most a blob of listings");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_is_a_copy_where_the_file_system_has_none() {
    // Whatever the file system of the temporary folder can do, the outcome is the same.
    let draft = Draft {
        files: vec![
            file("x.bin", noise(4, 9 << 20), Layout::Whole),
            file("y.bin", noise(4, 9 << 20), Layout::Whole),
        ],
        ..Draft::default()
    };
    let bench = Bench::new(&draft);
    let copied = bench.copy().await.unwrap();
    assert_eq!((copied.written, copied.adopted), (1, 1));
    assert!(bench.seen() == wanted(&draft));
}
