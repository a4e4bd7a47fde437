//! What servers say to commands.

use redis::{RedisResult, Value};

use super::super::wire::words;

/// What a server says to one command.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Nil,
    Number(i64),
    Bytes(Vec<u8>),
    List(Vec<Vec<u8>>),
    /// Anything else, such as a list of maps.
    Other(Value),
    /// Its words: `CLUSTERDOWN The cluster is down`
    Error(String),
}

impl Answer {
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// Whether it is an error that begins like this.
    pub fn is_error(&self, begins: &str) -> bool {
        matches!(self, Self::Error(words) if words.starts_with(begins))
    }
}

impl From<RedisResult<Value>> for Answer {
    fn from(reply: RedisResult<Value>) -> Self {
        let bytes = |value: Value| match value {
            Value::BulkString(bytes) => Some(bytes),
            Value::SimpleString(text) | Value::VerbatimString { text, .. } => {
                Some(text.into_bytes())
            }
            Value::Okay => Some(b"OK".to_vec()),
            _ => None,
        };
        match reply {
            Ok(Value::Nil) => Self::Nil,
            Ok(Value::Int(number)) => Self::Number(number),
            Ok(Value::Array(items)) => {
                let texts: Option<Vec<Vec<u8>>> = items.iter().cloned().map(bytes).collect();
                texts.map_or_else(|| Self::Other(Value::Array(items)), Self::List)
            }
            Ok(value) => match bytes(value.clone()) {
                Some(bytes) => Self::Bytes(bytes),
                None => Self::Other(value),
            },
            Err(error) => Self::Error(words(&error)),
        }
    }
}
