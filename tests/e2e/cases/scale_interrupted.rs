//! `scale` told to stop while slots move: it closes what it opened, says how to go on, and gives its lease back.

use anyhow::{Result, ensure};

use super::scale_killed::{KEYS, eight_of, form_of, moves};
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, same, step};
use crate::load::{Load, Options};
use crate::redis::{self, Formed, NAME, Redis};
use crate::running::Running;

pub const CASES: &[Spec] = &[
    full("scale-interrupted-redis", |case| interrupted(case, redis::redis())),
    full("scale-interrupted-redis-hard", |case| interrupted(case, redis::hard())),
    full("scale-interrupted-asm", moved_on),
    full("scale-slept-redis", |case| slept(case, redis::redis())),
    full("scale-slept-redis-hard", |case| slept(case, redis::hard())),
];

const TO: &str = "6";
/// Microseconds for each key.
const SLOWER: u32 = 2_000;

fn interrupted(case: &Case, redis: Redis) -> Result<()> {
    let mut formed = form_of(case, eight_of(redis))?;
    let load = Load::start(&formed, Options { hash_megabytes: 5 })?;
    for signal in ["-INT", "-TERM", "-HUP"] {
        step(signal, || {
            let text = stopped(&formed, |run| run.signal(signal))?;
            let goes_on =
                format!("run it again to go on: kubectl sts scale {NAME} --replicas {TO}");
            ensure!(text.lines().any(|line| line.contains(&goes_on)), "{text}");
            ensure!(!text.contains("waiting for the lease"), "the one before kept it: {text}");
            Ok(())
        })?;
    }
    step("nobody reads what it says", || {
        stopped(&formed, |run| {
            run.close_stdout();
            Ok(())
        })
    })?;
    let output = case.sts(&scale(TO, &[]))?;
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, 6)?;
    formed.redis.pods = 6;
    formed.has_keys(KEYS)?;
    load.end()?.is_clean()
}

/// What the servers began by themselves goes on, and the next run waits for it.
fn moved_on(case: &Case) -> Result<()> {
    let mut formed = form_of(case, eight_of(redis::redis_8()))?;
    let load = Load::start(&formed, Options { hash_megabytes: 5 })?;
    let addresses = formed.addresses()?;
    formed.slow_down(&addresses, SLOWER)?;
    let text = stopped(&formed, |run| {
        ensure!(formed.awaits_mover(&addresses)?, "no server moves anything");
        run.signal("-INT")
    })?;
    ensure!(text.contains("the servers go on by themselves"), "{text}");
    same("members that still move slots", &formed.motion(&addresses)?.movers, &2)?;
    let setting = formed.cli(7, &["config", "get", "cluster-allow-replica-migration"])?;
    ensure!(setting.contains("no"), "of one that gives its last slot away meanwhile: {setting}");
    let output = case.sts(&scale(TO, &[]))?;
    same("exit code", &output.code, &Some(0))?;
    ensure!(output.stdout.contains("have arrived"), "it did not wait: {}", output.stdout);
    is_whole(&formed, 6)?;
    formed.redis.pods = 6;
    formed.has_keys(KEYS)?;
    load.end()?.is_clean()
}

/// It sleeps with slots open, another run takes its lease over and goes back, and it wakes.
fn slept(case: &Case, redis: Redis) -> Result<()> {
    let formed = form_of(case, eight_of(redis))?;
    formed.fill_slots()?;
    let load = Load::start(&formed, Options { hash_megabytes: 5 })?;
    let addresses = formed.addresses()?;
    let had = formed.orders(&addresses)?;
    let mut first = Running::start(case, &scale(TO, &["--throttle=5"]), None)?;
    ensure!(moves(&formed, &addresses, had, &mut first)?, "it moved nothing");
    ensure!(formed.awaits_both(&addresses)?, "no slot is open with keys on both sides");
    first.signal("-STOP")?;
    let output = case.sts(&scale("8", &[]))?;
    same("exit code", &output.code, &Some(0))?;
    ensure!(output.stderr.contains("waiting for the lease of"), "{}", output.stderr);
    is_whole(&formed, 8)?;
    let had = formed.orders(&addresses)?;
    first.signal("-CONT")?;
    let (code, text) = first.end()?;
    same("exit code", &code, &Some(3))?;
    ensure!(text.contains("another run has taken over the lease"), "{text}");
    same("orders about slots", &formed.orders(&addresses)?, &had)?;
    is_whole(&formed, 8)?;
    formed.has_keys(KEYS)?;
    formed.has_filled_slots()?;
    load.end()?.is_clean_but_for_what_was_split()
}

/// What it printed.
fn stopped(formed: &Formed, stop: impl FnOnce(&mut Running) -> Result<()>) -> Result<String> {
    let addresses = formed.addresses()?;
    let had = formed.orders(&addresses)?;
    let mut run = Running::start(formed.case, &scale(TO, &[]), None)?;
    ensure!(moves(formed, &addresses, had, &mut run)?, "it moved nothing");
    stop(&mut run)?;
    let (code, text) = run.end()?;
    ensure!(code == Some(130), "exit {code:?}: {text}");
    same("open slots", &formed.motion(&addresses)?.open, &0)?;
    let lease = formed.case.get(&["lease", &format!("kubectl-sts-{NAME}")])?;
    ensure!(lease["spec"]["holderIdentity"].is_null(), "it keeps the lease: {lease}");
    let record = &lease["metadata"]["annotations"]["kubectl-sts/record"];
    ensure!(record.as_str().is_some_and(|it| it.contains("\"replicas\":8")), "{record}");
    Ok(text)
}
