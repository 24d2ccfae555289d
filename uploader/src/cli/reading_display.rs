//! Shows how far a copy or a check is: a live line on a terminal, JSON events, or nothing.

use super::output::{Output, printable};
use indicatif::{BinaryBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vitrine::progress::{Event, Progress};
use vitrine::reading::Counts;
use vitrine::reading::counts::Counted;

/// How often the line is drawn: smooth to the eye.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// A JSON event of progress is written every so many draws: twice a second.
const EVENT_EVERY: u32 = 5;

/// What is over before this draws nothing.
const QUIET_START: Duration = Duration::from_millis(250);

/// Shows counts now and then, and files and retries when asked to.
pub(super) struct ReadingDisplay {
    output: Output,
    word: &'static str,
    bar: Option<ProgressBar>,
    counts: Arc<Counts>,
    began: Instant,
}

impl ReadingDisplay {
    /// A display that says `word`, such as `copying`.
    pub(super) fn new(output: Output, word: &'static str, counts: Arc<Counts>) -> Self {
        let bar = (output.terminal && !output.is_quiet()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar
        });
        Self { output, word, bar, counts, began: Instant::now() }
    }

    /// Draws for ever.
    pub(super) async fn tick(&self) {
        tokio::time::sleep(QUIET_START).await;
        let mut ticks = 0_u32;
        loop {
            let now = self.counts.now();
            if let Some(bar) = &self.bar {
                bar.set_message(line(self.word, now, self.began.elapsed()));
                bar.tick();
            }
            if self.output.json && ticks.is_multiple_of(EVENT_EVERY) {
                _ = Output::event(&json!({
                    "event": "progress",
                    "files_done": now.files,
                    "files_total": now.files_all,
                    "bytes_done": now.bytes,
                    "bytes_total": now.bytes_all,
                    "bytes_fetched": now.fetched,
                }));
            }
            ticks = ticks.wrapping_add(1);
            tokio::time::sleep(DRAW_EVERY).await;
        }
    }

    /// Removes the live line.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Prints a line above the live one.
    fn note(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.output.status(line)),
            None => self.output.status(line),
        }
    }
}

/// The live line.
fn line(word: &str, now: Counted, took: Duration) -> String {
    if now.bytes_all == 0 && now.files_all == 0 {
        return format!("{word}: reading the folders, {}", BinaryBytes(now.fetched));
    }
    let done = now.bytes.min(now.bytes_all);
    let mut line = format!(
        "{word}: {}/{} files, {} of {}, {}/s",
        HumanCount(now.files),
        HumanCount(now.files_all),
        BinaryBytes(done),
        BinaryBytes(now.bytes_all),
        BinaryBytes(now.fetched / took.as_secs().max(1)),
    );
    #[expect(clippy::cast_precision_loss, reason = "an estimate for the eye")]
    let share = done as f64 / now.bytes_all.max(1) as f64;
    if took > Duration::from_secs(2) && share > 0.01 && share < 1.0 {
        let left = took.mul_f64(((1.0 - share) / share).min(1e6));
        let _ = write!(line, ", {} left", HumanDuration(left));
    }
    line
}

impl Progress for ReadingDisplay {
    fn on(&self, event: Event<'_>) {
        match event {
            Event::Done { path, bytes, sent } if self.output.is_verbose() => {
                let how = if sent { "copied" } else { "taken from this machine:" };
                self.note(&format!("{how} {} ({})", printable(path), BinaryBytes(bytes)));
            }
            Event::Retrying { what, attempts } => {
                if self.output.json {
                    _ = Output::event(&json!({ "event": "retrying", "error": what, "attempts": attempts }));
                }
                if self.output.is_verbose() {
                    self.note(&format!("trying again (attempt {attempts} failed): {}", printable(what)));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_known() {
        let now = |files, bytes, bytes_all: u64| Counted {
            files,
            bytes,
            fetched: bytes,
            files_all: 3 * bytes_all.min(1),
            bytes_all,
        };
        let lines = [
            line("copying", now(0, 1000, 0), Duration::from_secs(1)),
            line("copying", now(1, 1 << 20, 4 << 20), Duration::from_secs(1)),
            line("checking", now(2, 1 << 20, 4 << 20), Duration::from_secs(10)),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"
        copying: reading the folders, 1000 B
        copying: 1/3 files, 1.00 MiB of 4.00 MiB, 1.00 MiB/s
        checking: 2/3 files, 1.00 MiB of 4.00 MiB, 102.40 KiB/s, 30 seconds left
        ");
    }
}
