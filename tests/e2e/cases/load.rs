//! The writer that other cases believe: it is content where nothing is lost, and only there.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::case::{Case, Spec, full, gate};
use crate::load::{Load, Options, keys};
use crate::redis::{Formed, hard, primaries};

pub const CASES: &[Spec] =
    &[full("load-holds", holds), gate("load-notices", notices), full("load-hard", on_hard)];

const SMALL: Options = Options { hash_megabytes: 5 };
const LARGE: Options = Options { hash_megabytes: 50 };

fn holds(case: &Case) -> Result<()> {
    let redis = primaries().form(case)?;
    let load = Load::start(&redis, SMALL)?;
    move_slots(&redis, 200)?;
    let report = load.end()?;
    report.is_clean()?;
    ensure!(report.acknowledged > 1000, "it hardly wrote: {report:?}");
    redis.info(0, "errorstat_MOVED").context("nothing was moved that it writes").map(drop)
}

fn move_slots(redis: &Formed, count: u32) -> Result<()> {
    let (source, target) = (redis.node(0)?.id, redis.node(1)?.id);
    let from = format!("{}:{}", redis.address(0)?, redis.redis.port);
    let count = count.to_string();
    let reshard = ["--cluster", "reshard", &from, "--cluster-from", &source, "--cluster-to"];
    let rest = [&target, "--cluster-slots", &count, "--cluster-yes"];
    redis.cli(0, &[&reshard[..], &rest[..]].concat()).map(drop)
}

/// What it wrote is spoilt behind its back, and a server refuses writes.
fn notices(case: &Case) -> Result<()> {
    let redis = primaries().form(case)?;
    let load = Load::start(&redis, SMALL)?;
    let spoilt = [
        (keys::counter(0, 0), "del $KEY"),
        (keys::expiring(0, 0), "del $KEY"),
        (keys::expiring(0, 1), "persist $KEY"),
        (keys::expiring(0, 2), "expire $KEY 3500"),
        (keys::expiring(0, 3), "expire $KEY 3700"),
        (keys::first_of_pair(0, 0), "del $KEY"),
        (keys::register(0, 0), "del $KEY"),
        (keys::list(0, 0), "ltrim $KEY 1 -1"),
        (keys::list(0, 1), "linsert $KEY before 5 9"),
        (keys::stream(0, 0), "xtrim $KEY maxlen 3"),
        (keys::BIG_HASH.to_owned(), "hset $KEY 0 x"),
        (keys::BIG_STRING.to_owned(), "setrange $KEY 7 x"),
    ];
    for (key, command) in &spoilt {
        redis.shell(0, &format!("KEY='{key}'; $CLI -c {command}"))?;
    }
    let repeated = keys::counter(0, 1);
    redis.cli(0, &["-c", "incr", &repeated])?;
    redis.shell(
        0,
        "$CLI config set maxmemory 1; until $CLI info errorstats | grep OOM; do :; done",
    )?;
    redis.set(0, "maxmemory", "0")?;
    let report = load.read()?;
    let Err(error) = report.is_clean() else { bail!("it is content: {report:?}") };
    let words = error.to_string();
    for (key, _) in &spoilt {
        ensure!(words.contains(&format!("lost: {key}: ")), "nothing of {key}: {words}");
    }
    ensure!(report.lost_count == spoilt.len(), "{words}");
    ensure!(words.contains(&format!("repeated: {repeated}: ")), "{words}");
    ensure!(words.contains("OOM"), "no error: {words}");
    Ok(())
}

fn on_hard(case: &Case) -> Result<()> {
    let redis = hard().form(case)?;
    let load = Load::start(&redis, LARGE)?;
    let began = Instant::now();
    case.until("it has written for a while", || {
        Ok((began.elapsed() > Duration::from_secs(10)).then_some(()))
    })?;
    load.end()?.is_clean()
}
