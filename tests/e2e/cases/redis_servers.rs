//! What single servers say of themselves: memory, saves, settings, replicas that do not keep up.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::redis_members::{others, paste};
use crate::case::{Case, Spec, gate, same, step};
use crate::redis::{Formed, NAME, Redis, agree, pod, primaries, redis};

pub const CASES: &[Spec] = &[
    gate("cluster-never-created", never_created),
    gate("redis-strained", strained),
    gate("replication-auth-rejected", auth_rejected),
    gate("two-of-one-id", two_of_one_id),
];

/// What the tutorials leave out: the pods are ready, and nobody has made them a cluster.
fn never_created(case: &Case) -> Result<()> {
    let redis = redis().start(case)?;
    let check = case.check(&[NAME])?;
    let set = check.is(1, "unhealthy", &["cluster-never-created statefulset/redis-cluster"])?;
    let engine = set.engine_is("redis cluster 7.0.15", "down")?;
    same("slots", &engine.facts["slots"], &json!("0/16384"))?;
    step("the command that it gives to paste creates it, with shards over both nodes", || {
        paste(case)?;
        redis.until_views(&others(6, &[]), "the members agree", agree)?;
        is_healthy(case)
    })
}

fn is_healthy(case: &Case) -> Result<()> {
    case.until("it is healthy", || case.check(&[NAME])?.is(0, "healthy", &[]).map(|_| Some(())))
}

fn strained(case: &Case) -> Result<()> {
    let redis = Redis { shared_processes: true, ..redis() }.form(case)?;
    redis.write_keys(1000)?;
    step("settings of one member alone", || settings(case, &redis))?;
    step("memory", || memory(case, &redis))?;
    step("a save that fails", || save(case, &redis))?;
    step("a replica that is stopped", || lag(case, &redis))
}

fn settings(case: &Case, redis: &Formed) -> Result<()> {
    redis.set(0, "min-replicas-to-write", "2")?;
    let refused = redis.shell(0, "$CLI -c set key:0 x")?;
    ensure!(refused.contains("NOREPLICAS"), "it takes writes: {refused}");
    let expected =
        ["config-differs statefulset/redis-cluster", "min-replicas-unmet pod/redis-cluster-0"];
    let check = case.check(&[NAME])?;
    let set = check.is(1, "unhealthy", &expected)?;
    let differs = &set.finding("config-differs")?.evidence["settings"];
    same(
        "settings",
        differs,
        &json!(["min-replicas-to-write 2 on redis-cluster-0, 0 on the others"]),
    )?;
    redis.refuses_fewer("min-replicas-unmet")?;
    redis.set(0, "min-replicas-to-write", "0")
}

fn memory(case: &Case, redis: &Formed) -> Result<()> {
    let used = redis.info(0, "used_memory")?;
    redis.set_all("maxmemory", "500000000")?;
    redis.set(0, "maxmemory", &used)?;
    let expected = [
        "config-differs statefulset/redis-cluster",
        "maxmemory-above-limit statefulset/redis-cluster",
        "memory-nearly-full pod/redis-cluster-0",
    ];
    let check = case.check(&[NAME])?;
    let set = check.is(1, "unhealthy", &expected)?;
    same("severity", &set.finding("memory-nearly-full")?.severity.as_str(), &"error")?;
    redis.refuses_fewer("memory-nearly-full")?;
    redis.set_all("maxmemory", "0")
}

fn save(case: &Case, redis: &Formed) -> Result<()> {
    // A file cannot take the place of a folder that is not empty; root may write everywhere else.
    redis.shell(0, "mkdir -p /data/dump.rdb/taken")?;
    redis.set_all("save", "3600 1000000")?;
    redis.cli(0, &["bgsave"])?;
    case.until("the save fails", || {
        Ok((redis.info(0, "rdb_last_bgsave_status")? == "err").then_some(()))
    })?;
    let refused = redis.shell(0, "$CLI -c set key:0 x; $CLI set {06S} x")?;
    ensure!(refused.contains("MISCONF"), "it takes writes: {refused}");
    let check = case.check(&[NAME])?;
    let set = check.is(1, "unhealthy", &["save-failed pod/redis-cluster-0"])?;
    same("severity", &set.finding("save-failed")?.severity.as_str(), &"error")?;
    redis.refuses_fewer("save-failed")?;
    redis.set_all("save", "")?;
    let check = case.check(&[NAME])?;
    check.is(0, "degraded", &["save-failed pod/redis-cluster-0"])?;
    redis.shell(0, "rm -r /data/dump.rdb")?;
    redis.cli(0, &["bgsave"])?;
    is_healthy(case)
}

/// While its peers still wait for it, its primary counts it as connected.
fn lag(case: &Case, redis: &Formed) -> Result<()> {
    redis.set_all("cluster-node-timeout", "60000")?;
    let replica = *redis.replicas_of(0)?.first().context("no replica")?;
    redis.freeze(replica)?;
    redis.shell(0, "head -c 12000000 /dev/zero | $CLI -x set {06S} >/dev/null")?;
    let (lags, silent) = (
        format!("replica-lags pod/{}", pod(replica)),
        format!("member-silent pod/{}", pod(replica)),
    );
    let check = case.check(&[NAME])?;
    let set = check.is(2, "unknown", &[&lags, &silent])?;
    let behind = set.finding("replica-lags")?.evidence["behind"].as_u64().unwrap_or_default();
    ensure!(behind > 12_000_000, "it is {behind} behind");
    redis.thaw(replica)?;
    is_healthy(case)
}

/// Replicas that were given another password than their primaries want.
fn auth_rejected(case: &Case) -> Result<()> {
    let password = Some("open sesame");
    let redis = Redis { password, masterauth: Some("barley"), ..redis() }.start(case)?;
    redis.create()?;
    let rejected =
        [3, 4, 5].map(|replica| format!("replication-auth-rejected pod/{}", pod(replica)));
    // A link that was never up counts as down only after half a minute.
    case.until("their links count as down", || {
        let expected = rejected.each_ref().map(String::as_str);
        case.check(&[NAME])?.is(1, "unhealthy", &expected).map(|_| Some(()))
    })?;
    redis.refuses_fewer("replication-auth-rejected")
}

/// The nodes.conf of another, as when a claim is restored from the wrong one; before that, a majority that hangs.
fn two_of_one_id(case: &Case) -> Result<()> {
    let redis = Redis { shared_processes: true, ..primaries() }.form(case)?;
    step("one that comes back to its peers refuses to serve for a while", || {
        redis.freeze(1)?;
        redis.freeze(2)?;
        redis.until_views(&[0], "it is alone", |views| views.iter().all(|view| !view.is_ok))?;
        redis.thaw(1)?;
        redis.thaw(2)?;
        let check = case.check(&[NAME])?;
        let set = check.has(1, "unhealthy", &["cluster-state-fail statefulset/redis-cluster"])?;
        set.engine_is("redis cluster 7.0.15", "down")?;
        is_healthy(case)
    })?;
    let stolen = redis.shell(0, "cat /data/nodes.conf")?;
    redis
        .shell(
            2,
            &format!(
                "echo '{}' >/data/nodes.conf; kill -KILL $(pidof redis-server)",
                stolen.trim_end()
            ),
        )
        .ok();
    case.until("two answer with one id", || {
        let check = case.check(&[NAME])?;
        let expected = ["duplicate-node-id statefulset/redis-cluster"];
        check.has(1, "unhealthy", &expected).map(|_| Some(()))
    })?;
    redis.refuses_fewer("duplicate-node-id")
}
