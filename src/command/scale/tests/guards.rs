//! What a rule forbids is not written.

use super::wanted;
use crate::command::guards::{gone_on_with, redis_worlds, worlds};
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
