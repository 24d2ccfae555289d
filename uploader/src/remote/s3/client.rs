//! One request at a time: signed, with deadlines, repeated where that helps.

use super::body::{Meter, Metered};
use super::error::{ErrorBody, Place, S3Error};
use super::sign::{self, Credentials};
use crate::progress::Progress;
use crate::remote::limit::{self, Ended, Limiter};
use crate::remote::retry::{Attempt, Deadlines, Patience, RetryPolicy, retry, retry_after};
use crate::remote::throttle::Throttle;
use crate::state::State;
use bytes::{Bytes, BytesMut};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, Response, StatusCode};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use vitrine_protocol::Sha256;

/// What S3's canonical form leaves as it is, and the slashes between the parts of a key.
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Where a bucket is and how to talk to it.
#[derive(Clone)]
pub struct Settings {
    /// The endpoint without the bucket; it may have a path.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// What every key begins with; empty, or ending with a slash.
    pub prefix: String,
    /// The signing region.
    pub region: String,
    /// How often requests are repeated.
    pub retry: RetryPolicy,
    /// How long they may take.
    pub deadlines: Deadlines,
    /// How many bytes a second may go out.
    pub throttle: Option<Throttle>,
    /// Where uploads under way are written down, so that they can go on after a crash.
    pub journal: Option<State>,
}

/// What must be true of the object for a put to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing is there.
    Absent,
    /// It still has this `ETag`, with its quotes.
    Matches(String),
}

/// An object that was read.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its bytes, or those of the range.
    pub bytes: Bytes,
    /// Its `ETag`, with its quotes.
    pub etag: String,
}

/// One bucket, reached with credentials that may be replaced while it is in use.
pub struct Client {
    http: reqwest::Client,
    pub(super) settings: Settings,
    credentials: RwLock<Credentials>,
    pub(super) progress: Arc<dyn Progress>,
    /// Multipart uploads that were begun and neither completed nor aborted: key and id.
    pub(super) open_uploads: Mutex<BTreeSet<(String, String)>>,
    /// Bounds the requests that send bytes.
    limiter: Limiter,
    host: String,
    pub(super) patience: Patience,
}

pub(super) struct Call<'a> {
    pub(super) action: &'static str,
    pub(super) method: Method,
    pub(super) key: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    pub(super) hash: Sha256,
    /// The longest answer that is read.
    pub(super) answer_max: u64,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) etag: String,
    pub(super) length: Option<u64>,
    /// The length of the whole, where the answer is a part of it.
    total: Option<u64>,
    pub(super) bytes: Bytes,
}

