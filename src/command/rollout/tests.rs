//! Rollouts over a model of the controller.

mod guards;
mod site;
mod ways;

use std::future::pending;
use std::time::Duration;

use insta::assert_snapshot;

use super::guard::Guarded;
use super::template::is_on_its_way;
use crate::command::allowed::Allowed;
use crate::command::operation::Proposal;
use crate::execute::{End, Limits, Outcome, execute};
use crate::model::example::{World, ago};
use crate::model::{Phase, Record};
use crate::plan::rollout::{Gates, HOLD, NewTemplate, Rollout};
use crate::plan::{Consent, Next, Planner, Tools};
use crate::reach::Reach;
use crate::render::Look;
use crate::render::plan::{Headline, plan as shown};
use crate::writes::Nothing;
use site::{Eyes, Site};

const LIMITS: Limits = Limits { step: Duration::from_secs(5), all: None };
const OLD: &str = "redis-7c9f5d";
const NEW: &str = "redis-new";

fn rollout(site: &Site, template: Option<NewTemplate>, most: Option<u32>) -> Rollout<'static> {
    Rollout {
        uid: site.world.borrow().set.uid.clone(),
        template,
        data: None,
        most,
        together: 1,
        soak: 0,
        gates: Gates::default(),
        is_unbudgeted: false,
    }
}

fn guarded(site: &Site, template: Option<NewTemplate>, most: Option<u32>) -> Guarded {
    Guarded::new(rollout(site, template, most), None, Allowed::default(), &site.snapshot())
}

async fn run(site: &Site, template: Option<NewTemplate>, most: Option<u32>) -> Option<Outcome> {
    goes(site, guarded(site, template, most)).await
}

/// None when it was killed.
async fn goes(site: &Site, planner: Guarded) -> Option<Outcome> {
    let plan = planner.plan(&site.snapshot()).expect("read");
    let refused: Vec<_> = plan.refused.iter().map(|it| (it.rule, &it.violation.object)).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let replicas = site.world.borrow().set.replicas;
    site.record.borrow_mut().get_or_insert_with(|| Record::of(replicas));
    let reach: Option<&dyn Reach> = Some(site);
    let tools = Tools { writes: site, trial: &Nothing, reach, tell: &|_| {}, say: &|_| {} };
    let consents = planner.consents(&plan);
    let mut eyes = Eyes(site);
    let running = execute(&consents, &planner, &mut eyes, tools, LIMITS, pending(), |_| {});
    tokio::time::timeout(Duration::from_millis(200), running).await.ok()
}

/// As `rollout restart` decides it.
async fn restart(site: &Site) -> Option<Outcome> {
    let is_begun = is_on_its_way(&site.snapshot(), false);
    run(site, (!is_begun).then(|| site.template(NEW, false)), None).await
}

fn is_done(outcome: Option<Outcome>) -> bool {
    outcome.is_some_and(|outcome| matches!(outcome.end, End::Done))
}

