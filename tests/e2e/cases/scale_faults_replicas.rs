//! `scale` while a replica fails: what it was to copy is not there, so that no more is handed to its primary.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::scale_faults::{Fault, SOURCE, TARGET, Tolerated, falls_to};
use crate::case::{Case, Spec, full, same};
use crate::redis::{self, Formed, Redis};
use crate::wait::pass;

pub const CASES: &[Spec] = &[
    full("scale-replica-dies", |case| replica_dies(case, redis::redis())),
    full("scale-replica-dies-hard", |case| replica_dies(case, redis::hard())),
    full("scale-replica-dies-valkey", |case| replica_dies(case, redis::valkey())),
    // A server that is probed by what it says does not hang for long.
    full("scale-replica-hangs", |case| replica_hangs(case, redis::redis())),
    full("scale-replica-hangs-valkey", |case| replica_hangs(case, redis::valkey())),
    full("scale-target-hangs", target_hangs),
    full("scale-failover-source", |case| failover(case, redis::redis(), SOURCE)),
    full("scale-failover-source-hard", |case| failover(case, redis::hard(), SOURCE)),
    full("scale-failover-source-valkey", |case| failover(case, redis::valkey(), SOURCE)),
    full("scale-failover-target", |case| failover(case, redis::redis(), TARGET)),
    full("scale-failover-target-hard", |case| failover(case, redis::hard(), TARGET)),
    full("scale-failover-target-valkey", |case| failover(case, redis::valkey(), TARGET)),
];

/// As `eight` has them.
const TARGETS: [u32; 3] = [0, 1, 2];
/// Ordinals below it.
const STAYING: u32 = 6;
/// Longer than a batch takes.
const CALM: Duration = Duration::from_secs(1);
/// `--throttle`, so that what goes wrong does so before the last slot has moved.
pub const SLOWLY: &[&str] = &["--throttle", "25"];

/// Its server can be stopped from inside.
pub fn visible(redis: Redis) -> Redis {
    Redis { shared_processes: true, ..redis }
}

/// Of a primary that gets slots, one that stays as it does.
fn replica(formed: &Formed) -> Result<u32> {
    for target in TARGETS {
        if let Some(replica) = formed.replicas_of(target)?.into_iter().find(|it| *it < STAYING) {
            return Ok(replica);
        }
    }
    bail!("no replica of a target stays")
}

fn replica_dies(case: &Case, redis: Redis) -> Result<()> {
    let strike = |formed: &Formed| formed.crash(replica(formed)?);
    let fault = Fault::on(visible(redis), &strike, Tolerated::Nothing);
    Fault { flags: SLOWLY, ..fault }.run(case)
}

fn failover(case: &Case, redis: Redis, primary: u32) -> Result<()> {
    let strike = |formed: &Formed| fails_over(formed, primary);
    let fault = Fault::on(redis, &strike, Tolerated::Errors);
    Fault { flags: SLOWLY, source_changes: primary == SOURCE, ..fault }.run(case)
}

/// While it hangs, nothing is handed over whose only copy its primary would be.
fn replica_hangs(case: &Case, redis: Redis) -> Result<()> {
    let (hung, handed) = (Cell::new(0), Cell::new(0));
    let strike = |formed: &Formed| {
        hung.set(replica(formed)?);
        formed.freeze(hung.get())?;
        formed.case.until("the batch that was on its way is there", || {
            handed.set(handed_over(formed)?);
            pass(CALM);
            Ok((handed_over(formed)? == handed.get()).then_some(()))
        })
    };
    let cure = |formed: &Formed| {
        same("batches handed over meanwhile", &handed_over(formed)?, &handed.get())?;
        ensure!(!formed.node(SOURCE)?.slots.is_empty(), "every slot has moved all the same");
        formed.thaw(hung.get())
    };
    Fault {
        flags: &["--throttle", "25", "--step-timeout", "30s"],
        cure: &cure,
        // A client may ask it, too, where slots are.
        ..Fault::on(visible(redis), &strike, Tolerated::Errors)
    }
    .run(case)
}

/// Its source waits for it, and is not taken for dead itself.
fn target_hangs(case: &Case) -> Result<()> {
    let strike = |formed: &Formed| {
        hangs(formed, TARGET)?;
        same("whom its source follows", &formed.node(SOURCE)?.primary, &None)
    };
    Fault { flags: SLOWLY, ..Fault::on(visible(redis::redis()), &strike, Tolerated::OfAPrimary) }
        .run(case)
}

/// It stops, and goes on when its replica has taken over.
pub fn hangs(formed: &Formed, primary: u32) -> Result<()> {
    let (id, heirs) = (formed.node(primary)?.id, formed.replicas_of(primary)?);
    formed.freeze(primary)?;
    let has_heir = falls_to(formed, &id, &heirs);
    formed.thaw(primary)?;
    has_heir
}

/// How many times the source was told to hand keys over.
fn handed_over(formed: &Formed) -> Result<u64> {
    let stats = formed.cli(SOURCE, &["info", "commandstats"])?;
    let calls = stats.lines().find_map(|line| line.strip_prefix("cmdstat_migrate:calls="));
    let calls = calls.and_then(|rest| rest.split(',').next()).context("it was told nothing yet")?;
    Ok(calls.parse()?)
}

/// Somebody makes a replica the primary.
fn fails_over(formed: &Formed, primary: u32) -> Result<()> {
    let heir = *formed.replicas_of(primary)?.first().context("nobody can take over")?;
    let answer = formed.cli(heir, &["cluster", "failover"])?;
    same("CLUSTER FAILOVER", &answer.trim(), &"OK")?;
    formed
        .case
        .until("it is the primary", || Ok(formed.node(heir)?.primary.is_none().then_some(())))
}
