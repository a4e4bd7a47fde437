//! Pods on their way out: about to be put off their node, leaving, and those that do not leave.

use crate::model::{Operation, Pod, Seen, Snapshot, Timestamp};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const DISRUPTED: Rule = Rule::new(
    "pod-disrupted",
    Severity::Warning,
    "a pod is about to be put off its node",
    disrupted,
)
.blocks(&[Operation::ScaleDown, Operation::Rollout, Operation::Drain]);

pub(super) const TERMINATING: Rule = Rule::new(
    "pod-terminating",
    Severity::Warning,
    "a pod that is asked for is on its way out, and its successor is not there yet",
    terminating,
)
.blocks(Operation::ALL);

pub(super) const STUCK_TERMINATING: Rule = Rule::new(
    "pod-stuck-terminating",
    Severity::Error,
    "a pod is long past its grace period and still there",
    stuck_terminating,
);

/// What a kubelet may take beyond the grace period: unmounting, a slow node.
const SLACK_SECONDS: i64 = 60;

fn is_stuck(now: &Snapshot, due: Timestamp) -> bool {
    now.at.duration_since(due).as_secs() > SLACK_SECONDS
}

/// Who puts it off, in the words of the API: `TaintManager: deleting due to NoExecute taint`.
fn disruption(pod: &Pod) -> Option<String> {
    let condition = pod.condition("DisruptionTarget").filter(|condition| condition.holds)?;
    let words = [condition.reason.as_deref(), condition.message.as_deref()];
    Some(words.into_iter().flatten().collect::<Vec<_>>().join(": "))
}

fn disrupted(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pods = super::staying(now)?;
    let chosen = pods.into_iter().filter(|pod| !pod.is_finished());
    Ok(chosen
        .filter_map(|pod| {
            let why = disruption(pod)?;
            let violation =
                Violation::new(Object::pod(&pod.name), "it is about to be put off its node {node}")
                    .with("node", pod.node.as_deref().unwrap_or_default())
                    .with("why", why)
                    .since(pod.condition("DisruptionTarget").and_then(|condition| condition.since))
                    .cause("{why}");
            Some(violation)
        })
        .collect())
}

fn terminating(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let ordinals = now.ordinals()?;
    let leaving = ordinals.iter().filter(|ordinal| ordinal.is_wanted).filter_map(|ordinal| {
        let pod = ordinal.pod?;
        Some((pod, pod.deleting.filter(|due| !is_stuck(now, *due))?))
    });
    Ok(leaving
        .map(|(pod, due)| {
            let next = if due > now.at {
                "its successor is created when it is gone; its grace period ends {due}"
            } else {
                "its successor is created when it is gone; its grace period ended {due}"
            };
            let violation = Violation::new(Object::pod(&pod.name), "it is being deleted")
                .with("due", due)
                .next(next);
            match disruption(pod) {
                Some(why) => violation.with("why", why).cause("{why}"),
                None => violation,
            }
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
            let why = disruption(pod).unwrap_or_default();
            let violation =
                Violation::new(Object::pod(&pod.name), "it should have been gone, and its successor waits for it")
                    .with("node", node)
                    .with("finalizers", pod.finalizers.clone())
                    .with("why", why)
                    .since(Some(due));
            if now.shared.is_lost(node) {
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
pub(super) mod tests {
    use crate::model::Condition;
    use crate::model::example::{World, ago, healthy};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("pod-disrupted", disrupt),
        ("pod-terminating", |world| world.pods[2].deleting = ago(5)),
        ("pod-stuck-terminating", |world| world.pods[2].deleting = ago(500)),
    ];

    fn disrupt(world: &mut World) {
        world.pods[2].conditions.push(Condition {
            kind: "DisruptionTarget".into(),
            holds: true,
            reason: Some("EvictionByEvictionAPI".into()),
            message: Some("Eviction API: evicting".into()),
            since: ago(4),
        });
    }

    #[test]
    fn a_pod_that_does_not_go() {
        let mut world = healthy(3);
        world.pods[1].deleting = ago(90);
        assert_eq!(found(&world), ["pod-stuck-terminating"]);
        world.pods[1].deleting = ago(-20);
        assert_eq!(found(&world), ["pod-terminating"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
    }

    #[test]
    fn a_pod_that_is_about_to_be_evicted() {
        let mut world = healthy(3);
        disrupt(&mut world);
        assert_eq!(found(&world), ["pod-disrupted"]);
        assert_eq!(sentence(&world), "it is about to be put off its node node-1");
        world.pods[2].deleting = ago(-20);
        assert_eq!(found(&world), ["pod-terminating"]);
        assert_eq!(judged(&world).findings[0].violation.cause, Some("{why}"));
    }
}
