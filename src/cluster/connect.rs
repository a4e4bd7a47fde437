//! From flags, kubeconfig and environment to a connection.

mod config;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::environment::Environment;
use super::exec_auth::{Plugin, Policy};
use super::explain::Peer;
use super::http::{Heard, Wire};
use super::kubeconfig;

const DEADLINE: Duration = Duration::from_secs(30);

/// The connection flags of kubectl.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub kubeconfig: Option<PathBuf>,
    pub context: Option<String>,
    pub cluster: Option<String>,
    pub user: Option<String>,
    pub as_: Option<String>,
    pub as_groups: Vec<String>,
    pub as_uid: Option<String>,
    pub token: Option<SecretString>,
    pub server: Option<String>,
    pub tls_server_name: Option<String>,
    pub certificate_authority: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub insecure_skip_tls_verify: bool,
    /// For one request with its retries; None is 30 s, zero is no limit.
    pub request_timeout: Option<Duration>,
    pub namespace: Option<String>,
    /// A credential plugin may ask a person, if stdin is a terminal.
    pub interactive: bool,
    /// What a credential plugin says to a person is dropped.
    pub silent: bool,
}

/// A way into one cluster as one user.
#[derive(Clone)]
pub struct Connection {
    pub(super) client: kube::Client,
    pub(super) deadline: Option<Duration>,
    pub(super) peer: Peer,
    context: Option<String>,
    namespace: String,
    heard: Arc<Heard>,
}

/// Sends no request; runs the credential plugin of the user, if there is one.
///
/// # Errors
/// One sentence that says what is missing and what to do.
pub async fn connect(options: &Options) -> anyhow::Result<Connection> {
    connect_from(options, &Environment::of_process()).await.context("cannot connect")
}

pub(super) async fn connect_from(
    options: &Options,
    env: &Environment,
) -> anyhow::Result<Connection> {
    let mut target = kubeconfig::target(options, env)?;
    let plugin = match target.user.exec.take() {
        Some(exec) => {
            let plugin = Plugin::new(exec, &target.cluster, options.interactive, env)?;
            Policy::read(env)?.check(plugin.command(), env)?;
            Some(if options.silent { plugin.silent() } else { plugin })
        }
        None => None,
    };
    let mut expires = None;
    if let Some(plugin) = &plugin {
        let issued = plugin.run().await?;
        expires = issued.expires;
        issued.put_into(&mut target.user)?;
    }
    let config = config::of(&target, env)?;
    let peer = Peer::of(&config);
    let heard = Arc::new(Heard::default());
    let wire = Wire::new(config, plugin, expires, heard.clone())?;
    Ok(Connection {
        client: wire.into_client(&target.namespace),
        deadline: Some(options.request_timeout.unwrap_or(DEADLINE))
            .filter(|limit| !limit.is_zero()),
        peer,
        context: target.context,
        namespace: target.namespace,
        heard,
    })
}

impl Connection {
    /// The namespace in force.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The context in force; None without a kubeconfig.
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// It retries nothing and has no deadline: for writes and streams.
    pub fn client(&self) -> &kube::Client {
        &self.client
    }

    /// The server's clock as of its latest answer.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.heard.server_time()
    }

    /// What the server warned of so far, each text once.
    pub fn warnings(&self) -> Vec<String> {
        self.heard.warnings()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("peer", &self.peer)
            .field("context", &self.context)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// A span of time as kubectl reads it: seconds, or a duration like `1m30s`.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    text.parse::<SignedDuration>()
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| {
            format!("{text:?} is not a duration: write seconds, or one like 5s or 1m30s")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_timeouts_read_as_in_kubectl() {
        let cases = [
            ("0", Some(0)),
            ("0s", Some(0)),
            ("5", Some(5_000)),
            ("5s", Some(5_000)),
            ("500ms", Some(500)),
            ("1m30s", Some(90_000)),
            ("2h", Some(7_200_000)),
            ("-5s", None),
            ("-5", None),
            ("soon", None),
            ("", None),
        ];
        for (text, millis) in cases {
            let parsed = parse_duration(text).ok();
            assert_eq!(parsed, millis.map(Duration::from_millis), "{text:?}");
        }
    }
}
