//! The control plane: tickets, heartbeats and commits over JSON, blobs straight to the store with the ticket's credentials.
//!
//! Every call here may be repeated: `create` carries an idempotency key, `begin` a nonce, and the others name their epoch.

use super::network::NetworkError;
use super::retry::{Attempt, Deadlines, Patience, RetryPolicy, retry, retry_after};
use super::s3::{Client, Credentials, S3Error, Settings};
use super::throttle::Throttle;
use super::{ABORT_PATIENCE, Grant, PartSource, PutPartsError, Remote, RemoteError, Session, Target};
use crate::progress::{Event, Progress};
use crate::secret::Secret;
use crate::state::State;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use vitrine_protocol::api::{
    AbortPublish, Aborted, BeginPublish, CommitPublish, Committed, CreateShare, JobAttempt, RenewPublish,
    Renewed, ShareRecord, StorageAccess, Ticket,
};
use vitrine_protocol::{Latest, ObjectKey, Problem, Sha256, ShareId};

/// The longest answer of the control plane that is read.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// How often the first calls are tried: some two seconds in all.
const FIRST_ATTEMPTS: u32 = 4;

/// Who we are to the control plane: asked for each request, because some tokens live for minutes only.
pub trait Bearer: Send + Sync {
    /// A token that is good now.
    fn token(&self) -> Result<Secret, RemoteError>;
}

/// A token that stays the same.
impl Bearer for Secret {
    fn token(&self) -> Result<Secret, RemoteError> {
        Ok(self.clone())
    }
}

/// A control plane and who we are to it.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: url::Url,
    bearer: Arc<dyn Bearer>,
    job: Option<JobAttempt>,
    holder: String,
    progress: Arc<dyn Progress>,
    retry: RetryPolicy,
    patience: Patience,
    deadlines: Deadlines,
    throttle: Option<Throttle>,
    journal: Option<State>,
}

