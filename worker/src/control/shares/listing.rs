//! What a share's keeper tells the lists: the row is brought up to what the bucket says.

use crate::database::{Statement, sql};
use crate::share_do::keeper::Listing;
use vitrine_protocol::{Latest, Meta, ShareId, State};

pub(crate) fn state_name(state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Suspended => "suspended",
        State::Deleted => "deleted",
    }
}

/// What `meta.json` says.
pub(crate) fn of_meta(meta: &Meta) -> Statement {
    sql!(
        "UPDATE shares SET title = ?2, description = ?3, license = ?4, scope = ?5, org_id = ?6, indexing_opt_in = ?7, \
         state = ?8, updated_at = ?9 WHERE share_id = ?1 AND updated_at <= ?9",
        meta.share_id,
        meta.title.as_str(),
        meta.description.as_str(),
        meta.license.as_str(),
        meta.scope,
        meta.org_id.as_deref(),
        meta.indexing_opt_in,
        state_name(meta.state),
        meta.updated_at,
    )
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
    if let Some(withheld) = listing.withheld {
        all.push(sql!("UPDATE shares SET suspended = ?2 WHERE share_id = ?1", share, withheld));
    }
    match &listing.meta {
        Some(meta) => {
            all.push(of_meta(meta));
            let deleted_at = (meta.state == State::Deleted).then_some(now);
            all.push(sql!(
                "UPDATE shares SET deleted_at = CASE WHEN ?2 IS NULL THEN NULL ELSE COALESCE(deleted_at, ?2) END \
                 WHERE share_id = ?1",
                share,
                deleted_at,
            ));
        }
        // The content is gone for good.
        None => all.push(sql!(
            "UPDATE shares SET collected_at = COALESCE(collected_at, ?2), state = 'deleted', manifest_id = NULL \
             WHERE share_id = ?1",
            share,
            now,
        )),
    }
    all.extend(listing.latest.as_ref().map(of_latest));
    all
}
