//! The cluster put together from all views: who is in it, where each one runs, who owns which slot.

mod home;

use std::collections::BTreeMap;

use super::facts::{Seat, View};
use super::nodes::{Address, Role};
use super::replies::Outcome;
use super::slots::{SLOTS, Slots};
use crate::model::Snapshot;

pub use home::{Home, same_address};

#[derive(Debug, Default)]
pub struct Topology {
    /// By shard, primary first; those without a shard last.
    pub peers: Vec<Peer>,
    /// Ordered by their lowest slot.
    pub shards: Vec<Shard>,
    /// Slots that no primary claims.
    pub unowned: Slots,
    /// Seats that answer with an id that another seat has answered before.
    pub doubles: Vec<(String, Vec<usize>)>,
    /// Seats whose every peer is known only by an address that no pod has.
    pub stranded: Vec<usize>,
}

/// One node of the cluster, by what it says of itself or, where it was not heard, by what others say.
#[derive(Debug)]
pub struct Peer {
    pub id: String,
    pub home: Home,
    pub role: Option<Role>,
    /// The id that it replicates.
    pub primary: Option<String>,
    pub epoch: u64,
    pub address: Address,
    /// What it owns once all claims are weighed.
    pub slots: Slots,
    pub standing: Standing,
    /// Seats that list it.
    pub known_by: Vec<usize>,
    /// Its latest pong to anyone, in milliseconds since the epoch.
    pub last_pong: Option<u64>,
    pub never_promoted: bool,
    /// Index into the shards.
    pub shard: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It answered, and no majority of its peers thinks otherwise.
    Up,
    /// It did not answer us; its peers are connected to it.
    UpByPeers,
    /// Somebody cannot reach it.
    Suspected,
    Down,
    Loading,
    /// Nobody is connected to it, and nobody has called it failed.
    Unclear,
}

#[derive(Debug)]
pub struct Shard {
    /// Index of its primary into the peers.
    pub primary: usize,
    pub replicas: Vec<usize>,
}

/// A node is heard by somebody about once a second, whatever the node timeout is (`clusterCron`), in milliseconds.
const SILENT: u64 = 3_000;

impl Topology {
    /// Whether no peer has heard of it for a while, by the clock of those who have heard of others.
    pub fn is_silent(&self, peer: &Peer) -> bool {
        let newest = self.peers.iter().filter_map(|it| it.last_pong).max();
        newest.is_some_and(|newest| peer.last_pong.unwrap_or(0).saturating_add(SILENT) < newest)
    }

    pub fn new(now: &Snapshot, seats: &[Seat]) -> Self {
        let heard = heard(seats);
        let mut topology = Self {
            doubles: doubles(seats),
            stranded: home::stranded(now, seats),
            ..Self::default()
        };
        // A stranded member's view froze when it lost the others: it counts only where there is no better.
        let is_voter = |seat: &usize| !topology.stranded.contains(seat);
        let all: Vec<(usize, &View)> = views(seats).collect();
        let mut voters: Vec<(usize, &View)> =
            all.iter().filter(|(seat, _)| is_voter(seat)).copied().collect();
        if voters.is_empty() {
            voters.clone_from(&all);
        }
        let mut ids: Vec<&str> = all
            .iter()
            .flat_map(|(_, view)| {
                view.peers().map(|node| node.id.as_str()).chain([view.id.as_str()])
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let mut peers: Vec<Peer> =
            ids.into_iter().map(|id| peer(id, seats, &heard, &all, &voters)).collect();
        home::settle(now, seats, &mut peers);
        for peer in &mut peers {
            peer.standing = standing(peer, seats, &voters);
        }
        topology.unowned = assign(&mut peers, &heard, seats, &voters);
        topology.peers = peers;
        topology.number();
        topology
    }

    pub fn peer(&self, id: &str) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.id == id)
    }

