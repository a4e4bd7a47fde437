//! Pods that are placed and fail: one rule for each reason.

use super::log;
use super::trouble::{Trouble, message, reason, stopped, trouble};
use crate::model::{Container, Phase, Pod, Run, Seen, Snapshot, Timestamp};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const IMAGE: Rule = rule("pod-image", "the image of a container cannot be had", image);
pub(super) const INIT: Rule = rule("pod-init", "an init container fails", init);
pub(super) const OUT_OF_MEMORY: Rule =
    rule("pod-out-of-memory", "a container was killed because it ran out of memory", out_of_memory);
pub(super) const CRASH_LOOP: Rule =
    rule("pod-crash-loop", "a container ends again and again", crash_loop);
pub(super) const FAILED: Rule = rule("pod-failed", "a pod has ended", failed);
pub(super) const UNKNOWN: Rule =
    rule("pod-unknown", "nobody knows whether a pod runs: its phase is Unknown", unknown);

pub(super) const fn rule(
    id: &'static str,
    about: &'static str,
    check: fn(&Snapshot, &()) -> Seen<Vec<Violation>>,
) -> Rule {
    Rule::new(id, Severity::Error, about, check)
}

pub(super) fn each(
    now: &Snapshot,
    judge: impl Fn(&Pod, Trouble<'_>) -> Option<Violation>,
) -> Seen<Vec<Violation>> {
    let pods = super::staying(now)?;
    Ok(pods.into_iter().filter_map(|pod| judge(pod, trouble(pod)?)).collect())
}

pub(super) fn since_ready(pod: &Pod) -> Option<Timestamp> {
    pod.condition("Ready").and_then(|condition| condition.since).or(pod.created)
}

fn image(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::Image(container) = trouble else { return None };
        let says = "the image {image} of container {container} cannot be had ({reason})";
        let violation = Violation::new(Object::pod(&pod.name), says)
            .with("container", container.name.as_str())
            .with("image", container.image.as_str())
            .with("reason", reason(container).unwrap_or_default())
            .with("message", message(container))
            .since(since_ready(pod));
        Some(if message(container).is_empty() { violation } else { violation.cause("{message}") })
    })
}

fn init(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::Init(container) = trouble else { return None };
        let violation = ended(
            now,
            pod,
            container,
            "init container {container} fails, so the others never start",
        );
        Some(with_log(violation, pod, container))
    })
}

fn out_of_memory(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::OutOfMemory(container, stopped) = trouble else { return None };
        let says = "container {container} was killed because it ran out of memory";
        Some(
            ended(now, pod, container, says)
                .since(stopped.at)
                .next("raise its memory limit, or lower what it may hold (maxmemory, heap)"),
        )
    })
}

/// The command that shows the log of its last life, which is the present one until it starts again.
fn with_log(violation: Violation, pod: &Pod, container: &Container) -> Violation {
    let is_over = container.status.as_ref().is_some_and(|it| matches!(it.run, Run::Stopped(_)));
    if is_over {
        violation.fix(["kubectl", "logs", &pod.name, "-c", &container.name])
    } else {
        violation.fix(["kubectl", "logs", &pod.name, "-c", &container.name, "--previous"])
    }
}

fn crash_loop(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::CrashLoop(container) = trouble else { return None };
        let violation = ended(now, pod, container, "container {container} ends again and again");
        Some(with_log(violation, pod, container))
    })
}

