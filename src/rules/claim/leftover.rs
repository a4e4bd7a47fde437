//! Claims of ordinals that nobody asks for now.

use crate::claims::{self, State};
use crate::model::{Intent, Operation, Seen, Snapshot};
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

fn left_behind(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let says = "it belongs to ordinal {ordinal}, which is not asked for: a later scale-up would start on its old data";
    let mut violations = Vec::new();
    for holding in claims::beyond(now)? {
        let (Some(claim), Some(ordinal)) = (holding.claim, holding.ordinal) else { continue };
        match holding.states.last() {
            // Who else may use it was not read.
            Some(State::Unknown(unread)) => return Err(unread.clone()),
            Some(State::LeftBehind(_)) => {}
            _ => continue,
        }
        let violation = Violation::new(Object::claim(&claim.name), says)
            .with("ordinal", ordinal)
            .with("replicas", now.set.replicas)
            .with("volume", claim.volume.as_deref().unwrap_or_default())
            .since(holding.unused_since());
        violations.push(match now.intent {
            // A scale-up that does not come so far has nothing to do with it.
            Some(Intent::Scale { replicas })
                if ordinal >= now.set.start.saturating_add(replicas) =>
            {
                violation.severity(Severity::Info)
            }
            Some(Intent::Scale { replicas }) if replicas > now.set.replicas => violation.next(
                "look at what is on it: scale --fresh deletes it before its ordinal joins, --allow claim-left-behind starts on it",
            ),
            _ => violation,
        });
    }
    Ok(violations)
}

fn parked(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.replicas > 0 {
        return Ok(Vec::new());
    }
    let holdings = claims::of(now)?;
    let parked = holdings.into_iter().filter(|it| it.states.last() == Some(&State::Parked));
    let names: Vec<String> = parked.filter_map(|holding| holding.name).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let says = "it is scaled to 0 and {count} claims wait for it with their data";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("count", names.len())
            .with("claims", names),
    ])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{claim, healthy, pod};
    use crate::model::{Intent, Unread, Why, Workload};
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
    fn nothing_is_called_left_behind_while_something_may_use_it() {
        let mut world = healthy(3);
        world.claims.push(claim(&world.set, 3));
        world.details.workloads = Err(Unread::new("list jobs", Why::Deadline));
        let judged = judged(&world);
        let not_run: Vec<&str> = judged.not_run.iter().map(|it| it.rule).collect();
        assert_eq!((judged.findings.len(), not_run), (0, vec!["claim-left-behind"]));
        world.details.workloads = Ok(vec![Workload {
            namespace: "shop".into(),
            kind: "cronjob".into(),
            name: "backup".into(),
            is_owned: false,
            claims: vec!["data-redis-3".into()],
        }]);
        assert_eq!(found(&world), [""; 0]);
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
