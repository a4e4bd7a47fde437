//! Roles and slots as a layout has them. Every prefix of it serves, and no shard that has data is ever with fewer copies than
//! it was: a primary that leaves hands over, a primary that gets slots gets its replica first, and a replica is taken only
//! from a shard that is empty or has more than it needs.

use std::collections::BTreeMap;
use std::ops::Range;

use super::cluster::{Cluster, Node};
use super::layout::Layout;
use super::level::{Share, shares};
use super::mover::{moved, mover, under_way};
use super::repair::brings_home;
use super::step::{Attach, Close, Configure, Detach, HandOver, Load, MoveSlots};
use super::{act, refuse, wait};
use crate::engine::redis::nodes::Open;
use crate::model::{Snapshot, Value};
use crate::plan::{Consent, Next, Path, TARGET_MEMORY, Transfer};
use crate::rules::{Object, Violation};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levelling {
    OnlyWhatLeaves,
    All,
}

pub fn arrange(
    now: &Snapshot,
    cluster: &Cluster,
    layout: &Layout,
    staying: &Range<u32>,
    levelling: Levelling,
) -> Next<Snapshot> {
    if let Some(next) = under_way(now, cluster).or_else(|| closes(cluster, layout.transfer)) {
        return next;
    }
    // Where both ends of a move failed over, neither replica knows of it (redis#6339).
    let was_cut_off = now.record.is_some();
    let strays = was_cut_off.then(|| brings_home(cluster, layout.transfer)).flatten();
    if let Some(next) = strays {
        return next;
    }
    let shares = shares(cluster, layout, levelling == Levelling::All);
    let empties = shares.iter().any(|share| !layout.primaries.contains(&share.source));
    if let Some(step) = keeps_still(now, cluster, layout, staying, empties) {
        return act(step);
    }
    for primary in layout.primaries.iter().filter_map(|id| cluster.node(id)) {
        if primary.is_within(staying) {
            continue;
        }
        let mut heirs = cluster.replicas(&primary.id).filter(|it| it.is_within(staying));
        return match heirs.clone().find(|heir| heir.is_in_sync) {
            Some(heir) => {
                act(HandOver::new(cluster, primary, heir, Consent::Leave(primary.ordinal())))
            }
            None => match heirs.next() {
                Some(heir) => wait(heir, "until it has caught up with its primary"),
                None => no_heir(primary),
            },
        };
    }
    let is_copying = |node: &&Node| node.is_within(staying) && !node.is_in_sync;
    let replicas = layout.primaries.iter().flat_map(|id| cluster.replicas(id));
    if let Some(node) = replicas.clone().find(is_copying) {
        return wait(node, "until it has caught up with its primary");
    }
    let free = free(cluster, layout, staying);
    if layout.lacking > 0 {
        let host = layout.primaries.iter().find_map(|id| cluster.node(id));
        return match (free.iter().find(|node| node.primary.is_some()), host) {
            (Some(node), Some(host)) => act(Detach::new(cluster, node, host)),
            _ => no_replica_to_spare(now),
        };
    }
    if let Some((node, primary)) = attachable(cluster, layout, staying, &free) {
        return act(Attach::new(cluster, node, primary));
    }
    if let Some(next) = lacks_room(cluster, &shares).filter(|_| !layout.transfer.is_any_room) {
        return next;
    }
    if let Some(step) = lacks_functions(cluster, &shares, staying) {
        return act(step);
    }
    match shares.first() {
        Some(share) if layout.transfer.path == Path::Atomic && mover(cluster, share).is_none() => {
            cannot_move_slots(cluster, share)
        }
        Some(share) => {
            let asked = consent(cluster, share, staying);
            let is_alike = |it: &&Share| consent(cluster, it, staying) == asked;
            let beside = shares.iter().skip(1).filter(is_alike);
            moved(cluster, MoveSlots::new(cluster, share, beside, asked.clone(), layout.transfer))
        }
        None => Next::Done,
    }
}

fn lacks_functions(cluster: &Cluster, shares: &[Share], staying: &Range<u32>) -> Option<Load> {
    shares.iter().find_map(|share| {
        let source = cluster.node(&share.source)?;
        let targets = share.to.iter().filter_map(|(id, _)| cluster.node(id));
        let mut new = targets.filter(|node| node.slots.is_empty());
        let target = new.find(|node| node.functions != source.functions)?;
        Some(Load::new(cluster, source, target, consent(cluster, share, staying)))
    })
}

