//! `vitrine copy`: from the arguments to a job, and from what came of it to words.

use super::command_error::{CommandError, Exit};
use super::copy_args::CopyArgs;
use super::output::{Output, printable};
use super::reading::{self, PATIENCE, Where};
use super::reading_display::ReadingDisplay;
use super::signals;
use indicatif::{BinaryBytes, HumanCount};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vitrine::copy::{Copied, Job, Options, copy};
use vitrine::progress::Progress;
use vitrine::reading::{Counts, Snapshot, Source};
use vitrine_protocol::EntryPath;

/// How many failures are named on the terminal; `--json` names more.
const NAMED_MAX: usize = 20;

/// Runs the command.
pub(super) fn run(args: &CopyArgs, output: &Output) -> Result<Exit, CommandError> {
    let counts = Arc::new(Counts::default());
    let display = Arc::new(ReadingDisplay::new(output.clone(), "copying", Arc::clone(&counts)));
    let progress = Arc::clone(&display) as Arc<dyn Progress>;
    let (source, path) = reading::open(&args.share, &args.bucket, Arc::clone(&progress))?;
    let job = Job {
        dest: args.dest.clone(),
        opened: None,
        paths: paths(&args.paths, path)?,
        options: Options {
            dry_run: args.dry_run,
            force: args.force,
            jobs: usize::from(args.jobs),
            threads: reading::threads(),
            seed: args.seed.clone(),
            bytes_max: None,
            entries_max: None,
        },
        counts,
        progress,
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::failed)?;
    let began = Instant::now();
    display.start();
    let outcome = runtime.block_on(async {
        match source {
            Where::Gateway(gateway) => run_on(gateway, job).await,
            Where::Bucket(bucket) => run_on(bucket, job).await,
        }
    });
    runtime.shutdown_timeout(PATIENCE);
    display.finish();
    let copied = outcome?;
    print(output, args, &copied, began.elapsed())
        .map_err(|error| CommandError::unwritten(error, "The copy itself was made."))?;
    Ok(if copied.failed > 0 { Exit::Partial } else { Exit::Done })
}

async fn run_on<S: Source>(source: S, job: Job) -> Result<Copied, CommandError> {
    let counts = Arc::clone(&job.counts);
    let snapshot = tokio::select! {
        snapshot = Snapshot::open(source, counts) => snapshot?,
        () = signals::interrupted() => return Err(vitrine::copy::CopyError::Interrupted.into()),
    };
    Ok(copy(snapshot, job, signals::interrupted()).await?)
}

/// The paths after the folder, and the one in the address.
fn paths(given: &[String], of_address: EntryPath) -> Result<Vec<EntryPath>, CommandError> {
    let mut paths = Vec::with_capacity(given.len());
    for text in given {
        let path = EntryPath::parse(text.strip_prefix("./").unwrap_or(text)).map_err(|error| {
            let hint = "Give paths as they are in the share, from its root, without a slash at the start.";
            CommandError::usage(&format!("`{}` is not a path of a share: {error}", printable(text)), hint)
        })?;
        paths.push(path);
    }
    if !of_address.is_root() {
        paths.push(of_address);
    }
    Ok(paths)
}

fn print(output: &Output, args: &CopyArgs, copied: &Copied, took: Duration) -> io::Result<()> {
    for failure in copied.failures.iter().take(NAMED_MAX) {
        output.warn(&format!("not copied: `{}`: {}", printable(&failure.path), failure.reason));
    }
    let more = copied.failed.saturating_sub(copied.failures.len().min(NAMED_MAX) as u64);
    if more > 0 {
        output.warn(&format!("{more} more were not copied; --json names them"));
    }
    if args.dry_run && !output.json {
        for (path, bytes) in &copied.would_write {
            Output::data(&format!("would write {} ({})", printable(path), BinaryBytes(*bytes)))?;
        }
    }
    output.status(&summary(args, copied, took));
    if output.json { Output::event(&event(args, copied)) } else { Ok(()) }
}

/// The lines for people.
fn summary(args: &CopyArgs, copied: &Copied, took: Duration) -> String {
    let files = |count: u64| format!("{} {}", HumanCount(count), if count == 1 { "file" } else { "files" });
    let dest = printable(&args.dest.display().to_string());
    if args.dry_run {
        let count = copied.would_write.len() as u64;
        let bytes = copied.would_write.iter().map(|(_, bytes)| bytes).sum();
        return format!("Would write {} ({}) into `{dest}`.", files(count), BinaryBytes(bytes));
    }
    let (count, bytes) = (files(copied.written), BinaryBytes(copied.written_bytes));
    let mut text = format!("Copied {count} ({bytes}) into `{dest}` in {:.1} s", took.as_secs_f64());
    let _ = write!(text, "; fetched {}.", BinaryBytes(copied.fetched_bytes));
    if copied.kept > 0 {
        let _ = write!(text, "\nThere already: {}.", files(copied.kept));
    }
    if copied.adopted > 0 {
        let _ = write!(text, "\nTaken from this machine: {}.", files(copied.adopted));
    }
    text
}

/// The last JSON line.
fn event(args: &CopyArgs, copied: &Copied) -> Value {
    let failures: Vec<Value> = copied
        .failures
        .iter()
        .map(|failure| json!({ "path": failure.path, "reason": failure.reason.to_string() }))
        .collect();
    let mut event = json!({
        "event": if args.dry_run { "planned" } else { "copied" },
        "share_id": copied.snapshot.map(|(share, _)| share),
        "manifest_id": copied.snapshot.map(|(_, manifest)| manifest),
        "files": copied.written,
        "bytes": copied.written_bytes,
        "kept": copied.kept,
        "adopted": copied.adopted,
        "fetched_bytes": copied.fetched_bytes,
        "dirs": copied.dirs,
        "links": copied.links,
        "failed": copied.failed,
        "failures": failures,
    });
    if args.dry_run {
        let files = copied.would_write.iter().map(|(path, bytes)| json!({ "path": path, "bytes": bytes }));
        event["would_write"] = files.collect::<Vec<_>>().into();
    }
    event
}
