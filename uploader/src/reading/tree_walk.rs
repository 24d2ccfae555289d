//! A walk through the listings of a snapshot, within the budget that everybody who walks one has (`vitrine_protocol::tree`): listings may
//! share listings, and a few stored bytes describe a tree of millions of folders. Gives the processor back at each listing,
//! so that a signal is heard though everything is in memory already. Called by `copy` and `verify`.

use super::{ReadingError, Snapshot, Source};
use vitrine_protocol::tree::{Claim, Counted, TreeBudget, TreeError};
use vitrine_protocol::{Entries, EntryName, EntryPath, Listing};

/// One walk's budget. Nothing is read beyond it.
#[derive(Debug, Clone)]
pub struct TreeWalk(TreeBudget);

impl TreeWalk {
    /// A walk through all of a snapshot, or a part; `entries_max` is the walker's own bound of files, folders and links together.
    pub fn new<S: Source>(snapshot: &Snapshot<S>, entries_max: Option<u64>) -> Self {
        let budget = TreeBudget::new(Claim::of(snapshot.manifest()));
        Self(match entries_max {
            Some(max) => budget.at_most(Counted::Entries, max),
            None => budget,
        })
    }

    /// What is in a folder. [`ReadingError::Tree`] when that is more than there can be.
    pub async fn dir<S: Source>(
        &mut self,
        snapshot: &Snapshot<S>,
        folder: &EntryPath,
        listing: &Listing,
    ) -> Result<Entries, ReadingError> {
        let beyond = |source| ReadingError::Tree { id: snapshot.latest().manifest_id, source };
        self.0.listing(folder, listing).map_err(beyond)?;
        tokio::task::yield_now().await;
        let entries = snapshot.dir(listing).await?;
        self.0.entries(folder, &entries).map_err(beyond)?;
        Ok(entries)
    }

    /// The path of a folder in `folder`.
    pub fn enter(&self, folder: &EntryPath, name: &EntryName) -> Result<EntryPath, TreeError> {
        self.0.enter(folder, name)
    }
}
