//! What to do next with a cluster: pure, and asked again after every act. Which order keeps every key, and why, is said
//! where it is decided.

mod arrange;
mod cluster;
mod join;
mod layout;
mod leave;
mod level;
mod mover;
mod repair;
mod rest;
mod restore;
mod sees;
mod settle;
mod step;
#[cfg(test)]
mod tests;

use super::facts::Facts;
use crate::model::{Seen, Snapshot, Unread, Why};
use crate::plan::{Goal, Next, Step, Wait, Wishes, Words};
use crate::rules::{Finding, Object, Violation};

pub use cluster::Cluster;
use cluster::Node;
pub use sees::sees_to;
pub use settle::settle;

/// # Errors
/// When a member that matters was not heard.
pub fn next(now: &Snapshot, facts: &Facts, goal: &Goal) -> Seen<Next<Snapshot>> {
    if !facts.look.is_cluster() {
        return facts.look.unheard().map_or_else(|| Ok(no_cluster(now, goal)), Err);
    }
    let cluster = present(now, &facts.cluster(now));
    Ok(match goal {
        Goal::Left { staying, wishes } => {
            leave::left(now, &cluster, staying, remembered(now, *wishes))?
        }
        Goal::Parted { ordinal, keeps_disk } => leave::parted(now, &cluster, *ordinal, *keeps_disk),
        Goal::Met => join::met(now, &cluster)?,
        Goal::Arranged { wishes } => join::arranged(now, &cluster, remembered(now, *wishes))?,
        Goal::Steady { given_up } => rest::steady(now, &cluster, given_up),
        Goal::Relieved { ordinal } => rest::relieved(now, &cluster, *ordinal),
        Goal::Paused => restore::settings(now, &cluster, |node| !mover::may_go_on(node)),
        Goal::Restored => restore::restored(now, &cluster),
        Goal::Settled { mending } => repair::settled(now, &cluster, *mending)?,
    })
}

/// Those that are of different shards: each of these goes on with the others that it has.
pub fn apart(now: &Snapshot, facts: &Facts, ordinals: &[u32]) -> usize {
    rest::apart(&present(now, &facts.cluster(now)), ordinals)
}

/// What it comes to, for the first lines of a plan.
pub fn says(now: &Snapshot, facts: &Facts, goal: &Goal) -> Option<Words> {
    let cluster = present(now, &facts.cluster(now));
    let shards = cluster.owners().count();
    let layout = match goal {
        Goal::Left { staying, wishes } => {
            let wishes = remembered(now, *wishes);
            layout::layout(&now.set.name, &cluster, staying, wishes, layout::Growth::No).ok()?
        }
        _ => return None,
    };
    let to = layout.primaries.len();
    Some(if to == shards {
        ("{shards:shard} as before", vec![("shards", shards.into())])
    } else {
        ("{shards} -> {to:shard}", vec![("shards", shards.into()), ("to", to.into())])
    })
}

/// Without the nodes of pods that a forecast took away.
fn present(now: &Snapshot, cluster: &Cluster) -> Cluster {
    let mut cluster = cluster.clone();
    let pods = now.pods().unwrap_or_default();
    for node in &mut cluster.nodes {
        let is_gone = |uid: &String| !pods.iter().any(|pod| pod.uid == *uid);
        if node.place.as_ref().is_some_and(|place| is_gone(&place.uid)) {
            node.place = None;
            node.is_there = false;
            node.has_answered = false;
            node.peers.clear();
        }
    }
    let known: Vec<bool> = cluster
        .nodes
        .iter()
        .map(|node| node.is_there || !node.slots.is_empty() || cluster.knows(&node.id))
        .collect();
    let mut known = known.into_iter();
    cluster.nodes.retain(|_| known.next().unwrap_or(true));
    cluster
}

/// How many replicas a shard has is no longer to be seen halfway.
fn remembered(now: &Snapshot, wishes: Wishes) -> Wishes {
    let known = now.record.as_ref().and_then(|record| record.replicas_per_shard);
    Wishes { replicas_per_shard: wishes.replicas_per_shard.or(known), ..wishes }
}

fn no_cluster(now: &Snapshot, goal: &Goal) -> Next<Snapshot> {
    let says = "its servers are not in cluster mode: there is no slot to move, and who is primary is for others to say";
    let next = match goal {
        Goal::Settled { .. } => {
            "there is nothing here for repair to mend: check says what is wrong"
        }
        Goal::Steady { .. } | Goal::Relieved { .. } => {
            "--engine none replaces its pods as if nothing ran on them: a primary then goes without handing over"
        }
        _ => {
            "--engine none scales it as if nothing ran on it: what the ordinals that leave hold is then lost to the others"
        }
    };
    refuse("no-cluster-mode", Violation::new(Object::set(&now.set.name), says).next(next))
}

fn refuse(rule: &'static str, violation: Violation) -> Next<Snapshot> {
    Next::Refuse(vec![Finding::refusal(rule, violation)])
}

fn wait(node: &Node, says: &'static str) -> Next<Snapshot> {
    Next::Wait(Wait { object: Object::pod(&node.name()), says, evidence: Vec::new() })
}

fn act(step: impl Step<Snapshot> + 'static) -> Next<Snapshot> {
    Next::Do(Box::new(step))
}

fn unheard(node: &Node) -> Unread {
    let why = Why::Unreachable("it did not answer".to_owned());
    Unread::new(format!("ask {} what it holds", node.name()), why)
}
