//! Stamps: against a model, in a crash at any moment, with two writers, with a million files.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

type Files = BTreeMap<String, (u64, i64)>;
type Model = BTreeMap<String, Files>;

fn write(writer: &mut StampWriter, dir: &str, files: &Files) {
    let records: Vec<_> =
        files.iter().map(|(name, (inode, ctime))| (name.as_str(), *inode, *ctime)).collect();
    writer.dir(&entry(dir), &records).unwrap();
}

fn matches(state: &State, number: u8) -> bool {
    state.stamps_match(share(1), manifest(number), 7, "/home/a").unwrap()
}

fn check(state: &State, model: &Model, dirs: &[&str]) {
    for dir in dirs {
        let found = state.dir_stamps(share(1), &entry(dir)).unwrap();
        assert_eq!(found.is_some(), model.contains_key(*dir), "{dir}");
        let (Some(found), Some(files)) = (found, model.get(*dir)) else { continue };
        for name in NAMES {
            assert_eq!(found.find(name), files.get(*name).copied(), "{dir}/{name}");
        }
    }
}

const DIRS: &[&str] = &["", "a", "a/b", "b", "ü"];
const NAMES: &[&str] = &["x", "y", "z.txt", "naïve", "w"];

#[derive(Debug, Clone)]
enum Step {
    Dir(usize, Files),
    Keep(usize),
}

/// How a round of writing ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Finish,
    Drop,
    /// As by SIGKILL: nothing of the writer's runs any more.
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    let name = prop::sample::select(NAMES).prop_map(str::to_owned);
    let files = prop::collection::btree_map(name, any::<(u64, i64)>(), 0..4);
    let dir = 0..DIRS.len();
    prop_oneof![(dir.clone(), files).prop_map(|(dir, files)| Step::Dir(dir, files)), dir.prop_map(Step::Keep)]
}

fn round() -> impl Strategy<Value = (Vec<Step>, End, bool)> {
    let end = prop_oneof![3 => Just(End::Finish), 1 => Just(End::Drop), 1 => Just(End::Kill)];
    (prop::collection::vec(step(), 0..8), end, any::<bool>())
}

/// What the stamps should be after a round that finished.
fn after(model: &Model, steps: &[Step], keeps: bool) -> Model {
    let mut next = Model::new();
    for step in steps {
        if let Step::Dir(dir, _) = step {
            next.remove(DIRS[*dir]);
        }
    }
    for step in steps {
        match step {
            Step::Dir(dir, files) => {
                // A name that was given twice is ambiguous: the test gives each once.
                next.insert(DIRS[*dir].to_owned(), files.clone());
            }
            Step::Keep(dir) => {
                let written = steps.iter().any(|step| matches!(step, Step::Dir(other, _) if other == dir));
                if let (true, false, Some(files)) = (keeps, written, model.get(DIRS[*dir])) {
                    next.insert(DIRS[*dir].to_owned(), files.clone());
                }
            }
        }
    }
    next
}

