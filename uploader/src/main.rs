//! The `vitrine` program: talks to the person, the environment and the process, and leaves the work to the library.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
