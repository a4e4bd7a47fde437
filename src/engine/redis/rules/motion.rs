//! What may be gossip in motion: claims of one reading, comparable with those of the next.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::super::facts::{Look, View};
use super::super::members::view_of;
use super::super::nodes::{Open, Role};
use super::super::slots::{SLOTS, Slots};
use super::{agreement, lag};

/// Seconds after a start in which a member may still be joining.
const REJOIN: u64 = 10;

/// Seconds that a replica may take to connect before its link counts as down.
const LINK_GRACE: u64 = 10;

/// Whether anything here is worth a second reading.
pub fn shows_any(look: &Look) -> bool {
    !(look.topology.stranded.is_empty()
        && look.topology.doubles.is_empty()
        && unowned(look).is_empty()
        && open_slots(look).is_empty()
        && strangers(look).is_empty()
        && failing(look).is_empty()
        && bare_shards(look).is_empty()
        && broken_links(look).is_empty()
        && lag::laggards(look).is_empty()
        && lag::unmet(look).is_empty()
        && agreement::gaps(look).is_empty()
        && agreement::twins(look).is_empty()
        && agreement::behind(look).is_empty()
        && disputes(look).is_empty())
}

/// Uids of the pods whose members will not find their peers again.
pub fn stranded(look: &Look) -> Vec<String> {
    look.topology
        .stranded
        .iter()
        .filter_map(|seat| Some(look.seat(*seat)?.reply.uid.clone()))
        .collect()
}

pub fn unowned(look: &Look) -> Vec<u16> {
    if look.is_cluster() { look.topology.unowned.iter().collect() } else { Vec::new() }
}

/// A slot on the move between two nodes, by what either end says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSlot {
    pub slot: u16,
    pub source: String,
    pub target: String,
    /// Whether the source, and whether the target, says so.
    pub said_by: (bool, bool),
}

pub fn open_slots(look: &Look) -> Vec<OpenSlot> {
    let mut open: BTreeMap<(u16, String, String), (bool, bool)> = BTreeMap::new();
    for (_, view) in look.views() {
        for mark in view.me().into_iter().flat_map(|me| &me.open) {
            match mark {
                Open::Migrating { slot, to } => {
                    open.entry((*slot, view.id.clone(), to.clone())).or_default().0 = true;
                }
                Open::Importing { slot, from } => {
                    open.entry((*slot, from.clone(), view.id.clone())).or_default().1 = true;
                }
            }
        }
    }
    open.into_iter()
        .map(|((slot, source, target), said_by)| OpenSlot { slot, source, target, said_by })
        .collect()
}

/// Ids of members that no other member lists, while there are others that could.
pub fn strangers(look: &Look) -> Vec<String> {
    if look.views().count() < 2 {
        return Vec::new();
    }
    let is_double = |id: &str| look.topology.doubles.iter().any(|(double, _)| double == id);
    look.views()
        .filter(|(_, view)| !is_double(&view.id))
        .filter(|(_, view)| {
            look.topology.peer(&view.id).is_some_and(|peer| peer.known_by.is_empty())
        })
        .map(|(_, view)| view.id.clone())
        .collect()
}

/// Ids of members that say `cluster_state:fail`.
pub fn failing(look: &Look) -> Vec<String> {
    look.views().filter(|(_, view)| !view.state.is_ok).map(|(_, view)| view.id.clone()).collect()
}

/// Those of them that own slots and have not just started: their slots are served by nobody.
pub fn refusing(look: &Look) -> Vec<String> {
    let owns = |id: &str| look.topology.peer(id).is_some_and(|peer| !peer.slots.is_empty());
    look.views()
        .filter(|(_, view)| !view.state.is_ok && owns(&view.id) && !is_joining(view))
        .map(|(_, view)| view.id.clone())
        .collect()
}

/// A primary stays out of the cluster on purpose for seconds after a start (`CLUSTER_WRITABLE_DELAY`,
/// `CLUSTER_MAX_REJOIN_DELAY` in Redis `clusterUpdateState`).
pub fn is_joining(view: &View) -> bool {
    view.info.number("uptime_in_seconds").is_some_and(|seconds| seconds < REJOIN)
}

/// Ids of primaries with slots and no replica that is up, where replicas are expected: other shards have
/// one, or there are more members than shards.
pub fn bare_shards(look: &Look) -> Vec<String> {
    let topology = &look.topology;
    let peer = |index: usize| topology.peers.get(index);
    let bare: Vec<String> = topology
        .shards
        .iter()
        .filter(|shard| {
            let mut replicas = shard.replicas.iter().filter_map(|index| peer(*index));
            !replicas.any(|replica| replica.standing.may_serve())
        })
        .filter_map(|shard| Some(peer(shard.primary)?.id.clone()))
        .collect();
    let shards = topology.shards.len();
    if bare.len() < shards || look.seats.len() > shards { bare } else { Vec::new() }
}

