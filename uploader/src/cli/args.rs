//! What can be typed. The doc comments are the help, so they speak to the person at the shell.

#![expect(
    clippy::doc_markdown,
    reason = "the doc comments are shown on a terminal, where backticks are noise"
)]

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;
use vitrine_protocol::{Scope, ShareId};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Publishes folders as immutable snapshots that open in a browser.
#[derive(Debug, Parser)]
#[command(name = "vitrine", version, styles = STYLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Publish(Box<PublishArgs>),
    Copy(Box<super::copy_args::CopyArgs>),
    Verify(Box<super::verify_args::VerifyArgs>),
    Agent(Box<super::agent_args::AgentArgs>),
    Enroll(Box<super::agent_args::EnrollArgs>),
    /// Print a script that completes vitrine's commands and options.
    ///
    /// For bash: `vitrine completions bash > ~/.local/share/bash-completion/completions/vitrine`
    Completions {
        /// The shell to write it for.
        shell: clap_complete::Shell,
    },
    Man(ManArgs),
}

/// Publish a folder, or a single file, as a share's new snapshot.
///
/// The folder is compared with the snapshot that is published now, and only what changed is sent. Readers see the old
/// snapshot until the new one is complete, and then the new one, whole. A publish that is interrupted changes nothing for
/// them; run it again, and it goes on where it was.
///
/// Left out, and reported: names that begin with a dot (but for .zarray and others that formats need), what a .vitrineignore (as .gitignore) or --exclude says, symbolic
/// links that lead out of the folder, devices and pipes. Files that cannot be read, or that change all the time, are
/// reported too and make the exit code 3. On btrfs the folder is read from a snapshot, where nothing changes.
///
/// Private keys, files of passwords, courses with their students' data: what should probably not be public is named, and
/// you are asked, before anything is sent.
///
/// The last line of standard output is the share's URL.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = EXAMPLES, after_long_help = LONG)]
pub(crate) struct PublishArgs {
    /// The folder or file to publish.
    pub(crate) path: PathBuf,

    /// Publish to this share. Without it, a new share is made.
    #[arg(long, value_name = "ID", help_heading = "Where")]
    pub(crate) share: Option<ShareId>,

    /// The address of the Vitrine server. [env: VITRINE_API]
    #[arg(long, value_name = "URL", help_heading = "Where")]
    pub(crate) api: Option<String>,

    /// Publish straight into this bucket, without a server: s3://BUCKET[/PREFIX]
    #[arg(
        long,
        value_name = "S3_URL",
        conflicts_with = "api",
        requires = "endpoint",
        help_heading = "Where"
    )]
    pub(crate) store: Option<String>,

    /// The S3 endpoint of the bucket, without the bucket's name.
    #[arg(long, value_name = "URL", requires = "store", help_heading = "Where")]
    pub(crate) endpoint: Option<String>,

    /// The bucket's region.
    #[arg(long, value_name = "NAME", default_value = "auto", requires = "store", help_heading = "Where")]
    pub(crate) region: String,

    /// The origin that serves the bucket's shares, for the URL that is printed.
    #[arg(long, value_name = "URL", requires = "store", help_heading = "Where")]
    pub(crate) share_origin: Option<String>,

    /// The title of the share.
    #[arg(long, value_name = "TEXT", help_heading = "The share")]
    pub(crate) title: Option<String>,

    /// A description of the share, in Markdown.
    #[arg(long, value_name = "TEXT", help_heading = "The share")]
    pub(crate) description: Option<String>,

    /// The licence that the content is under, such as CC-BY-4.0.
    #[arg(long, value_name = "NAME", help_heading = "The share")]
    pub(crate) license: Option<String>,

    /// Who may read: public, unlisted (all who have the URL), authenticated or org. [default: unlisted]
    #[arg(long, help_heading = "The share")]
    pub(crate) scope: Option<Scope>,

    /// The project that will own a new share, when the token is for several.
    #[arg(long, value_name = "ID", help_heading = "The share")]
    pub(crate) project: Option<vitrine_protocol::ProjectId>,

    /// Say what would be sent, and send and change nothing.
    #[arg(long, short = 'n', help_heading = "How")]
    pub(crate) dry_run: bool,

    /// Read every file, even those whose size and modification time are as published, and send what the storage has lost.
    #[arg(long, help_heading = "How")]
    pub(crate) checksum: bool,

    /// Send everything anew, as if nothing were published: the way out when the published snapshot is damaged.
    #[arg(long, help_heading = "How")]
    pub(crate) ignore_base: bool,

    /// Leave out what matches: a pattern as in .gitignore, relative to the folder. May be given several times.
    #[arg(long, value_name = "PATTERN", help_heading = "How")]
    pub(crate) exclude: Vec<String>,

    /// Read the folder as it stands, even where a btrfs snapshot of it could be made.
    #[arg(long, help_heading = "How")]
    pub(crate) no_snapshot: bool,

    /// Publish also what should probably not be public, such as private keys, without asking.
    #[arg(long, short = 'y', help_heading = "How")]
    pub(crate) yes: bool,

    /// Send at most so many bytes a second: 500K, 2M, 1.5M.
    #[arg(long, value_name = "RATE", help_heading = "How")]
    pub(crate) bwlimit: Option<Rate>,

    /// Write JSON lines to standard output: progress, and at last the result.
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,

    /// Print nothing but the URL and errors.
    #[arg(long, short = 'q', conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Name each file that is sent, and each request that is tried again.
    #[arg(long, short = 'v', help_heading = "Output")]
    pub(crate) verbose: bool,

    /// Whether to use colours. NO_COLOR is honoured.
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(crate) color: ColorWhen,
}

