//! Whether members agree on who is in the cluster, and on whose word counts for more.

use std::collections::BTreeMap;

use super::super::facts::{Facts, Look, Seat, View};
use super::super::members::short;
use super::super::topology::Home;
use super::{motion, words};
use crate::model::{Seen, Snapshot};
use crate::rules::{Object, Violation};

/// A member, and one that others know and it does not: uid of its pod, id of the other.
pub type Gap = (String, String);

pub fn gaps(look: &Look) -> Vec<Gap> {
    let judges = judges(look);
    let is_double = |id: &str| look.topology.doubles.iter().any(|(double, _)| double == id);
    let known = look.topology.peers.iter().filter(|peer| {
        matches!(peer.home, Home::Answered(_)) && !peer.known_by.is_empty() && !is_double(&peer.id)
    });
    known
        .flat_map(|peer| {
            let lacks = |view: &View| view.id != peer.id && view.peers().all(|it| it.id != peer.id);
            let judges = judges.iter().filter(move |(_, view)| lacks(view));
            judges.map(|(seat, _)| (seat.reply.uid.clone(), peer.id.clone()))
        })
        .collect()
}

/// Members that have a part in the cluster: others know them, and they will find the others.
fn judges(look: &Look) -> Vec<(&Seat, &View)> {
    let strangers = motion::strangers(look);
    let is_stranded = |index: &usize| look.topology.stranded.contains(index);
    (0..look.seats.len())
        .filter(|index| !is_stranded(index))
        .filter_map(|index| look.seat(index))
        .filter_map(|seat| Some((seat, seat.view()?)))
        .filter(|(_, view)| !strangers.contains(&view.id))
        .collect()
}

pub fn membership(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (uid, id) in facts.steady(gaps) {
        missing.entry(uid).or_default().push(words::name_of(look, &id));
    }
    let found = look.seats.iter().filter_map(|seat| Some((seat, missing.get(&seat.reply.uid)?)));
    Ok(found
        .map(|(seat, unknown)| {
            Violation::new(
                Object::pod(&seat.reply.pod),
                "it does not know {unknown}, which other members know",
            )
            .with("unknown", unknown.clone())
            .next("either somebody is taking {unknown} out and has not told all members yet, or it was forgotten here alone: then gossip brings it back within a minute")
        })
        .collect())
}

/// Primaries that claim slots under one epoch: none outranks the other if they ever claim the same slot.
pub fn twins(look: &Look) -> Vec<(u64, Vec<String>)> {
    let mut epochs: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (_, view) in look.views() {
        if let Some(me) = view.me().filter(|me| !me.slots.is_empty()) {
            epochs.entry(me.epoch).or_default().push(view.id.clone());
        }
    }
    for ids in epochs.values_mut() {
        ids.sort_unstable();
        ids.dedup();
    }
    epochs.into_iter().filter(|(_, ids)| ids.len() > 1).collect()
}

pub fn epochs(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if words::is_stranded(facts) {
        return Ok(Vec::new());
    }
    let look = &facts.look;
    let found = facts.steady(twins).into_iter().map(|(epoch, ids)| {
        let names: Vec<String> = ids.iter().map(|id| words::name_of(look, id)).collect();
        let ids: Vec<String> = ids.iter().map(|id| short(id).to_owned()).collect();
        Violation::new(
            Object::set(&now.set.name),
            "{members} own slots under the same epoch {epoch}: if they claim the same slot, neither yields",
        )
        .with("members", names)
        .with("ids", ids)
        .with("epoch", epoch)
        .next("members that hear each other mend this within seconds: look at the network to port + 10000 between them")
    });
    Ok(found.collect())
}

/// A member that has not heard of the newest epoch: uid of its pod, the newest that it has heard of. A new one is motion.
pub type Behind = (String, u64);

pub fn behind(look: &Look) -> Vec<Behind> {
    let known = known_epochs(look);
    let newest = known.iter().map(|(_, epoch)| *epoch).max();
    let behind = known.into_iter().filter(|(_, epoch)| Some(*epoch) != newest);
    behind.map(|(seat, epoch)| (seat.reply.uid.clone(), epoch)).collect()
}

/// Of members that had the time to hear from others: one that was just started has not.
fn known_epochs(look: &Look) -> Vec<(&Seat, u64)> {
    let judges = judges(look).into_iter();
    judges
        .filter(|(_, view)| view.peers().next().is_some() && !motion::is_joining(view))
        .filter_map(|(seat, view)| Some((seat, view.state.epoch?)))
        .collect()
}

pub fn old_epochs(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if words::is_stranded(facts) {
        return Ok(Vec::new());
    }
    let known = known_epochs(&facts.look);
    let Some(newest) = known.iter().map(|(_, epoch)| *epoch).max() else { return Ok(Vec::new()) };
    let ahead: Vec<String> = known
        .iter()
        .filter(|(_, epoch)| *epoch == newest)
        .map(|(seat, _)| seat.reply.pod.clone())
        .collect();
    let steady = facts.steady(behind);
    let found = known
        .iter()
        .filter(|(seat, epoch)| steady.iter().any(|it| (&it.0, it.1) == (&seat.reply.uid, *epoch)));
    Ok(found
        .map(|(seat, epoch)| {
            Violation::new(
                Object::pod(&seat.reply.pod),
                "{ahead} are at epoch {newest}, and it has heard of none after {epoch}: what it votes for or claims is by an old one",
            )
            .with("epoch", *epoch)
            .with("newest", newest)
            .with("ahead", ahead.clone())
            .next("members that hear each other agree within seconds: look at the network to port + 10000 between it and them")
        })
        .collect())
}
