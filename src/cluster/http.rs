//! The one client: it logs in, and keeps what the server's headers say.

mod heard;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

struct Login {
    config: Config,
    plugin: Option<Plugin>,
    expires: Option<Timestamp>,
    session: Session,
}

/// A client as long as its credential lasts: `kube` has no way to change both token and certificate in one.
#[derive(Clone)]
struct Session {
    client: Client,
    /// The server took this credential once, so a 401 means that it has ended since.
    accepted: Arc<AtomicBool>,
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
        let session = Session::new(&config)?;
        Ok(Self { login: Mutex::new(Login { config, plugin, expires, session }), heard })
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
        let (response, session) = self.send_once(Request::from_parts(parts, body)).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            session.accepted.store(true, Ordering::Relaxed);
            return Ok(response);
        }
        let Some(request) = again else { return Ok(response) };
        if self.login.lock().await.give_up(&session) {
            return Ok(self.send_once(request).await?.0);
        }
        Ok(response)
    }

    async fn send_once(
        &self,
        request: Request<Body>,
    ) -> Result<(Response<Body>, Session), BoxError> {
        let session = self.login.lock().await.current().await?;
        let response = session.client.send(request).await?;
        self.heard.listen(response.headers());
        Ok((response, session))
    }
}

impl Login {
    async fn current(&mut self) -> Result<Session, LoginFailed> {
        if let Some(plugin) = &self.plugin
            && self.expires.is_some_and(|end| end < Timestamp::now() + MARGIN)
        {
            let issued = plugin.run().await.map_err(LoginFailed)?;
            self.expires = issued.expires;
            issued.put_into(&mut self.config.auth_info).map_err(LoginFailed)?;
            self.session = Session::new(&self.config).map_err(LoginFailed)?;
        }
        Ok(self.session.clone())
    }

    /// After a 401: whether another session is to be had. One that never was good is not replaced: the plugin would
    /// issue the same again.
    fn give_up(&mut self, refused: &Session) -> bool {
        if !Arc::ptr_eq(&refused.accepted, &self.session.accepted) {
            return true;
        }
        let ended = self.plugin.is_some() && refused.accepted.load(Ordering::Relaxed);
        if ended {
            self.expires = Some(Timestamp::MIN);
        }
        ended
    }
}

impl Session {
    fn new(config: &Config) -> anyhow::Result<Self> {
        let client = Client::try_from(config.clone())
            .map_err(|error| anyhow!(explain::configuration(&error)))?;
        Ok(Self { client, accepted: Arc::default() })
    }
}

impl fmt::Display for LoginFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for LoginFailed {}
