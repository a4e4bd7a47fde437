//! What a rule forbids is not written.

use super::wanted;
use crate::command::guards::{gone_on_with, redis_worlds, worlds};
use crate::command::operation::Proposal;
use crate::command::scale::guard::Guarded;
use crate::engine::AnyEngine;
use crate::model::{Intent, Snapshot};

const DOWN: Intent = Intent::Scale { replicas: 2 };
const UP: Intent = Intent::Scale { replicas: 4 };

fn generic(intent: &Intent) -> Vec<&'static str> {
    gone_on_with(worlds(), None, intent, |now| planner(now, None, intent))
}

fn of_redis(intent: &Intent) -> Vec<&'static str> {
    let (worlds, redis) = redis_worlds();
    gone_on_with(worlds, Some(redis), intent, |now| planner(now, Some(redis), intent))
}

fn planner(now: &Snapshot, engine: Option<&'static dyn AnyEngine>, intent: &Intent) -> Guarded {
    let Intent::Scale { replicas } = intent else { panic!("another intent") };
    Guarded::new(now, engine, wanted(*replicas, &[]))
}

#[test]
fn each_rule_that_blocks_a_scaling_stops_it_before_the_first_write() {
    assert_eq!(generic(&DOWN), [""; 0]);
    assert_eq!(generic(&UP), [""; 0]);
    assert_eq!(of_redis(&Intent::Scale { replicas: 4 }), [""; 0]);
    assert_eq!(of_redis(&Intent::Scale { replicas: 8 }), [""; 0]);
}

/// What is said to whoever wants that.
fn refused(
    rule: &str,
    worlds: Vec<(&'static str, Snapshot)>,
    engine: Option<&'static dyn AnyEngine>,
    replicas: u32,
) -> Vec<&'static str> {
    let now = worlds.into_iter().find_map(|(id, now)| (id == rule).then_some(now));
    let now = now.unwrap_or_else(|| panic!("no world of {rule}"));
    let plan = planner(&now, engine, &Intent::Scale { replicas }).plan(&now);
    plan.expect("a plan").refused.iter().map(|it| it.rule).collect()
}

#[test]
fn what_would_be_waited_for_in_vain_is_not_waited_for() {
    for rule in ["scale-down-deadlock", "controller-refused", "rollback-trap", "ordinal-missing"] {
        let refused = refused(rule, worlds(), None, 1);
        assert!(refused.contains(&rule), "{rule}: {refused:?}");
    }
}

#[test]
fn what_stands_in_the_way_is_said_where_there_is_no_plan_either() {
    for rule in ["open-slot", "slots-uncovered", "primary-down"] {
        let (worlds, redis) = redis_worlds();
        // Too few for three shards.
        let refused = refused(rule, worlds, Some(redis), 2);
        assert!(refused.contains(&rule), "{rule}: {refused:?}");
    }
}