impl Api {
    /// Makes a client of the control plane at `url`. Nothing is sent yet. `holder` is what a second publisher is told.
    pub fn new(
        url: &str,
        token: &Secret,
        holder: String,
        progress: Arc<dyn Progress>,
        retry: RetryPolicy,
        deadlines: Deadlines,
    ) -> Result<Self, RemoteError> {
        let address = || RemoteError::Address { url: url.to_owned() };
        let mut base = url::Url::parse(url).map_err(|_| address())?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(address());
        }
        let path = format!("{}/api/v2/", base.path().trim_end_matches('/'));
        base.set_path(&path);
        base.set_query(None);
        authorization(token)?;
        let http = super::network::client(&deadlines).map_err(RemoteError::Setup)?;
        Ok(Self {
            http,
            base,
            bearer: Arc::new(token.clone()),
            job: None,
            holder,
            progress,
            retry,
            patience: Patience::default(),
            deadlines,
            throttle: None,
            journal: None,
        })
    }

    /// Sends blobs no faster than `throttle`, and writes uploads under way down in `journal`.
    #[must_use]
    pub fn with_storage(self, throttle: Option<Throttle>, journal: Option<State>) -> Self {
        Self { throttle, journal, ..self }
    }

    /// The same, for someone whose token changes with time.
    #[must_use]
    pub fn with_bearer(self, bearer: Arc<dyn Bearer>) -> Self {
        Self { bearer, ..self }
    }

    /// The same, publishing for a job that a host runs; `progress` hears of it.
    #[must_use]
    pub fn for_job(self, job: JobAttempt, progress: Arc<dyn Progress>) -> Self {
        Self { job: Some(job), progress, patience: Patience::default(), ..self }
    }

    /// The same, trying each call so often and no longer.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        Self { retry: RetryPolicy { attempts, patience: Duration::ZERO, ..self.retry }, ..self }
    }

    /// A request to a call, with the token of now. It has no deadline yet.
    pub(crate) fn request(
        &self,
        method: reqwest::Method,
        path: &str,
    ) -> Result<reqwest::RequestBuilder, RemoteError> {
        let url = self.base.join(path).map_err(|_| RemoteError::Address { url: path.to_owned() })?;
        let token = self.bearer.token()?;
        let request = self.http.request(method, url);
        // An enrolment has its token in its body.
        Ok(if token.is_empty() { request } else { request.header(AUTHORIZATION, authorization(&token)?) })
    }

    pub(crate) fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    pub(crate) async fn post<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        body: &Q,
    ) -> Result<A, RemoteError> {
        retry(&self.retry, &self.patience, self.progress.as_ref(), || self.attempt(call, path, body)).await
    }

    /// Like [`Self::post`], but for the first calls: a person who mistyped the address wants to know soon.
    async fn post_first<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        body: &Q,
    ) -> Result<A, RemoteError> {
        let policy = RetryPolicy { attempts: self.retry.attempts.min(FIRST_ATTEMPTS), ..self.retry };
        retry(&policy, &self.patience, self.progress.as_ref(), || self.attempt(call, path, body)).await
    }

    async fn attempt<Q: Serialize + Sync, A: DeserializeOwned>(
        &self,
        call: &'static str,
        path: &str,
        body: &Q,
    ) -> Result<A, Attempt<RemoteError>> {
        let fatal = |error| Attempt { error, passing: false, retry_after: None };
        let json = serde_json::to_vec(body).map_err(|error| fatal(self.not_vitrine(call, error)))?;
        let request = self
            .request(reqwest::Method::POST, path)
            .map_err(fatal)?
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .timeout(self.deadlines.total)
            .body(json);
        let unreachable = |error: reqwest::Error| {
            let (source, retry_after) = (NetworkError::from(error), None);
            let passing = !source.is_unusable;
            Attempt { error: RemoteError::Unreachable { host: self.host(), source }, passing, retry_after }
        };
        let mut response = request.send().await.map_err(unreachable)?;
        let (status, wait) = (response.status(), retry_after(response.headers()));
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                return Err(fatal(self.not_vitrine(call, "the answer is too long")));
            }
        }
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|error| fatal(self.not_vitrine(call, error)));
        }
        let passing = matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504);
        Err(Attempt { error: self.refusal(call, status, &bytes), passing, retry_after: wait })
    }

    /// What an answer that is no success says.
    pub(crate) fn refusal(
        &self,
        call: &'static str,
        status: reqwest::StatusCode,
        body: &[u8],
    ) -> RemoteError {
        match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => RemoteError::Refused { call, problem: Box::new(problem) },
            Err(_) => self.not_vitrine(call, format!("the answer has status {status} and no problem")),
        }
    }

    pub(crate) fn not_vitrine(
        &self,
        call: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> RemoteError {
        RemoteError::NotVitrine { host: self.host(), call, source: source.into() }
    }

    async fn create(&self, target: &Target) -> Result<ShareRecord, RemoteError> {
        let body = CreateShare {
            project_id: target.project.clone(),
            path: target.root_path.clone(),
            title: target.title.clone(),
            description: target.description.clone(),
            license: target.license.clone(),
            scope: target.scope,
            // A reply that was lost must not leave a second share behind.
            idempotency_key: Some(crate::random::token()?),
            ..CreateShare::default()
        };
        self.post_first("create the share", "shares/create", &body).await
    }

    async fn release(&self, share_id: ShareId, epoch: u64) -> Result<(), RemoteError> {
        let body = AbortPublish { share_id, epoch };
        let _: Aborted = self.post("give the lease back", "publish/abort", &body).await?;
        Ok(())
    }

    fn client(&self, storage: &StorageAccess) -> Result<Client, S3Error> {
        let settings = Settings {
            endpoint: storage.endpoint.clone(),
            bucket: storage.bucket.clone(),
            prefix: storage.prefix.clone(),
            region: storage.region.clone(),
            retry: self.retry,
            deadlines: self.deadlines,
            throttle: self.throttle.clone(),
            journal: self.journal.clone(),
        };
        Client::new(settings, credentials(storage), Arc::clone(&self.progress))
    }
}

