//! Whose a claim is by its owner references.

use super::survey::Survey;
use crate::model::{Claim, Owner, Pod, Seen, Set};

/// An owner by the name of the set or of the claim's pod that is neither: the garbage collector takes it for gone.
/// `pod` is the pod of the claim's ordinal.
pub fn gone_owner<'a>(
    set: &Set,
    ordinal: u32,
    pod: Option<&Pod>,
    claim: &'a Claim,
) -> Option<&'a Owner> {
    let pod_name = set.pod_name(ordinal);
    claim.owners.iter().find(|owner| match owner.kind.as_str() {
        "StatefulSet" => owner.name == set.name && owner.uid != set.uid,
        "Pod" => owner.name == pod_name && pod.is_none_or(|pod| pod.uid != owner.uid),
        _ => false,
    })
}

/// The controller of a claim that is neither the set nor the pod of its ordinal: the set's controller then leaves all its
/// owners alone.
pub fn other_controller<'a>(set: &Set, ordinal: u32, claim: &'a Claim) -> Option<&'a Owner> {
    let owner = claim.controller.as_ref()?;
    let is_ours = match owner.kind.as_str() {
        "StatefulSet" => owner.name == set.name,
        "Pod" => owner.name == set.pod_name(ordinal),
        _ => false,
    };
    (!is_ours).then_some(owner)
}

/// An owner that may still need a claim which no pod mounts: anything but a set or a pod, of which it is known whether
/// they are there.
pub(super) fn foreign_owner<'a>(
    survey: &Survey<'_>,
    set: Option<&Set>,
    claim: &'a Claim,
) -> Seen<Option<&'a Owner>> {
    for owner in &claim.owners {
        let is_there = match owner.kind.as_str() {
            "StatefulSet" if set.is_some_and(|set| set.uid == owner.uid) => false,
            "StatefulSet" => survey.sets()?.any(|set| set.uid == owner.uid),
            "Pod" => survey.pods()?.any(|pod| pod.uid == owner.uid),
            _ => true,
        };
        if is_there {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// `backup/nightly`, as kubectl takes it.
pub(super) fn words(owner: &Owner) -> String {
    format!("{}/{}", owner.kind.to_lowercase(), owner.name)
}
