//! What stands in the way of a scaling, and what is allowed to.

mod drain;

mod guards;
mod killed;
mod plans;

use crate::command::allowed::Allowed;
use crate::command::operation::Proposal;
use crate::model::example::{World, claim, healthy};
use crate::model::{Autoscaler, RetentionPolicy};
use crate::plan::scale::Manner;
use crate::plan::{Next, Planner, Wishes};

use super::guard::{Guarded, Wanted};

fn wanted(to: u32, allowed: &[String]) -> Wanted {
    let allowed = Allowed::new(allowed).expect("rules that exist");
    Wanted { to, wishes: Wishes::default(), is_levelled: false, manner: Manner::default(), allowed }
}

fn guarded(world: &World, to: u32, allowed: &[&str]) -> Guarded {
    let allowed: Vec<String> = allowed.iter().map(|it| (*it).to_owned()).collect();
    Guarded::new(&world.snapshot(), None, wanted(to, &allowed))
}

fn refused(world: &World, to: u32, allowed: &[&str]) -> Vec<&'static str> {
    let plan = guarded(world, to, allowed).plan(&world.snapshot()).expect("read");
    plan.refused.iter().map(|finding| finding.rule).collect()
}

fn refused_so(world: &World, to: u32, manner: Manner) -> Vec<&'static str> {
    let wanted = Wanted { manner, ..wanted(to, &[]) };
    let planner = Guarded::new(&world.snapshot(), None, wanted);
    let plan = planner.plan(&world.snapshot()).expect("read");
    plan.refused.iter().map(|finding| finding.rule).collect()
}

fn with_autoscaler() -> World {
    let mut world = healthy(3);
    world.autoscalers.push(Autoscaler {
        namespace: "shop".into(),
        name: "redis".into(),
        owner: None,
        target_kind: "StatefulSet".into(),
        target_name: "redis".into(),
        min: 1,
        max: 5,
        desired: None,
        conditions: Vec::new(),
    });
    world
}

#[test]
fn a_healthy_set_is_scaled() {
    assert_eq!(refused(&healthy(3), 2, &[]), [""; 0]);
    assert_eq!(refused(&healthy(3), 4, &[]), [""; 0]);
}

#[test]
fn what_stands_in_the_way_is_refused_and_may_be_allowed() {
    let world = with_autoscaler();
    assert_eq!(refused(&world, 2, &[]), ["autoscaler-owns-replicas"]);
    assert_eq!(refused(&world, 2, &["autoscaler-owns-replicas"]), [""; 0]);
    let mut world = healthy(3);
    world.claims.push(claim(&world.set, 3));
    assert_eq!(refused(&world, 4, &[]), ["claim-left-behind"]);
    assert_eq!(refused(&world, 2, &[]), [""; 0], "a scale-down has nothing to do with it");
}

#[test]
fn claims_that_are_to_go_stand_in_nobodys_way() {
    let mut world = healthy(3);
    world.set.retention.when_scaled = RetentionPolicy::Delete;
    let deletes = Manner { deletes_claims: true, ..Manner::default() };
    assert_eq!(refused_so(&world, 2, Manner::default()), ["scale-down-deletes-claims"]);
    assert_eq!(refused_so(&world, 2, deletes.clone()), [""; 0]);
    world.claims.push(claim(&world.set, 3));
    let fresh = Manner { is_fresh: true, ..Manner::default() };
    assert_eq!(refused_so(&world, 4, deletes), ["claim-left-behind"]);
    assert_eq!(refused_so(&world, 4, fresh), [""; 0]);
}

#[test]
fn what_a_run_that_was_cut_off_has_left_stands_in_nobodys_way() {
    let mut world = healthy(3);
    world.set.replicas = 2;
    assert_eq!(refused(&world, 1, &[]), [""; 0], "ordinal 2 is on its way out");
    world.pods[0].conditions.retain(|it| it.kind != "Ready");
    assert_eq!(refused(&world, 1, &[]), ["pod-not-ready"], "and ordinal 0 is broken");
    assert_eq!(refused(&world, 1, &["pod-not-ready"]), [""; 0]);
}

#[test]
fn only_rules_that_exist_can_be_allowed() {
    let allowed = ["no-such-rule".to_owned()];
    assert!(Allowed::new(&allowed).is_err());
}

#[test]
fn what_comes_into_the_way_is_waited_for_once_it_has_begun() {
    let mut world = healthy(3);
    let planner = guarded(&world, 1, &[]);
    let autoscalers = with_autoscaler().autoscalers;
    world.autoscalers = autoscalers;
    assert!(matches!(planner.next(&world.snapshot()), Ok(Next::Refuse(_))));
    world.set.replicas = 2;
    world.pods.pop();
    assert!(matches!(planner.next(&world.snapshot()), Ok(Next::Wait(_))));
}
