//! Rules about the pods of a set, ordinal by ordinal.

mod failing;
mod placing;
mod trouble;

use super::{Info, Object, Rule, Severity, Violation};
use crate::model::{Pod, Seen, Snapshot};

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: Info {
            id: "ordinal-missing",
            severity: Severity::Error,
            about: "an ordinal has no pod",
        },
        check: ordinal_missing,
    },
    placing::UNSCHEDULABLE,
    placing::TERMINATING,
    placing::STUCK_TERMINATING,
    failing::IMAGE,
    failing::CONFIG,
    failing::INIT,
    failing::OUT_OF_MEMORY,
    failing::CRASH_LOOP,
    failing::FAILED,
    failing::NOT_READY,
    Rule {
        info: Info {
            id: "readiness-probe-missing",
            severity: Severity::Warning,
            about: "no container has a readiness probe: ready only means started",
        },
        check: readiness_probe_missing,
    },
];

fn ordinal_missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let ordinals = now.ordinals()?;
    let missing = ordinals.iter().filter(|ordinal| ordinal.is_wanted && ordinal.pod.is_none());
    // The newest refusal of the controller, if it was refused: quota, admission, a claim that is going.
    let refused = now.events_of(&now.set.uid).filter(|event| event.reason == "FailedCreate").last();
    Ok(missing
        .map(|ordinal| {
            let pod = now.set.pod_name(ordinal.number);
            let lower = ordinals.iter().find(|other| {
                other.is_wanted
                    && other.number < ordinal.number
                    && other.pod.is_none_or(|p| !p.is_ready())
            });
            let violation = Violation::new(Object::pod(&pod), "ordinal {ordinal} has no pod")
                .with("ordinal", ordinal.number);
            match (refused, lower) {
                (Some(event), _) => violation
                    .with("event", event.message.as_str())
                    .since(event.last)
                    .cause("the controller was refused: {event}"),
                (None, Some(lower)) if now.is_ordered() => violation
                    .with("waits_for", now.set.pod_name(lower.number))
                    .next("it is created when {waits_for} is ready (OrderedReady)"),
                (None, _) => violation.next("the controller creates it next, unless it is down"),
            }
        })
        .collect())
}

fn readiness_probe_missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pod = &now.set.template.pod;
    let has_probe = pod.containers.iter().any(|container| container.has_readiness_probe);
    if has_probe || !pod.readiness_gates.is_empty() || pod.containers.is_empty() {
        return Ok(Vec::new());
    }
    let says =
        "no container has a readiness probe: its pods count as ready as soon as they have started";
    let containers: Vec<String> =
        pod.containers.iter().map(|container| container.name.clone()).collect();
    Ok(vec![Violation::new(Object::set(&now.set.name), says).with("containers", containers)])
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
mod tests {
    use crate::model::example::{ago, healthy};
    use crate::model::{Event, Management};
    use crate::rules::tests::{found, sentence};

    #[test]
    fn an_ordinal_without_a_pod() {
        let mut world = healthy(4);
        world.pods.remove(1);
        assert_eq!(found(&world), ["ordinal-missing"]);
        assert_eq!(sentence(&world), "ordinal 1 has no pod");
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
        let mut world = healthy(3);
        world.pods.remove(2);
        world.events.push(Event {
            namespace: "shop".into(),
            object_kind: "StatefulSet".into(),
            object_name: "redis".into(),
            object_uid: "set-uid".into(),
            reason: "FailedCreate".into(),
            message: "exceeded quota: small".into(),
            count: 12,
            last: ago(5),
        });
        let judged = crate::rules::judge(&world.snapshot());
        assert_eq!(judged.findings[0].violation.cause, Some("the controller was refused: {event}"));
    }

    #[test]
    fn ordinals_start_where_the_set_says() {
        let mut world = healthy(3);
        world.set.start = 1;
        world.pods.remove(0);
        assert_eq!(found(&world), ["ordinal-missing", "claim-left-behind"]);
        assert_eq!(sentence(&world), "ordinal 3 has no pod");
    }

    #[test]
    fn a_set_without_a_readiness_probe() {
        let mut world = healthy(3);
        world.set.template.pod.containers[0].has_readiness_probe = false;
        assert_eq!(found(&world), ["readiness-probe-missing"]);
        world.set.template.pod.readiness_gates.push("example.com/in-sync".into());
        assert_eq!(found(&world), [""; 0]);
    }
}
