//! Whether the claim of an ordinal is there, and bound to its volume.

use super::{users, wanted};
use crate::claims::{self, Pending, Source, State};
use crate::model::{Claim, ClaimPhase, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const MISSING: Rule =
    Rule::new("claim-missing", Severity::Error, "a pod runs without a claim of its own", missing);

pub(super) const PENDING: Rule =
    Rule::new("claim-pending", Severity::Error, "a claim is not bound to a volume", pending);

pub(super) const LOST: Rule = Rule::new(
    "claim-lost",
    Severity::Error,
    "the volume of a claim is gone, or is not its own any more",
    lost,
);

pub(super) const TERMINATING: Rule = Rule::new(
    "claim-terminating",
    Severity::Error,
    "a claim is deleted and goes when its pod stops, or does not go",
    terminating,
);

/// A deleted claim that nobody uses goes at once.
const SLACK_SECONDS: i64 = 60;

/// Claims come with their pod: an ordinal that has neither is the missing pod's story.
fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let holdings = claims::missing(now)?;
    let missing = holdings.into_iter().filter_map(|holding| {
        match (holding.source, holding.states.as_slice()) {
            (Source::Template(template), [State::Missing { has_pod: true }]) => {
                Some((template, holding.ordinal?, holding.name?))
            }
            _ => None,
        }
    });
    let wanted = now.set.ordinals();
    let next = "the controller makes an empty one when the pod is created anew: the data of that volume is not there";
    Ok(missing
        .filter(|(_, ordinal, _)| wanted.contains(ordinal))
        .map(|(template, ordinal, claim)| {
            let says = "the claim of ordinal {ordinal} for {template} does not exist";
            Violation::new(Object::claim(&claim), says)
                .with("ordinal", ordinal)
                .with("template", template)
                .next(next)
        })
        .collect())
}

fn pending(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pending = wanted(now)?.filter(|claim| claim.phase == ClaimPhase::Pending);
    Ok(pending.map(|claim| why_pending(now, claim)).collect())
}

fn why_pending(now: &Snapshot, claim: &Claim) -> Violation {
    let violation = Violation::new(Object::claim(&claim.name), "it is not bound to a volume")
        .with("class", claim.class.as_deref().unwrap_or_default())
        .since(claim.created);
    match Pending::of(claim, &now.shared, now.at) {
        Pending::Former(former) => violation.with("former", former).next(
            "volume {former}, which a claim of this name had before, still has that data: take uid and resourceVersion \
             out of its spec.claimRef, and name it as spec.volumeName of the claim",
        ),
        Pending::NoSuchClass(_) => {
            let classes = now.shared.classes.iter().flatten();
            let known: Vec<String> = classes.map(|class| class.name.clone()).collect();
            violation
                .with("classes", known)
                .cause("there is no storage class {class}")
                .next("the classes of this cluster are: {classes}")
        }
        Pending::NoClass { has_default: true } => {
            violation.next("it names no storage class, so that none makes a volume for it: it waits for one made by hand")
        }
        Pending::NoClass { has_default: false } => {
            violation.next("it names no storage class, and no class is the default: one is needed, or a volume to bind")
        }
        Pending::WaitsForPod(_) => violation.severity(Severity::Info).next(
            "class {class} binds it when its pod is placed (WaitForFirstConsumer): see the pod",
        ),
        Pending::Refused(event) => violation.with("event", event).cause("{event}"),
        Pending::New(_) => violation.severity(Severity::Info).next("class {class} is to make one"),
        Pending::NoAnswer(_) => {
            violation.next("the provisioner of class {class} has not answered: look at its log")
        }
    }
}

fn lost(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let lost = wanted(now)?.filter(|claim| claim.phase == ClaimPhase::Lost);
    Ok(lost.map(|claim| why_lost(now, claim)).collect())
}

fn why_lost(now: &Snapshot, claim: &Claim) -> Violation {
    let name = claim.volume.as_deref().unwrap_or_default();
    let about = |says| Violation::new(Object::claim(&claim.name), says).with("volume", name);
    let volume = now.shared.volumes.as_ref().map(|all| all.iter().find(|it| it.name == name));
    match volume {
        Ok(Some(volume)) => {
            let of = volume.claim.as_ref();
            about("its volume {volume} is there, and bound to another claim or to an earlier one of this name")
                .with("bound_to", of.map(|of| of.name.as_str()).unwrap_or_default())
                .with("bound_to_uid", of.map(|of| of.uid.as_str()).unwrap_or_default())
                .with("uid", claim.uid.as_str())
                .with("phase", volume.phase.as_str())
                .with("reclaim", volume.reclaim.as_str())
                .next(
                    "the data is still on that volume: see that its reclaim policy is Retain, then make its spec.claimRef \
                     name this claim by its uid",
                )
        }
        Ok(None) => about("its volume {volume} no longer exists, and so neither does its data")
            .next(
                "restore the volume under its name, or delete the claim and the pod to start empty",
            ),
        Err(_) => about("its volume {volume} no longer exists, or is bound to another claim")
            .next("look at that volume before anything else: it may still have the data"),
    }
}

