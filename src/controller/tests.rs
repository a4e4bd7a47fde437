//! Every step of the algorithm: a change of a healthy set, and what the controller does about it.

mod rollout;
mod scaling;

use super::{Action, Birth, Blocked, Phase, Wait, Why, next_action};
use crate::model::example::{World, ago, healthy};
use crate::model::{Management, Phase as PodPhase, Update};

const OLD: &str = "redis-7c9f5d";
const NEW: &str = "redis-new";

/// What is changed, by name, and what it does then.
type Row = (&'static str, fn(&mut World), Action);

fn hold(replicas: u32, rows: Vec<Row>) {
    for (name, change, expected) in rows {
        let mut world = healthy(replicas);
        change(&mut world);
        assert_eq!(next_action(&world.snapshot()), Ok(expected), "{name}");
    }
}

fn create(births: &[(u32, &str)]) -> Action {
    let birth = |(ordinal, revision): &(u32, &str)| Birth {
        ordinal: *ordinal,
        revision: (*revision).to_owned(),
    };
    Action::Create(births.iter().map(birth).collect())
}

fn wait(ordinal: u32, why: Why, phase: Phase, untouched: &[u32]) -> Action {
    Action::Wait(Wait { ordinal, why, phase, untouched: untouched.to_vec() })
}

fn unready(world: &mut World, index: usize) {
    let ready = world.pods[index].conditions.iter_mut().find(|it| it.kind == "Ready");
    ready.expect("a condition").holds = false;
}

/// Ready for so many seconds.
fn ready_for(world: &mut World, index: usize, seconds: i64) {
    let ready = world.pods[index].conditions.iter_mut().find(|it| it.kind == "Ready");
    ready.expect("a condition").since = ago(seconds);
}

fn parallel(world: &mut World) {
    world.set.management = Management::Parallel;
}

/// There is a newer revision, which no pod runs.
fn new_template(world: &mut World) {
    world.set.update_revision = Some(NEW.into());
}

fn is_updated(world: &mut World, index: usize) {
    world.pods[index].labels.insert("controller-revision-hash".into(), NEW.into());
}

fn partition(world: &mut World, partition: Option<u32>) {
    world.set.update = Update::RollingUpdate { partition, max_unavailable: None };
}

#[test]
fn the_set_comes_first() {
    hold(
        3,
        vec![
            ("nothing to do", |_| {}, Action::Idle),
            (
                "being deleted, also with a newer spec",
                |world| {
                    world.set.deleting = ago(5);
                    world.set.observed_generation = 1;
                },
                Action::Blocked(Blocked::Deleting),
            ),
            (
                "a newer spec",
                |world| {
                    world.set.observed_generation = 2;
                    unready(world, 0);
                },
                Action::SpecNotObserved,
            ),
            ("never seen", |world| world.set.update_revision = None, Action::SpecNotObserved),
        ],
    );
}

#[test]
fn pods_that_were_not_read_are_not_missing() {
    let mut now = healthy(3).snapshot();
    now.pods = Err(crate::model::Unread::not_asked("list pods"));
    assert!(next_action(&now).is_err());
}

#[test]
fn a_claim_is_read_only_for_a_pod_that_is_missing() {
    let snapshot = |world: &World| {
        let mut now = world.snapshot();
        let mut shared = (*now.shared).clone();
        shared.claims = Err(crate::model::Unread::not_asked("list claims"));
        now.shared = shared.into();
        now
    };
    let mut world = healthy(3);
    assert_eq!(next_action(&snapshot(&world)), Ok(Action::Idle));
    world.pods.remove(1);
    assert!(next_action(&snapshot(&world)).is_err());
}

#[test]
fn one_ordinal_after_the_other() {
    use Phase::Replicas;
    hold(
        5,
        vec![
            (
                "the lowest that is missing",
                |world| {
                    world.pods.remove(3);
                    world.pods.remove(1);
                },
                create(&[(1, OLD)]),
            ),
            (
                "not past a pod that is not ready",
                |world| {
                    world.pods.remove(4);
                    unready(world, 1);
                },
                wait(1, Why::NotReady, Replicas, &[2, 3, 4]),
            ),
            (
                "a missing one before a higher that is not ready",
                |world| {
                    unready(world, 3);
                    world.pods.remove(1);
                },
                create(&[(1, OLD)]),
            ),
            (
                "not past one that leaves",
                |world| world.pods[2].deleting = ago(-5),
                wait(2, Why::Terminating, Replicas, &[3, 4]),
            ),
            (
                "not past one that has not started",
                |world| world.pods[0].phase = PodPhase::Pending,
                wait(0, Why::NotRunning, Replicas, &[1, 2, 3, 4]),
            ),
            (
                "not past one that is ready for too short a time",
                |world| {
                    world.set.min_ready_seconds = 30;
                    ready_for(world, 3, 10);
                },
                wait(3, Why::NotAvailable { seconds_left: 20 }, Replicas, &[4]),
            ),
            (
                "one that has failed is replaced",
                |world| world.pods[1].phase = PodPhase::Failed,
                Action::Replace(vec![1]),
            ),
            (
                "and one that has succeeded",
                |world| world.pods[4].phase = PodPhase::Succeeded,
                Action::Replace(vec![4]),
            ),
            (
                "but not before its turn",
                |world| {
                    unready(world, 0);
                    world.pods[4].phase = PodPhase::Failed;
                },
                wait(0, Why::NotReady, Replicas, &[1, 2, 3, 4]),
            ),
            (
                "one that has failed and leaves",
                |world| {
                    world.pods[4].phase = PodPhase::Failed;
                    world.pods[4].deleting = ago(1);
                },
                wait(4, Why::Terminating, Replicas, &[]),
            ),
        ],
    );
}

#[test]
fn all_ordinals_at_once() {
    hold(
        5,
        vec![
            (
                "every missing one",
                |world| {
                    parallel(world);
                    unready(world, 0);
                    world.pods.remove(3);
                    world.pods.remove(1);
                },
                create(&[(1, OLD), (3, OLD)]),
            ),
            (
                "every one that has ended",
                |world| {
                    parallel(world);
                    world.pods[1].phase = PodPhase::Failed;
                    world.pods[4].phase = PodPhase::Succeeded;
                },
                Action::Replace(vec![1, 4]),
            ),
            (
                "it waits for nobody when nothing waits",
                |world| {
                    parallel(world);
                    unready(world, 4);
                    world.pods[2].deleting = ago(1);
                },
                Action::Idle,
            ),
        ],
    );
}
