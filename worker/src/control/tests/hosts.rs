//! Hosts and their jobs, by the calls that a host makes.

use super::world::{Here, NOW, admin, host_token, public_key, service, writer};
use serde_json::{Value, json};

#[tokio::test]
async fn an_enrolment_token_is_good_once_and_for_one_key() {
    let here = Here::new();
    let invited = here.ok(&admin(), "POST hosts/invite", json!({"name":"h"})).await;
    let enrol =
        |seed: u8| json!({"enrolment_token": invited["enrolment_token"], "public_key": public_key(seed)});
    let first = here.call(None, "POST hosts/enroll", enrol(1)).await;
    let again = here.call(None, "POST hosts/enroll", enrol(1)).await;
    assert_eq!((first.0, &again), (201, &first), "an answer was lost");
    assert_eq!(here.call(None, "POST hosts/enroll", enrol(2)).await.1["code"], "enrolment_refused");
    let host = first.1["host_id"].as_str().unwrap();
    assert_eq!(here.who(&host_token(host, 1)).await, format!("host:{host}"));
    let (status, body) = here.call(Some(&host_token(host, 2)), "GET projects/p", Value::Null).await;
    assert_eq!((status, &body["code"]), (401, &json!("invalid_token")), "another key");
    let late = here.ok(&admin(), "POST hosts/invite", json!({"name":"h","expires_in_seconds":60})).await;
    here.clock.set(NOW + 60_000);
    let late = json!({"enrolment_token": late["enrolment_token"], "public_key": public_key(3)});
    assert_eq!(here.call(None, "POST hosts/enroll", late).await.1["code"], "enrolment_refused");
    let bad = json!({"enrolment_token":"x","public_key":"AAAA"});
    assert_eq!(here.call(None, "POST hosts/enroll", bad).await.1["field"], "public_key");
}

#[tokio::test]
async fn a_key_gives_the_same_invitation() {
    let here = Here::new();
    let invite = json!({"name":"h","idempotency_key":"k"});
    let first = here.ok(&admin(), "POST hosts/invite", invite.clone()).await;
    let again = here.ok(&admin(), "POST hosts/invite", invite).await;
    assert_eq!(first["host_id"], again["host_id"]);
    let old = json!({"enrolment_token": first["enrolment_token"], "public_key": public_key(1)});
    assert_eq!(
        here.call(None, "POST hosts/enroll", old).await.1["code"],
        "enrolment_refused",
        "the later token counts"
    );
    let other = json!({"name":"other","idempotency_key":"k"});
    assert_eq!(here.refused(&admin(), "POST hosts/invite", other).await, "idempotency_conflict");
}

#[tokio::test]
async fn a_publish_asked_for_is_published_by_the_projects_host() {
    let here = Here::new();
    let host = here.host(1, 'e').await;
    let share = here.share(json!({"project_id":"p","path":"notes","scope":"public"})).await;
    let ask = json!({"share_id":share,"idempotency_key":"k"});
    assert_eq!(here.refused(&writer(), "POST shares/publish", ask.clone()).await, "project_unassigned");
    here.assign("p", &host).await;
    let job = here.ok(&writer(), "POST shares/publish", ask.clone()).await;
    assert_eq!(here.ok(&writer(), "POST shares/publish", ask).await["job_id"], job["job_id"]);
    assert!(here.asked.borrow().iter().any(|(asked, what)| asked.to_string() == host && what == "wake"));
    let orders = here.report(&host, 1, json!([])).await;
    let order = &orders["run"][0];
    assert_eq!((&order["job_id"], &order["work"]["publish"]["path"]), (&job["job_id"], &json!("notes")));
    let own = host_token(&host, 1);
    let attempt = json!({"job_id": job["job_id"], "attempt": 1});
    let stale = json!({"share_id":share,"job":{"job_id": job["job_id"], "attempt": 2}});
    assert_eq!(here.refused(&own, "POST publish/begin", stale).await, "job_lost");
    assert_eq!(here.refused(&own, "POST publish/begin", json!({"share_id":share})).await, "forbidden");
    let ticket = here.ok(&own, "POST publish/begin", json!({"share_id":share,"job":attempt})).await;
    assert_eq!(ticket["root_path"], "notes");
    let commit = here.upload(&share, 1, ticket["epoch"].as_u64().unwrap());
    here.ok(&own, "POST publish/commit", commit.clone()).await;
    let done = json!([{"job_id": job["job_id"], "attempt":1, "status":{"succeeded":{"manifest_id":commit["manifest_id"],"files":3}}}]);
    let settled = here.report(&host, 1, done).await;
    assert_eq!(settled["settled"], json!([job["job_id"]]));
    let status = format!("GET shares/status?job={}", job["job_id"].as_str().unwrap());
    let ended = here.ok(&writer(), &status, Value::Null).await;
    assert_eq!((&ended["state"], &ended["result"]["files"]), (&json!("succeeded"), &json!(3)));
    let record = here.ok(&writer(), &format!("GET shares/{share}"), Value::Null).await;
    assert_eq!(record["manifest_id"], commit["manifest_id"]);
}

