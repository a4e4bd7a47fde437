//! Rules about the work that is ahead (`--for`): what it would do that nobody asked for.

use super::{Object, Rule, Severity, Violation};
use crate::model::{Intent, Operation, PersistentVolume, Pod, RetentionPolicy, Seen, Snapshot};

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "scale-down-deletes-claims",
        Severity::Info,
        "claims are deleted with their data when the set is scaled down (whenScaled: Delete)",
        deletes_claims,
    )
    .blocks(&[Operation::ScaleDown]),
    Rule::new(
        "drain-strands-pod",
        Severity::Warning,
        "pods on the node to be drained whose volume can be on no other node",
        strands,
    )
    .blocks(&[Operation::Drain]),
];

/// A note until somebody is about to do it.
fn deletes_claims(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let set = &now.set;
    if set.retention.when_scaled == RetentionPolicy::Retain || set.claim_templates.is_empty() {
        return Ok(Vec::new());
    }
    let violation = |says| {
        Violation::new(Object::set(&set.name), says)
            .with("field", "spec.persistentVolumeClaimRetentionPolicy.whenScaled: Delete")
    };
    let patch = r#"{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Retain"}}}"#;
    Ok(vec![match &now.intent {
        Some(Intent::Scale { replicas }) if *replicas < set.replicas => {
            let leaving = set.start.saturating_add(*replicas)..set.ordinals().end;
            let claims: Vec<String> = leaving
                .flat_map(|ordinal| {
                    let templates = set.claim_templates.iter();
                    templates.map(move |template| set.claim_name(&template.name, ordinal))
                })
                .collect();
            violation("the claims of the ordinals that leave are deleted with their data: {claims}")
                .with("claims", claims)
                .severity(Severity::Warning)
                .next("scale --delete-claims accepts that, and keeps their volumes; or have the claims kept:")
                .fix(["kubectl", "patch", "statefulset", &set.name, "--type=merge", "-p", patch])
        }
        _ => {
            violation("a scale-down deletes the claims of the ordinals that leave, with their data")
        }
    }])
}

fn strands(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(Intent::DrainNode { node }) = &now.intent else { return Ok(Vec::new()) };
    let mut violations = Vec::new();
    for pod in now.pods()?.iter().filter(|pod| pod.node.as_ref() == Some(node)) {
        if let Some(volume) = pinned(now, pod, node)? {
            let says = "its volume {volume} can be on no other node that takes pods: once drained, the pod waits until \
                        {node} is back";
            violations.push(
                Violation::new(Object::pod(&pod.name), says)
                    .with("volume", volume)
                    .with("node", node.as_str()),
            );
        }
    }
    Ok(violations)
}

/// A volume of the pod that no other schedulable node can mount.
fn pinned(now: &Snapshot, pod: &Pod, node: &str) -> Seen<Option<String>> {
    let unread = Clone::clone;
    let volumes = now.shared.volumes.as_ref().map_err(unread)?;
    let nodes = now.shared.nodes.as_ref().map_err(unread)?;
    let claims = now.shared.claims.as_ref().map_err(unread)?;
    let mounted = pod.claims().filter_map(|name| {
        let claim =
            claims.iter().find(|it| it.name == name && it.namespace == now.set.namespace)?;
        let volume = claim.volume.as_deref()?;
        volumes.iter().find(|it| it.name == volume)
    });
    let has_another = |volume: &PersistentVolume| {
        nodes.iter().any(|it| it.name != node && it.is_schedulable() && volume.may_be_on(it))
    };
    let mut pinned = mounted.filter(|it| it.nodes.is_some() && !has_another(it));
    Ok(pinned.next().map(|volume| volume.name.clone()))
}

#[cfg(test)]
pub(super) const BROKEN: &[&[super::tests::Broken]] = &[tests::BROKEN];

#[cfg(test)]
mod tests {
    use crate::model::example::{World, healthy};
    use crate::model::{Expression, Intent, Operator, RetentionPolicy};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(super) const BROKEN: &[Broken] = &[
        ("scale-down-deletes-claims", |world| {
            world.set.retention.when_scaled = RetentionPolicy::Delete;
        }),
        ("drain-strands-pod", |world| {
            pin(world);
            world.intent = Some(Intent::DrainNode { node: "node-1".into() });
        }),
    ];

    /// Every volume lives where its pod runs.
    fn pin(world: &mut World) {
        for (node, name) in world.nodes.iter_mut().zip(["node-1", "node-2"]) {
            node.labels.insert("kubernetes.io/hostname".into(), name.into());
        }
        for (volume, pod) in world.volumes.iter_mut().zip(&world.pods) {
            volume.nodes = Some(vec![vec![Expression {
                key: "kubernetes.io/hostname".into(),
                operator: Operator::In,
                values: pod.node.iter().cloned().collect(),
            }]]);
        }
    }

    #[test]
    fn claims_that_go_with_a_scale_down_are_a_note_until_it_is_meant() {
        let mut world = healthy(3);
        world.set.retention.when_scaled = RetentionPolicy::Delete;
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        world.intent = Some(Intent::Scale { replicas: 1 });
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
        assert_eq!(
            sentence(&world),
            "the claims of the ordinals that leave are deleted with their data: data-redis-1, data-redis-2"
        );
        world.set.claim_templates.clear();
        assert!(!found(&world).contains(&"scale-down-deletes-claims"));
    }

    #[test]
    fn a_pod_whose_volume_stays_behind_is_stranded() {
        let mut world = healthy(3);
        world.intent = Some(Intent::DrainNode { node: "node-2".into() });
        assert!(!found(&world).contains(&"drain-strands-pod"));
        pin(&mut world);
        let judged = judged(&world);
        let stranded: Vec<&str> = judged
            .findings
            .iter()
            .filter(|finding| finding.rule == "drain-strands-pod")
            .map(|finding| finding.violation.object.name.as_str())
            .collect();
        assert_eq!(stranded, ["redis-1"]);
    }
}
