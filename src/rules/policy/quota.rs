//! ResourceQuotas of the namespace, weighed against one more pod. Those that count only some pods are left out.

use crate::model::{
    ClaimTemplate, Container, Operation, Pod, Quota, QuotaLimit, Seen, Snapshot, Value,
};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const EXCEEDED: Rule = Rule::new(
    "quota-exceeded",
    Severity::Warning,
    "a quota is exceeded already: a pod that goes is not created again",
    exceeded,
)
.blocks(&[Operation::ScaleUp, Operation::Rollout, Operation::Drain]);

pub(super) const NO_ROOM: Rule = Rule::new(
    "quota-leaves-no-room",
    Severity::Warning,
    "a quota leaves no room for one more pod and its claims",
    no_room,
)
.blocks(&[Operation::ScaleUp]);

fn exceeded(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let says = "it allows {hard} of {resource} and {used} are used: a pod of {set} that goes is not created again";
    let pod = &now.set.template.pod;
    let told = is_told(now);
    let broken = limits(now)?.filter(|(_, limit)| limit.used > limit.hard);
    // A pod that comes back brings no new claim.
    let broken =
        broken.filter(|(_, it)| !told && of_pod(pod, &it.resource).is_some_and(|it| it > 0));
    Ok(broken.map(|(quota, limit)| describe(now, quota, limit, says)).collect())
}

fn no_room(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let says = "of {resource} {used} of {hard} are used, and one more pod takes {needed}: a scale-up of {set} is refused";
    let pod = &now.set.template.pod;
    let claims = new_claims(now)?;
    let told = is_told(now);
    let short = limits(now)?.filter_map(|(quota, limit)| {
        let needed = of_pod(pod, &limit.resource)
            .or_else(|| of_claims(now, &claims, &limit.resource))
            .filter(|it| *it > 0 && !told)?;
        let is_short = limit.used <= limit.hard && limit.hard - limit.used < needed;
        let violation = describe(now, quota, limit, says);
        is_short.then(|| violation.with("needed", amount(&limit.resource, needed)))
    });
    Ok(short.collect())
}

/// The controller was refused for it, and a rule about its pods says so.
fn is_told(now: &Snapshot) -> bool {
    let mut events = now.events_of(&now.set.uid);
    let is_missing = now.ordinals().is_ok_and(|all| all.iter().any(|it| it.pod.is_none()));
    is_missing
        && events.any(|it| it.reason == "FailedCreate" && it.message.contains("exceeded quota"))
}

fn limits(now: &Snapshot) -> Seen<impl Iterator<Item = (&Quota, &QuotaLimit)>> {
    let all = now.shared.quotas.as_ref().map_err(Clone::clone)?;
    let its = all.iter().filter(|it| it.namespace == now.set.namespace && !it.is_scoped);
    Ok(its.flat_map(|quota| quota.limits.iter().map(move |limit| (quota, limit))))
}

fn describe(now: &Snapshot, quota: &Quota, limit: &QuotaLimit, says: &'static str) -> Violation {
    Violation::new(Object::quota(&quota.name), says)
        .with("resource", limit.resource.as_str())
        .with("used", amount(&limit.resource, limit.used))
        .with("hard", amount(&limit.resource, limit.hard))
        .with("set", now.set.name.as_str())
}

fn amount(resource: &str, amount: u64) -> Value {
    if resource.ends_with("cpu") {
        return Value::Text(format!("{amount}m"));
    }
    if resource.ends_with("memory") || resource.ends_with("requests.storage") {
        return Value::Bytes(amount);
    }
    Value::Count(amount)
}

/// What one pod takes of a resource; None for one that pods do not take.
fn of_pod(pod: &Pod, resource: &str) -> Option<u64> {
    match resource {
        "pods" | "count/pods" => Some(1),
        "cpu" | "requests.cpu" => {
            Some(sum(pod, |it| it.requests.cpu_millis.or(it.limits.cpu_millis)))
        }
        "memory" | "requests.memory" => {
            Some(sum(pod, |it| it.requests.memory.or(it.limits.memory)))
        }
        "limits.cpu" => Some(sum(pod, |it| it.limits.cpu_millis)),
        "limits.memory" => Some(sum(pod, |it| it.limits.memory)),
        _ => None,
    }
}

/// Init containers run one after the other, before the rest.
fn sum(pod: &Pod, of: impl Fn(&Container) -> Option<u64>) -> u64 {
    let lasting: u64 = pod.lasting_containers().filter_map(&of).sum();
    let first = pod.init_containers.iter().filter_map(&of).max();
    lasting.max(first.unwrap_or(0))
}