    /// The node of a seat.
    pub fn at(&self, seat: usize) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.home.seat() == Some(seat))
    }

    /// Slots that nobody serves now, as far as is known.
    pub fn unserved(&self) -> Slots {
        let lost = self.peers.iter().filter(|peer| !peer.standing.may_serve());
        self.unowned.iter().chain(lost.flat_map(|peer| peer.slots.iter())).collect()
    }

    /// Groups peers into shards; a shard is a primary with slots.
    fn number(&mut self) {
        self.peers.sort_by(|a, b| {
            let key = |peer: &Peer| (peer.slots.lowest().unwrap_or(SLOTS), peer.id.clone());
            key(a).cmp(&key(b))
        });
        let primaries: Vec<usize> = (0..self.peers.len())
            .filter(|i| self.peers.get(*i).is_some_and(|p| !p.slots.is_empty()))
            .collect();
        let roots: Vec<Option<usize>> =
            self.peers.iter().map(|peer| root(&self.peers, peer)).collect();
        self.shards = primaries
            .iter()
            .map(|primary| Shard {
                primary: *primary,
                replicas: (0..self.peers.len())
                    .filter(|i| i != primary && roots.get(*i).copied().flatten() == Some(*primary))
                    .collect(),
            })
            .collect();
        for (index, peer) in self.peers.iter_mut().enumerate() {
            peer.shard = self
                .shards
                .iter()
                .position(|shard| shard.primary == index || shard.replicas.contains(&index));
        }
    }
}

impl Standing {
    /// Whether clients may get an answer from it: only what is known to be gone is not.
    pub fn may_serve(self) -> bool {
        !matches!(self, Self::Down | Self::Loading)
    }

    pub fn is_up(self) -> bool {
        matches!(self, Self::Up | Self::UpByPeers)
    }
}

/// The primary with slots that a replica follows, over replicas of replicas.
fn root(peers: &[Peer], peer: &Peer) -> Option<usize> {
    let mut id = peer.primary.as_deref()?;
    for _ in 0..peers.len() {
        let index = peers.iter().position(|other| other.id == id)?;
        let found = peers.get(index)?;
        match found.primary.as_deref() {
            Some(above) if found.slots.is_empty() => id = above,
            _ => return (!found.slots.is_empty()).then_some(index),
        }
    }
    None
}

fn views(seats: &[Seat]) -> impl Iterator<Item = (usize, &View)> {
    seats.iter().enumerate().filter_map(|(index, seat)| Some((index, seat.view()?)))
}

/// The first seat that answers with each id.
fn heard(seats: &[Seat]) -> BTreeMap<&str, usize> {
    let mut heard = BTreeMap::new();
    for (seat, view) in views(seats) {
        heard.entry(view.id.as_str()).or_insert(seat);
    }
    heard
}

fn doubles(seats: &[Seat]) -> Vec<(String, Vec<usize>)> {
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (seat, view) in views(seats) {
        by_id.entry(&view.id).or_default().push(seat);
    }
    by_id.into_iter().filter(|(_, s)| s.len() > 1).map(|(id, s)| (id.to_owned(), s)).collect()
}

fn peer(
    id: &str,
    seats: &[Seat],
    heard: &BTreeMap<&str, usize>,
    all: &[(usize, &View)],
    voters: &[(usize, &View)],
) -> Peer {
    let seat = heard.get(id).copied();
    let own = seat.and_then(|seat| seats.get(seat)?.view()?.me());
    let lines = || voters.iter().chain(all).filter_map(|(_, view)| view.node(id));
    let line = own.or_else(|| lines().find(|node| node.flags.role.is_some()));
    let line = line.or_else(|| lines().next());
    let mut address = line.map(|node| node.address.clone()).unwrap_or_default();
    // A member learns its own address late; Kubernetes knows it.
    if let Some(ip) = seat.and_then(|seat| seats.get(seat)?.ip.clone()) {
        address.ip = Some(ip);
    }
    Peer {
        id: id.to_owned(),
        home: seat.map_or(Home::Nowhere, Home::Answered),
        role: line.and_then(|node| node.flags.role),
        primary: line.and_then(|node| node.primary.clone()),
        epoch: line.map_or(0, |node| node.epoch),
        address,
        slots: Slots::default(),
        standing: Standing::Unclear,
        known_by: all
            .iter()
            .filter(|(_, view)| view.peers().any(|node| node.id == id))
            .map(|(seat, _)| *seat)
            .collect(),
        last_pong: lines().map(|node| node.pong_received).filter(|pong| *pong > 0).max(),
        never_promoted: line.is_some_and(|node| node.flags.never_promoted),
        shard: None,
    }
}

