//! The `publish` command: from arguments and environment to a job, and from its outcome to lines and an exit code.

use super::args::PublishArgs;
use super::command_error::{CommandError, Exit};
use super::consent::Asker;
use super::display::Display;
use super::environment;
use super::output::Output;
use super::report;
use super::signals;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;
use vitrine::btrfs::FsSnapshot;
use vitrine::filter::Filter;
use vitrine::lease::{Lock, LockError};
use vitrine::progress::Progress;
use vitrine::publish::Job;
use vitrine::remote::api::Api;
use vitrine::remote::retry::{Deadlines, RetryPolicy};
use vitrine::remote::s3::{Client, Credentials, Settings};
use vitrine::remote::store::{ShareUrl, Store};
use vitrine::remote::throttle::Throttle;
use vitrine::remote::{Remote, Target};
use vitrine::scan::Source;
use vitrine::state::State;
use vitrine::{Options, Published, publish_until};
use vitrine_protocol::Sha256;
use vitrine_protocol::limits::{DESCRIPTION_MAX, LICENSE_MAX, TITLE_MAX};

/// Runs the command.
pub(super) fn run(args: &PublishArgs, output: &Output) -> Result<Exit, CommandError> {
    run_without(args, output, HashSet::new())
}

/// Runs the command, relying on none of the blobs in `distrust`.
pub(super) fn run_without(
    args: &PublishArgs,
    output: &Output,
    distrust: HashSet<Sha256>,
) -> Result<Exit, CommandError> {
    check_texts(args)?;
    let filter = Filter::new(&args.exclude).map_err(|error| {
        let hint = "Patterns are written as in .gitignore.";
        CommandError::usage(&with_source(&error), hint)
    })?;
    // The snapshot lives as long as it is read from.
    let (source, _snapshot) = open(args, output)?;
    let source = Arc::new(source);
    let display = Arc::new(Display::new(output.clone()));
    let lock = lock(args, output)?;
    let nonce = lock.as_ref().map(|lock| lock.nonce.clone());
    let job = Job {
        target: target(args, source.name(), nonce),
        source,
        options: Options { distrust, ..options(args) },
        filter,
        consent: Arc::new(Asker::new(output.clone(), Arc::clone(&display), args.yes || args.dry_run)),
        progress: Arc::clone(&display) as Arc<dyn Progress>,
        state: state(output),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::failed)?;
    let began = Instant::now();
    display.start();
    let outcome = runtime.block_on(async {
        match &args.store {
            Some(url) => Box::pin(run_on(&store(args, url, &job)?, job)).await,
            None => Box::pin(run_on(&api(args, &job)?, job)).await,
        }
    });
    // A scan that is stopped in the middle of a slow disk must not hold the program back.
    runtime.shutdown_background();
    display.finish();
    let published = outcome.map_err(|mut error: CommandError| {
        if let (Some(share), None) = (display.created(), &args.store) {
            error.hints.push(format!("The share {share} was made. Go on with --share {share}"));
        }
        error
    })?;
    let told = display.take_would_send();
    let took = began.elapsed();
    told.and_then(|would_send| report::print(output, args, &published, would_send, took)).map_err(
        |error| {
            let done =
                if args.dry_run { "Nothing was to be changed." } else { "The publish itself succeeded." };
            CommandError::unwritten(error, done)
        },
    )?;
    Ok(if published.omissions.has_problem() { Exit::Partial } else { Exit::Done })
}

