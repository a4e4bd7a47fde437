//! Volumes on their way to a node, or away from it, that do not arrive.

use super::volumes;
use crate::model::{Attachment, Pod, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const STUCK: Rule = Rule::new(
    "volume-attachment",
    Severity::Error,
    "a volume cannot be attached to a node, or does not come off one",
    stuck,
);

/// Kubernetes itself gives up on a node that does not answer after so long, and takes the volume off.
const PATIENCE_SECONDS: i64 = 360;

fn stuck(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let attachments = now.shared.attachments.as_ref().map_err(Clone::clone)?;
    let mut violations = Vec::new();
    for (claim, volume) in volumes(now)? {
        let pods = now.users_of(&claim.name)?;
        let of_it = attachments.iter().filter(|it| it.volume == volume.name);
        violations.extend(of_it.filter_map(|it| {
            let pod = pods.first().map(|pod| &***pod);
            judge(now, it, pod, claim.is_single_node())
                .map(|violation| violation.with("claim", claim.name.as_str()))
        }));
    }
    Ok(violations)
}

fn judge(now: &Snapshot, it: &Attachment, pod: Option<&Pod>, is_single: bool) -> Option<Violation> {
    let about = |says| {
        Violation::new(Object::volume(&it.volume), says)
            .with("node", it.node.as_str())
            .with("attachment", it.name.as_str())
    };
    let is_long = |since: Option<_>| {
        since.is_some_and(|since| now.at.duration_since(since).as_secs() > PATIENCE_SECONDS)
    };
    if let Some(error) = it.detach_error.as_ref().filter(|_| it.is_attached) {
        let says = "it does not come off node {node}: no other node can have it";
        return Some(about(says).since(it.deleting).with("error", error.as_str()).cause("{error}"));
    }
    if it.deleting.is_some() {
        let says = "it has not come off node {node}: no other node can have it";
        let next = "look at {node}, and at the log of the attacher: when {node} is certainly off, the volume may be taken \
                    from it";
        return is_long(it.deleting).then(|| about(says).since(it.deleting).next(next));
    }
    if let Some(error) = it.attach_error.as_ref().filter(|_| !it.is_attached) {
        let says = "it cannot be attached to node {node}, and its pod waits for it";
        return Some(about(says).since(it.created).with("error", error.as_str()).cause("{error}"));
    }
    if !it.is_attached {
        let says = "it is not attached to node {node} yet, and nothing says why";
        let next = "look at the log of the attacher of its driver";
        return is_long(it.created).then(|| about(says).since(it.created).next(next));
    }
    let pod = pod.filter(|pod| is_single && !pod.is_ready())?;
    let wanted = pod.node.as_deref().filter(|node| *node != it.node)?;
    let placed = pod.condition("PodScheduled").and_then(|condition| condition.since);
    is_long(placed).then(|| {
        about("it is still attached to node {node}, and {pod} waits for it on {wanted}")
            .with("pod", pod.name.as_str())
            .with("wanted", wanted)
            .since(placed)
            .next("look at what holds it on {node}: a pod that is still there, or a kubelet that does not unmount it")
    })
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::Attachment;
    use crate::model::example::{World, ago, healthy};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("volume-attachment", |world| attach(world, false, ago(400)))];

    fn attach(world: &mut World, is_attached: bool, created: Option<crate::model::Timestamp>) {
        world.attachments = vec![Attachment {
            name: "csi-1".into(),
            volume: "pv-1".into(),
            node: "node-2".into(),
            created,
            deleting: None,
            is_attached,
            attach_error: None,
            detach_error: None,
        }];
    }

    #[test]
    fn attaching_takes_a_while() {
        let mut world = healthy(3);
        attach(&mut world, true, ago(4000));
        assert_eq!(found(&world), [""; 0]);
        attach(&mut world, false, ago(60));
        assert_eq!(found(&world), [""; 0]);
        attach(&mut world, false, ago(400));
        assert_eq!(found(&world), ["volume-attachment"]);
        attach(&mut world, false, ago(60));
        world.attachments[0].attach_error = Some("no such disk".into());
        assert_eq!(found(&world), ["volume-attachment"]);
        assert!(sentence(&world).starts_with("it cannot be attached to node node-2"));
    }

    #[test]
    fn so_does_detaching() {
        let mut world = healthy(3);
        attach(&mut world, true, ago(4000));
        world.attachments[0].deleting = ago(60);
        assert_eq!(found(&world), [""; 0]);
        world.attachments[0].detach_error = Some("busy".into());
        assert_eq!(found(&world), ["volume-attachment"]);
        world.attachments[0].detach_error = None;
        world.attachments[0].deleting = ago(400);
        assert_eq!(found(&world), ["volume-attachment"]);
    }

    #[test]
    fn a_volume_that_another_node_keeps() {
        let mut world = healthy(3);
        attach(&mut world, true, ago(4000));
        world.attachments[0].node = "node-1".into();
        assert_eq!(found(&world), [""; 0]);
        for condition in &mut world.pods[1].conditions {
            condition.holds = condition.kind != "Ready";
        }
        assert!(found(&world).contains(&"volume-attachment"));
    }
}
