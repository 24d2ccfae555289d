//! The books of the control plane: which jobs there are, which attempt of each is whose, and what a report is answered with.
//!
//! Level-triggered, like the real one: an answer says all that the host should do, whatever was said before.

use std::collections::BTreeMap;
use vitrine_protocol::api::{HostOrders, HostReport, JobOrder, JobProgress, JobStatus, StopOrder};
use vitrine_protocol::{JobId, ShareId};

/// Where a job is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stand {
    Queued,
    Running(Option<JobProgress>),
    Ended(JobStatus),
}

#[derive(Debug)]
pub(crate) struct Entry {
    order: JobOrder,
    stand: Stand,
    canceled: bool,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Books {
    entries: BTreeMap<JobId, Entry>,
    pub(crate) reports: Vec<HostReport>,
    /// Whether ends are recorded.
    pub(crate) settles: bool,
    /// What hosts are told to give up after.
    pub(crate) give_up_after_ms: u64,
    kept: Option<JobId>,
}

impl Default for Books {
    fn default() -> Self {
        let (entries, reports) = (BTreeMap::new(), Vec::new());
        Self { entries, reports, settles: true, give_up_after_ms: 60_000, kept: None }
    }
}

impl Books {
    pub(crate) fn add(&mut self, order: JobOrder) {
        self.entries.insert(order.job_id, Entry { order, stand: Stand::Queued, canceled: false });
    }

    pub(crate) fn cancel(&mut self, job: JobId) {
        self.entries.get_mut(&job).unwrap().canceled = true;
    }

    /// Takes the job from whoever has it, as when a host is silent for too long.
    pub(crate) fn take_back(&mut self, job: JobId) {
        let entry = self.entries.get_mut(&job).unwrap();
        entry.stand = Stand::Queued;
    }

    /// A host that starts anew has not lost this one, as far as anyone knows.
    pub(crate) fn keep_running(&mut self, job: JobId) {
        self.kept = Some(job);
    }

    /// How the job stands, and its attempt.
    pub(crate) fn stand(&self, job: JobId) -> (Stand, u32) {
        let entry = self.entries.get(&job).unwrap();
        (entry.stand.clone(), entry.order.attempt)
    }

    /// The share of a job.
    pub(crate) fn share(&self, job: JobId) -> ShareId {
        self.entries.get(&job).unwrap().order.share_id
    }

    /// Whether that hand-out is the one at work.
    pub(crate) fn is_at_work(&self, job: JobId, attempt: u32) -> bool {
        self.entries
            .get(&job)
            .is_some_and(|entry| entry.order.attempt == attempt && matches!(entry.stand, Stand::Running(_)))
    }

    /// Takes a report and answers it.
    pub(crate) fn answer(&mut self, report: &HostReport) -> HostOrders {
        if self.reports.last().is_some_and(|last| last.boot_id != report.boot_id) {
            for (job, entry) in &mut self.entries {
                let lost = matches!(entry.stand, Stand::Running(_)) && self.kept != Some(*job);
                if lost {
                    entry.stand = Stand::Queued;
                }
            }
        }
        self.reports.push(report.clone());
        self.orders(report)
    }

    /// The orders for a host that has said `report`.
    pub(crate) fn orders(&mut self, report: &HostReport) -> HostOrders {
        let mut orders = HostOrders {
            report_within_ms: 600,
            give_up_after_ms: self.give_up_after_ms,
            ..HostOrders::default()
        };
        for said in &report.jobs {
            let Some(entry) = self.entries.get_mut(&said.job_id) else {
                orders.settled.push(said.job_id);
                continue;
            };
            let current = entry.order.attempt == said.attempt && entry.stand != Stand::Queued;
            let is_open = !matches!(entry.stand, Stand::Ended(_));
            match (&said.status, current) {
                (_, false) => orders.stop.push(StopOrder {
                    job_id: said.job_id,
                    attempt: said.attempt,
                    canceled: false,
                }),
                (JobStatus::Running(progress), true) if is_open => {
                    entry.stand = Stand::Running(Some(*progress));
                }
                (JobStatus::Running(_), true) => {}
                (status, true) if self.settles => {
                    if is_open {
                        entry.stand = Stand::Ended(status.clone());
                    }
                    orders.settled.push(said.job_id);
                }
                _ => {}
            }
        }
        self.hand_out(report, &mut orders);
        orders
    }

    fn hand_out(&mut self, report: &HostReport, orders: &mut HostOrders) {
        let running = |stand: &Stand| matches!(stand, Stand::Running(_));
        let mut room = report.capacity as usize;
        room = room.saturating_sub(self.entries.values().filter(|entry| running(&entry.stand)).count());
        for entry in self.entries.values_mut() {
            let StopOrder { job_id, attempt, .. } =
                StopOrder { job_id: entry.order.job_id, attempt: entry.order.attempt, canceled: true };
            if entry.canceled && running(&entry.stand) {
                orders.stop.push(StopOrder { job_id, attempt, canceled: true });
            } else if running(&entry.stand) && !report.jobs.iter().any(|said| said.job_id == job_id) {
                orders.run.push(entry.order.clone());
            } else if entry.stand == Stand::Queued && room > 0 {
                room -= 1;
                entry.order.attempt += 1;
                entry.stand = Stand::Running(None);
                orders.run.push(entry.order.clone());
            }
        }
    }
}
