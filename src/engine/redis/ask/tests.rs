use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::super::replies::Origin;
use super::*;
use crate::model::example::healthy;
use crate::model::{EnvSource, EnvVar, KeyRef, Seen};
use crate::reach::{Boxed, Stream};

/// How the server of one pod behaves.
#[derive(Clone, Copy)]
enum Server {
    Member,
    WithPassword(&'static str),
    Loading,
    Denies(&'static str),
    Says(&'static str),
    HangsUp,
    Silent,
    Refused,
    Unreached,
    Unopened,
}

struct Pods {
    /// By ordinal.
    servers: Vec<Server>,
    password: Option<SecretString>,
    variable: Option<SecretString>,
    secrets: BTreeMap<String, &'static str>,
    opened: RefCell<Vec<String>>,
    pauses: RefCell<usize>,
}

impl Pods {
    fn new(servers: &[Server]) -> Self {
        Self {
            servers: servers.to_vec(),
            password: None,
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

    fn password(&self) -> Option<&SecretString> {
        self.password.as_ref()
    }

    fn variable(&self, name: &str) -> Option<SecretString> {
        self.variable.clone().filter(|_| name == "REDISCLI_AUTH")
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(500)
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
        while let Some((command, rest)) = command(&bytes) {
            bytes = rest;
            let reply = match server {
                Server::WithPassword(password) if command.first().is_some_and(|c| c == "AUTH") => {
                    is_open = command.get(1).is_some_and(|given| given == password);
                    if is_open { "+OK\r\n".into() } else { "-WRONGPASS invalid\r\n".to_owned() }
                }
                Server::WithPassword(_) if !is_open => {
                    "-NOAUTH Authentication required.\r\n".into()
                }
                Server::Denies(denied) if command.join(" ") == denied => {
                    "-NOPERM this user has no permissions\r\n".into()
                }
                Server::Loading if command.first().is_some_and(|c| c == "INFO") => {
                    bulk("redis_version:7.0.15\r\ncluster_enabled:1\r\nloading:1\r\n")
                }
                Server::Loading => "-LOADING Redis is loading the dataset in memory\r\n".into(),
                _ => answer(&command.join(" "), ordinal),
            };
            if stream.write_all(reply.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// One command and what follows it: `*2\r\n$4\r\nINFO\r\n…`.
fn command(bytes: &[u8]) -> Option<(Vec<String>, Vec<u8>)> {
    let text = std::str::from_utf8(bytes).expect("text");
    let mut lines = text.split("\r\n");
    let count: usize = lines.next()?.strip_prefix('*')?.parse().ok()?;
    let mut words = Vec::new();
    for _ in 0..count {
        lines.next()?;
        words.push(lines.next()?.to_owned());
    }
    let rest = lines.collect::<Vec<_>>().join("\r\n");
    Some((words, rest.into_bytes()))
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
        _ => "-ERR unknown command\r\n".into(),
    }
}

async fn outcomes(reach: &Pods) -> Vec<Outcome> {
    let replies = ask(&healthy(3).snapshot(), reach).await;
    replies.again.unwrap_or(replies.first).into_iter().map(|reply| reply.outcome).collect()
}

#[tokio::test]
async fn a_healthy_cluster_is_read_once() {
    let reach = Pods::new(&[Server::Member; 3]);
    let replies = ask(&healthy(3).snapshot(), &reach).await;
    assert!(replies.again.is_none());
    assert_eq!(*reach.pauses.borrow(), 0);
    assert_eq!(*reach.opened.borrow(), ["redis-0:6379", "redis-1:6379", "redis-2:6379"]);
    for (reply, ordinal) in replies.first.iter().zip(0_usize..) {
        let Outcome::Answered(answers) = &reply.outcome else { panic!("{reply:?}") };
        let cluster = answers.cluster.as_ref().expect("cluster mode");
        assert_eq!(cluster.id, ordinal.to_string().repeat(40));
        assert_eq!(cluster.settings.number("cluster-node-timeout"), Some(15000));
        assert_eq!(answers.info.version(), Some("7.0.15"));
        assert!(!format!("{reply:?}").contains("requirepass"));
    }
}

#[tokio::test]
async fn every_way_not_to_answer_has_a_name() {
    type Check = fn(&Outcome) -> bool;
    let member = Server::Member;
    let cases: [(Server, Check); 9] = [
        (Server::Loading, |o| matches!(o, Outcome::Loading(_))),
        (Server::Silent, |o| *o == Outcome::Silent),
        (Server::Refused, |o| *o == Outcome::Refused),
        (Server::Unreached, |o| matches!(o, Outcome::NotReached(u) if u.what == "connect")),
        (Server::Unopened, |o| matches!(o, Outcome::NotReached(u) if u.why == Why::Deadline)),
        (Server::Denies("CLUSTER NODES"), |o| *o == Outcome::NoPermission("CLUSTER NODES".into())),
        (Server::WithPassword("x"), |o| *o == Outcome::NoPassword),
        (Server::Says("HTTP/1.1 400 Bad\u{1b}[31m\r\n\r\n"), |o| {
            *o == Outcome::NotRedis("HTTP/1.1 400 Bad.[31m".into())
        }),
        (Server::Says("-ERR max number of clients reached\r\n"), |o| {
            *o == Outcome::Rejected("ERR max number of clients reached".into())
        }),
    ];
    for (server, is_right) in cases {
        let outcomes = outcomes(&Pods::new(&[member, server, member])).await;
        assert!(is_right(&outcomes[1]), "{:?}", outcomes[1]);
        assert!(matches!(outcomes[0], Outcome::Answered(_)));
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_is_tried_with_tls() {
    let reach = Pods::new(&[Server::HangsUp, Server::Member, Server::Member]);
    let outcomes = outcomes(&reach).await;
    assert_eq!(outcomes[0], Outcome::Rejected("it hangs up without a word".into()));
    let tries = reach.opened.borrow().iter().filter(|pod| *pod == "redis-0:6379").count();
    assert!(tries >= 2, "{tries}");
}

#[tokio::test]
async fn a_password_is_found_where_the_pod_names_it() {
    let mut world = healthy(3);
    let key = KeyRef { object: "redis-auth".into(), key: "password".into() };
    let variable = EnvVar { name: "REDIS_PASSWORD".into(), source: EnvSource::Secret(key) };
    for pod in &mut world.pods {
        pod.containers[0].env.push(variable.clone());
    }
    let now = world.snapshot();
    let mut reach = Pods::new(&[Server::WithPassword("sesame"); 3]);
    let refused = ask(&now, &reach).await;
    assert!(
        matches!(&refused.first[0].outcome, Outcome::Locked(u) if u.what == "get secret/redis-auth")
    );

    reach.variable = Some("sesame".into());
    let replies = ask(&now, &reach).await;
    assert_eq!(replies.first[0].door.password, Some(Origin::Given));

    // What the pod names goes before what redis-cli would take: that may be meant for another cluster.
    reach.variable = Some("wrong".into());
    reach.secrets.insert("redis-auth".into(), "sesame\n");
    let replies = ask(&now, &reach).await;
    assert!(replies.first.iter().all(|reply| matches!(reply.outcome, Outcome::Answered(_))));
    assert_eq!(replies.first[0].door.password, Some(Origin::Env("REDIS_PASSWORD".into())));
    assert!(!serde_json::to_string(&replies).expect("JSON").contains("sesame"));

    reach.password = Some("wrong".into());
    let wrong = ask(&now, &reach).await;
    assert!(wrong.first.iter().all(|reply| reply.outcome == Outcome::WrongPassword));
}

#[tokio::test]
async fn a_pod_that_does_not_run_is_not_asked() {
    let mut world = healthy(3);
    world.pods[1].phase = crate::model::Phase::Pending;
    let reach = Pods::new(&[Server::Member; 3]);
    let replies = ask(&world.snapshot(), &reach).await;
    assert_eq!(replies.first[1].outcome, Outcome::NotRunning);
    assert!(!reach.opened.borrow().contains(&"redis-1:6379".to_owned()));
}

#[tokio::test]
async fn replies_survive_a_capture() {
    let reach = Pods::new(&[Server::Member, Server::Silent, Server::Loading]);
    let replies = ask(&healthy(3).snapshot(), &reach).await;
    let text = serde_json::to_string(&replies).expect("JSON");
    let read: Replies = serde_json::from_str(&text).expect("the same");
    assert_eq!(read.first.len(), 3);
    for (a, b) in read.first.iter().zip(&replies.first) {
        assert_eq!(a.outcome, b.outcome);
    }
}
