//! What can be typed after `vitrine verify`. The doc comments are the help.

#![expect(
    clippy::doc_markdown,
    reason = "the doc comments are shown on a terminal, where backticks are noise"
)]

use super::copy_args::{BucketArgs, OutputArgs, TokenArgs};
use clap::Args;
use std::path::PathBuf;

/// Read a published snapshot again, all of it, and check every hash.
///
/// Reads the manifest, every listing and every blob that readers can come to see, and checks that each is there, has its
/// size and the hash that is its name, that every file has the bytes and the CRC-32 that were published, and that the
/// numbers add up. Names each blob that is damaged and each file that is hurt by it. Nothing is written.
///
/// The exit code is 0 when the snapshot is whole and 1 when it is not.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = LONG)]
pub(crate) struct VerifyArgs {
    /// The share's address, as the browser shows it; with --store, its id.
    #[arg(value_name = "SHARE")]
    pub(crate) share: String,

    #[command(flatten)]
    pub(crate) bucket: BucketArgs,

    #[command(flatten)]
    pub(crate) token: TokenArgs,

    /// Send what is missing or damaged again, from the folder that was published.
    #[arg(long, value_name = "SOURCE", help_heading = "How")]
    pub(crate) repair: Option<PathBuf>,

    /// With --repair: leave out what matches, as when the folder was published. May be given several times.
    #[arg(long, value_name = "PATTERN", requires = "repair", help_heading = "How")]
    pub(crate) exclude: Vec<String>,

    /// With --repair: publish also what should probably not be public, without asking.
    #[arg(long, short = 'y', requires = "repair", help_heading = "How")]
    pub(crate) yes: bool,

    /// With --repair: the address of the Vitrine server. [env: VITRINE_API]
    #[arg(long, value_name = "URL", requires = "repair", conflicts_with = "store", help_heading = "Where")]
    pub(crate) api: Option<String>,

    /// How many requests at a time.
    #[arg(long, short = 'j', value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=512), help_heading = "How")]
    pub(crate) jobs: u16,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  vitrine verify https://share.example.org/e0123456789abcdefghjkmnpqr

Try `vitrine verify --help` for the environment and the exit codes.";

const LONG: &str = "\
Examples:
  Check a share:
    vitrine verify https://share.example.org/e0123456789abcdefghjkmnpqr

  Check a share in a bucket of your own:
    vitrine verify e0123456789abcdefghjkmnpqr --store s3://my-bucket --endpoint https://s3.example.org

  List what is damaged, for a program:
    vitrine verify https://share.example.org/e0123456789abcdefghjkmnpqr --json | tail -n 1

Environment:
  VITRINE_VIEWER_TOKEN   A viewer token, for shares that need one, unless
                         --token-file names a file with one. Never printed. One
                         in the address (#token=...) is taken too, but stays in
                         the shell's history.
  VITRINE_API, VITRINE_TOKEN
                         The server and the API token for --repair.
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                         Credentials for --store.

Exit codes:
  0    The snapshot is whole.
  1    It is not, or it could not be read to its end.
  2    The command line is not right.
  130  Interrupted.";
