//! Pods that find no node.

use crate::model::{Condition, Operation, Phase, Pod, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const UNSCHEDULABLE: Rule =
    Rule::new("pod-unschedulable", Severity::Error, "no node can take the pod", unschedulable);

pub(super) const GATED: Rule = Rule::new(
    "pod-gated",
    Severity::Warning,
    "somebody holds a pod back from being scheduled, by its scheduling gates",
    gated,
)
.blocks(Operation::ALL);

/// Pods that should run and that the scheduler has not placed, with its reason.
fn waiting(now: &Snapshot) -> Seen<Vec<(&Pod, &Condition)>> {
    let pending = super::staying(now)?.into_iter().filter(|pod| pod.phase == Phase::Pending);
    Ok(pending
        .filter_map(|pod| {
            let condition = pod.condition("PodScheduled").filter(|condition| !condition.holds)?;
            Some((pod, condition))
        })
        .collect())
}

fn is_gated(condition: &Condition) -> bool {
    condition.reason.as_deref() == Some("SchedulingGated")
}

fn gated(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let held = waiting(now)?.into_iter().filter(|(_, condition)| is_gated(condition));
    Ok(held
        .map(|(pod, condition)| {
            Violation::new(Object::pod(&pod.name), "it is held back from scheduling by {gates}")
                .with("gates", pod.scheduling_gates.clone())
                .since(condition.since.or(pod.created))
                .next("what set these gates has to take them off")
        })
        .collect())
}

fn unschedulable(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let refused = waiting(now)?.into_iter().filter(|(_, condition)| !is_gated(condition));
    Ok(refused
        .map(|(pod, condition)| {
            let message = condition.message.as_deref().unwrap_or_default();
            let violation =
                Violation::new(Object::pod(&pod.name), "no node can take it: {message}")
                    .with("reason", condition.reason.as_deref().unwrap_or_default())
                    .with("message", message)
                    .since(condition.since.or(pod.created));
            match hint(message) {
                Some(next) => violation.next(next),
                None => violation,
            }
        })
        .collect())
}

/// What the scheduler's words call for.
fn hint(message: &str) -> Option<&'static str> {
    const HINTS: [(&str, &str); 14] = [
        (
            "volume node affinity conflict",
            "its volume lives on nodes or in a zone where it cannot run: bring back that node, or move the data",
        ),
        ("unbound immediate PersistentVolumeClaims", "its claim is not bound: see the claim"),
        ("non-existent PersistentVolume", "the volume of its claim is gone: see the claim"),
        (
            "ReadWriteOncePod",
            "another pod mounts its claim, which only one pod may: it starts when that one is gone",
        ),
        ("persistentvolumeclaim", "its claim is missing or going: see the claim"),
        (
            "exceed max volume count",
            "those nodes hold as many volumes as their driver can attach: add a node",
        ),
        (
            "find available persistent volumes to bind",
            "no free volume fits its claim on those nodes: add one, or a node that has one",
        ),
        ("Insufficient", "add a node, or lower the requests of the pod"),
        (
            "free ports",
            "its host port is taken on every node that is left: a node holds one such pod",
        ),
        (
            "anti-affinity",
            "there are fewer nodes than its anti-affinity asks for: add a node, or make it preferred",
        ),
        ("untolerated taint", "every node that is left is tainted: see kubectl describe nodes"),
        ("topology spread", "its spread constraint cannot be met: add a node in another zone"),
        (
            "node affinity/selector",
            "no node has the labels that its nodeSelector or node affinity asks for",
        ),
        ("were unschedulable", "every node that is left is cordoned: see kubectl get nodes"),
    ];
    HINTS.iter().find(|(words, _)| message.contains(words)).map(|(_, next)| *next)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::healthy;
    use crate::model::{Operation, Phase, Pod};
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("pod-unschedulable", |world| {
            unplace(&mut world.pods[2], "Unschedulable", "0/2 nodes are available");
        }),
        ("pod-gated", |world| unplace(&mut world.pods[2], "SchedulingGated", "held")),
    ];

    fn unplace(pod: &mut Pod, reason: &str, message: &str) {
        pod.phase = Phase::Pending;
        pod.node = None;
        pod.conditions[0].holds = false;
        pod.conditions[0].reason = Some(reason.into());
        pod.conditions[0].message = Some(message.into());
    }

    #[test]
    fn a_pod_that_fits_nowhere() {
        let mut world = healthy(3);
        for (message, expected) in [
            ("0/2 nodes are available: 2 Insufficient memory.", "add a node"),
            (
                "0/2 nodes are available: 2 node(s) exceed max volume count.",
                "those nodes hold as many",
            ),
            (
                "0/2 nodes are available: 2 node(s) had volume node affinity conflict.",
                "its volume lives",
            ),
        ] {
            unplace(&mut world.pods[2], "Unschedulable", message);
            assert_eq!(found(&world), ["pod-unschedulable"]);
            assert_eq!(sentence(&world), format!("no node can take it: {message}"));
            let next = judged(&world).findings[0].violation.next.unwrap_or_default();
            assert!(next.starts_with(expected), "{message}: {next}");
        }
    }

    #[test]
    fn a_pod_that_is_held_back() {
        let mut world = healthy(3);
        unplace(&mut world.pods[2], "SchedulingGated", "held");
        world.pods[2].scheduling_gates.push("example.com/wait".into());
        assert_eq!(found(&world), ["pod-gated"]);
        assert_eq!(sentence(&world), "it is held back from scheduling by example.com/wait");
        assert_eq!(judged(&world).findings[0].blocks, Operation::ALL);
    }
}
