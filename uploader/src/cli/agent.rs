//! The `agent` command: reads the configuration, sets the log up, and runs the library's agent until a signal ends it.

use super::agent_args::{AgentArgs, LogFormat};
use super::args::ColorWhen;
use super::command_error::{CommandError, Exit};
use super::environment;
use super::output::Output;
use super::signals;
use std::io::{self, IsTerminal as _};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use vitrine::agent::identity::{Identity, IdentityError};
use vitrine::agent::keeping::KeepingError;
use vitrine::agent::settings::{Settings, SettingsError};
use vitrine::agent::{Agent, AgentError};

/// Runs the command.
pub(super) fn run(args: &AgentArgs, output: &Output) -> Result<Exit, CommandError> {
    let settings = Settings::read(&args.config)?;
    if args.check_config {
        let identity = Identity::open(&settings.state_dir)?;
        let (name, host) = (&identity.record.name, identity.record.host_id);
        output.status(&format!("The configuration is right. This is the host `{name}` ({host})."));
        return Ok(Exit::Done);
    }
    log(args);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::failed)?;
    let in_order = runtime.block_on(async {
        let agent = Agent::new(settings, environment::holder())?;
        let heard = signals::count();
        let (drain, at_once) = (signals::reached(heard.clone(), 1), signals::reached(heard, 2));
        Ok::<_, CommandError>(agent.run(drain, at_once).await)
    })?;
    // A scan that is stopped in the middle of a slow disk must not hold the program back.
    runtime.shutdown_background();
    Ok(if in_order { Exit::Done } else { Exit::Interrupted })
}

/// Everything of ours goes to standard error; other crates only when something is wrong with them.
fn log(args: &AgentArgs) {
    let ours = if args.verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let targets = Targets::new().with_default(LevelFilter::WARN).with_target("vitrine", ours);
    let color = match args.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => io::stderr().is_terminal() && !environment::no_color(),
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_target(false);
    let registry = tracing_subscriber::registry().with(targets);
    // Set once, here; a second one would be a mistake that the log itself could not tell.
    let _ = match args.log_format {
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        LogFormat::Text => registry.with(layer.with_ansi(color)).try_init(),
    };
}

impl From<SettingsError> for CommandError {
    fn from(error: SettingsError) -> Self {
        let hint = match &error {
            SettingsError::File { .. } => "Name the agent's configuration after --config.",
            SettingsError::Content { .. } => "`vitrine agent --help` shows every key.",
            SettingsError::Folder { .. } => "Make it, or correct the path.",
        };
        Self { exit: Exit::Usage, ..Self::with(error, Some(hint.to_owned())) }
    }
}

impl From<IdentityError> for CommandError {
    fn from(error: IdentityError) -> Self {
        let hint = match &error {
            IdentityError::NotEnrolled { .. } => {
                Some("Run `vitrine enroll` first, with the same configuration, as the same user.")
            }
            IdentityError::Damaged { .. } => {
                Some("Move it away, and enrol the host anew with a token of the operator's.")
            }
            IdentityError::Enrolled { .. } | IdentityError::File { .. } | IdentityError::Random(_) => None,
        };
        Self::with(error, hint.map(str::to_owned))
    }
}

impl From<KeepingError> for CommandError {
    fn from(error: KeepingError) -> Self {
        let hint = matches!(error, KeepingError::Held { .. })
            .then(|| "Each agent needs a state folder of its own. Is one running already?".to_owned());
        Self::with(error, hint)
    }
}

impl From<AgentError> for CommandError {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Identity(error) => error.into(),
            AgentError::Keeping(error) => error.into(),
            AgentError::Remote(error) => error.into(),
            AgentError::OtherServer { .. } => {
                let hint = "Correct `api` in the configuration, or enrol the host with that server in a state folder of its own.";
                Self::with(error, Some(hint.to_owned()))
            }
        }
    }
}
