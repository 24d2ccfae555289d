//! What was published comes back: through the gateway and straight from the bucket, whole, in parts, gated, and checked.

use crate::bucket;
use crate::world::{
    Published, files_below, noise, publish, publish_again, publish_new, viewer_token, vitrine, write,
};
use serde_json::Value;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Output;
use vitrine_protocol::{ObjectKey, Sha256};

fn make(folder: &Path) {
    for n in 0..300_u64 {
        let size = 200 + usize::try_from(n * 53).unwrap();
        write(folder, &format!("dir {}/file {n} é.bin", n % 9), noise(n, size));
    }
    write(folder, "large.bin", noise(1000, 30 << 20));
    write(folder, "empty.txt", "");
    std::fs::create_dir(folder.join("nothing here")).unwrap();
    symlink("dir 1", folder.join("link")).unwrap();
}

fn run(args: &[&str], env: &[(&str, &str)]) -> Output {
    vitrine().args(args).envs(env.iter().copied()).output().unwrap()
}

fn last(output: &Output) -> Value {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let line = stdout.lines().last().unwrap_or_else(|| panic!("no output; stderr:\n{stderr}"));
    serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}\n{stderr}"))
}

/// Copies with those flags; anything but success ends the test.
fn copy(published: &Published, dest: &Path, flags: &[&str]) -> Value {
    let dest = dest.to_str().unwrap();
    let output = run(&[&["copy", &published.url, dest, "--json"], flags].concat(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    last(&output)
}

fn assert_same(folder: &Path, copy: &Path) {
    let files = files_below(folder);
    assert_eq!(files, files_below(copy));
    for path in files {
        let (from, to) = (folder.join(&path), copy.join(&path));
        assert!(std::fs::read(&from).unwrap() == std::fs::read(&to).unwrap(), "{path} has other bytes");
        let ms = |path: &Path| {
            let time = std::fs::metadata(path).unwrap().modified().unwrap();
            time.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
        };
        assert_eq!(ms(&from), ms(&to), "{path} has its time");
    }
}

#[test]
fn a_share_comes_back_and_is_whole() {
    let (folder, dest) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(folder.path());
    let published = publish_new(folder.path());
    let back = dest.path().join("back");
    assert_eq!(copy(&published, &back, &[])["files"], published.number("files"));
    assert_same(folder.path(), &back);
    assert_eq!(std::fs::read_link(back.join("link")).unwrap(), Path::new("dir 1"));
    assert!(back.join("nothing here").is_dir());
    assert_eq!(copy(&published, &back, &[])["files"], 0, "what is there is not fetched again");

    let part = dest.path().join("part");
    copy(&published, &part, &["dir 3", "empty.txt"]);
    assert_eq!(files_below(&part).len(), 34);

    write(folder.path(), "dir 2/file 2 é.bin", noise(99, 5000));
    let second = publish_again(folder.path(), published.share);
    let refused = run(&["copy", &second.url, back.to_str().unwrap()], &[]);
    assert_eq!(refused.status.code(), Some(1), "the old file is in the way");
    assert_eq!(copy(&second, &back, &["--force"])["files"], 1);
    assert_same(folder.path(), &back);

    let verified = run(&["verify", &second.url, "--json"], &[]);
    assert_eq!((verified.status.code(), &last(&verified)["whole"]), (Some(0), &true.into()));
}

#[test]
fn a_bucket_alone_is_enough_to_read() {
    let (folder, dest) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    make(folder.path());
    let published = publish_new(folder.path());
    let store = format!("s3://{}", bucket::BUCKET);
    let env = [("AWS_ACCESS_KEY_ID", bucket::KEY), ("AWS_SECRET_ACCESS_KEY", bucket::SECRET)];
    let endpoint = bucket::endpoint();
    let at = ["--store", &store, "--endpoint", &endpoint];
    let share = published.share.to_string();
    let copied = run(&[&["copy", &share, dest.path().to_str().unwrap()], &at[..]].concat(), &env);
    assert_eq!(copied.status.code(), Some(0), "{}", String::from_utf8_lossy(&copied.stderr));
    assert_same(folder.path(), dest.path());
    assert_eq!(run(&[&["verify", &share], &at[..]].concat(), &env).status.code(), Some(0));
}

#[test]
fn a_gated_share_is_copied_with_a_viewer_token() {
    let (folder, dest) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(folder.path(), "a.txt", "secret");
    let published = publish(folder.path(), &["--scope", "authenticated"]);
    let dest = dest.path().to_str().unwrap();
    assert_eq!(run(&["copy", &published.url, dest], &[]).status.code(), Some(1));
    let token = viewer_token(published.share, &[]);
    let copied = run(&["copy", &published.url, dest], &[("VITRINE_VIEWER_TOKEN", &token)]);
    assert_eq!(copied.status.code(), Some(0), "{}", String::from_utf8_lossy(&copied.stderr));
    assert_same(folder.path(), Path::new(dest));
}

#[test]
fn damage_is_found_and_costs_one_file() {
    let (folder, dest) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let content = noise(5, 400_000);
    write(folder.path(), "bad.bin", &content);
    write(folder.path(), "good.txt", "good");
    let published = publish_new(folder.path());
    let blob = Sha256::of(&content);
    // Another body under the same name, as a broken disk would have it.
    bucket::put(ObjectKey::blob(published.share, blob), &noise(6, 400_000));
    let verified = run(&["verify", &published.url, "--json"], &[]);
    assert_eq!(verified.status.code(), Some(1));
    let said = last(&verified);
    assert_eq!(said["bad_blobs"][0]["blob"], blob.to_string());
    assert_eq!(said["hurt_files"][0]["path"], "bad.bin");
    let copied = run(&["copy", &published.url, dest.path().to_str().unwrap()], &[]);
    assert_eq!(copied.status.code(), Some(3));
    assert_eq!(files_below(dest.path()), ["good.txt"]);
}
