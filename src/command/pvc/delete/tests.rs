//! Deleting over a model of a cluster. A run is killed after every write, and the same command goes on.

mod model;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::{pending, poll_fn, ready};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::claims::Ground;
use crate::execute::{End, Limits, Outcome, execute};
use crate::model::Claim;
use crate::model::example::{World, claim, healthy, pod, volume};
use crate::plan::claims::{Choice, Deletion, Which};
use crate::plan::{Tools, plan};
use crate::reach::Boxed;
use crate::writes::{Change, Failed, Nothing, Target, Writes};
use model::{Eyes, Model};

/// Three claims left behind, of which two have volumes that would go with them.
fn world() -> World {
    let mut world = healthy(2);
    for ordinal in 2..5 {
        world.claims.push(claim(&world.set, ordinal));
        let mut behind = volume(&world.set, ordinal);
        behind.reclaim = if ordinal == 3 { "Retain" } else { "Delete" }.into();
        world.volumes.push(behind);
    }
    world
}

fn left_behind(model: &Model, discard_data: bool) -> Deletion {
    let now = model.ground.borrow().clone();
    Choice::of(&now, "shop", "redis", Which::LeftBehind, discard_data).expect("read").deletion
}

fn patience() -> Limits {
    Limits { step: Duration::ZERO, all: None }
}

fn died(model: &Model, at: usize) -> Poll<()> {
    if model.log.borrow().len() >= at { Poll::Ready(()) } else { Poll::Pending }
}

async fn run(model: &Model, planner: &Deletion, limits: Limits) -> Outcome {
    let shown = plan(&model.ground.borrow().clone(), planner).expect("read");
    let interrupt = async {
        match model.dies_at {
            Some(at) => poll_fn(|_| died(model, at)).await,
            None => pending().await,
        }
    };
    let mut eyes = Eyes(model);
    let consents = shown.consents();
    execute(&consents, planner, &mut eyes, tools(&Nothing, model), limits, interrupt, |_| {}).await
}

fn tools<'a>(trial: &'a dyn Writes, writes: &'a dyn Writes) -> Tools<'a> {
    Tools { writes, trial, reach: None, tell: &|_| {}, say: &|_| {} }
}

const LONG: Limits = Limits { step: Duration::from_secs(600), all: None };

#[tokio::test]
async fn the_data_of_what_is_deleted_survives() {
    let model = Model::of(&world());
    let outcome = run(&model, &left_behind(&model, false), LONG).await;
    assert!(matches!(outcome.end, End::Done), "{outcome:?}");
    let expected = [
        "keep pv-4",
        "delete data-redis-4",
        "delete data-redis-3",
        "keep pv-2",
        "delete data-redis-2",
    ];
    assert_eq!(*model.log.borrow(), expected);
    assert_eq!(outcome.writes, expected.len());
    assert_eq!(model.claims(), ["data-redis-0", "data-redis-1"]);
    for volume in ["pv-2", "pv-3", "pv-4"] {
        assert_eq!(model.reclaim(volume), "Retain");
    }
}

#[tokio::test]
async fn data_goes_only_when_it_is_to_be_discarded() {
    let model = Model::of(&world());
    run(&model, &left_behind(&model, true), LONG).await;
    let expected = ["delete data-redis-4", "delete data-redis-3", "delete data-redis-2"];
    assert_eq!(*model.log.borrow(), expected);
    assert_eq!((model.reclaim("pv-2"), model.reclaim("pv-3")), (String::new(), "Retain".into()));
}

