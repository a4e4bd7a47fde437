//! The Service of `spec.serviceName` itself.

use super::{governing, pairs, selecting};
use crate::model::{Owner, Pod, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const MISSING: Rule = Rule::new(
    "service-missing",
    Severity::Error,
    "the Service of spec.serviceName does not exist: the pods have no names",
    missing,
);

pub(super) const EXTERNAL_NAME: Rule = Rule::new(
    "service-external-name",
    Severity::Error,
    "the governing Service is an alias of a name elsewhere: the pods have no names",
    external_name,
);

pub(super) const SELECTOR: Rule = Rule::new(
    "service-selector",
    Severity::Error,
    "the governing Service does not select the pods",
    selector,
);

pub(super) const NOT_HEADLESS: Rule = Rule::new(
    "service-not-headless",
    Severity::Warning,
    "the governing Service is not headless",
    not_headless,
);

pub(super) const SELECTS_OTHERS: Rule = Rule::new(
    "service-selects-others",
    Severity::Warning,
    "the governing Service selects pods that are no members: its name leads to them as well",
    selects_others,
);

pub(super) const HIDES_UNREADY: Rule = Rule::new(
    "service-hides-unready",
    Severity::Info,
    "pods have no name until they are ready: members that need each other to become ready wait for ever",
    hides_unready,
);

pub(super) const NOT_NAMED: Rule = Rule::new(
    "service-not-named",
    Severity::Info,
    "spec.serviceName is empty: the pods have no names",
    not_named,
);

fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(name) = &now.set.service else { return Ok(Vec::new()) };
    if now.service(name)?.is_some() {
        return Ok(Vec::new());
    }
    let says = "spec.serviceName names it and it does not exist: the pods have no names in DNS";
    Ok(vec![Violation::new(Object::service(name), says).with("set", now.set.name.as_str())])
}

fn external_name(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let service = governing(now)?.filter(|service| service.is_external_name);
    let says = "it is an ExternalName, an alias of a name elsewhere: the pods of {set} have no names in DNS";
    let alias = service.map(|service| {
        Violation::new(Object::service(&service.name), says)
            .with("set", now.set.name.as_str())
            .next("make it a Service with clusterIP: None that selects the pods")
    });
    Ok(alias.into_iter().collect())
}

fn selector(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let service = governing(now)?.filter(|service| !service.is_external_name);
    // Without a selector the endpoints are made by hand, and none of them is a pod's.
    let blind = service.filter(|service| !service.selects(&now.set.template.labels));
    let says =
        "its selector {selector} does not select the pods of {set}: they have no names in DNS";
    let blind = blind.map(|service| {
        Violation::new(Object::service(&service.name), says)
            .with("selector", format!("{{{}}}", pairs(service)))
            .with("set", now.set.name.as_str())
    });
    Ok(blind.into_iter().collect())
}

fn not_headless(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let service = governing(now)?.filter(|it| !it.is_headless && !it.is_external_name);
    let says =
        "it is not headless (clusterIP: None): clients reach any pod, and not the one they name";
    Ok(service
        .map(|service| Violation::new(Object::service(&service.name), says))
        .into_iter()
        .collect())
}

fn selects_others(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(service) = selecting(now)? else { return Ok(Vec::new()) };
    let pods = now.shared.pods.as_ref().map_err(Clone::clone)?;
    let mut others = Vec::new();
    for pod in pods.iter().filter(|pod| pod.namespace == now.set.namespace) {
        let is_there = pod.deleting.is_none() && !pod.is_finished();
        if is_there && service.selects(&pod.labels) && !is_member(now, pod)? {
            others.push(pod.name.clone());
        }
    }
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let says = "its selector {selector} also selects {others}: who asks DNS for the members of {set} gets their addresses too";
    Ok(vec![
        Violation::new(Object::service(&service.name), says)
            .with("selector", pairs(service))
            .with("others", others)
            .with("set", now.set.name.as_str())
            .next("select by a label that only the members have"),
    ])
}

/// Pods of this set, or that it will take over, or of a set that shares its Service on purpose. Those of a
/// Job come and go.
fn is_member(now: &Snapshot, pod: &Pod) -> Seen<bool> {
    let set = &now.set;
    let Some(Owner { kind, name, uid }) = &pod.owner else {
        return Ok(set.ordinal_of(&pod.name).is_some());
    };
    if kind != "StatefulSet" {
        return Ok(kind == "Job");
    }
    let sets = now.shared.sets.as_ref().map_err(Clone::clone)?;
    let shares = sets.iter().any(|it| it.uid == *uid && it.service == set.service);
    Ok(*name == set.name || shares)
}

