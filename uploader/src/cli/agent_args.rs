//! What can be typed after `agent` and `enroll`. The doc comments are the help, so they speak to the host's operator.

#![expect(
    clippy::doc_markdown,
    reason = "the doc comments are shown on a terminal, where backticks are noise"
)]

use super::args::ColorWhen;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Make this machine a host: give the server its public key.
///
/// An operator makes a one-time enrolment token for the host (`hosts/invite`). Here a key is made, which never leaves this
/// machine, and its public half is given to the server for that token. After that, `vitrine agent` can begin.
///
/// The key is kept in the state folder for its owner alone, and never written over. When the answer was lost, run the same
/// command again: the same token with the same key is answered the same.
#[derive(Debug, Args)]
#[command(after_help = ENROLL_EXAMPLES, after_long_help = ENROLL_LONG)]
pub(crate) struct EnrollArgs {
    /// The enrolment token. Others on this machine can see arguments: VITRINE_ENROLMENT_TOKEN keeps it from them.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,

    /// The address of the Vitrine server. [env: VITRINE_API]
    #[arg(long, value_name = "URL")]
    pub(crate) api: Option<String>,

    /// The agent's configuration, for the address and the state folder.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The state folder, where the key is kept. [env: VITRINE_STATE_DIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,

    /// Enrol anew where this machine was a host already: its old key is set aside, not deleted.
    #[arg(long)]
    pub(crate) replace: bool,

    /// Whether to use colours. NO_COLOR is honoured.
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(crate) color: ColorWhen,
}

/// Serve this host's projects: publish and copy when the server asks for it.
///
/// The agent connects to the server and stays connected. Each project is a folder `project-<id>` in the folder that the
/// configuration names; nothing outside of it is read or written. Publishes go from a read-only snapshot where the project is
/// on btrfs. Copies go into a new folder of a project and replace nothing.
///
/// SIGTERM or SIGINT: no new jobs are taken, those that run may finish for a while, and are then stopped and offered again. A
/// second signal ends it at once. What was interrupted goes on where it was.
///
/// What should probably not be public, such as private keys, is left out of a publish and named in its result: nobody is
/// there to be asked.
#[derive(Debug, Args)]
#[command(after_help = AGENT_EXAMPLES, after_long_help = AGENT_LONG)]
pub(crate) struct AgentArgs {
    /// The configuration, in TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// Check the configuration and the enrolment, and end.
    #[arg(long)]
    pub(crate) check_config: bool,

    /// How to write the log, which goes to standard error.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(crate) log_format: LogFormat,

    /// Log more.
    #[arg(long, short = 'v', help_heading = "Output")]
    pub(crate) verbose: bool,

    /// Whether to use colours. NO_COLOR is honoured.
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(crate) color: ColorWhen,
}

/// How to write the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line, for collectors.
    Json,
}

const ENROLL_EXAMPLES: &str = "\
Examples:
  VITRINE_ENROLMENT_TOKEN=... vitrine enroll --config /etc/vitrine/agent.toml

Try `vitrine enroll --help` for the environment and the exit codes.";

const ENROLL_LONG: &str = "\
Examples:
  With the agent's configuration, as the user that the agent will run as:
    export VITRINE_ENROLMENT_TOKEN=...
    vitrine enroll --config /etc/vitrine/agent.toml

  Without one:
    vitrine enroll --token ... --api https://vitrine.example.org --state /var/lib/vitrine

  A host that was turned away, with a new token:
    vitrine enroll --config /etc/vitrine/agent.toml --replace

Environment:
  VITRINE_ENROLMENT_TOKEN  The enrolment token, where --token is not given.
  VITRINE_API              The address of the server, where neither --api nor
                           --config is given.
  VITRINE_STATE_DIR        The state folder, where neither --state nor --config
                           is given, instead of $XDG_STATE_HOME/vitrine or
                           ~/.local/state/vitrine.
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                           Proxies on the way to the server.

Exit codes:
  0    Enrolled.
  1    Failed.
  2    The command line or the configuration is not right.";

const AGENT_EXAMPLES: &str = "\
Examples:
  vitrine agent --config /etc/vitrine/agent.toml --check-config
  vitrine agent --config /etc/vitrine/agent.toml

Try `vitrine agent --help` for the configuration and the exit codes.";

const AGENT_LONG: &str = "\
Configuration:
  api = \"https://vitrine.example.org\"   The server. As it was enrolled with.
  state_dir = \"/var/lib/vitrine\"        The host's key, and what survives a
                                        restart. One agent each.
  projects_root = \"/srv/projects\"       Holds the folders project-<id>.
  jobs = 4                              How many jobs at once, 1 to 64.
  bwlimit = \"20M\"                       Publishes send at most so many bytes a
                                        second, together. No limit when left out.
  quota = \"50G\"                         One copy brings at most so many bytes
                                        into a project. No limit when left out.
  quota_files = 100000                  One copy brings at most so many files,
                                        folders and links. No limit when left out.
  keep_free = \"256M\"                    Copies leave so many bytes free.
  keep_free_files = 10000               Copies leave room for so many files, where
                                        the file system counts them.
  drain_seconds = 60                    How long jobs may finish after SIGTERM.
  snapshots = true                      Whether to publish from btrfs snapshots.

  Sizes are numbers, or texts with a unit of 1024: 500K, 2M, 1.5G, 1T.

Examples:
  Make this machine a host, check, and serve:
    vitrine enroll --config /etc/vitrine/agent.toml
    vitrine agent --config /etc/vitrine/agent.toml --check-config
    vitrine agent --config /etc/vitrine/agent.toml

Environment:
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                         Proxies on the way to the server and the storage.
  NO_COLOR               When set and not empty, no colours.

Exit codes:
  0    Ended by a signal, with its jobs finished or offered again.
  1    Could not begin.
  2    The command line or the configuration is not right.
  130  Ended by a second signal, at once.";
