//! Shares through their life.

use super::world::{Here, admin, api, service, writer};
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<&str> {
    list["shares"].as_array().unwrap().iter().map(|share| share["share_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_key_gives_the_same_share_and_only_for_the_same_request() {
    let here = Here::new();
    let create = |title: &str| json!({"project_id":"p","title":title,"idempotency_key":"k"});
    let first = here.call(Some(&writer()), "POST shares/create", create("t")).await;
    let again = here.call(Some(&writer()), "POST shares/create", create("t")).await;
    assert_eq!((first.0, again.0), (201, 200));
    assert_eq!(first.1["share_id"], again.1["share_id"]);
    assert_eq!(here.refused(&writer(), "POST shares/create", create("other")).await, "idempotency_conflict");
}

#[tokio::test]
async fn a_share_is_where_its_projects_host_is() {
    let here = Here::new();
    let far = here.host(1, 'w').await;
    here.assign("far", &far).await;
    assert!(here.share(json!({"project_id":"far"})).await.starts_with('w'));
    assert!(here.share(json!({"project_id":"nowhere"})).await.starts_with('e'));
}

#[tokio::test]
async fn what_is_given_changes_and_is_recorded() {
    let here = Here::new();
    let share = here.share(json!({"project_id":"p","title":"old","description":"d"})).await;
    here.clock.set(here.clock.get() + 5);
    let update = json!({"share_id":share,"title":"new","scope":"org","org_id":"o","path":"week 2"});
    let changed = here.ok(&writer(), "POST shares/update", update).await;
    for (field, value) in
        [("title", "new"), ("description", "d"), ("scope", "org"), ("org_id", "o"), ("path", "week 2")]
    {
        assert_eq!(changed[field], value, "{field}");
    }
    let wrong = json!({"share_id":share,"scope":"org"});
    let (status, problem) = here.call(Some(&writer()), "POST shares/update", wrong).await;
    assert_eq!((status, &problem["field"]), (400, &json!("org_id")));
    let audit = here.ok(&admin(), &format!("GET admin/audit?share_id={share}"), Value::Null).await;
    let seen: Vec<_> =
        audit["records"].as_array().unwrap().iter().map(|one| (&one["actor"], &one["action"])).collect();
    assert_eq!(seen, [(&json!("ada"), &json!("shares/update")), (&json!("app"), &json!("shares/create"))]);
}

#[tokio::test]
async fn names_for_people_are_one_shares_for_ever() {
    let here = Here::new();
    let named = json!({"project_id":"p","owner":"ada","slug":"algebra","scope":"public"});
    let share = here.share(named).await;
    let other = here.share(json!({"project_id":"p"})).await;
    let got = here.ok(&writer(), &format!("GET shares/{share}"), Value::Null).await;
    assert_eq!(got["human_url"], "https://s.test/@ada/algebra/");
    let rename = |share: &str, slug: &str| json!({"share_id":share,"owner":"ada","slug":slug});
    here.ok(&writer(), "POST shares/update", rename(&share, "linear-algebra")).await;
    assert_eq!(here.refused(&writer(), "POST shares/update", rename(&other, "algebra")).await, "slug_taken");
    let back = here.ok(&writer(), "POST shares/update", rename(&share, "algebra")).await;
    assert_eq!(back["slug"], "algebra", "its own old name");
    let taken = json!({"project_id":"p","owner":"ada","slug":"linear-algebra"});
    assert_eq!(here.refused(&writer(), "POST shares/create", taken).await, "slug_taken");
    let foreign = json!({"project_id":"p","owner":"bob","slug":"x"});
    assert_eq!(here.refused(&writer(), "POST shares/create", foreign).await, "forbidden");
}

#[tokio::test]
async fn what_is_deleted_comes_back_as_it_was() {
    let here = Here::new();
    let host = here.host(1, 'e').await;
    here.assign("p", &host).await;
    let share = here.share(json!({"project_id":"p"})).await;
    let named = json!({"share_id":share});
    let job = here.ok(&writer(), "POST shares/publish", named.clone()).await;
    here.ok(&admin(), "POST admin/suspend", json!({"share_id":share,"suspended":true})).await;
    let gone = here.ok(&writer(), "POST shares/delete", named.clone()).await;
    assert_eq!((&gone["state"], gone["deleted_at"].is_i64()), (&json!("deleted"), true));
    let status = format!("GET shares/status?job={}", job["job_id"].as_str().unwrap());
    assert_eq!(here.ok(&writer(), &status, Value::Null).await["state"], "canceled");
    for call in ["POST shares/publish", "POST publish/begin", "POST shares/update"] {
        assert_eq!(here.refused(&writer(), call, named.clone()).await, "share_deleted", "{call}");
    }
    let back = here.ok(&writer(), "POST shares/restore", named.clone()).await;
    assert_eq!((&back["state"], &back["deleted_at"]), (&json!("suspended"), &Value::Null), "not by a detour");
    let served = here.ok(&admin(), "POST admin/suspend", json!({"share_id":share,"suspended":false})).await;
    assert_eq!(served["state"], "active");
}

#[tokio::test]
async fn searching_finds_words_and_beginnings_and_pages_through_all() {
    let here = Here::new();
    let mut made = Vec::new();
    for (number, title) in
        ["Linear algebra", "Lineare Übung", "Topology", "Algebra of sets"].into_iter().enumerate()
    {
        let share = here.share(json!({"project_id":"p","title":title,"scope":"public"})).await;
        here.clock.set(here.clock.get() + 1000);
        here.publish(&writer(), &share, number as u64 + 1).await;
        made.push(share);
    }
    let stranger = api("eve", json!({}));
    let find = async |query: &str| {
        let list = here.ok(&stranger, &format!("GET shares?{query}"), Value::Null).await;
        ids(&list).into_iter().map(|id| made.iter().position(|own| own == id).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(find("query=algebra").await, [3, 0]);
    assert_eq!(find("query=linear").await, [1, 0], "the last word may be a beginning");
    assert_eq!(find("query=ubung").await, [1], "accents do not matter");
    assert_eq!(find("query=%22*").await, [0; 0]);
    assert_eq!(find("").await, [3, 2, 1, 0]);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = here.ok(&stranger, &format!("GET shares?limit=3&cursor={cursor}"), Value::Null).await;
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["cursor"].as_str() else { break };
        next.clone_into(&mut cursor);
    }
    seen.reverse();
    assert_eq!(seen, made);
}

#[tokio::test]
async fn changed_words_are_found_and_old_ones_are_not() {
    let here = Here::new();
    let share = here.share(json!({"project_id":"p","title":"before","scope":"public"})).await;
    here.publish(&writer(), &share, 1).await;
    here.clock.set(here.clock.get() + 1);
    here.ok(&writer(), "POST shares/update", json!({"share_id":share,"title":"after"})).await;
    let count = async |query: &str| {
        ids(&here.ok(&writer(), &format!("GET shares?query={query}"), Value::Null).await).len()
    };
    assert_eq!((count("before").await, count("after").await), (0, 1));
}

#[tokio::test]
async fn stars_are_one_to_a_user_and_views_one_to_a_day() {
    let here = Here::new();
    let share = here.share(json!({"project_id":"p","scope":"public"})).await;
    let star = |starred: bool| json!({"share_id":share,"starred":starred});
    let (eve, bob) = (api("eve", json!({})), api("bob", json!({})));
    here.ok(&eve, "POST shares/stars", star(true)).await;
    here.ok(&eve, "POST shares/stars", star(true)).await;
    let counted = here.ok(&bob, "POST shares/counter", json!({"share_id":share,"view":true})).await;
    assert_eq!(counted, json!({"stars":1,"views":1,"starred":false}));
    let again = here.ok(&bob, "POST shares/counter", json!({"share_id":share,"view":true})).await;
    assert_eq!(again["views"], 1);
    assert_eq!(
        here.ok(&eve, "POST shares/stars", star(false)).await,
        json!({"stars":0,"views":1,"starred":false})
    );
}

#[tokio::test]
async fn viewer_tokens_open_the_gateway() {
    use crate::access::Credential;
    use crate::access::capability::Purpose;
    use crate::control::world::World as _;
    let here = Here::new();
    let share = here.share(json!({"project_id":"p","scope":"org","org_id":"o"})).await;
    let ask = json!({"share_id":share,"sub":"student-1","org_ids":["o"],"ttl_seconds":60});
    let minted = here.ok(&service(), "POST shares/viewer-token", ask).await;
    let token = Credential::Token(minted["token"].as_str().unwrap().into());
    let now = here.clock.get() / 1000;
    let grant =
        here.config().policy.prove(share.parse().unwrap(), &token, Purpose::Read, now).unwrap().unwrap();
    assert_eq!(i64::try_from(grant.expires).unwrap() * 1000, minted["expires_at"].as_i64().unwrap());
    let outsider = json!({"share_id":share,"sub":"student-2","org_ids":["x"]});
    assert_eq!(here.refused(&service(), "POST shares/viewer-token", outsider).await, "forbidden");
    let for_other = json!({"share_id":share,"sub":"somebody"});
    assert_eq!(here.refused(&writer(), "POST shares/viewer-token", for_other).await, "forbidden");
    let jwks = here.call(None, "GET jwks.json", Value::Null).await.1;
    assert_eq!(jwks["keys"][0]["kid"], "v1");
}

#[tokio::test]
async fn collection_says_what_it_would_do() {
    let here = Here::new();
    let share = here.share(json!({"project_id":"p","scope":"public"})).await;
    here.publish(&writer(), &share, 1).await;
    here.publish(&writer(), &share, 2).await;
    let dry = here.ok(&admin(), "POST admin/gc", json!({"share_id":share,"dry_run":true})).await;
    assert_eq!((&dry["marked"], &dry["deleted"], &dry["dry_run"]), (&json!(1), &json!(0), &json!(true)));
    let mut deleted = 0;
    for _ in 0..12 {
        here.clock.set(here.clock.get() + 6 * 3_600_000);
        let ran = here.ok(&admin(), "POST admin/gc", json!({"share_id":share})).await;
        deleted += ran["deleted"].as_u64().unwrap();
    }
    assert_eq!(deleted, 1, "the old manifest, after the grace");
}

#[tokio::test]
async fn lists_are_sorted_by_what_is_asked_for() {
    use crate::control::world::World as _;
    use crate::database::{Database as _, sql};
    let here = Here::new();
    let mut made = Vec::new();
    for (number, (stars, views)) in [(5_i64, 1_i64), (0, 9), (7, 5)].into_iter().enumerate() {
        let share = here.share(json!({"project_id":"p","scope":"public"})).await;
        here.clock.set(here.clock.get() + 1000);
        here.publish(&writer(), &share, number as u64 + 1).await;
        let counted = "UPDATE shares SET stars = ?2, views = ?3 WHERE share_id = ?1";
        here.db().run(sql!(counted, share.as_str(), stars, views)).await.unwrap();
        made.push(share);
    }
    for (sort, expected) in [("newest", [2, 1, 0]), ("stars", [2, 0, 1]), ("views", [1, 2, 0])] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        for _ in 0..3 {
            let page = here
                .ok(&writer(), &format!("GET shares?sort={sort}&limit=1&cursor={cursor}"), Value::Null)
                .await;
            seen.push(made.iter().position(|own| *own == ids(&page)[0]).unwrap());
            page["cursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
        }
        assert_eq!(seen, expected, "{sort}");
        assert!(cursor.is_empty());
    }
    let (status, problem) = here.call(Some(&writer()), "GET shares?sort=oldest", Value::Null).await;
    assert_eq!((status, &problem["field"]), (400, &json!("sort")));
    let owner = here.ok(&writer(), "GET shares?owner=nobody", Value::Null).await;
    let project = here.ok(&writer(), "GET shares?project_id=p&sort=stars", Value::Null).await;
    assert_eq!((ids(&owner).len(), ids(&project).len()), (0, 3));
}
