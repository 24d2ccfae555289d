//! What an agent says of itself: reports, how far its jobs are, and a last word.

use super::{Agent, Hand};
use std::time::Duration;
use tokio::time::Instant;
use vitrine_protocol::api::{HostReport, JobOrder, JobProgress, PublishProgress};

/// How long the last report waits for its answer. Without one, the next start tells the ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long the list of projects is good for: it is for people, and a large root takes a while to list.
const LIST_FOR: Duration = Duration::from_mins(1);

impl Agent {
    /// Says everything; returns when.
    pub(super) fn report(&mut self) -> Instant {
        let now = Instant::now();
        let (root, hands) = (&self.tools.projects, &self.hands);
        let listed = match self.listed.take().filter(|(at, _)| at.elapsed() < LIST_FOR) {
            Some(listed) => listed,
            None => (now, root.list()),
        };
        let progress = |job| {
            hands
                .get(&job)
                .map_or_else(JobProgress::default, |hand| hand.gauge.read(std::time::Instant::now()))
        };
        let report = HostReport {
            boot_id: self.boot_id.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capacity: if self.is_draining { 0 } else { self.tools.settings.jobs },
            free_bytes: root.free(),
            projects: listed.1.clone(),
            jobs: self.book.reports(progress),
        };
        self.listed = Some(listed);
        self.is_answered = false;
        // The line is gone only when we are.
        let _ = self.reports.send(report);
        now
    }

    pub(super) fn tell_progress(&mut self) {
        for (job_id, hand) in &mut self.hands {
            let progress = hand.gauge.read(std::time::Instant::now());
            if progress == hand.told {
                continue;
            }
            hand.told = progress;
            let Hand { order: JobOrder { share_id, attempt, .. }, .. } = hand;
            let far =
                PublishProgress { share_id: *share_id, job_id: Some(*job_id), attempt: *attempt, progress };
            // What finds no room is older than what comes next.
            let _ = self.progress.try_send(far);
        }
    }

    /// Tells the last ends, and waits a little until they are recorded.
    pub(super) async fn farewell(&mut self) {
        self.report();
        let ends = Instant::now() + FAREWELL;
        while self.is_heard && (self.book.has_ended() || !self.is_answered) {
            match tokio::time::timeout_at(ends, self.heard.recv()).await {
                Ok(Some(heard)) => {
                    if self.take(heard) {
                        self.report();
                    }
                }
                Ok(None) | Err(_) => break,
            }
        }
        self.line.shutdown().await;
        tracing::info!("the agent ends");
    }
}
