//! The `enroll` command: makes the host's key, gives its public half to the server, and writes down what it is called.

use super::agent_args::EnrollArgs;
use super::command_error::{CommandError, Exit};
use super::environment;
use super::output::{Output, printable};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use vitrine::agent::control::enroll;
use vitrine::agent::identity::{HostFile, HostKey, IdentityError};
use vitrine::agent::keeping::StateLock;
use vitrine::agent::settings::Settings;
use vitrine::remote::RemoteError;
use vitrine::secret::Secret;
use vitrine_protocol::api::EnrollHost;
use vitrine_protocol::{ErrorCode, Sha256};

/// Runs the command.
pub(super) fn run(args: &EnrollArgs, output: &Output) -> Result<Exit, CommandError> {
    let settings = args.config.as_deref().map(Settings::read).transpose()?;
    let token = token(args)?;
    let api = args.api.clone().or_else(|| settings.as_ref().map(|settings| settings.api.clone()));
    let api = api.or_else(environment::api).ok_or_else(|| {
        CommandError::usage(
            "There is no server to enrol with",
            "Name it with --api URL, --config FILE or VITRINE_API.",
        )
    })?;
    let state = args.state.clone().or_else(|| settings.as_ref().map(|settings| settings.state_dir.clone()));
    let state = state.or_else(environment::state_dir).ok_or_else(|| {
        CommandError::usage("There is no state folder", "Name it with --state DIR or --config FILE.")
    })?;
    make(&state)?;
    let _lock = StateLock::take(&state)?;
    let hash = Sha256::of(token.expose().as_bytes());
    if let Some(known) = HostFile::open(&state)?.filter(|known| known.token_hash != hash) {
        if !args.replace {
            let error = IdentityError::Enrolled { path: state.join("host.json"), host: known.host_id };
            let hint =
                "Name another state folder, or enrol it anew with --replace, which sets its old key aside.";
            return Err(CommandError::with(error, Some(hint.to_owned())));
        }
        known.set_aside(&state)?;
    }
    // The key is on the disk before the server knows it.
    let key = HostKey::open_or_make(&state)?;
    let body = EnrollHost {
        enrolment_token: token.expose().to_owned(),
        public_key: key.public(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::failed)?;
    let enrolled = runtime.block_on(enroll(&api, environment::holder(), &body)).map_err(refused)?;
    let (host_id, name, region) = (enrolled.host_id, enrolled.name, enrolled.region);
    HostFile { host_id, name: name.clone(), region, api, token_hash: hash }.save(&state)?;
    output.status(&format!("This machine is now the host `{}` ({host_id}).", printable(&name)));
    output.status(&next(args, &state));
    Ok(Exit::Done)
}

fn next(args: &EnrollArgs, state: &Path) -> String {
    match &args.config {
        Some(config) => format!("Next: vitrine agent --config {}", printable(&config.display().to_string())),
        None => format!(
            "Next: write a configuration with state_dir = \"{}\" (`vitrine agent --help` shows one), then run \
             vitrine agent --config FILE",
            printable(&state.display().to_string())
        ),
    }
}

fn token(args: &EnrollArgs) -> Result<Secret, CommandError> {
    let typed = args.token.as_deref().map(Secret::new).filter(|token| !token.is_empty());
    typed.or_else(environment::enrolment_token).ok_or_else(|| {
        let hint = "Set VITRINE_ENROLMENT_TOKEN to what `hosts/invite` answered, or give it after --token.";
        CommandError::usage("There is no enrolment token", hint)
    })
}

fn make(state: &PathBuf) -> Result<(), CommandError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(state);
    made.map_err(|source| IdentityError::File { path: state.clone(), source }.into())
}

fn refused(error: RemoteError) -> CommandError {
    if error.is(ErrorCode::EnrolmentRefused) {
        let hint = "Ask the operator for a new token: each can be used once, for a short time.";
        return CommandError::with(error, Some(hint.to_owned()));
    }
    error.into()
}
