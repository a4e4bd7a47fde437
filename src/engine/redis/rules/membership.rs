//! Who is in the cluster, and whether they know each other.

use super::super::facts::{Facts, Look, Seat};
use super::super::members::short;
use super::super::topology::{Home, Peer, Standing};
use super::{creation, motion, words};
use crate::model::{Seen, Snapshot, Value};
use crate::rules::{Object, Violation};

/// After all pods were replaced at once each node has a new address and knows only the old ones: the
/// pods are Ready, and the cluster never forms. A member that meets one of the others by its present
/// address is known by its id again, and gossip does the rest.
pub fn dead_addresses(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let steady = facts.steady(motion::stranded);
    let seats = || look.seats.iter().filter(|seat| seat.view().is_some());
    let (lost, found): (Vec<&Seat>, Vec<&Seat>) =
        seats().partition(|seat| steady.contains(&seat.reply.uid));
    let hub = found.first().or(lost.first());
    let Some(hub) = hub.filter(|_| !lost.is_empty()) else { return Ok(Vec::new()) };
    let names: Vec<String> = lost.iter().map(|seat| seat.reply.pod.clone()).collect();
    let violation = Violation::new(
        Object::set(&now.set.name),
        "every peer is known to {members} by an address that no pod has any more: they will not meet again",
    )
    .with("members", names)
    .with("hub", hub.reply.pod.clone())
    .cause("the pods were replaced at once, or while this one was down; pods get new addresses, nodes.conf keeps the old")
    .next("each meets {hub} by its present address; the cluster forms within seconds, slots and keys stay where they are")
    .fix(["kubectl", "sts", "repair", &now.set.name]);
    Ok(vec![violation])
}

pub fn unknown_to_peers(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let strangers = facts.steady(motion::strangers);
    let views = look.views().filter(|(_, view)| strangers.contains(&view.id));
    let views: Vec<_> = views.collect();
    let is_nobody_joined = views.len() == look.views().count()
        && views.iter().all(|(_, view)| view.peers().next().is_none());
    if creation::is_uncreated(look) {
        return Ok(Vec::new());
    }
    if is_nobody_joined && !views.is_empty() {
        let members: Vec<String> = views.iter().map(|(seat, _)| seat.reply.pod.clone()).collect();
        let says = "{members} each know only themselves, and some of them own slots: look at them before they are joined";
        return Ok(vec![Violation::new(Object::set(&now.set.name), says).with("members", members)]);
    }
    Ok(views
        .into_iter()
        .map(|(seat, view)| {
            let slots = view.me().map(|me| &me.slots);
            let slots = slots.filter(|slots| !slots.is_empty());
            let keys = view.info.keys().filter(|keys| *keys > 0);
            let is_alone = view.peers().next().is_none();
            let mut violation = Violation::new(
                Object::pod(&seat.reply.pod),
                if is_alone { "no other member knows it, and it knows only itself" } else { "no other member knows it: it was forgotten, and takes itself for a member" },
            )
            .with("member", short(&view.id));
            if let Some(slots) = slots {
                violation = violation.with("slots", slots.to_string()).with("count", slots.count());
            }
            if let Some(keys) = keys {
                violation = violation.with("keys", keys);
            }
            match (slots, keys) {
                (Some(_), Some(_)) => violation.next("it claims {count:slot} and holds {keys:key}: look at them before it joins or is reset"),
                (Some(_), None) => violation.next("it claims {count:slot}: joined as it is, it would dispute them"),
                (None, Some(_)) => violation.next("it holds {keys:key} that no client can reach"),
                (None, None) if is_alone => violation
                    .next("its server is empty, as after the loss of a volume: it becomes a member again, and a copy where one is missing")
                    .fix(["kubectl", "sts", "repair", &now.set.name]),
                (None, None) => violation,
            }
        })
        .collect())
}

pub fn duplicate_id(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let doubles = facts.steady(|look| {
        let uid = |seat: &usize| look.seat(*seat).map(|seat| seat.reply.uid.clone());
        let doubles = look.topology.doubles.iter();
        doubles
            .map(|(id, seats)| (id.clone(), seats.iter().filter_map(uid).collect::<Vec<_>>()))
            .collect()
    });
    Ok(doubles
        .into_iter()
        .map(|(id, uids)| {
            let seats = look.seats.iter().filter(|seat| uids.contains(&seat.reply.uid));
            let pods: Vec<String> = seats.map(|seat| seat.reply.pod.clone()).collect();
            Violation::new(Object::set(&now.set.name), "{pods} answer with one node id {member}")
                .with("pods", pods)
                .with("member", short(&id))
                .cause("nodes.conf was copied with a volume, or a claim was restored from another's")
                .next("peers take them for one node that keeps changing its address: only one of them may run on that file")
        })
        .collect())
}

pub fn ghost(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if words::is_stranded(facts) {
        return Ok(Vec::new());
    }
    let look = &facts.look;
    let ghosts = look.topology.peers.iter().filter(|peer| is_ghost(peer, look));
    Ok(ghosts
        .map(|peer| {
            let known_by: Vec<&Seat> = peer.known_by.iter().filter_map(|i| look.seat(*i)).collect();
            let names: Vec<String> = known_by.iter().map(|seat| seat.reply.pod.clone()).collect();
            let violation = Violation::new(
                Object::set(&now.set.name),
                "{knowing:member} still know {member} at {address}, and no pod runs it",
            )
            .with("member", peer.id.clone())
            .with("address", peer.address.to_string())
            .with("role", peer.role.map_or("unknown", super::super::members::role_name))
            .with("knowing", names.len())
            .with("members", Value::List(names))
            .since(words::last_heard(peer));
            // A replica cannot forget its own primary: "Can't forget my master!".
            let followers: Vec<String> = look
                .topology
                .peers
                .iter()
                .filter(|other| other.primary.as_deref() == Some(peer.id.as_str()))
                .map(|other| words::name(look, other))
                .collect();
            if !followers.is_empty() {
                return violation
                    .with("followers", followers)
                    .next("{followers} replicate it and cannot forget it before they have another primary");
            }
            violation.fix(["kubectl", "sts", "repair", &now.set.name]).next("it is announced to every new member, and a pod that gets its address is called by it; forget it on all of them within 60 s, or gossip brings it back")
        })
        .collect())
}

/// Only what no pod can be, what nobody is connected to, and what has no slots to lose by it.
fn is_ghost(peer: &Peer, look: &Look) -> bool {
    let is_gone = look
        .views()
        .filter_map(|(_, view)| view.node(&peer.id))
        .all(|node| node.flags.has_failed || node.flags.has_no_address || !node.is_connected);
    peer.home == Home::Nowhere && is_gone && peer.slots.is_empty()
}

pub fn too_few_primaries(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let primaries = look.topology.shards.len();
    let is_unread = look.seats.iter().any(|seat| seat.reply.outcome.is_unread());
    if !(1..3).contains(&primaries)
        || is_unread
        || !look.topology.unowned.is_empty()
        || words::is_stranded(facts)
    {
        return Ok(Vec::new());
    }
    let up = look.topology.peers.iter().filter(|peer| peer.standing == Standing::Up).count();
    let violation = Violation::new(
        Object::set(&now.set.name),
        "{primaries} primaries have slots: when one fails, the rest is no majority and promotes nobody",
    )
    .with("primaries", primaries)
    .with("members", up);
    Ok(vec![violation])
}
