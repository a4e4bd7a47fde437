//! Rules about the pods of a set, ordinal by ordinal.

mod config;
mod failing;
mod identity;
mod image;
mod leaving;
mod log;
mod placing;
mod running;
mod starting;
mod trouble;

use super::set::remedy;
use super::{Object, Rule, Severity, Violation};
use crate::controller::{Action, Blocked, next_action, refusal, stranger};
use crate::model::{Pod, Seen, Snapshot};

pub(super) const RULES: &[Rule] = &[
    identity::OUT_OF_RANGE,
    identity::NAME_TAKEN,
    identity::WILL_BE_ADOPTED,
    identity::IDENTITY,
    placing::UNSCHEDULABLE,
    placing::GATED,
    leaving::TERMINATING,
    leaving::STUCK_TERMINATING,
    leaving::DISRUPTED,
    failing::IMAGE,
    config::CONFIG,
    failing::INIT,
    failing::OUT_OF_MEMORY,
    failing::CRASH_LOOP,
    failing::FAILED,
    failing::UNKNOWN,
    starting::VOLUME,
    starting::STARTING,
    starting::NOT_READY,
    // After what it may wait for.
    Rule::new("ordinal-missing", Severity::Error, "an ordinal has no pod", ordinal_missing),
    running::RESTARTED,
    running::NOT_AVAILABLE,
    running::RESIZE_PENDING,
    image::DIFFERS,
];

/// A set that is being deleted misses none, and where another pod has the name, that one is told of.
fn ordinal_missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let action = match next_action(now)? {
        Action::Blocked(Blocked::Deleting) => return Ok(Vec::new()),
        action => action,
    };
    let ordinals = now.ordinals()?;
    let mut violations = Vec::new();
    for ordinal in ordinals.iter().filter(|ordinal| ordinal.is_wanted && ordinal.pod.is_none()) {
        let stranger = stranger(now, ordinal.number)?;
        if stranger.is_none_or(|pod| pod.deleting.is_some()) {
            violations.push(why_missing(now, ordinal.number, &action));
        }
    }
    Ok(violations)
}

fn why_missing(now: &Snapshot, ordinal: u32, action: &Action) -> Violation {
    let pod = now.set.pod_name(ordinal);
    let violation =
        Violation::new(Object::pod(&pod), "its ordinal has no pod").with("ordinal", ordinal);
    if let Some(event) = refusal(now, "FailedCreate", ordinal) {
        let violation = violation
            .with("event", event.message.as_str())
            .since(event.last)
            .cause("the controller was refused: {event}");
        return match remedy(&event.message) {
            Some(next) => violation.next(next),
            None => violation,
        };
    }
    match action {
        Action::Blocked(
            Blocked::ClaimTerminating { ordinal: at, claim }
            | Blocked::StaleClaim { ordinal: at, claim },
        ) if *at == ordinal => violation
            .with("claim", claim.as_str())
            .cause("its claim {claim} is being deleted")
            .next("it is created with a new, empty claim when that is gone"),
        action => match (comes_first(action).filter(|first| *first != ordinal), action) {
            (Some(first), Action::Blocked(_)) => violation
                .with("waits_for", now.set.pod_name(first))
                .next("it is created after {waits_for}, which the controller cannot create"),
            (Some(first), _) if now.is_ordered() && first < ordinal => violation
                .with("waits_for", now.set.pod_name(first))
                .next("it is created when {waits_for} is ready (OrderedReady)"),
            _ => violation.next("the controller creates it next, unless it is down"),
        },
    }
}

/// The ordinal that the controller is at.
fn comes_first(action: &Action) -> Option<u32> {
    match action {
        Action::Wait(wait) => Some(wait.ordinal),
        Action::Create(births) => births.first().map(|birth| birth.ordinal),
        Action::Replace(ordinals) => ordinals.first().copied(),
        Action::Blocked(
            Blocked::Refused { ordinal, .. }
            | Blocked::StaleClaim { ordinal, .. }
            | Blocked::ClaimTerminating { ordinal, .. }
            | Blocked::NameTaken { ordinal },
        ) => Some(*ordinal),
        _ => None,
    }
}

/// Pods at an ordinal that is asked for and that are not on their way out: those that should run.
fn staying(now: &Snapshot) -> Seen<Vec<&Pod>> {
    let ordinals = now.ordinals()?;
    Ok(ordinals
        .iter()
        .filter(|ordinal| ordinal.is_wanted)
        .filter_map(|ordinal| ordinal.pod.map(|pod| &**pod))
        .filter(|pod| pod.deleting.is_none())
        .collect())
}

#[cfg(test)]
pub(super) const BROKEN: &[&[super::tests::Broken]] = &[
    tests::BROKEN,
    config::tests::BROKEN,
    failing::tests::BROKEN,
    identity::tests::BROKEN,
    image::tests::BROKEN,
    leaving::tests::BROKEN,
    placing::tests::BROKEN,
    running::tests::BROKEN,
    starting::tests::BROKEN,
];

#[cfg(test)]
mod tests {
    use crate::model::example::{ago, healthy};
    use crate::model::{Event, Management};
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("ordinal-missing", |world| drop(world.pods.remove(1)))];

    #[test]
    fn an_ordinal_without_a_pod() {
        let mut world = healthy(4);
        world.pods.remove(1);
        assert_eq!(found(&world), ["ordinal-missing"]);
        assert_eq!(sentence(&world), "its ordinal has no pod");
    }

    #[test]
    fn an_ordinal_that_waits_for_a_lower_one() {
        let mut world = healthy(3);
        world.pods.truncate(1);
        let judged = crate::rules::judge(&world.snapshot());
        let next: Vec<_> = judged.findings.iter().map(|finding| finding.violation.next).collect();
        assert_eq!(next[1], Some("it is created when {waits_for} is ready (OrderedReady)"));
        world.set.management = Management::Parallel;
        let judged = crate::rules::judge(&world.snapshot());
        assert!(judged.findings.iter().all(|finding| finding.violation.next != next[1]));
    }

    #[test]
    fn an_ordinal_that_the_controller_may_not_create() {
        let mut world = healthy(4);
        world.pods.truncate(2);
        world.events.push(Event {
            namespace: "shop".into(),
            object_kind: "StatefulSet".into(),
            object_name: "redis".into(),
            object_uid: "set-uid".into(),
            reason: "FailedCreate".into(),
            message: "create Pod redis-2 in StatefulSet redis failed error: exceeded quota: small"
                .into(),
            count: 12,
            last: ago(5),
        });
        let judged = crate::rules::judge(&world.snapshot());
        let first = &judged.findings[0].violation;
        assert_eq!(first.cause, Some("the controller was refused: {event}"));
        assert!(first.next.is_some_and(|next| next.starts_with("raise the quota")));
        // It does not come to the next one.
        let second = &judged.findings[1].violation;
        let next = "it is created after {waits_for}, which the controller cannot create";
        assert_eq!((second.cause, second.next), (None, Some(next)));
    }

    #[test]
    fn ordinals_start_where_the_set_says() {
        let mut world = healthy(3);
        world.set.start = 1;
        world.pods.remove(0);
        assert_eq!(found(&world), ["ordinal-missing", "claim-left-behind"]);
        assert_eq!(judged(&world).findings[0].violation.object.name, "redis-3");
    }
}