fn terminating(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let mut violations = Vec::new();
    for claim in wanted(now)? {
        let Some(deleting) = claim.deleting else { continue };
        let users = users(now, &claim.name)?;
        let is_stuck = now.at.duration_since(deleting).as_secs() > SLACK_SECONDS;
        if users.is_empty() && !is_stuck {
            continue;
        }
        let violation = if users.is_empty() {
            let says = "it is deleted and does not go, and its pod cannot start before it is gone";
            Violation::new(Object::claim(&claim.name), says)
                .with("finalizers", claim.finalizers.clone())
                .next("what set the finalizers {finalizers} has to remove them")
        } else {
            let says = "it is deleted and held only by {pods}: its data goes when that pod stops";
            let next =
                "copy the data off first, or set the reclaim policy of volume {volume} to Retain";
            Violation::new(Object::claim(&claim.name), says).with("pods", users).next(next)
        };
        let violation = violation
            .with("volume", claim.volume.as_deref().unwrap_or_default())
            .since(Some(deleting));
        violations.push(match super::owners::gone(now, claim)? {
            Some(owner) => violation
                .with("owner", format!("{} {}", owner.kind.to_lowercase(), owner.name))
                .cause("it belonged to an earlier {owner}, and was collected with that"),
            None => violation,
        });
    }
    Ok(violations)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{ClaimPhase, Event, Owner};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("claim-missing", |world| drop(world.claims.remove(1))),
        ("claim-pending", |world| world.claims[2].phase = ClaimPhase::Pending),
        ("claim-lost", |world| world.claims[0].phase = ClaimPhase::Lost),
        ("claim-terminating", |world| world.claims[0].deleting = ago(10)),
    ];

    fn next(world: &World) -> &'static str {
        judged(world).findings[0].violation.next.unwrap_or_default()
    }

    fn cause(world: &World) -> Option<&'static str> {
        judged(world).findings[0].violation.cause
    }

    #[test]
    fn a_claim_that_does_not_exist() {
        let mut world = healthy(3);
        world.claims.remove(1);
        assert_eq!(found(&world), ["claim-missing"]);
    }

    /// The claim of ordinal 2 waits for a volume.
    fn unbound() -> World {
        let mut world = healthy(3);
        world.claims[2].phase = ClaimPhase::Pending;
        world.claims[2].volume = None;
        world.volumes.remove(2);
        world
    }

    #[test]
    fn a_claim_that_is_not_bound_and_why() {
        let mut world = unbound();
        assert_eq!(found(&world), ["claim-pending"]);
        world.claims[2].created = ago(5);
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        world.events.push(Event {
            namespace: "shop".into(),
            object_kind: "PersistentVolumeClaim".into(),
            object_name: "data-redis-2".into(),
            object_uid: "uid-data-redis-2".into(),
            reason: "ProvisioningFailed".into(),
            message: "no space".into(),
            count: 2,
            last: ago(3),
        });
        assert_eq!(cause(&world), Some("{event}"));
        world.claims[2].class = Some("fast".into());
        assert_eq!(cause(&world), Some("there is no storage class {class}"));
    }

    #[test]
    fn a_claim_that_names_no_class() {
        let mut world = unbound();
        world.set.claim_templates[0].class = None;
        world.claims[2].class = None;
        assert!(next(&world).ends_with("it waits for one made by hand"));
        world.classes[0].is_default = false;
        assert!(next(&world).contains("no class is the default"));
    }

    #[test]
    fn a_claim_that_waits_for_its_pod() {
        let mut world = unbound();
        world.classes[0].waits_for_consumer = true;
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
    }

    #[test]
    fn a_claim_whose_former_volume_still_has_the_data() {
        let mut world = healthy(3);
        world.claims[2].phase = ClaimPhase::Pending;
        world.claims[2].volume = None;
        world.claims[2].uid = "new".into();
        world.volumes[2].phase = "Released".into();
        assert_eq!(found(&world), ["claim-pending"]);
        assert!(next(&world).starts_with("volume {former}, which a claim of this name had before"));
    }

    #[test]
    fn a_claim_whose_volume_is_gone_or_not_its_own() {
        let mut world = healthy(3);
        world.claims[0].phase = ClaimPhase::Lost;
        world.volumes[0].phase = "Released".into();
        assert_eq!(found(&world), ["claim-lost"]);
        assert!(
            sentence(&world).starts_with("its volume pv-0 is there, and bound to another claim")
        );
        world.volumes.remove(0);
        assert_eq!(found(&world), ["claim-lost"]);
        assert!(sentence(&world).starts_with("its volume pv-0 no longer exists, and so"));
    }

    #[test]
    fn a_claim_that_only_its_pod_still_holds() {
        let mut world = healthy(3);
        world.claims[0].deleting = ago(10);
        assert_eq!(found(&world), ["claim-terminating"]);
        assert_eq!(cause(&world), None);
        let owner =
            |uid: &str| Owner { kind: "StatefulSet".into(), name: "redis".into(), uid: uid.into() };
        world.claims[0].owners = vec![owner("former-uid")];
        assert_eq!(found(&world), ["claim-terminating"]);
        assert!(cause(&world).is_some());
    }

    #[test]
    fn a_claim_that_does_not_go() {
        let mut world = healthy(3);
        world.claims[2].deleting = ago(10);
        world.pods.remove(2);
        assert_eq!(found(&world), ["ordinal-missing"]);
        world.claims[2].deleting = ago(100);
        assert_eq!(found(&world), ["ordinal-missing", "claim-terminating"]);
    }
}