fn consent(cluster: &Cluster, share: &Share, staying: &Range<u32>) -> Consent {
    let leaves = cluster.node(&share.source).filter(|node| !node.is_within(staying));
    leaves.map_or(Consent::Arrange, |node| Consent::Leave(node.ordinal()))
}

/// Slots that somebody began to move are moved to their end: what was begun lies on both sides. Those of one owner together,
/// as a run that was cut off leaves many.
pub fn closes(cluster: &Cluster, transfer: Transfer) -> Option<Next<Snapshot>> {
    let heard = cluster.nodes.iter().filter(|node| node.has_answered);
    let open = heard.flat_map(|node| node.open.iter().map(move |it| (node, it)));
    let begun: Vec<(u16, &Node, &Node)> = open
        .filter_map(|(node, open)| {
            let (owner, target) = ends(cluster, node, open)?;
            Some((open.slot(), owner, target))
        })
        .collect();
    let (_, owner, _) = *begun.first()?;
    let mut to: BTreeMap<u16, &Node> = BTreeMap::new();
    for (slot, _, target) in begun.iter().filter(|(_, it, _)| it.id == owner.id) {
        to.entry(*slot).or_insert(target);
    }
    let mut lanes: BTreeMap<&String, Vec<u16>> = BTreeMap::new();
    for (slot, target) in to.iter().filter(|(_, target)| target.id != owner.id) {
        lanes.entry(&target.id).or_default().push(*slot);
    }
    Some(if lanes.is_empty() {
        act(Close::new(cluster, owner, &to.into_keys().collect()))
    } else {
        let to = lanes.into_iter().map(|(id, slots)| (id.clone(), slots.into_iter().collect()));
        let share = Share { source: owner.id.clone(), to: to.collect() };
        moved(cluster, MoveSlots::closing(cluster, &share, transfer))
    })
}

/// Who owns an open slot, and who is to.
fn ends<'a>(cluster: &'a Cluster, node: &'a Node, open: &Open) -> Option<(&'a Node, &'a Node)> {
    let slot = open.slot();
    let owner = cluster.owner(slot)?;
    let other = match open {
        Open::Migrating { to, .. } => primary_of(cluster, to),
        Open::Importing { .. } => Some(node),
    };
    // Where its keys are: a target that failed over has left them to its replica.
    let holder = cluster.nodes.iter().find(|it| it.id != owner.id && it.strays.contains_key(&slot));
    Some((owner, holder.or(other).unwrap_or(owner)))
}

/// The node itself, or the one that it follows by now.
fn primary_of<'a>(cluster: &'a Cluster, id: &str) -> Option<&'a Node> {
    let node = cluster.node(id)?;
    match &node.primary {
        Some(primary) => cluster.node(primary),
        None => Some(node),
    }
}

/// A primary that gives its last slot away would follow the new owner by itself, and its replicas with it, each with a whole
/// copy of its data (`cluster-allow-replica-migration`, Redis >= 7.0): we say who follows whom.
fn keeps_still(
    now: &Snapshot,
    cluster: &Cluster,
    layout: &Layout,
    staying: &Range<u32>,
    empties: bool,
) -> Option<Configure> {
    if !empties {
        return None;
    }
    let dissolves = |node: &Node| {
        !layout.keeps(node) && node.primary.as_ref().is_none_or(|id| !layout.primaries.contains(id))
    };
    let restless: Vec<&Node> = cluster
        .nodes
        .iter()
        .filter(|node| node.has_answered && node.migrates == Some(true) && cluster.is_member(node))
        .filter(|node| !node.is_within(staying) || dissolves(node))
        .collect();
    (!restless.is_empty()).then(|| Configure::still(now, cluster, &restless, layout))
}

/// Nodes that may follow another primary, or become one: those without a shard first, then replicas of which a shard has
/// more than it needs.
fn free<'a>(cluster: &'a Cluster, layout: &Layout, staying: &Range<u32>) -> Vec<&'a Node> {
    let staying_replicas =
        |id: &str| cluster.replicas(id).filter(|node| node.is_within(staying)).count();
    let is_free = |node: &&Node| {
        let follows = node.primary.as_ref().and_then(|id| cluster.node(id));
        let is_member = cluster.is_member(node) && !layout.keeps(node) && node.slots.is_empty();
        is_member
            && match follows {
                None => node.primary.is_some() || node.is_primary(),
                Some(primary) if layout.keeps(primary) => {
                    staying_replicas(&primary.id) > layout.replicas_per_shard
                        && cluster.replicas(&primary.id).filter(|it| it.is_in_sync).count() > 1
                }
                Some(primary) => primary.slots.is_empty(),
            }
    };
    let mut free: Vec<&Node> =
        cluster.nodes.iter().filter(|node| node.is_within(staying)).filter(is_free).collect();
    free.sort_by_key(|node| {
        let follows = node.primary.as_ref().and_then(|id| cluster.node(id));
        (follows.is_some_and(|it| layout.keeps(it)), node.ordinal())
    });
    free
}

