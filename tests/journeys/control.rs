//! The control API on the real Worker: what a change does to readers, how soon, and what is kept of it.

use crate::world::{admin, api_token, header, json, publish, publish_again, world, write};
use serde_json::json as object;
use std::time::{Duration, Instant};
use vitrine_protocol::ShareId;

/// What design §5 promises of every change of who may read.
const HEARD_WITHIN: Duration = Duration::from_mins(1);

fn status(share: ShareId) -> u16 {
    world().get(&world().data(share, "latest.json")).send().unwrap().status().as_u16()
}

fn until_status(share: ShareId, wanted: u16) {
    let begun = Instant::now();
    while status(share) != wanted {
        assert!(begun.elapsed() < HEARD_WITHIN, "readers still get {}, not {wanted}", status(share));
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn what_is_changed_is_so_for_readers_within_a_minute() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish(folder.path(), &["--scope", "public"]).share;
    let named = object!({ "share_id": share });
    assert_eq!(status(share), 200);
    for (call, token, body, wanted) in [
        ("shares/update", world.token.as_str(), object!({"share_id": share, "scope": "authenticated"}), 404),
        ("shares/update", &world.token, object!({"share_id": share, "scope": "unlisted"}), 200),
        (
            "admin/suspend",
            admin(),
            object!({"share_id": share, "suspended": true, "reason": "a complaint"}),
            404,
        ),
        ("admin/suspend", admin(), object!({"share_id": share, "suspended": false}), 200),
        ("shares/delete", &world.token, named.clone(), 404),
        ("shares/restore", &world.token, named.clone(), 200),
    ] {
        world.ok(token, call, &body);
        until_status(share, wanted);
    }
    let audit = world.ask(admin(), &format!("admin/audit?share_id={share}"));
    let seen: Vec<_> =
        audit["records"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    let expected = [
        "shares/restore",
        "shares/delete",
        "admin/suspend",
        "admin/suspend",
        "shares/update",
        "shares/update",
    ];
    assert_eq!(seen[..6], expected);
    assert_eq!(seen[6..], ["publish/commit", "publish/begin", "shares/create"]);
}

#[test]
fn names_for_people_lead_to_the_share_the_old_ones_too() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "notes/a b.txt", "one");
    let share = publish(folder.path(), &["--scope", "public"]).share;
    let service = api_token(&["--service"]);
    for slug in ["first-name", "second-name"] {
        world.ok(&service, "shares/update", &object!({"share_id": share, "owner": "journey", "slug": slug}));
    }
    let leads = |path: &str| {
        let answer = world.get(&format!("{}/@{path}", world.share)).send().unwrap();
        assert_eq!(answer.status(), 302, "{path}");
        header(&answer, "location")
    };
    for slug in ["first-name", "second-name"] {
        assert_eq!(leads(&format!("journey/{slug}")), format!("{}/{share}/", world.share));
        let deep = leads(&format!("journey/{slug}/notes/a%20b.txt?x=1"));
        assert_eq!(deep, format!("{}/{share}/notes/a%20b.txt?x=1", world.share));
    }
    let nowhere = leads("journey/no-such-name");
    assert_eq!(nowhere, leads("journey/no-such-name"), "always the same");
    let page = world.get(&nowhere).send().unwrap();
    assert_eq!(page.status(), 404, "{nowhere}");
    let record = world.ask(&world.token, &format!("shares/{share}"));
    assert_eq!(record["human_url"], format!("{}/@journey/second-name/", world.share));
}

#[test]
fn viewer_tokens_of_the_control_plane_open_a_gated_share() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish(folder.path(), &["--scope", "authenticated"]).share;
    let service = api_token(&["--service"]);
    let minted = world.ok(&service, "shares/viewer-token", &object!({"share_id": share, "sub": "student-1"}));
    let exchange = |token: &str| {
        let url = format!("{}/~/{share}/session", world.share);
        world.request("POST", &url).body(object!({ "token": token }).to_string()).send().unwrap()
    };
    let session = json(exchange(minted["token"].as_str().unwrap()));
    let url = format!("{}/~{}/{share}/raw/a.txt", world.share, session["capability"].as_str().unwrap());
    assert_eq!(world.get(&url).send().unwrap().text().unwrap(), "one");
    world.ok(&world.token, "shares/update", &object!({"share_id": share, "revoke_tokens": true}));
    let begun = Instant::now();
    while exchange(minted["token"].as_str().unwrap()).status() != 401 {
        assert!(begun.elapsed() < HEARD_WITHIN);
        std::thread::sleep(Duration::from_millis(200));
    }
    for path in ["/.well-known/jwks.json", "/api/v2/jwks.json"] {
        let keys = json(world.get(&format!("{}{path}", world.app)).send().unwrap());
        assert_eq!(keys["keys"][0]["alg"], "EdDSA");
        assert!(keys["keys"][0].get("d").is_none());
    }
}

