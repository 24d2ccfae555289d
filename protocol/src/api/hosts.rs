//! Hosts: how a machine with projects joins, reports, and is handed jobs (design §6, §7).
//!
//! A report says everything that the host knows now, and its answer everything that it should do now. So a report that is
//! lost, or comes twice, changes nothing; over a WebSocket or over HTTP it is the same.

use crate::ids::ShareId;
use crate::names::{HostId, JobId, ProjectId};
#[cfg(feature = "schema")]
use crate::{limits, openapi::texts as schema};
use serde::{Deserialize, Serialize};

use super::jobs::{JobError, JobOrder, JobProgress, JobResult};

/// `POST hosts/invite`: makes a one-time enrolment token for a new host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InviteHost {
    /// What people call the host.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = limits::TITLE_MAX), regex(pattern = schema::LINE)))]
    pub name: String,
    /// The region of the shares of its projects; the default region when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<char>,
    /// How long the token can be used, in seconds; an hour when left out, a week at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 60, max = limits::ENROLMENT_SECONDS_MAX)))]
    pub expires_in_seconds: Option<u32>,
    /// The same key again gives a fresh token for the same host, while that has not enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = limits::KEY_BYTES_MAX), regex(pattern = schema::LINE)))]
    pub idempotency_key: Option<String>,
}

/// The answer to `invite`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invitation {
    /// The host that will be.
    pub host_id: HostId,
    /// What `vitrine enroll --token` takes, once. It is not stored, and not shown again.
    pub enrolment_token: String,
    /// When it ends.
    pub expires_at: i64,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("host_id", &self.host_id).finish_non_exhaustive()
    }
}

/// `POST hosts/enroll`: a host gives its public key for the enrolment token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnrollHost {
    /// The token.
    pub enrolment_token: String,
    /// The host's Ed25519 public key: 32 bytes in base64url without padding, as in a JWK's `x` (RFC 8037).
    #[cfg_attr(feature = "schema", schemars(regex(pattern = schema::PUBLIC_KEY)))]
    pub public_key: String,
    /// The program's version.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 64), regex(pattern = schema::LINE)))]
    pub version: String,
}

impl std::fmt::Debug for EnrollHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrollHost").field("public_key", &self.public_key).finish_non_exhaustive()
    }
}

/// The answer to `enroll`. The same token with the same key again gets the same answer again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Enrolled {
    /// The host's name in its tokens.
    pub host_id: HostId,
    /// What people call it.
    pub name: String,
    /// The region of the shares of its projects.
    pub region: char,
}

/// `POST hosts/register`, and the text a host sends over `hosts/connect`: all that it knows now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HostReport {
    /// Drawn anew each time the agent starts: jobs of an earlier start are given up.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 64), regex(pattern = schema::LINE)))]
    pub boot_id: String,
    /// The program's version.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 64), regex(pattern = schema::LINE)))]
    pub version: String,
    /// How many jobs it takes at once; 0 while it drains.
    pub capacity: u32,
    /// Free space where projects live, in bytes.
    #[serde(default)]
    pub free_bytes: u64,
    /// Projects it has, as far as it lists them (the first 1,000).
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 1000)))]
    pub projects: Vec<ProjectId>,
    /// Every job it has in hand.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub jobs: Vec<JobReport>,
}

/// One job in a host's hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct JobReport {
    /// The job.
    pub job_id: JobId,
    /// The hand-out that it is.
    pub attempt: u32,
    /// How it stands.
    pub status: JobStatus,
}

/// How a job stands on its host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// It runs.
    Running(JobProgress),
    /// It is done.
    Succeeded(JobResult),
    /// It failed.
    Failed {
        /// Why.
        error: JobError,
        /// Whether another attempt may go better: a network that was away, a share that another publisher held.
        #[serde(default)]
        retry: bool,
    },
    /// It was stopped.
    Canceled,
}

/// The answer to a report: all that the host should do now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostOrders {
    /// Jobs to begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<JobOrder>,
    /// Jobs to stop: canceled, or another's by now. What has already ended of them is not told to anybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<StopOrder>,
    /// Jobs whose end has been recorded: the host may forget them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<JobId>,
    /// When to report again at the latest, in milliseconds.
    pub report_within_ms: u64,
    /// A host whose reports get no answer for this long, in milliseconds, stops its jobs: a little later they are another
    /// attempt's.
    pub give_up_after_ms: u64,
}

/// A job to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StopOrder {
    /// The job.
    pub job_id: JobId,
    /// The hand-out to stop.
    pub attempt: u32,
    /// Whether it was canceled, and the host should report it so; else it is another's, and the host forgets it.
    pub canceled: bool,
}

/// What a host says over `hosts/connect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum HostMessage {
    /// Everything; answered with [`HostOrders`].
    Report(HostReport),
    /// How far one job is: for those who watch. Not answered.
    Progress(PublishProgress),
}

/// `POST publish/progress`: how far a job is, for those who watch. At most a few a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PublishProgress {
    /// The share.
    pub share_id: ShareId,
    /// The job, when it is one; a person's publish has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// The hand-out of the job.
    #[serde(default)]
    pub attempt: u32,
    /// How far it is.
    pub progress: JobProgress,
}

/// `POST hosts/reading`: asks to read the share of a copy job that the host runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadForJob {
    /// The job.
    pub job_id: JobId,
    /// Which hand-out.
    pub attempt: u32,
}

/// Whether a host can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum HostState {
    /// Invited; has not enrolled.
    Invited,
    /// Enrolled.
    Active,
    /// Its key opens nothing any more.
    Revoked,
}

/// A host as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostRecord {
    /// Its name for ever.
    pub host_id: HostId,
    /// What people call it.
    pub name: String,
    /// The region of the shares of its projects.
    pub region: char,
    /// Whether it may act.
    pub state: HostState,
    /// Whether it was heard of within the last minute and a half.
    pub online: bool,
    /// The program's version.
    pub version: String,
    /// How many jobs it takes at once.
    pub capacity: u32,
    /// How many it works on.
    pub running: u32,
    /// Free space where projects live, in bytes.
    pub free_bytes: u64,
    /// How many projects are assigned to it.
    pub projects: u64,
    /// When it was invited.
    pub created_at: i64,
    /// When it was last heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<i64>,
}

/// `POST hosts/revoke`: a host's key opens nothing from now on, and its jobs fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RevokeHost {
    /// The host.
    pub host_id: HostId,
}

/// The answer to `GET hosts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HostList {
    /// One page, in the order in which they were invited.
    pub hosts: Vec<HostRecord>,
    /// What `cursor` takes for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `POST projects/assign`: says which host has a project; no host takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignProject {
    /// The project.
    pub project_id: ProjectId,
    /// The host; nobody when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_id: Option<HostId>,
}

/// A project as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectRecord {
    /// The project.
    pub project_id: ProjectId,
    /// The host that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_id: Option<HostId>,
    /// When that was said.
    pub assigned_at: i64,
}
