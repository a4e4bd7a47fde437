//! What DNS answers from: the endpoints of the governing Service.

use super::{endpoints, pairs, selecting};
use crate::model::{Pod, Seen, Service, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const MISSING: Rule = Rule::new(
    "endpoint-missing",
    Severity::Error,
    "a pod that should have a name in DNS is no endpoint of the governing Service",
    missing,
);

pub(super) const WITHOUT_NAME: Rule = Rule::new(
    "endpoint-without-name",
    Severity::Error,
    "a pod was created for another Service: it has an address in DNS and no name",
    without_name,
);

pub(super) const STALE: Rule = Rule::new(
    "endpoint-stale",
    Severity::Error,
    "DNS gives out an address that the pod does not have",
    stale,
);

/// Pods at ordinals that are asked for: the others are on their way out.
fn wanted(now: &Snapshot) -> Seen<Vec<&Pod>> {
    let wanted = now.ordinals()?.into_iter().filter(|ordinal| ordinal.is_wanted);
    Ok(wanted.filter_map(|ordinal| ordinal.pod).map(|pod| &**pod).collect())
}

fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(service) = selecting(now)? else { return Ok(Vec::new()) };
    let endpoints = endpoints(now, service)?;
    let is_due = |pod: &&Pod| {
        let is_shown = pod.is_ready() || service.publishes_not_ready;
        is_shown && pod.ip.is_some() && !pod.is_finished() && pod.is_settled(now.at)
    };
    let lost = wanted(now)?.into_iter().filter(is_due);
    let lost = lost.filter(|pod| !endpoints.iter().any(|it| it.is_ready && it.is_of(pod)));
    let (selected, others): (Vec<&Pod>, Vec<&Pod>) =
        lost.partition(|pod| service.selects(&pod.labels));
    let unselected = (
        others,
        "their labels do not match its selector {selector}, though those of the template do",
    );
    let unlisted = (
        selected,
        "kube-controller-manager keeps the endpoints, and has not noticed them: look at its log",
    );
    let found = [unselected, unlisted].into_iter().filter(|(pods, _)| !pods.is_empty());
    Ok(found.map(|(pods, next)| describe(service, &pods).next(next)).collect())
}

fn describe(service: &Service, pods: &[&Pod]) -> Violation {
    let says = "it has no ready endpoint for {pods}: DNS has no name for them";
    Violation::new(Object::service(&service.name), says)
        .with("pods", pods.iter().map(|pod| pod.name.clone()).collect::<Vec<_>>())
        .with("selector", pairs(service))
}

/// An endpoint has the name of its pod only if the pod was created with the name of this Service.
fn without_name(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(service) = selecting(now)? else { return Ok(Vec::new()) };
    let endpoints = endpoints(now, service)?;
    let is_nameless = |pod: &Pod| {
        let mut its = endpoints.iter().filter(|it| it.is_of(pod));
        its.any(|it| it.hostname.as_deref() != Some(pod.name.as_str()))
    };
    let mut pods = wanted(now)?;
    pods.retain(|pod| pod.deleting.is_none() && is_nameless(pod));
    let Some(first) = pods.first() else { return Ok(Vec::new()) };
    let says = "it gives no name to {pods}: they were created for Service {subdomain}";
    Ok(vec![
        Violation::new(Object::service(&service.name), says)
            .with("pods", pods.iter().map(|pod| pod.name.clone()).collect::<Vec<_>>())
            .with("subdomain", first.subdomain.as_deref().unwrap_or("(none)"))
            .next("a pod gets its name when it is created: delete them one at a time, each when all others are ready"),
    ])
}

