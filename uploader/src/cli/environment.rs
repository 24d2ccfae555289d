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

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where there is one, `AWS_SESSION_TOKEN`; without the white space that files with
/// lines of Windows leave behind them. The name of the one that holds what no key has, as nothing that is sent may.
pub(super) fn credentials() -> Result<Option<Credentials>, &'static str> {
    let key = |name: &'static str| match text(name).map(|value| value.trim().to_owned()) {
        Some(value) if value.chars().all(|char| char.is_ascii_graphic()) => {
            Ok((!value.is_empty()).then_some(value))
        }
        Some(_) => Err(name),
        None => Ok(None),
    };
    let (id, secret) = (key("AWS_ACCESS_KEY_ID")?, key("AWS_SECRET_ACCESS_KEY")?);
    let session_token = key("AWS_SESSION_TOKEN")?.map(|token| Secret::new(&token));
    Ok(id.zip(secret).map(|(access_key_id, secret)| Credentials {
        access_key_id,
        secret_access_key: Secret::new(&secret),
        session_token,
    }))
}

/// Where to keep what survives a crash: `VITRINE_STATE_DIR`, from here if it is no absolute path; else below `XDG_STATE_HOME`, which
/// counts only as an absolute path (XDG Base Directory Specification), else below `HOME`.
pub(super) fn state_dir() -> Option<PathBuf> {
    let below = |name: &str, rest: &str| {
        let dir = env::var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute());
        dir.map(|dir| dir.join(rest))
    };
    match text("VITRINE_STATE_DIR") {
        Some(dir) => std::path::absolute(dir).ok(),
        None => below("XDG_STATE_HOME", "vitrine").or_else(|| below("HOME", ".local/state/vitrine")),
    }
}

/// Whether the terminal can neither colour nor go back in a line.
pub(super) fn is_dumb() -> bool {
    text("TERM").is_some_and(|term| term == "dumb")
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
