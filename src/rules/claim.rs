//! Rules about the claims of a set, and the volumes behind them.

mod attachment;
mod bound;
mod durable;
mod fullness;
mod growth;
mod leftover;
mod owners;
mod place;
mod shared;
mod template;
mod volume;

use super::Rule;
use crate::model::{Claim, PersistentVolume, Place, Seen, Snapshot};

pub(super) const RULES: &[Rule] = &[
    bound::MISSING,
    bound::PENDING,
    bound::LOST,
    bound::TERMINATING,
    owners::STALE,
    owners::FOREIGN,
    owners::RETENTION,
    shared::SHARED,
    shared::SHARED_DATA,
    shared::OTHERS,
    template::DIFFERS,
    template::UNEQUAL,
    growth::FAILED,
    growth::WAITING,
    volume::RELEASED,
    volume::GO_WITH_SET,
    place::NOWHERE,
    place::ONE_NODE,
    attachment::STUCK,
    fullness::FULL,
    fullness::FILLING,
    leftover::LEFT_BEHIND,
    leftover::PARKED,
    durable::NONE,
];

/// The claims of the ordinals that are asked for, with their places.
fn placed(now: &Snapshot) -> Seen<impl Iterator<Item = (Place, &Claim)>> {
    let ordinals = now.set.ordinals();
    let claims = now.claims()?.into_iter().map(|(place, claim)| (place, &**claim));
    Ok(claims.filter(move |(place, _)| ordinals.contains(&place.ordinal)))
}

/// The claims of the ordinals that are asked for.
fn wanted(now: &Snapshot) -> Seen<impl Iterator<Item = &Claim>> {
    Ok(placed(now)?.map(|(_, claim)| claim))
}

/// Those that have a volume, with it.
fn volumes(now: &Snapshot) -> Seen<Vec<(&Claim, &PersistentVolume)>> {
    let volumes = now.shared.volumes.as_ref().map_err(Clone::clone)?;
    let of = |claim: &Claim| volumes.iter().find(|it| Some(&it.name) == claim.volume.as_ref());
    Ok(wanted(now)?.filter_map(|claim| Some((claim, of(claim)?))).collect())
}

fn users(now: &Snapshot, claim: &str) -> Seen<Vec<String>> {
    Ok(now.users_of(claim)?.iter().map(|pod| pod.name.clone()).collect())
}

#[cfg(test)]
pub(super) const BROKEN: &[&[super::tests::Broken]] = &[
    attachment::tests::BROKEN,
    bound::tests::BROKEN,
    durable::tests::BROKEN,
    fullness::tests::BROKEN,
    growth::tests::BROKEN,
    leftover::tests::BROKEN,
    owners::tests::BROKEN,
    place::tests::BROKEN,
    shared::tests::BROKEN,
    template::tests::BROKEN,
    volume::tests::BROKEN,
];
