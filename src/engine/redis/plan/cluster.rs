//! The cluster as it is planned on: what a step changes of it is its forecast.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::redis::command::Endpoint;
use crate::engine::redis::container;
use crate::engine::redis::facts::{Look, Seat, View};
use crate::engine::redis::info::{Info, Product};
use crate::engine::redis::members::{behind, short};
use crate::engine::redis::nodes::{Open, Role};
use crate::engine::redis::rules::words;
use crate::engine::redis::session::{Way, Ways};
use crate::engine::redis::succession::{self, Bar};
use crate::engine::redis::tasks::Task;
use crate::engine::redis::topology::{Home, Peer, Standing};
use crate::model::{Snapshot, Version};

#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Lowest ordinal first; those without a pod of this set last.
    pub nodes: Vec<Node>,
    pub ways: Ways,
}

#[expect(clippy::struct_excessive_bools, reason = "each was seen by itself")]
#[derive(Clone, Debug)]
pub struct Node {
    pub id: String,
    /// None for one that runs in no pod of this set, or of which no pod is known.
    pub place: Option<Place>,
    /// The pod that is to come back, where it is known which.
    pub expected: Option<String>,
    /// Whether it said all this itself.
    pub has_answered: bool,
    /// Whether it runs anywhere, or will again: an ordinal whose pod is being replaced does.
    pub is_there: bool,
    /// It runs in no pod that is known, and no peer has heard of it lately: they call it failed only after a node timeout.
    pub is_silent: bool,
    /// Every address that it has of others is one that nobody has any more.
    pub is_stranded: bool,
    pub endpoint: Endpoint,
    pub role: Role,
    /// The node that it replicates.
    pub primary: Option<String>,
    pub slots: BTreeSet<u16>,
    pub open: Vec<Open>,
    /// What it moves by itself.
    pub tasks: Vec<Task>,
    /// It still has keys of slots that it gave away by itself.
    pub is_trimming: bool,
    /// Keys in slots that it does not own; none of a replica.
    pub strays: BTreeMap<u16, u64>,
    pub keys: u64,
    /// Of these, in others than database 0.
    pub keys_beyond_first: u64,
    pub bytes: u64,
    /// Of its libraries, since Redis 7.0.
    pub functions: Option<u64>,
    /// Bytes until it refuses writes, or the kernel ends it; None where nothing bounds it, or where it drops keys instead.
    pub room: Option<u64>,
    /// Nodes that it knows.
    pub peers: BTreeSet<String>,
    /// Whether it says that the cluster serves.
    pub is_ok: bool,
    /// Nodes that it is still introducing itself to.
    pub is_meeting: bool,
    /// A replica that has all that its primary had a moment ago.
    pub is_in_sync: bool,
    /// What keeps a replica from taking over from its primary, which has failed.
    pub bar: Option<Bar>,
    /// Bytes that a replica has had of its primary's changes.
    pub offset: u64,
    /// A replica that is not connected: the address that it dials.
    pub dials: Option<String>,
    /// Connections of clients, ours included.
    pub clients: u64,
    /// `cluster-allow-replica-migration`, since Redis 7.0.
    pub migrates: Option<bool>,
    /// After so long without an answer it is taken for dead.
    pub timeout: Option<Duration>,
    pub product: Product,
    pub version: Option<Version>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub ordinal: u32,
    pub pod: String,
    pub uid: String,
    /// The node of Kubernetes.
    pub host: Option<String>,
}

/// A replica that is further behind has not caught up.
const IN_SYNC: u64 = 1 << 20;

