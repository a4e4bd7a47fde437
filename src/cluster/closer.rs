//! A second, closer look at the chosen sets: what only some of them call for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::time::timeout;

use super::connect::Connection;
use super::kind::meta::or_default;
use super::read::Resource;
use super::workloads::workloads;
use crate::model::{
    Details, Presence, Reference, ReferenceKind, Seen, Snapshot, Unread, Usage, Why,
};

/// Questions at once.
const AT_ONCE: usize = 16;
/// Beyond so many of a kind nothing is asked: a check of a whole cluster must not become a storm.
const MOST_LOGS: usize = 16;
const MOST_NODES: usize = 64;
const MOST_REFERENCES: usize = 256;
/// Lines of a log that tell why a container ended.
const LINES: u32 = 5;
/// A kubelet that takes longer is busy, and how full a volume is can wait.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    #[serde(deserialize_with = "or_default")]
    pods: Vec<PodStats>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PodStats {
    #[serde(deserialize_with = "or_default")]
    volume: Vec<VolumeStats>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VolumeStats {
    pvc_ref: Option<ClaimName>,
    used_bytes: u64,
    capacity_bytes: u64,
    inodes_used: u64,
    inodes: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClaimName {
    namespace: String,
    name: String,
}

/// What to look at more closely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closer {
    /// The last words of containers that ended, and what templates refer to.
    pub pods: bool,
    /// How full volumes are.
    pub usage: bool,
    /// What else makes pods.
    pub workloads: bool,
}

/// Reads the details of all of them at once, each object once. `namespace` is the one that was asked for.
pub async fn look_closer(
    connection: &Connection,
    snapshots: &[Snapshot],
    namespace: Option<&str>,
    closer: Closer,
) -> Details {
    let none = Details::default();
    let of_pods = async {
        if !closer.pods {
            return (none.logs, none.references);
        }
        tokio::join!(logs(connection, snapshots), references(connection, snapshots))
    };
    let of_volumes =
        async { if closer.usage { usage(connection, snapshots).await } else { none.usage } };
    let of_others = async {
        if closer.workloads { workloads(connection, namespace).await } else { none.workloads }
    };
    let ((logs, references), usage, workloads) = tokio::join!(of_pods, of_volumes, of_others);
    Details { logs, usage, references, workloads }
}

async fn logs(
    connection: &Connection,
    snapshots: &[Snapshot],
) -> BTreeMap<(String, String), Seen<Vec<String>>> {
    let pods = snapshots.iter().flat_map(|now| now.pods().unwrap_or_default());
    let ended = pods.flat_map(|pod| pod.ended_containers().map(move |ended| (pod, ended)));
    stream::iter(ended.take(MOST_LOGS))
        .map(async |(pod, (container, is_previous))| {
            let place = (pod.namespace.as_str(), pod.name.as_str());
            let of_life = |is_previous| connection.log(place, &container.name, is_previous, LINES);
            let log = match of_life(is_previous).await {
                // It was started once more since the pod was read.
                Err(unread) if !matches!(unread.why, Why::Forbidden(_)) => {
                    of_life(!is_previous).await.map_err(|_| unread)
                }
                log => log,
            };
            ((pod.uid.clone(), container.name.clone()), log)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

async fn usage(
    connection: &Connection,
    snapshots: &[Snapshot],
) -> Seen<BTreeMap<String, Seen<Vec<Usage>>>> {
    let pods = snapshots.iter().flat_map(|now| now.pods().unwrap_or_default());
    let mounting = pods.filter(|pod| !pod.is_finished() && pod.claims().next().is_some());
    let nodes: BTreeSet<&str> = mounting.filter_map(|pod| pod.node.as_deref()).collect();
    if nodes.len() > MOST_NODES {
        return Err(Unread::not_asked(format!("ask the kubelets of {} nodes", nodes.len())));
    }
    let is_lost = |node: &str| snapshots.first().is_some_and(|now| now.shared.is_lost(node));
    let asked = stream::iter(nodes).map(async |node| {
        let what = || format!("ask the kubelet of {node}");
        if is_lost(node) {
            return (node.to_owned(), Err(Unread::new(what(), Why::Deadline)));
        }
        let summary = connection.of_kubelet::<Summary>(node, "stats/summary");
        let summary = timeout(PATIENCE, summary).await;
        let summary = summary.unwrap_or_else(|_| Err(Unread::new(what(), Why::Deadline)));
        (node.to_owned(), summary.map(Summary::usages))
    });
    Ok(asked.buffer_unordered(AT_ONCE).collect().await)
}

impl Summary {
    fn usages(self) -> Vec<Usage> {
        let volumes = self.pods.into_iter().flat_map(|pod| pod.volume);
        let of_claims = volumes.filter_map(|it| {
            let claim = it.pvc_ref?;
            Some(Usage {
                namespace: claim.namespace,
                claim: claim.name,
                used: it.used_bytes,
                capacity: it.capacity_bytes,
                inodes_used: it.inodes_used,
                inodes: it.inodes,
            })
        });
        of_claims.collect()
    }
}

async fn references(
    connection: &Connection,
    snapshots: &[Snapshot],
) -> Seen<BTreeMap<(String, Reference), Seen<Presence>>> {
    let wanted: BTreeSet<(String, Reference)> =
        snapshots.iter().flat_map(Snapshot::references).collect();
    if wanted.len() > MOST_REFERENCES {
        return Err(Unread::not_asked(format!("look up {} references", wanted.len())));
    }
    let asked = stream::iter(wanted).map(async |(namespace, reference)| {
        let of = resource(reference.kind);
        let inside = (!namespace.is_empty()).then_some(namespace.as_str());
        let presence = connection.presence(of, inside, &reference.name).await;
        ((namespace, reference), presence)
    });
    Ok(asked.buffer_unordered(AT_ONCE).collect().await)
}

const fn resource(kind: ReferenceKind) -> Resource<'static> {
    let (group, plural, singular) = match kind {
        ReferenceKind::ConfigMap => ("", "configmaps", "configmap"),
        ReferenceKind::Secret => ("", "secrets", "secret"),
        ReferenceKind::ServiceAccount => ("", "serviceaccounts", "serviceaccount"),
        ReferenceKind::PriorityClass => ("scheduling.k8s.io", "priorityclasses", "priorityclass"),
        ReferenceKind::RuntimeClass => ("node.k8s.io", "runtimeclasses", "runtimeclass"),
    };
    Resource { group, version: "v1", plural, singular }
}
