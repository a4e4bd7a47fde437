//! Pods that are placed and do not become ready: one rule for each reason, and one for what is left.

use super::trouble::{Trouble, is_config, is_image, message, reason, stopped, trouble};
use crate::model::{Container, Phase, Pod, Run, Seen, Snapshot};
use crate::rules::{Info, Object, Rule, Severity, Violation};

pub(super) const IMAGE: Rule =
    rule("pod-image", "the image of a container cannot be had", |now, ()| {
        waiting(now, is_image, IMAGE_SAYS)
    });
pub(super) const CONFIG: Rule =
    rule("pod-config", "a container cannot be made from what the pod refers to", |now, ()| {
        waiting(now, is_config, "container {container} cannot be created: {message}")
    });
pub(super) const INIT: Rule = rule("pod-init", "an init container fails", init);
pub(super) const OUT_OF_MEMORY: Rule =
    rule("pod-out-of-memory", "a container was killed because it ran out of memory", out_of_memory);
pub(super) const CRASH_LOOP: Rule =
    rule("pod-crash-loop", "a container ends again and again", crash_loop);
pub(super) const FAILED: Rule = rule("pod-failed", "a pod has ended", failed);
pub(super) const NOT_READY: Rule =
    rule("pod-not-ready", "a pod runs and is not ready, or is still starting", not_ready);

const IMAGE_SAYS: &str = "the image {image} of container {container} cannot be had ({reason})";

const fn rule(
    id: &'static str,
    about: &'static str,
    check: fn(&Snapshot, &()) -> Seen<Vec<Violation>>,
) -> Rule {
    Rule { info: Info { id, severity: Severity::Error, about }, check }
}

fn each(
    now: &Snapshot,
    judge: impl Fn(&Pod, Trouble<'_>) -> Option<Violation>,
) -> Seen<Vec<Violation>> {
    let pods = super::staying(now)?;
    Ok(pods.into_iter().filter_map(|pod| judge(pod, trouble(pod)?)).collect())
}

fn since_ready(pod: &Pod) -> Option<crate::model::Timestamp> {
    pod.condition("Ready").and_then(|condition| condition.since).or(pod.created)
}

fn waiting(now: &Snapshot, is: fn(&str) -> bool, says: &'static str) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let (Trouble::Image(container) | Trouble::Config(container)) = trouble else { return None };
        let reason = reason(container).filter(|reason| is(reason))?;
        let violation = Violation::new(Object::pod(&pod.name), says)
            .with("container", container.name.as_str())
            .with("image", container.image.as_str())
            .with("reason", reason)
            .with("message", message(container))
            .since(since_ready(pod));
        Some(if message(container).is_empty() { violation } else { violation.cause("{message}") })
    })
}

fn init(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::Init(container) = trouble else { return None };
        let violation =
            ended(pod, container, "init container {container} fails, so the others never start");
        Some(violation.fix(["kubectl", "logs", &pod.name, "-c", &container.name, "--previous"]))
    })
}

fn out_of_memory(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::OutOfMemory(container, stopped) = trouble else { return None };
        let says = "container {container} was killed because it ran out of memory";
        Some(
            ended(pod, container, says)
                .since(stopped.at)
                .next("raise its memory limit, or lower what it may hold (maxmemory, heap)"),
        )
    })
}

fn crash_loop(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::CrashLoop(container) = trouble else { return None };
        let violation = ended(pod, container, "container {container} ends again and again");
        Some(violation.fix(["kubectl", "logs", &pod.name, "-c", &container.name, "--previous"]))
    })
}

/// The last end of a container as evidence.
fn ended(pod: &Pod, container: &Container, says: &'static str) -> Violation {
    let restarts = container.status.as_ref().map_or(0, |status| status.restarts);
    let violation = Violation::new(Object::pod(&pod.name), says)
        .with("container", container.name.as_str())
        .with("restarts", restarts)
        .since(since_ready(pod));
    let last = container.status.as_ref().and_then(|status| status.last.as_ref());
    match stopped(container).or(last) {
        Some(stopped) => violation
            .with("reason", stopped.reason.as_deref().unwrap_or("Error"))
            .with("exit", stopped.exit_code.unsigned_abs())
            .cause("{reason} (exit {exit}), {restarts:restart}"),
        None => violation,
    }
}

