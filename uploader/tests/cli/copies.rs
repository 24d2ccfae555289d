//! `vitrine copy` and `vitrine verify` over HTTP: what is published comes back, and what is wrong is said.

use crate::kills::wait_until;
use crate::place::{Outcome, Place, last_json, shown_all};
use crate::server::{BUCKET, Trouble, share};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;
use vitrine_protocol::{ObjectKey, Sha256};

/// A place with a published share.
fn published(region: char) -> (Place, String) {
    let place = Place::new();
    symlink("one.txt", place.folder().join("a/link")).unwrap();
    fs::create_dir(place.folder().join("empty")).unwrap();
    let id = share(region).to_string();
    assert_eq!(place.publish(&["--share", &id]).code, Some(0));
    let url = format!("{}/{id}", place.server.url);
    (place, url)
}

fn assert_same(place: &Place, copy: &str) {
    for path in ["README.md", "a/one.txt", "a/two.txt"] {
        let (from, to) = (place.folder().join(path), place.temp.path().join(copy).join(path));
        assert_eq!(fs::read(&from).unwrap(), fs::read(&to).unwrap(), "{path}");
        let ms = |path| fs::metadata(path).unwrap().modified().unwrap().elapsed().unwrap().as_millis();
        assert!(ms(&from).abs_diff(ms(&to)) < 1000, "{path} has its time");
    }
    let link = fs::read_link(place.temp.path().join(copy).join("a/link")).unwrap();
    assert_eq!(link.to_str(), Some("one.txt"));
    assert!(place.temp.path().join(copy).join("empty").is_dir());
}

/// Takes out what depends on how a publish packs: bytes that were fetched, numbers of blobs.
fn plain(mut outcome: Outcome) -> Outcome {
    for (start, end) in [("; fetched ", ".\n"), ("; fetched ", ".\nThere"), (" in ", " blobs")] {
        let cut = outcome.stderr.find(start).and_then(|from| {
            let length = outcome.stderr[from..].find(end)?;
            Some(from + start.len()..from + length)
        });
        if let Some(cut) = cut.filter(|cut| cut.len() < 12) {
            outcome.stderr.replace_range(cut, "[amount]");
        }
    }
    outcome
}

/// The same for the last JSON line.
fn plain_json(outcome: &Outcome) -> serde_json::Value {
    let mut event = last_json(outcome);
    for name in ["fetched_bytes", "blobs", "blob_bytes"] {
        if event[name].is_number() {
            event[name] = "[amount]".into();
        }
    }
    event
}

fn copy(place: &Place, args: &[&str]) -> Outcome {
    plain(place.run(&[&["copy"], args].concat(), &[]))
}

#[test]
fn help_teaches() {
    let place = Place::new();
    insta::assert_snapshot!("copy_help", place.run(&["copy", "--help"], &[]).stdout);
    insta::assert_snapshot!("verify_help", place.run(&["verify", "--help"], &[]).stdout);
}

#[test]
fn what_was_published_comes_back() {
    let (place, url) = published('e');
    let plan = copy(&place, &[&url, "back", "--dry-run"]);
    let first = copy(&place, &[&url, "back", "-v"]);
    assert_same(&place, "back");
    let again = copy(&place, &[&url, "back"]);
    fs::write(place.temp.path().join("back/README.md"), "mine").unwrap();
    let in_the_way = copy(&place, &[&url, "back"]);
    let forced = copy(&place, &[&url, "back", "--force"]);
    assert_same(&place, "back");
    let part = copy(&place, &[&format!("{url}/a/one.txt"), "part"]);
    assert!(place.temp.path().join("part/a/one.txt").exists());
    assert!(!place.temp.path().join("part/README.md").exists());
    let absent = copy(&place, &[&url, "part", "nowhere"]);
    let seeded = copy(&place, &[&url, "seeded", "--seed", "back", "-q"]);
    assert_same(&place, "seeded");
    insta::assert_snapshot!(shown_all(&[
        ("planned", plan),
        ("first", sorted(first)),
        ("again", again),
        ("in the way", in_the_way),
        ("forced", forced),
        ("a part", part),
        ("no such path", absent),
        ("seeded", seeded),
    ]));
}

