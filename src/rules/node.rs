//! Rules about the nodes under a set.

mod lost;
mod pressure;
mod removal;
mod spread;
mod taint;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Object, Rule, Violation};
use crate::model::{Node, Pod, Seen, Set, Snapshot};

pub(super) const RULES: &[Rule] = &[
    lost::NOT_READY,
    lost::GONE,
    taint::EVICTS,
    removal::DRAINING,
    removal::CORDONED,
    removal::OUT_OF_SERVICE,
    pressure::PRESSURE,
    spread::ONE_NODE,
    spread::MAJORITY,
    spread::ONE_ZONE,
];

fn nodes(now: &Snapshot) -> Seen<&[Node]> {
    now.shared.nodes.as_deref().map_err(Clone::clone)
}

/// Pods that run, or are to run, by their node.
fn placed(now: &Snapshot) -> Seen<BTreeMap<&str, Vec<&Arc<Pod>>>> {
    let mut placed: BTreeMap<&str, Vec<&Arc<Pod>>> = BTreeMap::new();
    for pod in now.pods()?.iter().filter(|pod| !pod.is_finished()) {
        if let Some(node) = &pod.node {
            placed.entry(node).or_default().push(pod);
        }
    }
    Ok(placed)
}

fn names(pods: &[&Arc<Pod>]) -> Vec<String> {
    pods.iter().map(|pod| pod.name.clone()).collect()
}

/// One finding for each node that holds pods of the set, with their names as evidence.
fn each(
    now: &Snapshot,
    judge: impl Fn(&Node, Violation) -> Option<Violation>,
    says: &'static str,
) -> Seen<Vec<Violation>> {
    let placed = placed(now)?;
    let held = nodes(now)?.iter().filter_map(|node| Some((node, placed.get(&*node.name)?)));
    let violations = held.filter_map(|(node, pods)| {
        judge(node, Violation::new(Object::node(&node.name), says).with("pods", names(pods)))
    });
    Ok(violations.collect())
}

/// Whether a new pod of this set could be placed there, as far as taints go.
fn could_take(node: &Node, set: &Set) -> bool {
    let tolerates =
        |taint| set.template.pod.tolerations.iter().any(|toleration| toleration.tolerates(taint));
    let mut keeping_off = node.taints.iter().filter(|taint| taint.effect != "PreferNoSchedule");
    node.is_ready && !node.is_unschedulable && keeping_off.all(tolerates)
}

#[cfg(test)]
pub(super) const BROKEN: &[&[super::tests::Broken]] = &[
    lost::tests::BROKEN,
    taint::tests::BROKEN,
    removal::tests::BROKEN,
    pressure::tests::BROKEN,
    spread::tests::BROKEN,
];

#[cfg(test)]
mod tests {
    use crate::model::Unread;
    use crate::model::example::healthy;
    use crate::rules::{NotRun, judge};

    #[test]
    fn nodes_that_were_not_read_are_no_good_news() {
        let mut snapshot = healthy(3).snapshot();
        let mut shared = (*snapshot.shared).clone();
        shared.nodes = Err(Unread::not_asked("list nodes"));
        snapshot.shared = shared.into();
        let judged = judge(&snapshot);
        let not_run: Vec<&str> = judged.not_run.iter().map(|NotRun { rule, .. }| *rule).collect();
        for rule in super::RULES {
            assert!(not_run.contains(&rule.info.id), "{}: {not_run:?}", rule.info.id);
        }
    }
}