/// Each directory written once, as a walk does.
fn once(steps: Vec<Step>) -> Vec<Step> {
    let mut seen = [false; DIRS.len()];
    let mut keep = |step: &Step| match step {
        Step::Dir(dir, _) => !std::mem::replace(&mut seen[*dir], true),
        Step::Keep(_) => true,
    };
    steps.into_iter().filter(|step| keep(step)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn as_the_model(rounds in prop::collection::vec(round(), 1..6)) {
        let (_temp, path, mut state) = fresh();
        let mut model = Model::new();
        let mut current = None;
        for (number, (steps, end, flush)) in rounds.into_iter().enumerate() {
            let steps = once(steps);
            let keeps = current.is_some_and(|number| matches(&state, number));
            let mut writer = state.begin_stamps(share(1)).unwrap();
            for step in &steps {
                match step {
                    Step::Dir(dir, files) => write(&mut writer, DIRS[*dir], files),
                    Step::Keep(dir) => writer.keep_dir(&entry(DIRS[*dir])).unwrap(),
                }
                if flush { writer.flush_above(0).unwrap(); }
            }
            if end == End::Finish {
                let number = u8::try_from(number).unwrap();
                writer.finish(manifest(number), 7, "/home/a").unwrap();
                model = after(&model, &steps, keeps);
                current = Some(number);
            } else if end == End::Kill {
                std::mem::forget(writer);
                state = State::open(&path).unwrap();
            } else {
                drop(writer);
            }
            prop_assert_eq!(current.is_some_and(|number| matches(&state, number)), current.is_some());
            check(&state, &model, DIRS);
        }
        // Nothing that is not valid is left when the next writer has come and gone.
        drop(state.begin_stamps(share(1)).unwrap());
        let count = |sql: &'static str| state.with("count", |s| s.connection.query_row(sql, [], |r| r.get::<_, i64>(0)));
        prop_assert_eq!(count("SELECT count(DISTINCT dir) FROM stamps").unwrap(), i64::try_from(model.len()).unwrap());
        prop_assert_eq!(count("SELECT count(*) FROM stamps_kept").unwrap(), 0);
    }
}

fn one(state: &State, number: u8, dir: &str) {
    let mut writer = state.begin_stamps(share(1)).unwrap();
    write(&mut writer, dir, &Files::from([("x".to_owned(), (1, 2))]));
    writer.finish(manifest(number), 7, "/home/a").unwrap();
}

#[test]
fn they_belong_to_one_snapshot_device_and_folder() {
    let (_temp, _, state) = fresh();
    assert!(!matches(&state, 1));
    one(&state, 1, "a");
    assert!(state.dir_stamps(share(1), &entry("a")).unwrap().is_none(), "nobody asked whose they are");
    assert!(matches(&state, 1));
    assert!(state.dir_stamps(share(1), &entry("a")).unwrap().is_some());
    assert!(!state.stamps_match(share(1), manifest(2), 7, "/home/a").unwrap());
    assert!(!state.stamps_match(share(1), manifest(1), 8, "/home/a").unwrap());
    assert!(!state.stamps_match(share(1), manifest(1), 7, "/home/b").unwrap());
    assert!(!state.stamps_match(share(2), manifest(1), 7, "/home/a").unwrap());
    assert!(state.dir_stamps(share(1), &entry("a")).unwrap().is_none(), "the last answer was no");
}

#[test]
fn a_writer_that_began_later_supersedes() {
    let (_temp, path, state) = fresh();
    one(&state, 1, "a");
    let other = State::open(&path).unwrap();
    assert!(matches(&state, 1) && matches(&other, 1));
    let mut first = state.begin_stamps(share(1)).unwrap();
    first.keep_dir(&entry("a")).unwrap();
    let mut second = other.begin_stamps(share(1)).unwrap();
    write(&mut second, "b", &Files::new());
    let error = first.finish(manifest(2), 7, "/home/a").unwrap_err();
    assert!(matches!(error, StateError::Superseded { .. }));
    second.finish(manifest(3), 7, "/home/a").unwrap();
    // What the other process replaced says nothing here any more, and cannot be kept.
    assert!(state.dir_stamps(share(1), &entry("a")).unwrap().is_none());
    let mut third = state.begin_stamps(share(1)).unwrap();
    third.keep_dir(&entry("b")).unwrap();
    third.finish(manifest(4), 7, "/home/a").unwrap();
    assert!(matches(&state, 4));
    assert!(state.dir_stamps(share(1), &entry("b")).unwrap().is_none());
}

#[test]
fn shares_do_not_mix() {
    let (_temp, _, state) = fresh();
    one(&state, 1, "a");
    let writer = state.begin_stamps(share(2)).unwrap();
    writer.finish(manifest(1), 7, "/home/a").unwrap();
    assert!(matches(&state, 1));
    assert!(state.dir_stamps(share(1), &entry("a")).unwrap().is_some());
}

#[test]
fn names_with_the_same_sum_are_not_found() {
    // The best known pair of words with one CRC-32.
    let (first, second) = ("plumless", "buckeroo");
    assert_eq!(crc32fast::hash(first.as_bytes()), crc32fast::hash(second.as_bytes()));
    let (_temp, _, state) = fresh();
    let mut writer = state.begin_stamps(share(1)).unwrap();
    writer.dir(&entry("d"), &[(first, 1, 1), ("z", 3, 3)]).unwrap();
    writer.dir(&entry("d"), &[(second, 2, 2)]).unwrap();
    writer.finish(manifest(1), 7, "/home/a").unwrap();
    assert!(matches(&state, 1));
    let stamps = state.dir_stamps(share(1), &entry("d")).unwrap().unwrap();
    assert_eq!((stamps.find(first), stamps.find(second), stamps.find("z")), (None, None, Some((3, 3))));
}

#[test]
fn a_wide_directory_takes_several_rows() {
    let (_temp, _, state) = fresh();
    let names: Vec<String> = (0..150_000).map(|n| format!("frame-{n}.png")).collect();
    let records: Vec<_> = names.iter().zip(0..).map(|(name, inode)| (name.as_str(), inode, 5)).collect();
    let mut writer = state.begin_stamps(share(1)).unwrap();
    writer.dir(&entry("wide"), &records[..100_000]).unwrap();
    writer.dir(&entry("wide"), &records[100_000..]).unwrap();
    writer.finish(manifest(1), 7, "/home/a").unwrap();
    assert!(matches(&state, 1));
    let stamps = state.dir_stamps(share(1), &entry("wide")).unwrap().unwrap();
    // Among so many names a few have the sum of another.
    let found = records.iter().filter(|(name, inode, _)| stamps.find(name) == Some((*inode, 5))).count();
    assert!((149_900..=150_000).contains(&found), "{found}");
    let rows = state
        .with("count", |s| s.connection.query_row("SELECT count(*) FROM stamps", [], |r| r.get::<_, i64>(0)));
    assert_eq!(rows.unwrap(), 3);
}

/// Prints how long a million takes; fails only when it is out of all proportion.
#[test]
fn a_million_files_take_seconds() {
    let (_temp, path, state) = fresh();
    let names: Vec<String> = (0..1000).map(|n| format!("sample-{n}.csv")).collect();
    let records: Vec<_> = names.iter().map(|name| (name.as_str(), 123_456_789, 1_700_000_000)).collect();
    let began = std::time::Instant::now();
    let mut writer = state.begin_stamps(share(1)).unwrap();
    for dir in 0..1000 {
        writer.dir(&entry(&format!("runs/{dir}")), &records).unwrap();
    }
    writer.finish(manifest(1), 7, "/home/a").unwrap();
    let written = began.elapsed();
    assert!(matches(&state, 1));
    let mut writer = state.begin_stamps(share(1)).unwrap();
    for dir in 0..1000 {
        let dir = entry(&format!("runs/{dir}"));
        assert!(state.dir_stamps(share(1), &dir).unwrap().is_some());
        writer.keep_dir(&dir).unwrap();
    }
    writer.finish(manifest(2), 7, "/home/a").unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    println!("written in {written:?}, kept in {:?}, {size} bytes", began.elapsed().saturating_sub(written));
    assert!(began.elapsed() < std::time::Duration::from_mins(1));
    assert!(size < 40 << 20, "{size}");
}
