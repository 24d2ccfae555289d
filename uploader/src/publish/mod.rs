//! A publish from beginning to end.
//!
//! 1. Begin to scan the folder; what cannot be opened is told before any server is asked.
//! 2. Begin the publish: make the share if there is none, take its lease, learn the base. From here a heartbeat runs beside
//!    the work.
//! 3. Walk the folder and the base side by side ([`merge`]); read, hash, pack and send what may have changed, and write the
//!    listings, all at once and in the order of the paths ([`assemble`]).
//! 4. If that is the base again, give the lease back and say so. Otherwise put the manifest and commit.
//!
//! What is held is bounded by directories that are open and bytes that are read and not yet sent. Only some 40 bytes a file
//! grow with their number: where each new content went, and, once something changed, where the base has its own.
//!
//! Whatever fails, or stops it, before the commit leaves what readers see as it was, and gives the lease back.

mod assemble;
pub mod bounds;
pub mod consent;
mod decide;
mod describe;
mod large;
mod local;
mod merge;
mod step;
mod tally;
mod uploads;

use crate::base::{Base, BaseError, CHECKED_BLOBS_MAX, Checked};
use crate::clock;
use crate::content::read::ReadError;
use crate::filter::Filter;
use crate::lease::heartbeat;
use crate::omission::Omissions;
use crate::progress::{Event, Phase, Progress};
use crate::remote::dry_run::DryRun;
use crate::remote::{ABORT_PATIENCE, Grant, Remote, RemoteError, Session, Target};
use crate::room::Room;
use crate::scan::{ScanError, Source, Suspect, Walk};
use crate::state::State;
use assemble::Assembler;
use bounds::{BoundsError, check_manifest};
use consent::Consent;
use describe::Description;
use large::LargeFiles;
use local::Local;
use merge::{BATCHES_AHEAD, Merger, Walked};
use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tally::Tally;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uploads::Uploads;
use vitrine_protocol::limits::{FORMAT_VERSION, INVENTORY_BYTES_MAX};
use vitrine_protocol::listing::ListingError;
use vitrine_protocol::{ErrorCode, Latest, Manifest, ManifestId, ObjectKey, Scope, Sha256, ShareId};

/// How many bytes may be read and not yet packed or sent. Four of the largest files that are read in one go.
const READ_ROOM: u64 = 64 << 20;

/// How many bytes of packs, parts and listings may be on their way.
const SEND_ROOM: u64 = 96 << 20;

/// A blob that could not be sent.
#[derive(Debug, thiserror::Error)]
#[error("Could not send `{path}`")]
pub struct SendError {
    /// The path of its file below the root, or what else it holds.
    pub path: String,
    /// Why not.
    pub source: RemoteError,
}

