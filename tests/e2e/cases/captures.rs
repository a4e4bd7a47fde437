//! The captures in examples/: made from real clusters with UPDATE=1, and read by every run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::redis_replaced::{nobody_finds_anybody, replace_all};
use super::redis_slots::kill_a_reshard;
use crate::case::{Case, Spec, gate, same, step};
use crate::redis::{NAME, pod, redis};
use crate::sts::Check;

pub const CASES: &[Spec] = &[
    Spec { namespace: Some("shop"), ..gate("capture-healthy", healthy) },
    Spec { namespace: Some("shop-degraded"), ..gate("capture-degraded", degraded) },
    Spec { namespace: Some("shop-outage"), ..gate("capture-outage", outage) },
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// Reads a capture without a cluster.
fn read(case: &Case, name: &str) -> Result<Check> {
    let path = path(name);
    let text = std::fs::read_to_string(&path).context("UPDATE=1 writes it")?;
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host = host.trim();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let mut words = text.split(|c: char| !is_part(c));
    ensure!(host.is_empty() || words.all(|word| word != host), "the name of this machine is in it");
    for word in ["BEGIN ", "eyJ", "stringData"] {
        ensure!(!text.contains(word), "{word:?} is in it");
    }
    case.check_with(&[NAME, "--from", &path.to_string_lossy()], |command| {
        command.env("KUBECONFIG", "/no/such/config");
    })
}

fn save(case: &Case, name: &str) -> Result<()> {
    let path = path(name);
    std::fs::create_dir_all(path.parent().context("no folder")?)?;
    case.sts(&["check", NAME, "--save", &path.to_string_lossy()]).map(drop)
}

fn healthy(case: &Case) -> Result<()> {
    if crate::is_set("UPDATE") {
        let redis = redis().form(case)?;
        redis.write_keys(1000)?;
        save(case, "healthy.yaml")?;
    }
    read(case, "healthy.yaml")?.is(0, "healthy", &[])?.engine_is("redis cluster", "ok").map(drop)
}

/// A replica that crashes, a claim of a scale-down, a reshard that was killed.
fn degraded(case: &Case) -> Result<()> {
    if crate::is_set("UPDATE") {
        let redis = redis().form(case)?;
        redis.write_keys(1000)?;
        step("a claim is left behind", || {
            case.kubectl(&["scale", "statefulset/redis-cluster", "--replicas=7"])?;
            case.rolled_out(NAME)?;
            case.kubectl(&["scale", "statefulset/redis-cluster", "--replicas=6"])?;
            case.kubectl(&["wait", "--for=delete", "pod/redis-cluster-6", "--timeout=60s"])
        })?;
        kill_a_reshard(&redis)?;
        let replica = *redis.replicas_of(0)?.first().context("no replica")?;
        let id = redis.node(replica)?.id;
        // Its server does not start on a file like this.
        redis
            .shell(
                replica,
                "echo broken >/data/nodes.conf; kill -KILL $(pidof redis-server); kill 1",
            )
            .ok();
        redis.shell(replica, "echo broken >/data/nodes.conf").ok();
        let waiting = "/status/containerStatuses/0/state/waiting/reason";
        case.until_value(&["pod", &pod(replica)], waiting, |reason| reason == "CrashLoopBackOff")?;
        let others: Vec<u32> = (0..6).filter(|it| *it != replica).collect();
        redis.until_views(&others, "they say that it failed", |views| {
            views.iter().all(|view| view.node(&id).is_some_and(|it| it.has("fail")))
        })?;
        save(case, "degraded.yaml")?;
    }
    let check = read(case, "degraded.yaml")?;
    let set = check.has(1, "unhealthy", &["claim-left-behind pvc/data-redis-cluster-6"])?;
    for rule in ["pod-crash-loop", "replica-down", "shard-without-replica", "open-slot"] {
        set.finding(rule)?;
    }
    set.engine_is("redis cluster", "degraded").map(drop)
}

fn outage(case: &Case) -> Result<()> {
    if crate::is_set("UPDATE") {
        let redis = redis().form(case)?;
        redis.write_keys(1000)?;
        replace_all(case)?;
        nobody_finds_anybody(&redis)?;
        save(case, "outage.yaml")?;
    }
    let check = read(case, "outage.yaml")?;
    let set =
        check.is(1, "unhealthy", &["members-know-dead-addresses statefulset/redis-cluster"])?;
    let engine = set.engine_is("redis cluster", "down")?;
    same("name", &engine.name.as_str(), &"redis")
}
