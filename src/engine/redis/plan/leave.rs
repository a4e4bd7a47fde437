//! Ordinals that leave: their shards are drained, what stays is arranged, and one after the other is cut off.

use std::ops::Range;

use jiff::SignedDuration;

use super::arrange::{Levelling, arrange};
use super::cluster::{Cluster, Node};
use super::layout::{Growth, layout};
use super::mover::under_way;
use super::step::{Linger, Part};
use super::{act, refuse, unheard, wait};
use crate::engine::redis::succession::Bar;
use crate::model::{Pod, Seen, Snapshot};
use crate::plan::{Next, Wait, Wishes};
use crate::rules::{Object, Violation, is_failing};

/// So long those that leave answer MOVED after they hold nothing: a client learns the new owner from it, and nothing from a
/// member that is gone.
pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Of the connections of a member, our own.
const OURS: u64 = 1;

/// # Errors
/// When a member that stays was not heard, or one that owns slots.
pub fn left(
    now: &Snapshot,
    cluster: &Cluster,
    staying: &Range<u32>,
    wishes: Wishes,
) -> Seen<Next<Snapshot>> {
    if let Some(next) = bereft(now, cluster).or_else(|| bereaved(cluster).map(awaits)) {
        return Ok(next);
    }
    let must_answer = |node: &&Node| node.is_within(staying) || !node.slots.is_empty();
    if let Some(node) =
        cluster.nodes.iter().filter(must_answer).find(|node| !node.has_answered && node.is_there)
    {
        return Err(unheard(node));
    }
    let is_away = |ordinal: &u32| cluster.at(*ordinal).is_none();
    if let Some(ordinal) = staying.clone().find(is_away) {
        let object = Object::pod(&now.set.pod_name(ordinal));
        let says = "until it is there: it stays";
        return Ok(Next::Wait(Wait { object, says, evidence: Vec::new() }));
    }
    let layout = match layout(&now.set.name, cluster, staying, wishes, Growth::No) {
        Ok(layout) => layout,
        Err(finding) => return Ok(Next::Refuse(vec![*finding])),
    };
    match arrange(now, cluster, &layout, staying, Levelling::OnlyWhatLeaves) {
        Next::Done => {}
        other => return Ok(other),
    }
    let mut leavers = cluster
        .nodes
        .iter()
        .filter(|node| node.place.is_some() && !node.is_within(staying) && cluster.knows(&node.id));
    let Some(first) = leavers.clone().next() else { return Ok(Next::Done) };
    let Some(drained) = now.record.as_ref().and_then(|record| record.drained) else {
        let pods = leavers.map(Node::name).collect();
        return Ok(act(Linger::new(now, pods, &layout)));
    };
    let is_over = now.at.duration_since(drained) >= GRACE;
    let has_clients = leavers.any(|node| node.clients > OURS);
    Ok(if is_over || !has_clients {
        Next::Done
    } else {
        wait(first, "until no client is left on it, or 30 s are over")
    })
}

/// One that holds nothing is forgotten by all others and forgets them, and its data is gone from its disk: it would come back
/// with it when the ordinal does.
pub fn parted(now: &Snapshot, cluster: &Cluster, ordinal: u32, keeps_disk: bool) -> Next<Snapshot> {
    let pod = now.pod(ordinal).ok().flatten();
    let Some(node) = cluster.at(ordinal) else {
        return pod.map_or(Next::Done, |pod| unreached(now, pod, keeps_disk));
    };
    if !node.slots.is_empty() {
        return wait(node, "until it owns no slot");
    }
    if let Some(next) = under_way(now, cluster) {
        return next;
    }
    let is_known = cluster.knows(&node.id);
    let is_empty = node.keys == 0 && node.functions.unwrap_or_default() == 0;
    if !is_known && node.peers.is_empty() && is_empty && node.is_primary() {
        return Next::Done;
    }
    if let Some(pod) = pod.filter(|_| !node.has_answered) {
        return unreached(now, pod, keeps_disk);
    }
    act(Part::new(now, cluster, node))
}

