//! Whom a claim goes with: its owner references against the retention policy of the set.

use super::placed;
use crate::claims::{gone_owner, other_controller};
use crate::model::{Claim, Operation, Owner, Place, RetentionPolicy, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const STALE: Rule = Rule::new(
    "claim-owner-gone",
    Severity::Error,
    "a claim belongs to an earlier set or pod of that name, and may be collected with its data",
    stale,
);

pub(super) const FOREIGN: Rule = Rule::new(
    "claim-owned-by-other",
    Severity::Warning,
    "a claim is controlled by something that is neither the set nor its pod, nor controls the set",
    foreign,
);

pub(super) const RETENTION: Rule = Rule::new(
    "claim-retention",
    Severity::Warning,
    "a claim would go, or stay, against persistentVolumeClaimRetentionPolicy",
    retention,
)
.blocks(&[Operation::ScaleDown]);

/// A claim that was just created may not have its references yet.
const NEW_SECONDS: i64 = 60;

pub(super) fn gone<'a>(now: &Snapshot, claim: &'a Claim) -> Seen<Option<&'a Owner>> {
    let Some(place) = claim.place_in(&now.set) else { return Ok(None) };
    let pod = now.pod(place.ordinal)?.map(AsRef::as_ref);
    Ok(gone_owner(&now.set, place.ordinal, pod, claim))
}

fn stale(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let mut violations = Vec::new();
    // One that is deleted already has that told as the cause.
    for (_, claim) in placed(now)?.filter(|(_, claim)| claim.deleting.is_none()) {
        if let Some(owner) = gone(now, claim)? {
            let says = "it belongs to an earlier {owner}: the garbage collector may delete it with its data";
            let violation = Violation::new(Object::claim(&claim.name), says)
                .with("owner", format!("{} {}", owner.kind.to_lowercase(), owner.name))
                .with("owner_uid", owner.uid.as_str())
                .with("volume", claim.volume.as_deref().unwrap_or_default());
            violations.push(violation.next(
                "set the reclaim policy of volume {volume} to Retain, then take that owner out of \
                 metadata.ownerReferences",
            ));
        }
    }
    Ok(violations)
}

fn foreign(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let of_operator = |owner: &Owner| now.set.owner.as_ref().is_some_and(|it| it.uid == owner.uid);
    let foreign = placed(now)?.filter_map(|(place, claim)| {
        let owner = other_controller(&now.set, place.ordinal, claim)?;
        (!of_operator(owner)).then_some((claim, owner))
    });
    Ok(foreign
        .map(|(claim, owner)| {
            let says = "{owner} controls it: it is deleted with that, whatever the set says";
            Violation::new(Object::claim(&claim.name), says)
                .with("owner", format!("{} {}", owner.kind, owner.name))
        })
        .collect())
}

fn retention(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let is_settled =
        now.set.observed_generation >= now.set.generation && now.set.deleting.is_none();
    if !is_settled {
        return Ok(Vec::new());
    }
    let mut violations = Vec::new();
    for (place, claim) in placed(now)? {
        let is_new =
            claim.created.is_some_and(|it| now.at.duration_since(it).as_secs() < NEW_SECONDS);
        if is_new
            || claim.deleting.is_some()
            || other_controller(&now.set, place.ordinal, claim).is_some()
        {
            continue;
        }
        violations.extend(against_policy(now, &place, claim)?);
    }
    Ok(violations)
}

/// Inside the range a claim is owned by the set where `whenDeleted` is Delete, and never by its pod
/// (`isClaimOwnerUpToDate` of the controller).
fn against_policy(now: &Snapshot, place: &Place, claim: &Claim) -> Seen<Option<Violation>> {
    let owned_by = |uid: &str| claim.owners.iter().any(|owner| owner.uid == uid);
    let is_deleted_with_set = owned_by(&now.set.uid);
    let should_be = now.set.retention.when_deleted == RetentionPolicy::Delete;
    let pod = now.pod(place.ordinal)?;
    let about = |says| Some(Violation::new(Object::claim(&claim.name), says));
    Ok(if pod.is_some_and(|pod| owned_by(&pod.uid)) {
        about("it is deleted with its pod, as if that were scaled away: its data goes when the pod is replaced")
    } else if is_deleted_with_set && !should_be {
        about("it is deleted with the set, although whenDeleted is Retain")
    } else if should_be && !is_deleted_with_set {
        about("it stays when the set is deleted, although whenDeleted is Delete")
    } else {
        None
    }
    .map(|violation| {
        violation.next("the controller has not come to it yet: it goes in order, and stops at a pod that is not ready")
    }))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy};
    use crate::model::{Owner, RetentionPolicy};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("claim-owner-gone", |world| own(world, "StatefulSet", "redis", "former-uid")),
        ("claim-owned-by-other", |world| {
            own(world, "Backup", "nightly", "backup-uid");
            world.claims[1].controller = world.claims[1].owners.first().cloned();
        }),
        ("claim-retention", |world| own(world, "StatefulSet", "redis", "set-uid")),
    ];

    fn own(world: &mut World, kind: &str, name: &str, uid: &str) {
        let owner = Owner { kind: kind.into(), name: name.into(), uid: uid.into() };
        world.claims[1].owners.push(owner);
    }

    #[test]
    fn a_claim_of_an_earlier_set_or_pod() {
        for (kind, name) in [("StatefulSet", "redis"), ("Pod", "redis-1")] {
            let mut world = healthy(3);
            own(&mut world, kind, name, "former-uid");
            assert_eq!(found(&world), ["claim-owner-gone"]);
        }
        let mut world = healthy(3);
        own(&mut world, "Backup", "redis", "backup-uid");
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_claim_that_something_else_controls() {
        let mut world = healthy(3);
        own(&mut world, "Backup", "nightly", "backup-uid");
        world.claims[1].controller = world.claims[1].owners.first().cloned();
        assert_eq!(found(&world), ["claim-owned-by-other"]);
        // The controller leaves its owners alone then, and the policy says nothing of it.
        world.set.retention.when_deleted = RetentionPolicy::Delete;
        world.claims.retain(|claim| claim.controller.is_some());
        assert!(!found(&world).contains(&"claim-retention"));
        // The operator of the set may own its claims.
        world.set.owner = world.claims[0].controller.clone();
        assert!(!found(&world).contains(&"claim-owned-by-other"));
    }

    #[test]
    fn claims_go_with_whom_the_policy_says() {
        let mut world = healthy(3);
        own(&mut world, "StatefulSet", "redis", "set-uid");
        assert_eq!(found(&world), ["claim-retention"]);
        assert_eq!(sentence(&world), "it is deleted with the set, although whenDeleted is Retain");
        world.set.retention.when_deleted = RetentionPolicy::Delete;
        assert_eq!(found(&world), ["claim-retention", "claim-retention"]);
        assert!(sentence(&world).starts_with("it stays when the set is deleted"));
        world.set.generation += 1;
        assert!(!found(&world).contains(&"claim-retention"));
    }

    #[test]
    fn a_claim_that_goes_with_its_pod_although_that_is_asked_for() {
        let mut world = healthy(3);
        world.set.retention.when_scaled = RetentionPolicy::Delete;
        assert!(!found(&world).contains(&"claim-retention"));
        own(&mut world, "Pod", "redis-1", "uid-redis-1");
        assert!(found(&world).contains(&"claim-retention"));
    }
}
