//! Which proxy leads to the cluster: the rules of Go's `golang.org/x/net/http/httpproxy`.

use std::net::IpAddr;

use anyhow::bail;
use http::Uri;

use super::environment::Environment;

/// What the environment says about proxies.
#[derive(Clone, Copy, Default)]
pub(super) struct Variables<'a> {
    pub http: Option<&'a str>,
    pub https: Option<&'a str>,
    pub none: Option<&'a str>,
}

impl<'a> Variables<'a> {
    pub fn of(env: &'a Environment) -> Self {
        Self {
            http: env.text(&["HTTP_PROXY", "http_proxy"]),
            https: env.text(&["HTTPS_PROXY", "https_proxy"]),
            none: env.text(&["NO_PROXY", "no_proxy"]),
        }
    }
}

/// The proxy to `server`. The kubeconfig's `proxy-url` holds whatever NO_PROXY says.
pub(super) fn choose(
    proxy_url: Option<&str>,
    variables: Variables<'_>,
    server: &Uri,
) -> anyhow::Result<Option<Uri>> {
    if let Some(url) = proxy_url {
        return parse(url, "proxy-url of the kubeconfig").map(Some);
    }
    let https = server.scheme_str() == Some("https");
    let (variable, name) =
        if https { (variables.https, "HTTPS_PROXY") } else { (variables.http, "HTTP_PROXY") };
    match variable {
        Some(url) if !bypasses(variables.none.unwrap_or_default(), server) => {
            parse(url, name).map(Some)
        }
        _ => Ok(None),
    }
}

/// `kube` speaks http, https and socks5; names are resolved by the SOCKS proxy in either spelling of the latter.
fn parse(url: &str, origin: &str) -> anyhow::Result<Uri> {
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let url = match url.strip_prefix("socks5h://") {
        Some(rest) => format!("socks5://{rest}"),
        None => url,
    };
    match url.parse::<Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https" | "socks5")) => Ok(uri),
        // The value is not shown: it may hold a password.
        _ => bail!("{origin} is not the URL of an http, https or socks5 proxy"),
    }
}

fn bypasses(no_proxy: &str, server: &Uri) -> bool {
    let Some(host) = server.host() else { return true };
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok();
    if host == "localhost" || address.is_some_and(|address| address.to_canonical().is_loopback()) {
        return true;
    }
    let port = server.port_u16().unwrap_or(match server.scheme_str() {
        Some("https") => 443,
        _ => 80,
    });
    no_proxy
        .split(',')
        .any(|entry| matches(&entry.trim().to_ascii_lowercase(), &host, address, port))
}

fn matches(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = network(entry) {
        return address.is_some_and(|address| contains(network, bits, address));
    }
    let (entry, entry_port) = split_port(entry);
    let other_port = |given: &str| !given.is_empty() && given != port.to_string();
    if entry_port.is_some_and(other_port) {
        return false;
    }
    if let Ok(entry) = entry.parse::<IpAddr>() {
        return address.is_some_and(|address| address.to_canonical() == entry.to_canonical());
    }
    let entry = if entry.starts_with("*.") { &entry[1..] } else { entry };
    match entry.strip_prefix('.') {
        Some(suffix) => !suffix.is_empty() && host.ends_with(entry),
        None if entry.is_empty() => false,
        None => host == entry || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.')),
    }
}

/// `host:port`, `[v6]:port`, `[v6]`, or a host alone, which may be a bare IPv6 address.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (entry, None),
    }
}

fn network(entry: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = entry.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u32 = bits.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((address, bits))
}

fn contains(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    match (network, address.to_canonical()) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_is_matched_against_the_cluster() {
        let cases = [
            ("https://api.corp.example:6443", "", false),
            ("https://api.corp.example:6443", "*", true),
            ("https://api.corp.example:6443", "other.example, *", true),
            ("https://api.corp.example:6443", "corp.example", true),
            ("https://api.corp.example:6443", ".corp.example", true),
            ("https://api.corp.example:6443", "*.corp.example", true),
            ("https://api.corp.example:6443", "API.Corp.Example", true),
            ("https://corp.example", "corp.example", true),
            ("https://corp.example", ".corp.example", false),
            ("https://evilcorp.example", "corp.example", false),
            ("https://api.corp.example:6443", "corp.example:6443", true),
            ("https://api.corp.example:6443", "corp.example:443", false),
            ("https://api.corp.example", "corp.example:443", true),
            ("https://api.corp.example:6443", " a.example , corp.example ,", true),
            ("https://api.corp.example:6443", ",,", false),
            ("https://api.corp.example:6443", ":6443", false),
            ("https://10.0.0.1:6443", "10.0.0.1", true),
            ("https://10.0.0.1:6443", "10.0.0.1:6443", true),
            ("https://10.0.0.1:6443", "10.0.0.1:", true),
            ("https://10.0.0.1:6443", "10.0.0.1:1", false),
            ("https://10.0.0.1:6443", "10.0.0.0/8", true),
            ("https://10.0.0.1:6443", "0.0.0.0/0", true),
            ("https://10.0.0.1:6443", "10.0.0.0/33", false),
            ("https://10.0.0.1:6443", "192.168.0.0/16,10.0.0.2/32", false),
            ("https://10.0.0.1:6443", "0.0.1", true),
            ("https://[fd00::1]:6443", "fd00::/8", true),
            ("https://[fd00::1]:6443", "fd00::1", true),
            ("https://[fd00::1]:6443", "[fd00::1]:6443", true),
            ("https://[fd00::1]:6443", "[fd00::1]:1", false),
            ("https://localhost:6443", "", true),
            ("https://127.0.0.1:6443", "", true),
            ("https://127.8.8.8:6443", "", true),
            ("https://[::1]:6443", "", true),
        ];
        for (server, none, direct) in cases {
            let variables = Variables { https: Some("p:3128"), http: None, none: Some(none) };
            let proxy = choose(None, variables, &server.parse().unwrap()).unwrap();
            assert_eq!(proxy.is_none(), direct, "{server} with NO_PROXY={none:?}");
        }
    }

    #[test]
    fn the_scheme_of_the_cluster_chooses_the_variable() {
        let variables =
            Variables { http: Some("http://h:1"), https: Some("socks5h://u:p@s:2"), none: None };
        let choose = |server: &str| choose(None, variables, &server.parse().unwrap()).unwrap();
        assert_eq!(choose("https://a.example").unwrap().to_string(), "socks5://u:p@s:2/");
        assert_eq!(choose("http://a.example").unwrap().to_string(), "http://h:1/");
    }

    #[test]
    fn proxy_url_stands_above_no_proxy() {
        let variables = Variables { none: Some("*"), ..Variables::default() };
        let server = "https://localhost:6443".parse().unwrap();
        let proxy = choose(Some("https://p.example:3128"), variables, &server).unwrap().unwrap();
        assert_eq!(proxy.to_string(), "https://p.example:3128/");
        let error = choose(Some("ftp://u:hunter2@p"), variables, &server).unwrap_err().to_string();
        assert_eq!(
            error,
            "proxy-url of the kubeconfig is not the URL of an http, https or socks5 proxy"
        );
    }

    #[test]
    fn a_scheme_less_proxy_is_http() {
        let variables = Variables { https: Some("proxy.corp:3128"), ..Variables::default() };
        let proxy = choose(None, variables, &"https://a.example".parse().unwrap()).unwrap();
        assert_eq!(proxy.unwrap().to_string(), "http://proxy.corp:3128/");
    }
}