/// The slots of a primary that is gone fall to its replica, after a node timeout: until then it is that replica which has
/// the data, and nothing is done about it.
pub fn falls_to(cluster: &Cluster) -> Option<Next<Snapshot>> {
    let gone = cluster.owners().filter(|node| node.is_gone());
    let mut heirs = gone.flat_map(|node| cluster.replicas(&node.id));
    let heir = heirs.find(|node| node.has_answered && node.bar.is_none())?;
    Some(wait(heir, "until it has taken over the slots of its primary, which is gone"))
}

/// A primary that has failed, and of its replicas that answer, all barred from taking over, the one that has most of its data.
pub struct Bereaved<'a> {
    pub primary: &'a Node,
    pub heir: &'a Node,
    pub bar: Bar,
}

pub fn bereaved(cluster: &Cluster) -> Option<Bereaved<'_>> {
    cluster.owners().filter(|node| !node.has_answered).find_map(|primary| {
        let mut heirs = cluster.replicas(&primary.id).filter(|node| node.has_answered);
        let heir = heirs.clone().max_by_key(|node| (node.offset, node.keys))?;
        let bar = heir.bar.filter(|_| heirs.all(|node| node.bar.is_some()))?;
        Some(Bereaved { primary, heir, bar })
    })
}

/// In words that may follow "as".
pub const fn reason(bar: Bar) -> &'static str {
    match bar {
        Bar::NeverLinked => "it has started without its primary",
        Bar::Stale { .. } => "it has been without its primary for too long",
        Bar::Denied { .. } => "the others deny it the votes for good",
    }
}

/// With its data it serves as before; what else there is to do is for `repair`, and for somebody to allow.
pub fn awaits(Bereaved { primary, heir, bar }: Bereaved<'_>) -> Next<Snapshot> {
    let object = Object::pod(&primary.name());
    let says = "until it is back with its data: its replica {heir} is not promoted, as {reason}";
    let evidence = vec![("heir", heir.name().into()), ("reason", reason(bar).into())];
    Next::Wait(Wait { object, says, evidence })
}

/// Somebody else took a pod away that owns slots, and nobody has taken them over: only its claim has what was in them.
pub fn bereft(now: &Snapshot, cluster: &Cluster) -> Option<Next<Snapshot>> {
    let record = now.record.as_ref()?;
    let gone = cluster.owners().find(|node| node.is_gone())?;
    if gone.is_there {
        return Some(wait(gone, "until its peers have noticed that it is gone"));
    }
    if let Some(next) = falls_to(cluster) {
        return Some(next);
    }
    let says = "{slots:slot} belong to a member whose pod is gone: somebody else has scaled it down meanwhile";
    let before = record.replicas.to_string();
    let violation = Violation::new(Object::set(&now.set.name), says)
        .with("slots", gone.slots.len())
        .next("bring its pod back with its claim, and then scale down again")
        .fix(["kubectl", "sts", "scale", &now.set.name, "--replicas", &before]);
    Some(refuse("slots-gone", violation))
}

/// One that somebody has just brought back, on the way, may answer in a moment. Without its disk it does not come back as who it
/// was: then the others forget it when its pod is gone.
fn unreached(now: &Snapshot, pod: &Pod, keeps_disk: bool) -> Next<Snapshot> {
    let object = Object::pod(&pod.name);
    if now.record.is_some() && !is_failing(now, pod) {
        return Next::Wait(Wait { object, says: "until it answers", evidence: Vec::new() });
    }
    if !keeps_disk {
        return Next::Done;
    }
    let says = "it does not answer, so that its data cannot be taken from its disk: the ordinal would come back with it";
    let next = "find out why; or let its claims go with it: --delete-claims";
    refuse("leaver-unreached", Violation::new(object, says).next(next))
}
