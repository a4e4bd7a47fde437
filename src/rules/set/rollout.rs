//! A rolling update: on its way, without progress, or in a trap.

use super::{is_failing, is_stalled, last_change, numbers, short};
use crate::controller::{Action, Phase, Why, next_action};
use crate::model::{Management, Pod, Seen, Snapshot, Timestamp};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const IN_PROGRESS: Rule = Rule::new(
    "rollout-in-progress",
    Severity::Info,
    "some ordinals still run an older revision and are due for the newest",
    in_progress,
);

pub(super) const STALLED: Rule = Rule::new(
    "rollout-stalled",
    Severity::Error,
    "a rollout has not moved for ten minutes",
    stalled,
);

pub(super) const TRAPPED: Rule = Rule::new(
    "rollback-trap",
    Severity::Error,
    "the controller waits for a broken pod of an older revision, which only the rollout it holds up would mend",
    trapped,
);

/// Ordinals that are due for the newest revision and do not run it, and when a pod last changed.
struct Rollout {
    behind: Vec<u32>,
    due: usize,
    last_change: Option<Timestamp>,
}

/// None where none is going on, or where it is in a trap.
fn rollout(now: &Snapshot) -> Seen<Option<Rollout>> {
    let newest = now.set.update_revision.as_deref();
    let ordinals = now.ordinals()?;
    let due = || {
        let wanted = ordinals.iter().filter(|ordinal| ordinal.is_wanted);
        wanted.filter(|ordinal| now.is_due_for_update(ordinal.number))
    };
    let behind: Vec<u32> = due()
        .filter(|ordinal| ordinal.pod.is_some_and(|pod| pod.revision() != newest))
        .map(|ordinal| ordinal.number)
        .collect();
    let is_over = behind.is_empty() || newest.is_none() || now.set.deleting.is_some();
    if is_over || trap(now)?.is_some() {
        return Ok(None);
    }
    Ok(Some(Rollout { behind, due: due().count(), last_change: last_change(now)? }))
}

fn in_progress(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let rollout = rollout(now)?.filter(|rollout| !is_stalled(now, rollout.last_change));
    let says =
        "{updated} of {due} ordinals run revision {revision}; still on an older one: {behind}";
    Ok(rollout.map(|rollout| describe(now, &rollout, says)).into_iter().collect())
}

fn stalled(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let rollout = rollout(now)?.filter(|rollout| is_stalled(now, rollout.last_change));
    let Some(rollout) = rollout else { return Ok(Vec::new()) };
    let says = "the rollout of revision {revision} has stopped: {updated} of {due} ordinals run it";
    let violation =
        describe(now, &rollout, says).since(rollout.last_change).cause("no pod has changed since");
    Ok(vec![match next_action(now)? {
        Action::Wait(wait) => violation
            .with("waits_for", now.set.pod_name(wait.ordinal))
            .next("it goes on when {waits_for} is ready: look at that pod"),
        Action::Blocked(_) => violation.next("see what the controller is blocked by"),
        _ => violation.next("nothing holds it up: look at the log of kube-controller-manager"),
    }])
}

fn describe(now: &Snapshot, rollout: &Rollout, says: &'static str) -> Violation {
    let set = &now.set;
    let revision = set.update_revision.as_deref().unwrap_or_default();
    Violation::new(Object::set(&set.name), says)
        .with("updated", rollout.due - rollout.behind.len())
        .with("due", rollout.due)
        .with("revision", short(now, revision))
        .with("behind", numbers(&rollout.behind))
}

/// The pod that the rollout waits for and that only the rollout would mend.
pub(super) fn trap(now: &Snapshot) -> Seen<Option<&Pod>> {
    let Action::Wait(wait) = next_action(now)? else { return Ok(None) };
    if wait.phase == Phase::ScaleDown || !matches!(wait.why, Why::NotRunning | Why::NotReady) {
        return Ok(None);
    }
    let is_old = |pod: &&Pod| {
        now.is_due_for_update(wait.ordinal)
            && pod.revision() != now.set.update_revision.as_deref()
            && is_failing(now, pod)
    };
    Ok(now.pod(wait.ordinal)?.map(|pod| &**pod).filter(is_old))
}

