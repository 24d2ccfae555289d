//! The calls that a host makes, and its WebSocket.
//!
//! The HTTP client makes the WebSocket's connection too: the same roots, proxies, names and deadlines hold for both, and a
//! refusal is read like any other.

use crate::progress::Silent;
use crate::remote::RemoteError;
use crate::remote::api::{Api, Bearer};
use crate::remote::network::NetworkError;
use crate::remote::retry::{Deadlines, RetryPolicy};
use crate::secret::Secret;
use base64ct::{Base64, Encoding as _};
use reqwest::header::{CONNECTION, HeaderMap, UPGRADE};
use reqwest::{Method, StatusCode, Upgraded};
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use vitrine_protocol::api::{EnrollHost, Enrolled, HostOrders, HostReport, ReadForJob, ViewerToken};

/// The longest message that is read: orders for 64 jobs, whose longest part is a path of 4 KiB, with room.
const MESSAGE_MAX: usize = 1 << 20;

/// How long the answer to the upgrade may take.
const UPGRADE_WAIT: Duration = Duration::from_secs(20);

/// The longest refusal that is read.
const REFUSAL_MAX: usize = 64 * 1024;

/// The socket of a host.
pub type Socket = WebSocketStream<Upgraded>;

/// The server, as a host sees it.
#[derive(Clone)]
pub struct Control {
    api: Api,
}

impl Control {
    /// The server at `url`, for a host that signs its own tokens.
    pub fn new(url: &str, holder: String, bearer: Arc<dyn Bearer>) -> Result<Self, RemoteError> {
        Ok(Self { api: bare(url, holder)?.with_bearer(bearer) })
    }

    /// For publishes and copies.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Reports over HTTP, once: whoever calls does it again anyway.
    pub async fn register(&self, report: &HostReport) -> Result<HostOrders, RemoteError> {
        self.api.clone().with_attempts(1).post("take the host's report", "hosts/register", report).await
    }

    /// Asks to read the share of a copy job.
    pub async fn reading(&self, job: &ReadForJob) -> Result<ViewerToken, RemoteError> {
        self.api.post("let the job read the share", "hosts/reading", job).await
    }

    /// Opens the WebSocket.
    pub async fn connect(&self) -> Result<Socket, RemoteError> {
        const CALL: &str = "connect the host";
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|_| RemoteError::Random)?;
        let key = Base64::encode_string(&nonce);
        let request = self
            .api
            .request(Method::GET, "hosts/connect")?
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", &key);
        let unreachable = |error: reqwest::Error| RemoteError::Unreachable {
            host: self.api.host(),
            source: NetworkError::from(error),
        };
        let late = || self.api.not_vitrine(CALL, "no answer came in time");
        let sent = tokio::time::timeout(UPGRADE_WAIT, request.send()).await.map_err(|_| late())?;
        let mut response = sent.map_err(unreachable)?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let status = response.status();
            let mut body = Vec::new();
            while let Ok(Ok(Some(chunk))) = tokio::time::timeout(UPGRADE_WAIT, response.chunk()).await {
                body.extend_from_slice(&chunk);
                if body.len() > REFUSAL_MAX {
                    break;
                }
            }
            return Err(self.api.refusal(CALL, status, &body));
        }
        if !accepts(response.headers(), &key) {
            return Err(self.api.not_vitrine(CALL, "the answer accepts another WebSocket"));
        }
        let upgraded = response.upgrade().await.map_err(unreachable)?;
        let config =
            WebSocketConfig::default().max_message_size(Some(MESSAGE_MAX)).max_frame_size(Some(MESSAGE_MAX));
        Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
    }
}

/// RFC 6455 section 4.1: what shows that the other side speaks WebSocket, and to us.
fn accepts(headers: &HeaderMap, key: &str) -> bool {
    headers
        .get("sec-websocket-accept")
        .is_some_and(|accept| accept.as_bytes() == derive_accept_key(key.as_bytes()).as_bytes())
}

fn bare(url: &str, holder: String) -> Result<Api, RemoteError> {
    let (retry, deadlines) = (RetryPolicy::default(), Deadlines::default());
    Api::new(url, &Secret::new(""), holder, Arc::new(Silent), retry, deadlines)
}

/// Gives the server at `url` the public key of a new host.
pub async fn enroll(url: &str, holder: String, body: &EnrollHost) -> Result<Enrolled, RemoteError> {
    bare(url, holder)?.with_attempts(4).post("enrol the host", "hosts/enroll", body).await
}