impl Cluster {
    /// `counted` is the reading in which keys were counted.
    pub fn new(now: &Snapshot, look: &Look, counted: &Look) -> Self {
        let mut nodes: Vec<Node> =
            look.topology.peers.iter().map(|peer| Node::new(now, peer, look, counted)).collect();
        nodes.sort_by_key(|node| (node.place.is_none(), node.ordinal(), node.id.clone()));
        Self { nodes, ways: ways(now, look) }
    }

    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    pub fn node_mut(&mut self, id: &str) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| node.id == id)
    }

    pub fn at(&self, ordinal: u32) -> Option<&Node> {
        self.nodes.iter().find(|node| node.place.is_some() && node.ordinal() == ordinal)
    }

    /// Nodes of these ordinals.
    pub fn within<'a>(
        &'a self,
        ordinals: &'a Range<u32>,
    ) -> impl Iterator<Item = &'a Node> + Clone {
        self.nodes.iter().filter(|node| node.is_within(ordinals))
    }

    /// Primaries that own slots.
    pub fn owners(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.slots.is_empty())
    }

    pub fn replicas<'a>(&'a self, primary: &'a str) -> impl Iterator<Item = &'a Node> + Clone {
        self.nodes.iter().filter(move |node| node.primary.as_deref() == Some(primary))
    }

    /// Whether any node but itself knows it.
    pub fn knows(&self, id: &str) -> bool {
        self.nodes.iter().any(|node| node.peers.contains(id))
    }

    /// Whether a node belongs to the cluster that serves: it owns slots, or somebody in it knows it.
    pub fn is_member(&self, node: &Node) -> bool {
        !node.slots.is_empty() || self.knows(&node.id)
    }
}

impl Node {
    fn new(now: &Snapshot, peer: &Peer, look: &Look, counted: &Look) -> Self {
        let seat = match peer.home {
            Home::Answered(index) | Home::Guessed(index) => look.seat(index),
            _ => None,
        };
        let view = seat.filter(|_| matches!(peer.home, Home::Answered(_))).and_then(Seat::view);
        let info = view.map(|view| &view.info);
        let number = |name| info.and_then(|info| info.number(name)).unwrap_or_default();
        let primary = peer.primary.as_deref().and_then(|id| look.topology.peer(id));
        let keys = info.and_then(Info::keys).unwrap_or_default();
        Self {
            id: peer.id.clone(),
            place: seat.map(|seat| Place {
                ordinal: seat.reply.ordinal,
                pod: seat.reply.pod.clone(),
                uid: seat.reply.uid.clone(),
                host: seat.node.clone(),
            }),
            expected: match peer.home {
                Home::Vacant(ordinal) => Some(now.set.pod_name(ordinal)),
                _ => None,
            },
            has_answered: view.is_some(),
            // Peers that are connected to it reach it where we do not.
            is_there: peer.home != Home::Nowhere || peer.standing.is_up(),
            is_silent: peer.home == Home::Nowhere && look.topology.is_silent(peer),
            is_stranded: peer.home.seat().is_some_and(|it| look.topology.stranded.contains(&it)),
            endpoint: Endpoint {
                ip: seat.and_then(|seat| seat.ip.clone()).unwrap_or_default(),
                port: peer.address.port,
                bus: peer.address.bus,
            },
            role: peer.role.unwrap_or(Role::Primary),
            primary: peer.primary.clone(),
            slots: peer.slots.iter().collect(),
            open: view.and_then(View::me).map(|me| me.open.clone()).unwrap_or_default(),
            tasks: view.map(|view| view.tasks.clone()).unwrap_or_default(),
            is_trimming: view.is_some_and(|view| view.state.is_trimming),
            strays: counted
                .views()
                .find(|(_, view)| view.id == peer.id)
                .filter(|_| peer.role != Some(Role::Replica))
                .map(|(_, view)| strays(view, peer))
                .unwrap_or_default(),
            keys,
            keys_beyond_first: info.map(Info::keys_beyond_first).unwrap_or_default(),
            // A server without any counts what it needs for itself.
            bytes: if keys == 0 { 0 } else { number("used_memory_dataset") },
            functions: info.and_then(|info| info.number("number_of_functions")),
            room: seat.and_then(|seat| room(now, seat)),
            peers: view.into_iter().flat_map(View::peers).map(|node| node.id.clone()).collect(),
            is_ok: view.is_some_and(|view| view.state.is_ok),
            is_meeting: view.is_some_and(|view| view.nodes.iter().any(|it| it.flags.is_handshake)),
            is_in_sync: info
                .zip(primary)
                .is_some_and(|(info, primary)| in_sync(info, primary, look)),
            bar: primary
                .filter(|it| it.standing == Standing::Down)
                .and_then(|it| succession::bar(look, it, peer)),
            offset: number("slave_repl_offset"),
            dials: info
                .filter(|info| info.get("master_link_status") == Some("down"))
                .and_then(|info| info.get("master_host"))
                .map(str::to_owned),
            clients: number("connected_clients"),
            migrates: view
                .and_then(|view| view.settings.get("cluster-allow-replica-migration"))
                .map(|value| value == "yes"),
            timeout: view
                .and_then(|view| view.settings.number("cluster-node-timeout"))
                .map(Duration::from_millis),
            product: info.map_or(Product::Redis, Info::product),
            version: info.and_then(|info| Version::parse(info.version()?)),
        }
    }

