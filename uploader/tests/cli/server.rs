//! A control plane and an S3 store over HTTP on a free port, with faults, around the remote in memory.
//!
//! It checks what the real ones check that matters here: the bearer token, the signed payload hash against the body, equal
//! parts, and conditions. Signatures are not checked; that is tried against R2's local simulator.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vitrine::remote::memory::{Memory, MemorySession};
use vitrine::remote::{Remote as _, RemoteError, Session as _, Target};
use vitrine_protocol::api::{
    AbortPublish, Aborted, BeginPublish, CommitPublish, CreateShare, RenewPublish, Renewed, StorageAccess,
    Ticket,
};
use vitrine_protocol::limits::FORMAT_VERSION;
use vitrine_protocol::{ErrorCode, Latest, Manifest, ObjectKey, Problem, Sha256, ShareId};

/// What goes wrong with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// The first request to each address gets 503 and does nothing.
    FailsOnce,
    /// The first request to each address is carried out, but the connection closes before the answer.
    LosesReplies,
}

/// The bucket's name.
pub(crate) const BUCKET: &str = "bucket";

type Upload = BTreeMap<usize, Bytes>;

#[derive(Default)]
struct Inner {
    sessions: HashMap<u64, Arc<MemorySession>>,
    created: HashMap<String, ShareId>,
    uploads: HashMap<String, (String, Upload)>,
    troubled: HashSet<String>,
    next: u64,
}

/// A running server; it ends with the test.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) memory: Memory,
    pub(crate) url: String,
    trouble: Arc<Mutex<Trouble>>,
    inner: Arc<Mutex<Inner>>,
    storage_broken: Arc<AtomicBool>,
    /// Holds puts back.
    pub(crate) puts_held: Gate,
    /// Holds commits of the control plane back.
    pub(crate) commits_held: Gate,
    /// Holds reads of blobs through the gateway back.
    pub(crate) gets_held: Gate,
    /// How long a ticket's lease lives, in milliseconds.
    pub(crate) lease_ms: Arc<AtomicU64>,
    renewals: Arc<AtomicUsize>,
    gets: Arc<AtomicUsize>,
}

/// Holds requests back while it is shut, and counts those it has held.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    shut: Arc<AtomicBool>,
    held: Arc<AtomicUsize>,
}