#[tokio::test]
async fn a_copy_reads_what_was_current_when_it_was_asked_for() {
    let here = Here::new();
    let host = here.host(1, 'e').await;
    here.assign("r", &host).await;
    let share = here.share(json!({"project_id":"p","title":"Notes","scope":"org","org_id":"o"})).await;
    let bob = super::world::api("bob", json!({"projects":["r"],"org_ids":["o"]}));
    let ask =
        |trust: bool| json!({"share_id":share,"project_id":"r","path":"a/b","trust_acknowledged":trust});
    assert_eq!(here.refused(&bob, "POST shares/copy", ask(true)).await, "not_published");
    here.publish(&writer(), &share, 1).await;
    let (status, problem) = here.call(Some(&bob), "POST shares/copy", ask(false)).await;
    assert_eq!((status, &problem["field"]), (400, &json!("trust_acknowledged")));
    let job = here.ok(&bob, "POST shares/copy", ask(true)).await;
    here.publish(&writer(), &share, 2).await;
    let orders = here.report(&host, 1, json!([])).await;
    let work = &orders["run"][0]["work"]["copy"];
    assert_eq!((&work["path"], &work["title"]), (&json!("a/b"), &json!("Notes")));
    assert_eq!(work["manifest_id"], here.upload(&share, 1, 0)["manifest_id"]);
    let reading = json!({"job_id": job["job_id"], "attempt": 1});
    let token = here.ok(&host_token(&host, 1), "POST hosts/reading", reading).await;
    assert!(token["token"].is_string() && token["url"].as_str().unwrap().contains(&share));
}

#[tokio::test]
async fn a_revoked_host_is_refused_at_once_and_its_jobs_fail() {
    let here = Here::new();
    let host = here.host(1, 'e').await;
    here.assign("p", &host).await;
    let share = here.share(json!({"project_id":"p"})).await;
    let job = here.ok(&writer(), "POST shares/publish", json!({"share_id":share})).await;
    here.report(&host, 1, json!([])).await;
    let own = host_token(&host, 1);
    let begin = json!({"share_id":share,"job":{"job_id":job["job_id"],"attempt":1}});
    let ticket = here.ok(&own, "POST publish/begin", begin).await;
    let revoked = here.ok(&admin(), "POST hosts/revoke", json!({"host_id":host})).await;
    assert_eq!((&revoked["state"], &revoked["projects"]), (&json!("revoked"), &json!(0)));
    assert!(here.asked.borrow().iter().any(|(_, what)| what == "close"));
    let commit = here.upload(&share, 1, ticket["epoch"].as_u64().unwrap());
    for (call, body) in [
        ("POST publish/commit", commit),
        ("POST hosts/register", json!({"boot_id":"b","capacity":1})),
        ("GET hosts/connect", Value::Null),
    ] {
        assert_eq!(here.refused(&own, call, body).await, "host_revoked", "{call}");
    }
    let status = format!("GET shares/status?job={}", job["job_id"].as_str().unwrap());
    let failed = here.ok(&writer(), &status, Value::Null).await;
    assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!("host_removed")));
    let assign = json!({"project_id":"p","host_id":host});
    assert_eq!(here.refused(&service(), "POST projects/assign", assign).await, "host_revoked");
}

