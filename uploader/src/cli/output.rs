//! The two streams, colours, and the shape of an error: `error:`, `caused by:`, `hint:`.

use super::args::ColorWhen;
use super::command_error::CommandError;
use super::environment;
use serde_json::{Value, json};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

/// Where the program writes. A stream that is closed is not an error: whoever closed it does not want to read.
#[derive(Debug, Clone)]
pub(super) struct Output {
    color: bool,
    volume: Volume,
    pub(super) json: bool,
    pub(super) terminal: bool,
}

/// How much is said to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Volume {
    /// Errors and warnings only.
    Quiet,
    /// The summary, too.
    Normal,
    /// Every file that is sent, too.
    Verbose,
}

#[derive(Clone, Copy)]
enum Paint {
    Red,
    Yellow,
    Cyan,
}

impl Output {
    pub(super) fn new(color: ColorWhen, volume: Volume, json: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let color = match color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => terminal && !environment::no_color() && !environment::is_dumb(),
        };
        Self { color, volume, json, terminal }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.volume == Volume::Quiet
    }

    pub(super) fn is_verbose(&self) -> bool {
        self.volume == Volume::Verbose
    }

    /// A line of data.
    pub(super) fn data(line: &str) -> io::Result<()> {
        unless_closed(writeln!(io::stdout(), "{line}"))
    }

    /// A line of JSON, at once: whoever reads follows along.
    pub(super) fn event(event: &Value) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        unless_closed(writeln!(stdout, "{event}").and_then(|()| stdout.flush()))
    }

    /// A line for people; none when quiet.
    pub(super) fn status(&self, line: &str) {
        if !self.is_quiet() {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    /// A line for people that matters even when quiet.
    pub(super) fn warn(&self, line: &str) {
        let _ = writeln!(io::stderr(), "{} {line}", self.label(Paint::Yellow, "warning:"));
    }

    /// Tells why the program failed: to people, and with `--json` to programs too.
    pub(super) fn fail(&self, error: &CommandError) {
        let _ = io::stderr().write_all(self.failure(error).as_bytes());
        if self.json {
            // The exit code says it in any case.
            let _ = Self::event(&json!({
                "event": "failed",
                "error": error.error.to_string(),
                "causes": causes(error.error.as_ref()),
                "hints": error.hints,
                "exit_code": error.exit_code() as u8,
            }));
        }
    }

    /// The text of an error.
    pub(super) fn failure(&self, error: &CommandError) -> String {
        let said = printable(&error.error.to_string());
        let mut text = format!("{} {said}\n", self.label(Paint::Red, "error:"));
        for cause in causes(error.error.as_ref()) {
            let _ = writeln!(text, "{} {}", self.label(Paint::Red, "caused by:"), printable(&cause));
        }
        for hint in &error.hints {
            let _ = writeln!(text, "{} {}", self.label(Paint::Cyan, "hint:"), printable(hint));
        }
        text
    }

    fn label(&self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Red => "31",
            Paint::Yellow => "33",
            Paint::Cyan => "36",
        };
        if self.color { format!("\u{1b}[1;{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Lets a closed stream pass; a full disk is an error.
pub(super) fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// A text that cannot steer a terminal: names of files and answers of servers may hold escape
/// sequences, and marks that turn the direction of what follows.
pub(super) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() || is_steering(char) {
            safe.extend(char.escape_default());
        } else {
            safe.push(char);
        }
    }
    safe
}

/// What draws nothing itself and turns around or hides what stands beside it: marks of direction, joiners, tags (Unicode's `Bidi_Control` and
/// what has no width).
fn is_steering(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The chain below an error, without links that say what the one above said.
fn causes(error: &dyn Error) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // The number of a system's error says nothing that its words do not.
        let text = text.split(" (os error").next().unwrap_or_default().to_owned();
        if !said.contains(&text) {
            causes.push(text.clone());
            said = text;
        }
        next = cause.source();
    }
    causes
}