fn trapped(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(pod) = trap(now)? else { return Ok(Vec::new()) };
    let newest = now.set.update_revision.as_deref().unwrap_or_default();
    let says = "it is broken on revision {old}, and the rollout of {revision} waits for it instead of replacing it";
    let violation = Violation::new(Object::pod(&pod.name), says)
        .with("old", short(now, pod.revision().unwrap_or_default()))
        .with("revision", short(now, newest))
        .since(pod.condition("Ready").and_then(|ready| ready.since).or(pod.created))
        .next("it comes back on {revision} when it is deleted");
    Ok(vec![match now.set.management {
        Management::OrderedReady => {
            violation.fix(["kubectl", "sts", "rollout", "resume", &now.set.name])
        }
        // The controller would replace every pod above it at once.
        Management::Parallel => violation.fix(["kubectl", "delete", "pod", &pod.name]),
    }])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{Management, Update, Version};
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("rollout-in-progress", |world| {
            new_template(world);
            world.pods[2].created = ago(30);
        }),
        ("rollout-stalled", new_template),
        ("rollback-trap", |world| {
            new_template(world);
            unready(world, 1, 100);
        }),
    ];

    fn new_template(world: &mut World) {
        world.set.update_revision = Some("redis-55aa".into());
    }

    fn unready(world: &mut World, index: usize, seconds: i64) {
        for condition in world.pods[index].conditions.iter_mut().filter(|it| it.kind == "Ready") {
            condition.holds = false;
            condition.since = ago(seconds);
        }
    }

    #[test]
    fn a_rollout_in_progress_and_one_that_stalled() {
        let mut world = healthy(3);
        new_template(&mut world);
        assert_eq!(found(&world), ["rollout-stalled"]);
        // Pods of this set take an hour longer to count as available.
        world.set.min_ready_seconds = 3600;
        assert_eq!(found(&world), ["rollout-in-progress"]);
        world.set.min_ready_seconds = 0;
        world.pods[2].created = ago(30);
        assert_eq!(found(&world), ["rollout-in-progress"]);
    }

    #[test]
    fn the_partition_is_an_index_and_what_is_below_it_is_not_due() {
        let mut world = healthy(3);
        new_template(&mut world);
        world.set.start = 3;
        world.pods = (3..6).map(|it| crate::model::example::pod(&world.set, it)).collect();
        world.claims = (3..6).map(|it| crate::model::example::claim(&world.set, it)).collect();
        world.set.update = Update::RollingUpdate { partition: Some(2), max_unavailable: None };
        assert_eq!(
            sentence(&world),
            "the rollout of revision 55aa has stopped: 0 of 1 ordinals run it"
        );
    }

    #[test]
    fn a_broken_pod_of_an_older_revision_is_a_trap() {
        let mut world = healthy(3);
        new_template(&mut world);
        unready(&mut world, 1, 700);
        world.pods[0].created = ago(1000);
        assert_eq!(found(&world), ["rollback-trap", "pod-not-ready"]);
        let fix = |world: &World| judged(world).findings[0].violation.fix[0].join(" ");
        assert_eq!(fix(&world), "kubectl sts rollout resume redis");
        // Parallel replaces it, except in 1.35.0 to 1.35.3.
        world.set.management = Management::Parallel;
        assert!(!found(&world).contains(&"rollback-trap"));
        world.version = Version::new(1, 35, 1);
        assert_eq!(found(&world), ["rollback-trap", "pod-not-ready"]);
        assert_eq!(fix(&world), "kubectl delete pod redis-1");
    }

    #[test]
    fn a_pod_that_only_starts_is_no_trap() {
        let mut world = healthy(3);
        new_template(&mut world);
        unready(&mut world, 1, 20);
        assert!(!found(&world).contains(&"rollback-trap"));
        // Nor is one that the rollout would not change.
        unready(&mut world, 1, 100);
        world.set.update = Update::RollingUpdate { partition: Some(2), max_unavailable: None };
        assert!(!found(&world).contains(&"rollback-trap"));
    }
}
