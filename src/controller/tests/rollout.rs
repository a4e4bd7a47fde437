//! The newest revision, and which revision a pod is born on.

use super::*;
use crate::model::Version;

#[test]
fn from_the_top_down_to_the_partition() {
    use Phase::Replicas;
    hold(
        4,
        vec![
            ("the highest", new_template, Action::Update(vec![3])),
            (
                "the next when that is done",
                |world| {
                    new_template(world);
                    is_updated(world, 3);
                },
                Action::Update(vec![2]),
            ),
            (
                "it waits for the pod that it updated, as for any other",
                |world| {
                    new_template(world);
                    is_updated(world, 3);
                    world.pods[3].phase = PodPhase::Pending;
                },
                wait(3, Why::NotRunning, Replicas, &[0, 1, 2]),
            ),
            (
                "a broken pod of an older revision stops an ordered rollout for ever",
                |world| {
                    new_template(world);
                    unready(world, 1);
                },
                wait(1, Why::NotReady, Replicas, &[0, 2, 3]),
            ),
            (
                "a broken pod below the partition stops it too",
                |world| {
                    new_template(world);
                    partition(world, Some(2));
                    unready(world, 0);
                },
                wait(0, Why::NotReady, Replicas, &[1, 2, 3]),
            ),
            (
                "the partition ends it",
                |world| {
                    new_template(world);
                    partition(world, Some(3));
                    is_updated(world, 3);
                },
                Action::Idle,
            ),
            (
                "the partition is beyond the replicas",
                |world| {
                    new_template(world);
                    partition(world, Some(4));
                },
                Action::Idle,
            ),
            (
                "the partition is an index: ordinals 1 to 4 of which the last two are due",
                |world| {
                    shift(world);
                    new_template(world);
                    partition(world, Some(2));
                    is_updated(world, 3);
                },
                Action::Update(vec![3]),
            ),
            (
                "and the ordinal that equals it is not due",
                |world| {
                    shift(world);
                    new_template(world);
                    partition(world, Some(2));
                    is_updated(world, 3);
                    is_updated(world, 2);
                },
                Action::Idle,
            ),
            (
                "on delete, nobody deletes",
                |world| {
                    new_template(world);
                    world.set.update = Update::OnDelete;
                },
                Action::Idle,
            ),
            (
                "another strategy",
                |world| {
                    new_template(world);
                    world.set.update = Update::Other("Recreate".into());
                },
                Action::Unknown { strategy: "Recreate".into() },
            ),
            (
                "another strategy, and nothing to update",
                |world| world.set.update = Update::Other("Recreate".into()),
                Action::Idle,
            ),
        ],
    );
}

/// Ordinals 1 to 4 instead of 0 to 3.
fn shift(world: &mut World) {
    world.set.start = 1;
    world.pods = (1..5).map(|ordinal| crate::model::example::pod(&world.set, ordinal)).collect();
}

fn born(name: &'static str, change: fn(&mut World), revision: &str) -> Row {
    (name, change, create(&[(1, revision)]))
}

#[test]
fn which_revision_a_pod_is_born_on() {
    hold(
        4,
        vec![
            born("no rollout", |world| drop(world.pods.remove(1)), OLD),
            born(
                "below the partition",
                |world| {
                    new_template(world);
                    partition(world, Some(2));
                    world.pods.remove(1);
                },
                OLD,
            ),
            born(
                "at the partition, before its turn",
                |world| {
                    new_template(world);
                    partition(world, Some(1));
                    world.pods.remove(1);
                },
                NEW,
            ),
            born(
                "at the partition, which is an index",
                |world| {
                    shift(world);
                    new_template(world);
                    partition(world, Some(0));
                    world.pods.remove(0);
                },
                NEW,
            ),
            born(
                "below the partition, which is an index",
                |world| {
                    shift(world);
                    new_template(world);
                    partition(world, Some(1));
                    world.pods.remove(0);
                },
                OLD,
            ),
            born(
                "without rollingUpdate, below the current replicas",
                |world| {
                    new_template(world);
                    partition(world, None);
                    world.set.current_replicas = 2;
                    world.pods.remove(1);
                },
                OLD,
            ),
            born(
                "without rollingUpdate, above them",
                |world| {
                    new_template(world);
                    partition(world, None);
                    world.set.current_replicas = 1;
                    world.pods.remove(1);
                },
                NEW,
            ),
            born(
                "on delete",
                |world| {
                    new_template(world);
                    world.set.update = Update::OnDelete;
                    world.pods.remove(1);
                },
                NEW,
            ),
        ],
    );
}

fn at_most(world: &mut World, most: &str, version: Version) {
    let max_unavailable = Some(most.to_owned());
    world.set.update = Update::RollingUpdate { partition: Some(0), max_unavailable };
    world.version = version;
    new_template(world);
}

const COUNTS_BROKEN: Version = Version::new(1, 35, 2);
const ONE: Version = Version::new(1, 36, 2);
const FULL: Version = Version::new(1, 37, 0);

#[test]
fn a_parallel_rollout_by_version() {
    use Phase::Update as Rollout;
    hold(
        4,
        vec![
            (
                "a broken pod of an older revision is replaced in its turn",
                |world| {
                    at_most(world, "1", ONE);
                    parallel(world);
                    unready(world, 1);
                },
                Action::Update(vec![3]),
            ),
            (
                "it waits for the pod that it updated",
                |world| {
                    at_most(world, "1", ONE);
                    parallel(world);
                    is_updated(world, 3);
                    unready(world, 3);
                },
                wait(3, Why::NotReady, Rollout, &[0, 1, 2]),
            ),
            (
                "1.35.0 to 1.35.3 never replace a broken pod",
                |world| {
                    at_most(world, "1", COUNTS_BROKEN);
                    parallel(world);
                    unready(world, 1);
                },
                wait(1, Why::NotReady, Rollout, &[0, 2, 3]),
            ),
            (
                "1.37 replaces it first",
                |world| {
                    at_most(world, "1", FULL);
                    parallel(world);
                    unready(world, 1);
                },
                Action::Update(vec![1]),
            ),
            (
                "and others as far as the budget goes",
                |world| {
                    at_most(world, "2", FULL);
                    parallel(world);
                    unready(world, 1);
                },
                Action::Update(vec![1, 3]),
            ),
            (
                "a broken pod of the newest revision uses up the budget",
                |world| {
                    at_most(world, "1", FULL);
                    parallel(world);
                    is_updated(world, 0);
                    unready(world, 0);
                },
                wait(0, Why::NotReady, Rollout, &[1, 2, 3]),
            ),
        ],
    );
}

#[test]
fn several_at_once_by_version() {
    hold(
        4,
        vec![
            ("as many as it says", |world| at_most(world, "2", FULL), Action::Update(vec![3, 2])),
            (
                "in 1.35.0",
                |world| at_most(world, "3", COUNTS_BROKEN),
                Action::Update(vec![3, 2, 1]),
            ),
            ("in percent", |world| at_most(world, "50%", FULL), Action::Update(vec![3, 2])),
            ("at least one", |world| at_most(world, "10%", FULL), Action::Update(vec![3])),
            ("1.36 does not heed it", |world| at_most(world, "3", ONE), Action::Update(vec![3])),
            (
                "down to the partition",
                |world| {
                    at_most(world, "4", FULL);
                    let max_unavailable = Some("4".to_owned());
                    world.set.update =
                        Update::RollingUpdate { partition: Some(3), max_unavailable };
                },
                Action::Update(vec![3]),
            ),
        ],
    );
}
