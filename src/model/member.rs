//! What a database said of itself, in terms that no other module has to understand.

use std::any::Any;
use std::sync::Arc;

use super::Timestamp;

/// A member of the database. It may be known to its peers and have no pod.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: String,
    pub pod: Option<PodRef>,
    /// Values for the engine's columns; a missing key prints as `-`.
    pub cells: Vec<Cell>,
    /// `ok`, or in a few words what is wrong with it as a member.
    pub state: String,
}

/// A pod by what does not come back: its uid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodRef {
    pub set: String,
    pub ordinal: u32,
    pub uid: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub key: &'static str,
    pub value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name in JSON.
    pub key: &'static str,
    /// Header of the table.
    pub label: &'static str,
    /// Only with `-o wide`.
    pub wide: bool,
}

/// A typed value: tables make it readable, JSON keeps its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Count(u64),
    Bytes(u64),
    Seconds(i64),
    Time(Timestamp),
    Text(String),
    List(Vec<String>),
    Flag(bool),
    /// A number that is a name.
    Port(u16),
}

/// Why a set is taken for a database of this kind: shown in the headline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// `container redis runs redis-server`.
    pub words: String,
}

#[derive(Clone, Debug)]
pub struct Headline {
    /// `redis cluster 7.0.15`.
    pub title: String,
    pub verdict: Verdict,
    /// In the order of the line: value and label, `16384/16384` `slots`.
    pub facts: Vec<(&'static str, &'static str, Value)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    /// It serves, and something is wrong.
    Degraded,
    /// Part of the data is served by nobody.
    Down,
    /// It could not be asked, or only in part.
    Unknown,
}

/// Facts of one engine; their type is private to it.
pub type EngineFacts = Arc<dyn Any + Send + Sync>;

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Value {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl From<Vec<String>> for Value {
    fn from(names: Vec<String>) -> Self {
        Self::List(names)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}
