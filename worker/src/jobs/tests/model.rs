//! A model of hosts, networks and a database that fail at random: no job is lost, none runs twice at once, none stays running
//! for ever.

use super::{
    HostReport, JobReport, JobResult, JobStatus, TIMES, assign, cancel, copy_job, failed, host, project,
    publish_job, request, running, sweep, take, world,
};
use crate::database::native::{Fault, Native};
use crate::database::{Database as _, sql};
use crate::jobs::JobRow;
use crate::jobs::request::NewJob;
use proptest::prelude::*;
use std::collections::BTreeMap;
use vitrine_protocol::api::{HostOrders, JobState};
use vitrine_protocol::{JobId, ShareId};

/// What an agent does, as `vitrine agent` does it.
struct Agent {
    number: u8,
    boot: u32,
    /// When its last report was answered.
    answered: i64,
    held: BTreeMap<JobId, (u32, Option<JobStatus>, ShareId, bool)>,
}

impl Agent {
    fn report(&self) -> HostReport {
        let jobs = self.held.iter().map(|(job_id, (attempt, end, ..))| JobReport {
            job_id: *job_id,
            attempt: *attempt,
            status: end.clone().unwrap_or_else(running),
        });
        HostReport {
            jobs: jobs.collect(),
            ..super::report(&format!("{}-{}", self.number, self.boot), vec![])
        }
    }

    fn obey(&mut self, orders: HostOrders, now: i64) {
        self.answered = now;
        for job in orders.settled {
            if self.held.get(&job).is_some_and(|(_, end, ..)| end.is_some()) {
                self.held.remove(&job);
            }
        }
        for stop in orders.stop {
            if let Some(held) = self.held.get_mut(&stop.job_id).filter(|held| held.0 == stop.attempt) {
                if stop.canceled {
                    held.1.get_or_insert(JobStatus::Canceled);
                } else {
                    self.held.remove(&stop.job_id);
                }
            }
        }
        for order in orders.run {
            let publishes = matches!(order.work, vitrine_protocol::api::Work::Publish { .. });
            self.held.insert(order.job_id, (order.attempt, None, order.share_id, publishes));
        }
    }

    fn time_passes(&mut self, now: i64) {
        if now - self.answered >= TIMES.give_up() {
            self.held.retain(|_, held| held.1.is_some());
        }
    }

    fn restart(&mut self, now: i64) {
        self.boot += 1;
        self.answered = now;
        self.held.retain(|_, held| held.1.is_some());
    }

    fn end_one(&mut self, at: usize, status: &JobStatus) {
        let mut open: Vec<_> = self.held.values_mut().filter(|held| held.1.is_none()).collect();
        let count = open.len();
        if count > 0 {
            open[at % count].1 = Some(status.clone());
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Publish(u8),
    Copy(u8),
    /// A host reports: the report arrives or not, the database fails or not, the answer arrives or not.
    Report {
        at: usize,
        arrives: bool,
        fault: Option<bool>,
        answered: bool,
    },
    End {
        at: usize,
        which: usize,
        how: u8,
    },
    Restart(usize),
    Cancel(usize),
    Move(u8, usize),
    Wait(i64),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0u8..3).prop_map(Step::Publish),
        1 => (0u8..3).prop_map(Step::Copy),
        8 => (0usize..2, prop::bool::weighted(0.9), prop::option::weighted(0.15, any::<bool>()), prop::bool::weighted(0.85))
            .prop_map(|(at, arrives, fault, answered)| Step::Report { at, arrives, fault, answered }),
        3 => (0usize..2, 0usize..4, 0u8..4).prop_map(|(at, which, how)| Step::End { at, which, how }),
        1 => (0usize..2).prop_map(Step::Restart),
        1 => (0usize..20).prop_map(Step::Cancel),
        1 => (0u8..3, 0usize..2).prop_map(|(project, at)| Step::Move(project, at)),
        4 => (1i64..50_000).prop_map(Step::Wait),
        2 => Just(Step::Sweep),
    ]
}

#[derive(serde::Deserialize)]
struct Map {
    host_id: vitrine_protocol::HostId,
}

struct Model {
    db: Native,
    now: i64,
    agents: [Agent; 2],
    asked: Vec<JobId>,
    ended: BTreeMap<JobId, JobState>,
}

impl Model {
    async fn new() -> Self {
        let db = world().await;
        for number in 0..3 {
            db.batch(assign(&project(number), Some(host(1 + number % 2)), 0)).await.unwrap();
        }
        let agent = |number| Agent { number, boot: 0, answered: 0, held: BTreeMap::new() };
        Self { db, now: 1, agents: [agent(1), agent(2)], asked: Vec::new(), ended: BTreeMap::new() }
    }

