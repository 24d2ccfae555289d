//! A share's row, and who may know of it.

use super::super::Control;
use super::super::caller::Caller;
use super::super::world::World;
use crate::database::{Database as _, boolean, sql};
use crate::failure::Failure;
use serde::Deserialize;
use vitrine_protocol::api::ShareRecord;
use vitrine_protocol::{ErrorCode, Handle, HostId, ManifestId, ProjectId, Scope, ShareId, State};

/// A share's row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ShareRow {
    pub(crate) row: i64,
    pub(crate) share_id: ShareId,
    pub(crate) project_id: ProjectId,
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) license: String,
    pub(crate) scope: Scope,
    pub(crate) org_id: Option<String>,
    #[serde(deserialize_with = "boolean")]
    pub(crate) indexing_opt_in: bool,
    pub(crate) state: State,
    #[serde(deserialize_with = "boolean")]
    pub(crate) suspended: bool,
    pub(crate) owner: Option<Handle>,
    pub(crate) slug: Option<Handle>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) deleted_at: Option<i64>,
    pub(crate) collected_at: Option<i64>,
    /// 0 before the first publish.
    pub(crate) published_at: i64,
    pub(crate) manifest_id: Option<ManifestId>,
    pub(crate) file_count: Option<u64>,
    pub(crate) size_bytes: Option<u64>,
    pub(crate) stars: u64,
    pub(crate) views: u64,
    pub(crate) request_hash: Option<String>,
    /// The host that has the project, where the query asks for it.
    #[serde(default)]
    pub(crate) host_id: Option<HostId>,
}

impl ShareRow {
    /// Whether the caller may read the share, and so know of it when it has the share's id.
    pub(crate) fn may_read(&self, caller: &Caller) -> bool {
        if self.state != State::Active {
            return false;
        }
        match (self.scope, caller) {
            (Scope::Public | Scope::Unlisted, _) | (Scope::Authenticated, Caller::User(_)) => true,
            (Scope::Org, Caller::User(claims)) => {
                caller.is_service() || self.org_id.as_ref().is_some_and(|org| claims.org_ids.contains(org))
            }
            (_, _) => false,
        }
    }

    /// Whether the caller may know of it.
    pub(crate) fn may_see(&self, caller: &Caller) -> bool {
        caller.may_write(&self.project_id) || self.may_read(caller)
    }

    /// As the API shows it to those who may write its project, or act for them.
    pub(crate) fn record<W: World>(self, control: &Control<'_, W>) -> ShareRecord {
        let share_origin = &control.world.config().origins.share;
        let human_url = match (&self.owner, &self.slug) {
            (Some(owner), Some(slug)) if self.scope == Scope::Public => {
                Some(format!("{share_origin}/@{owner}/{slug}/"))
            }
            _ => None,
        };
        ShareRecord {
            url: control.share_url(self.share_id),
            human_url,
            share_id: self.share_id,
            project_id: Some(self.project_id),
            path: Some(self.path),
            title: self.title,
            description: self.description,
            license: self.license,
            scope: self.scope,
            org_id: self.org_id,
            indexing_opt_in: self.indexing_opt_in,
            state: self.state,
            owner: self.owner,
            slug: self.slug,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted_at: self.deleted_at,
            published_at: (self.published_at > 0).then_some(self.published_at),
            manifest_id: self.manifest_id,
            file_count: self.file_count,
            size_bytes: self.size_bytes,
            stars: self.stars,
            views: self.views,
        }
    }
}

impl ShareRow {
    /// As the API shows it to a caller: a reader has no business with the project and the folder that it comes from.
    pub(crate) fn record_for<W: World>(self, control: &Control<'_, W>, caller: &Caller) -> ShareRecord {
        let own = caller.may_write(&self.project_id) || caller.is_service();
        let record = self.record(control);
        if own { record } else { ShareRecord { project_id: None, path: None, ..record } }
    }
}

/// A share that does not exist and one that the caller may not know of look the same.
pub(crate) fn no_share(share: ShareId) -> Failure {
    Failure::new(ErrorCode::ShareNotFound, format!("There is no share `{share}` that this token may use."))
        .hint("Check the id, or use a token of the project that owns the share.")
}

impl<W: World> Control<'_, W> {
    /// A share's row.
    pub(crate) async fn share_row(&self, share: ShareId) -> Result<Option<ShareRow>, Failure> {
        Ok(self.world.db().row(sql!("SELECT * FROM shares WHERE share_id = ?1", share)).await?)
    }

    /// The share, when the caller may write its project.
    pub(crate) async fn own_share(&self, caller: &Caller, share: ShareId) -> Result<ShareRow, Failure> {
        let row = self.share_row(share).await?;
        row.filter(|row| caller.may_write(&row.project_id)).ok_or_else(|| no_share(share))
    }

    /// The share, when the caller may read it.
    pub(crate) async fn readable_share(&self, caller: &Caller, share: ShareId) -> Result<ShareRow, Failure> {
        let row = self.share_row(share).await?;
        let readable = row.filter(|row| {
            row.may_read(caller) || (row.state == State::Active && caller.may_write(&row.project_id))
        });
        readable.ok_or_else(|| no_share(share))
    }
}

/// 409 for a share that is withdrawn.
pub(crate) fn refuse_deleted(row: &ShareRow, detail: &str) -> Result<(), Failure> {
    if row.state == State::Deleted {
        return Err(Failure::new(ErrorCode::ShareDeleted, detail));
    }
    Ok(())
}
