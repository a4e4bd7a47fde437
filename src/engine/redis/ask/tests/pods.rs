//! Pods whose servers behave or misbehave, in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::model::{KeyRef, Pod, Seen, Unread, Why};
use crate::reach::{Boxed, Login, Occasion, Reach, Stream};

/// How the server of one pod behaves.
#[derive(Clone, Copy)]
pub(super) enum Server {
    Member,
    /// It has three keys: one in slot 5, and two in slot 9000, which is another's.
    HalfMoved,
    WithPassword(&'static str),
    /// It lets in nobody but this user, by name and password, and that one may not move slots.
    WithUser([&'static str; 2]),
    Loading,
    Denies(&'static str),
    Says(&'static str),
    HangsUp,
    Silent,
    Refused,
    Unreached,
    Unopened,
}

pub(super) struct Pods {
    /// By ordinal.
    pub(super) servers: Vec<Server>,
    pub(super) login: Login,
    pub(super) occasion: Occasion,
    pub(super) variable: Option<SecretString>,
    pub(super) secrets: BTreeMap<String, &'static str>,
    pub(super) opened: RefCell<Vec<String>>,
    pub(super) pauses: RefCell<usize>,
}

impl Pods {
    pub(super) fn new(servers: &[Server]) -> Self {
        Self {
            servers: servers.to_vec(),
            login: Login::default(),
            occasion: Occasion::Check,
            variable: None,
            secrets: BTreeMap::new(),
            opened: RefCell::default(),
            pauses: RefCell::default(),
        }
    }
}

/// A stream that nobody listens on, as the port-forward tells it.
struct Closed;

impl tokio::io::AsyncRead for Closed {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Err(std::io::ErrorKind::ConnectionRefused.into()))
    }
}

impl tokio::io::AsyncWrite for Closed {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

impl Reach for Pods {
    fn connect<'a>(&'a self, pod: &'a Pod, port: u16) -> Boxed<'a, Seen<Box<dyn Stream>>> {
        Box::pin(async move {
            self.opened.borrow_mut().push(format!("{}:{port}", pod.name));
            let ordinal: usize =
                pod.name.rsplit('-').next().expect("a name").parse().expect("an ordinal");
            let server = self.servers[ordinal];
            match server {
                Server::Unopened => std::future::pending().await,
                Server::Unreached => {
                    return Err(Unread::new("connect", Why::Unreachable("broken".into())));
                }
                Server::Refused => return Ok(Box::new(Closed) as Box<dyn Stream>),
                _ => {}
            }
            let (ours, theirs) = tokio::io::duplex(1 << 16);
            tokio::spawn(serve(theirs, ordinal, server));
            Ok(Box::new(ours) as Box<dyn Stream>)
        })
    }

    fn secret<'a>(&'a self, _: &'a str, key: &'a KeyRef) -> Boxed<'a, Seen<SecretString>> {
        Box::pin(async move {
            let what = format!("get secret/{}", key.object);
            let found = self.secrets.get(&key.object);
            found.map(|text| (*text).into()).ok_or(Unread::new(what, Why::Forbidden(None)))
        })
    }

    fn config_map<'a>(&'a self, _: &'a str, _: &'a KeyRef) -> Boxed<'a, Seen<String>> {
        Box::pin(async { Ok("port 7777\n".to_owned()) })
    }

    fn login(&self) -> Login {
        self.login.clone()
    }

    fn variable(&self, name: &str) -> Option<SecretString> {
        self.variable.clone().filter(|_| name == "REDISCLI_AUTH")
    }

    fn occasion(&self) -> Occasion {
        self.occasion
    }

    /// Short only where somebody never answers: a busy machine must not make the others silent.
    fn patience(&self) -> Duration {
        let never_answers = |server: &Server| matches!(server, Server::Silent | Server::Unopened);
        if self.servers.iter().any(never_answers) {
            Duration::from_secs(2)
        } else {
            Duration::from_secs(600)
        }
    }

    fn pause(&self, _: Duration) -> Boxed<'_, ()> {
        *self.pauses.borrow_mut() += 1;
        Box::pin(async {})
    }
}

