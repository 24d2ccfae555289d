//! Shows what the library says it does: a live line on a terminal, JSON events, or nothing.

use super::live::{Drawn, Live};
use super::output::{Output, printable};
use indicatif::{BinaryBytes, HumanCount, HumanDuration};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use vitrine::progress::{Event, Phase, Progress};
use vitrine_protocol::ShareId;

/// Counts what happens, and shows the counts now and then.
pub(super) struct Display {
    output: Output,
    live: Live,
    phase: Mutex<Current>,
    found_files: AtomicU64,
    found_bytes: AtomicU64,
    done_files: AtomicU64,
    hashed_bytes: AtomicU64,
    sent_bytes: AtomicU64,
    known_bytes: AtomicU64,
    queued_files: AtomicU64,
    queued_bytes: AtomicU64,
    scanned: AtomicBool,
    created: OnceLock<ShareId>,
    /// What a dry run would send, for the last JSON line; people are told each as it comes.
    would_send: Mutex<Vec<(String, u64)>>,
    /// Why standard output did not take such a line.
    unwritten: Mutex<Option<io::Error>>,
}

#[derive(Clone, Copy)]
struct Current {
    phase: Option<Phase>,
    since: Instant,
}

impl Display {
    pub(super) fn new(output: Output) -> Self {
        let phase = Mutex::new(Current { phase: None, since: Instant::now() });
        let zero = || AtomicU64::new(0);
        Self {
            live: Live::new(output.clone()),
            output,
            phase,
            found_files: zero(),
            found_bytes: zero(),
            done_files: zero(),
            hashed_bytes: zero(),
            sent_bytes: zero(),
            known_bytes: zero(),
            queued_files: zero(),
            queued_bytes: zero(),
            scanned: AtomicBool::new(false),
            created: OnceLock::new(),
            would_send: Mutex::default(),
            unwritten: Mutex::default(),
        }
    }

    /// Draws from now on.
    pub(super) fn start(self: &Arc<Self>) {
        self.live.start(Arc::clone(self));
    }

    /// Removes the live line.
    pub(super) fn finish(&self) {
        self.live.finish();
    }