impl Client {
    /// Makes a client. Nothing is sent yet.
    pub fn new(
        settings: Settings,
        credentials: Credentials,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, S3Error> {
        let bad = || S3Error::Endpoint { url: settings.endpoint.clone() };
        let url = url::Url::parse(&settings.endpoint).map_err(|_| bad())?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(bad)?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let http = crate::remote::network::client(&settings.deadlines).map_err(S3Error::Setup)?;
        let (credentials, open_uploads) = (RwLock::new(credentials), Mutex::default());
        let (limiter, patience) = (Limiter::default(), Patience::default());
        Ok(Self { http, settings, credentials, progress, open_uploads, limiter, host, patience })
    }

    /// Goes on with other credentials.
    pub fn set_credentials(&self, credentials: Credentials) {
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = credentials;
    }

    /// Reads an object, or `length` bytes of it from `offset`; `None` when there is none. Refuses more than `max` bytes.
    pub async fn get(
        &self,
        key: &str,
        range: Option<(u64, u64)>,
        max: u64,
    ) -> Result<Option<Object>, S3Error> {
        let mut call = Call::new("get", Method::GET, key);
        call.answer_max = max;
        if let Some((offset, length)) = range {
            call.answer_max = length;
            call.headers.push(("range", format!("bytes={offset}-{}", (offset + length).saturating_sub(1))));
        }
        let answer = match self.call(call).await {
            Ok(answer) => answer,
            Err(error) if error.status() == Some(404) => return Ok(None),
            Err(error) => return Err(error),
        };
        if let Some((_, length)) = range
            && answer.bytes.len() as u64 != length
        {
            let what = format!("{} bytes where {length} were asked for", answer.bytes.len());
            return Err(S3Error::Nonsense { action: "get", key: key.to_owned(), what });
        }
        Ok(Some(Object { bytes: answer.bytes, etag: answer.etag }))
    }

    /// The length of an object; `None` when there is none.
    pub async fn head(&self, key: &str) -> Result<Option<u64>, S3Error> {
        match self.call(Call::new("head", Method::HEAD, key)).await {
            Ok(Answer { length: None, .. }) => self.measure(key).await,
            Ok(answer) => Ok(answer.length),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The length by the answer to a range of one byte: some stores, and proxies before them, leave it out of an answer to HEAD.
    async fn measure(&self, key: &str) -> Result<Option<u64>, S3Error> {
        let mut call = Call::new("head", Method::GET, key);
        call.headers.push(("range", "bytes=0-0".to_owned()));
        let nonsense = || {
            let what = "no word of how long the object is".to_owned();
            S3Error::Nonsense { action: "head", key: key.to_owned(), what }
        };
        match self.call(call).await {
            Ok(answer) if answer.status == StatusCode::PARTIAL_CONTENT => {
                answer.total.map(Some).ok_or_else(nonsense)
            }
            // A store without ranges sends all of it.
            Ok(answer) => Ok(Some(answer.bytes.len() as u64)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) if error.status() == Some(416) => Ok(Some(0)),
            Err(S3Error::TooLong { .. }) => Err(nonsense()),
            Err(error) => Err(error),
        }
    }

    /// Writes an object whose bytes hash to `hash`; the server checks that. Returns its `ETag`.
    ///
    /// With a condition, a lost reply can make a put that happened look refused (status 412): the caller looks again.
    pub async fn put(
        &self,
        key: &str,
        body: Bytes,
        hash: Sha256,
        condition: Option<Condition>,
    ) -> Result<String, S3Error> {
        let mut call = Call::new("put", Method::PUT, key);
        call.headers.push(("content-type", "application/octet-stream".to_owned()));
        match condition {
            Some(Condition::Absent) => call.headers.push(("if-none-match", "*".to_owned())),
            Some(Condition::Matches(etag)) => call.headers.push(("if-match", etag)),
            None => {}
        }
        (call.body, call.hash) = (body, hash);
        Ok(self.call(call).await?.etag)
    }

    pub(super) async fn call(&self, call: Call<'_>) -> Result<Answer, S3Error> {
        retry(&self.settings.retry, &self.patience, self.progress.as_ref(), || self.attempt(&call)).await
    }

    pub(super) async fn attempt(&self, call: &Call<'_>) -> Result<Answer, Attempt<S3Error>> {
        if call.body.is_empty() {
            return self.attempt_now(call).await;
        }
        let turn = self.limiter.turn().await;
        let outcome = self.attempt_now(call).await;
        turn.end(match &outcome {
            Ok(_) => Ended::Well(call.body.len() as u64),
            Err(failure) if failure.error.is_overload() => Ended::Overloaded,
            Err(_) => Ended::Otherwise,
        });
        outcome
    }

    async fn attempt_now(&self, call: &Call<'_>) -> Result<Answer, Attempt<S3Error>> {
        let deadlines = self.deadlines();
        let after = deadlines.for_bytes(call.body.len() as u64 + call.answer_max.min(1 << 30));
        let idle = deadlines.idle_for(call.body.len() as u64);
        let meter = Meter::default();
        let stalled = |after| S3Error::Stalled { host: self.host.clone(), after };
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(after, self.send(call, &meter)) => {
                outcome.unwrap_or_else(|_| Err((stalled(after), None)))
            }
            () = meter.stalled(idle) => Err((stalled(idle), None)),
        };
        if let Err((error, _)) = &outcome
            && error.status() == Some(404)
        {
            self.patience.answered();
        }
        outcome.map_err(|(error, retry_after)| Attempt { passing: error.is_passing(), error, retry_after })
    }

    async fn send(
        &self,
        call: &Call<'_>,
        meter: &Meter,
    ) -> Result<Answer, (S3Error, Option<std::time::Duration>)> {
        let unreachable = |error: reqwest::Error| {
            (S3Error::Unreachable { host: self.host.clone(), source: error.into() }, None)
        };
        let request = self.request(call, meter).map_err(|error| (error, None))?;
        let response = request.send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return Err(self.refusal(call, response, meter).await);
        }
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let etag = header(reqwest::header::ETAG).unwrap_or_default().to_owned();
        let length = header(reqwest::header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
        let total =
            header(reqwest::header::CONTENT_RANGE).and_then(|text| text.rsplit_once('/')?.1.parse().ok());
        let bytes = match read_limited(response, call.answer_max, meter).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                let (key, max) = (call.key.to_owned(), call.answer_max);
                return Err((S3Error::TooLong { key, max }, None));
            }
            Err(error) => return Err(unreachable(error)),
        };
        Ok(Answer { status, etag, length, total, bytes })
    }

