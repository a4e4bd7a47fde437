//! Fewer pods, and pods that cannot be made.

use super::*;
use crate::controller::Phase::ScaleDown;
use crate::model::example::pod;
use crate::model::{Event, Owner, RetentionPolicy};

fn fewer(world: &mut World, replicas: u32) {
    world.set.replicas = replicas;
}

#[test]
fn the_highest_goes_first_and_alone() {
    hold(
        6,
        vec![
            ("the highest", |world| fewer(world, 3), Action::ScaleDown(vec![5])),
            (
                "also below the start of the ordinals",
                |world| {
                    world.set.start = 2;
                    fewer(world, 4);
                },
                Action::ScaleDown(vec![1]),
            ),
            (
                "not while it leaves",
                |world| {
                    fewer(world, 4);
                    world.pods[5].deleting = ago(-9);
                },
                wait(5, Why::Terminating, ScaleDown, &[4]),
            ),
            (
                "not before a pod that stays is ready",
                |world| {
                    fewer(world, 4);
                    unready(world, 1);
                },
                wait(1, Why::NotReady, Phase::Replicas, &[2, 3, 4, 5]),
            ),
            (
                "one that is broken is no obstacle",
                |world| {
                    fewer(world, 4);
                    unready(world, 5);
                },
                Action::ScaleDown(vec![5]),
            ),
            (
                "a lower one that is broken is none either",
                |world| {
                    fewer(world, 4);
                    unready(world, 4);
                },
                Action::ScaleDown(vec![5]),
            ),
            (
                "two that are broken hold each other",
                |world| {
                    fewer(world, 3);
                    unready(world, 5);
                    unready(world, 3);
                },
                Action::Blocked(Blocked::Deadlock { higher: 5, lower: 3 }),
            ),
            (
                "a lower one that leaves does not hold the higher for ever",
                |world| {
                    fewer(world, 4);
                    unready(world, 5);
                    world.pods[4].deleting = ago(-9);
                },
                wait(4, Why::Terminating, ScaleDown, &[5]),
            ),
            (
                "nor one that will be available",
                |world| {
                    fewer(world, 4);
                    world.set.min_ready_seconds = 60;
                    unready(world, 5);
                    ready_for(world, 4, 59);
                },
                wait(4, Why::NotAvailable { seconds_left: 1 }, ScaleDown, &[5]),
            ),
            (
                "the higher one will be available",
                |world| {
                    fewer(world, 4);
                    world.set.min_ready_seconds = 60;
                    unready(world, 4);
                    ready_for(world, 5, 20);
                },
                wait(5, Why::NotAvailable { seconds_left: 40 }, ScaleDown, &[4]),
            ),
            (
                "scaling comes before the rollout",
                |world| {
                    new_template(world);
                    fewer(world, 5);
                },
                Action::ScaleDown(vec![5]),
            ),
        ],
    );
}

#[test]
fn a_parallel_set_drops_all_at_once() {
    hold(
        6,
        vec![
            (
                "whatever the others do",
                |world| {
                    parallel(world);
                    fewer(world, 3);
                    unready(world, 0);
                    unready(world, 5);
                    unready(world, 3);
                },
                Action::ScaleDown(vec![5, 4, 3]),
            ),
            (
                "but after what is missing",
                |world| {
                    parallel(world);
                    fewer(world, 5);
                    world.pods.remove(0);
                },
                create(&[(0, OLD)]),
            ),
            (
                "only those that are not on their way",
                |world| {
                    parallel(world);
                    fewer(world, 4);
                    world.pods[5].deleting = ago(1);
                },
                Action::ScaleDown(vec![4]),
            ),
        ],
    );
}

fn refuse(world: &mut World, reason: &str, pod: &str, seconds_ago: i64) {
    world.events.push(Event {
        namespace: "shop".into(),
        object_kind: "StatefulSet".into(),
        object_name: "redis".into(),
        object_uid: "set-uid".into(),
        reason: reason.into(),
        message: format!("create Pod {pod} in StatefulSet redis failed error: exceeded quota"),
        count: 1,
        last: ago(seconds_ago),
    });
}

