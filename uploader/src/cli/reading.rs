//! From the command line to a share that can be read, for `copy` and `verify`.

use super::command_error::CommandError;
use super::copy_args::BucketArgs;
use super::environment;
use super::publish::{bucket_and_prefix, bucket_credentials};
use std::sync::Arc;
use std::time::Duration;
use vitrine::progress::Progress;
use vitrine::reading::{Bucket, Gateway, ShareAddress};
use vitrine::remote::retry::{Deadlines, RetryPolicy};
use vitrine::remote::s3::{Client, Settings};
use vitrine_protocol::EntryPath;

/// How long threads that write are waited for: each stops after the file it is at.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Where a share is read.
pub(super) enum Where {
    /// Through the share origin.
    Gateway(Gateway),
    /// Straight from a bucket.
    Bucket(Bucket),
}

/// Reads what names the share; the path is what stands behind the id in an address.
pub(super) fn open(
    share: &str,
    bucket: &BucketArgs,
    progress: Arc<dyn Progress>,
) -> Result<(Where, EntryPath), CommandError> {
    let (retry, deadlines) = (RetryPolicy::default(), Deadlines::default());
    let Some(store) = &bucket.store else {
        let address = ShareAddress::parse(share).map_err(|error| {
            let hint = "Give the share's address as the browser shows it, such as https://share.example.org/e0123456789abcdefghjkmnpqr, or its id with --store.";
            CommandError::usage(&error.to_string(), hint)
        })?;
        let path = address.path.clone();
        let gateway = Gateway::new(address, environment::viewer_token(), progress, retry, deadlines)?;
        return Ok((Where::Gateway(gateway), path));
    };
    let share = share.parse().map_err(|error: vitrine_protocol::ids::IdError| {
        CommandError::usage(&error.to_string(), "With --store, give the share's id.")
    })?;
    let (name, prefix) = bucket_and_prefix(store).ok_or_else(|| {
        let message = format!("`{store}` does not name a bucket");
        CommandError::usage(&message, "Write it as s3://BUCKET or s3://BUCKET/PREFIX")
    })?;
    let credentials = bucket_credentials()?;
    let endpoint = bucket.endpoint.clone().unwrap_or_default();
    let settings = Settings {
        endpoint,
        bucket: name,
        prefix,
        region: bucket.region.clone(),
        retry,
        deadlines,
        throttle: None,
        journal: None,
    };
    let client = Client::new(settings, credentials, progress)?;
    Ok((Where::Bucket(Bucket::new(client, share)), EntryPath::root()))
}

/// How many threads write or hash.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(4, |count| (count.get() * 2).clamp(4, 32))
}
