//! `scale` of a Redis or Valkey Cluster: data goes first, and nobody who writes meanwhile notices.

use anyhow::{Context, Result, ensure};

use crate::case::{Case, Spec, full, gate, same, step};
use crate::load::{Load, Options};
use crate::redis::{self, Formed, NAME, Redis};

pub const CASES: &[Spec] = &[
    full("scale-redis", |case| there_and_back(case, redis::redis(), 50, &[])),
    gate("scale-valkey", |case| there_and_back(case, redis::valkey(), 5, &[])),
    full("scale-valkey-hard", |case| there_and_back(case, redis::hard_valkey(), 50, &[])),
    full("scale-redis-asm", |case| there_and_back(case, redis::redis_8(), 50, &[])),
    full("scale-redis-asm-hard", |case| there_and_back(case, redis::hard_8(), 50, &[])),
    full("scale-valkey-keys", |case| there_and_back(case, redis::valkey(), 50, BY_KEYS)),
    full("scale-redis-hard", |case| there_and_back(case, redis::hard(), 50, &[])),
];

const KEYS: u32 = 2_000;
const BY_KEYS: &[&str] = &["--migrate=keys", "--throttle=50"];

pub fn scale<'a>(to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["scale", NAME, "--yes", "--replicas", to][..], more].concat()
}

/// 8 -> 6 -> 8 while clients write.
fn there_and_back(case: &Case, redis: Redis, hash_megabytes: u32, how: &[&str]) -> Result<()> {
    let formed = Redis { pods: 8, ..redis }.form(case)?;
    formed.write_keys(KEYS)?;
    formed.load_function()?;
    let load = Load::start(&formed, Options { hash_megabytes })?;
    step("down", || {
        let output = case.sts(&scale("6", how))?;
        same("exit code", &output.code, &Some(0))?;
        is_whole(&formed, 6)
    })?;
    step("up", || {
        let output = case.sts(&scale("8", &[how, &["--allow", "claim-left-behind"]].concat()))?;
        same("exit code", &output.code, &Some(0))?;
        is_whole(&formed, 8)?;
        formed.has_function()
    })?;
    if formed.redis.image == redis::redis_8().image {
        ensure!(!formed.was_told_slot_by_slot()?, "slots went key by key");
    }
    let report = load.end()?;
    eprintln!(
        "{}: {} answered, p99 {} ms, longest gap {} ms",
        case.namespace, report.acknowledged, report.p99_ms, report.longest_gap_ms
    );
    report.is_clean().with_context(|| format!("{report:?}"))
}

/// Every slot and key is there, and nothing is left of the run.
pub fn is_whole(formed: &Formed, pods: u32) -> Result<()> {
    let case = formed.case;
    let all: Vec<u32> = (0..pods).collect();
    formed.until_views(&all, "the members agree", |views| {
        redis::agree(views) && views.iter().all(|view| view.is_ok && view.nodes.len() == all.len())
    })?;
    let output = case.sts(&["check", NAME])?;
    ensure!(output.code == Some(0), "{}", output.stdout);
    let words = formed.cli(
        0,
        &["--cluster", "check", &format!("{}:{}", formed.address(0)?, formed.redis.port)],
    )?;
    ensure!(words.contains("[OK] All 16384 slots covered") && !words.contains("[ERR]"), "{words}");
    for ordinal in all {
        let setting = formed.cli(ordinal, &["config", "get", "cluster-allow-replica-migration"])?;
        ensure!(setting.contains("yes"), "{ordinal}: {setting}");
    }
    ensure!(case.get(&["lease", &format!("kubectl-sts-{NAME}")]).is_err(), "the lease is left");
    Ok(())
}
