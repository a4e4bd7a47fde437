//! What is broken and can be mended without losing anything, worst first: members that lost each other, replicas that dial an
//! address of yesterday, slots left open, keys that are not with their owner, nodes that are gone, replicas of nobody, pods
//! that came back with an empty disk, and what an interrupted run left.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::arrange::closes;
use super::cluster::{Cluster, Node};
use super::join::introduced;
use super::leave::{Bereaved, bereaved, falls_to, reason};
use super::mover::moved;
use super::restore::restored;
use super::step::{Assign, Attach, Forget, Meet, MoveSlots, TakeOver, Watch};
use super::{act, refuse, unheard, wait};
use crate::engine::redis::nodes::Open;
use crate::engine::redis::slots::SLOTS;
use crate::model::{Seen, Snapshot};
use crate::plan::{Mending, NOT_PROMOTED, Next, Transfer, Wait};
use crate::rules::{Object, Violation, is_failing};

/// Of two that own a slot the one with the newer epoch wins, by gossip, in which no slot may be open.
const AGREED: &str = "until all members agree about who owns its slots";
/// So long nobody is expected to have begun since.
const WATCHED: SignedDuration = SignedDuration::from_mins(10);

/// # Errors
/// When a member was not heard: what it holds is not known.
pub fn settled(now: &Snapshot, cluster: &Cluster, mending: Mending) -> Seen<Next<Snapshot>> {
    if let Some(next) = falls_to(cluster) {
        return Ok(next);
    }
    // Those that are there need not wait for the others: a pod may come only when the one before it is ready, and be ready only
    // where the cluster serves.
    if let Some(next) = meets_again(cluster).or_else(|| reconnects(cluster)) {
        return Ok(next);
    }
    if let Some(bereaved) = bereaved(cluster) {
        if mending.takes_over {
            return Ok(act(TakeOver::new(cluster, bereaved.primary, bereaved.heir)));
        }
        let starts = starting(now, cluster, bereaved.primary).map(Next::Wait);
        return Ok(starts.unwrap_or_else(|| refuse(NOT_PROMOTED, not_promoted(&bereaved))));
    }
    if let Some(node) = cluster.nodes.iter().find(|node| node.is_there && !node.has_answered) {
        return comes(now, cluster, node).map(Next::Wait).ok_or_else(|| unheard(node));
    }
    if let Some(node) = cluster.rival() {
        return Ok(wait(node, AGREED));
    }
    let has_open = cluster.nodes.iter().any(|node| !node.open.is_empty());
    let has_strays = cluster.nodes.iter().any(|node| !node.strays.is_empty() && node.is_primary());
    // Somebody at work looks just like somebody who was cut off.
    let watched = now.record.as_ref().and_then(|record| record.watched);
    let is_watched = watched.is_some_and(|at| now.at.duration_since(at) < WATCHED);
    if (has_open || has_strays) && !is_watched {
        return Ok(act(Watch::new(now, cluster)));
    }
    let next = owns(cluster).or_else(|| closes(cluster, mending.transfer));
    if let Some(next) = next.or_else(|| brings_home(cluster, mending.transfer)) {
        return Ok(next);
    }
    let first = cluster.disputed.first().and_then(|slot| cluster.owner(*slot));
    if let Some(node) = first {
        return Ok(wait(node, AGREED));
    }
    if let Some(next) = adopts(cluster) {
        return Ok(next);
    }
    let is_ghost =
        |node: &&Node| !node.is_there && node.slots.is_empty() && cluster.knows(&node.id);
    let ghosts: Vec<&Node> = cluster.nodes.iter().filter(is_ghost).collect();
    if !ghosts.is_empty() {
        return Ok(act(Forget::new(cluster, &ghosts)));
    }
    if let Some(next) = takes_in(now, cluster)? {
        return Ok(next);
    }
    let is_covered =
        cluster.owners().map(|node| node.slots.len()).sum::<usize>() == usize::from(SLOTS);
    let down = cluster
        .nodes
        .iter()
        .find(|node| node.has_answered && !node.is_ok && cluster.is_member(node));
    if let Some(node) = down.filter(|_| is_covered && now.record.is_some()) {
        return Ok(wait(node, "until it says that the cluster serves"));
    }
    let is_copying = |node: &&Node| node.has_answered && !node.is_in_sync && node.primary.is_some();
    let copying = cluster.nodes.iter().find(is_copying);
    if let Some(node) = copying.filter(|_| now.record.is_some()) {
        return Ok(wait(node, "until it has caught up with its primary"));
    }
    Ok(restored(now, cluster))
}

/// The pod of a node that was not heard, or where it is not known which that is, one that may be it: not there yet, or just
/// started.
fn comes(now: &Snapshot, cluster: &Cluster, node: &Node) -> Option<Wait> {
    let is_away = |ordinal: &u32| matches!(now.pod(*ordinal), Ok(None));
    let away = ordinals(now, cluster, node).find(is_away).map(|ordinal| {
        let object = Object::pod(&now.set.pod_name(ordinal));
        Wait { object, says: "until it is there", evidence: Vec::new() }
    });
    away.or_else(|| starting(now, cluster, node))
}

fn starting(now: &Snapshot, cluster: &Cluster, node: &Node) -> Option<Wait> {
    let mut pods =
        ordinals(now, cluster, node).filter_map(|ordinal| now.pod(ordinal).ok().flatten());
    let pod = pods.find(|pod| !pod.is_ready() && !is_failing(now, pod))?;
    let says = "until it answers";
    Some(Wait { object: Object::pod(&pod.name), says, evidence: Vec::new() })
}