#[tokio::test]
async fn killed_after_any_write_the_same_command_goes_on() {
    for dies_at in 0..=5 {
        let mut model = Model::of(&world());
        model.dies_at = Some(dies_at);
        let outcome = run(&model, &left_behind(&model, false), LONG).await;
        assert!(matches!(outcome.end, End::Interrupted), "{dies_at}: {outcome:?}");
        assert_eq!(outcome.writes, dies_at);
        // No prefix of the writes has lost anything.
        for volume in ["pv-2", "pv-3", "pv-4"] {
            assert!(!model.reclaim(volume).is_empty(), "{dies_at}");
        }
        model.dies_at = None;
        let again = left_behind(&model, false);
        let outcome = run(&model, &again, LONG).await;
        assert!(matches!(outcome.end, End::Done), "{dies_at}: {outcome:?}");
        assert_eq!(outcome.writes, 5 - dies_at, "nothing is done twice");
        assert_eq!(model.claims(), ["data-redis-0", "data-redis-1"]);
    }
}

fn scale_up(ground: &mut Ground) {
    let shared = Arc::make_mut(&mut ground.shared);
    let sets = shared.sets.as_mut().expect("sets");
    let set = Arc::make_mut(&mut sets[0]);
    set.replicas = 5;
    let pods: Vec<_> = (2..5).map(|ordinal| Arc::new(pod(set, ordinal))).collect();
    shared.pods.as_mut().expect("pods").extend(pods);
}

#[tokio::test]
async fn a_scale_up_that_takes_the_claims_back_loses_nothing() {
    let before = Model::of(&world());
    let planner = left_behind(&before, false);
    scale_up(&mut before.ground.borrow_mut());
    let shown = plan(&Model::of(&world()).ground.borrow().clone(), &planner).expect("read");
    let (consents, mut eyes) = (shown.consents(), Eyes(&before));
    let outcome =
        execute(&consents, &planner, &mut eyes, tools(&Nothing, &before), LONG, pending(), |_| {})
            .await;
    assert_eq!(refused(&outcome), ["claim-in-use"]);
    assert_eq!((outcome.writes, before.claims().len()), (0, 5));

    // After one claim is gone: the others stay.
    let mut model = Model::of(&world());
    model.meanwhile = Some((2, scale_up));
    let outcome = run(&model, &left_behind(&model, false), LONG).await;
    assert_eq!(refused(&outcome), ["claim-in-use"]);
    assert_eq!((outcome.writes, model.claims().len()), (2, 4));
}

fn refused(outcome: &Outcome) -> Vec<&'static str> {
    match &outcome.end {
        End::Refused(findings) => findings.iter().map(|finding| finding.rule).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_pod_that_mounts_a_claim_between_look_and_delete_stops_everything() {
    fn mount(ground: &mut Ground) {
        let shared = Arc::make_mut(&mut ground.shared);
        let set = shared.sets.as_ref().expect("sets")[0].clone();
        let mut reader = pod(&set, 4);
        (reader.name, reader.owner) = ("reader".into(), None);
        shared.pods.as_mut().expect("pods").push(Arc::new(reader));
        let claims = shared.claims.as_mut().expect("claims");
        let is_it = |it: &&mut Arc<Claim>| it.name == "data-redis-4";
        // As if the pod had come just before the delete.
        let claim = claims.iter_mut().find(is_it);
        if let Some(claim) = claim {
            Arc::make_mut(claim).deleting = Some(ground.at);
        }
    }
    let mut model = Model::of(&world());
    model.meanwhile = Some((1, mount));
    let outcome = run(&model, &left_behind(&model, false), LONG).await;
    assert_eq!(refused(&outcome), ["claim-held"]);
    let End::Refused(findings) = &outcome.end else { panic!("{outcome:?}") };
    let (_, pods) = &findings[0].violation.evidence[0];
    assert_eq!(*pods, crate::model::Value::List(vec!["reader".into()]));
    assert_eq!(model.claims().len(), 5);
}

#[tokio::test]
async fn what_is_not_known_to_have_happened_is_looked_at_again() {
    let unknown: fn() -> Failed = || Failed::Unknown("no answer in time".into());
    for answer in [unknown, || Failed::Changed] {
        let model = Model::of(&world());
        model.answers.set(Some(answer));
        let outcome = run(&model, &left_behind(&model, false), LONG).await;
        assert!(matches!(outcome.end, End::Done), "{outcome:?}");
        assert_eq!(model.claims().len(), 2);
    }
    let model = Model::of(&world());
    model.answers.set(Some(|| Failed::Rejected("not on a Friday".into())));
    let outcome = run(&model, &left_behind(&model, false), LONG).await;
    assert!(matches!(&outcome.end, End::Rejected(words) if words == "not on a Friday"));
    assert_eq!(outcome.writes, 0);
}

#[tokio::test]
async fn a_step_that_changes_nothing_is_tried_three_times() {
    /// Takes every write, and does none.
    struct Deaf(Cell<u32>);
    impl Writes for Deaf {
        fn change<'a>(&'a self, _: &'a Target, _: &'a [Change]) -> Boxed<'a, Result<(), Failed>> {
            self.0.set(self.0.get() + 1);
            Box::pin(ready(Ok(())))
        }
        fn delete<'a>(&'a self, _: &'a Target) -> Boxed<'a, Result<(), Failed>> {
            Box::pin(ready(Ok(())))
        }
    }
    let model = Model::of(&world());
    let planner = left_behind(&model, false);
    let shown = plan(&model.ground.borrow().clone(), &planner).expect("read");
    let (deaf, mut eyes, consents) = (Deaf(Cell::default()), Eyes(&model), shown.consents());
    let outcome =
        execute(&consents, &planner, &mut eyes, tools(&Nothing, &deaf), LONG, pending(), |_| {})
            .await;
    assert!(matches!(&outcome.end, End::Stuck(object) if object == "pv/pv-4"), "{outcome:?}");
    assert_eq!((deaf.0.get(), outcome.writes), (3, 3));
}

