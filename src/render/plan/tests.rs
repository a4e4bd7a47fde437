//! A plan and its end, as they are read.

use insta::assert_snapshot;

use super::lines::{EndLine, EventLine, PlanLine};
use super::*;
use crate::claims::Ground;
use crate::execute::{End, Outcome};
use crate::model::example::{claim, healthy, now, volume};
use crate::plan::claims::{Choice, Which};
use crate::render::json::tests::fits;

fn headline() -> Headline {
    Headline {
        context: Some("prod-eu".into()),
        namespace: "shop".into(),
        object: "statefulset/redis".into(),
        now: now(),
        says: "1 claim left behind to be deleted:".into(),
    }
}

fn shown(replicas: u32) -> Plan<Ground> {
    let mut world = healthy(replicas);
    world.claims.push(claim(&world.set, 2));
    world.volumes.push(volume(&world.set, 2));
    world.volumes.iter_mut().for_each(|it| it.reclaim = "Delete".into());
    let now = Ground::from(world.snapshot());
    let choice = Choice::of(&now, "shop", "redis", Which::LeftBehind, false).expect("read");
    let mut plan = crate::plan::plan(&now, &choice.deletion).expect("read");
    plan.refused.extend(choice.refused);
    plan
}

#[test]
fn a_plan_that_can_run() {
    assert_snapshot!(plan(&headline(), &shown(2), Look::default()), @r"
    context prod-eu   namespace shop   statefulset/redis
    1 claim left behind to be deleted:

      1   keep       pv/pv-2: reclaim policy Delete -> Retain: the data of data-redis-2 survives its claim
      2   delete     pvc/data-redis-2: 1.0 GiB, made 24h ago, last use not known; its data stays on pv-2
    ");
    assert_snapshot!(plan(&headline(), &shown(2), Look { colour: false, width: Some(80) }), @r"
    context prod-eu   namespace shop   statefulset/redis
    1 claim left behind to be deleted:

      1   keep       pv/pv-2: reclaim policy Delete -> Retain: the data of
                     data-redis-2 survives its claim
      2   delete     pvc/data-redis-2: 1.0 GiB, made 24h ago, last use not known;
                     its data stays on pv-2
    ");
}

#[test]
fn a_plan_that_is_refused() {
    assert_snapshot!(plan(&headline(), &shown(0), Look::default()), @r"
    context prod-eu   namespace shop   statefulset/redis
    1 claim left behind to be deleted:

    ERROR     claim-waits           pvc/data-redis-2   its set is scaled to 0 and waits with it: it is not left behind
                next    delete the set first if it is not to come back: its claims are orphans then
    ");
}

#[test]
fn every_end_is_one_sentence() {
    let end = |writes, end| {
        let outcome = Outcome { writes, end, reasons: Vec::new() };
        let again = again(&["kubectl", "sts", "pvc", "redis"], Some("prod-eu"), "shop");
        ending(&headline(), &outcome, "1 claim of redis deleted.", &again, Look::default())
    };
    assert_eq!(end(2, End::Done), "1 claim of redis deleted.\n");
    assert_snapshot!(end(0, End::Interrupted), @"interrupted, nothing was changed; run it again to go on: kubectl sts pvc redis --context prod-eu -n shop");
    assert_snapshot!(end(2, End::Overdue), @"stopped, after 2 writes: --timeout is over; run it again to go on: kubectl sts pvc redis --context prod-eu -n shop");
    assert_snapshot!(end(1, End::Stuck("pvc/data-redis-2".into())), @"stopped, after 1 write: nothing happened with pvc/data-redis-2; run it again to go on: kubectl sts pvc redis --context prod-eu -n shop");
    assert_snapshot!(end(0, End::Rejected("no".into())), @"stopped, nothing was changed: the server refuses: no");
    assert_snapshot!(end(1, End::Rejected("no".into())), @"stopped, after 1 write: the server refuses: no; once that is seen to, run it again to go on: kubectl sts pvc redis --context prod-eu -n shop");
}

#[test]
fn the_lines_fit_their_schemas() {
    let plan = shown(2);
    fits::<PlanLine>(&plan_json(&headline(), &plan).expect("serializes"));
    fits::<PlanLine>(&plan_json(&headline(), &shown(0)).expect("serializes"));
    let told = crate::execute::Told::Begins(&*plan.steps[0]);
    fits::<EventLine>(&told_json(&told, now()).expect("serializes"));
    let outcome = Outcome { writes: 1, end: End::Refused(shown(0).refused), reasons: Vec::new() };
    fits::<EndLine>(&ending_json(&headline(), &outcome).expect("serializes"));
}
