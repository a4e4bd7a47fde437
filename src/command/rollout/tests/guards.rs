//! What a rule forbids is not written.

use super::rollout;
use super::site::Site;
use crate::command::allowed::Allowed;
use crate::command::guards::{gone_on_with, redis_worlds, worlds};
use crate::command::rollout::guard::Guarded;
use crate::engine::AnyEngine;
use crate::model::{Intent, Snapshot};
use crate::plan::Data;
use crate::plan::rollout::{NewTemplate, Rollout};

/// They tell of the rollout itself, or of a pod that it replaces before any other.
const GONE_ON_WITH: &[&str] = &[
    "partition-beyond-replicas",
    "three-revisions",
    "rollout-stalled",
    "rollback-trap",
    "pod-config",
    "pod-image",
    "pod-init",
    "pod-out-of-memory",
    "pod-crash-loop",
    "pod-failed",
    "pod-unknown",
    "pod-unschedulable",
    "pod-gated",
    "pod-volume",
    "pod-starting",
    "pod-not-ready",
];

#[test]
fn each_rule_that_blocks_a_rollout_stops_it_before_the_first_write() {
    let planner = |now: &Snapshot| planner(now, None);
    assert_eq!(gone_on_with(worlds(), None, &Intent::Rollout, planner), GONE_ON_WITH);
}

#[test]
fn and_so_does_each_rule_of_redis() {
    let (worlds, redis) = redis_worlds();
    let planner = |now: &Snapshot| planner(now, Some(redis));
    assert_eq!(gone_on_with(worlds, Some(redis), &Intent::Rollout, planner), [""; 0]);
}

fn planner(now: &Snapshot, engine: Option<&'static dyn AnyEngine>) -> Guarded {
    let site = Site::new(3, None);
    let template = NewTemplate {
        generation: now.set.generation,
        revision: now.set.update_revision.clone(),
        ..site.template("redis-newest", false)
    };
    let rollout = Rollout {
        uid: now.set.uid.clone(),
        data: engine.map(|it| it as &dyn Data),
        ..rollout(&site, Some(template), None)
    };
    Guarded::new(rollout, engine, Allowed::default(), now)
}
