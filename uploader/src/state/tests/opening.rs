//! Opening: modes, reopening, damage, newer formats.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

#[test]
fn only_its_owner_may_read_it() {
    let (_temp, path, state) = fresh();
    state.begin_publish(share(1)).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&beside(&path, "-wal")), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}

#[test]
fn it_survives_reopening_and_a_second_connection_sees_it() {
    let (_temp, path, first) = fresh();
    assert!(!first.begin_publish(share(1)).unwrap());
    let second = State::open(&path).unwrap();
    assert!(second.begin_publish(share(1)).unwrap());
    second.end_publish(share(1)).unwrap();
    drop((first, second));
    assert!(!State::open(&path).unwrap().begin_publish(share(1)).unwrap());
}

#[test]
fn many_threads_and_connections_write_at_once() {
    let (_temp, path, first) = fresh();
    let second = State::open(&path).unwrap();
    std::thread::scope(|scope| {
        for (state, number) in [(&first, 1_u8), (&first, 2), (&second, 3), (&second, 4)] {
            scope.spawn(move || {
                for at in 0..50_u8 {
                    let blob = vitrine_protocol::Sha256::of(&[number, at]);
                    let arrived = Arrived { blob, size: 1, contents: Vec::new() };
                    state.record_arrived(share(number % 2), &arrived, 0).unwrap();
                }
            });
        }
    });
    assert_eq!(first.arrived(share(0), 0).unwrap().len(), 100);
    assert_eq!(second.arrived(share(1), 0).unwrap().len(), 100);
}

#[test]
fn a_damaged_file_is_set_aside() {
    for damage in [b"this is no database at all, only text".to_vec(), vec![0xff; 40_000]] {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("state.sqlite");
        std::fs::write(&path, &damage).unwrap();
        std::fs::write(beside(&path, "-wal"), b"a log of what was").unwrap();
        let state = State::open(&path).unwrap();
        assert!(!state.begin_publish(share(1)).unwrap());
        assert_eq!(std::fs::read(beside(&path, ".damaged")).unwrap(), damage);
    }
}

/// Writes `garbage` over the file behind its first page, which is all that opening reads.
fn damage_inside(path: &Path, garbage: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[4096..].fill(garbage);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn damage_that_shows_later_is_set_aside_at_the_next_opening() {
    let (_temp, path, state) = fresh();
    state.begin_publish(share(1)).unwrap();
    state
        .with("move the log", |s| s.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
        .unwrap();
    drop(state);
    damage_inside(&path, 0xa5);
    let state = State::open(&path).unwrap();
    assert!(matches!(state.begin_publish(share(1)), Err(StateError::Query { .. })));
    // Those who have it open go on failing; the next one begins anew, and they do not disturb it.
    let next = State::open(&path).unwrap();
    assert!(!next.begin_publish(share(1)).unwrap());
    drop(state);
    assert!(next.begin_publish(share(1)).unwrap());
    assert!(State::open(&path).unwrap().begin_publish(share(1)).unwrap());
    assert!(beside(&path, ".damaged").exists());
}

#[test]
fn an_empty_file_is_as_good_as_none() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("state.sqlite");
    std::fs::write(&path, b"").unwrap();
    assert!(!State::open(&path).unwrap().begin_publish(share(1)).unwrap());
    assert!(!beside(&path, ".damaged").exists());
}

#[test]
fn a_newer_format_is_left_alone() {
    let (_temp, path, state) = fresh();
    state.with("set", |shelf| shelf.connection.pragma_update(None, "user_version", 99)).unwrap();
    drop(state);
    let error = State::open(&path).unwrap_err();
    assert!(matches!(error, StateError::Newer { version: 99, .. }), "{error}");
    assert!(!beside(&path, ".damaged").exists());
}

#[test]
fn a_place_that_cannot_be_is_an_error() {
    let error = State::open(Path::new("/proc/nowhere/state.sqlite")).unwrap_err();
    assert_eq!(error.to_string(), "Could not open `/proc/nowhere/state.sqlite`");
}
