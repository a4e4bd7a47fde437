//! What becomes of claims on the way down and up.

use super::*;
use crate::model::Workload;
use crate::model::example::{claim, volume};
use crate::plan::{Consent, Plan};

fn shown(world: &World, from: u32, to: u32, manner: &Manner) -> Plan<Snapshot> {
    let mut world = world.clone();
    world.volumes.iter_mut().for_each(|it| it.reclaim = "Delete".into());
    let scale = Scale { from, manner: manner.clone(), ..scale(to) };
    plan(&world.snapshot(), &scale).expect("read")
}

fn lines(plan: &Plan<Snapshot>) -> Vec<String> {
    let steps = plan.steps.iter().map(|it| it.describe());
    let steps = steps.map(|it| format!("{} {}", it.verb, it.object.name));
    let refused = plan.refused.iter().map(|it| format!("refused {}", it.rule));
    steps.chain(refused).collect()
}

fn deletes() -> Manner {
    Manner { deletes_claims: true, ..Manner::default() }
}

fn fresh() -> Manner {
    Manner { is_fresh: true, ..Manner::default() }
}

#[test]
fn the_claims_of_each_ordinal_go_after_it() {
    let plan = shown(&healthy(3), 3, 1, &deletes());
    let expected = [
        "lower redis",
        "keep pv-2",
        "delete data-redis-2",
        "lower redis",
        "keep pv-1",
        "delete data-redis-1",
    ];
    assert_eq!(lines(&plan), expected);
    assert!(plan.steps[0].describe().says.contains("deleted next"));
    let claims = healthy(3).claims;
    for ordinal in [1, 2] {
        assert!(plan.consents().contains(&Consent::DeleteClaim(claims[ordinal].uid.clone())));
    }
    let discards = Manner { discards_data: true, ..deletes() };
    let plan = shown(&healthy(3), 3, 2, &discards);
    assert_eq!(lines(&plan), ["lower redis", "delete data-redis-2"]);
    assert_eq!(lines(&shown(&healthy(3), 3, 2, &Manner::default())), ["lower redis"]);
}

#[test]
fn cut_off_after_an_ordinal_left_its_claims_go_first() {
    let mut world = healthy(3);
    world.set.replicas = 2;
    world.pods.pop();
    let expected = ["keep pv-2", "delete data-redis-2", "lower redis", "keep pv-1"];
    assert_eq!(lines(&shown(&world, 3, 1, &deletes()))[..4], expected);
    assert_eq!(lines(&shown(&world, 3, 2, &deletes())), expected[..2]);
    let other = lines(&shown(&world, 2, 1, &deletes()));
    assert_eq!(other[0], "lower redis", "what another run left is not touched");
}

#[test]
fn while_a_pod_leaves_the_plan_goes_on_behind_it() {
    let mut world = healthy(3);
    world.set.replicas = 2;
    let expected = ["keep pv-2", "delete data-redis-2"];
    assert_eq!(lines(&shown(&world, 3, 2, &deletes())), expected);
    world.claims[2].deleting = ago(1);
    assert_eq!(lines(&shown(&world, 3, 2, &deletes())), [""; 0]);
}

#[test]
fn what_may_be_needed_is_not_deleted() {
    assert_eq!(
        lines(&shown(&healthy(1), 1, 0, &deletes())),
        ["lower redis", "refused claim-waits"]
    );
    let mut world = healthy(2);
    world.details.workloads = Ok(vec![Workload {
        namespace: "shop".into(),
        kind: "cronjob".into(),
        name: "backup".into(),
        is_owned: false,
        claims: vec!["data-redis-1".into()],
    }]);
    let expected = ["lower redis", "refused claim-state-changed"];
    assert_eq!(lines(&shown(&world, 2, 1, &deletes())), expected);
}

#[test]
fn what_kubernetes_deletes_is_kept_on_its_volume_first() {
    let mut world = healthy(3);
    world.set.retention.when_scaled = RetentionPolicy::Delete;
    let plan = shown(&world, 3, 1, &deletes());
    assert_eq!(lines(&plan), ["keep pv-2", "lower redis", "keep pv-1", "lower redis"]);
    assert!(plan.steps[1].describe().says.contains("Kubernetes deletes"));
    let plan = shown(&world, 3, 2, &Manner { discards_data: true, ..deletes() });
    assert_eq!(lines(&plan), ["lower redis"]);
    assert!(plan.steps[0].describe().says.contains("DELETED WITH THEIR DATA"));
    world.set.replicas = 2;
    world.pods.pop();
    let scale = Scale { from: 3, manner: deletes(), ..scale(2) };
    let Ok(Next::Wait(wait)) = scale.next(&world.snapshot()) else { panic!("it waits") };
    assert_eq!(wait.object.name, "data-redis-2");
}

#[test]
fn an_ordinal_that_joins_starts_without_the_claims_of_an_earlier_one() {
    let mut world = healthy(2);
    for ordinal in [2, 5] {
        world.claims.push(claim(&world.set, ordinal));
        world.volumes.push(volume(&world.set, ordinal));
    }
    let expected = ["keep pv-2", "delete data-redis-2", "raise redis", "raise redis"];
    assert_eq!(lines(&shown(&world, 2, 4, &fresh())), expected);
    assert_eq!(lines(&shown(&world, 2, 4, &Manner::default())), expected[2..]);
    world.set.replicas = 0;
    world.pods.clear();
    assert_eq!(lines(&shown(&world, 0, 1, &fresh())), ["refused claim-waits"]);
}
