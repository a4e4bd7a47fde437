//! The seam between engines and the cluster: how an engine gets at its members and at what their pods name.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::model::{KeyRef, Pod, Seen};

/// A future of one thread: nothing here is spawned.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

pub trait Reach {
    /// A connection to one port of one pod. It arrives on the pod's loopback.
    fn connect<'a>(&'a self, pod: &'a Pod, port: u16) -> Boxed<'a, Seen<Box<dyn Stream>>>;
    /// One key of a Secret; only of one that the pod itself names.
    fn secret<'a>(&'a self, namespace: &'a str, key: &'a KeyRef) -> Boxed<'a, Seen<SecretString>>;
    fn config_map<'a>(&'a self, namespace: &'a str, key: &'a KeyRef) -> Boxed<'a, Seen<String>>;
    /// The password that the caller gave for this run (`--password-file`): it goes before all others.
    fn password(&self) -> Option<&SecretString>;
    /// A password in the caller's environment, by the name that the database's own client reads.
    fn variable(&self, name: &str) -> Option<SecretString>;
    /// How long one member may take to answer.
    fn patience(&self) -> Duration;
    /// Whether questions may be asked that fill the line: not where the same is asked every few seconds.
    fn is_thorough(&self) -> bool;
    /// Lets time pass between two readings; at once where there is no time.
    fn pause(&self, span: Duration) -> Boxed<'_, ()>;
}

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
