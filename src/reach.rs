//! The seam between engines and the cluster: how an engine gets at its members and at what their pods name.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::model::{KeyRef, Pod, Seen, Unread};

/// A future of one thread: nothing here is spawned.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

pub trait Reach {
    /// A connection to one port of one pod. It arrives on the pod's loopback.
    fn connect<'a>(&'a self, pod: &'a Pod, port: u16) -> Boxed<'a, Seen<Box<dyn Stream>>>;
    /// One key of a Secret; only of one that the pod itself names.
    fn secret<'a>(&'a self, namespace: &'a str, key: &'a KeyRef) -> Boxed<'a, Seen<SecretString>>;
    fn config_map<'a>(&'a self, namespace: &'a str, key: &'a KeyRef) -> Boxed<'a, Seen<String>>;
    /// What the caller gave for this run: it goes before all that pods name.
    fn login(&self) -> Login {
        Login::default()
    }
    /// A password in the caller's environment, by the name that the database's own client reads.
    fn variable(&self, name: &str) -> Option<SecretString>;
    /// How long one member may take to answer.
    fn patience(&self) -> Duration;
    /// What is asked depends on it.
    fn occasion(&self) -> Occasion {
        Occasion::Check
    }
    /// Lets time pass between two readings; at once where there is no time.
    fn pause(&self, span: Duration) -> Boxed<'_, ()>;

    /// Runs a command to its end; its exit code. `tell` hears each line of its output.
    fn exec<'a>(
        &'a self,
        _command: &'a ShellCommand,
        _tell: &'a dyn Fn(&str),
    ) -> Boxed<'a, Seen<i32>> {
        Box::pin(async { Err(Unread::not_asked("run a command in a pod")) })
    }

    /// What is to be read at an address that is no pod's.
    fn fetch<'a>(&'a self, _address: &'a http::Uri) -> Boxed<'a, Seen<Answer>> {
        Box::pin(async { Err(Unread::not_asked("read an address")) })
    }

    /// Sends a request over HTTP, and waits for its answer.
    fn post<'a>(&'a self, _post: &'a Post) -> Boxed<'a, Seen<Answer>> {
        Box::pin(async { Err(Unread::not_asked("send a request to a pod")) })
    }
}

/// As whom a database is asked (`--username`, `--password-file`).
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// None for the user that a database has by default.
    pub user: Option<String>,
    pub password: Option<SecretString>,
}

/// What a database is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Check,
    /// The same is asked every few seconds: nothing that fills the line.
    Watch,
    /// Members are to be changed: also whether they would let us.
    Change,
}

/// For `sh -c` in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellCommand {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub script: String,
    /// How long it may take.
    pub patience: Duration,
}

/// A POST without a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub namespace: String,
    pub pod: String,
    pub port: u16,
    /// With its leading slash; a query may stand behind it.
    pub path: String,
    /// How long the answer may take.
    pub patience: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Of HTTP.
    pub code: u16,
    /// How its body begins.
    pub says: String,
}

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
