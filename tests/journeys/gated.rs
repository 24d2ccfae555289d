//! Gated shares over HTTP: what is let in, what is turned away, how fast a change of mind is heard, and what a download that
//! was interrupted asks for.

use crate::bucket;
use crate::world::{Published, World, header, json, noise, publish, viewer_token, world, write};
use reqwest::blocking::Response;
use serde_json::json as object;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use vitrine_protocol::{Meta, ObjectKey, Scope, ShareId, State};

/// A share for readers with a token.
fn gated(folder: &std::path::Path) -> Published {
    publish(folder, &["--scope", "authenticated", "--title", "Secret title"])
}

fn share() -> &'static Published {
    static SHARE: OnceLock<Published> = OnceLock::new();
    SHARE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.txt", "0123456789");
        write(folder.path(), "page.html", "<script>1</script>");
        // Too large for a pack, so its hash is a blob's name.
        write(folder.path(), "z.bin", noise(7, 300_000));
        gated(folder.path())
    })
}

/// Exchanges a token or a renewal.
fn exchange(world: &World, share: ShareId, body: &serde_json::Value) -> Response {
    let url = format!("{}/~/{share}/session", world.share);
    world.request("POST", &url).body(body.to_string()).send().unwrap()
}

fn session(share: ShareId) -> serde_json::Value {
    let answer = exchange(world(), share, &object!({ "token": viewer_token(share, &[]) }));
    assert_eq!(answer.status(), 200);
    json(answer)
}

fn capability(share: ShareId) -> String {
    session(share)["capability"].as_str().unwrap().to_owned()
}

/// The address of a data route, with a capability.
fn with(capability: &str, share: ShareId, rest: &str) -> String {
    format!("{}/~{capability}/{share}/{rest}", world().share)
}

fn every_route(published: &Published) -> Vec<String> {
    let id = published.manifest;
    vec![
        "latest.json".into(),
        "meta.json".into(),
        format!("manifests/{id}.json"),
        format!("files/{id}/a.txt"),
        "raw/a.txt".into(),
        format!("zip/{id}/"),
        format!("blobs/{}", vitrine_protocol::Sha256::of(&noise(7, 300_000))),
    ]
}

#[test]
fn every_route_opens_with_a_capability_or_a_token_and_with_nothing_else() {
    let (world, share) = (world(), share());
    let capability = capability(share.share);
    let token = viewer_token(share.share, &[]);
    for rest in every_route(share) {
        let bare = world.get(&world.data(share.share, &rest)).send().unwrap();
        assert_eq!(bare.status(), 404, "{rest}");
        assert_eq!(json(bare)["code"], "share_not_found");
        let by_token = world.get(&world.data(share.share, &rest)).bearer_auth(&token).send().unwrap();
        let by_path = world.get(&with(&capability, share.share, &rest)).send().unwrap();
        for answer in [by_token, by_path] {
            assert_eq!(answer.status(), 200, "{rest}");
            let cache = header(&answer, "cache-control");
            assert!(cache.starts_with("private, ") && !cache.contains("immutable"), "{rest}: {cache}");
            assert_eq!(header(&answer, "set-cookie"), "");
        }
        for (credential, code) in
            [(&capability[1..], "invalid_token"), ("x", "invalid_token"), (&token[..40], "invalid_token")]
        {
            let answer = world.get(&with(credential, share.share, &rest)).send().unwrap();
            assert_eq!(header(&answer, "www-authenticate"), "Bearer");
            assert_eq!((answer.status().as_u16(), json(answer)["code"].as_str().unwrap()), (401, code));
        }
    }
    let other = gated(tempfile::tempdir().unwrap().path());
    let answer = world.get(&with(&capability, other.share, "latest.json")).send().unwrap();
    assert_eq!(json(answer)["code"], "invalid_token", "it opens one share");
}

