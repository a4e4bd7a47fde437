//! What the servers know and hold, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::moves::Move;
use super::{made, published};
use crate::engine::redis::slots::Slots;
use crate::model::Record;
use crate::model::example::{World, claim};

pub struct State {
    pub world: World,
    pub record: Option<Record>,
    /// By the uid of their pods.
    pub servers: BTreeMap<String, Server>,
    pub writes: usize,
    pub dies_at: Option<usize>,
    pub version: &'static str,
    pub moves: Vec<Move>,
    made: usize,
}

#[derive(Clone, Debug, Default)]
pub struct Server {
    pub ordinal: u32,
    pub ip: String,
    pub id: String,
    pub epoch: u64,
    pub slots: BTreeSet<u16>,
    pub importing: BTreeMap<u16, String>,
    pub migrating: BTreeMap<u16, String>,
    /// Nodes that it knows besides itself.
    pub known: BTreeSet<String>,
    pub primary: Option<String>,
    pub keys: BTreeMap<u16, BTreeMap<Vec<u8>, Vec<u8>>>,
    pub migrates: bool,
    /// Its next command may be about a slot that it imports.
    pub asking: bool,
    pub functions: u64,
    /// So many moments until it has deleted what it gave away by itself.
    pub trims: usize,
}

/// That every member of it has.
pub const FUNCTIONS: u64 = 3;

impl State {
    pub fn new(world: World, version: &'static str, slots: &[&str]) -> Self {
        let mut state = Self {
            world,
            record: None,
            servers: BTreeMap::new(),
            writes: 0,
            dies_at: None,
            version,
            moves: Vec::new(),
            made: 0,
        };
        let pods = state.world.pods.clone();
        for (ordinal, pod) in (0..).zip(&pods) {
            let mut server = state.fresh(ordinal);
            server.ip = pod.ip.clone().expect("an address");
            if let Some(slots) = slots.get(ordinal as usize) {
                let range = Slots::parse_range(slots).expect("a range");
                server.slots = (range.0..=range.1).collect();
                server.epoch = u64::from(ordinal) + 1;
                for slot in server.slots.iter().copied().take(6) {
                    let key = |n: usize| format!("{slot}-{n}").into_bytes();
                    server.keys.insert(slot, (0..3).map(|n| (key(n), key(n))).collect());
                }
            }
            state.servers.insert(pod.uid.clone(), server);
        }
        let ids: Vec<String> = pods.iter().map(|pod| state.servers[&pod.uid].id.clone()).collect();
        for (ordinal, pod) in pods.iter().enumerate() {
            let server = state.servers.get_mut(&pod.uid).expect("made");
            server.known = ids.iter().filter(|id| **id != server.id).cloned().collect();
            server.primary = ordinal.checked_sub(slots.len()).map(|it| ids[it].clone());
            server.functions = FUNCTIONS;
        }
        state
    }

    pub fn is_dead(&self) -> bool {
        self.dies_at.is_some_and(|at| self.writes >= at)
    }

    fn fresh(&mut self, ordinal: u32) -> Server {
        self.made += 1;
        let mut id = String::new();
        let _ = write!(id, "{:040x}", self.made);
        let ip = format!("10.244.1.{}", self.made);
        Server { ordinal, ip, id, migrates: true, ..Server::default() }
    }

    pub fn new_id(&mut self) -> String {
        self.made += 1;
        format!("{:040x}", self.made)
    }

    /// The set has so many replicas, and its pods are there or gone.
    pub fn resize(&mut self, to: u32) {
        self.writes += 1;
        let from = self.world.set.replicas;
        self.world.set.replicas = to;
        self.world.set.current_replicas = to;
        for ordinal in to..from {
            let name = self.world.set.pod_name(ordinal);
            self.world.pods.retain(|pod| pod.name != name);
            self.servers.retain(|_, server| server.ordinal != ordinal);
        }
        for ordinal in from..to {
            let server = self.fresh(ordinal);
            let uid = format!("pod-{}", self.made);
            let mut pod = made(&self.world, ordinal, uid.clone());
            pod.ip = Some(server.ip.clone());
            pod.ips = vec![server.ip.clone()];
            self.world.pods.push(pod);
            self.servers.insert(uid, server);
            let claim = claim(&self.world.set, ordinal);
            if !self.world.claims.iter().any(|it| it.name == claim.name) {
                self.world.claims.push(claim);
            }
        }
        published(&mut self.world);
    }

    pub fn remember(&mut self, record: &Record) {
        self.writes += 1;
        self.record = Some(record.clone());
    }

    pub fn by_id(&self, id: &str) -> Option<&Server> {
        self.servers.values().find(|server| server.id == id)
    }

    pub fn by_id_mut(&mut self, id: &str) -> Option<&mut Server> {
        self.servers.values_mut().find(|server| server.id == id)
    }

    /// Another one owns a slot now: whoever had it loses what it has in it.
    pub fn taken(&mut self, slot: u16, by: &str) {
        let epoch = self.servers.values().map(|it| it.epoch).max().unwrap_or_default() + 1;
        let mut empty = Vec::new();
        for server in self.servers.values_mut() {
            if server.id == by {
                server.slots.insert(slot);
                server.importing.remove(&slot);
                server.epoch = epoch;
            } else if server.slots.remove(&slot) {
                server.keys.remove(&slot);
                server.migrating.remove(&slot);
                empty.extend(
                    (server.slots.is_empty() && server.migrates).then(|| server.id.clone()),
                );
            }
        }
        // It follows the new owner, and so do its replicas (cluster-allow-replica-migration).
        for id in empty {
            for server in self.servers.values_mut() {
                let follows = server.primary.as_deref() == Some(id.as_str()) && server.migrates;
                if server.id == id || follows {
                    server.primary = Some(by.to_owned());
                    server.keys.clear();
                }
            }
        }
    }

    /// Every key, each as often as it is there.
    pub fn all_keys(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut all: Vec<_> = self
            .servers
            .values()
            .flat_map(|server| server.keys.values().flatten())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        all.sort();
        all
    }
}
