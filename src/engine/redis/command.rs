//! The commands that change a cluster, and those that see whether it may be, as data.

use std::time::Duration;

use redis::{Cmd, RedisResult, Value};
use secrecy::{ExposeSecret, SecretString};

use super::wire::words;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `CLUSTER MYID`
    MyId,
    /// `INFO` of one section.
    Info(&'static str),
    ClusterInfo,
    Importing {
        slot: u16,
        from: String,
    },
    Migrating {
        slot: u16,
        to: String,
    },
    /// `CLUSTER SETSLOT … NODE`
    Owner {
        slot: u16,
        id: String,
    },
    /// `CLUSTER SETSLOT … STABLE`
    Stable {
        slot: u16,
    },
    /// At most so many of a slot.
    Keys {
        slot: u16,
        most: usize,
    },
    Count {
        slot: u16,
    },
    /// `MEMORY USAGE`, in bytes.
    Size {
        key: Vec<u8>,
    },
    /// The value, by `DUMP`, `HGETALL` or `SMEMBERS`; of an importing slot only after `ASKING`.
    Read {
        by: &'static str,
        key: Vec<u8>,
    },
    Asking,
    /// The server's clock, in seconds and microseconds.
    Time,
    Migrate {
        to: Endpoint,
        keys: Vec<Vec<u8>>,
        /// Over what the target has by that name.
        replace: bool,
        /// So long the source waits for the target, each time that it hears nothing, and answers nobody else.
        patience: Duration,
    },
    Meet(Endpoint),
    /// Become the replica of a node.
    Replicate(String),
    Forget(String),
    /// Hand over to the replica that gets it, with the consent of its primary.
    Failover,
    /// Without a primary, and without the votes of others.
    TakeOver,
    ResetHard,
    /// It keeps its id.
    ResetSoft,
    FlushAll,
    Save,
    /// All function libraries in one piece, in the server's own form.
    FunctionDump,
    /// In place of those that are there.
    FunctionRestore(Vec<u8>),
    FunctionFlush,
    Configure {
        name: &'static str,
        value: String,
    },
    /// Valkey >= 9: the server moves slots by itself (`cluster_migrateslots.c`).
    MigrateSlots {
        ranges: Vec<(u16, u16)>,
        to: String,
    },
    /// What it has done of that, and does.
    SlotMigrations,
    /// Redis >= 8.4: the server fetches slots from their owner by itself (`cluster_asm.c`).
    Import {
        ranges: Vec<(u16, u16)>,
    },
    /// What it has done of that, and does, at either end.
    Imports,
    CancelImport {
        id: String,
    },
    /// `CLIENT LIST`
    Clients,
}

/// Where a server listens for clients, as another server dials it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    pub ip: String,
    pub port: u16,
    pub bus: u16,
}

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

impl Command {
    /// Whether it changes anything.
    pub fn is_write(&self) -> bool {
        !matches!(
            self,
            Self::MyId
                | Self::Info(_)
                | Self::ClusterInfo
                | Self::Keys { .. }
                | Self::Count { .. }
                | Self::Size { .. }
                | Self::Read { .. }
                | Self::Asking
                | Self::FunctionDump
                | Self::Time
                | Self::SlotMigrations
                | Self::Imports
                | Self::Clients
        )
    }