fn authorization(token: &Secret) -> Result<HeaderValue, RemoteError> {
    let mut value =
        HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| RemoteError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

fn credentials(storage: &StorageAccess) -> Credentials {
    Credentials {
        access_key_id: storage.access_key_id.clone(),
        secret_access_key: Secret::new(&storage.secret_access_key),
        session_token: storage.session_token.as_deref().map(Secret::new),
    }
}

impl Remote for Api {
    type Session = ApiSession;

    async fn begin(&self, target: &Target) -> Result<ApiSession, RemoteError> {
        let (share_id, created) = match target.share {
            Some(share_id) => (share_id, false),
            None => (self.create(target).await?.share_id, true),
        };
        self.progress.on(Event::Share { share_id, created });
        let nonce = match &target.nonce {
            Some(nonce) => nonce.clone(),
            None => crate::random::token()?,
        };
        let body = BeginPublish { share_id, holder: self.holder.clone(), nonce: Some(nonce), job: self.job };
        let ticket: Ticket = self.post_first("begin the publish", "publish/begin", &body).await?;
        let client = match self.client(&ticket.storage) {
            Ok(client) => Arc::new(client),
            Err(error) => {
                // The lease is ours already. That it cannot be used is what is told, whatever comes of this.
                let give_back = self.release(share_id, ticket.epoch);
                let _ = tokio::time::timeout(ABORT_PATIENCE, give_back).await;
                return Err(error.into());
            }
        };
        let grant = Grant {
            share_id: ticket.share_id,
            created,
            base: ticket.base,
            scope: ticket.scope,
            indexing_opt_in: ticket.indexing_opt_in,
            root_path: ticket.root_path,
            url: ticket.url,
            lease: Some(Duration::from_millis(ticket.expires_in_ms)),
            settings_changed: false,
        };
        let temporary = ticket.storage.session_token.is_some();
        Ok(ApiSession { api: self.clone(), grant, epoch: ticket.epoch, client, temporary })
    }
}

/// A publish under a lease of the control plane.
pub struct ApiSession {
    api: Api,
    grant: Grant,
    epoch: u64,
    client: Arc<Client>,
    /// Whether the storage's credentials end.
    temporary: bool,
}

impl ApiSession {
    /// Gets fresh credentials if those that were refused may have run out, which happens to a machine that slept through its
    /// heartbeats; returns whether it did.
    ///
    /// S3 says `ExpiredToken`. R2's list of errors does not have it, so a temporary pair that is refused at all is renewed
    /// once: what is refused then is refused.
    async fn refreshed(&self, error: &S3Error) -> Result<bool, RemoteError> {
        let may_have_run_out = error.code() == Some("ExpiredToken")
            || (self.temporary && matches!(error.status(), Some(401 | 403)));
        if may_have_run_out {
            self.renew().await?;
        }
        Ok(may_have_run_out)
    }
}

impl Drop for ApiSession {
    fn drop(&mut self) {
        self.client.abandon_uploads();
    }
}

impl Session for ApiSession {
    fn grant(&self) -> &Grant {
        &self.grant
    }

    async fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Bytes>, RemoteError> {
        let key = key.to_string();
        let found = match self.client.get(&key, range, max).await {
            Err(error) if self.refreshed(&error).await? => self.client.get(&key, range, max).await,
            other => other,
        };
        Ok(found?.map(|object| object.bytes))
    }

    async fn size_of(&self, key: ObjectKey) -> Result<Option<u64>, RemoteError> {
        // A refused HEAD has no body that says why, so this does not ask for fresh credentials: the put after it does.
        Ok(self.client.head(&key.to_string()).await?)
    }

    async fn put(&self, key: ObjectKey, bytes: Bytes, hash: Sha256) -> Result<(), RemoteError> {
        let key = key.to_string();
        match self.client.put(&key, bytes.clone(), hash, None).await {
            Err(error) if self.refreshed(&error).await? => self.client.put(&key, bytes, hash, None).await?,
            other => other?,
        };
        Ok(())
    }

    async fn put_parts(
        &self,
        key: ObjectKey,
        size: u64,
        parts: &mut (impl PartSource + Send),
    ) -> Result<(), PutPartsError<RemoteError>> {
        let key = key.to_string();
        let sent = match self.client.put_parts(&key, size, parts).await {
            Err(PutPartsError::Put(error)) if self.refreshed(&error).await.map_err(PutPartsError::Put)? => {
                self.client.put_parts(&key, size, parts).await
            }
            other => other,
        };
        sent.map_err(PutPartsError::from_s3)
    }

    async fn renew(&self) -> Result<Duration, RemoteError> {
        let body = RenewPublish { share_id: self.grant.share_id, epoch: self.epoch };
        let renewed: Renewed = self.api.post("renew the publish", "publish/renew", &body).await?;
        self.client.set_credentials(credentials(&renewed.storage));
        Ok(Duration::from_millis(renewed.expires_in_ms))
    }

    async fn commit(&self, latest: &Latest) -> Result<Committed, RemoteError> {
        let body = CommitPublish {
            share_id: self.grant.share_id,
            epoch: self.epoch,
            manifest_id: latest.manifest_id,
            manifest_hash: latest.manifest_hash,
        };
        let committed = self.api.post("commit the snapshot", "publish/commit", &body).await?;
        let start = ObjectKey::share_prefix(self.grant.share_id);
        self.client.abort_journalled(&start).await;
        Ok(committed)
    }

    async fn abort(&self) -> Result<(), RemoteError> {
        // Side by side: neither must use up the other's time.
        let release = self.api.release(self.grant.share_id, self.epoch);
        tokio::join!(self.client.abort_uploads(), release).1
    }
}
