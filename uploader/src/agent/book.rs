//! What the agent has in hand, and what an order or an end makes of it. Pure: no clock, no disk, no network.
//!
//! Orders say all that the host should do and reports say all that it knows, so everything here may come twice, late, or not
//! at all. A job is in the book from its order until the server has recorded its end; only one attempt of a job is ever at
//! work. Whatever is not understood from an order is left, because the next one says it again.

use std::collections::BTreeMap;
use vitrine_protocol::JobId;
use vitrine_protocol::api::{
    HostOrders, JobError, JobOrder, JobProgress, JobReport, JobResult, JobStatus, StopOrder,
};

/// How a job's work ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done(JobResult),
    /// It failed by itself.
    Failed {
        /// Why.
        error: JobError,
        /// Whether another attempt may go better.
        retry: bool,
    },
    /// It was told to stop, and did.
    Stopped,
}

/// Why a job was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Somebody asked for it.
    Canceled,
    /// It is another's, or the host may not act any more: its end is nobody's business.
    NotOurs,
    /// No answer came for so long that it is another's by now, unless an order says that it is not.
    GivenUp { named: bool },
    /// The agent ends.
    Draining,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Running,
    Stopping(Why),
    /// `told`: whether reports say it.
    Ended {
        status: JobStatus,
        told: bool,
    },
}

/// The attempt that comes when the one that is stopping has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Run(JobOrder),
    Canceled(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    attempt: u32,
    stage: Stage,
    next: Option<Next>,
}

impl Entry {
    fn new(attempt: u32, stage: Stage) -> Self {
        Self { attempt, stage, next: None }
    }
}

/// The server takes so many jobs in a report; those that run come first.
const REPORTED_MAX: usize = 200;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Begin the job.
    Start(JobOrder),
    /// Tell its work to stop.
    Stop(JobId),
    /// Nobody will ask for what was remembered of it.
    Forget(JobId),
}

/// All jobs in hand.
#[derive(Debug, Default)]
pub struct Book(BTreeMap<JobId, Entry>);

impl Book {
    /// Begins with the ends that an earlier start has not got rid of.
    pub fn with_ended(ended: Vec<JobReport>) -> Self {
        let entry = |report: JobReport| {
            let stage = Stage::Ended { status: report.status, told: true };
            (report.job_id, Entry::new(report.attempt, stage))
        };
        Self(ended.into_iter().map(entry).collect())
    }

    /// How many jobs are at work, those that are stopping included.
    pub fn working(&self) -> usize {
        self.0.values().filter(|entry| !matches!(entry.stage, Stage::Ended { .. })).count()
    }

    /// Whether some end still waits to be recorded.
    pub fn has_ended(&self) -> bool {
        self.0.values().any(|entry| matches!(entry.stage, Stage::Ended { told: true, .. }))
    }

    /// Takes orders; `capacity` is how many jobs may be at work.
    pub fn obey(&mut self, orders: &HostOrders, capacity: u32) -> Vec<Act> {
        let mut acts = Vec::new();
        for job in &orders.settled {
            if let Some(Entry { stage: Stage::Ended { status, .. }, .. }) = self.0.get(job) {
                // A job that is tried again goes on with what was remembered of it.
                if !matches!(status, JobStatus::Failed { retry: true, .. }) {
                    acts.push(Act::Forget(*job));
                }
                self.0.remove(job);
            }
        }
        for stop in &orders.stop {
            acts.extend(self.stop(*stop));
        }
        for order in &orders.run {
            acts.extend(self.run(order, capacity));
        }
        acts
    }

    fn stop(&mut self, stop: StopOrder) -> Option<Act> {
        let StopOrder { job_id, attempt, canceled } = stop;
        let why = if canceled { Why::Canceled } else { Why::NotOurs };
        let Some(entry) = self.0.get_mut(&job_id) else {
            // Never begun, or lost with an earlier start: all that is left is to say so.
            if canceled {
                let stage = Stage::Ended { status: JobStatus::Canceled, told: true };
                self.0.insert(job_id, Entry::new(attempt, stage));
            }
            return None;
        };
        if matches!(&entry.next, Some(Next::Run(next)) if next.attempt == attempt) {
            entry.next = canceled.then_some(Next::Canceled(attempt));
        }
        if entry.attempt != attempt {
            return None;
        }
        match &mut entry.stage {
            Stage::Running => {
                entry.stage = Stage::Stopping(why);
                Some(Act::Stop(job_id))
            }
            Stage::Stopping(_) => {
                entry.stage = Stage::Stopping(why);
                None
            }
            Stage::Ended { told, .. } => {
                *told = true;
                if !canceled {
                    self.0.remove(&job_id);
                }
                None
            }
        }
    }

