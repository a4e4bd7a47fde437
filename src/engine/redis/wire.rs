//! One conversation with one member: what is asked, and what its answers mean.

use std::collections::BTreeMap;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{Either, select};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Pipeline, RedisConnectionInfo, RedisError, RedisResult, Value, cmd,
};
use secrecy::{ExposeSecret, SecretString};

use super::info::Info;
use super::nodes;
use super::recorded::{Record, Recorded};
use super::replies::{Answers, ClusterAnswers, Outcome};
use crate::reach::Stream;

/// How a conversation went.
#[derive(Debug, PartialEq)]
pub enum Talk {
    Said(Outcome),
    /// A password is wanted, and none was given.
    Closed,
    Broke(Broke),
}

/// A conversation that ended before every answer was in.
#[derive(Debug, PartialEq)]
pub struct Broke {
    pub is_refused: bool,
    first: Vec<u8>,
    words: String,
}

impl Broke {
    fn new(record: Record, words: String) -> Self {
        let is_refused = record
            .error
            .as_ref()
            .is_some_and(|(kind, _)| *kind == io::ErrorKind::ConnectionRefused);
        let words = record.error.map_or(words, |(_, words)| words);
        Self { is_refused, first: record.first, words }
    }

    /// A TLS port hangs up on plain bytes without a word (Redis), or with an alert.
    pub fn may_be_tls(&self) -> bool {
        !self.is_refused && (self.first.is_empty() || self.first.starts_with(&[0x15, 0x03]))
    }

    pub fn said_nothing(&self) -> bool {
        self.first.is_empty()
    }

    pub fn words(&self) -> &str {
        &self.words
    }

    pub fn outcome(&self) -> Outcome {
        let first = printable(&self.first);
        match self.first.first() {
            _ if self.is_refused => Outcome::Refused,
            None => Outcome::Rejected("it hangs up without a word".to_owned()),
            Some(b'-') => Outcome::Rejected(first.trim_start_matches('-').to_owned()),
            Some(b'+' | b'$' | b'*') => Outcome::Rejected(format!("it hung up: {}", self.words)),
            Some(_) => Outcome::NotRedis(first),
        }
    }
}

/// The first line, with everything but printable ASCII as dots.
fn printable(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
    let shown = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    };
    line.iter().map(shown).collect()
}

pub fn broke(record: &Mutex<Record>, words: String) -> Talk {
    let record = record.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Talk::Broke(Broke::new(record, words))
}

/// Asks for everything in one round trip, and once more where slots are open.
pub async fn talk<S: Stream + 'static>(stream: S, password: Option<&SecretString>) -> Talk {
    let (stream, record) = Recorded::new(stream);
    let broke = |error: &RedisError| broke(&record, error.to_string());
    // Without a password, a database, RESP3 or a library name, connecting sends nothing.
    let settings = RedisConnectionInfo::default().set_skip_set_lib_name();
    // The caller's deadline covers the whole of it.
    let limits = AsyncConnectionConfig::new().set_response_timeout(None);
    let connected = MultiplexedConnection::new_with_config(&settings, stream, limits).await;
    let (connection, driver) = match connected {
        Ok(connected) => connected,
        Err(error) => return broke(&error),
    };
    let requests = pin!(requests(connection, password));
    // The driver ends first only when the stream has: the requests know by then.
    let talk = match select(requests, pin!(driver)).await {
        Either::Left((talk, _)) => talk,
        Either::Right(((), requests)) => requests.await,
    };
    talk.unwrap_or_else(|error| broke(&error))
}

async fn requests(
    mut connection: MultiplexedConnection,
    password: Option<&SecretString>,
) -> RedisResult<Talk> {
    let mut pipeline = Pipeline::new();
    pipeline.ignore_errors();
    if let Some(password) = password {
        pipeline.add_command(cmd("AUTH").arg(password.expose_secret()).clone());
    }
    for words in [
        &["INFO"][..],
        &["CLUSTER", "MYID"],
        &["CLUSTER", "INFO"],
        &["CLUSTER", "NODES"],
        &["CONFIG", "GET", "cluster-*"],
    ] {
        let mut command = redis::Cmd::new();
        command.arg(words);
        pipeline.add_command(command);
    }
    let mut replies: Vec<RedisResult<Value>> = pipeline.query_async(&mut connection).await?;
    let auth =
        if password.is_some() && !replies.is_empty() { Some(replies.remove(0)) } else { None };
    let mut talk = understand(auth.as_ref(), replies);
    if let Talk::Said(Outcome::Answered(answers)) = &mut talk
        && let Some(cluster) = &mut answers.cluster
    {
        cluster.open_slot_keys = count_open(&mut connection, &cluster.nodes).await?;
    }
    Ok(talk)
}

