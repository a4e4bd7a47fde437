//! The plan, and when it waits.

mod claims;

use super::*;
use crate::model::RetentionPolicy;
use crate::model::example::{World, ago, healthy, pod};
use crate::plan::plan;

fn scale(to: u32) -> Scale<'static> {
    let (uid, wishes, manner) = ("set-uid".into(), Wishes::default(), Manner::default());
    Scale { uid, from: 0, to, data: None, wishes, is_levelled: false, manner }
}

fn steps(world: &World, to: u32) -> Vec<String> {
    let plan = plan(&world.snapshot(), &scale(to)).expect("read");
    let words = plan.steps.iter().map(|step| step.describe());
    words
        .map(|it| {
            let value = |name: &str| {
                it.evidence.iter().find(|(known, _)| *known == name).map(|it| it.1.clone())
            };
            format!("{} {:?} {:?}", it.verb, value("from"), value("to"))
                .replace("Some(Count(", "")
                .replace("))", "")
        })
        .collect()
}

fn wait(world: &World, to: u32) -> Option<String> {
    match scale(to).next(&world.snapshot()).expect("read") {
        Next::Wait(wait) => Some(format!("{} {}", wait.object.name, wait.says)),
        _ => None,
    }
}

#[test]
fn one_ordinal_at_a_time_whatever_the_policy() {
    let mut world = healthy(4);
    assert_eq!(steps(&world, 2), ["lower 4 3", "lower 3 2"]);
    assert_eq!(steps(&world, 6), ["raise 4 5", "raise 5 6"]);
    assert_eq!(steps(&world, 4), [""; 0]);
    world.set.management = crate::model::Management::Parallel;
    assert_eq!(steps(&world, 2), ["lower 4 3", "lower 3 2"]);
    assert_eq!(steps(&world, 0).len(), 4);
    world.set.start = 3;
    world.pods = (3..7).map(|ordinal| pod(&world.set, ordinal)).collect();
    let plan = plan(&world.snapshot(), &scale(3)).expect("read");
    assert!(format!("{:?}", plan.steps[0]).contains("redis-6"));
}

#[test]
fn the_next_ordinal_waits_for_the_last_one() {
    let mut world = healthy(3);
    world.set.replicas = 2;
    assert_eq!(wait(&world, 1).as_deref(), Some("redis-2 until it is gone"));
    world.pods.pop();
    assert_eq!(wait(&world, 1), None);
    world.pods[0].conditions.clear();
    assert_eq!(wait(&world, 1).as_deref(), Some("redis-0 until it is ready"));
    world.pods.remove(0);
    assert_eq!(wait(&world, 1).as_deref(), Some("redis-0 until it is there"));
}

#[test]
fn the_plan_goes_on_behind_what_it_waits_for() {
    let mut world = healthy(3);
    world.set.replicas = 2;
    assert_eq!(steps(&world, 4), ["raise 2 3", "raise 3 4"], "while a pod still leaves");
    world.pods.truncate(1);
    assert_eq!(steps(&world, 1), ["lower 2 1"]);
    world.set.generation += 1;
    assert_eq!(steps(&world, 1), ["lower 2 1"]);
}

#[test]
fn the_one_that_leaves_need_not_be_ready() {
    let mut world = healthy(3);
    world.pods[2].conditions.clear();
    assert_eq!(wait(&world, 2), None);
    assert_eq!(wait(&world, 4).as_deref(), Some("redis-2 until it is ready"));
    assert_eq!(
        wait(&world, 3).as_deref(),
        Some("redis-2 until it is ready"),
        "done is when all are"
    );
}

#[test]
fn ready_for_long_enough() {
    let mut world = healthy(2);
    world.set.min_ready_seconds = 10;
    world.pods[0].conditions.iter_mut().for_each(|it| it.since = ago(5));
    assert_eq!(wait(&world, 1).as_deref(), Some("redis-0 until it is ready"));
}

#[test]
fn what_was_written_is_seen_by_the_controller_first() {
    let mut world = healthy(3);
    world.set.generation += 1;
    assert!(wait(&world, 2).is_some());
}

#[test]
fn a_set_that_was_made_anew_is_another() {
    let mut world = healthy(3);
    world.set.uid = "another".into();
    assert!(matches!(scale(2).next(&world.snapshot()), Ok(Next::Refuse(_))));
}

#[test]
fn what_becomes_of_the_claims_is_said() {
    let mut world = healthy(3);
    let says =
        |world: &World| plan(&world.snapshot(), &scale(2)).expect("read").steps[0].describe().says;
    assert!(says(&world).contains("kept"));
    world.set.retention.when_scaled = RetentionPolicy::Delete;
    assert!(says(&world).contains("DELETED"));
}
