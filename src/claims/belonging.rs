//! To whom a claim belongs, mounted or not.

use super::State;
use super::owners::{foreign_owner, words};
use super::survey::{Survey, read};
use crate::model::{Claim, Place, Pod, Seen, Set, ordinal_of};

/// A claim that has a place in a set.
pub(super) fn in_set(
    survey: &Survey<'_>,
    set: &Set,
    place: &Place,
    claim: &Claim,
    users: &[&Pod],
) -> Seen<State> {
    Ok(if !users.is_empty() {
        State::InUse
    } else if set.ordinals().contains(&place.ordinal) {
        State::Waiting
    } else if let Some(owner) = foreign_owner(survey, Some(set), claim)? {
        State::Foreign(words(owner))
    } else if set.replicas == 0 {
        State::Parked
    } else {
        match named_by(survey, Some(set), claim) {
            Err(unread) => State::Unknown(unread),
            Ok(Some(name)) => State::Foreign(name),
            // No scale-up comes to ordinals below the start.
            Ok(None) => State::LeftBehind(place.ordinal.checked_sub(set.start).map(|it| it + 1)),
        }
    })
}

/// A claim that has no place in any set.
pub(super) fn without_set(survey: &Survey<'_>, claim: &Claim, users: &[&Pod]) -> Seen<State> {
    if !users.is_empty() {
        return Ok(State::InUse);
    }
    if let Some(owner) = foreign_owner(survey, None, claim)? {
        return Ok(State::Foreign(words(owner)));
    }
    Ok(match named_by(survey, None, claim) {
        Err(unread) => State::Unknown(unread),
        Ok(Some(name)) => State::Foreign(name),
        Ok(None) if former_place(&claim.name).is_some() => State::Orphan,
        Ok(None) => State::Unrelated,
    })
}

/// What else has a template that names the claim: its pods would come back to it.
fn named_by(survey: &Survey<'_>, own: Option<&Set>, claim: &Claim) -> Seen<Option<String>> {
    let mut sets = survey.sets()?.filter(|set| set.namespace == claim.namespace);
    let is_other = |set: &&Set| own.is_none_or(|own| own.uid != set.uid) && set.names(&claim.name);
    if let Some(set) = sets.find(is_other) {
        return Ok(Some(format!("statefulset/{}", set.name)));
    }
    let workloads = read(survey.workloads)?;
    let mut naming = workloads
        .iter()
        .filter(|it| it.namespace == claim.namespace && it.claims.contains(&claim.name));
    // A Deployment tells more than its ReplicaSets, and a CronJob more than its Jobs.
    let first = naming.clone().find(|it| !it.is_owned).or_else(|| naming.next());
    Ok(first.map(|it| format!("{}/{}", it.kind, it.name)))
}

/// The place that a claim had in a set which is gone, by the shape of its name: `<template>-<set>-<ordinal>`, without
/// knowing where the template ends.
pub(super) fn former_place(claim: &str) -> Option<(&str, u32)> {
    let (both, _) = claim.rsplit_once('-')?;
    let ordinal = ordinal_of(both, claim)?;
    let (template, set) = both.split_once('-')?;
    (!template.is_empty() && !set.is_empty()).then_some((both, ordinal))
}

/// The place that a claim of this name would have had in a set of that name.
pub fn former_place_in(set: &str, claim: &str) -> Option<Place> {
    let (both, ordinal) = former_place(claim)?;
    let template = both.strip_suffix(set)?.strip_suffix('-')?;
    (!template.is_empty()).then(|| Place { template: template.to_owned(), ordinal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_claim_tells_of_which_sets_it_may_have_been() {
        assert_eq!(former_place("data-redis-0"), Some(("data-redis", 0)));
        assert_eq!(former_place("data-0"), None);
        assert_eq!(former_place("data-redis"), None);
        assert_eq!(former_place("data-redis-01"), None);
        assert_eq!(former_place("-redis-1"), None);
        let place = |set| former_place_in(set, "data-my-redis-4").map(|it| it.template);
        assert_eq!(place("redis").as_deref(), Some("data-my"));
        assert_eq!(place("my-redis").as_deref(), Some("data"));
        assert_eq!(place("data-my-redis"), None);
        assert_eq!(place("edis"), None);
    }
}
