//! A scale-down that cannot go on, and a set without pods.

use super::is_failing;
use crate::controller::{Action, Blocked, next_action};
use crate::model::{RetentionPolicy, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const DEADLOCK: Rule = Rule::new(
    "scale-down-deadlock",
    Severity::Error,
    "two pods that are to go are not ready, and each keeps the other from going",
    deadlock,
);

pub(super) const AT_ZERO: Rule =
    Rule::new("scaled-to-zero", Severity::Info, "the set asks for no pods", at_zero);

fn deadlock(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Action::Blocked(Blocked::Deadlock { higher, lower }) = next_action(now)? else {
        return Ok(Vec::new());
    };
    let (Some(pod), Some(other)) = (now.pod(higher)?, now.pod(lower)?) else {
        return Ok(Vec::new());
    };
    if !(is_failing(now, pod) && is_failing(now, other)) {
        return Ok(Vec::new());
    }
    let says = "it is to go and is not ready, and neither is {lower}: the controller deletes neither of them";
    let ready = pod.condition("Ready").and_then(|ready| ready.since);
    let violation = Violation::new(Object::pod(&pod.name), says)
        .with("lower", other.name.as_str())
        .with("replicas", now.set.replicas)
        .since(ready.or(pod.created));
    // To paste it must not cost data.
    Ok(vec![match now.set.retention.when_scaled {
        RetentionPolicy::Retain => violation
            .next("the scale-down goes on when it is deleted by hand")
            .fix(["kubectl", "delete", "pod", &pod.name]),
        RetentionPolicy::Delete => violation.next(
            "the scale-down goes on when it is deleted by hand, and its claim goes with it (whenScaled: Delete)",
        ),
    }])
}

/// With claims that wait for it, they are what is to be told.
fn at_zero(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.replicas > 0 || now.set.deleting.is_some() || !now.claims()?.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Violation::new(Object::set(&now.set.name), "it is scaled to 0: it has no pods")])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::RetentionPolicy;
    use crate::model::example::{World, ago, healthy};
    use crate::rules::tests::{Broken, found, judged};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("scale-down-deadlock", |world| {
            world.set.replicas = 1;
            unready(world, 1);
            unready(world, 2);
        }),
        ("scaled-to-zero", |world| {
            world.set.replicas = 0;
            world.pods.clear();
            world.claims.clear();
        }),
    ];

    fn unready(world: &mut World, index: usize) {
        for condition in world.pods[index].conditions.iter_mut().filter(|it| it.kind == "Ready") {
            condition.holds = false;
            condition.since = ago(90);
        }
    }

    #[test]
    fn two_broken_pods_that_are_to_go() {
        let mut world = healthy(4);
        world.set.replicas = 2;
        unready(&mut world, 2);
        assert_eq!(found(&world), ["pod-out-of-range"; 2]);
        unready(&mut world, 3);
        assert_eq!(found(&world), ["scale-down-deadlock"]);
        let fix = judged(&world).findings[0].violation.fix.clone();
        assert_eq!(fix, [["kubectl", "delete", "pod", "redis-3"]]);
        world.set.retention.when_scaled = RetentionPolicy::Delete;
        assert_eq!(judged(&world).findings[0].violation.fix, [[""; 0]; 0]);
    }

    #[test]
    fn a_set_at_zero_is_told_once() {
        let mut world = healthy(3);
        world.set.replicas = 0;
        world.pods.clear();
        assert_eq!(found(&world), ["claim-parked"]);
        world.claims.clear();
        assert_eq!(found(&world), ["scaled-to-zero"]);
    }
}
