//! Which shards there are to be, and who is their primary.

use std::collections::BTreeMap;
use std::ops::Range;

use super::cluster::{Cluster, Node};
use crate::plan::{Transfer, Wishes};
use crate::rules::{Finding, Object, Violation};

/// Nodes that are to own slots: primaries of now, and empty ones that are to become some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub primaries: Vec<String>,
    pub replicas_per_shard: usize,
    /// So many primaries more than there are nodes without slots: replicas have to become some.
    pub lacking: usize,
    /// How slots get to them.
    pub transfer: Transfer,
}

/// A majority of fewer is all of them (redis-cli refuses to create fewer, too).
const LEAST_SHARDS: usize = 3;
/// Slots by which two shards may differ and count as equally large: 2 % of a cluster.
const UNEVEN: usize = 328;
/// Bytes that say nothing: buffers come and go.
const ABOUT: u64 = 4 << 20;

impl Layout {
    pub fn keeps(&self, node: &Node) -> bool {
        self.primaries.contains(&node.id)
    }
}

/// Whether the number of shards may go up: pods that join are given slots, those that stay are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    Allowed,
    No,
}

/// The most shards that keep as many replicas each as most have now, unless it was asked for otherwise; of those there are
/// now the ones stay whose members stay, and then the larger ones.
pub fn layout(
    set: &str,
    cluster: &Cluster,
    staying: &Range<u32>,
    wishes: Wishes,
    growth: Growth,
) -> Result<Layout, Box<Finding>> {
    let owners: Vec<&Node> = cluster.owners().collect();
    let members = cluster.within(staying).filter(|node| cluster.is_member(node)).count();
    let replicas = wishes.replicas_per_shard.unwrap_or_else(|| usual_replicas(cluster, &owners));
    let shards = match wishes.shards {
        Some(shards) => shards,
        None => shards(owners.len(), members, replicas, growth),
    };
    if shards < LEAST_SHARDS.min(owners.len()) || shards > members {
        let says = "{members:pod} are too few for {shards:shard}: a cluster needs three primaries for a majority";
        let finding = refusal("too-few-pods", set, says, members, shards, replicas);
        return Err(Box::new(finding));
    }
    if shards * (replicas + 1) > members {
        let says = "{members:pod} are too few for {shards:shard} with {replicas:replica} each";
        let mut finding = refusal("too-few-replicas", set, says, members, shards, replicas);
        finding.violation.next = Some(
            "--replicas-per-shard says how many are enough: with 0 a node that fails takes its slots along",
        );
        return Err(Box::new(finding));
    }
    let mut kept = owners;
    while kept.len() > shards
        && let Some(index) = least_missed(cluster, &kept, staying)
    {
        kept.remove(index);
    }
    let mut primaries: Vec<String> = kept.iter().map(|node| node.id.clone()).collect();
    let mut empty: Vec<&Node> = cluster
        .within(staying)
        .filter(|node| node.is_primary() && node.slots.is_empty() && cluster.is_member(node))
        .collect();
    empty.sort_by_key(|node| (cluster.replicas(&node.id).count() == 0, node.ordinal()));
    let wanted = shards - primaries.len();
    primaries.extend(empty.iter().take(wanted).map(|node| node.id.clone()));
    let lacking = wanted.saturating_sub(empty.len());
    Ok(Layout { primaries, replicas_per_shard: replicas, lacking, transfer: wishes.transfer })
}

/// The shard to dissolve: one with no member that stays, or else the one whose move is the least work. One whose move was
/// begun has fewer slots than the others; of those with about as much data it is the last, whatever their sizes are at the
/// moment.
fn least_missed(cluster: &Cluster, owners: &[&Node], staying: &Range<u32>) -> Option<usize> {
    let stays = |node: &Node| {
        node.is_within(staying) || cluster.replicas(&node.id).any(|it| it.is_within(staying))
    };
    let leaves_whole = owners.iter().any(|node| !stays(node));
    let slots = |node: &Node| node.slots.len() / UNEVEN;
    let mut candidates: Vec<(usize, &Node)> = owners
        .iter()
        .enumerate()
        .map(|(index, node)| (index, *node))
        .filter(|(_, node)| !leaves_whole || !stays(node))
        .collect();
    let fewest = candidates.iter().map(|(_, node)| slots(node)).min()?;
    candidates.retain(|(_, node)| slots(node) == fewest);
    let least = candidates.iter().map(|(_, node)| node.bytes).min()?;
    candidates.retain(|(_, node)| node.bytes <= least + least / 4 + ABOUT);
    candidates.into_iter().max_by_key(|(_, node)| node.ordinal()).map(|(index, _)| index)
}

fn shards(now: usize, members: usize, replicas: usize, growth: Growth) -> usize {
    let most = members / (replicas + 1);
    match growth {
        Growth::Allowed => now.max(most),
        Growth::No => now.min(most.max(LEAST_SHARDS)),
    }
}

/// As many as most shards have; of two numbers the larger.
pub fn usual_replicas(cluster: &Cluster, owners: &[&Node]) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for node in owners {
        *counts.entry(cluster.replicas(&node.id).count()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(replicas, shards)| (*shards, *replicas)).map_or(0, |it| it.0)
}

fn refusal(
    rule: &'static str,
    set: &str,
    says: &'static str,
    members: usize,
    shards: usize,
    replicas: usize,
) -> Finding {
    let violation = Violation::new(Object::set(set), says)
        .with("members", members)
        .with("shards", shards)
        .with("replicas", replicas);
    Finding::refusal(rule, violation)
}
