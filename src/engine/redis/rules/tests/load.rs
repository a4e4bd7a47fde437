//! Memory, clients, replicas that do not keep up, and settings.

use super::super::super::example::Model;
use super::expect;
use crate::model::Resources;

fn limit(model: &mut Model, bytes: u64) {
    for pod in &mut model.world.pods {
        pod.containers[0].limits = Resources { memory: Some(bytes), cpu_millis: None };
    }
}

#[test]
fn memory_that_is_nearly_full() {
    let mut model = Model::healthy();
    model.member(0).info.insert("maxmemory", "2200000".to_owned());
    model.member(3).info.insert("maxmemory", "2000000".to_owned());
    expect(&model, &["Warning memory-nearly-full"], "95 % of maxmemory is used: when all is");
    model.member(0).info.insert("maxmemory", "2100000".to_owned());
    expect(&model, &["Error memory-nearly-full"], "99 % of maxmemory is used");
    model.member(0).info.insert("mem_not_counted_for_evict", "1048576".to_owned());
    assert_eq!(model.found(), Vec::<String>::new());
    model.info("mem_not_counted_for_evict", "0");
    // A cache is full when it works.
    model.info("maxmemory_policy", "allkeys-lru").info("aof_enabled", "0");
    assert_eq!(model.found(), Vec::<String>::new());
}

#[test]
fn a_container_that_is_nearly_full() {
    let mut model = Model::healthy();
    limit(&mut model, 9 << 20);
    assert_eq!(model.found(), Vec::<String>::new());
    model.member(4).info.insert("used_memory_rss", "9000000".to_owned());
    expect(&model, &["Warning memory-nearly-full"], "pod/redis-4: its process fills 95 %");
    model.info("used_memory_rss", "1000000").info("maxmemory", "268435456");
    expect(&model, &["Warning maxmemory-above-limit"], "the kernel kills it before");
}

#[test]
fn a_store_that_drops_keys() {
    let mut model = Model::healthy();
    model.info("maxmemory", "268435456").info("maxmemory_policy", "allkeys-lru");
    model.member(1).info.insert("evicted_keys", "12".to_owned());
    expect(&model, &["Warning eviction-policy"], "12 key(s) dropped so far");
    model.info("maxmemory_policy", "volatile-ttl");
    expect(&model, &["Info eviction-policy"], "drops keys with an expiry");
}

#[test]
fn a_replica_that_does_not_keep_up() {
    let mut model = Model::healthy();
    let listed = "ip=10.244.0.13,port=6379,state=online,offset=0,lag=1".to_owned();
    model.member(0).info.insert("slave0", listed);
    model.member(0).info.insert("master_repl_offset", "20000000".to_owned());
    expect(&model, &["Warning replica-lags"], "pod/redis-3: it is Bytes(19999010) behind redis-0");
    // It does not answer us: then by what its primary heard of it.
    model.outcome(3, super::Outcome::Silent);
    expect(
        &model,
        &["Warning replica-lags", "Unknown member-silent"],
        "it is Bytes(20000000) behind redis-0",
    );
    model.peers_say(3, |line| line.flags.push_str(",fail"));
    assert!(!model.found().iter().any(|it| it.contains("replica-lags")));
}

#[test]
fn a_replica_that_confirms_nothing() {
    let mut model = Model::healthy();
    let listed = |lag: u32| format!("ip=10.244.0.13,port=6379,state=online,offset=990,lag={lag}");
    model.member(0).info.insert("slave0", listed(10));
    assert_eq!(model.found(), Vec::<String>::new());
    model.member(0).info.insert("slave0", listed(11));
    expect(&model, &["Warning replica-lags"], "it has confirmed nothing to redis-0 for 11s");
}

