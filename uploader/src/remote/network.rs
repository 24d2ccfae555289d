//! The HTTP client, and what a broken connection says.

use super::proxy::PROXIES;
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
        .proxy(reqwest::Proxy::custom(|url| PROXIES.proxy_for(url).cloned()))
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
    /// Whether it stays as it is: the request could not be built, or the two do not agree on TLS. Then trying again is no use.
    pub(crate) is_unusable: bool,
    way_out: Option<&'static str>,
}

impl NetworkError {
    /// What a person can do about it, where the error alone says that.
    pub fn way_out(&self) -> Option<&'static str> {
        self.way_out
    }
}

impl From<reqwest::Error> for NetworkError {
    fn from(error: reqwest::Error) -> Self {
        let (is_unusable, is_timeout) = (error.is_builder(), error.is_timeout());
        let proxy =
            error.url().filter(|_| error.is_connect()).and_then(|url| PROXIES.proxy_for(url)).map(address);
        let error = error.without_url();
        let way_out = tls_error(&error).and_then(tls_way_out);
        let mut innermost: &dyn Error = &error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let text = innermost.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        let text = if is_timeout { "No answer came in time".to_owned() } else { text.to_owned() };
        let is_unusable = is_unusable || way_out.is_some();
        let Some(proxy) = proxy else { return Self { text, is_unusable, way_out } };
        let way_out = way_out.or(Some(PROXY_WAY_OUT));
        Self {
            text: format!("The connection goes through the proxy at {proxy}: {text}"),
            is_unusable,
            way_out,
        }
    }
}

const PROXY_WAY_OUT: &str =
    "Is the proxy in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY right? NO_PROXY says which hosts need none.";

/// The host and port of a proxy, without the name and password that its URL may have.
fn address(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What TLS said, somewhere below. An I/O error has it inside itself, not as its source.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inside {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    None
}

/// The way out of what TLS will say again and again; none for what may pass.
fn tls_way_out(error: &rustls::Error) -> Option<&'static str> {
    use rustls::CertificateError as Bad;
    use rustls::Error as Tls;
    Some(match error {
        Tls::InvalidCertificate(
            Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. },
        ) => {
            "The server's certificate is of another time: check this machine's clock, or have the certificate renewed."
        }
        Tls::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            "The server's certificate is for another name: check the address."
        }
        Tls::InvalidCertificate(_) => {
            "The server's certificate is not trusted here. If an authority of your organisation made it, add that to the system's, or name its file in SSL_CERT_FILE."
        }
        Tls::InvalidMessage(rustls::InvalidMessage::InvalidContentType) | Tls::PeerIncompatible(_) => {
            "The server does not speak a TLS that this program does: check the port, and whether the address begins with http:// or https://"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{CertificateError, Error as Tls};
    use std::io;

    #[test]
    fn what_tls_says_for_good_is_found_inside_io_errors_and_has_a_way_out() {
        let nested = |error: Tls| io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error));
        for (bad, word) in [
            (CertificateError::Expired, "clock"),
            (CertificateError::NotValidForName, "address"),
            (CertificateError::UnknownIssuer, "SSL_CERT_FILE"),
            (CertificateError::BadSignature, "SSL_CERT_FILE"),
        ] {
            let error = nested(Tls::InvalidCertificate(bad));
            let found = tls_error(&error).and_then(tls_way_out).unwrap();
            assert!(found.contains(word), "{found}");
        }
        for error in [nested(Tls::DecryptError), io::Error::other("no")] {
            assert_eq!(tls_error(&error).and_then(tls_way_out), None, "{error}");
        }
    }

    #[tokio::test]
    async fn a_server_without_tls_is_unusable_under_https_and_one_that_is_away_is_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let serve = async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 512];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut hello).await;
            let _ =
                tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            // Open until the client ends it.
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut hello).await;
        };
        let client = client(&Deadlines::default()).unwrap();
        let (answer, ()) = tokio::join!(client.get(&url).send(), serve);
        let error = NetworkError::from(answer.unwrap_err());
        assert!(error.is_unusable && error.way_out().is_some(), "{error:?}");
        let error = NetworkError::from(client.get(&url).send().await.unwrap_err());
        assert!(!error.is_unusable && error.way_out().is_none(), "{error:?}");
    }
}
