//! Operators' calls that are about no share in particular, or about its storage: collection, the audit, metrics.

use super::Control;
use super::caller::Caller;
use super::query::{Query, cursor};
use super::world::World;
use crate::database::{Database as _, read, sql};
use crate::failure::Failure;
use crate::metrics::exposition::Gauge;
use crate::metrics::names::Metric;
use crate::reply::{Body, Reply};
use crate::share_do::{Answer, Command};
use serde::Deserialize;
use vitrine_protocol::api::{AuditList, AuditRecord, CollectGarbage};
use vitrine_protocol::{ErrorCode, ShareId};

impl<W: World> Control<'_, W> {
    /// `POST admin/gc`. Allowed to operators.
    pub(super) async fn collect_garbage(
        &self,
        caller: &Caller,
        asked: CollectGarbage,
    ) -> Result<Reply, Failure> {
        self.own_share(caller, asked.share_id).await?;
        let command = Command::Collect { dry_run: asked.dry_run };
        let Answer::Collected(collected) = self.world.ask_share(asked.share_id, command).await? else {
            return Err(Failure::new(ErrorCode::Internal, "The share's keeper answered another question."));
        };
        if !asked.dry_run {
            let detail = format!("{} deleted", collected.deleted);
            self.record(caller, "admin/gc", Some(asked.share_id), &detail).await?;
        }
        Ok(Reply::json(200, &collected))
    }

    /// `GET admin/audit`. Allowed to operators.
    pub(super) async fn audit_list(&self, query: &Query) -> Result<Reply, Failure> {
        let limit = query.limit()?;
        let before = query.cursor()?.map_or(i64::MAX >> 11, |(id, _)| id);
        let share: Option<ShareId> = query.parse("share_id")?;
        let statement = "SELECT id, at, actor, action, share_id, detail FROM audit WHERE id < ?1 \
                         AND (?2 IS NULL OR share_id = ?2) ORDER BY id DESC LIMIT ?3";
        let mut records: Vec<AuditRecord> =
            self.world.db().rows(sql!(statement, before, share, limit + 1)).await?;
        let more = records.len() > limit as usize;
        records.truncate(limit as usize);
        let next = records.last().filter(|_| more).map(|record| cursor(record.id, ""));
        Ok(Reply::json(200, &AuditList { records, cursor: next }))
    }

    /// `GET metrics`. Allowed to `service` and `admin`: counters of all isolates, and gauges as the lists are now.
    pub(super) async fn metrics(&self) -> Result<Reply, Failure> {
        #[derive(Deserialize)]
        struct Counted {
            name: String,
            count: u64,
        }
        #[derive(Deserialize)]
        struct Age {
            name: String,
            seen_at: i64,
        }
        let now = self.world.now_ms();
        let mut answers = self
            .world
            .db()
            .batch(vec![
                sql!(
                    "SELECT state AS name, COUNT(*) AS count FROM jobs WHERE state IN ('queued', 'running') GROUP BY state"
                ),
                sql!("SELECT state AS name, COUNT(*) AS count FROM hosts GROUP BY state"),
                sql!(
                    "SELECT host_id AS name, COALESCE(seen_at, created_at) AS seen_at FROM hosts WHERE state = 'active' \
                     ORDER BY seen_at LIMIT 100"
                ),
            ])
            .await?;
        let ages = answers.pop().unwrap_or_default();
        let hosts = answers.pop().unwrap_or_default();
        let jobs = answers.pop().unwrap_or_default();
        let mut gauges = Vec::new();
        for (metric, known, rows) in [
            (Metric::Jobs, &["queued", "running"][..], jobs),
            (Metric::Hosts, &["invited", "active", "revoked"], hosts),
        ] {
            let rows = rows.into_iter().map(read::<Counted>).collect::<Result<Vec<_>, _>>()?;
            // A state without rows is 0, not absent: an alert cannot see what is not there.
            gauges.extend(known.iter().map(|state| Gauge {
                metric,
                labels: vec![(*state).to_owned()],
                value: rows.iter().find(|row| row.name == *state).map_or(0, |row| row.count),
            }));
        }
        for row in ages.into_iter().map(read::<Age>) {
            let row = row?;
            let value = u64::try_from((now - row.seen_at) / 1000).unwrap_or(0);
            gauges.push(Gauge { metric: Metric::HostSeen, labels: vec![row.name], value });
        }
        let text = self.world.metrics(gauges).await?;
        Ok(Reply::new(200)
            .header("content-type", "text/plain; version=0.0.4; charset=utf-8")
            .header("cache-control", "no-store")
            .body(Body::Bytes(text.into_bytes())))
    }
}
