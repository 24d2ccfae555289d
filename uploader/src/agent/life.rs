//! An agent's life: what comes over the line, from the jobs, from the clock and from the person is met here, one at a time.
//!
//! What it says is in `telling`. The book decides, this does. Nothing waits in here: work has its own tasks, and the line its own.

mod telling;

use super::book::{Act, Book, Outcome};
use super::control::Control;
use super::gauge::Gauge;
use super::identity::Identity;
use super::keeping::{Keeping, KeepingError, StateLock};
use super::link::{Heard, Link};
use super::project::Projects;
use super::settings::Settings;
use super::stop::{self, Stopper};
use super::{AgentError, Tools, trouble, work};
use crate::random;
use crate::remote::throttle::Throttle;
use crate::state::State;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use vitrine_protocol::api::{HostOrders, HostReport, JobOrder, JobProgress, PublishProgress};
use vitrine_protocol::limits::JOB_TIMEOUT_MS;
use vitrine_protocol::{JobId, ProjectId};

/// How often those who watch hear of a job.
const PROGRESS: Duration = Duration::from_millis(500);

/// Until the server says how often: a third of the time after which it takes a host for gone.
const REPORT_FIRST: Duration = Duration::from_millis(JOB_TIMEOUT_MS / 3);

/// Until the server says when: before it hands the jobs to another attempt.
const GIVE_UP_FIRST: Duration = Duration::from_millis(JOB_TIMEOUT_MS * 5 / 6);

/// One job at work.
struct Hand {
    order: JobOrder,
    gauge: Arc<Gauge>,
    stopper: Stopper,
    told: JobProgress,
}

/// The agent.
pub struct Agent {
    tools: Arc<Tools>,
    boot_id: String,
    book: Book,
    hands: HashMap<JobId, Hand>,
    work: JoinSet<(JobId, Outcome)>,
    ids: HashMap<tokio::task::Id, JobId>,
    reports: watch::Sender<HostReport>,
    progress: mpsc::Sender<PublishProgress>,
    heard: mpsc::Receiver<Heard>,
    listed: Option<(Instant, Vec<ProjectId>)>,
    report_every: Duration,
    give_up_after: Duration,
    answered: Instant,
    /// Whether an answer came since the last change was reported.
    is_answered: bool,
    is_draining: bool,
    /// Whether the server is known to listen: it answered, and has not turned the host away since.
    is_heard: bool,
    /// What was last said of a connection that is not there.
    down: Option<String>,
    line: JoinSet<()>,
    _lock: StateLock,
}

impl Agent {
    /// Makes ready: takes the state folder, reads what is in it, removes what an earlier agent left of snapshots.
    ///
    /// `holder` is what a second publisher is told.
    pub fn new(settings: Settings, holder: String) -> Result<Self, AgentError> {
        let identity = Identity::open(&settings.state_dir)?;
        let enrolled = identity.record.api.clone();
        if enrolled.trim_end_matches('/') != settings.api.trim_end_matches('/') {
            return Err(AgentError::OtherServer { enrolled, configured: settings.api });
        }
        let lock = StateLock::take(&settings.state_dir)?;
        let keeping = Keeping::open(&settings.state_dir)?;
        let projects = Projects::new(&settings.projects_root);
        projects.sweep();
        tracing::info!(host = %identity.record.host_id, name = %identity.record.name, "the agent begins");
        let state = State::open(&settings.state_dir.join("state.sqlite"))
            .inspect_err(|error| tracing::warn!("{}; going on without", trouble::words(error)))
            .ok();
        if is_exposed(&settings.api) {
            tracing::warn!("`api` is not https: whoever listens on the way can act as this host for minutes");
        }
        let control = Control::new(&settings.api, holder, Arc::new(identity))?;
        let throttle = settings.bwlimit.map(Throttle::new);
        let book = Book::with_ended(keeping.ended());
        let tools = Arc::new(Tools { settings, projects, control, keeping, state, throttle });
        Self::on_line(tools, book, lock)
    }

