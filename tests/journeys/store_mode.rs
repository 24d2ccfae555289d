//! Publishing straight into a bucket, without a control plane.

use crate::bucket::{BUCKET, KEY, SECRET, endpoint, get};
use crate::world::{vitrine, write};
use serde_json::Value;
use std::path::Path;
use vitrine_protocol::{Latest, Manifest, ObjectKey, Sha256, ShareId};

fn publish(folder: &Path, share: &str) -> Value {
    let mut command = vitrine();
    command.env_remove("VITRINE_API").env_remove("VITRINE_TOKEN");
    command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
    command.arg("publish").arg(folder).args(["--json", "--yes", "--share", share, "--endpoint", &endpoint()]);
    let output = command.args(["--store", &format!("s3://{BUCKET}/elsewhere")]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(String::from_utf8(output.stdout).unwrap().lines().last().unwrap()).unwrap()
}

#[test]
fn a_bucket_alone_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share: ShareId = "e00000000000000000000000st".parse().unwrap();
    let first = publish(folder.path(), share.as_str());
    let prefix = "elsewhere/";
    let latest = Latest::from_json(&get(prefix, ObjectKey::latest(share)).unwrap()).unwrap();
    assert_eq!(first["manifest_id"], latest.manifest_id.to_string());
    let manifest = get(prefix, ObjectKey::manifest(share, latest.manifest_id)).unwrap();
    assert_eq!(Sha256::of(&manifest), latest.manifest_hash);
    assert_eq!(Manifest::from_json(&manifest).unwrap().file_count, 1);
    assert_eq!(get(prefix, ObjectKey::blob(share, Sha256::of(b"one"))).unwrap(), b"one");

    assert_eq!(publish(folder.path(), share.as_str())["uploaded_objects"], 0);
    write(folder.path(), "b.txt", "two");
    let third = publish(folder.path(), share.as_str());
    assert_eq!(third["uploaded_objects"], 1);
    let latest = Latest::from_json(&get(prefix, ObjectKey::latest(share)).unwrap()).unwrap();
    assert_eq!(
        (third["manifest_id"].as_str().unwrap(), latest.file_count),
        (latest.manifest_id.to_string().as_str(), 2)
    );
}
