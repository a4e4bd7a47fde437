//! What a cluster does by itself, as if it had: the plan that is shown goes on behind what it waits for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::cluster::{Cluster, Node, Place};
use crate::engine::redis::command::Endpoint;
use crate::engine::redis::facts::Facts;
use crate::engine::redis::info::Product;
use crate::engine::redis::nodes::Role;
use crate::model::Snapshot;
use crate::rules::is_failing;

/// More than anything that is waited for takes.
const LATER: SignedDuration = SignedDuration::from_mins(2);

pub fn settle(now: &mut Snapshot) {
    let failing: BTreeSet<String> = now
        .pods()
        .unwrap_or_default()
        .iter()
        .filter(|pod| is_failing(now, pod))
        .map(|pod| pod.uid.clone())
        .collect();
    let places: Vec<Place> = now
        .pods()
        .unwrap_or_default()
        .iter()
        .filter_map(|pod| {
            Some(Place {
                ordinal: now.set.ordinal_of(&pod.name)?,
                pod: pod.name.clone(),
                uid: pod.uid.clone(),
                host: pod.node.clone(),
            })
        })
        .collect();
    if let Ok(later) = now.at.checked_add(LATER) {
        now.at = later;
    }
    Facts::change(now, |cluster| {
        cluster.disputed.clear();
        for place in places {
            if cluster.at(place.ordinal).is_none() {
                cluster.nodes.push(fresh(place));
            }
        }
        cluster.nodes.sort_by_key(|node| (node.place.is_none(), node.ordinal()));
        let members: BTreeSet<String> = cluster
            .nodes
            .iter()
            .filter(|node| cluster.is_member(node))
            .map(|node| node.id.clone())
            .collect();
        for node in cluster.nodes.iter_mut().filter(|node| members.contains(&node.id)) {
            node.has_answered |=
                node.place.as_ref().is_some_and(|place| !failing.contains(&place.uid));
            node.is_meeting = false;
            node.is_ok = true;
            node.is_stranded = false;
            node.dials = None;
            node.is_trimming = false;
            node.tasks.clear();
            node.peers = members.iter().filter(|id| **id != node.id).cloned().collect();
            node.is_in_sync = node.primary.is_some();
        }
    });
}

/// A server that was just started on an empty disk.
fn fresh(place: Place) -> Node {
    Node {
        id: format!("joining-{}", place.ordinal),
        place: Some(place),
        expected: None,
        has_answered: true,
        is_there: true,
        is_silent: false,
        is_stranded: false,
        endpoint: Endpoint::default(),
        role: Role::Primary,
        primary: None,
        slots: BTreeSet::new(),
        open: Vec::new(),
        tasks: Vec::new(),
        is_trimming: false,
        strays: BTreeMap::new(),
        keys: 0,
        keys_beyond_first: 0,
        bytes: 0,
        functions: None,
        room: None,
        timeout: None,
        peers: BTreeSet::new(),
        is_ok: false,
        is_meeting: false,
        is_in_sync: false,
        bar: None,
        offset: 0,
        dials: None,
        clients: 0,
        migrates: None,
        product: Product::Redis,
        version: None,
    }
}

impl Cluster {
    /// A replica has taken over from its primary, which follows it by now, as the others of its shard do.
    pub fn promote(&mut self, primary: &str, heir: &str) {
        let slots = self.node_mut(primary).map(|it| std::mem::take(&mut it.slots));
        for node in &mut self.nodes {
            if node.id == heir {
                node.role = Role::Primary;
                node.primary = None;
                node.bar = None;
                node.slots = slots.clone().unwrap_or_default();
            } else if node.id == primary || node.primary.as_deref() == Some(primary) {
                node.role = Role::Replica;
                node.primary = Some(heir.to_owned());
                node.bar = None;
                node.is_in_sync = true;
            }
        }
    }

    /// Nobody knows it any more.
    pub fn forget(&mut self, id: &str) {
        for node in &mut self.nodes {
            node.peers.remove(id);
        }
    }
}
