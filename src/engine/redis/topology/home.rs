//! Where each node runs: by its own answer, and only as a guess by its address or its name.

use std::net::IpAddr;
use std::sync::Arc;

use super::super::container;
use super::super::facts::Seat;
use super::super::nodes::Node;
use super::super::replies::Outcome;
use super::Peer;
use crate::model::{Pod, PodRef, Snapshot};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// The pod on this seat answered with its id.
    Answered(usize),
    /// The pod on this seat did not answer; it has the address or name that others know.
    Guessed(usize),
    /// An ordinal of this set that has no pod now.
    Vacant(u32),
    /// A server in a pod outside this set has its address; None if no StatefulSet made that pod.
    Elsewhere(Option<PodRef>),
    /// A pod of this set that did not answer may be it.
    Unsettled,
    /// No pod that could be it.
    Nowhere,
}

impl Home {
    pub fn seat(&self) -> Option<usize> {
        match self {
            Self::Answered(seat) | Self::Guessed(seat) => Some(*seat),
            _ => None,
        }
    }
}

/// Finds a home for every peer that was not heard.
pub(super) fn settle(now: &Snapshot, seats: &[Seat], peers: &mut [Peer]) {
    let mut open: Vec<usize> = (0..seats.len())
        .filter(|seat| seats.get(*seat).is_some_and(|seat| !seat.is_settled()))
        .collect();
    let mut vacant: Vec<u32> = now
        .set
        .ordinals()
        .filter(|ordinal| !seats.iter().any(|seat| seat.reply.ordinal == *ordinal))
        .collect();
    for peer in peers.iter_mut().filter(|peer| peer.home == Home::Nowhere) {
        let host = peer.address.hostname.as_deref().and_then(|name| name.split('.').next());
        let by_ip = |seat: &Seat| same_address(seat.ip.as_deref(), peer.address.ip.as_deref());
        let by_name = |seat: &Seat| host == Some(seat.reply.pod.as_str());
        let position = |test: &dyn Fn(&Seat) -> bool| {
            open.iter().position(|index| seats.get(*index).is_some_and(test))
        };
        if let Some(at) = position(&by_ip).or_else(|| position(&by_name)) {
            peer.home = Home::Guessed(open.remove(at));
        } else if let Some(at) =
            vacant.iter().position(|ordinal| host == Some(now.set.pod_name(*ordinal).as_str()))
        {
            peer.home = Home::Vacant(vacant.remove(at));
        } else if let Some(pod) = elsewhere(now, peer.address.ip.as_deref()) {
            peer.home = Home::Elsewhere(pod_ref(now, pod));
        }
    }
    let names_a_pod = |peer: &Peer| {
        let host = peer.address.hostname.as_deref().and_then(|name| name.split('.').next());
        host.and_then(|name| now.set.ordinal_of(name)).is_some()
    };
    // One node that is nowhere and one place that is free: they belong together, unless the place is a
    // pod that runs and did not let us ask.
    let mut rest: Vec<&mut Peer> =
        peers.iter_mut().filter(|peer| peer.home == Home::Nowhere && !names_a_pod(peer)).collect();
    let is_down = |seat: &usize| {
        seats.get(*seat).is_some_and(|seat| seat.reply.outcome == Outcome::NotRunning)
    };
    match (rest.as_mut_slice(), open.as_slice(), vacant.as_slice()) {
        ([peer], [seat], []) if is_down(seat) => peer.home = Home::Guessed(*seat),
        ([peer], [], [ordinal]) => peer.home = Home::Vacant(*ordinal),
        (_, [], []) => {}
        (rest, _, _) => rest.iter_mut().for_each(|peer| peer.home = Home::Unsettled),
    }
}

/// Members whose every peer is known only by an address that it has left, while at least one of those peers
/// answers us: nobody is going to find anybody again.
pub(super) fn stranded(now: &Snapshot, seats: &[Seat]) -> Vec<usize> {
    let answered = |id: &str| {
        seats.iter().find_map(|seat| Some((seat, seat.view().filter(|view| view.id == id)?)))
    };
    // A link that still connects counts as connected (`clusterNode.link` in cluster.c): one to an address
    // that nobody has looks well half of the time, and only `fail?` is sure.
    let is_in_touch =
        |node: &Node| node.is_connected && !node.flags.is_suspected && !node.flags.has_failed;
    let is_lost = |node: &Node| {
        let ip = node.address.ip.as_deref();
        if let Some((seat, view)) = answered(&node.id) {
            // Behind NAT a member is where it announces; one that announces nothing repeats the address
            // that it had before it was replaced.
            let announced = view.me().and_then(|me| me.address.ip.as_deref());
            let is_there = same_address(announced, ip) && is_in_touch(node);
            !same_address(seat.ip.as_deref(), ip) && !is_there
        } else {
            let has_pod = live_pods(now).any(|pod| same_address(pod.ip.as_deref(), ip));
            !has_pod && !is_in_touch(node)
        }
    };
    let is_stranded = |seat: &Seat| {
        seat.view().is_some_and(|view| {
            view.peers().all(is_lost) && view.peers().any(|node| answered(&node.id).is_some())
        })
    };
    (0..seats.len()).filter(|index| seats.get(*index).is_some_and(is_stranded)).collect()
}

fn live_pods(now: &Snapshot) -> impl Iterator<Item = &Arc<Pod>> {
    now.shared.pods.iter().flatten().filter(|pod| !pod.is_finished())
}

/// A server in a pod of another set. Addresses are used again, so a pod that is none is no home.
fn elsewhere<'a>(now: &'a Snapshot, ip: Option<&str>) -> Option<&'a Arc<Pod>> {
    live_pods(now)
        .filter(|pod| pod.owner.as_ref().is_none_or(|owner| owner.uid != now.set.uid))
        .filter(|pod| container::server(pod).is_some())
        .find(|pod| same_address(pod.ip.as_deref(), ip))
}

fn pod_ref(now: &Snapshot, pod: &Pod) -> Option<PodRef> {
    let owner = pod.owner.as_ref()?;
    let sets = now.shared.sets.as_ref().ok()?;
    let set = sets.iter().find(|set| set.uid == owner.uid)?;
    let ordinal = set.ordinal_of(&pod.name)?;
    Some(PodRef { set: set.name.clone(), ordinal, uid: pod.uid.clone() })
}

pub fn same_address(a: Option<&str>, b: Option<&str>) -> bool {
    let parse = |text: &str| text.parse::<IpAddr>().ok();
    match (a, b) {
        (Some(a), Some(b)) => a == b || (parse(a).is_some() && parse(a) == parse(b)),
        _ => false,
    }
}
