//! The HTTP client, and what a broken connection says.

use super::retry::Deadlines;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// The HTTP client of both the store and the control plane.
///
/// HTTP/1.1, because one HTTP/2 connection is slower for bulk and stalls as one; no redirects, because a signature would
/// not survive one and a token must not follow one.
pub(crate) fn client(deadlines: &Deadlines) -> Result<reqwest::Client, reqwest::Error> {
    // No read timeout: the client starts it with the request, so it would cut long uploads off. A peer that is gone is
    // noticed by the system; one that is there and silent, by the callers' own deadlines.
    let builder = reqwest::Client::builder();
    #[cfg(target_os = "linux")]
    let builder = builder.tcp_user_timeout(deadlines.idle);
    builder
        .tcp_keepalive(deadlines.idle / 4)
        .user_agent(concat!("vitrine/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(deadlines.connect)
        .pool_max_idle_per_host(64)
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(Resolver))
        .build()
}

/// The system's resolver, but for names under `localhost`: RFC 6761 makes them the loopback, and many systems do not know.
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str().trim_end_matches('.');
            if name == "localhost" || name.ends_with(".localhost") {
                let loopback = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), (Ipv6Addr::LOCALHOST, 0).into()];
                return Ok(Box::new(loopback.into_iter()) as Addrs);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A connection that could not be made, or broke off.
///
/// The HTTP client wraps the one useful sentence (`Connection refused`) in three that say that a request was being sent; only
/// the innermost is kept.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct NetworkError {
    text: String,
    /// Whether the request could not even be built: then trying again is no use.
    pub(crate) is_unusable: bool,
}

impl From<reqwest::Error> for NetworkError {
    fn from(error: reqwest::Error) -> Self {
        let (is_unusable, is_timeout) = (error.is_builder(), error.is_timeout());
        let error = error.without_url();
        let mut innermost: &dyn Error = &error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let text = innermost.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        let text = if is_timeout { "No answer came in time".to_owned() } else { text.to_owned() };
        Self { text, is_unusable }
    }
}
