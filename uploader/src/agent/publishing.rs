//! A publish job: the share's folder, from a snapshot where there can be one, through the library's engine.
//!
//! Nobody is there to be asked about what should probably not be public. So it is left out, and said; what is published with
//! the same size and time already, because a person said yes to it once, stays. A line of a `.vitrineignore` that does not
//! hold fails the job, because nothing tells what it was to leave out.

use super::Tools;
use super::book::Outcome;
use super::gauge::Gauge;
use super::project::{Project, path};
use super::stop::Stop;
use super::trouble::{failed, scan};
use crate::btrfs::{self, FsSnapshot};
use crate::filter::Filter;
use crate::omission::Omissions;
use crate::publish::consent::Consent;
use crate::publish::{Job, Options, PublishError, Published, publish_until};
use crate::remote::Target;
use crate::scan::{ScanError, Source, Suspect};
use std::collections::BTreeMap;
use std::sync::Arc;
use vitrine_protocol::api::{JobAttempt, JobOrder, JobResult};
use vitrine_protocol::{EntryPath, ManifestId};

/// A file whose name tells nothing is found out when it is read, and each makes the publish begin again. So many may.
const ROUNDS_MAX: usize = 25;

/// How many things that were left out are told.
const TOLD_MAX: usize = 20;

/// How to publish.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) path: String,
    pub(super) checksum: bool,
    pub(super) ignore_base: bool,
}

/// Runs the job.
pub(super) async fn run(
    tools: &Tools,
    order: &JobOrder,
    wish: Wish,
    gauge: &Arc<Gauge>,
    stop: &Stop,
) -> Outcome {
    match publish(tools, order, &wish, gauge, stop).await {
        Ok(done) => Outcome::Done(done),
        Err(outcome) => outcome,
    }
}

async fn publish(
    tools: &Tools,
    order: &JobOrder,
    wish: &Wish,
    gauge: &Arc<Gauge>,
    stop: &Stop,
) -> Result<JobResult, Outcome> {
    let path = path(&wish.path)?;
    let project = tools.projects.open(&order.project_id)?;
    let (snapshots, tag) = (tools.settings.snapshots, format!("job-{}-{}", order.job_id, order.attempt));
    let opened = tokio::task::spawn_blocking(move || open(&project, &path, snapshots.then_some(tag)));
    let (source, snapshot) =
        opened.await.map_err(|_| Outcome::from(PublishError::Thread))?.map_err(|e| scan(&e))?;
    let outcome = rounds(tools, order, wish, (&Arc::new(source), gauge), stop).await;
    if let Some(Err(error)) = snapshot.map(FsSnapshot::remove) {
        // The next publish of the project, and the next start, sweep it.
        tracing::warn!("a snapshot stays: {}", super::trouble::words(&error));
    }
    outcome
}

/// Opens the share's path: in a snapshot of the project where there can be one, as it stands elsewhere.
fn open(
    project: &Project,
    path: &EntryPath,
    tag: Option<String>,
) -> Result<(Source, Option<FsSnapshot>), ScanError> {
    let live = Source::beneath(&project.root, &project.path, path)?;
    let Some(tag) = tag else { return Ok((live, None)) };
    let snapshot = match FsSnapshot::take(&project.path, &tag) {
        Ok(Some(snapshot)) => snapshot,
        Ok(None) => return Ok((live, None)),
        Err(error) => {
            // Each file is then watched while it is read.
            tracing::warn!("{}; going on without a snapshot", super::trouble::words(&error));
            return Ok((live, None));
        }
    };
    let folder = match live.kind() {
        vitrine_protocol::RootKind::Dir => path.clone(),
        vitrine_protocol::RootKind::File => path.parent().unwrap_or_default(),
    };
    let inside = snapshot.open().ok().and_then(|root| {
        let dir = crate::scan::Root::of_snapshot(root.into()).open_dir(&folder).ok()?;
        let inode = rustix::fs::fstat(&dir).ok()?.st_ino;
        // What lies in a subvolume of its own is not in the snapshot.
        (!btrfs::is_nested_placeholder(inode, true)).then_some(dir)
    });
    if let Some(dir) = inside {
        return Ok((live.within(dir), Some(snapshot)));
    }
    tracing::warn!("the folder is in a subvolume of its own; going on without a snapshot");
    Ok((live, None))
}

/// Publishes, leaving out more each time that something turns up which should not be public.
async fn rounds(
    tools: &Tools,
    order: &JobOrder,
    wish: &Wish,
    (source, gauge): (&Arc<Source>, &Arc<Gauge>),
    stop: &Stop,
) -> Result<JobResult, Outcome> {
    let attempt = JobAttempt { job_id: order.job_id, attempt: order.attempt };
    let mut left_out = BTreeMap::new();
    for _ in 0..ROUNDS_MAX {
        let progress = Arc::clone(gauge) as Arc<dyn crate::progress::Progress>;
        let remote = tools.control.api().clone().with_storage(tools.throttle.clone(), tools.state.clone());
        let remote = remote.for_job(attempt, Arc::clone(&progress));
        let job = Job {
            source: Arc::clone(source),
            target: Target {
                share: Some(order.share_id),
                root_path: source.name().to_owned(),
                // A later attempt, here or on another host, has the lease at once.
                nonce: Some(order.job_id.to_string()),
                ..Target::default()
            },
            options: options(wish),
            progress,
            state: tools.state.clone(),
            filter: filter(&left_out)?,
            consent: Arc::new(Nobody),
        };
        match Box::pin(publish_until(&remote, job, stop.asked(), stop.at_once())).await {
            Ok(published) => return Ok(result(&published, left_out)),
            Err(PublishError::Declined { suspects }) => {
                let known = left_out.len();
                note(suspects, &mut left_out)?;
                if left_out.len() == known {
                    break;
                }
                tracing::warn!("{} files that should not be public are left out", left_out.len());
            }
            Err(error) => return Err(error.into()),
        }
    }
    let first = left_out.into_values().take(5).collect::<Vec<String>>().join("; ");
    let message = format!("There are files that should probably not be public: {first}");
    Err(failed("forbidden", message, DECLINED, false))
}

