//! What a second, closer look at the chosen sets brings: read only where the first look calls for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Reference, Seen, Timestamp, Unread, Workload};

#[derive(Clone, Debug)]
pub struct Details {
    /// The last lines of containers that end again and again, by uid of the pod and name of the container.
    pub logs: BTreeMap<(String, String), Seen<Vec<String>>>,
    /// How full volumes are, by node, as its kubelet says.
    pub usage: Seen<BTreeMap<String, Seen<Vec<Usage>>>>,
    /// Whether what the templates refer to exists, by namespace (empty for kinds without) and reference.
    pub references: Seen<BTreeMap<(String, Reference), Seen<Presence>>>,
    /// What else makes pods in the namespaces that were asked for: read where there is a claim that no pod mounts.
    pub workloads: Seen<Vec<Workload>>,
}

/// Of an object of which nothing else is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Missing,
    /// With the last change that anybody's field manager is known for.
    There {
        changed: Option<Timestamp>,
    },
}

/// One mounted claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub namespace: String,
    pub claim: String,
    /// Bytes.
    pub used: u64,
    pub capacity: u64,
    pub inodes_used: u64,
    /// 0 where the file system does not count them.
    pub inodes: u64,
}

impl Default for Details {
    fn default() -> Self {
        Self {
            logs: BTreeMap::new(),
            usage: Err(Unread::not_asked("read how full volumes are")),
            references: Err(Unread::not_asked("look up what the template refers to")),
            workloads: Err(Unread::not_asked("look up what else uses a claim")),
        }
    }
}
