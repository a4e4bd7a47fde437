//! The end of a run: nobody is known who is gone, and settings are as they were.

use jiff::SignedDuration;

use super::cluster::{Cluster, Node};
use super::leave::bereft;
use super::mover::under_way;
use super::step::{Configure, Forget};
use super::{act, wait};
use crate::engine::redis::info::Product;
use crate::model::{Snapshot, Version};
use crate::plan::Next;

/// A node that was forgotten is kept out for a minute (`CLUSTER_BLACKLIST_TTL`); servers that do not pass on that it was
/// forgotten (Redis < 7.2) may bring it back after that.
const BANNED: SignedDuration = SignedDuration::from_secs(65);
const TOLD_BY_GOSSIP: Version = Version::new(7, 2, 0);

/// Those that an earlier step changed, of the nodes of which they may be put back.
pub fn settings(now: &Snapshot, cluster: &Cluster, may: impl Fn(&Node) -> bool) -> Next<Snapshot> {
    let Some(record) = &now.record else { return Next::Done };
    let changed: Vec<(&Node, &String)> = cluster
        .nodes
        .iter()
        .filter(|node| node.has_answered && may(node))
        .filter_map(|node| {
            let before = record.settings.get(&node.place.as_ref()?.uid)?;
            let is_as_before = node.migrates == Some(before == "yes");
            (!is_as_before).then_some((node, before))
        })
        .collect();
    if changed.is_empty() { Next::Done } else { act(Configure::back(cluster, &changed)) }
}

pub fn restored(now: &Snapshot, cluster: &Cluster) -> Next<Snapshot> {
    let Some(record) = &now.record else { return Next::Done };
    if let Some(next) = bereft(now, cluster) {
        return next;
    }
    if let Some(next) = under_way(now, cluster) {
        return next;
    }
    // Of one whose pod somebody else took away nobody has forgotten anything yet.
    if record.forgotten.is_some() || record.replicas > now.set.replicas {
        let ghosts: Vec<&Node> = cluster
            .nodes
            .iter()
            .filter(|node| node.is_gone() && node.slots.is_empty() && cluster.knows(&node.id))
            .collect();
        if !ghosts.is_empty() {
            return act(Forget::new(cluster, &ghosts));
        }
    }
    let next = settings(now, cluster, |_| true);
    if !matches!(next, Next::Done) {
        return next;
    }
    if let Some(forgotten) = record.forgotten
        && now.at.duration_since(forgotten) < BANNED
        && let Some(old) = cluster.nodes.iter().find(|node| {
            node.has_answered
                && !node.is_at_least(Product::Redis, TOLD_BY_GOSSIP)
                && node.product == Product::Redis
        })
    {
        return wait(old, "until it can no longer bring back who was forgotten (65 s)");
    }
    Next::Done
}
