//! Every call by every kind of caller: what is answered. The table is a snapshot, to be read by eye when it changes.

use super::world::{Here, NOW, admin, api, host_token, service, writer};
use crate::token::tests::sign;
use serde_json::{Value, json};
use std::fmt::Write as _;
use vitrine_protocol::api::calls::{CALLS, CallId, Method};

/// Who asks, by name.
fn callers(own: &str, other: &str, revoked: &str) -> Vec<(&'static str, Option<String>)> {
    let expired = json!({"iss":"i","aud":"vitrine-api","sub":"ada","iat":NOW / 1000 - 900,"exp":NOW / 1000 - 600,"projects":["p"]});
    vec![
        ("nobody", None),
        ("garbage", Some("a.b.c".into())),
        ("expired", Some(sign("k1", expired))),
        ("stranger", Some(api("eve", json!({"projects":["q"]})))),
        ("member", Some(api("bob", json!({"projects":["r"],"org_ids":["o"]})))),
        ("writer", Some(writer())),
        ("service", Some(service())),
        ("admin", Some(admin())),
        ("host", Some(host_token(own, 1))),
        ("otherhost", Some(host_token(other, 2))),
        ("revoked", Some(host_token(revoked, 3))),
    ]
}

struct Fixture {
    here: Here,
    share: String,
    job: String,
    copy: String,
    hosts: [String; 3],
}

/// A published share of an organisation in project `p`, whose host runs a publish and a copy of it.
async fn fixture() -> Fixture {
    let here = Here::new();
    let hosts = [here.host(1, 'e').await, here.host(2, 'e').await, here.host(3, 'e').await];
    here.assign("p", &hosts[0]).await;
    here.assign("q", &hosts[1]).await;
    here.ok(&admin(), "POST hosts/revoke", json!({"host_id": hosts[2]})).await;
    let create = json!({"project_id":"p","path":"notes","scope":"org","org_id":"o"});
    let share = here.share(create).await;
    here.publish(&writer(), &share, 1).await;
    let job = here.ok(&writer(), "POST shares/publish", json!({"share_id": share})).await;
    let copy = json!({"share_id": share, "project_id":"p", "trust_acknowledged": true});
    let copy = here.ok(&service(), "POST shares/copy", copy).await;
    here.report(&hosts[0], 1, json!([])).await;
    let id = |job: &Value| job["job_id"].as_str().unwrap().to_owned();
    Fixture { share, job: id(&job), copy: id(&copy), hosts, here }
}

/// A good request of each call.
fn request(call: CallId, it: &Fixture) -> Value {
    let share = &it.share;
    match call {
        CallId::SharesCreate => json!({"project_id":"p"}),
        CallId::SharesUpdate => json!({"share_id": share, "title":"new"}),
        CallId::SharesDelete | CallId::SharesRestore | CallId::SharesPublish | CallId::AdminRepublish => {
            json!({"share_id": share})
        }
        CallId::SharesIndexing => json!({"share_id": share, "indexing_opt_in": false}),
        CallId::SharesViewerToken | CallId::SharesCounter => json!({"share_id": share}),
        CallId::SharesStars => json!({"share_id": share, "starred": true}),
        CallId::SharesCancel => json!({"job_id": it.job}),
        CallId::SharesCopy => json!({"share_id": share, "project_id":"r", "trust_acknowledged": true}),
        CallId::HostsInvite => json!({"name":"new"}),
        CallId::HostsEnroll => json!({"enrolment_token":"x", "public_key": super::world::public_key(9)}),
        CallId::HostsRegister => json!({"boot_id":"b","capacity":2,"jobs":[
            {"job_id": it.job, "attempt": 1, "status": {"running": {"phase":"scan"}}},
            {"job_id": it.copy, "attempt": 1, "status": {"running": {"phase":"download"}}},
        ]}),
        CallId::HostsReading => json!({"job_id": it.copy, "attempt": 1}),
        CallId::HostsRevoke => json!({"host_id": it.hosts[2]}),
        CallId::ProjectsAssign => json!({"project_id":"p","host_id": it.hosts[0]}),
        CallId::PublishBegin => {
            json!({"share_id": share, "nonce":"n", "job": {"job_id": it.job, "attempt": 1}})
        }
        CallId::PublishRenew | CallId::PublishAbort => json!({"share_id": share, "epoch": 1}),
        CallId::PublishProgressed => {
            json!({"share_id": share, "job_id": it.job, "attempt": 1, "progress": {"phase":"scan"}})
        }
        CallId::PublishCommit => it.here.upload(share, 1, 9),
        CallId::AdminGc => json!({"share_id": share, "dry_run": true}),
        CallId::AdminSuspend => json!({"share_id": share, "suspended": false}),
        _ => Value::Null,
    }
}

