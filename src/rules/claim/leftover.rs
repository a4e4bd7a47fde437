//! Claims of ordinals that nobody asks for now.

use crate::model::{Claim, Intent, Operation, Place, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(in crate::rules) const LEFT_BEHIND: Rule = Rule::new(
    "claim-left-behind",
    Severity::Warning,
    "a claim belongs to an ordinal beyond the set's range: a scale-up would start on its old data",
    left_behind,
)
.blocks(&[Operation::ScaleUp]);

pub(in crate::rules) const PARKED: Rule = Rule::new(
    "claim-parked",
    Severity::Info,
    "the set is scaled to 0 and its claims wait for it",
    parked,
);

/// Claims outside the range that no pod mounts: one whose pod is still leaving is in use.
fn unused(now: &Snapshot) -> Seen<Vec<(Place, &Claim)>> {
    let ordinals = now.set.ordinals();
    let mut unused = Vec::new();
    for (place, claim) in now.claims()? {
        if !ordinals.contains(&place.ordinal) && now.users_of(&claim.name)?.is_empty() {
            unused.push((place, &**claim));
        }
    }
    unused.sort_by_key(|(place, _)| place.ordinal);
    Ok(unused)
}

fn left_behind(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.replicas == 0 {
        return Ok(Vec::new());
    }
    let says = "it belongs to ordinal {ordinal}, which is not asked for: a later scale-up would start on its old data";
    Ok(unused(now)?
        .into_iter()
        .map(|(place, claim)| {
            let unused = claim.conditions.iter().find(|it| it.kind == "Unused" && it.holds);
            let violation = Violation::new(Object::claim(&claim.name), says)
                .with("ordinal", place.ordinal)
                .with("replicas", now.set.replicas)
                .with("volume", claim.volume.as_deref().unwrap_or_default())
                .since(unused.and_then(|condition| condition.since));
            // A scale-up that does not come so far has nothing to do with it.
            match now.intent {
                Some(Intent::Scale { replicas })
                    if place.ordinal >= now.set.start.saturating_add(replicas) =>
                {
                    violation.severity(Severity::Info)
                }
                _ => violation,
            }
        })
        .collect())
}

fn parked(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let unused = if now.set.replicas == 0 { unused(now)? } else { Vec::new() };
    if unused.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = unused.iter().map(|(_, claim)| claim.name.clone()).collect();
    let says = "it is scaled to 0 and {count} claims wait for it with their data";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("count", names.len())
            .with("claims", names),
    ])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::Intent;
    use crate::model::example::{claim, healthy, pod};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("claim-left-behind", |world| world.claims.push(claim(&world.set, 3))),
        ("claim-parked", |world| {
            world.set.replicas = 0;
            world.pods.clear();
        }),
    ];

    #[test]
    fn a_claim_beyond_the_range_is_left_behind_once_its_pod_is_gone() {
        let mut world = healthy(3);
        world.claims.push(claim(&world.set, 3));
        assert_eq!(found(&world), ["claim-left-behind"]);
        world.pods.push(pod(&world.set, 3));
        assert_eq!(found(&world), ["pod-out-of-range"]);
    }

    #[test]
    fn a_scale_up_that_would_start_on_old_data_is_told_so() {
        let mut world = healthy(3);
        world.claims.push(claim(&world.set, 4));
        for (replicas, expected) in
            [(4, Severity::Info), (5, Severity::Warning), (2, Severity::Info)]
        {
            world.intent = Some(Intent::Scale { replicas });
            assert_eq!(judged(&world).worst(), Some(expected), "{replicas}");
        }
    }

    #[test]
    fn the_claims_of_a_set_at_zero_are_parked() {
        let mut world = healthy(3);
        world.set.replicas = 0;
        world.pods.clear();
        assert_eq!(found(&world), ["claim-parked"]);
    }

    #[test]
    fn a_claim_that_another_set_uses_is_not_left_behind() {
        // Template `data-x` of set `redis` and template `data` of set `x-redis` give the same names.
        let mut world = healthy(3);
        world.set.claim_templates[0].name = "data-x".into();
        world.set.template.pod.containers[0].mounts[0].volume = "data-x".into();
        world.claims = (0..3).map(|ordinal| claim(&world.set, ordinal)).collect();
        for (ordinal, claim) in world.claims.iter_mut().enumerate() {
            claim.name = format!("data-x-redis-{ordinal}");
        }
        let mut stray = world.claims[0].clone();
        stray.name = "data-x-redis-7".into();
        world.claims.push(stray);
        assert_eq!(found(&world), ["claim-left-behind"]);
        let mut other = world.set.clone();
        other.name = "x-redis".into();
        other.uid = "other".into();
        other.replicas = 8;
        other.claim_templates[0].name = "data".into();
        world.other_sets.push(other);
        assert_eq!(found(&world), [""; 0]);
    }
}
