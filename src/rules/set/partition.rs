//! Rolling updates that a partition stops. The partition is an index, not an ordinal.

use super::{FORGOTTEN_SECONDS, behind, is_older, last_change, numbers, short};
use crate::model::{Operation, Seen, Snapshot, Update};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const PAUSED: Rule = Rule::new(
    "rollout-paused",
    Severity::Info,
    "a rollout has come down to its partition, and pods below it run an older revision",
    paused,
)
.blocks(&[Operation::Rollout, Operation::ScaleUp]);

pub(super) const BEYOND_REPLICAS: Rule = Rule::new(
    "partition-beyond-replicas",
    Severity::Warning,
    "there is a newer revision, and the partition lets no pod have it",
    beyond_replicas,
)
.blocks(&[Operation::Rollout, Operation::ScaleUp]);

pub(super) const LEFT: Rule = Rule::new(
    "partition-left",
    Severity::Info,
    "a partition is set and nothing is left to roll out: the next rollout stops at it",
    left,
);

/// A partition that is set, and what runs another revision than the newest.
struct Partition<'a> {
    index: u32,
    newest: &'a str,
    behind: Vec<u32>,
}

impl Partition<'_> {
    /// Whether it lets no pod be updated.
    fn is_beyond(&self, now: &Snapshot) -> bool {
        self.index >= now.set.replicas
    }

    /// Nothing that is due is left to do.
    fn is_reached(&self, now: &Snapshot) -> bool {
        !self.behind.iter().any(|ordinal| now.is_due_for_update(*ordinal))
    }

    fn describe(&self, now: &Snapshot, says: &'static str) -> Violation {
        Violation::new(Object::set(&now.set.name), says)
            .with("partition", self.index)
            .with("replicas", now.set.replicas)
            .with("revision", short(now, self.newest))
            .with("first", now.set.first_updated_ordinal())
            .with("behind", numbers(&self.behind))
    }
}

fn partition(now: &Snapshot) -> Seen<Option<Partition<'_>>> {
    let set = &now.set;
    let Update::RollingUpdate { partition: Some(index), .. } = set.update else { return Ok(None) };
    if index == 0 || set.replicas == 0 || set.deleting.is_some() {
        return Ok(None);
    }
    Ok(behind(now)?.map(|(newest, behind)| Partition { index, newest, behind }))
}

fn is_untouched(now: &Snapshot, newest: &str) -> Seen<bool> {
    let mut ordinals = now.ordinals()?.into_iter().filter(|ordinal| ordinal.is_wanted);
    Ok(!ordinals.any(|ordinal| ordinal.pod.is_some_and(|pod| pod.revision() == Some(newest))))
}

fn paused(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(partition) = partition(now)? else { return Ok(Vec::new()) };
    let is_told = partition.is_beyond(now) && is_untouched(now, partition.newest)?;
    if partition.behind.is_empty() || !partition.is_reached(now) || is_told {
        return Ok(Vec::new());
    }
    let last_change = last_change(now)?;
    let says = "partition {partition} holds the rollout of {revision}: ordinals {behind} stay on an older revision";
    let violation = partition
        .describe(now, says)
        .since(last_change)
        .next("a pod below ordinal {first} comes back on the old revision, a new one above it on the newest")
        .fix(["kubectl", "sts", "rollout", "resume", &now.set.name]);
    // A canary is watched for hours.
    let is_forgotten = is_older(now, last_change, FORGOTTEN_SECONDS);
    Ok(vec![if is_forgotten { violation.severity(Severity::Warning) } else { violation }])
}

fn beyond_replicas(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let partition = partition(now)?.filter(|it| it.is_beyond(now) && !it.behind.is_empty());
    let Some(partition) = partition else { return Ok(Vec::new()) };
    if !is_untouched(now, partition.newest)? {
        return Ok(Vec::new());
    }
    let says = "partition {partition} is not below its {replicas:replica}: no pod gets revision {revision}";
    let violation = partition.describe(now, says).with("canary", now.set.replicas - 1);
    let violation = violation.next("partition {canary} lets the highest ordinal try it").fix([
        "kubectl",
        "sts",
        "rollout",
        "resume",
        &now.set.name,
        "--canary",
        "1",
    ]);
    Ok(vec![violation])
}

fn left(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let partition = partition(now)?.filter(|partition| partition.behind.is_empty());
    let Some(partition) = partition else { return Ok(Vec::new()) };
    let says = if partition.is_beyond(now) {
        "partition {partition} is set: the next rollout updates none of its {replicas:replica}"
    } else {
        "partition {partition} is set: the next rollout updates only ordinals from {first} on"
    };
    Ok(vec![partition.describe(now, says)])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::Update;
    use crate::model::example::{World, ago, healthy};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("rollout-paused", |world| canary(world, 2)),
        ("partition-beyond-replicas", |world| {
            partition(world, 3);
            world.set.update_revision = Some("redis-new".into());
        }),
        ("partition-left", |world| partition(world, 1)),
    ];

    fn partition(world: &mut World, index: u32) {
        world.set.update = Update::RollingUpdate { partition: Some(index), max_unavailable: None };
    }

    /// The pods from this index on run a newer revision.
    fn canary(world: &mut World, index: u32) {
        partition(world, index);
        world.set.update_revision = Some("redis-new".into());
        for pod in &mut world.pods[index as usize..] {
            pod.labels.insert("controller-revision-hash".into(), "redis-new".into());
        }
    }

    #[test]
    fn a_rollout_that_a_partition_holds() {
        let mut world = healthy(3);
        canary(&mut world, 2);
        assert_eq!(found(&world), ["rollout-paused"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        assert_eq!(
            sentence(&world),
            "partition 2 holds the rollout of new: ordinals 0, 1 stay on an older revision"
        );
        for pod in &mut world.pods {
            pod.created = ago(100_000);
            pod.conditions.iter_mut().for_each(|condition| condition.since = ago(90_000));
        }
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
    }

    #[test]
    fn a_partition_that_lets_no_pod_be_updated() {
        let mut world = healthy(3);
        partition(&mut world, 5);
        assert_eq!(found(&world), ["partition-left"]);
        world.set.update_revision = Some("redis-new".into());
        assert_eq!(found(&world), ["partition-beyond-replicas"]);
        assert_eq!(
            sentence(&world),
            "partition 5 is not below its {replicas:replica}: no pod gets revision new"
        );
        // A scale-down took the canary's neighbours: what is left is a rollout that is held.
        canary(&mut world, 2);
        partition(&mut world, 3);
        assert_eq!(found(&world), ["rollout-paused"]);
    }

    #[test]
    fn a_partition_of_nothing_is_none() {
        let mut world = healthy(3);
        partition(&mut world, 0);
        assert_eq!(found(&world), [""; 0]);
        partition(&mut world, 2);
        world.set.start = 10;
        world.pods = (10..13).map(|it| crate::model::example::pod(&world.set, it)).collect();
        world.claims = (10..13).map(|it| crate::model::example::claim(&world.set, it)).collect();
        world.endpoints =
            (10..13).map(|it| crate::model::example::endpoint(&world.set, it)).collect();
        assert_eq!(
            sentence(&world),
            "partition 2 is set: the next rollout updates only ordinals from 12 on"
        );
    }
}
