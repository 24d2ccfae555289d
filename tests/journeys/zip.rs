//! A folder as ZIP: three readers of ZIP files agree with the folder, and an interrupted download goes on.

use crate::handmade;
use crate::world::{header, json, noise, publish_new, world, write};
use std::fs::File;
use std::path::Path;
use std::process::Command;
use vitrine_protocol::{EntryName, Extent, Sha256};

const NAMES: &[&str] =
    &["plain.txt", "a b/c d.txt", "100%.txt", "ünï 🌊/e\u{301}.txt", "quote's x.txt", "&b;.html"];

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
    three_readers(&zip);
    let zip = zip.to_str().unwrap();
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

/// Three readers of ZIP files, side by side: each checks every CRC-32.
fn three_readers(zip: &Path) {
    let zip = zip.to_str().unwrap();
    let python = "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())";
    std::thread::scope(|scope| {
        scope.spawn(|| run("unzip", &["-tqq", zip]));
        scope.spawn(|| run("7z", &["t", zip]));
        assert_eq!(run("python3", &["-c", python, zip]).trim(), "None");
    });
}

#[test]
fn more_than_four_gigabytes_with_hostile_names() {
    const BLOB: usize = 64 << 20;
    const TIMES: u64 = 66;
    let zeros = vec![0; BLOB];
    let blob = Sha256::of(&zeros);
    let extent = |length: usize| Extent { blob, offset: 0, length: length as u64 };
    let mut crc = crc32fast::Hasher::new();
    crc.update(&zeros);
    let one = crc.clone();
    (1..TIMES).for_each(|_| crc.combine(&one));
    let mut files = vec![handmade::file(
        "a sparse file",
        blob,
        crc.finalize(),
        vec![extent(BLOB); usize::try_from(TIMES).unwrap()],
    )];
    // Behind it, each begins past the fourth gigabyte.
    let names = hostile_names();
    files.extend(
        names.iter().map(|name| handmade::file(name, blob, crc32fast::hash(&[0; 100]), vec![extent(100)])),
    );
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let published = handmade::publish(files, &[&zeros]);

    let world = world();
    let url = world.data(published.share, &format!("zip/{}/", published.manifest));
    let mut answer = world.get(&url).send().unwrap();
    let length: u64 = header(&answer, "content-length").parse().unwrap();
    assert!(length > 4 << 30, "{length}");
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("large.zip");
    assert_eq!(answer.copy_to(&mut File::create(&zip).unwrap()).unwrap(), length);
    three_readers(&zip);
    let listed = run(
        "python3",
        &[
            "-c",
            "import sys, zipfile, json; print(json.dumps([i.filename for i in zipfile.ZipFile(sys.argv[1]).infolist() if not i.is_dir()]))",
            zip.to_str().unwrap(),
        ],
    );
    let listed: Vec<String> = serde_json::from_str(&listed).unwrap();
    let mut listed: Vec<&str> = listed.iter().map(|name| name.split_once('/').unwrap().1).collect();
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(listed.len(), names.len() + 1, "none is lost, and none there twice");
    let refused =
        |name: &&&str| name.contains(['\\', ':', '"', '\n', '\u{202e}']) || name.ends_with(['.', ' ']);
    assert_eq!(listed.iter().find(refused), None);
    for written in [
        "a sparse file",
        "CON_",
        "a_b",
        "~",
        "-rf",
        "$(id)",
        "%2e%2e",
        "_gpj.exe",
        "new_line",
        "_q_",
        "é",
        "e\u{301}",
    ] {
        assert!(listed.contains(&written), "{written} of {listed:?}");
    }

    // The last bytes alone: the directory and its ZIP64 records.
    let from = length - 5000;
    let tail = world.get(&url).header("range", format!("bytes={from}-")).send().unwrap();
    assert_eq!(tail.status(), 206);
    let tail = tail.bytes().unwrap();
    let mut whole = vec![0; 5000];
    std::os::unix::fs::FileExt::read_exact_at(&File::open(&zip).unwrap(), &mut whole, from).unwrap();
    assert!(tail == whole);
}

/// Our own, and each line of the corpus's naughty strings that can be a name. Python takes a backslash for a separator on
/// no system that we test on, but cuts names at NUL, which no name has.
fn hostile_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "CON",
        "a:b",
        "~",
        "-rf",
        "$(id)",
        "%2e%2e",
        "\u{202e}gpj.exe",
        "new\nline",
        "\"q\"",
        "é",
        "e\u{301}",
    ]
    .map(str::to_owned)
    .to_vec();
    if let Some(corpus) = std::env::var_os("VITRINE_CORPUS").filter(|corpus| !corpus.is_empty()) {
        let lines = std::fs::read_to_string(Path::new(&corpus).join("hostile/blns.txt")).unwrap();
        names.extend(lines.lines().map(|line| line.trim().to_owned()));
    }
    names.retain(|name| EntryName::new(name).is_ok_and(|name| !name.is_hidden()));
    names.sort();
    names.dedup();
    names
}