    /// As it is sent; `password` is what a source shows to a target.
    pub fn wire(&self, password: Option<&SecretString>) -> Cmd {
        let mut cmd = Cmd::new();
        let mut say = |words: &[&str]| {
            for word in words {
                cmd.arg(*word);
            }
        };
        match self {
            Self::MyId => say(&["CLUSTER", "MYID"]),
            Self::Info(section) => say(&["INFO", section]),
            Self::ClusterInfo => say(&["CLUSTER", "INFO"]),
            Self::Importing { slot, from } => {
                say(&["CLUSTER", "SETSLOT", &slot.to_string(), "IMPORTING", from]);
            }
            Self::Migrating { slot, to } => {
                say(&["CLUSTER", "SETSLOT", &slot.to_string(), "MIGRATING", to]);
            }
            Self::Owner { slot, id } => say(&["CLUSTER", "SETSLOT", &slot.to_string(), "NODE", id]),
            Self::Stable { slot } => say(&["CLUSTER", "SETSLOT", &slot.to_string(), "STABLE"]),
            Self::Keys { slot, most } => {
                say(&["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), &most.to_string()]);
            }
            Self::Count { slot } => say(&["CLUSTER", "COUNTKEYSINSLOT", &slot.to_string()]),
            Self::Size { key } => {
                cmd.arg("MEMORY").arg("USAGE").arg(key);
            }
            Self::Read { by, key } => {
                cmd.arg(*by).arg(key);
            }
            Self::Asking => say(&["ASKING"]),
            Self::Time => say(&["TIME"]),
            Self::Migrate { to, keys, replace, patience } => {
                cmd.arg("MIGRATE").arg(&to.ip).arg(to.port).arg("").arg(0);
                cmd.arg(u64::try_from(patience.as_millis()).unwrap_or(u64::MAX));
                if *replace {
                    cmd.arg("REPLACE");
                }
                if let Some(password) = password {
                    cmd.arg("AUTH").arg(password.expose_secret());
                }
                cmd.arg("KEYS").arg(keys);
            }
            Self::Meet(at) => {
                cmd.arg("CLUSTER").arg("MEET").arg(&at.ip).arg(at.port).arg(at.bus);
            }
            Self::Replicate(id) => say(&["CLUSTER", "REPLICATE", id]),
            Self::Forget(id) => say(&["CLUSTER", "FORGET", id]),
            Self::Failover => say(&["CLUSTER", "FAILOVER"]),
            Self::TakeOver => say(&["CLUSTER", "FAILOVER", "TAKEOVER"]),
            Self::ResetHard => say(&["CLUSTER", "RESET", "HARD"]),
            Self::ResetSoft => say(&["CLUSTER", "RESET", "SOFT"]),
            Self::FlushAll => say(&["FLUSHALL"]),
            Self::Save => say(&["SAVE"]),
            Self::FunctionDump => say(&["FUNCTION", "DUMP"]),
            Self::FunctionRestore(all) => {
                cmd.arg("FUNCTION").arg("RESTORE").arg(all).arg("FLUSH");
            }
            Self::FunctionFlush => say(&["FUNCTION", "FLUSH"]),
            Self::Configure { name, value } => say(&["CONFIG", "SET", name, value]),
            Self::MigrateSlots { ranges, to } => {
                cmd.arg("CLUSTER").arg("MIGRATESLOTS").arg("SLOTSRANGE");
                for (first, last) in ranges {
                    cmd.arg(*first).arg(*last);
                }
                cmd.arg("NODE").arg(to);
            }
            Self::SlotMigrations => say(&["CLUSTER", "GETSLOTMIGRATIONS"]),
            Self::Import { ranges } => {
                cmd.arg("CLUSTER").arg("MIGRATION").arg("IMPORT");
                for (first, last) in ranges {
                    cmd.arg(*first).arg(*last);
                }
            }
            Self::Imports => say(&["CLUSTER", "MIGRATION", "STATUS", "ALL"]),
            Self::CancelImport { id } => say(&["CLUSTER", "MIGRATION", "CANCEL", "ID", id]),
            Self::Clients => say(&["CLIENT", "LIST"]),
        }
        cmd
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(command: &Command, password: Option<&str>) -> String {
        let password = password.map(|it| SecretString::from(it.to_owned()));
        let bytes = command.wire(password.as_ref()).get_packed_command();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let words = text.split("\r\n").filter(|it| !it.starts_with(['*', '$']));
        words.collect::<Vec<_>>().join(" ").trim_end().to_owned()
    }

    #[test]
    fn a_source_shows_the_password_to_its_target() {
        let to = Endpoint { ip: "10.0.0.7".into(), port: 6379, bus: 16379 };
        let keys = vec![b"a".to_vec(), b"b".to_vec()];
        let patience = Duration::from_millis(1_500);
        let command = |replace| {
            let (to, keys) = (to.clone(), keys.clone());
            Command::Migrate { to, keys, replace, patience }
        };
        assert_eq!(packed(&command(false), None), "MIGRATE 10.0.0.7 6379  0 1500 KEYS a b");
        assert_eq!(
            packed(&command(true), Some("sesame")),
            "MIGRATE 10.0.0.7 6379  0 1500 REPLACE AUTH sesame KEYS a b"
        );
    }

    #[test]
    fn what_changes_nothing_is_no_write() {
        assert!(!Command::Keys { slot: 1, most: 10 }.is_write());
        assert!(!Command::Imports.is_write());
        assert!(Command::Stable { slot: 1 }.is_write());
        let import = Command::Import { ranges: vec![(0, 9), (12, 12)] };
        assert!(import.is_write());
        assert_eq!(packed(&import, None), "CLUSTER MIGRATION IMPORT 0 9 12 12");
        assert_eq!(
            packed(&Command::Owner { slot: 7, id: "ab".into() }, None),
            "CLUSTER SETSLOT 7 NODE ab"
        );
    }
}
