//! `vitrine verify`: from the arguments to a check, and from its findings to words.

use super::args::{Cli, Command};
use super::command_error::{CommandError, Exit};
use super::output::{Output, printable};
use super::reading::{self, Where};
use super::reading_display::ReadingDisplay;
use super::signals;
use super::verify_args::VerifyArgs;
use clap::Parser as _;
use indicatif::{BinaryBytes, HumanCount};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vitrine::progress::Progress;
use vitrine::reading::{Counts, Snapshot, Source};
use vitrine::verify::{Verified, VerifyError, verify};
use vitrine_protocol::{Sha256, ShareId};

/// How many findings of a kind are named on the terminal; `--json` names all.
const NAMED_MAX: usize = 20;

/// Runs the command.
pub(super) fn run(args: &VerifyArgs, output: &Output) -> Result<Exit, CommandError> {
    let Some(verified) = check(args, output)? else { return Ok(Exit::Interrupted) };
    match &args.repair {
        Some(folder) if !verified.is_whole() => {
            let anew = verified.bad_blobs.is_empty() || !verified.contradictions.is_empty();
            let distrusted = verified.distrusted();
            let repaired = repair(args, verified.share_id, distrusted, (folder, anew), output)?;
            // Whether it is whole now is for another look to say.
            match check(args, output)? {
                None => Ok(Exit::Interrupted),
                Some(again) if again.is_whole() => Ok(repaired),
                Some(_) => Ok(Exit::Failed),
            }
        }
        _ => Ok(if verified.is_whole() { Exit::Done } else { Exit::Failed }),
    }
}

/// Reads the snapshot and tells what is wrong with it; `None` when it was interrupted.
fn check(args: &VerifyArgs, output: &Output) -> Result<Option<Verified>, CommandError> {
    let counts = Arc::new(Counts::default());
    let display = Arc::new(ReadingDisplay::new(output.clone(), "checking", Arc::clone(&counts)));
    let progress = Arc::clone(&display) as Arc<dyn Progress>;
    let (source, _) = reading::open(&args.share, &args.bucket, progress)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::failed)?;
    let began = Instant::now();
    let jobs = usize::from(args.jobs);
    display.start();
    let outcome = runtime.block_on(async {
        match source {
            Where::Gateway(gateway) => run_on(gateway, counts, jobs).await,
            Where::Bucket(bucket) => run_on(bucket, counts, jobs).await,
        }
    });
    // Nothing is written, so nothing has to come to its end.
    runtime.shutdown_background();
    display.finish();
    let verified = outcome?;
    if let Some(verified) = &verified {
        print(output, verified, began.elapsed())
            .map_err(|error| CommandError::unwritten(error, "The check itself came to its end."))?;
    }
    Ok(verified)
}

async fn run_on<S: Source>(
    source: S,
    counts: Arc<Counts>,
    jobs: usize,
) -> Result<Option<Verified>, CommandError> {
    let work = tokio::spawn(async move {
        let snapshot = Snapshot::open(source, Arc::clone(&counts)).await?;
        verify(snapshot, counts, jobs).await
    });
    // A task of its own: what it computes without a pause holds no signal up.
    tokio::select! {
        outcome = work => Ok(Some(outcome.map_err(|_| VerifyError::Thread)??)),
        () = signals::interrupted() => Ok(None),
    }
}

/// Publishes `folder` to the share again, relying on none of the blobs in `distrusted`: what is in them is sent anew.
fn repair(
    args: &VerifyArgs,
    share: ShareId,
    distrusted: HashSet<Sha256>,
    (folder, anew): (&Path, bool),
    output: &Output,
) -> Result<Exit, CommandError> {
    let share = share.to_string();
    let mut words: Vec<&OsStr> = ["vitrine", "publish", "--share", &share].map(OsStr::new).to_vec();
    if args.yes {
        words.push(OsStr::new("--yes"));
    }
    // What is wrong beyond blobs of the inventory is not found by comparing with the base.
    if anew {
        words.push(OsStr::new("--ignore-base"));
    }
    let options =
        [("--store", &args.bucket.store), ("--endpoint", &args.bucket.endpoint), ("--api", &args.api)];
    for (name, value) in options {
        if let Some(value) = value {
            words.extend([OsStr::new(name), OsStr::new(value)]);
        }
    }
    for pattern in &args.exclude {
        words.extend([OsStr::new("--exclude"), OsStr::new(pattern)]);
    }
    if args.bucket.store.is_some() {
        words.extend([OsStr::new("--region"), OsStr::new(&args.bucket.region)]);
    }
    words.extend([OsStr::new("--"), folder.as_os_str()]);
    let Ok(Cli { command: Command::Publish(publish) }) = Cli::try_parse_from(words) else {
        return Err(CommandError::failed("the repair could not be begun"));
    };
    super::publish::run_without(&publish, output, distrusted)
}

fn print(output: &Output, verified: &Verified, took: Duration) -> io::Result<()> {
    for kind in findings(verified) {
        for line in kind.iter().take(NAMED_MAX) {
            output.warn(line);
        }
        if let Some(more) = kind.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
            output.warn(&format!("{more} more like this; --json names them"));
        }
    }
    output.status(&summary(verified, took));
    if output.json { Output::event(&event(verified)) } else { Ok(()) }
}

/// What is wrong, by kind, a line each.
fn findings(verified: &Verified) -> [Vec<String>; 4] {
    let Verified { bad_blobs, hurt_files, hurt_folders, contradictions, .. } = verified;
    [
        bad_blobs.iter().map(|(blob, wrong)| format!("the blob {blob} is damaged: {wrong}")).collect(),
        hurt_folders.iter().map(|path| format!("the listing of `{}` is damaged", printable(path))).collect(),
        hurt_files.iter().map(|(path, hurt)| format!("`{}` is damaged: {hurt}", printable(path))).collect(),
        contradictions.iter().map(|text| printable(text)).collect(),
    ]
}

/// The line for people.
fn summary(verified: &Verified, took: Duration) -> String {
    let verdict = if verified.is_whole() {
        "The snapshot is whole".to_owned()
    } else {
        let [blobs, folders, files, other] = findings(verified).map(|kind| kind.len());
        format!(
            "The snapshot is damaged: {blobs} blobs, {folders} listings, {files} files, {other} contradictions"
        )
    };
    format!(
        "{verdict}. Checked {} files ({}) in {} blobs ({}) in {:.1} s.",
        HumanCount(verified.files),
        BinaryBytes(verified.bytes),
        HumanCount(verified.blobs),
        BinaryBytes(verified.blob_bytes),
        took.as_secs_f64()
    )
}

/// The last JSON line.
fn event(verified: &Verified) -> Value {
    let blobs = verified.bad_blobs.iter();
    let files = verified.hurt_files.iter();
    json!({
        "event": "verified",
        "whole": verified.is_whole(),
        "share_id": verified.share_id,
        "manifest_id": verified.manifest_id,
        "files": verified.files,
        "bytes": verified.bytes,
        "blobs": verified.blobs,
        "blob_bytes": verified.blob_bytes,
        "bad_blobs": blobs.map(|(blob, wrong)| json!({ "blob": blob, "wrong": wrong.to_string() })).collect::<Vec<_>>(),
        "hurt_files": files.map(|(path, hurt)| json!({ "path": path, "hurt": hurt.to_string() })).collect::<Vec<_>>(),
        "hurt_folders": verified.hurt_folders,
        "contradictions": verified.contradictions,
    })
}
