//! What the members answered, or why they did not: data that a capture holds. No secret is in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::info::Info;
use super::tasks::Task;
use crate::model::Unread;

/// One reading, and a second one where the first showed something that may be gossip in motion.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Replies {
    pub first: Vec<Reply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Vec<Reply>>,
}

/// What one pod of the set said.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    pub pod: String,
    pub ordinal: u32,
    pub uid: String,
    pub door: Door,
    pub outcome: Outcome,
}

/// The way in, as it was found: enough to write a command for the same member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Door {
    pub container: String,
    pub port: u16,
    pub tls: bool,
    /// Where the password came from, once one was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Origin>,
}

/// Where a password was found; never the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The caller gave it.
    Given,
    /// An environment variable of the container.
    Env(String),
    /// A file in the container.
    File(String),
    /// Its command or its configuration.
    Configuration,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    Answered(Box<Answers>),
    /// It reads its data from disk and answers little else.
    Loading(Info),
    /// It wants a password, and the pod names none.
    NoPassword,
    /// What the pod names to get in could not be read.
    Locked(Unread),
    WrongPassword,
    /// The user may not run this command.
    NoPermission(String),
    /// Every command gets this error: `ERR max number of clients reached`.
    Rejected(String),
    /// Nothing listens on the port.
    Refused,
    /// Connected, and no answer in time.
    Silent,
    /// The path to the pod failed.
    NotReached(Unread),
    /// TLS could not be agreed on; the library's words.
    NoTls(String),
    /// The first bytes of something that is not Redis.
    NotRedis(String),
    /// The pod does not run: it was not asked.
    NotRunning,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answers {
    pub info: Info,
    /// `CONFIG GET`.
    #[serde(default, skip_serializing_if = "Info::is_empty")]
    pub settings: Info,
    /// Commands that a check can do without and that it would not run, with the server's words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, String>,
    /// Commands that change a cluster and that the user may not run, with the server's words; asked for where it is to be changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub denied: BTreeMap<String, String>,
    /// None unless in cluster mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterAnswers>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterAnswers {
    /// `CLUSTER MYID`
    pub id: String,
    /// `CLUSTER NODES`, as it came.
    pub nodes: String,
    /// `CLUSTER INFO`, as it came.
    pub state: String,
    /// `CLUSTER COUNTKEYSINSLOT` of the slots that it says are open.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub open_slot_keys: BTreeMap<u16, u64>,
    /// The same of slots that it does not own and that hold keys all the same; of a primary, in a first reading.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stray_keys: BTreeMap<u16, u64>,
    /// What it moves by itself; asked for where `CLUSTER INFO` says that there is something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
}

/// What `refused` calls them.
pub const CONFIG_GET: &str = "CONFIG GET";
pub const COUNT_KEYS: &str = "CLUSTER COUNTKEYSINSLOT";
pub const DRY_RUN: &str = "ACL DRYRUN";

impl Outcome {
    /// A member that should have answered and did not: what it holds is not known.
    pub fn is_unread(&self) -> bool {
        !matches!(self, Self::Answered(_) | Self::Loading(_) | Self::NotRunning)
    }
}
