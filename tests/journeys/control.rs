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
    let record = world.ask(&world.token, &format!("shares/{share}"));
    assert_eq!(record["human_url"], format!("{}/@journey/second-name/", world.share));
    let page = |path: &str| {
        let answer = world.get(&format!("{}/@{path}", world.share)).send().unwrap();
        let headers: Vec<_> = answer
            .headers()
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        (answer.status().as_u16(), headers, answer.text().unwrap())
    };
    let unknown = page("journey/no-such-name");
    assert_eq!(unknown.0, 404);
    for scope in ["unlisted", "authenticated"] {
        world.ok(&world.token, "shares/update", &object!({"share_id": share, "scope": scope}));
        assert_eq!(page("journey/second-name"), unknown, "{scope}");
        assert_eq!(page("journey/first-name/notes/a%20b.txt"), unknown, "{scope}");
    }
}

#[test]
fn fifty_changes_at_once_all_succeed() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish(folder.path(), &["--scope", "public"]).share;
    let refused = std::thread::scope(|scope| {
        let all: Vec<_> = (0..50)
            .map(|number| {
                let body = object!({"share_id": share, "title": format!("Title {number}")});
                scope.spawn(move || world.call(&world.token, "shares/update", &body).status().as_u16())
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(|status| *status != 200).collect::<Vec<_>>()
    });
    assert!(refused.is_empty(), "{refused:?}");
    let audit = world.ask(admin(), &format!("admin/audit?share_id={share}&limit=60"));
    let updates = audit["records"].as_array().unwrap().iter().filter(|one| one["action"] == "shares/update");
    assert_eq!(updates.count(), 50);
}

/// What an operator's word may take, also while others change the share as fast as they can.
const WITHHELD_WITHIN: Duration = Duration::from_secs(1);

#[test]
fn a_share_is_withheld_under_a_flood_of_changes() {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish(folder.path(), &["--scope", "public"]).share;
    let (operator, url) = (admin(), format!("{}/api/v2/shares/update", world.app));
    let (stop, changed) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for from in 0..12 {
            let (stop, changed, url) = (&stop, &changed, &url);
            scope.spawn(move || {
                for number in 0_usize.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let body = object!({"share_id": share, "title": format!("{from} {number}")}).to_string();
                    let address = format!("2001:db8:{from:x}:{:x}::1", number % 64);
                    let request = world.request("POST", url).bearer_auth(&world.token).body(body);
                    if request.header("cf-connecting-ip", address).send().unwrap().status() == 200 {
                        changed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let begun = Instant::now();
        while changed.load(Ordering::Relaxed) < 50 {
            assert!(begun.elapsed() < HEARD_WITHIN, "nothing is changed");
            std::thread::yield_now();
        }
        let begun = Instant::now();
        let withheld =
            world.call(operator, "admin/suspend", &object!({"share_id": share, "suspended": true}));
        let took = begun.elapsed();
        let (status_of_it, record) = (withheld.status(), json(withheld));
        let begun = Instant::now();
        while status(share) != 404 && begun.elapsed() < HEARD_WITHIN {
            std::thread::sleep(Duration::from_millis(100));
        }
        let heard = begun.elapsed();
        // The flood goes on: nobody gets it back.
        let still = (0..10).map(|_| status(share)).filter(|status| *status != 404).count();
        stop.store(true, Ordering::Relaxed);
        assert_eq!((status_of_it.as_u16(), &record["state"]), (200, &object!("suspended")), "{record}");
        assert!(took < WITHHELD_WITHIN, "it took {took:?}");
        assert!(heard < Duration::from_secs(11), "readers got it for {heard:?} more");
        assert_eq!(still, 0);
    });
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
