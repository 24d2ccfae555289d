//! A share read through the share origin, by the data routes that the viewer uses.
//!
//! Each request has deadlines and is repeated where that helps. A gated share is opened by exchanging a viewer token for
//! a capability, which stands in the addresses and is renewed before it ends; neither is ever printed.

use super::{ShareAddress, Source};
use crate::progress::Progress;
use crate::remote::RemoteError;
use crate::remote::network::NetworkError;
use crate::remote::retry::{Attempt, Deadlines, Patience, RetryPolicy, retry, retry_after};
use crate::remote::s3::S3Error;
use crate::secret::Secret;
use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_RANGE, HeaderMap, LOCATION, RANGE};
use reqwest::{RequestBuilder, Response, StatusCode};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use vitrine_protocol::session::{OpenSession, Session};
use vitrine_protocol::{ErrorCode, ObjectKey, Problem, ShareId};

/// The longest answer to an exchange, and the longest problem, that is read.
const DOCUMENT_MAX: u64 = 64 * 1024;

/// Bodies up to this size are given all their memory at once, whatever the server says of their length.
const RESERVED_MAX: u64 = 32 << 20;

/// One share behind a gateway.
pub struct Gateway {
    http: reqwest::Client,
    address: ShareAddress,
    progress: Arc<dyn Progress>,
    retry: RetryPolicy,
    patience: Patience,
    deadlines: Deadlines,
    token: Option<Secret>,
    opened: Mutex<Option<Arc<Opened>>>,
    /// Held while a capability is asked for: whoever comes second waits for the first.
    opening: tokio::sync::Mutex<()>,
}

/// What lets us in.
struct Opened {
    capability: Secret,
    renewal: Option<String>,
    /// From here on it is renewed: two thirds of its life.
    renew_at: Instant,
}

/// What a successful answer says beside its bytes.
struct Answer {
    bytes: Bytes,
    /// The length of the whole object, where the answer says it.
    total: Option<u64>,
}

type Failed = Attempt<RemoteError>;

impl Gateway {
    /// Takes the address of a share. A `token` is used before one in the address. Nothing is sent yet.
    pub fn new(
        address: ShareAddress,
        token: Option<Secret>,
        progress: Arc<dyn Progress>,
        retry: RetryPolicy,
        deadlines: Deadlines,
    ) -> Result<Self, RemoteError> {
        let http = crate::remote::network::client(&deadlines).map_err(RemoteError::Setup)?;
        let token = token.or_else(|| address.token.clone());
        let (opened, opening) = (Mutex::default(), tokio::sync::Mutex::default());
        let patience = Patience::default();
        Ok(Self { http, address, progress, retry, patience, deadlines, token, opened, opening })
    }