    async fn refusal(
        &self,
        call: &Call<'_>,
        response: Response,
        meter: &Meter,
    ) -> (S3Error, Option<std::time::Duration>) {
        let status = response.status().as_u16();
        let wait = retry_after(response.headers());
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (location, region) = (header("location"), header("x-amz-bucket-region"));
        let text = read_limited(response, 64 * 1024, meter).await.ok().flatten().unwrap_or_default();
        let body = ErrorBody::parse(&String::from_utf8_lossy(&text));
        let (action, key) = (call.action, call.key.to_owned());
        let Settings { endpoint, bucket, region: ours, .. } = &self.settings;
        let scheme = if endpoint.starts_with("https") { "https" } else { "http" };
        let place = Place {
            region: Place::region(&region).or_else(|| Place::region(&body.region)),
            endpoint: Place::endpoint(&location, bucket, scheme)
                .or_else(|| Place::endpoint(&body.endpoint, bucket, scheme)),
        };
        let elsewhere = place.region.as_ref().is_some_and(|region| region != ours);
        // With 400, a signature for another region is refused: `AuthorizationHeaderMalformed`.
        if matches!(status, 301 | 302 | 303 | 307 | 308) || (status == 400 && elsewhere) {
            return (S3Error::Moved { action, key, status, place }, wait);
        }
        let ErrorBody { code, message, .. } = body;
        (S3Error::Refused { action, key, status, code, message }, wait)
    }

    /// The deadlines, with what a throttle adds: one request's share of the rate may be small.
    fn deadlines(&self) -> Deadlines {
        let mut deadlines = self.settings.deadlines;
        if let Some(throttle) = &self.settings.throttle {
            let share = (throttle.per_second() / limit::MAX as u64).max(1);
            deadlines.bytes_per_second_min = deadlines.bytes_per_second_min.min(share);
        }
        deadlines
    }

    fn request(&self, call: &Call<'_>, meter: &Meter) -> Result<reqwest::RequestBuilder, S3Error> {
        let Settings { endpoint, bucket, prefix, region, .. } = &self.settings;
        let key = format!("{prefix}{}", call.key);
        let path = utf8_percent_encode(&key, KEY);
        let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
        let url = format!("{}/{bucket}/{path}{query}", endpoint.trim_end_matches('/'));
        let credentials = self.credentials.read().unwrap_or_else(PoisonError::into_inner).clone();
        let signed =
            sign::headers(&credentials, region, call.method.as_str(), &url, &call.headers, &call.hash)?;
        let mut request = self.http.request(call.method.clone(), url);
        for (name, value) in call.headers.iter().map(|(name, value)| (*name, value)) {
            request = request.header(name, value);
        }
        for (name, value) in &signed {
            request = request.header(name, value);
        }
        if call.method == Method::PUT || call.method == Method::POST {
            let body = Metered::new(call.body.clone(), meter.clone(), self.settings.throttle.clone());
            request = request.body(reqwest::Body::wrap(body));
        }
        Ok(request)
    }
}

impl<'a> Call<'a> {
    pub(super) fn new(action: &'static str, method: Method, key: &'a str) -> Self {
        let (headers, body, hash) = (Vec::new(), Bytes::new(), Sha256::of(b""));
        Self { action, method, key, query: "", headers, body, hash, answer_max: 64 * 1024 }
    }
}

/// Reads a body, but not past `max` bytes: then `None`.
async fn read_limited(
    mut response: Response,
    max: u64,
    meter: &Meter,
) -> Result<Option<Bytes>, reqwest::Error> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if (bytes.len() + chunk.len()) as u64 > max {
            return Ok(None);
        }
        meter.add(chunk.len());
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes.freeze()))
}
