//! Where the pods of members run.

use super::super::super::example::Model;
use super::expect;
use crate::model::example::node;

fn on(model: &mut Model, ordinal: usize, node: &str) {
    model.world.pods[ordinal].node = Some(node.into());
}

#[test]
fn a_primary_beside_its_replica() {
    let mut model = Model::healthy();
    on(&mut model, 3, "node-1");
    expect(
        &model,
        &["Warning shard-on-one-node"],
        "1 shard(s) with primary and replica on the same node: redis-0 redis-3 on node-1",
    );
    // All on one is what the rules about Kubernetes say.
    for ordinal in 0..6 {
        on(&mut model, ordinal, "node-1");
    }
    assert_eq!(model.found(), Vec::<String>::new());
}

#[test]
fn a_majority_of_primaries_on_one_node() {
    let mut model = Model::healthy();
    // With two nodes one of them always has it.
    assert_eq!(model.found(), Vec::<String>::new());
    model.world.nodes.push(node("node-3"));
    expect(
        &model,
        &["Warning primaries-on-one-node"],
        "node node-1 runs redis-0, redis-2, 2 of 3 primaries",
    );
    on(&mut model, 2, "node-3");
    assert_eq!(model.found(), Vec::<String>::new());
}