    fn run(&mut self, order: &JobOrder, capacity: u32) -> Option<Act> {
        let room = self.working() < capacity as usize;
        if let Some(entry) = self.0.get_mut(&order.job_id) {
            if order.attempt < entry.attempt {
                return None;
            }
            let newer = order.attempt > entry.attempt;
            match (&mut entry.stage, newer) {
                // Only one attempt is at work: the older ends first.
                (Stage::Running, true) => {
                    entry.stage = Stage::Stopping(Why::NotOurs);
                    entry.next = Some(Next::Run(order.clone()));
                    return Some(Act::Stop(order.job_id));
                }
                (Stage::Stopping(why), true) => {
                    *why = Why::NotOurs;
                    entry.next = Some(Next::Run(order.clone()));
                    return None;
                }
                (Stage::Stopping(Why::GivenUp { named }), false) => {
                    *named = true;
                    return None;
                }
                (Stage::Running | Stage::Stopping(_), _) => return None,
                (Stage::Ended { told, .. }, false) => {
                    *told = true;
                    return None;
                }
                (Stage::Ended { .. }, true) => {}
            }
        }
        room.then(|| {
            self.0.insert(order.job_id, Entry::new(order.attempt, Stage::Running));
            Act::Start(order.clone())
        })
    }

    /// A job's work has ended; another attempt of it may have waited for that, and is to be begun.
    pub fn ended(&mut self, job: JobId, outcome: Outcome) -> Option<JobOrder> {
        let entry = self.0.get_mut(&job)?;
        let why = match &entry.stage {
            Stage::Running => None,
            Stage::Stopping(why) => Some(*why),
            Stage::Ended { .. } => return None,
        };
        match entry.next.take() {
            None => {}
            Some(Next::Canceled(attempt)) => {
                *entry = Entry::new(attempt, Stage::Ended { status: JobStatus::Canceled, told: true });
                return None;
            }
            Some(Next::Run(order)) => {
                *entry = Entry::new(order.attempt, Stage::Running);
                return Some(order);
            }
        }
        let status = match (outcome, why) {
            (_, Some(Why::NotOurs)) | (Outcome::Stopped, Some(Why::GivenUp { .. }) | None) => None,
            (Outcome::Done(result), _) => Some(JobStatus::Succeeded(result)),
            // What fails while it is being stopped fails because of that, more often than not.
            (Outcome::Stopped | Outcome::Failed { .. }, Some(Why::Canceled)) => Some(JobStatus::Canceled),
            (Outcome::Stopped, Some(Why::Draining)) => Some(drained()),
            (Outcome::Failed { error, retry }, _) => Some(JobStatus::Failed { error, retry }),
        };
        match status {
            None => drop(self.0.remove(&job)),
            Some(status) => {
                let told = why != Some(Why::GivenUp { named: false });
                entry.stage = Stage::Ended { status, told };
            }
        }
        None
    }

    /// No answer came for too long: everything that runs is to be stopped.
    pub fn give_up(&mut self) -> Vec<JobId> {
        self.stop_running(Why::GivenUp { named: false })
    }

    /// The host was turned away.
    pub fn turned_away(&mut self) -> Vec<JobId> {
        self.stop_running(Why::NotOurs)
    }

    /// The agent ends.
    pub fn drain(&mut self) -> Vec<JobId> {
        self.stop_running(Why::Draining)
    }

    fn stop_running(&mut self, why: Why) -> Vec<JobId> {
        let mut stopped = Vec::new();
        for (job, entry) in &mut self.0 {
            entry.next = None;
            if entry.stage == Stage::Running {
                entry.stage = Stage::Stopping(why);
                stopped.push(*job);
            }
        }
        stopped
    }

    /// What a report says. A job that is stopping still runs, unless it is another's.
    pub fn reports(&self, progress: impl Fn(JobId) -> JobProgress) -> Vec<JobReport> {
        let report = |(job, entry): (&JobId, &Entry)| {
            let (job_id, waiting) = (*job, JobStatus::Running(JobProgress::default()));
            match &entry.next {
                Some(Next::Run(next)) => {
                    return Some(JobReport { job_id, attempt: next.attempt, status: waiting });
                }
                Some(Next::Canceled(attempt)) => {
                    return Some(JobReport { job_id, attempt: *attempt, status: JobStatus::Canceled });
                }
                None => {}
            }
            let status = match &entry.stage {
                Stage::Running | Stage::Stopping(Why::Canceled | Why::Draining) => {
                    JobStatus::Running(progress(*job))
                }
                Stage::Stopping(Why::GivenUp { named: true }) => JobStatus::Running(progress(*job)),
                Stage::Stopping(Why::NotOurs | Why::GivenUp { .. }) | Stage::Ended { told: false, .. } => {
                    return None;
                }
                Stage::Ended { status, .. } => status.clone(),
            };
            Some(JobReport { job_id, attempt: entry.attempt, status })
        };
        let reports = self.0.iter().filter_map(report);
        let (mut reports, ended): (Vec<_>, Vec<_>) =
            reports.partition(|report| matches!(report.status, JobStatus::Running(_)));
        reports.extend(ended);
        reports.truncate(REPORTED_MAX);
        reports
    }

    /// The ends that a restart must not lose.
    pub fn kept(&self) -> Vec<JobReport> {
        let mut reports = self.reports(|_| JobProgress::default());
        reports.retain(|report| !matches!(report.status, JobStatus::Running(_)));
        reports
    }
}

fn drained() -> JobStatus {
    let error = JobError {
        code: "host_gone".to_owned(),
        message: "The agent of the host was stopped in the middle of the job".to_owned(),
        hint: Some("It is begun again when the agent is back, and goes on where it was.".to_owned()),
    };
    JobStatus::Failed { error, retry: true }
}

#[cfg(test)]
mod tests;
