//! The closer look as a capture keeps it: numbers, names and flags. Logs are free text, and stay out of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::written;
use crate::model::{
    Details, Presence, Reference, ReferenceKind, Seen, Timestamp, Unread, Usage, Workload,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    #[serde(with = "written")]
    usage: Seen<Vec<NodeUsage>>,
    #[serde(with = "written")]
    references: Seen<Vec<Found>>,
    #[serde(with = "written", default = "not_in_file")]
    workloads: Seen<Vec<Workload>>,
}

/// What an older version did not write.
fn not_in_file<T>() -> Seen<T> {
    Err(Unread::not_asked("find what else makes pods in the file"))
}

/// How full the volumes on one node are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeUsage {
    node: String,
    #[serde(with = "written")]
    volumes: Seen<Vec<Usage>>,
}

/// Whether what a template refers to exists.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    namespace: String,
    kind: ReferenceKind,
    name: String,
    #[serde(with = "written")]
    exists: Seen<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed: Option<Timestamp>,
}

impl Found {
    fn new((namespace, reference): &(String, Reference), presence: &Seen<Presence>) -> Self {
        let changed = match presence {
            Ok(Presence::There { changed }) => *changed,
            _ => None,
        };
        Self {
            namespace: namespace.clone(),
            kind: reference.kind,
            name: reference.name.clone(),
            exists: presence.as_ref().map(|it| *it != Presence::Missing).map_err(Clone::clone),
            changed,
        }
    }

    fn presence(&self) -> Seen<Presence> {
        let there = Presence::There { changed: self.changed };
        self.exists.clone().map(|exists| if exists { there } else { Presence::Missing })
    }
}

impl From<&Details> for Kept {
    fn from(details: &Details) -> Self {
        let of_node = |(node, volumes): (&String, &Seen<Vec<Usage>>)| NodeUsage {
            node: node.clone(),
            volumes: volumes.clone(),
        };
        let copy = |unread: &Unread| unread.clone();
        Self {
            usage: details.usage.as_ref().map_err(copy).map(|it| it.iter().map(of_node).collect()),
            references: details
                .references
                .as_ref()
                .map_err(copy)
                .map(|it| it.iter().map(|(key, presence)| Found::new(key, presence)).collect()),
            workloads: details.workloads.clone(),
        }
    }
}

impl From<&Kept> for Details {
    fn from(kept: &Kept) -> Self {
        let of_node = |it: &NodeUsage| (it.node.clone(), it.volumes.clone());
        let found = |it: &Found| {
            let reference = Reference { kind: it.kind, name: it.name.clone() };
            ((it.namespace.clone(), reference), it.presence())
        };
        let copy = |unread: &Unread| unread.clone();
        Self {
            logs: BTreeMap::new(),
            usage: kept.usage.as_ref().map_err(copy).map(|it| it.iter().map(of_node).collect()),
            references: kept
                .references
                .as_ref()
                .map_err(copy)
                .map(|it| it.iter().map(found).collect()),
            workloads: kept.workloads.clone(),
        }
    }
}
