//! A copy job: a published snapshot, or part of it, into a project.
//!
//! Read as any reader does, through the gateway, with a token that the server gives for this job. Written as `vitrine copy`
//! writes, into a folder that was opened beneath the project: nothing is replaced, a file has its name when it is whole, and
//! run again it goes on where it was.

use super::Tools;
use super::book::Outcome;
use super::gauge::Gauge;
use super::project::{Project, free, free_files, path};
use super::settings::Settings;
use super::stop::Stop;
use super::trouble::{QUOTA, failed, reading, remote, words};
use crate::copy::{Copied, CopyError, Job, Options, copy};
use crate::progress::Progress;
use crate::reading::{Gateway, ShareAddress, Snapshot};
use crate::remote::retry::{Deadlines, RetryPolicy};
use crate::secret::Secret;
use rustix::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use vitrine_protocol::api::{JobOrder, JobResult, Phase, ReadForJob};
use vitrine_protocol::{EntryPath, ManifestId, Scope};

/// How often the room that is left is looked at: a fast disk takes no more between than the default `keep_free`.
const LOOK: Duration = Duration::from_millis(250);

/// How many failures are told.
const TOLD_MAX: usize = 20;

/// What to copy.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) manifest_id: ManifestId,
    pub(super) path: String,
    pub(super) target_path: Option<String>,
    pub(super) title: String,
    pub(super) scope: Scope,
}

/// Where a copy goes.
struct Place {
    path: EntryPath,
    dir: OwnedFd,
    /// Made for this job, and not by an earlier attempt.
    fresh: bool,
}

/// Runs the job.
pub(super) async fn run(
    tools: &Tools,
    order: &JobOrder,
    wish: Wish,
    gauge: &Arc<Gauge>,
    stop: &Stop,
) -> Outcome {
    tokio::select! {
        done = into_project(tools, order, &wish, gauge, stop) => done.map_or_else(|outcome| outcome, Outcome::Done),
        () = stop.at_once() => Outcome::Stopped,
    }
}

async fn into_project(
    tools: &Tools,
    order: &JobOrder,
    wish: &Wish,
    gauge: &Arc<Gauge>,
    stop: &Stop,
) -> Result<JobResult, Outcome> {
    let part = path(&wish.path)?;
    let project = tools.projects.open(&order.project_id)?;
    let snapshot = tokio::select! {
        snapshot = open(tools, order, wish, gauge) => snapshot?,
        () = stop.asked() => return Err(Outcome::Stopped),
    };
    let place = place(tools, order, wish, &project)?;
    gauge.begin(Phase::Download);
    let at = project.path.join(place.path.to_string());
    let keep_free = tools.settings.keep_free.unwrap_or(0);
    // What an earlier attempt wrote is on the disk already, so only a first one is measured against what is free.
    let room = if place.fresh { free(&project.path).saturating_sub(keep_free) } else { u64::MAX };
    let bytes_max = tools.settings.quota.unwrap_or(u64::MAX).min(room);
    let files_room = if place.fresh { free_files(&project.path) } else { None };
    let files_room = files_room.map(|free| free.saturating_sub(tools.settings.keep_free_files));
    let entries_max = [tools.settings.quota_files, files_room].into_iter().flatten().min();
    let job = Job {
        dest: place.path.to_string().into(),
        opened: Some(place.dir),
        paths: if part.is_root() { Vec::new() } else { vec![part] },
        options: Options { bytes_max: Some(bytes_max), entries_max, threads: 4, ..Options::default() },
        counts: gauge.counts(),
        progress: Arc::clone(gauge) as Arc<dyn Progress>,
    };
    let full = Full::default();
    let ended = async {
        tokio::select! {
            () = stop.asked() => {}
            () = full.watch(&at, gauge, &tools.settings) => {}
        }
    };
    let outcome = copy(snapshot, job, ended).await;
    if outcome.is_err() && place.fresh && wish.target_path.is_none() {
        project.remove_empty(&place.path);
    }
    match outcome {
        Ok(copied) => result(&copied, wish.manifest_id, &place.path),
        Err(CopyError::Interrupted) => Err(full.said().unwrap_or(Outcome::Stopped)),
        Err(error) => Err(error.into()),
    }
}

