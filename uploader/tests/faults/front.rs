//! What stands between the program and the store: a server on a free port that lets a plan's faults happen to connections,
//! requests and answers, counts requests, and holds some back.

use crate::faults::{Fault, Outage, Plan, Refusal};
use crate::store::Store;
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

pub(crate) const ACCESS_KEY: &str = "faults";
pub(crate) const SECRET_KEY: &str = "faults-secret";
pub(crate) const BUCKET: &str = "bucket";

type Trouble = Box<dyn std::error::Error + Send + Sync>;
type Answer = Response<UnsyncBoxBody<Bytes, Trouble>>;

/// The connection ends here.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut")]
struct Cut;

/// Requests whose line contains a text wait until so many do.
struct Gate {
    text: &'static str,
    wanted: usize,
    waiting: usize,
}

struct Shared {
    plan: Mutex<Plan>,
    requests: Mutex<u64>,
    another: Condvar,
    gate: Mutex<Option<Gate>>,
    opened: tokio::sync::Notify,
}

/// A running server; it ends with the test.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) store: Store,
    pub(crate) url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    s3: S3Service,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Starts one on a thread of its own, without faults.
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let store = Store::default();
        let mut builder = S3ServiceBuilder::new(store.clone());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let shared = Shared {
            plan: Mutex::new(Plan::calm()),
            requests: Mutex::default(),
            another: Condvar::new(),
            gate: Mutex::default(),
            opened: tokio::sync::Notify::new(),
        };
        let url = format!("http://{address}");
        let server = Self { store, url, address, shared: Arc::new(shared), s3: builder.build() };
        let serving = server.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serving.serve(listener));
        });
        server
    }

    /// From here on this goes wrong. Requests are counted anew. Returns what went wrong before.
    pub(crate) fn set(&self, plan: Plan) -> Plan {
        *locked(&self.shared.requests) = 0;
        std::mem::replace(&mut *locked(&self.shared.plan), plan)
    }

    /// How many requests came since the plan was set.
    pub(crate) fn requests(&self) -> u64 {
        *locked(&self.shared.requests)
    }

    /// Waits until `reached` says so, which is asked again with each request; `false` when `over` says first that it never will.
    pub(crate) fn wait(
        &self,
        mut reached: impl FnMut(&Self) -> bool,
        mut over: impl FnMut() -> bool,
    ) -> bool {
        while !reached(self) {
            if over() {
                return false;
            }
            let requests = locked(&self.shared.requests);
            drop(self.shared.another.wait_timeout(requests, Duration::from_millis(5)));
        }
        true
    }

    /// Holds requests whose line contains `text` until there are `wanted` of them.
    pub(crate) fn gather(&self, text: &'static str, wanted: usize) {
        *locked(&self.shared.gate) = Some(Gate { text, wanted, waiting: 0 });
    }

    /// How many requests are held now.
    pub(crate) fn held(&self) -> usize {
        locked(&self.shared.gate).as_ref().map_or(0, |gate| gate.waiting)
    }

    /// Holds nothing any more.
    pub(crate) fn release(&self) {
        *locked(&self.shared.gate) = None;
        self.shared.opened.notify_waiters();
    }

    async fn serve(self, listener: std::net::TcpListener) {
        let mut listener = Some(TcpListener::from_std(listener).unwrap());
        loop {
            let Some(open) = &listener else {
                // Nothing else can have taken the port, as connections of ours are still on it.
                listener = TcpListener::bind(self.address).await.ok();
                continue;
            };
            let Ok((stream, _)) = open.accept().await else { continue };
            let outage = locked(&self.shared.plan).connection();
            match outage {
                None => drop(tokio::spawn(self.clone().connection(stream))),
                Some(Outage::Reset) => reset(&stream),
                Some(Outage::Refused(time)) => {
                    listener = None;
                    reset(&stream);
                    tokio::time::sleep(time).await;
                }
            }
        }
    }

    async fn connection(self, stream: TcpStream) {
        let service = service_fn(move |request| {
            let server = self.clone();
            async move { server.answer(request).await }
        });
        let _ =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn hold(&self, line: &str) {
        let opened = self.shared.opened.notified();
        {
            let mut gate = locked(&self.shared.gate);
            let Some(shut) = gate.as_mut().filter(|gate| line.contains(gate.text)) else { return };
            shut.waiting += 1;
            if shut.waiting == shut.wanted {
                *gate = None;
                self.shared.opened.notify_waiters();
                return;
            }
        }
        opened.await;
    }

    async fn answer(self, mut request: Request<Incoming>) -> Result<Answer, Cut> {
        let line = format!("{} {}", request.method(), request.uri());
        let fault = locked(&self.shared.plan).draw(&line);
        *locked(&self.shared.requests) += 1;
        self.shared.another.notify_all();
        self.hold(&line).await;
        match fault {
            None => self.pass(request).await,
            Some(Fault::Slow(millis)) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                self.pass(request).await
            }
            Some(Fault::Reset) => Err(Cut),
            Some(Fault::CutBody) => {
                let _ = request.frame().await;
                Err(Cut)
            }
            Some(Fault::LostReply) => {
                self.pass(request).await?.collect().await.map_err(|_| Cut)?;
                Err(Cut)
            }
            Some(Fault::CutAnswer) => cut(self.pass(request).await?).await,
            Some(Fault::Stall) => std::future::pending().await,
            Some(Fault::Refusal(refusal)) => Ok(refused(refusal)),
        }
    }

    async fn pass(&self, request: Request<Incoming>) -> Result<Answer, Cut> {
        let answer = self.s3.call(request.map(s3s::Body::from)).await.map_err(|_| Cut)?;
        Ok(answer.map(BodyExt::boxed_unsync))
    }
}

/// Closes with RST, not FIN: the other side sees `ECONNRESET`.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

/// Half of the body, under headers that promise all of it.
async fn cut(answer: Answer) -> Result<Answer, Cut> {
    let (head, body) = answer.into_parts();
    let bytes = body.collect().await.map_err(|_| Cut)?.to_bytes();
    if bytes.is_empty() {
        return Err(Cut);
    }
    let half = Frame::data(bytes.slice(..bytes.len() / 2));
    let frames = stream::iter([Ok(half), Err(Trouble::from("cut"))]);
    let mut answer = Response::from_parts(head, StreamBody::new(frames).boxed_unsync());
    answer.headers_mut().insert("content-length", bytes.len().into());
    Ok(answer)
}

fn refused(Refusal { status, code, retry_after }: Refusal) -> Answer {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>By the plan.</Message>{}</Error>",
        if status == 301 { format!("<Endpoint>{BUCKET}.s3.example.org</Endpoint>") } else { String::new() }
    );
    let mut answer = Response::builder().status(status).header("content-type", "application/xml");
    if status == 301 {
        answer = answer.header("x-amz-bucket-region", "eu-west-1");
    }
    if let Some(seconds) = retry_after {
        answer = answer.header("retry-after", seconds);
    }
    let body = Full::new(Bytes::from(xml)).map_err(|never| match never {}).boxed_unsync();
    answer.body(body).unwrap()
}
