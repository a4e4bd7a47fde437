//! Whether a replica can follow a primary that has failed, and what bars it from that.

use super::facts::{Look, View};
use super::members::view_of;
use super::nodes::{Node, Role};
use super::topology::{Peer, Topology};

/// Seconds between pings of a primary to its replicas (`repl-ping-replica-period`, its default).
const REPLICATION_PING: u64 = 10;

/// Why a replica is not promoted as long as its primary is away, unless somebody tells it `CLUSTER FAILOVER TAKEOVER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// It has not been connected to its primary since it was started, or told to follow it.
    NeverLinked,
    /// It was disconnected from it for too long, in seconds.
    Stale { down: u64, limit: u64 },
    /// Those that vote know its primary by a newer epoch than it does, and deny it their votes. Nobody tells it of that epoch: its
    /// primary alone would have.
    Denied { known: u64, newest: u64 },
}

/// Primaries that can vote, and how many votes are needed.
pub fn counted(topology: &Topology) -> (usize, usize) {
    let voters = topology.shards.iter().filter_map(|shard| topology.peers.get(shard.primary));
    (voters.filter(|peer| peer.standing.may_serve()).count(), topology.shards.len() / 2 + 1)
}

/// What it does itself (Redis `clusterHandleSlaveFailover`), and what those that vote do.
pub fn bar(look: &Look, primary: &Peer, replica: &Peer) -> Option<Bar> {
    let calls_it_failed =
        |view: &View| view.node(&primary.id).is_some_and(|node| node.flags.has_failed);
    let view = view_of(replica, look).filter(|view| calls_it_failed(view))?;
    let by_age = validity_factor(view).filter(|factor| *factor > 0).and_then(|factor| {
        if view.was_never_linked() { Some(Bar::NeverLinked) } else { stale(view, factor) }
    });
    by_age.or_else(|| denied(look, primary, view))
}

fn validity_factor(view: &View) -> Option<u64> {
    let names = ["cluster-replica-validity-factor", "cluster-slave-validity-factor"];
    names.into_iter().find_map(|name| view.settings.number(name))
}

fn stale(view: &View, factor: u64) -> Option<Bar> {
    let down = view.info.number("master_link_down_since_seconds")?;
    let timeout = view.settings.number("cluster-node-timeout")? / 1000;
    let limit = timeout.saturating_mul(factor).saturating_add(REPLICATION_PING);
    (down.saturating_sub(timeout) > limit).then_some(Bar::Stale { down, limit })
}

/// One that votes and was not heard may grant it (Redis `clusterSendFailoverAuthIfNeeded`).
fn denied(look: &Look, primary: &Peer, replica: &View) -> Option<Bar> {
    let known = replica.node(&primary.id)?.epoch;
    let voters = look.views().filter(|(_, view)| view.me().is_some_and(is_voter));
    let epochs: Vec<u64> =
        voters.filter_map(|(_, view)| Some(view.node(&primary.id)?.epoch)).collect();
    let denying = epochs.iter().filter(|epoch| **epoch > known).count();
    let (up, needed) = counted(&look.topology);
    (up.saturating_sub(denying) < needed && up >= needed)
        .then_some(Bar::Denied { known, newest: epochs.into_iter().max()? })
}

fn is_voter(node: &Node) -> bool {
    node.flags.role == Some(Role::Primary) && !node.slots.is_empty()
}
