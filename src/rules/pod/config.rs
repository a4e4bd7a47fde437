//! Containers that cannot be made or started: what the pod refers to is missing, or its command is no program.

use super::failing::{each, rule, since_ready};
use super::trouble::{Trouble, reason, why_not_started};
use crate::model::{Container, Pod, Seen, Snapshot};
use crate::rules::{Object, Rule, Violation};

pub(super) const CONFIG: Rule =
    rule("pod-config", "a container cannot be made or started from what the pod says", config);

fn config(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Trouble::Config(container) = trouble else { return None };
        let message = message(now, pod, container);
        let why = shortened(message);
        let violation = Violation::new(
            Object::pod(&pod.name),
            "container {container} cannot be started: {why}",
        )
        .with("container", container.name.as_str())
        .with("image", container.image.as_str())
        .with("reason", reason(container).unwrap_or_default())
        .with("message", message)
        .with("why", why)
        .since(since_ready(pod));
        Some(match (program(message), hint(message)) {
            (Some(program), Some(next)) => violation.with("program", program).next(next),
            (None, Some(next)) => violation.next(next),
            (_, None) => violation,
        })
    })
}

/// The kubelet's words: of the container while it tries, and of its last event while it waits to try again.
fn message<'a>(now: &'a Snapshot, pod: &'a Pod, container: &'a Container) -> &'a str {
    let event = || now.events_of(&pod.uid).filter(|event| event.reason == "Failed").last();
    why_not_started(container)
        .filter(|message| !message.is_empty())
        .or_else(|| event().map(|event| event.message.trim_start_matches("Error: ")))
        .unwrap_or("the kubelet does not say why")
}

/// Without the names of those who hand the error on: containerd, its shim, runc.
fn shortened(message: &str) -> &str {
    const HANDED_ON: [&str; 3] = [
        "error during container init: ",
        "unable to start container process: ",
        "runc create failed: ",
    ];
    let after = |words: &&str| message.split_once(words).map(|(_, after)| after);
    HANDED_ON.iter().find_map(after).unwrap_or(message).trim_end_matches(": unknown")
}

/// The program of `exec: "/conf/": permission denied`.
fn program(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("exec: \"")?;
    Some(rest.split_once('"')?.0)
}

fn hint(message: &str) -> Option<&'static str> {
    const OF_PROGRAM: [(&str, &str); 4] = [
        (
            "permission denied",
            "the command names something that is not a program: {program} is a folder, or a file that may not be executed",
        ),
        (
            "is a directory",
            "the command names something that is not a program: {program} is a folder",
        ),
        (
            "executable file not found",
            "the image has no program {program}: look at the command of the container",
        ),
        (
            "no such file or directory",
            "the image has no program {program}, or not what that needs to run: look at the command of the container",
        ),
    ];
    const OTHERS: [(&str, &str); 5] = [
        ("couldn't find key", "add that key, or refer to one that is there"),
        (
            "configmap \"",
            "create that ConfigMap in the namespace of the pod, or correct its name in the template",
        ),
        (
            "secret \"",
            "create that Secret in the namespace of the pod, or correct its name in the template",
        ),
        ("runAsNonRoot", "the image runs as root, and runAsNonRoot forbids that: set runAsUser"),
        (
            "not a directory",
            "a file is mounted on a folder, or a folder on a file: look at subPath",
        ),
    ];
    let of = |hints: &'static [(&str, &str)]| {
        hints.iter().find(|(words, _)| message.contains(words)).map(|(_, next)| *next)
    };
    if program(message).is_some() { of(&OF_PROGRAM) } else { of(&OTHERS) }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{Event, Run, Status, Stopped};
    use crate::rules::pod::failing::tests::set_status;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("pod-config", |world| wait(world, "RunContainerError", "no", None))];

    const DENIED: &str = "failed to create containerd task: failed to create shim task: OCI runtime create failed: \
                          runc create failed: unable to start container process: error during container init: \
                          exec: \"/conf/\": permission denied";

    fn wait(world: &mut World, reason: &str, message: &str, last: Option<Stopped>) {
        let run = Run::Waiting { reason: reason.into(), message: Some(message.into()) };
        set_status(world, Status { ready: false, restarts: 4, run, image_id: String::new(), last });
    }

    fn next(world: &World) -> &'static str {
        judged(world).findings[0].violation.next.unwrap_or_default()
    }

    #[test]
    fn a_command_that_is_a_folder() {
        let mut world = healthy(3);
        wait(&mut world, "RunContainerError", DENIED, None);
        let says = "container redis cannot be started: exec: \"/conf/\": permission denied";
        assert_eq!(found(&world), ["pod-config"]);
        assert_eq!(sentence(&world), says);
        assert!(next(&world).starts_with("the command names something that is not a program"));

        // Between two tries only the last end and an event say so.
        let end = Stopped { reason: Some("StartError".into()), exit_code: 128, at: ago(20) };
        wait(&mut world, "CrashLoopBackOff", "back-off 40s restarting failed container", Some(end));
        assert_eq!(found(&world), ["pod-config"]);
        world.events.push(Event {
            namespace: "shop".into(),
            object_kind: "Pod".into(),
            object_name: "redis-1".into(),
            object_uid: "uid-redis-1".into(),
            reason: "Failed".into(),
            message: format!("Error: {DENIED}"),
            count: 3,
            last: ago(20),
        });
        assert_eq!(sentence(&world), says);
    }

    #[test]
    fn what_a_container_refers_to_is_missing() {
        let mut world = healthy(3);
        let message = "couldn't find key wanted in ConfigMap shop/settings";
        wait(&mut world, "CreateContainerConfigError", message, None);
        assert_eq!(sentence(&world), format!("container redis cannot be started: {message}"));
        assert!(next(&world).starts_with("add that key"));
        wait(&mut world, "CreateContainerConfigError", "secret \"login\" not found", None);
        assert!(next(&world).starts_with("create that Secret"));
    }
}
