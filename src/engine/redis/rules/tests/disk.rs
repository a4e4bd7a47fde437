//! What members write to disk, and where.

use super::super::super::example::Model;
use super::expect;
use crate::model::VolumeSource;

#[test]
fn a_save_that_failed() {
    let mut model = Model::healthy();
    model.member(0).info.insert("rdb_last_bgsave_status", "err".to_owned());
    expect(&model, &["Warning save-failed"], "the file there is an old one");
    model.setting("save", "3600 1");
    expect(&model, &["Error save-failed"], "it refuses writes until one succeeds");
    model.setting("stop-writes-on-bgsave-error", "no");
    expect(&model, &["Warning save-failed"], "the file there is an old one");
    model.member(0).info.insert("aof_last_write_status", "err".to_owned());
    expect(&model, &["Error save-failed"], "cannot write its append-only file");
    let mut rewrite = Model::healthy();
    rewrite.member(3).info.insert("aof_last_bgrewrite_status", "err".to_owned());
    expect(&rewrite, &["Warning save-failed"], "it only grows");
}

#[test]
fn a_save_that_runs() {
    let mut model = Model::healthy();
    model.info("rdb_bgsave_in_progress", "0").info("aof_rewrite_in_progress", "0");
    assert_eq!(model.found(), Vec::<String>::new());
    model.member(0).info.insert("rdb_bgsave_in_progress", "1".to_owned());
    expect(&model, &["Info save-running"], "pod/redis-0: it writes a snapshot now");
    model.member(3).info.insert("aof_rewrite_in_progress", "1".to_owned());
    let rewrites = "pod/redis-3: it rewrites its append-only file now";
    expect(&model, &["Info save-running"; 2], rewrites);
}

#[test]
fn a_claim_that_nothing_is_written_to() {
    let mut model = Model::healthy();
    model.setting("appendonly", "no").info("aof_enabled", "0");
    expect(&model, &["Warning persistence-off"], "write no data to it: a restart empties them");
    // A cache.
    for pod in &mut model.world.pods {
        pod.volumes[0].source = VolumeSource::EmptyDir;
    }
    model.setting("cluster-config-file", "/state/nodes.conf");
    expect(&model, &["Warning nodes-conf-off-claim"], "/state/nodes.conf is on no volume");
}

#[test]
fn an_identity_that_goes_with_its_pod() {
    let mut model = Model::healthy();
    model.setting("dir", "/tmp/");
    expect(&model, &["Warning nodes-conf-off-claim"], "/tmp/nodes.conf is on no volume");
    model.setting("cluster-config-file", "/data/nodes.conf");
    assert_eq!(model.found(), Vec::<String>::new());
}

#[test]
fn settings_that_are_kept_from_us() {
    let mut model = Model::healthy();
    model.setting("appendonly", "no");
    let words = "NOPERM this user has no permissions to run the 'config|get' command".to_owned();
    model.member(2).refused.insert("CONFIG GET".to_owned(), words);
    let (now, facts) = model.facts();
    let mut judged = crate::rules::Judged::default();
    for rules in super::super::RULES {
        judged.add(&now, &facts, rules);
    }
    assert_eq!(judged.findings, []);
    let not_run: Vec<&str> = judged.not_run.iter().map(|it| it.rule).collect();
    assert_eq!(
        not_run,
        [
            "min-replicas-unmet",
            "nodes-conf-off-claim",
            "persistence-off",
            "eviction-policy",
            "node-timeout-short",
            "config-differs",
            "partial-coverage"
        ]
    );
    assert_eq!(judged.not_run[0].why.to_string(), "cannot run CONFIG GET on redis-2: forbidden");
}
