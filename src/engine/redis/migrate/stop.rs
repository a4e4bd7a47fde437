//! Why a move stopped on its way. Nodes are known by their ids here.

use crate::engine::redis::command::Answer;
use crate::plan::KEY_TOO_LARGE;
use crate::writes::Failed;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It answers with an error.
    Says {
        node: String,
        words: String,
    },
    /// Another node answers where it was.
    Another(String),
    /// Two nodes have a key, with different values: each with the bytes of its own.
    Differ {
        key: Vec<u8>,
        values: [(String, usize); 2],
    },
    TooLarge {
        key: Vec<u8>,
        bytes: u64,
        source: String,
    },
    /// A replica that does not keep up.
    Behind(String),
}

/// A source passes on the words of its target (`migrateCommand` in `cluster.c`).
pub const PASSED_ON: &str = "ERR Target instance replied with error: ";
/// A node that took another role, lost a slot or started again since it was looked at.
const CHANGED: [&str; 10] = [
    "MOVED",
    "ERR I'm not the owner",
    "ERR Unknown node",
    "READONLY",
    "ERR Please use SETSLOT only with masters",
    "CLUSTERDOWN",
    "ERR Target node is not a master",
    "IOERR",
    "LOADING",
    "MASTERDOWN",
];

impl Stop {
    pub fn of(node: &str, answer: &Answer) -> Self {
        let words = match answer {
            Answer::Error(words) => words.clone(),
            other => format!("an answer that is none: {other:?}"),
        };
        Self::Says { node: node.to_owned(), words }
    }

    /// What has changed is looked at again.
    pub fn told(&self, name: impl Fn(&str) -> String) -> Failed {
        match self {
            Self::Says { node, words } => {
                let own = words.strip_prefix(PASSED_ON).unwrap_or(words);
                let is_changed = CHANGED.iter().any(|it| own.starts_with(it));
                let says = format!("{} says {words:?}", name(node));
                if is_changed { Failed::Unknown(says) } else { Failed::Rejected(says) }
            }
            Self::Another(node) => {
                Failed::Unknown(format!("another node answers for {}", name(node)))
            }
            Self::Differ { key, values: [one, other] } => {
                let size = |(node, bytes): &(String, usize)| {
                    format!("{} ({bytes} bytes, as DUMP gives them)", name(node))
                };
                Failed::Rejected(format!(
                    "key {:?} is on both {} and {}, with different values: delete the one that is wrong (the second of them \
                     only after ASKING)",
                    String::from_utf8_lossy(key),
                    size(one),
                    size(other)
                ))
            }
            Self::TooLarge { key, bytes, source } => Failed::Rejected(format!(
                "key {:?} on {} has {} MiB: while it is handed over its node answers nobody, and may be taken for dead; its \
                 slot stays open until it is smaller, or goes with --allow {KEY_TOO_LARGE}",
                String::from_utf8_lossy(key),
                name(source),
                bytes >> 20
            )),
            Self::Behind(replica) => Failed::Rejected(format!(
                "{} does not keep up with its primary, whose keys it has to have before more are moved",
                name(replica)
            )),
        }
    }
}

/// The target has a key of that name.
pub fn is_busy(answer: &Answer) -> bool {
    let Answer::Error(words) = answer else { return false };
    words.strip_prefix(PASSED_ON).is_some_and(|it| it.starts_with("BUSYKEY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &str) -> Failed {
        Stop::Says { node: "a".to_owned(), words: words.to_owned() }.told(|_| "redis-1".to_owned())
    }

    #[test]
    fn what_has_changed_is_looked_at_again_also_where_a_source_passes_it_on() {
        for words in ["IOERR error or timeout", "ERR I'm not the owner of hash slot 5"] {
            assert!(matches!(told(words), Failed::Unknown(_)), "{words}");
        }
        let moved = format!("{PASSED_ON}MOVED 5 10.0.0.7:6379");
        assert!(matches!(told(&moved), Failed::Unknown(_)));
        let oom = format!("{PASSED_ON}OOM command not allowed");
        assert_eq!(told(&oom), Failed::Rejected(format!("redis-1 says {oom:?}")));
    }
}