    fn on_line(tools: Arc<Tools>, book: Book, lock: StateLock) -> Result<Self, AgentError> {
        let boot_id = random::token()?;
        let first = HostReport {
            boot_id: boot_id.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capacity: tools.settings.jobs,
            free_bytes: tools.projects.free(),
            projects: tools.projects.list(),
            jobs: book.reports(|_| JobProgress::default()),
        };
        let (reports, seen) = watch::channel(first);
        let (progress, told) = mpsc::channel(64);
        let (sender, heard) = mpsc::channel(16);
        let link = Link { control: tools.control.clone(), reports: seen, progress: told, heard: sender };
        let mut line = JoinSet::new();
        line.spawn(link.run());
        Ok(Self {
            tools,
            boot_id,
            book,
            hands: HashMap::new(),
            work: JoinSet::new(),
            ids: HashMap::new(),
            reports,
            progress,
            heard,
            listed: None,
            report_every: REPORT_FIRST,
            give_up_after: GIVE_UP_FIRST,
            answered: Instant::now(),
            is_answered: false,
            is_draining: false,
            is_heard: false,
            down: None,
            line,
            _lock: lock,
        })
    }

    /// Works until `drain` ends and the jobs are done or stopped; when `at_once` ends, until now. Whether everything was put in
    /// order.
    pub async fn run(mut self, drain: impl Future<Output = ()>, at_once: impl Future<Output = ()>) -> bool {
        let (mut drain, mut at_once) = (std::pin::pin!(drain), std::pin::pin!(at_once));
        let mut ticks = tokio::time::interval(PROGRESS);
        // Ticks that were missed are not made up for: nobody wants to hear four at once.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = Instant::now();
        let mut ends: Option<Instant> = None;
        loop {
            let stopping = ends.map(|at| at.max(Instant::now()));
            tokio::select! {
                heard = self.heard.recv() => {
                    let Some(heard) = heard else {
                        tracing::error!("the line to the server has failed");
                        return self.end_now().await;
                    };
                    if self.take(heard) {
                        last = self.report();
                    }
                }
                Some(ended) = self.work.join_next_with_id() => {
                    self.ended(ended);
                    last = self.report();
                }
                _ = ticks.tick() => {
                    self.tell_progress();
                    self.give_up_if_unanswered();
                    if last.elapsed() >= self.report_every {
                        last = self.report();
                    }
                }
                () = &mut drain, if !self.is_draining => {
                    let seconds = self.tools.settings.drain_seconds;
                    tracing::info!(jobs = self.book.working(), seconds, "ending: no new jobs, those that run may finish");
                    self.is_draining = true;
                    ends = Some(Instant::now() + Duration::from_secs(seconds.into()));
                    last = self.report();
                }
                () = async { tokio::time::sleep_until(stopping.unwrap_or(last)).await }, if ends.is_some() => {
                    ends = None;
                    let stopped = self.book.drain();
                    tracing::info!(jobs = stopped.len(), "stopping what still runs");
                    self.stop(&stopped);
                }
                () = &mut at_once => return self.end_now().await,
            }
            if self.is_draining && self.book.working() == 0 {
                tokio::select! {
                    () = self.farewell() => return true,
                    () = &mut at_once => return false,
                }
            }
        }
    }