#[test]
fn the_plan_as_it_is_shown() {
    let site = Site::new(3, None);
    let planner = guarded(&site, Some(site.template(NEW, false)), Some(2));
    let now = site.snapshot();
    let plan = planner.plan(&now).expect("read");
    let headline = Headline {
        context: None,
        namespace: "shop".into(),
        object: "statefulset/redis".into(),
        now: now.at,
        says: planner.says(&now, &plan),
    };
    assert_snapshot!(shown(&headline, &plan, Look::default()), @r"
    namespace shop   statefulset/redis
    2 ordinals, one after the other from redis-2 to redis-1.

      1   change     statefulset/redis: to redis-new; partition 3 holds every ordinal back
      2   update     statefulset/redis: partition 3 -> 2, until redis-2 is back on the new revision
      3   update     statefulset/redis: partition 2 -> 1, until redis-1 is back on the new revision

    111 guards passed.
    ");
}

#[tokio::test]
async fn one_after_the_other_from_the_top() {
    let site = Site::new(3, None);
    assert!(is_done(restart(&site).await));
    assert_eq!(site.revisions(), [NEW; 3]);
    let log = site.log.borrow().join(", ");
    assert_eq!(
        log,
        "remember, template redis-new, partition 3, partition 2, partition 1, partition 0"
    );
}

#[tokio::test]
async fn a_canary_stops_and_is_gone_on_with() {
    let site = Site::new(4, Some(0));
    assert!(is_done(run(&site, Some(site.template(NEW, false)), Some(2)).await));
    assert_eq!(site.revisions(), [OLD, OLD, NEW, NEW]);
    assert_eq!(site.partition(), Some(2));
    assert!(is_done(run(&site, None, None).await));
    assert_eq!(site.revisions(), [NEW; 4]);
    assert_eq!(site.partition(), Some(0));
}

#[tokio::test]
async fn the_partition_of_before_comes_back_once_all_are_new() {
    let site = Site::new(3, Some(2));
    assert!(is_done(restart(&site).await));
    assert_eq!((site.revisions(), site.partition()), (vec![NEW.to_owned(); 3], Some(2)));
    assert_eq!(site.world.borrow().set.current_revision.as_deref(), Some(NEW));
    let site = Site::new(3, Some(HOLD));
    site.becomes(NEW);
    assert!(is_done(run(&site, None, None).await));
    assert_eq!((site.revisions(), site.partition()), (vec![NEW.to_owned(); 3], Some(0)));
}

#[tokio::test]
async fn what_somebody_else_began_is_held_back_and_gone_on_with() {
    let site = Site::new(4, Some(0));
    site.becomes(NEW);
    site.control();
    assert!(is_done(run(&site, None, None).await));
    assert_eq!(site.revisions(), [NEW; 4]);
    let log = site.log.borrow().join(", ");
    assert_eq!(log, "remember, partition 3, partition 2, partition 1, partition 0");
}

#[tokio::test]
async fn killed_after_every_write_the_same_command_finishes() {
    let whole = Site::new(3, Some(1));
    assert!(is_done(restart(&whole).await));
    let writes = whole.log.borrow().len();
    assert!(writes > 5, "{:?}", whole.log.borrow());
    for at in 1..=writes {
        let site = Site::new(3, Some(1));
        site.dies_after.set(Some(at));
        restart(&site).await;
        site.dies_after.set(None);
        assert!(is_done(restart(&site).await), "{at}");
        assert_eq!(site.revisions(), [NEW; 3], "{at}");
        assert_eq!(site.partition(), Some(1), "{at}");
        let templates = site.log.borrow().iter().filter(|it| it.starts_with("template")).count();
        assert_eq!(templates, 1, "killed after write {at}: begun twice");
    }
}

#[tokio::test]
async fn one_that_does_not_start_stops_it_and_is_undone() {
    let site = Site::new(3, Some(0));
    site.bad.borrow_mut().insert(NEW.to_owned());
    let outcome = restart(&site).await.expect("it ends");
    let End::Refused(findings) = &outcome.end else { panic!("{outcome:?}") };
    assert_eq!(findings[0].rule, "pod-image");
    assert_eq!(site.revisions(), [OLD, OLD, NEW], "what is below stays as it is");
    assert_eq!(site.partition(), Some(2));
    assert!(is_done(run(&site, Some(site.template(OLD, true)), None).await));
    assert_eq!(site.revisions(), [OLD; 3]);
    assert_eq!(site.partition(), Some(0));
    let deleted: Vec<String> =
        site.log.borrow().iter().filter(|it| it.starts_with("delete")).cloned().collect();
    assert_eq!(deleted, ["delete redis-2"]);
}

#[tokio::test]
async fn one_that_breaks_before_its_turn_is_waited_for() {
    let site = Site::new(4, Some(0));
    assert!(is_done(run(&site, Some(site.template(NEW, false)), Some(1)).await));
    for condition in &mut site.world.borrow_mut().pods[0].conditions {
        condition.holds = false;
        condition.since = ago(500);
    }
    let next = guarded(&site, None, None).next(&site.snapshot()).expect("read");
    let Next::Wait(wait) = next else { panic!("it goes on") };
    assert_eq!(wait.object.name, "redis-0");
}

/// Killed while a pod is away: what the rollout itself has brought about is waited for, whatever it looks like just then.
#[tokio::test]
async fn what_its_own_turn_looks_like_blocks_nothing() {
    type Seen = (&'static str, fn(&mut World));
    let looks: [Seen; 4] = [
        ("on its way out", |world| world.pods[2].deleting = ago(1)),
        ("gone", |world| drop(world.pods.pop())),
        ("not scheduled", |world| {
            let pod = &mut world.pods[2];
            pod.labels.insert("controller-revision-hash".into(), NEW.into());
            (pod.phase, pod.node) = (Phase::Pending, None);
            pod.containers[0].status = None;
            pod.conditions.clear();
            pod.created = ago(0);
        }),
        ("not ready", |world| {
            let pod = &mut world.pods[2];
            pod.labels.insert("controller-revision-hash".into(), NEW.into());
            pod.conditions.iter_mut().for_each(|it| (it.holds, it.since) = (false, ago(1)));
        }),
    ];
    for (name, change) in looks {
        let site = Site::new(3, Some(0));
        site.dies_after.set(Some(4));
        assert!(restart(&site).await.is_none());
        assert_eq!(site.partition(), Some(2), "{:?}", site.log.borrow());
        change(&mut site.world.borrow_mut());
        site.world.borrow_mut().budgets[0].disruptions_allowed = 0;
        site.world.borrow_mut().budgets[0].current_healthy = 2;
        let plan = guarded(&site, None, None).plan(&site.snapshot()).expect("read");
        let refused: Vec<_> = plan.refused.iter().map(|it| it.rule).collect();
        assert_eq!(refused, [""; 0], "{name}");
        let left = plan.consents();
        let turns: Vec<u32> = left
            .iter()
            .filter_map(|it| match it {
                Consent::Restart(ordinal) => Some(*ordinal),
                _ => None,
            })
            .collect();
        assert!(turns.starts_with(&[0, 1]), "what is left to do is not in it: {name}: {turns:?}");
    }
}

/// Who goes back has seen enough of it: a pod that is not ready yet is not waited for.
#[tokio::test]
async fn one_that_is_only_not_ready_is_undone_at_once() {
    let site = Site::new(3, Some(0));
    assert!(is_done(run(&site, Some(site.template(NEW, false)), Some(1)).await));
    for condition in &mut site.world.borrow_mut().pods[2].conditions {
        (condition.holds, condition.since) = (false, ago(1));
    }
    site.bad.borrow_mut().insert(NEW.to_owned());
    assert!(is_done(run(&site, Some(site.template(OLD, true)), None).await));
    assert_eq!((site.revisions(), site.partition()), (vec![OLD.to_owned(); 3], Some(0)));
}
