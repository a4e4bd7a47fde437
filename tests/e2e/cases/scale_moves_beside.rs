//! Slots that servers move by themselves, for somebody else or for a run that was killed and is not gone on with.

use anyhow::{Context, Result, ensure};

use super::scale_killed::{eight_of, form_of};
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, same, step};
use crate::redis::{self, Formed, NAME, Redis};
use crate::running::Running;

pub const CASES: &[Spec] = &[
    full("scale-moves-beside-valkey", |case| beside(case, redis::valkey())),
    full("scale-moves-beside-asm", |case| beside(case, redis::redis_8())),
];

/// Each key takes so many microseconds more: a share lasts longer than a lease.
const SLOWER: u32 = 6_000;
const SOME: (u16, u16) = (0, 999);

fn beside(case: &Case, redis: Redis) -> Result<()> {
    let formed = form_of(case, eight_of(redis))?;
    let keys = formed.count_keys()?;
    let addresses = formed.addresses()?;
    formed.slow_down(&addresses, SLOWER)?;
    step("somebody else has servers move slots", || {
        begins(&formed)?;
        ensure!(formed.awaits_mover(&addresses)?, "nothing moves");
        let output = case.sts(&scale("6", &[]))?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("slots-move-already"), "{}", output.stdout);
        let set = case.get(&["statefulset", NAME])?;
        same("replicas", &set["spec"]["replicas"], &serde_json::json!(8))?;
        case.until("they have arrived", || Ok(formed.node(0)?.owns(SOME.0).then_some(())))?;
        case.until("nothing moves", || {
            let motion = formed.motion(&addresses)?;
            Ok((motion.movers == 0).then_some(()))
        })
    })?;
    step("a run is killed while servers move slots, and somebody wants to go back", || {
        let run = Running::start(case, &scale("6", &[]), None)?;
        case.until("servers move slots", || Ok(formed.awaits_mover(&addresses)?.then_some(())))?;
        run.signal("-KILL")?;
        let (code, text) = run.end()?;
        ensure!(code.is_none(), "exit {code:?}: {text}");
        let killed = holder(case)?;
        let run = Running::start(case, &scale("8", &[]), None)?;
        case.until("its lease is taken over", || Ok((holder(case)? != killed).then_some(())))?;
        // Those that are on their way stay slow.
        formed.slow_down(&addresses, 0)?;
        let (code, text) = run.end()?;
        same("exit code", &code, &Some(0))?;
        ensure!(
            text.contains("which the servers move by themselves"),
            "it did not wait for them: {text}"
        );
        Ok(())
    })?;
    is_whole(&formed, 8)?;
    same("owners", &owners(&formed)?, &4)?;
    same("keys", &formed.count_keys()?, &keys)
}

fn holder(case: &Case) -> Result<serde_json::Value> {
    let lease = case.get(&["lease", &format!("kubectl-sts-{NAME}")])?;
    Ok(lease["spec"]["holderIdentity"].clone())
}

/// Of the primary with the first slots, to the next.
fn begins(formed: &Formed) -> Result<()> {
    let (first, last) = SOME;
    let source = owner(formed, first)?;
    ensure!(source != 0, "it has them already");
    if formed.redis.server == redis::valkey().server {
        let to = formed.node(0)?.id;
        let words = format!("cluster migrateslots slotsrange {first} {last} node {to}");
        let words: Vec<&str> = words.split(' ').collect();
        return formed.cli(source, &words).map(drop);
    }
    let words = format!("cluster migration import {first} {last}");
    let words: Vec<&str> = words.split(' ').collect();
    formed.cli(0, &words).map(drop)
}

fn owner(formed: &Formed, slot: u16) -> Result<u32> {
    let owns = |ordinal: &u32| formed.node(*ordinal).is_ok_and(|node| node.owns(slot));
    (0..8).find(owns).context("nobody owns it")
}

fn owners(formed: &Formed) -> Result<usize> {
    let all: Result<Vec<bool>> =
        (0..8).map(|ordinal| Ok(!formed.node(ordinal)?.slots.is_empty())).collect();
    Ok(all?.into_iter().filter(|owns| *owns).count())
}
