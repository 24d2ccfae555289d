//! The viewer token of `copy` and `verify`, kept out of the list of processes, which everybody on a machine can read.
//!
//! It comes from a file, from standard input or from the environment. One that stands in an address is moved to the environment,
//! which the same person alone can read, by starting the program again in its own place.

use super::command_error::CommandError;
use super::copy_args::TokenArgs;
use super::environment;
use super::output::{Output, printable};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use vitrine::reading::ShareAddress;
use vitrine::secret::Secret;

/// Tokens have at most some kilobytes; a file that is none may be anything.
const TOKEN_BYTES_MAX: u64 = 64 * 1024;

/// The token that was given, but for one in the address. Read once: standard input has it only once.
pub(super) fn given(args: &TokenArgs) -> Result<Option<Secret>, CommandError> {
    let Some(path) = &args.token_file else { return Ok(environment::viewer_token()) };
    if let Some(token) = args.read.get() {
        return Ok(Some(token.clone()));
    }
    let token = read(path)?;
    Ok(Some(args.read.get_or_init(|| token).clone()))
}

fn read(path: &Path) -> Result<Secret, CommandError> {
    let mut text = String::new();
    let read = if path == OsStr::new("-") {
        io::stdin().take(TOKEN_BYTES_MAX).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(TOKEN_BYTES_MAX).read_to_string(&mut text))
    };
    let from = printable(&path.display().to_string());
    read.map_err(|error| {
        let message = format!("Could not read a viewer token from `{from}`: {error}");
        CommandError::usage(
            &message,
            "Name a file that holds the token and nothing else, or - for standard input.",
        )
    })?;
    let token = Secret::new(&text);
    // What is in the file is not repeated: it may be another secret.
    if token.is_empty() || !token.expose().chars().all(|char| char.is_ascii_graphic()) {
        let message = format!("There is no viewer token in `{from}`");
        return Err(CommandError::usage(&message, "The file holds the token and nothing else."));
    }
    Ok(token)
}

/// Says that a token in an address is seen by others, and takes it out of the arguments of this process.
pub(super) fn hide(text: &str, address: &ShareAddress, token: Option<&Secret>, output: &Output) {
    let Some(in_address) = &address.token else { return };
    output.warn(
        "the token in the address stays in the shell's history, and others on this machine may have seen it in the list of \
         processes; next time set VITRINE_VIEWER_TOKEN or use --token-file",
    );
    let Ok(program) = std::env::current_exe() else { return };
    let mut args = std::env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = args.next() {
        again.arg0(name);
    }
    let without = text.split('#').next().unwrap_or_default();
    again.args(args.map(|arg| if arg == OsStr::new(text) { without.into() } else { arg }));
    if token.is_none() {
        again.env(environment::VIEWER_TOKEN, in_address.expose());
    }
    // It returns only when it failed: then this process goes on as it is.
    let _ = again.exec();
}
