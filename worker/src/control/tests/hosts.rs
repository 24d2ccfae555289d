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
    assert!(metrics.as_str().unwrap().contains(r#"vitrine_hosts Some(("state", "active")) 3"#), "{metrics}");
}