/// Files are done in any order.
fn sorted(mut outcome: Outcome) -> Outcome {
    let mut lines: Vec<_> = outcome.stderr.lines().collect();
    lines.sort_unstable();
    outcome.stderr = lines.join("\n") + "\n";
    outcome
}

#[test]
fn failing_requests_are_repeated() {
    let (place, url) = published('e');
    place.server.set(Trouble::FailsOnce);
    assert_eq!(copy(&place, &[&url, "one"]).code, Some(0));
    assert_same(&place, "one");
    place.server.set(Trouble::LosesReplies);
    assert_eq!(copy(&place, &[&url, "two"]).code, Some(0));
    assert_same(&place, "two");
}

#[test]
fn a_gated_share_opens_to_its_token_and_is_renewed() {
    let (place, url) = published('g');
    let token = [("VITRINE_VIEWER_TOKEN", "viewer")];
    assert_eq!(place.run(&["copy", &url, "back"], &token).code, Some(0));
    assert_same(&place, "back");
    assert_eq!(copy(&place, &[&format!("{url}#token=viewer"), "fragment"]).code, Some(0));
    insta::assert_snapshot!(shown_all(&[
        ("without a token", copy(&place, &[&url, "x"])),
        ("with a wrong one", copy(&place, &[&format!("{url}#token=other"), "x"])),
    ]));
}

#[test]
fn a_bucket_is_read_without_a_gateway() {
    let (place, _) = published('e');
    let (bucket, endpoint, id) = (format!("s3://{BUCKET}"), place.server.endpoint(), share('e').to_string());
    let run = |command: &[&str], key: &str| {
        let args = [command, &["--store", &bucket, "--endpoint", &endpoint]].concat();
        place.run(&args, &[("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", "secret")])
    };
    assert_eq!(run(&["copy", &id, "back"], "good").code, Some(0));
    assert_same(&place, "back");
    let verified = run(&["verify", &id], "good");
    assert_eq!((verified.code, verified.stderr.contains("The snapshot is whole")), (Some(0), true));
    insta::assert_snapshot!(shown_all(&[("denied", run(&["verify", &id], "bad")),]));
}

#[test]
fn damage_is_named_by_both() {
    let place = Place::new();
    // Large enough never to be packed with others.
    let content = |letter: &str| letter.repeat(300_000);
    let (one, two) = (content("1"), content("2"));
    place.write("a/one.bin", &one);
    place.write("b/two.bin", &two);
    let id = share('e').to_string();
    assert_eq!(place.publish(&["--share", &id]).code, Some(0));
    let url = format!("{}/{id}", place.server.url);
    assert_eq!(place.run(&["verify", &url], &[]).code, Some(0));
    let key = |content: &str| ObjectKey::blob(share('e'), Sha256::of(content.as_bytes())).to_string();
    place.server.memory.state().objects.insert(key(&one), content("x").into());
    place.server.memory.state().objects.remove(&key(&two));
    let damaged = place.run(&["verify", &url, "--json"], &[]);
    assert_eq!(damaged.code, Some(1));
    insta::assert_json_snapshot!("verified_event", plain_json(&damaged));
    let copied = copy(&place, &[&url, "back", "--json"]);
    assert_eq!(copied.code, Some(3));
    insta::assert_json_snapshot!("copied_event", plain_json(&copied));
    assert!(place.temp.path().join("back/a/one.txt").exists());
    let names = fs::read_dir(place.temp.path().join("back/b")).unwrap().count();
    assert_eq!(names, 0, "nothing half-written");
    let env = [("VITRINE_API", place.server.url.as_str()), ("VITRINE_TOKEN", "good")];
    let repaired = place.run(&["verify", &url, "--repair", "folder"], &env);
    assert_eq!(repaired.code, Some(0), "{}", repaired.stderr);
    assert!(repaired.stderr.contains("sent 2 blobs (585.94 KiB)"), "{}", repaired.stderr);
    assert_eq!(place.run(&["verify", &url], &[]).code, Some(0));
    let words: Vec<_> = damaged.stderr.lines().filter(|line| line.starts_with("warning:")).collect();
    insta::assert_snapshot!("damage", words.join("\n"));
}