/// Answers commands until the connection ends.
async fn serve(mut stream: DuplexStream, ordinal: usize, server: Server) {
    let mut bytes = Vec::new();
    let mut is_open = false;
    loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
        match server {
            Server::Silent => continue,
            Server::HangsUp => return,
            Server::Says(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                return;
            }
            _ => {}
        }
        let mut replies = String::new();
        let mut at = 0;
        while let Some((command, length)) = command(&bytes[at..]) {
            at += length;
            let reply = match server {
                Server::WithPassword(password) if command.first().is_some_and(|c| c == "AUTH") => {
                    is_open = command.get(1).is_some_and(|given| given == password);
                    if is_open { "+OK\r\n".into() } else { "-WRONGPASS invalid\r\n".to_owned() }
                }
                Server::WithUser(login) if command.first().is_some_and(|c| c == "AUTH") => {
                    is_open = command.get(1..).is_some_and(|given| given == login);
                    if is_open { "+OK\r\n".into() } else { "-WRONGPASS invalid\r\n".to_owned() }
                }
                Server::WithPassword(_) | Server::WithUser(_) if !is_open => {
                    "-NOAUTH Authentication required.\r\n".into()
                }
                Server::WithUser(_)
                    if command.join(" ").starts_with("ACL DRYRUN ops CLUSTER SET") =>
                {
                    bulk("User ops has no permissions to run the 'cluster|setslot' command")
                }
                Server::WithUser([name, _]) if command.join(" ") == "ACL WHOAMI" => bulk(name),
                Server::WithUser(_) if command.first().is_some_and(|c| c == "ACL") => {
                    "+OK\r\n".into()
                }
                Server::Denies(denied) if command.join(" ").starts_with(denied) => {
                    "-NOPERM this user has no permissions\r\n".into()
                }
                Server::Loading if command.first().is_some_and(|c| c == "INFO") => {
                    bulk("redis_version:7.0.15\r\ncluster_enabled:1\r\nloading:1\r\n")
                }
                Server::Loading => "-LOADING Redis is loading the dataset in memory\r\n".into(),
                Server::HalfMoved | Server::Denies("CLUSTER COUNTKEYSINSLOT") => {
                    with_keys(&command.join(" "), ordinal)
                }
                _ => answer(&command.join(" "), ordinal),
            };
            replies.push_str(&reply);
        }
        bytes.drain(..at);
        if stream.write_all(replies.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// One whole command, and how long it is: `*2\r\n$4\r\nINFO\r\n…`.
fn command(bytes: &[u8]) -> Option<(Vec<String>, usize)> {
    let mut at = 0;
    let mut line = || {
        let rest = bytes.get(at..)?;
        let length = rest.windows(2).position(|pair| pair == b"\r\n")?;
        at += length + 2;
        Some(String::from_utf8_lossy(&rest[..length]).into_owned())
    };
    let count: usize = line()?.strip_prefix('*')?.parse().ok()?;
    let mut words = Vec::new();
    for _ in 0..count {
        line()?;
        words.push(line()?);
    }
    Some((words, at))
}

fn with_keys(command: &str, ordinal: usize) -> String {
    match command {
        "INFO" => {
            bulk("redis_version:7.0.15\r\ncluster_enabled:1\r\nrole:master\r\ndb0:keys=3\r\n")
        }
        "DBSIZE" => ":3\r\n".to_owned(),
        "CLUSTER COUNTKEYSINSLOT 5" => ":1\r\n".to_owned(),
        "CLUSTER COUNTKEYSINSLOT 9000" => ":2\r\n".to_owned(),
        _ if command.starts_with("CLUSTER COUNTKEYSINSLOT") => ":0\r\n".to_owned(),
        _ => answer(command, ordinal),
    }
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

fn answer(command: &str, ordinal: usize) -> String {
    let id = |n: usize| n.to_string().repeat(40);
    let lines: Vec<String> = (0..3)
        .map(|n| {
            let flags = if n == ordinal { "myself,master" } else { "master" };
            let slots = ["0-5460", "5461-10922", "10923-16383"][n];
            let ip = n + 10;
            format!("{} 10.244.0.{ip}:6379@16379 {flags} - 0 1 {n} connected {slots}", id(n))
        })
        .collect();
    match command {
        "INFO" => {
            bulk("redis_version:7.0.15\r\ncluster_enabled:1\r\nrole:master\r\nrequirepass:no\r\n")
        }
        "CLUSTER MYID" => bulk(&id(ordinal)),
        "CLUSTER INFO" => bulk("cluster_state:ok\r\ncluster_size:3\r\n"),
        "CLUSTER NODES" => bulk(&lines.join("\n")),
        "CONFIG GET cluster-*" => "*2\r\n$20\r\ncluster-node-timeout\r\n$5\r\n15000\r\n".into(),
        _ if command.starts_with("CONFIG GET") => "*0\r\n".into(),
        _ => "-ERR unknown command\r\n".into(),
    }
}