fn hides_unready(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let set = &now.set;
    let service = selecting(now)?.filter(|it| it.is_headless && !it.publishes_not_ready);
    let has_probe = set.template.pod.containers.iter().any(|it| it.has_readiness_probe);
    let Some(service) = service.filter(|_| now.is_ordered() && set.replicas > 1 && has_probe)
    else {
        return Ok(Vec::new());
    };
    let says =
        "a pod of {set} has no name in DNS until it is ready (publishNotReadyAddresses is not set)";
    Ok(vec![
        Violation::new(Object::service(&service.name), says).with("set", set.name.as_str()).next(
            "set publishNotReadyAddresses: true if members have to find each other to become ready",
        ),
    ])
}

fn not_named(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.service.is_some() {
        return Ok(Vec::new());
    }
    let says =
        "spec.serviceName is empty: its pods have no names in DNS, only addresses that change";
    Ok(vec![Violation::new(Object::set(&now.set.name), says)])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy, pod};
    use crate::model::{Owner, Pod};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("service-missing", |world| world.services.clear()),
        ("service-external-name", |world| world.services[0].is_external_name = true),
        ("service-selector", |world| world.services[0].selector.clear()),
        ("service-not-headless", |world| world.services[0].is_headless = false),
        ("service-selects-others", |world| world.other_pods.push(exporter(world))),
        ("service-hides-unready", |world| world.services[0].publishes_not_ready = false),
        ("service-not-named", |world| world.set.service = None),
    ];

    /// A pod of a Deployment with the labels of the members.
    fn exporter(world: &World) -> Pod {
        let owner = Owner { kind: "ReplicaSet".into(), name: "exporter".into(), uid: "rs".into() };
        Pod { name: "exporter-x2".into(), owner: Some(owner), ..pod(&world.set, 9) }
    }

    #[test]
    fn a_service_that_does_not_exist() {
        let mut world = healthy(3);
        world.services.clear();
        assert_eq!(found(&world), ["service-missing"]);
        world.set.service = None;
        assert_eq!(found(&world), ["service-not-named"]);
    }

    #[test]
    fn a_service_that_selects_others_only() {
        let mut world = healthy(3);
        world.services[0].selector.insert("app".into(), "web".into());
        assert_eq!(found(&world), ["service-selector"]);
        world.services[0].selector.clear();
        assert_eq!(found(&world), ["service-selector"]);
    }

    #[test]
    fn a_service_that_is_not_headless() {
        let mut world = healthy(3);
        world.services[0].is_headless = false;
        assert_eq!(found(&world), ["service-not-headless"]);
    }

    #[test]
    fn an_alias_is_one_trouble() {
        let mut world = healthy(3);
        world.services[0].is_external_name = true;
        world.services[0].is_headless = false;
        world.services[0].selector.clear();
        world.endpoints.clear();
        assert_eq!(found(&world), ["service-external-name"]);
    }

    #[test]
    fn a_service_that_selects_others_too() {
        let mut world = healthy(3);
        world.other_pods.push(exporter(&world));
        assert_eq!(found(&world), ["service-selects-others"]);
        assert_eq!(
            sentence(&world),
            "its selector app=redis also selects exporter-x2: \
             who asks DNS for the members of redis gets their addresses too"
        );
        if let Some(owner) = &mut world.other_pods[0].owner {
            owner.kind = "Job".into();
        }
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn two_sets_may_share_a_service() {
        let mut world = healthy(3);
        let mut replicas = world.set.clone();
        (replicas.name, replicas.uid) = ("replicas".into(), "replicas-uid".into());
        world.other_pods.push(pod(&replicas, 0));
        world.other_sets.push(replicas);
        assert_eq!(found(&world), [""; 0]);
        world.other_sets[0].service = Some("another".into());
        assert_eq!(found(&world), ["service-selects-others"]);
    }

    #[test]
    fn unready_pods_need_names_only_where_there_are_several_in_order() {
        let mut world = healthy(3);
        world.services[0].publishes_not_ready = false;
        assert_eq!(found(&world), ["service-hides-unready"]);
        world.set.management = crate::model::Management::Parallel;
        assert_eq!(found(&world), [""; 0]);
    }
}