fn standing(peer: &Peer, seats: &[Seat], voters: &[(usize, &View)]) -> Standing {
    let opinions: Vec<_> = voters
        .iter()
        .filter(|(_, view)| view.id != peer.id)
        .filter_map(|(_, view)| view.node(&peer.id))
        .collect();
    let failed = opinions.iter().filter(|node| node.flags.has_failed).count();
    let is_suspected = opinions.iter().any(|node| node.flags.is_suspected);
    let outcome = peer.home.seat().and_then(|seat| seats.get(seat)).map(|seat| &seat.reply.outcome);
    match (&peer.home, outcome) {
        (Home::Answered(_), _) if failed * 2 > opinions.len() => Standing::Down,
        (Home::Answered(_), _) if is_suspected => Standing::Suspected,
        (Home::Answered(_), _) => Standing::Up,
        (Home::Guessed(_), Some(Outcome::Loading(_))) => Standing::Loading,
        (Home::Guessed(_), Some(Outcome::NotRunning)) | (Home::Vacant(_), _) => Standing::Down,
        _ if failed > 0 => Standing::Down,
        // What is left of its peers may be too few to ever declare it failed.
        (Home::Nowhere, _) if opinions.iter().all(|node| node.flags.is_suspected) => Standing::Down,
        _ if is_suspected => Standing::Suspected,
        _ if opinions.iter().any(|node| node.is_connected) => Standing::UpByPeers,
        // Its pod is gone, and the node timeout is not over yet.
        (Home::Nowhere, _) => Standing::Down,
        _ => Standing::Unclear,
    }
}

/// Gives each slot to the claim with the highest epoch, as Redis does
/// (`clusterUpdateSlotsConfigWith`). A member that was heard speaks for itself alone.
fn assign(
    peers: &mut [Peer],
    heard: &BTreeMap<&str, usize>,
    seats: &[Seat],
    voters: &[(usize, &View)],
) -> Slots {
    let mut owners: Vec<Option<(u64, usize)>> = vec![None; usize::from(SLOTS)];
    let mut claim = |index: usize, epoch: u64, slots: &Slots| {
        for slot in slots.iter() {
            if let Some(owner) = owners.get_mut(usize::from(slot))
                && owner.is_none_or(|(best, _)| best < epoch)
            {
                *owner = Some((epoch, index));
            }
        }
    };
    for (index, peer) in peers.iter().enumerate() {
        match heard.get(peer.id.as_str()) {
            Some(seat) => {
                let me = seats.get(*seat).and_then(Seat::view).and_then(View::me);
                if let Some(node) = me.filter(|node| node.flags.role == Some(Role::Primary)) {
                    claim(index, node.epoch, &node.slots);
                }
            }
            None => {
                for node in voters.iter().filter_map(|(_, view)| view.node(&peer.id)) {
                    claim(index, node.epoch, &node.slots);
                }
            }
        }
    }
    let mut owned: Vec<Vec<u16>> = vec![Vec::new(); peers.len()];
    let mut unowned = Vec::new();
    for (slot, owner) in (0..SLOTS).zip(owners) {
        match owner.and_then(|(_, index)| owned.get_mut(index)) {
            Some(slots) => slots.push(slot),
            None => unowned.push(slot),
        }
    }
    for (peer, slots) in peers.iter_mut().zip(owned) {
        peer.slots = slots.into_iter().collect();
    }
    unowned.into_iter().collect()
}
