//! The platform as the control plane's [`World`].

use super::{ask, bucket_of, now_ms, random, with_memory};
use crate::config::Config;
use crate::control::world::World;
use crate::database::d1::D1;
use crate::failure::Failure;
use crate::jobs::JobRow;
use crate::metrics::{self, exposition::Gauge};
use crate::share_do::events::Message;
use crate::share_do::object::SHARE;
use crate::store::r2::R2Store;
use crate::{host_do, share_do};
use vitrine_protocol::api::{Happening, JobKind, JobState};
use vitrine_protocol::{HostId, ShareId};
use worker::Env;

/// The Durable Object namespaces' names in `wrangler.toml`.
pub(crate) const SHARE_DO: &str = "SHARE_DO";
pub(crate) const HOST_DO: &str = "HOST_DO";

/// One request's view of the platform.
pub(crate) struct Platform<'a> {
    env: &'a Env,
    config: &'a Config,
    db: D1,
}

impl<'a> Platform<'a> {
    pub(crate) fn new(env: &'a Env, config: &'a Config) -> Result<Self, Failure> {
        Ok(Self { env, config, db: D1::open(env)? })
    }
}

/// Asks a share's Durable Object; a refusal becomes an error.
pub(crate) async fn ask_share(
    env: &Env,
    share: ShareId,
    command: &share_do::Command,
) -> Result<share_do::Answer, Failure> {
    match ask(env, SHARE_DO, share.as_str(), command, &[(SHARE, share.as_str())]).await? {
        share_do::Answer::Refused(problem) => Err(problem.into()),
        answer => Ok(answer),
    }
}

/// Tells those who watch their shares of changed jobs; they can do without.
pub(crate) async fn pass_on(env: &Env, changed: Vec<JobRow>) {
    // A copy is the business of whoever asked for it, and no event of the share.
    for job in changed.into_iter().filter(|job| job.kind == JobKind::Publish) {
        if let (JobState::Failed, Some(error)) = (job.state, &job.error) {
            metrics::publish_failed_by(&error.code);
        }
        let share = job.share_id;
        let happened =
            share_do::Command::Happened(vec![Message::new(&Happening::Job(Box::new(job.record())))]);
        let _ = ask_share(env, share, &happened).await;
    }
    metrics::object::flush_now(env).await;
}

/// Asks a host's Durable Object; a refusal becomes an error.
pub(crate) async fn ask_host(
    env: &Env,
    host: HostId,
    command: &host_do::Command,
) -> Result<host_do::Answer, Failure> {
    match ask(env, HOST_DO, &host.to_string(), command, &[]).await? {
        host_do::Answer::Refused(problem) => Err(problem.into()),
        answer => Ok(answer),
    }
}

impl World for Platform<'_> {
    type Db = D1;
    type Bucket = R2Store;

    fn config(&self) -> &Config {
        self.config
    }

    fn db(&self) -> &D1 {
        &self.db
    }

    fn bucket(&self, share: ShareId) -> Result<R2Store, Failure> {
        bucket_of(self.env, self.config, share)
    }

    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        random()
    }

    async fn ask_share(
        &self,
        share: ShareId,
        command: share_do::Command,
    ) -> Result<share_do::Answer, Failure> {
        ask_share(self.env, share, &command).await
    }

    async fn ask_host(&self, host: HostId, command: host_do::Command) -> Result<host_do::Answer, Failure> {
        ask_host(self.env, host, &command).await
    }

    async fn metrics(&self, gauges: Vec<Gauge>) -> Result<String, Failure> {
        metrics::object::scrape(self.env, &gauges).await
    }

    fn forget(&self, share: ShareId) {
        with_memory(|memory| memory.forget(share));
    }
}
