//! What is left when the database or the bucket fails in the middle of a change: nothing that the object's alarm does not finish.

use super::world::{Here, admin, api, service, writer};
use crate::control::shares::sitemap::named;
use crate::control::world::World as _;
use crate::database::native::Fault;
use crate::store::memory::Fault as StoreFault;
use futures_util::future::join_all;
use serde_json::{Value, json};

async fn audit(here: &Here, share: &str) -> Vec<String> {
    let audit = here.ok(&admin(), &format!("GET admin/audit?share_id={share}&limit=100"), Value::Null).await;
    let records = audit["records"].as_array().unwrap().iter();
    records.map(|one| one["action"].as_str().unwrap().to_owned()).collect()
}

/// Makes a call whose last transaction fails: it is the `at`th that the call makes.
async fn broken(here: &Here, token: &str, call: &str, body: Value, (at, fault): (u32, Fault)) {
    here.db().fail_at(at, fault);
    assert_eq!(here.refused(token, call, body).await, "store_unavailable", "{call}");
}

#[tokio::test]
async fn every_change_that_lost_its_transaction_is_written_by_the_alarm_once() {
    for fault in [Fault::Before, Fault::LandsUnheard] {
        let here = Here::new();
        let share = here.share(json!({"project_id":"p","path":"a","scope":"public"})).await;
        let named_so = json!({"share_id":share,"path":"b","owner":"ada","slug":"waves","title":"new"});
        broken(&here, &service(), "POST shares/update", named_so, (3, fault)).await;
        broken(
            &here,
            &writer(),
            "POST shares/indexing",
            json!({"share_id":share,"indexing_opt_in":true}),
            (2, fault),
        )
        .await;
        let org = json!({"share_id":share,"scope":"org","org_id":"o"});
        broken(&here, &writer(), "POST shares/update", org, (2, fault)).await;
        let suspend = json!({"share_id":share,"suspended":true,"reason":"r"});
        broken(&here, &admin(), "POST admin/suspend", suspend, (2, fault)).await;
        let ticket = here.ok(&writer(), "POST publish/begin", json!({"share_id":share})).await;
        let commit = here.upload(&share, 1, ticket["epoch"].as_u64().unwrap());
        broken(&here, &writer(), "POST publish/commit", commit.clone(), (2, fault)).await;
        // Its reply was lost: it is the same commit, and one record.
        here.ok(&writer(), "POST publish/commit", commit).await;
        broken(&here, &writer(), "POST shares/delete", json!({"share_id":share}), (3, fault)).await;
        for _ in 0..2 {
            here.alarm(&share).await.unwrap();
        }
        let row = here.ok(&writer(), &format!("GET shares/{share}"), Value::Null).await;
        for (field, value) in [
            ("path", json!("b")),
            ("owner", json!("ada")),
            ("slug", json!("waves")),
            ("title", json!("new")),
            ("scope", json!("org")),
            ("indexing_opt_in", json!(true)),
            ("state", json!("deleted")),
        ] {
            assert_eq!(row[field], value, "{field} {fault:?}");
        }
        assert!(row["deleted_at"].is_i64() && row["manifest_id"].is_string());
        let mut seen = audit(&here, &share).await;
        seen.sort();
        let expected = [
            "admin/suspend",
            "publish/begin",
            "publish/commit",
            "shares/create",
            "shares/delete",
            "shares/indexing",
            "shares/update",
            "shares/update",
        ];
        assert_eq!(seen, expected, "{fault:?}");
        let back = here.ok(&writer(), "POST shares/restore", json!({"share_id":share})).await;
        assert_eq!(back["state"], "suspended");
    }
}