async fn count_open(
    connection: &mut MultiplexedConnection,
    nodes: &str,
) -> RedisResult<BTreeMap<u16, u64>> {
    let nodes = nodes::parse(nodes).unwrap_or_default();
    let slots: Vec<u16> = nodes
        .iter()
        .filter(|n| n.flags.is_myself)
        .flat_map(|n| &n.open)
        .map(nodes::Open::slot)
        .collect();
    if slots.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut pipeline = Pipeline::new();
    pipeline.ignore_errors();
    for slot in &slots {
        pipeline.cmd("CLUSTER").arg("COUNTKEYSINSLOT").arg(*slot);
    }
    let counts: Vec<RedisResult<Value>> = pipeline.query_async(connection).await?;
    let count = |reply: RedisResult<Value>| match reply {
        Ok(Value::Int(count)) => u64::try_from(count).ok(),
        _ => None,
    };
    Ok(slots.into_iter().zip(counts).filter_map(|(s, reply)| Some((s, count(reply)?))).collect())
}

/// What the answers come to; pure.
fn understand(auth: Option<&RedisResult<Value>>, replies: Vec<RedisResult<Value>>) -> Talk {
    let mut replies = replies.into_iter();
    let mut next = || replies.next().unwrap_or(Ok(Value::Nil));
    let (info, id, state, nodes, settings) = (next(), next(), next(), next(), next());
    // A password where none is set is no harm: the server says so and goes on.
    if let Some(Err(error)) = auth
        && (error.code() == Some("WRONGPASS") || words(error).contains("invalid password"))
    {
        return Talk::Said(Outcome::WrongPassword);
    }
    let info = match text(info, "INFO") {
        Ok(text) => Info::parse(&text),
        Err(no) => return no.talk(None),
    };
    if info.is_loading() {
        return Talk::Said(Outcome::Loading(info));
    }
    if !info.is_cluster() {
        return Talk::Said(if info.is_empty() {
            Outcome::NotRedis("INFO is empty".to_owned())
        } else {
            Outcome::Answered(Box::new(Answers { info, cluster: None }))
        });
    }
    let answers = || -> Result<_, No> {
        Ok(ClusterAnswers {
            id: text(id, "CLUSTER MYID")?,
            state: text(state, "CLUSTER INFO")?,
            nodes: text(nodes, "CLUSTER NODES")?,
            settings: settings.map(|reply| Info::settings(&strings(reply))).unwrap_or_default(),
            open_slot_keys: BTreeMap::new(),
        })
    };
    match answers() {
        Ok(cluster) => {
            Talk::Said(Outcome::Answered(Box::new(Answers { info, cluster: Some(cluster) })))
        }
        Err(no) => no.talk(Some(info)),
    }
}

/// A command that did not get the text it asked for.
enum No {
    Password,
    Permission(&'static str),
    Text(&'static str),
    Error(String),
}

impl No {
    /// `info` is what the same server said just before.
    fn talk(self, info: Option<Info>) -> Talk {
        Talk::Said(match (self, info) {
            (Self::Password, _) => return Talk::Closed,
            (Self::Permission(command), _) => Outcome::NoPermission(command.to_owned()),
            (Self::Text(command), _) => Outcome::NotRedis(format!("{command} is no text")),
            // It began to load between two commands.
            (Self::Error(words), Some(info)) if words.starts_with("LOADING") => {
                Outcome::Loading(info)
            }
            (Self::Error(words), _) => Outcome::Rejected(words),
        })
    }
}

fn text(reply: RedisResult<Value>, command: &'static str) -> Result<String, No> {
    match reply {
        Ok(Value::BulkString(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Ok(Value::SimpleString(text) | Value::VerbatimString { text, .. }) => Ok(text),
        Ok(_) => Err(No::Text(command)),
        Err(error) => Err(match error.code() {
            Some("NOAUTH") => No::Password,
            Some("NOPERM") => No::Permission(command),
            _ => No::Error(words(&error)),
        }),
    }
}

/// Names and values of `CONFIG GET`: a flat array, or a map in RESP3.
fn strings(reply: Value) -> Vec<String> {
    let Value::Array(items) = reply else { return Vec::new() };
    items
        .into_iter()
        .map(|item| match item {
            Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Value::SimpleString(text) => text,
            _ => String::new(),
        })
        .collect()
}

/// The server's own words, on one line.
fn words(error: &RedisError) -> String {
    let words =
        format!("{} {}", error.code().unwrap_or_default(), error.detail().unwrap_or_default());
    printable(words.trim().as_bytes())
}