#[test]
fn wrong_command_lines_are_explained() {
    let (place, url) = published('e');
    insta::assert_snapshot!(shown_all(&[
        ("not an address", copy(&place, &["nonsense", "x"])),
        ("no share in it", copy(&place, &[&format!("{}/elsewhere", place.server.url), "x"])),
        ("no such share", copy(&place, &[&url.replace("e1", "e2"), "x"])),
        ("a bad path", copy(&place, &[&url, "x", "../up"])),
        ("a file for a folder", copy(&place, &[&url, "folder/README.md"])),
        ("no seed", copy(&place, &[&url, "x", "--seed", "nowhere"])),
    ]));
}

/// A share whose tree is a graph: in a few kilobytes, `64^4` folders, of a snapshot that claims enough files for all of them.
fn graph(place: &Place) -> String {
    use vitrine_protocol::manifest::{BlobRow, Inventory};
    use vitrine_protocol::{Dir, Entries, EntryName, Extent, Latest, Listing, Manifest, ObjectKey, Sha256};
    assert_eq!(place.publish(&["--share", &share('e').to_string()]).code, Some(0));
    let url = format!("{}/{}", place.server.url, share('e'));
    let mut state = place.server.memory.state();
    let latest_key = ObjectKey::latest(share('e')).to_string();
    let latest = Latest::from_json(&state.objects[&latest_key]).unwrap();
    let manifest_key = ObjectKey::manifest(share('e'), latest.manifest_id).to_string();
    let manifest = Manifest::from_json(&state.objects[&manifest_key]).unwrap();
    let (mut entries, mut rows) = (Entries::default(), Vec::new());
    for _ in 0..4 {
        let bytes = entries.to_json();
        let (blob, length) = (Sha256::of(&bytes), bytes.len() as u64);
        state.objects.insert(ObjectKey::blob(share('e'), blob).to_string(), bytes.into());
        rows.push(BlobRow { blob, size: length, live_bytes: length });
        let listing = Listing::At(Extent { blob, offset: 0, length });
        let dir = |n: u32| Dir {
            name: EntryName::new(&format!("{n:02}")).unwrap(),
            file_count: 0,
            size_bytes: 0,
            mtime: 0,
            listing: listing.clone(),
        };
        entries = Entries { dirs: (0..64).map(dir).collect(), ..Entries::default() };
    }
    rows.sort_by_key(|row| row.blob);
    let file_count = 10_000_000;
    let root = Listing::Inline(entries);
    let blobs = Inventory::Inline(rows);
    let manifest = Manifest { file_count, entry_count: None, blobs, root, index: None, ..manifest }.to_json();
    let latest = Latest { manifest_hash: Sha256::of(&manifest), file_count, ..latest };
    state.objects.insert(manifest_key, manifest.into());
    state.objects.insert(latest_key, latest.to_json().into());
    url
}

#[test]
fn a_signal_is_heard_in_a_tree_that_has_no_end() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::time::{Duration, Instant};
    let place = Place::new();
    let url = graph(&place);
    for (args, signal) in [
        (&["verify", url.as_str()][..], Signal::TERM),
        (&["verify", &url], Signal::INT),
        (&["copy", &url, "copy", "--dry-run"], Signal::TERM),
        (&["copy", &url, "copy"], Signal::INT),
    ] {
        let before = place.server.gets();
        let child = place.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // It has the listings, and walks: nothing is fetched any more.
        wait_until(|| place.server.gets() >= before + 5);
        let sent = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let code = child.wait_with_output().unwrap().status.code();
        assert_eq!(code, Some(130), "{args:?}");
        assert!(sent.elapsed() < Duration::from_secs(3), "{args:?} took {:?}", sent.elapsed());
    }
}
