//! Where a volume can be used: nowhere, or on one node only.

use super::volumes;
use crate::model::{Claim, Node, PersistentVolume, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const NOWHERE: Rule = Rule::new(
    "volume-nowhere",
    Severity::Error,
    "a volume can be used only on nodes that do not exist",
    nowhere,
);

pub(super) const ONE_NODE: Rule = Rule::new(
    "volume-on-one-node",
    Severity::Warning,
    "a volume can be used on one node only, of those that are there or that are left",
    one_node,
);

/// Volumes that not every node can mount, with the nodes that can.
fn bound_to_nodes(now: &Snapshot) -> Seen<Vec<(&Claim, &PersistentVolume, Vec<&Node>)>> {
    let nodes = now.shared.nodes.as_ref().map_err(Clone::clone)?;
    let bound = volumes(now)?.into_iter().filter(|(_, volume)| volume.nodes.is_some());
    Ok(bound
        .map(|(claim, volume)| {
            (claim, volume, nodes.iter().filter(|node| volume.may_be_on(node)).collect())
        })
        .collect())
}

fn nowhere(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let lost = bound_to_nodes(now)?.into_iter().filter(|(_, _, nodes)| nodes.is_empty());
    Ok(lost
        .map(|(claim, volume, _)| {
            let says = "volume {volume} can be used only where {asks}, and no node is there";
            Violation::new(Object::claim(&claim.name), says)
                .with("volume", volume.name.as_str())
                .with("asks", asks(volume))
                .next("bring that node back, under its name and labels; a disk of its own is gone with it")
        })
        .collect())
}

/// What its node affinity asks for, in the form of a label selector.
fn asks(volume: &PersistentVolume) -> String {
    let term = |term: &Vec<crate::model::Expression>| {
        let words = term.iter().map(|it| format!("{} is {}", it.key, it.values.join(" or ")));
        words.collect::<Vec<_>>().join(" and ")
    };
    volume.nodes.iter().flatten().map(term).collect::<Vec<_>>().join(", or ")
}

fn one_node(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    // In a cluster of one node everything is.
    let is_alone = now.shared.nodes.as_ref().is_ok_and(|nodes| nodes.len() < 2);
    let bound = if is_alone { Vec::new() } else { bound_to_nodes(now)? };
    let mut violations = Vec::new();
    let mut pinned: Vec<String> = Vec::new();
    for (claim, volume, nodes) in bound {
        let left: Vec<&&Node> =
            nodes.iter().filter(|node| node.is_ready && !node.is_unschedulable).collect();
        match (nodes.as_slice(), left.as_slice()) {
            ([_], _) => pinned.push(claim.name.clone()),
            ([_, ..], [only]) => {
                let says =
                    "of {count} nodes that can use volume {volume}, only {node} takes pods now";
                let violation = Violation::new(Object::claim(&claim.name), says)
                    .with("count", nodes.len())
                    .with("volume", volume.name.as_str())
                    .with("node", only.name.as_str());
                violations
                    .push(violation.next("its pod has nowhere to go if {node} is lost or drained"));
            }
            _ => {}
        }
    }
    if !pinned.is_empty() {
        // So it is with every disk of a node: to be known, and no fault.
        let says = "{count:volume} can be used on one node only: such a pod stays down as long as its node";
        let violation = Violation::new(Object::set(&now.set.name), says)
            .with("count", pinned.len())
            .with("claims", pinned);
        violations.push(violation.severity(Severity::Info));
    }
    Ok(violations)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy, node};
    use crate::model::{Expression, Operator};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("volume-nowhere", |world| need(world, "kubernetes.io/hostname", "node-9")),
        ("volume-on-one-node", |world| {
            label(world, "zone", "a");
            need(world, "zone", "a");
            world.nodes[0].is_unschedulable = true;
        }),
    ];

    fn need(world: &mut World, key: &str, value: &str) {
        let expression =
            Expression { key: key.into(), operator: Operator::In, values: vec![value.into()] };
        world.volumes[1].nodes = Some(vec![vec![expression]]);
    }

    fn label(world: &mut World, key: &str, value: &str) {
        for node in &mut world.nodes {
            node.labels.insert(key.into(), value.into());
        }
    }

    #[test]
    fn a_volume_whose_node_is_no_more() {
        let mut world = healthy(3);
        need(&mut world, "kubernetes.io/hostname", "node-9");
        assert_eq!(found(&world), ["volume-nowhere"]);
        assert_eq!(
            sentence(&world),
            "volume pv-1 can be used only where kubernetes.io/hostname is node-9, and no node is there"
        );
    }

    #[test]
    fn a_disk_of_one_node_is_no_fault() {
        let mut world = healthy(3);
        world.nodes[1].labels.insert("kubernetes.io/hostname".into(), "node-2".into());
        need(&mut world, "kubernetes.io/hostname", "node-2");
        assert_eq!(found(&world), ["volume-on-one-node"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
    }

    #[test]
    fn the_last_node_of_a_zone_that_takes_pods() {
        let mut world = healthy(2);
        label(&mut world, "zone", "a");
        world.nodes.push(node("node-3"));
        need(&mut world, "zone", "a");
        assert_eq!(found(&world), [""; 0]);
        world.nodes[1].is_unschedulable = true;
        assert_eq!(found(&world), ["node-cordoned", "volume-on-one-node"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
    }
}
