//! Which proxy a request goes through: the environment's variables, read as curl reads them.
//!
//! The HTTP client has a reading of its own, which takes neither `*`, a port, nor `*.name` in `NO_PROXY` where the server is named
//! by an address. `network` asks this instead, and names the proxy where a connection through it fails.

use std::net::IpAddr;
use std::sync::LazyLock;
use url::{Host, Url};

/// The proxies of this process, read once.
pub(super) static PROXIES: LazyLock<Proxies> =
    LazyLock::new(|| Proxies::read(|name| std::env::var(name).ok()));

/// Proxies, and what needs none.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    exempt: Vec<Exempt>,
}

/// What is reached without a proxy.
#[derive(Debug, PartialEq, Eq)]
enum Exempt {
    Everything,
    /// A name and all below it; only at that port, if there is one.
    Name(String, Option<u16>),
    /// The addresses that begin with so many bits of this one; only at that port, if there is one.
    Addresses(IpAddr, u8, Option<u16>),
}

impl Proxies {
    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first =
            |names: &[&str]| names.iter().find_map(|name| variable(name).filter(|text| !text.is_empty()));
        let proxy = |text: String| {
            let text = if text.contains("://") { text } else { format!("http://{text}") };
            Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        };
        let all = || first(&["all_proxy", "ALL_PROXY"]);
        // A CGI program gets a request's header `Proxy` as HTTP_PROXY.
        let http = match first(&["http_proxy"]) {
            None if variable("REQUEST_METHOD").is_none() => first(&["HTTP_PROXY"]),
            found => found,
        };
        let exempt = first(&["no_proxy", "NO_PROXY"]).unwrap_or_default();
        Self {
            http: http.or_else(all).and_then(proxy),
            https: first(&["https_proxy", "HTTPS_PROXY"]).or_else(all).and_then(proxy),
            exempt: exempt.split([',', ' ', '\t']).filter_map(Exempt::read).collect(),
        }
    }

    /// The proxy for a request to `url`, if it goes through one.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<&Url> {
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.exempt.iter().any(|exempt| exempt.has(url)))
    }
}

impl Exempt {
    fn read(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everything);
        }
        if let Some((address, bits)) = range(text) {
            return Some(Self::Addresses(address, bits, None));
        }
        let (host, port) = match text.rsplit_once(':').map(|(host, port)| (host, port.parse().ok())) {
            Some((host, Some(port))) => (host, Some(port)),
            _ => (text, None),
        };
        if let Some((address, bits)) = range(host) {
            return Some(Self::Addresses(address, bits, port));
        }
        let name = host.strip_prefix('*').unwrap_or(host).trim_matches('.').to_ascii_lowercase();
        (!name.is_empty()).then_some(Self::Name(name, port))
    }

    fn has(&self, url: &Url) -> bool {
        let at = |port: Option<u16>| port.is_none() || port == url.port_or_known_default();
        match (self, url.host()) {
            (Self::Everything, _) => true,
            (Self::Name(name, port), Some(Host::Domain(host))) => {
                let above = host.trim_end_matches('.').strip_suffix(name.as_str());
                at(*port) && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
            (Self::Addresses(start, bits, port), Some(Host::Ipv4(host))) => {
                at(*port) && begins(host.into(), *start, *bits)
            }
            (Self::Addresses(start, bits, port), Some(Host::Ipv6(host))) => {
                at(*port) && begins(host.into(), *start, *bits)
            }
            _ => false,
        }
    }
}

/// An address, in brackets or not, or a range of them as `10.0.0.0/8`.
fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(address);
    let address: IpAddr = address.parse().ok()?;
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(all), |bits| bits.parse().ok().filter(|bits| *bits <= all))?;
    Some((address, bits))
}

fn begins(address: IpAddr, start: IpAddr, bits: u8) -> bool {
    let shift = |all: u32| all - u32::from(bits);
    match (address, start) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            (a.to_bits() ^ b.to_bits()).checked_shr(shift(32)).unwrap_or(0) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            (a.to_bits() ^ b.to_bits()).checked_shr(shift(128)).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Proxies {
        Proxies::read(|name| {
            variables.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn is_direct(exempt: &str, url: &str) -> bool {
        let proxies = read(&[("ALL_PROXY", "proxy:3128"), ("NO_PROXY", exempt)]);
        proxies.proxy_for(&Url::parse(url).unwrap()).is_none()
    }

    #[test]
    fn what_needs_no_proxy_is_read_as_curl_reads_it() {
        for (exempt, url, direct) in [
            ("", "http://a.example/", false),
            ("*", "http://127.0.0.1:9000/", true),
            ("*", "https://[::1]/", true),
            ("x, *", "http://a.example/", true),
            ("example", "http://a.example/", true),
            ("EXAMPLE", "http://Example/", true),
            (".example", "http://example/", true),
            ("*.example", "http://a.b.example/", true),
            ("ample", "http://example/", false),
            ("a.example:9000", "http://a.example:9000/", true),
            ("a.example:9000", "http://a.example/", false),
            ("a.example:443", "https://a.example/", true),
            ("127.0.0.1", "http://127.0.0.1:9000/", true),
            ("127.0.0.1:9000", "http://127.0.0.1:9000/", true),
            ("127.0.0.1:9001", "http://127.0.0.1:9000/", false),
            ("10.0.0.0/8", "http://10.1.2.3/", true),
            ("10.0.0.0/8", "http://11.1.2.3/", false),
            ("0.0.0.0/0", "http://11.1.2.3/", true),
            ("10.0.0.0/99", "http://10.0.0.0/", false),
            ("::1", "http://[::1]:9000/", true),
            ("[::1]", "http://[::1]/", true),
            ("[::1]:80", "http://[::1]/", true),
            ("fe80::/10", "http://[fe80::7]/", true),
            ("one two\tthree", "http://three/", true),
            (",,.,:", "http://a.example/", false),
        ] {
            assert_eq!(is_direct(exempt, url), direct, "NO_PROXY={exempt} {url}");
        }
    }

    #[test]
    fn proxies_are_chosen_by_the_scheme() {
        let proxies =
            read(&[("http_proxy", "one:1"), ("HTTPS_PROXY", "https://two"), ("ALL_PROXY", "three")]);
        let host = |url: &str| proxies.proxy_for(&Url::parse(url).unwrap()).and_then(Url::host_str);
        assert_eq!((host("http://a/"), host("https://a/")), (Some("one"), Some("two")));
        assert!(read(&[("HTTP_PROXY", "one"), ("REQUEST_METHOD", "GET")]).http.is_none());
        assert!(read(&[("HTTP_PROXY", "://")]).http.is_none() && read(&[]).https.is_none());
    }
}
