//! Who we talk to, without the password its URL may hold.

use std::fmt;

use http::Uri;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// `host:port` of the API server.
    pub server: String,
    /// `host:port` of the proxy in between.
    pub proxy: Option<String>,
}

impl Peer {
    pub fn of(config: &kube::Config) -> Self {
        Self { server: place(&config.cluster_url), proxy: config.proxy_url.as_ref().map(place) }
    }

    /// What a connection is made to.
    pub fn next_hop(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("the proxy {proxy}"),
            None => self.server.clone(),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            Some(proxy) => write!(f, "{} (through the proxy {proxy})", self.server),
            None => f.write_str(&self.server),
        }
    }
}

fn place(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    match uri.port_u16() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
