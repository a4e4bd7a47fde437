//! Slots that nobody owns, and slots left open.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::case::{Case, Spec, full, gate, same};
use crate::redis::{Formed, NAME, Redis, primaries, valkey};

pub const CASES: &[Spec] = &[
    gate("reshard-killed", |case| reshard_killed(case, primaries(), "redis cluster 7.0.15")),
    // With replicas, which say on Valkey what their primaries have open.
    gate("valkey-reshard-killed", |case| reshard_killed(case, valkey(), "valkey cluster 9.1")),
    gate("reshard-to-loopback", |case| reshard_to_loopback(case, "--cluster-timeout 1000")),
    full("reshard-to-loopback-for-a-minute", |case| reshard_to_loopback(case, "")),
    gate("slots-deleted", slots_deleted),
];

/// Kills a reshard in the middle of a slot. It is stopped to be looked at: a fast server would have closed the
/// slot between the look and the kill.
pub fn kill_a_reshard(redis: &Formed) -> Result<()> {
    let (source, target) = (redis.node(0)?.id, redis.node(1)?.id);
    let (from, to) = (redis.address(0)?, redis.address(1)?);
    let port = redis.redis.port;
    redis.shell(0, &format!(
        "is_open() {{ for a in {from} {to}; do $CLI -h $a cluster nodes | grep myself; done | grep -q '\\['; }}
        for try in 1 2 3 4 5 6 7 8 9; do
            $CLI --cluster reshard {from}:{port} --cluster-from {source} --cluster-to {target} \\
                --cluster-slots 2000 --cluster-yes >/dev/null 2>&1 & reshard=$!
            while kill -STOP $reshard; do
                if is_open; then break; fi
                kill -CONT $reshard
            done
            kill -9 $reshard; wait $reshard
            if is_open; then exit 0; fi
        done
        echo 'no slot was left open' >&2; exit 1"
    ))?;
    Ok(())
}

fn open_slot(case: &Case, title: &str) -> Result<()> {
    let check = case.check(&[NAME])?;
    let set = check.set()?;
    let engine = set.engine_is(title, "degraded")?;
    same("slots", &engine.facts["slots"], &json!("16384/16384"))?;
    let open = set.finding("open-slot")?;
    same("open slots", &open.evidence["count"], &json!(1))?;
    same("source", &open.evidence["source"], &json!("redis-cluster-0"))?;
    same("target", &open.evidence["target"], &json!("redis-cluster-1"))?;
    let named = [format!("open-slot pod/{}", open.object.name)];
    check.is(1, "unhealthy", &named.each_ref().map(String::as_str)).map(drop)
}

fn reshard_killed(case: &Case, redis: Redis, title: &str) -> Result<()> {
    let redis = redis.form(case)?;
    redis.write_keys(1000)?;
    kill_a_reshard(&redis)?;
    open_slot(case, title)?;
    let again = case.sts(&["check", NAME])?.stdout;
    ensure!(again.contains("open-slot"), "{again}");
    redis.refuses_fewer("open-slot")
}

/// Given its own loopback, redis-cli tells the target's peer to migrate to itself. Redis 7.0 blocks until MIGRATE
/// times out, which by default is a minute.
fn reshard_to_loopback(case: &Case, option: &str) -> Result<()> {
    let redis = primaries().form(case)?;
    redis.write_keys(1000)?;
    let (source, target) = (redis.node(0)?.id, redis.node(1)?.id);
    let port = redis.redis.port;
    let said = redis.shell(
        1,
        &format!(
            "$CLI --cluster reshard 127.0.0.1:{port} --cluster-from {source} --cluster-to {target} \
         --cluster-slots 100 --cluster-yes {option} 2>&1 && echo done || true"
        ),
    )?;
    ensure!(!said.contains("done"), "it went well: {said}");
    open_slot(case, "redis cluster 7.0.15")
}

fn slots_deleted(case: &Case) -> Result<()> {
    let redis = primaries().form(case)?;
    redis.cli(0, &["cluster", "delslots", "0", "1", "2", "3"])?;
    redis.until_views(&[0], "it does not claim them", |views| {
        views.iter().all(|view| view.me().is_some_and(|me| me.slots == ["4-5460"]))
    })?;
    let check = case.check(&[NAME])?;
    let set = check.has(1, "unhealthy", &["slots-uncovered statefulset/redis-cluster"])?;
    let engine = set.engine_is("redis cluster 7.0.15", "down")?;
    same("slots", &engine.facts["slots"], &json!("16380/16384"))?;
    same("slots", &set.finding("slots-uncovered")?.evidence["slots"], &json!("0-3"))?;
    redis.refuses_fewer("slots-uncovered")
}