/// Bytes a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate(pub(crate) u64);

impl FromStr for Rate {
    type Err = &'static str;

    /// Takes a number with an optional fraction and an optional unit of 1024: K, M, G.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "write a number of bytes a second, such as 800K, 2M or 1.5M";
        // Up to 1 TiB a second, which is no limit.
        vitrine::size::parse(text).filter(|rate| *rate <= 1 << 40).map(Self).ok_or(WHAT)
    }
}

/// Print a manual page, in roff.
///
/// To read it: `vitrine man publish | man -l -`
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command that the page is for. Without it, the program's own.
    pub(crate) command: Option<String>,

    /// Write the pages of all commands into this folder instead.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

const EXAMPLES: &str = "\
Examples:
  vitrine publish ./thesis --title 'My thesis'
  vitrine publish ./thesis --share e0123456789abcdefghjkmnpqr
  vitrine publish ./thesis --share e0123456789abcdefghjkmnpqr --dry-run

Try `vitrine publish --help` for the environment and the exit codes.";

const LONG: &str = "\
Examples:
  Make a share and publish a folder to it:
    export VITRINE_API=https://vitrine.example.org VITRINE_TOKEN=...
    vitrine publish ./thesis --title 'My thesis' --scope public

  Publish again what has changed since:
    vitrine publish ./thesis --share e0123456789abcdefghjkmnpqr

  See what would be sent:
    vitrine publish ./thesis --share e0123456789abcdefghjkmnpqr --dry-run

  Publish into a bucket of your own, without a server:
    vitrine publish ./thesis --store s3://my-bucket --endpoint https://s3.example.org

  From a script:
    url=$(vitrine publish ./thesis --share \"$SHARE\" --quiet) || echo \"failed: $?\"

Environment:
  VITRINE_API            The address of the server, where --api is not given.
  VITRINE_TOKEN          The API token for the server. Never printed.
  VITRINE_STATE_DIR      Where to keep what survives a crash, instead of
                         $XDG_STATE_HOME/vitrine or ~/.local/state/vitrine.
  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                         Credentials for --store.
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                         Proxies on the way to the server and the storage.
  NO_COLOR               When set and not empty, no colours.

Exit codes:
  0    Published, or nothing had changed.
  1    Failed; readers see what they saw before, unless a hint says otherwise.
  2    The command line is not right.
  3    Published, but without files that are unreadable, change all the time
       or have names that are not UTF-8.
  130  Interrupted; readers see what they saw before, unless a hint says
       otherwise.";
