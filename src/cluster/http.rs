//! The one client: it logs in, and keeps what the server's headers say.

mod heard;

use std::fmt;
use std::sync::Arc;

use anyhow::anyhow;
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use kube::client::Body;
use kube::{Client, Config};
use tokio::sync::Mutex;
use tower::{BoxError, service_fn};

use super::exec_auth::Plugin;
use super::explain;
pub(super) use heard::Heard;

/// A credential this close to its end is renewed first.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

pub(super) struct Wire {
    login: Mutex<Login>,
    heard: Arc<Heard>,
}

/// The client as long as its credential lasts: `kube` has no way to change either of token and certificate.
struct Login {
    config: Config,
    client: Client,
    plugin: Option<Plugin>,
    expires: Option<Timestamp>,
    /// How often it was renewed.
    turn: u32,
    /// The server took this credential once, so a 401 means that it has ended since.
    accepted: bool,
}

/// The credential plugin said no in the middle of the work.
#[derive(Debug)]
pub(super) struct LoginFailed(anyhow::Error);

impl Wire {
    pub fn new(
        config: Config,
        plugin: Option<Plugin>,
        expires: Option<Timestamp>,
        heard: Arc<Heard>,
    ) -> anyhow::Result<Self> {
        let client = build(&config)?;
        let login = Login { config, client, plugin, expires, turn: 0, accepted: false };
        Ok(Self { login: Mutex::new(login), heard })
    }

    pub fn into_client(self, namespace: &str) -> Client {
        let wire = Arc::new(self);
        let service = service_fn(move |request| {
            let wire = wire.clone();
            async move { wire.send(request).await }
        });
        Client::new(service, namespace)
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let (parts, body) = request.into_parts();
        // A request that was refused for its credential has done nothing, so it may go out again, a write too.
        let again = body.try_clone().map(|body| Request::from_parts(parts.clone(), body));
        let (response, turn) = self.send_once(Request::from_parts(parts, body)).await?;
        let ended = self.login.lock().await.judge(turn, response.status());
        match again {
            Some(request) if ended => Ok(self.send_once(request).await?.0),
            _ => Ok(response),
        }
    }

    async fn send_once(&self, request: Request<Body>) -> Result<(Response<Body>, u32), BoxError> {
        let (client, turn) = self.login.lock().await.current().await?;
        let response = client.send(request).await?;
        self.heard.listen(response.headers());
        Ok((response, turn))
    }
}

impl Login {
    async fn current(&mut self) -> Result<(Client, u32), LoginFailed> {
        if let Some(plugin) = &self.plugin
            && self.expires.is_some_and(|end| end < Timestamp::now() + MARGIN)
        {
            let issued = plugin.run().await.map_err(LoginFailed)?;
            self.expires = issued.expires;
            issued.put_into(&mut self.config.auth_info).map_err(LoginFailed)?;
            self.client = build(&self.config).map_err(LoginFailed)?;
            self.turn += 1;
            self.accepted = false;
        }
        Ok((self.client.clone(), self.turn))
    }

    /// Whether the credential of that turn has ended and a new one can be had.
    fn judge(&mut self, turn: u32, status: StatusCode) -> bool {
        if status != StatusCode::UNAUTHORIZED {
            self.accepted |= turn == self.turn;
            return false;
        }
        if self.plugin.is_none() {
            return false;
        }
        if turn == self.turn && self.accepted {
            self.expires = Some(Timestamp::MIN);
            return true;
        }
        turn < self.turn
    }
}

fn build(config: &Config) -> anyhow::Result<Client> {
    Client::try_from(config.clone()).map_err(|error| anyhow!(explain::configuration(&error)))
}

impl fmt::Display for LoginFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for LoginFailed {}
