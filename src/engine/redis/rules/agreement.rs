//! Whether members agree on who is in the cluster, and on whose word counts for more.

use std::collections::BTreeMap;

use super::super::facts::{Facts, Look, View};
use super::super::members::short;
use super::super::topology::Home;
use super::{motion, words};
use crate::model::{Seen, Snapshot};
use crate::rules::{Object, Violation};

/// A member, and one that others know and it does not: uid of its pod, id of the other.
pub type Gap = (String, String);

pub fn gaps(look: &Look) -> Vec<Gap> {
    let strangers = motion::strangers(look);
    let is_stranded = |index: &usize| look.topology.stranded.contains(index);
    let judges: Vec<(&str, &View)> = (0..look.seats.len())
        .filter(|index| !is_stranded(index))
        .filter_map(|index| look.seat(index))
        .filter_map(|seat| Some((seat.reply.uid.as_str(), seat.view()?)))
        .filter(|(_, view)| !strangers.contains(&view.id))
        .collect();
    let is_double = |id: &str| look.topology.doubles.iter().any(|(double, _)| double == id);
    let known = look.topology.peers.iter().filter(|peer| {
        matches!(peer.home, Home::Answered(_)) && !peer.known_by.is_empty() && !is_double(&peer.id)
    });
    known
        .flat_map(|peer| {
            let lacks = |view: &View| view.id != peer.id && view.peers().all(|it| it.id != peer.id);
            let judges = judges.iter().filter(move |(_, view)| lacks(view));
            judges.map(|(uid, _)| ((*uid).to_owned(), peer.id.clone()))
        })
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