/// The claims that are made with one more pod: some may be there already, kept from before.
fn new_claims(now: &Snapshot) -> Seen<Vec<&ClaimTemplate>> {
    let next = now.set.ordinals().end;
    let mut new = Vec::new();
    for template in &now.set.claim_templates {
        if now.claim(&template.name, next)?.is_none() {
            new.push(template);
        }
    }
    Ok(new)
}

fn of_claims(now: &Snapshot, claims: &[&ClaimTemplate], resource: &str) -> Option<u64> {
    let (class, resource) = match resource.split_once(".storageclass.storage.k8s.io/") {
        Some((class, resource)) => (Some(class), resource),
        None => (None, resource),
    };
    let default = now.shared.classes.iter().flatten().find(|it| it.is_default);
    let default = default.map(|it| it.name.as_str());
    let is_counted = |claim: &&&ClaimTemplate| {
        class.is_none_or(|class| claim.class.as_deref().or(default) == Some(class))
    };
    let counted = claims.iter().filter(is_counted);
    match resource {
        "persistentvolumeclaims" | "count/persistentvolumeclaims" => Some(counted.count() as u64),
        "requests.storage" => Some(counted.filter_map(|claim| claim.request).sum()),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, claim, healthy};
    use crate::model::{Event, Quota, QuotaLimit};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("quota-exceeded", |world| limit(world, "pods", 2, 3)),
        ("quota-leaves-no-room", |world| limit(world, "pods", 3, 3)),
    ];

    fn limit(world: &mut World, resource: &str, hard: u64, used: u64) {
        world.quotas = vec![Quota {
            namespace: "shop".into(),
            name: "small".into(),
            limits: vec![QuotaLimit { resource: resource.into(), hard, used }],
            is_scoped: false,
        }];
    }

    #[test]
    fn room_for_one_more_pod() {
        // A pod asks for 100m, 64Mi and a claim of 1Gi of class standard.
        const GI: u64 = 1 << 30;
        for (resource, room, none) in [
            ("pods", 1, 0),
            ("requests.cpu", 100, 99),
            ("cpu", 100, 99),
            ("requests.memory", 64 << 20, 63 << 20),
            ("persistentvolumeclaims", 1, 0),
            ("requests.storage", GI, GI - 1),
            ("standard.storageclass.storage.k8s.io/requests.storage", GI, 0),
            ("standard.storageclass.storage.k8s.io/persistentvolumeclaims", 1, 0),
        ] {
            let mut world = healthy(3);
            limit(&mut world, resource, 4 * GI + room, 4 * GI);
            assert_eq!(found(&world), [""; 0], "{resource}");
            limit(&mut world, resource, 4 * GI + none, 4 * GI);
            assert_eq!(found(&world), ["quota-leaves-no-room"], "{resource}");
        }
    }

    #[test]
    fn what_a_pod_does_not_take_is_not_short() {
        for resource in
            ["limits.cpu", "services", "fast.storageclass.storage.k8s.io/requests.storage"]
        {
            let mut world = healthy(3);
            limit(&mut world, resource, 3, 3);
            assert_eq!(found(&world), [""; 0], "{resource}");
        }
        let mut world = healthy(3);
        limit(&mut world, "pods", 3, 3);
        world.quotas[0].is_scoped = true;
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_claim_that_was_kept_takes_no_more() {
        let mut world = healthy(3);
        limit(&mut world, "persistentvolumeclaims", 4, 4);
        world.claims.push(claim(&world.set, 3));
        assert_eq!(found(&world), ["claim-left-behind"]);
    }

    #[test]
    fn a_quota_that_was_lowered() {
        let mut world = healthy(3);
        limit(&mut world, "pods", 2, 3);
        assert_eq!(found(&world), ["quota-exceeded"]);
        assert_eq!(
            sentence(&world),
            "it allows 2 of pods and 3 are used: a pod of redis that goes is not created again"
        );
    }

    #[test]
    fn what_the_controller_was_told_is_told_once() {
        let mut world = healthy(3);
        limit(&mut world, "pods", 3, 3);
        world.pods.pop();
        world.events.push(Event {
            namespace: "shop".into(),
            object_kind: "StatefulSet".into(),
            object_name: "redis".into(),
            object_uid: "set-uid".into(),
            reason: "FailedCreate".into(),
            message: "create Pod redis-2 failed: exceeded quota: small".into(),
            count: 12,
            last: ago(5),
        });
        assert_eq!(found(&world), ["ordinal-missing"]);
    }
}