const DECLINED: &str = "Move them out of the folder, or name them in a `.vitrineignore`; who means to publish them does so with `vitrine publish --yes`.";

fn options(wish: &Wish) -> Options {
    Options {
        checksum: wish.checksum,
        ignore_base: wish.ignore_base,
        threads: std::thread::available_parallelism().map_or(4, |count| count.get().clamp(2, 16)),
        ..Options::default()
    }
}

/// Declines everything; what it was is in the error.
struct Nobody;

impl Consent for Nobody {
    fn ask(&self, _suspects: &[Suspect]) -> bool {
        false
    }
}

/// Adds what was found, with what to say of it.
fn note(suspects: Vec<Suspect>, left_out: &mut BTreeMap<EntryPath, String>) -> Result<(), Outcome> {
    for suspect in suspects {
        match suspect {
            Suspect::File { path, caution, .. } => {
                let text = format!("`{path}` looks like {}, and was not published", caution.what());
                left_out.insert(path, text);
            }
            Suspect::Rule { dir, rule } => {
                let at = if dir.is_root() { String::new() } else { format!("{dir}/") };
                let message =
                    format!("`{at}.vitrineignore`, {rule}. What the line is to leave out would be published");
                return Err(failed(
                    "invalid_request",
                    message,
                    "Correct the line, and publish again.",
                    false,
                ));
            }
        }
    }
    Ok(())
}

fn filter(left_out: &BTreeMap<EntryPath, String>) -> Result<Filter, Outcome> {
    let patterns: Vec<String> = left_out.keys().map(pattern).collect();
    Filter::new(&patterns).map_err(|error| failed("other", super::trouble::words(&error), "", false))
}

/// A pattern that matches the path and nothing else.
fn pattern(path: &EntryPath) -> String {
    let mut pattern = String::from("/");
    for c in path.to_string().chars() {
        if matches!(c, '\\' | '*' | '?' | '[') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn result(published: &Published, left_out: BTreeMap<EntryPath, String>) -> JobResult {
    let manifest_id: Option<ManifestId> = published.manifest_id;
    let mut told: Vec<String> = left_out.into_values().collect();
    told.extend(problems(&published.omissions));
    if let Some(more) = told.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        told.truncate(TOLD_MAX);
        told.push(format!("and {more} more"));
    }
    JobResult {
        manifest_id,
        files: published.files,
        bytes: published.bytes,
        transferred_bytes: published.uploaded_bytes,
        left_out: told,
        path: None,
    }
}

fn problems(omissions: &Omissions) -> Vec<String> {
    let named = omissions.named().into_iter().filter(|omission| omission.reason.is_problem());
    named
        .map(|omission| {
            let detail = omission.detail.map_or_else(String::new, |detail| format!(" ({detail})"));
            format!("`{}` is {}{detail}", omission.path, omission.reason)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_outside_is_refused_and_one_inside_is_opened() {
        let temp = tempfile::tempdir().unwrap();
        let at = temp.path().join("project-a");
        std::fs::create_dir_all(at.join("in/side")).unwrap();
        std::fs::write(at.join("in/file"), "x").unwrap();
        std::os::unix::fs::symlink("/etc", at.join("etc")).unwrap();
        std::os::unix::fs::symlink("in", at.join("link")).unwrap();
        let project = Project { root: crate::scan::Root::open(&at).unwrap(), path: at };
        let open =
            |text: &str| open(&project, &EntryPath::parse(text).unwrap(), None).map(|(source, _)| source);
        assert_eq!(open("in/side").unwrap().name(), "side");
        assert_eq!(open("in/file").unwrap().kind(), vitrine_protocol::RootKind::File);
        assert_eq!(open("").unwrap().name(), "project-a");
        for link in ["etc", "etc/passwd", "link", "link/file"] {
            assert!(matches!(open(link), Err(ScanError::Link { .. })), "{link}");
        }
        assert!(matches!(open("none"), Err(ScanError::Missing { .. })));
    }

    proptest! {
        #[test]
        fn a_pattern_matches_its_path_alone(name in r"[\\*?\[\]!# a-c]{1,6}", other in r"[\\*?\[\]!# a-c]{1,6}") {
            use crate::filter::Verdict;
            let Ok(path) = EntryPath::parse(&name) else { return Ok(()) };
            let filter = Filter::new(&[pattern(&path)]).unwrap();
            let (rules, _) = filter.root(None);
            prop_assert_eq!(rules.verdict(&name, false), Verdict::Excluded);
            if other != name {
                prop_assert_eq!(rules.verdict(&other, false), Verdict::Publish);
            }
        }
    }
}