#[tokio::test]
async fn fifty_changes_at_once_all_succeed() {
    let here = Here::new();
    let share = here.share(json!({"project_id":"p","scope":"public"})).await;
    here.store().yields.set(true);
    let token = writer();
    let all = (0..50).map(|number| {
        let body = match number % 3 {
            0 => json!({"share_id":share,"title":format!("t{number}")}),
            1 => json!({"share_id":share,"path":format!("p{number}")}),
            _ => json!({"share_id":share,"description":format!("d{number}")}),
        };
        here.call(Some(&token), "POST shares/update", body)
    });
    let withhold = json!({"share_id":share,"suspended":true});
    let admin = admin();
    let (done, withheld) =
        futures_util::future::join(join_all(all), here.call(Some(&admin), "POST admin/suspend", withhold))
            .await;
    assert!(done.iter().all(|(status, _)| *status == 200), "{done:?}");
    assert_eq!(withheld.1["state"], "suspended");
    let row = here.ok(&token, &format!("GET shares/{share}"), Value::Null).await;
    assert_eq!(
        (&row["title"], &row["path"], &row["state"]),
        (&json!("t48"), &json!("p49"), &json!("suspended"))
    );
    for _ in 0..3 {
        here.alarm(&share).await.unwrap();
    }
    assert_eq!(audit(&here, &share).await.len(), 52);
}

#[tokio::test]
async fn a_withheld_share_is_so_although_the_bucket_was_away() {
    let here = Here::new();
    let share = here.share(json!({"project_id":"p","scope":"public"})).await;
    here.publish(&writer(), &share, 1).await;
    here.store().break_keys("meta.json", StoreFault::Fails);
    let withhold = json!({"share_id":share,"suspended":true,"reason":"r"});
    assert_eq!(here.refused(&admin(), "POST admin/suspend", withhold).await, "store_unavailable");
    here.store().heal();
    here.alarm(&share).await.unwrap();
    let row = here.ok(&writer(), &format!("GET shares/{share}"), Value::Null).await;
    assert_eq!(row["state"], "suspended");
    assert_eq!(audit(&here, &share).await[0], "admin/suspend");
}

#[tokio::test]
async fn names_lead_to_public_shares_alone() {
    let here = Here::new();
    let (owner, slug) = ("ada".parse().unwrap(), "waves".parse().unwrap());
    let share = here.share(json!({"project_id":"p","scope":"public","owner":"ada","slug":"waves"})).await;
    let leads = async || named(here.db(), &owner, &slug).await.unwrap().map(|share| share.to_string());
    assert_eq!(leads().await.as_ref(), Some(&share));
    for access in [
        json!({"share_id":share,"scope":"unlisted"}),
        json!({"share_id":share,"scope":"authenticated"}),
        json!({"share_id":share,"scope":"org","org_id":"o"}),
    ] {
        let record = here.ok(&writer(), "POST shares/update", access).await;
        assert_eq!((record["human_url"].as_str(), record["slug"].as_str()), (None, Some("waves")));
        assert_eq!(leads().await, None);
    }
    let open = here.ok(&writer(), "POST shares/update", json!({"share_id":share,"scope":"public"})).await;
    assert_eq!(open["human_url"], "https://s.test/@ada/waves/");
    here.ok(&admin(), "POST admin/suspend", json!({"share_id":share,"suspended":true})).await;
    assert_eq!(leads().await, None);
}

#[tokio::test]
async fn readers_learn_neither_project_nor_folder_nor_how_many_shares_there_are() {
    let here = Here::new();
    let stranger = api("eve", json!({}));
    for number in 1..=3_u64 {
        let made = json!({"project_id":"p","path":"secret folder","title":format!("Open {number}"),"scope":"public"});
        let share = here.share(made).await;
        here.publish(&writer(), &share, number).await;
        let seen = here.ok(&stranger, &format!("GET shares/{share}"), Value::Null).await;
        assert!(seen.get("project_id").is_none() && seen.get("path").is_none(), "{seen}");
        let own = here.ok(&writer(), &format!("GET shares/{share}"), Value::Null).await;
        assert_eq!((&own["project_id"], &own["path"]), (&json!("p"), &json!("secret folder")));
    }
    let count = async |token: &str, query: &str| {
        let list = here.ok(token, &format!("GET shares?query={query}"), Value::Null).await;
        list["shares"].as_array().unwrap().len()
    };
    assert_eq!((count(&stranger, "secret").await, count(&stranger, "open").await), (0, 3));
    assert_eq!((count(&writer(), "secret+folder").await, count(&service(), "secret").await), (3, 3));
    let page = here.ok(&stranger, "GET shares?limit=1", Value::Null).await;
    let (cursor, last) = (page["cursor"].as_str().unwrap(), page["shares"][0]["share_id"].as_str().unwrap());
    assert!(cursor.ends_with(&format!(".{last}")), "{cursor}");
}
