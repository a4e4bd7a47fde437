//! Pods that are replaced or taken away in ways that Kubernetes finds nothing wrong with.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::redis_members::{is_calm, others, paste};
use crate::case::{Case, Spec, gate, same, step};
use crate::redis::{Formed, NAME, Redis, View, agree, redis};

pub const CASES: &[Spec] = &[
    gate("all-replaced", all_replaced),
    gate("all-replaced-just-now", all_replaced_just_now),
    gate("scaled-down", scaled_down),
];

/// What a restart of all nodes leaves: every pod is ready, and nobody finds anybody.
fn all_replaced(case: &Case) -> Result<()> {
    let redis = redis().form(case)?;
    redis.pin()?;
    redis.write_keys(300)?;
    replace_all(case)?;
    nobody_finds_anybody(&redis)?;
    let check = case.check(&[NAME])?;
    let set =
        check.is(1, "unhealthy", &["members-know-dead-addresses statefulset/redis-cluster"])?;
    set.engine_is("redis cluster 7.0.15", "down")?;
    redis.refuses_fewer("members-know-dead-addresses")?;
    step("the commands that it gives to paste heal it", || {
        paste(case)?;
        case.until("there is nothing more to mend", || {
            let check = case.check(&[NAME])?;
            // Redis 7.0 now and then replicates from where its primary was for ever.
            if check.set()?.has_rule("replica-link-down") {
                paste(case)?;
            }
            ensure!(agree(&redis.views(&others(6, &[]))?), "the members do not agree");
            check.is(0, "healthy", &[]).map(|_| Some(()))
        })?;
        same("keys", &redis.count_keys()?, &300)
    })
}

/// Before a node timeout has passed each member says `ok`, and it is not.
fn all_replaced_just_now(case: &Case) -> Result<()> {
    redis().form(case)?;
    replace_all(case)?;
    let check = case.check(&[NAME])?;
    check.is(1, "unhealthy", &["members-know-dead-addresses statefulset/redis-cluster"]).map(drop)
}

/// The node timeout is over, and each member has given up all others.
pub fn nobody_finds_anybody(redis: &Formed) -> Result<()> {
    let is_alone = |view: &View| {
        let mut others = view.nodes.iter().filter(|node| !node.has("myself"));
        !view.is_ok && others.all(|node| node.has("fail?") || node.has("fail"))
    };
    let all = others(redis.redis.pods, &[]);
    redis.until_views(&all, "nobody finds anybody", |views| views.iter().all(is_alone)).map(drop)
}

pub fn replace_all(case: &Case) -> Result<()> {
    case.kubectl(&["delete", "pods", "-l", "app=redis-cluster"])?;
    case.rolled_out(NAME)?;
    // The pods that Kubernetes counts as ready are new ones.
    case.until_value(&["pdb", NAME], "/status/currentHealthy", |count| *count == 6)
}

/// What `kubectl scale` does to a cluster with primaries on the last ordinals.
fn scaled_down(case: &Case) -> Result<()> {
    let redis = Redis { pods: 8, first: &[6, 7, 0, 1], ..redis() }.form(case)?;
    case.kubectl(&["scale", "statefulset/redis-cluster", "--replicas=6"])?;
    case.kubectl(&[
        "wait",
        "--for=delete",
        "pod/redis-cluster-6",
        "pod/redis-cluster-7",
        "--timeout=60s",
    ])?;
    redis.until_views(&others(8, &[6, 7]), "the cluster is down", |views| {
        views.iter().all(|view| !view.is_ok)
    })?;
    let check = case.check(&[NAME])?;
    let claims = [
        "claim-left-behind pvc/data-redis-cluster-6",
        "claim-left-behind pvc/data-redis-cluster-7",
    ];
    let set = check.has(1, "unhealthy", &claims)?;
    let engine = set.engine_is("redis cluster 7.0.15", "down")?;
    same("slots", &engine.facts["slots"], &json!("8192/16384"))?;
    ensure!(set.has_rule("slots-uncovered"), "{:?}", set.named());
    step("scaling up again brings them back", || {
        case.kubectl(&["scale", "statefulset/redis-cluster", "--replicas=8"])?;
        case.rolled_out(NAME)?;
        redis.until_views(&others(8, &[]), "the members agree", |views| {
            agree(views) && views.iter().all(|view| view.is_ok)
        })?;
        case.until_value(&["pdb", NAME], "/status/currentHealthy", |count| *count == 8)?;
        // A member that is busy coming back may be suspected for a moment: no error.
        let check = case.check(&[NAME])?;
        is_calm(&check)?;
        let engine = check.set()?.engine.as_ref().context("no database was recognised")?;
        same("slots", &engine.facts["slots"], &json!("16384/16384"))
    })
}
