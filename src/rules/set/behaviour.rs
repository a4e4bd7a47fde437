//! Who else acts on the set: a server with a known bug, an operator, a webhook.

use super::rollout::trap;
use crate::controller::{UpdateBudget, update_budget};
use crate::model::{Management, Operation, Seen, Snapshot, Update, Version};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const SERVER_BUG: Rule = Rule::new(
    "server-bug",
    Severity::Warning,
    "this version of Kubernetes has a bug that concerns the set",
    server_bug,
)
.blocks(&[Operation::Rollout]);

pub(super) const MAX_UNAVAILABLE: Rule = Rule::new(
    "max-unavailable-ignored",
    Severity::Warning,
    "maxUnavailable is set and this version of Kubernetes does not heed it",
    max_unavailable_ignored,
);

pub(super) const OWNED: Rule = Rule::new(
    "owned-by-operator",
    Severity::Info,
    "a controller owns the set and may undo what is changed by hand",
    owned_by_operator,
)
.blocks(CHANGING);

/// What its operator would do, or undo.
const CHANGING: &[Operation] = &[Operation::ScaleDown, Operation::ScaleUp, Operation::Rollout];

pub(super) const DOWNSCALE_FORBIDDEN: Rule = Rule::new(
    "downscale-forbidden",
    Severity::Info,
    "a label of the set forbids its scale-down",
    downscale_forbidden,
)
.blocks(&[Operation::ScaleDown]);

/// Of Grafana's rollout-operator, which heeds no other value, and no annotation of this name.
const NO_DOWNSCALE: &str = "grafana.com/no-downscale";

/// One that has struck is told as a trap.
fn server_bug(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let set = &now.set;
    let is_rolling = matches!(set.update, Update::RollingUpdate { .. });
    let is_parallel = set.management == Management::Parallel;
    let is_pending = set.update_revision != set.current_revision;
    // Which version it is does not matter to others.
    if !(is_rolling && is_parallel || is_pending) {
        return Ok(Vec::new());
    }
    let version = *now.shared.version.as_ref().map_err(Clone::clone)?;
    let counts_broken = update_budget(&now.shared.version) == UpdateBudget::CountsBroken;
    if trap(now)?.is_some() {
        return Ok(Vec::new());
    }
    let (says, next) = if counts_broken && is_rolling && is_parallel {
        (
            "Kubernetes {version} never replaces a pod of a Parallel set that is broken when a rollout begins",
            "a broken rollout cannot be undone without deleting its pods by hand; 1.35.4 has it mended",
        )
    } else if (Version::new(1, 34, 0)..Version::new(1, 34, 2)).contains(&version) && is_pending {
        (
            "Kubernetes {version} begins rollouts that nobody asked for, and this one may be such",
            "compare the two revisions (kubectl rollout history); 1.34.2 has it mended",
        )
    } else {
        return Ok(Vec::new());
    };
    let violation = Violation::new(Object::set(&set.name), says);
    Ok(vec![violation.with("version", version.to_string()).next(next)])
}

fn max_unavailable_ignored(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Update::RollingUpdate { max_unavailable: Some(most), .. } = &now.set.update else {
        return Ok(Vec::new());
    };
    let version = *now.shared.version.as_ref().map_err(Clone::clone)?;
    // One is what it does anyway.
    if most == "1" || update_budget(&Ok(version)) != UpdateBudget::One {
        return Ok(Vec::new());
    }
    let says = "maxUnavailable {most} has no effect in Kubernetes {version} as it comes: one pod at a time, where nobody has turned MaxUnavailableStatefulSet on";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("most", most.as_str())
            .with("version", version.to_string())
            .next("from 1.37 on it takes effect: see that the database can lose so many"),
    ])
}

/// It matters only to somebody who is about to change the set.
fn owned_by_operator(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let owner = now.set.owner.iter();
    let says =
        "{kind} {owner} owns this set: what is changed here by hand may be undone by its operator";
    let is_changed = now.operation().is_some_and(|it| CHANGING.contains(&it));
    let severity = if is_changed { Severity::Warning } else { Severity::Info };
    Ok(owner
        .map(|owner| {
            Violation::new(Object::set(&now.set.name), says)
                .with("kind", owner.kind.as_str())
                .with("owner", owner.name.as_str())
                .severity(severity)
        })
        .collect())
}