#[tokio::test]
async fn hosts_and_metrics_are_listed() {
    let here = Here::new();
    let mut hosts = Vec::new();
    for seed in 1..=3 {
        hosts.push(here.host(seed, 'e').await);
        here.clock.set(here.clock.get() + 1);
    }
    here.assign("p", &hosts[0]).await;
    here.clock.set(NOW);
    here.report(&hosts[0], 1, json!([])).await;
    let page = here.ok(&service(), "GET hosts?limit=2", Value::Null).await;
    let first = &page["hosts"][0];
    assert_eq!(
        (&first["online"], &first["projects"], &first["capacity"]),
        (&json!(true), &json!(1), &json!(2))
    );
    let next = format!("GET hosts?limit=2&cursor={}", page["cursor"].as_str().unwrap());
    let rest = here.ok(&service(), &next, Value::Null).await;
    assert_eq!((rest["hosts"].as_array().unwrap().len(), rest["cursor"].is_null()), (1, true));
    let metrics = here.ok(&service(), "GET metrics", Value::Null).await;
    assert!(metrics.as_str().unwrap().contains(r#"vitrine_hosts{state="active"} 3"#), "{metrics}");
}

#[tokio::test]
async fn a_hosts_words_are_cut_before_they_are_kept() {
    let here = Here::new();
    let host = here.host(1, 'e').await;
    here.assign("p", &host).await;
    let share = here.share(json!({"project_id":"p"})).await;
    let job = here.ok(&writer(), "POST shares/publish", json!({"share_id":share})).await;
    here.report(&host, 1, json!([])).await;
    let error = json!({"code": "c".repeat(3000), "message": format!("\u{1b}[31m{}", "m".repeat(200_000))});
    let failed = json!([{"job_id": job["job_id"], "attempt":1, "status":{"failed":{"error":error}}}]);
    here.report(&host, 1, failed).await;
    let status = format!("GET shares/status?job={}", job["job_id"].as_str().unwrap());
    let ended = here.ok(&writer(), &status, Value::Null).await;
    let (code, message) =
        (ended["error"]["code"].as_str().unwrap(), ended["error"]["message"].as_str().unwrap());
    assert_eq!((code.len(), message.len(), message.contains('\u{1b}')), (64, 2_000, false));
    let many = vec![json!({"job_id": job["job_id"], "attempt":1, "status":"canceled"}); 201];
    let body = json!({"boot_id":"b","capacity":2,"jobs":many});
    let (status, problem) = here.call(Some(&host_token(&host, 1)), "POST hosts/register", body).await;
    assert_eq!((status, &problem["field"]), (400, &json!("jobs")));
}

#[tokio::test]
async fn the_audit_names_the_host_that_there_is() {
    let here = Here::new();
    let invite = |name: &str| json!({"name":name,"idempotency_key":"k"});
    let first = here.ok(&admin(), "POST hosts/invite", invite("h")).await;
    here.ok(&admin(), "POST hosts/invite", invite("h")).await;
    here.refused(&admin(), "POST hosts/invite", invite("other")).await;
    let audit = here.ok(&admin(), "GET admin/audit", Value::Null).await;
    let details: Vec<_> =
        audit["records"].as_array().unwrap().iter().map(|one| one["detail"].as_str().unwrap()).collect();
    let host = format!("{} h", first["host_id"].as_str().unwrap());
    assert_eq!(details, [&host, &host]);
}

#[tokio::test]
async fn a_share_that_has_another_folder_meanwhile_is_published_from_there() {
    let here = Here::new();
    let host = here.host(1, 'e').await;
    here.assign("p", &host).await;
    let share = here.share(json!({"project_id":"p"})).await;
    let named = json!({"share_id":share});
    let job = here.ok(&writer(), "POST shares/publish", named.clone()).await;
    here.ok(&writer(), "POST shares/update", json!({"share_id":share,"path":"public"})).await;
    let orders = here.report(&host, 1, json!([])).await;
    assert_eq!(orders["run"][0]["work"]["publish"]["path"], "public", "while it waited");
    here.ok(&writer(), "POST shares/update", json!({"share_id":share,"path":"open"})).await;
    let begin = json!({"share_id":share,"job":{"job_id":job["job_id"],"attempt":1}});
    assert_eq!(here.refused(&host_token(&host, 1), "POST publish/begin", begin).await, "base_changed");
    let error = json!({"code":"base_changed","message":"m"});
    here.report(
        &host,
        1,
        json!([{"job_id":job["job_id"],"attempt":1,"status":{"failed":{"error":error,"retry":true}}}]),
    )
    .await;
    here.clock.set(here.clock.get() + 10_000);
    let orders = here.report(&host, 1, json!([])).await;
    assert_eq!(orders["run"][0]["work"]["publish"]["path"], "open");
}

#[tokio::test]
async fn a_host_does_nothing_under_somebody_elses_lease() {
    let here = Here::new();
    let host = here.host(1, 'e').await;
    here.assign("p", &host).await;
    let share = here.share(json!({"project_id":"p"})).await;
    let ticket = here.ok(&writer(), "POST publish/begin", json!({"share_id":share})).await;
    let own = host_token(&host, 1);
    let epoch = json!({"share_id":share,"epoch":ticket["epoch"]});
    let commit = here.upload(&share, 1, ticket["epoch"].as_u64().unwrap());
    for (call, body) in [
        ("POST publish/renew", epoch.clone()),
        ("POST publish/abort", epoch),
        ("POST publish/commit", commit),
    ] {
        assert_eq!(here.refused(&own, call, body).await, "job_lost", "{call}");
    }
}

#[tokio::test]
async fn a_repair_that_waits_stays_one_and_a_copy_ends_with_the_right_to_read() {
    let here = Here::new();
    let host = here.host(1, 'e').await;
    here.assign("p", &host).await;
    let share = here.share(json!({"project_id":"p","scope":"authenticated"})).await;
    here.publish(&writer(), &share, 1).await;
    let named = json!({"share_id":share});
    here.ok(&admin(), "POST admin/republish", named.clone()).await;
    here.ok(&writer(), "POST shares/publish", named.clone()).await;
    let copy = json!({"share_id":share,"project_id":"p","trust_acknowledged":true});
    let copy = here.ok(&writer(), "POST shares/copy", copy).await;
    let orders = here.report(&host, 1, json!([])).await;
    let publish = &orders["run"][0]["work"]["publish"];
    assert_eq!((&publish["checksum"], &publish["ignore_base"]), (&json!(true), &json!(true)));
    let reading = json!({"job_id":copy["job_id"],"attempt":1});
    here.ok(&host_token(&host, 1), "POST hosts/reading", reading.clone()).await;
    here.ok(&writer(), "POST shares/update", json!({"share_id":share,"scope":"org","org_id":"o"})).await;
    assert_eq!(here.refused(&host_token(&host, 1), "POST hosts/reading", reading).await, "job_lost");
    let running = json!([{"job_id":copy["job_id"],"attempt":1,"status":{"running":{"phase":"download"}}}]);
    let told = here.report(&host, 1, running.clone()).await;
    assert_eq!(told["stop"][0]["canceled"], true);
    here.clock.set(here.clock.get() + 301_000);
    here.report(&host, 1, running).await;
    let status = format!("GET shares/status?job={}", copy["job_id"].as_str().unwrap());
    assert_eq!(here.ok(&writer(), &status, Value::Null).await["state"], "canceled", "whatever its host says");
}