/// Why a publish did not happen. What readers see has not changed, except where [`PublishError::Commit`] or
/// [`PublishError::InterruptedCommit`] says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The folder cannot be published.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The share could not be made or its lease not taken.
    #[error("Could not begin the publish")]
    Begin(#[source] RemoteError),
    /// The published snapshot cannot be used to compare with.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// What would describe the snapshot is too long.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// A file could not be sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The program ran out of descriptors or memory: what could not be read may be perfectly readable.
    #[error(transparent)]
    Exhausted(ReadError),
    /// The tree contradicts itself; the scan makes sure that it does not.
    #[error("The folder could not be described")]
    Tree(#[source] ListingError),
    /// A file of the base refers to a blob that its inventory does not have.
    #[error("The published snapshot is damaged: its inventory lacks the blob {blob}")]
    Inventory {
        /// The blob.
        blob: Sha256,
    },
    /// The manifest could not be sent.
    #[error("Could not send the manifest")]
    Manifest(#[source] RemoteError),
    /// The snapshot was not made visible; or, when no answer came, it may have been.
    #[error("Could not commit the snapshot")]
    Commit(#[source] RemoteError),
    /// The lease was lost on the way.
    #[error("The publish lost its hold on the share")]
    Lease(#[source] RemoteError),
    /// Who was asked would not publish what should probably not be public.
    #[error("There are files that should probably not be public")]
    Declined {
        /// What it was asked about.
        suspects: Vec<Suspect>,
    },
    /// The caller stopped it.
    #[error("The publish was interrupted")]
    Interrupted,
    /// The caller would not wait for the answer to the commit: readers may see the new snapshot or the old one.
    #[error("The publish was interrupted while it was committing the snapshot")]
    InterruptedCommit,
    /// A thread of the program failed.
    #[error("A part of the program failed")]
    Thread,
}

/// How to publish.
#[derive(Debug, Clone)]
pub struct Options {
    /// Send and change nothing.
    pub dry_run: bool,
    /// Read every file, and ask whether the blobs of the published snapshot are still there.
    pub checksum: bool,
    /// Take nothing over from the published snapshot, as if there were none, and send what is stored already too.
    pub ignore_base: bool,
    /// Blobs that are not to be relied on, because they were found to be missing or damaged: what is in them is sent again.
    pub distrust: HashSet<Sha256>,
    /// How many threads list folders.
    pub threads: usize,
    /// The longest list of blobs that readers accept.
    pub inventory_bytes_max: u64,
    /// How coarse the clocks of file systems are: what was modified so shortly before a scan is read again at the next.
    pub racy_ms: i64,
    /// Up to so many blobs `checksum` asks for one by one.
    pub checked_blobs_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dry_run: false,
            checksum: false,
            ignore_base: false,
            distrust: HashSet::new(),
            threads: 4,
            inventory_bytes_max: INVENTORY_BYTES_MAX,
            racy_ms: decide::RACY_MS,
            checked_blobs_max: CHECKED_BLOBS_MAX,
        }
    }
}

/// What is to be published, and how.
pub struct Job {
    /// The folder or file.
    pub source: Arc<Source>,
    /// Where to.
    pub target: Target,
    /// How.
    pub options: Options,
    /// Who listens.
    pub progress: Arc<dyn Progress>,
    /// What this machine remembers between publishes, if it does.
    pub state: Option<State>,
    /// What of the folder is published.
    pub filter: Filter,
    /// Who is asked before something is published that should probably not be public.
    pub consent: Arc<dyn Consent>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The share; absent when a dry run would make one.
    pub share_id: Option<ShareId>,
    /// The snapshot that readers see now; absent when a dry run would make one.
    pub manifest_id: Option<ManifestId>,
    /// Where readers find it; empty when a dry run would make the share.
    pub url: String,
    /// Whether the share was made by this publish.
    pub created: bool,
    /// Whether there is, or would be, a new snapshot: no when nothing changed.
    pub changed: bool,
    /// Files of the snapshot.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of blobs that were, or would be, sent.
    pub uploaded_bytes: u64,
    /// Blobs that were, or would be, sent: contents and listings, not the manifest.
    pub uploaded_objects: u64,
    /// Files that the base does not have.
    pub new_files: u64,
    /// Files that have another content than in the base.
    pub changed_files: u64,
    /// Files that the base has and the folder has not.
    pub removed_files: u64,
    /// What was left out.
    pub omissions: Omissions,
    /// Packs of small files that were, or would be, sent.
    pub packs: u64,
    /// Large files of which only what changed was, or would be, sent.
    pub deltas: u64,
    /// Bytes of files that were read and did not have to be sent, because they were stored already.
    pub saved_bytes: u64,
}

/// Publishes. When `stop` ends first, gives the lease back and ends with [`PublishError::Interrupted`].
pub async fn publish<R: Remote>(
    remote: &R,
    job: Job,
    stop: impl Future<Output = ()>,
) -> Result<Published, PublishError> {
    publish_until(remote, job, stop, std::future::pending()).await
}

/// Publishes. When `stop` ends, gives the lease back first, or waits for the answer to a commit; when `at_once` ends, which
/// should be after `stop`, waits for nothing.
pub async fn publish_until<R: Remote>(
    remote: &R,
    job: Job,
    stop: impl Future<Output = ()>,
    at_once: impl Future<Output = ()>,
) -> Result<Published, PublishError> {
    let (mut stop, mut at_once) = (pin!(stop), pin!(at_once));
    let (walk, started_at) = tokio::select! {
        walk = scan(&job) => walk?,
        () = &mut stop => return Err(PublishError::Interrupted),
    };
    job.progress.on(Event::Began { phase: Phase::Begin });
    if job.options.dry_run && job.target.share.is_none() {
        let session: DryRun<R::Session> = DryRun::of_new_share(new_share(&job.target)?);
        let done = run_in(Arc::new(session), &job, (walk, started_at), stop, at_once).await?;
        return Ok(Published { share_id: None, url: String::new(), ..done });
    }
    let session = begin(remote, &job.target, &mut stop, &mut at_once).await?;
    if job.options.dry_run {
        return run_in(Arc::new(DryRun::of(session)), &job, (walk, started_at), stop, at_once).await;
    }
    run_in(Arc::new(session), &job, (walk, started_at), stop, at_once).await
}

/// Begins; when it is stopped meanwhile, gives back what it is granted.
async fn begin<R: Remote>(
    remote: &R,
    target: &Target,
    stop: impl Future<Output = ()>,
    at_once: impl Future<Output = ()>,
) -> Result<R::Session, PublishError> {
    let mut session = pin!(remote.begin(target));
    tokio::select! {
        session = &mut session => return session.map_err(PublishError::Begin),
        () = stop => {}
    }
    // The lease may be ours already and the answer on its way. Without the answer it could not be given back.
    let give_back = async {
        if let Ok(session) = session.await {
            let _ = session.abort().await;
        }
    };
    tokio::select! {
        _ = tokio::time::timeout(ABORT_PATIENCE, give_back) => {}
        () = at_once => {}
    }
    Err(PublishError::Interrupted)
}

/// Begins the scan; returns when that was.
async fn scan(job: &Job) -> Result<(Walk, i64), PublishError> {
    job.progress.on(Event::Began { phase: Phase::Scan });
    let (source, progress, threads) =
        (Arc::clone(&job.source), Arc::clone(&job.progress), job.options.threads);
    let started_at = clock::now_ms();
    let filter = job.filter.clone();
    let walk = tokio::task::spawn_blocking(move || source.scan(threads, &filter, &progress));
    Ok((walk.await.map_err(|_| PublishError::Thread)??, started_at))
}

/// What a dry run compares with where there is no share yet. Its id is never shown.
fn new_share(target: &Target) -> Result<Grant, PublishError> {
    let random = crate::random::bytes().map_err(PublishError::Begin)?;
    let share_id = ShareId::from_random('0', random).ok_or(PublishError::Begin(RemoteError::Random))?;
    Ok(Grant {
        share_id,
        created: true,
        base: None,
        scope: target.scope.unwrap_or(Scope::Unlisted),
        indexing_opt_in: false,
        root_path: target.root_path.clone(),
        url: String::new(),
        lease: None,
        settings_changed: true,
    })
}

/// Runs the publish beside its heartbeat, and gives the lease back unless it was used up by a commit.
async fn run_in<S: Session>(
    session: Arc<S>,
    job: &Job,
    scan: (Walk, i64),
    stop: impl Future<Output = ()>,
    at_once: impl Future<Output = ()>,
) -> Result<Published, PublishError> {
    let mut at_once = pin!(at_once);
    // A commit uses the lease up, and nobody can say "nothing was changed" in the middle of one: from its beginning only
    // its own outcome counts.
    let committing = AtomicBool::new(false);
    let unless_committing = async || {
        if committing.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    let outcome = tokio::select! {
        outcome = run(&session, job, scan, &committing) => outcome,
        error = async {
            let lost = heartbeat(session.as_ref()).await;
            unless_committing().await;
            PublishError::Lease(lost)
        } => Err(error),
        error = async {
            stop.await;
            if committing.load(Ordering::Relaxed) {
                job.progress.on(Event::StopDeferred);
            }
            unless_committing().await;
            PublishError::Interrupted
        } => Err(error),
        () = &mut at_once => {
            let late = committing.load(Ordering::Relaxed);
            return Err(if late { PublishError::InterruptedCommit } else { PublishError::Interrupted });
        }
    };
    if !outcome.as_ref().is_ok_and(|published| published.changed && !job.options.dry_run) {
        // The outcome stands whatever comes of this; a lease that is not given back ends by itself.
        tokio::select! {
            _ = tokio::time::timeout(ABORT_PATIENCE, session.abort()) => {}
            () = at_once => {}
        }
    }
    outcome
}

async fn run<S: Session>(
    session: &Arc<S>,
    job: &Job,
    (walk, started_at): (Walk, i64),
    committing: &AtomicBool,
) -> Result<Published, PublishError> {
    let grant = session.grant();
    let Job { options, progress, .. } = job;
    progress.on(Event::Base { manifest_id: grant.base.map(|base| base.manifest_id) });
    let wanted = grant.base.filter(|_| !options.ignore_base);
    let (source, filter) = (Arc::clone(&job.source), job.filter.clone());
    let looking = tokio::task::spawn_blocking(move || source.look(&filter));
    let mut base = Base::load(Arc::clone(session), wanted, &options.distrust).await?;
    if options.checksum {
        forget_missing(&mut base, options.checked_blobs_max, progress.as_ref()).await?;
    }
    let (known, folder) = (grant.base.map(|base| base.manifest_id), job.source.identity().clone());
    let local = Local::open(job.state.as_ref(), grant.share_id, known, (folder, started_at), options);
    local.arrived(session.as_ref(), &mut base).await;
    consent::ask_first(job, &base, looking.await.map_err(|_| PublishError::Thread)?).await?;
    let (base, local) = (Arc::new(base), Arc::new(local));
    progress.on(Event::Began { phase: Phase::Send });
    let (walked, description, tally) = store(session, job, (&base, &local), walk, started_at).await?;
    let mut published = published(grant, &description, walked, tally);
    let manifest = manifest(grant, job, started_at, description)?;
    if !grant.settings_changed && base.manifest.as_ref().is_some_and(|base| is_same(base, &manifest)) {
        published.changed = false;
        if let Some(id) = published.manifest_id.filter(|_| !options.dry_run) {
            local.finish(id);
        }
        return Ok(published);
    }
    published.manifest_id = (!options.dry_run).then_some(manifest.manifest_id);
    progress.on(Event::Began { phase: Phase::Commit });
    match commit(session.as_ref(), &manifest, committing).await {
        Ok(url) => published.url = url,
        Err(error) => {
            if matches!(&error, PublishError::Commit(error) if error.is(ErrorCode::BlobMissing)) {
                local.distrust_arrived();
            }
            return Err(error);
        }
    }
    if !options.dry_run {
        local.finish(manifest.manifest_id);
    }
    Ok(published)
}

/// Walks, reads and sends, side by side, until everything but the manifest is stored.
async fn store<S: Session>(
    session: &Arc<S>,
    job: &Job,
    (base, local): (&Arc<Base<S>>, &Arc<Local>),
    walk: Walk,
    started_at: i64,
) -> Result<(Walked, Description, Tally), PublishError> {
    let Job { options, progress, source, .. } = job;
    let (read_room, send_room) = (Room::of(READ_ROOM), Room::of(SEND_ROOM));
    let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
    let sides = (Arc::clone(base), Arc::clone(source), Arc::clone(progress));
    let merger = Merger::new(sides, Arc::clone(local), started_at, options, read_room, sender);
    let uploads =
        Uploads::new((Arc::clone(session), Arc::clone(base)), Arc::clone(local), Arc::clone(progress));
    let ends = (Arc::clone(session), Arc::clone(base), Arc::clone(source));
    let large = LargeFiles::new(ends, job, Arc::clone(local), send_room.clone());
    let assembler = Assembler::new(Arc::clone(base), job, (uploads, large), send_room);
    // In a set, so that it ends with this future.
    let mut merging = JoinSet::new();
    merging.spawn(merger.run(walk));
    let mut assembling = Box::pin(assembler.run(batches));
    let joined = |merged: Option<Result<_, _>>| merged.and_then(Result::ok).ok_or(PublishError::Thread);
    tokio::select! {
        // A walk that fails ends the publish at once, however much is still being sent.
        merged = merging.join_next() => {
            let walked = joined(merged)??;
            let (description, tally) = assembling.await?;
            Ok((walked, description, tally))
        }
        assembled = &mut assembling => {
            let walked = joined(merging.join_next().await)?;
            // The walk's own failure is the reason why the assembly got no more.
            let walked = walked?;
            let (description, tally) = assembled?;
            Ok((walked, description, tally))
        }
    }
}

fn published(grant: &Grant, description: &Description, walked: Walked, tally: Tally) -> Published {
    let mut omissions = walked.omissions;
    omissions.append(tally.omissions);
    Published {
        share_id: Some(grant.share_id),
        manifest_id: grant.base.map(|base| base.manifest_id),
        url: grant.url.clone(),
        created: grant.created,
        changed: true,
        files: description.built.file_count,
        bytes: description.built.size_bytes,
        uploaded_bytes: tally.blobs.sent_bytes,
        uploaded_objects: tally.blobs.sent,
        new_files: tally.new_files,
        changed_files: tally.changed_files,
        removed_files: walked.removed,
        omissions,
        packs: tally.packs,
        deltas: tally.deltas,
        saved_bytes: tally.found_bytes + tally.delta_bytes,
    }
}

/// Makes sure that what would be reused is still there; what is not is sent again.
async fn forget_missing<S: Session>(
    base: &mut Base<S>,
    blobs_max: usize,
    progress: &dyn Progress,
) -> Result<(), PublishError> {
    match base.forget_missing(blobs_max).await? {
        Checked::All { missing: 0 } => {}
        Checked::All { missing } => {
            let text = format!(
                "{missing} of the published blobs are missing or have another length, and are sent again"
            );
            progress.on(Event::Note { text: &text });
        }
        Checked::TooMany { blobs } => {
            let text = format!(
                "whether the {blobs} published blobs are still stored was not checked, as they are more than \
                 {blobs_max}; --ignore-base sends everything again"
            );
            progress.on(Event::Note { text: &text });
        }
    }
    Ok(())
}

fn manifest(
    grant: &Grant,
    job: &Job,
    scanned_at: i64,
    snapshot: Description,
) -> Result<Manifest, PublishError> {
    let now = u64::try_from(clock::now_ms()).unwrap_or(0);
    let random = crate::random::bytes().map_err(PublishError::Begin)?;
    Ok(Manifest {
        share_id: grant.share_id,
        manifest_id: ManifestId::from_parts(now, random),
        // The time of the scan, not of the writing: the next publish judges by it which times to trust.
        created_at: scanned_at,
        root_path: grant.root_path.clone(),
        root_kind: job.source.kind(),
        scope: grant.scope,
        indexing_opt_in: grant.indexing_opt_in,
        file_count: snapshot.built.file_count,
        size_bytes: snapshot.built.size_bytes,
        entry_count: Some(snapshot.built.entry_count),
        root: snapshot.built.root,
        index: snapshot.built.index,
        blobs: snapshot.inventory,
    })
}

/// Whether two manifests show readers the same.
fn is_same(base: &Manifest, new: &Manifest) -> bool {
    base.root == new.root
        // An older program wrote none, or its pages had to move: then what was sent for it must be referred to.
        && base.index == new.index
        && base.root_kind == new.root_kind
        && base.root_path == new.root_path
        && base.scope == new.scope
        && base.indexing_opt_in == new.indexing_opt_in
}

/// Puts the manifest and makes it the current one; returns the share's URL.
async fn commit<S: Session>(
    session: &S,
    manifest: &Manifest,
    committing: &AtomicBool,
) -> Result<String, PublishError> {
    let json = manifest.to_json();
    check_manifest(json.len())?;
    let hash = Sha256::of(&json);
    let key = ObjectKey::manifest(manifest.share_id, manifest.manifest_id);
    session.put(key, json.into(), hash).await.map_err(PublishError::Manifest)?;
    let latest = Latest {
        version: FORMAT_VERSION,
        share_id: manifest.share_id,
        manifest_id: manifest.manifest_id,
        manifest_hash: hash,
        published_at: clock::now_ms(),
        file_count: manifest.file_count,
        size_bytes: manifest.size_bytes,
    };
    committing.store(true, Ordering::Relaxed);
    Ok(session.commit(&latest).await.map_err(PublishError::Commit)?.url)
}

#[cfg(test)]
mod tests;
