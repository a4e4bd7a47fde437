//! Claims that more than their own pod mounts.

use super::{placed, users};
use crate::model::{Claim, Operation, Seen, Snapshot, VolumeSource};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const SHARED: Rule = Rule::new(
    "claim-shared",
    Severity::Error,
    "several pods mount one claim that only one node may mount",
    shared,
);

pub(super) const SHARED_DATA: Rule = Rule::new(
    "claim-shared-data",
    Severity::Warning,
    "all pods write to one claim, and have none of their own",
    shared_data,
);

pub(super) const OTHERS: Rule = Rule::new(
    "claim-used-by-other",
    Severity::Warning,
    "a pod that is not of the set mounts a claim of it",
    used_by_others,
)
.blocks(&[Operation::Drain]);

/// Claims in the template's own volumes, not in its claim templates: every replica mounts the same.
fn of_template(now: &Snapshot) -> Seen<impl Iterator<Item = &Claim>> {
    let claims = now.shared.claims.as_ref().map_err(Clone::clone)?;
    let is_template = |name: &str| now.set.claim_templates.iter().any(|it| it.name == name);
    // A claim template takes the place of a volume of its name.
    let volumes = now.set.template.pod.volumes.iter().filter(move |it| !is_template(&it.name));
    let named = volumes.filter_map(|volume| match &volume.source {
        VolumeSource::Claim(name) => Some(name),
        _ => None,
    });
    let is_it = |claim: &Claim, name: &str| {
        claim.name == name && claim.namespace == now.set.namespace && now.set.replicas > 1
    };
    Ok(named.filter_map(move |name| claims.iter().find(|claim| is_it(claim, name)).map(|it| &**it)))
}

fn shared(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let says = "all replicas mount this one claim, which only one node may mount: they write over each other, \
                or wait for ever";
    let of_one_node = of_template(now)?.filter(|claim| claim.is_single_node());
    of_one_node.map(|claim| by_all(now, claim, says)).collect()
}

fn shared_data(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let says = "all replicas write to this one claim, and have none of their own";
    // Beside claims of their own it is a folder that they share on purpose.
    let has_own = !now.set.claim_templates.is_empty();
    let is_written = |claim: &&Claim| {
        !has_own && !claim.is_single_node() && claim.modes.iter().any(|it| it == "ReadWriteMany")
    };
    of_template(now)?.filter(is_written).map(|claim| by_all(now, claim, says)).collect()
}

fn by_all(now: &Snapshot, claim: &Claim, says: &'static str) -> Seen<Violation> {
    let violation = Violation::new(Object::claim(&claim.name), says)
        .with("pods", users(now, &claim.name)?)
        .with("modes", claim.modes.clone());
    Ok(violation.next("give each ordinal a claim of its own by volumeClaimTemplates"))
}

fn used_by_others(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let mut violations = Vec::new();
    for (place, claim) in placed(now)?.filter(|(_, claim)| claim.is_single_node()) {
        let own = now.set.pod_name(place.ordinal);
        let mut others = users(now, &claim.name)?;
        others.retain(|pod| *pod != own);
        if !others.is_empty() {
            let says = "{others} mounts it as well as {own}, which can then start on no other node";
            let violation = Violation::new(Object::claim(&claim.name), says)
                .with("others", others)
                .with("own", own)
                .with("modes", claim.modes.clone());
            violations.push(violation.next(
                "see whether it writes to the data, and remove it when it has done its work",
            ));
        }
    }
    Ok(violations)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy, pod};
    use crate::model::{Volume, VolumeSource};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("claim-shared", |world| share(world, "ReadWriteOnce")),
        ("claim-shared-data", |world| {
            share(world, "ReadWriteMany");
            world.set.claim_templates.clear();
        }),
        ("claim-used-by-other", mount_elsewhere),
    ];

    fn share(world: &mut World, mode: &str) {
        let mut claim = world.claims[0].clone();
        claim.name = "everything".into();
        claim.modes = vec![mode.into()];
        world.claims.push(claim);
        let volume =
            Volume { name: "all".into(), source: VolumeSource::Claim("everything".into()) };
        world.set.template.pod.volumes.push(volume.clone());
        world.pods.iter_mut().for_each(|pod| pod.volumes.push(volume.clone()));
    }

    fn mount_elsewhere(world: &mut World) {
        let mut other = pod(&world.set, 1);
        other.name = "backup".into();
        other.owner = None;
        other.labels.clear();
        world.other_pods.push(other);
    }

    #[test]
    fn one_claim_for_all_replicas() {
        let mut world = healthy(3);
        share(&mut world, "ReadWriteOnce");
        assert_eq!(found(&world), ["claim-shared"]);
    }

    #[test]
    fn one_claim_that_all_replicas_may_mount_is_shared_data_where_they_have_no_other() {
        let mut world = healthy(3);
        share(&mut world, "ReadWriteMany");
        assert_eq!(found(&world), [""; 0]);
        world.set.claim_templates.clear();
        assert_eq!(found(&world), ["claim-shared-data"]);
        world.claims[3].modes = vec!["ReadOnlyMany".into()];
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_claim_that_a_pod_of_somebody_else_mounts() {
        let mut world = healthy(3);
        mount_elsewhere(&mut world);
        assert_eq!(found(&world), ["claim-used-by-other"]);
        let says = "backup mounts it as well as redis-1, which can then start on no other node";
        assert_eq!(sentence(&world), says);
        world.other_pods[0].phase = crate::model::Phase::Succeeded;
        assert_eq!(found(&world), [""; 0]);
    }
}