fn failed(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::Failed = trouble else { return None };
        let word = if pod.phase == Phase::Succeeded { "Succeeded" } else { "Failed" };
        Some(
            Violation::new(Object::pod(&pod.name), "it has ended ({phase}): {reason}")
                .with("phase", word)
                .with(
                    "reason",
                    pod.reason.as_deref().or(pod.message.as_deref()).unwrap_or("no reason given"),
                )
                .since(since_ready(pod))
                .next("the controller deletes it and creates it anew"),
        )
    })
}

fn not_ready(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::NotReady = trouble else { return None };
        let unready =
            pod.containers.iter().find(|c| c.status.as_ref().is_none_or(|status| !status.ready));
        let runs = |c: &&Container| {
            c.status.as_ref().is_some_and(|s| matches!(s.run, Run::Running { .. }))
        };
        // The kubelet's own words: a failed probe, a volume that does not mount.
        let event = now.events_of(&pod.uid).filter(|event| event.reason != "BackOff").last();
        let says = match unready {
            Some(container) if runs(&container) => "container {container} runs and is not ready",
            Some(_) => "container {container} has not started yet",
            None => "its containers are ready, and the pod is not: {gates}",
        };
        let mut violation = Violation::new(Object::pod(&pod.name), says).since(since_ready(pod));
        if let Some(container) = unready {
            violation = violation.with("container", container.name.as_str());
        } else {
            violation = violation.with("gates", pod.readiness_gates.clone());
        }
        Some(match event {
            Some(event) => violation.with("event", event.message.as_str()).cause("{event}"),
            None => violation,
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{Phase, Run, Status, Stopped};
    use crate::rules::tests::{found, sentence};

    fn broken(status: Status) -> World {
        let mut world = healthy(3);
        let pod = &mut world.pods[1];
        pod.containers[0].status = Some(status);
        for condition in
            pod.conditions.iter_mut().filter(|condition| condition.kind.contains("Ready"))
        {
            condition.holds = false;
        }
        world
    }

    fn status(run: Run, last: Option<Stopped>) -> Status {
        Status { ready: false, restarts: 4, run, last }
    }

    fn waits(reason: &str) -> Run {
        Run::Waiting { reason: reason.into(), message: Some("why".into()) }
    }

    fn end(reason: &str, exit_code: i32) -> Stopped {
        Stopped { reason: Some(reason.into()), exit_code, at: ago(20) }
    }

    #[test]
    fn one_rule_speaks_of_a_pod_that_is_not_ready() {
        for (world, rule, says) in [
            (
                broken(status(waits("ImagePullBackOff"), None)),
                "pod-image",
                "the image redis:7.0 of container redis cannot be had (ImagePullBackOff)",
            ),
            (
                broken(status(waits("CreateContainerConfigError"), None)),
                "pod-config",
                "container redis cannot be created: why",
            ),
            (
                broken(status(waits("CrashLoopBackOff"), Some(end("Error", 1)))),
                "pod-crash-loop",
                "container redis ends again and again",
            ),
            (
                broken(status(waits("CrashLoopBackOff"), Some(end("OOMKilled", 137)))),
                "pod-out-of-memory",
                "container redis was killed because it ran out of memory",
            ),
            (
                broken(status(Run::Running { since: ago(9) }, None)),
                "pod-not-ready",
                "container redis runs and is not ready",
            ),
            (
                broken(status(waits("ContainerCreating"), None)),
                "pod-not-ready",
                "container redis has not started yet",
            ),
        ] {
            assert_eq!(found(&world), [rule]);
            assert_eq!(sentence(&world), says);
        }
    }

    #[test]
    fn an_init_container_that_fails() {
        let mut world = broken(status(waits("PodInitializing"), None));
        let mut init = world.pods[1].containers[0].clone();
        init.name = "prepare".into();
        init.status = Some(status(waits("CrashLoopBackOff"), Some(end("Error", 3))));
        world.pods[1].init_containers.push(init);
        assert_eq!(found(&world), ["pod-init"]);
    }

    #[test]
    fn a_pod_that_has_ended() {
        let mut world = healthy(3);
        world.pods[0].phase = Phase::Failed;
        world.pods[0].reason = Some("Evicted".into());
        assert_eq!(found(&world), ["pod-failed"]);
        assert_eq!(sentence(&world), "it has ended (Failed): Evicted");
    }
}