    /// Asks a person; `None` where nobody can be asked.
    pub(super) fn ask<T: Send + 'static>(&self, question: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        self.live.ask(question)
    }

    /// What a dry run would send, by path, where it is to be told at the end; fails when what was to be told on the way could
    /// not be.
    pub(super) fn take_would_send(&self) -> io::Result<Vec<(String, u64)>> {
        if let Some(error) = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(error);
        }
        let mut list = std::mem::take(&mut *self.would_send.lock().unwrap_or_else(PoisonError::into_inner));
        list.sort();
        Ok(list)
    }

    fn would_send(&self, path: &str, bytes: u64) {
        if self.output.json {
            let mut list = self.would_send.lock().unwrap_or_else(PoisonError::into_inner);
            return list.push((path.to_owned(), bytes));
        }
        let line = format!("would send {} ({})", printable(path), BinaryBytes(bytes));
        // Each line is told, whatever time that takes: so others get this thread's place meanwhile.
        let told = tokio::task::block_in_place(|| self.live.wait_for(move || Output::data(&line)));
        if let Some(Err(error)) = told {
            self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// The share that was made by this publish.
    pub(super) fn created(&self) -> Option<ShareId> {
        self.created.get().copied()
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far the long phase is.
#[derive(Clone, Copy)]
struct Sending {
    /// Files done, and files in all.
    files: (u64, u64),
    /// Bytes that need nothing more (sent, or found to be stored already), and bytes in all.
    bytes: (u64, u64),
    /// Bytes that were read and hashed.
    hashed: u64,
    /// Files and bytes that the scan met, while it goes on.
    found: Option<(u64, u64)>,
    took: Duration,
}

fn scanning((files, bytes): (u64, u64)) -> String {
    format!("scanning: {} files, {}", HumanCount(files), BinaryBytes(bytes))
}

impl Sending {
    /// What one file costs beside its bytes, in bytes: a thousand tiny files take as long as one large one.
    const PER_FILE: u64 = 64 * 1024;

    /// The time left, once there is something to judge by.
    fn left(self) -> Option<Duration> {
        let work = |files: u64, bytes: u64| files.saturating_mul(Self::PER_FILE).saturating_add(bytes);
        let (done, all) = (work(self.files.0, self.bytes.0), work(self.files.1, self.bytes.1));
        #[expect(clippy::cast_precision_loss, reason = "an estimate for the eye")]
        let share = done as f64 / all.max(1) as f64;
        // While the scan goes on there may be any amount of work still.
        let judgeable =
            self.found.is_none() && self.took > Duration::from_secs(2) && share > 0.01 && share < 1.0;
        judgeable.then(|| self.took.mul_f64(((1.0 - share) / share).min(1e6)))
    }

    fn line(self) -> String {
        let Self { files, bytes, hashed, found, took } = self;
        let mut line = found.map(|found| scanning(found) + "; ").unwrap_or_default();
        if found.is_some() && files.1 == 0 {
            line.push_str("nothing changed so far");
            return line;
        }
        let _ = write!(
            line,
            "sending: {}/{} files, {} of {}",
            HumanCount(files.0),
            HumanCount(files.1),
            BinaryBytes(bytes.0.min(bytes.1)),
            BinaryBytes(bytes.1)
        );
        if hashed > bytes.0 {
            let _ = write!(line, " ({} read)", BinaryBytes(hashed));
        }
        let _ = write!(line, ", {}/s", BinaryBytes(bytes.0 / took.as_secs().max(1)));
        if let Some(left) = self.left() {
            let _ = write!(line, ", {} left", HumanDuration(left));
        }
        line
    }
}

impl Drawn for Display {
    fn line(&self) -> String {
        let Current { phase, since } = *self.current();
        let count = |value: &AtomicU64| value.load(Ordering::Relaxed);
        let found = (count(&self.found_files), count(&self.found_bytes));
        match phase {
            Some(Phase::Scan) => scanning(found),
            Some(Phase::Send) => Sending {
                files: (count(&self.done_files), count(&self.queued_files)),
                bytes: (count(&self.sent_bytes) + count(&self.known_bytes), count(&self.queued_bytes)),
                hashed: count(&self.hashed_bytes),
                found: (!self.scanned.load(Ordering::Relaxed)).then_some(found),
                took: since.elapsed(),
            }
            .line(),
            Some(phase) => phase.word().to_owned(),
            None => String::new(),
        }
    }

    fn counts(&self) -> Value {
        let Current { phase, .. } = *self.current();
        let count = |value: &AtomicU64| value.load(Ordering::Relaxed);
        json!({
            "event": "progress",
            "phase": phase,
            "found_files": count(&self.found_files),
            "found_bytes": count(&self.found_bytes),
            "files_done": count(&self.done_files),
            "files_total": count(&self.queued_files),
            "bytes_hashed": count(&self.hashed_bytes),
            "bytes_total": count(&self.queued_bytes),
            "scanned": self.scanned.load(Ordering::Relaxed),
            "bytes_sent": count(&self.sent_bytes),
        })
    }
}

impl Progress for Display {
    fn on(&self, event: Event<'_>) {
        let add = |value: &AtomicU64, more: u64| value.fetch_add(more, Ordering::Relaxed);
        match event {
            Event::Began { phase } => {
                *self.current() = Current { phase: Some(phase), since: Instant::now() };
                if self.output.json {
                    self.live.event(json!({ "event": "phase", "phase": phase }));
                }
            }
            Event::Queued { bytes } => {
                add(&self.queued_files, 1);
                add(&self.queued_bytes, bytes);
            }
            Event::Scanned => self.scanned.store(true, Ordering::Relaxed),
            Event::Found { files, bytes } => {
                add(&self.found_files, files);
                add(&self.found_bytes, bytes);
            }
            Event::Hashed { bytes } => {
                add(&self.hashed_bytes, bytes);
            }
            Event::WouldSend { path, bytes } => self.would_send(path, bytes),
            Event::Reused { bytes } => {
                add(&self.known_bytes, bytes);
            }
            Event::Sent { bytes } => {
                add(&self.sent_bytes, bytes);
            }
            Event::Done { path, bytes, sent } => {
                add(&self.done_files, 1);
                if !sent {
                    add(&self.known_bytes, bytes);
                }
                if sent && self.output.is_verbose() {
                    self.live.say_one_of_many(format!("sent {} ({})", printable(path), BinaryBytes(bytes)));
                }
            }
            Event::Retrying { what, attempts } => {
                if self.output.json {
                    self.live.event(json!({ "event": "retrying", "error": what, "attempts": attempts }));
                }
                if self.output.is_verbose() {
                    self.live.say(format!("trying again (attempt {attempts} failed): {}", printable(what)));
                }
            }
            Event::Share { share_id, created } => {
                if created {
                    let _ = self.created.set(share_id);
                }
                if self.output.json {
                    self.live.event(json!({ "event": "share", "share_id": share_id, "created": created }));
                }
                if self.output.is_verbose() && created {
                    self.live.say(format!("made the share {share_id}"));
                }
            }
            Event::StopDeferred => {
                if self.output.json {
                    self.live.event(json!({ "event": "stop_deferred" }));
                }
                self.live.say("Interrupted in the middle of the commit: waiting for its answer. Interrupt again to stop at once.".to_owned());
            }
            Event::Note { text } => {
                if self.output.json {
                    self.live.event(json!({ "event": "note", "text": text }));
                }
                self.live.say(format!("note: {}", printable(text)));
            }
            Event::Base { manifest_id } => {
                if self.output.json {
                    self.live.event(json!({ "event": "base", "manifest_id": manifest_id }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_honest_about_tiny_files_and_large_ones() {
        let mib = 1 << 20;
        let line = |files, bytes, hashed, took| {
            Sending { files, bytes, hashed, found: None, took: Duration::from_secs(took) }.line()
        };
        let scanning = |files, bytes| {
            let found = Some((70_000, 900 * mib));
            Sending { files, bytes, hashed: 0, found, took: Duration::from_secs(9) }.line()
        };
        let lines = [
            scanning((0, 0), (0, 0)),
            scanning((250, 400), (3 * mib, 5 * mib)),
            line((0, 5000), (0, 300 * mib), 40 * mib, 1),
            line((250, 5000), (1000, 300 * mib), 300 * mib, 10),
            line((4999, 5000), (150 * mib, 300 * mib), 300 * mib, 60),
            line((5000, 5000), (300 * mib, 300 * mib), 300 * mib, 90),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"
        scanning: 70,000 files, 900.00 MiB; nothing changed so far
        scanning: 70,000 files, 900.00 MiB; sending: 250/400 files, 3.00 MiB of 5.00 MiB, 341.33 KiB/s
        sending: 0/5,000 files, 0 B of 300.00 MiB (40.00 MiB read), 0 B/s
        sending: 250/5,000 files, 1000 B of 300.00 MiB (300.00 MiB read), 100 B/s, 6 minutes left
        sending: 4,999/5,000 files, 150.00 MiB of 300.00 MiB (300.00 MiB read), 2.50 MiB/s, 19 seconds left
        sending: 5,000/5,000 files, 300.00 MiB of 300.00 MiB, 3.33 MiB/s
        ");
    }
}
