//! The cluster as it is planned on: what a step changes of it is its forecast.

mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::redis::command::Endpoint;
use crate::engine::redis::container;
use crate::engine::redis::facts::{Look, Seat, View};
use crate::engine::redis::info::Product;
use crate::engine::redis::members::short;
use crate::engine::redis::nodes::{Open, Role};
use crate::engine::redis::rules::motion::disputes;
use crate::engine::redis::session::{Way, Ways};
use crate::engine::redis::succession::Bar;
use crate::engine::redis::tasks::Task;
use crate::model::{Snapshot, Version};

#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Lowest ordinal first; those without a pod of this set last.
    pub nodes: Vec<Node>,
    pub ways: Ways,
    /// Slots about whose owner members do not agree.
    pub disputed: BTreeSet<u16>,
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
    /// Bytes until it refuses writes or drops keys, or the kernel ends it; None where nothing bounds it.
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

impl Cluster {
    /// `counted` is the reading in which keys were counted.
    pub fn new(now: &Snapshot, look: &Look, counted: &Look) -> Self {
        let mut nodes: Vec<Node> =
            look.topology.peers.iter().map(|peer| Node::new(now, peer, look, counted)).collect();
        nodes.sort_by_key(|node| (node.place.is_none(), node.ordinal(), node.id.clone()));
        let disputed = disputes(look).into_iter().map(|it| it.slot).collect();
        Self { nodes, ways: ways(now, look), disputed }
    }

    /// The first that calls slots its own which another one calls its own too.
    pub fn rival(&self) -> Option<&Node> {
        let mut taken = BTreeSet::new();
        self.owners().find(|node| !node.slots.iter().all(|slot| taken.insert(*slot)))
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

    pub fn owner(&self, slot: u16) -> Option<&Node> {
        self.nodes.iter().find(|node| node.slots.contains(&slot))
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