impl Gate {
    /// Lets nothing through from here on.
    pub(crate) fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
    }

    /// Lets everything through again.
    pub(crate) fn open(&self) {
        self.shut.store(false, Ordering::SeqCst);
    }

    /// How many requests were held so far.
    pub(crate) fn count(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    pub(crate) async fn wait(&self) {
        if self.shut.load(Ordering::SeqCst) {
            self.held.fetch_add(1, Ordering::SeqCst);
        }
        while self.shut.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

pub(crate) type Answer = Response<Full<Bytes>>;

impl Server {
    /// Starts one on a thread of its own.
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let server = Self {
            memory: Memory::default(),
            url: format!("http://{}", listener.local_addr().unwrap()),
            trouble: Arc::new(Mutex::new(Trouble::None)),
            inner: Arc::default(),
            storage_broken: Arc::default(),
            puts_held: Gate::default(),
            commits_held: Gate::default(),
            gets_held: Gate::default(),
            lease_ms: Arc::new(AtomicU64::new(90_000)),
            renewals: Arc::default(),
            gets: Arc::default(),
        };
        let shared = server.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(shared.serve(listener));
        });
        server
    }

    pub(crate) fn set(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
        self.inner.lock().unwrap().troubled.clear();
    }

    /// Sends everyone to a storage whose address is not one.
    pub(crate) fn break_storage(&self) {
        self.storage_broken.store(true, Ordering::SeqCst);
    }

    /// How many requests of readers have come.
    pub(crate) fn gets(&self) -> usize {
        self.gets.load(Ordering::SeqCst)
    }

    /// How often leases were renewed.
    pub(crate) fn renewals(&self) -> usize {
        self.renewals.load(Ordering::SeqCst)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("{}/s3", self.url)
    }

    async fn serve(self, listener: std::net::TcpListener) {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let server = self.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let server = server.clone();
                    async move { server.answer(request).await }
                });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Answer, String> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        self.handle(head, body).await
    }

    /// Answers a request that was read.
    pub(crate) async fn handle(
        &self,
        head: hyper::http::request::Parts,
        body: Bytes,
    ) -> Result<Answer, String> {
        let commit = head.uri.path().ends_with("/publish/commit");
        if head.method == Method::PUT {
            self.puts_held.wait().await;
        } else if commit {
            self.commits_held.wait().await;
        } else if head.uri.path().starts_with("/~") && head.uri.path().contains("/blobs/") {
            self.gets_held.wait().await;
        }
        let trouble = *self.trouble.lock().unwrap();
        let first = self.inner.lock().unwrap().troubled.insert(format!("{} {}", head.method, head.uri));
        if trouble == Trouble::FailsOnce && first {
            return Ok(text(503, "<Error><Code>ServiceUnavailable</Code><Message>wait</Message></Error>"));
        }
        let path = head.uri.path().to_owned();
        let answer = match path.strip_prefix(&format!("/s3/{BUCKET}/")) {
            Some(key) => self.object(&head, &decode(key), body),
            None if path.starts_with("/~") => {
                self.gets.fetch_add(1, Ordering::SeqCst);
                crate::gateway::answer(&self.memory, &head, &body)
            }
            None => self.call(&head, path.strip_prefix("/api/v2/").unwrap_or("?"), &body).await,
        };
        if trouble == Trouble::LosesReplies && first {
            return Err("the connection is cut on purpose".to_owned());
        }
        Ok(answer)
    }

    fn object(&self, head: &hyper::http::request::Parts, key: &str, body: Bytes) -> Answer {
        let header =
            |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        if !header("authorization").is_some_and(|text| text.contains("Credential=good/")) {
            return text(403, "<Error><Code>InvalidAccessKeyId</Code><Message>who?</Message></Error>");
        }
        if header("x-amz-content-sha256") != Some(Sha256::of(&body).to_string()) {
            return text(400, "<Error><Code>XAmzContentSHA256Mismatch</Code></Error>");
        }
        let query: HashMap<String, String> =
            url::form_urlencoded::parse(head.uri.query().unwrap_or("").as_bytes()).into_owned().collect();
        if query.contains_key("uploads") || query.contains_key("uploadId") {
            return self.multipart(&head.method, key, &query, body);
        }
        let stored = self.memory.state().objects.get(key).cloned();
        match head.method {
            Method::GET | Method::HEAD => match stored {
                None => text(404, "<Error><Code>NoSuchKey</Code></Error>"),
                Some(bytes) => ranged(&bytes, header("range").as_deref()),
            },
            Method::PUT => {
                let tag = stored.as_ref().map(etag);
                let wanted = header("if-match");
                if (header("if-none-match").is_some() && tag.is_some()) || (wanted.is_some() && wanted != tag)
                {
                    return text(412, "<Error><Code>PreconditionFailed</Code></Error>");
                }
                let answer = Response::builder().header("etag", etag(&body)).body(Full::default()).unwrap();
                let mut state = self.memory.state();
                state.puts.push(key.to_owned());
                state.objects.insert(key.to_owned(), body);
                answer
            }
            _ => text(405, ""),
        }
    }

    fn multipart(&self, method: &Method, key: &str, query: &HashMap<String, String>, body: Bytes) -> Answer {
        let mut inner = self.inner.lock().unwrap();
        let gone = || text(404, "<Error><Code>NoSuchUpload</Code></Error>");
        let Some(id) = query.get("uploadId") else {
            inner.next += 1;
            let id = format!("upload {}&<>", inner.next);
            inner.uploads.insert(id.clone(), (key.to_owned(), Upload::new()));
            let escaped = id.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let xml = format!(
                "<InitiateMultipartUploadResult><UploadId>{escaped}</UploadId></InitiateMultipartUploadResult>"
            );
            return text(200, &xml);
        };
        match (method.as_str(), query.get("partNumber")) {
            ("PUT", Some(number)) => {
                let tag = etag(&body);
                let Some((_, upload)) = inner.uploads.get_mut(id) else { return gone() };
                upload.insert(number.parse().unwrap(), body);
                Response::builder().header("etag", tag).body(Full::default()).unwrap()
            }
            ("POST", None) => {
                let Some((_, upload)) = inner.uploads.remove(id) else { return gone() };
                let sizes: Vec<usize> = upload.values().map(Bytes::len).collect();
                if sizes.windows(2).rev().skip(1).any(|pair| pair[0] != pair[1]) {
                    return text(400, "<Error><Code>InvalidPart</Code><Message>unequal</Message></Error>");
                }
                let whole: Vec<u8> = upload.values().flatten().copied().collect();
                let mut state = self.memory.state();
                state.puts.push(key.to_owned());
                state.objects.insert(key.to_owned(), whole.into());
                text(200, "<CompleteMultipartUploadResult/>")
            }
            ("DELETE", None) => {
                inner.uploads.remove(id);
                text(204, "")
            }
            _ => text(405, ""),
        }
    }

    /// How many multipart uploads were begun and neither completed nor aborted.
    pub(crate) fn open_uploads(&self) -> usize {
        self.inner.lock().unwrap().uploads.len()
    }

    /// Forgets the uploads of an object, as a lifecycle rule does.
    pub(crate) fn forget_upload(&self, key: &str) {
        self.inner.lock().unwrap().uploads.retain(|_, (of, _)| of != key);
    }

    /// How many parts of those arrived.
    pub(crate) fn parts(&self) -> usize {
        self.inner.lock().unwrap().uploads.values().map(|(_, parts)| parts.len()).sum()
    }

    async fn call(&self, head: &hyper::http::request::Parts, path: &str, body: &[u8]) -> Answer {
        let token = head.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or("");
        let refused = match token {
            "Bearer good" => None,
            "Bearer expired" => Some(ErrorCode::TokenExpired),
            "Bearer other" => Some(ErrorCode::Forbidden),
            _ => Some(ErrorCode::InvalidToken),
        };
        if let Some(code) = refused {
            return problem(&Problem::new(code, ""));
        }
        let answer = match path {
            "shares/create" => Ok(self.create(&serde_json::from_slice(body).unwrap())),
            "publish/begin" => self.begin(serde_json::from_slice(body).unwrap()).await,
            "publish/renew" => self.renew(serde_json::from_slice(body).unwrap()).await,
            "publish/commit" => self.commit(serde_json::from_slice(body).unwrap()).await,
            "publish/abort" => self.abort(serde_json::from_slice(body).unwrap()).await,
            _ => return problem(&Problem::new(ErrorCode::NoRoute, "")),
        };
        match answer {
            Ok(json) => text(200, &json.to_string()),
            Err(RemoteError::Refused { problem: found, .. }) => problem(&found),
            Err(error) => problem(&Problem::new(ErrorCode::Internal, error.to_string())),
        }
    }

    fn create(&self, wanted: &CreateShare) -> serde_json::Value {
        let mut inner = self.inner.lock().unwrap();
        inner.next += 1;
        let fresh = ShareId::from_random('e', [u8::try_from(inner.next + 9).unwrap(); 25]).unwrap();
        let key = wanted.idempotency_key.clone().unwrap();
        let share_id = *inner.created.entry(key).or_insert(fresh);
        json!({
            "share_id": share_id, "project_id": "p", "path": wanted.path, "title": wanted.title.clone().unwrap_or_default(),
            "description": "", "license": "", "scope": "unlisted", "indexing_opt_in": false, "state": "active",
            "created_at": 0, "url": format!("{}/{share_id}", self.url),
        })
    }

    /// How many shares were made.
    pub(crate) fn shares(&self) -> usize {
        self.inner.lock().unwrap().created.len()
    }

    fn storage(&self) -> StorageAccess {
        StorageAccess {
            endpoint: if self.storage_broken.load(Ordering::SeqCst) {
                "not a URL".to_owned()
            } else {
                self.endpoint()
            },
            bucket: BUCKET.to_owned(),
            prefix: String::new(),
            region: "auto".to_owned(),
            access_key_id: "good".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: Some("session".to_owned()),
            expires_at: None,
        }
    }

    async fn begin(&self, wanted: BeginPublish) -> Result<serde_json::Value, RemoteError> {
        if wanted.share_id.region() == 'z' {
            return Err(RemoteError::refused("", ErrorCode::ShareNotFound, ""));
        }
        let target = Target { share: Some(wanted.share_id), nonce: wanted.nonce, ..Target::default() };
        let session = self.memory.begin(&target).await?;
        let epoch = self.memory.state().lease.as_ref().map_or(0, |(epoch, _)| *epoch);
        let grant = session.grant().clone();
        self.inner.lock().unwrap().sessions.insert(epoch, Arc::new(session));
        let ticket = Ticket {
            share_id: wanted.share_id,
            epoch,
            expires_at: 0,
            expires_in_ms: self.lease_ms.load(Ordering::SeqCst),
            base: grant.base,
            storage: self.storage(),
            scope: grant.scope,
            indexing_opt_in: false,
            root_path: "folder".to_owned(),
            url: format!("{}/{}", self.url, wanted.share_id),
        };
        Ok(serde_json::to_value(ticket).unwrap())
    }

    fn session(&self, epoch: u64) -> Result<Arc<MemorySession>, RemoteError> {
        let found = self.inner.lock().unwrap().sessions.get(&epoch).cloned();
        found.ok_or_else(|| RemoteError::refused("", ErrorCode::LeaseLost, ""))
    }

    async fn renew(&self, wanted: RenewPublish) -> Result<serde_json::Value, RemoteError> {
        let life = self.session(wanted.epoch)?.renew().await?;
        self.renewals.fetch_add(1, Ordering::SeqCst);
        let expires_in_ms = u64::try_from(life.min(Duration::from_mins(90)).as_millis()).unwrap();
        Ok(serde_json::to_value(Renewed { expires_at: 0, expires_in_ms, storage: self.storage() }).unwrap())
    }

    async fn commit(&self, wanted: CommitPublish) -> Result<serde_json::Value, RemoteError> {
        let missing = || RemoteError::refused("", ErrorCode::ManifestMismatch, "");
        let key = ObjectKey::manifest(wanted.share_id, wanted.manifest_id).to_string();
        let bytes = self.memory.state().objects.get(&key).cloned().ok_or_else(missing)?;
        let manifest = Manifest::from_json(&bytes).map_err(|_| missing())?;
        let latest = Latest {
            version: FORMAT_VERSION,
            share_id: wanted.share_id,
            manifest_id: wanted.manifest_id,
            manifest_hash: wanted.manifest_hash,
            published_at: 0,
            file_count: manifest.file_count,
            size_bytes: manifest.size_bytes,
        };
        let mut committed = self.session(wanted.epoch)?.commit(&latest).await?;
        committed.url = format!("{}/{}", self.url, wanted.share_id);
        Ok(serde_json::to_value(committed).unwrap())
    }

    async fn abort(&self, wanted: AbortPublish) -> Result<serde_json::Value, RemoteError> {
        self.session(wanted.epoch)?.abort().await?;
        Ok(serde_json::to_value(Aborted { released: true }).unwrap())
    }
}

