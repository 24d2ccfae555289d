//! What can be typed after `vitrine copy`, and what it shares with `vitrine verify`. The doc comments are the help.

#![expect(
    clippy::doc_markdown,
    reason = "the doc comments are shown on a terminal, where backticks are noise"
)]

use super::args::ColorWhen;
use super::output::{Output, Volume};
use clap::Args;
use std::cell::OnceCell;
use std::path::PathBuf;
use vitrine::secret::Secret;

/// Copy a published snapshot, or parts of it, into a folder.
///
/// What is copied keeps its path in the share, its content and its times. Each file is checked against the hash that was
/// published before it gets its name, so what has its name is whole. A copy that is interrupted goes on when it is run
/// again: files that are there are not fetched again, large ones continue where they ended.
///
/// Nothing that is in DEST is replaced without --force, and folders never are: what is in the way is named before
/// anything is written. Files of the same size and modification time are taken for the ones that are wanted. Nothing is
/// ever written outside DEST.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = LONG)]
pub(crate) struct CopyArgs {
    /// The share's address, as the browser shows it; with --store, its id. What is behind the id is copied alone.
    #[arg(value_name = "SHARE_URL")]
    pub(crate) share: String,

    /// The folder to copy into. It is made when it is not there.
    pub(crate) dest: PathBuf,

    /// Copy only these files and folders of the share.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,

    #[command(flatten)]
    pub(crate) bucket: BucketArgs,

    #[command(flatten)]
    pub(crate) token: TokenArgs,

    /// Say what would be written, and write nothing.
    #[arg(long, short = 'n', help_heading = "How")]
    pub(crate) dry_run: bool,

    /// Replace files and links in DEST that differ from those of the share.
    #[arg(long, short = 'f', help_heading = "How")]
    pub(crate) force: bool,

    /// Take files from this folder where it has them already: same path, size, time and content.
    #[arg(long, value_name = "DIR", help_heading = "How")]
    pub(crate) seed: Option<PathBuf>,

    /// How many requests at a time.
    #[arg(long, short = 'j', value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=512), help_heading = "How")]
    pub(crate) jobs: u16,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Reading straight from a bucket.
#[derive(Debug, Args)]
pub(crate) struct BucketArgs {
    /// Read straight from this bucket, without a gateway: s3://BUCKET[/PREFIX]
    #[arg(long, value_name = "S3_URL", requires = "endpoint", help_heading = "Where")]
    pub(crate) store: Option<String>,

    /// The S3 endpoint of the bucket, without the bucket's name.
    #[arg(long, value_name = "URL", requires = "store", help_heading = "Where")]
    pub(crate) endpoint: Option<String>,

    /// The bucket's region.
    #[arg(long, value_name = "NAME", default_value = "auto", requires = "store", help_heading = "Where")]
    pub(crate) region: String,
}

/// What lets us into a share that is not open to all.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// Read the viewer token from this file; - for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "store", help_heading = "Where")]
    pub(crate) token_file: Option<PathBuf>,

    /// The token, once it was read.
    #[arg(skip)]
    pub(crate) read: OnceCell<Secret>,
}

/// What is said, and how.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Write JSON lines to standard output: progress, and at last the result.
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,

    /// Print nothing but warnings and errors.
    #[arg(long, short = 'q', conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Name each file, and each request that is tried again.
    #[arg(long, short = 'v', help_heading = "Output")]
    pub(crate) verbose: bool,

    /// Whether to use colours. NO_COLOR is honoured.
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(crate) color: ColorWhen,
}

impl OutputArgs {
    /// The output that was asked for.
    pub(super) fn open(&self) -> Output {
        let volume = match (self.quiet, self.verbose) {
            (true, _) => Volume::Quiet,
            (_, true) => Volume::Verbose,
            _ => Volume::Normal,
        };
        Output::new(self.color, volume, self.json)
    }
}

const EXAMPLES: &str = "\
Examples:
  vitrine copy https://share.example.org/e0123456789abcdefghjkmnpqr ./thesis
  vitrine copy https://share.example.org/e0123456789abcdefghjkmnpqr ./thesis data/raw README.md
  vitrine copy https://share.example.org/e0123456789abcdefghjkmnpqr ./thesis --dry-run

Try `vitrine copy --help` for the environment and the exit codes.";

const LONG: &str = "\
Examples:
  Copy everything:
    vitrine copy https://share.example.org/e0123456789abcdefghjkmnpqr ./thesis

  Copy one folder and one file, to ./thesis/data/raw and ./thesis/README.md:
    vitrine copy https://share.example.org/e0123456789abcdefghjkmnpqr ./thesis data/raw README.md

  Copy a folder by the address that the browser shows for it:
    vitrine copy https://share.example.org/e0123456789abcdefghjkmnpqr/data/raw ./thesis

  Copy what is new, and clone the rest from an older copy:
    vitrine copy https://share.example.org/e0123456789abcdefghjkmnpqr ./new --seed ./old

  Copy a share that needs a viewer token:
    VITRINE_VIEWER_TOKEN=... vitrine copy https://share.example.org/e0123456789abcdefghjkmnpqr ./thesis

  Copy straight from a bucket of your own:
    vitrine copy e0123456789abcdefghjkmnpqr ./thesis --store s3://my-bucket --endpoint https://s3.example.org

Environment:
  VITRINE_VIEWER_TOKEN   A viewer token, for shares that need one, unless
                         --token-file names a file with one. Never printed. One
                         in the address (#token=...) is taken too, but stays in
                         the shell's history.
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                         Credentials for --store.
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                         Proxies on the way to the share.
  NO_COLOR               When set and not empty, no colours.

Exit codes:
  0    Copied, or everything was there.
  1    Failed. Files that have their names are whole; run it again to go on.
  2    The command line is not right.
  3    Copied, but without files that are damaged in the share or could not
       be written.
  130  Interrupted; run it again to go on.";