    /// Takes what came over the line; whether a report is due.
    fn take(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Orders(orders) => return self.obey(&orders),
            Heard::Up => {
                self.down = None;
                tracing::info!("connected");
            }
            // Said once; an outage of hours would fill the log.
            Heard::Down(why) if self.down.as_ref() == Some(&why) => tracing::debug!("no connection: {why}"),
            Heard::Down(why) => {
                tracing::warn!("no connection: {why}");
                self.down = Some(why);
            }
            Heard::TurnedAway => {
                self.is_heard = false;
                tracing::error!(
                    "the server does not know this host, or not any more: its jobs are stopped; to go on, stop this agent \
                     and enrol the host again with `vitrine enroll --replace`"
                );
                let stopped = self.book.turned_away();
                self.stop(&stopped);
            }
        }
        false
    }

    fn obey(&mut self, orders: &HostOrders) -> bool {
        self.answered = Instant::now();
        (self.is_answered, self.is_heard) = (true, true);
        // Two thirds: a report on a slow line is still in time.
        let every = Duration::from_millis(orders.report_within_ms.saturating_mul(2) / 3);
        self.report_every = every.clamp(Duration::from_millis(200), Duration::from_mins(5));
        if orders.give_up_after_ms > 0 {
            self.give_up_after = Duration::from_millis(orders.give_up_after_ms);
        }
        let before = self.book.reports(|_| JobProgress::default());
        let capacity = if self.is_draining { 0 } else { self.tools.settings.jobs };
        for act in self.book.obey(orders, capacity) {
            match act {
                Act::Start(order) => self.start(order),
                Act::Stop(job) => {
                    tracing::info!(%job, "stopping, as ordered");
                    self.stop(&[job]);
                }
                Act::Forget(job) => note(self.tools.keeping.forget(job)),
            }
        }
        note(self.tools.keeping.set_ended(self.book.kept()));
        self.book.reports(|_| JobProgress::default()) != before
    }

    fn start(&mut self, order: JobOrder) {
        let (job_id, attempt, share) = (order.job_id, order.attempt, order.share_id);
        tracing::info!(job = %job_id, attempt, %share, project = %order.project_id, "a job begins");
        let (stopper, stop) = stop::pair();
        let gauge = Arc::new(Gauge::default());
        let (tools, ordered, counted) = (Arc::clone(&self.tools), order.clone(), Arc::clone(&gauge));
        let task =
            self.work.spawn(async move { (job_id, Box::pin(work(&tools, ordered, counted, stop)).await) });
        self.ids.insert(task.id(), job_id);
        self.hands.insert(job_id, Hand { order, gauge, stopper, told: JobProgress::default() });
    }

    fn ended(&mut self, ended: Result<(tokio::task::Id, (JobId, Outcome)), tokio::task::JoinError>) {
        let (task, outcome) = match ended {
            Ok((task, (_, outcome))) => (task, outcome),
            Err(error) => (error.id(), trouble::failed("other", "A part of the program failed", "", false)),
        };
        let Some(job) = self.ids.remove(&task) else { return };
        let attempt = self.hands.remove(&job).map_or(0, |hand| hand.order.attempt);
        match &outcome {
            Outcome::Done(done) => {
                tracing::info!(%job, attempt, files = done.files, bytes = done.bytes, "a job is done");
            }
            Outcome::Failed { error, retry } => {
                tracing::warn!(%job, attempt, code = error.code, retry, "a job failed: {}", error.message);
            }
            Outcome::Stopped => tracing::info!(%job, attempt, "a job was stopped"),
        }
        let next = self.book.ended(job, outcome);
        note(self.tools.keeping.set_ended(self.book.kept()));
        if let Some(order) = next {
            self.start(order);
        }
    }

    fn stop(&self, jobs: &[JobId]) {
        for hand in jobs.iter().filter_map(|job| self.hands.get(job)) {
            hand.stopper.ask();
        }
    }

    fn give_up_if_unanswered(&mut self) {
        if self.answered.elapsed() < self.give_up_after {
            return;
        }
        let stopped = self.book.give_up();
        if !stopped.is_empty() {
            let seconds = self.answered.elapsed().as_secs();
            tracing::warn!(
                jobs = stopped.len(),
                seconds,
                "no report was answered: the jobs are another's by now, and stop"
            );
            self.stop(&stopped);
        }
    }

    /// Ends now; what has to be put in order is, as far as that needs nobody else.
    async fn end_now(&mut self) -> bool {
        tracing::warn!("ending at once");
        for hand in self.hands.values() {
            hand.stopper.at_once();
        }
        while let Ok(Some(_)) = tokio::time::timeout(Duration::from_secs(2), self.work.join_next()).await {}
        false
    }
}

/// A restart may forget what could not be written down; the work goes on.
fn note(kept: Result<(), KeepingError>) {
    if let Err(error) = kept {
        tracing::error!("{}", trouble::words(&error));
    }
}

/// Whether tokens go over a network in the clear.
fn is_exposed(api: &str) -> bool {
    let Ok(url) = url::Url::parse(api) else { return false };
    let host = url.host_str().unwrap_or_default();
    let here =
        host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
    url.scheme() == "http" && !here
}
