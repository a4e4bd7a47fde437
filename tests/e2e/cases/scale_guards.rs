//! What a plan for a Redis Cluster refuses, with no server told anything, and how it goes on all the same.

use anyhow::{Result, ensure};

use super::scale_killed::{KEYS, eight, eight_of, form, form_of};
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, same, step};
use crate::redis::{self, NAME, Redis};

pub const CASES: &[Spec] = &[
    full("scale-redis-guards", guards),
    full("scale-databases-valkey", databases),
    full("scale-as-user", as_user),
    full("scale-unreached", unreached),
];

/// One in each shard, as the smallest of them is dissolved.
const LARGE: [&str; 4] = ["large1", "large0", "large3", "large2"];
const BYTES: &str = "95000001";

fn guards(case: &Case) -> Result<()> {
    let mut formed = form(case)?;
    step("the servers cannot do it", || {
        formed.refuses(6, &["--migrate=atomic"], "atomic-migration-unavailable")
    })?;
    step("no room on a target", || {
        formed.set(0, "maxmemory", "3mb")?;
        formed.refuses(6, &[], "target-memory")?;
        let full = ["--allow", "memory-nearly-full", "--dry-run=client"];
        formed.refuses(6, &full, "target-memory")?;
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
        step(flag, || formed.refuses(6, &[flag], "keys-in-other-databases"))?;
    }
    let output = case.sts(&scale("6", &[]))?;
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, 6)?;
    formed.redis.pods = 6;
    formed.has_others()?;
    formed.has_keys(KEYS)
}

/// The user without a name may look, and serve clients and replicas, and may not move keys, at either end.
fn as_user(case: &Case) -> Result<()> {
    let mut formed = form(case)?;
    for ordinal in 0..formed.redis.pods {
        formed.cli(ordinal, &["acl", "setuser", "ops", "on", "'>open sesame'", "'~*'", "+@all"])?;
        formed.cli(ordinal, &["acl", "setuser", "default", "-migrate", "-restore-asking"])?;
    }
    let file = case.cluster.files.join("password-of-ops");
    std::fs::write(&file, "open sesame\n")?;
    let file = file.display().to_string();
    step("a check needs none of it", || {
        same("exit code", &case.sts(&["check", NAME])?.code, &Some(0))
    })?;
    step("it may not", || {
        formed.refuses(6, &[], "write-denied")?;
        formed.refuses(6, &[], "MIGRATE, RESTORE-ASKING")
    })?;
    step("nobody is called like that", || {
        let output =
            case.sts(&["check", NAME, "--username", "nobody", "--password-file", &file])?;
        same("exit code", &output.code, &Some(2))?;
        ensure!(output.stdout.contains("password-rejected"), "{}", output.stdout);
        Ok(())
    })?;
    let output = case.sts(&scale("6", &["--username", "ops", "--password-file", &file]))?;
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, 6)?;
    formed.redis.pods = 6;
    formed.has_keys(KEYS)
}

/// One that listens for its own host alone is reached by us, by port-forward, by a probe inside its pod, and by no other member.
fn unreached(case: &Case) -> Result<()> {
    let mut formed = form_of(case, Redis { probed: true, ..eight() })?;
    let listen = |on: &str| formed.set(0, "bind", on);
    listen("127.0.0.1")?;
    step("no slot is opened", || {
        let output = case.sts(&scale("6", &[]))?;
        same("exit code", &output.code, &Some(3))?;
        let words = "cannot hand anything over to redis-cluster-0";
        ensure!(output.stdout.contains(words), "{}", output.stdout);
        let addresses = formed.addresses()?;
        let motion = formed.motion(&addresses[1..])?;
        ensure!(motion.open == 0, "{motion:?}");
        Ok(())
    })?;
    listen("0.0.0.0")?;
    let output = case.sts(&scale("6", &[]))?;
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, 6)?;
    formed.redis.pods = 6;
    formed.has_keys(KEYS)
}
