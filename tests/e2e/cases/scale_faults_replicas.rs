//! `scale` while a replica fails: what it was to copy is not there, so that no more is handed to its primary.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::scale_faults::{Fault, SOURCE, TARGET, Tolerated};
use super::scale_killed::eight;
use crate::case::{Case, Spec, full, same};
use crate::redis::{Formed, Redis};
use crate::wait::pass;

pub const CASES: &[Spec] = &[
    full("scale-replica-dies", |case| {
        Fault { redis: visible(), flags: SLOWLY, ..Fault::new(&replica_dies, Tolerated::Nothing) }
            .run(case)
    }),
    full("scale-replica-hangs", replica_hangs),
    full("scale-failover-source", |case| {
        let strike = |formed: &Formed| fails_over(formed, SOURCE);
        Fault { flags: SLOWLY, ..Fault::new(&strike, Tolerated::Errors) }.run(case)
    }),
    full("scale-failover-target", |case| {
        let strike = |formed: &Formed| fails_over(formed, TARGET);
        Fault { flags: SLOWLY, ..Fault::new(&strike, Tolerated::Errors) }.run(case)
    }),
];

/// Longer than a batch takes.
const CALM: Duration = Duration::from_secs(1);
/// `--throttle`, so that what goes wrong does so before the last slot has moved.
pub const SLOWLY: &[&str] = &["--throttle", "25"];

/// Its server can be stopped from inside.
fn visible() -> Redis {
    Redis { shared_processes: true, ..eight() }
}

/// Of those that stay.
pub fn replica(formed: &Formed, primary: u32) -> Result<u32> {
    let staying = formed.replicas_of(primary)?.into_iter().find(|it| *it < 6);
    staying.with_context(|| format!("no replica of {primary} stays"))
}

fn replica_dies(formed: &Formed) -> Result<()> {
    formed.crash(replica(formed, TARGET)?)
}

/// While it hangs, nothing is handed over whose only copy its primary would be.
fn replica_hangs(case: &Case) -> Result<()> {
    let (hung, handed) = (Cell::new(0), Cell::new(0));
    let strike = |formed: &Formed| {
        hung.set(replica(formed, TARGET)?);
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
        redis: visible(),
        flags: &["--throttle", "25", "--step-timeout", "30s"],
        cure: &cure,
        // A client may ask it, too, where slots are.
        ..Fault::new(&strike, Tolerated::Errors)
    }
    .run(case)
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
