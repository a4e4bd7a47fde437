//! Rules about the claims of a set.

mod leftover;

use super::{Info, Object, Rule, Severity, Violation};
use crate::model::{Claim, ClaimPhase, Seen, Snapshot, VolumeSource};

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: Info {
            id: "claim-missing",
            severity: Severity::Error,
            about: "a pod runs without a claim of its own",
        },
        check: missing,
    },
    Rule {
        info: Info {
            id: "claim-pending",
            severity: Severity::Error,
            about: "a claim is not bound to a volume",
        },
        check: pending,
    },
    Rule {
        info: Info {
            id: "claim-lost",
            severity: Severity::Error,
            about: "the volume of a claim is gone",
        },
        check: lost,
    },
    Rule {
        info: Info {
            id: "claim-terminating",
            severity: Severity::Error,
            about: "a claim is deleted and goes when its pod stops",
        },
        check: terminating,
    },
    Rule {
        info: Info {
            id: "claim-shared",
            severity: Severity::Error,
            about: "several pods mount one claim that only one node may mount",
        },
        check: shared,
    },
    leftover::LEFT_BEHIND,
    leftover::PARKED,
];

/// The claims of the ordinals that are asked for.
fn wanted(now: &Snapshot) -> Seen<Vec<&Claim>> {
    let ordinals = now.set.ordinals();
    let claims = now.claims()?;
    Ok(claims
        .into_iter()
        .filter(|(place, _)| ordinals.contains(&place.ordinal))
        .map(|(_, claim)| &**claim)
        .collect())
}

fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let mut violations = Vec::new();
    for ordinal in now.set.ordinals() {
        // Claims come with their pod: an ordinal that has neither is the missing pod's story.
        let has_pod = now.pod(ordinal)?.is_some();
        for template in &now.set.claim_templates {
            if now.claim(&template.name, ordinal)?.is_none() && has_pod {
                let claim = Object::claim(&now.set.claim_name(&template.name, ordinal));
                let says = "the claim of ordinal {ordinal} for {template} does not exist";
                let next = "the controller makes an empty one when the pod is created anew: the data of that volume is \
                            not there";
                violations.push(
                    Violation::new(claim, says)
                        .with("ordinal", ordinal)
                        .with("template", template.name.as_str())
                        .next(next),
                );
            }
        }
    }
    Ok(violations)
}

fn pending(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pending = wanted(now)?.into_iter().filter(|claim| claim.phase == ClaimPhase::Pending);
    Ok(pending.map(|claim| why_pending(now, claim)).collect())
}

fn why_pending(now: &Snapshot, claim: &Claim) -> Violation {
    let classes = || now.shared.classes.iter().flatten();
    let class_name = claim.class.as_deref().unwrap_or_default();
    let class = classes().find(|class| class.name == class_name);
    let event = now.events_of(&claim.uid).last();
    let violation = Violation::new(Object::claim(&claim.name), "it is not bound to a volume")
        .with("class", class_name)
        .since(claim.created);
    if now.shared.classes.is_ok() && class.is_none() && claim.volume.is_none() {
        let known: Vec<String> = classes().map(|class| class.name.clone()).collect();
        return if !class_name.is_empty() {
            violation
                .with("classes", known)
                .cause("there is no storage class {class}")
                .next("the classes of this cluster are: {classes}")
        } else if classes().any(|class| class.is_default) {
            violation.next("it names no storage class, so that none makes a volume for it: it waits for one made by hand")
        } else {
            violation.next("it names no storage class, and no class is the default: one is needed, or a volume to bind")
        };
    }
    if class.is_some_and(|class| class.waits_for_consumer) {
        return violation.severity(Severity::Info).next(
            "class {class} binds it when its pod is placed (WaitForFirstConsumer): see the pod",
        );
    }
    match event {
        Some(event) => violation.with("event", event.message.as_str()).cause("{event}"),
        None => {
            violation.next("the provisioner of class {class} has not answered: look at its log")
        }
    }
}

fn lost(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let lost = wanted(now)?.into_iter().filter(|claim| claim.phase == ClaimPhase::Lost);
    Ok(lost
        .map(|claim| {
            Violation::new(
                Object::claim(&claim.name),
                "its volume {volume} no longer exists, and so neither does its data",
            )
            .with("volume", claim.volume.as_deref().unwrap_or_default())
            .next(
                "restore the volume under its name, or delete the claim and the pod to start empty",
            )
        })
        .collect())
}

