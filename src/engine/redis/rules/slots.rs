//! Who owns a slot, and whether all agree.

use std::collections::BTreeMap;

use super::super::facts::{Facts, Look};
use super::super::members::short;
use super::super::slots::Slots;
use super::super::topology::Home;
use super::{creation, motion, words};
use crate::model::{Seen, Snapshot, Value};
use crate::rules::{Object, Severity, Violation};

pub fn uncovered(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    if words::is_stranded(facts) || creation::is_uncreated(look) {
        return Ok(Vec::new());
    }
    let mut found = departed(now, facts);
    let slots: Slots = facts.steady(motion::unowned).into_iter().collect();
    if slots.is_empty() {
        return Ok(found);
    }
    let violation =
        Violation::new(Object::set(&now.set.name), "{count:slot} owned by nobody: {slots}")
            .with("count", slots.count())
            .with("slots", slots.to_string())
            .with("ranges", slots.ranges());
    let former = former_owners(look, &slots);
    let unread = look.seats.iter().filter(|seat| seat.reply.outcome.is_unread()).count();
    let violation = if former.is_empty() {
        violation
    } else {
        violation
            .with("owners", former)
            .cause("members still ascribe them to {owners}, which no longer claim them")
    };
    found.push(if unread > 0 {
        violation.with("unread", unread).next("{unread:member} not read: they may own some of them")
    } else {
        violation.next("commands on keys in them fail; while one slot is open, all of them unless cluster-require-full-coverage is no")
    });
    Ok(found)
}

/// Slots whose owner has gone with its pod: a set that was scaled down under a primary.
fn departed(now: &Snapshot, facts: &Facts) -> Vec<Violation> {
    let look = &facts.look;
    look.topology
        .peers
        .iter()
        .filter(|peer| matches!(peer.home, Home::Nowhere | Home::Unsettled))
        .filter(|peer| !peer.slots.is_empty() && !peer.standing.may_serve())
        .map(|peer| {
            Violation::new(
                Object::set(&now.set.name),
                "{count:slot} served by nobody: {slots}, of {member} at {address}",
            )
            .with("count", peer.slots.count())
            .with("slots", peer.slots.to_string())
            .with("ranges", peer.slots.ranges())
            .with("member", short(&peer.id))
            .with("address", peer.address.to_string())
            .since(words::last_heard(peer))
            .cause("no pod runs that member any more, and no replica of it was promoted")
            .next("if the claim of its ordinal is still there, scaling back up starts it on its data and slots again")
        })
        .collect()
}

/// Members that others still name as owners of slots which they do not claim themselves.
fn former_owners(look: &Look, slots: &Slots) -> Vec<String> {
    let missing: Vec<u16> = slots.iter().collect();
    let mut owners: Vec<&str> = look
        .views()
        .flat_map(|(_, view)| view.peers())
        .filter(|node| node.slots.iter().any(|slot| missing.binary_search(&slot).is_ok()))
        .map(|node| node.id.as_str())
        .collect();
    owners.sort_unstable();
    owners.dedup();
    owners.into_iter().map(|id| words::name_of(look, id)).collect()
}

pub fn disagree(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let mut groups: BTreeMap<Vec<motion::Opinion>, Vec<u16>> = BTreeMap::new();
    for dispute in facts.steady(motion::disputes) {
        groups.entry(dispute.views).or_default().push(dispute.slot);
    }
    let found = groups.into_iter().map(|(views, slots)| {
        let mut by_owner: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for (uid, owner) in &views {
            let pod = look.seats.iter().find(|seat| seat.reply.uid == *uid);
            let pod = pod.map_or(uid.as_str(), |seat| seat.reply.pod.as_str());
            by_owner.entry(owner.as_ref().map(|(id, _)| id.as_str())).or_default().push(pod);
        }
        let views: Vec<String> = by_owner
            .into_iter()
            .map(|(owner, pods)| {
                let owner = owner.map_or("nobody".to_owned(), |id| words::name_of(look, id));
                format!("{owner} by {}", pods.join(" "))
            })
            .collect();
        let slots: Slots = slots.into_iter().collect();
        Violation::new(
            Object::set(&now.set.name),
            "members disagree about the owner of {count:slot} ({slots}): {views}",
        )
        .with("count", slots.count())
        .with("slots", slots.to_string())
        .with("ranges", slots.ranges())
        .with("views", Value::List(views))
        .next(
            "the claim with the highest epoch wins once gossip passes; it has not within a second",
        )
    });
    Ok(found.collect())
}

pub fn open(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let steady = facts.steady(motion::open_slots);
    let moving: Vec<_> =
        motion::open_slots(look).into_iter().filter(|open| !steady.contains(open)).collect();
    let mut found = group(now, look, steady);
    // Slots that open and close within a second are somebody's reshard at work.
    found.extend(group(now, look, moving).into_iter().map(|violation| Violation {
        says: "{count:slot} being moved from {source} to {target} now: {slots}",
        next: None,
        fix: Vec::new(),
        cause: None,
        severity: Some(Severity::Info),
        ..violation
    }));
    Ok(found)
}

/// One finding for each pair of ends and for who of them says so.
fn group(now: &Snapshot, look: &Look, open: Vec<motion::OpenSlot>) -> Vec<Violation> {
    let mut groups: BTreeMap<(String, String, (bool, bool)), Vec<u16>> = BTreeMap::new();
    for slot in open {
        groups.entry((slot.source, slot.target, slot.said_by)).or_default().push(slot.slot);
    }
    groups
        .into_iter()
        .map(|((source, target, (by_source, by_target)), slots)| {
            let holder = look.topology.peer(if by_source { &source } else { &target });
            let object = holder
                .map_or_else(|| Object::set(&now.set.name), |peer| words::object(now, look, peer));
            let direction = match (by_source, by_target) {
                (true, true) => "migrating and importing",
                (true, false) => "migrating",
                _ => "importing",
            };
            let mut violation = Violation::new(
                object,
                "{count:slot} open ({direction}) from {source} to {target}: {slots}",
            )
            .with("direction", direction)
            .with("source", words::name_of(look, &source))
            .with("target", words::name_of(look, &target));
            for (field, id) in [("sourceKeys", &source), ("targetKeys", &target)] {
                if let Some(keys) = keys(look, id, &slots) {
                    violation = violation.with(field, keys);
                }
            }
            let slots: Slots = slots.into_iter().collect();
            violation
                .with("count", slots.count())
                .with("slots", slots.to_string())
                .with("ranges", slots.ranges())
                .cause("a move of these slots was interrupted")
                .next("do not start another reshard: some keys of these slots may be on {source} and some on {target}")
                .fix(["kubectl", "sts", "repair", &now.set.name])
        })
        .collect()
}

/// Keys that a node counts in these slots; None unless all are known.
fn keys(look: &Look, id: &str, slots: &[u16]) -> Option<u64> {
    let (_, view) = look.views().find(|(_, view)| view.id == id)?;
    slots.iter().map(|slot| view.open_slot_keys.get(slot).copied()).sum()
}
