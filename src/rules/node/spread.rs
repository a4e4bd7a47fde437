//! How the pods of a set are spread: what one node, or one zone, takes with it.

use std::collections::BTreeSet;

use super::{could_take, nodes, placed};
use crate::model::{Node, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const ONE_NODE: Rule =
    Rule::new("all-on-one-node", Severity::Warning, "one node holds every pod", one_node);

pub(super) const MAJORITY: Rule = Rule::new(
    "majority-on-one-node",
    Severity::Warning,
    "one node holds more than half of the pods, and they could be spread",
    majority,
);

pub(super) const ONE_ZONE: Rule = Rule::new(
    "all-in-one-zone",
    Severity::Warning,
    "one zone holds every pod, and there are others",
    one_zone,
);

const ZONE: &str = "topology.kubernetes.io/zone";

fn one_node(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let nodes = nodes(now)?;
    let placed = placed(now)?;
    let mut only = placed.iter();
    let (Some((node, pods)), None) = (only.next(), only.next()) else { return Ok(Vec::new()) };
    if pods.len() < 2 {
        return Ok(Vec::new());
    }
    let others = nodes.iter().filter(|it| it.name != **node && could_take(it, &now.set));
    let others: Vec<String> = others.map(|node| node.name.clone()).collect();
    let says = "all {pods} pods are on node {node}: its loss is theirs";
    let violation = Violation::new(Object::set(&now.set.name), says)
        .with("pods", pods.len())
        .with("node", *node)
        .with("other_nodes", others.clone());
    Ok(vec![if others.is_empty() {
        violation.severity(Severity::Info)
    } else {
        violation.next("give the template a podAntiAffinity or topologySpreadConstraints by kubernetes.io/hostname")
    }])
}

fn majority(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let placed = placed(now)?;
    let all: usize = placed.values().map(Vec::len).sum();
    let usable = nodes(now)?
        .iter()
        .filter(|node| could_take(node, &now.set) || placed.contains_key(&*node.name))
        .count();
    let most = placed.iter().max_by_key(|(_, pods)| pods.len());
    let Some((node, pods)) = most.filter(|_| placed.len() > 1) else { return Ok(Vec::new()) };
    // Spread evenly, no node would hold half of them: then what is left after the loss of one is a majority.
    let is_avoidable = usable > 0 && all.div_ceil(usable) * 2 < all;
    if pods.len() * 2 <= all || !is_avoidable {
        return Ok(Vec::new());
    }
    let says = "{pods} of {all} pods are on node {node}: its loss leaves no majority";
    let violation = Violation::new(Object::set(&now.set.name), says)
        .with("pods", pods.len())
        .with("all", all)
        .with("node", *node)
        .next("give the template topologySpreadConstraints by kubernetes.io/hostname; pods move when they are created anew");
    Ok(vec![violation])
}

fn one_zone(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let nodes = nodes(now)?;
    let placed = placed(now)?;
    let zone = |node: &Node| node.labels.get(ZONE).cloned();
    let held = nodes.iter().filter(|node| placed.contains_key(&*node.name));
    let Some(held) = held.map(zone).collect::<Option<BTreeSet<String>>>() else {
        return Ok(Vec::new());
    };
    let free = nodes.iter().filter(|node| could_take(node, &now.set));
    let others: Vec<String> = free
        .filter_map(zone)
        .filter(|zone| !held.contains(zone))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    // One node is told already.
    let mut zones = held.into_iter();
    let (Some(zone), None, 2..) = (zones.next(), zones.next(), placed.len()) else {
        return Ok(Vec::new());
    };
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let says = "all {pods} pods are in zone {zone}: its loss is theirs";
    let violation = Violation::new(Object::set(&now.set.name), says)
        .with("pods", placed.values().map(Vec::len).sum::<usize>())
        .with("zone", zone)
        .with("other_zones", others)
        .next("give the template topologySpreadConstraints by zone: there is room in {other_zones}, for pods whose volume may go there");
    Ok(vec![violation])
}

#[cfg(test)]
pub(super) mod tests {
    use super::ZONE;
    use crate::model::example::{World, healthy, node};
    use crate::model::{Taint, Toleration};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("all-on-one-node", |world| {
            world.pods.iter_mut().for_each(|pod| pod.node = Some("node-1".into()));
        }),
        ("majority-on-one-node", |world| world.nodes.push(node("node-3"))),
        ("all-in-one-zone", |world| in_zones(world, &["a", "a", "b"])),
    ];

    /// A node in each of these zones.
    fn in_zones(world: &mut World, zones: &[&str]) {
        let in_zone = |(index, zone): (usize, &&str)| {
            let mut node = node(&format!("node-{}", index + 1));
            node.labels.insert(ZONE.into(), (*zone).into());
            node
        };
        world.nodes = zones.iter().enumerate().map(in_zone).collect();
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
    fn a_tainted_node_is_another_node_for_pods_that_tolerate_it() {
        let mut world = healthy(3);
        for pod in &mut world.pods {
            pod.node = Some("node-1".into());
        }
        world.nodes[1].taints.push(Taint {
            key: "dedicated".into(),
            value: "redis".into(),
            effect: "NoSchedule".into(),
            since: None,
        });
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        let all = Toleration { any_value: true, ..Toleration::default() };
        world.set.template.pod.tolerations.push(all);
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
    }

    #[test]
    fn three_pods_on_two_nodes_cannot_be_spread_better() {
        let mut world = healthy(3);
        assert_eq!(found(&world), [""; 0]);
        world.nodes.push(node("node-3"));
        assert_eq!(found(&world), ["majority-on-one-node"]);
        assert_eq!(sentence(&world), "2 of 3 pods are on node node-1: its loss leaves no majority");
        world.nodes[2].is_unschedulable = true;
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn one_zone_of_several_holds_every_pod() {
        let mut world = healthy(2);
        in_zones(&mut world, &["a", "a", "b"]);
        assert_eq!(found(&world), ["all-in-one-zone"]);
        assert_eq!(sentence(&world), "all 2 pods are in zone a: its loss is theirs");
        in_zones(&mut world, &["a", "a"]);
        assert_eq!(found(&world), [""; 0]);
        in_zones(&mut world, &["a", "b"]);
        assert_eq!(found(&world), [""; 0]);
    }
}
