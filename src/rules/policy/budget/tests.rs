use crate::model::example::{World, healthy, pod};
use crate::model::{Intent, Labels, Selector};
use crate::rules::Severity;
use crate::rules::tests::{Broken, found, judged, sentence};

pub(in crate::rules) const BROKEN: &[Broken] = &[
    ("budget-missing", |world| world.budgets.clear()),
    ("budget-conflict", |world| world.budgets.push(world.budgets[0].clone())),
    ("budget-allows-none", |world| world.budgets[0].disruptions_allowed = 0),
    ("budget-exhausted", exhaust),
    ("budget-stale", |world| world.budgets[0].sync_error = Some("no controller".into())),
    ("budget-holds-unready", lose_two),
];

fn exhaust(world: &mut World) {
    let budget = &mut world.budgets[0];
    (budget.disruptions_allowed, budget.current_healthy) = (0, 5);
}

/// Two of three run and are not ready.
fn lose_two(world: &mut World) {
    for pod in &mut world.pods[1..] {
        pod.conditions.retain(|it| it.kind != "Ready");
    }
    let budget = &mut world.budgets[0];
    (budget.expected_pods, budget.desired_healthy, budget.current_healthy) = (3, 2, 1);
    budget.disruptions_allowed = 0;
    budget.lets_unready_go = false;
    world.intent = Some(Intent::DrainNode { node: "node-2".into() });
}

fn by_label(key: &str, value: &str) -> Option<Selector> {
    let match_labels = Labels::from([(key.into(), value.into())]);
    Some(Selector { match_labels, ..Selector::default() })
}

#[test]
fn a_set_without_a_budget() {
    let mut world = healthy(3);
    world.budgets[0].selector = None;
    assert_eq!(found(&world), ["budget-missing"]);
    world.set.replicas = 1;
    world.pods.truncate(1);
    world.claims.truncate(1);
    assert_eq!(found(&world), [""; 0]);
}

#[test]
fn a_budget_for_each_pod_is_a_budget() {
    let mut world = healthy(3);
    let one = |ordinal| {
        let name = world.set.pod_name(ordinal);
        let mut budget = world.budgets[0].clone();
        budget.selector = by_label("statefulset.kubernetes.io/pod-name", &name);
        budget.name = name;
        budget
    };
    world.budgets = (0..3).map(one).collect();
    assert_eq!(found(&world), [""; 0]);
}

#[test]
fn two_budgets_over_some_pods() {
    let mut world = healthy(3);
    let mut budget = world.budgets[0].clone();
    budget.name = "first".into();
    budget.selector = by_label("statefulset.kubernetes.io/pod-name", "redis-0");
    world.budgets.push(budget);
    assert_eq!(found(&world), ["budget-conflict"]);
    assert_eq!(
        sentence(&world),
        "PodDisruptionBudgets redis, first all select redis-0: \
         every eviction is refused (500), and a node drain fails"
    );
}

#[test]
fn a_budget_that_allows_none() {
    let mut world = healthy(6);
    world.budgets[0].disruptions_allowed = 0;
    assert_eq!(found(&world), ["budget-allows-none"]);
    assert_eq!(
        sentence(&world),
        "maxUnavailable 1 allows no disruption of 6 healthy pods: a node drain waits for ever"
    );
}

#[test]
fn a_budget_that_others_have_used_up() {
    let mut world = healthy(3);
    exhaust(&mut world);
    assert_eq!(found(&world), ["budget-exhausted"]);
    // Then the pod's own finding says it.
    world.pods[1] = pod(&world.set, 1);
    world.pods[1].conditions.retain(|it| it.kind != "Ready");
    world.endpoints[1].is_ready = false;
    world.services[0].publishes_not_ready = false;
    world.set.management = crate::model::Management::Parallel;
    assert_eq!(found(&world), ["pod-not-ready"]);
}

#[test]
fn a_budget_that_is_not_computed() {
    let mut world = healthy(3);
    world.budgets[0].disruptions_allowed = 0;
    world.budgets[0].generation = 2;
    assert_eq!(found(&world), ["budget-stale"]);
    assert_eq!(judged(&world).worst(), Some(Severity::Info));
    world.budgets[0].sync_error = Some("replicasets.apps does not implement the scale".into());
    assert_eq!(judged(&world).worst(), Some(Severity::Warning));
}

#[test]
fn unready_pods_that_a_drain_may_not_take() {
    let mut world = healthy(3);
    lose_two(&mut world);
    assert!(found(&world).contains(&"budget-holds-unready"));
    world.intent = None;
    assert!(!found(&world).contains(&"budget-holds-unready"));
    lose_two(&mut world);
    world.budgets[0].current_healthy = 2;
    assert!(!found(&world).contains(&"budget-holds-unready"));
    world.budgets[0].current_healthy = 1;
    world.budgets[0].lets_unready_go = true;
    assert!(!found(&world).contains(&"budget-holds-unready"));
}
