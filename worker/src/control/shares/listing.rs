//! What a share's keeper tells the lists: the row is brought up to what the bucket says.

use crate::database::{Statement, sql};
use crate::share_do::changes::Standing;
use crate::share_do::keeper::Listing;
use crate::share_do::record::Record;
use vitrine_protocol::{Latest, ShareId, State};

pub(crate) fn state_name(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Suspended => "suspended",
        State::Deleted => "deleted",
    }
}

/// What the share is, as its object knows it. What an object says is a whole with a number, and what comes late changes nothing.
pub(crate) fn of_standing(standing: &Standing) -> Statement {
    let meta = &standing.meta;
    sql!(
        "UPDATE shares SET title = ?2, description = ?3, license = ?4, scope = ?5, org_id = ?6, indexing_opt_in = ?7, \
         state = ?8, updated_at = ?9, owner = COALESCE(?10, owner), slug = COALESCE(?11, slug), path = COALESCE(?12, path), \
         suspended = COALESCE(?13, suspended), revision = ?14, \
         deleted_at = CASE WHEN ?8 = 'deleted' THEN COALESCE(deleted_at, ?9) END \
         WHERE share_id = ?1 AND revision <= ?14",
        meta.share_id,
        meta.title.as_str(),
        meta.description.as_str(),
        meta.license.as_str(),
        meta.scope,
        meta.org_id.as_deref(),
        meta.indexing_opt_in,
        state_name(meta.state),
        meta.updated_at,
        meta.owner.as_ref(),
        meta.slug.as_ref(),
        standing.path.as_deref(),
        standing.withheld,
        standing.revision,
    )
}

/// A publish that waits takes the path of now: the old one may be what somebody has just taken back. One that runs is refused when it
/// begins with the old one (`publish/begin`), and tried again.
pub(crate) fn paths_of_jobs(share: ShareId) -> Statement {
    sql!(
        "UPDATE jobs SET work = json_set(work, '$.publish.path', (SELECT path FROM shares WHERE share_id = ?1)) \
         WHERE share_id = ?1 AND kind = 'publish' AND state = 'queued'",
        share,
    )
}

/// A line of the audit and what goes with it, once: whoever comes second changes nothing.
pub(crate) fn of_record(share: ShareId, record: &Record) -> Vec<Statement> {
    let mut all = Vec::new();
    if record.ends_copies {
        all.extend(end_copies(share, record.at));
    }
    all.push(sql!(
        "INSERT INTO audit (at, actor, action, share_id, detail, record_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (record_id) WHERE record_id IS NOT NULL DO NOTHING",
        record.at,
        record.actor.as_str(),
        record.action.as_str(),
        share,
        record.detail.as_str(),
        record.id.as_str(),
    ));
    all
}

/// Ends the copies of a share that were asked for before who may read it has changed: nobody asks those who wanted them again.
fn end_copies(share: ShareId, at: i64) -> [Statement; 2] {
    [
        sql!(
            "UPDATE jobs SET state = 'canceled', cancel_requested = ?2, finished_at = ?2 \
             WHERE share_id = ?1 AND kind = 'copy' AND state = 'queued' AND created_at <= ?2",
            share,
            at,
        ),
        sql!(
            "UPDATE jobs SET cancel_requested = ?2 WHERE share_id = ?1 AND kind = 'copy' AND state = 'running' \
             AND cancel_requested = 0 AND created_at <= ?2",
            share,
            at,
        ),
    ]
}

/// What `latest.json` says; an older one than the row has is late, and changes nothing.
pub(crate) fn of_latest(latest: &Latest) -> Statement {
    sql!(
        "UPDATE shares SET manifest_id = ?2, published_at = ?3, file_count = ?4, size_bytes = ?5 \
         WHERE share_id = ?1 AND published_at <= ?3",
        latest.share_id,
        latest.manifest_id,
        latest.published_at,
        latest.file_count,
        latest.size_bytes,
    )
}

/// Everything, with the counters.
pub(crate) fn statements(share: ShareId, listing: &Listing, now: i64) -> Vec<Statement> {
    let mut all = vec![sql!(
        "UPDATE shares SET stars = ?2, views = ?3 WHERE share_id = ?1",
        share,
        listing.stars,
        listing.views,
    )];
    match &listing.standing {
        Some(standing) => all.extend([of_standing(standing), paths_of_jobs(share)]),
        // The content is gone for good.
        None => all.push(sql!(
            "UPDATE shares SET collected_at = COALESCE(collected_at, ?2), state = 'deleted', manifest_id = NULL \
             WHERE share_id = ?1",
            share,
            now,
        )),
    }
    all.extend(listing.latest.as_ref().map(of_latest));
    all.extend(listing.records.iter().flat_map(|record| of_record(share, record)));
    all
}