    async fn ask(&mut self, template: NewJob, number: u8) {
        let unique = u8::try_from(self.asked.len() % 250).unwrap_or(0);
        let job_id = JobId::from_parts(u64::try_from(self.now).unwrap_or(0), [unique; 10]);
        let project_id = project(number);
        let map: Option<Map> = self
            .db
            .row(sql!("SELECT host_id FROM projects WHERE project_id = ?1", &project_id))
            .await
            .unwrap();
        let host_id = map.unwrap().host_id;
        let new = NewJob { job_id, project_id, host_id, share_id: super::share(number), ..template };
        let (row, made) = request(&self.db, &new, self.now).await.unwrap();
        if made {
            self.asked.push(row.job_id);
        }
    }

    async fn report(&mut self, at: usize, fault: Option<Fault>, answered: bool) {
        if let Some(fault) = fault {
            self.db.fail_next(fault);
        }
        let agent = &mut self.agents[at];
        let taken = take(&self.db, host(agent.number), &agent.report(), TIMES, self.now).await;
        if let (Ok(taken), true) = (taken, answered) {
            agent.obey(taken.orders, self.now);
        }
    }

    async fn run(&mut self, step: Step) {
        match step {
            Step::Publish(number) => self.ask(publish_job(0, None), number).await,
            Step::Copy(number) => self.ask(copy_job(0), number).await,
            Step::Report { at, arrives, fault, answered } if arrives => {
                let fault = fault.map(|lands| if lands { Fault::LandsUnheard } else { Fault::Before });
                self.report(at, fault, answered).await;
            }
            Step::End { at, which, how } => {
                let statuses = [
                    JobStatus::Succeeded(JobResult::default()),
                    failed(true),
                    failed(false),
                    JobStatus::Canceled,
                ];
                self.agents[at].end_one(which, &statuses[usize::from(how)]);
            }
            Step::Restart(at) => self.agents[at].restart(self.now),
            Step::Cancel(at) if !self.asked.is_empty() => {
                cancel(&self.db, self.asked[at % self.asked.len()], self.now).await.unwrap();
            }
            Step::Report { .. } | Step::Cancel(_) => {}
            Step::Move(number, at) => {
                let to = host(self.agents[at].number);
                self.db.batch(assign(&project(number), Some(to), self.now)).await.unwrap();
            }
            Step::Wait(time) => {
                self.now += time;
                let now = self.now;
                self.agents.iter_mut().for_each(|agent| agent.time_passes(now));
            }
            Step::Sweep => drop(sweep(&self.db, TIMES, self.now).await.unwrap()),
        }
    }

    async fn rows(&self) -> Vec<JobRow> {
        self.db.rows(sql!("SELECT * FROM jobs")).await.unwrap()
    }

    /// What must be so after every step.
    async fn check(&mut self) -> Result<(), TestCaseError> {
        let mut at_work: Vec<JobId> = Vec::new();
        let mut publishing: Vec<ShareId> = Vec::new();
        for agent in &self.agents {
            for (job, (_, end, share, publishes)) in &agent.held {
                if end.is_none() {
                    at_work.push(*job);
                    publishing.extend(publishes.then_some(*share));
                }
            }
        }
        for list in [
            &mut at_work.iter().map(ToString::to_string).collect(),
            &mut publishing.iter().map(ToString::to_string).collect(),
        ] {
            let list: &mut Vec<String> = list;
            let before = list.len();
            list.sort();
            list.dedup();
            prop_assert_eq!(list.len(), before, "something runs twice at once");
        }
        let rows = self.rows().await;
        prop_assert_eq!(rows.len(), self.asked.len(), "a job is lost");
        for row in rows.into_iter().filter(|row| row.state.is_final()) {
            let first = *self.ended.entry(row.job_id).or_insert(row.state);
            prop_assert_eq!(first, row.state, "an ended job changed");
        }
        Ok(())
    }

    /// Everything works again: what is open comes to its end.
    async fn heal(&mut self) {
        for _ in 0..40 {
            self.now += 20_000;
            drop(sweep(&self.db, TIMES, self.now).await.unwrap());
            for at in 0..2 {
                self.report(at, None, true).await;
                for _ in 0..4 {
                    self.agents[at].end_one(0, &JobStatus::Succeeded(JobResult::default()));
                }
                self.report(at, None, true).await;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_fails_no_job_is_lost_or_runs_twice(steps in prop::collection::vec(step(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut model = Model::new().await;
            for step in steps {
                model.run(step).await;
                model.check().await?;
            }
            model.heal().await;
            model.check().await?;
            let open: Vec<_> = model.rows().await.into_iter().filter(|row| !row.state.is_final()).collect();
            prop_assert!(open.is_empty(), "never ended: {open:?}");
            prop_assert!(model.agents.iter().all(|agent| agent.held.is_empty()), "an agent still holds something");
            Ok(())
        })?;
    }
}