/// By the name of the pod, which its successor has as well.
fn stale(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(service) = selecting(now)? else { return Ok(Vec::new()) };
    let endpoints = endpoints(now, service)?;
    let settled = wanted(now)?.into_iter();
    let settled = settled.filter(|pod| pod.is_settled(now.at) && !pod.ips.is_empty());
    let wrong = settled.flat_map(|pod| {
        let named = endpoints
            .iter()
            .filter(|it| it.pod.as_ref().is_some_and(|(name, _)| *name == pod.name));
        let dead = named.filter(|it| !it.addresses.iter().all(|address| pod.ips.contains(address)));
        dead.map(move |endpoint| (pod, endpoint))
    });
    let says = "DNS gives out {addresses} for {pod}, which is at {ips}: clients connect to nobody, or to somebody else";
    Ok(wrong
        .map(|(pod, endpoint)| {
            Violation::new(Object::service(&service.name), says)
                .with("pod", pod.name.as_str())
                .with("addresses", endpoint.addresses.clone())
                .with("ips", pod.ips.clone())
                .with("service", service.name.as_str())
                .next("kubectl get endpointslices -l kubernetes.io/service-name={service} shows who wrote it")
        })
        .collect())
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("endpoint-missing", |world| drop(world.endpoints.remove(1))),
        ("endpoint-without-name", rename),
        ("endpoint-stale", |world| world.endpoints[2].addresses = vec!["10.244.9.9".into()]),
    ];

    /// The set was made anew with another Service, and kept its pods.
    fn rename(world: &mut World) {
        for (pod, endpoint) in world.pods.iter_mut().zip(&mut world.endpoints).take(2) {
            pod.subdomain = Some("old".into());
            endpoint.hostname = None;
        }
    }

    #[test]
    fn a_pod_that_is_no_endpoint() {
        let mut world = healthy(3);
        world.endpoints.remove(1);
        assert_eq!(found(&world), ["endpoint-missing"]);
        assert_eq!(
            sentence(&world),
            "it has no ready endpoint for redis-1: DNS has no name for them"
        );
        world.pods[1].created = ago(5);
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_ready_pod_whose_endpoint_is_not() {
        let mut world = healthy(3);
        world.endpoints[1].is_ready = false;
        assert_eq!(found(&world), ["endpoint-missing"]);
        world.pods[1].deleting = ago(-20);
        assert_eq!(found(&world), ["pod-terminating"]);
    }

    #[test]
    fn a_pod_that_is_not_ready_has_no_name_unless_the_service_says_so() {
        let mut world = healthy(3);
        world.endpoints[1].is_ready = false;
        let ready = world.pods[1].conditions.iter_mut().find(|it| it.kind == "Ready");
        ready.expect("a condition").holds = false;
        assert_eq!(found(&world), ["pod-not-ready", "endpoint-missing"]);
        world.services[0].publishes_not_ready = false;
        assert_eq!(found(&world), ["pod-not-ready", "service-hides-unready"]);
    }

    #[test]
    fn a_pod_with_other_labels() {
        let mut world = healthy(3);
        world.endpoints.remove(1);
        world.pods[1].labels.insert("app".into(), "spare".into());
        let judged = judged(&world);
        let next = judged.findings[0].violation.next.unwrap_or_default();
        assert!(next.starts_with("their labels do not match"), "{next}");
    }

    #[test]
    fn pods_that_were_created_for_another_service() {
        let mut world = healthy(3);
        rename(&mut world);
        assert_eq!(found(&world), ["endpoint-without-name"]);
        assert_eq!(
            sentence(&world),
            "it gives no name to redis-0, redis-1: they were created for Service old"
        );
    }

    #[test]
    fn an_address_that_is_gone() {
        let mut world = healthy(3);
        let mut old = world.endpoints[2].clone();
        old.addresses = vec!["10.244.9.9".into()];
        old.pod = Some(("redis-2".into(), "dead".into()));
        world.endpoints.push(old);
        assert_eq!(found(&world), ["endpoint-stale"]);
        assert_eq!(
            sentence(&world),
            "DNS gives out 10.244.9.9 for redis-2, which is at 10.244.0.12: \
             clients connect to nobody, or to somebody else"
        );
        world.pods[2].created = ago(5);
        assert_eq!(found(&world), [""; 0]);
    }
}
