//! Ordinals that join: a member first, then a part of the data.

use super::arrange::{Levelling, arrange};
use super::cluster::{Cluster, Node};
use super::layout::{Growth, layout};
use super::leave::{awaits, bereaved};
use super::step::Meet;
use super::{act, refuse, unheard, wait};
use crate::model::{Seen, Snapshot};
use crate::plan::{Next, Wait, Wishes};
use crate::rules::{Object, Violation};

/// A pod is met as soon as it answers: it may become ready only as a member.
///
/// # Errors
/// When nobody was heard that could meet it.
pub fn met(now: &Snapshot, cluster: &Cluster) -> Seen<Next<Snapshot>> {
    for pod in now.pods()?.iter().filter(|pod| pod.deleting.is_none()) {
        let Some(ordinal) = now.set.ordinal_of(&pod.name) else { continue };
        if !now.set.ordinals().contains(&ordinal) {
            continue;
        }
        let Some(node) = cluster.at(ordinal).filter(|node| node.has_answered) else {
            let object = Object::pod(&pod.name);
            return Ok(Next::Wait(Wait { object, says: "until it answers", evidence: Vec::new() }));
        };
        if let Some(next) = introduced(now, cluster, node)? {
            return Ok(next);
        }
    }
    Ok(Next::Done)
}

/// # Errors
/// When a member was not heard.
pub fn arranged(now: &Snapshot, cluster: &Cluster, wishes: Wishes) -> Seen<Next<Snapshot>> {
    if let Some(bereaved) = bereaved(cluster) {
        return Ok(awaits(bereaved));
    }
    if let Some(node) = cluster.nodes.iter().find(|node| node.is_there && !node.has_answered) {
        return Err(unheard(node));
    }
    let staying = now.set.ordinals();
    Ok(match layout(&now.set.name, cluster, &staying, wishes, Growth::Allowed) {
        Ok(layout) => arrange(now, cluster, &layout, &staying, Levelling::All),
        Err(finding) => Next::Refuse(vec![*finding]),
    })
}

/// None once all know it.
pub(super) fn introduced(
    now: &Snapshot,
    cluster: &Cluster,
    node: &Node,
) -> Seen<Option<Next<Snapshot>>> {
    let members: Vec<&Node> = cluster
        .nodes
        .iter()
        .filter(|it| it.has_answered && it.id != node.id && cluster.is_member(it))
        .collect();
    let knows = |it: &Node| it.peers.contains(&node.id) && node.peers.contains(&it.id);
    let unaware = members.iter().find(|it| !knows(it));
    let was_cut_off = now.record.as_ref().is_some_and(|record| record.forgotten.is_some());
    if cluster.is_member(node) {
        let is_new = node.slots.is_empty() && node.primary.is_none();
        let is_told = unaware.is_none() && !node.is_meeting;
        // What members of long standing do not know of each other is no part of joining.
        if is_told || !(is_new || was_cut_off) {
            return Ok(None);
        }
    } else if !node.peers.iter().all(|id| cluster.node(id).is_some_and(|it| cluster.is_member(it)))
        || (node.peers.is_empty() && node.keys > 0)
    {
        return Ok(Some(not_empty(node)));
    }
    // Of one that was cut off in between, or forgotten by some a moment ago, the others do not tell each other.
    let is_to_be_met = !cluster.is_member(node) || node.peers.is_empty() || was_cut_off;
    if node.is_meeting || !is_to_be_met {
        return Ok(Some(wait(node, "until all members know it")));
    }
    let host = unaware.copied().or_else(|| members.first().copied());
    host.map(|host| Some(act(Meet::new(cluster, node, host)))).ok_or_else(|| unheard(node))
}

fn not_empty(node: &Node) -> Next<Snapshot> {
    let says = "it comes with {keys:key} and knows {peers:node} that the cluster does not know: old data of its claim";
    let next = "see to what it holds; then CLUSTER RESET HARD and FLUSHALL on it make it empty";
    let violation = Violation::new(Object::pod(&node.name()), says)
        .with("keys", node.keys)
        .with("peers", node.peers.len())
        .next(next);
    refuse("joining-not-empty", violation)
}
