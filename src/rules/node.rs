//! Rules about the nodes under a set.

use std::collections::BTreeMap;

use super::{Info, Object, Rule, Severity, Violation};
use crate::model::{Seen, Snapshot};

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: Info {
            id: "node-not-ready",
            severity: Severity::Error,
            about: "a node that runs a pod does not answer",
        },
        check: node_not_ready,
    },
    Rule {
        info: Info {
            id: "all-on-one-node",
            severity: Severity::Warning,
            about: "one node holds every pod",
        },
        check: all_on_one_node,
    },
];

/// Pods by their node.
fn placed(now: &Snapshot) -> Seen<BTreeMap<&str, Vec<String>>> {
    let mut nodes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for pod in now.pods()? {
        if let Some(node) = &pod.node {
            nodes.entry(node).or_default().push(pod.name.clone());
        }
    }
    Ok(nodes)
}

fn node_not_ready(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let nodes = now.shared.nodes.as_ref().map_err(Clone::clone)?;
    let placed = placed(now)?;
    let lost =
        nodes.iter().filter(|node| !node.is_ready && placed.contains_key(node.name.as_str()));
    Ok(lost
        .map(|node| {
            let message = node.not_ready_message.as_deref().unwrap_or("it has not reported yet");
            Violation::new(Object::node(&node.name), "it does not answer, and these pods are on it: {pods}")
                .with("pods", placed[node.name.as_str()].clone())
                .with("reason", node.not_ready_reason.as_deref().unwrap_or_default())
                .with("message", message)
                .since(node.ready_changed)
                .cause("{message}")
                .next("its pods may still run and serve; Kubernetes replaces none of them until the node is back or gone")
        })
        .collect())
}

fn all_on_one_node(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let nodes = now.shared.nodes.as_ref().map_err(Clone::clone)?;
    let placed = placed(now)?;
    let mut only = placed.iter();
    let (Some((node, pods)), None) = (only.next(), only.next()) else { return Ok(Vec::new()) };
    if pods.len() < 2 {
        return Ok(Vec::new());
    }
    let others: Vec<String> = nodes
        .iter()
        .filter(|n| n.is_schedulable() && n.name != **node)
        .map(|n| n.name.clone())
        .collect();
    let violation = Violation::new(
        Object::set(&now.set.name),
        "all {pods} pods are on node {node}: its loss is theirs",
    )
    .with("pods", pods.len())
    .with("node", *node)
    .with("other_nodes", others.clone());
    Ok(vec![if others.is_empty() {
        violation.severity(Severity::Info)
    } else {
        violation.next("give the template a podAntiAffinity or topologySpreadConstraints by kubernetes.io/hostname")
    }])
}

#[cfg(test)]
mod tests {
    use crate::model::example::healthy;
    use crate::rules::tests::{found, judged};
    use crate::rules::{NotRun, Severity};

    #[test]
    fn a_node_that_does_not_answer() {
        let mut world = healthy(4);
        world.nodes[1].is_ready = false;
        assert_eq!(found(&world), ["node-not-ready"]);
    }

    #[test]
    fn one_node_holds_every_pod() {
        let mut world = healthy(3);
        for pod in &mut world.pods {
            pod.node = Some("node-1".into());
        }
        assert_eq!(found(&world), ["all-on-one-node"]);
        world.nodes[1].is_unschedulable = true;
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
    }

    #[test]
    fn nodes_that_were_not_read_are_no_good_news() {
        let mut snapshot = healthy(3).snapshot();
        let mut shared = (*snapshot.shared).clone();
        shared.nodes = Err(crate::model::Unread::not_asked("list nodes"));
        snapshot.shared = shared.into();
        let judged = crate::rules::judge(&snapshot);
        let not_run: Vec<&str> = judged.not_run.iter().map(|NotRun { rule, .. }| *rule).collect();
        assert_eq!(not_run, ["node-not-ready", "all-on-one-node"]);
    }
}
