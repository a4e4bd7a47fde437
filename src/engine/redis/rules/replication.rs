//! Replicas: there, up and connected.

use super::super::facts::{Facts, Seat, View};
use super::super::info::Info;
use super::super::members::{short, view_of};
use super::super::nodes::Role;
use super::super::topology::{Home, Standing};
use super::{motion, words};
use crate::model::{Seen, Snapshot, Value};
use crate::rules::Violation;

pub fn replica_down(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if words::is_stranded(facts) {
        return Ok(Vec::new());
    }
    let look = &facts.look;
    Ok(look
        .topology
        .peers
        .iter()
        .filter(|peer| peer.role == Some(Role::Replica) && peer.standing == Standing::Down)
        .filter(|peer| !matches!(peer.home, Home::Nowhere | Home::Unsettled))
        .map(|peer| {
            let primary = peer.primary.as_deref().map(|id| words::name_of(look, id));
            Violation::new(words::object(now, look, peer), "this replica of {primary} has failed")
                .with("member", short(&peer.id))
                .with("primary", primary.unwrap_or_else(|| "nobody".to_owned()))
                .since(words::last_heard(peer).filter(|_| !matches!(peer.home, Home::Answered(_))))
        })
        .collect())
}

pub fn shard_without_replica(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let bare = facts.steady(motion::bare_shards);
    // A member that was not read may be the replica that seems to be missing.
    let is_unread = look.seats.iter().any(|seat| seat.reply.outcome.is_unread());
    if words::is_stranded(facts) || is_unread {
        return Ok(Vec::new());
    }
    let peers = bare.iter().filter_map(|id| look.topology.peer(id));
    Ok(peers
        .filter(|peer| peer.standing.may_serve())
        .map(|peer| {
            let violation = Violation::new(
                words::object(now, look, peer),
                "no replica of its {count} slots is up: losing this pod stops them",
            )
            .with("count", peer.slots.count())
            .with("slots", peer.slots.to_string());
            let spare = look.topology.peers.iter().find(|spare| {
                spare.role == Some(Role::Primary)
                    && spare.slots.is_empty()
                    && spare.standing == Standing::Up
                    && !spare.known_by.is_empty()
            });
            match spare.and_then(|spare| look.seat(spare.home.seat()?)) {
                Some(seat) if seat.info().and_then(Info::keys) == Some(0) => {
                    let mut violation = violation.with("spare", seat.reply.pod.clone()).next(
                        "{spare} is a primary without slots and keys: it could be its replica",
                    );
                    violation.fix.push(words::client(seat, &["cluster", "replicate", &peer.id]));
                    violation
                }
                _ => violation,
            }
        })
        .collect())
}

/// Replicas with a link that is down although their primary answers us.
fn broken(facts: &Facts) -> Vec<(&Seat, &View, &Seat)> {
    let look = &facts.look;
    if words::is_stranded(facts) {
        return Vec::new();
    }
    let broken = facts.steady(motion::broken_links);
    look.views()
        .filter(|(_, view)| broken.contains(&view.id))
        .filter_map(|(seat, view)| {
            let primary = look.topology.peer(view.me()?.primary.as_deref()?)?;
            let is_up = primary.standing == Standing::Up && view_of(primary, look).is_some();
            Some((seat, view, look.seat(primary.home.seat()?)?)).filter(|_| is_up)
        })
        .collect()
}

/// Passwords are in use, the bus between the two works, and replication has not: what is left is most
/// often `masterauth`, which cannot be read without reading a password.
fn is_likely_auth(seat: &Seat, view: &View, primary: &Seat) -> bool {
    let bus_works = primary
        .view()
        .and_then(|primary| view.node(&primary.id))
        .is_some_and(|node| node.is_connected && !node.flags.is_suspected);
    motion::dials_elsewhere(view).is_none()
        && seat.reply.door.password.is_some()
        && primary.reply.door.password.is_some()
        && bus_works
        && view.was_never_linked()
}

pub fn auth_rejected(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let found = broken(facts)
        .into_iter()
        .filter(|(seat, view, primary)| is_likely_auth(seat, view, primary));
    Ok(found
        .map(|(seat, view, primary)| {
            down_for(seat, view, primary, "it has never replicated {primary}, likely because that rejects its password")
                .cause("both want a password, the bus between them works, and the link was never up")
                .next("look for NOAUTH or WRONGPASS in its log, and compare masterauth (primaryauth) with requirepass")
        })
        .collect())
}

pub fn link_down(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let found = broken(facts)
        .into_iter()
        .filter(|(seat, view, primary)| !is_likely_auth(seat, view, primary));
    Ok(found
        .map(|(seat, view, primary)| match motion::dials_elsewhere(view) {
            Some((dialled, address, _)) => down_for(
                seat,
                view,
                primary,
                "it replicates from {dialled}, where {primary} no longer is: it falls behind",
            )
                .with("dialled", dialled)
                .with("address", address)
                .cause("{primary} came back at {address}; gossip told this replica, and its replication did not follow")
                .next("replicating the same primary again makes it use the new address")
                .fix(["kubectl", "sts", "repair", &now.set.name]),
            None => down_for(seat, view, primary, "its link to {primary} is down: it falls behind")
                .next("its log says why it cannot connect; it cannot be promoted once it is too old"),
        })
        .collect())
}

fn down_for(seat: &Seat, view: &View, primary: &Seat, says: &'static str) -> Violation {
    let violation = Violation::new(crate::rules::Object::pod(&seat.reply.pod), says)
        .with("primary", primary.reply.pod.clone());
    let seconds = view.info.number("master_link_down_since_seconds");
    match seconds.and_then(|seconds| i64::try_from(seconds).ok()) {
        Some(seconds) => violation.with("down", Value::Seconds(seconds)),
        None => violation,
    }
}