fn with_source(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// Opens the folder: in a snapshot where there can be one, as it stands elsewhere.
fn open(args: &PublishArgs, output: &Output) -> Result<(Source, Option<FsSnapshot>), CommandError> {
    let live = Source::open(&args.path)?;
    if args.no_snapshot {
        return Ok((live, None));
    }
    let tag = format!("publish-{}-{:08x}", std::process::id(), fastrand::u32(..));
    let taken = FsSnapshot::take(live.folder(), &tag)
        .and_then(|snapshot| snapshot.map(|snapshot| Ok((snapshot.open()?, snapshot))).transpose());
    match taken {
        Ok(Some((folder, snapshot))) => Ok((live.within(folder.into()), Some(snapshot))),
        Ok(None) => Ok((live, None)),
        Err(error) => {
            // Each file is then watched while it is read.
            if output.is_verbose() {
                output.warn(&format!("{}; going on without a snapshot", with_source(&error)));
            }
            Ok((live, None))
        }
    }
}

async fn run_on<R: Remote>(remote: &R, job: Job) -> Result<Published, CommandError> {
    let heard = signals::count();
    let (stop, at_once) = (signals::reached(heard.clone(), 1), signals::reached(heard, 2));
    Ok(publish_until(remote, job, stop, at_once).await?)
}

fn check_texts(args: &PublishArgs) -> Result<(), CommandError> {
    for (name, text, max) in [
        ("--title", &args.title, TITLE_MAX),
        ("--description", &args.description, DESCRIPTION_MAX),
        ("--license", &args.license, LICENSE_MAX),
    ] {
        if text.as_ref().is_some_and(|text| text.len() > max) {
            let message = format!("The text after {name} is longer than {max} bytes");
            return Err(CommandError::usage(&message, "Shorten it."));
        }
    }
    Ok(())
}

/// Keeps other publishes of the same share on this machine away, where the share is known.
fn lock(args: &PublishArgs, output: &Output) -> Result<Option<Lock>, CommandError> {
    let (Some(share), Some(dir), None) = (args.share, environment::state_dir(), &args.store) else {
        return Ok(None);
    };
    match Lock::take(&dir, share) {
        Ok(lock) => Ok(Some(lock)),
        Err(error @ LockError::Held { .. }) => Err(error.into()),
        Err(error) => {
            // All that is lost: after a crash, the next publish waits for the lease to end.
            if output.is_verbose() {
                output.warn(&format!("{error}; going on without"));
            }
            Ok(None)
        }
    }
}

/// What this machine remembers between publishes. Without it a publish takes longer, and works.
fn state(output: &Output) -> Option<State> {
    let path = environment::state_dir()?.join("state.sqlite");
    State::open(&path)
        .inspect_err(|error| {
            if output.is_verbose() {
                output.warn(&format!("{error}; going on without"));
            }
        })
        .ok()
}

fn target(args: &PublishArgs, root_path: &str, nonce: Option<String>) -> Target {
    Target {
        share: args.share,
        project: args.project.clone(),
        root_path: root_path.to_owned(),
        title: args.title.clone(),
        description: args.description.clone(),
        license: args.license.clone(),
        scope: args.scope,
        nonce,
    }
}

fn options(args: &PublishArgs) -> Options {
    Options {
        dry_run: args.dry_run,
        checksum: args.checksum,
        ignore_base: args.ignore_base,
        threads: std::thread::available_parallelism().map_or(4, |count| count.get().clamp(2, 16)),
        ..Options::default()
    }
}

fn api(args: &PublishArgs, job: &Job) -> Result<Api, CommandError> {
    let url = args.api.clone().or_else(environment::api).ok_or_else(|| {
        CommandError::usage(
            "There is no server to publish to",
            "Name it with --api URL or VITRINE_API, or publish straight into a bucket with --store.",
        )
    })?;
    // A dry run of a new share asks the server nothing, so it needs no token.
    let asks = !(args.dry_run && args.share.is_none());
    let token = environment::token();
    if token.is_none() && asks {
        let hint = "Set VITRINE_TOKEN to an API token of the server.";
        return Err(CommandError::hinted("There is no token for the server", hint));
    }
    let token = token.unwrap_or_else(|| vitrine::secret::Secret::new(""));
    let progress = Arc::clone(&job.progress);
    let (retry, deadlines) = (RetryPolicy::default(), Deadlines::default());
    let throttle = args.bwlimit.map(|rate| Throttle::new(rate.0));
    let api = Api::new(&url, &token, environment::holder(), progress, retry, deadlines)?;
    Ok(api.with_storage(throttle, job.state.clone()))
}

fn store(args: &PublishArgs, url: &str, job: &Job) -> Result<Store, CommandError> {
    let (bucket, prefix) = bucket_and_prefix(url).ok_or_else(|| {
        CommandError::usage(
            &format!("`{url}` does not name a bucket"),
            "Write it as s3://BUCKET or s3://BUCKET/PREFIX",
        )
    })?;
    let credentials = bucket_credentials()?;
    let settings = Settings {
        endpoint: args.endpoint.clone().unwrap_or_default(),
        bucket: bucket.clone(),
        prefix: prefix.clone(),
        region: args.region.clone(),
        retry: RetryPolicy::default(),
        deadlines: Deadlines::default(),
        throttle: args.bwlimit.map(|rate| Throttle::new(rate.0)),
        journal: job.state.clone(),
    };
    let client = Client::new(settings, credentials, Arc::clone(&job.progress))?;
    let share_url = match &args.share_origin {
        Some(origin) => ShareUrl::Origin(origin.clone()),
        None => ShareUrl::Bucket(format!("s3://{bucket}/{prefix}")),
    };
    Ok(Store::new(client, share_url, Arc::clone(&job.progress)))
}

/// What opens a bucket, from the environment.
pub(super) fn bucket_credentials() -> Result<Credentials, CommandError> {
    let found = environment::credentials().map_err(|name| {
        let message = format!("{name} holds a character that no key has");
        CommandError::usage(&message, "Set it to the key alone, without spaces, quotes or line ends.")
    })?;
    found.ok_or_else(|| {
        let hint =
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, where there is one).";
        CommandError::hinted("There are no credentials for the bucket", hint)
    })
}

/// Takes `s3://bucket/some/prefix` apart; the prefix comes back with a slash at its end, or empty.
pub(super) fn bucket_and_prefix(url: &str) -> Option<(String, String)> {
    let (bucket, prefix) =
        url.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
    let prefix = prefix.trim_matches('/');
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_/".contains(c));
    let dots =
        prefix.split('/').any(|part| part == "." || part == ".." || (part.is_empty() && !prefix.is_empty()));
    if bucket.is_empty() || !plain(bucket) || !plain(prefix) || dots {
        return None;
    }
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    Some((bucket.to_owned(), prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_urls_are_taken_apart() {
        let parts = |url: &str| bucket_and_prefix(url).map(|(bucket, prefix)| format!("{bucket} {prefix}"));
        assert_eq!(parts("s3://b").as_deref(), Some("b "));
        assert_eq!(parts("s3://b/").as_deref(), Some("b "));
        assert_eq!(parts("s3://b/a/c/").as_deref(), Some("b a/c/"));
        for bad in
            ["", "b", "s3:/b", "s3://", "s3:///p", "https://b", "s3://b/../c", "s3://b/a//c", "s3://b?x"]
        {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
