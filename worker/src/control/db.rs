//! D1: the shares that are listed, and the audit of every mutation. The read path never comes here.

use super::Control;
use crate::edge::now_ms;
use crate::failure::Failure;
use crate::gateway::crawl::Listed;
use serde::Deserialize;
use vitrine_protocol::api::ShareRecord;
use vitrine_protocol::{ErrorCode, Latest, ProjectId, Scope, ShareId, State};
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, Env};

/// The binding's name in `wrangler.toml`.
const BINDING: &str = "DB";

/// What a share must be to be in the sitemap.
const LISTED: &str =
    "scope = 'public' AND state = 'active' AND indexing_opt_in = 1 AND published_at IS NOT NULL";

pub(crate) struct Db(D1Database);

/// What a new share's row says.
#[derive(Debug)]
pub(crate) struct NewShare {
    pub(crate) project_id: ProjectId,
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) license: String,
    pub(crate) scope: Scope,
    pub(crate) org_id: Option<String>,
    pub(crate) indexing_opt_in: bool,
    pub(crate) idempotency_key: Option<String>,
}

/// A share's row.
#[derive(Debug, Deserialize)]
pub(crate) struct ShareRow {
    share_id: ShareId,
    pub(crate) project_id: ProjectId,
    pub(crate) path: String,
    title: String,
    description: String,
    license: String,
    scope: Scope,
    org_id: Option<String>,
    /// SQLite has no booleans, and D1 gives numbers as floats.
    indexing_opt_in: f64,
    state: State,
    created_at: f64,
    published_at: Option<f64>,
    manifest_id: Option<vitrine_protocol::ManifestId>,
}

impl ShareRow {
    pub(crate) fn scope(&self) -> Scope {
        self.scope
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn indexing_opt_in(&self) -> bool {
        self.indexing_opt_in != 0.0
    }

    pub(crate) fn record(self, control: &Control<'_>) -> ShareRecord {
        ShareRecord {
            url: control.share_url(self.share_id),
            indexing_opt_in: self.indexing_opt_in(),
            share_id: self.share_id,
            project_id: self.project_id,
            path: self.path,
            title: self.title,
            description: self.description,
            license: self.license,
            scope: self.scope,
            org_id: self.org_id,
            state: self.state,
            created_at: milliseconds(self.created_at),
            published_at: self.published_at.map(milliseconds),
            manifest_id: self.manifest_id,
            owner: None,
            slug: None,
            updated_at: 0,
            deleted_at: None,
            file_count: None,
            size_bytes: None,
            stars: 0,
            views: 0,
            human_url: None,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "times are whole numbers far below 2^53")]
fn milliseconds(number: f64) -> i64 {
    number as i64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times and sizes are far below 2^53, which JavaScript's numbers keep"
)]
fn number(value: i64) -> JsValue {
    JsValue::from_f64(value as f64)
}

fn count(value: u64) -> JsValue {
    number(i64::try_from(value).unwrap_or(i64::MAX))
}

fn text(value: &str) -> JsValue {
    JsValue::from_str(value)
}

fn maybe(value: Option<&str>) -> JsValue {
    value.map_or(JsValue::NULL, JsValue::from_str)
}

fn failed(error: &worker::Error) -> Failure {
    Failure::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", error)
}

impl Db {
    pub(crate) fn open(env: &Env) -> Result<Self, Failure> {
        env.d1(BINDING).map(Self).map_err(|error| failed(&error))
    }

    async fn run(&self, sql: &str, values: &[JsValue]) -> Result<(), Failure> {
        let statement = self.0.prepare(sql).bind(values).map_err(|error| failed(&error))?;
        statement.run().await.map_err(|error| failed(&error)).map(|_| ())
    }

    async fn first(&self, sql: &str, values: &[JsValue]) -> Result<Option<ShareRow>, Failure> {
        let statement = self.0.prepare(sql).bind(values).map_err(|error| failed(&error))?;
        statement.first::<ShareRow>(None).await.map_err(|error| failed(&error))
    }

    /// One share.
    pub(crate) async fn share(&self, share: ShareId) -> Result<Option<ShareRow>, Failure> {
        self.first("SELECT * FROM shares WHERE share_id = ?1", &[text(share.as_str())]).await
    }