/// Opens the snapshot that the order names.
async fn open(
    tools: &Tools,
    order: &JobOrder,
    wish: &Wish,
    gauge: &Arc<Gauge>,
) -> Result<Snapshot<Gateway>, Outcome> {
    let ask = ReadForJob { job_id: order.job_id, attempt: order.attempt };
    let ticket = tools.control.reading(&ask).await.map_err(|error| remote(&error, words(&error)))?;
    let address = ShareAddress::parse(&ticket.url).ok().filter(|address| address.share == order.share_id);
    let Some(address) = address else {
        return Err(failed("other", "The server named an address that is not the share's", "", false));
    };
    let token = wish.scope.is_gated().then(|| Secret::new(&ticket.token));
    let progress = Arc::clone(gauge) as Arc<dyn Progress>;
    let (retry, deadlines) = (RetryPolicy::default(), Deadlines::default());
    let gateway = Gateway::new(address, token, progress, retry, deadlines);
    let gateway = gateway.map_err(|error| remote(&error, words(&error)))?;
    let snapshot = Snapshot::open_at(gateway, wish.manifest_id, gauge.counts()).await;
    snapshot.map_err(|error| reading(&error, words(&error)))
}

/// The folder that was named; that of an earlier attempt; or a new one.
fn place(tools: &Tools, order: &JobOrder, wish: &Wish, project: &Project) -> Result<Place, Outcome> {
    let keeping = &tools.keeping;
    if let Some(known) = keeping.folder(order.job_id) {
        let path = path(&known)?;
        let dir = project.make_dir(&path)?;
        return Ok(Place { path, dir, fresh: false });
    }
    let remember = |path: &EntryPath| {
        let kept = keeping.set_folder(order.job_id, &path.to_string());
        kept.map_err(|error| failed("other", words(&error), "Tell the host's operator.", true))
    };
    if let Some(target) = &wish.target_path {
        let path = path(target)?;
        let dir = project.make_dir(&path)?;
        remember(&path)?;
        return Ok(Place { path, dir, fresh: true });
    }
    // Remembered before it is made: an attempt that is killed between does not leave a second folder behind.
    let (path, dir) = project.make_new(&wish.title, remember)?;
    Ok(Place { path, dir, fresh: true })
}

/// Whether the copy was stopped because there is no room.
#[derive(Default)]
struct Full(std::sync::OnceLock<String>);

impl Full {
    /// Ends when there is less room than there must be, or more came than was announced.
    async fn watch(&self, at: &Path, gauge: &Gauge, settings: &Settings) {
        let (keep_free, quota) = (settings.keep_free.unwrap_or(0), settings.quota);
        loop {
            tokio::time::sleep(LOOK).await;
            let (left, written) = (free(at), gauge.counts().now().bytes);
            let files = free_files(at).filter(|files| *files < settings.keep_free_files);
            let why = if let Some(files) = files {
                let kept = settings.keep_free_files;
                format!("The disk of the project takes {files} more files, and {kept} are to stay free")
            } else if left < keep_free {
                format!("There are {left} bytes free where the project is, and {keep_free} are to stay so")
            } else if quota.is_some_and(|quota| written > quota) {
                format!("More than {} bytes would be written", quota.unwrap_or(0))
            } else {
                continue;
            };
            let _ = self.0.set(why);
            return;
        }
    }

    fn said(&self) -> Option<Outcome> {
        self.0.get().map(|why| failed("quota", why.clone(), QUOTA, false))
    }
}

fn result(copied: &Copied, manifest_id: ManifestId, path: &EntryPath) -> Result<JobResult, Outcome> {
    let files = copied.written.saturating_add(copied.kept).saturating_add(copied.adopted);
    let failure = |failure: &crate::copy::Failure| format!("`{}`: {}", failure.path, failure.reason);
    let mut left_out: Vec<String> = copied.failures.iter().take(TOLD_MAX).map(failure).collect();
    let more = copied.failed.saturating_sub(left_out.len() as u64);
    if more > 0 {
        left_out.push(format!("and {more} more"));
    }
    if files == 0 && copied.failed > 0 {
        let message = format!("Nothing could be copied: {}", left_out.join("; "));
        return Err(failed(
            "corrupt",
            message,
            "The share's owner can mend it by publishing it again.",
            false,
        ));
    }
    Ok(JobResult {
        manifest_id: Some(manifest_id),
        files: copied.written,
        bytes: copied.written_bytes,
        transferred_bytes: copied.fetched_bytes,
        left_out,
        path: Some(path.to_string()),
    })
}
