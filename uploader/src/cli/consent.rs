//! Asks the person at the terminal about what should probably not be public; without one, `--yes` has to say it.

use super::display::Display;
use super::output::{Output, printable};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use vitrine::publish::consent::Consent;
use vitrine::scan::Suspect;

/// How many are named before the question.
const NAMED_MAX: usize = 20;

/// Who asks.
pub(super) struct Asker {
    output: Output,
    display: Arc<Display>,
    /// `--yes`, or a dry run: nothing is asked, everything is said.
    agreed: bool,
    /// Whether the person said yes to this and all that may come.
    all: Mutex<bool>,
}

impl Asker {
    pub(super) fn new(output: Output, display: Arc<Display>, agreed: bool) -> Self {
        Self { output, display, agreed, all: Mutex::new(false) }
    }
}

/// What a person answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    /// To this, and to all that may come.
    All,
    No,
}

/// Names the suspects and asks; without a terminal the answer is no.
fn question(output: &Output, lines: &[String]) -> Answer {
    for line in lines {
        output.warn(line);
    }
    if !(output.terminal && std::io::stdin().is_terminal()) {
        return Answer::No;
    }
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "Publish all the same? [y]es, yes to [a]ll, [N]o: ");
    let _ = stderr.flush();
    let mut answer = String::new();
    if std::io::stdin().lock().read_line(&mut answer).is_err() {
        return Answer::No;
    }
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        "a" | "all" => Answer::All,
        _ => Answer::No,
    }
}

impl Consent for Asker {
    fn ask(&self, suspects: &[Suspect]) -> bool {
        // Held while a person is asked: a second question waits for the answer to the first, which may be for all.
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if *all {
            return true;
        }
        let (output, lines) = (self.output.clone(), lines(suspects));
        if self.agreed {
            self.display.ask(move || lines.iter().for_each(|line| output.warn(line)));
            return true;
        }
        let answer = self.display.ask(move || question(&output, &lines)).unwrap_or(Answer::No);
        *all = answer == Answer::All;
        answer != Answer::No
    }
}

/// A line for each, up to a limit.
pub(super) fn lines(suspects: &[Suspect]) -> Vec<String> {
    let mut lines: Vec<String> = suspects.iter().take(NAMED_MAX).map(line).collect();
    if let Some(more) = suspects.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
        lines.push(format!("{more} more like these"));
    }
    lines
}

fn line(suspect: &Suspect) -> String {
    match suspect {
        Suspect::File { path, caution, .. } => {
            format!("`{}` looks like {}. {}", printable(&path.to_string()), caution.what(), caution.why())
        }
        Suspect::Rule { dir, rule } => {
            let file =
                if dir.is_root() { ".vitrineignore".to_owned() } else { format!("{dir}/.vitrineignore") };
            let (file, rule) = (printable(&file), printable(&rule.to_string()));
            format!("`{file}`, {rule}. What the line was to leave out would be published")
        }
    }
}