    fn host(&self) -> String {
        let host = self.address.origin.host_str().unwrap_or_default();
        self.address.origin.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The address of an object, with whatever lets us in.
    fn url(&self, key: ObjectKey, opened: Option<&Opened>) -> String {
        let prefix = ObjectKey::share_prefix(self.address.share);
        let key = key.to_string();
        let rest = key.strip_prefix(&prefix).unwrap_or(&key);
        let capability = opened.map_or("", |opened| opened.capability.expose());
        format!("{}~{capability}/{}/{rest}", self.address.origin, self.address.share)
    }

    fn current(&self) -> Option<Arc<Opened>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What lets us in, renewed when it is about to end; `None` without a token. `refused` is what was just turned away.
    async fn enter(&self, refused: Option<&Arc<Opened>>) -> Result<Option<Arc<Opened>>, Failed> {
        let Some(token) = &self.token else { return Ok(None) };
        let good = |opened: &Arc<Opened>| {
            Instant::now() < opened.renew_at && refused.is_none_or(|old| !Arc::ptr_eq(old, opened))
        };
        if let Some(opened) = self.current().filter(good) {
            return Ok(Some(opened));
        }
        let _alone = self.opening.lock().await;
        let old = self.current();
        if let Some(opened) = old.clone().filter(good) {
            return Ok(Some(opened));
        }
        let session = match old.and_then(|old| old.renewal.clone()) {
            Some(renewal) => self.exchange(&OpenSession::Renewal(renewal)).await,
            None => self.exchange(&OpenSession::Token(token.expose().to_owned())).await,
        }?;
        let life = Duration::from_millis(session.expires_in_ms);
        let opened = Arc::new(Opened {
            capability: Secret::new(&session.capability),
            renewal: session.renewal,
            renew_at: Instant::now() + life * 2 / 3,
        });
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&opened));
        Ok(Some(opened))
    }

    async fn exchange(&self, body: &OpenSession) -> Result<Session, Failed> {
        const CALL: &str = "open the share";
        let url = format!("{}~/{}/session", self.address.origin, self.address.share);
        let json = serde_json::to_vec(body).map_err(|error| self.nonsense(CALL, error))?;
        let request = self.http.post(url).header("content-type", "application/json").body(json);
        let (status, headers, bytes) = self.answer(CALL, request, DOCUMENT_MAX).await?;
        if !status.is_success() {
            return Err(self.refusal(CALL, status, &headers, &bytes));
        }
        serde_json::from_slice(&bytes).map_err(|error| self.nonsense(CALL, error))
    }

    async fn fetch(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Answer>, RemoteError> {
        retry(&self.retry, &self.patience, self.progress.as_ref(), || self.attempt(key, range, max)).await
    }

    async fn attempt(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Answer>, Failed> {
        let opened = self.enter(None).await?;
        match self.get_once(key, range, max, opened.as_deref()).await {
            Err(failed) if opened.is_some() && is_turned_away(&failed.error) => {
                let again = self.enter(opened.as_ref()).await?;
                self.get_once(key, range, max, again.as_deref()).await
            }
            answered => answered,
        }
    }

    async fn get_once(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
        opened: Option<&Opened>,
    ) -> Result<Option<Answer>, Failed> {
        const CALL: &str = "read the share";
        let mut request = self.http.get(self.url(key, opened));
        if let Some((offset, length)) = range {
            let last = offset.saturating_add(length).saturating_sub(1);
            request = request.header(RANGE, format!("bytes={offset}-{last}"));
        }
        let max = range.map_or(max, |(_, length)| length.min(max));
        let (status, headers, bytes) = self.answer(CALL, request, max).await?;
        if status == StatusCode::NOT_FOUND {
            let refusal = self.refusal(CALL, status, &headers, &bytes);
            let share =
                [ErrorCode::ShareNotFound, ErrorCode::NoRoute].iter().any(|code| refusal.error.is(*code));
            let foreign = matches!(refusal.error, RemoteError::NotVitrine { .. });
            return if share || foreign { Err(refusal) } else { Ok(None) };
        }
        if !status.is_success() {
            return Err(self.refusal(CALL, status, &headers, &bytes));
        }
        let total = headers.get(CONTENT_RANGE).and_then(|text| text.to_str().ok());
        let total = total.and_then(|text| text.rsplit_once('/')?.1.parse().ok());
        if let Some((offset, length)) = range
            && bytes.len() as u64 != length
        {
            let ends_there = total == offset.checked_add(bytes.len() as u64);
            if ends_there {
                let error = RemoteError::refused(CALL, ErrorCode::RangeNotSatisfiable, key.to_string());
                return Err(Attempt { error, passing: false, retry_after: None });
            }
            return Err(self.nonsense(CALL, format!("{} bytes where {length} were asked for", bytes.len())));
        }
        Ok(Some(Answer { bytes, total }))
    }

    /// Sends one request and reads its answer, of at most `max` bytes when it is a success.
    async fn answer(
        &self,
        call: &'static str,
        request: RequestBuilder,
        max: u64,
    ) -> Result<(StatusCode, HeaderMap, Bytes), Failed> {
        let after = self.deadlines.for_bytes(max.min(1 << 30));
        let stalled = |after| self.stalled(after);
        let all = async {
            let sent = tokio::time::timeout(self.deadlines.idle, request.send()).await;
            let response =
                sent.map_err(|_| stalled(self.deadlines.idle))?.map_err(|e| self.unreachable(e))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let max = if status.is_success() { max } else { DOCUMENT_MAX };
            let bytes = self.body(call, response, max).await?;
            Ok((status, headers, bytes))
        };
        tokio::time::timeout(after, all).await.unwrap_or_else(|_| Err(stalled(after)))
    }

    async fn body(&self, call: &'static str, mut response: Response, max: u64) -> Result<Bytes, Failed> {
        let too_long = || {
            let error = RemoteError::refused(
                call,
                ErrorCode::TooLarge,
                format!("The answer is longer than {max} bytes"),
            );
            Attempt { error, passing: false, retry_after: None }
        };
        let length = response.content_length();
        if length.is_some_and(|length| length > max) {
            return Err(too_long());
        }
        let reserved = length.unwrap_or(0).min(RESERVED_MAX);
        let mut bytes = BytesMut::with_capacity(usize::try_from(reserved).unwrap_or(0));
        loop {
            let chunk = tokio::time::timeout(self.deadlines.idle, response.chunk()).await;
            let chunk = chunk.map_err(|_| self.stalled(self.deadlines.idle))?;
            let Some(chunk) = chunk.map_err(|error| self.unreachable(error))? else { break };
            if (bytes.len() + chunk.len()) as u64 > max {
                return Err(too_long());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    fn stalled(&self, after: Duration) -> Failed {
        let error = RemoteError::Storage(S3Error::Stalled { host: self.host(), after });
        Attempt { error, passing: true, retry_after: None }
    }

    fn unreachable(&self, error: reqwest::Error) -> Failed {
        let source = NetworkError::from(error);
        let passing = !source.is_unusable;
        Attempt { error: RemoteError::Unreachable { host: self.host(), source }, passing, retry_after: None }
    }

    fn nonsense(
        &self,
        call: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Failed {
        let error = RemoteError::NotVitrine { host: self.host(), call, source: source.into() };
        Attempt { error, passing: true, retry_after: None }
    }

    /// Where the server sends us instead. Not followed: a token would go along.
    fn moved(&self, call: &'static str, status: StatusCode, headers: &HeaderMap) -> Option<Failed> {
        if !status.is_redirection() {
            return None;
        }
        let to = headers.get(LOCATION).and_then(|to| self.address.origin.join(to.to_str().ok()?).ok());
        // The rest of it may hold what lets us in.
        let to = to.map(|to| format!("`{}`", to.origin().ascii_serialization()));
        let to = to.as_deref().unwrap_or("an address that it does not name");
        let text = format!("it answers {status} and sends everybody to {to}: give the share's address there");
        Some(Attempt { passing: false, ..self.nonsense(call, text) })
    }

    fn refusal(&self, call: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failed {
        if let Some(moved) = self.moved(call, status, headers) {
            return moved;
        }
        let error = match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => RemoteError::Refused { call, problem: Box::new(problem) },
            Err(_) if status == StatusCode::RANGE_NOT_SATISFIABLE => {
                RemoteError::refused(call, ErrorCode::RangeNotSatisfiable, "")
            }
            Err(_) => self.nonsense(call, format!("the answer has status {status} and no problem")).error,
        };
        let passing = matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504);
        Attempt { error, passing, retry_after: retry_after(headers) }
    }
}

/// Whether the capability was not taken, so that a new one may help.
fn is_turned_away(error: &RemoteError) -> bool {
    matches!(error, RemoteError::Refused { problem, .. } if problem.status == 401)
}

impl Source for Gateway {
    fn share(&self) -> ShareId {
        self.address.share
    }

    async fn get(
        &self,
        key: ObjectKey,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Bytes>, RemoteError> {
        match self.fetch(key, range, max).await {
            Ok(answer) => Ok(answer.map(|answer| answer.bytes)),
            Err(error) if error.is(ErrorCode::NotPublished) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks for one byte: the answer to a range says the length of the whole, which proxies drop from an answer to HEAD.
    async fn size_of(&self, key: ObjectKey) -> Result<Option<u64>, RemoteError> {
        match self.fetch(key, Some((0, 1)), 1).await {
            Ok(None) => Ok(None),
            Ok(Some(Answer { total: Some(total), .. })) => Ok(Some(total)),
            Ok(Some(_)) => Err(self.nonsense("read the share", "no Content-Range").error),
            Err(error) if error.is(ErrorCode::RangeNotSatisfiable) => Ok(Some(0)),
            Err(error) => Err(error),
        }
    }
}