#[test]
fn garbage_is_found_and_waits_for_its_time() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let large = |seed: u64| crate::world::noise(seed, 400_000);
    write(folder.path(), "a.bin", large(1));
    let share = publish(folder.path(), &["--scope", "public"]).share;
    write(folder.path(), "a.bin", large(2));
    publish_again(folder.path(), share);
    let dry = world.ok(admin(), "admin/gc", &object!({"share_id": share, "dry_run": true}));
    assert_eq!((&dry["marked"], &dry["deleted"]), (&object!(2), &object!(0)), "{dry}");
    let ran = world.ok(admin(), "admin/gc", &object!({ "share_id": share }));
    assert_eq!(
        (&ran["marked"], &ran["waiting"], &ran["deleted"]),
        (&object!(2), &object!(2), &object!(0)),
        "{ran}"
    );
    let again = world.ok(admin(), "admin/gc", &object!({ "share_id": share }));
    assert_eq!((&again["marked"], &again["waiting"]), (&object!(0), &object!(2)), "{again}");
    assert_eq!(world.get(&world.raw(share, "a.bin")).send().unwrap().bytes().unwrap(), large(2));
}

#[test]
fn searching_finds_what_is_public_and_no_more() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let word = format!("w{}", std::process::id());
    let open = publish(folder.path(), &["--scope", "public", "--title", &format!("About {word}")]).share;
    publish(folder.path(), &["--scope", "unlisted", "--title", &format!("Hidden {word}")]);
    let find = |token: Option<&str>| {
        let request = world.get(&format!("{}/api/v2/shares?query={word}", world.app));
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        let found = json(request.send().unwrap());
        let ids = found["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| share["share_id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(find(None), [open.to_string()]);
    assert_eq!(find(Some(&world.token)).len(), 2);
}

/// The statuses of `count` calls that rename one share, made at once.
fn renamed_at_once(share: ShareId, count: usize, token: &str) -> Vec<u16> {
    std::thread::scope(|scope| {
        let calls = (0..count).map(|n| {
            scope.spawn(move || {
                let body = object!({ "share_id": share, "title": format!("title {n}") });
                world().call(token, "shares/update", &body).status().as_u16()
            })
        });
        calls.collect::<Vec<_>>().into_iter().map(|call| call.join().unwrap()).collect()
    })
}

#[test]
fn fifty_changes_of_one_share_at_once_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish(folder.path(), &["--scope", "public"]).share;
    assert_eq!(renamed_at_once(share, 50, &api_token(&["--service"])), [200; 50]);
}

#[test]
fn a_flood_of_changes_holds_no_operator_off() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish(folder.path(), &["--scope", "public"]).share;
    assert_eq!(status(share), 200);
    // Callers whose calls are not counted stand for many addresses.
    let flood: Vec<_> = (0..4).map(|n| api_token(&["--service", "--sub", &format!("flood-{n}")])).collect();
    let ended = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for n in 0..12 {
            let (token, ended) = (&flood[n % flood.len()], &ended);
            scope.spawn(move || {
                while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                    renamed_at_once(share, 1, token);
                }
            });
        }
        let asked = Instant::now();
        let withheld = world().call(
            admin(),
            "admin/suspend",
            &object!({ "share_id": share, "suspended": true, "reason": "abuse" }),
        );
        let (said, took, begun) = (withheld.status().as_u16(), asked.elapsed(), Instant::now());
        until_status(share, 404);
        let heard = begun.elapsed();
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(said, 200);
        // It waits for the write that is under way, and for its own.
        assert!(took < Duration::from_secs(1), "it took {took:?}");
        // What an isolate believes of a share, and the time of a look.
        assert!(heard < Duration::from_secs(11), "readers got it for {heard:?} more");
    });
    let row = world().ask(admin(), &format!("shares/{share}"));
    assert_eq!(row["state"], "suspended", "the row agrees");
}
