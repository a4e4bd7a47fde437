//! How the work is shared out, and by which addresses members go.

use super::super::facts::Facts;
use super::super::members::{short, view_of};
use super::super::nodes::Role;
use super::super::slots::SLOTS;
use super::super::topology::{Standing, same_address};
use super::{motion, words};
use crate::model::{Seen, Snapshot};
use crate::rules::{Object, Violation};

/// Seconds that a new primary may take to get its first slots.
const JOINING: u64 = 60;

pub fn idle_primary(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    // Where a shard wants a replica, the finding about that shard speaks of this one.
    if look.topology.shards.is_empty() || !facts.steady(motion::bare_shards).is_empty() {
        return Ok(Vec::new());
    }
    let idle = look.topology.peers.iter().filter(|peer| {
        peer.role == Some(Role::Primary)
            && peer.slots.is_empty()
            && peer.standing == Standing::Up
            && !peer.known_by.is_empty()
    });
    let is_settled = |seconds: Option<u64>| seconds.is_some_and(|seconds| seconds >= JOINING);
    Ok(idle
        .filter_map(|peer| Some((peer, view_of(peer, look)?)))
        .filter(|(_, view)| is_settled(view.info.number("uptime_in_seconds")))
        .filter(|(_, view)| view.stray_keys.is_empty())
        .map(|(peer, _)| {
            Violation::new(
                words::object(now, look, peer),
                "it is a primary without slots: it serves nothing and is nobody's replica",
            )
            .with("member", short(&peer.id))
            .next("it waits for slots, or was drained; CLUSTER REPLICATE makes it a replica")
        })
        .collect())
}

pub fn uneven(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let shards = look.topology.shards.len();
    let even = usize::from(SLOTS).checked_div(shards).unwrap_or(usize::MAX);
    let primaries = look.topology.shards.iter();
    let primaries = primaries.filter_map(|shard| look.topology.peers.get(shard.primary));
    Ok(primaries
        .filter(|peer| peer.slots.count() > even.saturating_mul(2))
        .map(|peer| {
            Violation::new(
                words::object(now, look, peer),
                "it has {count} slots, more than twice its even share of {even}",
            )
            .with("count", peer.slots.count())
            .with("even", even)
        })
        .collect())
}

/// Behind NAT this is meant; a member that was replaced and announces nothing repeats its old address.
pub fn announced_elsewhere(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let pods = now.pods()?;
    if words::is_stranded(facts) {
        return Ok(Vec::new());
    }
    let elsewhere = facts.look.views().filter_map(|(seat, view)| {
        let address = view.me()?.address.ip.as_deref()?;
        let pod = pods.iter().find(|pod| pod.uid == seat.reply.uid)?;
        let is_own = pod.ips.iter().chain(&pod.ip).any(|ip| same_address(Some(ip), Some(address)));
        let has_one = pod.ip.is_some() && address.parse::<std::net::IpAddr>().is_ok();
        (has_one && !is_own).then(|| format!("{} as {address}", seat.reply.pod))
    });
    let elsewhere: Vec<String> = elsewhere.collect();
    if elsewhere.is_empty() {
        return Ok(Vec::new());
    }
    let says =
        "members name themselves to clients by addresses that their pods do not have: {members}";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("members", elsewhere)
            .next("right where clients come through another network; otherwise set cluster-announce-ip to the address of the pod"),
    ])
}