fn refused(ordinal: u32) -> Action {
    let message =
        format!("create Pod redis-{ordinal} in StatefulSet redis failed error: exceeded quota");
    Action::Blocked(Blocked::Refused { ordinal, message })
}

#[test]
fn what_is_refused_stops_it() {
    hold(
        5,
        vec![
            (
                "refused",
                |world| {
                    world.pods.remove(3);
                    refuse(world, "FailedCreate", "redis-3", 5);
                },
                refused(3),
            ),
            (
                "refused long ago",
                |world| {
                    world.pods.remove(3);
                    refuse(world, "FailedCreate", "redis-3", 1500);
                },
                create(&[(3, OLD)]),
            ),
            (
                "refused before another was made",
                |world| {
                    world.pods.remove(3);
                    world.pods[3].created = ago(10);
                    refuse(world, "FailedCreate", "redis-3", 20);
                },
                create(&[(3, OLD)]),
            ),
            (
                "refused for another",
                |world| {
                    world.pods.remove(1);
                    refuse(world, "FailedCreate", "redis-11", 5);
                },
                create(&[(1, OLD)]),
            ),
            (
                "a parallel set makes the rest of the batch: 0 | 1, 2 | 3, 4",
                |world| {
                    parallel(world);
                    world.pods.drain(1..);
                    refuse(world, "FailedCreate", "redis-1", 5);
                },
                create(&[(2, OLD)]),
            ),
            (
                "and neither the next batch nor its scale-down",
                |world| {
                    parallel(world);
                    world.pods.drain(2..);
                    let beyond = pod(&world.set, 7);
                    world.pods.push(beyond);
                    refuse(world, "FailedCreate", "redis-2", 5);
                },
                refused(2),
            ),
            (
                "may not delete",
                |world| {
                    fewer(world, 4);
                    refuse(world, "FailedDelete", "redis-4", 5);
                },
                refused(4),
            ),
        ],
    );
}

#[test]
fn a_claim_or_a_name_that_stands_in_the_way_stops_it() {
    let claim = |ordinal| format!("data-redis-{ordinal}");
    hold(
        5,
        vec![
            (
                "its claim is going",
                |world| {
                    world.pods.remove(2);
                    world.claims[2].deleting = ago(5);
                },
                Action::Blocked(Blocked::ClaimTerminating { ordinal: 2, claim: claim(2) }),
            ),
            (
                "the claim of a pod that is pending is going",
                |world| {
                    parallel(world);
                    fewer(world, 4);
                    world.pods[1].phase = PodPhase::Pending;
                    world.claims[1].deleting = ago(5);
                },
                Action::Blocked(Blocked::ClaimTerminating { ordinal: 1, claim: claim(1) }),
            ),
            (
                "its claim belongs to the pod before it",
                stale_claim,
                Action::Blocked(Blocked::StaleClaim { ordinal: 2, claim: claim(2) }),
            ),
            (
                "which a parallel set passes over",
                |world| {
                    parallel(world);
                    stale_claim(world);
                    world.pods.remove(3);
                },
                create(&[(4, OLD)]),
            ),
            (
                "until nothing else is left",
                |world| {
                    parallel(world);
                    stale_claim(world);
                },
                Action::Blocked(Blocked::StaleClaim { ordinal: 2, claim: claim(2) }),
            ),
            (
                "and which is no obstacle where claims stay",
                |world| {
                    stale_claim(world);
                    world.set.retention.when_scaled = RetentionPolicy::Retain;
                },
                create(&[(2, OLD)]),
            ),
            (
                "the name is taken",
                |world| {
                    world.pods[2].owner = None;
                    world.pods[2].labels.clear();
                },
                Action::Blocked(Blocked::NameTaken { ordinal: 2 }),
            ),
            ("it is adopted", |world| world.pods[2].owner = None, Action::Idle),
        ],
    );
}

fn stale_claim(world: &mut World) {
    world.pods.remove(2);
    world.set.retention.when_scaled = RetentionPolicy::Delete;
    let owner = Owner { kind: "Pod".into(), name: "redis-2".into(), uid: "an-older-one".into() };
    world.claims[2].owners.push(owner);
}