/// Those that a node may run in: its own, or one in which nobody has answered.
fn ordinals(now: &Snapshot, cluster: &Cluster, node: &Node) -> impl Iterator<Item = u32> {
    let own = node.place.as_ref().map(|place| place.ordinal);
    let own = own.or_else(|| now.set.ordinal_of(node.expected.as_deref()?));
    now.set.ordinals().filter(move |ordinal| match own {
        Some(own) => own == *ordinal,
        None => cluster.at(*ordinal).is_none_or(|it| !it.has_answered),
    })
}

fn not_promoted(Bereaved { primary, heir, bar }: &Bereaved<'_>) -> Violation {
    let says = "it is not promoted, as {reason}: nobody serves the {slots:slot} of {primary}";
    let next = "bring {primary} back with its data; where that is lost, the replica can take over without votes: what {primary} had and had not replicated is lost then";
    Violation::new(Object::pod(&heir.name()), says)
        .with("reason", reason(*bar))
        .with("slots", primary.slots.len())
        .with("primary", primary.name())
        .next(next)
}

/// Each goes to one that has an address of today; from there it hears of the others.
fn meets_again(cluster: &Cluster) -> Option<Next<Snapshot>> {
    let lost: Vec<&Node> = cluster.nodes.iter().filter(|node| node.is_stranded).collect();
    let first = *lost.first()?;
    let is_found = |node: &&Node| node.has_answered && !node.is_stranded;
    // Where all are lost, the first of them is who the others come to.
    let (host, lost) = match cluster.owners().find(is_found) {
        Some(host) => (host, lost),
        None => (first, lost.get(1..).unwrap_or_default().to_vec()),
    };
    let next = lost.iter().find(|node| !node.is_meeting);
    Some(match next {
        Some(node) => act(Meet::new(cluster, host, node)),
        None => wait(first, "until it has met the others again"),
    })
}

/// Gossip tells a member where its primary is now, and replication goes on dialling where it was: told again whom it
/// replicates, it looks that up.
fn reconnects(cluster: &Cluster) -> Option<Next<Snapshot>> {
    for node in &cluster.nodes {
        let primary = node.primary.as_ref().and_then(|id| cluster.node(id));
        let (Some(dials), Some(primary)) = (&node.dials, primary) else { continue };
        if primary.has_answered && *dials != primary.endpoint.ip {
            return Some(act(Attach::again(cluster, node, primary)));
        }
    }
    None
}

/// A slot that nobody owns any more and whose target has it open: what there is of it is there.
fn owns(cluster: &Cluster) -> Option<Next<Snapshot>> {
    let opens =
        cluster.nodes.iter().flat_map(|node| node.open.iter().map(move |open| (node, open)));
    for (node, open) in opens {
        let is_owned = cluster.nodes.iter().any(|it| it.slots.contains(&open.slot()));
        if !is_owned && node.is_primary() && matches!(open, Open::Importing { .. }) {
            return Some(act(Assign::new(cluster, node, open.slot())));
        }
    }
    None
}

/// Keys that a node has in slots of another, without a mark of a move.
pub fn brings_home(cluster: &Cluster, transfer: Transfer) -> Option<Next<Snapshot>> {
    for holder in cluster.nodes.iter().filter(|node| node.is_primary()) {
        let mut by_owner: BTreeMap<&str, Vec<u16>> = BTreeMap::new();
        for slot in holder.strays.keys() {
            let owner = cluster.owner(*slot);
            if let Some(owner) = owner.filter(|owner| owner.id != holder.id) {
                by_owner.entry(&owner.id).or_default().push(*slot);
            }
        }
        if let Some((owner, slots)) = by_owner.into_iter().next()
            && let Some(owner) = cluster.node(owner)
        {
            let slots = slots.into_iter().collect();
            return Some(moved(
                cluster,
                MoveSlots::homecoming(cluster, holder, owner, slots, transfer),
            ));
        }
    }
    None
}

/// A server that has nothing is a pod that lost its volume: it becomes a member again, and the copy of a shard that has none.
fn takes_in(now: &Snapshot, cluster: &Cluster) -> Seen<Option<Next<Snapshot>>> {
    let ordinals = now.set.ordinals();
    let is_empty = |node: &&Node| {
        let has_nothing = node.keys == 0 && node.slots.is_empty() && node.primary.is_none();
        has_nothing && node.has_answered && (node.peers.is_empty() || cluster.is_member(node))
    };
    let bare = cluster
        .owners()
        .filter(|node| node.has_answered && cluster.replicas(&node.id).next().is_none());
    let bare: Vec<&Node> = bare.collect();
    let Some(node) = cluster.within(&ordinals).find(is_empty).filter(|_| !bare.is_empty()) else {
        return Ok(None);
    };
    if let Some(next) = introduced(now, cluster, node)? {
        return Ok(Some(next));
    }
    let primary = bare.into_iter().min_by_key(|it| it.host() == node.host());
    Ok(primary.map(|primary| act(Attach::new(cluster, node, primary))))
}

/// A replica whose primary is gone for good goes to the shard that has the fewest.
fn adopts(cluster: &Cluster) -> Option<Next<Snapshot>> {
    let is_orphan = |node: &&Node| {
        let primary = node.primary.as_ref().map(|id| cluster.node(id));
        let is_gone = |primary: &Node| !primary.is_there && primary.slots.is_empty();
        primary.is_some_and(|it| it.is_none_or(is_gone))
    };
    let orphan = cluster.nodes.iter().filter(|node| node.has_answered).find(is_orphan)?;
    let primary = cluster
        .owners()
        .filter(|node| node.has_answered)
        .min_by_key(|node| (cluster.replicas(&node.id).count(), node.host() == orphan.host()))?;
    Some(act(Attach::new(cluster, orphan, primary)))
}
