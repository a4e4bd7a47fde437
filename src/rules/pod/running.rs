//! Pods that run and are ready, and of which something is still to be said.

use super::staying;
use crate::model::{Condition, Container, Pod, Seen, Snapshot, Status, Value};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const RESTARTED: Rule = Rule::new(
    "pod-restarted",
    Severity::Warning,
    "a container of a ready pod ended and started again a short time ago",
    restarted,
);

pub(super) const NOT_AVAILABLE: Rule = Rule::new(
    "pod-not-available",
    Severity::Info,
    "a pod is ready, and not yet for minReadySeconds",
    not_available,
);

pub(super) const RESIZE_PENDING: Rule = Rule::new(
    "pod-resize-pending",
    Severity::Warning,
    "a pod was to get other resources in place, and its node does not give them",
    resize_pending,
);

/// A restart that is longer ago than this is over.
const RECENT_SECONDS: i64 = 600;

fn ready(now: &Snapshot) -> Seen<impl Iterator<Item = &Pod>> {
    Ok(staying(now)?.into_iter().filter(|pod| pod.is_ready()))
}

fn restarted(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let all =
        ready(now)?.flat_map(|pod| pod.containers.iter().map(move |container| (pod, container)));
    Ok(all.filter_map(|(pod, container)| restart(now, pod, container)).collect())
}

fn restart(now: &Snapshot, pod: &Pod, container: &Container) -> Option<Violation> {
    let Status { restarts: 1.., last: Some(end), .. } = container.status.as_ref()? else {
        return None;
    };
    let age = now.at.duration_since(end.at?).as_secs();
    let says = "it is ready, and its container {container} ended {ago} ago";
    let restarts = container.status.as_ref().map_or(0, |status| status.restarts);
    let violation = Violation::new(Object::pod(&pod.name), says)
        .with("container", container.name.as_str())
        .with("ago", Value::Seconds(age))
        .with("restarts", restarts)
        .with("reason", end.reason.as_deref().unwrap_or("Error"))
        .with("exit", end.exit_code.unsigned_abs())
        .since(end.at)
        .cause("{reason} (exit {exit}), {restarts:restart}")
        .fix(["kubectl", "logs", &pod.name, "-c", &container.name, "--previous"]);
    (age < RECENT_SECONDS).then_some(violation)
}

fn not_available(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let seconds = now.set.min_ready_seconds;
    let pods = ready(now)?.filter(|pod| !pod.is_available(seconds, now.at));
    Ok(pods
        .map(|pod| {
            let says = "it is ready, and counts as available when it has been for {min_ready}";
            Violation::new(Object::pod(&pod.name), says)
                .with("min_ready", Value::Seconds(seconds.into()))
                .since(pod.condition("Ready").and_then(|condition| condition.since))
        })
        .collect())
}

fn resize_pending(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pods = staying(now)?.into_iter();
    Ok(pods
        .filter_map(|pod| {
            let condition =
                pod.condition("PodResizePending").filter(|condition| condition.holds)?;
            Some(pending_resize(pod, condition))
        })
        .collect())
}

fn pending_resize(pod: &Pod, condition: &Condition) -> Violation {
    let is_infeasible = condition.reason.as_deref() == Some("Infeasible");
    let (says, next) = if is_infeasible {
        (
            "its new resources are more than node {node} has: it runs on with the old ones",
            "ask for less, or move it to a larger node",
        )
    } else {
        (
            "its new resources wait until node {node} has them: it runs on with the old ones",
            "they come when other pods leave {node}",
        )
    };
    let violation = Violation::new(Object::pod(&pod.name), says)
        .with("node", pod.node.as_deref().unwrap_or_default())
        .with("reason", condition.reason.as_deref().unwrap_or_default())
        .since(condition.since)
        .next(next);
    match &condition.message {
        Some(message) => violation.with("message", message.as_str()).cause("{message}"),
        None => violation,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{Condition, Stopped};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("pod-restarted", |world| restart(world, 60)),
        ("pod-not-available", |world| world.set.min_ready_seconds = 4000),
        ("pod-resize-pending", |world| resize(world, "Deferred")),
    ];

    fn restart(world: &mut World, seconds: i64) {
        let status = world.pods[1].containers[0].status.as_mut().expect("a status");
        status.restarts = 2;
        status.last =
            Some(Stopped { reason: Some("Error".into()), exit_code: 1, at: ago(seconds) });
    }

    fn resize(world: &mut World, reason: &str) {
        world.pods[1].conditions.push(Condition {
            kind: "PodResizePending".into(),
            holds: true,
            reason: Some(reason.into()),
            message: Some("Node didn't have enough capacity: cpu".into()),
            since: ago(9),
        });
    }

    #[test]
    fn a_restart_is_told_for_a_while() {
        let mut world = healthy(3);
        restart(&mut world, 60);
        assert_eq!(found(&world), ["pod-restarted"]);
        restart(&mut world, 900);
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn resources_that_the_node_does_not_have() {
        let mut world = healthy(3);
        resize(&mut world, "Infeasible");
        assert_eq!(found(&world), ["pod-resize-pending"]);
        let says = "its new resources are more than node node-2 has: it runs on with the old ones";
        assert_eq!(sentence(&world), says);
    }
}