#[test]
fn a_primary_that_waits_for_replicas() {
    let mut model = Model::healthy();
    model.setting("min-replicas-to-write", "1");
    let listed = "ip=10.244.0.13,port=6379,state=online,offset=990,lag=1".to_owned();
    for ordinal in 0..3 {
        model.member(ordinal).info.insert("slave0", listed.clone());
    }
    assert_eq!(model.found(), Vec::<String>::new());
    model.member(1).info.insert("min_slaves_good_slaves", "0".to_owned());
    expect(&model, &["Error min-replicas-unmet"], "wants 1 replica(s) in touch, and there are 0");
    model.setting("min-replicas-max-lag", "0");
    assert_eq!(model.found(), Vec::<String>::new());
}

#[test]
fn clients_that_fill_it() {
    let mut model = Model::healthy();
    model.member(0).info.insert("connected_clients", "9500".to_owned());
    expect(&model, &["Warning clients-nearly-full"], "9500 clients are connected, of 10000");
    let mut model = Model::healthy();
    model.member(0).info.insert("rejected_connections", "3".to_owned());
    expect(&model, &["Info clients-nearly-full"], "turned away 3 connection(s)");
}

#[test]
fn settings_that_differ() {
    let mut model = Model::healthy();
    model.member(5).settings.insert("maxmemory", "64000000".to_owned());
    model.member(1).settings.insert("save", "3600 1".to_owned());
    expect(
        &model,
        &["Warning config-differs"],
        "maxmemory 64000000 on redis-5, 0 on the others, save 3600 1 on redis-1, \"\" on the others",
    );
    model.world.pods[5].labels.insert("controller-revision-hash".into(), "redis-55aa".into());
    expect(&model, &["Info config-differs"], "maxmemory 64000000 on redis-5");
}

#[test]
fn modules_that_differ() {
    let mut model = Model::healthy();
    model.info("module", "name=bf,ver=80600,api=1,filters=0,usedby=[],using=[],options=[]");
    assert_eq!(model.found(), Vec::<String>::new());
    model.member(2).info.remove("module");
    let bf = "name=bf,ver=80602,api=1,filters=0,usedby=[],using=[],options=[]";
    model.member(5).info.insert("module", bf.to_owned());
    expect(
        &model,
        &["Warning config-differs"],
        "different modules: bf=80602 on redis-5, none on redis-2, bf=80600 on the others",
    );
    model.member(5).settings.insert("maxmemory", "64000000".to_owned());
    assert_eq!(super::ids(&model.found()), ["Warning config-differs"; 2]);
    model.world.set.update_revision = Some("redis-new".into());
    expect(&model, &["Info config-differs"; 2], "different modules");
}

#[test]
fn versions_that_differ() {
    let mut model = Model::healthy();
    model.member(5).info.insert("redis_version", "7.2.4".to_owned());
    expect(&model, &["Warning mixed-versions"], "7.2.4 on redis-5, 7.0.15 on the others");
    model.world.set.update_revision = Some("redis-new".into());
    expect(&model, &["Info mixed-versions"], "7.2.4 on redis-5");
}

#[test]
fn settings_that_are_short_of_safe() {
    let mut model = Model::healthy();
    model.setting("cluster-node-timeout", "2000");
    expect(&model, &["Warning node-timeout-short"], "is 2000 ms");
    let mut model = Model::healthy();
    model.setting("cluster-require-full-coverage", "no");
    expect(&model, &["Info partial-coverage"], "the others are served on");
}

#[test]
fn keys_in_a_slot_of_another() {
    let mut model = Model::healthy();
    model.member(0).stray_keys = [(9000, 2), (16000, 1)].into();
    expect(
        &model,
        &["Error keys-off-owner"],
        "pod/redis-0: it holds 3 key(s) of 2 slot(s) that redis-1, redis-2 owns (9000,16000)",
    );
    // What nobody knows, or nobody owns, has its own finding.
    model.member(0).stray_keys = [(10001, 2)].into();
    model.all_say(1, |line| line.slots = "5461-10000".to_owned());
    assert_eq!(super::ids(&model.found()), ["Error slots-uncovered"]);
}
