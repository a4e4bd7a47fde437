//! Pods that have a node and are not ready, and in which nothing has failed: they start, they wait for a volume, or
//! they run and do not answer.

use super::failing::{each, since_ready};
use super::trouble::Trouble;
use crate::model::{Container, Event, Operation, Pod, Run, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const VOLUME: Rule = Rule::new(
    "pod-volume",
    Severity::Error,
    "a pod cannot start because a volume of it cannot be mounted",
    volume,
);

pub(super) const STARTING: Rule = Rule::new(
    "pod-starting",
    Severity::Warning,
    "a pod has just been created and is not ready yet",
    starting,
)
.blocks(Operation::ALL);

pub(super) const NOT_READY: Rule = Rule::new(
    "pod-not-ready",
    Severity::Error,
    "a pod runs and is not ready, or takes long to start",
    not_ready,
);

/// So long a new pod may take to become ready before anybody worries.
const GRACE_SECONDS: i64 = 30;

/// What keeps such a pod; None where its node is lost, which is told once for all its pods.
enum Wait<'a> {
    Volume(&'a Event),
    Starting,
    /// With the newest of the kubelet's complaints: a probe that fails.
    NotReady(Option<&'a Event>),
}

fn wait<'a>(now: &'a Snapshot, pod: &'a Pod, trouble: Trouble<'_>) -> Option<Wait<'a>> {
    let Trouble::NotReady = trouble else { return None };
    if is_on_lost_node(now, pod) {
        return None;
    }
    let event = now.events_of(&pod.uid).filter(|event| is_telling(event)).last();
    let has_begun = pod.init_containers.iter().chain(&pod.containers).any(has_run);
    Some(match event {
        Some(event) if is_of_volume(event) && !has_begun => Wait::Volume(event),
        None if is_new(now, pod) => Wait::Starting,
        event => Wait::NotReady(event),
    })
}

fn is_on_lost_node(now: &Snapshot, pod: &Pod) -> bool {
    let (Some(name), Ok(nodes)) = (&pod.node, &now.shared.nodes) else { return false };
    nodes.iter().find(|node| node.name == *name).is_none_or(|node| !node.is_ready)
}

fn is_of_volume(event: &Event) -> bool {
    ["FailedMount", "FailedAttachVolume", "FailedMapVolume"].contains(&event.reason.as_str())
}

/// What the scheduler said is over: the pod has a node.
fn is_telling(event: &Event) -> bool {
    !["BackOff", "FailedScheduling"].contains(&event.reason.as_str())
}

fn has_run(container: &Container) -> bool {
    container.status.as_ref().is_some_and(|status| {
        status.restarts > 0 || status.last.is_some() || !matches!(status.run, Run::Waiting { .. })
    })
}

/// Created, or given a node, a moment ago; and nothing of it has had to start again.
fn is_new(now: &Snapshot, pod: &Pod) -> bool {
    let placed = pod.condition("PodScheduled").and_then(|condition| condition.since);
    let began = placed.max(pod.created);
    let restarts = |c: &Container| c.status.as_ref().is_some_and(|status| status.restarts > 0);
    began.is_some_and(|began| now.at.duration_since(began).as_secs() < GRACE_SECONDS)
        && !pod.init_containers.iter().chain(&pod.containers).any(restarts)
}

fn volume(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Wait::Volume(event) = wait(now, pod, trouble)? else { return None };
        let violation = Violation::new(
            Object::pod(&pod.name),
            "it cannot start on {node}: a volume of it cannot be mounted",
        )
        .with("node", pod.node.as_deref().unwrap_or_default())
        .with("reason", event.reason.as_str())
        .with("event", event.message.as_str())
        .since(since_ready(pod))
        .cause("{event}");
        Some(match hint(&event.message) {
            Some(next) => violation.next(next),
            None => violation,
        })
    })
}

/// What the words of the kubelet, or of the attach controller, call for.
fn hint(message: &str) -> Option<&'static str> {
    const HINTS: [(&str, &str); 5] = [
        (
            "Multi-Attach",
            "another node still holds the volume: it is let go when the pod there is gone, and 6 minutes after that node \
             was lost",
        ),
        (
            "configmap \"",
            "create that ConfigMap in the namespace of the pod, or correct its name in the template",
        ),
        (
            "secret \"",
            "create that Secret in the namespace of the pod, or correct its name in the template",
        ),
        (
            "references non-existent secret key",
            "add that key to the Secret, or refer to one that is there",
        ),
        (
            "references non-existent config key",
            "add that key to the ConfigMap, or refer to one that is there",
        ),
    ];
    HINTS.iter().find(|(words, _)| message.contains(words)).map(|(_, next)| *next)
}