    /// About so much of what it has in all is in so many of its slots.
    pub fn part(&self, all: u64, slots: usize) -> u64 {
        let part = u128::from(all) * slots as u128;
        let part = part.checked_div(self.slots.len() as u128).unwrap_or_default();
        u64::try_from(part).unwrap_or(u64::MAX)
    }

    pub fn ordinal(&self) -> u32 {
        self.place.as_ref().map_or(u32::MAX, |place| place.ordinal)
    }

    /// It runs nowhere, and does not come back by itself.
    pub fn is_gone(&self) -> bool {
        !self.is_there || self.is_silent
    }

    pub fn is_within(&self, ordinals: &Range<u32>) -> bool {
        self.place.as_ref().is_some_and(|place| ordinals.contains(&place.ordinal))
    }

    /// The pod, or the first letters of its id.
    pub fn name(&self) -> String {
        let pod = self.place.as_ref().map(|place| &place.pod).or(self.expected.as_ref());
        pod.map_or_else(|| short(&self.id).to_owned(), String::clone)
    }

    pub fn host(&self) -> Option<&str> {
        self.place.as_ref()?.host.as_deref()
    }

    pub fn is_primary(&self) -> bool {
        self.role == Role::Primary
    }

    pub fn is_at_least(&self, product: Product, version: Version) -> bool {
        self.product == product && self.version.is_some_and(|it| it >= version)
    }
}

fn room(now: &Snapshot, seat: &Seat) -> Option<u64> {
    let info = seat.info()?;
    if info.get("maxmemory_policy").is_some_and(|it| it.starts_with("allkeys-")) {
        return None;
    }
    let own = info.number("maxmemory").filter(|limit| *limit > 0).map(|limit| {
        let uncounted = info.number("mem_not_counted_for_evict").unwrap_or_default();
        let used = info.number("used_memory").unwrap_or_default();
        limit.saturating_sub(used.saturating_sub(uncounted))
    });
    let limit = words::container(now, seat).and_then(|it| it.limits.memory);
    let limit =
        limit.map(|limit| limit.saturating_sub(info.number("used_memory_rss").unwrap_or_default()));
    own.into_iter().chain(limit).min()
}

/// Keys in slots of others, whether they are on the move or not.
fn strays(view: &View, peer: &Peer) -> BTreeMap<u16, u64> {
    let counted = view.stray_keys.iter().chain(&view.open_slot_keys);
    let is_stray = |(slot, keys): &(&u16, &u64)| **keys > 0 && !peer.slots.has(**slot);
    counted.filter(is_stray).map(|(slot, keys)| (*slot, *keys)).collect()
}

fn in_sync(info: &Info, primary: &Peer, look: &Look) -> bool {
    let primary = match primary.home {
        Home::Answered(index) => look.seat(index).and_then(Seat::info),
        _ => None,
    };
    let is_syncing = info.get("master_sync_in_progress") == Some("1");
    let lag = primary.and_then(|primary| behind(info, primary));
    !is_syncing && lag.is_some_and(|lag| lag <= IN_SYNC)
}

fn ways(now: &Snapshot, look: &Look) -> Ways {
    let pods = now.pods().unwrap_or_default();
    let way = |(seat, view): (&Seat, &View)| {
        let pod = pods.iter().find(|pod| pod.uid == seat.reply.uid)?;
        let container = pod.containers.iter().find(|it| it.name == seat.reply.door.container);
        let container = container.or_else(|| container::likely_server(pod))?;
        let way = Way {
            pod: Arc::clone(pod),
            container: container.clone(),
            door: seat.reply.door.clone(),
            run_id: view.info.get("run_id").map(str::to_owned),
        };
        Some((view.id.clone(), way))
    };
    Ways(Arc::new(look.views().filter_map(way).collect()))
}
