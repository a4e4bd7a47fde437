//! What holds for every guard: where a rule forbids it, nothing is written.

use super::operation::Proposal;
use crate::engine::{AnyEngine, named, redis};
use crate::model::example::healthy;
use crate::model::{Intent, Snapshot};
use crate::plan::Next;
use crate::rules::tests::{Broken, broken};
use crate::rules::{Finding, Severity, judge};

pub(super) type World = (&'static str, Snapshot);

/// What each rule finds something in, by its id.
pub(super) fn worlds() -> Vec<World> {
    let world = |(id, break_it): &Broken| {
        let mut world = healthy(3);
        break_it(&mut world);
        (*id, world.snapshot())
    };
    broken().map(world).collect()
}

pub(super) fn redis_worlds() -> (Vec<World>, &'static dyn AnyEngine) {
    (redis::worlds(), named("redis").expect("known"))
}

/// Rules that say no to what is wanted, and are gone on with all the same.
pub(super) fn gone_on_with<P: Proposal>(
    worlds: Vec<World>,
    engine: Option<&'static dyn AnyEngine>,
    intent: &Intent,
    planner: impl Fn(&Snapshot) -> P,
) -> Vec<&'static str> {
    let mut gone_on_with = Vec::new();
    for (rule, now) in worlds {
        if !blocks(rule, &now, engine, intent) {
            continue;
        }
        let planner = planner(&now);
        let is_refused = planner.plan(&now).map(|plan| !plan.refused.is_empty());
        match planner.next(&now) {
            Ok(Next::Do(_)) => gone_on_with.push(rule),
            Ok(Next::Refuse(_)) => assert_eq!(is_refused, Ok(true), "{rule}: the plan is silent"),
            Ok(Next::Wait(_) | Next::Done) => {}
            Err(_) => assert_ne!(is_refused, Ok(false), "{rule}: the plan does not know it"),
        }
    }
    gone_on_with
}

fn blocks(
    rule: &str,
    now: &Snapshot,
    engine: Option<&'static dyn AnyEngine>,
    intent: &Intent,
) -> bool {
    let now = Snapshot { intent: Some(intent.clone()), ..now.clone() };
    let mut judged = judge(&now);
    if let Some(engine) = engine {
        engine.judge(&now, &mut judged);
    }
    if let Some(operation) = now.operation() {
        judged.weigh(operation);
    }
    let is_in_the_way = |it: &&Finding| it.severity >= Severity::Unknown;
    judged.findings.iter().filter(is_in_the_way).any(|it| it.rule == rule)
}