/// The label is a wish also where no webhook enforces it.
fn downscale_forbidden(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let set = &now.set;
    if set.labels.get(NO_DOWNSCALE).is_none_or(|value| value != "true") {
        return Ok(Vec::new());
    }
    let says = "its label {label} forbids a scale-down: where the webhook of rollout-operator runs, it is refused";
    let violation = Violation::new(Object::set(&set.name), says)
        .with("label", format!("{NO_DOWNSCALE}=true"))
        .next("take the label off when the scale-down is meant");
    Ok(vec![if now.operation() == Some(Operation::ScaleDown) {
        let label = format!("{NO_DOWNSCALE}-");
        let fix = ["kubectl", "label", "statefulset", &set.name, &label];
        violation.severity(Severity::Warning).fix(fix)
    } else {
        violation
    }])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::example::{World, healthy};
    use crate::model::{Intent, Owner};
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("server-bug", |world| {
            world.version = Version::new(1, 35, 3);
            world.set.management = Management::Parallel;
        }),
        ("max-unavailable-ignored", |world| at_most(world, "3")),
        ("owned-by-operator", |world| {
            world.set.owner =
                Some(Owner { kind: "RedisCluster".into(), name: "shop".into(), uid: "1".into() });
        }),
        ("downscale-forbidden", |world| forbid(world, "true")),
    ];

    fn forbid(world: &mut World, value: &str) {
        world.set.labels.insert(NO_DOWNSCALE.into(), value.into());
    }

    fn at_most(world: &mut World, most: &str) {
        let max_unavailable = Some(most.to_owned());
        world.set.update = Update::RollingUpdate { partition: Some(0), max_unavailable };
    }

    #[test]
    fn bugs_of_servers_by_version() {
        let parallel = |version| {
            let mut world = healthy(3);
            world.version = version;
            world.set.management = Management::Parallel;
            found(&world)
        };
        assert_eq!(parallel(Version::new(1, 34, 0)), [""; 0]);
        assert_eq!(parallel(Version::new(1, 35, 0)), ["server-bug"]);
        assert_eq!(parallel(Version::new(1, 35, 4)), [""; 0]);
        let mut world = healthy(3);
        world.version = Version::new(1, 34, 1);
        assert_eq!(found(&world), [""; 0]);
        world.set.current_revision = Some("redis-55aa".into());
        assert_eq!(found(&world), ["server-bug"]);
        world.version = Version::new(1, 34, 2);
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_budget_that_the_server_does_not_heed() {
        let mut world = healthy(3);
        at_most(&mut world, "50%");
        assert_eq!(
            sentence(&world),
            "maxUnavailable 50% has no effect in Kubernetes 1.36.2 as it comes: one pod at a time, where nobody has turned MaxUnavailableStatefulSet on"
        );
        world.version = Version::new(1, 37, 0);
        assert_eq!(found(&world), [""; 0]);
        world.version = Version::new(1, 36, 2);
        at_most(&mut world, "1");
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_set_of_an_operator() {
        let mut world = healthy(3);
        world.set.owner =
            Some(Owner { kind: "RedisCluster".into(), name: "shop".into(), uid: "1".into() });
        assert_eq!(found(&world), ["owned-by-operator"]);
    }

    #[test]
    fn a_set_that_is_not_to_become_smaller() {
        let mut world = healthy(3);
        forbid(&mut world, "false");
        assert_eq!(found(&world), [""; 0]);
        forbid(&mut world, "true");
        assert!(
            sentence(&world)
                .starts_with("its label grafana.com/no-downscale=true forbids a scale-down")
        );
        let finding = |world: &World| judged(world).findings.remove(0);
        assert_eq!(finding(&world).severity, Severity::Info);
        assert_eq!(finding(&world).violation.fix, [[""; 0]; 0]);
        world.intent = Some(Intent::Scale { replicas: 2 });
        let ahead = finding(&world);
        assert_eq!(
            (ahead.rule, ahead.blocks),
            ("downscale-forbidden", &[Operation::ScaleDown][..])
        );
        assert_eq!(ahead.violation.fix[0][4], "grafana.com/no-downscale-");
    }
}
