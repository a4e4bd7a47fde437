//! Whether a replica can follow a primary that has failed: those that vote may know a newer epoch of that primary than it does.

use super::facts::Look;
use super::members::view_of;
use super::nodes::{Node, Role};
use super::topology::{Peer, Topology};

/// Why a replica is denied the votes for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied {
    /// The epoch by which it knows its primary.
    pub known: u64,
    /// The newest by which those that vote do.
    pub newest: u64,
}

/// Primaries that can vote, and how many votes are needed.
pub fn counted(topology: &Topology) -> (usize, usize) {
    let voters = topology.shards.iter().filter_map(|shard| topology.peers.get(shard.primary));
    (voters.filter(|peer| peer.standing.may_serve()).count(), topology.shards.len() / 2 + 1)
}

/// One that knows a newer epoch denies its vote (Redis `clusterSendFailoverAuthIfNeeded`), and nobody tells the replica of it:
/// its primary alone would have. One that was not heard may vote.
pub fn denied(look: &Look, primary: &Peer, replica: &Peer) -> Option<Denied> {
    let known = view_of(replica, look)?.node(&primary.id)?.epoch;
    let voters = look.views().filter(|(_, view)| view.me().is_some_and(is_voter));
    let epochs: Vec<u64> =
        voters.filter_map(|(_, view)| Some(view.node(&primary.id)?.epoch)).collect();
    let denying = epochs.iter().filter(|epoch| **epoch > known).count();
    let (up, needed) = counted(&look.topology);
    (up.saturating_sub(denying) < needed && up >= needed)
        .then_some(Denied { known, newest: epochs.into_iter().max()? })
}

fn is_voter(node: &Node) -> bool {
    node.flags.role == Some(Role::Primary) && !node.slots.is_empty()
}
