//! Why a move stopped on its way.

use crate::engine::redis::command::Answer;
use crate::engine::redis::members::short;
use crate::writes::Failed;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The cluster is not what it was: look again.
    Changed(String),
    /// A server will not, in its words.
    Refused(String),
}

impl Stop {
    pub fn of(node: &str, answer: &Answer) -> Self {
        let words = match answer {
            Answer::Error(words) => words.clone(),
            other => format!("an answer that is none: {other:?}"),
        };
        // A node that took another role, or lost a slot, since it was looked at.
        let is_changed = ["MOVED", "ERR I'm not the owner", "ERR Unknown node", "READONLY"]
            .iter()
            .chain(&["ERR Please use SETSLOT only with masters", "CLUSTERDOWN", "IOERR"])
            .any(|it| words.starts_with(it));
        let words = format!("node {} says {words:?}", short(node));
        if is_changed { Self::Changed(words) } else { Self::Refused(words) }
    }

    pub fn changed(node: &str) -> Self {
        Self::Changed(format!("another node answers for {}", short(node)))
    }

    pub fn differ(key: &[u8], source: &str, target: &str) -> Self {
        let (source, target) = (short(source), short(target));
        Self::Refused(format!(
            "key {:?} is on both {source} and {target}, with different values: delete the one that is wrong",
            String::from_utf8_lossy(key)
        ))
    }

    pub fn behind(replica: &str) -> Self {
        Self::Refused(format!("replica {} does not keep up with its primary", short(replica)))
    }
}

impl From<Stop> for Failed {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Changed(words) => Self::Unknown(words),
            Stop::Refused(words) => Self::Rejected(words),
        }
    }
}
