//! The Durable Object itself: loads the lease, asks the state machine, stores what changed.
//!
//! Between reading the lease and writing it there is no await but the storage's own, which hold back other events: so no
//! two grants can interleave. A commit does wait for R2 in between; what happens meanwhile is caught by the conditional
//! put, and by checking the epoch once more before the lease is given back.

use super::commit::{Current, commit, current};
use super::lease::LeaseState;
use super::{Answer, Command};
use crate::edge::{bucket_of, now_ms, read_config};
use crate::failure::Failure;
use vitrine_protocol::ErrorCode;
use vitrine_protocol::api::CommitPublish;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

const LEASE: &str = "lease";

/// One share's publish lease. Named by its share id.
#[durable_object]
pub struct ShareDo {
    state: State,
    env: Env,
}

impl DurableObject for ShareDo {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        // Not `json()`: numbers above 2^53 do not survive JavaScript's own.
        let command = serde_json::from_str(&request.text().await?)?;
        let answer = self.obey(command).await.unwrap_or_else(|failure| {
            if let Some(log) = &failure.log {
                worker::console_error!("ShareDo: {log}");
            }
            Answer::Refused(*failure.problem)
        });
        Response::from_json(&answer)
    }
}

impl ShareDo {
    async fn obey(&self, command: Command) -> std::result::Result<Answer, Failure> {
        match command {
            Command::Begin { share_id, holder, nonce } => {
                let store = bucket_of(&self.env, &*read_config(&self.env)?, share_id)?;
                let base = current(&store, share_id).await?.as_ref().and_then(Current::base);
                let mut lease = self.load().await?;
                let (epoch, expires_at) = lease.begin(now_ms(), holder, nonce, base)?;
                self.save(&lease).await?;
                Ok(Answer::Granted { epoch, expires_at, base })
            }
            Command::Renew { epoch } => {
                let mut lease = self.load().await?;
                let expires_at = lease.renew(now_ms(), epoch)?;
                self.save(&lease).await?;
                Ok(Answer::Renewed { expires_at })
            }
            Command::Commit(wanted) => self.commit(wanted).await,
            Command::Abort { epoch } => Ok(Answer::Aborted { released: self.release(epoch).await? }),
        }
    }

    async fn commit(&self, wanted: CommitPublish) -> std::result::Result<Answer, Failure> {
        let store = bucket_of(&self.env, &*read_config(&self.env)?, wanted.share_id)?;
        if let Some(current) = current(&store, wanted.share_id).await?
            && current.is(&wanted)
            && let Some(latest) = current.latest
        {
            self.release(wanted.epoch).await?;
            return Ok(Answer::Committed(latest));
        }
        let base = self.load().await?.check(now_ms(), wanted.epoch)?;
        let latest = commit(&store, wanted, base, now_ms()).await?;
        self.release(wanted.epoch).await?;
        Ok(Answer::Committed(latest))
    }

    async fn release(&self, epoch: u64) -> std::result::Result<bool, Failure> {
        let mut lease = self.load().await?;
        let released = lease.release(epoch);
        if released {
            self.save(&lease).await?;
        }
        Ok(released)
    }

    async fn load(&self) -> std::result::Result<LeaseState, Failure> {
        let loaded = self.state.storage().get(LEASE).await;
        loaded.map(Option::unwrap_or_default).map_err(|error| storage_failure(&error))
    }

    async fn save(&self, lease: &LeaseState) -> std::result::Result<(), Failure> {
        self.state.storage().put(LEASE, lease).await.map_err(|error| storage_failure(&error))
    }
}

fn storage_failure(error: &worker::Error) -> Failure {
    Failure::logged(ErrorCode::StoreUnavailable, "Try again in a moment.", error)
}