/// A node that is free, and the primary that needs it most; on another host than that primary where there is one, and of those
/// one that another primary could not do with.
fn attachable<'a>(
    cluster: &'a Cluster,
    layout: &Layout,
    staying: &Range<u32>,
    free: &[&'a Node],
) -> Option<(&'a Node, &'a Node)> {
    let staying_replicas =
        |id: &str| cluster.replicas(id).filter(|node| node.is_within(staying)).count();
    let unattached = free.iter().any(|node| {
        node.primary.as_ref().and_then(|id| cluster.node(id)).is_none_or(|it| !layout.keeps(it))
    });
    let mut primaries: Vec<&Node> =
        layout.primaries.iter().filter_map(|id| cluster.node(id)).collect();
    primaries.sort_by_key(|node| (staying_replicas(&node.id), node.ordinal()));
    let lacks = |node: &Node| staying_replicas(&node.id) < layout.replicas_per_shard;
    let needy = primaries.first().filter(|node| lacks(node) || unattached)?;
    let is_lacking = lacks(needy);
    let candidates = free.iter().filter(|node| {
        let follows = node.primary.as_ref().and_then(|id| cluster.node(id));
        is_lacking || follows.is_none_or(|it| !layout.keeps(it))
    });
    let node = candidates.min_by_key(|node| {
        let follows_kept = node
            .primary
            .as_ref()
            .and_then(|id| cluster.node(id))
            .is_some_and(|it| layout.keeps(it));
        let is_beside = |primary: &Node| node.host().is_some() && node.host() == primary.host();
        let is_for_others = !primaries.iter().any(|it| lacks(it) && is_beside(it));
        (follows_kept, is_beside(needy), is_for_others, node.ordinal())
    })?;
    Some((node, needy))
}

/// What goes to a primary is a tenth more there than it was, and its replicas need as much.
fn lacks_room(cluster: &Cluster, shares: &[Share]) -> Option<Next<Snapshot>> {
    let mut gains: BTreeMap<&String, u64> = BTreeMap::new();
    for share in shares {
        let Some(source) = cluster.node(&share.source) else { continue };
        for (id, slots) in &share.to {
            *gains.entry(id).or_default() += source.part(source.bytes, slots.count());
        }
    }
    let needy = gains.into_iter().filter_map(|(id, gain)| Some((cluster.node(id)?, gain)));
    let (node, gain, room) = needy
        .flat_map(|(node, gain)| {
            let members = cluster.replicas(&node.id).chain([node]);
            members.filter_map(move |it| Some((it, gain + gain / 10, it.room?)))
        })
        .find(|(_, gain, room)| gain > room)?;
    let says = "it is to get about {gain}, and has room for {room} before it refuses writes, drops keys or is killed";
    let next = "raise maxmemory and the memory of the container, or keep more shards; --allow target-memory goes on all the same";
    let violation = Violation::new(Object::pod(&node.name()), says)
        .with("gain", Value::Bytes(gain))
        .with("room", Value::Bytes(room))
        .next(next);
    Some(refuse(TARGET_MEMORY, violation))
}

fn cannot_move_slots(cluster: &Cluster, share: &Share) -> Next<Snapshot> {
    let name = cluster.node(&share.source).map(Node::name).unwrap_or_default();
    let says = "it and those it gives slots to do not move whole slots by themselves: Valkey >= 9 and Redis >= 8.4 do";
    let next = "leave out --migrate: then they go key by key";
    refuse("atomic-migration-unavailable", Violation::new(Object::pod(&name), says).next(next))
}

fn no_heir(primary: &Node) -> Next<Snapshot> {
    let says = "no member of its shard stays: its slots would need a new primary first";
    let next = "attach a replica that stays (CLUSTER REPLICATE on it), or let more shards go with --shards";
    let violation = Violation::new(Object::pod(&primary.name()), says).next(next);
    refuse("no-member-stays", violation)
}

fn no_replica_to_spare(now: &Snapshot) -> Next<Snapshot> {
    let says =
        "another shard would need a primary without slots, and no shard has a replica to spare";
    refuse("no-empty-primary", Violation::new(Object::set(&now.set.name), says))
}
