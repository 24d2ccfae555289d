//! Everything that is read from the environment, in one place; the help of `publish` documents the names.

use std::env;
use std::path::PathBuf;
use vitrine::remote::s3::Credentials;
use vitrine::secret::Secret;

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// `VITRINE_API`.
pub(super) fn api() -> Option<String> {
    text("VITRINE_API")
}

/// `VITRINE_TOKEN`.
pub(super) fn token() -> Option<Secret> {
    text("VITRINE_TOKEN").map(|token| Secret::new(&token)).filter(|token| !token.is_empty())
}

/// `VITRINE_VIEWER_TOKEN`.
pub(super) fn viewer_token() -> Option<Secret> {
    text("VITRINE_VIEWER_TOKEN").map(|token| Secret::new(&token)).filter(|token| !token.is_empty())
}

/// `VITRINE_ENROLMENT_TOKEN`.
pub(super) fn enrolment_token() -> Option<Secret> {
    text("VITRINE_ENROLMENT_TOKEN").map(|token| Secret::new(&token)).filter(|token| !token.is_empty())
}

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where there is one, `AWS_SESSION_TOKEN`.
pub(super) fn credentials() -> Option<Credentials> {
    Some(Credentials {
        access_key_id: text("AWS_ACCESS_KEY_ID")?,
        secret_access_key: Secret::new(&text("AWS_SECRET_ACCESS_KEY")?),
        session_token: text("AWS_SESSION_TOKEN").map(|token| Secret::new(&token)),
    })
}

/// Where to keep what survives a crash.
pub(super) fn state_dir() -> Option<PathBuf> {
    let below = |name: &str, rest: &str| env::var_os(name).map(PathBuf::from).map(|dir| dir.join(rest));
    text("VITRINE_STATE_DIR")
        .map(PathBuf::from)
        .or_else(|| below("XDG_STATE_HOME", "vitrine"))
        .or_else(|| below("HOME", ".local/state/vitrine"))
        .filter(|dir| dir.is_absolute())
}

/// Whether `NO_COLOR` asks for none (<https://no-color.org>).
pub(super) fn no_color() -> bool {
    text("NO_COLOR").is_some()
}

/// Who we are, for the message that a second publisher gets.
pub(super) fn holder() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host} (process {})", std::process::id())
}
