//! Where the template lets the pods go.

use crate::model::{Node, Operation, Pod, Seen, Snapshot, Value};
use crate::rules::{Object, Rule, Severity, Violation};

/// What makes a pod anew.
const PLACING: &[Operation] = &[Operation::ScaleUp, Operation::Rollout, Operation::Drain];

pub(super) const NODE_FIXED: Rule = Rule::new(
    "node-name-fixed",
    Severity::Error,
    "the template names a node: every pod goes there, past the scheduler",
    node_fixed,
)
.blocks(PLACING);

pub(super) const HOST_PORT: Rule = Rule::new(
    "host-port-needs-nodes",
    Severity::Warning,
    "each pod needs a port of its node, and there are more replicas than nodes",
    host_port,
)
.blocks(PLACING);

pub(super) const NO_SPREAD: Rule = Rule::new(
    "no-spread-asked",
    Severity::Info,
    "nothing in the template asks to keep the pods on different nodes",
    no_spread,
);

fn node_fixed(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let node = now.set.template.pod.node.iter();
    let says = "its template names node {node}: every pod goes there past the scheduler, even when it is full, drained or gone, and a claim that waits for the scheduler is never bound";
    Ok(node
        .map(|node| {
            Violation::new(Object::set(&now.set.name), says)
                .with("node", node.as_str())
                .next("take nodeName out, and choose nodes by nodeSelector or affinity")
        })
        .collect())
}

fn host_port(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let template = &now.set.template.pod;
    let Some(port) = host_port_of(template) else { return Ok(Vec::new()) };
    let nodes = now.shared.nodes.as_ref().map_err(Clone::clone)?;
    let able = nodes.iter().filter(|node| can_take(node, template)).count();
    // The scheduler has said it already of a pod that waits.
    let waits = |pod: &Pod| pod.condition("PodScheduled").is_some_and(|it| !it.holds);
    if now.set.replicas as usize <= able || now.pods()?.iter().any(|pod| waits(pod)) {
        return Ok(Vec::new());
    }
    let says = "each of its {replicas} pods needs port {port} of its node, and {nodes} nodes can take one: a pod that has to move finds no place";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("replicas", now.set.replicas)
            .with("port", Value::Port(port))
            .with("nodes", able),
    ])
}

/// A port that no two pods can have on one node.
fn host_port_of(pod: &Pod) -> Option<u16> {
    let mut ports = pod.lasting_containers().flat_map(|container| &container.ports);
    ports.find_map(|port| if pod.uses_host_network { Some(port.number) } else { port.host })
}

fn can_take(node: &Node, pod: &Pod) -> bool {
    let is_barred = node.taints.iter().any(|taint| {
        taint.effect != "PreferNoSchedule" && !pod.tolerations.iter().any(|it| it.tolerates(taint))
    });
    node.is_ready && !node.is_unschedulable && !is_barred
}

fn no_spread(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pod = &now.set.template.pod;
    if now.set.replicas < 2 || pod.has_anti_affinity || pod.has_spread_constraints {
        return Ok(Vec::new());
    }
    let says = "nothing in its template asks to keep its pods on different nodes (podAntiAffinity, topologySpreadConstraints)";
    Ok(vec![Violation::new(Object::set(&now.set.name), says)])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::Taint;
    use crate::model::example::{World, healthy};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("node-name-fixed", |world| world.set.template.pod.node = Some("node-1".into())),
        ("host-port-needs-nodes", ask_for_a_port),
        ("no-spread-asked", |world| world.set.template.pod.has_anti_affinity = false),
    ];

    fn ask_for_a_port(world: &mut World) {
        world.set.template.pod.containers[0].ports[0].host = Some(6379);
    }

    #[test]
    fn a_template_that_names_a_node() {
        let mut world = healthy(3);
        world.set.template.pod.node = Some("node-1".into());
        assert_eq!(found(&world), ["node-name-fixed"]);
    }

    #[test]
    fn more_replicas_than_nodes_with_the_port() {
        let mut world = healthy(3);
        ask_for_a_port(&mut world);
        assert_eq!(found(&world), ["host-port-needs-nodes"]);
        assert_eq!(
            sentence(&world),
            "each of its 3 pods needs port 6379 of its node, and 2 nodes can take one: \
             a pod that has to move finds no place"
        );
        let mut world = healthy(2);
        ask_for_a_port(&mut world);
        assert_eq!(found(&world), [""; 0]);
        let taint = Taint {
            key: "role".into(),
            value: "batch".into(),
            effect: "NoSchedule".into(),
            since: None,
        };
        world.nodes[1].taints.push(taint);
        assert_eq!(found(&world), ["host-port-needs-nodes"]);
    }

    #[test]
    fn pods_that_use_the_network_of_the_node() {
        let mut world = healthy(3);
        world.set.template.pod.uses_host_network = true;
        assert_eq!(found(&world), ["host-port-needs-nodes"]);
        world.set.template.pod.containers[0].ports.clear();
        world.services[0].ports.clear();
        world.pods.iter_mut().for_each(|pod| pod.containers[0].ports.clear());
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn one_pod_needs_no_spreading() {
        let mut world = healthy(3);
        world.set.template.pod.has_anti_affinity = false;
        assert_eq!(found(&world), ["no-spread-asked"]);
        world.set.template.pod.has_spread_constraints = true;
        assert_eq!(found(&world), [""; 0]);
    }
}