pub(crate) fn ranged(bytes: &Bytes, range: Option<&str>) -> Answer {
    let answer = Response::builder().header("etag", etag(bytes));
    let Some((from, to)) = range.and_then(|text| text.strip_prefix("bytes=")?.split_once('-')) else {
        return answer.body(Full::new(bytes.clone())).unwrap();
    };
    let (from, to) = (from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap());
    answer.status(206).body(Full::new(bytes.slice(from..(to + 1).min(bytes.len())))).unwrap()
}

fn etag(bytes: &Bytes) -> String {
    format!("\"{}\"", Sha256::of(bytes))
}

pub(crate) fn text(status: u16, body: &str) -> Answer {
    Response::builder().status(status).body(Full::new(Bytes::from(body.to_owned()))).unwrap()
}

pub(crate) fn problem(problem: &Problem) -> Answer {
    let json = serde_json::to_vec(problem).unwrap();
    Response::builder()
        .status(problem.status)
        .header("content-type", "application/problem+json")
        .body(Full::new(Bytes::from(json)))
        .unwrap()
}

fn decode(key: &str) -> String {
    percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned()
}

/// A share id of region `region`, the same each time.
pub(crate) fn share(region: char) -> ShareId {
    let mut text = String::from(region);
    let _ = write!(text, "{}", "1".repeat(25));
    text.parse().unwrap()
}
