//! What surrounds the program: variables as systems set them, full disks, terminals that can little.

use crate::place::Place;
use crate::server::share;
use std::fs::File;

#[test]
fn words_that_cannot_be_written_are_an_error() {
    let place = Place::new();
    for args in [
        &["--help"][..],
        &["--version"],
        &["publish", "--help"],
        &["completions", "bash"],
        &["man", "publish"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = place.command(args).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(said.contains("Could not write to standard output"), "{args:?}: {said}");
        assert_eq!(place.run(args, &[]).code, Some(0), "{args:?}");
    }
}

#[test]
fn a_state_folder_that_is_no_absolute_path_is_not_silently_none() {
    for (name, value, expected) in [
        ("XDG_STATE_HOME", "", ".local/state/vitrine"),
        ("XDG_STATE_HOME", "relative", ".local/state/vitrine"),
        ("VITRINE_STATE_DIR", "own/state", "own/state"),
    ] {
        let place = Place::new();
        let env = [("VITRINE_API", place.server.url.as_str()), ("VITRINE_TOKEN", "good"), (name, value)];
        let outcome = place.run(&["publish", "folder", "--share", &share('e').to_string()], &env);
        assert_eq!(outcome.code, Some(0), "{name}={value}: {}", outcome.stderr);
        assert!(place.temp.path().join(expected).join("state.sqlite").is_file(), "{name}={value}");
    }
}

#[test]
fn keys_lose_the_line_ends_of_windows_and_odd_ones_are_named() {
    let place = Place::new();
    let endpoint = place.server.endpoint();
    let run = |id: &str, secret: &str| {
        let args = ["publish", "folder", "--store", "s3://bucket", "--endpoint", &endpoint, "--dry-run"];
        place.run(&args, &[("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)])
    };
    let trimmed = run("key\r\n", "secret\r");
    assert_eq!(trimmed.code, Some(0), "{}", trimmed.stderr);
    let odd = run("k\u{201c}ey", "secret");
    assert_eq!(odd.code, Some(2));
    assert!(odd.stderr.contains("AWS_ACCESS_KEY_ID holds a character that no key has"), "{}", odd.stderr);
}

#[test]
fn names_cannot_turn_a_terminals_line_around() {
    let place = Place::new();
    place.write("invoice\u{202e}fdp.exe", "x");
    let outcome = place.publish(&["--share", &share('e').to_string(), "--verbose"]);
    assert!(outcome.stderr.contains("invoice\\u{202e}fdp.exe"), "{}", outcome.stderr);
}

#[test]
fn a_proxy_that_is_away_is_named_and_no_proxy_is_heeded() {
    let place = Place::new();
    let run = |exempt: &str| {
        // Nobody listens at the first port.
        let proxy = "http://name:password@127.0.0.1:1";
        let server = [("VITRINE_API", place.server.url.as_str()), ("VITRINE_TOKEN", "good")];
        let env = [server[0], server[1], ("HTTP_PROXY", proxy), ("NO_PROXY", exempt)];
        place.run(&["publish", "folder", "--share", &share('e').to_string()], &env)
    };
    let dead = run("127.0.0.1:1");
    assert_eq!(dead.code, Some(1));
    assert!(dead.stderr.contains("proxy at 127.0.0.1:1: Connection refused"), "{}", dead.stderr);
    assert!(dead.stderr.contains("HTTP_PROXY") && !dead.stderr.contains("password"), "{}", dead.stderr);
    let server = place.server.url.trim_start_matches("http://").to_owned();
    for exempt in ["*", &server, "127.0.0.1", "127.0.0.0/8"] {
        let outcome = run(exempt);
        assert_eq!(outcome.code, Some(0), "NO_PROXY={exempt}: {}", outcome.stderr);
    }
}

#[test]
fn a_zarr_store_comes_back_whole_and_settings_of_programs_do_not() {
    let place = Place::new();
    for path in
        ["store.zarr/.zgroup", "store.zarr/a/.zarray", "store.zarr/a/0.0", ".well-known/void", ".nojekyll"]
    {
        place.write(path, path);
    }
    place.write("store.zarr/.env", "SECRET=1");
    let id = share('e').to_string();
    let outcome = place.publish(&["--share", &id]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let copied = place.run(&["copy", &format!("{}/{id}", place.server.url), "copy"], &[]);
    assert_eq!(copied.code, Some(0), "{}", copied.stderr);
    let is_there = |path: &str| place.temp.path().join("copy").join(path).is_file();
    for path in
        ["store.zarr/.zgroup", "store.zarr/a/.zarray", "store.zarr/a/0.0", ".well-known/void", ".nojekyll"]
    {
        assert!(is_there(path), "{path}");
    }
    assert!(!is_there("store.zarr/.env") && !is_there(".hidden"));
}
