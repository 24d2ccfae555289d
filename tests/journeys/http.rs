//! What `curl`, a browser or a crawler meets on the three origins.

use crate::world::{Published, header, json, noise, publish_new, world, write};
use std::sync::OnceLock;

fn share() -> &'static Published {
    static SHARE: OnceLock<Published> = OnceLock::new();
    SHARE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a b.txt", "0123456789");
        write(folder.path(), "page.html", "<script>alert(1)</script>");
        write(folder.path(), "drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
        write(folder.path(), "<b>bold.md", "# Hello");
        write(folder.path(), "paper.pdf", b"%PDF-1.4\n\x80\x81");
        // Too large for a pack, so its hash is a blob's name.
        write(folder.path(), "z.bin", noise(7, 300_000));
        publish_new(folder.path())
    })
}

#[test]
fn a_file_with_its_conditions_and_ranges() {
    let (world, share) = (world(), share());
    let url = world.raw(share.share, "a b.txt");
    let whole = world.get(&url).send().unwrap();
    let etag = header(&whole, "etag");
    assert!(etag.starts_with('"') && etag.len() == 66, "{etag}");
    assert_eq!(header(&whole, "content-type"), "text/plain; charset=utf-8");
    assert_eq!(header(&whole, "accept-ranges"), "bytes");
    assert_eq!(header(&whole, "content-disposition"), "inline; filename=\"a b.txt\"");

    let not_modified = world.get(&url).header("if-none-match", format!("\"x\", W/{etag}")).send().unwrap();
    assert_eq!(not_modified.status(), 304);
    assert_eq!(header(&not_modified, "etag"), etag);
    for (range, body) in [("bytes=2-4", "234"), ("bytes=-3", "789"), ("bytes=7-", "789")] {
        let part = world.get(&url).header("range", range).send().unwrap();
        assert_eq!((part.status().as_u16(), header(&part, "content-length")), (206, "3".into()));
        assert_eq!(part.text().unwrap(), body);
    }
    let beyond = world.get(&url).header("range", "bytes=10-").send().unwrap();
    assert_eq!((beyond.status().as_u16(), header(&beyond, "content-range")), (416, "bytes */10".into()));
    let stale = world.get(&url).header("range", "bytes=2-4").header("if-range", "\"other\"").send().unwrap();
    assert_eq!((stale.status().as_u16(), stale.text().unwrap().as_str()), (200, "0123456789"));
    let head = world.request("HEAD", &url).header("range", "bytes=2-4").send().unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "10".into()));
    assert!(head.bytes().unwrap().is_empty());
    let saved = world.get(&format!("{url}?download")).send().unwrap();
    assert!(header(&saved, "content-disposition").starts_with("attachment"));
    let other = world.request("PUT", &url).send().unwrap();
    assert_eq!((other.status().as_u16(), header(&other, "allow")), (405, "GET, HEAD, OPTIONS".into()));
    let unknown = world.request("PROPFIND", &url).send().unwrap();
    assert_eq!(unknown.status(), 405);
    let exposed = header(&world.get(&url).send().unwrap(), "access-control-expose-headers");
    for name in ["Accept-Ranges", "Content-Range", "Content-Length", "ETag"] {
        assert!(exposed.contains(name), "{exposed}");
    }
}

