//! Shows how far a copy or a check is: a live line on a terminal, JSON events, or nothing.

use super::live::{Drawn, Live};
use super::output::{Output, printable};
use indicatif::{BinaryBytes, HumanCount, HumanDuration};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vitrine::progress::{Event, Progress};
use vitrine::reading::Counts;
use vitrine::reading::counts::Counted;

/// Shows counts now and then, and files and retries when asked to.
pub(super) struct ReadingDisplay {
    output: Output,
    word: &'static str,
    live: Live,
    counts: Arc<Counts>,
    began: Instant,
}

impl ReadingDisplay {
    /// A display that says `word`, such as `copying`.
    pub(super) fn new(output: Output, word: &'static str, counts: Arc<Counts>) -> Self {
        Self { live: Live::new(output.clone()), output, word, counts, began: Instant::now() }
    }

    /// Draws from now on.
    pub(super) fn start(self: &Arc<Self>) {
        self.live.start(Arc::clone(self));
    }

    /// Removes the live line.
    pub(super) fn finish(&self) {
        self.live.finish();
    }
}

impl Drawn for ReadingDisplay {
    fn line(&self) -> String {
        line(self.word, self.counts.now(), self.began.elapsed())
    }

    fn counts(&self) -> Value {
        let now = self.counts.now();
        json!({
            "event": "progress",
            "files_done": now.files,
            "files_total": now.files_all,
            "bytes_done": now.bytes,
            "bytes_total": now.bytes_all,
            "bytes_fetched": now.fetched,
        })
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
                self.live.say_one_of_many(format!("{how} {} ({})", printable(path), BinaryBytes(bytes)));
            }
            Event::Retrying { what, attempts } => {
                if self.output.json {
                    self.live.event(json!({ "event": "retrying", "error": what, "attempts": attempts }));
                }
                if self.output.is_verbose() {
                    self.live.say(format!("trying again (attempt {attempts} failed): {}", printable(what)));
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