#[tokio::test]
async fn what_cannot_be_read_is_waited_for_until_the_deadline() {
    let mut model = Model::of(&world());
    let planner = left_behind(&model, false);
    model.unread = true;
    let outcome = run(&model, &planner, patience()).await;
    assert!(matches!(outcome.end, End::Unread(_)), "{outcome:?}");
    assert_eq!(outcome.writes, 0);
}

#[tokio::test]
async fn what_takes_longer_than_it_may_in_all_is_told_so() {
    let mut model = Model::of(&world());
    let planner = left_behind(&model, false);
    model.unread = true;
    let outcome = run(&model, &planner, Limits { all: Some(Duration::ZERO), ..LONG }).await;
    assert!(matches!(outcome.end, End::Overdue), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_answers_now_and_then_does_not_make_it_wait_for_ever() {
    let mut world = world();
    // It is deleted, nobody uses it, and it does not go.
    world.claims[4].deleting = world.claims[4].created;
    let mut model = Model::of(&world);
    let planner = left_behind(&model, false);
    model.stutters = true;
    let limits = Limits { step: Duration::from_millis(50), all: None };
    let outcome = run(&model, &planner, limits).await;
    assert!(matches!(outcome.end, End::Unread(_) | End::Stuck(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_step_that_nobody_approved_is_not_done() {
    let model = Model::of(&world());
    let planner = left_behind(&model, false);
    let mut eyes = Eyes(&model);
    let nothing = BTreeSet::new();
    let outcome =
        execute(&nothing, &planner, &mut eyes, tools(&Nothing, &model), LONG, pending(), |_| {})
            .await;
    assert!(matches!(outcome.end, End::NotApproved(_)));
    assert_eq!(*model.log.borrow(), [""; 0]);
}

#[tokio::test]
async fn what_the_server_would_refuse_is_not_begun() {
    let model = Model::of(&world());
    let refusing = Model::of(&world());
    refusing.answers.set(Some(|| Failed::Rejected("a policy".into())));
    let planner = left_behind(&model, false);
    let shown = plan(&model.ground.borrow().clone(), &planner).expect("read");
    let (consents, mut eyes) = (shown.consents(), Eyes(&model));
    let outcome =
        execute(&consents, &planner, &mut eyes, tools(&refusing, &model), LONG, pending(), |_| {})
            .await;
    assert!(matches!(outcome.end, End::Rejected(_)));
    assert_eq!(*model.log.borrow(), [""; 0]);
}
