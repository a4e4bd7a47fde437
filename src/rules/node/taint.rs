//! Taints that put pods off their node.

use super::{nodes, placed};
use crate::model::{Node, Pod, Seen, Snapshot, Taint, Value};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const EVICTS: Rule = Rule::new(
    "node-evicts-pod",
    Severity::Error,
    "a pod does not tolerate a NoExecute taint of its node, or not for long",
    evicts,
);

/// A node that does not answer, and one that was given up, have rules of their own.
const TOLD_ELSEWHERE: [&str; 3] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/out-of-service",
];

fn evicts(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let nodes = nodes(now)?;
    let mut violations = Vec::new();
    for (name, pods) in placed(now)? {
        let Some(node) = nodes.iter().find(|node| node.name == name) else { continue };
        for pod in pods.into_iter().filter(|pod| pod.deleting.is_none()) {
            violations.extend(
                first_to_evict(node, pod).map(|(taint, stay)| evicted(now, node, pod, taint, stay)),
            );
        }
    }
    Ok(violations)
}

/// The taint that ends the pod first, and for how many seconds it is borne.
fn first_to_evict<'a>(node: &'a Node, pod: &Pod) -> Option<(&'a Taint, i64)> {
    let is_ours = |taint: &&Taint| {
        taint.effect == "NoExecute" && !TOLD_ELSEWHERE.contains(&taint.key.as_str())
    };
    let stays =
        node.taints.iter().filter(is_ours).filter_map(|taint| Some((taint, stay(pod, taint)?)));
    stays.min_by_key(|(_, stay)| *stay)
}

/// Seconds that a pod bears a taint, by the shortest of its tolerations as in the taint manager; None for ever.
fn stay(pod: &Pod, taint: &Taint) -> Option<i64> {
    let mut tolerating =
        pod.tolerations.iter().filter(|toleration| toleration.tolerates(taint)).peekable();
    if tolerating.peek().is_none() {
        return Some(0);
    }
    tolerating.filter_map(|toleration| toleration.seconds).min().map(|seconds| seconds.max(0))
}

fn evicted(now: &Snapshot, node: &Node, pod: &Pod, taint: &Taint, stay: i64) -> Violation {
    let violation = Violation::new(Object::pod(&pod.name), says(taint, stay))
        .with("node", node.name.as_str())
        .with("taint", taint.key.as_str())
        .since(taint.since);
    let violation = match taint.since {
        Some(since) => {
            let left = stay - now.at.duration_since(since).as_secs();
            violation.with("left", Value::Seconds(left.max(0)))
        }
        None => violation.with("tolerated", Value::Seconds(stay)),
    };
    violation.next("its successor cannot come to {node} either: see that another node can take it, and its volume")
}

const fn says(taint: &Taint, stay: i64) -> &'static str {
    match (stay, taint.since) {
        (0, _) => "it is put off {node}, whose taint {taint} it does not tolerate",
        (_, Some(_)) => {
            "it is put off {node} in {left}: it tolerates the taint {taint} only for a time"
        }
        (_, None) => {
            "it is put off {node} soon: it tolerates the taint {taint} for {tolerated} from when it was set"
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{Taint, Toleration};
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("node-evicts-pod", |world| taint(world, "maintenance"))];

    fn taint(world: &mut World, key: &str) {
        world.nodes[1].taints.push(Taint {
            key: key.into(),
            value: String::new(),
            effect: "NoExecute".into(),
            since: ago(20),
        });
    }

    fn tolerate(world: &mut World, seconds: Option<i64>) {
        for pod in &mut world.pods {
            pod.tolerations.push(Toleration { any_value: true, seconds, ..Toleration::default() });
        }
    }

    #[test]
    fn a_taint_that_a_pod_does_not_tolerate() {
        let mut world = healthy(2);
        taint(&mut world, "maintenance");
        assert_eq!(found(&world), ["node-evicts-pod"]);
        assert_eq!(
            sentence(&world),
            "it is put off node-2, whose taint maintenance it does not tolerate"
        );
    }

    #[test]
    fn a_taint_that_a_pod_tolerates_for_a_time() {
        let mut world = healthy(2);
        taint(&mut world, "maintenance");
        tolerate(&mut world, Some(90));
        let judged = judged(&world);
        let left = judged.findings[0].violation.evidence.iter().find(|(field, _)| *field == "left");
        assert_eq!(left, Some(&("left", crate::model::Value::Seconds(70))));
        world.nodes[1].taints[0].since = None;
        assert_eq!(found(&world), ["node-evicts-pod"]);
    }

    #[test]
    fn a_taint_that_a_pod_tolerates_or_that_is_told_elsewhere() {
        let mut world = healthy(2);
        taint(&mut world, "maintenance");
        tolerate(&mut world, None);
        assert_eq!(found(&world), [""; 0]);
        let mut world = healthy(2);
        taint(&mut world, "node.kubernetes.io/not-ready");
        assert_eq!(found(&world), [""; 0]);
    }
}
