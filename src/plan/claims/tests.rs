//! What is chosen, and what is refused.

use super::*;
use crate::claims::Ground;
use crate::model::example::{World, claim, healthy, volume};
use crate::model::{PersistentVolume, Unread, Why, Workload};
use crate::plan::{Plan, plan};

fn ground(world: &World) -> Ground {
    world.snapshot().into()
}

fn choose(
    now: &Ground,
    set: &str,
    which: Which,
    discard_data: bool,
) -> (Vec<String>, Plan<Ground>) {
    let choice = Choice::of(now, "shop", set, which, discard_data).expect("read");
    let names = choice.deletion.claims.iter().map(|it| it.name.clone()).collect();
    let mut plan = plan(now, &choice.deletion).expect("read");
    plan.refused.extend(choice.refused);
    (names, plan)
}

fn steps(plan: &Plan<Ground>) -> Vec<String> {
    let words = plan.steps.iter().map(|step| step.describe());
    words.map(|it| format!("{} {}", it.verb, it.object.name)).collect()
}

fn refusals(plan: &Plan<Ground>) -> Vec<&'static str> {
    plan.refused.iter().map(|finding| finding.rule).collect()
}

/// With the claim of ordinal 2 left behind.
fn world() -> World {
    let mut world = healthy(2);
    world.claims.push(claim(&world.set, 2));
    world.volumes.push(PersistentVolume { reclaim: "Delete".into(), ..volume(&world.set, 2) });
    world
}

#[test]
fn what_is_left_behind_goes_and_its_data_stays() {
    let (names, plan) = choose(&ground(&world()), "redis", Which::LeftBehind, false);
    assert_eq!(names, ["data-redis-2"]);
    assert_eq!(steps(&plan), ["keep pv-2", "delete data-redis-2"]);
    assert_eq!(plan.consents().len(), 1, "one claim, one consent");
    let rights: Vec<String> =
        plan.rights().iter().map(|it| format!("{} {}", it.verb, it.resource)).collect();
    assert_eq!(rights, ["patch persistentvolumes", "delete persistentvolumeclaims"]);
    let (_, plan) = choose(&ground(&world()), "redis", Which::LeftBehind, true);
    assert_eq!(steps(&plan), ["delete data-redis-2"]);
    assert!(plan.steps[0].describe().says.contains("ITS DATA IS LOST"));
}

#[test]
fn nothing_that_may_be_needed_is_chosen() {
    let mut parked = world();
    parked.set.replicas = 0;
    parked.pods.clear();
    let (names, plan) = choose(&ground(&parked), "redis", Which::LeftBehind, false);
    assert_eq!((names.len(), refusals(&plan)), (0, vec!["claim-waits"; 3]));

    let mut unknown = world();
    unknown.details.workloads = Err(Unread::new("list jobs", Why::Deadline));
    let (names, plan) = choose(&ground(&unknown), "redis", Which::LeftBehind, false);
    assert_eq!((names.len(), refusals(&plan)), (0, vec!["claim-use-unknown"]));

    let mut foreign = world();
    foreign.details.workloads = Ok(vec![Workload {
        namespace: "shop".into(),
        kind: "deployment".into(),
        name: "reader".into(),
        is_owned: false,
        claims: vec!["data-redis-2".into()],
    }]);
    let (names, plan) = choose(&ground(&foreign), "redis", Which::LeftBehind, false);
    assert_eq!((names.len(), plan.steps.len(), plan.refused.len()), (0, 0, 0));
}

#[test]
fn a_reclaim_policy_that_was_not_read_counts_as_delete() {
    let mut now = ground(&world());
    let unread = Unread::new("list persistentvolumes", Why::Forbidden(None));
    std::sync::Arc::make_mut(&mut now.shared).volumes = Err(unread);
    let (_, plan) = choose(&now, "redis", Which::LeftBehind, false);
    assert_eq!((plan.steps.len(), refusals(&plan)), (0, vec!["reclaim-unread"]));
    let (_, plan) = choose(&now, "redis", Which::LeftBehind, true);
    assert_eq!(steps(&plan), ["delete data-redis-2"]);
    assert!(plan.steps[0].describe().says.contains("MAY BE LOST"));
}

#[test]
fn orphans_are_those_of_the_set_that_is_named() {
    let mut world = healthy(1);
    for (index, name) in ["data-old-0", "data-old-1", "data-other-0"].into_iter().enumerate() {
        let mut orphan = claim(&world.set, 0);
        (orphan.name, orphan.uid) = (name.into(), format!("uid-{index}"));
        orphan.volume = None;
        world.claims.push(orphan);
    }
    let now = ground(&world);
    let (names, plan) = choose(&now, "old", Which::Orphan, false);
    assert_eq!(names, ["data-old-1", "data-old-0"]);
    assert_eq!(steps(&plan), ["delete data-old-1", "delete data-old-0"]);
    assert_eq!(choose(&now, "redis", Which::Orphan, false).0, [""; 0]);
}

#[test]
fn the_plan_goes_on_behind_a_claim_that_is_going() {
    let mut world = world();
    world.claims.push(claim(&world.set, 3));
    world.claims[3].deleting = world.claims[3].created;
    let (names, plan) = choose(&ground(&world), "redis", Which::LeftBehind, false);
    assert_eq!(names, ["data-redis-3", "data-redis-2"]);
    assert_eq!(steps(&plan), ["keep pv-2", "delete data-redis-2"]);
}

#[test]
fn a_volume_of_another_claim_is_left_alone() {
    let mut world = world();
    let last = world.volumes.len() - 1;
    if let Some(claim) = &mut world.volumes[last].claim {
        claim.uid = "another".into();
    }
    let (_, plan) = choose(&ground(&world), "redis", Which::LeftBehind, false);
    assert_eq!(steps(&plan), ["delete data-redis-2"]);
}
