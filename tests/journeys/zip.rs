//! A folder as ZIP: three readers of ZIP files agree with the folder, and an interrupted download goes on.

use crate::world::{header, json, noise, publish_new, world, write};
use std::path::Path;
use std::process::Command;

const NAMES: &[&str] =
    &["plain.txt", "a b/c d.txt", "100%.txt", "ünï 🌊/e\u{301}.txt", "quote's \"x\".txt", "<b>.html"];

fn run(command: &str, args: &[&str]) -> String {
    // Without a locale, unzip escapes what is not ASCII in names.
    let output = Command::new(command).args(args).env("LC_ALL", "C.UTF-8").output();
    let output = output.unwrap_or_else(|error| panic!("{command}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command} {args:?}\n{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

#[test]
fn three_readers_agree_with_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    for (n, name) in NAMES.iter().enumerate() {
        write(folder.path(), &format!("project/{name}"), noise(n as u64, n * 100));
    }
    std::fs::create_dir(folder.path().join("project/empty folder")).unwrap();
    std::os::unix::fs::symlink("plain.txt", folder.path().join("project/link")).unwrap();
    let project = folder.path().join("project");
    let published = publish_new(&project);
    let world = world();
    let url = world.data(published.share, &format!("zip/{}/", published.manifest));
    let answer = world.get(&url).send().unwrap();
    assert_eq!(header(&answer, "content-disposition"), "attachment; filename=\"project.zip\"");
    let (length, etag) = (header(&answer, "content-length"), header(&answer, "etag"));
    let bytes = answer.bytes().unwrap();
    assert_eq!(length, bytes.len().to_string());

    let zip = folder.path().join("got.zip");
    std::fs::write(&zip, &bytes).unwrap();
    let zip = zip.to_str().unwrap();
    run("unzip", &["-tqq", zip]);
    run("7z", &["t", zip]);
    let bad =
        run("python3", &["-c", "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())", zip]);
    assert_eq!(bad.trim(), "None");
    let out = folder.path().join("out");
    run("unzip", &["-qq", zip, "-d", out.to_str().unwrap()]);
    run(
        "diff",
        &["-r", "--no-dereference", project.to_str().unwrap(), out.join("project").to_str().unwrap()],
    );
    let time = |path: &Path| {
        std::fs::metadata(path).unwrap().modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap()
    };
    assert_eq!(time(&project.join("plain.txt")).as_secs(), time(&out.join("project/plain.txt")).as_secs());

    // What an interrupted download asks for.
    let half = bytes.len() / 2;
    let rest =
        world.get(&url).header("range", format!("bytes={half}-")).header("if-range", &etag).send().unwrap();
    assert_eq!(rest.status(), 206);
    assert!(rest.bytes().unwrap() == bytes[half..]);
}

#[test]
fn a_part_of_a_share_and_what_is_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a/b/c.txt", "deep");
    let published = publish_new(folder.path());
    let world = world();
    let get = |path: &str| {
        world.get(&world.data(published.share, &format!("zip/{}/{path}", published.manifest))).send().unwrap()
    };
    let zip = folder.path().join("b.zip");
    std::fs::write(&zip, get("a/b").bytes().unwrap()).unwrap();
    assert!(run("unzip", &["-l", zip.to_str().unwrap()]).contains(" b/c.txt"));
    assert_eq!(json(get("a/b/c.txt"))["code"], "not_directory");
    assert_eq!(json(get("missing"))["code"], "path_not_found");
}
