//! Two publishers of one share: the second is told who has it, and nothing is lost.

use crate::world::{json, publish_again, publish_new, vitrine, world, write};
use serde_json::json as object;

#[test]
fn the_second_is_told_and_the_first_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let first = publish_new(folder.path());
    let world = world();
    let begin = object!({ "share_id": first.share, "holder": "the other publisher", "nonce": "n" });
    let ticket = json(world.call(&world.token, "publish/begin", &begin));
    let epoch = ticket["epoch"].as_u64().unwrap();

    write(folder.path(), "a.txt", "two");
    let output = vitrine()
        .arg("publish")
        .arg(folder.path())
        .args(["--share", first.share.as_str(), "--yes"])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("the other publisher") && stderr.contains("hint:"), "{stderr}");
    assert_eq!(world.latest(first.share)["manifest_id"], first.manifest.to_string());

    // The same asker gets in again, under a new epoch that ends the old one.
    let again = json(world.call(&world.token, "publish/begin", &begin));
    assert!(again["epoch"].as_u64().unwrap() > epoch);
    let renewed =
        world.call(&world.token, "publish/renew", &object!({ "share_id": first.share, "epoch": epoch }));
    assert_eq!((renewed.status().as_u16(), json(renewed)["code"].clone()), (409, "lease_lost".into()));

    let abort = object!({ "share_id": first.share, "epoch": again["epoch"] });
    assert_eq!(json(world.call(&world.token, "publish/abort", &abort))["released"], true);
    assert_eq!(json(world.call(&world.token, "publish/abort", &abort))["released"], false);
    publish_again(folder.path(), first.share);
    assert_eq!(world.get(&world.raw(first.share, "a.txt")).send().unwrap().text().unwrap(), "two");
}

#[test]
fn a_commit_under_a_stale_epoch_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let first = publish_new(folder.path());
    let world = world();
    let commit = |manifest: &str, hash: &str| {
        let body =
            object!({ "share_id": first.share, "epoch": 1, "manifest_id": manifest, "manifest_hash": hash });
        let answer = world.call(&world.token, "publish/commit", &body);
        (answer.status().as_u16(), json(answer))
    };
    let latest = world.latest(first.share);
    let (status, problem) = commit("01ARZ3NDEKTSV4RRFFQ69G5FAV", &"0".repeat(64));
    assert_eq!((status, &problem["code"]), (409, &"lease_lost".into()));
    // The same commit again is the same answer again: the reply may have been lost.
    let (status, answer) =
        commit(latest["manifest_id"].as_str().unwrap(), latest["manifest_hash"].as_str().unwrap());
    assert_eq!((status, &answer["latest"]), (200, &latest));
    assert_eq!(world.latest(first.share), latest);
}
