//! Rules about the StatefulSet as a whole: whether its controller gets on with it.

mod behaviour;
mod partition;
mod progress;
mod refused;
mod revisions;
mod rollout;
mod scaling;

pub(super) use refused::remedy;

use super::Rule;
use crate::model::{Pod, Run, Seen, Snapshot, Timestamp, short_revision};

pub(super) const RULES: &[Rule] = &[
    progress::TERMINATING,
    progress::SPEC_NOT_OBSERVED,
    refused::REFUSED,
    rollout::TRAPPED,
    rollout::STALLED,
    rollout::IN_PROGRESS,
    scaling::DEADLOCK,
    scaling::AT_ZERO,
    partition::PAUSED,
    partition::BEYOND_REPLICAS,
    partition::LEFT,
    revisions::ON_DELETE,
    revisions::THREE,
    revisions::NO_UNDO,
    behaviour::SERVER_BUG,
    behaviour::MAX_UNAVAILABLE,
    behaviour::OWNED,
    behaviour::DOWNSCALE_FORBIDDEN,
];

/// As `progressDeadlineSeconds` of a Deployment by default.
const STALLED_SECONDS: i64 = 600;
/// A pod that has not been ready for so long is not only starting.
const STARTING_SECONDS: i64 = 60;
/// What was begun yesterday and not ended is forgotten, not watched.
const FORGOTTEN_SECONDS: i64 = 24 * 3600;

/// When a pod of the set last came, began to go, or became ready or not.
pub(super) fn last_change(now: &Snapshot) -> Seen<Option<Timestamp>> {
    let changes = now.pods()?.iter().flat_map(|pod| {
        let ready = pod.condition("Ready").and_then(|condition| condition.since);
        [pod.created, pod.deleting, ready]
    });
    Ok(changes.flatten().max())
}

/// Whether it was so long ago; what has no time is not.
fn is_older(now: &Snapshot, moment: Option<Timestamp>, seconds: i64) -> bool {
    moment.is_some_and(|moment| now.at.duration_since(moment).as_secs() >= seconds)
}

/// Whether nothing has moved for longer than pods take to become available.
pub(super) fn is_stalled(now: &Snapshot, last_change: Option<Timestamp>) -> bool {
    is_older(now, last_change, STALLED_SECONDS + i64::from(now.set.min_ready_seconds))
}

/// Whether a pod that is not ready will hardly become so by itself.
pub fn is_failing(now: &Snapshot, pod: &Pod) -> bool {
    let is_unplaced = pod.condition("PodScheduled").is_some_and(|condition| !condition.holds);
    let mut containers = pod.init_containers.iter().chain(&pod.containers);
    let is_refused = containers.any(|container| {
        container.status.as_ref().is_some_and(|status| {
            let Run::Waiting { reason, .. } = &status.run else { return false };
            !["", "ContainerCreating", "PodInitializing"].contains(&reason.as_str())
        })
    });
    let ready = pod.condition("Ready");
    let since = ready.and_then(|ready| ready.since).or(pod.created);
    !pod.is_ready() && (is_unplaced || is_refused || is_older(now, since, STARTING_SECONDS))
}

fn short<'a>(now: &Snapshot, revision: &'a str) -> &'a str {
    short_revision(&now.set.name, revision)
}

/// The newest revision, and the ordinals of the range with a pod that runs another; None before the first.
fn behind(now: &Snapshot) -> Seen<Option<(&str, Vec<u32>)>> {
    let Some(newest) = now.set.update_revision.as_deref() else { return Ok(None) };
    let ordinals = now.ordinals()?.into_iter().filter(|ordinal| ordinal.is_wanted);
    let behind = ordinals.filter(|it| it.pod.is_some_and(|pod| pod.revision() != Some(newest)));
    Ok(Some((newest, behind.map(|it| it.number).collect())))
}

/// Numbers as evidence.
fn numbers(ordinals: &[u32]) -> Vec<String> {
    ordinals.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
pub(super) const BROKEN: &[&[super::tests::Broken]] = &[
    behaviour::tests::BROKEN,
    partition::tests::BROKEN,
    progress::tests::BROKEN,
    refused::tests::BROKEN,
    revisions::tests::BROKEN,
    rollout::tests::BROKEN,
    scaling::tests::BROKEN,
];
