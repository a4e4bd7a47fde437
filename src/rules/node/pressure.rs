//! Nodes that run short of something.

use super::each;
use crate::model::{Node, Seen, Snapshot};
use crate::rules::{Rule, Severity, Violation};

pub(super) const PRESSURE: Rule = Rule::new(
    "node-under-pressure",
    Severity::Warning,
    "a node that runs a pod is short of memory, disk or processes",
    pressure,
);

fn pressure(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let judge = |node: &Node, violation: Violation| {
        // What a node said before it fell silent is old.
        let is_told = node.pressures.is_empty() || !node.is_ready;
        (!is_told).then(|| {
            violation.with("pressures", node.pressures.clone()).next(
                "its kubelet evicts pods until that is over, those above their requests first",
            )
        })
    };
    each(now, judge, "it has {pressures}, and may evict these pods: {pods}")
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::healthy;
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("node-under-pressure", |world| world.nodes[1].pressures.push("DiskPressure".into()))];

    #[test]
    fn a_node_that_is_short_of_disk() {
        let mut world = healthy(2);
        world.nodes[1].pressures.push("DiskPressure".into());
        assert_eq!(found(&world), ["node-under-pressure"]);
        assert_eq!(sentence(&world), "it has DiskPressure, and may evict these pods: redis-1");
    }
}