/// The last end of a container as evidence, with what it said before.
fn ended(now: &Snapshot, pod: &Pod, container: &Container, says: &'static str) -> Violation {
    let restarts = container.status.as_ref().map_or(0, |status| status.restarts);
    let violation = Violation::new(Object::pod(&pod.name), says)
        .with("container", container.name.as_str())
        .with("restarts", restarts)
        .since(since_ready(pod));
    let last = container.status.as_ref().and_then(|status| status.last.as_ref());
    let Some(end) = stopped(container).or(last) else { return violation };
    let violation = violation
        .with("reason", end.reason.as_deref().unwrap_or("Error"))
        .with("exit", end.exit_code.unsigned_abs());
    match log::of(now, pod, container) {
        Some(log) => violation
            .with("last_words", log::last_words(log))
            .with("log", log.to_vec())
            .cause("{reason} (exit {exit}), {restarts:restart}; last words: \"{last_words}\""),
        None => violation.cause("{reason} (exit {exit}), {restarts:restart}"),
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

fn unknown(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::Unknown = trouble else { return None };
        let says = "nobody knows whether it runs: the kubelet of {node} does not tell";
        Some(
            Violation::new(Object::pod(&pod.name), says)
                .with("node", pod.node.as_deref().unwrap_or_default())
                .with("reason", pod.reason.as_deref().unwrap_or_default())
                .since(since_ready(pod))
                .next("look at the kubelet of {node}, and at that machine: the pod may still run and write"),
        )
    })
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{Phase, Run, Status, Stopped};
    use crate::rules::tests::{Broken, found, judged, sentence};

    fn broken(status: Status) -> World {
        let mut world = healthy(3);
        set_status(&mut world, status);
        world
    }

    fn fail(world: &mut World, run: Run, last: Option<Stopped>) {
        set_status(world, status(run, last));
    }

    pub(in crate::rules::pod) fn set_status(world: &mut World, status: Status) {
        let pod = &mut world.pods[1];
        pod.containers[0].status = Some(status);
        for condition in
            pod.conditions.iter_mut().filter(|condition| condition.kind.contains("Ready"))
        {
            condition.holds = false;
        }
    }

    fn status(run: Run, last: Option<Stopped>) -> Status {
        Status { ready: false, restarts: 4, run, image_id: String::new(), last }
    }

    fn waits(reason: &str) -> Run {
        Run::Waiting { reason: reason.into(), message: Some("why".into()) }
    }

    fn end(reason: &str, exit_code: i32) -> Stopped {
        Stopped { reason: Some(reason.into()), exit_code, at: ago(20) }
    }

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("pod-image", |world| fail(world, waits("ErrImagePull"), None)),
        ("pod-init", |world| {
            fail(world, waits("PodInitializing"), None);
            let mut init = world.pods[1].containers[0].clone();
            init.status = Some(status(waits("CrashLoopBackOff"), Some(end("Error", 3))));
            world.pods[1].init_containers.push(init);
        }),
        ("pod-out-of-memory", |world| {
            fail(world, waits("CrashLoopBackOff"), Some(end("OOMKilled", 137)));
        }),
        ("pod-crash-loop", |world| fail(world, waits("CrashLoopBackOff"), None)),
        ("pod-failed", |world| world.pods[0].phase = Phase::Failed),
        ("pod-unknown", |world| world.pods[0].phase = Phase::Unknown),
    ];

    #[test]
    fn one_rule_speaks_of_a_pod_that_is_not_ready() {
        for (world, rule, says) in [
            (
                broken(status(waits("ImagePullBackOff"), None)),
                "pod-image",
                "the image redis:7.0 of container redis cannot be had (ImagePullBackOff)",
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
    fn the_last_words_of_a_container_are_in_the_cause() {
        let mut world = broken(status(waits("CrashLoopBackOff"), Some(end("Error", 1))));
        let cause = |world: &World| {
            let judged = crate::rules::tests::judged(world);
            let violation = &judged.findings[0].violation;
            crate::rules::tests::fill(violation.cause.unwrap_or_default(), violation)
        };
        assert_eq!(cause(&world), "Error (exit 1), {restarts:restart}");
        let key = ("uid-redis-1".to_owned(), "redis".to_owned());
        let log = vec!["Ready".to_owned(), "Sorry, the file is in use".to_owned(), String::new()];
        world.details.logs.insert(key.clone(), Ok(log));
        let expected =
            "Error (exit 1), {restarts:restart}; last words: \"Sorry, the file is in use\"";
        assert_eq!(cause(&world), expected);
        let unread = crate::model::Unread::not_asked("read the log");
        world.details.logs.insert(key, Err(unread));
        assert_eq!(cause(&world), "Error (exit 1), {restarts:restart}");
    }

    #[test]
    fn the_log_to_look_at_is_that_of_the_last_life() {
        let last_word = |run: Run| {
            let judged = judged(&broken(status(run, Some(end("Error", 1)))));
            let fix = judged.findings[0].violation.fix[0].clone();
            fix.last().cloned().unwrap_or_default()
        };
        assert_eq!(last_word(waits("CrashLoopBackOff")), "--previous");
        assert_eq!(last_word(Run::Stopped(end("Error", 1))), "redis");
    }

    #[test]
    fn an_init_container_that_fails() {
        let mut world = broken(status(waits("PodInitializing"), None));
        let mut init = world.pods[1].containers[0].clone();
        init.name = "prepare".into();
        init.status = Some(status(waits("CrashLoopBackOff"), Some(end("Error", 3))));
        world.pods[1].init_containers.push(init);
        assert_eq!(found(&world), ["pod-init"]);
        // Also while it tries again.
        let again = status(Run::Running { since: ago(1) }, Some(end("Error", 3)));
        world.pods[1].init_containers[0].status = Some(again);
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
