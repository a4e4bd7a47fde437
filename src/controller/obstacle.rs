//! What stands in the way of making or deleting a pod.

use std::sync::Arc;

use super::{Blocked, View};
use crate::model::{Claim, Event, Pod, RetentionPolicy, Seen, Snapshot};

/// Between two tries the controller pauses at most 1,000 s: an older refusal is not the newest word.
const LONGEST_PAUSE_SECONDS: i64 = 1000;
const SLACK_SECONDS: i64 = 60;

fn claims<'a>(view: &View<'a>, ordinal: u32) -> Seen<Vec<&'a Claim>> {
    let mut claims = Vec::new();
    for template in &view.set.claim_templates {
        claims.extend(view.now.claim(&template.name, ordinal)?.map(|claim| &**claim));
    }
    Ok(claims)
}

/// A claim that is owned by a pod of this name goes with it, and must be gone before the next pod may come.
pub(super) fn stale_claim(view: &View<'_>, ordinal: u32) -> Seen<Option<Blocked>> {
    if view.set.retention.when_scaled == RetentionPolicy::Retain {
        return Ok(None);
    }
    let pod = view.set.pod_name(ordinal);
    let is_stale =
        |claim: &&&Claim| claim.owners.iter().any(|it| it.kind == "Pod" && it.name == pod);
    let claims = claims(view, ordinal)?;
    let stale = claims.iter().find(is_stale);
    Ok(stale.map(|claim| Blocked::StaleClaim { ordinal, claim: claim.name.clone() }))
}

pub(super) fn terminating_claim(view: &View<'_>, ordinal: u32) -> Seen<Option<Blocked>> {
    let claims = claims(view, ordinal)?;
    let going = claims.iter().find(|claim| claim.deleting.is_some());
    Ok(going.map(|claim| Blocked::ClaimTerminating { ordinal, claim: claim.name.clone() }))
}

/// The pod that has the name of an ordinal without being the set's.
pub fn stranger(now: &Snapshot, ordinal: u32) -> Seen<Option<&Pod>> {
    let name = now.set.pod_name(ordinal);
    let pods = now.shared.pods.as_ref().map_err(Clone::clone)?;
    let has_name = |pod: &&Arc<Pod>| pod.name == name && pod.namespace == now.set.namespace;
    Ok(pods.iter().find(has_name).map(|pod| &**pod).filter(|pod| !now.set.controls(pod)))
}

/// Whether the controller takes a pod over as soon as it sees it.
pub fn is_adoptable(now: &Snapshot, pod: &Pod) -> bool {
    pod.namespace == now.set.namespace
        && pod.owner.is_none()
        && pod.deleting.is_none()
        && now.set.deleting.is_none()
        && now.set.ordinal_of(&pod.name).is_some()
        && now.set.selector.matches(&pod.labels)
}

pub(super) fn refused(view: &View<'_>, reason: &str, ordinal: u32) -> Option<Blocked> {
    let message = refusal(view.now, reason, ordinal)?.message.clone();
    Some(Blocked::Refused { ordinal, message })
}

/// The newest refusal that concerns one ordinal.
pub fn refusal<'a>(now: &'a Snapshot, reason: &str, ordinal: u32) -> Option<&'a Event> {
    let words = format!(" Pod {} in StatefulSet ", now.set.pod_name(ordinal));
    refusals(now).filter(|it| it.reason == reason && it.message.contains(&words)).last()
}

/// Refusals that the controller has had and that still hold: no pod has been created since.
pub fn refusals(now: &Snapshot) -> impl Iterator<Item = &Event> {
    const REASONS: [&str; 4] =
        ["FailedCreate", "FailedUpdate", "FailedDelete", "ConflictingController"];
    let newest_pod = now.pods().unwrap_or_default().iter().filter_map(|pod| pod.created).max();
    let events = now.events_of(&now.set.uid).filter(|it| REASONS.contains(&it.reason.as_str()));
    events.filter(move |event| {
        event.last.is_some_and(|last| {
            let age = now.at.duration_since(last).as_secs();
            age <= LONGEST_PAUSE_SECONDS + SLACK_SECONDS && newest_pod.is_none_or(|it| last >= it)
        })
    })
}
