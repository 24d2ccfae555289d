//! Uploads under way.

use super::*;

fn place(object: &str) -> Place {
    Place { endpoint: "https://s3.example.org".to_owned(), bucket: "b".to_owned(), object: object.to_owned() }
}

fn upload(id: &str) -> Upload {
    let (upload_id, parts) = (id.to_owned(), Vec::new());
    Upload { upload_id, part_size: 16 << 20, size: u64::MAX, started_at: 5, parts }
}

fn part(number: u32) -> UploadPart {
    UploadPart { number, etag: format!("\"etag-{number}\"") }
}

#[test]
fn parts_are_found_again_after_a_crash() {
    let (_temp, path, state) = fresh();
    state.begin_upload(&place("share/x/blobs/1"), &upload("one")).unwrap();
    for number in [3, 1, 10_000] {
        assert!(state.part_arrived(&place("share/x/blobs/1"), "one", &part(number)).unwrap());
    }
    // Sent again, with another tag.
    let again = UploadPart { number: 3, etag: "other".to_owned() };
    assert!(state.part_arrived(&place("share/x/blobs/1"), "one", &again).unwrap());
    std::mem::forget(state);
    let state = State::open(&path).unwrap();
    let found = state.find_upload(&place("share/x/blobs/1")).unwrap().unwrap();
    assert_eq!(found, Upload { parts: vec![part(1), again, part(10_000)], ..upload("one") });
    assert_eq!(state.find_upload(&place("share/x/blobs/2")).unwrap(), None);
    let elsewhere = Place { bucket: "c".to_owned(), ..place("share/x/blobs/1") };
    assert_eq!(state.find_upload(&elsewhere).unwrap(), None);
}

#[test]
fn a_successor_does_not_inherit_parts() {
    let (_temp, _, state) = fresh();
    let at = place("k");
    state.begin_upload(&at, &upload("one")).unwrap();
    state.part_arrived(&at, "one", &part(1)).unwrap();
    state.begin_upload(&at, &upload("two")).unwrap();
    assert!(!state.part_arrived(&at, "one", &part(2)).unwrap(), "a late part of the first");
    state.remove_upload(&at, "one").unwrap();
    assert_eq!(state.find_upload(&at).unwrap(), Some(upload("two")));
    state.remove_upload(&at, "two").unwrap();
    assert_eq!(state.find_upload(&at).unwrap(), None);
    let left = state.with("count", |s| {
        s.connection.query_row("SELECT count(*) FROM upload_parts", [], |row| row.get::<_, i64>(0))
    });
    assert_eq!(left.unwrap(), 0);
}

#[test]
fn they_are_listed_by_prefix() {
    let (_temp, _, state) = fresh();
    for object in ["share/a/blobs/2", "share/a/blobs/1", "share/ab/blobs/3", "share/%/blobs/4"] {
        state.begin_upload(&place(object), &upload(object)).unwrap();
    }
    let list = |prefix: &str| -> Vec<String> {
        let found = state.uploads("https://s3.example.org", "b", prefix).unwrap();
        found
            .into_iter()
            .map(|(place, upload)| {
                assert_eq!(place.object, upload.upload_id);
                place.object
            })
            .collect()
    };
    assert_eq!(list("share/a/"), ["share/a/blobs/1", "share/a/blobs/2"]);
    assert_eq!(list("share/%/"), ["share/%/blobs/4"]);
    assert_eq!(list("").len(), 4);
    assert!(state.uploads("https://s3.example.org", "c", "").unwrap().is_empty());
}
