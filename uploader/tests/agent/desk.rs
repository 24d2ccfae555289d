//! The control plane's side of hosts on a free port: enrolment, reports over both ways, tokens that are really checked. What
//! is not of hosts goes on to the server of the command line's tests, with a store behind it.

use crate::books::Books;
use crate::server::{Answer, Gate, Server, problem, text};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use bytes::Bytes;
use ed25519_dalek::{Signature, VerifyingKey};
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use vitrine_protocol::api::{
    BeginPublish, EnrollHost, Enrolled, HostMessage, HostReport, PublishProgress, ReadForJob, ViewerToken,
};
use vitrine_protocol::{ErrorCode, HostId, Problem};

/// What the desk does with hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mood {
    /// Whether there is a [`Socket`] to be had.
    pub(crate) sockets: bool,
    /// Whether reports are answered.
    pub(crate) answers: bool,
    /// Whether hosts are turned away.
    pub(crate) revoked: bool,
    /// Counts up to cut every connection, or to wake them.
    pub(crate) cuts: u32,
    pub(crate) wakes: u32,
}

#[derive(Default)]
pub(crate) struct Files {
    keys: BTreeMap<String, (String, HostId)>,
    pub(crate) progress: Vec<PublishProgress>,
    pub(crate) sockets: usize,
    pub(crate) posts: usize,
}

/// A running desk; it ends with the test.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) server: Server,
    pub(crate) url: String,
    pub(crate) begins_held: Gate,
    books: Arc<Mutex<Books>>,
    files: Arc<Mutex<Files>>,
    mood: Arc<watch::Sender<Mood>>,
}

/// What a host may be enrolled with.
pub(crate) const TOKENS: [&str; 2] = ["first-token", "second-token"];

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