#[test]
fn preconditions_and_several_ranges() {
    let (world, share) = (world(), share());
    let url = world.raw(share.share, "a b.txt");
    let whole = world.get(&url).send().unwrap();
    let (etag, modified) = (header(&whole, "etag"), header(&whole, "last-modified"));
    let old = "Sat, 29 Oct 1994 19:43:31 GMT";
    for (headers, status) in [
        (&[("if-match", "\"x\"")][..], 412),
        (&[("if-match", etag.as_str())], 200),
        (&[("if-unmodified-since", old)], 412),
        (&[("if-unmodified-since", modified.as_str())], 200),
        (&[("if-modified-since", modified.as_str())], 304),
        (&[("if-modified-since", old)], 200),
        (&[("if-none-match", "\"x\""), ("if-modified-since", modified.as_str())], 200),
        (&[("range", "bytes=0-1"), ("if-range", modified.as_str())], 206),
        (&[("range", "bytes=0-1"), ("if-range", old)], 200),
    ] {
        let request =
            headers.iter().fold(world.get(&url), |request, (name, value)| request.header(*name, *value));
        assert_eq!(request.send().unwrap().status(), status, "{headers:?}");
    }
    let parts = world.get(&url).header("range", "bytes=0-1,4-5,-1").send().unwrap();
    assert_eq!(parts.status(), 206);
    let boundary = header(&parts, "content-type").replace("multipart/byteranges; boundary=", "");
    let length = header(&parts, "content-length");
    let text = parts.text().unwrap();
    assert_eq!(length, text.len().to_string());
    let contents: Vec<&str> = text
        .split(&format!("\r\n--{boundary}"))
        .filter_map(|part| part.split_once("\r\n\r\n").map(|(_, content)| content))
        .collect();
    assert_eq!(contents, ["01", "45", "9"]);
}

#[test]
fn caching_follows_what_can_change() {
    let (world, share) = (world(), share());
    let cache = |url: &str| header(&world.get(url).send().unwrap(), "cache-control");
    let immutable = "public, max-age=31536000, immutable";
    assert_eq!(cache(&world.file(share, "a b.txt")), format!("{immutable}, no-transform"));
    assert_eq!(cache(&world.data(share.share, &format!("manifests/{}.json", share.manifest))), immutable);
    assert_eq!(cache(&world.raw(share.share, "a b.txt")), "public, max-age=30, no-transform");
    assert_eq!(cache(&world.data(share.share, "latest.json")), "public, no-cache");
    assert_eq!(cache(&world.data(share.share, "raw/missing")), "no-store");
}

#[test]
fn documents_are_active_only_on_the_frame_origin() {
    let (world, share) = (world(), share());
    for path in ["page.html", "drawing.svg"] {
        let inert = world.get(&world.raw(share.share, path)).send().unwrap();
        assert_eq!(header(&inert, "content-type"), "text/plain; charset=utf-8");
        assert!(header(&inert, "content-security-policy").starts_with("sandbox;"));
        assert_eq!(header(&inert, "x-content-type-options"), "nosniff");
        let url = world.raw(share.share, path).replace(&world.share, &world.frame);
        let active = world.get(&url).send().unwrap();
        let policy = header(&active, "content-security-policy");
        let allowed =
            if path == "page.html" { "sandbox allow-scripts " } else { "sandbox; default-src 'none'; " };
        assert!(policy.starts_with(allowed) && !policy.contains("allow-same-origin"), "{policy}");
        assert!(header(&active, "content-type").starts_with(if path == "page.html" {
            "text/html"
        } else {
            "image/svg+xml"
        }));
    }
    let pdf = world.get(&world.raw(share.share, "paper.pdf")).send().unwrap();
    assert_eq!(header(&pdf, "content-type"), "application/pdf");
}

#[test]
fn the_shell_says_what_it_shows_and_nothing_runs_in_it() {
    let (world, share) = (world(), share());
    let page = |path: &str| world.get(&format!("{}/{}/{path}", world.share, share.share)).send().unwrap();
    let file = page("%3Cb%3Ebold.md");
    assert_eq!(file.status(), 200);
    let policy = header(&file, "content-security-policy");
    assert!(
        policy.contains("script-src 'self' 'wasm-unsafe-eval';") && policy.contains("frame-ancestors"),
        "{policy}"
    );
    let html = file.text().unwrap();
    assert!(html.contains("<title>&lt;b&gt;bold.md — "), "{html}");
    assert!(html.contains("og:title") && html.contains("noindex"));
    assert_eq!(page("").status(), 200);
    assert_eq!(page("missing").status(), 404);
    let unknown = world.get(&format!("{}/e0000000000000000000000000/", world.share)).send().unwrap();
    assert_eq!(unknown.status(), 404);
    assert!(unknown.text().unwrap().contains("<title>Vitrine</title>"));
    let asset = html.split('"').find(|part| part.starts_with("/_assets/main-")).unwrap();
    let script = world.get(&format!("{}{asset}", world.share)).send().unwrap();
    assert_eq!(script.status(), 200);
    assert!(header(&script, "cache-control").contains("immutable"));
}

