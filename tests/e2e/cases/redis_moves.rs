//! What is left where a move was broken off, and members that do not see the same cluster.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::redis_members::others;
use crate::case::{Case, Spec, gate, same, step};
use crate::redis::{Formed, NAME, agree, primaries, redis};

pub const CASES: &[Spec] =
    &[gate("keys-off-owner", keys_off_owner), gate("shards-on-one-node", placing)];

/// A slot of the first primary, by a tag that hashes to it.
const TAG: &str = "{06S}";

/// Half of a slot's keys are moved, and then the slot is called stable: redis-cli finds nothing wrong.
fn keys_off_owner(case: &Case) -> Result<()> {
    let redis = primaries().form(case)?;
    redis.write_keys(1000)?;
    let slot = redis.cli(0, &["cluster", "keyslot", TAG])?.trim().to_owned();
    let (source, target) = (redis.node(0)?.id, redis.node(1)?.id);
    for key in ["a", "b", "c"] {
        redis.cli(0, &["set", &format!("{TAG}{key}"), "1"])?;
    }
    redis.cli(1, &["cluster", "setslot", &slot, "importing", &source])?;
    redis.cli(0, &["cluster", "setslot", &slot, "migrating", &target])?;
    let (to, keys) = (redis.address(1)?, format!("{TAG}a {TAG}b"));
    redis.cli(0, &["migrate", &to, "6379", "''", "0", "5000", "keys", &keys])?;
    for ordinal in [0, 1] {
        redis.cli(ordinal, &["cluster", "setslot", &slot, "stable"])?;
    }
    let theirs = redis.cli(0, &["--cluster", "check", "127.0.0.1:6379"])?;
    ensure!(theirs.contains("[OK] All 16384 slots covered"), "{theirs}");
    let check = case.check(&[NAME])?;
    let set = check.is(1, "unhealthy", &["keys-off-owner pod/redis-cluster-1"])?;
    let finding = set.finding("keys-off-owner")?;
    same("keys", &finding.evidence["keys"], &json!(2))?;
    same("slots", &finding.evidence["slots"], &json!(slot))?;
    same("owners", &finding.evidence["owners"], &json!(["redis-cluster-0"]))?;
    redis.refuses_fewer("keys-off-owner")?;
    step("a slot that two own: a flag of an import makes one blind for the new owner", || {
        redis.cli(2, &["cluster", "setslot", "5", "importing", &source])?;
        redis.cli(1, &["cluster", "setslot", "5", "importing", &source])?;
        redis.cli(1, &["cluster", "setslot", "5", "node", &target])?;
        redis.until_views(&[0], "its owner has heard of it", |views| {
            views
                .iter()
                .all(|view| view.me().is_some_and(|me| me.slots.contains(&"0-4".to_owned())))
        })?;
        let check = case.check(&[NAME])?;
        let disagree = "slots-disagree statefulset/redis-cluster";
        check.has(1, "unhealthy", &[disagree, "open-slot pod/redis-cluster-2"])?;
        redis.refuses_fewer("slots-disagree")
    })
}

/// Who replicates whom is not Kubernetes' to say: the pods are spread, and two shards are not.
fn placing(case: &Case) -> Result<()> {
    let redis = redis().form(case)?;
    let (first, second) = two_apart(&redis)?;
    let replica =
        |of: u32| -> Result<u32> { redis.replicas_of(of)?.first().copied().context("no replica") };
    let (of_first, of_second) = (replica(first)?, replica(second)?);
    for (replica, primary) in [(of_first, second), (of_second, first)] {
        redis.cli(replica, &["cluster", "replicate", &redis.node(primary)?.id])?;
    }
    redis.until_views(&others(6, &[]), "the replicas have changed places", agree)?;
    let check = case.check(&[NAME])?;
    let set = check.is(0, "degraded", &["shard-on-one-node statefulset/redis-cluster"])?;
    same("shards", &set.finding("shard-on-one-node")?.evidence["count"], &json!(2))?;
    step("for a drain of the node that has a whole shard", || {
        let purpose = format!("drain-node={}", redis.host(0)?);
        let check = case.check(&[NAME, "--for", &purpose])?;
        ensure!(check.output.code == Some(1), "exit {:?}", check.output.code);
        check.set()?.finding("shard-leaves").map(drop)
    })?;
    step("a member that one has forgotten", || {
        redis.cli(0, &["cluster", "forget", &redis.node(of_second)?.id])?;
        let check = case.check(&[NAME])?;
        let expected = [
            "membership-disagrees pod/redis-cluster-0",
            "shard-on-one-node statefulset/redis-cluster",
        ];
        check.is(0, "degraded", &expected).map(drop)
    })
}

/// Primaries on different nodes.
fn two_apart(redis: &Formed) -> Result<(u32, u32)> {
    let node = redis.host(0)?;
    for other in [1, 2] {
        if redis.host(other)? != node {
            return Ok((0, other));
        }
    }
    anyhow::bail!("all primaries are on {node}")
}
