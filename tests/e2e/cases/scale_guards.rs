//! What a plan for a Redis Cluster refuses, with no server told anything, and how it goes on all the same.

use anyhow::{Result, ensure};

use super::scale::writes;
use super::scale_killed::{KEYS, eight_of, form, form_of};
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, same, step};
use crate::redis::{self, Formed, Redis};

pub const CASES: &[Spec] =
    &[full("scale-redis-guards", guards), full("scale-databases-valkey", databases)];

/// One in each shard, as the smallest of them is dissolved.
const LARGE: [&str; 4] = ["large1", "large0", "large3", "large2"];
const BYTES: &str = "95000001";

fn guards(case: &Case) -> Result<()> {
    let mut formed = form(case)?;
    step("the servers cannot do it", || {
        refuses(&formed, &["--migrate=atomic"], "atomic-migration-unavailable")
    })?;
    step("no room on a target", || {
        formed.set(0, "maxmemory", "3mb")?;
        refuses(&formed, &[], "target-memory")?;
        let full = ["--allow", "memory-nearly-full", "--dry-run=client"];
        refuses(&formed, &full, "target-memory")?;
        let output = case.sts(&scale("6", &[&full[..], &["--allow", "target-memory"]].concat()))?;
        same("exit code", &output.code, &Some(0))?;
        formed.set(0, "maxmemory", "0")
    })?;
    step("a key that others would take its node for dead over", || {
        for key in LARGE {
            let bytes = formed.cli(0, &["-c", "setrange", key, "95000000", "x"])?;
            same("bytes", &bytes.trim(), &BYTES)?;
        }
        let output = case.sts(&scale("6", &[]))?;
        same("exit code", &output.code, &Some(3))?;
        ensure!(output.stdout.contains("--allow key-too-large"), "{}", output.stdout);
        Ok(())
    })?;
    let output = case.sts(&scale("6", &["--allow", "key-too-large"]))?;
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, 6)?;
    for key in LARGE {
        same(key, &formed.cli(0, &["-c", "strlen", key])?.trim(), &BYTES)?;
    }
    formed.redis.pods = 6;
    formed.has_keys(KEYS)
}

/// Key by key those of database 0 alone would come along; the servers move all.
fn databases(case: &Case) -> Result<()> {
    let redis = Redis { databases: true, ..eight_of(redis::valkey()) };
    let mut formed = form_of(case, redis)?;
    formed.write_others()?;
    for flag in ["--migrate=keys", "--throttle=50"] {
        step(flag, || refuses(&formed, &[flag], "keys-in-other-databases"))?;
    }
    let output = case.sts(&scale("6", &[]))?;
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, 6)?;
    formed.redis.pods = 6;
    formed.has_others()?;
    formed.has_keys(KEYS)
}

fn refuses(formed: &Formed, more: &[&str], rule: &str) -> Result<()> {
    let addresses = formed.addresses()?;
    let had = formed.changes(&addresses)?;
    let written = writes(formed.case)?.len();
    let output = formed.case.sts(&scale("6", more))?;
    same("exit code", &output.code, &Some(1))?;
    ensure!(output.stdout.contains(rule), "no {rule} in {}", output.stdout);
    same("changes of any member", &formed.changes(&addresses)?, &had)?;
    same("writes in the audit log", &writes(formed.case)?.len(), &written)
}
