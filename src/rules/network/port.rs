//! Ports of Services that are named, and that no container has.

use crate::model::{Pod, Seen, Service, Snapshot, Value};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const MISSING: Rule = Rule::new(
    "service-port-missing",
    Severity::Warning,
    "a Service that selects the pods names a port that no container of them has",
    missing,
);

fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let services = now.shared.services.as_ref().map_err(Clone::clone)?;
    let pods = now.shared.pods.as_ref().map_err(Clone::clone)?;
    let set = &now.set;
    let its = services
        .iter()
        .filter(|it| it.namespace == set.namespace && it.selects(&set.template.labels));
    let mut violations = Vec::new();
    for service in its {
        // Of the pods that one Service selects, some may have a port that others have not.
        let selected = pods
            .iter()
            .filter(|pod| pod.namespace == set.namespace && service.selects(&pod.labels));
        let selected: Vec<&Pod> = selected.map(|pod| &**pod).chain([&set.template.pod]).collect();
        let ports =
            service.ports.iter().filter_map(|it| Some((it.number, it.target_name.as_ref()?)));
        let absent = ports.filter(|(_, name)| !selected.iter().any(|pod| has_port(pod, name)));
        violations.extend(absent.map(|(number, name)| describe(now, service, number, name)));
    }
    Ok(violations)
}

fn has_port(pod: &Pod, name: &str) -> bool {
    let mut ports = pod.lasting_containers().flat_map(|container| &container.ports);
    ports.any(|port| port.name.as_deref() == Some(name))
}

fn describe(now: &Snapshot, service: &Service, number: u16, name: &str) -> Violation {
    let says = if service.is_headless {
        "its port {port} names {name}, and no container of {set} has a port of that name: DNS has no SRV record for it"
    } else {
        "its port {port} leads to {name}, and no container of {set} has a port of that name: nobody can connect to it"
    };
    let violation = Violation::new(Object::service(&service.name), says)
        .with("port", Value::Port(number))
        .with("name", name)
        .with("set", now.set.name.as_str());
    // Who asks a headless Service for an address brings the port along.
    if service.is_headless { violation.severity(Severity::Info) } else { violation }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[("service-port-missing", rename)];

    fn rename(world: &mut World) {
        let mut service = world.services[0].clone();
        service.name = "clients".into();
        service.is_headless = false;
        service.ports[0].target_name = Some("redis".into());
        world.services.push(service);
    }

    #[test]
    fn a_port_that_no_container_has() {
        let mut world = healthy(3);
        rename(&mut world);
        assert_eq!(
            sentence(&world),
            "its port 6379 leads to redis, and no container of redis has a port of that name: \
             nobody can connect to it"
        );
        world.services[1].is_headless = true;
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
    }

    #[test]
    fn a_port_that_only_some_pods_have() {
        let mut world = healthy(3);
        rename(&mut world);
        world.pods[2].containers[0].ports[0].name = Some("redis".into());
        assert_eq!(found(&world), [""; 0]);
    }
}
