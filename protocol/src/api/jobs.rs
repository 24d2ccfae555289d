//! Jobs: what a host is asked to do, how far it is, and what became of it (design §7).

use crate::documents::Scope;
use crate::ids::{ManifestId, ShareId};
use crate::names::{HostId, JobId, ProjectId};
#[cfg(feature = "schema")]
use crate::{limits, openapi::texts as schema};
use serde::{Deserialize, Serialize};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// Publish a share's folder.
    Publish,
    /// Copy a snapshot into a project.
    Copy,
}

/// Where a job is in its life: `queued → running → succeeded | failed | canceled`, and back from running to queued when its
/// host vanishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Waits for its host.
    Queued,
    /// A host works on it.
    Running,
    /// Done.
    Succeeded,
    /// Given up; `error` says why.
    Failed,
    /// Stopped because somebody asked for it.
    Canceled,
}

impl JobState {
    /// Whether it stays so for ever.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }
}

/// What a running job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = schema::open_enum))]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Taking a snapshot of the project, or getting ready.
    #[default]
    Prepare,
    /// Looking through the folder.
    Scan,
    /// Sending what is missing.
    Upload,
    /// Making the new snapshot current.
    Commit,
    /// Fetching a snapshot's files.
    Download,
    /// A phase of a newer host.
    #[serde(other)]
    Other,
}

/// How far a running job is. Totals grow while the folder is being looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobProgress {
    /// What it is doing.
    pub phase: Phase,
    /// Files dealt with.
    #[serde(default)]
    pub files_done: u64,
    /// Files found so far.
    #[serde(default)]
    pub files_total: u64,
    /// Bytes sent or written.
    #[serde(default)]
    pub bytes_done: u64,
    /// Bytes that are known to be sent or written.
    #[serde(default)]
    pub bytes_total: u64,
    /// Bytes a second, of late.
    #[serde(default)]
    pub bytes_per_second: u64,
}

/// What a job did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobResult {
    /// The snapshot that was published or copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_id: Option<ManifestId>,
    /// Files of the snapshot, or files written.
    #[serde(default)]
    pub files: u64,
    /// Their bytes.
    #[serde(default)]
    pub bytes: u64,
    /// Bytes that were really sent or fetched.
    #[serde(default)]
    pub transferred_bytes: u64,
    /// What was left out that should not have been, in words; the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Where a copy was written, below the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Why a job failed, in words a person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobError {
    /// What to branch on: a problem's code (`forbidden`, `lease_held`, …), or `host_gone`, `host_removed`, `host_stopped`,
    /// `path_missing`, `quota`, `conflict`, `other`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A job as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobRecord {
    /// Its name.
    pub job_id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The share that is published or copied.
    pub share_id: ShareId,
    /// The project that it reads (publish) or writes (copy).
    pub project_id: ProjectId,
    /// The host that does it; absent while the project has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_id: Option<HostId>,
    /// Where it is.
    pub state: JobState,
    /// How often it was handed to a host.
    pub attempt: u32,
    /// Whether it was asked to stop.
    #[serde(default)]
    pub cancel_requested: bool,
    /// How far it is, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<JobProgress>,
    /// What it did, once it has succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
    /// Why it failed; or, while it is queued again, why the last attempt did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<JobError>,
    /// When it was asked for.
    pub created_at: i64,
    /// When the latest attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
    /// When its host was last heard of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_at: Option<i64>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<i64>,
}

/// `POST shares/publish`: asks the project's host to publish the share's folder as it is now.
///
/// A publish that is already waiting is joined: the answer names it. One that runs may have looked at the folder already, so
/// another waits behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PublishShare {
    /// The share.
    pub share_id: ShareId,
    /// Whether every file is read and hashed, however unchanged it looks.
    #[serde(default)]
    pub checksum: bool,
    /// The same key again gives the same job again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::KEY_BYTES_MAX), regex(pattern = schema::LINE)))]
    pub idempotency_key: Option<String>,
}

/// `POST shares/copy`: copies (part of) the published snapshot into a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = schema::trust_is_required))]
#[serde(deny_unknown_fields)]
pub struct CopyShare {
    /// The share.
    pub share_id: ShareId,
    /// The project that gets the files; the caller must be able to write it.
    pub project_id: ProjectId,
    /// What to copy, below the share's root: a folder or a file; everything when left out.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::PATH_BYTES_MAX), regex(pattern = schema::PATH)))]
    pub path: String,
    /// The folder of the project to write to; a new one, named after the share, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::PATH_BYTES_MAX), regex(pattern = schema::PATH)))]
    pub target_path: Option<String>,
    /// That whoever asks knows that the files are somebody else's, and may run when opened. Must be true.
    #[serde(default)]
    pub trust_acknowledged: bool,
    /// The same key again gives the same job again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::KEY_BYTES_MAX), regex(pattern = schema::LINE)))]
    pub idempotency_key: Option<String>,
}

/// `POST shares/cancel`: asks a job to stop. A job that has ended stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelJob {
    /// The job.
    pub job_id: JobId,
}

/// What a host is handed with a job: all it needs, and nothing it must not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobOrder {
    /// The job.
    pub job_id: JobId,
    /// Which hand-out this is; whatever an older one says is refused.
    pub attempt: u32,
    /// The share.
    pub share_id: ShareId,
    /// The project it reads or writes, in the folder `project-<id>` of the host.
    pub project_id: ProjectId,
    /// What to do.
    pub work: Work,
}

/// The particulars of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Publish.
    Publish {
        /// The share's path below the project.
        path: String,
        /// Whether every file is read and hashed.
        #[serde(default)]
        checksum: bool,
        /// Whether nothing of the base is believed: repairs a damaged snapshot.
        #[serde(default)]
        ignore_base: bool,
    },
    /// Copy.
    Copy {
        /// The snapshot that was current when the copy was asked for.
        manifest_id: ManifestId,
        /// What to copy, below the share's root.
        path: String,
        /// The folder of the project to write to, when one was named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target_path: Option<String>,
        /// What to name a new folder after.
        title: String,
        /// Who may read the share; a gated one needs the job's ticket.
        scope: Scope,
    },
}
