//! Nodes that do not answer, and nodes that are no more.

use super::{each, names, nodes, placed};
use crate::model::{Pod, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const NOT_READY: Rule = Rule::new(
    "node-not-ready",
    Severity::Error,
    "a node that runs a pod does not answer",
    not_ready,
);

pub(super) const GONE: Rule = Rule::new(
    "node-gone",
    Severity::Error,
    "a pod is on a node that does not exist any more",
    gone,
);

/// A node that was made for a pod may be younger than the list of nodes.
const NEW_SECONDS: i64 = 10;

fn not_ready(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let says = "it does not answer, and these pods are on it: {pods}";
    let judge = |node: &crate::model::Node, violation: Violation| {
        let message = node.not_ready_message.as_deref().unwrap_or("it has not reported yet");
        let violation = violation
            .with("reason", node.not_ready_reason.as_deref().unwrap_or_default())
            .with("message", message)
            .since(node.ready_changed)
            .cause("{message}")
            .next("its pods may still run and serve; Kubernetes replaces none of them until the node is back or gone");
        (!node.is_ready).then_some(violation)
    };
    each(now, judge, says)
}

fn gone(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let nodes = nodes(now)?;
    let is_known = |name: &str| nodes.iter().any(|node| node.name == name);
    let placed = placed(now)?;
    let gone = placed.iter().filter(|(name, pods)| {
        !is_known(name) && pods.iter().any(|pod| !is_newly_placed(now, pod))
    });
    Ok(gone
        .map(|(name, pods)| {
            let violation =
                Violation::new(Object::node(name), "it does not exist any more, and these pods are on it: {pods}")
                    .with("pods", names(pods));
            violation.next(
                "Kubernetes takes such pods away within a minute, and then creates them on another node: a volume that \
                 only this node had is gone with it",
            )
        })
        .collect())
}

fn is_newly_placed(now: &Snapshot, pod: &Pod) -> bool {
    let placed = pod.condition("PodScheduled").and_then(|condition| condition.since);
    let placed = placed.or(pod.created);
    placed.is_some_and(|placed| now.at.duration_since(placed).as_secs() < NEW_SECONDS)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{ago, healthy};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("node-not-ready", |world| world.nodes[1].is_ready = false),
        ("node-gone", |world| drop(world.nodes.remove(1))),
    ];

    #[test]
    fn a_node_that_does_not_answer() {
        let mut world = healthy(4);
        world.nodes[1].is_ready = false;
        assert_eq!(found(&world), ["node-not-ready"]);
    }

    #[test]
    fn a_node_that_does_not_answer_is_why_its_pods_are_not_ready() {
        let mut world = healthy(4);
        world.nodes[1].is_ready = false;
        for condition in &mut world.pods[1].conditions {
            condition.holds = condition.kind != "Ready";
        }
        assert_eq!(found(&world), ["node-not-ready"]);
    }

    #[test]
    fn a_node_that_does_not_exist_any_more() {
        let mut world = healthy(4);
        world.nodes.remove(1);
        assert_eq!(found(&world), ["node-gone"]);
        assert_eq!(
            sentence(&world),
            "it does not exist any more, and these pods are on it: redis-1, redis-3"
        );
    }

    #[test]
    fn a_node_that_is_newer_than_the_list_of_nodes() {
        let mut world = healthy(2);
        world.pods[1].node = Some("node-3".into());
        world.pods[1].conditions[0].since = ago(5);
        assert_eq!(found(&world), [""; 0]);
    }
}