    /// The share that an earlier request with that idempotency key made.
    pub(crate) async fn share_by_key(
        &self,
        project: &ProjectId,
        key: &str,
    ) -> Result<Option<ShareRow>, Failure> {
        let sql = "SELECT * FROM shares WHERE project_id = ?1 AND idempotency_key = ?2";
        self.first(sql, &[text(project.as_str()), text(key)]).await
    }

    /// Adds a share, and the record that it was added.
    pub(crate) async fn insert_share(
        &self,
        share: ShareId,
        new: &NewShare,
        actor: &str,
        now: i64,
    ) -> Result<(), Failure> {
        let sql = "INSERT INTO shares (share_id, project_id, path, title, description, license, scope, org_id, \
                   indexing_opt_in, state, created_at, created_by, idempotency_key) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'active', ?10, ?11, ?12)";
        let values = [
            text(share.as_str()),
            text(new.project_id.as_str()),
            text(&new.path),
            text(&new.title),
            text(&new.description),
            text(&new.license),
            text(new.scope.as_str()),
            maybe(new.org_id.as_deref()),
            count(u64::from(new.indexing_opt_in)),
            number(now),
            text(actor),
            maybe(new.idempotency_key.as_deref()),
        ];
        let insert = self.0.prepare(sql).bind(&values).map_err(|error| failed(&error))?;
        let record = self.record(actor, "shares/create", share, &new.path)?;
        // One transaction: a share without its record would stay so, as the retry finds the share.
        self.0.batch(vec![insert, record]).await.map_err(|error| failed(&error)).map(|_| ())
    }

    /// Notes which snapshot is current, for lists; readers are told by `latest.json`.
    pub(crate) async fn set_latest(&self, latest: &Latest) -> Result<(), Failure> {
        let sql = "UPDATE shares SET manifest_id = ?2, published_at = ?3, file_count = ?4, size_bytes = ?5 \
                   WHERE share_id = ?1 AND (published_at IS NULL OR published_at <= ?3)";
        let values = [
            text(latest.share_id.as_str()),
            text(&latest.manifest_id.to_string()),
            number(latest.published_at),
            count(latest.file_count),
            count(latest.size_bytes),
        ];
        self.run(sql, &values).await
    }

    /// How many shares search engines may list.
    pub(crate) async fn count_listed(&self) -> Result<u64, Failure> {
        let sql = format!("SELECT COUNT(*) AS count FROM shares WHERE {LISTED}");
        let count = self.0.prepare(sql).first::<f64>(Some("count")).await.map_err(|error| failed(&error))?;
        Ok(u64::try_from(milliseconds(count.unwrap_or(0.0))).unwrap_or(0))
    }

    /// A page of them, the oldest first, so that pages change at their end.
    pub(crate) async fn listed(&self, page: u32, size: u32) -> Result<Vec<Listed>, Failure> {
        #[derive(Deserialize)]
        struct Row {
            share_id: ShareId,
            published_at: f64,
        }
        let sql = format!(
            "SELECT share_id, published_at FROM shares WHERE {LISTED} ORDER BY created_at, share_id LIMIT ?1 OFFSET ?2"
        );
        let values = [count(u64::from(size)), count(u64::from(page) * u64::from(size))];
        let statement = self.0.prepare(sql).bind(&values).map_err(|error| failed(&error))?;
        let rows = statement.all().await.and_then(|found| found.results::<Row>());
        let rows = rows.map_err(|error| failed(&error))?;
        let listed = |row: Row| Listed { share: row.share_id, published_at: milliseconds(row.published_at) };
        Ok(rows.into_iter().map(listed).collect())
    }

    /// Records a mutation.
    pub(crate) async fn audit(
        &self,
        actor: &str,
        action: &str,
        share: ShareId,
        detail: &str,
    ) -> Result<(), Failure> {
        let statement = self.record(actor, action, share, detail)?;
        statement.run().await.map_err(|error| failed(&error)).map(|_| ())
    }

    fn record(
        &self,
        actor: &str,
        action: &str,
        share: ShareId,
        detail: &str,
    ) -> Result<D1PreparedStatement, Failure> {
        let sql = "INSERT INTO audit (at, actor, action, share_id, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = [number(now_ms()), text(actor), text(action), text(share.as_str()), text(detail)];
        self.0.prepare(sql).bind(&values).map_err(|error| failed(&error))
    }
}
