//! How far one job is, in the numbers that travel: fed by the engine's events or a copy's counts, read twice a second.

use crate::progress::{Event, Phase as Step, Progress};
use crate::reading::Counts;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use vitrine_protocol::api::{JobProgress, Phase};

/// The rate is what came within this time: short enough to show a stall, long enough not to flicker.
const WINDOW: Duration = Duration::from_secs(5);

/// One job's numbers.
#[derive(Default)]
pub struct Gauge {
    phase: AtomicU8,
    found: AtomicU64,
    queued: AtomicU64,
    done: AtomicU64,
    bytes_queued: AtomicU64,
    bytes_known: AtomicU64,
    bytes_sent: AtomicU64,
    /// A copy counts for itself.
    counts: Arc<Counts>,
    samples: Mutex<VecDeque<(Instant, u64)>>,
}

impl Gauge {
    /// What a copy counts with.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// A phase begins. A publish that runs another round stays where it was.
    pub fn begin(&self, phase: Phase) {
        self.phase.store(number(phase), Ordering::Relaxed);
    }

    /// The numbers of now. Whoever asks takes a sample for the rate.
    pub fn read(&self, now: Instant) -> JobProgress {
        let load = |value: &AtomicU64| value.load(Ordering::Relaxed);
        let phase = phase(self.phase.load(Ordering::Relaxed));
        let (files_done, files_total, bytes_done, bytes_total, moved) = if phase == Phase::Download {
            let counted = self.counts.now();
            (counted.files, counted.files_all, counted.bytes, counted.bytes_all, counted.fetched)
        } else {
            let (found, sent) = (load(&self.found), load(&self.bytes_sent));
            // A file that is not queued is as published: nothing is left to do for it.
            let waiting = load(&self.queued).saturating_sub(load(&self.done));
            let total = load(&self.bytes_queued).saturating_sub(load(&self.bytes_known)).max(sent);
            (found.saturating_sub(waiting), found, sent, total, sent)
        };
        let bytes_per_second = self.rate(now, moved);
        JobProgress { phase, files_done, files_total, bytes_done, bytes_total, bytes_per_second }
    }

    fn rate(&self, now: Instant, moved: u64) -> u64 {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.push_back((now, moved));
        // One that is older than the window stays, so that it is covered.
        while samples.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            samples.pop_front();
        }
        let Some((at, before)) = samples.front().copied() else { return 0 };
        let millis = u64::try_from(now.duration_since(at).as_millis()).unwrap_or(u64::MAX);
        moved.saturating_sub(before).saturating_mul(1000).checked_div(millis).unwrap_or(0)
    }
}

impl Progress for Gauge {
    fn on(&self, event: Event<'_>) {
        let add = |value: &AtomicU64, more: u64| value.fetch_add(more, Ordering::Relaxed);
        match event {
            Event::Began { phase: Step::Scan | Step::Begin } => self.begin(Phase::Scan),
            Event::Began { phase: Step::Send } => self.begin(Phase::Upload),
            Event::Began { phase: Step::Commit } => self.begin(Phase::Commit),
            Event::Found { files, .. } => drop(add(&self.found, files)),
            Event::Queued { bytes } => {
                add(&self.queued, 1);
                add(&self.bytes_queued, bytes);
            }
            Event::Done { bytes, sent, .. } => {
                add(&self.done, 1);
                if !sent {
                    add(&self.bytes_known, bytes);
                }
            }
            Event::Reused { bytes } => drop(add(&self.bytes_known, bytes)),
            Event::Sent { bytes } => drop(add(&self.bytes_sent, bytes)),
            Event::Retrying { what, attempts } => tracing::info!(attempts, "trying again: {what}"),
            Event::Note { text } => tracing::info!("{text}"),
            _ => {}
        }
    }
}

const PHASES: [Phase; 5] = [Phase::Prepare, Phase::Scan, Phase::Upload, Phase::Commit, Phase::Download];

fn number(phase: Phase) -> u8 {
    let at = PHASES.iter().position(|known| *known == phase).unwrap_or(0);
    u8::try_from(at).unwrap_or(0)
}

fn phase(number: u8) -> Phase {
    PHASES.get(usize::from(number)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_is_told_in_files_bytes_and_a_rate() {
        let (gauge, start) = (Gauge::default(), Instant::now());
        assert_eq!(gauge.read(start), JobProgress::default());
        gauge.on(Event::Began { phase: Step::Send });
        gauge.on(Event::Found { files: 10, bytes: 1000 });
        for _ in 0..3 {
            gauge.on(Event::Queued { bytes: 100 });
        }
        gauge.on(Event::Done { path: "a", bytes: 100, sent: false });
        gauge.on(Event::Sent { bytes: 150 });
        let read = gauge.read(start + Duration::from_secs(1));
        assert_eq!((read.phase, read.files_done, read.files_total), (Phase::Upload, 8, 10));
        assert_eq!((read.bytes_done, read.bytes_total, read.bytes_per_second), (150, 200, 150));
        for second in 2..20 {
            gauge.read(start + Duration::from_secs(second));
        }
        assert_eq!(gauge.read(start + Duration::from_secs(20)).bytes_per_second, 0, "a stall shows");
    }

    #[test]
    fn a_copy_is_told_by_its_counts() {
        let gauge = Gauge::default();
        gauge.begin(Phase::Download);
        gauge.counts().expect(2, 20);
        gauge.counts().file();
        gauge.counts().bytes(7);
        let read = gauge.read(Instant::now());
        assert_eq!((read.files_done, read.files_total, read.bytes_done, read.bytes_total), (1, 2, 7, 20));
    }
}
