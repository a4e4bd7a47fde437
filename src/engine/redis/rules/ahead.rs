//! The work that is ahead (`--for`): what it would take away from the cluster.

use super::super::facts::{Facts, Look};
use super::super::nodes::Role;
use super::super::topology::{Peer, Shard};
use super::words;
use crate::model::{Intent, Operation, Pod, Seen, Snapshot};
use crate::rules::{Object, Violation};

/// Primaries with slots among the pods that a scale-down deletes: `kubectl scale` takes their slots along.
pub fn primary_leaves(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if now.operation() != Some(Operation::ScaleDown) {
        return Ok(Vec::new());
    }
    let look = &facts.look;
    let leaving = leaving(now)?;
    Ok(look
        .topology
        .shards
        .iter()
        .filter_map(|shard| look.topology.peers.get(shard.primary))
        .filter(|peer| !peer.slots.is_empty() && leaves(look, peer, &leaving))
        .map(|peer| {
            let says = "it leaves, and its {count} slots with it: nobody serves them then";
            let keys = peer.home.seat().and_then(|seat| look.seat(seat)?.info()?.keys());
            let violation = Violation::new(words::object(now, look, peer), says)
                .with("count", peer.slots.count())
                .with("slots", peer.slots.to_string())
                .next("move its slots to primaries that stay, or hand over to a replica that stays, before");
            match keys {
                Some(keys) => violation.with("keys", keys),
                None => violation,
            }
        })
        .collect())
}

/// Shards that keep their primary and lose every replica.
pub fn replicas_leave(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if now.operation() != Some(Operation::ScaleDown) {
        return Ok(Vec::new());
    }
    let look = &facts.look;
    let leaving = leaving(now)?;
    let bare = look.topology.shards.iter().filter(|shard| {
        let is_gone = |index: &usize| {
            look.topology.peers.get(*index).is_some_and(|peer| leaves(look, peer, &leaving))
        };
        !shard.replicas.is_empty() && !is_gone(&shard.primary) && shard.replicas.iter().all(is_gone)
    });
    let peers = bare.filter_map(|shard| look.topology.peers.get(shard.primary));
    Ok(peers
        .filter(|peer| peer.role == Some(Role::Primary))
        .map(|peer| {
            let says = "every replica of its {count} slots goes: losing this pod stops them then";
            Violation::new(words::object(now, look, peer), says).with("count", peer.slots.count())
        })
        .collect())
}

/// A slot that is given away takes along who listens to its channels (Redis `removeChannelsInSlot`). Which slots a scale-up
/// takes is not known here.
pub fn shard_channels(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let leaving = leaving(now)?;
    let may_move = |peer: &Peer| match now.operation() {
        Some(Operation::ScaleDown) => leaves(look, peer, &leaving),
        Some(Operation::ScaleUp) => true,
        _ => false,
    };
    let primaries = look.topology.shards.iter();
    let primaries = primaries.filter_map(|shard| look.topology.peers.get(shard.primary));
    let channels = |peer: &Peer| {
        look.seat(peer.home.seat()?)?.info()?.number("pubsubshard_channels").filter(|it| *it > 0)
    };
    let found = primaries.filter(|peer| may_move(peer));
    let found = found.filter_map(|peer| Some((words::name(look, peer), channels(peer)?)));
    let (members, counts): (Vec<String>, Vec<u64>) = found.unzip();
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let says = "clients are subscribed to {count:sharded channel} on {members}: those whose slot moves are told SUNSUBSCRIBE, and have to subscribe anew";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("count", counts.into_iter().fold(0, u64::saturating_add))
            .with("members", members)
            .next("a client library that follows the cluster does so by itself"),
    ])
}

/// Shards that live on the one node that is to be drained.
pub fn shard_leaves(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let Some(Intent::DrainNode { node }) = &now.intent else { return Ok(Vec::new()) };
    let look = &facts.look;
    let leaving = leaving(now)?;
    let is_whole = |shard: &&Shard| {
        let mut members = shard.replicas.iter().chain([&shard.primary]);
        members.all(|index| {
            look.topology.peers.get(*index).is_some_and(|peer| leaves(look, peer, &leaving))
        })
    };
    Ok(look
        .topology
        .shards
        .iter()
        .filter(is_whole)
        .filter_map(|shard| {
            let peer = look.topology.peers.get(shard.primary)?;
            let says = "all members of its shard, with {count} slots, are on {node}";
            Some(
                Violation::new(Object::pod(&words::name(look, peer)), says)
                    .with("count", peer.slots.count())
                    .with("node", node.as_str()),
            )
        })
        .collect())
}

/// Uids of the pods that the work takes away; a rollout brings each back before it takes the next.
fn leaving(now: &Snapshot) -> Seen<Vec<&str>> {
    let goes = |pod: &Pod| match &now.intent {
        Some(Intent::Scale { replicas }) if *replicas < now.set.replicas => {
            let end = now.set.start.saturating_add(*replicas);
            now.set.ordinal_of(&pod.name).is_some_and(|ordinal| ordinal >= end)
        }
        Some(Intent::DrainNode { node }) => pod.node.as_ref() == Some(node),
        _ => false,
    };
    Ok(now.pods()?.iter().filter(|pod| goes(pod)).map(|pod| pod.uid.as_str()).collect())
}

fn leaves(look: &Look, peer: &Peer, leaving: &[&str]) -> bool {
    let seat = peer.home.seat().and_then(|seat| look.seat(seat));
    seat.is_some_and(|seat| leaving.contains(&seat.reply.uid.as_str()))
}