#[tokio::test]
async fn every_call_by_every_kind_of_caller() {
    let names: Vec<_> =
        callers("01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "x").into_iter().map(|(name, _)| name).collect();
    let mut table = format!("{:<24}", "");
    for name in &names {
        write!(table, "{name:>10}").unwrap();
    }
    table.push('\n');
    for call in CALLS {
        write!(table, "{:<24}", call.path).unwrap();
        for name in &names {
            // Each in a world of its own, so that no answer depends on an earlier one.
            let it = fixture().await;
            let callers = callers(&it.hosts[0], &it.hosts[1], &it.hosts[2]);
            let token = callers.into_iter().find(|(own, _)| own == name).unwrap().1;
            let id = if call.path.starts_with("projects") { "p" } else { &it.share };
            let query =
                if call.id == CallId::SharesStatus { format!("?job={}", it.job) } else { String::new() };
            let method = if call.method == Method::Get { "GET" } else { "POST" };
            let target = format!("{method} {}{query}", call.path.replace("{id}", id));
            let (status, body) = it.here.call(token.as_deref(), &target, request(call.id, &it)).await;
            assert!(status != 400 && status < 500, "{name} {target}: {body}");
            write!(table, "{status:>10}").unwrap();
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

/// Who may know of a share, open a token for it, star it, copy it, and finds it in the list, by its scope.
#[tokio::test]
async fn every_scope_by_every_kind_of_reader() {
    let mut table = String::new();
    for (scope, org) in [("public", None), ("unlisted", None), ("authenticated", None), ("org", Some("o"))] {
        for state in ["active", "suspended", "deleted"] {
            let here = Here::new();
            let host = here.host(1, 'e').await;
            here.assign("r", &host).await;
            here.assign("q", &host).await;
            let mut create = json!({"project_id":"p","scope":scope});
            if let Some(org) = org {
                create["org_id"] = org.into();
            }
            let share = here.share(create).await;
            here.publish(&writer(), &share, 1).await;
            match state {
                "suspended" => drop(
                    here.ok(&admin(), "POST admin/suspend", json!({"share_id":share,"suspended":true})).await,
                ),
                "deleted" => drop(here.ok(&writer(), "POST shares/delete", json!({"share_id":share})).await),
                _ => {}
            }
            for (name, token, project) in [
                ("nobody", None, "q"),
                ("stranger", Some(api("eve", json!({"projects":["q"]}))), "q"),
                ("member", Some(api("bob", json!({"projects":["r"],"org_ids":["o"]}))), "r"),
                ("writer", Some(api("ada", json!({"projects":["p","q"]}))), "q"),
            ] {
                let token = token.as_deref();
                let get = here.call(token, &format!("GET shares/{share}"), Value::Null).await.0;
                let view = here.call(token, "POST shares/viewer-token", json!({"share_id":share})).await.0;
                let star =
                    here.call(token, "POST shares/stars", json!({"share_id":share,"starred":true})).await.0;
                let copy = json!({"share_id":share,"project_id":project,"trust_acknowledged":true});
                let copy = here.call(token, "POST shares/copy", copy).await.0;
                let watch = here.call(token, &format!("GET shares/{share}/events"), Value::Null).await.0;
                let list = here.call(token, "GET shares", Value::Null).await.1;
                let listed = list["shares"].as_array().unwrap().len();
                writeln!(table, "{scope:<14}{state:<10}{name:<9} get {get} token {view} star {star} copy {copy} watch {watch} listed {listed}").unwrap();
            }
        }
    }
    insta::assert_snapshot!(table);
}
