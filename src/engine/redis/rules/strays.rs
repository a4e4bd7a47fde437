//! Keys where no client looks for them.

use super::super::facts::Facts;
use super::super::replies::COUNT_KEYS;
use super::super::slots::Slots;
use super::{motion, words};
use crate::model::{Seen, Snapshot};
use crate::rules::{Object, Violation};

/// Slots that nobody owns have a finding of their own, and so have members that nobody knows.
pub fn keys_off_owner(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = facts.first();
    look.needs(COUNT_KEYS)?;
    let strangers = motion::strangers(look);
    let owner = |slot: u16| {
        let owns = |slots: &Slots| slots.iter().any(|it| it == slot);
        look.topology.peers.iter().find(|peer| owns(&peer.slots))
    };
    let holders = look.views().filter(|(_, view)| !strangers.contains(&view.id));
    Ok(holders
        .filter_map(|(seat, view)| {
            let mut owners: Vec<String> = Vec::new();
            let mut strays: Vec<(u16, u64)> = Vec::new();
            for (slot, keys) in &view.stray_keys {
                if let Some(owner) = owner(*slot).filter(|owner| owner.id != view.id) {
                    owners.push(words::name(look, owner));
                    strays.push((*slot, *keys));
                }
            }
            owners.sort_unstable();
            owners.dedup();
            if strays.is_empty() {
                return None;
            }
            let slots: Slots = strays.iter().map(|(slot, _)| *slot).collect();
            Some(
                Violation::new(
                    Object::pod(&seat.reply.pod),
                    "it holds {keys:key} of {count:slot} that {owners} owns ({slots}): clients do not find them",
                )
                .with("keys", strays.iter().map(|(_, keys)| keys).sum::<u64>())
                .with("count", slots.count())
                .with("slots", slots.to_string())
                .with("ranges", slots.ranges())
                .with("owners", owners)
                .cause("a move of these slots was broken off halfway, and they were declared stable")
                .next("moving them takes CLUSTER SETSLOT IMPORTING here and MIGRATE to {owners}, key by key; a key that both have must be compared first")
                .fix(["kubectl", "sts", "repair", &now.set.name]),
            )
        })
        .collect())
}
