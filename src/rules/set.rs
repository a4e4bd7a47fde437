//! Rules about the StatefulSet as a whole.

use super::{Info, Object, Rule, Severity, Violation};
use crate::model::{Seen, Snapshot, Timestamp, Update};

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: Info {
            id: "spec-not-observed",
            severity: Severity::Warning,
            about: "the controller has not yet acted on the newest spec",
        },
        check: spec_not_observed,
    },
    Rule {
        info: Info {
            id: "rollout-in-progress",
            severity: Severity::Info,
            about: "some ordinals still run an older revision and are due for the newest",
        },
        check: rollout_in_progress,
    },
    Rule {
        info: Info {
            id: "rollout-stalled",
            severity: Severity::Error,
            about: "a rollout has not moved for ten minutes",
        },
        check: rollout_stalled,
    },
    Rule {
        info: Info {
            id: "owned-by-operator",
            severity: Severity::Info,
            about: "a controller owns the set and may undo what is changed by hand",
        },
        check: owned_by_operator,
    },
];

/// As `progressDeadlineSeconds` of a Deployment by default.
const ROLLOUT_DEADLINE_SECONDS: i64 = 600;

fn spec_not_observed(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let set = &now.set;
    if set.observed_generation >= set.generation {
        return Ok(Vec::new());
    }
    let says = "generation {generation} of its spec has not been acted on: the controller is at {observed}";
    Ok(vec![
        Violation::new(Object::set(&set.name), says)
            .with("generation", set.generation.unsigned_abs())
            .with("observed", set.observed_generation.unsigned_abs())
            .next("if it stays so, kube-controller-manager is not running or is far behind"),
    ])
}

/// Ordinals that are due for the newest revision and do not run it, and when a pod last changed.
struct Rollout {
    behind: Vec<u32>,
    due: usize,
    last_change: Option<Timestamp>,
}

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
    if behind.is_empty() || newest.is_none() {
        return Ok(None);
    }
    let changes = now.pods()?.iter().flat_map(|pod| {
        let ready = pod.condition("Ready").and_then(|condition| condition.since);
        [pod.created, pod.deleting, ready]
    });
    Ok(Some(Rollout { behind, due: due().count(), last_change: changes.flatten().max() }))
}

fn rollout_in_progress(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(rollout) = rollout(now)? else { return Ok(Vec::new()) };
    let says =
        "{updated} of {due} ordinals run revision {revision}; still on an older one: {behind}";
    Ok(vec![describe(now, &rollout, says)])
}

fn rollout_stalled(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(rollout) = rollout(now)? else { return Ok(Vec::new()) };
    let is_recent =
        |change: Timestamp| now.at.duration_since(change).as_secs() < ROLLOUT_DEADLINE_SECONDS;
    if rollout.last_change.is_none_or(is_recent) {
        return Ok(Vec::new());
    }
    let says = "the rollout of revision {revision} has stopped: {updated} of {due} ordinals run it";
    let next = match now.set.update {
        Update::RollingUpdate { .. } => {
            "the controller goes from the top and waits for every pod to be ready: look at the pods that are not"
        }
        Update::OnDelete | Update::Other(_) => "look at the pods that are not ready",
    };
    Ok(vec![
        describe(now, &rollout, says)
            .since(rollout.last_change)
            .cause("no pod has changed since")
            .next(next),
    ])
}

fn describe(now: &Snapshot, rollout: &Rollout, says: &'static str) -> Violation {
    let set = &now.set;
    let revision = set.update_revision.as_deref().unwrap_or_default();
    let hash = revision.strip_prefix(&format!("{}-", set.name)).unwrap_or(revision);
    let behind: Vec<String> = rollout.behind.iter().map(ToString::to_string).collect();
    Violation::new(Object::set(&set.name), says)
        .with("updated", rollout.due - behind.len())
        .with("due", rollout.due)
        .with("revision", hash)
        .with("behind", behind)
}

fn owned_by_operator(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let owner = now.set.owner.iter();
    let says =
        "{kind} {owner} owns this set: what is changed here by hand may be undone by its operator";
    Ok(owner
        .map(|owner| {
            Violation::new(Object::set(&now.set.name), says)
                .with("kind", owner.kind.as_str())
                .with("owner", owner.name.as_str())
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use crate::model::example::{ago, healthy};
    use crate::model::{Owner, Update};
    use crate::rules::tests::found;

    #[test]
    fn a_spec_that_was_not_observed() {
        let mut world = healthy(3);
        world.set.observed_generation = 2;
        assert_eq!(found(&world), ["spec-not-observed"]);
    }

    #[test]
    fn a_rollout_in_progress_and_one_that_stalled() {
        let mut world = healthy(3);
        world.set.update_revision = Some("redis-55aa".into());
        assert_eq!(found(&world), ["rollout-stalled", "rollout-in-progress"]);
        world.pods[2].created = ago(30);
        assert_eq!(found(&world), ["rollout-in-progress"]);
    }

    #[test]
    fn the_partition_is_an_index_and_what_is_below_it_is_not_due() {
        let mut world = healthy(3);
        world.set.update_revision = Some("redis-55aa".into());
        world.set.update = Update::RollingUpdate { partition: Some(3) };
        assert_eq!(found(&world), [""; 0]);
        world.set.update = Update::OnDelete;
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_set_of_an_operator() {
        let mut world = healthy(3);
        world.set.owner =
            Some(Owner { kind: "RedisCluster".into(), name: "shop".into(), uid: "1".into() });
        assert_eq!(found(&world), ["owned-by-operator"]);
    }
}
