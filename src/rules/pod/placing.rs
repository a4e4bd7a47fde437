//! Pods that find no node, and pods that do not leave theirs.

use crate::model::{Phase, Seen, Snapshot, Timestamp};
use crate::rules::{Info, Object, Rule, Severity, Violation};

pub(super) const UNSCHEDULABLE: Rule = Rule {
    info: Info {
        id: "pod-unschedulable",
        severity: Severity::Error,
        about: "no node can take the pod",
    },
    check: unschedulable,
};

pub(super) const TERMINATING: Rule = Rule {
    info: Info {
        id: "pod-terminating",
        severity: Severity::Error,
        about: "a pod that is asked for is on its way out, and its successor is not there yet",
    },
    check: terminating,
};

pub(super) const STUCK_TERMINATING: Rule = Rule {
    info: Info {
        id: "pod-stuck-terminating",
        severity: Severity::Error,
        about: "a pod is long past its grace period and still there",
    },
    check: stuck_terminating,
};

/// What a kubelet may take beyond the grace period: unmounting, a slow node.
const SLACK_SECONDS: i64 = 60;

fn unschedulable(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pods = super::staying(now)?;
    let scheduling = pods.iter().filter(|pod| pod.phase == Phase::Pending).filter_map(|pod| {
        let condition = pod.condition("PodScheduled").filter(|condition| !condition.holds)?;
        Some((pod, condition))
    });
    Ok(scheduling
        .map(|(pod, condition)| {
            let message = condition.message.as_deref().unwrap_or_default();
            let says = match condition.reason.as_deref() {
                Some("SchedulingGated") => {
                    "it is held back from scheduling by its scheduling gates"
                }
                _ => "no node can take it: {message}",
            };
            let violation = Violation::new(Object::pod(&pod.name), says)
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
    const HINTS: [(&str, &str); 7] = [
        (
            "volume node affinity conflict",
            "its volume lives on nodes or in a zone where it cannot run: bring back that node, or move the data",
        ),
        ("unbound immediate PersistentVolumeClaims", "its claim is not bound: see the claim"),
        ("persistentvolumeclaim", "its claim is missing or going: see the claim"),
        ("Insufficient", "add a node, or lower the requests of the pod"),
        (
            "anti-affinity",
            "there are fewer nodes than its anti-affinity asks for: add a node, or make it preferred",
        ),
        ("untolerated taint", "every node that is left is tainted: see kubectl describe nodes"),
        ("topology spread", "its spread constraint cannot be met: add a node in another zone"),
    ];
    HINTS.iter().find(|(words, _)| message.contains(words)).map(|(_, next)| *next)
}

fn is_stuck(now: &Snapshot, due: Timestamp) -> bool {
    now.at.duration_since(due).as_secs() > SLACK_SECONDS
}

fn terminating(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let ordinals = now.ordinals()?;
    let leaving = ordinals.iter().filter(|ordinal| ordinal.is_wanted).filter_map(|ordinal| {
        let pod = ordinal.pod?;
        Some((pod, pod.deleting.filter(|due| !is_stuck(now, *due))?))
    });
    Ok(leaving
        .map(|(pod, due)| {
            Violation::new(Object::pod(&pod.name), "it is being deleted")
                .with("due", due)
                .next("its successor is created when it is gone, at the latest at {due}")
        })
        .collect())
}

fn stuck_terminating(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let stuck = now.pods()?.iter().filter_map(|pod| {
        let due = pod.deleting?;
        is_stuck(now, due).then_some((pod, due))
    });
    Ok(stuck
        .map(|(pod, due)| {
            let node = pod.node.as_deref().unwrap_or_default();
            let is_lost = now.shared.nodes.iter().flatten().any(|n| n.name == node && !n.is_ready);
            let violation =
                Violation::new(Object::pod(&pod.name), "it should have been gone, and its successor waits for it")
                    .with("node", node)
                    .with("finalizers", pod.finalizers.clone())
                    .since(Some(due));
            if is_lost {
                violation.cause("its node {node} does not answer").next(
                    "only when {node} is certainly off may the pod be given up: delete the node object, or taint it \
                     node.kubernetes.io/out-of-service",
                )
            } else if pod.finalizers.is_empty() {
                violation.next("the kubelet on {node} has not confirmed: look at its log, and at hung mounts")
            } else {
                violation.next("what set the finalizers {finalizers} has to remove them")
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use crate::model::Phase;
    use crate::model::example::{ago, healthy};
    use crate::rules::tests::{found, sentence};

    #[test]
    fn a_pod_that_fits_nowhere() {
        let mut world = healthy(3);
        let pod = &mut world.pods[2];
        pod.phase = Phase::Pending;
        pod.conditions[0].holds = false;
        pod.conditions[0].reason = Some("Unschedulable".into());
        pod.conditions[0].message = Some("0/2 nodes are available: 2 Insufficient memory.".into());
        assert_eq!(found(&world), ["pod-unschedulable"]);
        assert_eq!(
            sentence(&world),
            "no node can take it: 0/2 nodes are available: 2 Insufficient memory."
        );
    }

    #[test]
    fn a_pod_that_does_not_go() {
        let mut world = healthy(3);
        world.pods[1].deleting = ago(90);
        assert_eq!(found(&world), ["pod-stuck-terminating"]);
        world.pods[1].deleting = ago(-20);
        assert_eq!(found(&world), ["pod-terminating"]);
    }
}