#[test]
fn each_absence_has_its_code_and_a_request_id() {
    let (world, share) = (world(), share());
    for (rest, status, code) in [
        ("raw/missing", 404, "path_not_found"),
        ("manifests/x.json", 404, "no_route"),
        ("files/01ARZ3NDEKTSV4RRFFQ69G5FAV/a%2Fb", 404, "no_route"),
        ("files/01ARZ3NDEKTSV4RRFFQ69G5FAV/a", 404, "snapshot_not_found"),
    ] {
        let response = world.get(&world.data(share.share, rest)).send().unwrap();
        assert_eq!(response.status(), status, "{rest}");
        assert_eq!(header(&response, "content-type"), "application/problem+json");
        assert_eq!(json(response)["code"], code);
    }
    let unknown =
        world.get(&world.data("e0000000000000000000000000".parse().unwrap(), "latest.json")).send().unwrap();
    let problem = json(unknown);
    assert_eq!(problem["code"], "share_not_found");
    assert!(!problem["request_id"].as_str().unwrap_or_default().is_empty(), "{problem}");
}

#[test]
fn the_api_decides_before_it_reads() {
    let world = world();
    let call = |token: &str, name: &str, body: &str| {
        let url = format!("{}/api/v2/{name}", world.app);
        let answer = world.request("POST", &url).bearer_auth(token).body(body.to_owned()).send().unwrap();
        (answer.status().as_u16(), json(answer)["code"].as_str().unwrap_or_default().to_owned())
    };
    let large = format!(r#"{{"title":"{}"}}"#, "x".repeat(300_000));
    assert_eq!(call("nonsense", "shares/create", &large).1, "invalid_token");
    assert_eq!(call(&world.token, "shares/create", &large), (413, "too_large".into()));
    assert_eq!(call(&world.token, "no/such/call", "{}").1, "no_route");
    assert_eq!(call(&world.token, "shares/create", "{").1, "invalid_request");
    let epoch = format!(r#"{{"share_id":"{}","epoch":18446744073709551615}}"#, share().share);
    assert_eq!(call(&world.token, "publish/renew", &epoch), (409, "lease_lost".into()));
}

#[test]
fn no_origin_sets_a_cookie() {
    let (world, share) = (world(), share());
    let share_page = format!("{}/{}/", world.share, share.share);
    for url in [
        share_page,
        world.data(share.share, "latest.json"),
        format!("{}/", world.frame),
        format!("{}/api/v2/health", world.app),
    ] {
        let response = world.get(&url).send().unwrap();
        assert_eq!(response.status(), 200, "{url}");
        assert_eq!(header(&response, "set-cookie"), "", "{url}");
    }
    assert_eq!(
        world.get(&format!("http://127.0.0.1:{}/", world.port)).send().unwrap().status(),
        404,
        "another name"
    );
}

#[test]
fn gated_shares_look_like_none() {
    let world = world();
    for scope in ["authenticated", "org"] {
        let mut body = serde_json::json!({ "scope": scope, "title": "Secret title" });
        if scope == "org" {
            body["org_id"] = "o".into();
        }
        let created = json(world.call(&world.token, "shares/create", &body));
        let share = created["share_id"].as_str().unwrap();
        let shell = world.get(&format!("{}/{share}/", world.share)).send().unwrap();
        assert_eq!(shell.status(), 404);
        assert!(!shell.text().unwrap().contains("Secret"));
        let data = world.get(&world.data(share.parse().unwrap(), "meta.json")).send().unwrap();
        assert_eq!(json(data)["code"], "share_not_found");
    }
}

#[test]
fn crawlers_are_told_what_is_meant_for_them() {
    let world = world();
    let create = |scope: &str, indexing: bool| {
        let body = serde_json::json!({ "scope": scope, "indexing_opt_in": indexing });
        let created = json(world.call(&world.token, "shares/create", &body));
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.txt", "x");
        write(folder.path(), "p.png", b"\x89PNG\r\n\x1a\n");
        crate::world::publish(folder.path(), &["--share", created["share_id"].as_str().unwrap()])
    };
    let listed = create("public", true);
    let others = [create("public", false), create("unlisted", true), create("authenticated", true)];
    let get = |url: String| {
        let answer = world.get(&url).send().unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        let content_type = header(&answer, "content-type");
        (content_type, answer.text().unwrap())
    };
    let (content_type, robots) = get(format!("{}/robots.txt", world.share));
    assert!(content_type.starts_with("text/plain"));
    let sitemap = robots.lines().find_map(|line| line.strip_prefix("Sitemap: ")).unwrap().to_owned();
    let (content_type, index) = get(sitemap);
    assert!(content_type.starts_with("application/xml"));
    let page = index.split("<loc>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let (_, page) = get(page);
    assert!(page.contains(&format!("<loc>{}/{}/</loc>", world.share, listed.share)), "{page}");
    for other in &others {
        assert!(!page.contains(other.share.as_str()));
        let answer = world.get(&world.raw(other.share, "a.txt")).send().unwrap();
        assert!(answer.status() == 404 || header(&answer, "x-robots-tag") == "noindex");
    }
    assert_eq!(header(&world.get(&world.raw(listed.share, "a.txt")).send().unwrap(), "x-robots-tag"), "");
    let (_, html) = get(format!("{}/{}/p.png", world.share, listed.share));
    assert!(
        !html.contains("noindex") && html.contains("og:image") && html.contains("rel=\"canonical\""),
        "{html}"
    );
    assert!(get(format!("{}/robots.txt", world.frame)).1.contains("Disallow: /\n"));
    assert_eq!(
        world
            .get(&format!("{}/sitemap-7.xml", world.share))
            .send()
            .unwrap()
            .text()
            .unwrap()
            .matches("<url>")
            .count(),
        0
    );
}

#[test]
fn other_sites_may_ask_for_data_and_not_for_sessions() {
    let (world, share) = (world(), share());
    let url = world.raw(share.share, "a b.txt");
    let preflight = world
        .request("OPTIONS", &url)
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "range")
        .send()
        .unwrap();
    assert_eq!(preflight.status(), 204);
    assert_eq!(header(&preflight, "access-control-allow-origin"), "*");
    assert_eq!(
        header(&preflight, "access-control-allow-credentials"),
        "",
        "no cookie of anybody's counts here"
    );
    let allowed = header(&preflight, "access-control-allow-headers");
    for name in ["Range", "If-Range", "If-None-Match", "Authorization"] {
        assert!(allowed.contains(name), "{allowed}");
    }
    let embed = world.get(&format!("{}/embed.js", world.app)).send().unwrap();
    assert_eq!(embed.status(), 200);
    assert!(header(&embed, "content-type").contains("javascript"), "{}", header(&embed, "content-type"));
    assert_eq!(header(&embed, "cross-origin-resource-policy"), "cross-origin");
    assert!(embed.text().unwrap().contains("customElements.define(\"vitrine-share\""));
}

/// How often R2 itself is asked, as the Worker counts (`Server-Timing`, which only development turns on). The data centre's
/// cache is filled after an answer has begun, so that the second or third time is the warm one.
#[test]
fn warm_routes_ask_the_bucket_at_most_once() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "small.bin", crate::world::noise(1, 4096));
    write(folder.path(), "large.bin", crate::world::noise(2, 6 << 20));
    let published = publish_new(folder.path());
    let reads = |url: &str, range: &str| {
        let answer = world.get(url).header("range", range).send().unwrap();
        let timing = header(&answer, "server-timing");
        let status = answer.status();
        assert!(status.is_success(), "{url}: {status}");
        answer.bytes().unwrap();
        timing
            .strip_prefix("r2;desc=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap()
            .parse::<u32>()
            .unwrap()
    };
    let (id, file) = (published.manifest, |name: &str| world.file(&published, name));
    for (url, range, warm) in [
        (world.data(published.share, "latest.json"), "", 0),
        (world.data(published.share, "meta.json"), "", 0),
        (world.data(published.share, &format!("manifests/{id}.json")), "", 0),
        (file("small.bin"), "", 0),
        (world.raw(published.share, "small.bin"), "", 0),
        (file("large.bin"), "bytes=1100000-2000000", 0),
        // Too long for the cache, or across its slices: one stream.
        (file("large.bin"), "bytes=1500000-2500000", 1),
        (file("large.bin"), "", 1),
        (format!("{}/{}/", world.share, published.share), "", 0),
    ] {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let asked = reads(&url, range);
            if asked == warm {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{url} still asks {asked} times");
        }
        assert!(reads(&url, range) <= 1, "{url}");
    }
}

/// Every route, and every way of not getting it: `Content-Length` is the body's length, HEAD says what GET would, and no other
/// method is taken.
#[test]
fn every_answer_has_its_length_and_its_head() {
    let (world, share) = (world(), share());
    let id = share.manifest;
    let data = |rest: String| world.data(share.share, &rest);
    let urls = [
        data("latest.json".into()),
        data("meta.json".into()),
        data(format!("manifests/{id}.json")),
        data(format!("files/{id}/page.html")),
        data("raw/page.html".into()),
        data(format!("zip/{id}/")),
        data(format!("blobs/{}", vitrine_protocol::Sha256::of(&noise(7, 300_000)))),
        data("raw/missing".into()),
        data("raw/".into()),
        data("nonsense".into()),
        data(format!("files/{id}/page.html")).replace(&world.share, &world.frame),
        data("latest.json".into()).replace(&world.share, &world.frame),
        format!("{}/", world.frame),
        format!("{}/{}/", world.share, share.share),
        format!("{}/nothing", world.share),
        format!("{}/robots.txt", world.share),
        format!("{}/sitemap.xml", world.share),
        format!("{}/embed.js", world.app),
        format!("{}/api/v2/health", world.app),
        format!("{}/api/v2/none", world.app),
    ];
    for url in &urls {
        for (name, value) in [
            ("range", "bytes=1-2"),
            ("if-none-match", "*"),
            ("if-match", "\"x\""),
            ("range", "bytes=9999999-"),
            ("accept", "*/*"),
        ] {
            let ask = |method: &str| {
                world
                    .request(method, url)
                    .header(name, value)
                    .header("accept-encoding", "identity")
                    .send()
                    .unwrap()
            };
            let (got, head) = (ask("GET"), ask("HEAD"));
            let said = header(&got, "content-length");
            // `wrangler dev` itself passes HTML through a rewriter, and assets come from a simulator: neither has a length here.
            let is_asset =
                url.ends_with("/embed.js") || header(&got, "content-type").starts_with("text/html");
            let (status, compared) = (
                got.status(),
                ["content-type", "cache-control", "etag", "content-security-policy", "last-modified"],
            );
            let of_get = compared.map(|name| header(&got, name));
            let body = got.bytes().unwrap();
            if status != 304 && !is_asset {
                assert_eq!(said, body.len().to_string(), "{url} with {name}: {value}");
            }
            // Section 14.2: a Range on HEAD is ignored.
            if status != 206 && status != 416 {
                assert_eq!(
                    (head.status(), compared.map(|name| header(&head, name))),
                    (status, of_get),
                    "{url} with {name}: {value}"
                );
                if status == 200 && !is_asset {
                    assert_eq!(header(&head, "content-length"), said, "{url}");
                }
            }
            assert!(head.bytes().unwrap().is_empty());
        }
        let deleted = world.request("DELETE", url).send().unwrap();
        assert!(
            deleted.status() == 405 && !header(&deleted, "allow").is_empty() || deleted.status() == 404,
            "{url}: {}",
            deleted.status()
        );
    }
}
