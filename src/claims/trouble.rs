//! What is not as it should be with a claim, whomever it belongs to.

use super::owners::{gone_owner, other_controller, words};
use super::survey::Survey;
use super::{Difference, Growth, Pending, State};
use crate::model::{Claim, ClaimPhase, Place, Pod, Set};

/// What a claim shows by itself. The most telling comes first.
pub(super) fn of_claim(survey: &Survey<'_>, claim: &Claim, users: &[&Pod]) -> Vec<State> {
    let names = || users.iter().map(|pod| pod.name.clone()).collect();
    let deleted = claim.deleting.map(|_| State::Terminating(names()));
    let phase = match claim.phase {
        ClaimPhase::Bound => None,
        ClaimPhase::Lost => Some(State::Lost),
        ClaimPhase::Pending => Some(State::Pending(Pending::of(claim, survey.shared, survey.at))),
    };
    let shared = (users.len() > 1).then(|| State::Shared(names()));
    let growth = Growth::of(claim).map(State::Resizing);
    deleted.into_iter().chain(phase).chain(shared).chain(growth).collect()
}

/// What it shows against the set in which it has a place; `pod` is that of its ordinal.
pub(super) fn in_set(set: &Set, place: &Place, pod: Option<&Pod>, claim: &Claim) -> Vec<State> {
    let stale = gone_owner(set, place.ordinal, pod, claim).cloned().map(State::StaleOwner);
    let of_operator = |uid: &str| set.owner.as_ref().is_some_and(|owner| owner.uid == uid);
    let other = other_controller(set, place.ordinal, claim).filter(|it| !of_operator(&it.uid));
    let foreign = other.map(|owner| State::Foreign(words(owner)));
    let template = set.claim_templates.iter().find(|it| it.name == place.template);
    let difference = template.and_then(|template| Difference::between(template, claim));
    stale.into_iter().chain(foreign).chain(difference.map(State::Drifted)).collect()
}
