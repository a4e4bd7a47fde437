//! A cluster whose pods are replaced one by one: whether it has got over the last one, and whether the next may go.

use std::collections::BTreeSet;
use std::ops::Range;

use super::cluster::{Cluster, Node};
use super::step::HandOver;
use super::{act, wait};
use crate::model::Snapshot;
use crate::plan::{Consent, Next, Wait};
use crate::rules::Object;

/// Every ordinal is a member that serves, and every replica has all that its primary has.
pub fn steady(now: &Snapshot, cluster: &Cluster, given_up: &[u32]) -> Next<Snapshot> {
    for ordinal in now.set.ordinals().filter(|it| !given_up.contains(it)) {
        let Some(node) = cluster.at(ordinal).filter(|node| node.has_answered) else {
            let object = Object::pod(&now.set.pod_name(ordinal));
            return Next::Wait(Wait { object, says: "until it answers", evidence: Vec::new() });
        };
        let says = match node {
            node if !cluster.is_member(node) => "until the other members know it",
            node if !node.is_ok => "until it says that the cluster serves",
            node if node.primary.is_some() && !node.is_in_sync => {
                "until it has caught up with its primary"
            }
            _ => continue,
        };
        return wait(node, says);
    }
    Next::Done
}

/// A primary hands its slots to a replica: one that is new already, so that it need not hand them on, or else the one whose
/// turn comes last. One without any replica has nobody to hand them to.
pub fn relieved(now: &Snapshot, cluster: &Cluster, ordinal: u32) -> Next<Snapshot> {
    let Some(node) = cluster.at(ordinal).filter(|node| !node.slots.is_empty()) else {
        return Next::Done;
    };
    let is_new = |it: &Node| {
        let pod = now.pod(it.ordinal()).ok().flatten();
        pod.is_some_and(|pod| pod.revision() == now.set.update_revision.as_deref())
    };
    let wanted: Range<u32> = now.set.ordinals();
    let mut heirs: Vec<&Node> =
        cluster.replicas(&node.id).filter(|it| it.is_within(&wanted)).collect();
    heirs.sort_by_key(|it| (!is_new(it), it.ordinal()));
    match heirs.iter().find(|it| it.has_answered && it.is_in_sync) {
        Some(heir) => act(HandOver::new(cluster, node, heir, Consent::Restart(ordinal))),
        None => match heirs.first() {
            Some(heir) => wait(heir, "until it has caught up with its primary"),
            None => Next::Done,
        },
    }
}

/// One whose shard is not known goes alone.
pub fn apart(cluster: &Cluster, ordinals: &[u32]) -> usize {
    let shard = |ordinal: &u32| {
        let node = cluster.at(*ordinal)?;
        Some(node.primary.as_ref().unwrap_or(&node.id))
    };
    let mut seen = BTreeSet::new();
    ordinals.iter().map_while(shard).take_while(|shard| seen.insert(*shard)).count()
}
