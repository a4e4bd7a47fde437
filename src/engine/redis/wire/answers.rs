//! What the answers of one member come to; pure.

use std::collections::BTreeMap;

use redis::{RedisResult, Value};

use super::super::info::Info;
use super::super::replies::{Answers, CONFIG_GET, ClusterAnswers, Outcome};
use super::{Talk, words};

pub(super) fn understand(
    auth: Option<&RedisResult<Value>>,
    is_named: bool,
    replies: Vec<RedisResult<Value>>,
) -> Talk {
    let mut replies = replies.into_iter();
    let mut next = || replies.next().unwrap_or(Ok(Value::Nil));
    let (info, id, state, nodes) = (next(), next(), next(), next());
    let (settings, refused) = settings(replies);
    // A password where none is set is no harm: the server says so and goes on.
    if let Some(Err(error)) = auth {
        if error.code() == Some("WRONGPASS") || words(error).contains("invalid password") {
            return Talk::Said(Outcome::WrongPassword);
        }
        // Whoever is to be somebody would be taken for another.
        if is_named {
            return Talk::Said(Outcome::Rejected(words(error)));
        }
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
            answered(Answers { info, settings, refused, ..Answers::default() })
        });
    }
    let answers = || -> Result<_, No> {
        Ok(ClusterAnswers {
            id: text(id, "CLUSTER MYID")?,
            state: text(state, "CLUSTER INFO")?,
            nodes: text(nodes, "CLUSTER NODES")?,
            ..ClusterAnswers::default()
        })
    };
    match answers() {
        Ok(cluster) => {
            let cluster = Some(cluster);
            Talk::Said(answered(Answers { info, settings, refused, cluster, ..Answers::default() }))
        }
        Err(no) => no.talk(Some(info)),
    }
}

fn answered(answers: Answers) -> Outcome {
    Outcome::Answered(Box::new(answers))
}

/// What can be known of the settings, and why the rest cannot.
fn settings(replies: impl Iterator<Item = RedisResult<Value>>) -> (Info, BTreeMap<String, String>) {
    let (mut settings, mut refused) = (Info::default(), BTreeMap::new());
    for reply in replies {
        match reply {
            Ok(reply) => settings.extend(Info::settings(&strings(reply))),
            Err(error) => drop(refused.insert(CONFIG_GET.to_owned(), words(&error))),
        }
    }
    (settings, refused)
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