#[test]
fn the_page_of_a_gated_share_is_that_of_none() {
    let (world, share) = (world(), share());
    let page = |share: &str| {
        let answer = world.get(&format!("{}/{share}/a.txt", world.share)).send().unwrap();
        let mut headers: Vec<_> = answer
            .headers()
            .iter()
            .filter(|(name, _)| !["x-request-id", "date", "server-timing"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        (answer.status().as_u16(), headers, answer.text().unwrap())
    };
    let (gated, unknown) = (page(share.share.as_str()), page("e0000000000000000000000000"));
    assert_eq!(gated, unknown);
    assert_eq!(gated.0, 404);
    assert!(!gated.2.contains("Secret") && !gated.2.contains("og:") && gated.2.contains("noindex"));
}

#[test]
fn the_frame_origin_opens_with_its_own_capability() {
    let (world, share) = (world(), share());
    let session = session(share.share);
    let ask_as = |field: &str, prefix: &str, destination: &str| {
        let capability = session[field].as_str().unwrap();
        let url = with(capability, share.share, &format!("files/{}/page.html", share.manifest));
        let url = url.replace(&world.share, &format!("{}{prefix}", world.frame));
        world.get(&url).header("sec-fetch-dest", destination).send().unwrap()
    };
    let ask = |field: &str, prefix: &str| ask_as(field, prefix, "iframe");
    let alone = ask_as("frame_capability", "/gated", "document");
    let policy = header(&alone, "content-security-policy");
    assert!(
        policy.starts_with("sandbox; default-src 'none'; ") && !policy.contains("script-src"),
        "{policy}"
    );
    assert!(header(&alone, "vary").contains("Sec-Fetch-Dest"));
    let framed = ask("frame_capability", "/gated");
    assert_eq!(framed.status(), 200);
    assert!(header(&framed, "content-type").starts_with("text/html"));
    let policy = header(&framed, "content-security-policy");
    assert!(policy.starts_with("sandbox allow-scripts ") && !policy.contains(" https: "), "{policy}");
    assert_eq!(ask("capability", "/gated").status(), 401);
    assert_eq!(
        ask("frame_capability", "").status(),
        404,
        "where documents may talk to the world, it opens nothing"
    );
    let stolen = with(session["frame_capability"].as_str().unwrap(), share.share, "latest.json");
    assert_eq!(world.get(&stolen).send().unwrap().status(), 401, "what a document can read opens no listing");
}

#[test]
fn exchanges_are_exact() {
    let (world, id) = (world(), share().share);
    let code =
        |body: &serde_json::Value| json(exchange(world, id, body))["code"].as_str().unwrap().to_owned();
    assert_eq!(code(&object!({})), "invalid_request");
    assert_eq!(code(&object!({ "token": "nonsense" })), "invalid_token");
    assert_eq!(code(&object!({ "token": viewer_token(id, &["--ttl=-60"]) })), "token_expired");
    assert_eq!(code(&object!({ "token": viewer_token(id, &["--ttl=3600"]) })), "invalid_token");
    assert_eq!(
        code(&object!({ "token": viewer_token(id, &["--scope", "org", "--org", "o"]) })),
        "share_not_found"
    );
    assert_eq!(code(&object!({ "token": "x".repeat(10_000) })), "too_large");
    let url = format!("{}/~/{id}/session", world.share);
    let other = world.get(&url).send().unwrap();
    assert_eq!((other.status().as_u16(), header(&other, "allow")), (405, "POST".into()));
    let preflight = world.request("OPTIONS", &url).send().unwrap();
    assert_eq!(
        (preflight.status().as_u16(), header(&preflight, "access-control-allow-origin")),
        (405, String::new())
    );
    let good = exchange(world, id, &object!({ "token": viewer_token(id, &[]) }));
    assert_eq!(header(&good, "cache-control"), "no-store");
    assert_eq!(header(&good, "access-control-allow-origin"), "", "no other site may read it");
    let renewal = json(good)["renewal"].as_str().unwrap().to_owned();
    assert_eq!(exchange(world, id, &object!({ "renewal": renewal })).status(), 200);
}

#[test]
fn an_organisations_share_opens_to_its_members() {
    let world = world();
    let body = object!({ "scope": "org", "org_id": "school" });
    let created = json(world.call(&world.token, "shares/create", &body));
    let id: ShareId = created["share_id"].as_str().unwrap().parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "x");
    publish(folder.path(), &["--share", id.as_str()]);
    let status =
        |flags: &[&str]| exchange(world, id, &object!({ "token": viewer_token(id, flags) })).status();
    assert_eq!(status(&["--scope", "org", "--org", "school"]), 200);
    assert_eq!(status(&["--scope", "org", "--org", "other"]), 404);
    assert_eq!(status(&["--scope", "org"]), 404);
    assert_eq!(status(&[]), 404);
}

/// Changes a share behind the Worker's back, as another data centre would see it.
fn change(share: ShareId, change: impl FnOnce(&mut Meta)) {
    let key = ObjectKey::meta(share);
    let mut meta = Meta::from_json(&bucket::get("", key).unwrap()).unwrap();
    change(&mut meta);
    bucket::put(key, &meta.to_json());
}

#[test]
fn a_change_of_mind_is_heard_within_a_minute() {
    type Change = fn(&mut Meta, i64);
    let world = world();
    let now = || i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let changes: [(&str, Change, &str); 3] = [
        ("suspended", |meta, _| meta.state = State::Suspended, "share_not_found"),
        ("revoked", |meta, now| meta.tokens_valid_after = now + 2000, "token_revoked"),
        ("another scope", |meta, _| meta.scope = Scope::Org, "share_not_found"),
    ];
    for (what, how, expected) in changes {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.txt", "0123456789");
        write(folder.path(), "z.bin", noise(7, 300_000));
        let published = gated(folder.path());
        let token = viewer_token(published.share, &[]);
        let ask = |rest: &str| {
            let url = world.data(published.share, rest);
            world.get(&url).bearer_auth(&token).send().unwrap()
        };
        // Warm every cache.
        for rest in every_route(&published) {
            assert_eq!(ask(&rest).status(), 200, "{rest}");
        }
        change(published.share, |meta| how(meta, now()));
        let begun = Instant::now();
        for rest in every_route(&published) {
            loop {
                let answer = ask(&rest);
                if answer.status() != 200 {
                    assert_eq!(json(answer)["code"], expected, "{what} on {rest}");
                    break;
                }
                assert!(begun.elapsed() < Duration::from_mins(1), "{what} is not heard of on {rest}");
                std::thread::yield_now();
            }
        }
    }
}

#[test]
fn a_download_that_was_interrupted_goes_on() {
    const SIZE: usize = 24 << 20;
    let folder = tempfile::tempdir().unwrap();
    let content = noise(7, SIZE);
    write(folder.path(), "course/large.bin", &content);
    write(folder.path(), "course/small.txt", "small");
    let published = gated(&folder.path().join("course"));
    let out = folder.path().join("course.zip");
    let curl = |extra: &[&str]| -> Command {
        // A session of its own each time, as after a pause.
        let url =
            with(&capability(published.share), published.share, &format!("zip/{}/", published.manifest));
        let resolve = format!("share.localhost:{}:127.0.0.1", world().port);
        let mut command = Command::new("curl");
        command.args(["-sS", "--resolve", &resolve]).args(extra).arg(&url);
        command
    };
    // It ends with its reader, who has had enough after two megabytes.
    let mut cut = curl(&[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut beginning = cut.stdout.take().unwrap().take(2 << 20);
    let had = std::io::copy(&mut beginning, &mut std::fs::File::create(&out).unwrap()).unwrap();
    drop(beginning);
    assert_eq!(
        (had, cut.wait().unwrap().code()),
        (2 << 20, Some(23)),
        "curl's own code for a reader that has gone"
    );
    let rest = ["-C", "-", "-w", "%{http_code} %{size_download}", "-o", out.to_str().unwrap()];
    let rest = curl(&rest).output().unwrap();
    let told = String::from_utf8(rest.stdout).unwrap();
    assert!(told.starts_with("206 "), "{told} {}", String::from_utf8_lossy(&rest.stderr));
    let downloaded: u64 = told["206 ".len()..].parse().unwrap();
    assert_eq!(had + downloaded, std::fs::metadata(&out).unwrap().len(), "nothing is sent twice");
    let test = Command::new("unzip").args(["-tqq", out.to_str().unwrap()]).output().unwrap();
    assert!(test.status.success(), "{}", String::from_utf8_lossy(&test.stdout));
    let back = Command::new("unzip").args(["-p", out.to_str().unwrap(), "*/large.bin"]).output().unwrap();
    assert!(back.stdout == content);
}
