//! `vitrine publish` when it works: help, summaries, JSON lines, exit codes.

use crate::place::{Place, last_json, shown_all};
use crate::server::share;
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn help_teaches() {
    let place = Place::new();
    insta::assert_snapshot!("help", place.run(&["--help"], &[]).stdout);
    insta::assert_snapshot!("publish_help", place.run(&["publish", "--help"], &[]).stdout);
    insta::assert_snapshot!("publish_short_help", place.run(&["publish", "-h"], &[]).stdout);
}

#[test]
fn completions_are_written_for_every_shell() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = place.run(&["completions", shell], &[]);
        assert_eq!(outcome.code, Some(0));
        assert!(outcome.stdout.contains("dry-run"), "{shell}");
    }
}

#[test]
fn manual_pages_are_printed_and_written() {
    let place = Place::new();
    let page = place.run(&["man", "publish"], &[]);
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    assert!(
        page.stdout.contains(".TH vitrine-publish 1") && page.stdout.contains("\\-\\-dry\\-run"),
        "{}",
        page.stdout
    );
    assert_eq!(place.run(&["man", "--out", "pages"], &[]).code, Some(0));
    let written = fs::read_to_string(place.temp.path().join("pages/vitrine-publish.1")).unwrap();
    assert!(written.contains(".SH \"EXIT CODES\""), "{written}");
    assert_eq!(place.run(&["man", "nothing"], &[]).code, Some(2));
}

#[test]
fn a_publish_again_and_a_change() {
    let place = Place::new();
    let id = share('e').to_string();
    let first = place.publish(&["--share", &id]);
    let again = place.publish(&["--share", &id]);
    place.write("a/one.txt", "eins");
    fs::remove_file(place.folder().join("a/two.txt")).unwrap();
    let plan = place.publish(&["--share", &id, "--dry-run"]);
    let changed = place.publish(&["--share", &id, "--title", "T", "-v"]);
    let quiet = place.publish(&["--share", &id, "--quiet"]);
    let unasked = place.publish(&[]);
    insta::assert_snapshot!(shown_all(&[
        ("first", first),
        ("again", again),
        ("planned", plan),
        ("changed", changed),
        ("quiet", quiet),
        ("a new share", unasked),
    ]));
}

#[test]
fn a_publish_into_a_bucket() {
    let place = Place::new();
    let id = share('e').to_string();
    let origin = ["--share", &id, "--share-origin", "https://share.example/"];
    insta::assert_snapshot!(shown_all(&[
        ("made under the given id", place.store(&["--share", &id, "--title", "T"], "good")),
        ("with an origin", place.store(&origin, "good")),
        ("a new title alone", place.store(&["--share", &id, "--title", "U"], "good")),
        ("a new share", place.store(&[], "good")),
    ]));
    let meta = place.server.memory.state().objects[&format!("share/{id}/meta.json")].clone();
    let meta: Value = serde_json::from_slice(&meta).unwrap();
    assert_eq!((meta["title"].as_str(), meta["scope"].as_str()), (Some("U"), Some("unlisted")));
}

#[test]
fn json_lines_end_with_the_result() {
    let place = Place::new();
    let id = share('e').to_string();
    let outcome = place.publish(&["--share", &id, "--json"]);
    assert_eq!(outcome.code, Some(0));
    for line in outcome.stdout.lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["event"].is_string(), "{line}");
    }
    insta::assert_json_snapshot!("published_event", last_json(&outcome));
    let planned = place.publish(&["--json", "--dry-run"]);
    insta::assert_json_snapshot!("planned_event", last_json(&planned));
    let failed = place.run(&["publish", "nowhere", "--json"], &[]);
    assert_eq!(failed.code, Some(1));
    insta::assert_json_snapshot!("failed_event", last_json(&failed));
}

#[test]
fn colours_come_only_when_wanted() {
    let place = Place::new();
    let run = |args: &[&str], env: &[(&str, &str)]| {
        place.run(&[&["publish", "nowhere"], args].concat(), env).stderr
    };
    assert!(!run(&[], &[]).contains('\u{1b}'));
    assert!(run(&["--color", "always"], &[("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(!run(&["--color", "never"], &[]).contains('\u{1b}'));
}

#[test]
fn a_single_file_can_be_published() {
    let place = Place::new();
    let path = Path::new("folder/README.md");
    let env = [("VITRINE_API", place.server.url.as_str()), ("VITRINE_TOKEN", "good")];
    let outcome = place.run(&["publish", path.to_str().unwrap(), "--json"], &env);
    assert_eq!((outcome.code, last_json(&outcome)["files"].as_u64()), (Some(0), Some(1)));
}
