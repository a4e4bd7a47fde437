//! Members that nobody has joined yet.

use super::super::super::example::Model;
use super::super::super::replies::Origin;
use super::{expect, ids};
use crate::model::Verdict;

pub fn uncreated() -> Model {
    let mut model = Model::healthy();
    for member in &mut model.members {
        let own = member.id.clone();
        member.lines.retain(|id, _| *id == own);
        member.own().slots = String::new();
        member.own().flags = "myself,master".to_owned();
        member.own().primary = None;
        member.is_ok = false;
        member.info.remove("db0");
        member.info.insert("role", "master".to_owned());
    }
    model
}

#[test]
fn a_cluster_that_nobody_has_created() {
    let mut model = uncreated();
    // Ordinals 0, 2 and 4 are on node-1: primaries are 0, 1 and 2, and redis-cli gives the second of the
    // rest to the first of them.
    expect(
        &model,
        &["Error cluster-never-created"],
        "fix: kubectl exec redis-0 -c redis -- redis-cli -p 6379 --cluster create 10.244.0.10:6379 \
         10.244.0.11:6379 10.244.0.12:6379 10.244.0.15:6379 10.244.0.13:6379 10.244.0.14:6379 \
         --cluster-replicas 1 --cluster-yes",
    );
    assert_eq!(model.headline().verdict, Verdict::Down);
    for member in &mut model.members {
        member.door.password = Some(Origin::Env("REDIS_PASSWORD".to_owned()));
        member.door.tls = true;
    }
    expect(
        &model,
        &["Error cluster-never-created"],
        "sh -c REDISCLI_AUTH=\"$REDIS_PASSWORD\" redis-cli -p 6379 --tls --insecure --cluster create",
    );
}

#[test]
fn three_members_get_no_replicas() {
    let mut model = uncreated();
    model.members.truncate(3);
    model.world.pods.truncate(3);
    model.world.set.replicas = 3;
    expect(&model, &["Error cluster-never-created"], "--cluster-replicas 0 --cluster-yes");
    model.members.truncate(2);
    model.world.pods.truncate(2);
    model.world.set.replicas = 2;
    expect(
        &model,
        &["Error cluster-never-created"],
        "a cluster needs 3 primary(s): scale up first",
    );
}

#[test]
fn no_command_where_it_would_fail() {
    for (change, part) in [
        (
            (|model| model.members[2].outcome = Some(super::Outcome::NotRunning)) as fn(&mut Model),
            "once all 6 pod(s) answer",
        ),
        (
            |model| drop(model.members[2].info.insert("db0", "keys=4".to_owned())),
            "they hold 4 key(s) already",
        ),
    ] {
        let mut model = uncreated();
        change(&mut model);
        expect(&model, &["Error cluster-never-created"], part);
        assert!(!model.found()[0].contains("fix:"));
    }
}

#[test]
fn one_that_was_joined_makes_it_another_matter() {
    let mut model = uncreated();
    model.member(0).own().slots = "0-16383".to_owned();
    assert!(!ids(&model.found()).iter().any(|id| id.contains("never-created")));
}
