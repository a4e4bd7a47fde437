//! Whole plans over a model cluster: what is shown before anybody approves it.

use std::sync::Arc;

use crate::engine::Erased;
use crate::engine::redis::Redis;
use crate::engine::redis::example::Model;
use crate::model::Snapshot;
use crate::plan::scale::{Manner, Scale};
use crate::plan::{Wishes, plan};
use crate::render::fill;

static REDIS: Erased<Redis> = Erased::NEW;

const FOUR: &[&str] = &["0-4095", "4096-8191", "8192-12287", "12288-16383"];

fn seen(model: &Model) -> Snapshot {
    let (mut now, facts) = model.facts();
    now.facts = Ok(Arc::new(facts));
    now
}

fn scale(to: u32, from: u32) -> Scale<'static> {
    Scale {
        uid: "set-uid".into(),
        from,
        to,
        data: Some(&REDIS),
        wishes: Wishes::default(),
        is_levelled: false,
        manner: Manner::default(),
    }
}

fn lines(now: &Snapshot, scale: &Scale<'_>) -> Vec<String> {
    let plan = plan(now, scale).expect("read");
    let step = |it: &dyn crate::plan::Step<Snapshot>| {
        let it = it.describe();
        format!("{} {}: {}", it.verb, it.object.name, fill(it.says, &it.evidence, now.at))
    };
    let refused = plan.refused.iter().map(|it| format!("refused {}", it.rule));
    plan.steps.iter().map(|it| step(&**it)).chain(refused).collect()
}

#[test]
fn a_shard_that_leaves_is_drained() {
    let now = seen(&Model::of(FOUR));
    insta::assert_snapshot!(lines(&now, &scale(6, 8)).join("\n"), @r"
    set redis-3: cluster-allow-replica-migration off on redis-3, redis-6, redis-7 meanwhile: roles stay as they are planned
    move redis-3: 4,096 slots with about 100 keys (0 B) to redis-0 (1366), redis-1 (1365), redis-2 (1365), in 2s or more
    attach redis-3: as the replica of redis-2, until it has all its data
    wait redis-6: redis-6, redis-7 hold nothing now and answer MOVED, until no client is left on them or 30 s are over
    part redis-7: forgotten on 7 members, reset, and emptied on its disk
    lower redis: 8 -> 7, until redis-7 is gone and the others are ready; data-redis-7 kept (whenScaled: Retain)
    part redis-6: forgotten on 6 members, reset, and emptied on its disk
    lower redis: 7 -> 6, until redis-6 is gone and the others are ready; data-redis-6 kept (whenScaled: Retain)
    set redis-3: cluster-allow-replica-migration as before on redis-3
    ");
}

#[test]
fn a_shard_more_when_two_join() {
    let now = seen(&Model::healthy());
    insta::assert_snapshot!(lines(&now, &scale(8, 6)).join("\n"), @r"
    raise redis: 6 -> 7, until redis-6 is ready
    meet redis-6: until all members know it
    raise redis: 7 -> 8, until redis-7 is ready
    meet redis-7: until all members know it
    attach redis-7: as the replica of redis-6, before that gets slots
    move redis-0: with redis-1, redis-2 at the same time: 4,096 slots with about 73 keys (0 B) to redis-6 (4096), in 1s or more
    ");
}

#[test]
fn too_few_are_refused() {
    let now = seen(&Model::healthy());
    insta::assert_snapshot!(lines(&now, &scale(5, 6)).join("\n"), @"refused too-few-replicas");
    insta::assert_snapshot!(lines(&now, &scale(2, 6)).join("\n"), @"refused too-few-pods");
    let without = Wishes { replicas_per_shard: Some(0), ..Wishes::default() };
    insta::assert_snapshot!(lines(&now, &Scale { wishes: without, ..scale(3, 6) }).join("\n"), @r"
    wait redis-3: redis-3, redis-4, redis-5 hold nothing now and answer MOVED, until no client is left on them or 30 s are over
    part redis-5: forgotten on 5 members, reset, and emptied on its disk
    lower redis: 6 -> 5, until redis-5 is gone and the others are ready; data-redis-5 kept (whenScaled: Retain)
    part redis-4: forgotten on 4 members, reset, and emptied on its disk
    lower redis: 5 -> 4, until redis-4 is gone and the others are ready; data-redis-4 kept (whenScaled: Retain)
    part redis-3: forgotten on 3 members, reset, and emptied on its disk
    lower redis: 4 -> 3, until redis-3 is gone and the others are ready; data-redis-3 kept (whenScaled: Retain)
    ");
}

/// Nobody can empty its disk.
#[test]
fn a_leaver_that_does_not_start_goes_only_with_its_claims() {
    let mut model = Model::of(FOUR);
    model.kill(6);
    model.world.pods[6].conditions.clear();
    let now = seen(&model);
    // A set without claims may have its data in a folder of the node.
    let mut claimless = now.clone();
    Arc::make_mut(&mut claimless.set).claim_templates.clear();
    for now in [&now, &claimless] {
        let kept = lines(now, &scale(6, 8));
        assert!(kept.contains(&"refused leaver-unreached".to_owned()), "{kept:#?}");
    }
    let manner = Manner { deletes_claims: true, ..Manner::default() };
    let gone = lines(&now, &Scale { manner, ..scale(6, 8) });
    assert!(!gone.iter().any(|it| it.starts_with("refused")), "{gone:#?}");
    assert!(gone.iter().any(|it| it.starts_with("forget redis-0")), "{gone:#?}");
}

/// `MIGRATE` goes from one database into one.
#[test]
fn keys_in_other_databases_do_not_move_key_by_key() {
    let mut model = Model::of(FOUR);
    model.member(3).info.insert("db1", "keys=4,expires=0,avg_ttl=0".to_owned());
    let lines = lines(&seen(&model), &scale(6, 8));
    assert!(lines.contains(&"refused keys-in-other-databases".to_owned()), "{lines:#?}");
}
