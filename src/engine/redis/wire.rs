//! One conversation with one member: what is asked, and what its answers mean.

mod answers;
mod keys;
mod moves;
mod rights;

use std::collections::BTreeMap;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{Either, select};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Pipeline, RedisConnectionInfo, RedisError, RedisResult, Value, cmd,
};
use tokio::time::{Instant, timeout_at};

use super::credentials::Password;
use super::info::PATTERNS;
use super::recorded::{Record, Recorded};
use super::replies::{COUNT_KEYS, DRY_RUN, Outcome};
use crate::model::Why;
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

/// The server's own words, on one line. Of a command that it does not know it repeats the arguments, and a password may be among
/// them.
pub fn words(error: &RedisError) -> String {
    let words =
        format!("{} {}", error.code().unwrap_or_default(), error.detail().unwrap_or_default());
    let own = words.split(", with args beginning with").next().unwrap_or_default();
    printable(own.trim().as_bytes())
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

const LEFT_OUT: &str = "not asked again and again";

/// Which keys are counted besides those of open slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Those of a primary that lie in slots of others. Over a slow line this takes seconds, and what was answered
    /// before must not be lost to it.
    Strays {
        until: Instant,
    },
    /// None, and what that takes is not known.
    LeftOut,
    Nothing,
}

/// What is asked besides how a member is.
#[derive(Clone, Copy, Debug)]
pub struct Also {
    pub counting: Counting,
    /// What its user may.
    pub rights: bool,
}

/// Asks for everything in one round trip, and counts keys in a few more where there is something to count.
pub async fn talk<S: Stream + 'static>(stream: S, password: Option<&Password>, also: Also) -> Talk {
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
    let requests = pin!(requests(connection, password, also));
    // The driver ends first only when the stream has: the requests know by then.
    let talk = match select(requests, pin!(driver)).await {
        Either::Left((talk, _)) => talk,
        Either::Right(((), requests)) => requests.await,
    };
    talk.unwrap_or_else(|error| broke(&error))
}

/// All at once; an error is the answer to its own question alone.
async fn ask(
    connection: &mut MultiplexedConnection,
    mut questions: Pipeline,
) -> RedisResult<Vec<RedisResult<Value>>> {
    questions.ignore_errors();
    questions.query_async(connection).await
}

async fn requests(
    mut connection: MultiplexedConnection,
    password: Option<&Password>,
    also: Also,
) -> RedisResult<Talk> {
    let mut pipeline = Pipeline::new();
    if let Some(password) = password {
        let words: Vec<&str> = password.words().collect();
        pipeline.add_command(cmd("AUTH").arg(words).clone());
    }
    for words in [&["INFO"][..], &["CLUSTER", "MYID"], &["CLUSTER", "INFO"], &["CLUSTER", "NODES"]]
    {
        let mut command = redis::Cmd::new();
        command.arg(words);
        pipeline.add_command(command);
    }
    for pattern in PATTERNS {
        pipeline.cmd("CONFIG").arg("GET").arg(*pattern);
    }
    let mut replies = ask(&mut connection, pipeline).await?;
    let auth =
        if password.is_some() && !replies.is_empty() { Some(replies.remove(0)) } else { None };
    let is_named = password.is_some_and(|it| it.user.is_some());
    let mut talk = answers::understand(auth.as_ref(), is_named, replies);
    if let Talk::Said(Outcome::Answered(answers)) = &mut talk
        && let Some(cluster) = &mut answers.cluster
    {
        cluster.open_slot_keys = keys::of_open_slots(&mut connection, &cluster.nodes).await?;
        cluster.tasks = moves::running(&mut connection, &answers.info, &cluster.state).await?;
        let has_keys = answers.info.keys() != Some(0);
        if also.rights {
            match rights::denied(&mut connection, &answers.info).await? {
                Ok(denied) => answers.denied = denied,
                Err(words) => drop(answers.refused.insert(DRY_RUN.to_owned(), words)),
            }
        }
        let strays = match also.counting {
            Counting::Strays { until } if has_keys => {
                let strays = keys::strays(&mut connection, &cluster.nodes);
                let strays = timeout_at(until, strays).await;
                strays.unwrap_or_else(|_| Ok(Err(Why::Deadline.to_string())))?
            }
            Counting::LeftOut if has_keys => Err(LEFT_OUT.to_owned()),
            _ => Ok(BTreeMap::new()),
        };
        match strays {
            Ok(strays) => cluster.stray_keys = strays,
            Err(words) => drop(answers.refused.insert(COUNT_KEYS.to_owned(), words)),
        }
    }
    Ok(talk)
}