/// Ids of replicas whose link to their primary has been down for longer than connecting takes, or cannot
/// come up where they look for it.
pub fn broken_links(look: &Look) -> Vec<String> {
    look.views()
        .filter(|(_, view)| is_link_down(view))
        .filter(|(_, view)| dials_elsewhere(view).is_some() || !is_awaited(look, view))
        .map(|(_, view)| view.id.clone())
        .collect()
}

fn is_link_down(view: &View) -> bool {
    let info = &view.info;
    let is_long = match info.number("master_link_down_since_seconds") {
        Some(seconds) => seconds >= LINK_GRACE,
        // -1: never up since it started or was told whom to follow.
        None => info.number("uptime_in_seconds").is_some_and(|seconds| seconds >= 3 * LINK_GRACE),
    };
    info.is_replica()
        && info.get("master_link_status") == Some("down")
        && info.get("master_sync_in_progress") != Some("1")
        && (is_long || dials_elsewhere(view).is_some())
}

/// The address that replication dials, the one that the same member knows its primary by, and the id of
/// the primary, where the two differ. A node whose address arrives by gossip is moved without
/// `replicationSetMaster` (`clusterProcessGossipSection` in cluster.c): seen on Redis 7.0.15 after CLUSTER
/// MEET, it dials the old address for ever.
pub fn dials_elsewhere(view: &View) -> Option<(&str, &str, &str)> {
    let id = view.me()?.primary.as_deref()?;
    let address = view.node(id)?.address.ip.as_deref()?;
    let dialled = view.info.get("master_host")?;
    (dialled.parse::<IpAddr>().is_ok() && dialled != address).then_some((dialled, address, id))
}

/// Whether the primary has it on its list, or has somebody there who waits for a copy: the replica calls
/// its link down until that copy begins to arrive (`repl-diskless-sync-delay`).
fn is_awaited(look: &Look, view: &View) -> bool {
    let Some(me) = view.me() else { return false };
    let primary = me.primary.as_deref().and_then(|id| look.topology.peer(id));
    let Some(primary) = primary.and_then(|primary| view_of(primary, look)) else { return false };
    let address = look.topology.peer(&view.id).map(|peer| &peer.address);
    primary.info.replicas().any(|replica| {
        let is_it = address.is_some_and(|address| {
            address.ip.as_deref() == Some(replica.ip) && address.port.to_string() == replica.port
        });
        is_it || replica.state != "online"
    })
}

/// A slot that members ascribe to different owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    pub slot: u16,
    pub views: Vec<Opinion>,
}

/// Uid of the pod, and the owner it names with that owner's epoch. A new epoch is motion.
pub type Opinion = (String, Option<(String, u64)>);

pub fn disputes(look: &Look) -> Vec<Dispute> {
    let strangers = strangers(look);
    let judges: Vec<_> = (0..look.seats.len())
        .filter(|index| !look.topology.stranded.contains(index))
        .filter_map(|index| Some((look.seat(index)?, look.seat(index)?.view()?)))
        .filter(|(_, view)| view.peers().next().is_some() && !strangers.contains(&view.id))
        .collect();
    let claims: Vec<Vec<(&str, &Slots)>> = judges.iter().map(|(_, view)| claims(view)).collect();
    if claims.windows(2).all(|pair| pair.first() == pair.last()) {
        return Vec::new();
    }
    let maps: Vec<Vec<Option<(&str, u64)>>> = judges.iter().map(|(_, view)| owners(view)).collect();
    (0..SLOTS)
        .filter_map(|slot| {
            let named: Vec<Option<(&str, u64)>> =
                maps.iter().map(|map| map.get(usize::from(slot)).copied().flatten()).collect();
            let owner = |owner: &Option<(&str, u64)>| owner.map(|(id, _)| id.to_owned());
            let is_agreed = named.windows(2).all(|w| w.first().map(owner) == w.last().map(owner));
            (!is_agreed).then(|| Dispute {
                slot,
                views: judges
                    .iter()
                    .zip(named)
                    .map(|((seat, _), named)| {
                        (seat.reply.uid.clone(), named.map(|(id, epoch)| (id.to_owned(), epoch)))
                    })
                    .collect(),
            })
        })
        .collect()
}

fn claims(view: &View) -> Vec<(&str, &Slots)> {
    let mut claims: Vec<_> = view
        .nodes
        .iter()
        .filter(|node| node.flags.role == Some(Role::Primary) && !node.slots.is_empty())
        .map(|node| (node.id.as_str(), &node.slots))
        .collect();
    claims.sort_unstable();
    claims
}

fn owners(view: &View) -> Vec<Option<(&str, u64)>> {
    let mut owners = vec![None; usize::from(SLOTS)];
    for node in view.nodes.iter().filter(|node| node.flags.role == Some(Role::Primary)) {
        for slot in node.slots.iter() {
            if let Some(owner) = owners.get_mut(usize::from(slot)) {
                *owner = Some((node.id.as_str(), node.epoch));
            }
        }
    }
    owners
}