fn starting(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Wait::Starting = wait(now, pod, trouble)? else { return None };
        let says = "it has just been created and is not ready yet";
        Some(
            Violation::new(Object::pod(&pod.name), says)
                .since(pod.created)
                .next("look again in a moment"),
        )
    })
}

fn not_ready(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    each(now, |pod, trouble| {
        let Wait::NotReady(event) = wait(now, pod, trouble)? else { return None };
        let violation = unready(pod).since(since_ready(pod));
        Some(match event {
            Some(event) => violation.with("event", event.message.as_str()).cause("{event}"),
            None => violation,
        })
    })
}

fn unready(pod: &Pod) -> Violation {
    let is_unready = |c: &&Container| c.status.as_ref().is_none_or(|status| !status.ready);
    let runs =
        |c: &Container| c.status.as_ref().is_some_and(|s| matches!(s.run, Run::Running { .. }));
    let about = |says| Violation::new(Object::pod(&pod.name), says);
    match pod.containers.iter().find(is_unready) {
        Some(container) if runs(container) => about("container {container} runs and is not ready")
            .with("container", container.name.as_str()),
        Some(container) => about("container {container} has not started yet")
            .with("container", container.name.as_str()),
        None => about("its containers are ready, and the pod is not: {gates}")
            .with("gates", pod.readiness_gates.clone()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{Event, Operation, Run, Status};
    use crate::rules::pod::failing::tests::set_status;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("pod-volume", |world| {
            create(world, 20);
            tell(world, "FailedMount", "MountVolume.SetUp failed for volume \"conf\"");
        }),
        ("pod-starting", |world| create(world, 20)),
        ("pod-not-ready", |world| create(world, 40)),
    ];

    /// Ordinal 1 was created so many seconds ago, and nothing of it runs yet.
    fn create(world: &mut World, seconds: i64) {
        let run = Run::Waiting { reason: "ContainerCreating".into(), message: None };
        set_status(world, status(run, 0));
        world.pods[1].created = ago(seconds);
        world.pods[1].conditions[0].since = ago(seconds);
    }

    fn status(run: Run, restarts: u32) -> Status {
        Status { ready: false, restarts, run, image_id: String::new(), last: None }
    }

    fn tell(world: &mut World, reason: &str, message: &str) {
        world.events.push(Event {
            namespace: "shop".into(),
            object_kind: "Pod".into(),
            object_name: "redis-1".into(),
            object_uid: "uid-redis-1".into(),
            reason: reason.into(),
            message: message.into(),
            count: 1,
            last: ago(1),
        });
    }

    #[test]
    fn a_new_pod_has_a_grace_and_nothing_should_be_done_meanwhile() {
        let mut world = healthy(3);
        create(&mut world, 5);
        assert_eq!(found(&world), ["pod-starting"]);
        assert_eq!(judged(&world).findings[0].blocks, Operation::ALL);
        create(&mut world, 31);
        assert_eq!(found(&world), ["pod-not-ready"]);
        assert_eq!(sentence(&world), "container redis has not started yet");
    }

    #[test]
    fn a_new_pod_that_the_kubelet_complains_of_has_no_grace() {
        let mut world = healthy(3);
        create(&mut world, 5);
        tell(&mut world, "FailedScheduling", "0/2 nodes are available");
        assert_eq!(found(&world), ["pod-starting"]);
        tell(&mut world, "Unhealthy", "Readiness probe failed");
        assert_eq!(found(&world), ["pod-not-ready"]);
        create(&mut world, 5);
        world.events.clear();
        set_status(&mut world, status(Run::Running { since: ago(2) }, 1));
        assert_eq!(found(&world), ["pod-not-ready"]);
        assert_eq!(sentence(&world), "container redis runs and is not ready");
    }

    #[test]
    fn a_volume_that_another_node_still_holds() {
        let mut world = healthy(3);
        create(&mut world, 90);
        tell(&mut world, "FailedAttachVolume", "Multi-Attach error for volume \"pv-1\"");
        assert_eq!(found(&world), ["pod-volume"]);
        let next = judged(&world).findings[0].violation.next.unwrap_or_default();
        assert!(next.starts_with("another node still holds the volume"));
        // Once something of it has run, its volumes were there.
        set_status(&mut world, status(Run::Running { since: ago(9) }, 0));
        assert_eq!(found(&world), ["pod-not-ready"]);
    }
}
