//! The commands that change a cluster, and those that see whether it may be, as data.

mod answer;

use std::time::Duration;

use redis::Cmd;

use super::credentials::Password;
pub use answer::Answer;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `CLUSTER MYID`
    MyId,
    /// Refused like a write, by one that cannot write to its disk.
    Ping,
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
    /// `MIGRATE … COPY` to a server that does not import the slot: it says `MOVED`, and that shows that it is reached, and lets
    /// its source in.
    Knock {
        to: Endpoint,
        key: Vec<u8>,
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

impl Command {
    /// Whether it changes anything.
    pub fn is_write(&self) -> bool {
        !matches!(
            self,
            Self::MyId
                | Self::Ping
                | Self::Info(_)
                | Self::ClusterInfo
                | Self::Keys { .. }
                | Self::Count { .. }
                | Self::Size { .. }
                | Self::Read { .. }
                | Self::Asking
                | Self::Knock { .. }
                | Self::FunctionDump
                | Self::Time
                | Self::SlotMigrations
                | Self::Imports
                | Self::Clients
        )
    }

    /// As it is sent; `password` is what a source shows to a target.
    pub fn wire(&self, password: Option<&Password>) -> Cmd {
        let mut cmd = Cmd::new();
        let mut say = |words: &[&str]| {
            for word in words {
                cmd.arg(*word);
            }
        };
        match self {
            Self::MyId => say(&["CLUSTER", "MYID"]),
            Self::Ping => say(&["PING"]),
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
                migrate(&mut cmd, to, *patience);
                if *replace {
                    cmd.arg("REPLACE");
                }
                log_in(&mut cmd, password);
                cmd.arg("KEYS").arg(keys);
            }
            Self::Knock { to, key, patience } => {
                migrate(&mut cmd, to, *patience);
                cmd.arg("COPY");
                log_in(&mut cmd, password);
                cmd.arg("KEYS").arg(key);
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

fn migrate(cmd: &mut Cmd, to: &Endpoint, patience: Duration) {
    cmd.arg("MIGRATE").arg(&to.ip).arg(to.port).arg("").arg(0);
    cmd.arg(u64::try_from(patience.as_millis()).unwrap_or(u64::MAX));
}

fn log_in(cmd: &mut Cmd, password: Option<&Password>) {
    if let Some(password) = password {
        cmd.arg(if password.user.is_some() { "AUTH2" } else { "AUTH" });
        for word in password.words() {
            cmd.arg(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::redis::replies::Origin;

    fn packed(command: &Command, password: Option<&Password>) -> String {
        let bytes = command.wire(password).get_packed_command();
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
        let secret = || "sesame".to_owned().into();
        let password = Password { secret: secret(), origin: Origin::Given, user: None };
        assert_eq!(
            packed(&command(true), Some(&password)),
            "MIGRATE 10.0.0.7 6379  0 1500 REPLACE AUTH sesame KEYS a b"
        );
        let password = Password { user: Some("ops".to_owned()), ..password };
        assert_eq!(
            packed(&command(false), Some(&password)),
            "MIGRATE 10.0.0.7 6379  0 1500 AUTH2 ops sesame KEYS a b"
        );
        let knock = Command::Knock { to, key: b"a".to_vec(), patience };
        assert_eq!(
            packed(&knock, Some(&password)),
            "MIGRATE 10.0.0.7 6379  0 1500 COPY AUTH2 ops sesame KEYS a"
        );
        assert!(!knock.is_write());
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
