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
use output::{Output, Volume};
use std::io::Write as _;
use std::process::ExitCode;

/// Parses the command line, runs the command, prints its error if there is one.
pub(crate) fn run() -> ExitCode {
    // Help, version and usage errors are clap's: it prints them and ends with 0 or 2.
    let cli = Cli::parse();
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
            let _ = std::io::stdout().write_all(&script);
            ExitCode::SUCCESS
        }
        Command::Man(args) => match man::run(&args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                Output::new(args::ColorWhen::Auto, Volume::Normal, false).fail(&error);
                error.exit_code().into()
            }
        },
    }
}

fn end(output: &Output, outcome: Result<command_error::Exit, command_error::CommandError>) -> ExitCode {
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