impl Desk {
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let mood = Mood { sockets: true, answers: true, revoked: false, cuts: 0, wakes: 0 };
        let desk = Self {
            server: Server::start(),
            url: format!("http://app.localhost:{}", listener.local_addr().unwrap().port()),
            begins_held: Gate::default(),
            books: Arc::default(),
            files: Arc::default(),
            mood: Arc::new(watch::channel(mood).0),
        };
        let shared = desk.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(shared.serve(listener));
        });
        desk
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    pub(crate) fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap()
    }

    /// Changes the mood, which hosts that are connected notice at once.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Mood)) {
        self.mood.send_modify(change);
    }

    /// Sends orders to whoever is connected, unasked.
    pub(crate) fn wake(&self) {
        self.set(|mood| mood.wakes += 1);
    }

    async fn serve(self, listener: std::net::TcpListener) {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let desk = self.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let desk = desk.clone();
                    async move { desk.answer(request).await }
                });
                let http = hyper::server::conn::http1::Builder::new();
                let _ = http.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
            });
        }
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Result<Answer, String> {
        let path = request.uri().path().to_owned();
        let path = path.strip_prefix("/api/v2/").unwrap_or("?");
        if path != "hosts/enroll"
            && let Err(code) = self.check(request.headers())
        {
            return Ok(problem(&Problem::new(code, "")));
        }
        if path == "hosts/connect" {
            return Ok(self.connect(&mut request));
        }
        let (mut head, body) = request.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        match path {
            "hosts/enroll" => Ok(self.enroll(&serde_json::from_slice(&body).unwrap())),
            "hosts/register" => Ok(self.register(&serde_json::from_slice(&body).unwrap()).await),
            "hosts/reading" => Ok(self.reading(serde_json::from_slice(&body).unwrap())),
            _ => self.publish(&mut head, path, body).await,
        }
    }

    /// Checks a host's token as the real one does.
    fn check(&self, headers: &hyper::HeaderMap) -> Result<(), ErrorCode> {
        let refused = ErrorCode::InvalidToken;
        let token =
            headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let (signed, signature) = token.and_then(|token| token.rsplit_once('.')).ok_or(refused)?;
        let (header, claims) = signed.split_once('.').ok_or(refused)?;
        let json = |text: &str| -> serde_json::Value {
            serde_json::from_slice(&Base64UrlUnpadded::decode_vec(text).unwrap()).unwrap()
        };
        let (header, claims) = (json(header), json(claims));
        let known = self.files().keys.values().find(|(_, host)| header["kid"] == host.to_string()).cloned();
        let (key, host) = known.filter(|_| !self.mood.borrow().revoked).ok_or(ErrorCode::HostRevoked)?;
        let (mut bytes, mut raw) = ([0; 32], [0; 64]);
        Base64UrlUnpadded::decode(key, &mut bytes).unwrap();
        Base64UrlUnpadded::decode(signature, &mut raw).map_err(|_| refused)?;
        let key = VerifyingKey::from_bytes(&bytes).unwrap();
        key.verify_strict(signed.as_bytes(), &Signature::from_bytes(&raw)).map_err(|_| refused)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let (iat, exp) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        let good = claims["aud"] == "vitrine-host" && claims["sub"] == host.to_string() && exp - iat <= 300;
        if good && header["alg"] == "EdDSA" && iat <= now + 1 && now < exp { Ok(()) } else { Err(refused) }
    }

    fn enroll(&self, wanted: &EnrollHost) -> Answer {
        let Some(number) = TOKENS.iter().position(|token| *token == wanted.enrolment_token) else {
            return problem(&Problem::new(ErrorCode::EnrolmentRefused, ""));
        };
        let host_id = HostId::from_parts(1, [u8::try_from(number).unwrap(); 10]);
        let mut files = self.files();
        let known = files.keys.entry(wanted.enrolment_token.clone());
        let (key, _) = known.or_insert_with(|| (wanted.public_key.clone(), host_id));
        if *key != wanted.public_key {
            return problem(&Problem::new(ErrorCode::EnrolmentRefused, "It was used."));
        }
        json(201, &Enrolled { host_id, name: "box".to_owned(), region: 'e' })
    }

    async fn register(&self, report: &HostReport) -> Answer {
        self.files().posts += 1;
        let _ = self.mood.subscribe().wait_for(|mood| mood.answers).await;
        json(200, &self.books().answer(report))
    }

    fn reading(&self, job: ReadForJob) -> Answer {
        let books = self.books();
        if !books.is_at_work(job.job_id, job.attempt) {
            return problem(&Problem::new(ErrorCode::JobLost, ""));
        }
        let share = books.share(job.job_id);
        json(
            200,
            &ViewerToken {
                token: "viewer".to_owned(),
                expires_at: 0,
                url: format!("{}/{share}", self.server.url),
            },
        )
    }

    async fn publish(&self, head: &mut Parts, path: &str, body: Bytes) -> Result<Answer, String> {
        if path == "publish/begin" {
            let begin: BeginPublish = serde_json::from_slice(&body).unwrap();
            let at_work = begin.job.is_some_and(|job| self.books().is_at_work(job.job_id, job.attempt));
            if !at_work {
                return Ok(problem(&Problem::new(ErrorCode::JobLost, "")));
            }
            self.begins_held.wait().await;
        }
        head.headers.insert("authorization", "Bearer good".parse().unwrap());
        self.server.handle(head.clone(), body).await
    }

    fn connect(&self, request: &mut Request<Incoming>) -> Answer {
        if !self.mood.borrow().sockets {
            return problem(&Problem::new(ErrorCode::NoRoute, ""));
        }
        let key = request.headers().get("sec-websocket-key").unwrap().as_bytes().to_owned();
        let (upgrade, desk) = (hyper::upgrade::on(request), self.clone());
        tokio::spawn(async move {
            let socket = TokioIo::new(upgrade.await.unwrap());
            desk.converse(WebSocketStream::from_raw_socket(socket, Role::Server, None).await).await;
        });
        Response::builder()
            .status(101)
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-accept", derive_accept_key(&key))
            .body(Full::default())
            .unwrap()
    }

    async fn converse(&self, mut socket: Socket) {
        self.files().sockets += 1;
        let mut mood = self.mood.subscribe();
        let cuts = mood.borrow().cuts;
        let mut last: Option<HostReport> = None;
        loop {
            let asked = tokio::select! {
                changed = mood.changed() => changed.is_ok(),
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => match serde_json::from_str(&text).unwrap() {
                        HostMessage::Report(report) => {
                            last = Some(report);
                            true
                        }
                        HostMessage::Progress(progress) => {
                            self.files().progress.push(progress);
                            false
                        }
                    },
                    Some(Ok(_)) => false,
                    _ => return,
                },
            };
            let now = *mood.borrow_and_update();
            if now.cuts != cuts || now.revoked || !now.sockets {
                return;
            }
            if let (true, true, Some(report)) = (asked, now.answers, &last) {
                let orders = serde_json::to_string(&self.books().answer(report)).unwrap();
                if socket.send(Message::Text(orders.into())).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn json(status: u16, body: &impl Serialize) -> Answer {
    text(status, &serde_json::to_string(body).unwrap())
}
