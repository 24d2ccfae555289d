//! Everything that touches the terminal, the environment and the process.
//!
//! Data goes to standard output, everything else to standard error. Each command has its file; errors become text and exit
//! codes in one place, [`command_error`].

mod agent;
mod agent_args;
mod args;
mod command_error;
mod consent;
mod copy;
mod copy_args;
mod display;
mod enroll;
mod environment;
mod live;
mod man;
mod output;
mod publish;
mod reading;
mod reading_display;
mod reading_error;
mod report;
mod signals;
mod verify;
mod verify_args;

use args::{Cli, Command, PublishArgs};
use clap::{CommandFactory as _, Parser as _};
use command_error::{CommandError, Exit};
use output::{Output, Volume, unless_closed};
use std::io::Write as _;
use std::process::ExitCode;

/// Parses the command line, runs the command, prints its error if there is one.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return end_with_words_of(&said),
    };
    raise_open_files();
    match cli.command {
        Command::Publish(args) => {
            let output = Output::new(args.color, volume(&args), args.json);
            end(&output, publish::run(&args, &output))
        }
        Command::Copy(args) => {
            let output = args.output.open();
            end(&output, copy::run(&args, &output))
        }
        Command::Verify(args) => {
            let output = args.output.open();
            end(&output, verify::run(&args, &output))
        }
        Command::Agent(args) => {
            let output = Output::new(args.color, Volume::Normal, false);
            end(&output, agent::run(&args, &output))
        }
        Command::Enroll(args) => {
            let output = Output::new(args.color, Volume::Normal, false);
            end(&output, enroll::run(&args, &output))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "vitrine", &mut script);
            let written = std::io::stdout().write_all(&script).and_then(|()| std::io::stdout().flush());
            end_written(written, Exit::Done)
        }
        Command::Man(args) => {
            let output = Output::new(args::ColorWhen::Auto, Volume::Normal, false);
            end(&output, man::run(&args).map(|()| Exit::Done))
        }
    }
}

/// Help, version and usage errors are clap's words; its codes are 0 and 2.
fn end_with_words_of(said: &clap::Error) -> ExitCode {
    let written = said.print().and_then(|()| std::io::stdout().flush());
    end_written(written, if said.use_stderr() { Exit::Usage } else { Exit::Done })
}

/// Ends with `code` when what was asked for is written: a full disk has it not.
fn end_written(written: std::io::Result<()>, code: Exit) -> ExitCode {
    let output = Output::new(args::ColorWhen::Auto, Volume::Normal, false);
    let failed = |error| CommandError::unwritten(error, "Nothing was to be changed.");
    end(&output, unless_closed(written).map(|()| code).map_err(failed))
}

fn end(output: &Output, outcome: Result<Exit, CommandError>) -> ExitCode {
    match outcome {
        Ok(code) => code.into(),
        Err(error) => {
            output.fail(&error);
            error.exit_code().into()
        }
    }
}

fn volume(args: &PublishArgs) -> Volume {
    match (args.quiet, args.verbose) {
        (true, _) => Volume::Quiet,
        (_, true) => Volume::Verbose,
        _ => Volume::Normal,
    }
}

/// Asks for as many open files as the system allows: the usual soft limit of 1,024 is for programs that use `select`.
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where that is refused, there are enough for what is open at a time.
    _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