fn terminating(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let mut violations = Vec::new();
    for claim in wanted(now)? {
        let Some(deleting) = claim.deleting else { continue };
        let users: Vec<String> =
            now.users_of(&claim.name)?.iter().map(|pod| pod.name.clone()).collect();
        if !users.is_empty() {
            let says = "it is deleted and held only by {pods}: its data goes when that pod stops";
            violations.push(
                Violation::new(Object::claim(&claim.name), says)
                    .with("pods", users)
                    .with("volume", claim.volume.as_deref().unwrap_or_default())
                    .since(Some(deleting))
                    .next("copy the data off first, or set the reclaim policy of volume {volume} to Retain"),
            );
        }
    }
    Ok(violations)
}

/// One claim in the template's own volumes, not in its claim templates: every replica mounts the same.
fn shared(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let claims = now.shared.claims.as_ref().map_err(Clone::clone)?;
    let named = now.set.template.pod.volumes.iter().filter_map(|volume| match &volume.source {
        VolumeSource::Claim(name) => Some(name),
        _ => None,
    });
    let mut violations = Vec::new();
    for name in named {
        let claim =
            claims.iter().find(|claim| claim.name == *name && claim.namespace == now.set.namespace);
        if now.set.replicas > 1 && claim.is_some_and(|claim| claim.is_single_node()) {
            let users: Vec<String> =
                now.users_of(name)?.iter().map(|pod| pod.name.clone()).collect();
            let says = "all replicas mount this one claim, which only one node may mount: they write over each other, \
                        or wait for ever";
            violations.push(
                Violation::new(Object::claim(name), says)
                    .with("pods", users)
                    .with("modes", claim.map(|claim| claim.modes.clone()).unwrap_or_default())
                    .next("give each ordinal a claim of its own by volumeClaimTemplates"),
            );
        }
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{ClaimPhase, Event, Volume, VolumeSource};
    use crate::rules::Severity;
    use crate::rules::tests::{found, judged};

    #[test]
    fn a_claim_that_does_not_exist() {
        let mut world = healthy(3);
        world.claims.remove(1);
        assert_eq!(found(&world), ["claim-missing"]);
    }

    #[test]
    fn a_claim_that_is_not_bound_and_why() {
        let mut world = healthy(3);
        world.claims[2].phase = ClaimPhase::Pending;
        world.claims[2].volume = None;
        assert_eq!(found(&world), ["claim-pending"]);
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
        assert_eq!(judged(&world).findings[0].violation.cause, Some("{event}"));
        world.claims[2].class = Some("fast".into());
        assert_eq!(
            judged(&world).findings[0].violation.cause,
            Some("there is no storage class {class}")
        );
        world.claims[2].class = None;
        let next = |world: &World| judged(world).findings[0].violation.next.unwrap_or_default();
        assert!(next(&world).ends_with("it waits for one made by hand"));
        world.classes[0].is_default = false;
        assert!(next(&world).contains("no class is the default"));
        world.claims[2].class = Some("standard".into());
        world.classes[0].waits_for_consumer = true;
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
    }

    #[test]
    fn a_claim_whose_volume_is_gone() {
        let mut world = healthy(3);
        world.claims[0].phase = ClaimPhase::Lost;
        assert_eq!(found(&world), ["claim-lost"]);
    }

    #[test]
    fn a_claim_that_only_its_pod_still_holds() {
        let mut world = healthy(3);
        world.claims[0].deleting = ago(10);
        assert_eq!(found(&world), ["claim-terminating"]);
    }

    #[test]
    fn one_claim_for_all_replicas() {
        let mut world = healthy(3);
        let mut claim = world.claims[0].clone();
        claim.name = "everything".into();
        world.claims.push(claim);
        let volume =
            Volume { name: "all".into(), source: VolumeSource::Claim("everything".into()) };
        world.set.template.pod.volumes.push(volume.clone());
        world.pods.iter_mut().for_each(|pod| pod.volumes.push(volume.clone()));
        assert_eq!(found(&world), ["claim-shared"]);
        world.claims.iter_mut().for_each(|claim| claim.modes = vec!["ReadWriteMany".into()]);
        assert_eq!(found(&world), [""; 0]);
    }
}
