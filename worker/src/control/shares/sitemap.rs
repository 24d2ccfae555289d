//! The shares that search engines may list, for the sitemap; and where names for people lead. Called by `edge`.

use crate::database::{Database, sql};
use crate::failure::Failure;
use crate::gateway::crawl::Listed;
use serde::Deserialize;
use vitrine_protocol::{Handle, ShareId};

/// What a share must be to be in the sitemap.
const LISTED: &str = "scope = 'public' AND state = 'active' AND indexing_opt_in = 1 AND published_at > 0";

/// How many shares search engines may list.
pub(crate) async fn count_listed(db: &impl Database) -> Result<u64, Failure> {
    #[derive(Deserialize)]
    struct Count {
        count: u64,
    }
    let row: Option<Count> =
        db.row(sql!(format!("SELECT COUNT(*) AS count FROM shares WHERE {LISTED}"))).await?;
    Ok(row.map_or(0, |row| row.count))
}

/// A page of them, the oldest first, so that pages change at their end.
pub(crate) async fn listed(db: &impl Database, page: u32, size: u32) -> Result<Vec<Listed>, Failure> {
    #[derive(Deserialize)]
    struct Row {
        share_id: ShareId,
        published_at: i64,
    }
    let sql = format!(
        "SELECT share_id, published_at FROM shares WHERE {LISTED} ORDER BY created_at, share_id LIMIT ?1 OFFSET ?2"
    );
    let rows: Vec<Row> = db.rows(sql!(sql, size, u64::from(page) * u64::from(size))).await?;
    Ok(rows.into_iter().map(|row| Listed { share: row.share_id, published_at: row.published_at }).collect())
}

/// The share that a name for people leads to, or led to earlier. A name is a word that can be guessed, so it leads to what is there for
/// all: not to a share that only those should find who have its link, and not to one that is gated, withheld or gone.
pub(crate) async fn named(
    db: &impl Database,
    owner: &Handle,
    slug: &Handle,
) -> Result<Option<ShareId>, Failure> {
    #[derive(Deserialize)]
    struct Named {
        share_id: ShareId,
    }
    let statement = "SELECT slugs.share_id AS share_id FROM slugs JOIN shares ON shares.share_id = slugs.share_id \
                     WHERE slugs.owner = ?1 AND slugs.slug = ?2 AND scope = 'public' AND state = 'active'";
    let row: Option<Named> = db.row(sql!(statement, owner, slug)).await?;
    Ok(row.map(|row| row.share_id))
}
