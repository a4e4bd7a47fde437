//! Nodes that are about to go, or that take no new pod: one rule speaks of a node.

use super::each;
use crate::model::{Node, Seen, Snapshot, Taint};
use crate::rules::{Rule, Severity, Violation};

pub(super) const DRAINING: Rule = Rule::new(
    "node-draining",
    Severity::Warning,
    "an autoscaler or the cloud has chosen a node that runs a pod to be removed",
    draining,
);

pub(super) const CORDONED: Rule = Rule::new(
    "node-cordoned",
    Severity::Warning,
    "a node that runs a pod takes no new one",
    cordoned,
);

pub(super) const OUT_OF_SERVICE: Rule = Rule::new(
    "node-out-of-service",
    Severity::Info,
    "a node was given up: its pods and volumes are taken from it by force",
    out_of_service,
);

/// Who removes a node, by the taint that it puts on it first.
const REMOVERS: [(&str, &str); 5] = [
    ("ToBeDeletedByClusterAutoscaler", "the cluster autoscaler"),
    ("DeletionCandidateOfClusterAutoscaler", "the cluster autoscaler"),
    ("karpenter.sh/disrupted", "Karpenter"),
    ("karpenter.sh/disruption", "Karpenter"),
    ("cloud.google.com/impending-node-termination", "the cloud"),
];

fn remover(node: &Node) -> Option<(&Taint, &'static str)> {
    let by = |taint: &Taint| REMOVERS.iter().find(|(key, _)| *key == taint.key).map(|(_, by)| *by);
    let mut found = node.taints.iter().filter_map(|taint| Some((taint, by(taint)?)));
    let first = found.next()?;
    // A candidate is only thought about: what is decided goes first.
    Some(found.find(|(taint, _)| !is_candidate(taint)).unwrap_or(first))
}

fn is_candidate(taint: &Taint) -> bool {
    taint.effect == "PreferNoSchedule"
}

fn draining(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let judge = |node: &Node, violation: Violation| {
        let (taint, by) = remover(node)?;
        let violation =
            violation.with("by", by).with("taint", taint.key.as_str()).since(taint.since);
        Some(if is_candidate(taint) {
            violation
                .severity(Severity::Info)
                .next("{by} removes it when it stays as idle as it is")
        } else {
            violation.next("they are evicted one after the other, as their budget allows")
        })
    };
    each(now, judge, "{by} wants to remove it, and these pods are on it: {pods}")
}

fn cordoned(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let judge = |node: &Node, violation: Violation| {
        let is_told =
            !node.is_ready || remover(node).is_some_and(|(taint, _)| !is_candidate(taint));
        let violation = violation
            .next("when its work is done, let it take pods again")
            .fix(["kubectl", "uncordon", &node.name]);
        (node.is_unschedulable && !is_told).then_some(violation)
    };
    each(now, judge, "it is cordoned: these pods run on, and cannot come back to it: {pods}")
}

fn out_of_service(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let judge = |node: &Node, violation: Violation| {
        let is_it = |taint: &&Taint| taint.key == "node.kubernetes.io/out-of-service";
        let taint = node.taints.iter().find(is_it)?;
        Some(
            violation
                .since(taint.since)
                .next("when the node is back, take that taint off: nothing else does"),
        )
    };
    each(
        now,
        judge,
        "it was marked out of service: these pods and their volumes are taken from it: {pods}",
    )
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::Taint;
    use crate::model::example::{World, ago, healthy};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("node-draining", |world| taint(world, "karpenter.sh/disrupted", "NoSchedule")),
        ("node-cordoned", |world| world.nodes[1].is_unschedulable = true),
        ("node-out-of-service", |world| {
            taint(world, "node.kubernetes.io/out-of-service", "NoExecute");
        }),
    ];

    fn taint(world: &mut World, key: &str, effect: &str) {
        world.nodes[1].taints.push(Taint {
            key: key.into(),
            value: String::new(),
            effect: effect.into(),
            since: ago(20),
        });
    }

    #[test]
    fn a_node_that_an_autoscaler_removes_is_cordoned_as_well() {
        let mut world = healthy(2);
        taint(&mut world, "DeletionCandidateOfClusterAutoscaler", "PreferNoSchedule");
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        taint(&mut world, "ToBeDeletedByClusterAutoscaler", "NoSchedule");
        world.nodes[1].is_unschedulable = true;
        assert_eq!(found(&world), ["node-draining"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
        let says = "the cluster autoscaler wants to remove it, and these pods are on it: redis-1";
        assert_eq!(sentence(&world), says);
    }

    #[test]
    fn a_cordoned_node_without_pods_is_nobodys_trouble() {
        let mut world = healthy(1);
        world.nodes[1].is_unschedulable = true;
        assert_eq!(found(&world), [""; 0]);
        world.nodes[0].is_unschedulable = true;
        assert_eq!(found(&world), ["node-cordoned"]);
    }
}
