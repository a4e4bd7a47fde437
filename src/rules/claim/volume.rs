//! What became of volumes, and what becomes of them when their claim goes.

use super::{volumes, wanted};
use crate::model::{Claim, ClaimPhase, PersistentVolume, RetentionPolicy, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const RELEASED: Rule = Rule::new(
    "volume-released",
    Severity::Warning,
    "a volume that a claim of the set had before was kept, or could not be deleted",
    released,
);

pub(super) const GO_WITH_SET: Rule = Rule::new(
    "volumes-go-with-set",
    Severity::Info,
    "the volumes are deleted with the set (whenDeleted: Delete, and reclaim policy Delete)",
    go_with_set,
);

fn released(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let volumes = now.shared.volumes.as_ref().map_err(Clone::clone)?;
    let mut violations = Vec::new();
    for claim in wanted(now)?.filter(|claim| claim.phase == ClaimPhase::Bound) {
        violations.extend(volumes.iter().filter_map(|volume| former(volume, claim)));
    }
    Ok(violations)
}

fn former(volume: &PersistentVolume, claim: &Claim) -> Option<Violation> {
    let of = volume.claim.as_ref()?;
    let is_of = of.name == claim.name && of.namespace == claim.namespace;
    if !is_of || claim.volume.as_ref() == Some(&volume.name) || volume.deleting.is_some() {
        return None;
    }
    let about = |says| {
        Violation::new(Object::volume(&volume.name), says)
            .with("claim", claim.name.as_str())
            .with("reclaim", volume.reclaim.as_str())
    };
    match (volume.phase.as_str(), &volume.message) {
        ("Failed", Some(message)) => {
            let says = "it belonged to an earlier {claim} and could not be reclaimed";
            Some(about(says).with("message", message.as_str()).cause("{message}"))
        }
        ("Failed", None) => {
            Some(about("it belonged to an earlier {claim} and could not be reclaimed"))
        }
        ("Released", _) => {
            let says = "it belonged to an earlier {claim}, and still has that data";
            Some(about(says).severity(Severity::Info).next("delete it when nobody needs that data"))
        }
        _ => None,
    }
}

fn go_with_set(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.retention.when_deleted == RetentionPolicy::Retain {
        return Ok(Vec::new());
    }
    let going = volumes(now)?.into_iter().filter(|(_, volume)| volume.reclaim == "Delete");
    let names: Vec<String> = going.map(|(_, volume)| volume.name.clone()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let says = "who deletes it deletes its claims, and {count:volume} with their data";
    let violation = Violation::new(Object::set(&now.set.name), says)
        .with("field", "spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Delete")
        .with("count", names.len())
        .with("volumes", names);
    Ok(vec![
        violation
            .next("set that to Retain, or the reclaim policy of the volumes, to keep the data"),
    ])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::RetentionPolicy;
    use crate::model::example::{World, healthy};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("volume-released", |world| leave(world, "Failed")), ("volumes-go-with-set", delete_all)];

    fn leave(world: &mut World, phase: &str) {
        let mut volume = world.volumes[1].clone();
        volume.name = "pv-old".into();
        volume.phase = phase.into();
        volume.message = Some("the disk is in use".into());
        if let Some(claim) = &mut volume.claim {
            claim.uid = "former".into();
        }
        world.volumes.push(volume);
    }

    fn delete_all(world: &mut World) {
        world.set.retention.when_deleted = RetentionPolicy::Delete;
        for claim in &mut world.claims {
            claim.owners = vec![crate::model::Owner {
                kind: "StatefulSet".into(),
                name: "redis".into(),
                uid: "set-uid".into(),
            }];
        }
        world.volumes.iter_mut().for_each(|volume| volume.reclaim = "Delete".into());
    }

    #[test]
    fn a_volume_that_an_earlier_claim_left() {
        let mut world = healthy(3);
        leave(&mut world, "Failed");
        assert_eq!(found(&world), ["volume-released"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
        world.volumes[3].phase = "Released".into();
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
    }

    #[test]
    fn volumes_go_with_the_set_where_both_policies_say_so() {
        let mut world = healthy(3);
        delete_all(&mut world);
        assert_eq!(found(&world), ["volumes-go-with-set"]);
        world.volumes.iter_mut().for_each(|volume| volume.reclaim = "Retain".into());
        assert_eq!(found(&world), [""; 0]);
    }
}
