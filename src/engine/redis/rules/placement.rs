//! Where the members of a shard run: what one node takes with it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, Look};
use super::super::topology::Peer;
use super::words;
use crate::model::{Seen, Snapshot};
use crate::rules::{Object, Violation};

/// The node of the pod that runs a member.
fn node_of<'a>(look: &'a Look, peer: &Peer) -> Option<&'a str> {
    look.seat(peer.home.seat()?)?.node.as_deref()
}

/// Nodes that could take a pod, besides those that have one.
fn nodes(now: &Snapshot, look: &Look) -> Seen<usize> {
    let nodes = now.shared.nodes.as_ref().map_err(Clone::clone)?;
    let taken = look.seats.iter().filter_map(|seat| seat.node.as_deref());
    let free = nodes.iter().filter(|node| node.is_schedulable()).map(|node| node.name.as_str());
    Ok(taken.chain(free).collect::<BTreeSet<_>>().len())
}

/// The rules about Kubernetes tell of a set that is on one node as a whole.
fn is_on_one(look: &Look) -> bool {
    look.seats.iter().map(|seat| &seat.node).collect::<BTreeSet<_>>().len() < 2
}

pub fn shard_on_one_node(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    if is_on_one(look) || nodes(now, look)? < 2 || words::is_stranded(facts) {
        return Ok(Vec::new());
    }
    let peer = |index: &usize| look.topology.peers.get(*index);
    let mut shards = Vec::new();
    let mut slots = 0;
    for shard in &look.topology.shards {
        let Some(primary) = peer(&shard.primary) else { continue };
        let replicas = shard.replicas.iter().filter_map(peer);
        let replicas: Vec<&Peer> = replicas.filter(|it| it.standing.may_serve()).collect();
        let Some(node) = node_of(look, primary).filter(|_| primary.standing.may_serve()) else {
            continue;
        };
        if replicas.is_empty() || replicas.iter().any(|it| node_of(look, it) != Some(node)) {
            continue;
        }
        slots += primary.slots.count();
        let names = [primary].into_iter().chain(replicas).map(|it| words::name(look, it));
        shards.push(format!("{} on {node}", names.collect::<Vec<_>>().join(" ")));
    }
    if shards.is_empty() {
        return Ok(Vec::new());
    }
    let says = "{count:shard} with primary and replica on the same node: {shards}";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("count", shards.len())
            .with("shards", shards)
            .with("slots", slots)
            .next("losing that node stops {slots:slot}: give each of these primaries a replica on another node (CLUSTER REPLICATE), swapping two where that helps"),
    ])
}

pub fn majority_on_one_node(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let primaries = look.topology.shards.len();
    // As many may go as leave a majority.
    let spare = primaries.saturating_sub(1) / 2;
    if is_on_one(look) || spare == 0 || primaries.div_ceil(nodes(now, look)?) > spare {
        return Ok(Vec::new());
    }
    let mut placed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for shard in &look.topology.shards {
        let Some(primary) = look.topology.peers.get(shard.primary) else { continue };
        if let Some(node) = node_of(look, primary) {
            placed.entry(node).or_default().push(words::name(look, primary));
        }
    }
    let heavy = placed.into_iter().filter(|(_, members)| members.len() > spare);
    Ok(heavy
        .map(|(node, members)| {
            Violation::new(
                Object::set(&now.set.name),
                "node {node} runs {members}, {count} of {primaries} primaries: without it the rest is no majority and promotes nobody",
            )
            .with("node", node)
            .with("count", members.len())
            .with("members", members)
            .with("primaries", primaries)
            .next("hand over to replicas on other nodes: CLUSTER FAILOVER on the replica")
        })
        .collect())
}
