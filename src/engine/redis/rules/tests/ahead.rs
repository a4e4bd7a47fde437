//! What the work that is ahead takes away.

use super::super::super::example::Model;
use super::expect;
use crate::model::Intent;

fn for_scale(replicas: u32) -> Vec<String> {
    let mut model = Model::healthy();
    model.world.intent = Some(Intent::Scale { replicas });
    rules(&model)
}

/// Severity and name of each finding.
fn rules(model: &Model) -> Vec<String> {
    let words = |text: String| text.split(' ').take(2).collect::<Vec<_>>().join(" ");
    model.found().into_iter().map(words).collect()
}

#[test]
fn a_scale_down_takes_replicas_then_primaries() {
    assert_eq!(for_scale(6), Vec::<String>::new());
    assert_eq!(for_scale(8), Vec::<String>::new());
    assert_eq!(for_scale(5), ["Warning replicas-leave"]);
    assert_eq!(for_scale(3), ["Warning replicas-leave"; 3]);
    assert_eq!(
        for_scale(2),
        ["Error primary-leaves", "Warning replicas-leave", "Warning replicas-leave"]
    );
}

#[test]
fn who_listens_to_a_slot_that_moves_is_told() {
    let mut model = Model::healthy();
    for ordinal in [0, 2, 5] {
        model.member(ordinal).info.insert("pubsubshard_channels", "3".to_owned());
    }
    model.member(1).info.insert("pubsubshard_channels", "0".to_owned());
    assert_eq!(model.found(), Vec::<String>::new());
    model.world.intent = Some(Intent::Scale { replicas: 8 });
    let says = "clients are subscribed to 6 sharded channel(s) on redis-0, redis-2";
    expect(&model, &["Info shard-channels"], says);
    // Only of those that leave, and replicas have no slots.
    model.world.intent = Some(Intent::Scale { replicas: 5 });
    assert_eq!(rules(&model), ["Warning replicas-leave"]);
    model.world.intent = Some(Intent::Scale { replicas: 2 });
    assert!(model.found().iter().any(|it| it.contains("to 3 sharded channel(s) on redis-2")));
    model.world.intent = Some(Intent::Rollout);
    assert_eq!(model.found(), Vec::<String>::new());
}

#[test]
fn a_drain_takes_a_shard_only_when_all_of_it_is_there() {
    let mut model = Model::healthy();
    model.world.intent = Some(Intent::DrainNode { node: "node-1".into() });
    assert_eq!(model.found(), Vec::<String>::new());
    model.world.pods[3].node = Some("node-1".into());
    assert_eq!(rules(&model), ["Error shard-leaves", "Warning shard-on-one-node"]);
}
