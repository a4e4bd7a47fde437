//! Why a move stopped on its way.

use crate::engine::redis::command::Answer;
use crate::engine::redis::members::short;
use crate::plan::KEY_TOO_LARGE;
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

    /// Each value as it is dumped, by the node that has it.
    pub fn differ(key: &[u8], source: (&str, &[u8]), target: (&str, &[u8])) -> Self {
        let one = |(node, value): (&str, &[u8])| {
            format!("{} ({} bytes, as DUMP gives them)", short(node), value.len())
        };
        Self::Refused(format!(
            "key {:?} is on both {} and {}, with different values: delete the one that is wrong (the second of them only \
             after ASKING)",
            String::from_utf8_lossy(key),
            one(source),
            one(target)
        ))
    }

    pub fn too_large(key: &[u8], bytes: u64, source: &str) -> Self {
        Self::Refused(format!(
            "key {:?} on {} has {} MiB: while it is handed over its node answers nobody, and may be taken for dead; its slot \
             stays open until it is smaller, or goes with --allow {KEY_TOO_LARGE}",
            String::from_utf8_lossy(key),
            short(source),
            bytes >> 20
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
