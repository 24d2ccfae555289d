//! A host of its own: a folder of projects, a state folder, a configuration, and the program.

use crate::books::Stand;
use crate::desk::{Desk, TOKENS};
use crate::server::share;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use vitrine_protocol::api::{HostReport, JobOrder, JobResult, JobStatus, Work};
use vitrine_protocol::{JobId, Latest, ManifestId, Scope};

/// How long anything is waited for. Nothing takes so long; a loaded machine takes a part of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// One machine, and the desk it is enrolled at.
pub(crate) struct Site {
    pub(crate) desk: Desk,
    temp: tempfile::TempDir,
    projects: PathBuf,
}

/// An agent that runs; killed when dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.0), signal).unwrap();
    }

    /// The exit code, once it has ended.
    pub(crate) fn code(&mut self) -> Option<i32> {
        wait_until("the agent ends", || self.0.try_wait().unwrap().is_some());
        self.0.wait().unwrap().code()
    }
}

impl Site {
    /// A host with the project `p`, enrolled, with `more` in its configuration.
    pub(crate) fn new(more: &str) -> Self {
        let site = Self::bare(more);
        let enrolled = site.enroll(TOKENS[0], &[]);
        assert!(enrolled.status.success(), "{}", String::from_utf8_lossy(&enrolled.stderr));
        site
    }

    /// The same, before it is enrolled.
    pub(crate) fn bare(more: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let projects = temp.path().join("projects");
        Self::with(temp, projects, more)
    }

    /// A host that is enrolled and has its projects elsewhere.
    pub(crate) fn on(projects: PathBuf) -> Self {
        let site = Self::with(tempfile::tempdir().unwrap(), projects, "");
        assert!(site.enroll(TOKENS[0], &[]).status.success());
        site
    }

    fn with(temp: tempfile::TempDir, projects: PathBuf, more: &str) -> Self {
        let site = Self { desk: Desk::start(), temp, projects };
        for (path, content) in [("a/README.md", "# Hello"), ("a/one.txt", "one"), ("a/b/two.txt", "two")] {
            site.write(path, content);
        }
        let config = format!(
            "api = \"{}\"\nstate_dir = \"{}\"\nprojects_root = \"{}\"\n{more}\n",
            site.desk.url,
            site.state().display(),
            site.projects.display(),
        );
        fs::write(site.at("agent.toml"), config).unwrap();
        site
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.at("state")
    }

    /// A file of the project.
    pub(crate) fn project(&self, path: &str) -> PathBuf {
        self.projects.join("project-p").join(path)
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.project(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The program in a clean environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        command.args(args).env_clear().env("HOME", self.temp.path()).env("COLUMNS", "100");
        command.current_dir(self.temp.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn enroll(&self, token: &str, args: &[&str]) -> Output {
        let args = [&["enroll", "--config", "agent.toml"], args].concat();
        self.command(&args).env("VITRINE_ENROLMENT_TOKEN", token).output().unwrap()
    }

    /// Starts the agent. What it logs is added to `log`.
    pub(crate) fn start(&self) -> Running {
        let log = fs::File::options().create(true).append(true).open(self.at("log")).unwrap();
        let mut command = self.command(&["agent", "--config", "agent.toml", "--log-format", "json", "-v"]);
        Running(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.at("log")).unwrap_or_default()
    }

    /// What a person is shown, without what differs from run to run.
    pub(crate) fn shown(&self, output: &Output) -> String {
        let text = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).unwrap();
            let text = text.replace(self.temp.path().to_str().unwrap(), "[temp]");
            text.replace(&self.desk.url, "[api]")
        };
        let code = output.status.code().unwrap();
        format!("exit {code}\n--- stdout\n{}--- stderr\n{}", text(&output.stdout), text(&output.stderr))
    }

    pub(crate) fn ask(&self, number: u8, region: char, work: Work) -> JobId {
        let job_id = JobId::from_parts(u64::from(number), [number; 10]);
        let project_id = "p".parse().unwrap();
        self.desk.books().add(JobOrder { job_id, attempt: 0, share_id: share(region), project_id, work });
        self.desk.wake();
        job_id
    }

    /// Asks for a publish of a path of the project.
    pub(crate) fn ask_publish(&self, number: u8, path: &str) -> JobId {
        self.ask(number, 'e', Work::Publish { path: path.to_owned(), checksum: false, ignore_base: false })
    }

    /// How a job ended.
    pub(crate) fn end(&self, job: JobId) -> JobStatus {
        let end = || match self.desk.books().stand(job).0 {
            Stand::Ended(status) => Some(status),
            _ => None,
        };
        wait_until(&format!("the job {job} ends; the log says:\n{}", self.log()), || end().is_some());
        end().unwrap()
    }

    pub(crate) fn succeeded(&self, job: JobId) -> JobResult {
        match self.end(job) {
            JobStatus::Succeeded(result) => result,
            other => panic!("{other:?}\n{}", self.log()),
        }
    }

    /// A failure's code and words.
    pub(crate) fn failed(&self, job: JobId) -> String {
        match self.end(job) {
            JobStatus::Failed { error, retry } => {
                let message = error.message.replace(self.temp.path().to_str().unwrap(), "[temp]");
                let hint = error.hint.unwrap_or_default();
                format!("{}{}: {message}\nhint: {hint}", error.code, if retry { " (again)" } else { "" })
            }
            other => panic!("{other:?}"),
        }
    }

    /// What readers see of the share, if anything.
    pub(crate) fn latest(&self, region: char) -> Option<Latest> {
        self.desk.server.memory.latest(share(region))
    }

    /// Publishes `a` by a job of its own, for copies of it.
    pub(crate) fn publish(&self, number: u8, region: char) -> ManifestId {
        let work = Work::Publish { path: "a".to_owned(), checksum: false, ignore_base: false };
        self.succeeded(self.ask(number, region, work)).manifest_id.unwrap()
    }

    pub(crate) fn is_leased(&self) -> bool {
        self.desk.server.memory.state().lease.is_some()
    }

    pub(crate) fn last_report(&self) -> Option<HostReport> {
        self.desk.books().reports.last().cloned()
    }
}

/// A copy of all of a snapshot.
pub(crate) fn copy_of(manifest_id: ManifestId, target: Option<&str>, scope: Scope) -> Work {
    Work::Copy {
        manifest_id,
        path: String::new(),
        target_path: target.map(str::to_owned),
        title: "My: course/1".to_owned(),
        scope,
    }
}

/// Waits for something to come to pass.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let ends = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < ends, "it did not come to pass in {PATIENCE:?} that {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
